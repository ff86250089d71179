"""``verify_caller()``: try a caller under all that the service may do, and name its first fault."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any

import hypothesis
from hypothesis import strategies as st

from ..exceptions import ConfigurationError
from ..observers import generated
from ..options import OptionArguments, Options
from ..simulation.handle import Lightsail
from ..simulator.scenario import Scenario
from ..strategies import Invalid
from ..wording import did_you_mean
from .attempt import Outcome, Verdict, check_arguments
from .cases import USUAL_WORLDS, WORLDS
from .inputs import SERVICES, invalid_by_name, matched
from .oracle import Achieves
from .phases import Verification
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
            ``changes-again``, ``misled-by-late-reads``, ``misled-by-lost-answers``,
            ``does-not-wait-its-turn``.
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
    verification = Verification(
        caller,
        service=service,
        worlds=known,
        fails_in=fails_in,
        looked_for=looked_for,
        asked=frozenset(also),
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
