"""The HTML report: its content, and that it needs nothing else."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from pytest_lightsail.model.service import load
from pytest_lightsail.reporting.coverage import Coverage, coverage_text, survey
from pytest_lightsail.reporting.pages import report_page
from pytest_lightsail.reporting.timeline import render
from tests.support.timelines import SECRET, Caller

HOSTILE = '<script>alert(1)</script>"><img src=x onerror=alert(2)>'


class Page(HTMLParser):
    """The tags of a page, and the texts of its elements."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.source = source
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self._open: list[str] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(source)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in {"meta", "img"}:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open:
            self.texts.append((self._open[-1], data))

    def texts_of(self, tag: str) -> list[str]:
        return [text for each, text in self.texts if each == tag]


def story() -> Caller:
    caller = Caller()
    caller.create()
    caller.account.sleep(60)
    caller.deploy()
    caller.call("GetContainerServices", serviceName=HOSTILE)
    return caller


def written(caller: Caller) -> str:
    """The report of three tests in which this account was used."""
    coverage = Coverage()
    coverage.add(caller.account.history)
    timeline = render(caller.account.history)
    tests = [
        ("passed", f"tests/test_a.py::test_one[{HOSTILE}]", timeline),
        ("skipped", "tests/test_a.py::test_three", timeline),
        ("failed", "tests/test_a.py::test_two", timeline),
    ]
    return report_page(coverage_text(survey(coverage, load()), missing=True), tests)


@pytest.fixture(scope="module")
def caller() -> Caller:
    return story()


@pytest.fixture(scope="module")
def page(caller: Caller) -> Page:
    return Page(written(caller))


def test_it_starts_with_the_coverage(page: Page, caller: Caller) -> None:
    coverage = Coverage()
    coverage.add(caller.account.history)
    shown = page.texts_of("pre")[0].splitlines()
    assert shown == coverage_text(survey(coverage, load()), missing=True)


def test_each_test_is_listed_with_its_outcome_and_failed_tests_come_first(page: Page) -> None:
    assert page.texts_of("summary") == [
        "failed: tests/test_a.py::test_two",
        f"passed: tests/test_a.py::test_one[{HOSTILE}]",
        "skipped: tests/test_a.py::test_three",
    ]


def test_each_test_has_the_timeline_of_its_account(page: Page, caller: Caller) -> None:
    assert page.texts_of("pre")[1:] == [render(caller.account.history)] * 3


def test_timelines_are_closed_at_first(page: Page) -> None:
    assert [tag for tag, about in page.tags if tag == "details" and "open" in about] == []


def test_it_has_no_secret(page: Page) -> None:
    assert SECRET not in page.source
    assert "***" in page.source


def test_names_are_escaped(page: Page) -> None:
    assert not {tag for tag, _ in page.tags} & {"script", "img"}


def test_it_loads_nothing_and_runs_no_script(page: Page) -> None:
    (policy,) = [
        about["content"]
        for _, about in page.tags
        if about.get("http-equiv") == "Content-Security-Policy"
    ]
    assert policy == "default-src 'none'; style-src 'unsafe-inline'"
    attributes = {name for _, about in page.tags for name in about}
    assert not {"src", "href", "style"} & attributes
    assert not {name for name in attributes if name.startswith("on")}
    assert not re.search(r"url\(|@import", page.source)


def test_the_same_run_gives_the_same_page(page: Page) -> None:
    assert written(story()) == page.source
