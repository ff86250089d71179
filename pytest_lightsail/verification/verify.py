"""``verify_caller()``: search for bugs in a caller, and report the first one by name."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import hypothesis
from hypothesis import strategies as st

from ..accounts import generated
from ..exceptions import CallerFaultError, check_known
from ..options import OptionArguments
from ..simulation.handle import Lightsail, simulate
from ..simulator.scenario import Scenario
from ..strategies import Invalid
from .attempt import check_arguments
from .cases import MATCHED, SERVICES, USUAL_WORLDS, WORLDS, cases, matched, plainest
from .judge import Judge
from .oracle import Achieves
from .reports import FAULTS, ON_REQUEST, Report

if TYPE_CHECKING:
    from typing_extensions import Unpack

_IF_WAITING = {"returns-too-early", "ignores-failure", "reports-late"}
"""Faults that a caller with ``waits=False`` cannot have."""
_REPEATED = ("fails_in", "prepare", "achieves", "waits", "raises", "within", "without")
"""The arguments that the test in a finding repeats, apart from the options of the account."""


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
    """Run ``caller`` many times under simulated accounts, and fail at the first bug.

    First, the caller runs undisturbed in each of the ``worlds``. What the caller achieves there is
    its goal: the configuration of the service, its containers, and the type of the result. Next, the
    caller gets each class of valid and invalid input. Finally, things go wrong during the runs:
    deployments fail or never end, calls are throttled, responses are late or lost, or another
    client changes the service. If a generated example shows a bug, Hypothesis shrinks it to the
    simplest example that shows the bug.

    Args:
        caller: the code under test. The caller must return when its work is done, and raise an
            exception otherwise.
        arguments: the caller's keyword arguments, as values or as strategies for values. Any other
            parameter is given a strategy if its name is ``image``, ``port``, ``scale``, ``power``,
            ``service``, ``environment``, ``health_check`` or ``containers``, and its type hint
            allows it. If ``arguments`` is passed, parameters with a default are not given a
            strategy.
        invalid: strategies for invalid values of some arguments, such as
            ``strategies.invalid_health_checks()``. The caller itself must reject these values. For
            the parameters named above, it is enough to pass their names, as in ``{"scale"}``.
        service: the name of the container service that the caller works on.
        worlds: the states in which the caller finds the service: ``absent``, ``ready``, ``running``,
            ``disabled``, ``deploying``.
        fails_in: the worlds in which the caller must raise an exception and change nothing. An
            exception from botocore's validation of parameters is not enough.
        scenarios: a strategy for what may happen during a run. By default, common failures of each
            call are tried in every world, followed by ``strategies.scenarios``.
        prepare: a function that is called with the account before each run, for example to add
            images.
        achieves: the goal, as a function of the account and the arguments, such as ``runs()`` or
            ``scaled_to(2)``. The function returns whether the goal is achieved, and may raise an
            ``AssertionError`` instead of returning ``False``. By default, the goal is what the
            undisturbed run achieves.
        waits: whether the caller waits until its changes have completed.
        raises: the errors that the caller may raise to signal failure. By default, any error.
        within: the maximum duration of a run, in virtual seconds.
        without: the names of faults to ignore, such as ``unsafe-to-run-again``.
        also: the names of additional faults to look for: ``leaves-changed``, ``changes-again``,
            ``sets-only-at-creation``, ``misled-by-late-reads``, ``misled-by-lost-answers``,
            ``does-not-wait-its-turn``.
        all: whether to find all bugs, and report them in a table.
        examples: the number of runs, not counting those that only try an input. At least half of
            this number are generated examples.
        settings: Hypothesis settings to use instead of ``examples``.
        options: the options of ``simulate()``.

    Returns:
        A report on the runs, the rules that the input broke, and the faults that the caller survived.

    Raises:
        CallerFaultError: the caller has a bug, or made no call. The error's ``fault`` is the name
            of the bug, and its message describes the case.
        ConfigurationError: an argument is invalid, or the caller does not take the ``arguments``.

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
    passed, defaults = locals(), verify_caller.__kwdefaults__ or {}
    repeated = {name: passed[name] for name in _REPEATED if passed[name] != defaults[name]}
    repeated |= options
    options.setdefault("patience", within)
    options.setdefault("allow_unused", True)
    worlds = (worlds,) if isinstance(worlds, str) else tuple(worlds)
    check_known("verify_caller: unknown fault", (*without, *also), FAULTS)
    check_known("verify_caller: unknown world", worlds or ["none"], WORLDS)
    check_known("verify_caller: unknown world in `fails_in`", fails_in, worlds)
    by_name = matched(caller, arguments or {}, optional=arguments is None)
    given = {name: one.valid() for name, one in by_name.items()} | dict(arguments or {})
    if not isinstance(invalid, Mapping):
        missing = "There is no strategy for invalid values of"
        unknown = f"verify_caller: pass `invalid={{name: strategy}}`. {missing}"
        check_known(unknown, invalid or (), MATCHED)
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
        judge = Judge(
            caller,
            lightsail,
            plain=plainest(drawn),
            service=service,
            prepare=prepare,
            achieves=achieves,
            waits=waits,
            raises=raises,
            within=within,
            looked_for=FAULTS.keys() - (ON_REQUEST.keys() - set(also)) - ignored,
            all=all,
            repeated=repeated,
            report=report,
        )
        with suppress(CallerFaultError):  # without `all=True`, the first finding ends the runs
            judge.run_undisturbed(worlds, fails_in)
            if judge.sound:
                other = judge.try_valid(varied)
                judge.try_invalid(invalid)
                if scenarios is None:
                    scenarios = judge.try_classics(other)
                judge.try_drawn(cases(worlds, drawn, invalid, scenarios), settings, examples)
    if report.findings:
        raise report.findings[0].error(report)
    return report
