"""Another client changes the account while the caller runs."""

from __future__ import annotations

import threading

import pytest

from pytest_lightsail import ConfigurationError
from pytest_lightsail.simulator.another_client import When
from pytest_lightsail.simulator.history import Call, StateChange

from .conftest import CONTAINERS, World


def ready(world: World) -> World:
    world.create()
    world.clock.advance(60)
    return world


def test_another_client_deletes_a_service_after_a_delay(world: World) -> None:
    ready(world).account.another_client.deletes("shop", after=30)
    world.clock.advance(29)
    assert world.get()["state"] == "READY"
    world.clock.advance(1)
    assert world.get()["state"] == "DELETING"


def test_another_client_updates_a_service_immediately(world: World) -> None:
    ready(world).account.another_client.updates("shop", power="micro")
    assert world.get()["power"] == "micro"


def test_an_update_names_its_service_once(world: World) -> None:
    with pytest.raises(TypeError, match="multiple values for keyword argument 'serviceName'"):
        ready(world).account.another_client.updates("shop", serviceName="blog")


def test_another_client_changes_the_service_in_the_region_of_the_call(
    world: World,
) -> None:
    for region in ("eu-west-1", "us-west-2"):
        world.create(region=region)
    world.clock.advance(60)
    world.account.another_client.deletes("shop", before="GetContainerServices")
    assert world.get(region="us-west-2")["state"] == "DELETING"
    assert world.get(region="eu-west-1")["state"] == "READY"


def test_another_client_acts_in_the_default_region(
    world: World,
) -> None:
    world.create(region="eu-west-1")
    ready(world).account.another_client.deletes("shop")
    assert world.get()["state"] == "DELETING"
    assert world.get(region="eu-west-1")["state"] == "READY"


def test_another_client_creates_a_service_whose_name_is_in_use_in_another_region(
    world: World,
) -> None:
    world.create(region="eu-west-1")
    world.account.another_client.creates("shop", after=60)
    world.clock.advance(60)
    assert world.get()["state"] == "PENDING"


def test_another_client_wins_the_race_for_a_name_in_the_region_of_the_call(world: World) -> None:
    world.account.another_client.creates("shop", before="CreateContainerService")
    given = {"serviceName": "shop", "power": "nano", "scale": 1}
    error = world.refused("CreateContainerService", region="eu-west-1", **given)
    assert error["message"] == "Some names are already in use: shop"


def test_another_client_wins_the_race_for_a_name(world: World) -> None:
    world.account.another_client.creates("shop", before="CreateContainerService")
    error = world.refused("CreateContainerService", serviceName="shop", power="nano", scale=1)
    assert error["message"] == "Some names are already in use: shop"


def test_another_client_deploys_between_a_read_and_a_deployment(world: World) -> None:
    ready(world).account.another_client.deploys(
        "shop", image="other:1", before="CreateContainerServiceDeployment"
    )
    assert world.get()["state"] == "READY"
    error = world.refused(
        "CreateContainerServiceDeployment", serviceName="shop", containers=CONTAINERS
    )
    assert "deployment 1 is in progress" in error["message"]
    assert world.get()["nextDeployment"]["containers"]["web"]["image"] == "other:1"


def test_another_client_waits_for_the_nth_call(world: World) -> None:
    ready(world).account.another_client.deletes("shop", before="GetContainerServices", nth=3)
    assert [world.get()["state"] for _ in range(3)] == ["READY", "READY", "DELETING"]


def test_another_client_acts_before_the_first_call_by_default(world: World) -> None:
    another_client = ready(world).account.another_client
    another_client.updates("shop", power="micro", before="GetContainerServices")
    assert world.get()["power"] == "micro"
    another_client.deletes("shop", before="GetContainerServices")
    world.clock.advance(180)
    assert world.get()["state"] == "DELETING"


def test_a_refused_change_by_another_client_is_reported(world: World) -> None:
    another_client = ready(world).account.another_client
    another_client.deletes("shap")
    (line,) = another_client.unused()
    assert "was refused in us-east-1: The ContainerService does not exist: shap" in line


def test_another_client_that_never_acts_is_reported(world: World) -> None:
    another_client = ready(world).account.another_client
    another_client.deletes("shop", before="UpdateContainerService")
    another_client.deletes("shop", before="UpdateContainerService", optional=True)
    assert another_client.unused() == ["another_client.deletes(serviceName='shop')"]


def test_changes_by_another_client_are_not_recorded_as_calls(world: World) -> None:
    ready(world).account.another_client.updates("shop", power="micro")
    assert len(world.account.history.calls) == 1
    assert world.account.history.entries[-1].cause.startswith("another_client.updates(")  # type: ignore[union-attr]


def test_a_refused_change_by_another_client_is_not_attributed_to_the_next_call(
    world: World,
) -> None:
    another_client = ready(world).account.another_client
    another_client.deletes("shap", before="GetContainerServices")
    world.get()
    noted, call = world.account.history.entries[-2:]
    assert isinstance(noted, StateChange)
    assert isinstance(call, Call)
    assert (noted.service, noted.state, noted.by_call) == ("shap", "ABSENT", False)


def test_an_invalid_change_by_another_client_is_refused_when_it_is_added(world: World) -> None:
    with pytest.raises(ConfigurationError, match="giga"):
        ready(world).account.another_client.updates("shop", power="giga")
    with pytest.raises(ConfigurationError, match="not both"):
        world.account.another_client.deletes("shop", after=3, before="GetContainerServices")


def test_a_change_that_is_refused_when_it_is_added_never_happens(world: World) -> None:
    another_client = ready(world).account.another_client
    with pytest.raises(ConfigurationError, match="invalid after=-1"):
        another_client.deletes("shop", after=-1)
    assert another_client.unused() == []


@pytest.mark.parametrize("when", [{"before": "GetContainerServices"}, {"after": 30}, {}])
def test_a_change_added_by_another_thread_waits_for_the_call_in_progress(
    world: World, when: When
) -> None:
    another_client = world.account.another_client
    plans = threading.Thread(target=lambda: another_client.creates("shop", **when))
    with world.account.lock:
        plans.start()
        plans.join(0.05)
        assert (another_client.to_come(), world.clock.next_due) == ([], None)
    plans.join()
    world.names()
    world.clock.advance(30)
    assert world.names() == ["shop"]
