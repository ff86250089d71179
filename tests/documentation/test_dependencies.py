"""The package imports each of its run-time dependencies."""

from __future__ import annotations

import ast
import re
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest_lightsail
from tests.support.pages import ROOT

PROJECT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
REQUIRED = PROJECT.partition("\ndependencies = [\n")[2].partition("\n]\n")[0]
RUN_TIME = set(re.findall(r'^    "([\w-]+)>=', REQUIRED, re.MULTILINE))


def imported() -> set[str]:
    """Return the top-level modules that the package imports."""
    found = set()
    for path in Path(pytest_lightsail.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {each.name.partition(".")[0] for each in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module.partition(".")[0])
    return found


def test_each_run_time_dependency_is_imported():
    homes = packages_distributions()
    assert RUN_TIME
    assert {home for module in imported() for home in homes.get(module, ())} >= RUN_TIME
