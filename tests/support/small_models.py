"""Models with one operation, and helpers to compare them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pytest_lightsail.model.changes import Change
from pytest_lightsail.model.service import ServiceModel, parse

DATA = Path(__file__).parents[1] / "data"
STRING = {"type": "string"}


def model(
    *,
    request: dict[str, str] | None = None,
    response: dict[str, str] | None = None,
    errors: tuple[str, ...] = (),
    operation: dict[str, Any] | None = None,
    metadata: dict[str, Any] | None = None,
    **shapes: dict[str, Any],
) -> ServiceModel:
    """Return a model with the operation ``Act``. Its members are given with the names of their shapes."""
    return parse(
        {
            "metadata": {
                "serviceId": "Test",
                "serviceFullName": "Test Service",
                **(metadata or {}),
            },
            "operations": {
                "Act": {
                    "input": {"shape": "ActRequest"},
                    "output": {"shape": "ActResult"},
                    "errors": [{"shape": error} for error in errors],
                    **(operation or {}),
                }
            },
            "shapes": {
                "String": STRING,
                "Integer": {"type": "integer"},
                "ActRequest": structure(**(request or {})),
                "ActResult": structure(**(response or {})),
                **{error: {**structure(message="String"), "exception": True} for error in errors},
                **shapes,
            },
        },
        source="a test",
    )


def structure(*required: str, **members: str) -> dict[str, Any]:
    return {
        "type": "structure",
        "required": list(required),
        "members": {name: {"shape": shape} for name, shape in members.items()},
    }


def only(changes: tuple[Change, ...]) -> Change:
    (change,) = changes
    return change


def zone(*regions: str) -> dict[str, dict[str, Any]]:
    return {
        "Region": {"type": "string", "enum": list(regions)},
        "Zone": structure(region="Region"),
        "Zones": {"type": "list", "member": {"shape": "Zone"}},
        "ZoneMap": {"type": "map", "key": {"shape": "Region"}, "value": {"shape": "Zone"}},
    }
