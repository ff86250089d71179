"""Compare two releases of the service model: what has changed, and what that means for a caller.

Requests, responses and errors of each operation are compared in both models. A change is recorded once,
where it was made, with all the places where it shows: a new value of ``RegionName`` is one change of 120
operations. Names of shapes, the order of members and of enum values, and documentation do not count.

>>> changes = compare(load("botocore-1.26.8.whl"), load("botocore-1.26.9.whl"))  # doctest: +SKIP
>>> changes.updated_operations[0].request  # doctest: +SKIP
{'privateRegistryAccess': {'ecrImagePullerRole': {'isActive': 'boolean'}}}
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any, NamedTuple

from ..exceptions import ConfigurationError
from ..wording import did_you_mean
from .bounds import DEEPEST, NUMBERS
from .service import EACH, KEY, Path, ServiceModel, Shape


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
    LIMIT_TIGHTENED = "limit-tightened"
    SENSITIVE_ADDED = "sensitive-added"
    DEPRECATED = "deprecated"
    ERROR_ADDED = "error-added"
    EXCEPTION_REMOVED = "exception-removed"
    OTHER = "other"
    """Anything else, such as a pattern; the finding names it."""


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
_FEWER_VALUES = Verdict(_COMPATIBLE, "every value that is returned could be returned before")
_NARROWER = Verdict(_BREAKING, "values that were accepted are refused")
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
    Kind.ENUM_VALUES_REMOVED: _FEWER_VALUES,
    Kind.LIMIT_TIGHTENED: _FEWER_VALUES,
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
    Kind.ENUM_VALUES_REMOVED: _NARROWER,
    Kind.LIMIT_TIGHTENED: _NARROWER,
}


# --- what is compared, and what comes out --------------------------------------------------------

Tree = str | dict[str, "Tree"]
"""Added members by name, down to the names of types; lists and maps are transparent."""

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
        shape: the shape of a member that was added.
    """

    kind: Kind
    member: str | None = None
    old: Value = None
    new: Value = None
    name: str = ""
    shape: str | None = None


Place = tuple[str, Path]
"""Where a change shows: an operation, and the path in its request, response or error."""


@dataclass(frozen=True)
class Change:
    """One change, with all the places where it shows.

    ``site`` is where it was made: a shape (``RegionName``), a member of one (``Container.image``), an
    operation, or an error.
    """

    site: str
    direction: Direction
    finding: Finding
    places: tuple[Place, ...]

    @property
    def kind(self) -> Kind:
        """What has changed."""
        return self.finding.kind

    @property
    def severity(self) -> Severity:
        """What it can do to a caller."""
        return verdict(self.kind, self.direction).severity

    @property
    def reason(self) -> str:
        """Why it is of that severity."""
        return verdict(self.kind, self.direction).reason

    @property
    def operations(self) -> tuple[str, ...]:
        """The operations that it touches."""
        return tuple(sorted({operation for operation, _ in self.places}))


@dataclass(frozen=True)
class UpdatedOperation:
    """An operation of both models that has changed.

    ``request`` and ``response`` are the trees of added members, empty where something else has changed,
    and ``None`` where nothing has.
    """

    operation: str
    request: Tree | None
    response: Tree | None
    changes: tuple[tuple[Path, Change], ...]


@dataclass(frozen=True)
class ModelChanges:
    """All that differs between two models: by operation, and by change, the gravest first."""

    service: str
    old: str
    new: str
    new_operations: tuple[str, ...]
    removed_operations: tuple[str, ...]
    updated_operations: tuple[UpdatedOperation, ...]
    changes: tuple[Change, ...]

    def at_least(self, severity: Severity) -> bool:
        """Return whether any change is as grave as that, or graver."""
        return any(change.severity.at_least(severity) for change in self.changes)


def compare(
    old: ServiceModel, new: ServiceModel, operations: Iterable[str] | None = None
) -> ModelChanges:
    """Return what differs between two models of one service.

    Args:
        old: the model that a caller was written against.
        new: the model that it is to work with.
        operations: names of the operations to compare, all if ``None``.

    Raises:
        ConfigurationError: neither model has an operation of that name, the two models are not of the
            same service, or they are too large or too deep to compare.
    """
    service = _service_id(new)
    if _service_id(old) != service:
        raise ConfigurationError(
            f"{old.label} is a model of {_service_id(old)}, but {new.label} is one of {service}"
        )
    every = old.operations.keys() | new.operations.keys()
    chosen = every if operations is None else set(operations)
    for name in sorted(chosen - every):
        raise ConfigurationError(
            f"no operation {name!r} in either model{did_you_mean(name, every)}"
        )
    comparison = _Comparison(old, new)
    changes = comparison.changes(sorted(chosen))
    return ModelChanges(
        service=str(new.metadata.get("serviceFullName") or service),
        old=old.label,
        new=new.label,
        new_operations=tuple(sorted(chosen - old.operations.keys())),
        removed_operations=tuple(sorted(chosen - new.operations.keys())),
        updated_operations=tuple(comparison.updated(changes)),
        changes=changes,
    )


