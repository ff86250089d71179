"""Write the pages that are generated from the tables of the package: ``python docs/tables.py``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from pytest_lightsail.conformance.transcript import read, replayed
from pytest_lightsail.model.catalogue import RULES
from pytest_lightsail.model.lifecycle import (
    ABSENT,
    CERTIFICATE_EDGES,
    DEPLOYMENT_EDGES,
    FAILING_SECONDS,
    REFUSALS,
    SERVICE_EDGES,
    STATE_DETAILS,
    TIMELINES,
    Edge,
)
from pytest_lightsail.model.rule import Kind, Rule, grouped, limits
from pytest_lightsail.model.schema import resolve
from pytest_lightsail.model.service import ServiceModel, load

DOCS = Path(__file__).parent
EVIDENCE = DOCS.parent / "tests" / "evidence"
RULE = DOCS.parent / "pytest_lightsail" / "model" / "rule.py"
MODEL = DOCS.parent / "tests" / "data" / "botocore-1.44.5" / "service-2.json.gz"
"""The service model whose limits rules.md shows."""

# --- rules.md: the catalogue ---------------------------------------------------------------------

_HEAD = """\
# What Amazon Lightsail accepts

This page lists all rules in the catalogue. `docs/tables.py` generates this page from
`pytest_lightsail/model/catalogue.py`, so do not edit the page by hand.

A rule *applies to* a shape of the service model, a member (`Container.image`), the keys of a map
(`PortMap[key]`), or the elements of a list (`ContainerServicePublicDomainsList[]`). Limits marked *model*
come from botocore's service model and change with it. The *message* is part of the error response. A
message marked *observed* appears word for word in a transcript in `tests/evidence`. All other messages
are assumed. The account fills in the placeholders in braces. For example, the account
replaces `{problem}` with a description of what was found and what is allowed.

