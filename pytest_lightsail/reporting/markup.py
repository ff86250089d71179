"""HTML and SVG from Python: what is not markup already is text, and is escaped.

>>> str(tag("p", "1 < 2", class_="note"))
'<p class="note">1 &lt; 2</p>'
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from typing import NamedTuple, TypeAlias

__all__ = ["Markup", "Node", "Section", "breakable", "join", "section", "table_of", "tag"]

_VOID = frozenset({"br", "hr", "input", "meta"})


class Markup(str):
    """Text that is HTML: it is put into a page as it is."""

    __slots__ = ()


Node: TypeAlias = "str | int | None"
"""Part of a page: markup as it is, other text escaped, ``None`` nothing."""


def join(*nodes: Node) -> Markup:
    """Return nodes one after the other."""
    return Markup(
        "".join(
            node if isinstance(node, Markup) else escape(str(node))
            for node in nodes
            if node is not None
        )
    )


def tag(name: str, /, *nodes: Node, **attributes: str | float | bool | None) -> Markup:
    """Return an element.

    Args:
        name: its name.
        nodes: what it contains.
        attributes: ``class_`` is ``class``, ``data_test`` is ``data-test``; ``True`` is an attribute
            without a value, ``False`` and ``None`` are left out.
    """
    written = "".join(
        f" {key.rstrip('_').replace('_', '-')}"
        + ("" if value is True else f'="{escape(str(value))}"')
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    if name in _VOID:
        return Markup(f"<{name}{written}>")
    return Markup(f"<{name}{written}>{join(*nodes)}</{name}>")


class Section(NamedTuple):
    """A section of a page: its id, its title, and all of it."""

    name: str
    title: str
    markup: Markup


def section(name: str, title: str, *nodes: Node) -> Section:
    """Return a section of a page that links can lead to."""
    return Section(name, title, tag("section", tag("h2", title), *nodes, id=name))


def table_of(
    caption: str, head: Sequence[Node], rows: Sequence[Sequence[Node]], *, class_: str = ""
) -> Markup:
    """Return a table whose rows are named by their first cell."""
    return tag(
        "table",
        tag("caption", caption),
        tag("thead", tag("tr", *(tag("th", tag("span", cell), scope="col") for cell in head))),
        tag(
            "tbody",
            *(
                tag("tr", tag("th", row[0], scope="row"), *(tag("td", cell) for cell in row[1:]))
                for row in rows
            ),
        ),
        class_=class_ or None,
    )


def breakable(name: str) -> Markup:
    """Return a name that may be broken between its words if there is little room.

    >>> str(breakable("tests/test_a.py::TestRelease"))
    'tests/<wbr>test_<wbr>a.py::<wbr>Test<wbr>Release'
    """
    words = re.split(r"(?<=[a-z])(?=[A-Z])|(?<=[/_])|(?<=::)", name)
    return Markup("<wbr>".join(escape(word) for word in words))
