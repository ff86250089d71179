"""The control API (JSON over HTTP, for tests in other languages) and its web page.

``control_schema()`` and ``openapi()`` generate the JSON Schema and the OpenAPI description from the
paths in ``ROUTES``. While a request is being handled, no other request can change the account.
Before each request, ``catch_up`` advances the clock by the real time since the previous request,
multiplied by a speed that requests can set.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from itertools import count
from pathlib import Path
from string import Template
from typing import Any
from urllib.parse import parse_qs
from weakref import WeakKeyDictionary

from ..c_functions import original
from ..exceptions import ConfigurationError, PytestLightsailError
from ..machinery import TIME
from ..model.schema import DIALECT
from ..model.service import read_json
from ..options import option_fields, parse
from ..output_files import __version__, check_document, closed_object
from ..reporting.timeline import render
from ..simulator.account import Account
from ..simulator.clock import NANOSECONDS, Clock
from ..simulator.faults import PLAIN_FAULTS
from ..simulator.history import Call, History, Visit, masked
from ..simulator.images import Image
from ..simulator.resources import QUOTAS, Certificate
from ..simulator.scenario import VERBS, play, scenario_from_json
from ..simulator.wire import Request, Response
from .shims import AGENT
from .views import Services, ServiceView

PREFIX = "/_lightsail/"
"""The path of the control API."""
ACCOUNT = "account"
"""The query parameter that selects an account by its access key ID (default: ``DUMMY_KEY``)."""
_SPEED = 600.0
"""The default ``speed``: the number of virtual seconds per real second between calls."""
MARK = "pytest-lightsail"
"""A string in the User-Agent of every AWS client that runs with ``LightsailServer.env``."""
_BY_SLEEP = re.compile(rf"^(aws-cli/.*\bexec-env/{MARK}|{AGENT})\b")
"""Matches the User-Agent of programs for which the ``sleep`` stand-in advances the clock."""

_JSON = "application/json"

_now = original(TIME["monotonic_ns"])


class RealTime:
    """Advances an account's clock by ``speed`` times the real time since the last request.

    Attributes:
        number: a number that identifies the account and changes with each reset.
        speed: virtual seconds per real second, or ``None`` if the clock already shows real time.
        by_sleep: whether the caller's ``sleep``, rather than real time, advances the clock.
    """

    _numbers = count()

    def __init__(self, speed: float | None) -> None:
        self._last = _now()
        self.number = next(self._numbers)
        self.speed = speed
        self.by_sleep = False

    def catch_up(self, clock: Clock, advance: Callable[[float], None]) -> None:
        """Call ``advance`` with the number of virtual seconds since this method was last called."""
        with clock.lock:
            now, before = _now(), self._last
            self._last = now
            if self.speed is not None and not self.by_sleep:
                advance((now - before) / NANOSECONDS * self.speed)


_paces: WeakKeyDictionary[Account, RealTime] = WeakKeyDictionary()
"""The ``RealTime`` object of each account. The object must not refer to its account, because the
account would then stay in this dictionary forever."""


def _pace(account: Account) -> RealTime:
    if account not in _paces:
        options = account.options
        speed = _SPEED if options.speed is None else options.speed
        _paces[account] = RealTime(None if options.real_time else speed)
    return _paces[account]


def catch_up(account: Account, request: Request) -> None:
    """Advance the clock by the real time since the last request, multiplied by the speed.

    Real time is ignored if the program that made the latest call uses the ``sleep`` stand-in.
    """
    pace, agent = _pace(account), request.headers.get("user-agent", "")
    if "x-amz-target" in request.headers or agent.startswith(AGENT):
        pace.by_sleep = bool(_BY_SLEEP.search(agent))
    pace.catch_up(account.clock, account.sleep)


# --- routes --------------------------------------------------------------------------------------

_Schema = Mapping[str, Any]
_Respond = Callable[["Control", Any], Any]

_TEXT, _NOTHING = {"type": "string"}, closed_object()
_NUMBER = {"type": "number", "minimum": 0}
_QUOTA = {"type": ["integer", "null"], "minimum": 0}
_ONE = {"minProperties": 1, "maxProperties": 1}
_STEP = {**closed_object(**{verb: {"type": "object"} for verb in VERBS}), **_ONE}
_CLOCK = {"advance": {"anyOf": [_NUMBER, {"const": "next"}]}, "sleep": _NUMBER, "speed": _NUMBER}
_IMAGE = closed_object(**{each.name: True for each in fields(Image) if each.init})
_DOMAINS = {"type": "array", "items": _TEXT}
_AFTER = closed_object(after={"type": "string", "pattern": "^[0-9]{1,18}$"})

_IN_BOTH = ("at", "region", "service", "status", "error")
_CALL = (*_IN_BOTH, "operation", "parameters", "message", "rule", "fault")
_VISIT = (*_IN_BOTH, "host", "method", "path")
"""The attributes that the control API shows for each call and each visit."""

ROUTES: dict[str, tuple[_Respond, _Schema]] = {}
"""For each HTTP method and path below ``PREFIX``, such as ``GET clock``: a method of ``Control``, and
a schema of the body (for POST requests) or the query (for GET requests)."""


def _route(schema: _Schema = _NOTHING) -> Callable[[_Respond], _Respond]:
    """Return a decorator that adds a method to ``ROUTES``."""

    def add(respond: _Respond) -> _Respond:
        method, _, path = respond.__name__.partition("_")
        ROUTES[f"{method.upper()} {path}"] = respond, schema
        return respond

    return add


@dataclass(frozen=True)
class Control:
    """Responds to requests under ``/_lightsail/`` for one account.

    ``account`` returns the account, and ``reset`` replaces the account with a clean one. The method
    for each route returns the response as JSON data. If the method returns ``None``, the response
    shows the clock. The OpenAPI description contains the docstrings of the methods.
    """

    account: Callable[[], Account]
    reset: Callable[[], None]

    def respond(self, request: Request) -> Response:
        """Return the response to a request for ``/_lightsail/`` or a path below it."""
        path = request.path.partition("?")[0]
        name = path.removeprefix(PREFIX)
        if request.method in {"GET", "HEAD"} and name in live_page():
            return live_page()[name]
        found = ROUTES.get(f"{request.method} {name}")
        if found is None:
            known = ", ".join(ROUTES)
            message = f"unknown route: {request.method} {name!r}; expected one of {known}"
            return _json(404, {"error": message})
        # A web page from another site cannot send this content type without a preflight request.
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if request.method == "POST" and kind != _JSON:
            return _json(415, {"error": f"{name}: the Content-Type must be {_JSON}"})
        try:
            respond, schema = found
            document = respond(self, _given(request, schema))
            if document is None:  # after a change, respond with the state of the clock
                document = self.get_clock({})
        except PytestLightsailError as error:
            return _json(400, {"error": f"{name}: {error}"})
        return _json(200, document)

    @_route()
    def post_reset(self, _: Any) -> None:
        """Start over with a clean account.

        If the account started with a scenario, that scenario is played again.
        """
        self.reset()

    @_route({"type": "array", "items": _STEP})
    def post_play(self, given: Any) -> None:
        """Play a scenario, given as a list of steps."""
        play(self.account(), scenario_from_json(given))

    @_route()
    def post_calm(self, _: Any) -> None:
        """Remove all scripts and faults that have not been used yet."""
        self.account().calm()

    @_route()
    def get_clock(self, _: Any) -> Any:
        """Show the clock.

        The response contains the seconds since the start (`elapsed`), the time (`now`), the seconds
        until the `next` event, and the `speed`.
        """
        clock, pace = self.account().clock, _pace(self.account())
        due = clock.next_due
        return {
            "elapsed": clock.elapsed,
            "now": clock.now.isoformat(),
            "next": None if due is None else max(0, due - clock.elapsed_ns) / NANOSECONDS,
            "speed": pace.speed,
        }

    @_route({**closed_object(**_CLOCK), **_ONE})
    def post_clock(self, given: dict[str, Any]) -> None:
        """Change the clock in one of three ways.

        `advance` moves the clock by a number of seconds, or to the `next` event. `sleep` moves the
        clock by the number of seconds that a caller waits. `speed` sets the number of virtual
        seconds per real second.
        """
        ((name, value),) = given.items()
        account, pace = self.account(), _pace(self.account())
        if name == "sleep":
            account.sleep(value)
        elif name == "advance" and value != "next":
            account.clock.advance(value)
        elif name == "advance":
            if account.clock.next_due is None:
                raise ConfigurationError("no change is due: cannot advance to the next change")
            account.clock.advance_to(account.clock.next_due)
        elif pace.speed is None:
            raise ConfigurationError("with real_time, the speed of the clock cannot be changed")
        else:
            pace.speed = parse(option_fields()["speed"], value, "speed: ")

    @_route(closed_object("images", images={"type": "object", "additionalProperties": _IMAGE}))
    def post_images(self, given: dict[str, Any]) -> None:
        """Describe how `images` behave. Each description has the members of `Image`.

        The string "never" means an infinite time.
        """
        described = {}
        for name, members in given["images"].items():
            read: Any = {key: math.inf if x == "never" else x for key, x in members.items()}
            described[name] = Image(**{"optional": True, **read})
        self.account().images.update(described)

    @_route(closed_object("operation", "response", operation=_TEXT, response={"type": "object"}))
    def post_respond(self, given: dict[str, Any]) -> None:
        """Set the response for an operation that is not simulated."""
        self.account().canned(given["operation"], given["response"], optional=True)

    @_route(closed_object(**dict.fromkeys(QUOTAS, _QUOTA)))
    def post_quotas(self, given: dict[str, Any]) -> None:
        """Set quotas; `null` means unlimited."""
        self.account().quotas.update(given)

    @_route(closed_object("name", "domains", name=_TEXT, domains=_DOMAINS, status=_TEXT))
    def post_certificates(self, given: dict[str, Any]) -> None:
        """Add or replace a certificate for `domains` in the default Region.

        The default `status` is ISSUED.
        """
        account, name = self.account(), given.pop("name")
        account.region(account.options.region).certificates[name] = Certificate(**given)

    @_route(closed_object("service", "state", service=_TEXT, state=_TEXT))
    def post_enter(self, given: dict[str, Any]) -> Any:
        """End the current event of a service, so that the service enters `state`.

        The response contains the service and its deployments.
        """
        view = Services(self.account())[given["service"]]
        view.enter(given["state"])
        return _service(view)

    @_route()
    def get_state(self, given: Any) -> Any:
        """Show the `clock`, and all services with their deployments in the API's format.

        In `regions`, the outer key is the Region, and the inner key is the name of the service.
        The response also contains the number of `calls`, and how many of them were `forgotten`.
        `toCome` lists the scripts, faults and changes by another client that can still take effect.
        `account` is a number that identifies the account and changes with each reset.
        """
        account = self.account()
        return {
            "account": _pace(account).number,
            "calls": account.history.forgotten[Call] + len(account.history.calls),
            "forgotten": account.history.forgotten[Call],
            "clock": self.get_clock(given),
            "regions": {
                name: {view.name: _service(view) for view in Services(account, name).values()}
                for name in account.regions
            },
            "toCome": account.to_come(),
        }

    @_route(_AFTER)
    def get_calls(self, given: dict[str, str]) -> Any:
        """List the `calls`, starting with call number `after`.

        The response also contains the value of `after` for the next request (`next`), and the
        number of old calls that have been `forgotten`.
        """
        return _later("calls", Call, _CALL, given, self.account().history)

    @_route(_AFTER)
    def get_visits(self, given: dict[str, str]) -> Any:
        """List the `visits` (requests to the addresses of services) in the same way as calls."""
        return _later("visits", Visit, _VISIT, given, self.account().history)

    @_route(closed_object("container", "service", service=_TEXT, container=_TEXT))
    def get_logs(self, given: dict[str, str]) -> Any:
        """Show the `lines` of a container's log."""
        return {"lines": Services(self.account())[given["service"]].logs(given["container"])}

    @_route()
    def get_timeline(self, _: Any) -> Any:
        """Show the `timeline` as text."""
        return {"timeline": render(self.account().history)}


