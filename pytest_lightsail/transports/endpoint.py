"""The HTTP endpoint for callers in other processes. ``http_server`` connects the endpoint to a socket.

Calls go to the account, requests below ``/_lightsail/`` to the control API, and requests to the
host of a container service to that service.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterable
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from urllib.parse import parse_qs

from ..clock.waiting import stack
from ..endpoints import API_HOST, DUMMY_KEY, SIGNED_REGION, is_own_name
from ..exceptions import (
    CallerNeverEnds,
    ConfigurationError,
    ContractViolationError,
    OperationNotSimulatedError,
)
from ..simulator.account import Account
from ..simulator.front_door import serves, service_at, visit
from ..simulator.wire import Disconnect, Request, Response, ServiceError

_KEY = re.compile(r"Credential=([^/,\s]+)/")
_ADDRESS = re.compile(r"localhost\b|[0-9.]+(?::|$)|\[")
"""Matches hosts of the endpoint itself. Any other host may belong to a container service."""
PREFIX = "/_lightsail/"
"""The path of the control API."""
ACCOUNT = "account"
"""The control API's query parameter for an access key ID. The default is ``DUMMY_KEY``."""
_VERDICTS = (CallerNeverEnds, ConfigurationError, ContractViolationError)
"""Errors caused by mistakes in the caller or the test, such as a wait that never ends. After such
an error, the endpoint refuses the call, and the test fails."""


@dataclass
class Endpoint:
    """Responds to HTTP requests on behalf of a simulated account.

    Args:
        account: a function that returns the current account for an access key ID.
        before_call: a function that is called with the account and the request before each
            response. The function may advance the clock or raise ``CallerNeverEnds``.
        control: a function that responds to requests at ``PREFIX`` and below.
        host: a host name of the server, in addition to its addresses.
        accounts: a function that returns all accounts whose services can be visited.
        aborted: a function that is called after each error that must fail the test. The caller
            also receives the error.
    """

    account: Callable[[str], Account]
    control: Callable[[Request], Response]
    before_call: Callable[[Account, Request], None] = lambda *_: None
    host: str = ""
    accounts: Callable[[], Iterable[Account]] = tuple
    aborted: Callable[[], None] = lambda: None

    def respond(
        self, method: str, path: str, headers: dict[str, str], body: bytes
    ) -> Response | Disconnect:
        """Return the response to a request. Header names must be in lower case."""
        authorization, host = headers.get("authorization", ""), headers.get("host", "")
        account = self.account(account_key(authorization, path))
        scope = SIGNED_REGION.search(authorization)
        # An unsigned request does not contain a Region.
        region = scope[1] if scope else account.options.region
        request = Request(method, headers, body, region, path)
        if not _ADDRESS.match(host):
            own = next((each for each in self.accounts() if service_at(each, host)), account)
            if serves(own, host):
                return self._visit(own, host, request)
        if not is_own_name(host, self.host) and not API_HOST.fullmatch(host.partition(":")[0]):
            # The request comes from a web page whose owner has pointed the page's host name at this
            # machine.
            message = f"The server does not serve the host {host!r}."
            error = ServiceError("AccessDeniedException", message)
            return account.refuse(error, region, recorded=True)
        path = path.partition("?")[0]
        if f"{path}/".startswith(PREFIX):
            return self._ask_control(account, request)
        is_browser = method in {"GET", "HEAD"} and "text/html" in headers.get("accept", "")
        if path == "/" and is_browser:
            return Response(302, (("Location", PREFIX), ("Content-Length", "0")), b"")
        if "x-amz-target" not in headers:
            # Any web page can make a browser send requests, but no page can make the browser add
            # this header.
            error = ServiceError("UnknownOperationException", "The operation is not known.")
            return account.refuse(error, region, recorded=True)
        return self._call(account, request)

    def refuse(self, error: ServiceError) -> Response:
        """Return the error response to a message that is not valid HTTP."""
        account = self.account(DUMMY_KEY)
        return account.refuse(error, account.options.region)

    def _call(self, account: Account, request: Request) -> Response | Disconnect:
        try:
            response = account.handle(request, self._turn(account, request))
            if not (isinstance(response, Disconnect) and response.hint):
                return response
            # The host of this Region would not resolve, but this caller is already connected.
            error = ServiceError("UnrecognizedClientException", response.hint)
        except OperationNotSimulatedError as unknown:
            error = ServiceError("UnknownOperationException", str(unknown))
        except _VERDICTS as verdict:
            return account.refuse(self._aborted(account, verdict), request.region)
        return account.refuse(error, request.region, recorded=True)

    @contextmanager
    def _turn(self, account: Account, request: Request) -> Generator[None, None, None]:
        with _time_of_others(account):
            self.before_call(account, request)
            yield

    def _ask_control(self, account: Account, request: Request) -> Response:
        with _time_of_others(account):
            try:
                self.before_call(account, request)
            except _VERDICTS as verdict:
                # Continue, because the control API can still show the account.
                self._aborted(account, verdict)
            try:
                return self.control(request)
            except CallerNeverEnds as verdict:  # raised by `POST clock` with `sleep`
                error = self._aborted(account, verdict)
                return account.refuse(error, request.region, recorded=True)

    def _visit(self, account: Account, host: str, request: Request) -> Response | Disconnect:
        """Return the response of the container service that the ``Host`` header names."""
        try:
            with self._turn(account, request):
                pass  # only move the clock, as before a call
            return visit(account, host, request.path, method=request.method)
        except _VERDICTS as verdict:
            self._aborted(account, verdict)
            return Disconnect("read_timeout")

    def _aborted(self, account: Account, verdict: BaseException) -> ServiceError:
        account.swallow(verdict)
        self.aborted()
        return ServiceError("RequestAbortedException", str(verdict))


@contextmanager
def _time_of_others(account: Account) -> Generator[None, None, None]:
    """Keep the time of callers in other processes from counting towards waits in this process."""
    with account.lock, ExitStack() as held:
        for virtual in stack:
            if virtual.account is account:
                held.enter_context(virtual.time_of_others())
        yield


def account_key(authorization: str, path: str) -> str:
    """Return the access key ID that selects the account for a request.

    The key ID comes from the signature of an API call, or from the query of a request to the
    control API.

    >>> account_key("", "/_lightsail/clock?account=worker-2")
    'worker-2'
    """
    if found := _KEY.search(authorization):
        return found[1]
    path, _, query = path.partition("?")
    named = parse_qs(query).get(ACCOUNT) if f"{path}/".startswith(PREFIX) else None
    return named[-1] if named else DUMMY_KEY
