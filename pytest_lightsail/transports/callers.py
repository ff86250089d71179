"""Who counts as the code under test: not the standard library, not the test tools, not this library."""

from __future__ import annotations

import sys
import sysconfig
from typing import Any

__all__ = ["holds_functions", "is_caller", "leave_alone", "starts_callers"]

_TOOLS = frozenset(
    (
        "_hypothesis_pytestplugin",
        "_pydevd_bundle",
        "_pytest",
        "coverage",
        "debugpy",
        "execnet",
        "freezegun",
        "hypothesis",
        "pluggy",
        "pydevd",
        "pytest",
        "pytest_asyncio",
        "pytest_lightsail",
        "pytest_rerunfailures",
        "pytest_timeout",
        "time_machine",
        "xdist",
    )
)
"""Packages that keep their own time, whoever they work for."""

_STARTERS = frozenset(("asyncio", "concurrent", "threading"))
"""Packages of the standard library that call a function which the caller has given them."""

_PATCHERS = frozenset(("freezegun",))
"""Tools that put back into ``time`` what they hold on to, so they must hold the virtual functions."""

_LIBRARY = frozenset(sys.stdlib_module_names)
_LIBRARY_PATHS = tuple({sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib"), "<frozen"})
_SITE_PATHS = tuple({sysconfig.get_path("purelib"), sysconfig.get_path("platlib")})


_plugins: set[str] = set()


def leave_alone(modules: set[str]) -> None:
    """Count these modules among the tools, and with one named ``pytest_…`` its whole package."""
    for module in modules:
        package = module.partition(".")[0]
        _plugins.add(package if package.startswith("pytest_") else module)


def is_caller(namespace: dict[str, Any]) -> bool:
    """Whether a module's namespace is that of code under test, or of a library that it uses."""
    module = str(namespace.get("__name__", ""))
    package = module.partition(".")[0]
    if package in _TOOLS or package in _plugins or module in _plugins:
        return False
    return package not in _LIBRARY or not _of_library(namespace)


def holds_functions(namespace: dict[str, Any]) -> bool:
    """Whether what a module holds of ``time`` reaches code under test."""
    return str(namespace.get("__name__", "")).partition(".")[0] in _PATCHERS or is_caller(namespace)


def starts_callers(namespace: dict[str, Any]) -> bool:
    """Whether a module calls functions in the name of the code under test, such as a thread's."""
    return str(namespace.get("__name__", "")).partition(".")[0] in _STARTERS


def _of_library(namespace: dict[str, Any]) -> bool:
    """A caller's own module may bear the name of one of the library's, such as ``code``."""
    path = namespace.get("__file__")
    if not isinstance(path, str):
        return True
    return path.startswith(_LIBRARY_PATHS) and not path.startswith(_SITE_PATHS)
