"""The coverage table: a ``Survey`` as lines of text, each made of spans that say what they are.

Whoever prints it decides which colour a kind of span has; the text alone says everything too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Literal, NamedTuple

from ..model.lifecycle import ABSENT, STATE_DETAILS
from .coverage import TABLES, edge_name
from .coverage_survey import Category, Row, Survey, states_of, whole_percent

__all__ = ["NARROWEST", "WIDEST", "Kind", "Line", "Span", "coverage_table", "plain"]

NARROWEST, WIDEST = 80, 100
"""Columns that the table takes, whatever the terminal has."""

Kind = Literal["plain", "heading", "met", "partly", "missing"]


class Span(NamedTuple):
    """A piece of a line."""

    text: str
    kind: Kind = "plain"


Line = tuple[Span, ...]

_MISSING = "-"
"""Stands where a count would."""

_SUFFIX = "Exception"
_ERRORS = "modelled errors"


def coverage_table(survey: Survey, *, missing: bool, width: int = NARROWEST) -> Iterator[Line]:
    """The table, line by line.

    Args:
        survey: what is told.
        missing: name, at the end, whatever is missing.
        width: columns to fill, ``NARROWEST`` to ``WIDEST``.

    >>> from pytest_lightsail.model.service import load
    >>> from .coverage import Coverage
    >>> from .coverage_survey import survey
    >>> plain(next(coverage_table(survey(Coverage(), load()), missing=False)))
    'never called  CreateCertificate, CreateContainerService,'
    """
    width = min(max(width, NARROWEST), WIDEST)
    sections = [
        _operations(survey, width, idle=not missing),
        _life("service", survey, width),
        _life("deployment", survey, width),
        _details(survey, width),
        _rules(survey, width),
        _missing(survey, width) if missing else iter(()),
        _totals(survey),
    ]
    told = [list(section) for section in sections]
    for number, lines in enumerate(filter(None, told)):
        if number:
            yield ()
        yield from map(_trimmed, lines)


def plain(line: Line) -> str:
    """A line without colours."""
    return "".join(span.text for span in line)


def _trimmed(line: Line) -> Line:
    """Without blanks at its end."""
    *head, last = line
    last = last._replace(text=last.text.rstrip())
    return (*head, last) if last.text or not head else _trimmed(tuple(head))


def _operations(survey: Survey, width: int, *, idle: bool) -> Iterator[Line]:
    called = [row for row in survey.rows if row.calls]
    if called:
        longest = max(len(row.operation) for row in called)
        yield (Span(f"{'operation':{longest}}   calls  errors", "heading"),)
        for row in called:
            possible = len(row.met) + len(row.missing)
            head = (
                Span(f"{row.operation:{longest}}  {row.calls:6}  "),
                Span(f"{len(row.met):2}/{possible}", _share(len(row.met), possible)),
                Span("   "),
            )
            yield from _filled(head, _errors(row), width)
    never = _of(survey, "operations").missing
    if idle and never:
        yield from _filled((Span("never called  ", "heading"),), _named(never), width)


def _errors(row: Row) -> list[Span]:
    """The errors that were met, the modelled ones first."""
    met = [Span(f"{_short(error)} {times}", "met") for error, times in row.met.items()]
    others = [Span(f"({_short(error)} {times})") for error, times in row.others.items()]
    return _listed([*met, *others])


def _life(table: str, survey: Survey, width: int) -> Iterator[Line]:
    """Each state: how often it was entered, and the edges that leave it."""
    states = (ABSENT, *states_of(table))
    entered = survey.coverage.states + survey.coverage.deployment_states
    longest = max(len(state) for state in (*states_of("service"), *states_of("deployment")))
    yield (Span(f"{table:{longest}}   times  left by", "heading"),)
    for state in states:
        if state == ABSENT:
            head: Line = (Span(f"{state:{longest}}  {'':6}  "),)
        else:
            kind = _kind(entered[state])
            head = (Span(f"{state:{longest}}  {_times(entered[state]):>6}", kind), Span("  "))
        taken = survey.coverage.edges[table]
        leaving = [
            Span(f"{edge.trigger} {_times(taken[edge_name(edge)])}", _kind(taken[edge_name(edge)]))
            for edge in TABLES[table]
            if edge.state == state
        ]
        yield from _filled(head, _listed(leaving), width)


def _details(survey: Survey, width: int) -> Iterator[Line]:
    seen = survey.coverage.details
    every = [Span(f"{code} {_times(seen[code])}", _kind(seen[code])) for code in STATE_DETAILS]
    yield from _filled((Span("stateDetail  ", "heading"),), _listed(every), width)


def _rules(survey: Survey, width: int) -> Iterator[Line]:
    """How many of each area of the catalogue; the area is what comes before the dot."""
    category = _of(survey, "rules broken")
    met = {*category.met}
    areas = groupby(sorted((*category.met, *category.missing)), key=lambda one: one.split(".")[0])
    spans = []
    for area, group in areas:
        rules = list(group)
        broken = sum(rule in met for rule in rules)
        spans.append(Span(f"{area} {broken}/{len(rules)}", _share(broken, len(rules))))
    yield from _filled((Span("rules broken  ", "heading"),), _listed(spans), width)


def _totals(survey: Survey) -> Iterator[Line]:
    longest = max(len(category.name) for category in survey.categories)
    yield (Span(f"{'':{longest}}    met", "heading"),)
    for category in survey.categories:
        yield _total(category.name, len(category.met), category.possible, longest)
    yield _total("TOTAL", survey.met, survey.possible, longest, "heading")
    alone = survey.by_fault_alone
    if alone:
        errors = _of(survey, _ERRORS)
        yield (
            Span(
                f"{alone} of the {len(errors.missing)} errors that are missing come by a fault alone: "
                "lightsail.faults"
            ),
        )
    if survey.unknown:
        yield (Span(f"not counted, unknown to this release: {', '.join(survey.unknown)}"),)


def _total(name: str, met: int, possible: int, longest: int, kind: Kind = "plain") -> Line:
    return (
        Span(f"{name:{longest}}", kind),
        Span(f"  {met:5}  of {possible:3}  "),
        Span(f"{whole_percent(met, possible):3} %", _share(met, possible)),
    )


def _missing(survey: Survey, width: int) -> Iterator[Line]:
    """All that is missing, by name; errors of operations that were never called are all missing."""
    if survey.met == survey.possible:
        return
    yield (Span("missing", "heading"),)
    longest = max(len(category.name) for category in survey.categories)
    for category in survey.categories:
        head = f"{category.name:{longest}}  "
        if category.name != _ERRORS:
            if category.missing:
                yield from _filled((Span(head),), _named(category.missing), width)
            continue
        for row in survey.rows:
            if row.calls and row.missing:
                named = [Span(f"{row.operation}:"), *_named(map(_short, row.missing))]
                yield from _filled((Span(head),), named, width)
                head = " " * len(head)
        if any(not row.calls for row in survey.rows):
            yield (Span(f"{head}all those of operations that were never called"),)


def _of(survey: Survey, name: str) -> Category:
    return next(category for category in survey.categories if category.name == name)


def _named(names: Iterable[str]) -> list[Span]:
    return _listed(Span(name, "missing") for name in names)


def _share(met: int, possible: int) -> Kind:
    return "met" if met == possible else "partly" if met else "missing"


def _kind(times: int) -> Kind:
    return "met" if times else "missing"


def _times(times: int) -> str:
    return str(times) if times else _MISSING


def _short(error: str) -> str:
    return error.removesuffix(_SUFFIX)


def _listed(spans: Iterable[Span]) -> list[Span]:
    every = list(spans)
    return [Span(f"{span.text},", span.kind) for span in every[:-1]] + every[-1:]


def _filled(head: Sequence[Span], spans: Iterable[Span], width: int) -> Iterator[Line]:
    """Spans after a head, on as many lines as they need, all beginning in the same column."""
    indent = sum(len(span.text) for span in head)
    line, used = list(head), indent
    for span in spans:
        space = " " if used > indent else ""
        if used > indent and used + len(space) + len(span.text) > width:
            yield tuple(line)
            line, used, space = [Span(" " * indent)], indent, ""
        line += [Span(space), span] if space else [span]
        used += len(space) + len(span.text)
    yield tuple(line)
