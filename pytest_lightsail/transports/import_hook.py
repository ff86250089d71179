"""Waits for somebody else to import a module, and acts right after: nothing is imported for its sake."""

from __future__ import annotations

import importlib.abc
import sys
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

__all__ = ["WhenImported"]


class WhenImported(importlib.abc.MetaPathFinder):
    """Calls ``action`` once the module ``name`` has been executed.

    >>> import sys
    >>> seen = []
    >>> waiting = WhenImported("antigravity_of_nobody", seen.append)
    >>> waiting.install()
    >>> waiting in sys.meta_path
    True
    >>> waiting.remove()
    """

    def __init__(self, name: str, action: Callable[[ModuleType], None]) -> None:
        self._name = name
        self._action = action

    def install(self) -> None:
        """Begin to wait."""
        sys.meta_path.insert(0, self)

    def remove(self) -> None:
        """Wait no longer; without effect if the module has come."""
        if self in sys.meta_path:
            sys.meta_path.remove(self)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """What the others find, with a loader that acts when it has executed the module."""
        if fullname != self._name:
            return None
        for finder in [one for one in sys.meta_path if one is not self]:
            spec = finder.find_spec(fullname, path, target)
            if spec is not None:
                self._follow(spec.loader)
                return spec
        return None

    def _follow(self, loader: Any) -> None:
        execute = loader.exec_module

        def execute_and_act(module: ModuleType) -> None:
            # The loader stays what it was: whoever asks it for the source later finds it unchanged.
            del loader.exec_module
            execute(module)
            if self in sys.meta_path:
                self.remove()
                self._action(module)

        loader.exec_module = execute_and_act
