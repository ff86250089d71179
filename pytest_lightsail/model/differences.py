"""Compare two releases of the service model: what has changed, and what that means for a caller.

Requests, responses and errors of each operation are compared in both models at once. A change is recorded
once, where it was made, with all the places where it shows: a new value of ``RegionName`` is one change
of 120 operations. Names of shapes, the order of members and of enum values, and documentation do not
count.

>>> changes = compare(load("botocore-1.26.8.whl"), load("botocore-1.26.9.whl"))  # doctest: +SKIP
>>> changes.updated_operations[0].request  # doctest: +SKIP
{'privateRegistryAccess': {'ecrImagePullerRole': {'isActive': 'boolean'}}}
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ..exceptions import ConfigurationError
from ..wording import did_you_mean
from .bounds import DEEPEST
from .paths import Path
from .portable import UntranslatablePattern, portable
from .service import EACH, KEY, Operation, ServiceModel, Shape
from .severity import GRAVEST, Direction, Kind, Severity, verdict

__all__ = [
    "Change",
    "Finding",
    "ModelChanges",
    "Place",
    "Tree",
    "UpdatedOperation",
    "Value",
    "compare",
    "shape_changes",
]

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
        name: which part of the model, for a finding of the kind ``other``.
        shape: the shape of a member that was added.
    """

    kind: Kind
    member: str | None = None
    old: Value = None
    new: Value = None
    name: str = ""
    shape: str | None = None


@dataclass(frozen=True)
class Place:
    """Where a change shows: an operation, and the path in its request, response or error."""

    operation: str
    path: Path


@dataclass(frozen=True)
class Change:
    """One change, with all the places where it shows.

    Attributes:
        site: where it was made: a shape (``RegionName``), a member of one (``Container.image``), an
            operation, an error.
        direction: whether it shows in requests, responses or errors.
        finding: what has changed.
        places: where it shows.
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
        return tuple(sorted({place.operation for place in self.places}))


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
            same service, or they differ in more places than can be listed.
    """
    if _service_id(old) != _service_id(new):
        raise ConfigurationError(
            f"{old.label} is a model of {_service_id(old)}, but {new.label} is one of {_service_id(new)}"
        )
    every = old.operations.keys() | new.operations.keys()
    chosen = every if operations is None else _known(operations, every)
    comparison = _Comparison(old, new)
    changes = comparison.changes(sorted(chosen))
    return ModelChanges(
        service=str(new.metadata.get("serviceFullName") or _service_id(new)),
        old=old.label,
        new=new.label,
        new_operations=tuple(sorted(chosen - old.operations.keys())),
        removed_operations=tuple(sorted(chosen - new.operations.keys())),
        updated_operations=tuple(comparison.updated(changes)),
        changes=changes,
    )


def _service_id(model: ServiceModel) -> str:
    return str(model.metadata.get("serviceId") or model.metadata.get("endpointPrefix"))


def _known(names: Iterable[str], every: Iterable[str]) -> set[str]:
    chosen = set(names)
    for name in sorted(chosen.difference(every)):
        hint = did_you_mean(name, every)
        raise ConfigurationError(f"no operation {name!r} in either model{hint}")
    return chosen


# --- two shapes, whatever is in the shapes that they refer to -------------------------------------


def shape_changes(old: Shape, new: Shape) -> tuple[Finding, ...]:
    """Return all that differs between the two shapes themselves, members first."""
    if old == new:
        return ()
    was, now = _type(old), _type(new)
    if was != now and (was, now) not in _WIDER:
        return (Finding(Kind.TYPE_CHANGED, old=was, new=now),)
    return (*_members(old, new), *_enum(old, new), *_pattern(old, new), *_others(old, new))


_WIDER = {
    ("integer", "long"),
    ("float", "double"),
    # botocore accepts a whole number for one of these, and JSON writes it as before.
    *((whole, other) for whole in ("integer", "long") for other in ("float", "double")),
}
_HAVE_LENGTH = {"string", "blob", "list", "map"}
_INFINITY = float("inf")


def _type(shape: Shape) -> str:
    return "document" if shape.document else shape.type


