"""The verbs of scenarios as one table: what each takes, does, and says in English.

The arguments of events are those of ``script.EVENTS``, and the faults those of ``faults.FAULTS``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from ..exceptions import ConfigurationError
from ..model.edits import Edit
from ..model.lifecycle import PACES
from . import arguments
from .arguments import Argument, Read, as_given, read_arguments
from .expectation import NTH, TIMES
from .faults import FAULTS, Fault
from .script import EVENTS

if TYPE_CHECKING:
    from .account import Account


@dataclass(frozen=True, repr=False)
class Step:
    """One thing that is prepared: a verb and its arguments, defaults left out."""

    verb: str
    arguments: tuple[tuple[str, Any], ...] = ()

    @property
    def given(self) -> dict[str, Any]:
        """The arguments by name, as the handle takes them."""
        return {name: as_given(value) for name, value in self.arguments}

    def get(self, name: str) -> Any:
        """Return an argument; its default where it was left out."""
        return self.given.get(name, VERBS[self.verb].arguments[name].default)

    def __repr__(self) -> str:
        first = VERBS[self.verb].positional
        shown = (f"{'' if name in first else f'{name}='}{x!r}" for name, x in self.given.items())
        return f"{self.verb}({', '.join(shown)})"


class Verb(NamedTuple):
    """All there is to a verb.

    Attributes:
        arguments: in the order in which they are shown.
        play: does the same on an account as the handle does.
        words: what a step does, in English.
        positional: the arguments that come first, without their names.
        others: how arguments of any other name are read, where there may be some.
        check: refuses arguments that do not go together.
    """

    arguments: Mapping[str, Argument]
    play: Callable[[Account, dict[str, Any]], object]
    words: Callable[[Step], str]
    positional: tuple[str, ...] = ()
    others: Read | None = None
    check: Callable[[Step], object] = lambda _: None


def make_step(verb: str, given: Mapping[str, Any]) -> Step:
    """Make a step, its arguments checked, put in order, and those that say nothing left out."""
    entry = VERBS[verb]
    read = read_arguments(
        verb, entry.arguments, given, required=entry.positional, others=entry.others
    )
    step = Step(verb, tuple(read.items()))
    entry.check(step)
    return step


def _repeated(step: Step) -> str:
    times = step.get("times")
    if times == VERBS[step.verb].arguments["times"].default:
        return ""
    return " every time" if times is None else f" ×{times}"


# --- events ------------------------------------------------------------------------------------------


def _event(event: str) -> Verb:
    def play(account: Account, given: dict[str, Any]) -> None:
        getattr(account.script, event)(**given, optional=True)

    return Verb(EVENTS[event], play, _event_words)


def _event_words(step: Step) -> str:
    given, table = step.given, EVENTS[step.verb]
    said = [words(value) for name, value in given.items() if (words := table[name].words)]
    of = f" of {given['service']}" if "service" in given else ""
    return f"{step.verb}{of} {' and '.join(said) or 'as usual'}{_repeated(step)}"


# --- faults ------------------------------------------------------------------------------------------

_CALLS: Mapping[str, Argument] = {
    "operation": Argument(arguments.name),
    "service": Argument(arguments.name),
    "times": TIMES,
    "nth": NTH,
}


def _calls_in_words(step: Step) -> str:
    service = f" of {step.get('service')}" if step.get("service") else ""
    which = f" from call {step.get('nth')} on" if step.get("nth") > 1 else ""
    return f"{step.get('operation') or 'any call'}{service}{which}"


def _fault_of(given: dict[str, Any]) -> Fault:
    """Take a fault and its own arguments out of those of a step."""
    name = given.pop("name")
    own = {each: given.pop(each) for each in FAULTS[name].arguments if each in given}
    fault: Fault = getattr(Fault, name)(**own)
    return fault


def _lost_of(given: dict[str, Any]) -> Fault:
    by = given.pop("by", None)
    return Fault.answer_lost(by=None if by is None else _fault_of({"name": by}))


def _hits(made: Callable[[dict[str, Any]], Fault]) -> Callable[[Account, dict[str, Any]], None]:
    def play(account: Account, given: dict[str, Any]) -> None:
        account.faults.add(made(given), **given, optional=True)

    return play


def _fault_words(step: Step) -> str:
    given = step.given
    return (
        f"{_calls_in_words(step)} {FAULTS[given['name']].words.format_map(given)}{_repeated(step)}"
    )


def _lost_words(step: Step) -> str:
    by = f" by {step.get('by')}" if step.get("by") else ""
    return f"answer of {_calls_in_words(step)} lost{by}{_repeated(step)}"


def _check_fault(step: Step) -> None:
    """A fault has the arguments of its constructor, and no other's."""
    given, own = step.given, FAULTS[step.get("name")].arguments
    every = {argument for kind in FAULTS.values() for argument in kind.arguments}
    foreign = sorted((every & given.keys()) - set(own))
    if foreign:
        raise ConfigurationError(f"fault: {given['name']} has no {foreign[0]}")
    table = VERBS["fault"].arguments
    needed = [name for name in own if name not in given and table[name].default is None]
    if needed:
        raise ConfigurationError(f"fault: {given['name']} needs {needed[0]}=…")


