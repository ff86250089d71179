"""The control API: what the handle ``lightsail`` does, as JSON over HTTP for tests in other languages.

Under the same prefix there is a page for people, which uses it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qs

from ..exceptions import ConfigurationError
from ..hosts import is_own_name
from ..model.bounds import read_json
from ..reporting.timeline import render
from ..simulator.account import Account
from ..simulator.control_schema import PREFIX
from ..simulator.history import Call, masked
from ..simulator.scenario import Scenario, play, scenario_from_json
from ..simulator.wire import Request, Response
from .page import NOTHING_ELSE, READING, Page
from .views import Services, ServiceView

__all__ = ["Control"]

_JSON = "application/json"
_OK, _BAD, _FORBIDDEN, _UNKNOWN, _NOT_ALLOWED, _UNSUPPORTED = 200, 400, 403, 404, 405, 415


_MOST_DIGITS = 18


class _Problem(Exception):
    """Why a request is refused."""

    def __init__(self, status: int, message: str, allowed: Iterable[str] = ()) -> None:
        super().__init__(message)
        self.status = status
        self.headers = (("Allow", ", ".join(allowed)),) if allowed else ()


class Control:
    """Answers what is asked under ``/_lightsail/``.

    Args:
        account: gives the account that answers now.
        reset: begins again with a clean one.

    Attributes:
        host: where the server has been told to listen; it answers to that name too.
    """

    def __init__(self, account: Callable[[], Account], reset: Callable[[], None]) -> None:
        self._account = account
        self._reset = reset
        self._page = Page()
        self._latest: Account | None = None
        self._accounts = 0
        self.host = ""

    def answer(self, request: Request) -> Response:
        """The answer to a request whose path begins with the prefix, or is the prefix but for its end."""
        path, _, query = request.path.partition("?")
        name = path.removeprefix(PREFIX)
        headers: tuple[tuple[str, str], ...] = ()
        try:
            self._check_host(request.headers.get("host", ""))
            if path in self._page:
                if request.method not in READING:
                    raise _not_allowed(name or "the page", READING)
                return self._page[path]
            document = self._document(request, name, parse_qs(query))
            status = _OK
        except _Problem as problem:
            document, status, headers = {"error": str(problem)}, problem.status, problem.headers
        except ConfigurationError as error:
            document, status = {"error": str(error)}, _BAD
        body = json.dumps(document).encode()
        about = (("Content-Type", _JSON), ("Content-Length", str(len(body))))
        return Response(status, (*about, *NOTHING_ELSE, *headers), body)

    def _check_host(self, host: str) -> None:
        # A page of somebody else's whose name has been made to lead here could do as ours does.
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
        given = _json(request.body)
        if not isinstance(given, route.takes):
            raise _Problem(_BAD, f"{name}: the body is {_NAMES[route.takes]}")
        return route.act(self, given)

    def clock(self, _: Any = None) -> Any:
        """The virtual time."""
        clock = self._account().clock
        return {"elapsed": clock.elapsed, "now": clock.now.isoformat()}

    def advance(self, given: dict[str, Any]) -> Any:
        """Move the clock on."""
        seconds: Any = given.get("advance")
        if given.keys() != {"advance"} or isinstance(seconds, bool):
            raise _Problem(_BAD, 'clock: the body is {"advance": seconds}')
        account = self._account()
        account.clock.advance(seconds)
        return self.clock()

    def reset(self, given: dict[str, Any]) -> Any:
        """Begin again with a clean account."""
        _nothing("reset", given)
        self._reset()
        return self.clock()

    def calm(self, given: dict[str, Any]) -> Any:
        """Take away every script and fault that is still to come."""
        _nothing("calm", given)
        self._account().calm()
        return self.clock()

    def play(self, given: list[Any]) -> Any:
        """Prepare all of a scenario."""
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
            return {
                "account": self._number(account),
                "calls": len(account.history.calls),
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
            calls = account.history.calls
            return {"calls": [_call(call) for call in calls[int(after) :]], "next": len(calls)}

    def timeline(self, _: Any) -> Any:
        """What happened, as text."""
        account = self._account()
        with account.lock:
            return {"timeline": render(account.history)}

    def _number(self, account: Account) -> int:
        if account is not self._latest:
            self._latest = account
            self._accounts += 1
        return self._accounts

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


def _json(body: bytes) -> Any:
    try:
        return read_json(body)
    except ValueError as error:
        raise _Problem(_BAD, f"the body is not JSON: {error}") from None


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
    return {
        "at": call.at,
        "operation": call.operation,
        "region": call.region,
        "service": call.service,
        "parameters": masked(call.parameters),
        "status": call.status,
        "error": call.error,
        "message": call.message,
        "rule": call.rule,
        "fault": call.fault,
    }
