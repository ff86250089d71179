"""The example outputs in the documentation of the AWS CLI are valid by the default response schema.

``aws-cli-outputs.json`` records the facts of each output in our own words: its members, enumerated
values, types and forms of names. This module adds what all outputs have in common.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from pytest_lightsail import ContractViolationError, accepts, simulate
from pytest_lightsail.simulator.operations import OPERATIONS
from tests.support.tools import ROOT

AT = 1571694786.219
RESOURCE = {
    "arn": "arn:aws:lightsail:us-west-2:111122223333:Instance/ab",
    "createdAt": AT,
    "location": {"availabilityZone": "all", "regionName": "us-west-2"},
}
OPERATION = {
    "id": "7d0dd9ab-0a1b-42c3-8d4e-0123456789ab",
    "createdAt": AT,
    "isTerminal": True,
    "operationDetails": "",
    "status": "Succeeded",
    "statusChangedAt": AT,
}


def operation(words: str) -> dict[str, Any]:
    """Return an operation from the words in the file: its type and the type of its resource."""
    kind, resource = words.split()
    is_domain = resource == "Domain"
    return {
        **OPERATION,
        "operationType": kind,
        "resourceType": resource,
        "resourceName": "example.com" if is_domain else "web 1",
        "location": {
            "availabilityZone": "all",
            "regionName": "global" if is_domain else "us-west-2",
        },
    }


def whole(member: str, found: Any) -> Any:
    """Return the value of a member, completed with what all operations and resources have in common."""
    if isinstance(found, list):
        return [whole(member, each) for each in found]
    if member in {"operation", "operations"}:
        return operation(found)
    if isinstance(found, dict) and {"resourceType", "name"} <= found.keys():
        return {**RESOURCE, **found}
    return found


FOUND = json.loads((ROOT / "tests" / "data" / "aws-cli-outputs.json").read_text(encoding="utf-8"))
RESPONSES: dict[str, dict[str, Any]] = {
    name: {member: whole(member, value) for member, value in found.items()}
    for name, found in FOUND.items()
}


@pytest.mark.parametrize("name", RESPONSES)
def test_a_published_output_is_valid_by_the_default_schema(name: str) -> None:
    assert accepts(name, "response", RESPONSES[name])


def test_respond_accepts_all_published_outputs() -> None:
    with simulate(allow_unused=True) as lightsail:
        for name in RESPONSES.keys() - OPERATIONS.keys():
            lightsail.respond(name, RESPONSES[name])


def test_respond_suggests_future_true_for_a_value_that_the_model_lacks() -> None:
    with simulate() as lightsail, pytest.raises(ContractViolationError, match="pass future=True"):
        lightsail.respond("GetInstance", {"instance": {"location": {"regionName": "mars-1"}}})


def test_patterns_apply_to_requests_but_not_to_responses() -> None:
    assert accepts("GetDomain", "response", {"domain": {"name": "!"}}, strict=True)
    assert not accepts(
        "CreateCertificate", "request", {"certificateName": "!", "domainName": "a.bc"}
    )
