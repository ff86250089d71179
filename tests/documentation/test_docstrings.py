"""What the examples in docstrings show is what happens."""

import doctest
import importlib
import pkgutil

import pytest

import pytest_lightsail

MODULES = [
    module.name
    for module in pkgutil.walk_packages(pytest_lightsail.__path__, "pytest_lightsail.")
    if not module.name.endswith("__main__")
]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_hold(name, capsys):
    failed, _ = doctest.testmod(importlib.import_module(name), optionflags=doctest.ELLIPSIS)
    assert not failed, capsys.readouterr().out