def _members(old: Shape, new: Shape) -> Iterator[Finding]:
    for name in old.members.keys() - new.members.keys():
        yield Finding(Kind.MEMBER_REMOVED, name)
    for name in new.members.keys() - old.members.keys():
        kind = Kind.REQUIRED_ADDED if _must_be_passed(new, name) else Kind.MEMBER_ADDED
        yield Finding(kind, name, shape=new.members[name].shape)
    for name in old.members.keys() & new.members.keys():
        was, now = old.members[name], new.members[name]
        if _must_be_passed(new, name) and not _must_be_passed(old, name):
            yield Finding(Kind.REQUIRED_ADDED, name)
        if name in old.required and name not in new.required:
            yield Finding(Kind.REQUIRED_REMOVED, name)
        yield from _deprecated(old=was.deprecated, new=now.deprecated, member=name)
        yield from _other("timestamp format", was.timestamp_format, now.timestamp_format, name)
        if was.idempotency_token and not now.idempotency_token and name not in new.required:
            # Left out, it was filled in: a repeated call may act twice from now on.
            yield Finding(Kind.OTHER, name, "true", "false", name="idempotency token")


def _must_be_passed(structure: Shape, name: str) -> bool:
    """Return whether a caller must pass the member; botocore fills in an idempotency token."""
    return name in structure.required and not structure.members[name].idempotency_token


def _enum(old: Shape, new: Shape) -> Iterator[Finding]:
    added = tuple(value for value in new.enum if value not in old.enum)
    removed = tuple(value for value in old.enum if value not in new.enum)
    if added:
        yield Finding(Kind.ENUM_VALUES_ADDED if old.enum else Kind.ENUM_ADDED, new=added)
    if removed:
        yield Finding(Kind.ENUM_VALUES_REMOVED if new.enum else Kind.ENUM_REMOVED, old=removed)


def _pattern(old: Shape, new: Shape) -> Iterator[Finding]:
    if _whole(old.pattern) != _whole(new.pattern):
        yield Finding(Kind.PATTERN_CHANGED, old=old.pattern or "none", new=new.pattern or "none")


def _whole(pattern: str | None) -> str | None:
    """Return a form of the pattern in which anchors around it make no difference."""
    try:
        return None if pattern is None else portable(pattern)
    except UntranslatablePattern:
        return pattern


def _others(old: Shape, new: Shape) -> Iterator[Finding]:
    # A length is never below 0, so that a minimum of 0 means what none means.
    least = 0 if old.type in _HAVE_LENGTH else -_INFINITY
    low, new_low = (least if one.minimum is None else one.minimum for one in (old, new))
    if low != new_low:
        kind = Kind.MINIMUM_RAISED if new_low > low else Kind.MINIMUM_LOWERED
        yield Finding(kind, old=old.minimum, new=new.minimum)
    high, new_high = (_INFINITY if one.maximum is None else one.maximum for one in (old, new))
    if high != new_high:
        kind = Kind.MAXIMUM_RAISED if new_high > high else Kind.MAXIMUM_LOWERED
        yield Finding(kind, old=old.maximum, new=new.maximum)
    if new.sensitive and not old.sensitive:
        yield Finding(Kind.SENSITIVE_ADDED)
    elif old.sensitive != new.sensitive:
        yield from _other("sensitive", "true", "false")
    yield from _deprecated(old=old.deprecated, new=new.deprecated)
    yield from _other("type", old.type, new.type)
    yield from _other("union", _text(old.union), _text(new.union))
    yield from _other("fault", _text(old.fault), _text(new.fault))
    yield from _other("retryable", old.retryable, new.retryable)
    yield from _other("timestamp format", old.timestamp_format, new.timestamp_format)


def _other(
    name: str, old: str | None, new: str | None, member: str | None = None
) -> Iterator[Finding]:
    if old != new:
        yield Finding(Kind.OTHER, member, old or "none", new or "none", name=name)


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _deprecated(*, old: bool, new: bool, member: str | None = None) -> Iterator[Finding]:
    if new and not old:
        yield Finding(Kind.DEPRECATED, member)
    elif old != new:
        yield from _other("deprecated", "true", "false", member)


# --- two models ----------------------------------------------------------------------------------

_METADATA = ("apiVersion", "auth", "endpointPrefix", "jsonVersion", "protocols", "targetPrefix")
_OLDER_WORDS = {"protocols": "protocol", "auth": "signatureVersion"}
"""What botocore reads, and what it goes by in older models, which do not have it."""

_SCHEMES = {"v4": "aws.auth#sigv4", "v4a": "aws.auth#sigv4a", "bearer": "smithy.api#httpBearerAuth"}
"""Versions of signatures as ``auth`` names them."""

_MOST_STEPS = 200_000
"""Steps along members; four years of Lightsail differ in some two thousand places."""

_DIRECTIONS = tuple(Direction)
_NOTHING = Shape(name="", type="structure")
"""Stands for the input or output of an operation that has none."""

