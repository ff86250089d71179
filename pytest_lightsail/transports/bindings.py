"""Finds where modules hold on to the functions of ``time``: ``from time import sleep`` and the like.

Patching ``time.sleep`` reaches callers that look it up there. A caller may also have bound the function
to a name of its module, to an attribute of a class, or to the default of a parameter.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping
from types import FunctionType, ModuleType
from typing import Any, NamedTuple, Protocol

from .callers import holds_functions, is_caller

__all__ = ["Attribute", "Binding", "find_bindings"]

_Functions = Mapping[int, Any]


class Binding(Protocol):
    """A place that holds a function."""

    def holds(self) -> Any:
        """The function that it holds now."""

    def put(self, function: Any) -> None:
        """Let it hold ``function``."""

    def restore(self, original: Any) -> None:
        """Let it hold again what it held first."""


class Attribute:
    """An attribute of an object, or of a class whose functions are methods."""

    def __init__(self, owner: Any, name: str) -> None:
        self._owner = owner
        self._name = name

    def holds(self) -> Any:
        """The function that it holds now."""
        return getattr(self._owner, self._name, None)

    def put(self, function: Any) -> None:
        """Let it hold ``function``."""
        setattr(self._owner, self._name, function)

    def restore(self, original: Any) -> None:
        """Let it hold again what it held first."""
        self.put(original)


class _Name:
    """A name of a module. Its namespace is used, since modules can have ideas about attributes."""

    def __init__(self, namespace: dict[str, Any], name: str) -> None:
        self._namespace = namespace
        self._name = name

    def holds(self) -> Any:
        return self._namespace.get(self._name)

    def put(self, function: Any) -> None:
        self._namespace[self._name] = function

    def restore(self, original: Any) -> None:
        self.put(original)


class _ClassAttribute:
    """An attribute of a class that holds the function bare, as a builtin can, or as static method."""

    def __init__(self, owner: type, name: str) -> None:
        self._owner = owner
        self._name = name
        self._first = vars(owner)[name]

    def holds(self) -> Any:
        held = vars(self._owner).get(self._name)
        return held.__func__ if isinstance(held, staticmethod) else held

    def put(self, function: Any) -> None:
        setattr(self._owner, self._name, staticmethod(function))

    def restore(self, original: Any) -> None:
        del original
        setattr(self._owner, self._name, self._first)


class _Default:
    """The default of a parameter: by position or by keyword."""

    def __init__(self, function: Any, key: int | str) -> None:
        self._function = function
        self._key = key

    def holds(self) -> Any:
        if isinstance(self._key, int):
            defaults = self._function.__defaults__ or ()
            return defaults[self._key] if self._key < len(defaults) else None
        return (self._function.__kwdefaults__ or {}).get(self._key)

    def put(self, function: Any) -> None:
        if isinstance(self._key, int):
            defaults = list(self._function.__defaults__)
            defaults[self._key] = function
            self._function.__defaults__ = tuple(defaults)
        else:
            self._function.__kwdefaults__[self._key] = function

    def restore(self, original: Any) -> None:
        self.put(original)


class _Known(NamedTuple):
    """A module as it was searched last. One that knows ``time`` may bind its functions anew."""

    module: ModuleType
    namespace: dict[str, Any]
    names: int
    values: int | None
    bindings: tuple[Binding, ...]


_known: dict[str, _Known] = {}


def find_bindings(functions: _Functions, originals: _Functions) -> Iterator[Binding]:
    """The places in callers' modules that hold one of ``functions``, which are given by ``id``.

    Of other patchers' modules, such as freezegun's, only those places that hold one of ``originals``: the
    rest are their own functions, which they need.

    A module is searched again only when its names have changed, or its values where it knows ``time``,
    so that a second call costs next to nothing.
    """
    modules: dict[str, Any] = dict(sys.modules)
    if not _known.keys() <= modules.keys():
        for name in _known.keys() - modules.keys():
            del _known[name]
    for name, module in modules.items():
        known = _known.get(name)
        if known is not None:
            # Each account that begins comes here once for each module there is: no call that need not be.
            was, namespace, names, values, bindings = known
            if (
                was is module
                and names == len(namespace)
                and (values is None or values == _values(namespace))
            ):
                if bindings:
                    yield from bindings
                continue
        # The type, not isinstance(): some objects in there only pretend to be modules.
        if issubclass(type(module), ModuleType):
            # Not vars(module): that would load a lazy module.
            namespace = object.__getattribute__(module, "__dict__")
            known = _search(module, namespace, functions if is_caller(namespace) else originals)
            _known[name] = known
            yield from known.bindings


def _values(namespace: dict[str, Any]) -> int:
    return hash(tuple(map(id, namespace.values())))


def _search(module: ModuleType, namespace: dict[str, Any], functions: _Functions) -> _Known:
    if not holds_functions(namespace):
        return _Known(module, namespace, len(namespace), None, ())
    found = tuple(_in_module(namespace, functions))
    knows = found or any(value is time for value in list(namespace.values()))
    values = _values(namespace) if knows else None
    return _Known(module, namespace, len(namespace), values, found)


def _in_module(namespace: dict[str, Any], functions: _Functions) -> Iterator[Binding]:
    names = list(namespace.items())
    found = [name for name, value in names if id(value) in functions]
    for name in found:
        yield _Name(namespace, name)
    # Defaults and class attributes can only hold them where the module knows time or the function.
    if found or any(value is time for _, value in names):
        for _, value in names:
            # The type, not isinstance(): lazy objects evaluate themselves when asked for their class.
            kind = type(value)
            if kind is FunctionType:
                yield from _in_function(value, functions)
            elif issubclass(kind, type) and value.__module__ == namespace.get("__name__"):
                yield from _in_class(value, functions)


def _in_class(owner: type, functions: _Functions) -> Iterator[Binding]:
    for name, value in list(vars(owner).items()):
        inner = value.__func__ if isinstance(value, (staticmethod, classmethod)) else value
        if id(inner) in functions:
            yield _ClassAttribute(owner, name)
        elif type(inner) is FunctionType:
            yield from _in_function(inner, functions)


def _in_function(function: Any, functions: _Functions) -> Iterator[Binding]:
    inner = function
    while type(inner) is FunctionType:
        for index, value in enumerate(inner.__defaults__ or ()):
            if id(value) in functions:
                yield _Default(inner, index)
        for name, value in (inner.__kwdefaults__ or {}).items():
            if id(value) in functions:
                yield _Default(inner, name)
        # A decorator that uses functools.wraps() leaves the function it wraps here.
        inner = vars(inner).get("__wrapped__")
