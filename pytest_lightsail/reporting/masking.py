"""Mask secrets in a text, in whatever form they stand there."""

from __future__ import annotations

import base64
import html
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus

from ..contract.secrets import SHORTEST, looks_secret

__all__ = ["Masking", "masked_text"]

_MASK = "***"
_SHORTEST_PART = 4
"""Characters of a part of a secret that is looked for where a text was cut, and of a secret at least."""

_LONGEST_PART = 1000
"""Characters beside the dots in which such a part is looked for."""

_DOTS = re.compile(r"\.{3}|…")
_SEAM = r"""['"]\n[E>]?\s*[-+?]?\s*b?['"]"""
"""Where a literal is cut in two that stand on two lines, as ``pprint`` does."""

_SIGNED = re.compile(
    r"((?:Signature=|Signature:\s+|Credential=|X-Amz-Security-Token['\"]?(?:: ?b?['\"]?|=|, ?b?['\"])))"
    r"[\w/+=%-]+",
    re.IGNORECASE,
)
"""What botocore writes of a signed request."""


class Masking:
    """Masks any number of secrets. The time for a text does not depend on how many there are.

    A secret that looks like an ordinary word is masked where it stands as a whole word.

    >>> masking = Masking()
    >>> masking.add(["hunter2-topsecret"])
    >>> masking.mask("deployed with hunter2-topsecret")
    'deployed with ***'
    """

    def __init__(self) -> None:
        self._known: set[str] = set()
        self._words: dict[str, re.Pattern[str]] = {}
        self._starts: defaultdict[str, list[str]] = defaultdict(list)
        self._ends: defaultdict[str, list[str]] = defaultdict(list)

    def add(self, secrets: Iterable[str]) -> None:
        """Mask these too."""
        for secret in secrets:
            if secret in self._known or len(secret) < _SHORTEST_PART:
                continue
            self._known.add(secret)
            if not looks_secret(secret):
                self._words[secret] = re.compile(rf"(?<!\w){re.escape(secret)}(?!\w)")
                continue
            for form in _forms(secret):
                self._starts[form[:_SHORTEST_PART]].append(form)
                self._ends[form[-_SHORTEST_PART:]].append(form)

    def mask(self, text: str, *, cut: bool = True) -> str:
        """Return the text with every secret in it masked.

        Args:
            text: what is shown.
            cut: whether there may be parts of secrets before or after the dots of a text cut short.
        """
        text = _SIGNED.sub(rf"\1{_MASK}", text)
        for word, pattern in self._words.items():
            if word in text:
                text = pattern.sub(_MASK, text)
        if not self._starts:
            return text
        joined, seams = re.subn(_SEAM, "", text)
        for form in sorted(self._found(joined), key=len, reverse=True):
            text = text.replace(form, _MASK)
            if seams:
                text = re.sub(f"(?:{_SEAM})?".join(map(re.escape, form)), _MASK, text)
        return self._without_cut_parts(text) if cut else text

    def _found(self, text: str) -> Iterator[str]:
        size = _SHORTEST_PART
        for start in {text[at : at + size] for at in range(len(text))} & self._starts.keys():
            yield from (form for form in self._starts[start] if form in text)

    def _without_cut_parts(self, text: str) -> str:
        pieces = _DOTS.split(text)
        if len(pieces) == 1:
            return text
        for place in range(len(pieces) - 1):
            pieces[place] = self._without_end(pieces[place])
            pieces[place + 1] = self._without_start(pieces[place + 1])
        dots = _DOTS.findall(text)
        return "".join(piece + dot for piece, dot in zip(pieces, [*dots, ""], strict=True))

    def _without_end(self, text: str) -> str:
        """Return the text without the longest beginning of a secret that it ends with."""
        for at in range(max(0, len(text) - _LONGEST_PART), len(text) - _SHORTEST_PART + 1):
            begun = self._starts.get(text[at : at + _SHORTEST_PART], ())
            if any(form.startswith(text[at:]) for form in begun):
                return text[:at] + _MASK
        return text

    def _without_start(self, text: str) -> str:
        """Return the text without the longest end of a secret that it starts with."""
        for at in range(min(_LONGEST_PART, len(text)), _SHORTEST_PART - 1, -1):
            ended = self._ends.get(text[at - _SHORTEST_PART : at], ())
            if any(form.endswith(text[:at]) for form in ended):
                return _MASK + text[at:]
        return text


def masked_text(text: str, secrets: Iterable[str]) -> str:
    """Return a text that was not cut short with every secret in it masked."""
    masking = Masking()
    masking.add(secrets)
    return masking.mask(text, cut=False)


def _forms(secret: str) -> set[str]:
    """Return how a secret stands in texts, and those of its lines that look like secrets too."""
    parts = {secret, *filter(looks_secret, secret.splitlines())}
    return {form for part in parts for form in _written(part) if len(form) >= SHORTEST}


def _written(value: str) -> set[str]:
    data = value.encode("utf-8", "surrogatepass")
    literals = {value, *(json.dumps(value, ensure_ascii=each)[1:-1] for each in (True, False))}
    literals |= {repr(value)[1:-1], ascii(value)[1:-1]}
    return {
        *literals,
        *(repr(each)[1:-1] for each in literals),
        repr(data)[2:-1],
        html.escape(value),
        quote(data),
        quote(data, safe=""),
        quote_plus(data),
        *_in_base64(data),
    }


def _in_base64(data: bytes) -> Iterator[str]:
    """Yield what of bytes is the same in the base64 of any text that has them, such as a login."""
    for before, shared in enumerate((0, 2, 3)):
        encoded = base64.b64encode(bytes(before) + data).decode()
        yield encoded[shared : (before + len(data)) * 8 // 6]
