"""JSON documents with random damage."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

Place = tuple[Any, Any]
"""An object or array in the document, and the key or index of one of its values."""

DEEP: Any = None
for _ in range(100):
    DEEP = [DEEP]

JUNK = st.one_of(
    st.sampled_from(
        [
            None,
            True,
            0,
            -1,
            2**70,
            -(2**70),
            1e400,
            float("nan"),
            0.5,
            "",
            "\x00",
            "\ud800",
            "ä" * 300,
        ]
    ),
    st.sampled_from([[], {}, [[]], [{}], {"": None}, {"shape": {}}, {"shape": 5}, DEEP]),
    st.text(max_size=8),
    st.integers(),
)


def places(node: Any) -> Iterator[Place]:
    """Yield the place of every value in a document."""
    items: Any = ()
    if isinstance(node, dict):
        items = node.items()
    elif isinstance(node, list):
        items = enumerate(node)
    for key, value in items:
        yield node, key
        yield from places(value)


@st.composite
def damaged(draw: st.DrawFn, document: Any, most: int = 3) -> Any:
    """Draw the document with up to ``most`` values replaced, removed, renamed or copied."""
    document = copy.deepcopy(document)
    for _ in range(draw(st.integers(1, most))):
        known = list(places(document))
        if not known:
            return document
        node, key = draw(st.sampled_from(known))
        how = draw(st.sampled_from(["replace", "remove", "rename", "copy"]))
        if how == "replace":
            node[key] = copy.deepcopy(draw(JUNK))
        elif how == "remove":
            del node[key]
        elif how == "rename" and isinstance(node, dict):
            node[draw(st.text(max_size=5))] = node.pop(key)
        else:
            other, name = draw(st.sampled_from(known))
            if isinstance(other, dict) and name in other:
                node[key] = copy.deepcopy(other[name])
    return document
