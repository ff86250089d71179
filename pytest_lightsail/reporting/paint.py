"""Colours for the lines of a timeline, for terminals that have them."""

from __future__ import annotations

import re
from collections.abc import Callable

from ..simulator.errors import STATUS
from .digest import MATTERS, TIMELINE

__all__ = ["Markup", "paint"]


Markup = Callable[..., str]
"""Wraps a text in what gives it its looks in a terminal: pytest's ``TerminalWriter.markup``."""

_LOOKS: dict[str, dict[str, bool]] = {
    "title": {"bold": True},
    "gap": {"light": True},
    "time": {"cyan": True},
    "error": {"red": True, "bold": True},
    "fault": {"purple": True},
    "rule": {"yellow": True},
    "cause": {"yellow": True},
    "bad": {"red": True},
    "good": {"green": True},
}
_TOKENS = re.compile(
    rf"(?P<title>^(?:{re.escape(MATTERS)}|{re.escape(TIMELINE)})$)"
    r"|(?P<gap>^… .* …$)"
    r"|(?P<time>^\d+:\d\d:\d\d\.\d)"
    rf"|(?<=→ )(?P<error>{'|'.join(map(re.escape, STATUS))}|\w+(?= \(fault ))"
    r"|(?P<fault>\(fault [^)]*\))"
    r"|(?P<rule>\[rule [^\]]*\])"
    r"|(?P<cause>  \(.*\)$|^(?:never used|still to come): .*$)"
    r"|\b(?P<bad>FAILED)\b"
    r"|\b(?P<good>ACTIVE|RUNNING)\b",
    re.MULTILINE,
)


def paint(text: str, markup: Markup) -> str:
    """The text of ``digest`` with colours.

    >>> paint("0:00:01.0    shop: RUNNING", lambda text, **looks: f"<{''.join(looks)} {text}>")
    '<cyan 0:00:01.0>    shop: <green RUNNING>'
    """
    return _TOKENS.sub(lambda found: _painted(found, markup), text)


def _painted(found: re.Match[str], markup: Markup) -> str:
    kind = found.lastgroup
    return found[0] if kind is None else markup(found[0], **_LOOKS[kind])
