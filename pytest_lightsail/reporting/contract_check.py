"""A consumer contract held against a service model: what that model breaks or endangers for it.

Nothing but the contract and the model is needed. What a change can do to any caller is said by
``model.changes``; here it is asked whether this one is touched, and it is known what it does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from operator import itemgetter

from ..model.bounds import DEEPEST
from ..model.changes import GRAVEST, Direction, Finding, Kind, Severity, shape_changes, verdict
from ..model.service import Located, Operation, ServiceModel, Shape, locate, show_path, split_path
from .consumer_contract import Contract, OperationUse, Read, Sent
from .contract_words import compares, handles, range_of, sends, told_apart

__all__ = ["Impact", "check"]


@dataclass(frozen=True)
class Impact:
    """A change that touches the consumer.

    Attributes:
        operation: where it is met; empty for ``client.exceptions``.
        path: of the place, as ``containerServices[].state``; empty for the operation as such.
        finding: what has changed, as far as the contract knows what was before.
        severity: what it can do to this consumer.
        reason: why.
        use: what the consumer does with the place.
    """

    operation: str
    path: str
    direction: Direction
    finding: Finding
    severity: Severity
    reason: str
    use: str


def check(contract: Contract, model: ServiceModel) -> tuple[Impact, ...]:
    """What the model breaks or endangers for this consumer, the gravest first."""
    found = [*_exceptions(contract, model)]
    for name, use in contract.operations.items():
        operation = model.operations.get(name)
        if operation is None:
            gone = Finding(Kind.OPERATION_REMOVED)
            found.append(_impact(name, Direction.OPERATION, "", gone, "it calls it"))
            continue
        if operation.deprecated and not use.deprecated:
            advice = Finding(Kind.DEPRECATED)
            found.append(_impact(name, Direction.OPERATION, "", advice, "it calls it"))
        found.extend(_requests(model, operation, use))
        found.extend(_results(model, operation, use))
        found.extend(_errors(model, operation, use))
    return tuple(sorted(found, key=_order))


_DIRECTIONS = tuple(Direction)


def _order(impact: Impact) -> tuple[int, str, int, str, str]:
    return (
        GRAVEST.index(impact.severity),
        impact.operation,
        _DIRECTIONS.index(impact.direction),
        impact.path,
        impact.finding.kind.value,
    )


def _impact(
    operation: str,
    direction: Direction,
    path: str,
    finding: Finding,
    use: str,
    *,
    severity: Severity | None = None,
    reason: str = "",
) -> Impact:
    """With what the change means for anybody, unless it means something else to who uses it so."""
    usual = verdict(finding.kind, direction)
    return Impact(
        operation, path, direction, finding, severity or usual.severity, reason or usual.reason, use
    )


# What holds a place comes before it.
_PATH = itemgetter(0)


class _Places:
    """Places of an operation's request or result in the new model, and what is told of those gone."""

    def __init__(self, model: ServiceModel, operation: Operation, direction: Direction) -> None:
        self._model = model
        self.impact = partial(_impact, operation.name, direction)
        self._root = operation.input if direction is Direction.REQUEST else operation.output
        self._gone: set[tuple[str, ...]] = set()

    def find(self, path: str, used: Sent | Read, use: str) -> Iterator[Impact | Located]:
        """What stands at the path now; or what is told of it once, if it cannot be used as it was."""
        parts = split_path(path)
        if any(parts[:length] in self._gone for length in range(min(len(parts), DEEPEST) + 1)):
            return
        located = locate(self._model, self._root, parts)
        if located is None:
            self._gone.add(parts)
            yield self.impact(path, Finding(Kind.MEMBER_REMOVED), use)
            return
        if located.deprecated and not used.deprecated:
            yield self.impact(path, Finding(Kind.DEPRECATED), use)
        changed = shape_changes(Shape("", used.type), Shape("", located.shape.type))
        yield from (self.impact(path, finding, use) for finding in changed)
        if any(finding.kind is Kind.TYPE_CHANGED for finding in changed):
            self._gone.add(parts)
        else:
            yield located


def _requests(model: ServiceModel, operation: Operation, use: OperationUse) -> Iterator[Impact]:
    places = _Places(model, operation, Direction.REQUEST)
    for path, sent in sorted(use.sends.items(), key=_PATH):
        for found in places.find(path, sent, sends(sent)):
            if isinstance(found, Impact):
                yield found
                continue
            yield from _required(places, path, found.shape, use)
            yield from _values(places, path, found.shape, sent)
            yield from _bounds(places, path, found.shape, sent)
            yield from _pattern(places, path, found.shape, sent)


def _required(places: _Places, path: str, shape: Shape, use: OperationUse) -> Iterator[Impact]:
    for name in shape.required:
        member = show_path((*split_path(path), name))
        sent = use.sends.get(member)
        # botocore fills in a token that the caller leaves out.
        if (sent is None or not sent.always) and not shape.members[name].idempotency_token:
            yield places.impact(member, Finding(Kind.REQUIRED_ADDED, name), sends(sent))


