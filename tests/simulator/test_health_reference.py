"""The health check agrees with a reference that waits second by second."""

from __future__ import annotations

import math
from dataclasses import replace

from hypothesis import example, given
from hypothesis import strategies as st

from pytest_lightsail import Image
from pytest_lightsail.model.catalogue import success_code_ranges
from pytest_lightsail.model.lifecycle import FAILING_SECONDS
from pytest_lightsail.simulator.clock import NANOSECONDS
from pytest_lightsail.simulator.health import HealthCheck, containers_of
from tests.support.trials import (
    DEPLOY,
    container,
    endpoint,
    healths,
    healthy_after,
    outcome,
    quick,
    registry,
)

images_of_whole_seconds = st.builds(
    Image,
    responds=st.sampled_from([200, 204, 404, 500]),
    starts_after=st.integers(0, 100),
    answers_after=st.sampled_from([0, 1, 4, 9, math.inf]),
    flaps=st.none() | st.tuples(st.integers(1, 40), st.integers(1, 40)),
)
checks = st.fixed_dictionaries(
    {
        "timeoutSeconds": st.integers(2, 12),
        "intervalSeconds": st.integers(5, 60),
        "healthyThreshold": st.integers(1, 5),
        "unhealthyThreshold": st.integers(1, 5),
        "successCodes": st.sampled_from(["200-499", "200", "204,404"]),
    }
)


def up_seconds(image: Image, until: int) -> list[bool]:
    """Whether the image listens, second by second."""
    seconds = [False] * int(image.starts_after)
    up, down = image.flaps or (until + 1, 0)
    while len(seconds) <= until:
        seconds += [True] * int(up) + [False] * int(down)
    return seconds


def reference(image: Image, check: dict, until: int) -> tuple[int | None, list[bool]]:
    """When the container is healthy first, and whether it is, second by second, found by waiting."""
    listening = up_seconds(image, until + 100)
    codes = {
        code
        for low, high in success_code_ranges(check["successCodes"])
        for code in range(low, high + 1)
    }
    pending: list[tuple[int, bool]] = []
    first, healthy, row, shown = None, False, [], []
    for second in range(until + 1):
        if second % check["intervalSeconds"] == 0:
            slow = image.answers_after > check["timeoutSeconds"]
            takes = check["timeoutSeconds"] if slow else int(image.answers_after)
            if math.isinf(image.answers_after):
                kept = listening[second] and image.flaps is None
            else:
                kept = all(listening[second : second + int(image.answers_after) + 1])
            known = second + takes if kept else second
            pending.append((known, kept and not slow and image.responds in codes))
        while pending and pending[0][0] <= second:
            row.append(pending.pop(0)[1])
            if row[-check["healthyThreshold"] :] == [True] * check["healthyThreshold"]:
                healthy = True
                # The result of the next check may be known in the same second, and be another.
                first = second if first is None else first
            if row[-check["unhealthyThreshold"] :] == [False] * check["unhealthyThreshold"]:
                healthy = False
        shown.append(healthy)
    return first, shown


@quick
@example(
    Image(answers_after=9, flaps=(15, 1)),
    {
        "timeoutSeconds": 9,
        "intervalSeconds": 5,
        "healthyThreshold": 2,
        "unhealthyThreshold": 1,
        "successCodes": "200",
    },
)
@given(images_of_whole_seconds, checks)
def test_the_outcome_is_that_of_waiting_second_by_second(image, check):
    limit = HealthCheck.of(endpoint(**check)).limit // NANOSECONDS
    expected, _ = reference(image, check, limit)
    found = healthy_after(image, **check)
    # A check that begins at the limit is not made; the reference makes it.
    assert found == expected or (found is None and expected == limit)


@quick
@given(images_of_whole_seconds, checks, st.lists(st.integers(0, 600), min_size=1, max_size=5))
def test_the_health_of_a_running_container_is_that_of_waiting_second_by_second(
    image, check, seconds
):
    _, shown = reference(image, check, 600)
    expected = ["HEALTHY" if shown[second] else "UNHEALTHY" for second in seconds]
    assert healths(image, *seconds, **check) == expected


@quick
@given(images_of_whole_seconds, checks)
def test_a_higher_threshold_is_never_reached_sooner(image, check):
    low = healthy_after(image, **check)
    high = healthy_after(image, **{**check, "healthyThreshold": check["healthyThreshold"] + 1})
    assert high is None or (low is not None and low <= high)


@quick
@given(st.integers(0, 100), checks)
def test_an_image_that_is_up_for_good_is_healthy_some_intervals_after_its_first_check(start, check):
    interval, threshold = check["intervalSeconds"], check["healthyThreshold"]
    first = math.ceil(start / interval) * interval
    check = {**check, "successCodes": "200"}
    expected = first + (threshold - 1) * interval
    if expected < FAILING_SECONDS:
        assert healthy_after(Image(starts_after=start), **check) == expected


@quick
@given(images_of_whole_seconds, checks)
def test_a_trial_makes_no_more_checks_than_fit_into_it(image, check):
    one = HealthCheck.of(endpoint(**check))
    (web,) = containers_of({"web": container("web:1")}, registry(web=image))
    assert len(list(one.trial(web))) <= math.ceil(one.limit / one.interval)


@quick
@given(images_of_whole_seconds, st.sampled_from([None, 0, 3, 20, 200]), checks)
def test_the_same_deployment_has_the_same_outcome(image, exits, check):
    web = replace(image, exits=exits)
    assert outcome(web, **check) == outcome(web, **check)


@quick
@given(images_of_whole_seconds, checks)
def test_a_deployment_fails_with_a_cause_and_succeeds_without(image, check):
    result = outcome(image, **check)
    assert len(result.stages) == (7 if result.fails else len(DEPLOY))
    assert all("\n" not in line for _, _, line in result.lines)
