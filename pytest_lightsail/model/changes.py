"""Compare two releases of the service model: what has changed, and what that means for a caller.

Requests, responses and errors of each operation are compared in both models. A change is recorded once,
where it was made, with all the operations that it touches: a new value of ``RegionName`` is one change of
120 operations. Names of shapes, the order of members and of enum values, and documentation do not count.

>>> changes = compare(load("botocore-1.26.8.whl"), load("botocore-1.26.9.whl"))  # doctest: +SKIP
>>> changes.updated_operations["UpdateContainerService"].request  # doctest: +SKIP
{'privateRegistryAccess': {'ecrImagePullerRole': {'isActive': 'boolean'}}}
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, NamedTuple

from ..exceptions import ConfigurationError
from ..wording import did_you_mean
from .bounds import DEEPEST, NUMBERS
from .service import EACH, KEY, ServiceModel, Shape


class Severity(str, Enum):
    """What can happen to a caller that was correct before."""

    COMPATIBLE = "compatible"
    """It works as before."""
    DANGEROUS = "dangerous"
    """It works unless it assumed that what it knew was all there is."""
    BREAKING = "breaking"
    """It can stop working."""

    def at_least(self, other: Severity) -> bool:
        """Return whether it is as grave as the other, or graver."""
        return GRAVEST.index(self) <= GRAVEST.index(other)


GRAVEST = (Severity.BREAKING, Severity.DANGEROUS, Severity.COMPATIBLE)
"""The severities, the gravest first."""


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
    DEPRECATED = "deprecated"
    ERROR_ADDED = "error-added"
    EXCEPTION_REMOVED = "exception-removed"
    OTHER = "other"
    """Anything else, such as a limit or a pattern; the finding names it."""


class Verdict(NamedTuple):
    """The severity of a change, and the reason for it."""

    severity: Severity
    reason: str


def verdict(kind: Kind, direction: Direction) -> Verdict:
    """Return what a change of that kind means there.

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
    Kind.DEPRECATED: Verdict(_COMPATIBLE, "it still works, though AWS advises against its use"),
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
class Finding:
    """One difference: of a member of a structure, or else of the shape as such.

    Attributes:
        kind: what has changed.
        member: the member that it is about.
        old: what it was, where the kind does not say it.
        new: what it is.
        name: which trait it is, where the kind does not say it.
    """

    kind: Kind
    member: str | None = None
    old: Value = None
    new: Value = None
    name: str = ""


@dataclass(frozen=True)
class Change:
    """One change, and what it means.

    Attributes:
        site: where it was made: a shape (``RegionName``), a member of one (``Container.image``), an
            operation, or an error; for one consumer, the path of what it uses.
        direction: what it is part of.
        finding: what has changed.
        severity: what it can do to a caller.
        reason: why it is of that severity.
        operations: those that it touches.
        use: what the consumer does with the place, if it is a change for one consumer.
    """

    site: str
    direction: Direction
    finding: Finding
    severity: Severity
    reason: str
    operations: tuple[str, ...]
    use: str = ""

    @property
    def kind(self) -> Kind:
        """What has changed."""
        return self.finding.kind


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
    touched: dict[tuple[str, Direction, Finding], list[str]] = defaultdict(list)
    for name in sorted(chosen):
        for each in dict.fromkeys(_changes_of(name, old, new)):
            touched[each].append(name)
    changes = gravest_first(_judged(*each, tuple(names)) for each, names in touched.items())
    updated = {name for change in changes for name in change.operations}
    trees = _Trees(old, new)
    return ModelChanges(
        service=str(new.metadata.get("serviceFullName", "")),
        old=old.label,
        new=new.label,
        new_operations=tuple(sorted(chosen - old.operations.keys())),
        removed_operations=tuple(sorted(chosen - new.operations.keys())),
        updated_operations={
            name: trees.of(name)
            for name in sorted(updated & old.operations.keys() & new.operations.keys())
        },
        changes=changes,
    )


