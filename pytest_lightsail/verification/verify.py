"""``verify_caller()``: search for bugs in a caller and report the first bug by name.

Each check yields ``(finding, description)`` pairs. The description is empty if the run does not show
the bug.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import hypothesis
from botocore.exceptions import ParamValidationError
from hypothesis import HealthCheck, Phase
from hypothesis import strategies as st

from .. import strategies
from ..accounts import generated, observers
from ..exceptions import CallerFaultError, CallerNeverEnds, check_known, plural
from ..machinery import machinery, test_code
from ..options import OptionArguments
from ..simulation.handle import Lightsail, simulate
from ..simulator.history import Call, Visit
from ..simulator.scenario import Scenario
from ..simulator.script import EVENTS
from ..strategies import Invalid
from . import cases, oracle
from .attempt import attempt, check_arguments, fresh, name_of
from .cases import AT_ONCE, MATCHED, NOTHING, SERVICES, USUAL_WORLDS, WORLDS, Case
from .oracle import Achieves, Run
from .outcome import Outcome, chain, hasty
from .reports import FINDINGS, ON_REQUEST, Finding, Report

if TYPE_CHECKING:
    from typing_extensions import Unpack

__tracebackhide__ = True  # makes pytest omit this module from tracebacks

_IF_WAITING = {"returns-too-early", "ignores-failure", "reports-late"}
"""Findings that are not reported if ``waits`` is false."""
_REPEATED = ("fails_in", "prepare", "achieves", "waits", "raises", "within", "without")
"""Arguments that are copied into the generated test for a finding, like the account's options."""
_TO_PREPARE = {"image.stored", "certificate.known", "certificate.issued"}
"""Rules that a caller may break if ``prepare`` does not add the necessary image or certificate."""
_MISSES_THE_GOAL = {"ignores-failure", "swallows-errors"}
"""Findings that imply ``does-not-achieve``, which is therefore not reported separately."""
_DEAF = "deaf-to-argument"
_NO_STRATEGY = "verify_caller: pass `invalid={name: strategy}` for the unknown parameter"
_CALLS_PER_MINUTE = 30
"""The maximum number of calls to one operation for one service in any virtual minute."""

_Found = Iterable[tuple[str, str]]


