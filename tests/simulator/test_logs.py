"""GetContainerLog: the lines of containers and of Lightsail, filters and pages."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_lightsail import Image
from pytest_lightsail.simulator.history import StateChange

from .conftest import ENDPOINT, World


def log(world: World, **more: Any) -> list[str]:
    given = {"serviceName": "shop", "containerName": "web", **more}
    script = world.account.script
    script.pace = script.pace._replace(logs_lag=0)
    return [event["message"] for event in world.call("GetContainerLog", **given).body["logEvents"]]


def test_lightsail_logs_the_start_and_the_end_of_a_deployment(world: World) -> None:
    world.ready()
    world.deploy()
    assert log(world) == ["[deployment:1] Creating your deployment"]
    world.settle()
    assert log(world) == of_deployment(
        "Creating your deployment",
        "Started 1 new node",
        "Reached a steady state",
        "Finalizing your deployment",
    )


def of_deployment(*lines: str) -> list[str]:
    return [f"[deployment:1] {line}" for line in lines]


def test_lightsail_logs_the_start_of_each_node(world: World) -> None:
    world.ready(scale=3)
    world.deploy()
    world.settle()
    assert log(world).count("[deployment:1] Started 1 new node") == 3


TOOK_TOO_LONG = (
    "Creating your deployment",
    "Started 1 new node",
    "Reached a steady state",
    "Took too long",
)
CANCELED = ("Creating your deployment", *["Started 1 new node"] * 3, "Canceled")


@pytest.mark.parametrize(
    ("step", "lines"),
    [("EVALUATING_HEALTH_CHECK", TOOK_TOO_LONG), ("CREATING_DEPLOYMENT", CANCELED)],
)
def test_lightsail_logs_why_a_scripted_deployment_fails(
    world: World, step: str, lines: tuple[str, ...]
) -> None:
    world.ready()
    world.account.script.deploy(fails_at=step)
    world.deploy()
    world.settle()
    assert log(world) == of_deployment(*lines)


def test_a_failed_health_check_is_logged_as_taking_too_long(world: World) -> None:
    world.account.images["nginx:1"] = Image(responds=503)
    world.ready()
    world.deploy(publicEndpoint=ENDPOINT)
    world.settle()
    own = [line for line in log(world) if line.startswith("[")]
    assert own == of_deployment(*TOOK_TOO_LONG)


@pytest.mark.parametrize(
    "image", [Image(exits=3), Image(pull="fails"), Image(needs_env=("TOKEN",))]
)
def test_a_container_that_does_not_start_is_tried_three_times(world: World, image: Image) -> None:
    world.account.images["nginx:1"] = image
    world.ready()
    world.deploy(publicEndpoint=ENDPOINT)
    world.settle()
    own = [line for line in log(world) if line.startswith("[")]
    assert own == of_deployment(*CANCELED)


PRIVATE = "123456789012.dkr.ecr.{}.amazonaws.com/shop:2"


@pytest.mark.parametrize(
    ("active", "region", "why"),
    [(False, "us-east-1", "role is not active"), (True, "eu-west-1", "not in us-east-1")],
)
def test_a_private_image_without_access_fails_without_a_reason_in_the_log(
    world: World, active: bool, region: str, why: str
) -> None:
    world.ready(privateRegistryAccess={"ecrImagePullerRole": {"isActive": active}})
    world.deploy(containers={"web": {"image": PRIVATE.format(region)}})
    world.settle()
    assert world.get()["state"] == "READY"
    assert log(world) == of_deployment(*CANCELED)
    changes = [event for event in world.account.history.entries if isinstance(event, StateChange)]
    assert why in changes[-1].cause


def test_callers_see_log_lines_with_a_delay_of_minutes(world: World) -> None:
    world.ready()
    world.deploy()
    given = {"serviceName": "shop", "containerName": "web"}
    assert world.call("GetContainerLog", **given).body == {"logEvents": []}
    world.clock.advance(120)
    assert len(world.call("GetContainerLog", **given).body["logEvents"]) == 1


def test_an_image_logs_its_lines_when_it_starts(world: World) -> None:
    world.account.images["nginx:1"] = Image(logs=("listening",))
    world.ready()
    world.deploy(publicEndpoint=ENDPOINT)
    assert "listening" not in log(world)
    world.settle()
    assert "listening" in log(world)


def test_the_times_of_log_lines_are_whole_seconds_in_ascending_order(world: World) -> None:
    world.running()
    reply = world.call("GetContainerLog", serviceName="shop", containerName="web")
    times = [event["createdAt"] for event in reply.body["logEvents"]]
    assert times == sorted(times)
    assert all(isinstance(time, int) for time in times)


def test_start_time_and_end_time_limit_the_lines(world: World) -> None:
    world.running()
    log(world)
    first, *_, last = (
        event["createdAt"]
        for event in world.call("GetContainerLog", serviceName="shop", containerName="web").body[
            "logEvents"
        ]
    )
    assert len(log(world, endTime=last - 1)) == 3
    assert len(log(world, startTime=first + 1)) == 3


def test_a_long_log_is_returned_in_pages(world: World) -> None:
    world.ready()
    for number in range(120):
        world.account.region(world.HOME).services["shop"].write(
            "web", world.clock.epoch_ns, str(number)
        )
    world.clock.advance(120)
    given = {"serviceName": "shop", "containerName": "web"}
    first = world.call("GetContainerLog", **given).body
    second = world.call("GetContainerLog", **given, pageToken=first["nextPageToken"]).body
    assert [event["message"] for event in first["logEvents"] + second["logEvents"]] == [
        str(number) for number in range(120)
    ]
    assert "nextPageToken" not in second


@pytest.mark.parametrize(
    ("pattern", "ends"),
    [
        ("Creating deployment", ["Creating your deployment"]),
        ("Creating Finalizing", []),
        ("creating", []),
        ('"Finalizing your"', ["Finalizing your deployment"]),
        ('"your Finalizing"', []),
        ('"Creating your" deployment', ["Creating your deployment"]),
        ("1] C", ["Creating your deployment"]),
        ("-1", []),
        ("-node -steady -Creating", ["Finalizing your deployment"]),
        ("?Creating ?Finalizing", ["Creating your deployment", "Finalizing your deployment"]),
    ],
)
def test_a_filter_pattern_selects_the_lines_of_a_log(
    world: World, pattern: str, ends: list[str]
) -> None:
    world.running()
    assert log(world, filterPattern=pattern) == [f"[deployment:1] {end}" for end in ends]


@pytest.mark.parametrize(
    ("pattern", "line", "passes"),
    [
        ("", "anything", True),
        ("ERROR", "an ERROR", True),
        ("ERROR", "an error", False),
        ("ERROR Exception", "ERROR: Exception", True),
        ("ERROR Exception", "ERROR", False),
        ("?ERROR ?Exception", "Exception", True),
        ("?ERROR ?Exception", "fine", False),
        ("-ERROR", "ERROR", False),
        ("-ERROR", "fine", True),
        ('"two words"', "these two words", True),
        ('"two words"', "words two", False),
        ('"', 'one " alone', True),
        ('-"two words"', "these two words", False),
        ('"-ERROR"', "the option -ERROR", True),
        ('"-ERROR"', "fine", False),
        ("-", "a - b", True),
        ("-", "ab", False),
        ("?", "what?", True),
        ("can't", "it can't be", True),
        (r"C:\temp", r"in C:\temp", True),
        ('""', "anything", True),
        ("ERROR -expected", "an ERROR", True),
        ("ERROR -expected", "an expected ERROR", False),
    ],
)
def test_a_line_is_returned_if_it_matches_the_filter_pattern(
    world: World, pattern: str, line: str, passes: bool
) -> None:
    world.ready()
    world.account.region(world.HOME).services["shop"].write("web", world.clock.epoch_ns, line)
    world.clock.advance(120)
    assert log(world, filterPattern=pattern) == [line] * passes


def test_the_pages_of_a_filtered_log_contain_only_matching_lines(world: World) -> None:
    world.ready()
    shop = world.account.region(world.HOME).services["shop"]
    for number in range(240):
        shop.write("web", world.clock.epoch_ns, "odd" if number % 2 else "even")
    world.clock.advance(120)
    given = {"serviceName": "shop", "containerName": "web", "filterPattern": "odd"}
    first = world.call("GetContainerLog", **given).body
    second = world.call("GetContainerLog", **given, pageToken=first["nextPageToken"]).body
    assert [len(page["logEvents"]) for page in (first, second)] == [100, 20]


@pytest.mark.parametrize("token", ["next", "-100", "0", "0100", "150", "¹00", "9" * 5000])
def test_a_page_token_that_no_response_has_returned_is_refused(world: World, token: str) -> None:
    world.running()
    given = {"serviceName": "shop", "containerName": "web", "pageToken": token}
    message = world.refused("GetContainerLog", **given)["message"]
    assert message.startswith(f"The page token is not valid: {token[:50]}")
