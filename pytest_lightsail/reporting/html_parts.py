"""Parts of pages that sections share."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from typing import NamedTuple

from .markup import Markup, Node, tag

__all__ = ["Section", "bar", "breakable", "section", "table_of"]


class Section(NamedTuple):
    """A section of a page: its id, its title, and all of it."""

    name: str
    title: str
    markup: Markup


def section(name: str, title: str, *nodes: Node) -> Section:
    """A section of a page that links can lead to."""
    return Section(name, title, tag("section", tag("h2", title), *nodes, id=name))


def table_of(
    caption: str, head: Sequence[Node], rows: Sequence[Sequence[Node]], *, class_: str = ""
) -> Markup:
    """A table whose rows are named by their first cell."""
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
    """A name that may be broken between its words where there is little room.

    >>> str(breakable("tests/test_a.py::TestRelease"))
    'tests/<wbr>test_<wbr>a.py::<wbr>Test<wbr>Release'
    """
    words = re.split(r"(?<=[a-z])(?=[A-Z])|(?<=[/_])|(?<=::)", name)
    return Markup("<wbr>".join(escape(word) for word in words))


def bar(part: int, whole: int) -> Markup:
    """A share as a bar; it says nothing that does not stand beside it."""
    share = 100 * part / whole if whole else 0.0
    return tag(
        "svg",
        tag("rect", class_="all", width="100%", height="100%"),
        tag("rect", class_="part", width=f"{share:.1f}%", height="100%"),
        class_="share",
        aria_hidden="true",
    )
