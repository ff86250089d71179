"""No package is depended on without a reason, and none at run time that the package does not import."""

from __future__ import annotations

import ast
import re
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

import pytest_lightsail
from tests.support.pages import ROOT

PROJECT, OPTIONAL = re.findall(
    r"^\[project(?:\.optional-dependencies)?\]\n.*?(?=^\[)",
    (ROOT / "pyproject.toml").read_text(encoding="utf-8"),
    re.DOTALL | re.MULTILINE,
)
RUN_TIME = re.findall(r'^    "([\w-]+)>=', PROJECT.partition("\ndependencies = [")[2], re.MULTILINE)
LINES = re.findall(
    r'^    ("[\w-]+(?:\[\w+\])?(?:>=[\d.]+)?(?:; [^"]+)?",.*)$', PROJECT + OPTIONAL, re.MULTILINE
)


def imported() -> set[str]:
    """The packages that modules of ours import from."""
    found = set()
    for path in Path(pytest_lightsail.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {each.name.partition(".")[0] for each in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module.partition(".")[0])
    return found


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.split('"')[1])
def test_a_dependency_has_a_reason(line):
    assert re.search(r'",\s+# \S', line)


@pytest.mark.parametrize("package", RUN_TIME)
def test_what_is_needed_at_run_time_is_imported(package):
    homes = packages_distributions()
    assert package in {home for module in imported() for home in homes.get(module, ())}
