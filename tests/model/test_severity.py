"""What a change means, by what has changed and where."""

from __future__ import annotations

import pytest

from pytest_lightsail.model.severity import Direction, Kind, Severity, verdict


@pytest.mark.parametrize(
    ("kind", "request_severity", "response_severity"),
    [
        (Kind.MEMBER_ADDED, Severity.COMPATIBLE, Severity.COMPATIBLE),
        (Kind.MEMBER_REMOVED, Severity.BREAKING, Severity.BREAKING),
        (Kind.REQUIRED_ADDED, Severity.BREAKING, Severity.COMPATIBLE),
        (Kind.REQUIRED_REMOVED, Severity.COMPATIBLE, Severity.DANGEROUS),
        (Kind.TYPE_CHANGED, Severity.BREAKING, Severity.BREAKING),
        (Kind.ENUM_VALUES_ADDED, Severity.COMPATIBLE, Severity.DANGEROUS),
        (Kind.ENUM_VALUES_REMOVED, Severity.BREAKING, Severity.COMPATIBLE),
        (Kind.ENUM_ADDED, Severity.BREAKING, Severity.COMPATIBLE),
        (Kind.ENUM_REMOVED, Severity.COMPATIBLE, Severity.DANGEROUS),
        (Kind.MINIMUM_RAISED, Severity.BREAKING, Severity.COMPATIBLE),
        (Kind.MINIMUM_LOWERED, Severity.COMPATIBLE, Severity.DANGEROUS),
        (Kind.MAXIMUM_LOWERED, Severity.BREAKING, Severity.COMPATIBLE),
        (Kind.MAXIMUM_RAISED, Severity.COMPATIBLE, Severity.DANGEROUS),
        (Kind.PATTERN_CHANGED, Severity.DANGEROUS, Severity.DANGEROUS),
        (Kind.SENSITIVE_ADDED, Severity.COMPATIBLE, Severity.COMPATIBLE),
        (Kind.OTHER, Severity.DANGEROUS, Severity.DANGEROUS),
    ],
)
def test_a_change_of_a_shape_means_this_to_who_writes_it_and_to_who_reads_it(
    kind: Kind, request_severity: Severity, response_severity: Severity
) -> None:
    assert verdict(kind, Direction.REQUEST).severity is request_severity
    assert verdict(kind, Direction.RESPONSE).severity is response_severity


@pytest.mark.parametrize(
    ("kind", "direction", "severity"),
    [
        (Kind.OPERATION_ADDED, Direction.OPERATION, Severity.COMPATIBLE),
        (Kind.OPERATION_REMOVED, Direction.OPERATION, Severity.BREAKING),
        (Kind.DEPRECATED, Direction.OPERATION, Severity.COMPATIBLE),
        (Kind.ERROR_ADDED, Direction.ERROR, Severity.DANGEROUS),
        (Kind.ERROR_REMOVED, Direction.ERROR, Severity.DANGEROUS),
        (Kind.EXCEPTION_REMOVED, Direction.ERROR, Severity.BREAKING),
    ],
)
def test_a_change_elsewhere_means_this(
    kind: Kind, direction: Direction, severity: Severity
) -> None:
    assert verdict(kind, direction).severity is severity
