"""The control API: what the handle ``lightsail`` does, as JSON over HTTP for tests in other languages.

Under the same prefix there is a page for people, which uses it. ``ROUTES`` lists the paths, and what each
takes. A request comes while no other moves the account.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import count
from typing import Any
from urllib.parse import parse_qs
from weakref import WeakKeyDictionary

from ..endpoints import is_own_name
from ..exceptions import ConfigurationError, PytestLightsailError
from ..model.bounds import read_json
from ..options import option_fields, parse
from ..output_files import check_document
from ..reporting.timeline import render
from ..simulator.account import Account
from ..simulator.clock import NANOSECONDS
from ..simulator.history import masked
from ..simulator.images import Image
from ..simulator.resources import Certificate
from ..simulator.scenario import play, scenario_from_json
from ..simulator.wire import Request, Response
from ..transports.endpoint import PREFIX, account_key
from .control_schema import CALL, ROUTES, VISIT, Route, openapi
from .shell import RealTime
from .views import RegionView, Services, ServiceView

_JSON = "application/json"
_OK, _BAD, _FORBIDDEN, _UNKNOWN, _NOT_ALLOWED, _UNSUPPORTED = 200, 400, 403, 404, 405, 415


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
        pace: how real time moves an account's clock; ``None`` if that cannot be changed.
    """

    def __init__(
        self,
        account: Callable[[str], Account],
        reset: Callable[[str], None],
        pace: Callable[[Account], RealTime | None] = lambda _: None,
    ) -> None:
        self.account = account
        self.reset = reset
        self.pace = pace
        self.numbers: WeakKeyDictionary[Account, int] = WeakKeyDictionary()
        self.next_number = count(1)
        self.host = ""
        """The host that the server listens on; it answers to that name too."""

    def answer(self, request: Request) -> Response:
        """Return the response to a request for the prefix or a path below it."""
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
            document, status = self._document(request, name, parse_qs(query)), _OK
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
        given = _given(request, name, route, query)
        acts = _Acts(self, account_key(request))
        document = getattr(acts, f"{request.method.lower()}_{name}")(given)
        # What changes something answers what can be read there; otherwise the clock.
        return getattr(acts, f"get_{name}", acts.get_clock)(given) if document is None else document


def _given(request: Request, name: str, route: Route, query: Mapping[str, list[str]]) -> Any:
    """Return the arguments of a request: the parameters of its query, or its body."""
    schema: Any = route.takes
    if schema is None:
        schema = route.query
        given: Any = {each: query[each][-1] for each in schema["properties"] if each in query}
    else:
        # A foreign page in a browser cannot send this type without a preflight request.
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != _JSON:
            raise _Problem(_UNSUPPORTED, f"{name}: the Content-Type must be {_JSON}")
        try:
            given = read_json(request.body)
        except ValueError as error:
            raise _Problem(_BAD, f"the body is not JSON: {error}") from None
    if schema["type"] == "array":
        return given  # steps of a scenario, which is made of them
    try:
        check_document(given, schema)
    except ConfigurationError as error:
        raise _Problem(_BAD, f"{name}: {error}") from None
    return given


