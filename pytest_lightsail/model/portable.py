r"""Rewrite the patterns of AWS's models so that every regular-expression engine reads them alike.

A pattern of a service model means the whole string. JSON Schema means "somewhere in the string", in the
dialect of ECMA-262, and Python has another dialect: there ``$`` also matches before a final newline, and
``\w``, ``\d`` and ``\s`` also match characters beyond ASCII. ``portable`` writes a pattern with only what
these dialects share. It knows the constructs that AWS's models use, and refuses any other.

>>> portable("^[a-z]|[a-z][a-z-]+[a-z]$")
'^(?:[a-z]|[a-z][a-z\\-]+[a-z])(?![\\s\\S])'
"""

from __future__ import annotations

import re
from functools import lru_cache

__all__ = ["UntranslatablePattern", "compiled", "portable"]

_END = r"(?![\s\S])"
_SHORTHANDS = {"w": "A-Za-z0-9_", "d": "0-9", "s": r" \t\n\v\f\r"}
_CHARACTER = r"\\(?:x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|[\s\S])"
_TOKEN = re.compile(
    rf"""
      (?P<anything>\[\\s\\S\])
    | \[(?P<class>\^?\]?(?:{_CHARACTER}|[^\]\\\[])*)\]
    | (?P<escape>{_CHARACTER})
    | (?P<quantifier>(?:[*+?]|\{{[0-9]+(?:,[0-9]*)?\}})\??(?![*+?{{]))
    | (?P<syntax>\((?:\?[:!]|(?!\?))|[)|])
    | (?P<plain>[^\[\\(){{}}*+?|])
    """,
    re.VERBOSE,
)
_ITEM = re.compile(rf"(?P<low>{_CHARACTER}|[^\\])(?:-(?P<high>{_CHARACTER}|[^\\]))?")


class UntranslatablePattern(ValueError):
    """The pattern uses a construct that not every engine has; ``str()`` gives the reason."""


@lru_cache(maxsize=1024)
def portable(pattern: str) -> str:
    """Return the pattern for the whole string, as Python, ECMA-262 and Rust read it alike.

    Raises:
        UntranslatablePattern: AWS's models use no such pattern, so its translation is not known.
    """
    inner = pattern.removeprefix("^")
    if inner.endswith("$") and not inner.endswith("\\$"):
        inner = inner[:-1]
    tokens, at = [], 0
    while at < len(inner):
        match = _TOKEN.match(inner, at)
        if match is None:
            raise UntranslatablePattern(f"construct at {inner[at : at + 5]!r}")
        tokens.append(_rewritten(match))
        at = match.end()
    text = f"^(?:{''.join(tokens)}){_END}"
    try:
        re.compile(text)
    except (re.error, OverflowError, RecursionError, ValueError) as error:
        # The last three are raised for counts and nesting that no engine accepts. The reason is not
        # Python's own message, which differs between versions: schemas carry the reason.
        raise UntranslatablePattern("not a regular expression") from error
    return text


@lru_cache(maxsize=1024)
def compiled(pattern: str) -> re.Pattern[str] | None:
    """Return ``portable(pattern)`` compiled; ``None`` if it has no portable form."""
    try:
        return re.compile(_linear(portable(pattern)))
    except UntranslatablePattern:
        return None


def _rewritten(match: re.Match[str]) -> str:
    kind, text = match.lastgroup, match.group()
    if kind == "class":
        negated = "^" if match["class"].startswith("^") else ""
        return _class(negated, match["class"].removeprefix("^"))
    if kind == "escape":
        if text[1].lower() in _SHORTHANDS:
            return f"[{'^' if text[1].isupper() else ''}{_SHORTHANDS[text[1].lower()]}]"
        return _literal(text, keep="^$\\.*+?()[]{}|/")
    return {".": r"[^\n\r\u2028\u2029]", "$": _END}.get(text, text)


def _class(negated: str, inside: str) -> str:
    items = ""
    for item in _ITEM.finditer(inside):
        low, high = item["low"], item["high"]
        name = low[1:]
        if name in _SHORTHANDS and high is None:
            items += _SHORTHANDS[name]
        else:
            items += _in_class(low) + (f"-{_in_class(high)}" if high else "")
    return f"[{negated}{items}]"


def _in_class(text: str) -> str:
    return f"\\{text}" if text in {"[", "]", "^", "-"} else _literal(text, keep="\\[]^-")


def _literal(text: str, keep: str) -> str:
    """Return one character, with a backslash only where all engines accept it."""
    if len(text) != 2 or text[1] in f"{keep}tnrfv":  # noqa: PLR2004 - a backslash and what it escapes
        return text
    if text[1].isalnum():
        raise UntranslatablePattern(f"escape {text}")
    return text[1]


_ONE_AMONG = re.compile(
    r"\^\(\?:(?P<any>{0})\*(?P<one>{0})(?P=any)\*\)(?=\(\?!\[\\s\\S\]\)$)".format(
        r"\[(?:[^\]\\]|\\.)*\]"
    )
)


def _linear(text: str) -> str:
    r"""Rewrite a pattern such as ``.*\S.*`` so that only one character can be the one in the middle.

    Otherwise Python tries every place for it, which takes the square of the length of a text that does
    not match.
    """
    return _ONE_AMONG.sub(
        r"^(?:(?:(?!\g<one>)\g<any>)*\g<one>\g<any>*|\g<any>*(?!\g<any>)\g<one>\g<any>*)", text
    )