def _given(request: Request, schema: _Schema) -> Any:
    """Return the arguments in the body or the query string of a request."""
    if request.method == "GET":
        query = parse_qs(request.path.partition("?")[2])
        given: Any = {each: query[each][-1] for each in schema["properties"] if each in query}
    else:
        try:
            given = read_json(request.body)
        except ValueError as error:
            raise ConfigurationError(f"the body is not JSON: {error}") from None
    if schema["type"] != "array":  # `scenario_from_json` checks the steps of a scenario
        check_document(given, dict(schema))
    return given


def _later(
    name: str, kind: type, members: Iterable[str], given: dict[str, str], history: History
) -> Any:
    """Return calls or visits from number ``after`` onwards. Forgotten entries are counted."""
    kept, forgotten = getattr(history, name), history.forgotten[kind]
    events = kept[max(int(given.get("after", 0)) - forgotten, 0) :]
    return {
        name: [{each: masked(getattr(event, each)) for each in members} for event in events],
        "next": forgotten + len(kept),
        "forgotten": forgotten,
    }


def _service(view: ServiceView) -> Any:
    return masked(
        {"service": view.describe(), "deployments": [one.describe() for one in view.deployments]}
    )


# --- schemas -------------------------------------------------------------------------------------


def control_schema() -> dict[str, Any]:
    """Return a JSON Schema with a definition for each request body."""
    posts = [(name.split()[1], each) for name, (_, each) in ROUTES.items() if "POST" in name]
    return {
        "$schema": DIALECT,
        "title": f"Control API of pytest-lightsail, under {PREFIX}",
        "$defs": {f"{path}.request": schema for path, schema in posts},
    }


