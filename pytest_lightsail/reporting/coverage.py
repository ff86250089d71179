"""API coverage: the events that occurred in accounts, compared with all possible events.

``Coverage`` counts the events. Its JSON form stores the counts of a run. The counts of several runs
or workers can be added up. ``survey`` compares them with the lifecycle tables, the service model
and the rules, and ``coverage_text`` shows the result as text.
"""

from __future__ import annotations

import json
import textwrap
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from fnmatch import fnmatchcase
from itertools import groupby
from typing import Any, NamedTuple

from ..exceptions import ConfigurationError
from ..model.catalogue import RULES, rule
from ..model.lifecycle import (
    ABSENT,
    BEGUN_BY,
    DEPLOYMENT_EDGES,
    DEPLOYMENT_STATES,
    SERVICE_EDGES,
    SERVICE_STATES,
    STATE_DETAILS,
    Edge,
)
from ..model.service import ServiceModel
from ..output_files import GENERATOR, check_document
from ..simulator.history import Call, History, StateChange
from ..simulator.operations import CONTAINER_OPERATIONS, OPERATIONS

FORMAT = 2
"""The version of the JSON document's format."""

TABLES: Mapping[str, tuple[Edge, ...]] = {"service": SERVICE_EDGES, "deployment": DEPLOYMENT_EDGES}
"""Maps names in the document to tables of the lifecycle."""

_BEYOND = {f"{name}Request" for name in OPERATIONS.keys() - CONTAINER_OPERATIONS.keys()}
BREAKABLE: tuple[str, ...] = tuple(
    sorted(
        entry.id
        for entry in RULES
        # Leave out rules that only apply to operations outside the container family.
        if entry.message
        and not (entry.targets and {name.split(".")[0] for name in entry.targets} <= _BEYOND)
    )
)
"""The ids of the rules that can refuse a call."""

ITSELF: frozenset[str] = frozenset(entry.error for entry in RULES)
"""The errors that the account returns by itself. All other errors require a fault."""

_EDGES = {edge: (table, str(edge)) for table, edges in TABLES.items() for edge in edges}


# --- counts --------------------------------------------------------------------------------------


