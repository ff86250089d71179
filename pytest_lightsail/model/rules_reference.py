"""The rules catalogue as a page of documentation: ``docs/rules.md``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .rule import Kind, grouped, limits
from .rules import RULES, resolve

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .rule import Rule
    from .service import ServiceModel

__all__ = ["reference"]

_HEAD = """\
# What Amazon Lightsail accepts

The rules that this library knows, as its catalogue (`pytest_lightsail/model/catalogue/`) has them.
This page is written by `pytest-lightsail rules`; change the catalogue, not the page.

*Applies to* names a shape of the service model, a member (`Container.image`), or the keys or
elements of a map or list (`PortMap[key]`, `ContainerServicePublicDomainsList[]`). Limits marked
*model* are taken from botocore's service model and follow it. A *message* is what the service
answers: observed word for word, or assumed, with the parts in braces filled in.
"""

_SECTIONS = (
    (
        "What a value must be",
        "JSON Schema says these by keywords: `x-rule` names the rule beside them.",
        (Kind.REQUIRED, Kind.ENUM, Kind.PATTERN, Kind.LENGTH, Kind.RANGE, Kind.COUNT),
    ),
    (
        "What the members of a request must be to each other",
        "No keyword says these: `x-rules` of a schema lists them, and validation holds them.",
        (Kind.RELATION,),
    ),
    ("What the account must hold", "The simulated account decides these.", (Kind.ACCOUNT,)),
    ("What state the service must be in", "The simulated account decides these.", (Kind.STATE,)),
    ("Quotas", "The simulated account decides these.", (Kind.QUOTA,)),
    ("The JSON itself", "These hold for every operation of the service.", (Kind.FORMAT,)),
)

_COLUMNS = ("Rule", "Applies to", "Limits", "Error", "Message", "Source")


def reference(model: ServiceModel) -> str:
    """The catalogue as Markdown, with the limits that the model states filled in."""
    filled = {entry.id: entry for entries in resolve(model).values() for entry in entries}
    parts = [_HEAD]
    for title, introduction, kinds in _SECTIONS:
        rules = [entry for entry in RULES if entry.kind in kinds]
        parts.append(f"## {title}\n\n{introduction}\n\n{_table(rules, filled)}")
    return "\n".join(parts)


def _table(rules: Iterable[Rule], filled: dict[str, Rule]) -> str:
    rows = [_COLUMNS, ("---",) * len(_COLUMNS)]
    rows += (_row(entry, filled.get(entry.id, entry)) for entry in rules)
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _row(entry: Rule, filled: Rule) -> tuple[str, ...]:
    targets = ", ".join(f"`{target}`" for target in entry.targets) or "everything"
    observed = "observed" if entry.observed else "assumed"
    message = f"{observed}: {_code(entry.message)}" if entry.message else "none"
    return (
        f"`{entry.id}`<br>{_text(entry.meaning)}",
        targets,
        _limits(entry, filled),
        f"`{entry.error}`, code `{entry.code}`" if entry.message else "none",
        message,
        _text(entry.source),
    )


def _limits(entry: Rule, filled: Rule) -> str:
    """The limits, marked where they come from the model."""
    if entry.id.startswith("model."):
        return "*model*"
    if entry.kind is Kind.REQUIRED:
        return "required"
    if not limits(filled):
        return "none"
    text = _text(limits(filled)) if filled.pattern is None else _code(grouped(filled.pattern))
    return text if limits(entry) else f"{text} *model*"


def _text(text: str) -> str:
    return text.replace("|", "\\|").replace("*", "\\*")


def _code(text: str) -> str:
    """Inline code in a table: a bar must be escaped even there, and backticks enclosed by more."""
    mark = "``" if "`" in text else "`"
    padding = " " if mark == "``" else ""
    return f"{mark}{padding}{text}{padding}{mark}".replace("|", "\\|")
