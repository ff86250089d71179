"""Try a caller under everything that the service may do, and name the first fault that it has."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import hypothesis
from hypothesis import HealthCheck, Phase
from hypothesis import strategies as st

from ..exceptions import CallerFault, ConfigurationError
from ..observers import generated, tell_input
from ..options import OptionArguments, Options
from ..reporting.masking import masked_text
from ..simulation.clients import create_client
from ..simulation.handle import Lightsail
from ..simulator.images import Image
from ..simulator.scenario import Scenario
from ..wording import did_you_mean, plural
from .arguments import check_arguments
from .arguments import name_of as _name
from .attempt import attempt
from .case import Case, cases
from .checks import AGAIN, CHECKS, LETS_THROUGH, NO_CALL, ON_REQUEST, Check, Terms
from .classics import classics, usual
from .fresh import fresh
from .outcome import Outcome
from .report import Report
from .worlds import WORLDS, build

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ..strategies.invalid import Invalid

__all__ = ["verify_caller"]

_WORLDS = ("absent", "ready", "running")
_LINES = 40
"""Lines of the timeline in the report of a fault."""
_NEVER = "never-succeeds"
_PLAINEST = hypothesis.settings(
    # Whatever is found will do: to explain it takes far longer than to find it.
    derandomize=True,
    database=None,
    phases=[Phase.generate, Phase.shrink],
)


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
    within: float = Terms().within,
    polls_per_minute: int = Terms().polls_per_minute,
    without: Collection[str] = (),
    also: Collection[str] = (),
    examples: int = 200,
    settings: hypothesis.settings | None = None,
    **options: Unpack[OptionArguments],
) -> Report:
    """Run ``caller`` again and again, each time in a clean account, and check every run.

    Each run begins in one of the ``worlds``, with arguments drawn anew, and something happens meanwhile:
    deployments fail at any step or never end, calls are throttled, answers get lost, another client
    changes the service. The fault that is found is shrunk by Hypothesis to the plainest example.

    Args:
        caller: the code under test. It is to return when its work is done, and to raise otherwise.
        arguments: its keyword arguments; values, or strategies for values.
        invalid: for some of them, strategies for invalid ones, such as
            ``strategies.invalid_health_checks()``; the caller is to refuse those by itself.
        service: the container service that the caller works on.
        worlds: what it may find: ``absent``, ``ready``, ``running``, ``disabled``, ``deploying``.
        scenarios: what may happen. If left out: first, in every world, a failure, what never ends,
            throttling and lost answers of each call that the caller makes; then
            ``strategies.scenarios`` of all kinds.
        prepare: called with the account before each run, to put certificates or images into it.
        within: virtual seconds within which the caller must end, either way.
        polls_per_minute: how often it may read the state of a service within a virtual minute.
        without: names of faults that are none here, such as ``unsafe-to-run-again``.
        also: names of faults that are looked for on request: ``leaves-half-made``.
        examples: how many examples are tried.
        settings: Hypothesis' settings; ``examples`` is of no account then.
        options: those of ``simulate()``.

    Returns:
        What has been tried: rules broken, states seen, faults survived.

    Raises:
        CallerFault: the caller has a fault, or has made no call in any run; its
            ``fault`` is the name, its text the whole story.
        ConfigurationError: an argument has a value that it cannot have, or the caller does not take the
            ``arguments``.

    >>> from pytest_lightsail import strategies
    >>> def create(power):
    ...     client = boto3.client("lightsail", region_name="us-east-1")
    ...     client.create_container_service(serviceName="shop", power=power, scale=1)
    >>> verify_caller(create, arguments={"power": strategies.powers()}, worlds=["absent"])
    Traceback (most recent call last):
    ...
    pytest_lightsail.exceptions.CallerFault: create: returns-too-early: ...
    """
    __tracebackhide__ = True
    options.setdefault("patience", within)
    options.setdefault("allow_unused", True)
    verification = _Verification(
        caller,
        service=service,
        checks=_chosen(without, also),
        again=AGAIN.fault not in without,
        may_make_no_call=NO_CALL in without,
        terms=Terms(within, polls_per_minute),
        prepare=prepare,
        options=Options(**options),
    )
    check_arguments("verify_caller: arguments", caller, (), arguments or {})
    check_arguments("verify_caller: invalid", caller, (), {**(arguments or {}), **(invalid or {})})
    given = st.fixed_dictionaries(
        {name: _strategy(value) for name, value in (arguments or {}).items()}
    )
    with generated():
        verification.run(
            worlds=_known(worlds),
            arguments=given,
            invalid=invalid or {},
            scenarios=scenarios,
            settings=settings,
            examples=examples,
        )
    return verification.report


class _Verification:
    """The runs of one caller, what they are held to, and what they have been."""

    def __init__(
        self,
        caller: Callable[..., Any],
        *,
        service: str,
        checks: tuple[Check, ...],
        again: bool,
        may_make_no_call: bool,
        terms: Terms,
        prepare: Callable[[Lightsail], object] | None,
        options: Options,
    ) -> None:
        self._caller = caller
        self._service = service
        self._checks = checks
        self._again = again
        self._may_make_no_call = may_make_no_call
        self._reached_the_account = False
        self._terms = terms
        self._prepare = prepare
        self._options = options
        self._undisturbed: list[Outcome] = []
        self._secrets: set[str] = set()
        self._client: Any = create_client(options.region)
        self.report = Report()

    def run(
        self,
        *,
        worlds: tuple[str, ...],
        arguments: st.SearchStrategy[dict[str, Any]],
        invalid: Mapping[str, st.SearchStrategy[Invalid]],
        scenarios: st.SearchStrategy[Scenario] | None,
        settings: hypothesis.settings | None,
        examples: int,
    ) -> None:
        """Try examples until one shows a fault, or there are enough.

        Raises:
            CallerFault: one shows a fault, or the caller has never returned.
        """
        __tracebackhide__ = True
        lightsail = Lightsail(self._options)
        lightsail.start()
        try:
            first: tuple[Case, ...] = ()
            if scenarios is None:
                plainest = hypothesis.find(arguments, lambda _: True, settings=_PLAINEST)
                operations = self._operations(lightsail, worlds, plainest)
                first = classics(worlds, plainest, operations, self._secrets)
                scenarios = usual(self._service, operations)
            drawn = cases(worlds, arguments, invalid, scenarios, secrets=self._secrets)
            left = max(examples - len(first), examples // 2, 1)
            self._test(lightsail, drawn, first)(settings or hypothesis.settings(max_examples=left))
        finally:
            lightsail.stop()
        self._check_that_it_can_succeed()
        self._check_that_it_makes_a_call()

    def _test(
        self, lightsail: Lightsail, drawn: st.SearchStrategy[Case], first: tuple[Case, ...]
    ) -> Callable[[hypothesis.settings], None]:
        """A Hypothesis test of the first cases, then of drawn ones."""

        def example(case: Case) -> None:
            lightsail.reset()
            self._try(lightsail, case)

        # Hypothesis keeps failing examples by the name of their test.
        example.__name__ = re.sub(
            r"\W", "_", f"verify_{_name(self._caller)}_of_{self._caller.__module__}"
        )
        test = hypothesis.given(case=drawn)(example)
        for case in reversed(first):
            test = hypothesis.example(case=case)(test)

        def run(settings: hypothesis.settings) -> None:
            __tracebackhide__ = True
            settings = hypothesis.settings(
                settings,
                deadline=None,
                # It would trace every line of botocore, to say what is in the timeline.
                phases=[phase for phase in settings.phases if phase is not Phase.explain],
                report_multiple_bugs=False,
                # What it prints could be pasted nowhere: there is no test to decorate.
                print_blob=False,
                suppress_health_check=[*settings.suppress_health_check, HealthCheck.too_slow],
            )
            try:
                settings(test)()
            except CallerFault as fault:
                # The way to it leads through Hypothesis and this module: nobody learns from that.
                raise fault.with_traceback(None) from None

        return run

    def _operations(
        self, lightsail: Lightsail, worlds: tuple[str, ...], arguments: dict[str, Any]
    ) -> set[str]:
        """The operations that the caller uses where nothing disturbs it."""
        used: set[str] = set()
        for world in worlds:
            lightsail.reset()
            outcome = self._attempt(lightsail, Case(world, arguments, Scenario()))
            used |= {call.operation for call in outcome.calls}
        return used

    def _try(self, lightsail: Lightsail, case: Case) -> None:
        outcome = self._attempt(lightsail, case)
        broken = () if case.invalid is None else (case.invalid.rule,)
        self.report.add(case.world, broken, outcome)
        if case.invalid is not None and not case.invalid.is_flaw:
            tell_input(case.invalid.rule)
        if case.invalid is None and case.scenario == Scenario():
            self._undisturbed.append(outcome)
        for check in self._checks:
            self._ask(lightsail, case, outcome, check)
        if case.invalid is not None and outcome.succeeded and LETS_THROUGH in self._checks:
            words = f"it returned although {case.invalid}"
            raise self._fault(LETS_THROUGH.fault, words, case, lightsail)
        if self._again and self._can_be_repeated(case, outcome):
            self._ask(lightsail, case, outcome, AGAIN)

    def _attempt(self, lightsail: Lightsail, case: Case) -> Outcome:
        build(case.world, self._client, self._service, lightsail.clock)
        if self._prepare is not None:
            self._prepare(lightsail)
        if case.invalid is not None:
            lightsail.images.update(case.invalid.images_as(Image))
        lightsail.play(case.scenario)
        outcome = attempt(self._caller, **fresh(dict(case.arguments)))
        self._secrets |= outcome.secrets
        self._reached_the_account = self._reached_the_account or outcome.reached_the_account
        return outcome

    def _ask(self, lightsail: Lightsail, case: Case, outcome: Outcome, check: Check) -> None:
        verdict = check.ask(outcome, self._terms)
        if not verdict:
            raise self._fault(check.fault, verdict.fault, case, lightsail)

    def _can_be_repeated(self, case: Case, outcome: Outcome) -> bool:
        """Whether another run is to succeed: this one has, or would have, had nothing disturbed it."""
        by_others = any(step.verb == "another_client" for step in case.scenario.steps)
        if case.invalid is not None or by_others:
            return False
        return outcome.succeeded or (
            case.scenario != Scenario() and self._succeeds_undisturbed(case)
        )

    def _succeeds_undisturbed(self, case: Case) -> bool:
        lightsail = Lightsail(self._options)
        lightsail.start()
        try:
            plain = Case(case.world, case.arguments, Scenario())
            return self._attempt(lightsail, plain).succeeded
        finally:
            lightsail.stop()

    def _check_that_it_can_succeed(self) -> None:
        __tracebackhide__ = True
        errors = [outcome.error for outcome in self._undisturbed]
        if errors and None not in errors:
            first = f"{type(errors[0]).__name__}: {errors[0]}"
            raise _class_of(_NEVER)(
                f"{_name(self._caller)}: {_NEVER}: it has raised in every run, also where nothing "
                f"disturbed it, so nothing is known of it; the first time "
                f"{masked_text(first, self._secrets)}",
                fault=_NEVER,
                report=self.report,
            )

    def _check_that_it_makes_a_call(self) -> None:
        __tracebackhide__ = True
        if not (self._reached_the_account or self._may_make_no_call):
            raise _class_of(NO_CALL)(
                f"{_name(self._caller)}: {NO_CALL}: none of its {plural(self.report.runs, 'run')} "
                "has reached the account, so nothing is known of it. Does it use a client that was "
                "replaced, or do nothing for these arguments? If that is right, pass "
                f"`without={{{NO_CALL!r}}}`",
                fault=NO_CALL,
                report=self.report,
            )

    def _fault(self, fault: str, words: str, case: Case, lightsail: Lightsail) -> CallerFault:
        scenario = {"what happened": str(case.scenario), "as Python": repr(case.scenario)}
        wrong = {} if case.invalid is None else {"the input": str(case.invalid)}
        rows = {
            "the world": f"{self._service} {case.world}",
            "the call": f"{_name(self._caller)}({case.shown_arguments})",
            **wrong,
            **(scenario if case.scenario != Scenario() else {}),
        }
        told = "\n".join(f"  {title:14}{text}" for title, text in rows.items())
        timeline = "\n".join(f"    {line}" for line in lightsail.timeline(_LINES).splitlines())
        tried = "\n".join(f"    {line}" for line in str(self.report).splitlines())
        return _class_of(fault)(
            f"{_name(self._caller)}: {fault}: {words}\n"
            + masked_text(f"{told}\n  the timeline\n{timeline}\n", self._secrets)
            + f"  tried so far\n{tried}",
            fault=fault,
            report=self.report,
        )


@lru_cache(maxsize=64)
def _class_of(fault: str) -> type[CallerFault]:
    """A class of its own for each fault: Hypothesis shrinks towards the same class of exception."""
    name = "".join(part.capitalize() for part in fault.split("-"))
    return type(name, (CallerFault,), {"__module__": CallerFault.__module__})


def _chosen(without: Collection[str], also: Collection[str]) -> tuple[Check, ...]:
    known = [*(check.fault for check in (*CHECKS, AGAIN, *ON_REQUEST)), NO_CALL]
    unknown = sorted({*without, *also} - set(known))
    if unknown:
        raise ConfigurationError(
            f"verify_caller: no fault {', '.join(unknown)}; there are {', '.join(known)}"
            f"{did_you_mean(unknown[0], known)}"
        )
    asked = (*CHECKS, *(check for check in ON_REQUEST if check.fault in also))
    return tuple(check for check in asked if check.fault not in without)


def _known(worlds: Collection[str]) -> tuple[str, ...]:
    given = (worlds,) if isinstance(worlds, str) else tuple(worlds)
    unknown = [world for world in given if world not in WORLDS]
    if unknown or not given:
        raise ConfigurationError(
            f"verify_caller: no world {', '.join(unknown) or 'at all'}; there are {', '.join(WORLDS)}"
        )
    return given


def _strategy(value: Any) -> st.SearchStrategy[Any]:
    return value if isinstance(value, st.SearchStrategy) else st.just(value)
