"""API coverage: what happened in accounts, compared with what is possible.

``Coverage`` has the counts, as JSON to keep and to add up from runs and workers. What is possible is
derived when they are read: ``survey`` compares them with lifecycle tables, service model and rules, and
``coverage_text`` shows the survey as text.
"""

from __future__ import annotations

import json
import textwrap
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from fnmatch import fnmatchcase
from itertools import groupby
from typing import Any, NamedTuple

from ..exceptions import ConfigurationError
from ..model.catalogue import RULES, rule
from ..model.lifecycle import ABSENT, DEPLOYMENT_EDGES, SERVICE_EDGES, STATE_DETAILS, Edge
from ..model.service import ServiceModel
from ..output_files import GENERATOR, check_document
from ..simulator.history import Call, History, StateChange
from ..simulator.operations import CONTAINER_OPERATIONS, OPERATIONS

__all__ = [
    "BREAKABLE",
    "FORMAT",
    "ITSELF",
    "NARROWEST",
    "TABLES",
    "WIDEST",
    "Category",
    "Coverage",
    "Row",
    "Survey",
    "Table",
    "checked",
    "counted",
    "coverage_text",
    "edge_name",
    "operations_table",
    "states_of",
    "states_table",
    "survey",
    "totals_table",
]

FORMAT = 2
"""Of the JSON document."""

TABLES: Mapping[str, tuple[Edge, ...]] = {"service": SERVICE_EDGES, "deployment": DEPLOYMENT_EDGES}
"""The lifecycle tables by their names in the document."""

_BEYOND = {f"{name}Request" for name in OPERATIONS.keys() - CONTAINER_OPERATIONS.keys()}
BREAKABLE: tuple[str, ...] = tuple(
    sorted(
        entry.id
        for entry in RULES
        # Rules of domains and operations alone do not count, as their operations do not.
        if entry.message
        and not (entry.targets and {name.split(".")[0] for name in entry.targets} <= _BEYOND)
    )
)
"""The rules that can be broken: the others never refuse a call."""

ITSELF: frozenset[str] = frozenset(entry.error for entry in RULES)
"""The errors that the account gives by itself; others need a fault."""


def edge_name(edge: Edge) -> str:
    """Return the name of an edge in the document.

    >>> edge_name(SERVICE_EDGES[0])
    'ABSENT create PENDING'
    """
    return f"{edge.state} {edge.trigger} {edge.target}"


_EDGES = {edge: (table, edge_name(edge)) for table, edges in TABLES.items() for edge in edges}


def states_of(table: str) -> tuple[str, ...]:
    """Return the states of a lifecycle table, in its order.

    >>> states_of("deployment")
    ('ACTIVATING', 'ACTIVE', 'FAILED', 'INACTIVE')
    """
    return tuple(dict.fromkeys(edge.target for edge in TABLES[table] if edge.target != ABSENT))


# --- counts --------------------------------------------------------------------------------------


