"""The page: its content, that it needs no other file, and how large it gets."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest

from pytest_lightsail import Fault
from pytest_lightsail.model.lifecycle import STATE_DETAILS
from pytest_lightsail.model.service import load
from pytest_lightsail.reporting.coverage import BREAKABLE, Coverage, Survey, survey
from pytest_lightsail.reporting.pages import report_page
from pytest_lightsail.reporting.timeline import render
from pytest_lightsail.simulator.operations import CONTAINER_OPERATIONS
from tests.support.timelines import SECRET, Caller

HOSTILE = '<script>alert(1)</script>"><img src=x onerror=alert(2)>'


class Page(HTMLParser):
    """The elements of a page with their text, and the cells of its tables by their caption."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.source = text
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.texts: list[tuple[str, str]] = []
        self._open: list[str] = []
        self.tables: dict[str, list[list[str]]] = {}
        self._rows: list[list[str]] = []
        self._caption = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in {"meta", "wbr", "input", "br"}:
            self._open.append(tag)
        if tag == "table":
            self._rows, self._caption = [], ""
        elif tag == "tr":
            self._rows.append([])
        elif tag in {"td", "th"}:
            self._rows[-1].append("")

    def handle_endtag(self, tag):
        assert self._open.pop() == tag
        if tag == "table":
            self.tables.setdefault(self._caption, self._rows[1:])

    def handle_data(self, data):
        if not self._open:
            return
        self.texts.append((self._open[-1], data))
        if "caption" in self._open:
            self._caption += data
        elif "td" in self._open or "th" in self._open:
            self._rows[-1][-1] += data

    @property
    def all_open(self) -> list[str]:
        return self._open

    def table(self, caption: str) -> dict[str, list[str]]:
        return {row[0]: row[1:] for row in self.tables[caption]}

    def text(self) -> str:
        return " ".join(text for tag, text in self.texts if tag not in {"style", "script"})


def story() -> Caller:
    caller = Caller()
    caller.create(scale=0)
    caller.create()
    caller.account.sleep(60)
    caller.account.script.deploy(fails_at="EVALUATING_HEALTH_CHECK")
    caller.account.faults.add(Fault.throttling(), operation="GetContainerServices", times=2)
    caller.deploy()
    caller.poll(110)
    return caller


def told_of(name: str, caller: Caller, outcome: str = "passed", **more: Any) -> dict[str, Any]:
    account = caller.account
    return {
        "test": name,
        "outcome": outcome,
        "accounts": 1,
        "longest": account.clock.elapsed,
        "calls": len(account.history.calls),
        "wrong": sum(bool(call.error or call.fault) for call in account.history.calls),
        "timeline": render(account.history),
        **more,
    }


def covered(*callers: Caller) -> Survey:
    coverage = Coverage(releases={"9.9.9"})
    for caller in callers:
        coverage.add(caller.account.history)
    coverage.input_rules["health-check.timeout"] += 2
    return survey(coverage, load())


@pytest.fixture(scope="module")
def caller() -> Caller:
    return story()


@pytest.fixture(scope="module")
def page(caller) -> Page:
    tests = [
        told_of("tests/test_a.py::test_one", caller),
        told_of("tests/test_a.py::test_two", caller, "failed", accounts=7),
        told_of(f"tests/test_a.py::test_three[{HOSTILE}]", caller, "skipped"),
    ]
    return Page(report_page(covered(caller), tests))


# --- coverage ----------------------------------------------------------------------------------------


def test_the_summary_counts_what_was_met_of_what_is_possible(page):
    summary = page.table("What the tests reached")
    assert summary["operations"][:2] == ["3", f"{len(CONTAINER_OPERATIONS)}"]
    assert summary["stateDetail codes"][:2] == ["6", f"{len(STATE_DETAILS)}"]
    assert summary["rules broken"][:2] == ["2", f"{len(BREAKABLE)}"]
    assert "Service model of botocore 9.9.9." in page.text()


def test_each_operation_has_its_errors(page):
    called = page.table("Operations and errors")
    errors = len(load().operations["CreateContainerService"].errors)
    assert called["CreateContainerService"] == ["2", f"1/{errors}", "InvalidInput 1"]
    assert called["GetContainerServices"][2] == "(Throttling 2)"
    assert "DeleteContainerService" not in called
    assert "Never called: CreateCertificate, " in page.text()


def test_the_transitions_are_drawn_and_told_with_their_numbers(page):
    edges = [about for tag, about in page.tags if "data-edge" in about]
    never = {about["data-edge"] for about in edges if "never" in about["class"].split()}
    assert "ABSENT create PENDING" not in never
    assert "READY delete DELETING" in never
    states = page.table("States of a container service")
    assert states["ABSENT"] == ["", "create 1"]
    assert states["READY"] == ["2", "deploy 1, update -, disable -, delete -"]


def test_steps_are_told_with_their_numbers(page):
    steps = page.table("stateDetail codes")
    assert set(steps) == set(STATE_DETAILS)
    assert steps["EVALUATING_HEALTH_CHECK"] == ["1"]
    assert steps["UNKNOWN_ERROR"] == ["-"]


