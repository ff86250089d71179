"""What a failing test shows: first what matters, then the timeline, at most a screenful."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_lightsail import Fault
from pytest_lightsail.reporting.timeline import MATTERS, SCREEN, TIMELINE, digest, render
from pytest_lightsail.simulator.account import Account
from tests.support.profiles import examples
from tests.support.timelines import HOME, SECRET, Caller, became, called, history_of, visited


@pytest.fixture
def caller() -> Caller:
    return Caller()


def told(account: Account, **more: Any) -> list[str]:
    return digest(
        account.history, account.clock.elapsed_ns, **{"unmet": account.unused(), **more}
    ).split("\n")


def matters(lines: list[str]) -> list[str]:
    assert lines[0] == MATTERS
    return lines[1 : lines.index(TIMELINE)]


# --- what matters ------------------------------------------------------------------------------------


def test_where_nothing_happened_it_says_so_and_no_more(caller):
    assert told(caller.account) == ["Nothing happened: no Lightsail call reached the account."]


def test_a_call_that_succeeded_does_not_matter_but_the_state_at_the_end_does(caller):
    caller.create()
    assert matters(told(caller.account)) == ["0:00:00.1  at the end: shop is PENDING"]


def test_a_refusal_names_the_rule(caller):
    caller.create(scale=0)
    assert matters(told(caller.account)) == [
        (
            "0:00:00.1  shop: CreateContainerService → InvalidInputException: "
            "scale is not valid: found 0, allowed: 1 to 20. "
            "[rule scale.range, assumed (A03): AWS's own text is not known]"
        )
    ]


def test_a_refusal_for_the_state_of_a_service_names_the_state_and_the_script_behind_it(caller):
    caller.account.script.deploy(never_ends=True)
    caller.create()
    caller.account.sleep(60)
    caller.deploy()
    caller.deploy()
    refused = next(line for line in matters(told(caller.account)) if "[rule" in line)
    assert refused.endswith(
        "[rule state.deployment-in-progress] "
        "(DEPLOYING since 0:01:00.2 by script.deploy(never_ends=True))"
    )


def test_a_refusal_for_a_state_that_nobody_scripted_names_the_state_alone(caller):
    caller.create()
    caller.deploy()
    refused = next(line for line in matters(told(caller.account)) if "[rule" in line)
    assert refused.endswith("(PENDING since 0:00:00.1)")


def test_the_state_of_another_service_is_not_the_reason(caller):
    caller.create("blog")
    caller.account.sleep(60)
    caller.create("shop")
    caller.deploy("shop")
    refused = next(line for line in matters(told(caller.account)) if "[rule" in line)
    assert "PENDING since 0:01:00.2" in refused


def test_a_fault_is_named(caller):
    caller.account.faults.add(Fault.throttling())
    caller.poll(1)
    assert matters(told(caller.account)) == [
        "0:00:05.1  shop: GetContainerServices → ThrottlingException (fault throttling): Rate exceeded"
    ]


def test_a_fault_that_spoils_no_answer_is_named_too(caller):
    caller.create()
    caller.account.faults.add(Fault.slow_answer(3))
    caller.poll(1)
    assert matters(told(caller.account))[0].endswith("→ shop PENDING (fault slow_answer)")


def test_like_ones_are_one_line_with_their_number(caller):
    caller.account.faults.add(Fault.throttling(), times=3)
    caller.poll(3)
    (line,) = matters(told(caller.account))
    assert line.startswith("0:00:05.1  ")
    assert line.endswith("Rate exceeded  × 3 until 0:00:15.3")


def test_a_script_is_told_at_its_end_with_what_came_of_it(caller):
    caller.account.script.deploy(fails_at="CREATING_DEPLOYMENT")
    caller.create()
    caller.account.sleep(60)
    caller.deploy()
    caller.account.sleep(600)
    assert matters(told(caller.account)) == [
        (
            "0:08:30.2  shop: READY, deployment 1 FAILED  "
            "(script.deploy(fails_at='CREATING_DEPLOYMENT'))"
        ),
        "0:11:00.2  at the end: shop is READY",
    ]


def test_a_deployment_that_failed_for_no_script_matters():
    lines = digest(history_of(became("READY", 5, deployment="deployment 1 FAILED")), 0).split("\n")
    assert matters(lines)[0] == "0:00:05.0  shop: READY, deployment 1 FAILED"


def test_a_visit_that_was_not_answered_by_the_containers_matters():
    history = history_of(visited(1), visited(2, status=503, why="shop is READY"))
    assert matters(digest(history, 0).split("\n")) == [
        "0:00:02.0  GET shop.example/ → 503 (shop is READY)"
    ]


def test_an_answer_of_the_future_matters():
    history = history_of(called(1, changed="state becomes HIBERNATING"))
    (line,) = matters(digest(history, 0).split("\n"))
    assert "(future: state becomes HIBERNATING)" in line


def test_what_was_prepared_and_not_met_is_named(caller):
    caller.create()
    caller.account.script.deploy(takes=30)
    assert "never used: script.deploy(takes=30)" in matters(told(caller.account))


def test_the_step_that_a_service_is_in_at_the_end_is_told(caller):
    caller.create()
    caller.account.sleep(60)
    caller.deploy()
    caller.account.sleep(5)
    assert matters(told(caller.account))[-1] == (
        "0:01:05.2  at the end: shop is DEPLOYING, CREATING_SYSTEM_RESOURCES"
    )


def test_a_service_that_is_gone_is_told_to_be(caller):
    caller.create()
    caller.account.sleep(60)
    caller.call("DeleteContainerService", serviceName="shop")
    caller.account.sleep(60)
    assert matters(told(caller.account))[-1].endswith("at the end: shop is gone")


def test_of_many_services_those_that_changed_last_are_told(caller):
    for number in range(6):
        caller.create(f"shop{number}")
    assert matters(told(caller.account))[-1].partition("at the end: ")[2] == (
        "shop5 is PENDING; shop4 is PENDING; shop3 is PENDING; shop2 is PENDING; 2 more"
    )


def test_regions_are_named_where_there_are_several():
    history = history_of(
        called(1, error="NotFoundException", parameters={"serviceName": "shop"}),
        called(2, region="eu-west-1"),
        became("READY", 3, region="eu-west-1"),
    )
    assert matters(digest(history, 0).split("\n")) == [
        "0:00:01.0  shop [us-east-1]: GetContainerServices → NotFoundException",
        "0:00:00.0  at the end: shop [eu-west-1] is READY",
    ]


def test_of_much_that_matters_the_latest_is_told():
    history = history_of(
        *(called(number, error="NotFoundException", message=f"{number}") for number in range(20))
    )
    lines = matters(digest(history, 0).split("\n"))
    assert lines[0] == "… 12 earlier ones …"
    assert [line.rpartition(": ")[2] for line in lines[1:]] == [str(n) for n in range(12, 20)]


# --- the timeline below it ---------------------------------------------------------------------------


def test_the_whole_timeline_follows_where_it_fits(caller):
    caller.create()
    lines = told(caller.account)
    assert lines[lines.index(TIMELINE) + 1 :] == render(caller.account.history).split("\n")


@examples(13, among=50)
@given(st.lists(st.sampled_from(["ok", "refused", "state", "visit"]), min_size=1, max_size=150))
def test_it_is_a_screenful_at_most(kinds):
    events = {
        "ok": lambda at: called(at, parameters={"serviceName": f"s{at}"}),
        "refused": lambda at: called(at, error="NotFoundException", message=f"{at}\nnext line"),
        "state": lambda at: became("READY", at, service=f"s{at}", cause=f"script {at}"),
        "visit": lambda at: visited(at, why="none"),
    }
    history = history_of(*(events[kind](at) for at, kind in enumerate(kinds)))
    assert len(digest(history, 0, unmet=["one", "two"]).split("\n")) <= SCREEN


def test_what_is_left_out_of_it_is_told_and_how_to_see_it(caller):
    for number in range(40):
        caller.create(f"shop{number}")
    lines = told(caller.account)
    (gap,) = [line for line in lines if line.startswith("…") and "show-timeline" in line]
    whole = render(caller.account.history).split("\n")
    shown = lines[lines.index(TIMELINE) + 1 :]
    assert gap == (
        f"… {len(whole) - len(shown) + 1} lines; --lightsail-show-timeline=all shows them …"
    )
    assert shown[-1] == whole[-1]


def test_all_of_it_is_shown_where_that_is_asked_for(caller):
    for number in range(40):
        caller.create(f"shop{number}")
    lines = told(caller.account, most=None)
    assert lines[lines.index(TIMELINE) + 1 :] == render(caller.account.history).split("\n")


def test_it_has_no_secret(caller):
    caller.create()
    caller.account.sleep(60)
    caller.deploy()
    caller.deploy()
    assert SECRET not in "\n".join(told(caller.account, most=None))


def test_what_one_script_has_done_in_two_regions_is_told_of_both():
    failed = {"deployment": "deployment 1 FAILED", "cause": "script.deploy()"}
    history = history_of(*(became("READY", region=name, **failed) for name in (HOME, "eu-west-1")))
    told_of = "\n".join(matters(digest(history, 0).split("\n"))[:2])
    assert HOME in told_of
    assert "eu-west-1" in told_of