# --- another client, pace and future -----------------------------------------------------------------


OTHER_CLIENT: Mapping[str, frozenset[str] | None] = {
    "creates": frozenset(),
    "deploys": frozenset({"image", "containers"}),
    "updates": None,
    "deletes": frozenset(),
}
"""What another client can do, and the members that its request can be given; ``None`` for those of the
operation."""


def _other_words(step: Step) -> str:
    given, when = step.given, ""
    if "after" in given:
        when = f" after {given['after']:g} s"
    elif "before" in given:
        call = f"call {given['nth']} of " if "nth" in given else ""
        when = f" before {call}{given['before']}"
    return f"another client {given['verb']} {given['service']}{when}"


def _check_other(step: Step) -> None:
    given = step.given
    if "after" in given and "before" in given:
        raise ConfigurationError("another_client: after some time or before a call, not both")
    if "nth" in given and "before" not in given:
        raise ConfigurationError("another_client: nth counts the calls of before=…")
    taken = OTHER_CLIENT[given["verb"]]
    others = given.keys() - {"verb", "service", "after", "before", "nth", "region"}
    if taken is not None and others - taken:
        foreign = ", ".join(sorted(others - taken))
        raise ConfigurationError(f"another_client: {given['verb']} takes no {foreign}")
    if "image" in given and (taken is None or "containers" in given):
        raise ConfigurationError("another_client: image is for deploys, without containers")


def _edit(step: Step) -> Edit:
    return Edit(*(step.get(name) for name in ("at", "becomes", "gains", "lacks")))


VERBS: Mapping[str, Verb] = {
    **{event: _event(event) for event in EVENTS},
    "fault": Verb(
        {
            "name": Argument(arguments.one_of(FAULTS)),
            "seconds": Argument(arguments.seconds),
            "code": Argument(arguments.name),
            "message": Argument(arguments.text, ""),
            **_CALLS,
        },
        play=_hits(_fault_of),
        words=_fault_words,
        positional=("name",),
        check=_check_fault,
    ),
    "answer_lost": Verb(
        {
            "by": Argument(
                arguments.one_of([name for name, kind in FAULTS.items() if not kind.arguments])
            ),
            **_CALLS,
        },
        play=_hits(_lost_of),
        words=_lost_words,
    ),
    "another_client": Verb(
        {
            "verb": Argument(arguments.one_of(OTHER_CLIENT)),
            "service": Argument(arguments.name),
            "image": Argument(arguments.text),
            "after": Argument(arguments.seconds),
            "before": Argument(arguments.name),
            "nth": NTH,
            "region": Argument(arguments.name),
        },
        play=lambda account, given: getattr(account.another_client, given.pop("verb"))(
            **given, optional=True
        ),
        words=_other_words,
        positional=("verb", "service"),
        others=arguments.document,
        check=_check_other,
    ),
    "pace": Verb(
        {"name": Argument(arguments.one_of(PACES))},
        play=lambda account, given: account.script.preset(given["name"]),
        words=lambda step: f"pace {step.get('name')}",
        positional=("name",),
    ),
    "future": Verb(
        {
            "operation": Argument(arguments.name),
            "at": Argument(arguments.text, ""),
            "becomes": Argument(arguments.document),
            "gains": Argument(arguments.members),
            "lacks": Argument(arguments.name),
            "service": Argument(arguments.name),
            "times": Argument(arguments.times),
            "nth": NTH,
        },
        play=lambda account, given: account.future(**given, optional=True),
        words=lambda step: f"{_calls_in_words(step)}: {_edit(step)}{_repeated(step)}",
        positional=("operation",),
        check=_edit,
    ),
}
"""Every verb that a step can have."""
