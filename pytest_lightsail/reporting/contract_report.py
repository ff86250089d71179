"""What a check of a consumer contract has found, and the contract itself, as text and as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType

from ..model.change_report import details, record, tally
from .consumer_contract import Contract, OperationUse
from .contract_check import Impact
from .contract_words import compares, range_of, sends

__all__ = ["FORMATS", "show"]

_REQUEST, _RESULT = "the request", "the result"


def _as_text(contract: Contract, model: str, impacts: Sequence[Impact]) -> str:
    """The report for people at a terminal."""
    return "\n".join(_lines(contract, model, impacts)) + "\n"


def _lines(contract: Contract, model: str, impacts: Sequence[Impact]) -> Iterator[str]:
    yield f"botocore {contract.botocore}, which the contract was recorded with -> {model}"
    count = len(contract.operations)
    if not impacts:
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
    """The report for programs."""
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


def show(contract: Contract) -> str:
    """The contract in words, an operation after the other."""
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
            how = sends(sent).removeprefix("it ")
            size = f"; {range_of(sent).removeprefix('it sends ')}" if sent.least is not None else ""
            yield f"request   {path}: {how}{size}"
    for path, read in sorted(use.reads.items()):
        yield f"response  {path or _RESULT}: {compares(read).removeprefix('it ')}"
    if use.errors:
        yield f"errors    {', '.join(sorted(use.errors))}"