def _service_id(model: ServiceModel) -> str:
    return str(model.metadata.get("serviceId") or model.metadata.get("endpointPrefix"))


# --- two shapes, whatever is in the shapes that they refer to -------------------------------------

_TRAITS = (
    "enum",
    "minimum",
    "maximum",
    "pattern",
    "sensitive",
    "deprecated",
    "union",
    "timestamp_format",
)
_TURNED_ON = {"sensitive": Kind.SENSITIVE_ADDED, "deprecated": Kind.DEPRECATED}


def shape_changes(old: Shape, new: Shape) -> tuple[Finding, ...]:
    """Return all that differs between the two shapes themselves, members first."""
    was, now = _type(old), _type(new)
    if was != now:
        return (Finding(Kind.TYPE_CHANGED, old=was, new=now),)
    return (*_members(old, new), *_traits(old, new, _TRAITS))


def _type(shape: Shape) -> str:
    return "document" if shape.document else shape.type


def _members(old: Shape, new: Shape) -> Iterator[Finding]:
    for name in old.members.keys() - new.members.keys():
        yield Finding(Kind.MEMBER_REMOVED, name)
    for name in new.members.keys() - old.members.keys():
        kind = Kind.REQUIRED_ADDED if _must_be_passed(new, name) else Kind.MEMBER_ADDED
        yield Finding(kind, name, shape=new.members[name].shape)
    for name in old.members.keys() & new.members.keys():
        if _must_be_passed(new, name) and not _must_be_passed(old, name):
            yield Finding(Kind.REQUIRED_ADDED, name)
        elif name in old.required and name not in new.required:
            yield Finding(Kind.OTHER, name, "true", "false", name="required")
        was, now = old.members[name], new.members[name]
        yield from _traits(was, now, ("deprecated", "timestamp_format"), name)
        if was.idempotency_token and not now.idempotency_token and name not in new.required:
            # Left out, it was filled in: a repeated call may act twice from now on.
            yield Finding(Kind.OTHER, name, "true", "false", "idempotency token")


def _must_be_passed(structure: Shape, name: str) -> bool:
    """Return whether a caller must pass the member; botocore fills in an idempotency token."""
    return name in structure.required and not structure.members[name].idempotency_token


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
            kind = Kind.LIMIT_TIGHTENED if _is_tighter(name, was, now) else Kind.OTHER
            yield Finding(kind, member, _text(was), _text(now), name.replace("_", " "))


def _trait(thing: object, name: str) -> Any:
    value = getattr(thing, name)
    # A length is never below 0, so a minimum of 0 means what none means.
    says_nothing = isinstance(thing, Shape) and name == "minimum" and thing.type not in NUMBERS
    return value or None if says_nothing else value


def _is_tighter(name: str, was: Any, now: Any) -> bool:
    if name == "enum":
        return bool(now)
    if name not in {"minimum", "maximum"} or now is None:
        return False
    return was is None or (now > was if name == "minimum" else now < was)


def _text(value: Any) -> Any:
    if value is None or value == ():
        return "none"
    return str(value).lower() if isinstance(value, bool) else value


# --- two models ----------------------------------------------------------------------------------

_MOST_STEPS = 200_000
"""Steps along members; all of Lightsail has some eleven thousand."""

_DIRECTIONS = tuple(Direction)
_NOTHING = Shape(name="", type="structure")
"""Stands for the input or output of an operation that has none."""

_Pair = tuple[str | None, str | None]