@dataclass
class Coverage:
    """What happened, how often.

    Attributes:
        releases: the releases of botocore whose service model was used.
        calls: by operation.
        calls_of_tests: those of them that tests made themselves, by operation.
        errors: answers that were errors of the service, by operation and code, with a blank between them.
        injected: those of them that a fault has injected.
        service_edges: edges of the lifecycle that services took, by ``edge_name``.
        deployment_edges: the same of deployments.
        details: steps of services, by the code of ``stateDetail``.
        service_rules: rules by which the account refused a call.
        input_rules: rules broken by input that a property test gave its caller.
        faults: by name.

    >>> coverage = Coverage()
    >>> coverage.add(History())
    >>> coverage == Coverage()
    True
    """

    releases: set[str] = field(default_factory=set)
    calls: Counter[str] = field(default_factory=Counter)
    calls_of_tests: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    injected: Counter[str] = field(default_factory=Counter)
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
        """How often services and deployments, which share none, entered each state."""
        states: Counter[str] = Counter()
        for name, times in (*self.service_edges.items(), *self.deployment_edges.items()):
            states[name.rpartition(" ")[2]] += times
        del states[ABSENT]
        return states

    def add(self, history: History, calls_of_tests: Counter[str] | None = None) -> None:
        """Count what happened in one account."""
        self.calls_of_tests.update(calls_of_tests or {})
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
            return  # not a request of the API
        self.calls[call.operation] += 1
        if call.error is not None and call.status is not None:
            self.errors[f"{call.operation} {call.error}"] += 1
            if call.fault is not None:
                self.injected[f"{call.operation} {call.error}"] += 1

    def merge(self, other: Coverage) -> None:
        """Add the counts of another run or worker."""
        for each in fields(self):
            getattr(self, each.name).update(getattr(other, each.name))

    def document(self) -> dict[str, Any]:
        """Return the counts as plain data, in an order that does not depend on what happened first."""
        counts = {name: dict(sorted(getattr(self, name).items())) for name in _COUNTERS}
        return {"format": FORMAT, "botocore": sorted(self.releases), **counts}

    def to_json(self) -> str:
        """Return the text of a file: the same counts, the same bytes."""
        document = {"generator": GENERATOR, **self.document()}
        return json.dumps(document, indent=2, ensure_ascii=False) + "\n"

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Coverage:
        """Read ``document()`` again; of a file, ``checked`` first."""
        # Without zeros, which say nothing.
        counts = {name: +Counter(document.get(name, {})) for name in _COUNTERS}
        return cls(set(document.get("botocore", ())), **counts)


_COUNTERS = tuple(each.name for each in fields(Coverage) if each.name != "releases")
# The sum of larger counts may have more digits than Python writes.
_COUNT = {"type": "integer", "minimum": 0, "maximum": 1 << 63}
_SCHEMA = {
    "type": "object",
    "properties": {
        "botocore": {"type": "array", "items": {"type": "string"}},
        **{key: {"type": "object", "additionalProperties": _COUNT} for key in _COUNTERS},
    },
}


def checked(document: Any, where: str) -> dict[str, Any]:
    """Return a document of a file, if it is a coverage.

    Args:
        document: the JSON of the file.
        where: the name of the file.

    Raises:
        ConfigurationError: it is something else, or of another format.
    """
    try:
        check_document(document, _SCHEMA, FORMAT)
    except ConfigurationError as error:
        raise ConfigurationError(f"{where} is not a Lightsail coverage: {error}") from None
    coverage: dict[str, Any] = document
    return coverage


