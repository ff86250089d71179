"""Replace a method in another package, now or as soon as the method's module is imported.

Installing a patch does not import the module, so the guard costs nothing if botocore is never
imported.
"""

from __future__ import annotations

import importlib.abc
import sys
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any


class Patch(importlib.abc.MetaPathFinder):
    """Replaces a method of a class, or a function in a module, while the patch is installed.

    ``owner`` is the name of the class, or ``""`` for a function. ``make`` is a function that takes
    the original and returns the replacement. The replacement may still be called after ``remove``,
    if other code has stored a reference to it.

    >>> from fractions import Fraction
    >>> patch = Patch("fractions", "Fraction", "limit_denominator", lambda original: lambda self: 42)
    >>> patch.install()
    >>> Fraction(1).limit_denominator()
    42
    >>> patch.remove()
    >>> Fraction(1).limit_denominator()
    Fraction(1, 1)
    """

    def __init__(
        self, module: str, owner: str, method: str, make: Callable[[Any], Callable[..., Any]]
    ) -> None:
        self._module = module
        self._owner = owner
        self._method = method
        self._make = make
        self._patched: tuple[Any, Any, Any] | None = None

    def install(self) -> None:
        """Replace the method now, or as soon as its module is imported."""
        module = sys.modules.get(self._module)
        if module is not None and hasattr(module, self._owner or self._method):
            self._apply(module)
        else:
            sys.meta_path.insert(0, self)

    def remove(self) -> None:
        """Restore the original method, unless other code has patched it in the meantime."""
        if self in sys.meta_path:
            sys.meta_path.remove(self)
        if self._patched is not None:
            owner, original, replacement = self._patched
            if vars(owner).get(self._method) is replacement:
                setattr(owner, self._method, original)
            self._patched = None

    def _apply(self, module: ModuleType) -> None:
        owner = getattr(module, self._owner) if self._owner else module
        original = getattr(owner, self._method)
        replacement: Any = self._make(original)
        replacement.__name__ = self._method
        replacement.__module__ = self._module
        self._patched = owner, original, replacement
        setattr(owner, self._method, replacement)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the module spec from another finder, with a loader that also applies the patch."""
        if fullname != self._module:
            return None
        for finder in sys.meta_path[sys.meta_path.index(self) + 1 :]:
            spec = finder.find_spec(fullname, path, target)
            if spec is not None:
                self._follow(spec.loader)
                return spec
        return None

    def _follow(self, loader: Any) -> None:
        before, execute = vars(loader).get("exec_module"), loader.exec_module

        def execute_and_act(module: ModuleType) -> None:
            # Undo the change to the loader, because other code may use the loader later.
            if before is None:
                del loader.exec_module
            else:
                loader.exec_module = before
            execute(module)
            if self in sys.meta_path:
                sys.meta_path.remove(self)
                self._apply(module)

        loader.exec_module = execute_and_act
