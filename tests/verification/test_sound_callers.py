"""Sound callers in many styles pass with at most two lines of configuration."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import strategies as st

from pytest_lightsail import Scenario, verify_caller
from tests.callers import styles
from tests.support.profiles import THOROUGH

# An ordinary run of the suite tries only these scenarios. The thorough profile draws scenarios.
SOME = st.sampled_from(
    [
        Scenario(),
        Scenario().deploy(fails_at="EVALUATING_HEALTH_CHECK"),
        Scenario().deploy(takes=500),
        Scenario().fault("throttling", times=2),
        Scenario().fault("connection_refused", times=7),
    ]
)
SMALL: dict[str, Any] = {} if THOROUGH else {"scenarios": SOME}
EXISTING = {"worlds": ["ready", "running"]}
RUNNING = {"worlds": ["running"]}
SOUND: list[tuple[Callable[..., Any], dict[str, Any]]] = [
    *(
        (caller, {"arguments": {"image": st.sampled_from(["nginx", "httpd:2"])}, **SMALL})
        for caller in (
            styles.plain_loop,
            styles.recursion,
            styles.driven_generator,
            styles.deadline_by_datetime,
            styles.growing_pauses,
            styles.event_with_timeout,
            styles.decorated,
            styles.in_a_thread,
            styles.in_a_pool,
            styles.in_asyncio,
            styles.in_a_task,
            styles.context_manager,
            styles.callback,
            styles.dataclass_result,
            styles.dictionary_result,
            styles.callable_object,
            styles.exits,
            styles.custom_chain,
            styles.names_its_environment,
            styles.stamps_the_time,
            styles.create_with_deployment,
            styles.only_if_changed,
            styles.roll_back_by_redeploying,
            styles.two_releases,
            styles.checks_the_address,
            styles.logs_on_failure,
        )
    ),
    (
        styles.polls_each_second,
        {"without": {"polls-too-fast"}, "arguments": {"image": "nginx"}, **SMALL},
    ),
    (styles.fire_and_forget, {"waits": False}),
    (styles.scale, {**EXISTING, "invalid": {"scale"}}),
    (styles.power, EXISTING),
    (styles.tag, {**EXISTING, "arguments": {"team": "shop"}}),
    (styles.untag, EXISTING),
    (styles.disable, RUNNING),
    (styles.enable, {"worlds": ["disabled"]}),
    (styles.delete, {}),
    (styles.make, {"worlds": ["absent"]}),
    (styles.anew, {}),
    (styles.any_service, {}),
    (styles.reads, {"without": {"deaf-to-argument"}}),
    (styles.health_check, RUNNING),
    (styles.port, RUNNING),
    (styles.several_containers, RUNNING),
    (styles.update, {**EXISTING, "arguments": {"scale": 2}}),
]


@pytest.mark.parametrize(("caller", "how"), SOUND, ids=lambda value: getattr(value, "__name__", ""))
def test_no_bug_is_reported_for_a_sound_caller(
    caller: Callable[..., Any], how: dict[str, Any]
) -> None:
    # One world is faster, and enough for callers that differ only in how they wait and run.
    how = {"worlds": ["running"], "pace": "fast", **how}
    assert verify_caller(caller, examples=6, **how).returned


def test_a_caller_may_wait_for_a_deletion_that_another_client_has_undone() -> None:
    created = Scenario().another_client(
        "creates", styles.SERVICE, before="GetContainerServices", nth=2
    )
    scenarios = st.just(created.deploy(fails_at="CREATING_SYSTEM_RESOURCES"))
    how = {"worlds": ["running"], "pace": "fast", "scenarios": scenarios}
    assert verify_caller(styles.delete, examples=2, **how).returned
