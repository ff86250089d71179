"""Names of services and containers."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.profiles import examples

quick = examples(37, among=50)

GOOD = ["a", "0", "ab", "a0", "a--b", "a-b", "shop", "3d", "0-0", "x" * 53]
BAD_PATTERN = [
    "ab!",
    "!ab",
    "ab\n",
    "\nab",
    "My-service",
    "SHOP",
    "-ab",
    "ab-",
    "-",
    "--",
    "a-",
    "-a",
]
BAD_PATTERN += [
    "ab_c",
    "a.b",
    "a b",
    " ab",
    "ab ",
    "ünix",
    "a\u0660",
    "ab\x00",
    "a/b",
    "backend_api",
]

ALPHABET = set(string.ascii_lowercase + string.digits + "-")

every_operation = pytest.mark.parametrize(
    "operation",
    [
        "CreateContainerService",
        "CreateContainerServiceDeployment",
        "UpdateContainerService",
        "DeleteContainerService",
        "GetContainerServices",
    ],
)

# Names that barely follow or barely break the rules. Random text would hardly ever produce them.
names = st.text(st.sampled_from("ab09-") | st.sampled_from("A_.! \n"), max_size=5) | st.text(
    st.sampled_from("ab09-"), max_size=66
)


def is_good(name: str, longest: int) -> bool:
    return (
        1 <= len(name) <= longest
        and set(name) <= ALPHABET
        and not name.startswith("-")
        and not name.endswith("-")
    )


@pytest.mark.parametrize("name", [*GOOD, "x" * 63])
def test_a_valid_service_name_is_accepted(broken, name):
    assert broken("CreateContainerService", serviceName=name) == []


@pytest.mark.parametrize("name", BAD_PATTERN)
def test_a_service_name_that_does_not_match_the_pattern_is_refused(broken, name):
    found = broken("CreateContainerService", serviceName=name)
    assert found == [("service-name.pattern", "serviceName")]


@every_operation
def test_every_operation_applies_the_same_rules_to_the_service_name(broken, operation):
    assert broken(operation, serviceName="ab!") == [("service-name.pattern", "serviceName")]
    assert broken(operation, serviceName="x" * 63) == []
    for long in ("x" * 64, "x" * 5000):
        assert broken(operation, serviceName=long) == [("service-name.length", "serviceName")]
    assert broken(operation, serviceName="")[0] == ("service-name.length", "serviceName")


@quick
@given(names)
def test_a_service_name_is_accepted_only_if_it_follows_the_rules(broken, name):
    assert (broken("DeleteContainerService", serviceName=name) == []) is is_good(name, 63)


@pytest.mark.parametrize("name", GOOD)
def test_a_valid_container_name_is_accepted(deployment, name):
    assert deployment(containers={name: {"image": "nginx"}}) == []


@pytest.mark.parametrize("name", BAD_PATTERN)
def test_a_container_name_that_does_not_match_the_pattern_is_refused(deployment, name):
    found = deployment(containers={name: {"image": "nginx"}})
    assert found == [("container-name.pattern", f"containers.{name}")]


def test_a_container_name_of_54_characters_is_refused(deployment):
    found = deployment(containers={"x" * 54: {"image": "nginx"}})
    assert found == [("container-name.length", "containers." + "x" * 54)]


def test_an_empty_container_name_is_refused(deployment):
    assert deployment(containers={"": {"image": "nginx"}})[0][0] == "container-name.length"


@quick
@given(names)
def test_a_container_name_is_accepted_only_if_it_follows_the_rules(broken, name):
    found = broken("CreateContainerServiceDeployment", containers={name: {"image": "nginx"}})
    assert (found == []) is is_good(name, 53)


def test_get_container_services_does_not_require_a_service_name(broken, left_out):
    assert broken("GetContainerServices", serviceName=left_out) == []
    assert broken("GetContainerServices", serviceName=None) == []
