"""The part of the report about coverage: a summary, the state diagrams, and tables of what was met."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ..model.lifecycle import ABSENT, STATE_DETAILS
from ..model.rule import limits
from ..model.rules import rule
from .coverage import TABLES, edge_name
from .coverage_survey import BREAKABLE, ITSELF, Survey, states_of
from .html_parts import Section, bar, breakable, section, table_of
from .markup import Markup, Node, tag
from .state_diagram import state_diagram

__all__ = ["coverage_sections"]


def coverage_sections(survey: Survey) -> list[Section]:
    """The sections of the page about coverage."""
    return [
        section("coverage", "Coverage", *_summary(survey)),
        section("states", "States", *_diagrams(survey), *_steps(survey)),
        section("operations", "Operations and errors", *_matrix(survey)),
        section("rules", "Rules", *_rules(survey)),
        *([section("faults", "Faults", _faults(survey))] if survey.coverage.faults else []),
    ]


def _summary(survey: Survey) -> Iterable[Markup]:
    rows: list[list[Node]] = [
        [
            category.name,
            f"{len(category.met)} of {category.possible}",
            bar(len(category.met), category.possible),
        ]
        for category in survey.categories
    ]
    rows.append(
        [
            tag("strong", "all"),
            f"{survey.met} of {survey.possible} ({survey.whole_percent} %)",
            bar(survey.met, survey.possible),
        ]
    )
    yield table_of("What the tests have met", ["what", "met", "share"], rows, class_="summary")
    if survey.unknown:
        yield tag(
            "p", f"Not known to this release of pytest-lightsail: {', '.join(survey.unknown)}."
        )


def _diagrams(survey: Survey) -> Iterable[Markup]:
    yield tag(
        "p",
        "A line is the thicker the more often tests went along it. Dashed ones with ×0 are those "
        "that none has gone.",
    )
    for name, edges in TABLES.items():
        taken = survey.coverage.edges[name]
        what = "container service" if name == "service" else name
        yield tag("h3", f"The states of a {what}")
        drawing = Markup(state_diagram(name, taken))
        yield _wide(drawing, f"State diagram of a {what}", f"diagram {name}")
        rows: list[list[Node]] = [
            [_state(edge.state), edge.trigger, _state(edge.target), _count(taken[edge_name(edge)])]
            for edge in edges
        ]
        yield tag(
            "details",
            tag("summary", f"The transitions of a {what} as a table"),
            table_of(
                f"Transitions of a {what}", ["from", "by", "to", "taken"], rows, class_="counts"
            ),
        )


def _state(state: str) -> Node:
    return tag("em", "absent") if state == ABSENT else state


def _steps(survey: Survey) -> Iterable[Markup]:
    coverage = survey.coverage
    counts: Mapping[str, tuple[Iterable[str], Mapping[str, int]]] = {
        "service states": (states_of("service"), coverage.states),
        "deployment states": (states_of("deployment"), coverage.deployment_states),
        "stateDetail codes": (STATE_DETAILS, coverage.details),
    }
    yield tag(
        "div",
        *(
            table_of(
                f"{name}, by how often they were entered",
                ["code" if "codes" in name else "state", "entered"],
                [[tag("code", state), _count(seen.get(state, 0))] for state in possible],
                class_="counts",
            )
            for name, (possible, seen) in counts.items()
        ),
        class_="columns",
    )


def _matrix(survey: Survey) -> Iterable[Markup]:
    modelled = sorted({error for row in survey.rows for error in (*row.met, *row.missing)})
    others = sorted({error for row in survey.rows for error in row.others})
    yield tag(
        "p",
        "How often each operation was answered by each error. The errors in ",
        tag("em", "italics"),
        " are given by no account unless a test injects a fault.",
    )
    head: list[Node] = ["operation", "calls"]
    head += [
        error if error in ITSELF else tag("em", error, title="by a fault alone")
        for error in (*modelled, *others)
    ]
    rows: list[list[Node]] = [
        [
            breakable(row.operation),
            _count(row.calls, "not called"),
            *(_cell(row.met, row.missing, error) for error in modelled),
            *(_cell(row.others, (), error) for error in others),
        ]
        for row in survey.rows
    ]
    table = table_of("Operations and errors", head, rows, class_="matrix")
    yield _wide(table, "Operations and errors", "matrix")
    yield tag(
        "p",
        _count(3),
        " answered so 3 times, ",
        _missing("not met"),
        " possible and not met, ",
        _IMPOSSIBLE,
        " not among the errors of the operation.",
        class_="key",
    )


_IMPOSSIBLE = tag("span", "—", class_="impossible", title="not an error of the operation")


def _cell(met: Mapping[str, int], missing: Sequence[str], error: str) -> Markup:
    if error in met:
        return _count(met[error])
    return _missing("not met") if error in missing else _IMPOSSIBLE


def _count(count: int, never: str = "never") -> Markup:
    return tag("span", f"{count}", class_="met") if count else _missing(never)


def _missing(text: str) -> Markup:
    return tag("span", text, class_="missing")


def _rules(survey: Survey) -> Iterable[Markup]:
    coverage = survey.coverage
    broken = [
        name for name in BREAKABLE if coverage.service_rules[name] or coverage.input_rules[name]
    ]
    whole = [name for name in BREAKABLE if name not in broken]
    rows: list[list[Node]] = [
        [
            tag("code", name),
            _meaning(name),
            f"{coverage.service_rules[name] or '—'}",
            f"{coverage.input_rules[name] or '—'}",
        ]
        for name in broken
    ]
    if rows:
        yield table_of(
            "Rules that were broken",
            ["rule", "what it says", "calls refused", "inputs"],
            rows,
            class_="rules",
        )
    else:
        yield tag("p", "No test has broken a rule.")
    if whole:
        unbroken: list[list[Node]] = [[tag("code", name), _meaning(name)] for name in whole]
        yield tag(
            "details",
            tag("summary", f"{len(whole)} rules that no test has broken"),
            table_of(
                "Rules that no test has broken",
                ["rule", "what it says"],
                unbroken,
                class_="rules",
            ),
        )


def _meaning(name: str) -> str:
    entry = rule(name)
    limited = limits(entry)
    return f"{entry.meaning} ({limited})" if limited and len(limited) < 60 else entry.meaning  # noqa: PLR2004


def _faults(survey: Survey) -> Markup:
    return table_of(
        "Faults that calls have met",
        ["fault", "calls hit"],
        [[name, _count(times)] for name, times in sorted(survey.coverage.faults.items())],
        class_="counts",
    )


def _wide(node: Markup, label: str, kind: str) -> Markup:
    """What may be wider than the page; it is scrolled with the keyboard too."""
    return tag("div", node, class_=f"wide {kind}", role="region", aria_label=label, tabindex=0)
