"""Check a consumer contract against a service model, and show the result.

``model.changes`` says what a change can do to any caller. Here it is known what this one does.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

from ..model.bounds import DEEPEST
from ..model.change_report import details, record, tally
from ..model.changes import GRAVEST, Direction, Finding, Kind, Severity, shape_changes, verdict
from ..model.service import Located, Operation, ServiceModel, Shape, locate, show_path, split_path
from .contract import Contract, OperationUse, Read, Sent

__all__ = ["FORMATS", "Impact", "check", "show"]


@dataclass(frozen=True)
class Impact:
    """A change that affects the consumer.

    Attributes:
        operation: where it is; empty for ``client.exceptions``.
        path: of the place, as ``containerServices[].state``; empty for the operation as a whole.
        direction: the request, the response or an error.
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
    """Return what the model breaks or endangers for this consumer, the gravest first."""
    found = [*_exceptions(contract, model)]
    for name, use in contract.operations.items():
        impact = partial(_impact, name, Direction.OPERATION, "", use="it calls it")
        operation = model.operations.get(name)
        if operation is None:
            found.append(impact(Finding(Kind.OPERATION_REMOVED)))
            continue
        if operation.deprecated and not use.deprecated:
            found.append(impact(Finding(Kind.DEPRECATED)))
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
    """Return an impact, as grave as the change is for any caller unless something else is given."""
    usual = verdict(finding.kind, direction)
    return Impact(
        operation, path, direction, finding, severity or usual.severity, reason or usual.reason, use
    )


class _Places:
    """Places of an operation's request or result in the new model."""

    def __init__(self, model: ServiceModel, operation: Operation, direction: Direction) -> None:
        self._model = model
        self.impact = partial(_impact, operation.name, direction)
        self._root = operation.input if direction is Direction.REQUEST else operation.output
        self._gone: set[tuple[str, ...]] = set()

    def find(self, path: str, used: Sent | Read, use: str) -> Iterator[Impact | Located]:
        """Yield what is at the path now; or, once, why it and all below it cannot be used."""
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
    for path, sent in sorted(use.sends.items(), key=lambda item: item[0]):
        for found in places.find(path, sent, _sends(sent)):
            if isinstance(found, Impact):
                yield found
                continue
            yield from _required(places, path, found.shape, use)
            yield from _values(places, path, found.shape, sent)


def _required(places: _Places, path: str, shape: Shape, use: OperationUse) -> Iterator[Impact]:
    for name in shape.required:
        member = show_path((*split_path(path), name))
        sent = use.sends.get(member)
        # botocore fills in a token that the caller leaves out.
        if (sent is None or not sent.always) and not shape.members[name].idempotency_token:
            yield places.impact(member, Finding(Kind.REQUIRED_ADDED, name), _sends(sent))


def _values(places: _Places, path: str, shape: Shape, sent: Sent) -> Iterator[Impact]:
    if shape.enum and sent.values is None:
        yield places.impact(
            path, Finding(Kind.LIMIT_TIGHTENED, new=shape.enum, name="enum"), _sends(sent)
        )
    elif shape.enum and (gone := tuple(sorted((sent.values or frozenset()) - {*shape.enum}))):
        yield places.impact(path, Finding(Kind.ENUM_VALUES_REMOVED, old=gone), _sends(sent))
    if sent.least is not None and shape.minimum is not None and sent.least < shape.minimum:
        low = Finding(Kind.LIMIT_TIGHTENED, new=shape.minimum, name="minimum")
        yield places.impact(path, low, _range(sent))
    if sent.most is not None and shape.maximum is not None and sent.most > shape.maximum:
        high = Finding(Kind.LIMIT_TIGHTENED, new=shape.maximum, name="maximum")
        yield places.impact(path, high, _range(sent))
    if sent.least is not None and shape.pattern is not None:
        known = Shape("", "string", pattern=sent.pattern)
        for finding in shape_changes(known, Shape("", "string", pattern=shape.pattern)):
            yield places.impact(path, finding, _range(sent), reason=_TEXT_UNKNOWN)


_TEXT_UNKNOWN = (
    "texts that were accepted may be refused; the contract does not keep the texts it sends"
)
_MAY_BE_MISSING = "it may be missing: reading it by subscript can raise KeyError"
_ANOTHER_ERROR = "another error, which is not handled, may come instead"
_NEVER_COMES = "what it does for a value that no longer comes is no longer done"
_ONE_MORE = "code that iterates over all members gets one that it does not expect"


def _results(model: ServiceModel, operation: Operation, use: OperationUse) -> Iterator[Impact]:
    places = _Places(model, operation, Direction.RESPONSE)
    for path, read in sorted(use.reads.items(), key=lambda item: item[0]):
        for found in places.find(path, read, _reads(read)):
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
                    _reads(read),
                    severity=Severity.DANGEROUS,
                    reason=_ONE_MORE,
                )


def _compared(places: _Places, path: str, shape: Shape, read: Read) -> Iterator[Impact]:
    known = Shape("", "string", enum=tuple(sorted(read.enum or ())))
    for finding in shape_changes(known, Shape("", "string", enum=shape.enum)):
        if finding.kind is not Kind.ENUM_VALUES_REMOVED:
            yield places.impact(path, finding, _reads(read))
        elif gone := tuple(sorted((read.compares or frozenset()).difference(shape.enum))):
            yield places.impact(
                path,
                Finding(finding.kind, old=gone),
                _reads(read),
                severity=Severity.BREAKING,
                reason=_NEVER_COMES,
            )


