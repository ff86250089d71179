"""Classes that cannot be told from their base but by ``is``, and who it is that reads their values."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache
from typing import Any

__all__ = ["Disguise", "noting", "reads_for_caller"]


class Disguise(type):
    """Of classes that have the name of their base, are equal to it, and make its instances when called.

    ``type(x) == dict``, ``x.__class__ is dict`` and every table that has types for keys take ``x`` for a
    dict. An instance is made by ``dict.__new__(cls)``.
    """

    def __new__(cls, _: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> Any:
        """A class named after its base."""
        (base,) = bases
        namespace |= {"__qualname__": base.__qualname__, "__module__": base.__module__}
        namespace["__class__"] = property(lambda _: base)
        namespace["__doc__"] = base.__doc__
        return super().__new__(cls, base.__name__, bases, namespace)

    def __eq__(cls, other: object) -> bool:
        return other is cls or other is cls.__base__

    def __ne__(cls, other: object) -> bool:
        return not cls == other

    def __hash__(cls) -> int:
        return hash(cls.__base__)

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        """An instance of the base."""
        return cls._plain(*args, **kwargs)

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, cls._plain)

    def __subclasscheck__(cls, subclass: type) -> bool:
        return issubclass(subclass, cls._plain)

    @property
    def _plain(cls) -> type:
        base: type = cls.__base__  # type: ignore[assignment]
        return base


_TRACKING = {f"{__package__}.{module}" for module in ("disguise", "tracked", "tracked_text")}
_NOT_READERS = ("botocore", "aiobotocore", "boto3", "pytest_lightsail", "_pytest", "pluggy")
_READERS = ("paginate", "waiter")
"""Modules of botocore that read in the name of the caller."""


@cache
def _reads_for_caller(module: str) -> bool:
    package, _, rest = module.partition(".")
    return package not in _NOT_READERS or rest in _READERS


def reads_for_caller() -> bool:
    """Whether the code that has called the method which asks this reads for a caller of the service."""
    frame = sys._getframe(2)
    # A value inside of a value is compared by the method of the outer one.
    while frame.f_globals.get("__name__") in _TRACKING and frame.f_back is not None:
        frame = frame.f_back
    module = frame.f_globals.get("__name__")
    return not isinstance(module, str) or _reads_for_caller(module)


def noting(base: type, name: str, note: Callable[[Any], None]) -> Any:
    """The method of that name of a built-in type, which notes that its object is looked into."""
    method = getattr(base, name)

    def looks(self: Any, *args: Any, **kwargs: Any) -> Any:
        if reads_for_caller():
            note(self)
        return method(self, *args, **kwargs)

    looks.__name__, looks.__qualname__ = name, method.__qualname__
    looks.__doc__ = method.__doc__
    return looks
