"""Valid requests for the tests of the request validator, and fixtures that break them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pytest_lightsail.model.rule import show_path
from pytest_lightsail.model.service import load
from pytest_lightsail.model.validator import Validator, request_validator

LEFT_OUT = object()

VALID: dict[str, dict[str, Any]] = {
    "CreateContainerService": {"serviceName": "shop", "power": "nano", "scale": 1},
    "CreateContainerServiceDeployment": {
        "serviceName": "shop",
        "containers": {"web": {"image": "nginx", "ports": {"80": "HTTP"}}},
    },
    "UpdateContainerService": {"serviceName": "shop"},
    "DeleteContainerService": {"serviceName": "shop"},
    "GetContainerServices": {},
}

Found = list[tuple[str, str]]


def changed(document: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in {**document, **changes}.items() if value is not LEFT_OUT}


@pytest.fixture(scope="session")
def validator() -> Validator:
    return request_validator(load())


@pytest.fixture(scope="session")
def valid_requests() -> dict[str, dict[str, Any]]:
    """Return a small valid request for each operation."""
    return VALID


@pytest.fixture(scope="session")
def left_out() -> object:
    """Return the value for a member that the request should not contain."""
    return LEFT_OUT


@pytest.fixture(scope="session")
def broken(validator: Validator) -> Callable[..., Found]:
    """Return a function that changes a valid request, and returns the broken rules with their paths."""

    def ask(operation: str, **changes: Any) -> Found:
        document = changed(VALID[operation], changes)
        return [
            (one.rule.id, show_path(one.path)) for one in validator.violations(operation, document)
        ]

    return ask


@pytest.fixture(scope="session", params=["new deployment", "new service"])
def deployment(
    request: pytest.FixtureRequest, broken: Callable[..., Found]
) -> Callable[..., Found]:
    """Return a function like ``broken`` for the members of a deployment, alone or in a new service."""
    base = {
        key: value
        for key, value in VALID["CreateContainerServiceDeployment"].items()
        if key != "serviceName"
    }

    def ask(**changes: Any) -> Found:
        members = changed(base, changes)
        if request.param == "new deployment":
            members = {name: members.get(name, LEFT_OUT) for name in {*base, *members}}
            return broken("CreateContainerServiceDeployment", **members)
        found = broken("CreateContainerService", deployment=members)
        return [(rule_id, path.removeprefix("deployment.")) for rule_id, path in found]

    return ask


@pytest.fixture(scope="session")
def container(deployment: Callable[..., Found]) -> Callable[..., Found]:
    """Return a function like ``broken`` for the members of the only container of a deployment."""

    def ask(**changes: Any) -> Found:
        found = deployment(containers={"web": changed({"image": "nginx"}, changes)})
        return [(rule_id, path.removeprefix("containers.web.")) for rule_id, path in found]

    return ask


@pytest.fixture(scope="session")
def health_check(deployment: Callable[..., Found]) -> Callable[..., Found]:
    """Return a function like ``broken`` for the members of a health check."""

    def ask(**changes: Any) -> Found:
        endpoint = {"containerName": "web", "containerPort": 80, "healthCheck": changes}
        found = deployment(publicEndpoint=endpoint)
        return [
            (rule_id, path.removeprefix("publicEndpoint.healthCheck.")) for rule_id, path in found
        ]

    return ask
