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
def test_a_path_is_shown_with_dots_and_brackets(path, text):
    assert show_path(path) == text


def test_a_pattern_is_shown_as_the_service_shows_it():
    assert grouped(NAME_PATTERN) == "^(?:[a-z0-9]{1,2}|[a-z0-9][a-z0-9-]+[a-z0-9])$"


def test_a_grouped_pattern_matches_only_whole_strings():
    assert re.search(NAME_PATTERN, "ab!")
    assert not re.search(grouped(NAME_PATTERN), "ab!")


def test_a_violation_has_a_filled_in_message_and_a_tip():
    entry = a_rule(
        "{member} is {found}, not {minimum} to {maximum}", minimum=1, maximum=9, wording=""
    )
    violation = Violation(entry, ("a", "b"), 12)
    assert violation.message == "b is 12, not 1 to 9"
    assert violation.tip == "a.b breaks rule test.rule (a rule for a test). Allowed: 1 to 9."


def test_the_member_of_a_violation_in_a_list_is_the_list():
    assert Violation(a_rule("{member}"), ("tags", 3)).message == "tags"


def test_details_of_a_violation_fill_fields_of_the_message():
    assert Violation(a_rule("{owner}"), (), details={"owner": "blog"}).message == "blog"


def test_braces_in_a_found_value_are_kept():
    assert Violation(a_rule("<{found}>"), ("x",), "{path}").message == "<{path}>"


def test_a_long_value_is_cut_and_its_length_shown():
    message = Violation(a_rule("{found}"), (), "x" * 5000).message
    assert message == "x" * 200 + "… (5000 characters)"


def test_a_value_of_200_characters_is_shown_in_full():
    assert Violation(a_rule("{found}"), (), "x" * 200).message == "x" * 200


def test_rules_are_immutable():
    with pytest.raises(AttributeError):
        a_rule("").maximum = 3


def test_a_violation_shows_its_path_rule_found_value_and_allowed_values():
    entry = a_rule("", minimum=1, maximum=9)
    assert str(Violation(entry, ("a", 0), 12)) == "a[0]: test.rule: found 12, allowed: 1 to 9"
    assert str(Violation(entry, (), "é")) == ('the document: test.rule: found "é", allowed: 1 to 9')
    assert str(Violation(entry, ("a",))) == "a: test.rule: found nothing, allowed: 1 to 9"


def test_details_replace_the_found_value_and_the_allowed_values():
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
def test_allowed_shows_the_limits_of_a_rule_or_else_its_meaning(entry, allowed):
    assert Violation(entry, ()).allowed == allowed
