"""A command-line program that checks its input before it calls AWS."""

import re
import sys
import time

import boto3
from botocore.exceptions import BotoCoreError, ClientError

NAME = re.compile(r"[a-z0-9]{1,2}|[a-z0-9][a-z0-9-]+[a-z0-9]")
PATH = re.compile(r"/[!-~]*")
POWERS = ("nano", "micro", "small", "medium", "large", "xlarge")


class UsageError(Exception):
    """The user's input is invalid."""


def check(service, scale, power, path, interval, timeout):
    """Reject input that AWS would refuse."""
    if not isinstance(service, str) or len(service) > 63 or not NAME.fullmatch(service):
        raise UsageError(f"not a name of a service: {service!r}")
    if type(scale) is not int or not 1 <= scale <= 20:
        raise UsageError(f"a scale is 1 to 20, not {scale!r}")
    if power not in POWERS:
        raise UsageError(f"a power is one of {', '.join(POWERS)}")
    if not isinstance(path, str) or not PATH.fullmatch(path):
        raise UsageError("a path begins with a slash, and has no spaces")
    if type(interval) is not int or interval < 5 or interval > 300:
        raise UsageError(f"an interval is 5 to 300 s, not {interval!r}")
    if type(timeout) is not int or timeout < 2 or timeout > 60:
        raise UsageError(f"a timeout is 2 to 60 s, not {timeout!r}")


def run(image, service="shop", scale=1, power="nano", path="/", interval=5, timeout=2):
    """Create the service if necessary, and release the image. Exit with 1 on failure."""
    check(service, scale, power, path, interval, timeout)
    client = boto3.client("lightsail", region_name="us-east-1")
    try:
        found = find(client, service)
        if found is None:
            client.create_container_service(serviceName=service, power=power, scale=scale)
        elif (found["scale"], found["power"]) != (scale, power):
            client.update_container_service(serviceName=service, scale=scale, power=power)
        wait(client, service, ("READY", "RUNNING"))
        health = {"path": path, "intervalSeconds": interval, "timeoutSeconds": timeout}
        answer = client.create_container_service_deployment(
            serviceName=service,
            containers={"web": {"image": image, "ports": {"80": "HTTP"}}},
            publicEndpoint={"containerName": "web", "containerPort": 80, "healthCheck": health},
        )
        version = answer["containerService"]["nextDeployment"]["version"]
        wait(client, service, ("RUNNING",), version)
    except (ClientError, BotoCoreError) as error:
        print(f"AWS: {type(error).__name__}", file=sys.stderr)
        sys.exit(1)
    print(f"version {version} runs")
    return version


def find(client, service):
    every = client.get_container_services()["containerServices"]
    return next((one for one in every if one["containerServiceName"] == service), None)


def wait(client, service, states, version=None):
    """Wait until the service has one of the states, and runs the version if there is one."""
    end = time.monotonic() + 900
    while time.monotonic() < end:
        found = find(client, service)
        if found is None or found["state"] == "DISABLED":
            sys.exit(f"{service} cannot be released to")
        if found["state"] in states and version in (None, running(found)):
            return
        if version is not None and failed(client, service, version):
            sys.exit(f"version {version} failed")
        time.sleep(10)
    sys.exit(f"{service} is still {found['state']}")


def running(found):
    return found.get("currentDeployment", {}).get("version")


def failed(client, service, version):
    answer = client.get_container_service_deployments(serviceName=service)
    states = {one["version"]: one["state"] for one in answer["deployments"]}
    return states.get(version) in ("FAILED", "INACTIVE")
