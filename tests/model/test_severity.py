"""The severity of each kind of change."""

from __future__ import annotations

import pytest

from pytest_lightsail.model.changes import Direction, Kind, Severity, changed


@pytest.mark.parametrize(
    ("kind", "request_severity", "response_severity"),
    [
        (Kind.MEMBER_ADDED, Severity.COMPATIBLE, Severity.COMPATIBLE),
        (Kind.MEMBER_REMOVED, Severity.BREAKING, Severity.BREAKING),
        (Kind.REQUIRED_ADDED, Severity.BREAKING, Severity.COMPATIBLE),
        (Kind.TYPE_CHANGED, Severity.BREAKING, Severity.BREAKING),
        (Kind.ENUM_VALUES_ADDED, Severity.COMPATIBLE, Severity.DANGEROUS),
        (Kind.ENUM_VALUES_REMOVED, Severity.BREAKING, Severity.COMPATIBLE),
        (Kind.SENSITIVE_ADDED, Severity.COMPATIBLE, Severity.COMPATIBLE),
        (Kind.OTHER, Severity.DANGEROUS, Severity.DANGEROUS),
    ],
)
def test_a_change_of_a_shape_means_this_to_who_writes_it_and_to_who_reads_it(
    kind: Kind, request_severity: Severity, response_severity: Severity
) -> None:
    assert changed("Site", Direction.REQUEST, kind).severity is request_severity
    assert changed("Site", Direction.RESPONSE, kind).severity is response_severity


@pytest.mark.parametrize(
    ("kind", "direction", "severity"),
    [
        (Kind.OPERATION_ADDED, Direction.OPERATION, Severity.COMPATIBLE),
        (Kind.OPERATION_REMOVED, Direction.OPERATION, Severity.BREAKING),
        (Kind.ERROR_ADDED, Direction.ERROR, Severity.DANGEROUS),
        (Kind.ERROR_REMOVED, Direction.ERROR, Severity.BREAKING),
    ],
)
def test_a_change_elsewhere_means_this(
    kind: Kind, direction: Direction, severity: Severity
) -> None:
    assert changed("Site", direction, kind).severity is severity