_Pair = tuple[str | None, str | None]


@dataclass(frozen=True)
class _Reference:
    """How one pair of shapes refers to another: the part of a path, and the place in the model."""

    part: str
    site: str
    target: _Pair


class _Comparison:
    """Collects the findings of two models by the change that they belong to.

    Shapes refer to each other in circles, and to the same shape from many places. So each pair of shapes
    is compared once, and only references that lead to a difference are followed.
    """

    def __init__(self, old: ServiceModel, new: ServiceModel) -> None:
        self._old = old
        self._new = new
        self._steps = 0
        self._findings: dict[_Pair, tuple[Finding, ...]] = {}
        self._references: dict[_Pair, tuple[_Reference, ...]] = {}
        self._different: set[_Pair] = set()
        self._places: dict[tuple[str, Direction, Finding], list[Place]] = defaultdict(list)

    def changes(self, operations: Iterable[str]) -> tuple[Change, ...]:
        """Return all changes, the gravest first."""
        self._metadata()
        for name in operations:
            old, new = self._old.operations.get(name), self._new.operations.get(name)
            if old is not None and new is not None:
                self._operation(old, new)
            else:
                kind = Kind.OPERATION_REMOVED if new is None else Kind.OPERATION_ADDED
                self._add(name, Direction.OPERATION, Finding(kind), Place(name, ()))
        changes = (Change(*key, tuple(places)) for key, places in self._places.items())
        return tuple(sorted(changes, key=_order))

    def updated(self, changes: Iterable[Change]) -> Iterator[UpdatedOperation]:
        """Yield the operations of both models that have changed, by name."""
        found: dict[str, list[tuple[Path, Change]]] = defaultdict(list)
        for change in changes:
            if change.kind not in {Kind.OPERATION_ADDED, Kind.OPERATION_REMOVED}:
                for place in change.places:
                    found[place.operation].append((place.path, change))
        for operation, here in sorted(found.items()):
            here.sort(
                key=lambda one: (_DIRECTIONS.index(one[1].direction), one[0], one[1].kind.value)
            )
            yield UpdatedOperation(
                operation=operation,
                request=self._tree(here, Direction.REQUEST),
                response=self._tree(here, Direction.RESPONSE),
                changes=tuple(here),
            )

    def _add(self, site: str, direction: Direction, finding: Finding, *places: Place) -> None:
        self._places[site, direction, finding].extend(places)

    def _metadata(self) -> None:
        for key in _METADATA:
            old, new = (_effective(model, key) for model in (self._old, self._new))
            if old != new:
                finding = Finding(Kind.OTHER, old=_text(old), new=_text(new), name=key)
                self._add(key, Direction.SERVICE, finding)

    def _operation(self, old: Operation, new: Operation) -> None:
        for finding in _deprecated(old=old.deprecated, new=new.deprecated):
            self._add(new.name, Direction.OPERATION, finding, Place(new.name, ()))
        self._shapes(new.name, Direction.REQUEST, old.input, new.input)
        self._shapes(new.name, Direction.RESPONSE, old.output, new.output)
        for error in sorted({*old.errors, *new.errors}):
            place = Place(new.name, (error,))
            if error not in old.errors:
                self._add(error, Direction.ERROR, Finding(Kind.ERROR_ADDED), place)
            elif not self._is_exception(error):
                self._add(error, Direction.ERROR, Finding(Kind.EXCEPTION_REMOVED), place)
            elif error in new.errors:
                self._shapes(new.name, Direction.ERROR, error, error, (error,))
            else:
                self._add(error, Direction.ERROR, Finding(Kind.ERROR_REMOVED), place)

    def _is_exception(self, error: str) -> bool:
        """Return whether ``client.exceptions`` still has the error, if it had it before."""
        now = self._new.shapes.get(error)
        return not self._old.shapes[error].error or (now is not None and now.error)

    def _shapes(
        self,
        operation: str,
        direction: Direction,
        old: str | None,
        new: str | None,
        path: Path = (),
    ) -> None:
        pair = (old, new)
        self._compare_below(pair)
        for site, where, finding in self._walk(pair, new or old or "", path, frozenset()):
            self._add(site, direction, finding, Place(operation, where))

    def _pair(self, pair: _Pair) -> tuple[Shape, Shape]:
        old, new = pair
        return (
            _NOTHING if old is None else self._old.shapes[old],
            _NOTHING if new is None else self._new.shapes[new],
        )

    def _compare_below(self, root: _Pair) -> None:
        """Compare all pairs of shapes below ``root``, and note which lead to a difference."""
        referrers: dict[_Pair, list[_Pair]] = defaultdict(list)
        waiting, changed = [root], []
        while waiting:
            pair = waiting.pop()
            if pair in self._findings:
                continue
            self._step()
            old, new = self._pair(pair)
            self._findings[pair] = shape_changes(old, new)
            self._references[pair] = tuple(_references(old, new))
            if self._findings[pair]:
                changed.append(pair)
            for reference in self._references[pair]:
                referrers[reference.target].append(pair)
                waiting.append(reference.target)
        changed += self._different.intersection(referrers)
        while changed:
            pair = changed.pop()
            self._different.add(pair)
            changed += [one for one in referrers[pair] if one not in self._different]

    def _walk(
        self, pair: _Pair, site: str, path: Path, above: frozenset[_Pair]
    ) -> Iterator[tuple[str, Path, Finding]]:
        """Yield every difference below a pair: where it was made, where it shows, and what it is."""
        self._step(len(path))
        old, new = self._pair(pair)
        for finding in self._findings[pair]:
            if finding.member is not None:
                owner = new if finding.member in new.members else old
                yield f"{owner.name}.{finding.member}", (*path, finding.member), finding
            else:
                # Where another shape is referred to, the reference is what has changed.
                yield new.name if old.name == new.name else site, path, finding
        above |= {pair}
        for reference in self._references[pair]:
            if reference.target in self._different and reference.target not in above:
                inner = (*path, reference.part)
                yield from self._walk(reference.target, reference.site, inner, above)

    def _step(self, depth: int = 0) -> None:
        self._steps += 1
        if self._steps > _MOST_STEPS:
            raise ConfigurationError(
                f"the models differ in too many places to list them: more than {_MOST_STEPS} steps "
                "along their shapes; choose some operations"
            )
        if depth > DEEPEST:
            raise ConfigurationError(
                f"the models differ more than {DEEPEST} levels deep; no request is as deep as that"
            )

    def _tree(self, found: Iterable[tuple[Path, Change]], direction: Direction) -> Tree | None:
        here = [(path, change.finding) for path, change in found if change.direction is direction]
        tree: dict[str, Tree] = {}
        for path, finding in here:
            if finding.shape is not None:
                *parents, member = (part for part in path if not part.startswith("["))
                branch = tree
                for part in parents:
                    inner = branch.setdefault(part, {})
                    # A path goes through structures only, so that no type's name can be in its way.
                    assert isinstance(inner, dict)  # noqa: S101
                    branch = inner
                branch[member] = self._members_of(finding.shape, len(path), ())
        return tree if here else None

    def _members_of(self, name: str, depth: int, above: tuple[str, ...]) -> Tree:
        """Return the tree of a shape; a shape that holds itself ends with its name."""
        self._step(depth)
        shape = self._new.shapes[name]
        containers = [name]
        while inside := shape.item or shape.value:
            if inside in containers:
                return inside
            containers.append(inside)
            self._step(depth + len(containers) - 1)
            shape = self._new.shapes[inside]
        if shape.name in above:
            return shape.name
        if shape.type == "structure":
            return {
                member: self._members_of(
                    target.shape, depth + len(containers), (*above, shape.name)
                )
                for member, target in shape.members.items()
            }
        return shape.type


def _effective(model: ServiceModel, key: str) -> object:
    """Return the entry of the metadata, or what stands for it in older models, in the same words."""
    value = model.metadata.get(key)
    if value or key not in _OLDER_WORDS:
        return value
    older = str(model.metadata.get(_OLDER_WORDS[key]))
    return [_SCHEMES.get(older, older)]


def _references(old: Shape, new: Shape) -> Iterator[_Reference]:
    if _type(old) != _type(new):
        return
    for name, member in new.members.items():
        if name in old.members:
            target = (old.members[name].shape, member.shape)
            yield _Reference(name, f"{new.name}.{name}", target)
    if new.item is not None:
        yield _Reference(EACH, f"{new.name}{EACH}", (old.item, new.item))
    if new.key is not None:
        yield _Reference(KEY, f"{new.name}{KEY}", (old.key, new.key))
    if new.value is not None:
        yield _Reference(EACH, f"{new.name}{EACH}", (old.value, new.value))


def _order(change: Change) -> tuple[int, int, str, str]:
    return (
        GRAVEST.index(change.severity),
        _DIRECTIONS.index(change.direction),
        change.site,
        change.kind.value,
    )
