"""The chart of a trace: what stands where, and that it says nothing else."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_lightsail import Fault
from pytest_lightsail.reporting.html_tests import chart, marks, short_time
from pytest_lightsail.reporting.timeline import trace
from pytest_lightsail.simulator.clock import NANOSECONDS
from tests.support.profiles import examples
from tests.support.timelines import Caller, became, called, history_of, visited

SHOP = {"serviceName": "shop"}


def traced(*events: Any, end: float = 100, most: int = 400) -> dict[str, Any]:
    return trace(history_of(*events), round(end * NANOSECONDS), most)


def drawn(*events: Any, **more: Any) -> ET.Element:
    return ET.fromstring(chart(traced(*events, **more), "A test"))  # noqa: S314 - our own


def all_of(svg: ET.Element, kind: str) -> list[ET.Element]:
    return [element for element in svg.iter() if kind in element.get("class", "").split()]


def percent(text: str | None) -> float:
    assert text is not None
    return float(text.removesuffix("%"))


def texts(elements: list[ET.Element]) -> list[str]:
    return [element.findtext("text") or element.text or "" for element in elements]


def test_a_service_has_a_bar_for_each_state_from_its_beginning_to_its_end():
    svg = drawn(became("PENDING", 0), became("READY", 50))
    pending, ready = all_of(svg, "bar")
    assert texts([pending, ready]) == ["PENDING", "READY"]
    assert percent(ready.get("x")) == pytest.approx(50)
    end = percent(pending.get("x")) + percent(pending.get("width"))
    assert end == pytest.approx(percent(ready.get("x")), abs=0.02)


def test_the_last_state_lasts_until_the_end_of_the_clock():
    (bar,) = all_of(drawn(became("READY", 0)), "bar")
    assert percent(bar.get("x")) + percent(bar.get("width")) == pytest.approx(98.5)


def test_a_service_that_is_gone_has_no_bar():
    svg = drawn(became("DELETING", 0), became("ABSENT", 5), end=10)
    assert texts(all_of(svg, "bar")) == ["DELETING"]


def test_a_bar_that_is_too_short_for_its_text_has_a_title_alone():
    svg = drawn(became("PENDING", 0), became("READY", 2))
    pending, ready = all_of(svg, "bar")
    assert [bar.find("text") is None for bar in (pending, ready)] == [True, False]
    assert pending.findtext("title") == "0 s to 2 s: PENDING"


def test_the_steps_of_a_state_are_one_bar_and_below_it_each_has_its_own():
    svg = drawn(
        became("DEPLOYING", 0),
        became("DEPLOYING", 10, detail="CREATING_DEPLOYMENT"),
        became("DEPLOYING", 20, detail="EVALUATING_HEALTH_CHECK"),
        became("RUNNING", 30),
        end=40,
    )
    assert texts(all_of(svg, "bar")) == ["DEPLOYING", "RUNNING"]
    assert texts(all_of(svg, "step")) == ["CREATING_DEPLOYMENT", "EVALUATING_HEALTH_CHECK"]


def test_each_service_and_each_operation_has_a_lane_with_its_name():
    svg = drawn(
        became("READY", 0),
        became("READY", 0, service="blog"),
        called(1),
        called(2, "DeleteContainerService"),
        visited(3),
    )
    assert texts(all_of(svg, "lane")) == [
        *("shop", "blog"),
        *("GetContainerServices", "DeleteContainerService", "requests to shop"),
    ]


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        (called(1), "ok"),
        (called(1, error="NotFoundException"), "refused"),
        (called(1, error="ThrottlingException", fault="throttling"), "fault"),
        (called(1, fault="slow_answer"), "fault"),
        (visited(1), "ok"),
        (visited(1, why="no deployment"), "refused"),
        (visited(1, status=None, error="dns_failure"), "refused"),
    ],
)
def test_each_outcome_has_a_mark_of_its_own_shape(event, kind):
    svg = drawn(event)
    (use,) = svg.iter("use")
    assert use.get("href") == f"#mark-{kind}"
    shapes = ET.fromstring(marks())  # noqa: S314 - our own
    paths = {path.get("id"): path.get("d") for path in shapes.iter("path")}
    assert len(set(paths.values())) == 3
    assert f"mark-{kind}" in paths


def test_a_mark_tells_when_it_was_and_what_came():
    svg = drawn(called(1, error="NotFoundException"))
    assert [title.text for title in svg.iter("title")] == ["1 s → NotFoundException"]


def test_like_calls_are_a_line_with_their_number():
    svg = drawn(called(10), called(20), called(30))
    assert [percent(use.get("x")) for use in svg.iter("use")] == pytest.approx([11.2, 30.6])
    assert svg.findtext("g/title") == "10 s × 3 until 30 s → ok"


def test_regions_are_named_where_there_are_several():
    svg = drawn(became("READY", 0), became("READY", 0, region="eu-west-1"))
    assert texts(all_of(svg, "lane")) == ["shop [us-east-1]", "shop [eu-west-1]"]


@examples(25, among=50)
@given(st.floats(0, 10**7))
def test_the_clock_has_few_marks_that_say_where_they_are(end):
    svg = drawn(called(0), end=end)
    shown = [text for text in all_of(svg, "tick") if text.tag == "text"]
    assert 1 <= len(shown) <= 7
    places = [percent(text.get("x")) for text in shown]
    assert places == sorted(places)
    assert len({text.text for text in shown}) == len(shown)


@pytest.mark.parametrize("hostile", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>'])
def test_names_are_text(hostile):
    history = traced(
        became("READY", 0, service=hostile, cause=hostile, detail=hostile),
        called(1, hostile, error=hostile),
        visited(2, service=hostile, why=hostile, path=hostile),
    )
    svg = ET.fromstring(chart(history, hostile))  # noqa: S314 - our own
    assert {element.tag for element in svg.iter()} <= {
        "svg",
        "g",
        "rect",
        "line",
        "text",
        "title",
        "use",
    }
    assert svg.get("aria-label") == hostile


def test_nothing_of_it_needs_a_style_of_its_own_or_a_script():
    caller = Caller()
    caller.account.faults.add(Fault.throttling())
    caller.create()
    caller.poll(10)
    text = chart(trace(caller.account.history, 10**11), "A test")
    assert " style=" not in text
    assert "<style" not in text
    assert "<script" not in text


# --- times ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "0 s"),
        (0.1, "0.1 s"),
        (59.96, "59.9 s"),
        (60, "1:00"),
        (3600, "1:00:00"),
        (0.3, "0.3 s"),
    ],
)
def test_a_time_is_short(seconds, shown):
    assert short_time(seconds) == shown
