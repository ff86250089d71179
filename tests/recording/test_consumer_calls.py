"""Calls are watched where responses leave botocore. Without a watcher, nothing is patched."""

from __future__ import annotations

import asyncio

import botocore.endpoint
import botocore.session
import pytest

from pytest_lightsail.recording.consumer import watch
from pytest_lightsail.recording.contract import Contract


@pytest.fixture
def contract():
    contract = Contract("1")
    patch = watch(contract, lambda: False)
    patch.install()
    yield contract
    patch.remove()


@pytest.fixture
def client(lightsail):
    return botocore.session.get_session().create_client("lightsail", "us-east-1")


GET = "GetContainerServices"
STATE = (GET, "response", "containerServices", "[]", "state")


def test_a_call_is_seen_with_what_it_sends(contract, client):
    client.create_container_service(serviceName="shop", power="nano", scale=1)
    request = ("CreateContainerService", "request")
    assert contract.uses.keys() == {
        request,
        *((*request, name) for name in ("serviceName", "power", "scale")),
    }


def test_other_services_are_not_seen(contract, lightsail):
    session = botocore.session.get_session()
    s3 = session.create_client("s3", "us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
    s3.meta.events.register_first("before-send.*.*", lambda **_: _Answer())
    assert type(s3.list_buckets()) is dict
    assert not contract.uses


class _Answer:
    status_code, headers, content = 200, {}, b"<ListAllMyBucketsResult/>"


def test_nothing_is_patched_when_nobody_watches(lightsail, client):
    before = vars(botocore.endpoint.Endpoint)["make_request"]
    patch = watch(Contract("1"), lambda: False)
    patch.install()
    assert vars(botocore.endpoint.Endpoint)["make_request"] is not before
    patch.remove()
    assert vars(botocore.endpoint.Endpoint)["make_request"] is before
    assert type(client.get_container_services()) is dict


def test_clients_of_aiobotocore_are_watched(contract, lightsail):
    session = pytest.importorskip("aiobotocore.session").get_session()

    async def main():
        async with session.create_client("lightsail", region_name="us-east-1") as client:
            await client.create_container_service(serviceName="shop", power="nano", scale=1)
            answer = await client.get_container_services()
            assert [service["state"] == "READY" for service in answer["containerServices"]]

    asyncio.run(main())
    assert contract.operations == {"CreateContainerService", GET}
    assert contract.uses[STATE].values == {"READY"}


def test_paginators_of_aiobotocore_read_for_their_caller(contract, lightsail):
    session = pytest.importorskip("aiobotocore.session").get_session()
    lightsail.respond("GetInstances", {"instances": [{"name": "web"}]})

    async def main():
        async with session.create_client("lightsail", region_name="us-east-1") as client:
            pages = client.get_paginator("get_instances").paginate()
            return [name async for name in pages.search("instances[].name")]

    assert asyncio.run(main()) == ["web"]
    response = ("GetInstances", "response")
    reads = {("instances",), ("instances", "[]", "name"), ("nextPageToken",)}
    assert {(*response, *path) for path in reads} <= contract.uses.keys()
