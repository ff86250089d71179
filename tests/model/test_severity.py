"""Every change that can occur has a class and a reason."""

from __future__ import annotations

import pytest

from pytest_lightsail.model.severity import (
    SHAPE_KINDS,
    VERDICTS,
    Direction,
    Kind,
    Severity,
    verdict,
)

ELSEWHERE = {
    Direction.OPERATION: {
        Kind.OPERATION_ADDED,
        Kind.OPERATION_REMOVED,
        Kind.DEPRECATED,
        Kind.UNDEPRECATED,
    },
    Direction.ERROR: {
        Kind.ERROR_ADDED,
        Kind.ERROR_REMOVED,
        Kind.EXCEPTION_REMOVED,
        Kind.FAULT_CHANGED,
        Kind.RETRYABLE_CHANGED,
    },
    Direction.SERVICE: {Kind.METADATA_CHANGED},
}
SHAPES = (Direction.REQUEST, Direction.RESPONSE, Direction.ERROR)
PAIRS = {(kind, direction) for kind in SHAPE_KINDS for direction in SHAPES} | {
    (kind, direction) for direction, kinds in ELSEWHERE.items() for kind in kinds
}
OPPOSITES = {
    Kind.REQUIRED_ADDED: Kind.REQUIRED_REMOVED,
    Kind.ENUM_VALUES_ADDED: Kind.ENUM_VALUES_REMOVED,
    Kind.ENUM_ADDED: Kind.ENUM_REMOVED,
    Kind.PATTERN_TIGHTENED: Kind.PATTERN_LOOSENED,
    Kind.MINIMUM_RAISED: Kind.MINIMUM_LOWERED,
    Kind.MAXIMUM_LOWERED: Kind.MAXIMUM_RAISED,
    Kind.UNION_ADDED: Kind.UNION_REMOVED,
}


def test_the_table_has_every_pair_that_can_occur_and_no_other():
    assert set(VERDICTS) == PAIRS


def test_every_kind_is_in_the_table():
    assert {kind for kind, _ in VERDICTS} == set(Kind)


@pytest.mark.parametrize("entry", VERDICTS.values(), ids=str)
def test_every_verdict_has_a_reason(entry):
    assert entry.reason == entry.reason.strip()
    assert len(entry.reason) > 10


@pytest.mark.parametrize("kind", [kind for pair in OPPOSITES.items() for kind in pair])
def test_whoever_accepts_less_breaks_callers_and_whoever_gives_more_endangers_readers(kind):
    hurts_callers = verdict(kind, Direction.REQUEST).severity is Severity.BREAKING
    endangers_readers = verdict(kind, Direction.RESPONSE).severity is Severity.DANGEROUS
    assert hurts_callers != endangers_readers


@pytest.mark.parametrize(("one", "other"), OPPOSITES.items())
def test_opposites_hurt_on_opposite_sides(one, other):
    assert (verdict(one, Direction.REQUEST).severity is Severity.BREAKING) != (
        verdict(other, Direction.REQUEST).severity is Severity.BREAKING
    )


@pytest.mark.parametrize(
    ("kind", "direction", "severity"),
    [
        (Kind.ENUM_VALUES_ADDED, Direction.REQUEST, Severity.COMPATIBLE),
        (Kind.ENUM_VALUES_ADDED, Direction.RESPONSE, Severity.DANGEROUS),
        (Kind.ERROR_ADDED, Direction.ERROR, Severity.DANGEROUS),
        (Kind.EXCEPTION_REMOVED, Direction.ERROR, Severity.BREAKING),
        (Kind.MEMBER_ADDED, Direction.REQUEST, Severity.COMPATIBLE),
        (Kind.MEMBER_ADDED, Direction.RESPONSE, Severity.COMPATIBLE),
        (Kind.REQUIRED_MEMBER_ADDED, Direction.REQUEST, Severity.BREAKING),
        (Kind.REQUIRED_TOKEN_ADDED, Direction.REQUEST, Severity.COMPATIBLE),
        (Kind.REQUIRED_TOKEN_REMOVED, Direction.REQUEST, Severity.BREAKING),
        (Kind.UNION_MEMBER_ADDED, Direction.REQUEST, Severity.COMPATIBLE),
        (Kind.UNION_MEMBER_ADDED, Direction.RESPONSE, Severity.DANGEROUS),
        (Kind.TYPE_WIDENED, Direction.REQUEST, Severity.COMPATIBLE),
        (Kind.MEMBER_REMOVED, Direction.REQUEST, Severity.BREAKING),
        (Kind.MEMBER_REMOVED, Direction.RESPONSE, Severity.BREAKING),
        (Kind.TYPE_CHANGED, Direction.REQUEST, Severity.BREAKING),
        (Kind.PATTERN_UNDECIDED, Direction.REQUEST, Severity.DANGEROUS),
        (Kind.OPERATION_REMOVED, Direction.OPERATION, Severity.BREAKING),
    ],
)
def test_the_class_of_what_matters_most(kind, direction, severity):
    assert verdict(kind, direction).severity is severity


def test_a_kind_has_no_verdict_where_it_does_not_occur():
    with pytest.raises(KeyError):
        verdict(Kind.ERROR_ADDED, Direction.REQUEST)
