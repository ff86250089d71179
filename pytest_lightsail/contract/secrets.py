"""Decide what must not be shown: values of secret members, and of environment variables.

Callers keep passwords in the environment of a container, but also words like ``production`` and ``8080``.
Masking every such word would make a report unreadable.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from ..model.service import Shape

ENVIRONMENT = "environment"
"""The member that maps names of environment variables to their values."""

SHORTEST = 6
"""Characters of a value that is looked for in texts: shorter ones are in every text."""

_SHAPES = frozenset({"Environment"})
_MEMBER = re.compile(
    r".*(?:password|passphrase|secret.*|private_?key.*|access_?key_?id|cert_?key|credentials?"
    r"|ciphertext|user_?data)",
    re.IGNORECASE,
)
_VARIABLE = re.compile(
    r"passw|passphrase|secret|token|credential|(?:pass|pwd|keys?)(?![a-z])", re.IGNORECASE
)
_NUMBER = re.compile(r"[\d.,:+-]{,15}")
# Words of 16 letters are rare; generated keys that have letters alone begin there.
_WORD = re.compile(r"[^\W\d_]{,15}")


def looks_secret(value: str) -> bool:
    """Return whether a value looks like a secret rather than like an ordinary word or number.

    Words have letters alone, in one case, and fewer than 16 of them; numbers have no letters.

    >>> looks_secret("hunter2-topsecret"), looks_secret("staging"), looks_secret("8080")
    (True, False, False)
    """
    if len(value) < SHORTEST or _NUMBER.fullmatch(value):
        return False
    one_case = value.islower() or value.isupper() or value.istitle()
    return not (one_case and _WORD.fullmatch(value))


def is_secret_member(name: str) -> bool:
    """Return whether a member of that name holds what must not be shown.

    >>> is_secret_member("masterUserPassword"), is_secret_member("keyPairName")
    (True, False)
    """
    return _MEMBER.fullmatch(name) is not None


def find_secrets(document: Any, unmasked: Collection[str] = ()) -> Iterator[tuple[str, bool]]:
    """Yield the secrets in parameters, responses or arguments, and whether their names mark them as such.

    The value of an environment variable is a secret if its name marks it as one, or if it looks like one.

    Args:
        document: plain data; dataclasses count as mappings.
        unmasked: names of variables and members whose values are not secrets.
    """
    waiting: list[tuple[Any, bool, bool]] = [(document, False, False)]
    while waiting:
        part, in_secret, are_names = waiting.pop()
        if is_dataclass(part) and not isinstance(part, type):
            part = {each.name: getattr(part, each.name) for each in fields(part)}
        if isinstance(part, str):
            if in_secret:
                yield part, True
        elif isinstance(part, Mapping):
            for name, value in part.items():
                if name in unmasked:
                    continue
                inner = value
                if name == ENVIRONMENT and not are_names and isinstance(value, Mapping):
                    yield from _variables(value, unmasked)
                    # What an argument's keys mean is not known: it may be a container of that name.
                    inner = {key: each for key, each in value.items() if not isinstance(each, str)}
                says_so = isinstance(name, str) and not are_names and is_secret_member(name)
                holds_names = name == "containers" and not are_names
                waiting.append((inner, in_secret or says_so, holds_names))
        elif isinstance(part, (list, tuple)):
            waiting.extend((each, in_secret, False) for each in part)


def _variables(
    environment: Mapping[Any, Any], unmasked: Collection[str]
) -> Iterator[tuple[str, bool]]:
    for name, value in environment.items():
        if isinstance(value, str) and name not in unmasked:
            says_so = isinstance(name, str) and _VARIABLE.search(name) is not None
            if says_so or looks_secret(value):
                yield value, says_so


def holds_secrets(shape: Shape, member: str | None = None) -> bool:
    """Return whether a shape, or that member of it, holds what must not be shown."""
    if member is not None:
        return is_secret_member(member)
    return shape.sensitive or shape.name in _SHAPES


def masked(found: object) -> str:
    """Return what is shown of a secret: that it is one, and how long.

    >>> masked("correct horse")
    '*** (13 characters)'
    """
    return f"*** ({len(found)} characters)" if isinstance(found, str) else "***"
