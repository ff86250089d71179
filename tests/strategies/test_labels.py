"""A failing test shows the label of an invalid value once, and the value."""

from __future__ import annotations

from pytest_lightsail import strategies as values
from tests.support.profiles import drawn

CREATE = "CreateContainerService"


def test_a_failing_test_shows_the_label_once_and_statistics_count_the_rules(pytester):
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
    # If CI is set, pytest repeats the whole output in its summary.
    shown = shown.partition("short test summary info")[0]
    label = "CreateContainerService: scale breaks scale.range (service: InvalidInputException)"
    assert shown.count(label) == 1
    assert (
        "case=Invalid(value=21, rule='scale.range', path='scale', error='InvalidInputException'"
        in shown
    )
    assert "scale.range, service" in shown


def test_the_label_states_the_operation_member_rule_and_error():
    (case, *_) = drawn(values.invalid_requests(CREATE, rules={"tags.count"}), 1)
    assert str(case) == f"{CREATE}: tags breaks tags.count (service: InvalidInputException)"
    assert repr(case).startswith("Invalid(value={")
    assert "rule='tags.count', path='tags'" in repr(case)


def test_a_missing_member_is_named():
    ways = {case.way for case in values.corners(values.invalid_public_endpoints()).invalid}
    assert {"containerName left out", "containerPort left out"} <= ways


def test_one_letter_too_few_means_a_valid_word_without_one_letter():
    powers = [case.value for case in values.corners(values.powers()).valid]
    too_short = [
        case.value
        for case in values.corners(values.powers()).invalid
        if case.way == "one letter too few"
    ]
    assert too_short
    for word in too_short:
        assert any(word in power and len(word) == len(power) - 1 for power in powers)


def test_names_in_upper_case_differ_only_in_case():
    invalid = values.corners(values.service_names()).invalid
    in_upper_case = [case.value for case in invalid if case.way == "upper case"]
    assert len(in_upper_case) == 3
    assert len({name.lower() for name in in_upper_case}) == 1


def test_the_label_calls_a_whole_document_the_request():
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
