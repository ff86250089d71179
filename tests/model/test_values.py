"""The dataclasses of the model and the strategies are immutable, so that caches can share them."""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import FrozenInstanceError, fields, is_dataclass

import pytest

import pytest_lightsail


def values(package: str) -> list[type]:
    """Return the dataclasses that a package defines."""
    parent = importlib.import_module(f"{pytest_lightsail.__name__}.{package}")
    names = [each.name for each in pkgutil.walk_packages(parent.__path__, f"{parent.__name__}.")]
    modules = [importlib.import_module(name) for name in names]
    found = {one for module in modules for one in vars(module).values() if isinstance(one, type)}
    own = (one for one in found if one.__module__ in names and is_dataclass(one))
    return sorted(own, key=lambda one: one.__qualname__)


@pytest.mark.parametrize("package", ["model", "strategies"])
def test_dataclasses_are_frozen(package):
    found = values(package)
    assert found
    for value in found:
        one = object.__new__(value)
        for field in fields(value):
            with pytest.raises(FrozenInstanceError):
                setattr(one, field.name, None)
