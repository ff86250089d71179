"""The examples in docstrings show what happens."""

import doctest
import importlib
from pathlib import Path

import pytest

import pytest_lightsail

PACKAGE = Path(pytest_lightsail.__file__).parent
MODULES = sorted(
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")
    for path in PACKAGE.rglob("*.py")
    if ">>> " in path.read_text(encoding="utf-8")
)


@pytest.mark.parametrize("name", MODULES)
def test_the_docstring_examples_of_a_module_pass(name, capsys):
    failed, attempted = doctest.testmod(importlib.import_module(name), optionflags=doctest.ELLIPSIS)
    assert attempted
    assert not failed, capsys.readouterr().out