def verify_caller(
    caller: Callable[..., Any],
    /,
    *,
    arguments: Mapping[str, Any] | None = None,
    invalid: Mapping[str, st.SearchStrategy[Invalid]] | Collection[str] | None = None,
    service: str = "shop",
    worlds: Collection[str] = USUAL_WORLDS,
    fails_in: Collection[str] = (),
    scenarios: st.SearchStrategy[Scenario] | None = None,
    prepare: Callable[[Lightsail], object] | None = None,
    achieves: Achieves | None = None,
    waits: bool = True,
    raises: type[BaseException] | tuple[type[BaseException], ...] = BaseException,
    within: float = 3600.0,
    without: Collection[str] = (),
    also: Collection[str] = (),
    all: bool = False,  # noqa: A002 - no other name is as clear
    examples: int = 200,
    settings: hypothesis.settings | None = None,
    **options: Unpack[OptionArguments],
) -> Report:
    """Run ``caller`` many times against simulated accounts and fail at the first bug.

    First, the caller runs undisturbed in each world. These runs define the caller's goal: the
    configuration and the containers of the service, and the type of the caller's result.
    Next, the caller is called with each class of valid and invalid input. Finally, things go wrong:
    deployments fail or never end, calls are throttled, responses are late or lost, or another client
    changes the service. If an example shows a bug, Hypothesis shrinks the example.

    Args:
        caller: the code under test. The caller must return when its work is done, and raise an
            exception if it fails.
        arguments: the caller's keyword arguments, as values or strategies. For other parameters,
            ``verify_caller`` chooses a strategy if the name is ``image``, ``port``, ``scale``,
            ``power``, ``service``, ``environment``, ``health_check`` or ``containers``. A type
            hint, if present, must allow the strategy's values. If ``arguments`` is passed,
            all other parameters with a default value keep that value.
        invalid: strategies for invalid values of some arguments, such as
            ``strategies.invalid_health_checks()``. The caller itself must reject these values. If
            ``verify_caller`` has a strategy for a parameter, pass only the name: ``{"scale"}``.
        service: the name of the container service that the caller works on.
        worlds: the states in which the caller finds the service: ``absent``, ``ready``, ``running``,
            ``disabled``, ``deploying``.
        fails_in: the worlds in which the caller must raise an exception and change nothing. The
            exception must not come from botocore's parameter validation.
        scenarios: a strategy that draws scenarios. By default, ``verify_caller`` tries common
            failures of each call in every world, then examples drawn from ``strategies.scenarios()``.
        prepare: a function that is called with the account before each run, for example to add
            images.
        achieves: the goal, as a function of the account and the arguments, such as ``runs()`` or
            ``scaled_to(2)``. The function returns whether the goal has been achieved, and may raise an
            ``AssertionError`` instead of returning ``False``. By default, the goal is what the
            undisturbed run achieves.
        waits: whether the caller waits until its changes have completed.
        raises: the errors that the caller may raise to signal failure. By default, any error.
        within: the maximum duration of a run, in virtual seconds.
        without: the names of findings to ignore, such as ``unsafe-to-run-again``.
        also: the names of additional findings to look for: ``leaves-changed``, ``changes-again``,
            ``sets-only-at-creation``, ``misled-by-late-reads``, ``misled-by-lost-answers``,
            ``does-not-wait-its-turn``.
        all: whether to find all bugs and report them in a table.
        examples: the number of runs, not counting runs that only test an argument. Hypothesis
            generates the cases for at least ``examples // 2`` runs.
        settings: Hypothesis settings to use instead of ``examples``.
        options: the options of ``simulate()``.

    Returns:
        A report on the runs, the rules that the input broke, and the faults that the caller survived.

    Raises:
        CallerFaultError: the caller has a bug, or makes no calls. The ``fault`` attribute is the name
            of the finding, and the message describes the case.
        ConfigurationError: an argument is invalid, or the caller does not accept the ``arguments``.

    >>> import boto3
    >>> from pytest_lightsail import strategies
    >>> def create(power):
    ...     client = boto3.client("lightsail", region_name="us-east-1")
    ...     client.create_container_service(serviceName="shop", power=power, scale=1)
    >>> verify_caller(create, arguments={"power": strategies.powers()}, worlds=["absent"])
    Traceback (most recent call last):
    ...
    pytest_lightsail.exceptions.ReturnsTooEarly: create: returns-too-early: ...
    """
    passed, defaults = locals(), verify_caller.__kwdefaults__ or {}
    repeated = {name: passed[name] for name in _REPEATED if passed[name] != defaults[name]}
    repeated |= options
    options.setdefault("patience", within)
    options.setdefault("allow_unused", True)
    worlds = (worlds,) if isinstance(worlds, str) else tuple(worlds)
    check_known("verify_caller: unknown finding", (*without, *also), FINDINGS)
    check_known("verify_caller: unknown world", worlds or ["none"], WORLDS)
    check_known("verify_caller: unknown world in `fails_in`", fails_in, worlds)
    by_name = cases.matched(caller, arguments or {}, optional=arguments is None)
    given = {name: one.valid() for name, one in by_name.items()} | dict(arguments or {})
    if not isinstance(invalid, Mapping):
        check_known(_NO_STRATEGY, invalid or (), MATCHED)
        invalid = {name: MATCHED[name].invalid() for name in invalid or ()}
    check_arguments("verify_caller: arguments", caller, (), given)
    check_arguments("verify_caller: invalid", caller, (), {**given, **invalid})
    varied = {name: one for name, one in given.items() if isinstance(one, st.SearchStrategy)}
    usual = given | {name: service for name in by_name if name in SERVICES}
    drawn = st.fixed_dictionaries(
        {
            name: value if isinstance(value, st.SearchStrategy) else st.just(value)
            for name, value in usual.items()
        }
    )
    ignored = set(without) | (set() if waits else _IF_WAITING)
    report = Report(matched=list(by_name))
    with generated(), simulate(**options) as lightsail:
        judge = _Judge(
            caller,
            lightsail,
            plain=cases.plainest(drawn),
            service=service,
            prepare=prepare,
            achieves=achieves,
            waits=waits,
            raises=raises,
            within=within,
            looked_for=FINDINGS.keys() - (ON_REQUEST.keys() - set(also)) - ignored,
            all=all,
            repeated=repeated,
            report=report,
        )
        with suppress(CallerFaultError):  # without `all=True`, the first finding is raised
            judge.run_undisturbed(worlds, fails_in)
            if judge.sound:
                other = judge.try_valid(varied)
                judge.try_invalid(invalid)
                if scenarios is None:
                    scenarios = judge.try_classics(other)
                judge.try_drawn(cases.cases(worlds, drawn, invalid, scenarios), settings, examples)
        # Raise the error inside the `with` block, so that `simulate()` ignores unused scripts.
        if report.findings:
            raise report.findings[0].error(report)
    return report