def _judged(
    site: str, direction: Direction, finding: Finding, operations: tuple[str, ...]
) -> Change:
    severity, reason = verdict(finding.kind, direction)
    if site == "RegionName" and finding.kind is Kind.ENUM_VALUES_ADDED:
        severity, reason = Severity.COMPATIBLE, "callers that use no new Region get none"
    return Change(site, direction, finding, severity, reason, operations)


# --- two shapes, whatever is in the shapes that they refer to -------------------------------------

_TRAITS = ("enum", "minimum", "maximum", "pattern", "sensitive")
_TURNED_ON = {"sensitive": Kind.SENSITIVE_ADDED, "deprecated": Kind.DEPRECATED}


def shape_changes(old: Shape, new: Shape) -> tuple[Finding, ...]:
    """Return all that differs between the two shapes themselves, members first."""
    if old.type != new.type:
        return (Finding(Kind.TYPE_CHANGED, old=old.type, new=new.type),)
    return (*_members(old, new), *_traits(old, new, _TRAITS))


def _members(old: Shape, new: Shape) -> Iterator[Finding]:
    for name in old.members.keys() - new.members.keys():
        yield Finding(Kind.MEMBER_REMOVED, name)
    for name in new.members.keys() - old.members.keys():
        kind = Kind.REQUIRED_ADDED if name in new.required else Kind.MEMBER_ADDED
        yield Finding(kind, name)
    for name in old.members.keys() & new.members.keys():
        if name in new.required and name not in old.required:
            yield Finding(Kind.REQUIRED_ADDED, name)
        elif name in old.required and name not in new.required:
            yield Finding(Kind.OTHER, name, "true", "false", name="required")
        yield from _traits(old.members[name], new.members[name], ("deprecated",), name)


def _traits(
    old: object, new: object, names: Iterable[str], member: str | None = None
) -> Iterator[Finding]:
    for name in names:
        was, now = _trait(old, name), _trait(new, name)
        if name == "enum" and was and now:
            if added := tuple(value for value in now if value not in was):
                yield Finding(Kind.ENUM_VALUES_ADDED, new=added)
            if removed := tuple(value for value in was if value not in now):
                yield Finding(Kind.ENUM_VALUES_REMOVED, old=removed)
        elif was != now and now and name in _TURNED_ON:
            yield Finding(_TURNED_ON[name], member)
        elif was != now:
            yield Finding(Kind.OTHER, member, _text(was), _text(now), name)


def _trait(thing: object, name: str) -> Any:
    value = getattr(thing, name)
    # A length is never below 0, so a minimum of 0 means what none means.
    says_nothing = isinstance(thing, Shape) and name == "minimum" and thing.type not in NUMBERS
    return value or None if says_nothing else value


def _text(value: Any) -> Any:
    if value is None or value == ():
        return "none"
    return str(value).lower() if isinstance(value, bool) else value


# --- two models ----------------------------------------------------------------------------------

_MOST_STEPS = 200_000
"""Steps along members; all of Lightsail has some eleven thousand."""

_NOTHING = Shape(name="", type="structure")
"""Stands for the input or output of an operation that has none."""

_Pair = tuple[str | None, str | None]


