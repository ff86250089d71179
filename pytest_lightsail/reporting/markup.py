"""HTML and SVG out of Python: whatever is not markup already is text, and is escaped.

>>> str(tag("p", "1 < 2", class_="note"))
'<p class="note">1 &lt; 2</p>'
"""

from __future__ import annotations

from html import escape
from typing import TypeAlias

__all__ = ["Markup", "Node", "join", "tag"]

_VOID = frozenset({"br", "hr", "input", "meta"})


class Markup(str):
    """Text that is HTML: it is put into a page as it is."""

    __slots__ = ()


Node: TypeAlias = "str | int | None"
"""What can stand in a page: markup as it is, other text escaped, ``None`` nothing."""


def join(*nodes: Node) -> Markup:
    """Nodes one after the other."""
    return Markup(
        "".join(
            node if isinstance(node, Markup) else escape(str(node))
            for node in nodes
            if node is not None
        )
    )


def tag(name: str, /, *nodes: Node, **attributes: str | float | bool | None) -> Markup:
    """An element.

    Args:
        name: its name.
        nodes: what it contains.
        attributes: ``class_`` is ``class``, ``data_test`` is ``data-test``; ``True`` is an attribute
            without a value, ``False`` and ``None`` are none.
    """
    written = "".join(
        f" {key.rstrip('_').replace('_', '-')}"
        + ("" if value is True else f'="{escape(_plain(value))}"')
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    if name in _VOID:
        return Markup(f"<{name}{written}>")
    return Markup(f"<{name}{written}>{join(*nodes)}</{name}>")


def _plain(value: str | float) -> str:
    if isinstance(value, float):
        return f"{value:.2f}".rstrip("0").rstrip(".")
    return str(value)
