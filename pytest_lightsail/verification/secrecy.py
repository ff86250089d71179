"""Secrets of a caller, the values of environment variables: where they stand, and who tells them."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from ..simulator.history import Call, masked

__all__ = [
    "environment_values",
    "masked_text",
    "passwords_of",
    "public_values",
    "secrets_of",
    "told_secret",
]

_MASK, _DOTS = "***", "..."
_SHORTEST_PART = 4
"""Characters of a part of a secret that is looked for where a text was cut."""
_SHORTEST = 6
"""Characters of a value that is looked for in texts: shorter ones are in every text."""


def secrets_of(calls: Iterable[Call]) -> frozenset[str]:
    """The values of all environment variables that were sent."""
    return frozenset(value for call in calls for value in environment_values(call.parameters))


def passwords_of(calls: Iterable[Call]) -> frozenset[str]:
    """The passwords of registries that were answered."""
    return frozenset(value for call in calls for value in _values_at("password", call.answer))


def public_values(calls: Iterable[Call]) -> Iterator[str]:
    """What stands elsewhere in calls and answers, such as the Region or a service's address."""
    for call in calls:
        yield call.region
        yield from _texts(masked(call.parameters))
        yield from _texts(masked(call.answer))


def told_secret(
    secrets: Collection[str],
    output: str,
    error: BaseException | None,
    public: Callable[[], Iterable[str]] = tuple,
) -> str:
    """A secret in a text; it is not told again.

    Args:
        secrets: the secrets.
        output: what the caller has printed and logged.
        error: what it has raised.
        public: gives values that are no secrets, whatever else they are; called if it matters.
    """
    where = {"what it printed or logged": output}
    for each in _chain(error):
        words = (str(each), repr(each.args), *map(str, getattr(each, "__notes__", ())))
        where.setdefault(f"the {type(each).__name__} that it raised", "\n".join(words))
    for place, text in where.items():
        told = {secret for secret in secrets if any(form in text for form in _forms((secret,)))}
        if told and not told <= set(public()):
            return f"the value of an environment variable is in {place}"
    return ""


def masked_text(text: str, secrets: Collection[str], *, cut: bool = False) -> str:
    """The text with every secret in it covered.

    Args:
        text: what is told.
        secrets: what is not to be.
        cut: whether there may also be parts of secrets, before or after the dots of a text cut short.
    """
    # What has several lines is often shown line by line.
    parts = {part for secret in secrets for part in (secret, *secret.splitlines())}
    forms = sorted(_forms(parts), key=len, reverse=True)
    for form in forms:
        text = text.replace(form, _MASK)
    if cut and forms:
        pieces = text.split(_DOTS)
        for place in range(len(pieces) - 1):
            pieces[place] = _without_end(pieces[place], forms)
            pieces[place + 1] = _without_start(pieces[place + 1], forms)
        text = _DOTS.join(pieces)
    return text


def _without_end(text: str, forms: Iterable[str]) -> str:
    """The text without the longest beginning of a secret that it ends with."""
    longest = max((_overlap(text, form) for form in forms), default=0)
    return text[: len(text) - longest] + _MASK if longest else text


def _without_start(text: str, forms: Iterable[str]) -> str:
    """The text without the longest end of a secret that it starts with."""
    longest = max((_overlap(form, text) for form in forms), default=0)
    return _MASK + text[longest:] if longest else text


def _overlap(one: str, other: str) -> int:
    """How many characters end the one and begin the other; few are in every text."""
    lengths = range(min(len(one), len(other)), _SHORTEST_PART - 1, -1)
    return next((length for length in lengths if one.endswith(other[:length])), 0)


def _values_at(member: str, value: Any) -> Iterator[str]:
    """The strings in every member of that name, wherever it stands."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            if key == member and isinstance(item, str):
                yield item
            else:
                yield from _values_at(member, item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _values_at(member, item)


def environment_values(value: Any, *, names: bool = False) -> Iterator[str]:
    """The values of environment variables in parameters or arguments, wherever they stand.

    Where ``names``, the keys of ``value`` are names of containers, of which one may be ``environment``.
    """
    if is_dataclass(value) and not isinstance(value, type):
        value = {each.name: getattr(value, each.name) for each in fields(value)}
    if isinstance(value, Mapping):
        for key, item in value.items():
            if key == "environment" and not names and isinstance(item, Mapping):
                yield from (text for text in item.values() if isinstance(text, str))
                # Nobody says what the keys of an argument are: it may be a container of that name.
                inner = {name: part for name, part in item.items() if not isinstance(part, str)}
                yield from environment_values(inner)
            else:
                yield from environment_values(item, names=key == "containers" and not names)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from environment_values(item)


def _forms(secrets: Iterable[str]) -> set[str]:
    """How secrets stand in texts: as they are, as Python quotes them, as JSON does, and those quoted."""
    forms: set[str] = set()
    for secret in secrets:
        if len(secret) >= _SHORTEST:
            once = {secret, repr(secret)[1:-1], json.dumps(secret)[1:-1]}
            encoded = secret.encode("utf-8", "surrogatepass")
            forms |= once | {repr(form)[1:-1] for form in once} | {repr(encoded)[2:-1]}
    return forms


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """An exception, and those that its traceback shows with it."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        hidden = error.__suppress_context__
        error = error.__cause__ or (None if hidden else error.__context__)


def _texts(value: Any) -> Iterator[str]:
    """Every string in a document, keys too."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from _texts([*value.keys(), *value.values()])
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _texts(item)