def _changes_of(
    name: str, old: ServiceModel, new: ServiceModel
) -> Iterator[tuple[str, Direction, Finding]]:
    """Yield what has changed in an operation: where it was made, and what it is."""
    was, now = old.operations.get(name), new.operations.get(name)
    if was is None or now is None:
        kind = Kind.OPERATION_ADDED if was is None else Kind.OPERATION_REMOVED
        yield name, Direction.OPERATION, Finding(kind)
        return
    for finding in _traits(was, now, ("deprecated",)):
        yield name, Direction.OPERATION, finding
    pairs = [
        (Direction.REQUEST, (was.input, now.input)),
        (Direction.RESPONSE, (was.output, now.output)),
    ]
    for error in sorted({*was.errors, *now.errors}):
        shape = new.shapes.get(error)
        if error not in was.errors:
            yield error, Direction.ERROR, Finding(Kind.ERROR_ADDED)
        elif old.shapes[error].error and not (shape and shape.error):
            yield error, Direction.ERROR, Finding(Kind.EXCEPTION_REMOVED)
        elif error not in now.errors:
            gone = Finding(Kind.OTHER, old="an error of the operation", name="error")
            yield error, Direction.ERROR, gone
        else:
            pairs.append((Direction.ERROR, (error, error)))
    for direction, pair in pairs:
        for site, finding in _below(pair, old, new):
            yield site, direction, finding


def _below(pair: _Pair, old: ServiceModel, new: ServiceModel) -> Iterator[tuple[str, Finding]]:
    """Yield every difference of two shapes and of those that they refer to, each pair once."""
    waiting = [(pair, pair[1] or pair[0] or "")]
    seen: set[tuple[_Pair, str]] = set()
    while waiting:
        _check_steps(len(seen))
        pair, reference = waiting.pop()
        was, now = _shapes(pair, old, new)
        # Where another shape is referred to, the reference is what has changed.
        site = now.name if was.name == now.name else reference
        if (pair, site) in seen:
            continue
        seen.add((pair, site))
        for finding in shape_changes(was, now):
            owner = now if finding.member in now.members else was
            yield f"{owner.name}.{finding.member}" if finding.member else site, finding
        for part, inner in _references(was, now):
            waiting.append((inner, f"{now.name}{part if part in {EACH, KEY} else f'.{part}'}"))


def _shapes(pair: _Pair, old: ServiceModel, new: ServiceModel) -> tuple[Shape, Shape]:
    was, now = pair
    return (
        _NOTHING if was is None else old.shapes[was],
        _NOTHING if now is None else new.shapes[now],
    )


def _references(old: Shape, new: Shape) -> Iterator[tuple[str, _Pair]]:
    """Yield how the two refer to other shapes: the part of a path, and the pair there."""
    if old.type == new.type:
        for name, member in new.members.items():
            if name in old.members:
                yield name, (old.members[name].shape, member.shape)
        if new.item is not None:
            yield EACH, (old.item, new.item)
        if new.key is not None:
            yield KEY, (old.key, new.key)
            yield EACH, (old.value, new.value)


class _Trees:
    """Collects the members that were added, as AWS prints them."""

    def __init__(self, old: ServiceModel, new: ServiceModel) -> None:
        self._old, self._new, self._steps = old, new, 0

    def of(self, operation: str) -> Added:
        """Return what was added to an operation of both models."""
        was, now = self._old.operations[operation], self._new.operations[operation]
        return Added(
            self._added((was.input, now.input), ()), self._added((was.output, now.output), ())
        )

    def _added(self, pair: _Pair, above: tuple[_Pair, ...]) -> dict[str, Tree]:
        self._step(len(above))
        was, now = _shapes(pair, self._old, self._new)
        if pair in above or was.type != now.type:
            return {}
        above = (*above, pair)
        if inside := now.item or now.value:
            return self._added((was.item or was.value, inside), above)
        tree: dict[str, Tree] = {}
        for name, member in now.members.items():
            if name not in was.members:
                tree[name] = self._whole(member.shape, len(above), ())
            elif inner := self._added((was.members[name].shape, member.shape), above):
                tree[name] = inner
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
        _check_steps(self._steps)
        if depth > DEEPEST:
            raise ConfigurationError(
                f"the models are more than {DEEPEST} levels deep; no request is as deep as that"
            )


def _check_steps(steps: int) -> None:
    if steps > _MOST_STEPS:
        raise ConfigurationError(
            f"the models have too many places to compare: more than {_MOST_STEPS} steps along "
            "their shapes; choose some operations"
        )
