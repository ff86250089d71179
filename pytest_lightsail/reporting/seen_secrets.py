"""What an account has seen of secrets: in calls and in answers."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from ..contract.secrets import find_secrets
from ..simulator.history import Call, masked

__all__ = ["Public", "SeenSecrets"]

_NAMES = frozenset({"image", "label", "region", "url"})


class SeenSecrets:
    """The secrets that an account has seen.

    A value that only looks like a secret is none if it is public: calls have it where nothing is masked,
    or it is part of the name of something.

    Args:
        unmasked: names of variables and members whose values are no secrets.
    """

    def __init__(self, unmasked: Collection[str] = ()) -> None:
        self._unmasked = unmasked
        self._public = Public()
        self._looked = 0

    def in_calls(self, calls: Sequence[Call], names: Iterable[str] = ()) -> set[str]:
        """Return the secrets in those of an account's calls, and their answers, that are new.

        Args:
            calls: all calls so far.
            names: names of other things, such as functions and files.
        """
        new, self._looked = calls[self._looked :], len(calls)
        return self.among(
            [part for call in new for part in (call.parameters, call.answer)], calls, names
        )

    def among(
        self, documents: Iterable[Any], calls: Sequence[Call], names: Iterable[str] = ()
    ) -> set[str]:
        """Return the secrets in documents, such as arguments; calls and names say what is public."""
        found = {secret for each in documents for secret in find_secrets(each, self._unmasked)}
        named = {value for value, is_named in found if is_named}
        others = {value for value, _ in found} - named
        if others:
            self._public.read(calls, names)
            named |= {value for value in others if value not in self._public}
        return named


class Public:
    """What may be read: names, and all that is nowhere masked."""

    def __init__(self) -> None:
        self._names, self._texts = set[str](), set[str]()
        self._read = 0

    def read(self, calls: Sequence[Call], names: Iterable[str] = ()) -> None:
        """Read an account's calls, of which those that were read before are the first."""
        self._names.update(names)
        new, self._read = calls[self._read :], len(calls)
        for call in new:
            self._names.add(call.region)
            for document in (call.parameters, call.answer):
                for is_name, text in _texts(masked(document)):
                    (self._names if is_name else self._texts).add(text)

    def __contains__(self, value: str) -> bool:
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
