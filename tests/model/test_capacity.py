"""Power and scale."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.profiles import examples

quick = examples(25, among=50)

takes_capacity = pytest.mark.parametrize(
    "operation", ["CreateContainerService", "UpdateContainerService"]
)
POWERS = ["nano", "micro", "small", "medium", "large", "xlarge"]


@takes_capacity
@pytest.mark.parametrize("power", POWERS)
def test_a_known_power_is_accepted(broken, operation, power):
    assert broken(operation, power=power) == []


@takes_capacity
@pytest.mark.parametrize(
    "power", ["", "Nano", "NANO", "nano ", "nano\n", "nano-1", "2xlarge", "huge"]
)
def test_an_unknown_power_is_refused(broken, operation, power):
    assert broken(operation, power=power) == [("power.values", "power")]


@takes_capacity
@pytest.mark.parametrize("scale", [1, 2, 19, 20])
def test_a_scale_of_1_to_20_is_accepted(broken, operation, scale):
    assert broken(operation, scale=scale) == []


@takes_capacity
@pytest.mark.parametrize("scale", [-(2**31), -1, 0, 21, 2**31 - 1])
def test_a_scale_outside_1_to_20_is_refused(broken, operation, scale):
    assert broken(operation, scale=scale) == [("scale.range", "scale")]


@quick
@given(st.integers(-(2**31), 2**31 - 1) | st.integers(-3, 25))
def test_a_scale_is_accepted_only_from_1_to_20(broken, scale):
    assert (broken("UpdateContainerService", scale=scale) == []) is (1 <= scale <= 20)


@pytest.mark.parametrize("member", ["serviceName", "power", "scale"])
def test_a_new_service_requires_a_name_a_power_and_a_scale(broken, left_out, member):
    found = broken("CreateContainerService", **{member: left_out})
    assert found == [("json.required", member)]


@pytest.mark.parametrize("disabled", [True, False])
def test_an_update_may_disable_or_enable_a_service(broken, disabled):
    assert broken("UpdateContainerService", isDisabled=disabled) == []


def test_a_service_cannot_be_created_disabled(broken):
    found = broken("CreateContainerService", isDisabled=True)
    assert found == [("json.unknown-member", "isDisabled")]


@takes_capacity
@pytest.mark.parametrize("active", [True, False])
def test_a_request_may_switch_the_ecr_image_puller_role_on_or_off(broken, operation, active):
    access = {"ecrImagePullerRole": {"isActive": active}}
    assert broken(operation, privateRegistryAccess=access) == []


@takes_capacity
def test_a_request_may_not_set_the_principal_of_the_ecr_image_puller_role(broken, operation):
    access = {"ecrImagePullerRole": {"isActive": True, "principalArn": "arn:aws:iam::1:role/x"}}
    found = broken(operation, privateRegistryAccess=access)
    path = "privateRegistryAccess.ecrImagePullerRole.principalArn"
    assert found == [("json.unknown-member", path)]
