"""The control API: what the handle ``lightsail`` does, as JSON over HTTP for tests in other languages.

Under the same prefix there is a page for people, which uses it. ``ROUTES`` lists the paths.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from itertools import count
from typing import Any, TypeVar
from urllib.parse import parse_qs
from weakref import WeakKeyDictionary

from ..endpoints import is_own_name
from ..exceptions import PytestLightsailError, shown
from ..model.bounds import is_number, read_json
from ..options import option_fields, parse
from ..reporting.timeline import render
from ..simulator.account import Account
from ..simulator.clock import NANOSECONDS
from ..simulator.history import Call, masked
from ..simulator.images import Image
from ..simulator.resources import Certificate
from ..simulator.scenario import play, scenario_from_json
from ..simulator.wire import Request, Response
from ..transports.endpoint import PREFIX, account_key
from .control_schema import CALL, CERTIFICATE_VERBS, IMAGE, ROUTES, VISIT, Route, openapi
from .shell import RealTime
from .views import RegionView, Services, ServiceView

_JSON = "application/json"
_OK, _BAD, _FORBIDDEN, _UNKNOWN, _NOT_ALLOWED, _UNSUPPORTED = 200, 400, 403, 404, 405, 415
_MOST_DIGITS = 18
_T = TypeVar("_T")
_KINDS: Mapping[str, tuple[type, str]] = {"object": (dict, "an object"), "array": (list, "a list")}


class _Problem(Exception):
    def __init__(self, status: int, message: str, allowed: Iterable[str] = ()) -> None:
        super().__init__(message)
        self.status = status
        self.headers = (("Allow", ", ".join(allowed)),) if allowed else ()


class Control:
    """Answers what is asked under ``/_lightsail/``.

    Args:
        account: the account of an access key id.
        reset: lets it begin again.
        pace: how real time moves an account's clock; ``None`` where that cannot be changed.
    """

    def __init__(
        self,
        account: Callable[[str], Account],
        reset: Callable[[str], None],
        pace: Callable[[Account], RealTime | None] = lambda _: None,
    ) -> None:
        self._account_of = account
        self._reset_of = reset
        self._pace = pace
        self._numbers: WeakKeyDictionary[Account, int] = WeakKeyDictionary()
        self._next_number = count(1)
        self.host = ""
        """The host that the server listens on; it answers to that name too."""

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
                    raise _not_allowed("the page", _READING)
                return page[path]
            document = self._document(request, name, parse_qs(query))
            status = _OK
        except _Problem as problem:
            document, status, headers = {"error": str(problem)}, problem.status, problem.headers
        except PytestLightsailError as error:
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
                "localhost, to names without a dot, and to the host that it listens on",
            )

    def _document(self, request: Request, name: str, query: Mapping[str, list[str]]) -> Any:
        route = ROUTES.get(f"{request.method} {name}")
        if route is None:
            raise _no_route(name)
        given = self._given(request, name, route, query)
        act = getattr(_Acts(self, account_key(request)), f"{request.method.lower()}_{name}")
        return act(given)

    def _given(
        self, request: Request, name: str, route: Route, query: Mapping[str, list[str]]
    ) -> Any:
        """What a request gives: the parameters of its query, or its body, with no unknown members."""
        if route.takes is None:
            return {each: query[each][-1] for each in route.query if each in query}
        # A foreign page in a browser cannot send this type without a preflight request.
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _JSON:
            raise _Problem(_UNSUPPORTED, f"{name}: the Content-Type must be {_JSON}")
        try:
            given = read_json(request.body)
        except ValueError as error:
            raise _Problem(_BAD, f"the body is not JSON: {error}") from None
        kind, words = _KINDS[route.takes["type"]]
        if not isinstance(given, kind):
            raise _Problem(_BAD, f"{name}: the body must be {words}")
        if isinstance(given, dict):
            _check_members(name, given, route.takes["properties"], route.takes["required"])
        return given


class _Acts:
    """What can be done to the account of one access key id: a method for each of ``ROUTES``."""

    def __init__(self, control: Control, key: str) -> None:
        self._control = control
        self._key = key

    @property
    def _account(self) -> Account:
        return self._control._account_of(self._key)

    def _region(self, given: Mapping[str, Any]) -> RegionView:
        return RegionView(self._account, _region(given) or self._account.options.region)

    def get_clock(self, _: Any = None) -> Any:
        account = self._account
        clock, pace = account.clock, self._control._pace(account)
        due = clock.next_due
        return {
            "elapsed": clock.elapsed,
            "now": clock.now.isoformat(),
            "next": None if due is None else max(0, due - clock.elapsed_ns) / NANOSECONDS,
            "speed": None if pace is None else pace.speed,
            "paused": pace is not None and pace.paused,
        }

    def post_clock(self, given: dict[str, Any]) -> Any:
        if len(given) != 1:
            raise _Problem(_BAD, "clock: pass exactly one of advance, sleep, speed and paused")
        ((name, value),) = given.items()
        account = self._account
        with account.lock:
            if name in {"speed", "paused"}:
                self._set_pace(name, value)
            elif name == "sleep":
                account.sleep(_number("clock", name, value))
            elif value != "next":
                account.clock.advance(_number("clock", name, value))
            elif account.clock.next_due is None:
                raise _Problem(_BAD, "clock: nothing is due, so there is no next event")
            else:
                account.clock.advance_to(account.clock.next_due)
        return self.get_clock()

    def _set_pace(self, name: str, value: Any) -> None:
        pace = self._control._pace(self._account)
        if pace is None:
            raise _Problem(_BAD, "clock: with real_time the account uses the clock of the machine")
        if name == "speed":
            pace.speed = _number("clock", name, value)
        else:
            pace.paused = _switch("clock", name, value)

    def post_reset(self, _: Any) -> Any:
        self._control._reset_of(self._key)
        return self.get_clock()

    def post_calm(self, _: Any) -> Any:
        self._account.calm()
        return self.get_clock()

    def post_play(self, given: list[Any]) -> Any:
        scenario, account = scenario_from_json(given), self._account
        with account.lock:
            play(account, scenario)
        return self.get_clock()

    def post_faults(self, given: list[Any]) -> Any:
        """Prepare faults; short for the steps of a scenario."""
        return self.post_play([_fault_step(fault) for fault in given])

    def get_images(self, _: Any = None) -> Any:
        images = self._account.images
        return {"images": list(images), "strict": images.strict}

    def post_images(self, given: dict[str, Any]) -> Any:
        images = self._account.images
        described = {
            reference: _image(reference, how)
            for reference, how in _mapping("images", "images", given.get("images", {})).items()
        }
        strict = _switch("images", "strict", given.get("strict", images.strict))
        with self._account.lock:
            images.strict = strict
            images.update(described)
        return self.get_images()

    def post_respond(self, given: dict[str, Any]) -> Any:
        response = given.get("response")
        if "response" in given:
            _mapping("respond", "response", response)
        operation = _text("respond", "operation", given["operation"])
        future = _switch("respond", "future", given.get("future", False))
        with self._account.lock:
            self._account.canned(operation, response, future=future, optional=True)
        return self.get_clock()

    def get_quotas(self, _: Any = None) -> Any:
        return dict(self._account.quotas)

    def post_quotas(self, given: dict[str, Any]) -> Any:
        with self._account.lock:
            self._account.quotas.update(given)
        return self.get_quotas()

    def get_certificates(self, given: dict[str, Any]) -> Any:
        return {
            name: {"domains": list(one.domains), "status": one.status}
            for name, one in self._region(given).certificates.items()
        }

    def post_certificates(self, given: dict[str, Any]) -> Any:
        name = _text("certificates", "name", given["name"])
        with self._account.lock:
            certificates = self._region(given).certificates
            if "verb" not in given:
                about = {each: given[each] for each in ("domains", "status") if each in given}
                if "domains" not in about:
                    raise _Problem(_BAD, "certificates: pass domains or a verb")
                certificates[name] = Certificate(**about)
            elif given["verb"] in CERTIFICATE_VERBS:
                getattr(certificates, given["verb"])(name)
            else:
                verbs = ", ".join(CERTIFICATE_VERBS)
                raise _Problem(_BAD, f"certificates: verb must be one of {verbs}")
        return self.get_certificates(given)

    def post_enter(self, given: dict[str, Any]) -> Any:
        account = self._account
        with account.lock:
            view = Services(account, _region(given))[_text("enter", "service", given["service"])]
            view.enter(given["state"], given.get("detail"), by=given.get("by"))
            return _service(view)

    def get_state(self, _: Any) -> Any:
        account, control = self._account, self._control
        with account.lock:
            regions = {
                name: {view.name: _service(view) for view in Services(account, name).values()}
                for name in list(account.regions)
            }
            if account not in control._numbers:
                control._numbers[account] = next(control._next_number)
            return {
                "account": control._numbers[account],
                "calls": account.history.forgotten + len(account.history.calls),
                "forgotten": account.history.forgotten,
                "clock": self.get_clock(),
                "regions": regions,
                "toCome": account.to_come(),
            }

    def get_calls(self, given: dict[str, str]) -> Any:
        account = self._account
        with account.lock:
            history = account.history
            numbers, calls = _numbers("calls", given, history.calls, history.forgotten)
        return {"calls": [_call(call) for call in calls], **numbers}

    def get_visits(self, given: dict[str, str]) -> Any:
        account = self._account
        with account.lock:
            history = account.history
            numbers, visits = _numbers("visits", given, history.visits, history.forgotten_visits)
        shown = [{name: getattr(visit, name) for name in VISIT} for visit in visits]
        return {"visits": shown, **numbers}

    def get_logs(self, given: dict[str, str]) -> Any:
        for name in ("service", "container"):
            if name not in given:
                raise _Problem(_BAD, f"logs: name the {name}: logs?service=shop&container=web")
        view = Services(self._account, _region(given))[given["service"]]
        return {"lines": view.logs(given["container"])}

    def get_timeline(self, _: Any) -> Any:
        account = self._account
        with account.lock:
            history = replace(account.history, events=list(account.history.events))
        return {"timeline": render(history)}

    def get_openapi(self, _: Any) -> Any:
        return openapi()


# --- what is given ---------------------------------------------------------------------------------


def _check_members(
    name: str, given: Mapping[str, Any], known: Mapping[str, Any], required: Iterable[str]
) -> None:
    for each in given:
        if each not in known:
            have = ", ".join(known) or "none"
            raise _Problem(_BAD, f"{name}: unknown member {each!r} in the body; expected: {have}")
    for each in required:
        if each not in given:
            raise _Problem(_BAD, f"{name}: the body needs {each!r}")


def _number(where: str, name: str, value: Any) -> float:
    if not is_number(value) or not 0 <= value <= sys.float_info.max:
        raise _Problem(_BAD, f"{where}: {name} must be 0 or more, not {shown(value)}")
    return float(value)


def _switch(where: str, name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise _Problem(_BAD, f"{where}: {name} must be true or false, not {value!r}")
    return value


def _text(where: str, name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise _Problem(_BAD, f"{where}: {name} must be a string")
    return value


def _mapping(where: str, name: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _Problem(_BAD, f"{where}: {name} must be an object")
    return value


def _region(given: Mapping[str, Any]) -> str | None:
    name = given.get("region")
    return None if name is None else parse(option_fields()["region"], name, "region: ")


def _numbers(
    where: str, query: Mapping[str, str], kept: list[_T], forgotten: int
) -> tuple[dict[str, int], list[_T]]:
    """Return the events that follow number ``after``; numbers count what is forgotten as well."""
    after = query.get("after", "0")
    if not (after.isascii() and after.isdigit() and len(after) <= _MOST_DIGITS):
        raise _Problem(_BAD, f"{where}: after={after!r} is invalid: expected a number of {where}")
    numbers = {"next": forgotten + len(kept), "forgotten": forgotten}
    return numbers, kept[max(int(after) - forgotten, 0) :]


def _fault_step(fault: Any) -> Any:
    """The step of a scenario that adds a fault; that a response is lost is a verb of its own there."""
    if isinstance(fault, dict) and fault.get("name") == "answer_lost":
        return {"answer_lost": {name: value for name, value in fault.items() if name != "name"}}
    return {"fault": fault}


def _image(reference: str, how: Any) -> Image:
    """Read an image: a list stands for a tuple, and "never" for an infinite time."""
    given = _mapping("images", reference, how)
    _check_members("images", given, dict.fromkeys(IMAGE), ())
    read: dict[str, Any] = {
        name: math.inf if value == "never" else _tuple(value) for name, value in given.items()
    }
    if isinstance(read.get("responds"), dict):
        read["responds"] = {path: _tuple(one) for path, one in read["responds"].items()}
    return Image(**{"optional": True, **read})


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


# --- what is shown ---------------------------------------------------------------------------------


def _not_allowed(name: str, methods: Iterable[str]) -> _Problem:
    return _Problem(_NOT_ALLOWED, f"{name}: use {' or '.join(methods)}", methods)


def _no_route(name: str) -> _Problem:
    there = [route.split(" ") for route in ROUTES]
    methods = [method for method, path in there if path == name]
    if methods:
        return _not_allowed(name, methods)
    paths = ", ".join(dict.fromkeys(path for _, path in there))
    return _Problem(_UNKNOWN, f"no {name!r} here; expected one of {paths}")


def _service(view: ServiceView) -> Any:
    return masked(
        {"service": view.describe(), "deployments": [one.describe() for one in view.deployments]}
    )


def _call(call: Call) -> dict[str, Any]:
    shown = {name: getattr(call, name) for name in CALL}
    return {**shown, "parameters": masked(call.parameters)}


_READING = ("GET", "HEAD")
"""The methods by which the page is read."""

_NOTHING_ELSE = (("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff"))
"""Responses are not cached, and browsers must not guess their type."""

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
    from ..reporting.pages import live_page  # noqa: PLC0415 - most tests never look at it

    answers = {
        PREFIX + name: _answer(200, body, ("Content-Type", kind))
        for name, (kind, body) in live_page().items()
    }
    return {**answers, PREFIX.rstrip("/"): _answer(308, b"", ("Location", PREFIX))}


def _answer(status: int, body: bytes, about: tuple[str, str]) -> Response:
    return Response(status, (about, ("Content-Length", str(len(body))), *_GUARD), body)
