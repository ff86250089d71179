"""Powers, registry logins and the API metadata."""

from __future__ import annotations

from pytest_lightsail.model.service import load
from pytest_lightsail.simulator.history import masked

from .conftest import World

LOGIN = "CreateContainerServiceRegistryLogin"


def test_the_powers_are_those_of_the_model_in_the_same_order(world: World) -> None:
    powers = world.call("GetContainerServicePowers").body["powers"]
    assert (
        tuple(power["name"] for power in powers) == load().shapes["ContainerServicePowerName"].enum
    )
    assert all(power["powerId"] == f"{power['name']}-1" for power in powers)


def test_each_power_has_its_price_cpus_and_memory(world: World) -> None:
    powers = world.call("GetContainerServicePowers").body["powers"]
    members = ("name", "price", "cpuCount", "ramSizeInGb", "isActive")
    assert [tuple(power[member] for member in members) for power in powers] == [
        ("nano", 7.0, 0.25, 0.5, True),
        ("micro", 10.0, 0.25, 1.0, True),
        ("small", 15.0, 0.5, 1.0, True),
        ("medium", 40.0, 1.0, 2.0, True),
        ("large", 80.0, 2.0, 4.0, True),
        ("xlarge", 160.0, 4.0, 8.0, True),
    ]


def test_a_registry_login_expires_after_twelve_hours(world: World) -> None:
    world.ready()
    login = world.call(LOGIN).body["registryLogin"]
    assert login["expiresAt"] == world.clock.timestamp + 12 * 3600
    assert login["registry"].endswith(".dkr.ecr.us-east-1.amazonaws.com")
    assert login["username"]


def test_each_registry_login_has_its_own_password_which_is_masked(world: World) -> None:
    world.ready()
    first, second = (world.call(LOGIN).body["registryLogin"]["password"] for _ in range(2))
    assert first != second
    assert masked(world.account.history.calls[-1].response)["registryLogin"]["password"] == "***"


def test_the_api_metadata_contains_the_version_of_lightsailctl(world: World) -> None:
    (entry,) = world.call("GetContainerAPIMetadata").body["metadata"]
    assert entry["name"] == "lightsailctlVersion"
