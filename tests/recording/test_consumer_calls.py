"""Calls are watched where responses leave botocore. Without a watcher, nothing is patched."""

from __future__ import annotations

import asyncio

import botocore.endpoint
import botocore.errorfactory
import botocore.session
import pytest
from botocore.exceptions import ClientError

from pytest_lightsail.recording.consumer import ConsumerCalls


@pytest.fixture
def watch():
    watch = ConsumerCalls(lambda: False)
    watch.start()
    yield watch
    watch.stop()


@pytest.fixture
def client(lightsail):
    return botocore.session.get_session().create_client("lightsail", "us-east-1")


GET = "GetContainerServices"


def test_a_call_is_seen_with_what_it_sends(watch, client):
    client.create_container_service(serviceName="shop", power="nano", scale=1)
    sends = watch.drain().operations["CreateContainerService"].sends
    assert sends.keys() == {"", "serviceName", "power", "scale"}


def test_what_is_repeated_is_seen_once(watch, client):
    client.get_container_services()["containerServices"]
    assert watch.drain().operations[GET].reads.keys() == {"containerServices"}
    for _ in range(3):
        client.get_container_services()["containerServices"]
    assert not watch.drain().operations


def test_an_error_is_seen_when_its_code_is_compared(watch, client):
    with pytest.raises(ClientError) as caught:
        client.get_container_services(serviceName="shop")
    assert not watch.drain().operations[GET].errors
    assert caught.value.response["Error"]["Code"] == "NotFoundException"
    assert watch.drain().operations[GET].errors == {"NotFoundException"}


def test_the_class_of_an_error_is_botocore_s_own(watch, client):
    with pytest.raises(ClientError) as caught:
        client.get_container_services(serviceName="shop")
    assert type(caught.value) is client.exceptions.NotFoundException
    assert str(caught.value).startswith("An error occurred (NotFoundException)")


def test_a_class_is_caught_only_where_an_error_flies(watch, client):
    assert client.exceptions.NotFoundException
    try:
        client.get_container_services(serviceName="shop")
    except client.exceptions.InvalidInputException:
        pass
    except ClientError:
        assert watch.drain().operations[GET].errors == {"InvalidInputException"}
    with pytest.raises(AttributeError, match="Valid exceptions are"):
        client.exceptions.Nothing  # noqa: B018


def test_other_services_are_not_seen(watch, lightsail):
    session = botocore.session.get_session()
    s3 = session.create_client("s3", "us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
    s3.meta.events.register_first("before-send.*.*", lambda **_: _Answer())
    assert type(s3.list_buckets()) is dict
    assert not watch.drain().operations


class _Answer:
    status_code, headers, content = 200, {}, b"<ListAllMyBucketsResult/>"


def test_nothing_is_patched_when_nobody_watches(lightsail, client):
    before = vars(botocore.endpoint.Endpoint)["make_request"]
    watch = ConsumerCalls(lambda: False)
    watch.start()
    assert vars(botocore.endpoint.Endpoint)["make_request"] is not before
    watch.stop()
    assert vars(botocore.endpoint.Endpoint)["make_request"] is before
    assert "__getattribute__" not in vars(botocore.errorfactory.BaseClientExceptions)
    assert type(client.get_container_services()) is dict


def test_clients_of_aiobotocore_are_watched(watch, lightsail):
    session = pytest.importorskip("aiobotocore.session").get_session()

    async def main():
        async with session.create_client("lightsail", region_name="us-east-1") as client:
            await client.create_container_service(serviceName="shop", power="nano", scale=1)
            answer = await client.get_container_services()
            assert [service["state"] == "READY" for service in answer["containerServices"]]
            try:
                await client.get_container_services(serviceName="none")
            except client.exceptions.NotFoundException as error:
                throttled = error.response["Error"]["Code"] == "Throttled"
            assert not throttled

    asyncio.run(main())
    uses = watch.drain().operations
    assert uses.keys() == {"CreateContainerService", GET}
    assert uses[GET].sends["serviceName"].always is False
    assert uses[GET].reads["containerServices[].state"].compares == {"READY"}
    assert uses[GET].errors == {"NotFoundException", "Throttled"}


def test_paginators_of_aiobotocore_read_for_their_caller(watch, lightsail):
    session = pytest.importorskip("aiobotocore.session").get_session()
    lightsail.respond("GetInstances", {"instances": [{"name": "web"}]})

    async def main():
        async with session.create_client("lightsail", region_name="us-east-1") as client:
            pages = client.get_paginator("get_instances").paginate()
            return [name async for name in pages.search("instances[].name")]

    assert asyncio.run(main()) == ["web"]
    reads = watch.drain().operations["GetInstances"].reads
    assert {"instances", "instances[]", "instances[].name", "nextPageToken"} <= reads.keys()
