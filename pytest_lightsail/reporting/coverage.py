"""API coverage: what has happened in accounts, as counts; kept as JSON, added up from runs and workers.

A count says that something happened, and no more. What is possible is derived when the counts are read:
see ``coverage_survey``. So a document stays true when tables, catalogue or service model grow.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, TypeVar

from ..exceptions import ConfigurationError
from ..model.lifecycle import ABSENT, DEPLOYMENT_EDGES, SERVICE_EDGES, Edge
from ..output_files import GENERATOR
from ..simulator.history import Call, History, StateChange

__all__ = ["FORMAT", "TABLES", "Coverage", "edge_name"]

_T = TypeVar("_T")

FORMAT = 1
"""Of the JSON document."""

TABLES: Mapping[str, tuple[Edge, ...]] = {"service": SERVICE_EDGES, "deployment": DEPLOYMENT_EDGES}
"""The lifecycle tables by the names that they have in the document."""


def edge_name(edge: Edge) -> str:
    """How an edge is called in the document.

    >>> edge_name(SERVICE_EDGES[0])
    'ABSENT create PENDING'
    """
    return f"{edge.state} {edge.trigger} {edge.target}"


_EDGES = {edge: (table, edge_name(edge)) for table, edges in TABLES.items() for edge in edges}


@dataclass
class Coverage:
    """What has happened, how often.

    Attributes:
        releases: the releases of botocore whose service model answered; empty until that is said.
        calls: by operation.
        errors: answers that were errors of the service, by operation and code.
        injected: those among them that a fault has put in the place of the account's own answer.
        service_edges: edges of the lifecycle that services took, by ``edge_name``.
        deployment_edges: the same of deployments.
        details: steps of services, by the code of ``stateDetail``.
        service_rules: rules by which the account refused a call.
        input_rules: rules that the input broke which a property test gave its caller.
        faults: by name.

    >>> coverage = Coverage()
    >>> coverage.add(History())
    >>> coverage == Coverage()
    True
    """

    releases: set[str] = field(default_factory=set)
    calls: Counter[str] = field(default_factory=Counter)
    errors: Counter[tuple[str, str]] = field(default_factory=Counter)
    injected: Counter[tuple[str, str]] = field(default_factory=Counter)
    service_edges: Counter[str] = field(default_factory=Counter)
    deployment_edges: Counter[str] = field(default_factory=Counter)
    details: Counter[str] = field(default_factory=Counter)
    service_rules: Counter[str] = field(default_factory=Counter)
    input_rules: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)

    @property
    def edges(self) -> Mapping[str, Counter[str]]:
        """The edges taken, by table."""
        return {"service": self.service_edges, "deployment": self.deployment_edges}

    @property
    def states(self) -> Counter[str]:
        """How often a service entered each state."""
        return _targets(self.service_edges)

    @property
    def deployment_states(self) -> Counter[str]:
        """How often a deployment entered each state."""
        return _targets(self.deployment_edges)

    def add(self, history: History) -> None:
        """Count what happened in one account."""
        for edge, times in history.edges.items():
            table, name = _EDGES[edge]
            self.edges[table][name] += times
        for event in history.events:
            if isinstance(event, Call):
                self._add_call(event)
            elif isinstance(event, StateChange) and event.detail is not None:
                self.details[event.detail] += 1

    def _add_call(self, call: Call) -> None:
        if call.rule is not None:
            self.service_rules[call.rule] += 1
        if call.fault is not None:
            self.faults[call.fault] += 1
        if not call.operation:
            return  # what is no request of the API names none
        self.calls[call.operation] += 1
        if call.error is not None and call.status is not None:
            self.errors[call.operation, call.error] += 1
            if call.fault is not None:
                self.injected[call.operation, call.error] += 1

    def merge(self, other: Coverage) -> None:
        """Add the counts of another run or worker."""
        for each in fields(self):
            getattr(self, each.name).update(getattr(other, each.name))

    def document(self) -> dict[str, Any]:
        """The counts as plain data, in an order that does not depend on what happened first."""
        return {
            "format": FORMAT,
            "botocore": ", ".join(sorted(self.releases)),
            "operations": {
                operation: {
                    "calls": self.calls[operation],
                    "errors": _of(operation, self.errors),
                    "injected": _of(operation, self.injected),
                }
                for operation in sorted(self.calls)
            },
            "edges": {table: _sorted(taken) for table, taken in self.edges.items()},
            "states": _sorted(self.states),
            "details": _sorted(self.details),
            "deployment_states": _sorted(self.deployment_states),
            "rules": {
                rule: {"service": self.service_rules[rule], "input": self.input_rules[rule]}
                for rule in sorted({*self.service_rules, *self.input_rules})
            },
            "faults": _sorted(self.faults),
        }

    def to_json(self) -> str:
        """The document as the text of a file: the same counts, the same bytes."""
        document = {"generator": GENERATOR, **self.document()}
        return json.dumps(document, indent=2, ensure_ascii=False) + "\n"

    @classmethod
    def from_document(cls, document: object, where: str = "the coverage") -> Coverage:
        """Read ``document()`` again.

        Args:
            document: the plain data.
            where: begins the message of an error, such as the name of the file.

        Raises:
            ConfigurationError: it is something else, or of another format.
        """
        if not isinstance(document, dict) or "format" not in document:
            raise ConfigurationError(f"{where} is no coverage of Lightsail: it has no format")
        if document["format"] != FORMAT:
            raise ConfigurationError(
                f"{where} has format {document['format']!r}, and this release of pytest-lightsail "
                f"reads format {FORMAT}: write it anew"
            )
        read = _Reader(where)
        coverage = cls(
            releases={name for name in read.text(document, "botocore").split(", ") if name}
        )
        for operation, counts in read.table(document, "operations"):
            coverage.calls.update({operation: read.count(counts, "calls")})
            for code, times in read.counts(counts, "errors"):
                coverage.errors.update({(operation, code): times})
            for code, times in read.counts(counts, "injected"):
                coverage.injected.update({(operation, code): times})
        edges = read.inner(document, "edges")
        for table, taken in coverage.edges.items():
            taken.update(dict(read.counts(edges, table)))
        for rule, counts in read.table(document, "rules"):
            coverage.service_rules.update({rule: read.count(counts, "service")})
            coverage.input_rules.update({rule: read.count(counts, "input")})
        coverage.details.update(dict(read.counts(document, "details")))
        coverage.faults.update(dict(read.counts(document, "faults")))
        return coverage._without_zeros()

    def _without_zeros(self) -> Coverage:
        for each in fields(self):
            value = getattr(self, each.name)
            if isinstance(value, Counter):
                setattr(self, each.name, +value)
        return self


_MOST = 1 << 63
"""A count is less: a sum of larger ones may have more digits than Python writes."""


class _Reader:
    """Takes a document apart that anybody may have written."""

    def __init__(self, where: str) -> None:
        self._where = where

    def inner(self, parent: Mapping[str, Any], name: str) -> dict[str, Any]:
        return self._typed(parent, name, dict, {})

    def text(self, parent: Mapping[str, Any], name: str) -> str:
        return self._typed(parent, name, str, "")

    def count(self, parent: Mapping[str, Any], name: str) -> int:
        count = self._typed(parent, name, int, 0)
        if isinstance(count, bool) or not 0 <= count < _MOST:
            raise self._wrong(name, count)
        return count

    def counts(self, parent: Mapping[str, Any], name: str) -> Iterable[tuple[str, int]]:
        inner = self.inner(parent, name)
        return [(key, self.count(inner, key)) for key in inner]

    def table(self, parent: Mapping[str, Any], name: str) -> Iterable[tuple[str, dict[str, Any]]]:
        inner = self.inner(parent, name)
        return [(key, self.inner(inner, key)) for key in inner]

    def _typed(self, parent: Mapping[str, Any], name: str, kind: type[_T], missing: _T) -> _T:
        value = parent.get(name, missing)
        if not isinstance(value, kind):
            raise self._wrong(name, value)
        return value

    def _wrong(self, name: str, value: object) -> ConfigurationError:
        return ConfigurationError(
            f"{self._where} is no coverage of Lightsail: {name!r} is {type(value).__name__}, "
            f"which it cannot be: {value!r:.60}"
        )


def _of(operation: str, counter: Counter[tuple[str, str]]) -> dict[str, int]:
    return {code: times for (name, code), times in sorted(counter.items()) if name == operation}


def _sorted(counter: Counter[str]) -> dict[str, int]:
    return dict(sorted(counter.items()))


def _targets(edges: Counter[str]) -> Counter[str]:
    """The states that edges lead to; absence is none."""
    states: Counter[str] = Counter()
    for name, times in edges.items():
        state = name.rpartition(" ")[2]
        if state != ABSENT:
            states[state] += times
    return states
