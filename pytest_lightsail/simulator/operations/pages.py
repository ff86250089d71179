"""Answers in pages: a token of the answer before says where the next page begins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from ..errors import refuse

__all__ = ["PAGE", "page"]

PAGE = 100
"""Elements of a page (assumed)."""

_PREFIX = "from-"
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
        number = token.removeprefix(_PREFIX)
        if number == token or not (number.isascii() and number.isdigit()):
            raise refuse("page.token", ("pageToken",), token)
        first = int(number)
    end = first + PAGE
    more = {"nextPageToken": f"{_PREFIX}{end}"} if end < len(elements) else {}
    return list(elements[first:end]), more
