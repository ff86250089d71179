"""The control API: JSON over HTTP for tests in other languages, and a web page that uses it.

``ROUTES`` lists the paths. While a request is being handled, no other request changes the account.
Between requests, ``RealTime`` moves the clocks of accounts at a speed that the control API can
change.
"""

from __future__ import annotations

import json
import math
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import count
from typing import Any
from urllib.parse import parse_qs
from weakref import WeakKeyDictionary

from ..c_functions import original
from ..exceptions import ConfigurationError, PytestLightsailError
from ..machinery import TIME
from ..model.bounds import read_json
from ..options import Options, option_fields, parse
from ..output_files import check_document
from ..reporting.timeline import render
from ..simulator.account import Account
from ..simulator.clock import NANOSECONDS, Clock
from ..simulator.history import masked
from ..simulator.images import Image
from ..simulator.resources import Certificate
from ..simulator.scenario import play, scenario_from_json
from ..simulator.wire import Request, Response
from ..transports.endpoint import PREFIX, account_key
from .control_schema import CALL, ROUTES, VISIT, Route, openapi
from .shims import AGENT
from .views import RegionView, Services, ServiceView

_SPEED = 600.0
"""The default ``speed``: how many account seconds pass per real second between calls."""
MARK = "pytest-lightsail"
"""The User-Agent of AWS clients that run with ``LightsailServer.env`` contains this string."""
_SHIM = re.compile(rf"^{AGENT}\b")
_BY_SLEEP = re.compile(rf"^(aws-cli/.*\bexec-env/{MARK}|{AGENT})\b")
"""Matches the User-Agent of a program whose ``sleep`` moves the clock."""

_JSON = "application/json"
_OK, _BAD, _UNKNOWN, _UNSUPPORTED = 200, 400, 404, 415

_now = original(TIME["monotonic_ns"])


class RealTime:
    """Advances an account's clock by ``speed`` times the real time since the last call.

    An instance must not refer to its account, because instances are the values of a dictionary
    whose keys are weak references to accounts.

    Attributes:
        speed: account seconds per real second.
        by_sleep: whether real time is ignored because the caller's ``sleep`` moves the clock.
    """

    def __init__(self, speed: float) -> None:
        self._last = _now()
        self.speed = speed
        self.by_sleep = False

    def catch_up(self, clock: Clock, advance: Callable[[float], None]) -> None:
        """Call ``advance`` with the account seconds that have passed since the previous call."""
        with clock.lock:
            now, before = _now(), self._last
            self._last = now
            if not self.by_sleep:
                advance((now - before) / NANOSECONDS * self.speed)


class _Problem(Exception):
    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass
class Control:
    """Responds to requests under ``/_lightsail/``, and lets real time move the clocks.

    Args:
        account: a function that returns the account for an access key ID.
        reset: a function that gives an access key ID a clean account.
        options: the options. Only ``speed`` and ``real_time`` are used.
    """

    account: Callable[[str], Account]
    reset: Callable[[str], None]
    options: Options
    numbers: WeakKeyDictionary[Account, int] = field(default_factory=WeakKeyDictionary)
    next_number: Iterator[int] = field(default_factory=lambda: count(1))
    _paces: WeakKeyDictionary[Account, RealTime] = field(default_factory=WeakKeyDictionary)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def pace(self, account: Account) -> RealTime | None:
        """Return the ``RealTime`` of an account, or ``None`` if the option ``real_time`` is set."""
        if self.options.real_time:
            return None
        with self._lock:
            if account not in self._paces:
                speed = self.options.speed
                self._paces[account] = RealTime(_SPEED if speed is None else speed)
            return self._paces[account]

    def catch_up(self, account: Account, request: Request) -> None:
        """Advance the clock by the real time since the last request.

        Real time does not count if the last caller was a program whose ``sleep`` moves the clock.

        Raises:
            CallerNeverEnds: a caller has waited too long while nothing changed.
        """
        pace = self.pace(account)
        if pace is None:
            return  # the clock already shows real time
        agent = request.headers.get("user-agent", "")
        if "x-amz-target" in request.headers or _SHIM.search(agent):
            pace.by_sleep = bool(_BY_SLEEP.search(agent))
        pace.catch_up(account.clock, account.sleep)

    def respond(self, request: Request) -> Response:
        """Return the response to a request for ``/_lightsail/`` or a path below it."""
        path, _, query = request.path.partition("?")
        name = path.removeprefix(PREFIX)
        page = _page()
        if path in page and request.method in {"GET", "HEAD"}:
            return page[path]
        try:
            document, status = self._document(request, name, parse_qs(query)), _OK
        except _Problem as problem:
            document, status = {"error": str(problem)}, problem.status
        except PytestLightsailError as error:
            document, status = {"error": str(error)}, _BAD
        return _response(status, json.dumps(document).encode(), ("Content-Type", _JSON))

    def _document(self, request: Request, name: str, query: Mapping[str, list[str]]) -> Any:
        route = ROUTES.get(f"{request.method} {name}")
        if route is None:
            raise _Problem(
                _UNKNOWN,
                f"unknown route: {request.method} {name!r}; expected one of {', '.join(ROUTES)}",
            )
        given = _given(request, name, route, query)
        routes = _Routes(self, account_key(request))
        document = getattr(routes, f"{request.method.lower()}_{name}")(given)
        # After a change, respond with the state of the clock.
        return routes.get_clock(given) if document is None else document


