"""Calls to the Lightsail API that are signed with botocore's signer and sent with requests."""

from __future__ import annotations

import json

import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

API = "https://lightsail.us-east-1.amazonaws.com/"


KEYS = Credentials("AKIDEXAMPLE", "secret")


def signed(operation, parameters=None, url=API, region="us-east-1", keys=KEYS):
    """Return the arguments for ``requests.post`` of a request signed by botocore's signer."""
    headers = {
        "X-Amz-Target": f"Lightsail_20161128.{operation}",
        "Content-Type": "application/x-amz-json-1.1",
    }
    request = AWSRequest("POST", url, headers=headers, data=json.dumps(parameters or {}))
    SigV4Auth(keys, "lightsail", region).add_auth(request)
    return {"url": url, "headers": dict(request.headers.items()), "data": request.data}


def call(operation, parameters=None, *, session=requests, timeout=None, stream=False, **where):
    return session.post(**signed(operation, parameters, **where), timeout=timeout, stream=stream)


def create(name="shop", **where):
    given = {"serviceName": name, "power": "nano", "scale": 1}
    return call("CreateContainerService", given, **where)


def list_services(**more):
    return call("GetContainerServices", **more)
