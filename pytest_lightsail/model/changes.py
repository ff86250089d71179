"""Two service models compared: what a new release changes, and what that means for a caller.

Requests, responses and errors of each operation are walked in both models at once. A change is recorded
once, where it is made, with all the places where it is met: a new value of ``RegionName`` is one change
of 120 operations. Each pair of shapes is compared once; on a path, none is entered a second time, so
that recursive shapes come to an end.

>>> changes = compare(load("botocore-1.26.8.whl"), load("botocore-1.26.9.whl"))  # doctest: +SKIP
>>> changes.updated_operations[0].request  # doctest: +SKIP
{'privateRegistryAccess': {'ecrImagePullerRole': {'isActive': 'boolean'}}}
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from ..exceptions import ConfigurationError
from ..wording import did_you_mean
from .effort import Effort
from .service import Operation, ServiceModel
from .severity import GRAVEST, Direction, Kind, Severity, verdict
from .shape_changes import Finding
from .shape_pairs import Path, ShapePairs

__all__ = ["Change", "ModelChanges", "Place", "Tree", "UpdatedOperation", "compare"]

Tree = str | dict[str, "Tree"]
"""Added members by name, down to the names of types; lists and maps are transparent."""

_METADATA = (
    "apiVersion",
    "auth",
    "endpointPrefix",
    "jsonVersion",
    "protocol",
    "protocols",
    "signatureVersion",
    "targetPrefix",
)


_INSTEAD = {"protocols": "protocol", "auth": "signatureVersion"}
"""What botocore reads, and what it goes by where that is not there."""

_SCHEMES = {"v4": "aws.auth#sigv4", "v4a": "aws.auth#sigv4a", "bearer": "smithy.api#httpBearerAuth"}
"""Versions of signatures as ``auth`` names them."""


@dataclass(frozen=True)
class Place:
    """Where a change is met: an operation, and the path in its request, response or error."""

    operation: str
    path: Path


@dataclass(frozen=True)
class Change:
    """One change, with all the places where it is met.

    Attributes:
        site: where it is made: a shape (``RegionName``), a member of one (``Container.image``), an
            operation, an error.
        finding: what has changed.
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
    """All that differs between two models: by operation, and by change, the worst first."""

    service: str
    old: str
    new: str
    new_operations: tuple[str, ...]
    removed_operations: tuple[str, ...]
    updated_operations: tuple[UpdatedOperation, ...]
    changes: tuple[Change, ...]

    def at_least(self, severity: Severity) -> bool:
        """Whether any change is as grave as that, or graver."""
        return any(change.severity.at_least(severity) for change in self.changes)


_DIRECTIONS = tuple(Direction)