def _given(request: Request, name: str, route: Route, query: Mapping[str, list[str]]) -> Any:
    """Return the arguments of a request, from its body or its query."""
    schema: Any = route.body
    if schema is None:
        schema = route.query
        given: Any = {each: query[each][-1] for each in schema["properties"] if each in query}
    else:
        # A web page from another site cannot send this content type without a preflight request.
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != _JSON:
            raise _Problem(_UNSUPPORTED, f"{name}: the Content-Type must be {_JSON}")
        try:
            given = read_json(request.body)
        except ValueError as error:
            raise ConfigurationError(f"the body is not JSON: {error}") from None
    if schema["type"] != "array":  # creating a `Scenario` checks its steps
        try:
            check_document(given, schema)
        except ConfigurationError as error:
            raise ConfigurationError(f"{name}: {error}") from None
    return given


class _Routes:
    """Handles each of ``ROUTES`` with a method, for the account of one access key ID."""

    def __init__(self, control: Control, key: str) -> None:
        self._control = control
        self._key = key

    @property
    def _account(self) -> Account:
        return self._control.account(self._key)

    def _region(self, given: Mapping[str, Any]) -> RegionView:
        name = given.get("region", self._account.options.region)
        return RegionView(self._account, parse(option_fields()["region"], name, "region: "))

    def get_clock(self, _: Any) -> Any:
        clock, pace = self._account.clock, self._control.pace(self._account)
        due = clock.next_due
        return {
            "elapsed": clock.elapsed,
            "now": clock.now.isoformat(),
            "next": None if due is None else max(0, due - clock.elapsed_ns) / NANOSECONDS,
            "speed": None if pace is None else pace.speed,
        }

    def post_clock(self, given: dict[str, Any]) -> None:
        ((name, value),) = given.items()
        account, pace = self._account, self._control.pace(self._account)
        if name == "sleep":
            account.sleep(value)
        elif name == "advance" and value != "next":
            account.clock.advance(value)
        elif name == "advance":
            if account.clock.next_due is None:
                raise ConfigurationError("clock: no event is due, so there is no next event")
            account.clock.advance_to(account.clock.next_due)
        elif pace is None:
            raise ConfigurationError(
                "clock: with real_time, the account uses the clock of the machine"
            )
        else:
            pace.speed = parse(option_fields()["speed"], value, "clock: speed: ")

    def post_reset(self, _: Any) -> None:
        self._control.reset(self._key)

    def post_calm(self, _: Any) -> None:
        self._account.calm()

    def post_play(self, given: Any) -> None:
        play(self._account, scenario_from_json(given))

    def post_images(self, given: dict[str, Any]) -> None:
        images = self._account.images
        described = {name: _image(members) for name, members in given.get("images", {}).items()}
        images.strict = given.get("strict", images.strict)
        images.update(described)

    def post_respond(self, given: dict[str, Any]) -> None:
        self._account.canned(
            given["operation"],
            given.get("response"),
            future=given.get("future", False),
            optional=True,
        )

    def post_quotas(self, given: dict[str, Any]) -> None:
        self._account.quotas.update(given)

    def post_certificates(self, given: dict[str, Any]) -> None:
        certificates = self._region(given).certificates
        if "verb" in given:
            getattr(certificates, given["verb"])(given["name"])
        else:
            members = {each: given[each] for each in ("domains", "status") if each in given}
            certificates[given["name"]] = Certificate(**members)

    def post_enter(self, given: dict[str, Any]) -> Any:
        view = self._region(given).services[given["service"]]
        view.enter(given["state"])
        return _service(view)

    def get_state(self, given: Any) -> Any:
        account, control = self._account, self._control
        return {
            "account": control.numbers.setdefault(account, next(control.next_number)),
            "calls": account.history.forgotten + len(account.history.calls),
            "forgotten": account.history.forgotten,
            "clock": self.get_clock(given),
            "regions": {
                name: {view.name: _service(view) for view in Services(account, name).values()}
                for name in account.regions
            },
            "toCome": account.to_come(),
        }

    def get_calls(self, given: dict[str, str]) -> Any:
        history = self._account.history
        return _later("calls", CALL, given, history.calls, history.forgotten)

    def get_visits(self, given: dict[str, str]) -> Any:
        history = self._account.history
        return _later("visits", VISIT, given, history.visits, history.forgotten_visits)

    def get_logs(self, given: dict[str, str]) -> Any:
        view = self._region(given).services[given["service"]]
        return {"lines": view.logs(given["container"])}

    def get_timeline(self, _: Any) -> Any:
        return {"timeline": render(self._account.history)}

    def get_openapi(self, _: Any) -> Any:
        return openapi()


