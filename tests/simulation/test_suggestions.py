"""Misspelt names in a test are refused with an error that suggests the right name."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest

from pytest_lightsail import (
    ConfigurationError,
    Fault,
    Lightsail,
    Scenario,
    UnknownResourceError,
    attempt,
    simulate,
)
from pytest_lightsail.exceptions import Suggesting, did_you_mean

NEW = {"serviceName": "shop", "power": "nano", "scale": 1}


@pytest.mark.parametrize(
    ("misspelt", "meant"),
    [
        (lambda lightsail: lightsail.servces, "services"),
        (lambda lightsail: lightsail.script.depoly, "deploy"),
        (lambda lightsail: lightsail.service, "services"),
        (lambda lightsail: lightsail.services["shop"].status, "state"),
        (lambda lightsail: lightsail.clock.advance_until, "advance_until_settled"),
        (lambda lightsail: lightsail.faults.ad, "add"),
        (lambda lightsail: lightsail.calls.lst, "last"),
        (lambda lightsail: lightsail.another_client.delete, "deletes"),
        (lambda lightsail: lightsail.region("eu-west-1").service, "services"),
        (lambda _: attempt(print).suceeded, "succeeded"),
        (lambda _: Fault.throtling, "throttling"),
        (lambda _: Scenario().depoly, "deploy"),
    ],
)
def test_the_error_for_a_misspelt_attribute_suggests_the_nearest_name(
    lightsail: Lightsail, misspelt: Any, meant: str
) -> None:
    lightsail.client().create_container_service(**NEW)
    with pytest.raises(AttributeError, match=f"did you mean '{meant}'"):
        misspelt(lightsail)


class _Thing(Suggesting):
    def __init__(self) -> None:
        self.name = "shop"

    @property
    def broken(self) -> str:
        return self.nmae  # type: ignore[attr-defined,no-any-return]


def test_objects_with_suggestions_can_be_copied_and_pickled() -> None:
    for twin in (
        copy.copy(_Thing()),
        copy.deepcopy(_Thing()),
        pickle.loads(pickle.dumps(_Thing())),  # noqa: S301,
    ):
        assert twin.name == "shop"


def test_hasattr_is_false_for_an_unknown_attribute() -> None:
    assert not hasattr(_Thing(), "nothing_like_it")
    assert not hasattr(Fault, "__wrapped__")
    assert getattr(_Thing(), "nmae", None) is None


def test_an_attribute_error_inside_a_property_is_not_hidden() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nmae'; did you mean 'name'"):
        _ = _Thing().broken


def test_a_name_similar_to_no_other_gets_no_suggestion() -> None:
    with pytest.raises(AttributeError, match=r"has no attribute 'xyzzy'$"):
        _ = _Thing().xyzzy  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("servicename", "serviceName"),
        ("service_name", "serviceName"),
        ("servceName", "serviceName"),
    ],
)
def test_suggestions_ignore_case_and_underscores(name: str, meant: str) -> None:
    assert did_you_mean(name, ["scale", "serviceName"]) == f"; did you mean {meant!r}?"


# --- names of resources ------------------------------------------------------------------------------


def test_calls_refuses_a_parameter_that_the_operation_does_not_have(lightsail: Lightsail) -> None:
    with pytest.raises(ConfigurationError, match="did you mean 'serviceName'"):
        _ = lightsail.calls("CreateContainerService", servicename="shop").none


def test_logs_refuses_the_name_of_an_unknown_container(lightsail: Lightsail) -> None:
    web = {"containers": {"web": {"image": "nginx"}}}
    lightsail.client().create_container_service(**NEW, deployment=web)
    with pytest.raises(
        UnknownResourceError,
        match="no container of shop named 'wbe'; known: web; did you mean 'web'",
    ):
        lightsail.services["shop"].logs("wbe")


def test_a_container_that_has_not_started_has_an_empty_log(lightsail: Lightsail) -> None:
    web = {"containers": {"web": {"image": "nginx"}}}
    lightsail.client().create_container_service(**NEW, deployment=web)
    assert lightsail.services["shop"].logs("web") == []


def test_a_container_of_an_old_deployment_keeps_its_log(lightsail: Lightsail) -> None:
    client = lightsail.client()
    client.create_container_service(**NEW, deployment={"containers": {"old": {"image": "nginx"}}})
    lightsail.clock.advance_until_settled()
    client.create_container_service_deployment(
        serviceName="shop", containers={"new": {"image": "nginx"}}
    )
    lightsail.clock.advance_until_settled()
    assert lightsail.services["shop"].logs("old")


def test_the_error_for_a_misspelt_service_suggests_the_nearest_name(lightsail: Lightsail) -> None:
    lightsail.client().create_container_service(**NEW)
    with pytest.raises(UnknownResourceError, match="did you mean 'shop'"):
        _ = lightsail.services["shpo"]


def test_a_misspelt_attribute_cannot_be_assigned() -> None:
    with (
        pytest.raises(AttributeError, match="no attribute 'scirpt'; did you mean 'script'"),
        simulate() as lightsail,
    ):
        lightsail.scirpt = None  # type: ignore[attr-defined]


def test_the_handle_has_no_data_attribute(lightsail: Lightsail) -> None:
    with pytest.raises(AttributeError, match="no attribute 'data'"):
        lightsail.data = {}  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", ["images", "quotas", "hosts", "certificates"])
def test_items_of_a_mapping_cannot_be_assigned_as_attributes(
    lightsail: Lightsail, name: str
) -> None:
    with pytest.raises(AttributeError, match="object has no attribute 'services'"):
        getattr(lightsail, name).services = 1
