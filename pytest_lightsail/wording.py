"""Parts of messages: numbers of things, and the nearest name to a misspelt one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

__all__ = ["Suggesting", "SuggestingType", "did_you_mean", "plural"]


def plural(number: int, noun: str) -> str:
    """Return a number with its noun, which gets an ``s`` unless the number is 1.

    >>> plural(1, "call"), plural(0, "call")
    ('1 call', '0 calls')
    """
    return f"{number} {noun}{'' if number == 1 else 's'}"


def did_you_mean(name: object, known: Iterable[str]) -> str:
    """Return the end of a message about an unknown name: the nearest known name; empty if none is near.

    Case and underscores are ignored, and a name that starts with the given one is the nearest.

    >>> did_you_mean("get_instnaces", ["GetInstance", "GetInstances"])
    "; did you mean 'GetInstances'?"
    >>> did_you_mean("x", ["GetInstances"])
    ''
    """
    from difflib import get_close_matches  # noqa: PLC0415 - for errors alone

    plain = _plain(str(name))
    by_plain = {_plain(each): each for each in known}
    near = [each for each in sorted(by_plain, key=len) if plain and each.startswith(plain)]
    near = near or get_close_matches(plain, by_plain, n=1)
    return f"; did you mean {by_plain[near[0]]!r}?" if near else ""


def _plain(name: str) -> str:
    return name.replace("_", "").lower()


def _no_attribute(owner: str, name: str, known: Iterable[str]) -> AttributeError:
    public = [each for each in known if not each.startswith("_")]
    hint = "" if name.startswith("_") else did_you_mean(name, public)
    return AttributeError(f"{owner} has no attribute {name!r}{hint}")


class Suggesting:
    """Name the nearest attribute where one is asked for that does not exist.

    Python does so in tracebacks that it prints itself, but pytest prints its own.
    """

    __slots__ = ()

    if not TYPE_CHECKING:  # a type checker is to go on refusing unknown attributes

        def __getattr__(self, name):
            if hasattr(type(self), name):  # a property has raised AttributeError: show that one
                return object.__getattribute__(self, name)
            raise _no_attribute(f"{type(self).__name__!r} object", name, dir(self))


class Assignable(Suggesting):
    """``Suggesting`` for assignments too: only what the class defines can be assigned to."""

    __slots__ = ()

    if not TYPE_CHECKING:

        def __setattr__(self, name, value):
            if not name.startswith("_") and not hasattr(type(self), name):
                raise _no_attribute(f"{type(self).__name__!r} object", name, dir(self))
            object.__setattr__(self, name, value)


class SuggestingType(type):
    """``Suggesting`` for the attributes of a class, such as ``Fault.throttling``."""

    if not TYPE_CHECKING:

        def __getattr__(cls, name):
            raise _no_attribute(f"class {cls.__name__!r}", name, dir(cls))
