"""The strategies and their corners detect faulty validators that look correct."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pytest_lightsail import strategies as values
from tests.support.profiles import THOROUGH, drawn
from tests.support.validators import BY_STRATEGY, is_noticed

_DRAWN = 2000 if THOROUGH else 60


def values_of(
    name: str, valid: Callable[[Any], list[Any]], invalid: Callable[[Any], list[values.Invalid]]
) -> tuple[list[Any], list[Any]]:
    """Return valid and invalid values of an argument, taken from its strategies by two functions."""
    if name not in {"ports", "port texts"}:
        strategy, wrong = getattr(values, name)(), getattr(values, f"invalid_{name}")()
        return valid(strategy), [case.value for case in invalid(wrong)]
    given = str if name == "port texts" else int
    cases = [case.value for case in invalid(values.invalid_ports())]
    return [given(port) for port in valid(values.ports())], [
        value for value in cases if type(value) is given
    ]


def test_corners_detect_every_faulty_validator() -> None:
    unnoticed = []
    for name, validators in BY_STRATEGY.items():
        valid, invalid = values_of(
            name,
            lambda strategy: [corner.value for corner in values.corners(strategy).valid],
            lambda strategy: list(values.corners(strategy).invalid),
        )
        unnoticed += [
            (name, words)
            for words, validator in validators.items()
            if not is_noticed(validator, valid, invalid)
        ]
    assert unnoticed == []


def test_draws_detect_most_faulty_validators() -> None:
    unnoticed, total = [], 0
    for name, validators in BY_STRATEGY.items():
        valid, invalid = values_of(
            name, lambda strategy: drawn(strategy, _DRAWN), lambda strategy: drawn(strategy, _DRAWN)
        )
        total += len(validators)
        unnoticed += [
            (name, words)
            for words, validator in validators.items()
            if not is_noticed(validator, valid, invalid)
        ]
    assert len(unnoticed) <= total * (0.05 if THOROUGH else 0.15), unnoticed


def test_each_rule_is_broken_in_at_least_2_percent_of_the_draws() -> None:
    rules = {case.rule for case in values.corners(values.deployments()).invalid}
    found = [case.rule for case in drawn(values.invalid_deployments(), 1000)]
    assert set(found) == rules
    assert min(map(found.count, rules)) >= 0.02 * len(found)
