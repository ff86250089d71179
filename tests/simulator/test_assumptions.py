"""Assumed refusals name a row of docs/assumptions.md, and a lenient account does not make them."""

from __future__ import annotations

import re
from typing import Any

import pytest

from pytest_lightsail.model.catalogue import RULES
from pytest_lightsail.model.lifecycle import PACES
from pytest_lightsail.reporting.timeline import digest, render
from tests.support.models import ROOT

from .conftest import CONTAINERS, World

DEPLOY = "CreateContainerServiceDeployment"
ASSUMED = "assumed (A07): AWS's actual behaviour is unknown"


@pytest.fixture
def lenient(new_world: type[World]) -> World:
    return new_world(assumptions="lenient")


def deploy(world: World, **more: Any) -> Any:
    given = {"serviceName": "shop", "containers": CONTAINERS, **more}
    return world.call(DEPLOY, **given)


def test_every_assumption_has_a_row_in_the_documentation() -> None:
    page = (ROOT / "docs" / "assumptions.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (A[0-9]+) \|", page, re.MULTILINE)
    assert len(rows) == len(set(rows))
    times = {"A69", "A70", "A71", "A74", *(pace.assumed for pace in PACES.values())}
    assert {*times, *(entry.row for entry in RULES)} - {""} <= set(rows)


def test_an_assumed_refusal_names_its_assumption_in_its_tip_and_in_reports(world: World) -> None:
    world.create()
    assert ASSUMED in deploy(world).body["tip"]
    assert f"[rule state.busy, {ASSUMED}]" in render(world.account.history)
    assert ASSUMED in digest(world.account.history)


def test_a_refusal_with_an_assumed_text_names_the_assumption(world: World) -> None:
    refused = world.call("GetContainerServices", serviceName="shop")
    assumed = "assumed (A01): AWS's actual message is unknown"
    assert refused.body["tip"].endswith(f" The message is {assumed}.")
    assert f"[rule service.exists, {assumed}]" in render(world.account.history)


def test_an_observed_refusal_names_no_assumption(world: World) -> None:
    world.service_in("DEPLOYING")
    assert "assumed" not in deploy(world).body["tip"]


@pytest.mark.parametrize("state", ["PENDING", "UPDATING"])
def test_a_lenient_account_accepts_a_deployment_to_a_busy_service(
    lenient: World, state: str
) -> None:
    lenient.service_in(state)
    assert deploy(lenient).service["state"] == "DEPLOYING"
    assert f"let through: rule state.busy, {ASSUMED}" in render(lenient.account.history)
    lenient.settle()
    assert lenient.get()["state"] == "RUNNING"


def test_a_lenient_account_refuses_a_deployment_to_a_service_being_deleted(lenient: World) -> None:
    lenient.service_in("DELETING")
    assert deploy(lenient).error == "NotFoundException"


def test_a_lenient_account_refuses_what_the_real_service_was_observed_to_refuse(
    lenient: World,
) -> None:
    lenient.service_in("DEPLOYING")
    assert "is in progress" in deploy(lenient).body["message"]


def test_a_lenient_account_accepts_values_whose_refusal_is_assumed(lenient: World) -> None:
    lenient.ready()
    check = {"healthyThreshold": 0, "path": "health", "successCodes": "499-200"}
    endpoint = {"containerName": "web", "containerPort": 70000, "healthCheck": check}
    containers = {"web": {"image": "nginx", "ports": {"70000": "HTTP", "x": "TCP"}}}
    assert deploy(lenient, containers=containers, publicEndpoint=endpoint).status == 200
    lenient.settle()
    assert lenient.get()["currentDeployment"]["publicEndpoint"]["healthCheck"]["path"] == "health"


def test_a_lenient_account_makes_refusals_of_which_only_the_text_is_assumed(lenient: World) -> None:
    assert lenient.call("DeleteContainerService", serviceName="shop").error == "NotFoundException"


def test_a_lenient_account_refuses_a_request_without_a_required_parameter(lenient: World) -> None:
    lenient.ready()
    assert deploy(lenient, containers=None).error == "InvalidInputException"


def test_a_lenient_account_returns_an_empty_log_for_an_unknown_container(lenient: World) -> None:
    lenient.ready()
    reply = lenient.call("GetContainerLog", serviceName="shop", containerName="web")
    assert reply.body == {"logEvents": []}