def _later(
    name: str, members: Iterable[str], given: dict[str, str], kept: Sequence[Any], forgotten: int
) -> Any:
    """Return the events from number ``after`` on. The numbers include forgotten events."""
    events = kept[max(int(given.get("after", 0)) - forgotten, 0) :]
    return {
        name: [{each: masked(getattr(event, each)) for each in members} for event in events],
        "next": forgotten + len(kept),
        "forgotten": forgotten,
    }


def _image(members: Mapping[str, Any]) -> Image:
    """Return the image that JSON members describe. Lists are tuples, and "never" is infinity."""
    read: dict[str, Any] = {
        name: math.inf if value == "never" else _tuple(value) for name, value in members.items()
    }
    if isinstance(read.get("responds"), dict):
        read["responds"] = {path: _tuple(one) for path, one in read["responds"].items()}
    return Image(**{"optional": True, **read})


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _service(view: ServiceView) -> Any:
    return masked(
        {"service": view.describe(), "deployments": [one.describe() for one in view.deployments]}
    )


_POLICY = "; ".join(
    (
        "default-src 'none'",
        *(f"{kind}-src 'self'" for kind in ("script", "style", "img", "connect")),
        *(f"{kind} 'none'" for kind in ("base-uri", "form-action", "frame-ancestors")),
    )
)
_OF_THE_PAGE = (
    ("Content-Security-Policy", _POLICY),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Referrer-Policy", "no-referrer"),
)


@lru_cache(maxsize=1)
def _page() -> Mapping[str, Response]:
    """Return the responses that serve the files of the page, by path."""
    from ..reporting.pages import live_page  # noqa: PLC0415 - most tests never look at it

    files = {
        PREFIX + name: _response(_OK, body, ("Content-Type", kind), *_OF_THE_PAGE)
        for name, (kind, body) in live_page().items()
    }
    return {**files, PREFIX.rstrip("/"): _response(308, b"", ("Location", PREFIX), *_OF_THE_PAGE)}


def _response(status: int, body: bytes, *headers: tuple[str, str]) -> Response:
    """Return a response with headers that forbid caching and content sniffing."""
    length = ("Content-Length", str(len(body)))
    fixed = (("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff"))
    return Response(status, (length, *fixed, *headers), body)
