"""Decide which member values and environment variables are secrets.

The environment of a container can contain passwords, but also ordinary words such as
``production``. If all values were masked, reports would be unreadable.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import lru_cache
from typing import Any

ENVIRONMENT = "environment"
"""The name of the member that holds environment variables."""

SHORTEST = 6
"""The minimum length of a secret that is masked in text. Shorter strings often occur in
ordinary words."""

_MEMBER = re.compile(
    r".*(?:password|passphrase|secret.*|private_?key.*|access_?key_?id|cert_?key|credentials?"
    r"|ciphertext|user_?data)",
    re.IGNORECASE,
)
_VARIABLE = re.compile(
    r"passw|passphrase|secret|token|credential|(?:pass|pwd|keys?)(?![a-z])", re.IGNORECASE
)
_NUMBER = re.compile(r"[\d.,:+-]{,15}")
# Words rarely have 16 or more letters, but secret keys that contain only letters usually do.
_WORD = re.compile(r"[^\W\d_]{,15}")


def looks_secret(value: str) -> bool:
    """Return whether a value looks like a secret rather than an ordinary word or number.

    A word has fewer than 16 letters and is lowercase, uppercase or capitalised. A number
    has fewer than 16 characters, each of which is a digit or one of ``.,:+-``.

    >>> looks_secret("hunter2-topsecret"), looks_secret("staging"), looks_secret("8080")
    (True, False, False)
    """
    if len(value) < SHORTEST or _NUMBER.fullmatch(value):
        return False
    one_case = value.islower() or value.isupper() or value.istitle()
    return not (one_case and _WORD.fullmatch(value))


@lru_cache(maxsize=1024)
def is_secret_member(name: str) -> bool:
    """Return whether a member with this name contains a secret."""
    return _MEMBER.fullmatch(name) is not None


def find_secrets(document: Any, unmasked: Collection[str] = ()) -> Iterator[tuple[str, bool]]:
    """Yield each secret in a document, paired with a flag.

    The flag is true if the name of the member or environment variable marks the value as a secret.
    The flag is false if only the value itself looks like a secret (see ``looks_secret``).

    Args:
        document: plain data, such as parameters, a response or the arguments of a function. A
            dataclass instance is treated as a mapping.
        unmasked: the names of variables and members whose values are not secrets.
    """
    waiting: list[tuple[Any, bool, str]] = [(document, False, "")]
    while waiting:
        part, in_secret, member = waiting.pop()
        if is_dataclass(part) and not isinstance(part, type):
            part = {each.name: getattr(part, each.name) for each in fields(part)}
        if isinstance(part, str) and in_secret:
            yield part, True
        elif isinstance(part, Mapping):
            for name, value in part.items():
                text = name if isinstance(name, str) else ""
                if name in unmasked:
                    continue
                if member == ENVIRONMENT and isinstance(value, str):
                    is_named = _VARIABLE.search(text) is not None
                    if is_named or looks_secret(value):
                        yield value, is_named
                else:
                    inner = "" if member == "containers" else text  # keys are container names
                    waiting.append((value, in_secret or is_secret_member(inner), inner))
        elif isinstance(part, (list, tuple)):
            waiting.extend((each, in_secret, "") for each in part)


def masked(found: object) -> str:
    """Return the text that replaces a secret: asterisks and the secret's length.

    >>> masked("correct horse")
    '*** (13 characters)'
    """
    return f"*** ({len(found)} characters)" if isinstance(found, str) else "***"