def openapi() -> dict[str, Any]:
    """Return the OpenAPI description of the control API.

    >>> sorted(openapi()["paths"]["/_lightsail/clock"])
    ['get', 'post']
    """
    paths: dict[str, dict[str, Any]] = {}
    for name, (respond, schema) in ROUTES.items():
        method, path = name.split()
        operation = paths.setdefault(PREFIX + path, {})[method.lower()] = {
            "operationId": respond.__name__,
            "summary": " ".join((respond.__doc__ or "").split()),
            "parameters": [{"name": ACCOUNT, "in": "query", "schema": _TEXT}],
            "responses": {"200": {"description": "Done."}, "default": {"description": "Refused."}},
        }
        if method == "POST":
            operation["requestBody"] = {"required": True, "content": {_JSON: {"schema": schema}}}
        else:
            operation["parameters"] += [
                {"name": each, "in": "query", "schema": one, "required": each in schema["required"]}
                for each, one in schema["properties"].items()
            ]
    return {
        "openapi": "3.1.0",
        "info": {"title": "Control API of pytest-lightsail", "version": __version__},
        "jsonSchemaDialect": DIALECT,
        "paths": paths,
    }


# --- the page ------------------------------------------------------------------------------------

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = (
    ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
    ("Content-Security-Policy", _POLICY),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Referrer-Policy", "no-referrer"),
)
"""Headers that prevent caching, content sniffing and use of the response by other sites."""


