"""What is asked of every run of a caller, in the order in which it is reported."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from . import findings
from .outcome import Outcome
from .verdict import Verdict

__all__ = ["AGAIN", "CHECKS", "LETS_THROUGH", "NO_CALL", "ON_REQUEST", "Check", "Terms"]


class Terms(NamedTuple):
    """What a caller is held to.

    Attributes:
        within: virtual seconds within which it must end, either way.
        polls_per_minute: reads of one service within a virtual minute.
    """

    within: float = 3600.0
    polls_per_minute: int = 30


class Check(NamedTuple):
    """A check, and the fault that it finds.

    Attributes:
        fault: the name of the fault.
        meaning: what it is, in words.
        ask: the check.
    """

    fault: str
    meaning: str
    ask: Callable[[Outcome, Terms], Verdict]


def _failure_over(*, running: bool) -> Callable[[Outcome, Terms], Verdict]:
    """A failed deployment that was not noticed, with or without an old version that runs on."""

    def ask(outcome: Outcome, terms: Terms) -> Verdict:
        del terms
        verdict = outcome.noticed_failure()
        if verdict:
            return verdict
        fault = findings.unnoticed(outcome.calls, outcome.states, running=running)
        return Verdict(verdict.claim, fault)

    return ask


LETS_THROUGH = Check(
    "lets-invalid-through",
    "it sends requests that break the contract",
    lambda outcome, _: outcome.keeps_the_contract(),
)
"""Verified too where the input is invalid: then the caller may not even return."""

CHECKS: tuple[Check, ...] = (
    Check(
        "never-ends",
        "it waits longer than it may, or for ever",
        lambda outcome, terms: outcome.finished_within(seconds=terms.within),
    ),
    Check(
        "crashes",
        "it ends with a mistake in a program, such as KeyError",
        lambda outcome, _: outcome.raised_no_mistake(),
    ),
    LETS_THROUGH,
    Check(
        "returns-too-early",
        "it returns while what it has begun is still under way",
        lambda outcome, _: outcome.is_settled(),
    ),
    Check(
        "ignores-failure",
        "it returns although its deployment has failed",
        _failure_over(running=False),
    ),
    Check(
        "misses-old-version",
        "it returns although its deployment has failed and the old version kept running",
        _failure_over(running=True),
    ),
    Check(
        "swallows-errors",
        "it returns although the service has refused or failed what it wanted",
        lambda outcome, _: outcome.reported_errors(),
    ),
    Check(
        "retries-in-vain",
        "it repeats what has been refused for good",
        lambda outcome, _: outcome.retried_only_what_can_succeed(),
    ),
    Check(
        "polls-too-fast",
        "it reads the state of a service too often",
        lambda outcome, terms: outcome.polled_at_most(terms.polls_per_minute),
    ),
    Check(
        "prints-secrets",
        "it prints, logs or raises the value of an environment variable",
        lambda outcome, _: outcome.printed_no_secret(),
    ),
)
"""All but the one that needs a second run."""

AGAIN = Check(
    "unsafe-to-run-again",
    "a second run, on what the first has left and undisturbed, fails",
    lambda outcome, _: outcome.is_safe_to_run_again(),
)

NO_CALL = "makes-no-call"
"""No run has reached the account. A single one may well not: a caller can refuse input by itself."""

ON_REQUEST: tuple[Check, ...] = (
    Check(
        "leaves-half-made",
        "it gives up and leaves a service that it has created, with nothing that runs",
        lambda outcome, _: outcome.left_nothing_half_made(),
    ),
)
"""What not every caller promises: whoever leaves a service behind may go on with it next time."""
