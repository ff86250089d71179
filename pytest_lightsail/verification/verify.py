"""``verify_caller()``: try a caller under all that the service may do, and name its first fault."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import hypothesis
from hypothesis import HealthCheck, Phase
from hypothesis import strategies as st

from ..accounts import generated
from ..exceptions import ConfigurationError, did_you_mean, plural
from ..model.catalogue import rule
from ..model.rule import Kind
from ..options import OptionArguments, Options
from ..simulation.handle import Lightsail
from ..simulator.history import Call
from ..simulator.scenario import Scenario
from ..strategies import Invalid
from . import oracle
from .attempt import Outcome, Verdict, check_arguments
from .cases import AT_ONCE, USUAL_WORLDS, WORLDS, Case, borne, cases, classics, on_request, usual
from .inputs import SERVICES, edges, invalid_by_name, matched, plainest, valid_classes
from .judge import Judge
from .oracle import Achieves, Goal, Run
from .reports import FAULTS, Report

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = ["Report", "checks", "verify_caller"]

_WITHIN = 3600.0
_POLLS_PER_MINUTE = 30
_REPORTS_WITHIN = 300.0

_IF_WAITING = {"returns-too-early", "ignores-failure", "misses-old-version", "reports-late"}
"""What a caller that does not wait cannot know, or does not do."""


def checks(
    within: float = _WITHIN, polls_per_minute: int = _POLLS_PER_MINUTE
) -> dict[str, Callable[[Outcome], Verdict]]:
    """Return the check for each fault of a single run, in the order in which they are reported."""
    return {
        "never-ends": lambda outcome: outcome.finished_within(seconds=within),
        "crashes": Outcome.raised_no_mistake,
        "lets-invalid-through": Outcome.keeps_the_contract,
        "returns-too-early": Outcome.is_settled,
        "ignores-failure": lambda outcome: outcome.noticed_failure(running=False),
        "misses-old-version": lambda outcome: outcome.noticed_failure(running=True),
        "swallows-errors": Outcome.reported_errors,
        "retries-in-vain": Outcome.retried_only_what_can_succeed,
        "polls-too-fast": lambda outcome: outcome.polled_at_most(polls_per_minute),
        "prints-secrets": lambda outcome: outcome.printed_no_secret(),
        "leaves-half-made": Outcome.left_nothing_half_made,
    }


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
    within: float = _WITHIN,
    polls_per_minute: int = _POLLS_PER_MINUTE,
    reports_within: float = _REPORTS_WITHIN,
    without: Collection[str] = (),
    also: Collection[str] = (),
    all: bool = False,  # noqa: A002 - nothing else says it as well
    examples: int = 200,
    settings: hypothesis.settings | None = None,
    **options: Unpack[OptionArguments],
) -> Report:
    """Run ``caller`` many times under simulated accounts, and fail with its first fault.

    First it runs undisturbed in each of the ``worlds``. What it achieves there is its goal: the service's
    configuration, what runs, and the kind of its result. Then it is given each class of valid input, and
    each of invalid input. Then something happens meanwhile: deployments fail or never end, calls are
    throttled, answers are late or get lost, another client changes the service. Hypothesis shrinks the
    fault that is found in drawn examples to the plainest one.

    Args:
        caller: the code under test. It must return when its work is done, and raise otherwise.
        arguments: its keyword arguments; values, or strategies for values. Parameters that are left out
            get a strategy by their names, if these and their type hints leave no doubt: ``image``,
            ``port``, ``scale``, ``power``, ``service``, ``environment``, ``health_check`` and
            ``containers``; those with a default only if ``arguments`` is left out altogether.
        invalid: for some of them, strategies for invalid ones, such as
            ``strategies.invalid_health_checks()``; the caller must refuse those by itself. For the names
            above a set of names is enough: ``{"scale"}``.
        service: the container service that the caller works on.
        worlds: what it may find: ``absent``, ``ready``, ``running``, ``disabled``, ``deploying``.
        fails_in: the worlds in which it must raise, and leave all as it is.
        scenarios: what may happen. If left out: first, in every world, failures, what never ends, what
            is slow, throttling and lost answers of each call that the caller makes; then
            ``strategies.scenarios`` of all kinds.
        prepare: called with the account before each run, to put certificates or images into it.
        achieves: what a run that returned has achieved, instead of what the undisturbed one has: a
            function of the account and the arguments, such as ``runs()`` or ``scaled_to(2)``, that
            returns true, or raises an ``AssertionError``.
        waits: whether the caller waits until what it began has ended.
        raises: the errors by which the caller reports that its work did not succeed; any if left out.
        within: virtual seconds within which the caller must end, either way.
        polls_per_minute: how often it may read the state of a service, or try a change, within a virtual
            minute.
        reports_within: virtual seconds after the last change within which it must end.
        without: names of faults to ignore, such as ``unsafe-to-run-again``.
        also: names of faults to look for on request: ``leaves-half-made``, ``leaves-changed``,
            ``changes-again``, ``sets-only-at-creation``, ``misled-by-late-reads``,
            ``misled-by-lost-answers``, ``does-not-wait-its-turn``.
        all: look for all faults, and report them as a table.
        examples: how many examples are generated, besides the fixed ones of input and failures.
        settings: Hypothesis' settings; ``examples`` has no effect then.
        options: those of ``simulate()``.

    Returns:
        What has been tried: rules broken, states seen, faults survived.

    Raises:
        CallerFaultError: the caller has a fault, or made no call in any run; its ``fault`` is the name,
            its text the whole story.
        ConfigurationError: an argument has a value that it cannot have, or the caller does not take the
            ``arguments``.

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
    __tracebackhide__ = True
    options.setdefault("patience", within)
    options.setdefault("allow_unused", True)
    _check_names("faults", {*without, *also}, FAULTS)
    asked = {name for name, fault in FAULTS.items() if not fault.on_request or name in also}
    looked_for = asked - set(without) - (set() if waits else _IF_WAITING)
    known = (worlds,) if isinstance(worlds, str) else tuple(worlds)
    _check_names("worlds", known or ("none",), WORLDS)
    if unknown := sorted(set(fails_in) - set(known)):
        raise ConfigurationError(f"verify_caller: fails_in: {unknown[0]} is not one of the worlds")
    by_name = matched(caller, arguments or {}, optional=arguments is None)
    valid: dict[str, Any] = {
        **{
            name: st.just(service) if name in SERVICES else meaning.valid()
            for name, meaning in by_name.items()
        },
        **(arguments or {}),
    }
    wrong = invalid if isinstance(invalid, Mapping) else invalid_by_name(invalid or ())
    check_arguments("verify_caller: arguments", caller, (), valid)
    check_arguments("verify_caller: invalid", caller, (), {**valid, **wrong})
    verification = _Verification(
        caller,
        service=service,
        worlds=known,
        fails_in=fails_in,
        looked_for=looked_for,
        without=frozenset(without),
        checks={
            name: check
            for name, check in checks(within, polls_per_minute).items()
            if name in looked_for
        },
        prepare=prepare,
        achieves=achieves,
        waits=waits,
        raises=raises if isinstance(raises, tuple) else (raises,),
        polls_per_minute=polls_per_minute,
        reports_within=reports_within,
        optional=by_name.keys() - matched(caller, arguments or {}, optional=False).keys(),
        every=all,
        options=Options(**options),
    )
    verification.report.matched += [
        f"{name}: {'the service' if name in SERVICES else 'strategies for ' + name}"
        for name in by_name
    ]
    strategies = {
        name: value if isinstance(value, st.SearchStrategy) else st.just(value)
        for name, value in valid.items()
    }
    varied = {
        name: value for name, value in valid.items() if isinstance(value, st.SearchStrategy)
    } | {name: meaning.valid() for name, meaning in by_name.items() if name in SERVICES}
    with generated():
        verification.run(
            strategies, varied, wrong, scenarios=scenarios, settings=settings, examples=examples
        )
    return verification.report


