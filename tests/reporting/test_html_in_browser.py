"""The page in a browser: it can be read and used in the dark, on a phone, on paper, and by keyboard."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_lightsail.reporting.pages import report_page
from tests.reporting.test_html_report import HOSTILE, covered, story, told_of
from tests.support.browser import Browser

FORMS = [
    {"width": 1280, "scheme": "light"},
    {"width": 1280, "scheme": "dark"},
    {"width": 400, "scheme": "light"},
]
SHOWN = "[...document.querySelectorAll('.tests > details')].filter((one) => !one.hidden).length"
OPEN = "document.querySelectorAll('.tests > details[open]').length"

# Pairs of texts of diagrams that are written over each other, and texts that are cut off.
OVERLAPS = """(selector) => {
  const texts = [...document.querySelectorAll(selector)];
  const boxes = texts.map((text) => [text, text.getBoundingClientRect()]);
  return boxes.flatMap(([one, a], index) => boxes.slice(index + 1).filter(([, b]) =>
    a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1
  ).map(([two]) => `${one.textContent} over ${two.textContent}`));
}"""
OUTSIDE = """(selector) => [...document.querySelectorAll(selector)].filter((text) => {
  const { left, right } = text.getBoundingClientRect();
  return left < 0 || right > innerWidth;
}).map((text) => text.textContent)"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    browser = Browser()
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    caller = story()
    tests = [
        told_of("tests/test_shop.py::test_fails", caller, "failed"),
        told_of("tests/test_shop.py::test_passes", caller),
        told_of("tests/test_blog.py::test_passes", caller),
        told_of(f"tests/test_blog.py::test_name[{HOSTILE}]", caller, "skipped"),
    ]
    path = tmp_path_factory.mktemp("report") / "index.html"
    path.write_text(report_page(covered(caller), tests), encoding="utf-8")
    return path


@pytest.fixture
def visit(browser: Browser, report: Path):
    """Return a function that opens the page; a message or request of the browser fails the test."""

    def visit(path: Path = report, anchor: str = "", **form) -> Browser:
        visited.append(path)
        browser.open(f"file://{path}{anchor}", {"real_time": True, **form})
        return browser

    visited: list[Path] = []
    yield visit
    browser.media(None)
    assert browser.complaints() == []
    asked = {re.sub("#.*", "", url) for url in browser.requests()}
    assert asked == {f"file://{path}" for path in visited}
    browser.leave()


def open_all(page: Browser) -> None:
    page.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = true))")


def applied(function: str, selector: str) -> str:
    return f"({function})({selector!r})"


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_it_is_accessible_in_every_form(visit, form):
    page = visit(**form)
    open_all(page)
    assert page.axe() == []


@pytest.mark.parametrize("form", FORMS[1:], ids=str)
def test_nothing_is_cut_off_and_nothing_is_written_over(visit, form):
    page = visit(**form)
    open_all(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= form["width"]
    assert page.evaluate(applied(OUTSIDE, ".tests td, .tests th, .tests summary, nav a")) == []
    for drawing in (".service", ".deployment"):
        assert page.evaluate(applied(OVERLAPS, f"{drawing} .trigger, {drawing} .name")) == []


@pytest.mark.parametrize("form", FORMS[1:], ids=str)
def test_letters_are_large_enough(visit, form):
    page = visit(**form)
    open_all(page)
    smallest = page.evaluate(
        """Math.min(...[...document.querySelectorAll('main text')].map((text) => {
          const scale = text.getScreenCTM().a;
          return parseFloat(getComputedStyle(text).fontSize) * scale;
        }))"""
    )
    assert smallest >= 9.5


def test_in_the_dark_it_is_dark(visit):
    colour = "getComputedStyle(document.body).backgroundColor.match(/[0-9]+/g).map(Number)"
    assert min(visit(scheme="light").evaluate(colour)) > 200
    assert max(visit(scheme="dark").evaluate(colour)) < 60


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_paper_it_is_light_and_whole_without_what_is_for_the_screen(visit, scheme):
    page = visit(width=720, scheme=scheme)
    open_all(page)
    page.media("print")
    for text in ("main", ".state-diagram"):
        colour = f"getComputedStyle(document.querySelector('{text}')).color.match(/[0-9]+/g)"
        assert max(page.evaluate(f"{colour}.map(Number)")) < 60
    assert page.evaluate("document.documentElement.scrollWidth") <= 720
    assert page.evaluate(applied(OUTSIDE, "main td, main th, main .name")) == []
    for gone in ("nav", ".controls"):
        assert page.evaluate(f"document.querySelector('{gone}').getClientRects().length") == 0


def test_tests_are_found_by_words_of_their_name(visit):
    page = visit()
    assert page.text("#shown") == "4 tests"
    page.fill("Name", "blog PASSES")
    assert page.evaluate(SHOWN) == 1
    assert page.text("#shown") == "1 of 4 tests"
    page.fill("Name", "")
    assert page.evaluate(SHOWN) == 4


def test_tests_are_found_by_their_outcome(visit):
    page = visit()
    page.select("Outcome", "failed")
    assert page.evaluate(SHOWN) == 1
    page.fill("Name", "blog")
    assert page.evaluate(SHOWN) == 0


def test_the_name_of_a_test_leads_to_its_timeline_even_if_it_is_not_shown(visit):
    page = visit()
    page.fill("Name", "nothing like it")
    page.evaluate("document.querySelector('#longest [href=\"#test-1\"]').click()")
    page.sees(".tests > details[open] .name", "test_fails")
    assert page.evaluate("document.activeElement.textContent").startswith("✗ failed")


def test_an_address_with_a_test_opens_its_timeline(visit):
    page = visit(anchor="#test-3")
    page.sees(".tests > details[open] .name", "test_shop.py::test_passes")


def test_a_timeline_is_opened_with_the_keyboard(visit):
    page = visit()
    page.evaluate("document.querySelector('#outcome').focus()")
    page.press("Tab")
    page.press("Enter")
    assert page.evaluate(OPEN) == 1
    page.sees(".tests > details[open] .name", "test_fails")


def test_every_part_that_scrolls_is_reached_with_the_keyboard(visit):
    page = visit(width=400)
    scrolls = page.evaluate(
        """[...document.querySelectorAll('main *')].filter((one) =>
          one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).overflowX === 'auto'
        ).map((one) => one.tabIndex)"""
    )
    assert len(scrolls) >= 2
    assert set(scrolls) == {0}


def test_without_its_script_it_says_the_same_but_for_the_search(visit, report, tmp_path):
    plain = tmp_path / "plain.html"
    text = report.read_text(encoding="utf-8")
    plain.write_text(re.sub("<script>.*?</script>", "", text, flags=re.DOTALL), encoding="utf-8")
    page = visit(plain)
    assert page.evaluate("getComputedStyle(document.querySelector('.controls')).display") == "none"
    page.evaluate("document.querySelector('.tests summary').click()")
    assert page.evaluate(OPEN) == 1
    page.sees(".tests > details[open] pre", "DEPLOYING")
