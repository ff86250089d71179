"""The handle and ``simulate()`` play scenarios."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ReadTimeoutError

from pytest_lightsail import ConfigurationError, Fault, Lightsail, Scenario, simulate

NEW = {"serviceName": "shop", "power": "nano", "scale": 1}
CONTAINERS = {"web": {"image": "nginx", "ports": {"80": "HTTP"}}}


def test_simulate_plays_a_scenario() -> None:
    with simulate(Scenario().create(takes=600), latency=0) as lightsail:
        lightsail.client().create_container_service(**NEW)
        lightsail.clock.advance(599)
        assert lightsail.services["shop"].state == "PENDING"
        lightsail.clock.advance(1)
        assert lightsail.services["shop"].state == "READY"


def test_steps_of_a_scenario_may_go_unused() -> None:
    scenario = (
        Scenario()
        .deploy(takes=600)
        .fault("throttling", operation="GetContainerServices")
        .fault("answer_lost", operation="CreateContainerService")
        .another_client("deletes", "shop", after=30)
        .another_client("deploys", "shop", before="DeleteContainerService")
    )
    with simulate(scenario):
        pass


def test_play_adds_a_scenario_to_existing_scripts(lightsail: Lightsail) -> None:
    lightsail.script.create(takes=0)
    lightsail.play(Scenario().deploy(fails_at="CREATING_DEPLOYMENT"))
    client = lightsail.client()
    client.create_container_service(**NEW)
    client.create_container_service_deployment(serviceName="shop", containers=CONTAINERS)
    lightsail.clock.advance(500)
    assert lightsail.services["shop"].deployments[0].state == "FAILED"


def test_scenario_verbs_behave_like_the_methods_of_the_handle() -> None:
    def history(prepare: Any) -> str:
        with simulate(allow_unused=True) as lightsail:
            prepare(lightsail)
            # Retries are disabled because botocore pauses for random times between them.
            client = lightsail.client(config=Config(retries={"max_attempts": 0}))
            for call in (
                lambda: client.create_container_service(**NEW),
                client.get_container_services,
                lambda: client.create_container_service_deployment(
                    serviceName="shop", containers=CONTAINERS
                ),
                client.get_container_services,
            ):
                with suppress(ClientError, ReadTimeoutError):
                    call()
                lightsail.clock.advance(60)
            return lightsail.timeline()

    def on_the_handle(lightsail: Lightsail) -> None:
        lightsail.script.preset("fast")
        lightsail.script.create(takes=7)
        lightsail.script.deploy("shop", takes=3, lag=2)
        lightsail.faults.add(Fault.slow_answer(3), operation="GetContainerServices")
        lightsail.faults.add(Fault.error("OptInRequired", "no"), service="shop", nth=2)
        lightsail.faults.add(Fault.answer_lost(by=Fault.throttling()))
        lightsail.another_client.updates("shop", scale=2, after=90)
        lightsail.another_client.deploys(
            "shop", image="nginx:2", before="GetContainerServices", nth=2
        )

    scenario = (
        Scenario()
        .pace("fast")
        .create(takes=7)
        .deploy("shop", takes=3, lag=2)
        .fault("slow_answer", seconds=3, operation="GetContainerServices")
        .fault("error", code="OptInRequired", message="no", service="shop", nth=2)
        .fault("answer_lost", by="throttling")
        .another_client("updates", "shop", scale=2, after=90)
        .another_client("deploys", "shop", image="nginx:2", before="GetContainerServices", nth=2)
    )
    assert history(lambda lightsail: lightsail.play(scenario)) == history(on_the_handle)


@pytest.mark.parametrize(
    ("scenario", "message"),
    [
        (
            Scenario().pace("fast").fault("throttling", operation="GetContainerService"),
            "Lightsail has no operation 'GetContainerService'",
        ),
        (
            Scenario().deploy(never_ends=True, takes=3),
            "script.deploy: `fails_at` and `takes`",
        ),
        (
            Scenario().another_client("deletes", "Shop!"),
            r"another_client\.deletes\(serviceName='Shop!'\): .*pattern",
        ),
    ],
    ids=str,
)
def test_the_error_for_an_invalid_scenario_names_the_mistake(
    lightsail: Lightsail, scenario: Scenario, message: str
) -> None:
    with pytest.raises(ConfigurationError, match=message):
        lightsail.play(scenario)


def test_no_step_of_an_invalid_scenario_is_played(lightsail: Lightsail) -> None:
    scenario = (
        Scenario()
        .pace("instant")
        .another_client("creates", "shop")
        .fault("throttling")
        .fault("error", code="Nope")
    )
    with pytest.raises(ConfigurationError, match="unknown error 'Nope'"):
        lightsail.play(scenario)
    assert lightsail.account.to_come() == []
    assert list(lightsail.services) == []
    lightsail.client().create_container_service(**NEW)
    assert lightsail.services["shop"].state == "PENDING"


def test_simulate_stays_inactive_if_its_scenario_is_invalid() -> None:
    with (
        pytest.raises(ConfigurationError, match=r"another_client\.deletes"),
        simulate(Scenario().another_client("deletes", "!")),
    ):
        pass
    with simulate() as lightsail:
        assert lightsail.client().get_container_services()["containerServices"] == []


def test_a_reset_plays_the_scenario_again() -> None:
    with simulate(Scenario().create(takes=600)) as lightsail:
        for _ in range(2):
            lightsail.client().create_container_service(**NEW)
            lightsail.clock.advance(500)
            assert lightsail.services["shop"].state == "PENDING"
            lightsail.reset()


def test_the_error_for_an_invalid_update_masks_secrets(lightsail: Lightsail) -> None:
    environment: dict[str, Any] = {"TOKEN": "hunter2"}
    scenario = Scenario().another_client("updates", "Shop!", environment=environment)
    with pytest.raises(
        ConfigurationError, match=r"another_client\.updates\(.*TOKEN': '\*\*\*'"
    ) as raised:
        lightsail.play(scenario)
    assert "hunter2" not in str(raised.value)