class _Acts:
    """What can be done to the account of one access key id: a method for each of ``ROUTES``."""

    def __init__(self, control: Control, key: str) -> None:
        self._control = control
        self._key = key

    @property
    def _account(self) -> Account:
        return self._control.account(self._key)

    def _region(self, given: Mapping[str, Any]) -> str:
        name = given.get("region", self._account.options.region)
        return str(parse(option_fields()["region"], name, "region: "))

    def get_clock(self, _: Any) -> Any:
        clock, pace = self._account.clock, self._control.pace(self._account)
        due = clock.next_due
        return {
            "elapsed": clock.elapsed,
            "now": clock.now.isoformat(),
            "next": None if due is None else max(0, due - clock.elapsed_ns) / NANOSECONDS,
            "speed": None if pace is None else pace.speed,
            "paused": pace is not None and pace.paused,
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
                raise _Problem(_BAD, "clock: nothing is due, so there is no next event")
            account.clock.advance_to(account.clock.next_due)
        elif pace is None:
            raise _Problem(_BAD, "clock: with real_time the account uses the clock of the machine")
        elif name == "speed":
            pace.speed = parse(option_fields()["speed"], value, "clock: speed: ")
        else:
            pace.paused = bool(value)

    def post_reset(self, _: Any) -> None:
        self._control.reset(self._key)

    def post_calm(self, _: Any) -> None:
        self._account.calm()

    def post_play(self, given: Any) -> None:
        play(self._account, scenario_from_json(given))

    def post_faults(self, given: Any) -> None:
        """Prepare faults; short for the steps of a scenario."""
        self.post_play([*map(_fault_step, given)] if isinstance(given, list) else given)

    def get_images(self, _: Any) -> Any:
        images = self._account.images
        return {"images": list(images), "strict": images.strict}

    def post_images(self, given: dict[str, Any]) -> None:
        images = self._account.images
        described = {name: _image(how) for name, how in given.get("images", {}).items()}
        images.strict = given.get("strict", images.strict)
        images.update(described)

    def post_respond(self, given: dict[str, Any]) -> None:
        about = {"response": None, "future": False, **given}
        self._account.canned(
            about["operation"], about["response"], future=about["future"], optional=True
        )

    def get_quotas(self, _: Any) -> Any:
        return dict(self._account.quotas)

    def post_quotas(self, given: dict[str, Any]) -> None:
        self._account.quotas.update(given)

    def get_certificates(self, given: dict[str, Any]) -> Any:
        certificates = RegionView(self._account, self._region(given)).certificates
        return {
            name: {"domains": list(one.domains), "status": one.status}
            for name, one in certificates.items()
        }

    def post_certificates(self, given: dict[str, Any]) -> None:
        certificates = RegionView(self._account, self._region(given)).certificates
        if "verb" in given:
            getattr(certificates, given["verb"])(given["name"])
        else:
            about = {each: given[each] for each in ("domains", "status") if each in given}
            certificates[given["name"]] = Certificate(**about)

    def post_enter(self, given: dict[str, Any]) -> Any:
        view = Services(self._account, self._region(given))[given["service"]]
        view.enter(given["state"], given.get("detail"), by=given.get("by"))
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
        view = Services(self._account, self._region(given))[given["service"]]
        return {"lines": view.logs(given["container"])}

    def get_timeline(self, _: Any) -> Any:
        return {"timeline": render(self._account.history)}

    def get_openapi(self, _: Any) -> Any:
        return openapi()


def _later(
    name: str, members: Iterable[str], given: dict[str, str], kept: Sequence[Any], forgotten: int
) -> Any:
    """Return the events from number ``after`` on; forgotten events count, too."""
    events = kept[max(int(given.get("after", 0)) - forgotten, 0) :]
    return {
        name: [{each: masked(getattr(event, each)) for each in members} for event in events],
        "next": forgotten + len(kept),
        "forgotten": forgotten,
    }


def _fault_step(fault: Any) -> Any:
    """Return the scenario step that adds a fault; a lost response has a verb of its own."""
    if isinstance(fault, dict) and fault.get("name") == "answer_lost":
        return {"answer_lost": {name: value for name, value in fault.items() if name != "name"}}
    return {"fault": fault}


def _image(how: Mapping[str, Any]) -> Image:
    """Read an image: a list stands for a tuple, and "never" for an infinite time."""
    read: dict[str, Any] = {
        name: math.inf if value == "never" else _tuple(value) for name, value in how.items()
    }
    if isinstance(read.get("responds"), dict):
        read["responds"] = {path: _tuple(one) for path, one in read["responds"].items()}
    return Image(**{"optional": True, **read})


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


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
