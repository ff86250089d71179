"""Answers in pages: a token of the answer before says where the next page begins."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeVar

from ..errors import refuse

__all__ = ["PAGE", "page"]

PAGE = 100
"""Elements of a page (assumed)."""

_PREFIX = "from-"
_TOKEN = re.compile(_PREFIX + "([1-9][0-9]{0,8})")
_Element = TypeVar("_Element")


def page(elements: Sequence[_Element], token: str | None) -> tuple[list[_Element], dict[str, str]]:
    """A page, and the member ``nextPageToken`` if there are more elements behind it.

    >>> page(range(250), "from-200")
    ([200, 201, ...], {})

    Raises:
        Refused: no answer has given this token.
    """
    first = 0
    if token:
        given = _TOKEN.fullmatch(token)
        # One beyond what there is may be true: there can have been more when it was given.
        if given is None or int(given[1]) % PAGE:
            raise refuse("page.token", ("pageToken",), token)
        first = int(given[1])
    end = first + PAGE
    more = {"nextPageToken": f"{_PREFIX}{end}"} if end < len(elements) else {}
    return list(elements[first:end]), more
