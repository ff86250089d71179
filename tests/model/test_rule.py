"""The messages and tips of a broken rule."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from pytest_lightsail.model.rule import Kind, Rule, Violation, grouped, show_path

NAME_PATTERN = "^[a-z0-9]{1,2}|[a-z0-9][a-z0-9-]+[a-z0-9]$"


def a_rule(message: str, **limits) -> Rule:
    return Rule(
        id="test.rule",
        kind=Kind.RANGE,
        targets=(),
        meaning="a rule for a test",
        message=message,
        source="this test",
        **limits,
    )


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ((), ""),
        (("serviceName",), "serviceName"),
        (("deployment", "containers", "web", "ports"), "deployment.containers.web.ports"),
        (("tags", 0, "key"), "tags[0].key"),
        (("publicDomainNames", "cert", 3), "publicDomainNames.cert[3]"),
    ],
)
def test_a_path_is_shown_as_people_write_it(path, text):
    assert show_path(path) == text


def test_a_pattern_is_quoted_in_the_form_in_which_the_service_quotes_it():
    assert grouped(NAME_PATTERN) == "^(?:[a-z0-9]{1,2}|[a-z0-9][a-z0-9-]+[a-z0-9])$"


def test_a_quoted_pattern_holds_for_the_whole_string_where_the_models_does_not():
    assert re.search(NAME_PATTERN, "ab!")
    assert not re.search(grouped(NAME_PATTERN), "ab!")


def test_a_violation_fills_the_message_of_its_rule_and_explains_the_rule_in_the_tip():
    entry = a_rule(
        "{member} is {found}, not {minimum} to {maximum}", minimum=1, maximum=9, wording=""
    )
    violation = Violation(entry, ("a", "b"), 12)
    assert violation.message == "b is 12, not 1 to 9"
    assert violation.tip == "a.b breaks rule test.rule (a rule for a test). Allowed: 1 to 9."


def test_the_member_of_a_violation_in_a_list_is_the_list():
    assert Violation(a_rule("{member}"), ("tags", 3)).message == "tags"


def test_details_of_a_violation_fill_what_the_rule_names():
    assert Violation(a_rule("{owner}"), (), details={"owner": "blog"}).message == "blog"


def test_braces_in_what_was_found_are_left_alone():
    assert Violation(a_rule("<{found}>"), ("x",), "{path}").message == "<{path}>"


def test_a_long_value_is_cut_and_its_length_told():
    message = Violation(a_rule("{found}"), (), "x" * 5000).message
    assert message == "x" * 200 + "… (5000 characters)"


def test_a_value_of_two_hundred_characters_is_shown_in_full():
    assert Violation(a_rule("{found}"), (), "x" * 200).message == "x" * 200


def test_rules_cannot_be_changed():
    with pytest.raises(AttributeError):
        a_rule("").maximum = 3


def test_a_violation_is_one_line_of_place_rule_what_was_found_and_what_is_allowed():
    entry = a_rule("", minimum=1, maximum=9)
    assert str(Violation(entry, ("a", 0), 12)) == "a[0]: test.rule: found 12, allowed: 1 to 9"
    assert str(Violation(entry, (), "é")) == ('the document: test.rule: found "é", allowed: 1 to 9')
    assert str(Violation(entry, ("a",))) == "a: test.rule: found nothing, allowed: 1 to 9"


def test_a_violation_tells_details_of_what_was_found_and_expected_instead():
    details = {"actual": "3 of them", "expected": "2 of them"}
    violation = Violation(a_rule("", minimum=1), ("a",), [1, 2, 3], details)
    assert str(violation) == "a: test.rule: found 3 of them, allowed: 2 of them"


@pytest.mark.parametrize(
    ("entry", "allowed"),
    [
        (a_rule(""), "a rule for a test"),
        (a_rule("", minimum=1), "at least 1"),
        (a_rule("", maximum=9), "at most 9"),
        (a_rule("", values=("a", "b")), "one of a, b"),
        (
            replace(a_rule("", pattern="^a|b$"), kind=Kind.PATTERN),
            "a string that matches ^(?:a|b)$",
        ),
        (replace(a_rule("", maximum=9), kind=Kind.RELATION), "at most 9"),
        (replace(a_rule("", maximum=9), kind=Kind.LENGTH), "at most 9 characters"),
        (replace(a_rule("", maximum=9), kind=Kind.COUNT), "at most 9 elements"),
    ],
)
def test_what_is_allowed_are_the_limits_of_a_rule_or_else_its_meaning(entry, allowed):
    assert Violation(entry, ()).allowed == allowed
