"""The health of a running deployment, at any instant."""

from __future__ import annotations

from pytest_lightsail import Image
from tests.support.trials import (
    healths,
)


def test_a_container_is_unhealthy_until_enough_checks_in_a_row_have_passed():
    assert healths(Image(), 0, 4.999, 5, 10**6) == ["UNHEALTHY", "UNHEALTHY", "HEALTHY", "HEALTHY"]


def test_a_healthy_container_is_unhealthy_after_enough_failures_in_a_row():
    image = Image(flaps=(20, 20))
    assert healths(image, 15, 20, 24.9, 25, 44.9, 45) == [
        "HEALTHY",
        "HEALTHY",
        "HEALTHY",
        "UNHEALTHY",
        "UNHEALTHY",
        "HEALTHY",
    ]


def test_fewer_failures_leave_a_container_healthy():
    assert set(healths(Image(flaps=(18, 4)), *range(5, 500))) == {"HEALTHY"}
