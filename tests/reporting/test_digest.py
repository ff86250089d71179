"""The report of a failing test is a summary and the timeline, and fits on one screen."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_lightsail import Fault
from pytest_lightsail.reporting.timeline import SCREEN, digest, render
from pytest_lightsail.simulator.account import Account
from tests.support.profiles import examples
from tests.support.timelines import SECRET, Caller, became, called, history_of, visited


@pytest.fixture
def caller() -> Caller:
    return Caller()


def shown(account: Account, **more: Any) -> list[str]:
    return digest(account.history, **{"unmet": account.unused(), **more}).split("\n")


def summary(lines: list[str]) -> list[str]:
    assert lines[0] == "What matters:"
    return lines[1 : lines.index("The timeline:")]


def timeline(lines: list[str]) -> list[str]:
    return lines[lines.index("The timeline:") + 1 :]


# --- the summary -------------------------------------------------------------------------------------


def test_without_calls_the_digest_says_that_nothing_happened(caller):
    assert shown(caller.account) == ["Nothing happened: no Lightsail call reached the account."]


def test_if_all_calls_succeeded_only_the_timeline_is_shown(caller):
    caller.create()
    assert shown(caller.account) == render(caller.account.history).split("\n")


def test_the_summary_shows_a_refusal_on_one_line(caller):
    caller.create(scale=0)
    assert summary(shown(caller.account)) == [
        (
            "0:00:00.1  CreateContainerService(serviceName='shop', power='nano', scale=0) "
            "→ InvalidInputException: scale is not valid: found 0, allowed: 1 to 20. "
            "[rule scale.range, assumed (A03): AWS's actual message is unknown]"
        )
    ]


def test_the_summary_names_the_fault_of_an_injected_error(caller):
    caller.account.faults.add(Fault.throttling())
    caller.poll(1)
    (line,) = summary(shown(caller.account))
    assert line.endswith("→ ThrottlingException (fault throttling): Rate exceeded")


def test_the_summary_names_a_fault_that_does_not_change_the_response(caller):
    caller.create()
    caller.account.faults.add(Fault.slow_answer(3))
    caller.poll(1)
    (line,) = summary(shown(caller.account))
    assert line.endswith("→ shop PENDING (fault slow_answer)")


def test_the_summary_shows_similar_calls_on_one_line(caller):
    caller.account.faults.add(Fault.throttling(), times=3)
    caller.poll(3)
    (line,) = summary(shown(caller.account))
    assert "× 3, every 5.1 s until 0:00:15.3" in line


def test_the_summary_shows_the_states_that_a_script_causes_but_not_the_steps(caller):
    caller.create()
    caller.account.sleep(60)
    caller.account.script.deploy(fails_at="CREATING_DEPLOYMENT")
    caller.deploy()
    caller.account.sleep(600)
    script = "(script.deploy(fails_at='CREATING_DEPLOYMENT'))"
    assert summary(shown(caller.account)) == [
        f"0:01:00.2    shop: DEPLOYING, deployment 1 ACTIVATING  {script}",
        f"0:08:30.2    shop: READY, deployment 1 FAILED  {script}",
    ]


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (
            became("READY", 5, deployment="deployment 1 FAILED"),
            "0:00:05.0    shop: READY, deployment 1 FAILED",
        ),
        (
            visited(2, status=503),
            "0:00:02.0  GET shop.example/ → 503",
        ),
    ],
    ids=["failed-deployment", "failed-visit"],
)
def test_the_summary_shows_failed_deployments_and_visits(event, line):
    history = history_of(visited(1), event, called(9))
    assert summary(digest(history).split("\n")) == [line]


def test_the_summary_shows_only_the_last_eight_lines():
    history = history_of(
        *(called(number, error="NotFoundException", message=f"{number}") for number in range(20))
    )
    lines = summary(digest(history).split("\n"))
    assert [line.rpartition(": ")[2] for line in lines] == [str(n) for n in range(12, 20)]


def test_the_summary_names_unused_scripts(caller):
    caller.create()
    caller.account.script.deploy(takes=30)
    assert summary(shown(caller.account)) == ["never used: script.deploy(takes=30)"]


# --- the timeline below the summary ------------------------------------------------------------------


def test_the_whole_timeline_follows_the_summary_if_it_fits(caller):
    caller.create(scale=0)
    assert timeline(shown(caller.account)) == render(caller.account.history).split("\n")


@examples(13, among=50)
@given(st.lists(st.sampled_from(["ok", "refused", "state", "visit"]), min_size=1, max_size=150))
def test_the_digest_is_at_most_one_screen_long(kinds):
    events = {
        "ok": lambda at: called(at, parameters={"serviceName": f"s{at}"}),
        "refused": lambda at: called(at, error="NotFoundException", message=f"{at}\nnext line"),
        "state": lambda at: became("READY", at, service=f"s{at}", cause=f"script {at}"),
        "visit": lambda at: visited(at, status=503),
    }
    history = history_of(*(events[kind](at) for at, kind in enumerate(kinds)))
    changes = [f"shop{number} becomes READY" for number in range(20)]
    lines = digest(history, unmet=["one", "two"], to_come=changes).split("\n")
    assert len(lines) <= SCREEN


def test_a_long_timeline_without_a_summary_is_cut():
    history = history_of(*(called(at, parameters={"serviceName": f"s{at}"}) for at in range(40)))
    assert len(digest(history).split("\n")) == SCREEN


def test_a_cut_timeline_names_the_flag_that_shows_all_lines(caller):
    caller.create(scale=0)
    for number in range(40):
        caller.create(f"shop{number}")
    cut = timeline(shown(caller.account))
    (gap,) = [line for line in cut if line.startswith("…")]
    whole = render(caller.account.history).split("\n")
    assert (
        gap
        == f"… {len(whole) - len(cut) + 1} lines omitted; --lightsail-show-timeline=all shows them …"
    )
    assert cut[-1] == whole[-1]


def test_the_whole_timeline_is_shown_on_request(caller):
    caller.create(scale=0)
    for number in range(40):
        caller.create(f"shop{number}")
    lines = shown(caller.account, most=None)
    assert timeline(lines) == render(caller.account.history).split("\n")


def test_the_digest_contains_no_secrets(caller):
    caller.create()
    caller.account.sleep(60)
    caller.deploy()
    caller.deploy()
    assert SECRET not in "\n".join(shown(caller.account, most=None))