class _Comparison:
    """Collects the findings of two models by the change that they belong to."""

    def __init__(self, old: ServiceModel, new: ServiceModel) -> None:
        self._old = old
        self._new = new
        self._steps = 0
        self._places: dict[tuple[str, Direction, Finding], list[Place]] = defaultdict(list)

    def changes(self, operations: Iterable[str]) -> tuple[Change, ...]:
        """Return all changes, the gravest first."""
        for name in operations:
            if name in self._old.operations and name in self._new.operations:
                self._operation(name)
            else:
                is_new = name in self._new.operations
                kind = Kind.OPERATION_ADDED if is_new else Kind.OPERATION_REMOVED
                self._add(name, Direction.OPERATION, Finding(kind), (name, ()))
        changes = (Change(*key, tuple(places)) for key, places in self._places.items())
        return tuple(sorted(changes, key=_order))

    def updated(self, changes: Iterable[Change]) -> Iterator[UpdatedOperation]:
        """Yield the operations of both models that have changed, by name."""
        found: dict[str, list[tuple[Path, Change]]] = defaultdict(list)
        for change in changes:
            if change.kind not in {Kind.OPERATION_ADDED, Kind.OPERATION_REMOVED}:
                for operation, path in change.places:
                    found[operation].append((path, change))
        for operation, here in sorted(found.items()):
            here.sort(
                key=lambda one: (_DIRECTIONS.index(one[1].direction), one[0], one[1].kind.value)
            )
            yield UpdatedOperation(
                operation,
                request=self._tree(here, Direction.REQUEST),
                response=self._tree(here, Direction.RESPONSE),
                changes=tuple(here),
            )

    def _add(self, site: str, direction: Direction, finding: Finding, place: Place) -> None:
        self._places[site, direction, finding].append(place)

    def _operation(self, name: str) -> None:
        old, new = self._old.operations[name], self._new.operations[name]
        for finding in _traits(old, new, ("deprecated",)):
            self._add(name, Direction.OPERATION, finding, (name, ()))
        self._shapes(name, Direction.REQUEST, (old.input, new.input))
        self._shapes(name, Direction.RESPONSE, (old.output, new.output))
        for error in sorted({*old.errors, *new.errors}):
            if error not in old.errors:
                finding = Finding(Kind.ERROR_ADDED)
            elif not self._is_exception(error):
                finding = Finding(Kind.EXCEPTION_REMOVED)
            elif error not in new.errors:
                finding = Finding(Kind.OTHER, old="an error of the operation", name="error")
            else:
                self._shapes(name, Direction.ERROR, (error, error), (error,))
                continue
            self._add(error, Direction.ERROR, finding, (name, (error,)))

    def _is_exception(self, error: str) -> bool:
        """Return whether ``client.exceptions`` still has the error, if it had it before."""
        now = self._new.shapes.get(error)
        return not self._old.shapes[error].error or (now is not None and now.error)

    def _shapes(self, operation: str, direction: Direction, pair: _Pair, path: Path = ()) -> None:
        site = pair[1] or pair[0] or ""
        for where, at, finding in self._walk(pair, site, path, frozenset()):
            self._add(where, direction, finding, (operation, at))

    def _walk(
        self, pair: _Pair, site: str, path: Path, above: frozenset[_Pair]
    ) -> Iterator[tuple[str, Path, Finding]]:
        """Yield every difference below a pair: where it was made, where it shows, and what it is."""
        self._step(len(path))
        old = _NOTHING if pair[0] is None else self._old.shapes[pair[0]]
        new = _NOTHING if pair[1] is None else self._new.shapes[pair[1]]
        for finding in shape_changes(old, new):
            if finding.member is not None:
                owner = new if finding.member in new.members else old
                yield f"{owner.name}.{finding.member}", (*path, finding.member), finding
            else:
                # Where another shape is referred to, the reference is what has changed.
                yield new.name if old.name == new.name else site, path, finding
        above |= {pair}
        for part, target in _references(old, new):
            if target not in above:
                inner = f"{new.name}{part if part in {EACH, KEY} else f'.{part}'}"
                yield from self._walk(target, inner, (*path, part), above)

    def _step(self, depth: int) -> None:
        self._steps += 1
        if self._steps > _MOST_STEPS:
            raise ConfigurationError(
                f"the models have too many places to compare: more than {_MOST_STEPS} steps along "
                "their shapes; choose some operations"
            )
        if depth > DEEPEST:
            raise ConfigurationError(
                f"the models are more than {DEEPEST} levels deep; no request is as deep as that"
            )

    def _tree(self, found: Iterable[tuple[Path, Change]], direction: Direction) -> Tree | None:
        here = [(path, change.finding) for path, change in found if change.direction is direction]
        tree: dict[str, Any] = {}
        for path, finding in here:
            if finding.shape is not None:
                *parents, member = (part for part in path if not part.startswith("["))
                branch = tree
                for part in parents:
                    # A path goes through structures only, so no type's name can be in its way.
                    branch = branch.setdefault(part, {})
                branch[member] = self._added(finding.shape, len(path), ())
        return tree if here else None

    def _added(self, name: str, depth: int, above: tuple[str, ...]) -> Tree:
        """Return the tree of a shape; a shape that holds itself ends with its name."""
        self._step(depth)
        if name in above:
            return name
        shape, above = self._new.shapes[name], (*above, name)
        if inside := shape.item or shape.value:
            return self._added(inside, depth + 1, above)
        if shape.type != "structure":
            return shape.type
        return {
            member: self._added(target.shape, depth + 1, above)
            for member, target in shape.members.items()
        }


def _references(old: Shape, new: Shape) -> Iterator[tuple[str, _Pair]]:
    """Yield how the two refer to other shapes: the part of a path, and the pair there."""
    if _type(old) == _type(new):
        for name, member in new.members.items():
            if name in old.members:
                yield name, (old.members[name].shape, member.shape)
        if new.item is not None:
            yield EACH, (old.item, new.item)
        if new.key is not None:
            yield KEY, (old.key, new.key)
            yield EACH, (old.value, new.value)


def _order(change: Change) -> tuple[int, int, str, str]:
    return (
        GRAVEST.index(change.severity),
        _DIRECTIONS.index(change.direction),
        change.site,
        change.kind.value,
    )
