"""The table is complete and aligned, and fits its width."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_lightsail.model.lifecycle import STATE_DETAILS
from pytest_lightsail.model.service import load
from pytest_lightsail.reporting.coverage import (
    ITSELF,
    WIDTH,
    Coverage,
    Survey,
    coverage_text,
    survey,
)
from tests.support.profiles import examples

from .test_coverage import coverages
from .test_coverage_survey import everything


def told(coverage: Coverage) -> Survey:
    return survey(coverage, load())


def lines(coverage: Coverage, *, missing: bool = False) -> list[str]:
    return coverage_text(told(coverage), missing=missing)


def some() -> Coverage:
    coverage = Coverage()
    coverage.calls.update({"GetContainerServices": 12, "GetInstances": 1})
    coverage.errors["GetContainerServices NotFoundException"] = 3
    coverage.errors["GetContainerServices ThrottlingException"] = 4
    coverage.service_edges.update({"ABSENT create PENDING": 2, "PENDING created READY": 1})
    coverage.deployment_edges["ABSENT deploy ACTIVATING"] = 5
    coverage.details["UNKNOWN_ERROR"] = 1
    coverage.service_rules["service.exists"] = 3
    return coverage


def test_an_operation_has_its_calls_and_errors() -> None:
    errors = len(load().operations["GetContainerServices"].errors)
    assert f"GetContainerServices     12  1/{errors}  NotFound 3, (Throttling 4)" in lines(some())


def test_what_was_never_called_is_named() -> None:
    text = " ".join(lines(some()))
    named = text.partition("never called ")[2].partition("service ")[0]
    assert re.findall(r"\w+", named) == told(some()).missing("operations")


def test_each_state_has_the_times_it_was_entered_and_the_edges_that_leave_it() -> None:
    shown = lines(some())
    assert "ABSENT            create 2" in shown
    assert "PENDING        2  created 1, created-with-deployment -" in shown
    assert "READY          1  deploy -, update -, disable -, delete -" in shown
    assert "ACTIVATING      5  activated -, failed -" in shown


def test_steps_are_told_in_the_order_of_the_table() -> None:
    text = " ".join(lines(some()))
    assert [code for code in re.findall(r"[A-Z_]{9,}", text) if code in STATE_DETAILS] == list(
        STATE_DETAILS
    )
    assert "UNKNOWN_ERROR 1" in text


def test_rules_are_told_by_area() -> None:
    assert re.search(r"\bservice 1/2\b", " ".join(lines(some())))


def test_the_totals_are_those_of_the_survey() -> None:
    found = told(some())
    text = "\n".join(lines(some()))
    rows = re.findall(r"^(\S.*?) +(\d+) +(\d+) +(\d+) %$", text, re.MULTILINE)
    assert rows[-1][:3] == ("TOTAL", str(found.met), str(found.possible))
    assert [(name, int(met), int(possible)) for name, met, possible, _ in rows[:-1]] == [
        (name, len(each) - len(found.missing(name)), len(each))
        for name, each in found.categories.items()
    ]


def test_errors_that_need_a_fault_are_told() -> None:
    found = told(some())
    errors = found.missing("modelled errors")
    by_fault = [name for name in errors if name.split()[1] not in ITSELF]
    line = f"{len(by_fault)} of the {len(errors)} errors that are missing need a fault"
    assert any(one.startswith(line) for one in lines(some()))


def test_on_request_all_that_is_missing_is_named() -> None:
    text = " ".join(" ".join(lines(some(), missing=True)).partition("missing ")[2].split())
    found = told(some())
    for category in found.categories.keys() - {"modelled errors"}:
        assert all(name in text for name in found.missing(category))
    assert "GetContainerServices: AccessDenied, InvalidInput" in text
    assert "all those of operations that were never called" in text


def test_where_nothing_is_missing_nothing_is_told_to_be() -> None:
    text = "\n".join(lines(everything(load()), missing=True))
    assert "missing" not in text
    assert "never called" not in text
    assert re.search(r"^TOTAL +(\d+) +\1  100 %$", text, re.MULTILINE)


@examples(15)
@given(coverages(), st.booleans())
def test_lines_fit_and_end_in_no_blank(coverage: Coverage, missing: bool) -> None:
    shown = lines(coverage, missing=missing)
    # A count may be so long that a single item does not fit next to the longest name.
    assert all(len(line) <= WIDTH or ", " not in line for line in shown)
    assert not any(line.endswith(" ") for line in shown)
    assert shown[0]
    assert shown[-1]


@pytest.mark.parametrize("missing", [True, False])
def test_a_table_of_all_that_there_is_fits(missing: bool) -> None:
    coverage = everything(load())
    assert max(map(len, lines(coverage, missing=missing))) <= WIDTH


def test_a_usual_table_fits_a_screen() -> None:
    assert len(lines(some())) <= 60