def _check_names(what: str, given: Collection[str], known: Collection[str]) -> None:
    unknown = [name for name in given if name not in known]
    if unknown:
        raise ConfigurationError(
            f"verify_caller: unknown {what}: {', '.join(unknown)}; expected some of "
            f"{', '.join(known)}{did_you_mean(unknown[0], known)}"
        )


_TURN = "does-not-wait-its-turn"
_ROUNDS = 6
"""The most findings in drawn examples that ``all=True`` reports."""


class _Verification(Judge):
    """The runs of one caller, in the order in which they are made."""

    def run(
        self,
        arguments: Mapping[str, st.SearchStrategy[Any]],
        varied: Mapping[str, st.SearchStrategy[Any]],
        invalid: Mapping[str, st.SearchStrategy[Invalid]],
        *,
        scenarios: st.SearchStrategy[Scenario] | None,
        settings: hypothesis.settings | None,
        examples: int,
    ) -> None:
        """Try all phases until one shows a fault.

        Raises:
            CallerFaultError: one shows a fault, or the caller has never returned or made no call.
        """
        __tracebackhide__ = True
        self._handle.start()
        try:
            given = st.fixed_dictionaries(dict(arguments))
            plain = plainest(given)
            if self._run_undisturbed(plain):
                other = self._try_input(plain, varied, invalid)
                if scenarios is None:
                    self._try_classics(plain, other)
                    used = map(self._used, self._sound_worlds)
                    scenarios = usual(self.service, set().union(*used))
                left = max(examples - self.report.runs, examples // 2, 1)
                drawn = cases(self.worlds, given, invalid, scenarios, secrets=self._secrets)
                self._test(drawn, settings or hypothesis.settings(max_examples=left))
        finally:
            self._handle.stop()
        if self.report.findings:
            raise self.report.findings[0].error(self.report)

    @property
    def _sound(self) -> list[Run]:
        """The undisturbed runs that returned."""
        return [run for run in self._undisturbed.values() if run.outcome.succeeded]

    @property
    def _sound_worlds(self) -> list[str]:
        return [world for world, run in self._undisturbed.items() if run.outcome.succeeded]

    # --- nothing happens ---

    def _run_undisturbed(self, plain: dict[str, Any]) -> bool:
        """Run it undisturbed in each world; whether there is more to be tried."""
        __tracebackhide__ = True
        for world in self.worlds:
            case = self._case(world, plain)
            run = self._undisturbed[world] = self._run(case)
            self.report.add(case, run.outcome)
            with self._collecting():
                self._raise("returns-unfinished", oracle.unfinished(run.outcome.result), case)
                self._check_single(run, case)
        with self._collecting():
            self._check_that_it_works(plain)
        for world, run in self._undisturbed.items():
            for fault, words in self._oddities(run, plain):
                if words and self._looks_for(fault):
                    with self._collecting():
                        self._raise_again(fault, words, self._case(world, plain))
        with self._collecting():
            self._raise("returns-wrong-version", oracle.wrong_version(self._sound), None)
        if not self._sound_worlds:
            return not self.report.findings and not self._reached_the_account
        for world in self._sound_worlds:
            self._at_once = AT_ONCE
            again = self._run(self._case(world, plain, scenario=AT_ONCE))
            if not again.outcome.succeeded:  # it needs the time that things take
                self._at_once = Scenario()
                again = self._run(self._case(world, plain))
            first = self._undisturbed[world]
            names = {*first.after, *again.after}
            volatile = {name for name in names if first.after.get(name) != again.after.get(name)}
            self._goals[world, repr(plain)] = Goal(
                first, frozenset(volatile), oracle.versioned(self._sound)
            )
        for world in self._sound_worlds:
            case = self._case(world, plain, counts=False)
            with self._collecting():
                run = self._try(case)
            if self._looks_for("changes-again"):
                with self._collecting():
                    run = self._run(case)
                    words = oracle.changed_again(run, run.outcome.run_again())
                    self._raise("changes-again", words, case)
        return True

    def _check_that_it_works(self, plain: dict[str, Any]) -> None:
        __tracebackhide__ = True
        if not self._reached_the_account:
            words = (
                f"none of its {plural(len(self.worlds), 'run')} has reached the account, so nothing is "
                "known of it. Does it use a client that was replaced, or do nothing for these "
                "arguments? If that is right, pass `without={'makes-no-call'}`"
            )
            errors = [run.outcome.error for run in self._undisturbed.values()]
            if None in errors:
                self._raise("makes-no-call", words, None)
        failed = {
            world: run.outcome.error
            for world, run in self._undisturbed.items()
            if run.outcome.error is not None and world not in self.fails_in
        }
        for world in self.fails_in:
            run = self._undisturbed[world]
            case = self._case(world, plain)
            if run.outcome.succeeded:
                self._raise("fails-undisturbed", "it returned in a world of `fails_in`", case)
            elif run.after != run.before:
                self._raise("changes-too-much", "it raised, and changed the account", case)
        if not failed:
            return
        world, error = next(iter(failed.items()))
        said = f"{type(error).__name__}: {error}"
        case = self._case(world, plain)
        if len(failed) == len(self.worlds):
            words = f"it raises in every world although nothing happens; the first time {said}"
            self._raise_again("never-succeeds", words, case)
        self._raise_again(
            "fails-undisturbed",
            f"it raises in the world {world!r} although nothing happens: {said}. If that is right, pass "
            f"`fails_in={{{world!r}}}`, or other `worlds`",
            case,
        )

    def _oddities(self, run: Run, plain: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
        yield "works-elsewhere", oracle.elsewhere(run, plain)
        yield "makes-twice", oracle.repeated(run)
        yield "takes-a-detour", oracle.detour(run)
        yield "reports-late", oracle.late(run, self.reports_within)
        if run.outcome.succeeded:
            yield "closes-endpoint", oracle.closed(run)

    # --- input ---

    def _try_input(
        self,
        plain: dict[str, Any],
        varied: Mapping[str, st.SearchStrategy[Any]],
        invalid: Mapping[str, st.SearchStrategy[Invalid]],
    ) -> dict[str, Any]:
        """Try the classes of every argument; returns other arguments than the plainest."""
        __tracebackhide__ = True
        worlds, other = self._sound_worlds, dict(plain)
        for name, strategy in varied.items() if worlds else ():
            tried: list[tuple[Case, Run]] = []
            for number, (words, value) in enumerate(valid_classes(strategy)):
                if repr(value) == repr(plain[name]):
                    continue
                if name not in SERVICES and other[name] == plain[name]:
                    other[name] = value
                self.report.valid[name] += 1
                world, said = worlds[number % len(worlds)], f"{name}={value!r}, {words}"
                with self._collecting():
                    tried.append(self._try_valid(world, {**plain, name: value}, said))
            with self._collecting():
                self._check_that_it_hears(name, plain[name], tried)
            if name in self.optional and name not in SERVICES:
                fewer = {each: value for each, value in plain.items() if each != name}
                with self._collecting():
                    self._try_valid(worlds[0], fewer, f"{name} left out")
        self._check_image(plain)
        for name, wrong in invalid.items() if worlds else ():
            for edge in edges(wrong):
                with self._collecting():
                    self._try_edge({**plain, name: edge.value}, edge)
        return other

    def _try_valid(self, world: str, arguments: Mapping[str, Any], said: str) -> tuple[Case, Run]:
        __tracebackhide__ = True
        more: Any = {"scenario": self._at_once, "bears": "refuses-valid-input", "counts": False}
        case = self._case(world, arguments, said=said, **more)
        return case, self._try(case)

    def _try_edge(self, arguments: dict[str, Any], edge: Invalid) -> None:
        """Try an invalid value in a world, and where a service exists if the caller asks AWS first."""
        __tracebackhide__ = True
        worlds = self._sound_worlds
        for world in worlds[: 2 if worlds[0] == "absent" else 1]:
            case = self._case(world, arguments, scenario=self._at_once, invalid=edge, counts=False)
            if not self._try(case).calls:
                return

    def _check_that_it_hears(self, name: str, was: Any, tried: list[tuple[Case, Run]]) -> None:
        """Check that other values of an argument lead to other requests, wherever it is sent at all."""
        __tracebackhide__ = True
        usual = {world: run.sent for world, run in self._undisturbed.items()}
        carriers = set()
        for case, run in tried:
            now = str(case.arguments[name])
            carriers |= {
                member
                for member, text in run.sent
                if text == now and (member, str(was)) in usual[case.world]
            }
        updated = {
            member
            for run in [*self._undisturbed.values(), *(run for _, run in tried)]
            for member in run.updated
        }
        for case, run in tried:
            now = case.arguments[name]
            is_plain = isinstance(now, str) or type(now) is int
            if not is_plain or not run.outcome.succeeded:
                continue
            for member in carriers:
                found = run.after.get(f"{run.service}: {member}", now)
                if found != now:
                    fault = "deaf-to-argument" if member in updated else "sets-only-at-creation"
                    words = f"it was given {name}={now!r}, and left {member} at {found!r}"
                    self._raise_again(fault, words, case)
            for member in carriers:
                sends_it = any(each == member for each, _ in run.sent)
                if sends_it and str(now) not in {text for _, text in run.sent}:
                    words = (
                        f"it was given {name}={now!r}, and sent something else as {member or name}"
                    )
                    self._raise_again("deaf-to-argument", words, case)
        heard = any(run.writes != self._undisturbed[case.world].writes for case, run in tried)
        if tried and not heard and self._looks_for("deaf-to-argument"):
            self._try_again_to_be_heard(name, {**tried[-1][0].arguments, name: was}, tried[-1][0])

    def _try_again_to_be_heard(self, name: str, plain: Mapping[str, Any], last: Case) -> None:
        for world in {*USUAL_WORLDS, *self._sound_worlds}:
            # It may be for the creation alone, in a world that the test has left out.
            first = self._run(replace(last, world=world, arguments=plain))
            if self._run(replace(last, world=world)).writes != first.writes:
                return
        words = (
            f"its requests are the same for every {name}. If that is right, pass "
            "`without={'deaf-to-argument'}`"
        )
        self._raise("deaf-to-argument", words, last)

    def _check_image(self, plain: Mapping[str, Any]) -> None:
        image = plain.get("image")
        deployed = {one for run in self._sound for one in run.images}
        if isinstance(image, str) and deployed and not any(image in one for one in deployed):
            case = self._case(self._sound_worlds[0], plain)
            with self._collecting():
                words = f"it was given image={image!r}, and deployed {', '.join(sorted(deployed))}"
                self._raise("deaf-to-argument", words, case)

    # --- what must be borne, and what must be noticed ---

    def _try_classics(self, plain: dict[str, Any], other: dict[str, Any]) -> None:
        __tracebackhide__ = True
        for world, run in self._undisturbed.items():
            for case in classics(self.service, world, run.calls, plain, other):
                with self._collecting():
                    self._try(replace(case, secrets=self._secrets))
        for world in self._sound_worlds:
            for fault, whole, parts in borne(self._used(world)):
                with self._collecting():
                    self._bear(self._case(world, plain, scenario=whole, bears=fault), parts)
        self._try_on_request(plain)

    def _try_on_request(self, plain: dict[str, Any]) -> None:
        """Try what a caller may bear or report; but where it bears one, it must bear the other."""
        __tracebackhide__ = True
        ended: dict[tuple[str, bool], Case] = {}
        for world in self._sound_worlds:
            for fault, scenario in on_request(self.service, self._used(world)):
                bears = fault if self._looks_for(fault) else ""
                if fault == "misled-by-lost-answers" and not bears:
                    continue  # the classics have them
                case = self._case(world, plain, scenario=scenario, bears=bears)
                with self._collecting():
                    run = self._try(case)
                    if run.outcome.error is not None and str(scenario) not in self.report.not_borne:
                        self.report.not_borne.append(str(scenario))
                    if fault != _TURN or any(_was_busy(call) for call in run.calls):
                        ended.setdefault((fault, run.outcome.succeeded), case)
        for fault in sorted({_TURN, "misled-by-late-reads"} - self.without):
            bears_in, raises_in = ended.get((fault, True)), ended.get((fault, False))
            if bears_in is not None and raises_in is not None:
                self.looked_for.add(fault)
                place = f"{self.service} is {bears_in.world}: {bears_in.scenario}"
                with self._collecting():
                    self._raise_again(fault, f"it raises, but bears it where {place}", raises_in)

    def _used(self, world: str) -> set[str]:
        """Return the operations that the caller uses in a world if nothing happens."""
        return {call.operation for call in self._undisturbed[world].calls}

    def _bear(self, case: Case, parts: Iterable[Scenario]) -> None:
        """Try all required scenarios at once, and one by one only if that fails."""
        __tracebackhide__ = True
        run = self._run(case)
        if run.outcome.error is not None:
            for part in parts:
                self._try(replace(case, scenario=part))
            run = self._run(case)
        self._judge(run, case)

    # --- drawn examples ---

    def _test(self, drawn: st.SearchStrategy[Case], settings: hypothesis.settings) -> None:
        """Run a Hypothesis test of drawn cases."""
        __tracebackhide__ = True

        def example(case: Case) -> None:
            self._try(case)

        # Hypothesis keeps failing examples by the name of their test.
        example.__name__ = re.sub(r"\W", "_", f"verify_{self._name}_of_{self.caller.__module__}")
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
        for _ in range(_ROUNDS if self.every else 1):
            known = len(self.report.findings)
            with self._collecting():
                settings(hypothesis.given(case=drawn)(example))()
            if len(self.report.findings) == known:
                return


def _was_busy(call: Call) -> bool:
    """Return whether a call was refused because another change is in progress."""
    return call.rule is not None and call.fault is None and rule(call.rule).kind is Kind.STATE
