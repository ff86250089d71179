"""A module is no longer than one reads at once: what grows beyond that does more than one thing."""

from __future__ import annotations

import pytest

from tests.support.models import ROOT

MOST_LINES = 400
FOLDERS = ("pytest_lightsail", "tests", "examples", "benchmarks", ".ci")
MODULES = sorted(
    str(path.relative_to(ROOT))
    for folder in FOLDERS
    for path in (ROOT / folder).rglob("*.py")
    if "node_modules" not in path.parts
)


@pytest.mark.parametrize("module", MODULES)
def test_a_module_is_short(module):
    lines = (ROOT / module).read_text(encoding="utf-8").count("\n")
    assert lines <= MOST_LINES
