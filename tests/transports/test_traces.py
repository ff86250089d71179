"""A simulation leaves nothing behind."""

import asyncio
import os
import selectors
import threading
import time

import pytest
from botocore.endpoint import Endpoint

from pytest_lightsail import simulate


def patched():
    """Return the current values of some of the functions that a simulation patches."""
    return {
        "make_request": Endpoint.make_request,
        "loop_time": asyncio.BaseEventLoop.time,
        "select": selectors.DefaultSelector.select,
        "acquire": type(threading.Lock()).acquire,
    }


ORIGINAL = patched()


def handler_results(client, event):
    """Return the results of a client's handlers for an event, except empty ones."""
    request = type("Request", (), {"headers": {}, "method": "POST", "body": b"", "url": ""})()
    arguments = {
        "before-send": {"request": request},
        "choose-signer": {
            "signing_name": "lightsail",
            "region_name": "us-east-1",
            "signature_version": "v4",
            "context": {},
        },
    }[event]
    emitted = client.meta.events.emit(f"{event}.lightsail.GetContainerServices", **arguments)
    return [result for _, result in emitted if result is not None]


def handlers(client, event):
    emitted = client.meta.events.emit(
        f"{event}.lightsail.GetContainerServices",
        request=None,
        signing_name="lightsail",
        region_name="us-east-1",
        signature_version="v4",
        context={},
    )
    return [handler for handler, _ in emitted if "pytest_lightsail" in handler.__module__]


def test_simulation_restores_every_function_that_it_patches():
    with simulate():
        during = patched()

    assert [name for name in ORIGINAL if during[name] is ORIGINAL[name]] == []
    assert patched() == ORIGINAL


def test_functions_are_restored_after_an_error(real):
    with pytest.raises(ZeroDivisionError), simulate():
        _ = 1 / 0

    assert patched() == ORIGINAL
    start = real.monotonic()
    time.sleep(0.001)
    assert real.monotonic() > start


def test_functions_stay_patched_until_the_outer_simulation_ends():
    with simulate():
        with simulate():
            pass
        assert Endpoint.make_request is not ORIGINAL["make_request"]

    assert patched() == ORIGINAL


def test_simulation_handles_the_events_of_a_client_after_its_first_call(new_client):
    with simulate():
        client = new_client()
        client.get_container_services()

        assert len(handlers(client, "choose-signer")) == 1
        assert len(handler_results(client, "choose-signer")) == 1


@pytest.mark.parametrize("event", ["before-send", "choose-signer"])
def test_no_handler_stays_on_a_client_after_a_simulation(new_client, event):
    with simulate():
        client = new_client()
        client.get_container_services()

    assert handlers(client, event) == []
    assert handler_results(client, event) == []


@pytest.mark.parametrize("event", ["before-send", "choose-signer"])
def test_no_handler_stays_on_a_client_after_nested_simulations(new_client, event):
    client = new_client()
    with simulate():
        client.get_container_services()
        with simulate():
            client.get_container_services()

    assert handlers(client, event) == []


@pytest.mark.lightsail(real_calls=True)
def test_client_uses_the_network_again_after_a_simulation(new_client, network):
    client = new_client(aws_access_key_id="mine", aws_secret_access_key="mine")
    with simulate():
        client.get_container_services()

    with pytest.raises(network):
        client.get_container_services()


@pytest.mark.lightsail(real_calls=True)
def test_client_signs_requests_again_after_a_simulation(new_client):
    client = new_client(aws_access_key_id="mine", aws_secret_access_key="mine")
    with simulate():
        client.get_container_services()
    sent = []

    def stop(request, **_):
        sent.append(request)
        raise RuntimeError("stopped")

    client.meta.events.register("before-send", stop)
    with pytest.raises(RuntimeError, match="stopped"):
        client.get_container_services()

    assert b"Credential=mine/" in sent[0].headers["Authorization"]


@pytest.mark.usefixtures("bare_environment")
def test_environment_is_restored_after_a_simulation():
    before = dict(os.environ)
    with simulate():
        during = dict(os.environ)

    assert {name for name in during if during[name] != before.get(name)} == {
        "AWS_ENDPOINT_URL_LIGHTSAIL",
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    }
    assert dict(os.environ) == before


def test_environment_variables_set_by_the_caller_are_kept():
    with simulate():
        os.environ["AWS_ENDPOINT_URL_LIGHTSAIL"] = "http://127.0.0.1:2"

    assert os.environ.pop("AWS_ENDPOINT_URL_LIGHTSAIL") == "http://127.0.0.1:2"


def test_patch_by_another_tool_is_kept(monkeypatch):
    monkeypatch.setattr(Endpoint, "make_request", Endpoint.make_request)

    with simulate():
        theirs = wrapped(Endpoint.make_request)
        Endpoint.make_request = theirs

    assert Endpoint.make_request is theirs


@pytest.mark.lightsail(real_calls=True)
def test_patch_by_another_tool_uses_the_network_after_a_simulation(
    monkeypatch, new_client, network
):
    client = new_client(aws_access_key_id="mine", aws_secret_access_key="mine")
    monkeypatch.setattr(Endpoint, "make_request", Endpoint.make_request)
    with simulate():
        Endpoint.make_request = wrapped(Endpoint.make_request)

    with pytest.raises(network):
        client.get_container_services()

    assert handlers(client, "before-send") == []


def test_patch_by_another_tool_works_in_the_next_simulation(monkeypatch, new_client):
    monkeypatch.setattr(Endpoint, "make_request", Endpoint.make_request)
    with simulate():
        Endpoint.make_request = wrapped(Endpoint.make_request)

    with simulate() as lightsail:
        new_client().get_container_services()

    assert len(lightsail.calls) == 1


def wrapped(make_request):
    """Wrap the method, as a tracing library does."""

    def traced(self, operation_model, request_dict):
        return make_request(self, operation_model, request_dict)

    return traced