def compare(
    old: ServiceModel, new: ServiceModel, operations: Iterable[str] | None = None
) -> ModelChanges:
    """What differs between two models of one service.

    Args:
        old: the model that a caller was written against.
        new: the model that it is to work with.
        operations: names of the operations to look at, all if ``None``.

    Raises:
        ConfigurationError: neither model has an operation of that name, or the two models are not of
            the same service, or they differ in more places than can be listed.
    """
    if _service_id(old) != _service_id(new):
        raise ConfigurationError(
            f"{old.label} is a model of {_service_id(old)}, but {new.label} one of {_service_id(new)}"
        )
    every = old.operations.keys() | new.operations.keys()
    chosen = every if operations is None else _known(operations, every)
    effort = Effort()
    changes = _Collector(old, new, effort).changes(sorted(chosen))
    return ModelChanges(
        service=str(new.metadata.get("serviceFullName") or _service_id(new)),
        old=old.label,
        new=new.label,
        new_operations=tuple(sorted(chosen - old.operations.keys())),
        removed_operations=tuple(sorted(chosen - new.operations.keys())),
        updated_operations=tuple(_updated(changes, new, effort)),
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


class _Collector:
    """Gathers findings by the change that they belong to."""

    def __init__(self, old: ServiceModel, new: ServiceModel, effort: Effort) -> None:
        self._old = old
        self._new = new
        self._pairs = ShapePairs(old, new, effort)
        self._places: dict[tuple[str, Direction, Finding], list[Place]] = defaultdict(list)

    def changes(self, operations: Iterable[str]) -> tuple[Change, ...]:
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

    def _add(self, site: str, direction: Direction, finding: Finding, *places: Place) -> None:
        self._places[site, direction, finding].extend(places)

    def _metadata(self) -> None:
        for key in _METADATA:
            stated = self._old.metadata.get(key) or self._new.metadata.get(key)
            old, new = _effective(self._old, key), _effective(self._new, key)
            if stated and old != new:
                finding = Finding(Kind.METADATA_CHANGED, old=str(old), new=str(new))
                self._add(key, Direction.SERVICE, finding)

    def _operation(self, old: Operation, new: Operation) -> None:
        name = new.name
        if old.deprecated != new.deprecated:
            finding = Finding(Kind.DEPRECATED if new.deprecated else Kind.UNDEPRECATED)
            self._add(name, Direction.OPERATION, finding, Place(name, ()))
        self._shapes(name, Direction.REQUEST, old.input, new.input)
        self._shapes(name, Direction.RESPONSE, old.output, new.output)
        self._errors(old, new)

    def _shapes(
        self, name: str, direction: Direction, old: str | None, new: str | None, *path: str
    ) -> None:
        for site, where, finding in self._pairs.findings(old, new, path):
            self._add(site, direction, finding, Place(name, where))

    def _errors(self, old: Operation, new: Operation) -> None:
        for error in sorted({*old.errors, *new.errors}):
            place = Place(new.name, (error,))
            if error not in old.errors:
                self._add(error, Direction.ERROR, Finding(Kind.ERROR_ADDED), place)
            elif error in new.errors:
                for finding in self._traits_of_error(error):
                    self._add(error, Direction.ERROR, finding, place)
                self._shapes(new.name, Direction.ERROR, error, error, error)
            else:
                gone = self._class_is_gone(error)
                kind = Kind.EXCEPTION_REMOVED if gone else Kind.ERROR_REMOVED
                self._add(error, Direction.ERROR, Finding(kind), place)

    def _class_is_gone(self, error: str) -> bool:
        """Whether ``client.exceptions`` had the error, and has it no more."""
        now = self._new.shapes.get(error)
        return self._old.shapes[error].error and (now is None or not now.error)

    def _traits_of_error(self, error: str) -> Iterator[Finding]:
        old, new = self._old.shapes[error], self._new.shapes[error]
        if self._class_is_gone(error):
            yield Finding(Kind.EXCEPTION_REMOVED)
        if old.fault != new.fault:
            yield Finding(Kind.FAULT_CHANGED, old=str(old.fault), new=str(new.fault))
        if old.retryable != new.retryable:
            yield Finding(Kind.RETRYABLE_CHANGED, old=old.retryable, new=new.retryable)


def _effective(model: ServiceModel, key: str) -> Any:
    """What botocore goes by: the entry, or what stands for it where there is none, in its words."""
    value, instead = model.metadata.get(key), model.metadata.get(_INSTEAD.get(key, ""))
    if value or instead is None:
        return value
    return [_SCHEMES.get(str(instead), instead)]


def _order(change: Change) -> tuple[int, int, str, str]:
    return (
        GRAVEST.index(change.severity),
        _DIRECTIONS.index(change.direction),
        change.site,
        change.kind.value,
    )


def _updated(
    changes: Iterable[Change], new: ServiceModel, effort: Effort
) -> Iterator[UpdatedOperation]:
    met: dict[str, list[tuple[Path, Change]]] = defaultdict(list)
    trees = _Trees(new, effort)
    for change in changes:
        if change.kind not in {Kind.OPERATION_ADDED, Kind.OPERATION_REMOVED}:
            for place in change.places:
                met[place.operation].append((place.path, change))
    for operation, found in sorted(met.items()):
        found.sort(key=lambda one: (_DIRECTIONS.index(one[1].direction), one[0], one[1].kind.value))
        yield UpdatedOperation(
            operation=operation,
            request=trees.of(found, Direction.REQUEST),
            response=trees.of(found, Direction.RESPONSE),
            changes=tuple(found),
        )


class _Trees:
    """Draws the trees of added members."""

    def __init__(self, model: ServiceModel, effort: Effort) -> None:
        self._model = model
        self._effort = effort

    def of(self, found: Iterable[tuple[Path, Change]], direction: Direction) -> Tree | None:
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
                branch[member] = self._members_of(finding.shape, len(path))
        return tree if here else None

    def _members_of(
        self,
        name: str,
        depth: int,
        structures: tuple[str, ...] = (),
        containers: tuple[str, ...] = (),
    ) -> Tree:
        """The tree of a shape; where a shape comes again inside of itself, its name stands for it."""
        self._effort.step(depth)
        shape = self._model.shapes[name]
        if name in structures or name in containers:
            return name
        inside = shape.item if shape.item is not None else shape.value
        if inside is not None:
            return self._members_of(inside, depth + 1, structures, (*containers, name))
        if shape.type == "structure":
            return {
                member: self._members_of(target.shape, depth + 1, (*structures, name))
                for member, target in shape.members.items()
            }
        return shape.type
