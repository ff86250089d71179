"""Validators that look right and are wrong: what the strategies and their corners notice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pytest_lightsail import strategies as values
from tests.support.profiles import THOROUGH, drawn
from tests.support.validators import BY_STRATEGY, is_noticed

_DRAWN = 2000 if THOROUGH else 60


def strategies_of(name: str) -> tuple[Any, Any, Callable[[Any], Any]]:
    """The valid and the invalid values of an argument, and how it is given."""
    if name in {"ports", "port texts"}:
        text = name == "port texts"
        return values.ports(), values.invalid_ports(as_text=text), str if text else int
    same: Callable[[Any], Any] = lambda value: value  # noqa: E731
    return getattr(values, name)(), getattr(values, f"invalid_{name}")(), same


def test_corners_notice_every_validator() -> None:
    unnoticed = []
    for name, validators in BY_STRATEGY.items():
        strategy, wrong, given = strategies_of(name)
        valid = [given(corner.value) for corner in values.corners(strategy).valid]
        invalid = [case.value for case in values.corners(wrong).invalid]
        unnoticed += [
            (name, words)
            for words, validator in validators.items()
            if not is_noticed(validator, valid, invalid)
        ]
    assert unnoticed == []


def test_draws_notice_nearly_every_validator() -> None:
    unnoticed, total = [], 0
    for name, validators in BY_STRATEGY.items():
        strategy, wrong, given = strategies_of(name)
        valid = [given(value) for value in drawn(strategy, _DRAWN)]
        invalid = [case.value for case in drawn(wrong, _DRAWN)]
        total += len(validators)
        unnoticed += [
            (name, words)
            for words, validator in validators.items()
            if not is_noticed(validator, valid, invalid)
        ]
    assert len(unnoticed) <= total * (0.05 if THOROUGH else 0.15), unnoticed


def test_each_rule_is_broken_in_its_share_of_the_draws() -> None:
    rules = {case.rule for case in values.corners(values.deployments()).invalid}
    found = [case.rule for case in drawn(values.invalid_deployments(), 300)]
    assert set(found) == rules
    assert min(map(found.count, rules)) >= 0.02 * len(found)
