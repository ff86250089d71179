"""UpdateContainerService: capacity, disabling and enabling."""

from __future__ import annotations

import pytest


def test_the_response_shows_the_service_as_updating(world):
    world.ready()
    assert world.update(scale=2)["state"] == "UPDATING"


def test_the_response_shows_the_current_deployment_as_active(world):
    current = world.running()["currentDeployment"]
    assert world.update(scale=2)["currentDeployment"] == current
    assert current["state"] == "ACTIVE"


def test_an_update_creates_no_deployment(world):
    world.running()
    assert "nextDeployment" not in world.update(power="micro")


def test_state_detail_is_absent_from_the_response_and_appears_later(world):
    world.ready()
    assert "stateDetail" not in world.update(scale=2)
    assert [code for code in world.walk(of="detail") if code]


def test_state_detail_is_absent_after_the_update(world):
    world.ready()
    world.update(scale=2)
    assert world.walk(of="detail")[-1] is None


def test_power_and_scale_can_be_changed(world):
    world.ready()
    service = world.update(power="large", scale=7)
    assert (service["power"], service["powerId"], service["scale"]) == ("large", "large-1", 7)


@pytest.mark.parametrize(
    ("change", "takes"), [({"scale": 2}, 150), ({"isDisabled": True}, 30)], ids=str
)
def test_changing_the_scale_takes_150_seconds_and_disabling_30(world, change, takes):
    world.ready()
    world.update(**change)
    world.advance(takes - 0.001)
    assert world.get()["state"] == "UPDATING"
    world.advance(0.001)
    assert world.get()["state"] != "UPDATING"


def test_an_update_keeps_omitted_members(world):
    before = world.running(power="small", scale=3, tags=[{"key": "team"}])
    world.update(scale=4)
    world.settle()
    assert world.get() == {**before, "scale": 4}


def test_an_update_keeps_members_that_are_null(world):
    before = world.running()
    world.update(
        power=None, scale=None, isDisabled=None, publicDomainNames=None, privateRegistryAccess=None
    )
    world.settle()
    assert world.get() == before


def test_an_empty_update_changes_nothing(world):
    before = world.running()
    world.update()
    world.settle()
    assert world.get() == before


def test_the_next_deployment_after_an_update_has_the_next_version(world):
    world.running()
    world.update(power="micro")
    world.settle()
    assert world.deploy()["nextDeployment"]["version"] == 2


# --- disabling and enabling --------------------------------------------------------------------------


def test_a_disabled_service_is_shown_as_disabled(world):
    assert world.disabled()["isDisabled"] is True
    assert world.get()["state"] == "DISABLED"


def test_state_detail_is_absent_while_disabled(world):
    assert "stateDetail" not in world.disabled()


def test_an_enabled_service_is_shown_as_enabled(world):
    world.disabled()
    assert world.update(isDisabled=False)["isDisabled"] is False


def test_the_capacity_of_a_disabled_service_can_be_changed(world):
    world.disabled()
    world.update(power="micro", scale=2)
    world.settle()
    service = world.get()
    assert (service["state"], service["power"], service["scale"]) == ("DISABLED", "micro", 2)


def test_a_service_can_be_disabled_and_changed_in_one_update(world):
    world.running()
    world.update(isDisabled=True, scale=5)
    world.settle()
    assert (world.get()["state"], world.get()["scale"]) == ("DISABLED", 5)


@pytest.mark.parametrize("disabled", [True, False])
def test_disabling_or_enabling_a_service_again_changes_nothing(world, disabled):
    (world.disabled if disabled else world.running)()
    before = world.get()
    world.update(isDisabled=disabled)
    world.settle()
    assert world.get() == before


def test_a_disabled_service_accepts_a_deployment_once_it_is_enabled(world):
    world.disabled()
    world.refused(
        "CreateContainerServiceDeployment", serviceName="shop", containers=world.CONTAINERS
    )
    world.update(isDisabled=False)
    world.settle()
    assert world.deploy()["nextDeployment"]["version"] == 2


def test_enabling_creates_no_new_version(world):
    world.disabled()
    world.update(isDisabled=False)
    world.settle()
    assert world.get()["currentDeployment"]["version"] == 1
