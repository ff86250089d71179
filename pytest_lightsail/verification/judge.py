"""One case of ``verify_caller``: the run of it, what is checked of the run, and what is found."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from botocore.exceptions import ParamValidationError

from ..accounts import observers
from ..exceptions import CallerFaultError, CallerNeverEnds, plural
from ..options import Options
from ..simulation.handle import Lightsail
from ..simulator.history import Call
from ..simulator.images import Image
from ..simulator.scenario import Step
from ..simulator.script import EVENTS
from ..transports.interception import create_client
from . import findings, oracle
from .attempt import Outcome, Verdict, attempt, fresh, name_of
from .cases import AT_ONCE, Case, build
from .inputs import SERVICES, needs_account
from .oracle import Achieves, Goal, Run, facts_of
from .output import chain
from .reports import Finding, Report

__all__ = ["Judge"]

_LINES = 40
"""Lines of the timeline in the report of a fault."""
_QUIET, _EVERY = 2.0, 5.0
"""Real seconds before the first line of progress, and between two."""
_TO_PREPARE = {"image.stored", "certificate.known", "certificate.issued"}
"""Rules that a test satisfies with `prepare`, so valid input that breaks them says nothing."""
_LETS_THROUGH = "lets-invalid-through"
"""A fault also if the input is invalid and the caller returns."""
_TYPE = "json.type"
"""The rule of types, for which a caller may rely on botocore."""
_AGAIN = "unsafe-to-run-again"
"""The fault that needs a second run."""
_MISSES_THE_GOAL = {"ignores-failure", "misses-old-version", "swallows-errors"}
"""Faults by which a caller does not achieve its goal either, so that is not said again."""


@dataclass
class Judge:
    """Runs a caller in one case after another, and checks each outcome."""

    caller: Callable[..., Any]
    service: str
    worlds: tuple[str, ...]
    fails_in: Collection[str]
    looked_for: set[str]
    without: frozenset[str]
    checks: Mapping[str, Callable[[Outcome], Verdict]]
    prepare: Callable[[Lightsail], object] | None
    achieves: Achieves | None
    waits: bool
    raises: tuple[type[BaseException], ...]
    polls_per_minute: int
    reports_within: float
    optional: Collection[str]
    every: bool
    options: Options
    report: Report = field(default_factory=Report)

    def __post_init__(self) -> None:
        self._name = name_of(self.caller)
        self._client: Any = create_client(self.options.region)
        self._secrets: set[str] = set()
        self._goals: dict[tuple[str, str], Goal] = {}
        self._run_again_on: set[str] = set()
        self._undisturbed: dict[str, Run] = {}
        self._reached_the_account = False
        self._last: Finding | None = None
        self._at_once = AT_ONCE
        self._told, self._made = os.times().elapsed, 0
        self._handle = Lightsail(self.options)

    def _case(self, world: str, arguments: Mapping[str, Any], **more: Any) -> Case:
        return Case(world, arguments, secrets=self._secrets, **more)

    def _try(self, case: Case) -> Run:
        __tracebackhide__ = True
        if case.invalid is None and not case.has_others and case.scenario != self._at_once:
            self._goal(case)  # before the run whose timeline and account are looked at
        run = self._run(case)
        self._judge(run, case)
        return run

    def _run(self, case: Case) -> Run:
        """Make the world of a case in a clean account, and run the caller in it."""
        lightsail = self._handle
        lightsail.reset()
        service = self._service_of(case)
        build(case.world, self._client, service, lightsail.clock)
        if self.prepare is not None:
            self.prepare(lightsail)
        if case.invalid is not None:
            lightsail.images.update(case.invalid.images_as(Image))
        lightsail.play(case.scenario)
        before, began = facts_of(lightsail.account), lightsail.clock.elapsed
        outcome = attempt(self.caller, **fresh(dict(case.arguments)))
        ended = lightsail.clock.elapsed
        if outcome.succeeded and not self.waits:
            lightsail.clock.advance_until_settled()
        self._secrets |= outcome.secrets
        self._reached_the_account = self._reached_the_account or outcome.reached_the_account
        self._made += 1
        self._tell_progress()
        return Run(outcome, service, before, facts_of(lightsail.account), began, ended)

    def _service_of(self, case: Case) -> str:
        """Return the service of the world: the argument of that name, if it is valid."""
        for name in SERVICES:
            given = case.arguments.get(name)
            is_wrong = case.invalid is not None and given == case.invalid.value
            if isinstance(given, str) and not is_wrong:
                return given
        return self.service

    def _judge(self, run: Run, case: Case) -> None:
        __tracebackhide__ = True
        outcome = run.outcome
        self.report.add(case, outcome)
        if case.invalid is not None and not case.invalid.is_flaw:
            for observer in observers:
                observer.input_broke(case.invalid.rule)
        self._check_single(run, case)
        if case.invalid is not None:
            if outcome.succeeded and not needs_account(case.invalid):
                self._raise(_LETS_THROUGH, f"it returned although {case.invalid}", case)
            elif case.invalid.rule != _TYPE and any(
                isinstance(each, ParamValidationError) for each in chain(outcome.error, hidden=True)
            ):
                self._raise(_LETS_THROUGH, f"it left the check to botocore: {case.invalid}", case)
            return
        lacking = bool(case.said) and _asks_for_more(outcome.calls)
        if case.bears and outcome.error is not None and not lacking:
            words = f"it raised {type(outcome.error).__name__}: {outcome.error}"
            self._raise(case.bears, words, case)
        if outcome.succeeded:
            self._check_goal(run, case)
        else:
            self._check_failure(run, case)
        by_itself = not case.has_others and (case.said == "" or not outcome.succeeded)
        if by_itself and self._looks_for(_AGAIN) and self._must_succeed_again(run, case):
            # What another run does follows from what this one has left.
            left = repr((case.arguments, outcome.states, run.after, _events(case)))
            if left not in self._run_again_on:
                self._run_again_on.add(left)
                self._raise(_AGAIN, outcome.is_safe_to_run_again().fault, case)

    def _check_single(self, run: Run, case: Case) -> None:
        """Check what a run shows by itself."""
        __tracebackhide__ = True
        for fault, check in self.checks.items():
            if self._looks_for(fault):
                self._raise(fault, check(run.outcome).fault, case)
        self._raise("calls-too-fast", oracle.hasty(run.calls, self.polls_per_minute), case)

    def _check_goal(self, run: Run, case: Case) -> None:
        __tracebackhide__ = True
        if any(finding.fault in _MISSES_THE_GOAL for finding in self.report.findings):
            return
        if not self.waits and any(
            {"fails_at", "never_ends"} & step.given.keys() for step in _events(case)
        ):
            return  # what it began fails after it has returned
        if self.achieves is not None:
            words = oracle.missed(self.achieves, self._handle, case.arguments)
            self._raise("does-not-achieve", words, case)
        elif not case.has_others and case.scenario != self._at_once:
            goal = self._goal(case)
            if goal.run.outcome.succeeded:
                self._raise("does-not-achieve", goal.missed_by(run), case)

    def _check_failure(self, run: Run, case: Case) -> None:
        """Check what is left by a run that raised."""
        __tracebackhide__ = True
        error = run.outcome.error
        self._raise("raises-without-words", oracle.wordless(error), case)
        if not isinstance(error, (*self.raises, CallerNeverEnds, SystemExit)):
            self._raise("raises-another-error", f"it raised {type(error).__name__}: {error}", case)
        failed = any("fails_at" in step.given for step in _events(case))
        if failed:
            self._raise("reports-late", oracle.late(run, self.reports_within), case)
        if case.has_others or case.scenario == self._at_once:
            return
        if len(case.scenario.steps) == 1:
            words = findings.hidden(run.calls, error, run.outcome.output)
            self._raise("hides-the-cause", words, case)
        goal = self._goal(case)
        if not goal.run.outcome.succeeded:
            return
        self._raise("destroys-what-ran", goal.destroyed_by(run), case)
        self._raise("changes-too-much", goal.changed_by(run), case)
        if failed and len(case.scenario.steps) == 1:
            self._raise("leaves-changed", goal.changed_by(run, restored=True), case)

    def _goal(self, case: Case) -> Goal:
        """Return what the caller achieves in the world of a case if nothing happens."""
        key = case.world, repr(case.arguments)
        if key not in self._goals:
            usual = next(
                (goal for (world, _), goal in self._goals.items() if world == case.world), None
            )
            run = self._run(replace(case, scenario=self._at_once))
            self._goals[key] = replace(usual, run=run) if usual else Goal(run)
        return self._goals[key]

    def _must_succeed_again(self, run: Run, case: Case) -> bool:
        """Whether another run must succeed: this one has, or would have, had nothing disturbed it."""
        if run.outcome.succeeded:
            return True
        return not case.is_undisturbed and self._goal(case).run.outcome.succeeded

    # --- findings ---

    def _looks_for(self, fault: str) -> bool:
        return fault in self.looked_for and all(one.fault != fault for one in self.report.findings)

    def _raise(self, fault: str, words: str, case: Case | None) -> None:
        """Raise a finding, if there are words for one and it is looked for."""
        __tracebackhide__ = True
        if not words or not self._looks_for(fault):
            return
        timeline = "" if case is None else self._handle.timeline(_LINES)
        service = self.service if case is None else self._service_of(case)
        self._last = Finding(
            self._name, fault, words, case, service, timeline, frozenset(self._secrets)
        )
        raise self._last.error(self.report)

    def _raise_again(self, fault: str, words: str, case: Case) -> None:
        """Raise a finding about an earlier run: it is made again, for its timeline."""
        __tracebackhide__ = True
        self._run(case)
        self._raise(fault, words, case)

    @contextmanager
    def _collecting(self) -> Generator[None, None, None]:
        """Let a finding end everything, or keep it if all are asked for."""
        __tracebackhide__ = True
        try:
            yield
        except CallerFaultError as fault:
            if not self.every or self._last is None:
                # The traceback leads through Hypothesis and this module, which helps no one.
                raise fault.with_traceback(None) from None
            self.report.findings.append(self._last)

    def _tell_progress(self) -> None:
        now = os.times().elapsed
        if now - self._told > (_QUIET if self._made else _EVERY):
            self._told = now + _EVERY - _QUIET
            for observer in observers:
                observer.progressed(
                    f"verify_caller({self._name}): {plural(self._made, 'run')} so far"
                )


def _events(case: Case) -> list[Step]:
    """Return the steps of a scenario that script deployments and other events."""
    return [step for step in case.scenario.steps if step.verb in EVENTS]


def _asks_for_more(calls: Iterable[Call]) -> bool:
    """Return whether the account lacks something that the test must prepare, such as an image."""
    return any(call.rule in _TO_PREPARE for call in calls)
