"""``verify_caller()``: try a caller under all that the service may do, and name its first fault."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import hypothesis
from hypothesis import HealthCheck, Phase
from hypothesis import strategies as st

from ..exceptions import CallerFaultError, ConfigurationError
from ..observers import generated, tell_input
from ..options import OptionArguments, Options
from ..reporting.masking import masked_text
from ..simulation.clients import create_client
from ..simulation.handle import Lightsail
from ..simulator.images import Image
from ..simulator.scenario import Scenario
from ..strategies import Invalid
from ..wording import did_you_mean, plural
from .attempt import Outcome, Verdict, attempt, check_arguments, fresh, name_of
from .cases import WORLDS, Case, build, cases, classics, usual

if TYPE_CHECKING:
    from typing_extensions import Unpack

_WITHIN = 3600.0
_POLLS_PER_MINUTE = 30
_WORLDS = ("absent", "ready", "running")
_LINES = 40
"""Lines of the timeline in the report of a fault."""
_PLAINEST = hypothesis.settings(
    # Whatever is found will do: to explain it takes far longer than to find it.
    derandomize=True,
    database=None,
    phases=[Phase.generate, Phase.shrink],
)

_LETS_THROUGH = "lets-invalid-through"
"""A fault also if the input is invalid and the caller returns."""
_AGAIN = "unsafe-to-run-again"
"""The fault that needs a second run."""
_NO_CALL = "makes-no-call"
"""No run has reached the account. A single one may well not: a caller can refuse input by itself."""
_NEVER = "never-succeeds"
_ON_REQUEST = {"leaves-half-made": Outcome.left_nothing_half_made}
"""What not every caller promises: one that leaves a service behind may go on with it next time."""


def checks(
    within: float = _WITHIN, polls_per_minute: int = _POLLS_PER_MINUTE
) -> dict[str, Callable[[Outcome], Verdict]]:
    """Return the check for each fault of a single run, in the order in which they are reported."""
    return {
        "never-ends": lambda outcome: outcome.finished_within(seconds=within),
        "crashes": Outcome.raised_no_mistake,
        _LETS_THROUGH: Outcome.keeps_the_contract,
        "returns-too-early": Outcome.is_settled,
        "ignores-failure": lambda outcome: outcome.noticed_failure(running=False),
        "misses-old-version": lambda outcome: outcome.noticed_failure(running=True),
        "swallows-errors": Outcome.reported_errors,
        "retries-in-vain": Outcome.retried_only_what_can_succeed,
        "polls-too-fast": lambda outcome: outcome.polled_at_most(polls_per_minute),
        "prints-secrets": lambda outcome: outcome.printed_no_secret(),
    }


def verify_caller(
    caller: Callable[..., Any],
    /,
    *,
    arguments: Mapping[str, Any] | None = None,
    invalid: Mapping[str, st.SearchStrategy[Invalid]] | None = None,
    service: str = "shop",
    worlds: Collection[str] = _WORLDS,
    scenarios: st.SearchStrategy[Scenario] | None = None,
    prepare: Callable[[Lightsail], object] | None = None,
    within: float = _WITHIN,
    polls_per_minute: int = _POLLS_PER_MINUTE,
    without: Collection[str] = (),
    also: Collection[str] = (),
    examples: int = 200,
    settings: hypothesis.settings | None = None,
    **options: Unpack[OptionArguments],
) -> Report:
    """Run ``caller`` again and again, each time in a clean account, and check every run.

    Each run begins in one of the ``worlds``, with arguments drawn anew, and something happens meanwhile:
    deployments fail at any step or never end, calls are throttled, answers get lost, another client
    changes the service. Hypothesis shrinks the fault that is found to the plainest example.

    Args:
        caller: the code under test. It must return when its work is done, and raise otherwise.
        arguments: its keyword arguments; values, or strategies for values.
        invalid: for some of them, strategies for invalid ones, such as
            ``strategies.invalid_health_checks()``; the caller must refuse those by itself.
        service: the container service that the caller works on.
        worlds: what it may find: ``absent``, ``ready``, ``running``, ``disabled``, ``deploying``.
        scenarios: what may happen. If left out: first, in every world, a failure, what never ends,
            throttling and lost answers of each call that the caller makes; then
            ``strategies.scenarios`` of all kinds.
        prepare: called with the account before each run, to put certificates or images into it.
        within: virtual seconds within which the caller must end, either way.
        polls_per_minute: how often it may read the state of a service within a virtual minute.
        without: names of faults to ignore, such as ``unsafe-to-run-again``.
        also: names of faults to look for on request: ``leaves-half-made``.
        examples: how many examples are tried.
        settings: Hypothesis' settings; ``examples`` has no effect then.
        options: those of ``simulate()``.

    Returns:
        What has been tried: rules broken, states seen, faults survived.

    Raises:
        CallerFaultError: the caller has a fault, or made no call in any run; its ``fault`` is the name,
            its text the whole story.
        ConfigurationError: an argument has a value that it cannot have, or the caller does not take the
            ``arguments``.

    >>> from pytest_lightsail import strategies
    >>> def create(power):
    ...     client = boto3.client("lightsail", region_name="us-east-1")
    ...     client.create_container_service(serviceName="shop", power=power, scale=1)
    >>> verify_caller(create, arguments={"power": strategies.powers()}, worlds=["absent"])
    Traceback (most recent call last):
    ...
    pytest_lightsail.exceptions.CallerFaultError: create: returns-too-early: ...
    """
    __tracebackhide__ = True
    options.setdefault("patience", within)
    options.setdefault("allow_unused", True)
    known = {**checks(within, polls_per_minute), **_ON_REQUEST}
    _check_faults({*without, *also}, [*known, _AGAIN, _NO_CALL])
    left_out = {*without, *(_ON_REQUEST.keys() - set(also))}
    verification = _Verification(
        caller,
        service=service,
        worlds=_known_worlds(worlds),
        checks={name: check for name, check in known.items() if name not in left_out},
        ignored=without,
        prepare=prepare,
        options=Options(**options),
    )
    valid, wrong = arguments or {}, invalid or {}
    check_arguments("verify_caller: arguments", caller, (), valid)
    check_arguments("verify_caller: invalid", caller, (), {**valid, **wrong})
    strategies = {
        name: value if isinstance(value, st.SearchStrategy) else st.just(value)
        for name, value in valid.items()
    }
    with generated():
        verification.run(st.fixed_dictionaries(strategies), wrong, scenarios, settings, examples)
    return verification.report


def _check_faults(names: set[str], known: list[str]) -> None:
    unknown = sorted(names - set(known))
    if unknown:
        raise ConfigurationError(
            f"verify_caller: no fault {', '.join(unknown)}; there are {', '.join(known)}"
            f"{did_you_mean(unknown[0], known)}"
        )


def _known_worlds(worlds: Collection[str]) -> tuple[str, ...]:
    given = (worlds,) if isinstance(worlds, str) else tuple(worlds)
    unknown = [world for world in given if world not in WORLDS]
    if unknown or not given:
        raise ConfigurationError(
            f"verify_caller: no world {', '.join(unknown) or 'at all'}; there are {', '.join(WORLDS)}"
        )
    return given


@dataclass
class Report:
    """What the examples of one ``verify_caller`` have been.

    Attributes:
        runs: how many runs there were, including those that only shrank a failure.
        returned: how many of them returned.
        worlds: how many runs began in each world.
        rules: how often each rule was broken by the input.
        states: how often a service was seen in each state, ``stateDetail`` behind a slash.
        survived: the faults that hit a call of a run which returned all the same, and how often.
        met: the faults that hit a call of any run.
    """

    runs: int = 0
    returned: int = 0
    worlds: Counter[str] = field(default_factory=Counter)
    rules: Counter[str] = field(default_factory=Counter)
    states: Counter[str] = field(default_factory=Counter)
    survived: Counter[str] = field(default_factory=Counter)
    met: Counter[str] = field(default_factory=Counter)

    def add(self, case: Case, outcome: Outcome) -> None:
        """Count a run."""
        self.runs += 1
        self.worlds[case.world] += 1
        if case.invalid is not None:
            self.rules[case.invalid.rule] += 1
        self.states.update(
            f"{change.state}/{change.detail}" if change.detail else change.state
            for change in outcome.changes
        )
        hit = {call.fault for call in outcome.calls if call.fault is not None}
        self.met.update(hit)
        if outcome.succeeded:
            self.returned += 1
            self.survived.update(hit)

    def __str__(self) -> str:
        rows = {
            "worlds": self.worlds,
            "rules tried": self.rules,
            "states seen": self.states,
            "faults met": self.met,
            "faults survived": self.survived,
        }
        lines = [f"{plural(self.runs, 'run')}, {self.returned} of them returned"]
        for title, counts in rows.items():
            shown = ", ".join(f"{name} ×{count}" for name, count in sorted(counts.items()))
            lines.append(f"{title:16}{shown or 'none'}")
        return "\n".join(lines)


@dataclass
class _Verification:
    """The runs of one caller, and the checks of each."""

    caller: Callable[..., Any]
    service: str
    worlds: tuple[str, ...]
    checks: Mapping[str, Callable[[Outcome], Verdict]]
    ignored: Collection[str]
    prepare: Callable[[Lightsail], object] | None
    options: Options
    report: Report = field(default_factory=Report)

    def __post_init__(self) -> None:
        self._name = name_of(self.caller)
        self._client: Any = create_client(self.options.region)
        self._reached_the_account = False
        self._undisturbed: list[Outcome] = []
        self._secrets: set[str] = set()

    def run(
        self,
        arguments: st.SearchStrategy[dict[str, Any]],
        invalid: Mapping[str, st.SearchStrategy[Invalid]],
        scenarios: st.SearchStrategy[Scenario] | None,
        settings: hypothesis.settings | None,
        examples: int,
    ) -> None:
        """Try examples until one shows a fault, or there are enough.

        Raises:
            CallerFaultError: one shows a fault, or the caller has never returned or made no call.
        """
        __tracebackhide__ = True
        lightsail = Lightsail(self.options)
        lightsail.start()
        try:
            first: tuple[Case, ...] = ()
            if scenarios is None:
                plainest = hypothesis.find(arguments, lambda _: True, settings=_PLAINEST)
                operations = self._operations(lightsail, plainest)
                first = classics(self.worlds, plainest, operations, self._secrets)
                scenarios = usual(self.service, operations)
            drawn = cases(self.worlds, arguments, invalid, scenarios, secrets=self._secrets)
            left = max(examples - len(first), examples // 2, 1)
            self._test(lightsail, drawn, first, settings or hypothesis.settings(max_examples=left))
        finally:
            lightsail.stop()
        self._check_that_it_can_succeed()
        self._check_that_it_makes_a_call()

    def _operations(self, lightsail: Lightsail, arguments: dict[str, Any]) -> set[str]:
        """The operations that the caller uses if nothing disturbs it."""
        used: set[str] = set()
        for world in self.worlds:
            lightsail.reset()
            outcome = self._attempt(lightsail, Case(world, arguments))
            used |= {call.operation for call in outcome.calls}
        return used

    def _test(
        self,
        lightsail: Lightsail,
        drawn: st.SearchStrategy[Case],
        first: tuple[Case, ...],
        settings: hypothesis.settings,
    ) -> None:
        """Run a Hypothesis test of the first cases, then of drawn ones."""
        __tracebackhide__ = True

        def example(case: Case) -> None:
            lightsail.reset()
            self._try(lightsail, case)

        # Hypothesis keeps failing examples by the name of their test.
        example.__name__ = re.sub(r"\W", "_", f"verify_{self._name}_of_{self.caller.__module__}")
        test = hypothesis.given(case=drawn)(example)
        for case in reversed(first):
            test = hypothesis.example(case=case)(test)
        settings = hypothesis.settings(
            settings,
            deadline=None,
            # It would trace every line of botocore, to say what is in the timeline.
            phases=[phase for phase in settings.phases if phase is not Phase.explain],
            report_multiple_bugs=False,
            # What it prints could not be pasted anywhere: there is no test to decorate.
            print_blob=False,
            suppress_health_check=[*settings.suppress_health_check, HealthCheck.too_slow],
        )
        try:
            settings(test)()
        except CallerFaultError as fault:
            # The traceback leads through Hypothesis and this module, which helps no one.
            raise fault.with_traceback(None) from None

    def _try(self, lightsail: Lightsail, case: Case) -> None:
        outcome = self._attempt(lightsail, case)
        self.report.add(case, outcome)
        if case.invalid is not None and not case.invalid.is_flaw:
            tell_input(case.invalid.rule)
        if case.invalid is None and case.is_undisturbed:
            self._undisturbed.append(outcome)
        for fault, check in self.checks.items():
            self._raise_unless(check(outcome), fault, case, lightsail)
        if case.invalid is not None and outcome.succeeded and _LETS_THROUGH in self.checks:
            words = f"it returned although {case.invalid}"
            raise self._fault(_LETS_THROUGH, words, case, lightsail)
        if _AGAIN not in self.ignored and self._can_be_repeated(case, outcome):
            self._raise_unless(outcome.is_safe_to_run_again(), _AGAIN, case, lightsail)

    def _attempt(self, lightsail: Lightsail, case: Case) -> Outcome:
        build(case.world, self._client, self.service, lightsail.clock)
        if self.prepare is not None:
            self.prepare(lightsail)
        if case.invalid is not None:
            lightsail.images.update(case.invalid.images_as(Image))
        lightsail.play(case.scenario)
        outcome = attempt(self.caller, **fresh(dict(case.arguments)))
        self._secrets |= outcome.secrets
        self._reached_the_account = self._reached_the_account or outcome.reached_the_account
        return outcome

    def _can_be_repeated(self, case: Case, outcome: Outcome) -> bool:
        """Whether another run must succeed: this one has, or would have, had nothing disturbed it."""
        by_others = any(step.verb == "another_client" for step in case.scenario.steps)
        if case.invalid is not None or by_others:
            return False
        return outcome.succeeded or (not case.is_undisturbed and self._succeeds_undisturbed(case))

    def _succeeds_undisturbed(self, case: Case) -> bool:
        lightsail = Lightsail(self.options)
        lightsail.start()
        try:
            return self._attempt(lightsail, Case(case.world, case.arguments)).succeeded
        finally:
            lightsail.stop()

    def _check_that_it_can_succeed(self) -> None:
        __tracebackhide__ = True
        errors = [outcome.error for outcome in self._undisturbed]
        if errors and None not in errors:
            first = masked_text(f"{type(errors[0]).__name__}: {errors[0]}", self._secrets)
            raise self._raisable(
                _NEVER,
                "it has raised in every run, also where nothing disturbed it, so nothing is known of it; "
                f"the first time {first}",
            )

    def _check_that_it_makes_a_call(self) -> None:
        __tracebackhide__ = True
        if not self._reached_the_account and _NO_CALL not in self.ignored:
            raise self._raisable(
                _NO_CALL,
                f"none of its {plural(self.report.runs, 'run')} has reached the account, so nothing is "
                "known of it. Does it use a client that was replaced, or do nothing for these "
                f"arguments? If that is right, pass `without={{{_NO_CALL!r}}}`",
            )

    def _raise_unless(self, verdict: Verdict, fault: str, case: Case, lightsail: Lightsail) -> None:
        if not verdict:
            raise self._fault(fault, verdict.fault, case, lightsail)

    def _fault(self, fault: str, words: str, case: Case, lightsail: Lightsail) -> CallerFaultError:
        rows = {
            "the world": f"{self.service} {case.world}",
            "the call": f"{self._name}({case.shown_arguments})",
        }
        if case.invalid is not None:
            rows["the input"] = str(case.invalid)
        if not case.is_undisturbed:
            rows |= {"what happened": str(case.scenario), "as Python": repr(case.scenario)}
        told = "\n".join(f"  {title:14}{text}" for title, text in rows.items())
        timeline = "\n".join(f"    {line}" for line in lightsail.timeline(_LINES).splitlines())
        tried = "\n".join(f"    {line}" for line in str(self.report).splitlines())
        story = masked_text(f"{told}\n  the timeline\n{timeline}\n", self._secrets)
        return self._raisable(fault, f"{words}\n{story}  tried so far\n{tried}")

    def _raisable(self, fault: str, words: str) -> CallerFaultError:
        text = f"{self._name}: {fault}: {words}"
        return _class_of(fault)(text, fault=fault, report=self.report)


@lru_cache(maxsize=64)
def _class_of(fault: str) -> type[CallerFaultError]:
    """A class for each fault: Hypothesis shrinks towards the same class of exception."""
    name = "".join(part.capitalize() for part in fault.split("-"))
    return type(name, (CallerFaultError,), {"__module__": CallerFaultError.__module__})
