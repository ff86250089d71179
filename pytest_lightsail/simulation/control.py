"""The control API: what the handle ``lightsail`` does, as JSON over HTTP for tests in other languages.

Under the same prefix there is a page for people, which uses it. ``control_schema()`` is the JSON
Schema of all requests and responses.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import parse_qs

from ..exceptions import ConfigurationError
from ..hosts import is_own_name
from ..model.bounds import read_json
from ..model.schema import DIALECT
from ..reporting.timeline import render
from ..simulator.account import Account
from ..simulator.faults import FAULTS
from ..simulator.history import Call, masked
from ..simulator.scenario import Scenario, play, scenario_from_json
from ..simulator.verbs import VERBS
from ..simulator.wire import Request, Response
from ..transports.wsgi import PREFIX
from .views import Services, ServiceView

_JSON = "application/json"
_OK, _BAD, _FORBIDDEN, _UNKNOWN, _NOT_ALLOWED, _UNSUPPORTED = 200, 400, 403, 404, 405, 415
_MOST_DIGITS = 18
_NUMBER = {"type": "number", "minimum": 0}
_TEXT = {"type": "string"}
_MAYBE_TEXT = {"type": ["string", "null"]}
_COUNT = {"type": "integer", "minimum": 0}
_CALL: Mapping[str, Any] = {
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
"""What is shown of a call, by the names of its attributes, and what each can be."""


class _Problem(Exception):
    def __init__(self, status: int, message: str, allowed: Iterable[str] = ()) -> None:
        super().__init__(message)
        self.status = status
        self.headers = (("Allow", ", ".join(allowed)),) if allowed else ()


class Control:
    """Answers what is asked under ``/_lightsail/``."""

    def __init__(self, account: Callable[[], Account], reset: Callable[[], None]) -> None:
        self._account = account
        self._reset = reset
        self._latest: Account | None = None
        self._accounts = 0
        self.host = ""
        """Where the server has been told to listen; it answers to that name too."""

    def answer(self, request: Request) -> Response:
        """The answer to a request whose path begins with the prefix, or is the prefix but for its end."""
        path, _, query = request.path.partition("?")
        name = path.removeprefix(PREFIX)
        headers: tuple[tuple[str, str], ...] = ()
        try:
            self._check_host(request.headers.get("host", ""))
            page = _page()
            if path in page:
                if request.method not in _READING:
                    raise _not_allowed(name or "the page", _READING)
                return page[path]
            document = self._document(request, name, parse_qs(query))
            status = _OK
        except _Problem as problem:
            document, status, headers = {"error": str(problem)}, problem.status, problem.headers
        except ConfigurationError as error:
            document, status = {"error": str(error)}, _BAD
        body = json.dumps(document).encode()
        about = (("Content-Type", _JSON), ("Content-Length", str(len(body))))
        return Response(status, (*about, *_NOTHING_ELSE, *headers), body)

    def _check_host(self, host: str) -> None:
        # A page of someone else's whose name has been made to lead here could do as ours does.
        if not is_own_name(host, self.host):
            raise _Problem(
                _FORBIDDEN,
                f"the Host header names {host!r}: under {PREFIX} the server answers to addresses, to "
                "localhost, to names without a dot, and to what it has been told to listen at",
            )

    def _document(self, request: Request, name: str, query: Mapping[str, list[str]]) -> Any:
        methods = _ROUTES.get(name)
        if methods is None:
            raise _Problem(_UNKNOWN, f"no {name!r} here; there are {', '.join(_ROUTES)}")
        route = methods.get(request.method)
        if route is None:
            raise _not_allowed(name, methods)
        if request.method == "GET":
            return route.act(self, query)
        # A page of somebody else's that is open in a browser can send no such type unasked.
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _JSON:
            raise _Problem(_UNSUPPORTED, f"{name}: the Content-Type is {_JSON}")
        try:
            given = read_json(request.body)
        except ValueError as error:
            raise _Problem(_BAD, f"the body is not JSON: {error}") from None
        if not isinstance(given, route.takes):
            raise _Problem(_BAD, f"{name}: the body is {_NAMES[route.takes]}")
        return route.act(self, given)

    def clock(self, _: Any = None) -> Any:
        clock = self._account().clock
        return {"elapsed": clock.elapsed, "now": clock.now.isoformat()}

    def advance(self, given: dict[str, Any]) -> Any:
        seconds: Any = given.get("advance")
        if given.keys() != {"advance"} or isinstance(seconds, bool):
            raise _Problem(_BAD, 'clock: the body is {"advance": seconds}')
        account = self._account()
        account.clock.advance(seconds)
        return self.clock()

    def reset(self, given: dict[str, Any]) -> Any:
        _nothing("reset", given)
        self._reset()
        return self.clock()

    def calm(self, given: dict[str, Any]) -> Any:
        _nothing("calm", given)
        self._account().calm()
        return self.clock()

    def play(self, given: list[Any]) -> Any:
        return self._play(scenario_from_json(given))

    def faults(self, given: list[Any]) -> Any:
        """Prepare faults; short for the steps of a scenario."""
        return self._play(scenario_from_json([{"fault": fault} for fault in given]))

    def state(self, _: Any) -> Any:
        """Every service with its deployments, as the API shows them, and what is prepared.

        Secrets are masked. The number of the account changes when it is another one than before.
        """
        account = self._account()
        with account.lock:
            regions = {
                name: {view.name: _service(view) for view in Services(account, name).values()}
                for name in list(account.regions)
            }
            if account is not self._latest:
                self._latest, self._accounts = account, self._accounts + 1
            return {
                "account": self._accounts,
                "calls": account.history.forgotten + len(account.history.calls),
                "forgotten": account.history.forgotten,
                "clock": self.clock(),
                "regions": regions,
                "toCome": account.to_come(),
            }

    def calls(self, query: Mapping[str, list[str]]) -> Any:
        """The calls from number ``after`` on, and the number to go on with."""
        after = query.get("after", ["0"])[-1]
        if not (after.isascii() and after.isdigit() and len(after) <= _MOST_DIGITS):
            raise _Problem(_BAD, f"calls: after={after!r} is not possible: it is a number of calls")
        account = self._account()
        with account.lock:
            history = account.history
            forgotten, following = history.forgotten, history.forgotten + len(history.calls)
            calls = history.calls[max(int(after) - forgotten, 0) :]
        shown = [_call(call) for call in calls]
        return {"calls": shown, "next": following, "forgotten": forgotten}

    def timeline(self, _: Any) -> Any:
        account = self._account()
        with account.lock:
            history = replace(account.history, events=list(account.history.events))
        return {"timeline": render(history)}

    def _play(self, scenario: Scenario) -> Any:
        account = self._account()
        with account.lock:
            play(account, scenario)
        return self.clock()


class _Route(NamedTuple):
    act: Callable[[Control, Any], Any]
    takes: type = dict


_NAMES: Mapping[type, str] = {dict: "an object", list: "a list"}
_ROUTES: Mapping[str, Mapping[str, _Route]] = {
    "reset": {"POST": _Route(Control.reset)},
    "play": {"POST": _Route(Control.play, list)},
    "faults": {"POST": _Route(Control.faults, list)},
    "calm": {"POST": _Route(Control.calm)},
    "clock": {"GET": _Route(Control.clock), "POST": _Route(Control.advance)},
    "state": {"GET": _Route(Control.state)},
    "calls": {"GET": _Route(Control.calls)},
    "timeline": {"GET": _Route(Control.timeline)},
}


def _not_allowed(name: str, methods: Iterable[str]) -> _Problem:
    return _Problem(_NOT_ALLOWED, f"{name}: use {' or '.join(methods)}", methods)


def _nothing(name: str, given: dict[str, Any]) -> None:
    if given:
        raise _Problem(_BAD, f"{name}: the body is {{}}")


def _service(view: ServiceView) -> Any:
    return masked(
        {"service": view.describe(), "deployments": [one.describe() for one in view.deployments]}
    )


def _call(call: Call) -> dict[str, Any]:
    shown = {name: getattr(call, name) for name in _CALL}
    return {**shown, "parameters": masked(call.parameters)}


_READING = ("GET", "HEAD")
"""The methods by which the page is read."""

_NOTHING_ELSE = (("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff"))
"""What is answered is for now, and it is no other kind of thing than it says."""

_POLICY = "; ".join(
    (
        "default-src 'none'",
        *(f"{kind}-src 'self'" for kind in ("script", "style", "img", "connect")),
        *(f"{kind} 'none'" for kind in ("base-uri", "form-action", "frame-ancestors")),
    )
)
_GUARD = (
    *_NOTHING_ELSE,
    ("Content-Security-Policy", _POLICY),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Referrer-Policy", "no-referrer"),
)


@lru_cache(maxsize=1)
def _page() -> Mapping[str, Response]:
    """Return the answers to readers of the page, by path."""
    from ..reporting.live_page import live_page  # noqa: PLC0415 - most tests never look at it

    answers = {
        PREFIX + name: _answer(200, body, ("Content-Type", kind))
        for name, (kind, body) in live_page().items()
    }
    return {**answers, PREFIX.rstrip("/"): _answer(308, b"", ("Location", PREFIX))}


def _answer(status: int, body: bytes, about: tuple[str, str]) -> Response:
    return Response(status, (about, ("Content-Length", str(len(body))), *_GUARD), body)


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
    """Return the schema, a definition for each request and response."""
    fault = _arguments("fault")
    fault["properties"]["name"] = {"enum": sorted(FAULTS)}
    clock = _object({"elapsed": _NUMBER, "now": {"type": "string", "format": "date-time"}})
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
        "call": _object(_CALL),
        "service": service,
        "error.response": _object({"error": _TEXT}),
        "reset.request": _object({}),
        "calm.request": _object({}),
        "play.request": _list(_ref("step")),
        "faults.request": _list(_ref("step.fault")),
        "clock.request": _object({"advance": _NUMBER}),
        **{
            f"{name}.response": _ref("clock")
            for name in ("reset", "calm", "play", "faults", "clock")
        },
        "state.response": _object(
            {
                "account": _COUNT,
                "calls": _COUNT,
                "forgotten": _COUNT,
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
        "calls.response": _object(
            {"calls": _list(_ref("call")), "next": _COUNT, "forgotten": _COUNT}
        ),
        "timeline.response": _object({"timeline": _TEXT}),
    }
    return {
        "$schema": DIALECT,
        "title": f"Control API of pytest-lightsail, under {PREFIX}",
        "$defs": dict(sorted(definitions.items())),
    }
