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
def test_a_change_of_a_shape_means_this_to_who_writes_it_and_to_who_reads_it(
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
def test_a_change_elsewhere_means_this(kind: str, direction: str, severity: str) -> None:
    assert changed("Site", direction, kind).severity == severity