@dataclass
class _Judge:
    """Runs a caller in one case after another and reports the caller's bugs.

    Fields without a description are arguments of ``verify_caller``.
    """

    caller: Callable[..., Any]
    lightsail: Lightsail
    plain: Mapping[str, Any]
    """The simplest valid arguments for the caller."""
    service: str
    prepare: Callable[[Lightsail], object] | None
    achieves: Achieves | None
    waits: bool
    raises: type[BaseException] | tuple[type[BaseException], ...]
    within: float
    looked_for: Collection[str]
    """The names of the findings to report."""
    all: bool
    repeated: Mapping[str, Any]
    """The ``verify_caller`` arguments that are copied into the generated test for a finding."""
    report: Report

    def __post_init__(self) -> None:
        self.sound: dict[str, Run] = {}
        """The undisturbed runs in which the caller returned, keyed by world."""
        self._name = name_of(self.caller)
        self._secrets: set[str] = set()
        self._undisturbed: dict[str, Run] = {}
        self._at_once = AT_ONCE
        self._volatile: dict[str, set[str]] = {}
        self._goals: dict[tuple[str, str], Run] = {}
        self._run_again_on: set[str] = set()
        self._keeps = self.all
        self._made, self._next_progress = 0, os.times().elapsed + 2

    # --- one run -----------------------------------------------------------------------------------

    def _try(self, case: Case) -> Run:
        """Run the caller in one case and report the first finding of the run."""
        self._goal(case)  # `_goal` comes first, because it may reset the account
        run = self._run(case)
        self._judge(run)
        return run

    def _judge(self, run: Run) -> None:
        """Count a run and report its first finding."""
        self.report.add(run)
        self._report(run, self._check(run))

    def _run(self, case: Case) -> Run:
        """Reset the account, set up the world of a case, and run the caller."""
        lightsail, service = self.lightsail, self._service_of(case)
        lightsail.reset()
        if state := cases.WORLDS[case.world]:
            lightsail.add_service(service, state)
        if self.prepare is not None:
            self.prepare(lightsail)
        lightsail.play(case.scenario)
        before, began = self._facts(case), lightsail.clock.elapsed
        outcome = attempt(self.caller, **fresh(dict(case.arguments)))
        if outcome.succeeded and not self.waits:
            lightsail.clock.advance_until_settled()
        self._secrets |= outcome.secrets.keys()
        self._made += 1
        now = os.times().elapsed
        if now > self._next_progress:
            self._next_progress = now + 5
            so_far = f"verify_caller({self._name}): {plural(self._made, 'run')} so far"
            for observer in observers:
                observer.progressed(so_far)
        return Run(case, outcome, service, before, self._facts(case), began)

    def _facts(self, case: Case) -> dict[str, Any]:
        """Return the facts about the account that are the same after every undisturbed run."""
        volatile = self._volatile.get(case.world, ())
        facts = oracle.facts_of(self.lightsail.account)
        return {name: value for name, value in facts.items() if name not in volatile}

    def _service_of(self, case: Case) -> str:
        """Return the service name in the arguments if it is valid, or the default service name."""
        for name in SERVICES:
            given = case.arguments.get(name)
            is_wrong = case.invalid is not None and given == case.invalid.value
            if isinstance(given, str) and not is_wrong:
                return given
        return self.service

    def _goal(self, case: Case) -> Run | None:
        """Return a successful undisturbed run with the same world and arguments, or ``None``."""
        if case.invalid is not None or case.has_others or case.scenario == self._at_once:
            return None
        key = case.world, repr(case.arguments)
        if key not in self._goals:
            self._goals[key] = self._run(replace(case, scenario=self._at_once))
        goal = self._goals[key]
        return goal if goal.outcome.succeeded else None

    # --- the checks of a run -----------------------------------------------------------------------

    def _check(self, run: Run) -> _Found:
        yield from self._check_alone(run)
        case, outcome = run.case, run.outcome
        if case.invalid is not None:
            if outcome.succeeded:
                yield "lets-invalid-through", f"the caller returned even though {case.invalid}"
            elif _left_to_botocore(outcome):
                words = f"botocore, not the caller, rejected the input: {case.invalid}"
                yield "lets-invalid-through", words
            return
        is_unprepared = case.said and any(call.rule in _TO_PREPARE for call in outcome.calls)
        if case.bears and outcome.error is not None and not is_unprepared:
            yield case.bears, f"the caller raised {type(outcome.error).__name__}: {outcome.error}"
        yield from self._check_return(run) if outcome.succeeded else self._check_failure(run)
        if case.has_others or (case.said and outcome.succeeded):
            return
        if not self._looks_for("unsafe-to-run-again"):
            return
        # If the undisturbed run failed, a second run cannot be expected to succeed.
        if outcome.succeeded or (not case.is_undisturbed and self._goal(case)):
            # Run the caller again only once for the same arguments, account state and scripts.
            left = repr((case.arguments, outcome.states, run.after, _events(case)))
            if left not in self._run_again_on:
                self._run_again_on.add(left)
                yield "unsafe-to-run-again", outcome.is_safe_to_run_again().fault

    def _check_alone(self, run: Run) -> _Found:
        """Check a run without comparing it with other runs."""
        outcome = run.outcome
        yield "returns-unfinished", oracle.unfinished(outcome.result)
        yield "never-ends", outcome.finished_within(seconds=self.within).fault
        yield "crashes", outcome.raised_no_mistake().fault
        yield "lets-invalid-through", outcome.keeps_the_contract().fault
        yield "returns-too-early", outcome.is_settled().fault
        yield "ignores-failure", outcome.noticed_failure().fault
        yield "swallows-errors", outcome.reported_errors().fault
        yield "retries-in-vain", outcome.retried_only_what_can_succeed().fault
        yield "polls-too-fast", outcome.polled_at_most(_CALLS_PER_MINUTE).fault
        yield "prints-secrets", outcome.printed_no_secret().fault
        yield "calls-too-fast", hasty(run.changes, _CALLS_PER_MINUTE)

    def _check_return(self, run: Run) -> _Found:
        """After the caller has returned, check that it has achieved its goal."""
        case = run.case
        if any(finding.fault in _MISSES_THE_GOAL for finding in self.report.findings):
            return
        if not self.waits and any(
            {"fails_at", "never_ends"} & step.arguments.keys() for step in _events(case)
        ):
            return  # the deployment may fail after the caller has returned
        if self.achieves is not None:
            words = oracle.unreached(self.achieves, self.lightsail, case.arguments)
            yield "does-not-achieve", words
        elif goal := self._goal(case):
            yield "does-not-achieve", oracle.missed(goal, run)

    def _check_failure(self, run: Run) -> _Found:
        """Check the error and the account after the caller has raised an exception."""
        case, error = run.case, run.outcome.error
        yield "raises-without-words", oracle.wordless(error)
        if not isinstance(error, (self.raises, CallerNeverEnds, SystemExit)):
            yield "raises-another-error", f"the caller raised {type(error).__name__}: {error}"
        # Skip the other checks if nothing went wrong, or if another client changed the account.
        if case.has_others or case.scenario == self._at_once:
            return
        failed = any("fails_at" in step.arguments for step in _events(case))
        is_single = len(case.scenario.steps) == 1
        if failed:
            yield "reports-late", oracle.late(run)
        if is_single:
            yield "hides-the-cause", oracle.hidden(run)
        if goal := self._goal(case):
            yield "destroys-what-ran", oracle.destroyed(goal, run)
            yield "changes-too-much", oracle.changed(goal, run)
            if failed and is_single:
                yield "leaves-changed", oracle.changed(goal, run, restored=True)

    def _looks_for(self, fault: str) -> bool:
        return fault in self.looked_for and all(one.fault != fault for one in self.report.findings)

    def _report(self, run: Run | None, found: _Found) -> None:
        """Raise an error for the first finding. With ``all=True``, only store the finding.

        ``run`` is the run that shows the bug, or ``None`` if no single run shows it.
        """
        for fault, words in found:
            if words and self._looks_for(fault):
                options, secrets = self.repeated, self._secrets
                finding = Finding(self._name, fault, words, run, options=options, secrets=secrets)
                self.report.findings.append(finding)
                if not self._keeps:
                    raise finding.error(self.report)
                return

    # --- undisturbed runs --------------------------------------------------------------------------

    def run_undisturbed(self, worlds: Collection[str], fails_in: Collection[str]) -> None:
        """Run the caller undisturbed in each world and report the findings from these runs."""
        for world in worlds:
            run = self._undisturbed[world] = self._run(Case(world, self.plain))
            if run.outcome.succeeded:
                self.sound[world] = run
            self.report.add(run)
            self._report(run, self._check_alone(run))
        self._check_that_it_works(fails_in)
        for run in self._undisturbed.values():
            for found in (
                ("works-elsewhere", oracle.elsewhere(run)),
                ("makes-twice", oracle.repeated(run)),
                ("takes-a-detour", oracle.detour(run)),
                ("reports-late", oracle.late(run)),
                ("closes-endpoint", oracle.closed(run)),
            ):
                self._report(run, [found])
        sound = list(self.sound.values())
        self._report(None, [("returns-wrong-version", oracle.wrong_version(sound))])
        for run in sound[:1]:
            self._report(run, [(_DEAF, oracle.other_image(sound, self.plain.get("image")))])
        self._find_volatile_facts()
        for world in self.sound:
            case = Case(world, self.plain, counts=False)
            self._try(case)
            if self._looks_for("changes-again"):
                run = self._run(case)
                words = oracle.changed_again(run, run.outcome.run_again())
                self._report(run, [("changes-again", words)])

    def _check_that_it_works(self, fails_in: Collection[str]) -> None:
        runs = self._undisturbed
        entries = [entry for run in runs.values() for entry in run.outcome.entries]
        if self.sound and not any(isinstance(entry, (Call, Visit)) for entry in entries):
            words = (
                f"the caller made no calls in {plural(len(runs), 'run')}, so there was nothing to "
                "check. Does the caller use a mocked client? Do these arguments require no calls? "
                "If this is intended, pass `without={'makes-no-call'}`"
            )
            self._report(None, [("makes-no-call", words)])
        for world in fails_in:
            run = runs[world]
            if run.outcome.succeeded:
                words = "the caller returned in a world listed in `fails_in`"
                self._report(run, [("fails-undisturbed", words)])
            elif run.after != run.before:
                words = "the caller changed the account before it raised an exception"
                self._report(run, [("changes-too-much", words)])
            elif _left_to_botocore(run.outcome):
                words = "botocore, not the caller, rejected the arguments"
                self._report(run, [("lets-invalid-through", words)])
        failed = [world for world in runs if world not in {*self.sound, *fails_in}]
        for world in failed[:1]:
            error = runs[world].outcome.error
            said = f"even though nothing goes wrong: {type(error).__name__}: {error}"
            intended = f"If this is intended, pass `fails_in={{{world!r}}}` or other `worlds`"
            fault, words = "fails-undisturbed", f"in the {world!r} world {said}. {intended}"
            if len(failed) == len(runs):
                fault, words = "never-succeeds", f"in every world {said}"
            self._report(runs[world], [(fault, f"the caller raises an exception {words}")])

    def _find_volatile_facts(self) -> None:
        """Run the caller again in each world to find the facts that change from run to run."""
        for scenario in (AT_ONCE, NOTHING):
            self._at_once = scenario
            again = {
                world: self._run(Case(world, self.plain, scenario=scenario)) for world in self.sound
            }
            if all(run.outcome.succeeded for run in again.values()):
                break  # some callers fail if changes take no time
        for world, run in self.sound.items():
            first, second = run.after, again[world].after
            self._volatile[world] = {
                name for name in {*first, *second} if first.get(name) != second.get(name)
            }

    # --- input -------------------------------------------------------------------------------------

    def try_valid(self, varied: Mapping[str, st.SearchStrategy[Any]]) -> dict[str, Any]:
        """Try each class of valid values. Return arguments that are valid but not the simplest."""
        worlds, plain, other = list(self.sound), self.plain, dict(self.plain)
        for name, strategy in varied.items():
            tried: list[Run] = []
            for number, (words, value) in enumerate(cases.valid_classes(strategy)):
                if repr(value) == repr(plain[name]):
                    continue
                if name not in SERVICES and other[name] == plain[name]:
                    other[name] = value
                world, said = worlds[number % len(worlds)], f"{name}={value!r}, {words}"
                case = Case(world, {**plain, name: value}, self._at_once, said=said, counts=False)
                tried.append(self._try(replace(case, bears="refuses-valid-input")))
            self._check_that_it_hears(name, tried)
        return other

    def try_invalid(self, invalid: Mapping[str, st.SearchStrategy[Invalid]]) -> None:
        """Try the invalid values of each argument."""
        for name, wrong in invalid.items():
            for edge in cases.edges(wrong):
                given = {**self.plain, name: edge.value}
                for world in list(self.sound)[:2]:
                    case = Case(world, given, self._at_once, invalid=edge, counts=False)
                    if not self._try(case).outcome.calls:
                        break  # a caller that makes no calls behaves the same in all worlds

    def _check_that_it_hears(self, name: str, tried: list[Run]) -> None:
        """Check that different values of an argument lead to different requests."""
        was, usual_runs = self.plain[name], self._undisturbed
        for run, fault, words in oracle.unheard(name, tried, usual_runs):
            self._report(run, [(fault, words)])
        differs = any(run.writes != usual_runs[run.case.world].writes for run in tried)
        if differs or not tried or not self._looks_for(_DEAF):
            return
        last = tried[-1].case
        for world in dict.fromkeys([*cases.USUAL_WORLDS, *self.sound]):
            # Always try the `absent` world: the argument may matter only when a service is created.
            first = self._run(replace(last, world=world, arguments={**last.arguments, name: was}))
            if self._run(replace(last, world=world)).writes != first.writes:
                return
        words = (
            f"the caller sends the same requests for every value of {name}. If this is intended, "
            f"pass `without={{{_DEAF!r}}}`"
        )
        self._report(tried[-1], [(_DEAF, words)])

    # --- scenarios ---------------------------------------------------------------------------------

    def try_classics(self, other: Mapping[str, Any]) -> st.SearchStrategy[Scenario]:
        """Try the scenarios that find the most bugs, and return a strategy for more scenarios."""
        for world, run in self._undisturbed.items():
            calls = run.outcome.calls
            for arguments, scenario in cases.classics(self.service, calls, self.plain, other):
                self._try(Case(world, arguments, scenario=scenario))
        for world, usual in self.sound.items():
            for fault, parts in cases.borne(self.service, usual.used):
                case = Case(world, self.plain, scenario=sum(parts, NOTHING), bears=fault)
                run = self._run(case)
                if len(parts) > 1 and not run.outcome.succeeded:
                    for part in parts:  # find the scenario that the caller does not tolerate
                        self._try(replace(case, scenario=part))
                    run = self._run(case)  # perhaps only combined scenarios make the caller fail
                self._judge(run)
        used = sorted(set().union(*(usual.used for usual in self.sound.values())))
        return strategies.scenarios(service=self.service, operations=used or None)

    def try_drawn(
        self, drawn: st.SearchStrategy[Case], settings: hypothesis.settings | None, examples: int
    ) -> None:
        """Let Hypothesis draw cases, and run the caller in each case."""
        left = max(examples - self.report.runs, examples // 2, 1)
        settings = settings or hypothesis.settings(max_examples=left)
        findings = self.report.findings
        known = len(findings)

        def example(case: Case) -> None:
            del findings[known:]  # discard the findings of earlier examples
            with test_code():
                self._try(case)

        # Hypothesis stores failing examples by test name, so each caller needs a unique name.
        example.__name__ = re.sub(r"\W", "_", f"verify_{self._name}_of_{self.caller.__module__}")
        settings = hypothesis.settings(
            settings,
            deadline=None,
            # Skip the `explain` phase, which traces every line of botocore. The timeline explains
            # the failure anyway.
            phases=[phase for phase in settings.phases if phase is not Phase.explain],
            report_multiple_bugs=False,
            # A blob for `@reproduce_failure` is useless here, because there is no test to decorate.
            print_blob=False,
            suppress_health_check=[*settings.suppress_health_check, HealthCheck.too_slow],
        )
        self._keeps = False  # Hypothesis shrinks only examples that raise an error
        test = settings(hypothesis.given(case=drawn)(example))
        for _ in range(6 if self.all else 1):
            known = len(findings)
            # Run Hypothesis in real time, because Hypothesis limits the duration of shrinking.
            with suppress(CallerFaultError), machinery():
                test()
                return


def _left_to_botocore(outcome: Outcome) -> bool:
    """Return whether botocore rejected a request for a reason other than a parameter's type."""
    return any(
        isinstance(error, ParamValidationError) and "Invalid type for parameter" not in str(error)
        for error in chain(outcome.error, hidden=True)
    )


def _events(case: Case) -> list[Any]:
    """Return the scripts in the scenario."""
    return [step for step in case.scenario.steps if step.verb in EVENTS]
