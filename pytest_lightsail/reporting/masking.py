"""Find secrets in an account's calls, and mask secrets in text, even if they are encoded."""

from __future__ import annotations

import base64
import html
import json
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus

from ..model.secrets import SHORTEST, find_secrets, looks_secret
from ..simulator.history import Call, masked

if TYPE_CHECKING:
    from ..simulator.account import Account

MASK = "***"
_SHORTEST_PART = 4
"""The minimum length of a secret, or of a part of a secret, that is masked."""

_LONGEST_PART = 1000
"""How many characters on each side of an ellipsis are searched for part of a secret."""

_DOTS = re.compile(r"(\.{3}|…)")
_SEAM = r"""['"]\n[E>]?\s*[-+?]?\s*b?['"]"""
"""Matches the text between two parts of a string literal that ``pprint`` has split across lines.
The match starts with the closing quote of the first part and ends with the next opening quote."""

_SIGNED = re.compile(
    r"((?:Signature=|Signature:\s+|Credential=|X-Amz-Security-Token['\"]?(?:: ?b?['\"]?|=|, ?b?['\"])))"
    r"[\w/+=%-]+",
    re.IGNORECASE,
)
"""Matches the signature, access key ID or session token of a signed request in botocore's log."""


class Masking:
    """Masks secrets in text. Masking many secrets is as fast as masking one.

    A secret that looks like an ordinary word is masked only where it occurs as a whole word.
    """

    def __init__(self) -> None:
        self._known: set[str] = set()
        self._words: dict[str, re.Pattern[str]] = {}
        # The plain, escaped and encoded forms of all secrets, keyed by their first characters.
        self._starts: defaultdict[str, list[str]] = defaultdict(list)
        self._reversed: defaultdict[str, list[str]] = defaultdict(list)  # spelled backwards

    def add(self, secrets: Iterable[str]) -> None:
        """Add secrets to mask."""
        for secret in secrets:
            if secret in self._known or len(secret) < _SHORTEST_PART:
                continue
            self._known.add(secret)
            if not looks_secret(secret):
                self._words[secret] = re.compile(rf"(?<!\w){re.escape(secret)}(?!\w)")
                continue
            parts = {secret, *filter(looks_secret, secret.splitlines())}
            forms = {form for part in parts for form in _written(part) if len(form) >= SHORTEST}
            for form in forms:
                self._starts[form[:_SHORTEST_PART]].append(form)
                self._reversed[form[::-1][:_SHORTEST_PART]].append(form[::-1])

    def mask(self, text: str, *, cut: bool = True) -> str:
        """Return the text with every secret masked.

        Parts of secrets next to an ellipsis are masked too, because the text may have been
        shortened. Pass ``cut=False`` if the text has not been shortened.
        """
        text = _SIGNED.sub(rf"\1{MASK}", text)
        for word, pattern in self._words.items():
            if word in text:
                text = pattern.sub(MASK, text)
        if not self._starts:
            return text
        joined, seams = re.subn(_SEAM, "", text)
        size = _SHORTEST_PART
        starts = {joined[at : at + size] for at in range(len(joined))} & self._starts.keys()
        found = {form for start in starts for form in self._starts[start] if form in joined}
        for form in sorted(found, key=len, reverse=True):
            text = text.replace(form, MASK)
            if seams:
                text = re.sub(f"(?:{_SEAM})?".join(map(re.escape, form)), MASK, text)
        pieces = _DOTS.split(text) if cut else [text]
        for dots in range(1, len(pieces), 2):
            pieces[dots - 1] = _without_begun(pieces[dots - 1], self._starts)
            pieces[dots + 1] = _without_begun(pieces[dots + 1][::-1], self._reversed)[::-1]
        return "".join(pieces)


def _without_begun(text: str, starts: Mapping[str, list[str]]) -> str:
    """Mask the longest suffix of the text that could be the beginning of a secret."""
    for at in range(max(0, len(text) - _LONGEST_PART), len(text) - _SHORTEST_PART + 1):
        begun = starts.get(text[at : at + _SHORTEST_PART], ())
        if any(form.startswith(text[at:]) for form in begun):
            return text[:at] + MASK
    return text


