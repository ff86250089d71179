"""Finds where modules hold on to the functions of ``time``: ``from time import sleep`` and the like.

Patching ``time.sleep`` reaches callers that look it up there. A caller may also have bound the function
to a name of its module, to an attribute of a class, or to the default of a parameter.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import FunctionType, ModuleType
from typing import Any, Protocol

__all__ = ["Binding", "find_bindings"]


class Binding(Protocol):
    """A place that holds a function."""

    def get(self) -> Any:
        """What it holds now."""

    def set(self, function: Any) -> None:
        """Let it hold ``function``."""


@dataclass(frozen=True)
class _Name:
    owner: ModuleType | type
    name: str

    def get(self) -> Any:
        return getattr(self.owner, self.name, None)

    def set(self, function: Any) -> None:
        in_class = isinstance(self.owner, type)
        setattr(self.owner, self.name, staticmethod(function) if in_class else function)


@dataclass(frozen=True)
class _Default:
    function: Any
    key: int | str

    def get(self) -> Any:
        defaults: Any = self._defaults()
        return defaults[self.key]

    def set(self, function: Any) -> None:
        if isinstance(self.key, int):
            defaults = list(self.function.__defaults__ or ())
            defaults[self.key] = function
            self.function.__defaults__ = tuple(defaults)
        elif self.function.__kwdefaults__ is not None:
            self.function.__kwdefaults__[self.key] = function

    def _defaults(self) -> Any:
        if isinstance(self.key, int):
            return self.function.__defaults__
        return self.function.__kwdefaults__


_known: dict[str, tuple[ModuleType, tuple[Binding, ...]]] = {}


def find_bindings(functions: Mapping[int, Any], skip: frozenset[str]) -> Iterator[Binding]:
    """The places that hold one of ``functions``, in the modules loaded now.

    Args:
        functions: the functions looked for, by ``id``.
        skip: top-level packages that are left alone.

    A module is searched once and remembered, so that a second call costs next to nothing.
    """
    for name, module in list(sys.modules.items()):
        known = _known.get(name)
        if known is None or known[0] is not module:
            if name.partition(".")[0] in skip or not isinstance(module, ModuleType):
                continue
            known = _known[name] = module, tuple(_in_module(module, functions))
        yield from known[1]


def _in_module(module: ModuleType, functions: Mapping[int, Any]) -> Iterator[Binding]:
    names = list(vars(module).items())
    found = [name for name, value in names if id(value) in functions]
    for name in found:
        yield _Name(module, name)
    # Defaults and class attributes can only hold them where the module knows time or the function.
    if found or any(value is time for _, value in names):
        for _, value in names:
            if getattr(value, "__module__", None) == module.__name__:
                if isinstance(value, FunctionType):
                    yield from _in_defaults(value, functions)
                elif isinstance(value, type):
                    yield from _in_class(value, functions)


def _in_class(owner: type, functions: Mapping[int, Any]) -> Iterator[Binding]:
    for name, value in list(vars(owner).items()):
        inner = value.__func__ if isinstance(value, (staticmethod, classmethod)) else value
        if id(inner) in functions:
            yield _Name(owner, name)
        elif isinstance(inner, FunctionType):
            yield from _in_defaults(inner, functions)


def _in_defaults(function: FunctionType, functions: Mapping[int, Any]) -> Iterator[Binding]:
    for index, value in enumerate(function.__defaults__ or ()):
        if id(value) in functions:
            yield _Default(function, index)
    for name, value in (function.__kwdefaults__ or {}).items():
        if id(value) in functions:
            yield _Default(function, name)
