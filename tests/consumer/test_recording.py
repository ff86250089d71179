"""Calls are watched where answers leave botocore, and nothing is patched when nobody watches."""

from __future__ import annotations

import asyncio
import json

import botocore.endpoint
import botocore.errorfactory
import botocore.session
import pytest
from botocore.exceptions import ClientError

from pytest_lightsail.consumer.recording import ConsumerCalls
from pytest_lightsail.consumer.tracked import COMPARED, READ


@pytest.fixture
def watch():
    watch = ConsumerCalls(lambda file: file == __file__)
    watch.start()
    yield watch
    watch.stop()


@pytest.fixture
def client(lightsail):
    return botocore.session.get_session().create_client("lightsail", "us-east-1")


def read(watch):
    return {note.path[-1] for note in watch.notes if note.what == READ}


def test_a_call_is_seen_with_what_it_sends(watch, client):
    client.get_container_services()
    (call,) = watch.calls
    assert (call.operation, json.loads(call.body), call.error) == ("GetContainerServices", {}, "")


def test_a_call_that_is_repeated_is_seen_once(watch, client):
    for _ in range(3):
        client.get_container_services()["containerServices"]
    assert len(watch.calls) == 1
    assert read(watch) == {"containerServices"}


def test_an_error_is_seen_with_its_code(watch, client):
    with pytest.raises(ClientError) as caught:
        client.get_container_services(serviceName="shop")
    assert [call.error for call in watch.calls] == ["NotFoundException"]
    assert not watch.notes
    assert caught.value.response["Error"]["Code"] == "NotFoundException"
    assert [note.value for note in watch.notes if note.what == COMPARED] == ["NotFoundException"]


def test_the_class_of_an_error_is_botocore_s_own(watch, client):
    with pytest.raises(ClientError) as caught:
        client.get_container_services(serviceName="shop")
    assert type(caught.value) is client.exceptions.NotFoundException
    assert str(caught.value).startswith("An error occurred (NotFoundException)")


def test_a_class_is_caught_only_where_an_error_flies(watch, client):
    try:
        client.get_container_services(serviceName="shop")
    except client.exceptions.NotFoundException:
        assert list(watch.exceptions) == [("NotFoundException", "GetContainerServices")]
    with pytest.raises(AttributeError, match="Valid exceptions are"):
        client.exceptions.Nothing  # noqa: B018


def test_other_services_are_not_seen(watch, lightsail):
    session = botocore.session.get_session()
    s3 = session.create_client("s3", "us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
    s3.meta.events.register_first("before-send.*.*", lambda **_: _Answer())
    assert type(s3.list_buckets()) is dict
    assert not watch.calls


class _Answer:
    status_code, headers, content = 200, {}, b"<ListAllMyBucketsResult/>"


def test_nothing_is_patched_when_nobody_watches(lightsail, client):
    before = vars(botocore.endpoint.Endpoint)["make_request"]
    watch = ConsumerCalls(lambda _: False)
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
    assert [(call.operation, call.error) for call in watch.calls] == [
        ("CreateContainerService", ""),
        ("GetContainerServices", ""),
        ("GetContainerServices", "NotFoundException"),
    ]
    assert {note.value for note in watch.notes if note.what == COMPARED} == {"READY", "Throttled"}
    assert list(watch.exceptions) == [("NotFoundException", "GetContainerServices")]


def test_paginators_of_aiobotocore_read_for_their_caller(watch, lightsail):
    session = pytest.importorskip("aiobotocore.session").get_session()
    lightsail.respond("GetInstances", {"instances": [{"name": "web"}]})

    async def main():
        async with session.create_client("lightsail", region_name="us-east-1") as client:
            pages = client.get_paginator("get_instances").paginate()
            return [name async for name in pages.search("instances[].name")]

    assert asyncio.run(main()) == ["web"]
    assert {"instances", "[]", "name", "nextPageToken"} <= read(watch)