def _values(places: _Places, path: str, shape: Shape, sent: Sent) -> Iterator[Impact]:
    if not shape.enum:
        return
    if sent.values is None:
        yield places.impact(
            path, Finding(Kind.LIMIT_TIGHTENED, new=shape.enum, name="enum"), sends(sent)
        )
    elif gone := tuple(sorted(sent.values.difference(shape.enum))):
        yield places.impact(path, Finding(Kind.ENUM_VALUES_REMOVED, old=gone), sends(sent))


def _bounds(places: _Places, path: str, shape: Shape, sent: Sent) -> Iterator[Impact]:
    if sent.least is not None and shape.minimum is not None and sent.least < shape.minimum:
        yield places.impact(
            path, Finding(Kind.LIMIT_TIGHTENED, new=shape.minimum, name="minimum"), range_of(sent)
        )
    if sent.most is not None and shape.maximum is not None and sent.most > shape.maximum:
        yield places.impact(
            path, Finding(Kind.LIMIT_TIGHTENED, new=shape.maximum, name="maximum"), range_of(sent)
        )


def _pattern(places: _Places, path: str, shape: Shape, sent: Sent) -> Iterator[Impact]:
    if sent.least is None or shape.pattern is None:
        return
    known = Shape("", "string", pattern=sent.pattern)
    for finding in shape_changes(known, Shape("", "string", pattern=shape.pattern)):
        yield places.impact(path, finding, range_of(sent), reason=_TEXT_UNKNOWN)


_TEXT_UNKNOWN = (
    "texts that were accepted may be refused; the contract does not keep the texts it sends"
)
_MAY_BE_MISSING = "it may be missing: reading it by subscript can raise KeyError"
_ANOTHER_ERROR = "another error, which is not handled, may come instead"
_NEVER_COMES = "what it does for a value that does not come any more is not done again"
_ONE_MORE = "code that goes through all members meets one that it does not expect"


def _results(model: ServiceModel, operation: Operation, use: OperationUse) -> Iterator[Impact]:
    places = _Places(model, operation, Direction.RESPONSE)
    for path, read in sorted(use.reads.items(), key=_PATH):
        for found in places.find(path, read, compares(read)):
            if isinstance(found, Impact):
                yield found
                continue
            if read.enum is not None and read.compares is not None:
                yield from _compared(places, path, found.shape, read)
            yield from _promised(places, path, found, read)
            known = found.shape.members if read.members is None else read.members
            if added := sorted(found.shape.members.keys() - known):
                yield places.impact(
                    path,
                    Finding(Kind.MEMBER_ADDED, new=tuple(added)),
                    compares(read),
                    severity=Severity.DANGEROUS,
                    reason=_ONE_MORE,
                )


def _compared(places: _Places, path: str, shape: Shape, read: Read) -> Iterator[Impact]:
    known = Shape("", "string", enum=tuple(sorted(read.enum or ())))
    for finding in shape_changes(known, Shape("", "string", enum=shape.enum)):
        if finding.kind is not Kind.ENUM_VALUES_REMOVED:
            yield places.impact(path, finding, compares(read))
        elif gone := tuple(sorted((read.compares or frozenset()).difference(shape.enum))):
            yield places.impact(
                path,
                Finding(finding.kind, old=gone),
                compares(read),
                severity=Severity.BREAKING,
                reason=_NEVER_COMES,
            )


def _promised(places: _Places, path: str, found: Located, read: Read) -> Iterator[Impact]:
    name = split_path(path)[-1] if path else ""
    if read.required and found.owner is not None and name not in found.owner.required:
        gone = Finding(Kind.OTHER, name, "true", "false", name="required")
        yield places.impact(path, gone, "it takes it by subscript", reason=_MAY_BE_MISSING)


def _errors(model: ServiceModel, operation: Operation, use: OperationUse) -> Iterator[Impact]:
    known = use.known_errors or frozenset()
    for code, caught in use.errors.items():
        if code in known and code not in operation.errors:
            finding = Finding(Kind.OTHER, old="an error of the operation", name="error")
            yield _impact(
                operation.name, Direction.ERROR, code, finding, handles(code), reason=_ANOTHER_ERROR
            )
            continue
        shape = model.shapes.get(code)
        for member in sorted(caught.members.difference(shape.members if shape else ())):
            path, finding = show_path((code, member)), Finding(Kind.MEMBER_REMOVED, member)
            yield _impact(operation.name, Direction.ERROR, path, finding, "it reads it")
    if use.errors:
        for code in sorted(set(operation.errors).difference(known, use.errors)):
            finding = Finding(Kind.ERROR_ADDED)
            yield _impact(operation.name, Direction.ERROR, code, finding, told_apart(use))


def _exceptions(contract: Contract, model: ServiceModel) -> Iterator[Impact]:
    for name in sorted(contract.exceptions):
        shape = model.shapes.get(name)
        if shape is None or not shape.error:
            finding = Finding(Kind.EXCEPTION_REMOVED)
            yield _impact("", Direction.ERROR, name, finding, f"it names client.exceptions.{name}")
