"""Compare two releases of the service model: what has changed, and what that means for a caller.

Requests, responses and errors of each operation are compared in both models. A change is recorded once,
where it was made, with all the operations that it affects: a new value of ``RegionName`` is one change of
120 operations. Names of shapes, documentation, and the order of members and enum values are ignored.

>>> changes = compare(load("botocore-1.26.8.whl"), load("botocore-1.26.9.whl"))  # doctest: +SKIP
>>> changes.updated_operations["UpdateContainerService"].request  # doctest: +SKIP
{'privateRegistryAccess': {'ecrImagePullerRole': {'isActive': 'boolean'}}}
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, NamedTuple

from ..exceptions import ConfigurationError, did_you_mean
from .bounds import DEEPEST, NUMBERS
from .service import EACH, KEY, ServiceModel, Shape


class Severity(str, Enum):
    """How a change affects a caller that was correct before."""

    COMPATIBLE = "compatible"
    """It works as before."""
    DANGEROUS = "dangerous"
    """It works unless it assumed that the contract would not grow."""
    BREAKING = "breaking"
    """It can stop working."""

    def at_least(self, other: Severity) -> bool:
        """Return whether it is at least as severe as the other."""
        return GRAVEST.index(self) <= GRAVEST.index(other)


GRAVEST = (Severity.BREAKING, Severity.DANGEROUS, Severity.COMPATIBLE)
"""The severities, most severe first."""


class Direction(str, Enum):
    """Where a change is found."""

    OPERATION = "operation"
    REQUEST = "request"
    RESPONSE = "response"
    ERROR = "error"


class Kind(str, Enum):
    """What has changed: the kinds by which Lightsail has changed, and those that break callers."""

    OPERATION_ADDED = "operation-added"
    OPERATION_REMOVED = "operation-removed"
    MEMBER_ADDED = "member-added"
    MEMBER_REMOVED = "member-removed"
    REQUIRED_ADDED = "required-added"
    TYPE_CHANGED = "type-changed"
    ENUM_VALUES_ADDED = "enum-values-added"
    ENUM_VALUES_REMOVED = "enum-values-removed"
    SENSITIVE_ADDED = "sensitive-added"
    ERROR_ADDED = "error-added"
    EXCEPTION_REMOVED = "exception-removed"
    OTHER = "other"
    """Anything else, such as a limit or a pattern; ``Change.name`` names it."""


class Verdict(NamedTuple):
    """The severity of a change, and the reason for it."""

    severity: Severity
    reason: str


def verdict(kind: Kind, direction: Direction) -> Verdict:
    """Return the severity of a change of that kind, with its reason.

    A caller writes requests, and reads responses and errors, so the same change may break the one and
    leave the other as it was.

    >>> verdict(Kind.ENUM_VALUES_ADDED, Direction.RESPONSE).severity
    <Severity.DANGEROUS: 'dangerous'>
    """
    if direction is Direction.REQUEST and kind in _IN_REQUESTS:
        return _IN_REQUESTS[kind]
    return _VERDICTS[kind]


_BREAKING, _DANGEROUS, _COMPATIBLE = GRAVEST
_VERDICTS = {
    Kind.OPERATION_ADDED: Verdict(_COMPATIBLE, "no caller uses it yet"),
    Kind.OPERATION_REMOVED: Verdict(_BREAKING, "the client has no such method"),
    Kind.MEMBER_ADDED: Verdict(_COMPATIBLE, "code that takes members by name does not notice it"),
    Kind.MEMBER_REMOVED: Verdict(_BREAKING, "code that reads it finds nothing"),
    Kind.REQUIRED_ADDED: Verdict(_COMPATIBLE, "it is always there from now on"),
    Kind.TYPE_CHANGED: Verdict(_BREAKING, "a value of the type it had before does not fit"),
    Kind.ENUM_VALUES_ADDED: Verdict(
        _DANGEROUS, "code that knows only the old values gets one it does not expect"
    ),
    Kind.ENUM_VALUES_REMOVED: Verdict(
        _COMPATIBLE, "every value that is returned could be returned before"
    ),
    Kind.SENSITIVE_ADDED: Verdict(_COMPATIBLE, "tools that know of it hide the value from now on"),
    Kind.ERROR_ADDED: Verdict(
        _DANGEROUS, "code that handles known errors by name does not handle this one"
    ),
    Kind.EXCEPTION_REMOVED: Verdict(_BREAKING, "client.exceptions no longer has it"),
    Kind.OTHER: Verdict(_DANGEROUS, "what it means depends on the caller: compare the two"),
}
_IN_REQUESTS = {
    Kind.MEMBER_ADDED: Verdict(_COMPATIBLE, "calls without it mean what they meant"),
    Kind.MEMBER_REMOVED: Verdict(_BREAKING, "botocore refuses calls that still pass it"),
    Kind.REQUIRED_ADDED: Verdict(_BREAKING, "calls that leave it out are refused"),
    Kind.ENUM_VALUES_ADDED: Verdict(_COMPATIBLE, "every value that was accepted still is"),
    Kind.ENUM_VALUES_REMOVED: Verdict(_BREAKING, "values that were accepted are refused"),
}


# --- what is compared, and what comes out --------------------------------------------------------

Value = str | int | float | tuple[str, ...] | None


@dataclass(frozen=True)
class Change:
    """One change, and what it means.

    Attributes:
        site: where it was made: a shape (``RegionName``), a member of one (``Container.image``), an
            operation, or an error; for one consumer, the path of what it uses.
        direction: what it is part of.
        kind: what has changed.
        severity: what it can do to a caller.
        reason: why it is of that severity.
        operations: those that it touches.
        old: what it was, where the kind does not say it.
        new: what it is.
        name: which trait has changed, where the kind does not say it.
        use: what the consumer does with the place, if it is a change for one consumer.
    """

    site: str
    direction: Direction
    kind: Kind
    severity: Severity
    reason: str
    operations: tuple[str, ...] = ()
    old: Value = None
    new: Value = None
    name: str = ""
    use: str = ""


def changed(site: str, direction: Direction, kind: Kind, **details: Any) -> Change:
    """Return a change, with what it means for any caller."""
    severity, reason = verdict(kind, direction)
    if site == "RegionName" and kind is Kind.ENUM_VALUES_ADDED:
        severity, reason = Severity.COMPATIBLE, "callers that use no new Region get none"
    return Change(site, direction, kind, **{"severity": severity, "reason": reason, **details})


def gravest_first(changes: Iterable[Change]) -> tuple[Change, ...]:
    """Return the changes in the order of reports."""

    def order(change: Change) -> tuple[object, ...]:
        rank = GRAVEST.index(change.severity), _DIRECTIONS.index(change.direction)
        return (*rank, change.site, change.kind.value, change.operations)

    return tuple(sorted(changes, key=order))


_DIRECTIONS = tuple(Direction)

Tree = str | dict[str, "Tree"]
"""Added members by name, down to the names of types; lists and maps are transparent."""


class Added(NamedTuple):
    """The members that were added to an operation; empty where something else has changed."""

    request: Tree
    response: Tree


@dataclass(frozen=True)
class ModelChanges:
    """All that differs between two models: by operation, and by change, the gravest first."""

    service: str
    old: str
    new: str
    new_operations: tuple[str, ...]
    removed_operations: tuple[str, ...]
    updated_operations: Mapping[str, Added]
    changes: tuple[Change, ...]


def compare(
    old: ServiceModel, new: ServiceModel, operations: Iterable[str] | None = None
) -> ModelChanges:
    """Return what differs between two models of one service.

    Args:
        old: the model that a caller was written against.
        new: the model that it is to work with.
        operations: names of the operations to compare, all if ``None``.

    Raises:
        ConfigurationError: neither model has an operation of that name, or they are too large or too
            deep to compare.
    """
    every = old.operations.keys() | new.operations.keys()
    chosen = every if operations is None else set(operations)
    for name in sorted(chosen - every):
        raise ConfigurationError(
            f"no operation {name!r} in either model{did_you_mean(name, every)}"
        )
    touched: dict[Change, list[str]] = defaultdict(list)
    updated: dict[str, Added] = {}
    comparison = _Comparison(old, new)
    for name in sorted(chosen):
        found, added = comparison.compare(name)
        for change in dict.fromkeys(found):
            touched[change].append(name)
        if found and name in old.operations.keys() & new.operations.keys():
            updated[name] = added
    return ModelChanges(
        service=str(new.metadata.get("serviceFullName", "")),
        old=old.label,
        new=new.label,
        new_operations=tuple(sorted(chosen - old.operations.keys())),
        removed_operations=tuple(sorted(chosen - new.operations.keys())),
        updated_operations=updated,
        changes=gravest_first(
            replace(change, operations=tuple(names)) for change, names in touched.items()
        ),
    )


# --- two shapes, whatever is in the shapes that they refer to -------------------------------------


def shape_changes(
    old: Shape, new: Shape, site: str, direction: Direction = Direction.REQUEST
) -> Iterator[Change]:
    """Yield all that differs between the two shapes themselves, members first.

    Args:
        old: the shape as it was.
        new: the shape as it is.
        site: where they are used: the place of what is not a change of a member.
        direction: what they are part of.
    """
    if old.type != new.type:
        yield changed(site, direction, Kind.TYPE_CHANGED, old=old.type, new=new.type)
        return
    for name in old.members.keys() - new.members.keys():
        yield changed(f"{old.name}.{name}", direction, Kind.MEMBER_REMOVED)
    for name, member in new.members.items():
        here, needed = f"{new.name}.{name}", name in new.required
        if name not in old.members:
            yield changed(here, direction, Kind.REQUIRED_ADDED if needed else Kind.MEMBER_ADDED)
        elif needed and name not in old.required:
            yield changed(here, direction, Kind.REQUIRED_ADDED)
        else:
            was, now = old.members[name].deprecated, member.deprecated
            yield from _other(here, direction, "required", name in old.required, needed)
            yield from _other(here, direction, "deprecated", was, now)
    if old.enum and new.enum:
        if added := tuple(value for value in new.enum if value not in old.enum):
            yield changed(site, direction, Kind.ENUM_VALUES_ADDED, new=added)
        if removed := tuple(value for value in old.enum if value not in new.enum):
            yield changed(site, direction, Kind.ENUM_VALUES_REMOVED, old=removed)
    else:
        yield from _other(site, direction, "enum", old.enum, new.enum)
    if new.sensitive and not old.sensitive:
        yield changed(site, direction, Kind.SENSITIVE_ADDED)
    else:
        yield from _other(site, direction, "sensitive", old.sensitive, new.sensitive)
    # A length is never below 0, so a minimum of 0 means what none means.
    least = [one.minimum if one.type in NUMBERS else one.minimum or None for one in (old, new)]
    yield from _other(site, direction, "minimum", *least)
    yield from _other(site, direction, "maximum", old.maximum, new.maximum)
    yield from _other(site, direction, "pattern", old.pattern, new.pattern)


def _other(site: str, direction: Direction, name: str, was: Any, now: Any) -> Iterator[Change]:
    """Yield the change of a trait that has no kind of its own, if it has changed."""
    if was != now:
        yield changed(site, direction, Kind.OTHER, name=name, old=_text(was), new=_text(now))


def _text(value: Any) -> Any:
    if value is None or value == ():
        return "none"
    return str(value).lower() if isinstance(value, bool) else value


# --- two models ----------------------------------------------------------------------------------

_MOST_STEPS = 200_000
"""Steps along members; all of Lightsail has some twenty thousand."""

_NOTHING = Shape(name="", type="structure")
"""Stands for the input or output of an operation that has none."""

_Pair = tuple[str | None, str | None]


class _Comparison:
    """Compares operations of two models."""

    def __init__(self, old: ServiceModel, new: ServiceModel) -> None:
        self._old, self._new, self._steps = old, new, 0
        self._found: list[Change] = []

    def compare(self, name: str) -> tuple[list[Change], Added]:
        """Return what has changed in an operation, and the trees of members that were added."""
        found = self._found = []
        was, now = self._old.operations.get(name), self._new.operations.get(name)
        if was is None or now is None:
            kind = Kind.OPERATION_ADDED if was is None else Kind.OPERATION_REMOVED
            return [changed(name, Direction.OPERATION, kind)], Added({}, {})
        found += _other(name, Direction.OPERATION, "deprecated", was.deprecated, now.deprecated)
        for error in sorted({*was.errors, *now.errors}):
            self._compare_error(error, known=error in was.errors, raised=error in now.errors)
        request = self._below(Direction.REQUEST, (was.input, now.input))
        return found, Added(request, self._below(Direction.RESPONSE, (was.output, now.output)))

    def _compare_error(self, error: str, *, known: bool, raised: bool) -> None:
        shape, direction = self._new.shapes.get(error), Direction.ERROR
        if not known:
            self._found.append(changed(error, direction, Kind.ERROR_ADDED))
        elif self._old.shapes[error].error and not (shape and shape.error):
            self._found.append(changed(error, direction, Kind.EXCEPTION_REMOVED))
        elif raised:
            self._below(direction, (error, error))
        else:
            gone = changed(error, direction, Kind.OTHER, old=ERROR_GONE, name="error")
            self._found.append(gone)

    def _below(
        self,
        direction: Direction,
        pair: _Pair,
        reference: str = "",
        above: tuple[_Pair, ...] = (),
    ) -> dict[str, Tree]:
        """Find every difference of two shapes and of those that they refer to.

        Return the members that were added, as AWS prints them: lists and maps are transparent.
        """
        self._step(len(above))
        was = _NOTHING if pair[0] is None else self._old.shapes[pair[0]]
        now = _NOTHING if pair[1] is None else self._new.shapes[pair[1]]
        if pair in above:
            return {}
        # Where another shape is referred to, the reference is what has changed.
        site = now.name if was.name == now.name else reference or now.name or was.name
        self._found += shape_changes(was, now, site, direction)
        if was.type != now.type:
            return {}
        above, tree = (*above, pair), {}
        for name, member in now.members.items():
            if name not in was.members:
                tree[name] = self._whole(member.shape, len(above), ())
                continue
            inner = was.members[name].shape, member.shape
            if added := self._below(direction, inner, f"{now.name}.{name}", above):
                tree[name] = added
        parts = {KEY: (was.key, now.key), EACH: (was.item or was.value, now.item or now.value)}
        for part, inner_pair in parts.items():
            if inner_pair[1] is not None:
                tree |= self._below(direction, inner_pair, f"{now.name}{part}", above)
        return tree

    def _whole(self, name: str, depth: int, above: tuple[str, ...]) -> Tree:
        """Return the tree of a shape; a shape that holds itself ends with its name."""
        self._step(depth)
        if name in above:
            return name
        shape, above = self._new.shapes[name], (*above, name)
        if inside := shape.item or shape.value:
            return self._whole(inside, depth + 1, above)
        if shape.type != "structure":
            return shape.type
        return {
            member: self._whole(target.shape, depth + 1, above)
            for member, target in shape.members.items()
        }

    def _step(self, depth: int) -> None:
        self._steps += 1
        if depth > DEEPEST:
            raise ConfigurationError(
                f"the models are more than {DEEPEST} levels deep; no request is as deep as that"
            )
        if self._steps > _MOST_STEPS:
            raise ConfigurationError(
                f"the models have too many places to compare: more than {_MOST_STEPS} steps along "
                "their shapes; choose some operations"
            )


ERROR_GONE = "an error of the operation"
"""What an error was that an operation no longer has."""
