"""``docs/report.md`` shows the report of its example."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pytest_lightsail.reporting.timeline import SCREEN

DOCUMENT = (Path(__file__).parents[2] / "docs" / "report.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    (found,) = re.findall(rf"^```{language}\n(.*?)^```$", DOCUMENT, re.DOTALL | re.MULTILINE)
    return found


@pytest.fixture(autouse=True)
def _test(pytester: pytest.Pytester) -> None:
    pytest.importorskip("boto3")
    pytester.makepyfile(block("python"))


def test_the_example_fails_with_the_report_that_the_page_shows(pytester: pytest.Pytester) -> None:
    result = pytester.runpytest_inprocess()
    result.assert_outcomes(failed=1)
    shown = block("text").splitlines()
    first = result.outlines.index(shown[0])
    assert result.outlines[first : first + len(shown)] == shown


def test_the_page_states_the_maximum_number_of_lines() -> None:
    assert f"at most {SCREEN} lines" in " ".join(DOCUMENT.split())
