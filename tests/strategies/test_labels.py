"""What a failing test shows of an invalid value: its label, once, and the value."""

from __future__ import annotations

from pytest_lightsail import strategies as values
from tests.support.profiles import drawn

CREATE = "CreateContainerService"


def test_a_failure_shows_the_label_once_and_the_value_and_statistics_count_rules(pytester):
    pytester.makepyfile("""
        from hypothesis import given, settings
        from pytest_lightsail import strategies

        @settings(derandomize=True, database=None, max_examples=20)
        @given(case=strategies.invalid_scales(rules={"scale.range"}, kind="service"))
        def test_refuses_bad_scales(case):
            assert case.value < 20
    """)
    shown = pytester.runpytest_inprocess(
        "-p", "no:cacheprovider", "--hypothesis-show-statistics"
    ).stdout.str()
    # Where CI is set, pytest repeats all of it in its summary.
    shown = shown.partition("short test summary info")[0]
    label = "CreateContainerService: scale breaks scale.range (service: InvalidInputException)"
    assert shown.count(label) == 1
    assert (
        "case=Invalid(value=21, rule='scale.range', path='scale', error='InvalidInputException'"
        in shown
    )
    assert "scale.range, service" in shown


def test_an_invalid_value_reads_as_a_sentence():
    (case, *_) = drawn(values.invalid_requests(CREATE, rules={"tags.count"}), 1)
    assert str(case) == f"{CREATE}: tags breaks tags.count (service: InvalidInputException)"
    assert repr(case).startswith("Invalid(value={")
    assert "rule='tags.count', path='tags'" in repr(case)


def test_the_member_that_is_left_out_is_named():
    ways = {case.way for case in values.corners(values.invalid_public_endpoints()).invalid}
    assert {"containerName left out", "containerPort left out"} <= ways


def test_the_request_as_a_whole_is_called_so():
    case = values.Invalid(
        value={},
        rule="json.type",
        path="",
        error="SerializationException",
        message="",
        kind="service",
        operation=CREATE,
        request={},
    )
    assert "request breaks json.type" in str(case)
