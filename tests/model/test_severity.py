"""The severity of each kind of change."""

from __future__ import annotations

import pytest

from pytest_lightsail.model.changes import changed


@pytest.mark.parametrize(
    ("kind", "request_severity", "response_severity"),
    [
        ("member-added", "compatible", "compatible"),
        ("member-removed", "breaking", "breaking"),
        ("type-changed", "breaking", "breaking"),
        ("enum-values-added", "compatible", "dangerous"),
        ("enum-values-removed", "breaking", "breaking"),
        ("sensitive-added", "compatible", "compatible"),
        ("other", "dangerous", "dangerous"),
    ],
)
def test_the_severity_of_a_shape_change_depends_on_its_kind_and_direction(
    kind: str, request_severity: str, response_severity: str
) -> None:
    assert changed("Site", "request", kind).severity == request_severity
    assert changed("Site", "response", kind).severity == response_severity


@pytest.mark.parametrize(
    ("kind", "direction", "severity"),
    [
        ("operation-added", "operation", "compatible"),
        ("operation-removed", "operation", "breaking"),
        ("error-added", "error", "dangerous"),
        ("error-removed", "error", "breaking"),
    ],
)
def test_the_severity_of_an_operation_or_error_change_depends_on_its_kind(
    kind: str, direction: str, severity: str
) -> None:
    assert changed("Site", direction, kind).severity == severity
