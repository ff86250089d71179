"""The JSON Schema of the control API: what can be asked under ``/_lightsail/``, and what is answered.

Each request and response is a definition of its own, named by its path and direction.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..model.schema import DIALECT
from .faults import FAULTS
from .verbs import VERBS

__all__ = ["PREFIX", "control_schema"]

PREFIX = "/_lightsail/"

_NUMBER = {"type": "number", "minimum": 0}
_TEXT = {"type": "string"}
_MAYBE_TEXT = {"type": ["string", "null"]}
_COUNT = {"type": "integer", "minimum": 0}


def _object(members: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": dict(members),
        "required": sorted(members),
        "additionalProperties": False,
    }


def _list(of: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": dict(of)}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/$defs/{name}"}


def _arguments(verb: str) -> dict[str, Any]:
    # The methods of ``Scenario`` say what each can be.
    entry = VERBS[verb]
    return {
        "type": "object",
        "properties": dict.fromkeys(entry.arguments, True),
        "required": [name for name in entry.positional if entry.arguments[name].default is None],
        "additionalProperties": entry.others is not None,
    }


def control_schema() -> dict[str, Any]:
    """Return the schema, a definition for each request and response.

    >>> control_schema()["$defs"]["clock.request"]["required"]
    ['advance']
    """
    fault = _arguments("fault")
    fault["properties"]["name"] = {"enum": sorted(FAULTS)}
    clock = _object({"elapsed": _NUMBER, "now": {"type": "string", "format": "date-time"}})
    call = _object(
        {
            "at": _NUMBER,
            "operation": _TEXT,
            "region": _TEXT,
            "service": _MAYBE_TEXT,
            "parameters": {"type": "object"},
            "status": {"type": ["integer", "null"]},
            "error": _MAYBE_TEXT,
            "message": _TEXT,
            "rule": _MAYBE_TEXT,
            "fault": _MAYBE_TEXT,
        }
    )
    service = _object({"service": {"type": "object"}, "deployments": _list({"type": "object"})})
    definitions: dict[str, Any] = {
        "step": {
            "type": "object",
            "properties": {verb: _ref(f"step.{verb}") for verb in VERBS},
            "additionalProperties": False,
            "minProperties": 1,
            "maxProperties": 1,
        },
        **{f"step.{verb}": _arguments(verb) for verb in VERBS},
        "step.fault": fault,
        "clock": clock,
        "call": call,
        "service": service,
        "error.response": _object({"error": _TEXT}),
        "reset.request": _object({}),
        "reset.response": _ref("clock"),
        "calm.request": _object({}),
        "calm.response": _ref("clock"),
        "play.request": _list(_ref("step")),
        "play.response": _ref("clock"),
        "faults.request": _list(_ref("step.fault")),
        "faults.response": _ref("clock"),
        "clock.request": _object({"advance": _NUMBER}),
        "clock.response": _ref("clock"),
        "state.response": _object(
            {
                "account": _COUNT,
                "calls": _COUNT,
                "clock": _ref("clock"),
                "toCome": _list(_TEXT),
                "regions": {
                    "type": "object",
                    "additionalProperties": {
                        "type": "object",
                        "additionalProperties": _ref("service"),
                    },
                },
            }
        ),
        "calls.response": _object({"calls": _list(_ref("call")), "next": _COUNT}),
        "timeline.response": _object({"timeline": _TEXT}),
    }
    return {
        "$schema": DIALECT,
        "title": f"Control API of pytest-lightsail, under {PREFIX}",
        "$defs": dict(sorted(definitions.items())),
    }
