"""A trace: what happened in an account as plain data, with no secret and of no great size."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_lightsail import Fault
from pytest_lightsail.reporting.timeline import MOST_ROWS, trace
from pytest_lightsail.simulator.clock import NANOSECONDS
from tests.support.profiles import examples
from tests.support.timelines import HOME, SECRET, Caller, became, called, history_of, visited


def rows(*events, **more):
    return trace(history_of(*events), 0, **more)["rows"]


def test_a_call_is_its_time_its_parameters_and_its_answer():
    call = called(0.5, parameters={"serviceName": "shop"}, answer={"containerServices": []})
    assert rows(call) == [
        {
            "kind": "call",
            "at": 0.5,
            "region": HOME,
            "operation": "GetContainerServices",
            "service": "shop",
            "parameters": "serviceName='shop'",
            "answer": "no container services",
        }
    ]


def test_a_call_that_went_wrong_has_its_error_its_rule_and_its_fault():
    call = called(
        error="ThrottlingException", message="Rate exceeded", rule="scale.range", fault="throttling"
    )
    (row,) = rows(call)
    assert (row["error"], row["rule"], row["fault"]) == (
        "ThrottlingException",
        "scale.range",
        "throttling",
    )
    assert (
        row["answer"] == "ThrottlingException (fault throttling): Rate exceeded [rule scale.range]"
    )


def test_like_calls_in_a_row_are_one_with_their_number():
    (row,) = rows(called(1), called(2), called(4))
    assert (row["at"], row["until"], row["count"]) == (1, 4, 3)


def test_a_change_of_state_has_its_step_its_deployment_and_its_cause():
    change = became(
        "DEPLOYING", 2, detail="D", deployment="deployment 1 ACTIVATING", cause="script"
    )
    assert rows(change) == [
        {
            "kind": "state",
            "at": 2.0,
            "region": HOME,
            "service": "shop",
            "state": "DEPLOYING",
            "detail": "D",
            "deployment": "deployment 1 ACTIVATING",
            "cause": "script",
        }
    ]


def test_a_visit_is_what_was_asked_and_what_came():
    (row,) = rows(visited(3, status=503, why="no deployment"))
    assert (row["kind"], row["asked"]) == ("visit", "GET shop.example/")
    assert (row["answer"], row["why"]) == ("503 (no deployment)", "no deployment")


def test_its_end_is_that_of_the_clock():
    assert trace(history_of(called(1)), 90 * NANOSECONDS)["end"] == 90


def test_it_is_json_with_no_secret():
    caller = Caller()
    caller.account.faults.add(Fault.throttling())
    caller.create()
    caller.create()
    caller.account.sleep(60)
    caller.deploy()
    caller.poll(30)
    told = trace(caller.account.history, caller.account.clock.elapsed_ns)
    text = json.dumps(told)
    assert json.loads(text) == told
    assert SECRET not in text
    assert "***" in text


@pytest.mark.parametrize("hostile", ["\ud800", "\x1b[31m", "two\nlines"], ids=ascii)
def test_what_cannot_be_printed_is_escaped(hostile):
    (row,) = rows(called(parameters={"serviceName": hostile}, error="E", message=hostile))
    assert all(value.isprintable() for value in row.values() if isinstance(value, str))


def test_a_long_answer_is_cut():
    (row,) = rows(called(error="E", message="x" * 10_000))
    assert len(row["answer"]) < 500


@examples(15, among=50)
@given(st.integers(1, 60), st.integers(3, 40))
def test_of_many_rows_the_first_and_the_last_are_kept_and_a_gap_tells_of_the_others(number, most):
    events = [called(at, parameters={"serviceName": f"s{at}"}) for at in range(number)]
    found = rows(*events, most=most)
    gaps = [row for row in found if row["kind"] == "gap"]
    assert len(found) - len(gaps) == min(number, most)
    assert (found[0]["at"], found[-1]["at"]) == (0, number - 1)
    assert sum(gap["count"] for gap in gaps) == max(number - most, 0)


def test_the_last_state_in_a_gap_is_kept_for_each_service():
    states = ["PENDING", "READY", "DEPLOYING"]
    changes = [became(state, at) for at, state in enumerate(states, 100)]
    before = [called(at, parameters={"serviceName": f"s{at}"}) for at in range(50)]
    after = [called(200 + at, parameters={"serviceName": f"s{at}"}) for at in range(50)]
    found = rows(*before, *changes, became("READY", 104, service="blog"), *after, most=30)
    gap = next(index for index, row in enumerate(found) if row["kind"] == "gap")
    kept = [(row["service"], row["state"]) for row in found[gap + 1 :] if row["kind"] == "state"]
    assert kept == [("shop", "DEPLOYING"), ("blog", "READY")]


def test_it_has_no_more_rows_than_that_by_itself():
    events = [called(at, parameters={"serviceName": f"s{at}"}) for at in range(3 * MOST_ROWS)]
    assert len(rows(*events)) == MOST_ROWS + 1