def _promised(places: _Places, path: str, found: Located, read: Read) -> Iterator[Impact]:
    name = split_path(path)[-1] if path else ""
    if read.required and found.owner is not None and name not in found.owner.required:
        gone = Finding(Kind.OTHER, name, "true", "false", name="required")
        yield places.impact(path, gone, "it takes it by subscript", reason=_MAY_BE_MISSING)


def _errors(model: ServiceModel, operation: Operation, use: OperationUse) -> Iterator[Impact]:
    impact = partial(_impact, operation.name, Direction.ERROR)
    known = use.known_errors or frozenset()
    for code, caught in use.errors.items():
        if code in known and code not in operation.errors:
            handles = f"it distinguishes {code} from other errors"
            gone = Finding(Kind.OTHER, old="an error of the operation", name="error")
            yield impact(code, gone, handles, reason=_ANOTHER_ERROR)
            continue
        shape = model.shapes.get(code)
        for member in sorted(caught.members.difference(shape.members if shape else ())):
            finding = Finding(Kind.MEMBER_REMOVED, member)
            yield impact(show_path((code, member)), finding, "it reads it")
    if use.errors:
        handles = f"it distinguishes {', '.join(sorted(use.errors))}"
        for code in sorted(set(operation.errors).difference(known, use.errors)):
            yield impact(code, Finding(Kind.ERROR_ADDED), handles)


def _exceptions(contract: Contract, model: ServiceModel) -> Iterator[Impact]:
    for name in sorted(contract.exceptions):
        shape = model.shapes.get(name)
        if shape is None or not shape.error:
            finding = Finding(Kind.EXCEPTION_REMOVED)
            yield _impact("", Direction.ERROR, name, finding, f"it names client.exceptions.{name}")


# --- in words ------------------------------------------------------------------------------------

_UNITS = {"string": " characters", "list": " elements", "map": " entries"}


def _sends(sent: Sent | None) -> str:
    if sent is None:
        return "it never sends it"
    how = "it sends it in some calls" if sent.always is False else "it always sends it"
    if sent.always is None:
        how = "it sends it"
    return f"{how}: {', '.join(sorted(sent.values))}" if sent.values else how


def _range(sent: Sent) -> str:
    span = f"{sent.least}" if sent.least == sent.most else f"{sent.least} to {sent.most}"
    return f"it sends {span}{_UNITS.get(sent.type, '')}"


def _reads(read: Read) -> str:
    if read.compares:
        return f"it compares it with {', '.join(sorted(read.compares))}"
    if read.compares is not None:
        return "it reads it and decides by it"
    return "it iterates over its members" if read.members is not None else "it reads it"


def show(contract: Contract) -> str:
    """Return the contract in words."""
    return "\n".join(_shown(contract)) + "\n"


def _shown(contract: Contract) -> Iterator[str]:
    yield f"Recorded with botocore {contract.botocore}"
    for name, use in sorted(contract.operations.items()):
        yield ""
        yield name
        yield from (f"  {line}" for line in _uses(use))
    if contract.exceptions:
        yield ""
        yield f"client.exceptions: {', '.join(sorted(contract.exceptions))}"


def _uses(use: OperationUse) -> Iterator[str]:
    for path, sent in sorted(use.sends.items()):
        if path:
            how = _sends(sent).removeprefix("it ")
            size = f"; {_range(sent).removeprefix('it sends ')}" if sent.least is not None else ""
            yield f"request   {path}: {how}{size}"
    for path, read in sorted(use.reads.items()):
        yield f"response  {path or 'the result'}: {_reads(read).removeprefix('it ')}"
    if use.errors:
        yield f"errors    {', '.join(sorted(use.errors))}"


def _as_text(contract: Contract, model: str, impacts: Sequence[Impact]) -> str:
    return "\n".join(_lines(contract, model, impacts)) + "\n"


def _lines(contract: Contract, model: str, impacts: Sequence[Impact]) -> Iterator[str]:
    yield f"botocore {contract.botocore}, which the contract was recorded with -> {model}"
    if not impacts:
        count = len(contract.operations)
        yield f"For this consumer: nothing that it uses of {count} operations has changed"
        return
    yield f"For this consumer: {tally(impact.severity for impact in impacts)}"
    for impact in impacts:
        yield ""
        kind = f"{impact.severity.value}  {impact.finding.kind.value}"
        place = "  ".join(part for part in (impact.operation, impact.path) if part)
        yield f"{kind}  {place} ({impact.direction.value})"
        yield f"  {impact.reason}"
        yield from (f"  {line}" for line in details(impact.finding))
        yield f"  {impact.use}"


def _as_json(contract: Contract, model: str, impacts: Sequence[Impact]) -> str:
    document = {
        "old": f"botocore {contract.botocore}",
        "new": model,
        "operations": sorted(contract.operations),
        "impacts": [
            {
                "operation": impact.operation,
                "path": impact.path,
                **record(
                    impact.finding,
                    direction=impact.direction,
                    severity=impact.severity,
                    reason=impact.reason,
                ),
                "use": impact.use,
            }
            for impact in impacts
        ],
    }
    return json.dumps(document, indent=2) + "\n"


FORMATS: Mapping[str, Callable[[Contract, str, Sequence[Impact]], str]] = MappingProxyType(
    {"text": _as_text, "json": _as_json}
)
"""The forms of the report: of a contract, the label of the model, and what the check has found."""