# --- compared with what is possible --------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """One operation.

    Attributes:
        operation: its name.
        calls: how often it was called.
        met: how often each of its modelled errors was received.
        missing: its other modelled errors.
        others: errors that its model does not name, such as throttling.
    """

    operation: str
    calls: int
    met: Mapping[str, int]
    missing: tuple[str, ...]
    others: Mapping[str, int]


@dataclass(frozen=True)
class Category:
    """Things of one kind: those that were reached, and those that are missing."""

    name: str
    met: tuple[str, ...]
    missing: tuple[str, ...]

    @property
    def possible(self) -> int:
        """How many there are."""
        return len(self.met) + len(self.missing)


@dataclass(frozen=True)
class Survey:
    """Counts, and what they are of.

    Attributes:
        coverage: the counts.
        rows: the operations that the account simulates, and others that were called.
        categories: what counts towards the total.
        unknown: what a run with another release reached and this release does not know.
    """

    coverage: Coverage
    rows: tuple[Row, ...]
    categories: tuple[Category, ...]
    unknown: tuple[str, ...]

    @property
    def met(self) -> int:
        """How many things were reached, of all kinds."""
        return sum(len(category.met) for category in self.categories)

    @property
    def possible(self) -> int:
        """How many things there are, of all kinds."""
        return sum(category.possible for category in self.categories)

    @property
    def percent(self) -> float:
        """What was reached, in percent of what is possible; each thing counts the same."""
        return 100 * self.met / max(self.possible, 1)

    @property
    def whole_percent(self) -> int:
        """The same, rounded down: 100 only if nothing is missing."""
        return 100 * self.met // max(self.possible, 1)

    @property
    def by_fault_alone(self) -> int:
        """How many modelled errors are missing that need a fault."""
        return sum(error not in ITSELF for row in self.rows for error in row.missing)


_BEGUN_BY = {
    "create": "CreateContainerService",
    "deploy": "CreateContainerServiceDeployment",
    **dict.fromkeys(("update", "disable", "enable"), "UpdateContainerService"),
    "delete": "DeleteContainerService",
}
"""Which operation takes an edge; the others follow by themselves."""


def counted(
    coverage: Coverage,
    model: ServiceModel,
    *,
    whole: bool = False,
    include: Collection[str] = (),
    omit: Collection[str] = (),
) -> frozenset[str]:
    """Return the operations that count: those that the code under test called, or others if asked for.

    Args:
        coverage: the counts.
        model: the service model that says which operations there are.
        whole: also those that the account simulates and no one has called.
        include: patterns of names: these instead, called or not.
        omit: patterns of names of those that never count.

    >>> from pytest_lightsail.model.service import load
    >>> sorted(counted(Coverage(), load(), include=["*Image*"], omit=["Get*"]))
    ['DeleteContainerImage', 'RegisterContainerImage']
    """
    names = {*CONTAINER_OPERATIONS, *coverage.calls} & model.operations.keys()
    if include:
        names = {name for name in names if _fits(name, include)}
    elif not whole:
        names -= _called_by_tests_alone(coverage)
        names &= coverage.calls.keys()
    return frozenset(name for name in names if not _fits(name, omit))


def _called_by_tests_alone(coverage: Coverage) -> set[str]:
    return {
        name for name, times in coverage.calls_of_tests.items() if times >= coverage.calls[name]
    }


def _fits(name: str, patterns: Collection[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def survey(
    coverage: Coverage, model: ServiceModel, operations: Collection[str] | None = None
) -> Survey:
    """Compare counts with what is possible.

    Args:
        coverage: the counts.
        model: the service model that says which operations and errors there are.
        operations: those that count, with the rules that they can break and what a service goes through
            because of them; all that are simulated or were called if ``None``.

    >>> from pytest_lightsail.model.service import load
    >>> survey(Coverage(), load()).percent
    0.0
    """
    if operations is None:
        operations = counted(coverage, model, whole=True)
    rows = tuple(_row(name, coverage, model) for name in sorted(operations))
    errors = [f"{row.operation} {error}" for row in rows for error in (*row.met, *row.missing)]
    edges = {_EDGES[edge][1]: coverage.edges[_EDGES[edge][0]] for edge in _possible(operations)}
    taken = {name: seen[name] for name, seen in edges.items()}
    reached = {name.rpartition(" ")[2] for name in edges}
    details = STATE_DETAILS if edges else ()
    broken = coverage.service_rules + coverage.input_rules
    categories = (
        _category("operations", sorted(operations), coverage.calls),
        _category("modelled errors", errors, coverage.errors),
        _category("service states", _in(reached, states_of("service")), coverage.states),
        _category("stateDetail codes", details, coverage.details),
        _category("deployment states", _in(reached, states_of("deployment")), coverage.states),
        _category("transitions", taken, taken),
        _category("rules broken", _breakable(operations, model), broken),
    )
    known = {name for _, name in _EDGES.values()}
    unknown = [
        *(coverage.calls.keys() - model.operations.keys()),
        *(name for taken in coverage.edges.values() for name in taken.keys() - known),
        *(coverage.details.keys() - STATE_DETAILS.keys()),
        *(broken.keys() - {*BREAKABLE}),
    ]
    return Survey(coverage, rows, categories, tuple(sorted(unknown)))


def _in(names: Collection[str], ordered: Iterable[str]) -> list[str]:
    return [name for name in ordered if name in names]


def _possible(operations: Collection[str]) -> list[Edge]:
    """The edges that these operations take, and those that follow."""
    taken = {edge for edge in _EDGES if _BEGUN_BY.get(edge.trigger) in operations}
    before = -1
    while before != len(taken):
        before, reached = len(taken), {edge.target for edge in taken}
        taken |= {e for e in _EDGES if e.trigger not in _BEGUN_BY and e.state in reached}
    return [edge for edge in _EDGES if edge in taken]


def _breakable(operations: Collection[str], model: ServiceModel) -> Iterator[str]:
    """Yield the rules that requests of these operations can break."""
    shapes, waiting = set(), [model.operations[name].input for name in operations]
    while waiting:
        name = waiting.pop()
        if name is not None and name not in shapes:
            shapes.add(name)
            shape = model.shapes[name]
            waiting += [shape.item, shape.key, shape.value]
            waiting += [member.shape for member in shape.members.values()]
    for name in BREAKABLE:
        targets = {target.split(".")[0].split("[")[0] for target in rule(name).targets}
        if targets & shapes or (operations and not targets):
            yield name


def _row(operation: str, coverage: Coverage, model: ServiceModel) -> Row:
    begins = f"{operation} "
    seen = {
        name.removeprefix(begins): times
        for name, times in sorted(coverage.errors.items())
        if name.startswith(begins)
    }
    modelled = sorted(model.operations[operation].errors)
    return Row(
        operation=operation,
        calls=coverage.calls[operation],
        met={error: seen[error] for error in modelled if error in seen},
        missing=tuple(error for error in modelled if error not in seen),
        others={error: times for error, times in seen.items() if error not in modelled},
    )


def _category(name: str, possible: Iterable[str], seen: Mapping[str, int]) -> Category:
    every = tuple(possible)
    met = tuple(one for one in every if seen.get(one))
    return Category(name, met, tuple(one for one in every if not seen.get(one)))


# --- as tables -----------------------------------------------------------------------------------

NARROWEST, WIDEST = 80, 100
"""Columns of the text, independent of the terminal."""


class Table(NamedTuple):
    """A table of the survey; the last cell of each row is a list."""

    head: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]

    def lines(self, width: int) -> Iterator[str]:
        """Yield the table as text, its lists on as many lines as they need."""
        *columns, _ = zip(self.head, *self.rows, strict=True)
        widths = [max(map(len, column)) for column in columns]
        for row in (self.head, *self.rows):
            cells = [f"{row[0]:{widths[0]}}"]
            cells += [f"{cell:>{most}}" for cell, most in zip(row[1:-1], widths[1:], strict=True)]
            yield from _filled("".join(f"{cell}  " for cell in cells), row[-1], width)


def _filled(head: str, text: str, width: int) -> list[str]:
    """Return a list after a head, on as many lines as it needs, all beginning in one column."""
    lines = textwrap.wrap(
        # Names stay with their counts.
        text.replace(" ", "\xa0").replace(",\xa0", ", "),
        width,
        initial_indent=head,
        subsequent_indent=" " * len(head),
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [line.replace("\xa0", " ").rstrip() for line in lines] or [head.rstrip()]


def operations_table(survey: Survey) -> Table:
    """Return the operations that were called, with the errors that they returned."""
    rows = []
    for row in survey.rows:
        if row.calls:
            share = f"{len(row.met)}/{len(row.met) + len(row.missing)}"
            met = [f"{_short(error)} {times}" for error, times in row.met.items()]
            others = [f"({_short(error)} {times})" for error, times in row.others.items()]
            rows.append((row.operation, f"{row.calls}", share, ", ".join([*met, *others])))
    return Table(("operation", "calls", "hit", "errors"), rows)


def states_table(name: str, survey: Survey) -> Table:
    """Return the states of a lifecycle table, how often each was entered, and the edges that leave it."""
    entered, taken = survey.coverage.states, survey.coverage.edges[name]
    rows = []
    for state in (ABSENT, *states_of(name)):
        edges = [
            f"{edge.trigger} {taken[edge_name(edge)] or '-'}"
            for edge in TABLES[name]
            if edge.state == state
        ]
        times = "" if state == ABSENT else f"{entered[state] or '-'}"
        rows.append((state, times, ", ".join(edges)))
    return Table((name, "times", "left by"), rows)


def totals_table(survey: Survey) -> Table:
    """Return how much of each category was reached."""
    found = [each for each in survey.categories if each.possible]
    totals = [(each.name, len(each.met), each.possible) for each in found]
    return Table(
        ("", "hit", "of", "percent"),
        [
            (name, f"{met}", f"{possible}", f"{100 * met // possible if possible else 0} %")
            for name, met, possible in (*totals, ("TOTAL", survey.met, survey.possible))
        ],
    )


def coverage_text(survey: Survey, *, missing: bool, width: int = NARROWEST) -> list[str]:
    """Return the survey as text, line by line.

    Args:
        survey: what it shows.
        missing: name all that is missing at the end.
        width: columns to fill, ``NARROWEST`` to ``WIDEST``.

    >>> from pytest_lightsail.model.service import load
    >>> coverage_text(survey(Coverage(), load()), missing=False)[0]
    'never called  CreateCertificate, CreateContainerService,'
    """
    width = min(max(width, NARROWEST), WIDEST)
    operations, details = operations_table(survey), survey.coverage.details
    never = [row.operation for row in survey.rows if not row.calls]
    steps = ", ".join(f"{code} {details[code] or '-'}" for code in STATE_DETAILS)
    sections = [
        [
            *(operations.lines(width) if operations.rows else ()),
            *(_filled("never called  ", ", ".join(never), width) if never and not missing else ()),
        ],
        [*states_table("service", survey).lines(width)],
        [*states_table("deployment", survey).lines(width)],
        _filled("stateDetail  ", steps, width),
        _filled("rules broken  ", ", ".join(_rules(survey)), width),
        [*_missing(survey, width)] if missing else [],
        [*totals_table(survey).lines(width), *_remarks(survey)],
    ]
    return [line for lines in sections if lines for line in ("", *lines)][1:]


def _short(error: str) -> str:
    return error.removesuffix("Exception")


def _rules(survey: Survey) -> Iterator[str]:
    """Yield how many of each area of the catalogue; the area is what comes before the dot."""
    broken = {*survey.categories[-1].met}
    rules_of = survey.categories[-1]
    possible = sorted([*rules_of.met, *rules_of.missing])
    for area, group in groupby(possible, key=lambda name: name.split(".")[0]):
        rules = {*group}
        yield f"{area} {len(rules & broken)}/{len(rules)}"


def _remarks(survey: Survey) -> Iterator[str]:
    if survey.by_fault_alone:
        missing = sum(len(row.missing) for row in survey.rows)
        yield (
            f"{survey.by_fault_alone} of the {missing} errors that are missing need a fault: "
            "lightsail.faults"
        )
    by_tests = _called_by_tests_alone(survey.coverage) - {row.operation for row in survey.rows}
    if by_tests:
        yield f"not counted, called by tests alone: {', '.join(sorted(by_tests))}"
    if survey.unknown:
        yield f"not counted, unknown to this release: {', '.join(survey.unknown)}"


def _missing(survey: Survey, width: int) -> Iterator[str]:
    """Yield all that is missing, by name."""
    if survey.met == survey.possible:
        return
    yield "missing"
    for category in survey.categories:
        if category.missing and category.name != "modelled errors":
            yield from _filled(f"{category.name:19}  ", ", ".join(category.missing), width)
    for row in survey.rows:
        if row.calls and row.missing:
            names = ", ".join(map(_short, row.missing))
            yield from _filled(f"{'modelled errors':19}  ", f"{row.operation}: {names}", width)
    if any(not row.calls for row in survey.rows):
        yield f"{'modelled errors':19}  all those of operations that were never called"
