"""The HTML report in a browser: it is accessible in the dark and on a phone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.reporting.test_html_report import story, written
from tests.support.browser import Browser


@pytest.fixture
def browser() -> Iterator[Browser]:
    browser = Browser()
    yield browser
    browser.close()


def test_it_is_accessible_in_every_form(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "index.html"
    path.write_text(written(story()), encoding="utf-8")
    for form in (
        {"width": 1280, "scheme": "light"},
        {"width": 1280, "scheme": "dark"},
        {"width": 400, "scheme": "light"},
    ):
        browser.open(f"file://{path}", {"real_time": True, **form})
        browser.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = true))")
        assert browser.axe() == []
        assert browser.evaluate("document.documentElement.scrollWidth") <= form["width"]
    assert browser.complaints() == []
