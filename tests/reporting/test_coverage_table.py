"""The coverage table is complete, and its lines are at most 80 characters long."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_lightsail.model.service import load
from pytest_lightsail.reporting.coverage import Coverage, coverage_text, survey
from tests.support.profiles import examples

from .test_coverage import coverages
from .test_coverage_survey import everything


def lines(coverage: Coverage, *, missing: bool = False) -> list[str]:
    return coverage_text(survey(coverage, load()), missing=missing)


def some_coverage() -> Coverage:
    coverage = Coverage()
    coverage.counts["operations"].update({"GetContainerServices": 12, "GetInstances": 1})
    coverage.counts["errors"]["GetContainerServices NotFoundException"] = 3
    coverage.counts["transitions"].update({"ABSENT create PENDING": 2, "PENDING created READY": 1})
    coverage.counts["steps"]["UNKNOWN_ERROR"] = 1
    return coverage


def test_reached_items_are_listed_with_their_counts() -> None:
    shown = lines(some_coverage())
    assert "    GetContainerServices 12, GetInstances 1" in shown
    assert "    GetContainerServices NotFoundException 3" in shown
    assert "    ABSENT create PENDING 2, PENDING created READY 1" in shown
    assert "    UNKNOWN_ERROR 1" in shown


def test_missing_items_are_listed_only_on_request() -> None:
    found = survey(some_coverage(), load())
    text = " ".join(" ".join(lines(some_coverage(), missing=True)).split())
    for category in found.categories:
        assert f"missing: {', '.join(found.missing(category))} " in text
    assert not any("missing" in line for line in lines(some_coverage()))


def test_each_category_and_the_total_have_a_row_with_their_share() -> None:
    found = survey(some_coverage(), load())
    text = "\n".join(lines(some_coverage()))
    rows = re.findall(r"^(\S+) +(\d+) of +(\d+) +(\d+) %$", text, re.MULTILINE)
    assert rows[-1][:3] == ("TOTAL", str(found.reached), str(found.possible))
    assert [(name, int(reached), int(possible)) for name, reached, possible, _ in rows[:-1]] == [
        (name, len(each) - len(found.missing(name)), len(each))
        for name, each in found.categories.items()
    ]


def test_full_coverage_lists_nothing_as_missing() -> None:
    text = "\n".join(lines(everything(load()), missing=True))
    assert "missing" not in text
    assert re.search(r"^TOTAL +(\d+) of +\1  100 %$", text, re.MULTILINE)


@examples(15)
@given(coverages(), st.booleans())
def test_lines_are_at_most_80_characters_and_have_no_trailing_spaces(
    coverage: Coverage, missing: bool
) -> None:
    shown = lines(coverage, missing=missing)
    assert max(map(len, shown)) <= 80
    assert not any(line.endswith(" ") for line in shown)


@pytest.mark.parametrize("missing", [True, False])
def test_lines_of_full_coverage_are_at_most_80_characters(missing: bool) -> None:
    assert max(map(len, lines(everything(load()), missing=missing))) <= 80
