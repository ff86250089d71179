"""A module is no longer than one reads at once: what grows beyond that does more than one thing."""

from __future__ import annotations

from tests.support.models import ROOT

MOST_LINES = 400
FOLDERS = ("pytest_lightsail", "tests", "examples", "benchmarks", ".ci")


def test_no_module_is_long():
    modules = [
        path
        for folder in FOLDERS
        for path in (ROOT / folder).rglob("*.py")
        if "node_modules" not in path.parts
    ]
    assert len(modules) > 500
    long = {path for path in modules if path.read_text("utf-8").count("\n") > MOST_LINES}
    assert long == set()
