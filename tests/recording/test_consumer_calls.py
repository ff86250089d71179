"""``watch`` patches botocore, so that a contract records calls and reads of their responses."""

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


def test_a_call_is_recorded_with_the_members_that_it_sends(contract, client):
    client.create_container_service(serviceName="shop", power="nano", scale=1)
    request = ("CreateContainerService", "request")
    assert contract.uses.keys() == {
        request,
        *((*request, name) for name in ("serviceName", "power", "scale")),
    }


def test_calls_to_other_aws_services_are_not_recorded(contract, lightsail):
    session = botocore.session.get_session()
    s3 = session.create_client("s3", "us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
    s3.meta.events.register_first("before-send.*.*", lambda **_: _Response())
    assert type(s3.list_buckets()) is dict
    assert not contract.uses


class _Response:
    status_code, headers, content = 200, {}, b"<ListAllMyBucketsResult/>"


def test_removing_the_watcher_restores_botocore(lightsail, client):
    before = vars(botocore.endpoint.Endpoint)["make_request"]
    patch = watch(Contract("1"), lambda: False)
    patch.install()
    assert vars(botocore.endpoint.Endpoint)["make_request"] is not before
    patch.remove()
    assert vars(botocore.endpoint.Endpoint)["make_request"] is before
    assert type(client.get_container_services()) is dict


def test_calls_and_reads_of_aiobotocore_clients_are_recorded(contract, lightsail):
    session = pytest.importorskip("aiobotocore.session").get_session()

    async def main():
        async with session.create_client("lightsail", region_name="us-east-1") as client:
            await client.create_container_service(serviceName="shop", power="nano", scale=1)
            response = await client.get_container_services()
            assert [service["state"] == "READY" for service in response["containerServices"]]

    asyncio.run(main())
    assert contract.operations == {"CreateContainerService", GET}
    assert contract.uses[STATE].values == {"READY"}


def test_members_that_an_aiobotocore_paginator_reads_are_recorded(contract, lightsail):
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
