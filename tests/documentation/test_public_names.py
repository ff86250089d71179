"""What is public is exported, and what is private is underscored.

Ruff's rules of docstrings and of names in ``__all__`` look at what is exported: so nothing escapes them.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import pytest_lightsail

ROOT = Path(pytest_lightsail.__file__).parent
MODULES = sorted(str(path.relative_to(ROOT)) for path in ROOT.rglob("*.py"))
HOOKS = "pytest_"
"""Pytest finds functions by these names: they cannot have an underscore, and nobody imports them."""


def public(tree: ast.Module) -> set[str]:
    """The names without an underscore that a module gives to something of its own."""
    names = set()
    for node in tree.body:
        if isinstance(node, (ast.ClassDef, ast.FunctionDef)):
            names.add(node.name)
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found = (each for target in targets for each in ast.walk(target))
            names |= {each.id for each in found if isinstance(each, ast.Name)}
    return {name for name in names if not name.startswith(("_", HOOKS))}


def exported(tree: ast.Module) -> set[str]:
    """The names in its ``__all__``."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return set(ast.literal_eval(node.value))
    return set()


@pytest.mark.parametrize("module", MODULES)
def test_a_module_exports_all_that_it_does_not_underscore(module):
    tree = ast.parse((ROOT / module).read_text(encoding="utf-8"))
    assert public(tree) <= exported(tree)


@pytest.mark.parametrize("name", pytest_lightsail.__all__)
def test_every_name_of_the_package_can_be_had(name):
    assert hasattr(pytest_lightsail, name)
