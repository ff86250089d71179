"""The health check agrees with a reference that checks second by second."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from pytest_lightsail import Image
from pytest_lightsail.model.catalogue import success_code_ranges
from pytest_lightsail.model.lifecycle import FAILING_SECONDS
from tests.support.trials import (
    DEPLOY,
    healthy_after,
    outcome,
    quick,
)

images_of_whole_seconds = st.builds(
    Image,
    responds=st.sampled_from([200, 204, 404, 500]),
    starts_after=st.integers(0, 100),
)
checks = st.fixed_dictionaries(
    {
        "intervalSeconds": st.integers(5, 60),
        "healthyThreshold": st.integers(1, 5),
        "successCodes": st.sampled_from(["200-499", "200", "204,404"]),
    }
)


def reference(image: Image, check: dict, until: int) -> int | None:
    """Return the first second in which the container is healthy, or ``None``."""
    codes = {
        code
        for low, high in success_code_ranges(check["successCodes"])
        for code in range(low, high + 1)
    }
    passed: list[bool] = []
    for second in range(until + 1):
        if second % check["intervalSeconds"] == 0:
            passed.append(second >= image.starts_after and image.responds in codes)
            if passed[-check["healthyThreshold"] :] == [True] * check["healthyThreshold"]:
                return second
    return None


@quick
@given(images_of_whole_seconds, checks)
def test_a_container_becomes_healthy_when_the_reference_does(image, check):
    least = (check["healthyThreshold"] - 1) * check["intervalSeconds"]
    limit = max(int(FAILING_SECONDS), least)
    assert healthy_after(image, **check) == reference(image, check, limit)


@quick
@given(images_of_whole_seconds, checks)
def test_a_higher_threshold_is_never_reached_sooner(image, check):
    low = healthy_after(image, **check)
    high = healthy_after(image, **{**check, "healthyThreshold": check["healthyThreshold"] + 1})
    assert high is None or (low is not None and low <= high)


@quick
@given(st.integers(0, 100), checks)
def test_an_image_that_stays_up_is_healthy_after_the_threshold_of_passed_checks(start, check):
    interval, threshold = check["intervalSeconds"], check["healthyThreshold"]
    first = math.ceil(start / interval) * interval
    check = {**check, "successCodes": "200"}
    expected = first + (threshold - 1) * interval
    if expected < FAILING_SECONDS:
        assert healthy_after(Image(starts_after=start), **check) == expected


@quick
@given(images_of_whole_seconds, checks)
def test_a_deployment_has_a_cause_only_if_it_fails(image, check):
    result = outcome(image, **check)
    assert len(result.stages) == (7 if result.fails else len(DEPLOY))
    assert bool(result.cause) == result.fails