In the [JSON Schemas](schemas.md), the `x-rule` keyword lists the ids of the rules for a value.
"""

_BY_ACCOUNT = "The simulated account checks these rules."
_SECTIONS = (
    (
        "Rules for single values",
        (
            "The JSON Schemas express these rules as keywords and list the ids of the rules in "
            "`x-rule`. The `model.*` rules cover all constraints in the service model that have no rule "
            "of their own."
        ),
        (Kind.REQUIRED, Kind.ENUM, Kind.PATTERN, Kind.LENGTH, Kind.RANGE, Kind.COUNT),
    ),
    (
        "Rules for several members of a request",
        (
            "JSON Schema cannot express these rules. The schemas list the ids of the rules in "
            "`x-rule`, and `validate` checks the rules."
        ),
        (Kind.RELATION,),
    ),
    ("Rules about the contents of the account", _BY_ACCOUNT, (Kind.ACCOUNT,)),
    ("Rules about the state of the service", _BY_ACCOUNT, (Kind.STATE,)),
    ("Quotas", _BY_ACCOUNT, (Kind.QUOTA,)),
    ("Rules for the JSON itself", "These rules apply to every operation.", (Kind.FORMAT,)),
)

_COLUMNS = ("Rule", "Applies to", "Limits", "Error", "Message", "Source")


def rules_reference(model: ServiceModel) -> str:
    """Return the catalogue as Markdown, including the limits that the model defines."""
    filled = {entry.id: entry for entries in resolve(model).values() for entry in entries}
    parts = [_HEAD]
    for title, introduction, kinds in _SECTIONS:
        rows: list[Iterable[str]] = [_COLUMNS, ("---",) * len(_COLUMNS)]
        rows += (_row(one, filled.get(one.id, one)) for one in RULES if one.kind in kinds)
        table = "".join(f"| {' | '.join(row)} |\n" for row in rows)
        parts.append(f"## {title}\n\n{introduction}\n\n{table}")
    return "\n".join(parts)


def _row(entry: Rule, filled: Rule) -> tuple[str, ...]:
    observed = "observed" if entry.observed else f"assumed, {entry.row}"
    return (
        f"`{entry.id}`<br>{_text(entry.meaning)}",
        ", ".join(f"`{target}`" for target in entry.targets) or "everything",
        _limits(entry, filled),
        _error(entry),
        f"{observed}: {_code(entry.message)}" if entry.message else "none",
        _text(entry.source),
    )


def _error(entry: Rule) -> str:
    if not entry.message:
        return "none"
    return f"`{entry.error}`, code `{entry.code}`" if entry.code else f"`{entry.error}`"


def _limits(entry: Rule, filled: Rule) -> str:
    """Return the limits of a rule. Limits that come from the model are marked."""
    if entry.id.startswith("model."):
        return "*model*"
    if entry.kind is Kind.REQUIRED:
        return "required"
    if not limits(filled):
        return "none"
    is_pattern = filled.kind is Kind.PATTERN and filled.pattern is not None
    text = _code(grouped(filled.pattern or "")) if is_pattern else _text(limits(filled))
    return text if limits(entry) else f"{text} *model*"


def _text(text: str) -> str:
    return text.replace("|", "\\|").replace("*", "\\*")


def _code(text: str) -> str:
    """Return ``text`` as inline code for a table cell, with vertical bars escaped."""
    mark, padding = ("``", " ") if "`" in text else ("`", "")
    return f"{mark}{padding}{text}{padding}{mark}".replace("|", "\\|")


# --- lifecycle.md: the states and transitions ----------------------------------------------------

_ENDS = {ABSENT: "[*]"}


def lifecycle_reference() -> str:
    """Return the lifecycle page as Markdown, with Mermaid state diagrams."""
    head = (
        "# The lifecycle of a container service\n\n`docs/tables.py` generates this page, so do not edit "
        "it by hand. Services, deployments and certificates change state only along these edges."
    )
    parts = [
        head,
        "## Container services\n\n" + _diagram(SERVICE_EDGES),
        _edges(SERVICE_EDGES),
        "## Deployments\n\n" + _diagram(DEPLOYMENT_EDGES),
        _edges(DEPLOYMENT_EDGES),
        "## Certificates\n\n" + _diagram(CERTIFICATE_EDGES),
        _edges(CERTIFICATE_EDGES),
        "## Refusals\n\nIf the current state of a service has no edge for an API call, the account "
        "refuses the call. The table shows which [rule](rules.md) a refused call breaks. All "
        "refused calls that are not in the table break `state.busy`.\n\n"
        + _table(
            ("State", "Call", "Rule"),
            [(state, call, f"`{rule}`") for (state, call), rule in REFUSALS.items()],
        ),
        "## How long it takes\n\nThese are the durations at the `realistic` pace. If a script "
        f"makes a deployment fail, the deployment becomes FAILED {FAILING_SECONDS:g} seconds after "
        "the failing step begins.\n\n"
        + _table(
            ("Event", "State", "`stateDetail`", "Lasts"),
            [
                (event, stage.state, stage.detail or "none", f"{stage.seconds:g} s")
                for event, stages in TIMELINES.items()
                for stage in stages
            ],
        ),
        "## Codes of `stateDetail`\n\nThe message texts are assumed.\n\n"
        + _table(("Code", "Message"), [(code, text) for code, text in STATE_DETAILS.items()]),
    ]
    return "\n\n".join(parts) + "\n"


def _diagram(edges: Iterable[Edge]) -> str:
    arrows = (
        f"    {_ENDS.get(edge.state, edge.state)} --> {_ENDS.get(edge.target, edge.target)}"
        f": {edge.trigger}"
        for edge in edges
    )
    return "\n".join(["```mermaid", "stateDiagram-v2", *arrows, "```"])


def _edges(edges: Iterable[Edge]) -> str:
    return _table(
        ("From", "Trigger", "To", "Source"),
        [(edge.state, f"`{edge.trigger}`", edge.target, edge.source) for edge in edges],
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


# --- rule.py: rules with observed messages -----------------------------------------------------------


def rule_module() -> str:
    """Return the source of ``rule.py`` with an up-to-date set of observed rules."""
    found = {
        rule
        for path in EVIDENCE.glob("*.json")
        for step, differences, rule in replayed(read(path))
        if rule and "message" in step.get("error", {}) and not differences
    }
    lines = "".join(f'    "{rule}",\n' for rule in sorted(found))
    source = RULE.read_text(encoding="utf-8")
    return re.sub(r"^(OBSERVED = \{\n)[^}]*", rf"\g<1>{lines}", source, flags=re.MULTILINE)


def main() -> None:
    """Write the module and the pages. If the module has changed, run this again for the pages."""
    RULE.write_text(rule_module(), encoding="utf-8")
    (DOCS / "rules.md").write_text(rules_reference(load(MODEL)), encoding="utf-8")
    (DOCS / "lifecycle.md").write_text(lifecycle_reference(), encoding="utf-8")


if __name__ == "__main__":
    main()