_FILES = {
    "index.html": "text/html",
    **dict.fromkeys(("theme.css", "page.css", "state_diagram.css"), "text/css"),
    **dict.fromkeys(("page.js", "server.js", "view.js"), "text/javascript"),
    "icon.svg": "image/svg+xml",
}
"""Maps the name of each file of the live page to its content type."""


def asset(name: str) -> str:
    """Return the text of a file in ``assets``."""
    return (Path(__file__).parent / "assets" / name).read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def live_page() -> Mapping[str, Response]:
    """Return a response for each file of the live page, keyed by its path below ``PREFIX``."""
    buttons = [
        f'<button type="button" data-fault="{name}">{name}</button>'
        for name in (*PLAIN_FAULTS, "answer_lost")
    ]
    values = {"diagram": asset("states_service.svg"), "faults": "".join(buttons)}
    texts = {name: asset(name) for name in _FILES}
    texts["index.html"] = Template(texts["index.html"]).substitute(values)
    return {
        name.removeprefix("index.html"): _response(
            200, texts[name].encode(), ("Content-Type", f"{kind}; charset=utf-8")
        )
        for name, kind in _FILES.items()
    }


def _json(status: int, document: Any) -> Response:
    return _response(status, json.dumps(document).encode(), ("Content-Type", _JSON))


def _response(status: int, body: bytes, header: tuple[str, str]) -> Response:
    return Response(status, (("Content-Length", str(len(body))), *_HEADERS, header), body)
