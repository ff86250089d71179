"""The table of the control API's routes, with the schemas of their requests and responses.

This table is the source of the routes in ``control.py``, the JSON Schema (``control_schema()``),
the OpenAPI description (``openapi()``) and a page of the documentation.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields
from typing import Any, NamedTuple

from ..model.lifecycle import ABSENT, CERTIFICATE_EDGES
from ..model.schema import DIALECT
from ..output_files import __version__
from ..simulator.faults import FAULTS
from ..simulator.images import Image
from ..simulator.resources import QUOTAS
from ..simulator.scenario import VERBS
from ..transports.endpoint import ACCOUNT, PREFIX

_Schema = Mapping[str, Any]

CERTIFICATE_VERBS = tuple(edge.trigger for edge in CERTIFICATE_EDGES if edge.state != ABSENT)
"""The methods of ``Certificates`` that change a certificate."""
IMAGE = tuple(each.name for each in fields(Image) if each.init)
"""The members that describe an image."""


def _object(members: _Schema, optional: _Schema | None = None) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {**members, **(optional or {})},
        "required": sorted(members),
        "additionalProperties": False,
    }


def _list(of: _Schema) -> dict[str, Any]:
    return {"type": "array", "items": dict(of)}


def _map(of: _Schema) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": dict(of)}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/$defs/{name}"}


_TEXT = {"type": "string"}
_SWITCH = {"type": "boolean"}
_NUMBER = {"type": "number", "minimum": 0}
_MAYBE_NUMBER = {"type": ["number", "null"], "minimum": 0}
_MAYBE_TEXT = {"type": ["string", "null"]}
_MAYBE_STATUS = {"type": ["integer", "null"]}
_COUNT = {"type": "integer", "minimum": 0}
_MAYBE_COUNT = {"type": ["integer", "null"], "minimum": 0}
_NOTHING, _ANYTHING = _object({}), {"type": "object"}
_AFTER = _object({}, {"after": {"type": "string", "pattern": "^[0-9]{1,18}$"}})
_CLOCK, _SERVICE = _ref("clock"), _ref("service")

CALL: _Schema = {
    "at": _NUMBER,
    "operation": _TEXT,
    "region": _TEXT,
    "service": _MAYBE_TEXT,
    "parameters": _ANYTHING,
    "status": _MAYBE_STATUS,
    "error": _MAYBE_TEXT,
    "message": _TEXT,
    "rule": _MAYBE_TEXT,
    "fault": _MAYBE_TEXT,
}
"""The call attributes that the API shows, each with its schema."""

VISIT: _Schema = {
    "at": _NUMBER,
    "host": _TEXT,
    "method": _TEXT,
    "path": _TEXT,
    "region": _TEXT,
    "service": _MAYBE_TEXT,
    "status": _MAYBE_STATUS,
    "error": _MAYBE_TEXT,
    "why": _TEXT,
}
"""The visit attributes that the API shows, each with its schema."""

_QUOTAS: dict[str, Any] = dict.fromkeys(QUOTAS, _MAYBE_COUNT)
_IS = {"domains": _list(_TEXT), "status": _TEXT}


class Route(NamedTuple):
    """One method and path of the control API.

    Attributes:
        description: what the route does, for the documentation.
        response: the schema of the response.
        body: the schema of the request body, or ``None`` if there is no body.
        query: the schema of the query parameters other than ``account``.
    """

    description: str
    response: _Schema
    body: _Schema | None = None
    query: _Schema = _NOTHING


_MOVE = {
    "advance": {"anyOf": [_NUMBER, {"const": "next"}]},
    "sleep": _NUMBER,
    "speed": _NUMBER,
}
_SETS_IMAGES = {"images": _map(_object({}, dict.fromkeys(IMAGE, True))), "strict": _SWITCH}
_BECOMES = {"verb": {"enum": list(CERTIFICATE_VERBS)}, "region": _TEXT}
_NUMBERS = {"next": _COUNT, "forgotten": _COUNT}
_COUNTS = {"account": _COUNT, "calls": _COUNT, "forgotten": _COUNT}
_STATE = {"clock": _CLOCK, "toCome": _list(_TEXT), "regions": _map(_map(_SERVICE))}

ROUTES: Mapping[str, Route] = {
    "POST reset": Route(
        "Starts over with a clean account. If the account started with a scenario, plays it again.",
        _CLOCK,
        _NOTHING,
    ),
    "POST play": Route("Plays a scenario, given as a list of steps.", _CLOCK, _list(_ref("step"))),
    "POST calm": Route(
        "Removes all scripts and faults that have not been used yet.", _CLOCK, _NOTHING
    ),
    "GET clock": Route(
        "Shows the clock: the seconds since the start, the time, the seconds until the next event, and "
        "the speed.",
        _CLOCK,
    ),
    "POST clock": Route(
        "Changes one thing. `advance` moves the clock by a number of seconds, or to the `next` event. "
        "`sleep` moves the clock by the number of seconds that a caller waits. `speed` sets how fast "
        "real time moves the clock.",
        _CLOCK,
        {**_object({}, _MOVE), "minProperties": 1, "maxProperties": 1},
    ),
    "POST images": Route(
        'Describes how `images` behave, with the members of `Image`. "never" stands for an infinite '
        "time. With `strict`, a deployment of any other image fails.",
        _CLOCK,
        _object({}, _SETS_IMAGES),
    ),
    "POST respond": Route(
        "Sets the response to an operation that is not simulated. Without `response`, the operation "
        "returns the smallest valid response.",
        _CLOCK,
        _object({"operation": _TEXT}, {"response": _ANYTHING, "future": _SWITCH}),
    ),
    "POST quotas": Route("Sets quotas; `null` means unlimited.", _CLOCK, _object({}, _QUOTAS)),
    "POST certificates": Route(
        "Adds a certificate for `domains`; its `status` is ISSUED by default. If `verb` is given, such "
        "as `issue`, changes an existing certificate instead.",
        _CLOCK,
        {
            **_object({"name": _TEXT}, {**_IS, **_BECOMES}),
            "anyOf": [{"required": ["domains"]}, {"required": ["verb"]}],
        },
    ),
    "POST enter": Route(
        "Ends the current change of a service, so that the service enters `state`.",
        _SERVICE,
        _object({"service": _TEXT, "state": _TEXT}, {"region": _TEXT}),
    ),
    "GET state": Route(
        "Shows all services by Region and name, with their deployments, as the API shows them; the "
        "number of calls; the prepared events that have not happened yet; and the number of the "
        "account, which changes with each reset.",
        _object({**_COUNTS, **_STATE}),
    ),
    "GET calls": Route(
        "Lists the calls from number `after` on. Also shows the number to pass as `after` next time, and "
        "how many of the oldest calls have been forgotten.",
        _object({"calls": _list(_object(CALL)), **_NUMBERS}),
        query=_AFTER,
    ),
    "GET visits": Route(
        "Lists the visits (requests to the addresses of services) in the same way as `calls`.",
        _object({"visits": _list(_object(VISIT)), **_NUMBERS}),
        query=_AFTER,
    ),
    "GET logs": Route(
        "Shows the lines of a container's log.",
        _object({"lines": _list(_TEXT)}),
        query=_object({"service": _TEXT, "container": _TEXT}, {"region": _TEXT}),
    ),
    "GET timeline": Route("Shows the timeline as text.", _object({"timeline": _TEXT})),
    "GET openapi": Route("Shows this API as an OpenAPI description.", _ANYTHING),
}
"""Maps each method and path, without the prefix, to a route."""


def _arguments(verb: str) -> dict[str, Any]:
    # The schema accepts any value, because ``Scenario`` checks the values.
    entry = VERBS[verb]
    return {
        "type": "object",
        "properties": dict.fromkeys(entry.arguments, True),
        "required": [name for name in entry.positional if entry.arguments[name].default is None],
        "additionalProperties": entry.others is not None,
    }


def _definitions() -> dict[str, Any]:
    fault = _arguments("fault")
    fault["properties"]["name"] = {"enum": sorted(FAULTS)}
    bodies = {
        f"{name.partition(' ')[2]}.{part}": schema
        for name, route in ROUTES.items()
        for part, schema in (("response", route.response), ("request", route.body))
        if schema is not None
    }
    return {
        "step": {
            "type": "object",
            "properties": {verb: _ref(f"step.{verb}") for verb in VERBS},
            "additionalProperties": False,
            "minProperties": 1,
            "maxProperties": 1,
        },
        **{f"step.{verb}": _arguments(verb) for verb in VERBS},
        "step.fault": fault,
        "clock": _object(
            {
                "elapsed": _NUMBER,
                "now": {"type": "string", "format": "date-time"},
                "next": _MAYBE_NUMBER,
                "speed": _MAYBE_NUMBER,
            }
        ),
        "service": _object({"service": _ANYTHING, "deployments": _list(_ANYTHING)}),
        "error.response": _object({"error": _TEXT}),
        **bodies,
    }


def control_schema() -> dict[str, Any]:
    """Return a JSON Schema with a definition for each request and response."""
    return {
        "$schema": DIALECT,
        "title": f"Control API of pytest-lightsail, under {PREFIX}",
        "$defs": dict(sorted(_definitions().items())),
    }


def openapi() -> dict[str, Any]:
    """Return the OpenAPI description of the control API.

    >>> sorted(openapi()["paths"]["/_lightsail/clock"])
    ['get', 'post']
    """
    paths: dict[str, dict[str, Any]] = {}
    for name, route in ROUTES.items():
        method, _, path = name.partition(" ")
        paths.setdefault(PREFIX + path, {})[method.lower()] = _operation(name, path, route)
    document = {
        "openapi": "3.1.0",
        "info": {"title": "Control API of pytest-lightsail", "version": __version__},
        "jsonSchemaDialect": DIALECT,
        "paths": paths,
        "components": {"schemas": control_schema()["$defs"]},
    }
    moved: dict[str, Any] = json.loads(
        json.dumps(document).replace("#/$defs/", "#/components/schemas/")
    )
    return moved


def _operation(name: str, path: str, route: Route) -> dict[str, Any]:
    query = [
        {
            "name": name,
            "in": "query",
            "required": name in route.query["required"],
            "schema": schema,
        }
        for name, schema in {**route.query["properties"], ACCOUNT: _TEXT}.items()
    ]
    described: dict[str, Any] = {
        "operationId": name.lower().replace(" ", "_"),
        "summary": route.description,
        "parameters": query,
        "responses": {
            "200": {"description": "Done.", "content": _content(f"{path}.response")},
            "default": {"description": "Refused.", "content": _content("error.response")},
        },
    }
    if route.body is not None:
        described["requestBody"] = {"required": True, "content": _content(f"{path}.request")}
    return described


def _content(definition: str) -> dict[str, Any]:
    return {"application/json": {"schema": _ref(definition)}}