@dataclass
class Coverage:
    """How often tests have reached each operation, error, edge, step, rule and fault.

    Attributes:
        releases: the botocore releases whose service models were used.
        calls: the number of calls, by operation.
        calls_of_tests: the number of calls that tests themselves made, by operation. ``calls``
            includes them.
        errors: the number of error responses, by operation and code with a space between them.
        injected: the number of error responses that faults injected. ``errors`` includes them.
        service_edges: how often services took each edge of their lifecycle, by the edge's name.
        deployment_edges: how often deployments took each edge of their lifecycle, by the edge's
            name.
        details: how often services entered each step, by its ``stateDetail`` code.
        service_rules: the number of refused calls, by the rule that they broke.
        input_rules: the number of inputs that property tests passed to callers, by the rule that
            they broke.
        faults: the number of calls that faults hit, by the fault's name.

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
        """How often each edge was taken, by table."""
        return {"service": self.service_edges, "deployment": self.deployment_edges}

    @property
    def states(self) -> Counter[str]:
        """How often each state was entered. Services and deployments do not share any states."""
        states: Counter[str] = Counter()
        for name, times in (*self.service_edges.items(), *self.deployment_edges.items()):
            states[name.rpartition(" ")[2]] += times
        del states[ABSENT]
        return states

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
            return  # this is not an API request
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
        """Return the counts as plain data, sorted by name."""
        counts = {name: dict(sorted(getattr(self, name).items())) for name in _COUNTERS}
        return {"format": FORMAT, "botocore": sorted(self.releases), **counts}

    def to_json(self) -> str:
        """Return the text of the coverage file. Equal counts give equal text."""
        document = {"generator": GENERATOR, **self.document()}
        return json.dumps(document, indent=2, ensure_ascii=False) + "\n"

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Coverage:
        """Return the coverage that a document from ``document()`` or ``checked()`` contains."""
        # the unary plus removes zeros
        counts = {name: +Counter(document.get(name, {})) for name in _COUNTERS}
        return cls(set(document.get("botocore", ())), **counts)


_COUNTERS = tuple(each.name for each in fields(Coverage) if each.name != "releases")
# sums of larger counts may have more digits than Python converts to a string
_COUNT = {"type": "integer", "minimum": 0, "maximum": 1 << 63}
_SCHEMA = {
    "type": "object",
    "properties": {
        "botocore": {"type": "array", "items": {"type": "string"}},
        **{key: {"type": "object", "additionalProperties": _COUNT} for key in _COUNTERS},
    },
}


def checked(document: Any, where: str) -> dict[str, Any]:
    """Return a file's JSON document if it contains coverage.

    Args:
        document: the JSON.
        where: the name of the file.

    Raises:
        ConfigurationError: it does not contain coverage, or has another format.
    """
    try:
        check_document(document, _SCHEMA, FORMAT)
    except ConfigurationError as error:
        raise ConfigurationError(f"{where} is not a Lightsail coverage: {error}") from None
    coverage: dict[str, Any] = document
    return coverage


# --- compared with what is possible --------------------------------------------------------------

_OPERATIONS, _ERRORS, _RULES = "operations", "modelled errors", "rules broken"


@dataclass(frozen=True)
class Survey:
    """Counts, and how they compare with what is possible.

    Attributes:
        coverage: the counts.
        categories: how often each item was reached, by category. Errors have the same names as in
            ``Coverage.errors``.
        unknown: items that were reached in another release but do not exist in this one.
        of_tests: operations that do not count because only tests called them.
    """

    coverage: Coverage
    categories: Mapping[str, Mapping[str, int]]
    unknown: tuple[str, ...]
    of_tests: tuple[str, ...]

    @property
    def met(self) -> int:
        """The number of items that were reached, over all categories."""
        return sum(map(_reached, self.categories.values()))

    @property
    def possible(self) -> int:
        """The number of items, over all categories."""
        return sum(map(len, self.categories.values()))

    @property
    def percent(self) -> float:
        """The percentage of items that were reached. All items have equal weight."""
        return 100 * self.met / max(self.possible, 1)

    def missing(self, category: str) -> list[str]:
        """Return the items in a category that were not reached."""
        return [name for name, times in self.categories[category].items() if not times]

    def errors(self, operation: str) -> dict[str, int]:
        """Return how often an operation returned each error that the service model lists for it."""
        modelled = self.categories[_ERRORS].items()
        return {name.split()[1]: times for name, times in modelled if name.split()[0] == operation}


def _reached(items: Mapping[str, int]) -> int:
    return sum(map(bool, items.values()))


def _called_by_tests_alone(coverage: Coverage) -> set[str]:
    return {
        name for name, times in coverage.calls_of_tests.items() if times >= coverage.calls[name]
    }


def _fits(name: str, patterns: Collection[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def survey(
    coverage: Coverage,
    model: ServiceModel,
    *,
    whole: bool = True,
    include: Collection[str] = (),
    omit: Collection[str] = (),
) -> Survey:
    """Compare counts with what is possible.

    Args:
        coverage: the counts.
        model: the service model that defines the operations and their errors.
        whole: whether to count all simulated operations, and not only those that the code under
            test called.
        include: names or name patterns of operations. If given, only these count, whether called or
            not.
        omit: names or name patterns of operations that do not count.

    >>> from pytest_lightsail.model.service import load
    >>> survey(Coverage(), load()).percent
    0.0
    >>> survey(Coverage(), load(), include=["*Image*"], omit=["Get*"]).missing("operations")
    ['DeleteContainerImage', 'RegisterContainerImage']
    """
    found = {*CONTAINER_OPERATIONS, *coverage.calls, *include} & model.operations.keys()
    found = {name for name in found if not _fits(name, omit)}
    of_tests: set[str] = set()
    if include:
        found = {name for name in found if _fits(name, include)}
    elif not whole:
        found &= coverage.calls.keys()
        of_tests = found & _called_by_tests_alone(coverage)
    operations = found - of_tests
    names = sorted(operations)
    errors = [f"{name} {code}" for name in names for code in sorted(model.operations[name].errors)]
    edges = [_EDGES[edge] for edge in _possible(operations)]
    reached = {name.rpartition(" ")[2] for _, name in edges}
    broken = coverage.service_rules + coverage.input_rules
    categories = {
        _OPERATIONS: {name: coverage.calls[name] for name in names},
        _ERRORS: {name: coverage.errors[name] for name in errors},
        "service states": _entered(SERVICE_STATES, coverage, reached),
        "stateDetail codes": {code: coverage.details[code] for code in STATE_DETAILS if edges},
        "deployment states": _entered(DEPLOYMENT_STATES, coverage, reached),
        "transitions": {name: coverage.edges[table][name] for table, name in edges},
        _RULES: {name: broken[name] for name in _breakable(operations, model)},
    }
    known = {name for _, name in _EDGES.values()}
    unknown = [
        *(coverage.calls.keys() - model.operations.keys()),
        *(name for taken in coverage.edges.values() for name in taken.keys() - known),
        *(coverage.details.keys() - STATE_DETAILS.keys()),
        *(broken.keys() - {*BREAKABLE}),
    ]
    return Survey(coverage, categories, tuple(sorted(unknown)), tuple(sorted(of_tests)))


def _entered(
    states: Collection[str], coverage: Coverage, reached: Collection[str]
) -> dict[str, int]:
    return {state: coverage.states[state] for state in states if state in reached}


def _possible(operations: Collection[str]) -> list[Edge]:
    """Return the edges that these operations take, and the edges that can follow them."""
    taken = {edge for edge in _EDGES if BEGUN_BY.get(edge.trigger) in operations}
    before = -1
    while before != len(taken):
        before, reached = len(taken), {edge.target for edge in taken}
        taken |= {e for e in _EDGES if e.trigger not in BEGUN_BY and e.state in reached}
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


# --- as tables -----------------------------------------------------------------------------------

WIDTH = 80
"""The width of the text in columns, regardless of the terminal."""


class Table(NamedTuple):
    """One table of a survey. The last cell in each row is a list of any length."""

    head: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]

    def lines(self) -> Iterator[str]:
        """Yield the lines of the table as text. Each list takes as many lines as it needs."""
        *columns, _ = zip(self.head, *self.rows, strict=True)
        widths = [max(map(len, column)) for column in columns]
        for row in (self.head, *self.rows):
            cells = [f"{row[0]:{widths[0]}}"]
            cells += [f"{cell:>{most}}" for cell, most in zip(row[1:-1], widths[1:], strict=True)]
            yield from _filled("".join(f"{cell}  " for cell in cells), row[-1])


def _filled(head: str, text: str) -> list[str]:
    """Return the lines of a heading and of the text next to it, with a hanging indent."""
    lines = textwrap.wrap(
        # keep a name and its count on one line
        text.replace(" ", "\xa0").replace(",\xa0", ", "),
        WIDTH,
        initial_indent=head,
        subsequent_indent=" " * len(head),
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [line.replace("\xa0", " ").rstrip() for line in lines] or [head.rstrip()]


def operations_table(survey: Survey) -> Table:
    """Return a table of the operations that were called, with the errors that they returned."""
    rows = []
    for operation, calls in survey.categories[_OPERATIONS].items():
        if not calls:
            continue
        modelled = survey.errors(operation)
        shown = [f"{_short(error)} {times}" for error, times in modelled.items() if times]
        for name, times in sorted(survey.coverage.errors.items()):
            called, error = name.split(" ", 1)
            if called == operation and error not in modelled:
                shown.append(f"({_short(error)} {times})")
        share = f"{_reached(modelled)}/{len(modelled)}"
        rows.append((operation, f"{calls}", share, ", ".join(shown)))
    return Table(("operation", "calls", "hit", "errors"), rows)


def states_table(name: str, survey: Survey) -> Table:
    """Return a table of states: how often each was entered, and the edges that leave it."""
    entered, taken = survey.coverage.states, survey.coverage.edges[name]
    rows = []
    for state in (ABSENT, *(SERVICE_STATES if name == "service" else DEPLOYMENT_STATES)):
        edges = [
            f"{edge.trigger} {taken[str(edge)] or '-'}"
            for edge in TABLES[name]
            if edge.state == state
        ]
        times = "" if state == ABSENT else f"{entered[state] or '-'}"
        rows.append((state, times, ", ".join(edges)))
    return Table((name, "times", "left by"), rows)


def totals_table(survey: Survey) -> Table:
    """Return a table that shows how many items were reached in each category."""
    totals = [(name, _reached(each), len(each)) for name, each in survey.categories.items() if each]
    return Table(
        ("", "hit", "of", "percent"),
        [
            (name, f"{met}", f"{possible}", f"{100 * met // max(possible, 1)} %")
            for name, met, possible in (*totals, ("TOTAL", survey.met, survey.possible))
        ],
    )


def coverage_text(survey: Survey, *, missing: bool) -> list[str]:
    """Return a survey as lines of text.

    Args:
        survey: the survey.
        missing: whether to list the items that were not reached.

    >>> from pytest_lightsail.model.service import load
    >>> coverage_text(survey(Coverage(), load()), missing=False)[0]
    'never called  CreateCertificate, CreateContainerService,'
    """
    operations, details = operations_table(survey), survey.coverage.details
    never = ", ".join(survey.missing(_OPERATIONS))
    steps = ", ".join(f"{code} {details[code] or '-'}" for code in STATE_DETAILS)
    sections = [
        [
            *(operations.lines() if operations.rows else ()),
            *(_filled("never called  ", never) if never and not missing else ()),
        ],
        [*states_table("service", survey).lines()],
        [*states_table("deployment", survey).lines()],
        _filled("stateDetail  ", steps),
        _filled("rules broken  ", ", ".join(_rules(survey))),
        [*_missing(survey)] if missing else [],
        [*totals_table(survey).lines(), *_remarks(survey)],
    ]
    return [line for lines in sections if lines for line in ("", *lines)][1:]


def _short(error: str) -> str:
    return error.removesuffix("Exception")


def _rules(survey: Survey) -> Iterator[str]:
    """Yield how many rules were broken in each area, the part before the dot in an id."""
    rules = survey.categories[_RULES]
    for area, group in groupby(sorted(rules), key=lambda name: name.split(".")[0]):
        counts = [rules[name] for name in group]
        yield f"{area} {sum(map(bool, counts))}/{len(counts)}"


def _remarks(survey: Survey) -> Iterator[str]:
    missing = survey.missing(_ERRORS)
    by_fault = [name for name in missing if name.split()[1] not in ITSELF]
    if by_fault:
        yield (
            f"{len(by_fault)} of the {len(missing)} errors that are missing need a fault: "
            "lightsail.faults"
        )
    yield from called_by_tests(survey)
    if survey.unknown:
        yield f"not counted, unknown to this release: {', '.join(survey.unknown)}"


def called_by_tests(survey: Survey) -> Iterator[str]:
    """Yield a note on operations that do not count, because only tests called them."""
    if survey.of_tests:
        names = ", ".join(survey.of_tests)
        yield f"not counted, called by test modules or conftest.py alone: {names}"
        yield "to count them: --lightsail-cov-include=NAME, or --lightsail-cov=all"


def _missing(survey: Survey) -> Iterator[str]:
    """Yield the items that were not reached."""
    if survey.met == survey.possible:
        return
    yield "missing"
    for name in survey.categories:
        if name != _ERRORS and (missing := survey.missing(name)):
            yield from _filled(f"{name:19}  ", ", ".join(missing))
    head = f"{_ERRORS:19}  "
    for operation, calls in survey.categories[_OPERATIONS].items():
        errors = [_short(error) for error, times in survey.errors(operation).items() if not times]
        if calls and errors:
            yield from _filled(head, f"{operation}: {', '.join(errors)}")
    if survey.missing(_OPERATIONS):
        yield f"{head}all those of operations that were never called"