def masked_text(text: str, secrets: Iterable[str]) -> str:
    """Return the text with every secret masked. The text must not have been shortened."""
    masking = Masking()
    masking.add(secrets)
    return masking.mask(text, cut=False)


def _written(value: str) -> set[str]:
    """Return all usual forms of a value: plain, escaped and encoded."""
    data = value.encode("utf-8", "surrogatepass")
    literals = {value, *(json.dumps(value, ensure_ascii=each)[1:-1] for each in (True, False))}
    literals |= {repr(value)[1:-1], ascii(value)[1:-1]}
    return {
        *literals,
        *(form for each in literals for form in (repr(each)[1:-1], json.dumps(each)[1:-1])),
        repr(data)[2:-1],
        html.escape(value),
        quote(data),
        quote(data, safe=""),
        quote_plus(data),
        *_in_base64(data),
    }


def _in_base64(data: bytes) -> Iterator[str]:
    """Yield each base64 form that ``data`` can have as part of a longer encoded value."""
    for before, shared in enumerate((0, 2, 3)):
        encoded = base64.b64encode(bytes(before) + data).decode()
        yield encoded[shared : (before + len(data)) * 8 // 6]


# --- the secrets of an account -------------------------------------------------------------------

_NAMES = frozenset({"image", "label", "region", "url"})
"""Keys whose values are names, in addition to all keys that end with ``name``."""


class SeenSecrets:
    """Finds the secrets in an account's calls and in services that a test adds without a call.

    A random-looking value that is part of a public name is a secret only if its key marks it as
    one. The values of variables and members named in ``unmasked`` are never secrets.
    """

    def __init__(self, unmasked: Collection[str] = ()) -> None:
        self._unmasked = unmasked
        self._names = set[str]()
        self._searched = self._learnt = 0

    def new(self, account: Account, names: Iterable[str]) -> set[str]:
        """Return the secrets that have appeared since this method was last called.

        ``names`` are public names that do not come from Lightsail calls, such as the test's name.
        """
        calls, given = account.history.calls, list(account.given)
        account.given.clear()
        new, self._searched = calls[self._searched :], len(calls)
        seen = (part for call in new for part in (call.parameters, call.answer))
        # Repeated reads often return the same response object, so search each object only once.
        distinct = {id(part): part for part in (*given, *seen)}
        return self.among(distinct.values(), calls, names)

    def among(
        self, documents: Iterable[Any], calls: Sequence[Call], names: Iterable[str] = ()
    ) -> set[str]:
        """Return the secrets found in documents, ignoring random-looking parts of public names."""
        found = {secret for each in documents for secret in find_secrets(each, self._unmasked)}
        certain = {value for value, is_named in found if is_named}
        others = {value for value, _ in found} - certain
        if others:
            self._names.update(names)
            new, self._learnt = calls[self._learnt :], len(calls)
            for call in new:
                self._names.add(call.region)
                for document in (call.parameters, call.answer):
                    self._names.update(_names_in(masked(document)))
        return certain | {value for value in others if not self._is_in_a_name(value)}

    def _is_in_a_name(self, value: str) -> bool:
        word = re.compile(rf"(?<![^\W_]){re.escape(value)}(?![^\W_])")
        return any(value in name and word.search(name) for name in self._names)


def _names_in(document: Any, *, is_name: bool = False) -> Iterator[str]:
    """Yield each name in a document. All keys count as names."""
    if isinstance(document, str) and is_name:
        yield document
    elif isinstance(document, Mapping):
        for key, value in document.items():
            yield str(key)
            yield from _names_in(value, is_name=key in _NAMES or str(key).lower().endswith("name"))
    elif isinstance(document, (list, tuple)):
        for each in document:
            yield from _names_in(each, is_name=is_name)
