"""``verify_caller`` tries classic cases and drawn cases."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from hypothesis import find
from hypothesis import strategies as st

from pytest_lightsail import Lightsail, Scenario, attempt, strategies
from pytest_lightsail.model.lifecycle import STUCK, TIMELINES
from pytest_lightsail.verification.cases import Case, borne, cases, classics, matched
from pytest_lightsail.verification.oracle import Run
from pytest_lightsail.verification.reports import Finding

PLAIN, OTHER = {"image": "nginx"}, {"image": "nginx:1.27"}


def classics_of(caller: Callable[[], Any]) -> list[Case]:
    """Return the classic cases of a caller in a world with a running service."""
    found = classics("shop", attempt(caller).calls, PLAIN, OTHER)
    return [Case("running", arguments, scenario) for arguments, scenario in found]


def involves_another_client(case: Case) -> bool:
    return case.has_others


def test_classic_cases_fail_a_deployment_at_its_first_and_last_step(
    lightsail: Lightsail, lightsail_client: Any
) -> None:
    lightsail.add_service("shop")
    found = classics_of(
        lambda: lightsail_client.create_container_service_deployment(
            serviceName="shop", containers={"web": {"image": "nginx"}}
        )
    )
    steps = [stage.detail for stage in TIMELINES["deploy"] if stage.detail]
    for step in (steps[0], steps[-1]):
        assert Case("running", OTHER, Scenario().deploy(fails_at=step)) in found
    assert Case("running", PLAIN, Scenario().deploy(fails_at=steps[-1])) in found


def test_classic_cases_contain_a_stuck_creation_and_an_endless_deployment(
    lightsail: Lightsail, lightsail_client: Any
) -> None:
    found = classics_of(
        lambda: lightsail_client.create_container_service(serviceName="shop", power="nano", scale=1)
    )
    for code in STUCK:
        assert Case("running", PLAIN, Scenario().create(stuck_with=code)) in found
    assert Case("running", PLAIN, Scenario().deploy(never_ends=True)) in found


def test_classic_cases_script_only_changes_that_the_caller_makes(
    lightsail: Lightsail, lightsail_client: Any
) -> None:
    lightsail.add_service("shop")
    found = classics_of(
        lambda: lightsail_client.update_container_service(serviceName="shop", scale=2)
    )
    verbs = {step.verb for case in found for step in case.scenario.steps if not case.has_others}
    assert verbs == {"fault"}


def test_classic_cases_break_the_connection_at_the_last_of_several_calls(
    lightsail: Lightsail, lightsail_client: Any
) -> None:
    def reads(times: int) -> None:
        for _ in range(times):
            lightsail_client.get_container_services()

    once, twice = (classics_of(lambda times=times: reads(times)) for times in (1, 2))
    (more,) = [case.scenario for case in twice if case not in once]
    (step,) = more.steps
    assert (step.arguments["name"], step.arguments["nth"]) == ("connection_refused", 2)


def test_classic_cases_let_another_client_disturb_a_caller_that_reads_and_changes(
    lightsail: Lightsail, lightsail_client: Any
) -> None:
    def reads_and_changes() -> None:
        lightsail_client.get_container_services(serviceName="shop")
        lightsail_client.update_container_service(serviceName="shop", scale=2)

    lightsail.add_service("shop")
    assert any(map(involves_another_client, classics_of(reads_and_changes)))


def test_cases_lose_only_responses_to_changes(lightsail: Lightsail, lightsail_client: Any) -> None:
    def reads_and_changes() -> None:
        lightsail_client.get_container_services(serviceName="shop")
        lightsail_client.update_container_service(serviceName="shop", scale=2)

    lightsail.add_service("shop")
    used = {call.operation for call in attempt(reads_and_changes).calls}
    lost = Scenario().fault("answer_lost", operation="UpdateContainerService")
    found = [each for each in borne("shop", used) if "answer_lost" in repr(each)]
    assert found == [("misled-by-lost-answers", [lost])]


def test_classic_cases_let_no_other_client_disturb_a_caller_that_only_reads(
    lightsail: Lightsail, lightsail_client: Any
) -> None:
    lightsail.add_service("shop")
    found = classics_of(lambda: lightsail_client.get_container_services(serviceName="shop"))
    assert found
    assert not any(map(involves_another_client, found))


def test_the_parameters_of_a_decorated_caller_are_those_of_the_wrapper() -> None:
    def release(image: str) -> None: ...

    @functools.wraps(release)
    def wrapper(port: int) -> None: ...

    assert list(matched(wrapper, (), optional=True)) == ["port"]


def test_the_simplest_drawn_case_has_valid_input() -> None:
    drawn = cases(
        ["running"],
        st.just(PLAIN),
        {"image": strategies.invalid_image_references()},
        st.just(Scenario()),
    )
    assert find(drawn, lambda _: True) == Case("running", PLAIN)
    assert find(drawn, lambda case: case.invalid is not None).arguments != PLAIN


def finding(case: Case) -> Finding:
    run = Run(case, attempt(print), "shop", {}, {}, 0.0)
    return Finding("release", "crashes", "it crashes", run, options={}, secrets=())


def test_a_finding_names_the_world_of_its_run(lightsail: Lightsail) -> None:
    everywhere = Finding("release", "crashes", "it crashes", None, options={}, secrets=())
    assert everywhere.happened == "in every run"
    assert repr(everywhere) == "<Finding crashes: it crashes>"
    assert finding(Case("ready", PLAIN)).happened == "shop ready"


def test_a_finding_names_the_input_that_shows_the_bug(lightsail: Lightsail) -> None:
    valid = Case("ready", PLAIN, said="image='nginx', a name")
    wrong = strategies.corners(strategies.invalid_image_references()).invalid[0]
    invalid = Case("ready", PLAIN, invalid=wrong)
    for case, words in ((valid, "image='nginx', a name"), (invalid, str(wrong))):
        assert finding(case).happened == f"shop ready; {words}"
