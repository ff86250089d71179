"""What an account has seen of secrets: in calls and in answers."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from ..contract.secrets import find_secrets
from ..simulator.history import Call, masked

__all__ = ["is_public", "seen_secrets"]

_NAMES = frozenset({"image", "label", "region", "url"})


def seen_secrets(
    documents: Iterable[Any],
    calls: Sequence[Call],
    *,
    unmasked: Collection[str] = (),
    names: Iterable[str] = (),
) -> frozenset[str]:
    """Return the secrets in documents, such as parameters and answers.

    A value that only looks like a secret is none if it is public: the calls have it where nothing is
    masked, or it is part of the name of something.

    Args:
        documents: where to look.
        calls: what an account was called with, and what it answered.
        unmasked: names of variables and members whose values are no secrets.
        names: names of other things, such as functions and files.
    """
    found = {secret for each in documents for secret in find_secrets(each, unmasked)}
    named = {value for value, is_named in found if is_named}
    others = {value for value, _ in found} - named
    if others:
        public = _Public(calls, names)
        others = {value for value in others if not public.has(value)}
    return frozenset(named | others)


def is_public(value: str, calls: Sequence[Call]) -> bool:
    """Return whether calls have a value where nothing is masked, or in the name of something."""
    return _Public(calls).has(value)


class _Public:
    """What may be read: names, and all that is nowhere masked."""

    def __init__(self, calls: Sequence[Call], names: Iterable[str] = ()) -> None:
        self._names, self._texts = set(names), set[str]()
        for call in calls:
            self._names.add(call.region)
            for document in (call.parameters, call.answer):
                for is_name, text in _texts(masked(document)):
                    (self._names if is_name else self._texts).add(text)

    def has(self, value: str) -> bool:
        if value in self._texts:
            return True
        word = re.compile(rf"(?<![^\W_]){re.escape(value)}(?![^\W_])")
        return any(value in name and word.search(name) for name in self._names)


def _texts(document: Any, *, is_name: bool = False) -> Iterator[tuple[bool, str]]:
    """Yield every string in a document, and whether it is a name. Keys are."""
    if isinstance(document, str):
        yield is_name, document
    elif isinstance(document, Mapping):
        for key, value in document.items():
            yield True, str(key)
            yield from _texts(value, is_name=key in _NAMES or str(key).lower().endswith("name"))
    elif isinstance(document, (list, tuple)):
        for each in document:
            yield from _texts(each, is_name=is_name)