def test_rules_are_told_by_who_broke_them(page):
    broken = page.table("Rules that were broken")
    assert set(broken) == {"scale.range", "health-check.timeout"}
    assert broken["scale.range"][1:] == ["1", "-"]
    assert broken["health-check.timeout"][1:] == ["-", "2"]
    whole = page.table("Rules that no test has broken")
    assert set(whole) | set(broken) == set(BREAKABLE)


def test_faults_are_told(page):
    assert page.table("Faults that hit calls") == {"throttling": ["2"]}


def test_a_run_that_met_nothing_says_so():
    page = Page(report_page(survey(Coverage(), load()), []))
    assert "Rules that were broken" not in page.tables
    assert "0 tests have used a simulated account." in page.text()
    assert page.table("What the tests reached")["TOTAL"][0] == "0"


# --- tests -------------------------------------------------------------------------------------------


def test_each_test_is_there_with_its_outcome_those_that_failed_first(page):
    shown = [about["data-outcome"] for tag, about in page.tags if "data-outcome" in about]
    assert shown == ["failed", "passed", "skipped"]
    names = re.findall(r'class="name">(.*?)<', page.source)
    assert names[:2] == ["tests/test_a.py::test_two", "tests/test_a.py::test_one"]


def test_a_timeline_is_closed_until_it_is_opened(page):
    assert [about for tag, about in page.tags if tag == "details" and "open" in about] == []


def test_a_timeline_is_that_of_the_account(page, caller):
    timelines = [text for tag, text in page.texts if tag == "pre"]
    assert timelines == [render(caller.account.history)] * 3
    calls = len(caller.account.history.calls)
    assert f"{calls} calls, 7 accounts, the last is shown, 3 refused, failed or hit" in page.text()


def test_the_longest_are_listed_and_lead_to_their_timelines(page):
    links = re.findall(r'<a href="#(test-\d+)">', page.source)
    assert set(links) == {"test-1", "test-2", "test-3"}
    ids = {about["id"] for _, about in page.tags if "id" in about}
    assert set(links) <= ids


def test_every_link_of_the_page_leads_to_something(page):
    ids = [about["id"] for _, about in page.tags if "id" in about]
    assert len(ids) == len(set(ids))
    for _, about in page.tags:
        if "href" in about:
            assert about["href"].removeprefix("#") in ids


def test_it_has_no_secret(page):
    assert SECRET not in page.source
    assert "***" in page.source


# --- safety ------------------------------------------------------------------------------------------


def test_names_are_text(page):
    assert f"tests/test_a.py::test_three[{HOSTILE}]" in page.text()
    assert [tag for tag, _ in page.tags if tag in {"img", "iframe", "link", "object"}] == []
    assert [tag for tag, _ in page.tags].count("script") == 1
    assert page.all_open == []


def test_names_of_every_kind_are_text():
    caller = Caller()
    for hostile in (HOSTILE, "</script><script>alert(3)", "<!--", "]]>", "&lt;"):
        caller.call("GetContainerServices", serviceName=hostile)
        caller.call("TagResource", resourceName=hostile, tags=[{"key": hostile}])
    page = Page(report_page(covered(caller), [told_of(HOSTILE, caller, "failed")]))
    assert [tag for tag, _ in page.tags].count("script") == 1
    assert [tag for tag, _ in page.tags if tag == "img"] == []
    assert page.all_open == []


def test_nothing_is_loaded_and_nothing_runs_but_what_the_page_brings(page):
    (policy,) = [
        about["content"]
        for _, about in page.tags
        if about.get("http-equiv") == "Content-Security-Policy"
    ]
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    for kind in ("style", "script"):
        (text,) = re.findall(rf"<{kind}>(.*?)</{kind}>", page.source, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert rules.pop(f"{kind}-src") == f"'sha256-{digest}'"
    assert set(rules.values()) == {"'none'"}
    assert "default-src" in rules
    attributes = {name for _, about in page.tags for name in about}
    assert not {"style", "src", "srcset"} & attributes
    assert not {name for name in attributes if name.startswith("on")}
    assert "url(" not in page.source
    assert "@import" not in page.source


# --- the page ----------------------------------------------------------------------------------------


def test_the_same_run_gives_the_same_page(caller):
    tests = [told_of("a", caller), told_of("b", caller)]
    again = json.loads(json.dumps(tests))
    assert report_page(covered(caller), tests) == report_page(covered(caller), again)


def test_two_thousand_tests_make_a_page_of_less_than_ten_megabytes(caller):
    one = {**told_of("", caller), "timeline": "x" * 4000}
    tests = [{**one, "test": f"test_{number:04}"} for number in range(2000)]
    text = report_page(covered(caller), tests)
    assert len(text.encode()) < 10_000_000
    names = re.findall(r'class="name">(.*?)<', text)
    assert names == [test["test"] for test in tests]


def test_where_there_is_no_room_at_all_the_page_says_so(caller):
    tests = [told_of("a", caller), told_of("b", caller)]
    page = Page(report_page(covered(caller), tests, largest=0))
    assert page.text().count("Left out, because the page would become too large.") == 2
