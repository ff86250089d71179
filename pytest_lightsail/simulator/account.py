"""The simulated account, which handles requests, keeps state, advances time and records history.

Requests are either calls to the Lightsail API or visits to the address of a container service.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any, NoReturn

from ..exceptions import (
    CallerNeverEnds,
    ConfigurationError,
    ContractViolationError,
    OperationNotSimulatedError,
    plural,
)
from ..model.catalogue import rule
from ..model.rule import Kind, Violation
from ..model.service import ServiceModel, load
from ..model.validator import request_validator
from ..options import LENIENT, Options, is_region, unknown_region
from .another_client import AnotherClient
from .clock import NANOSECONDS, START, Clock, to_nanoseconds
from .faults import Faults
from .history import Call, History, Visit
from .images import Images
from .operations import CONTAINER_OPERATIONS, OPERATIONS
from .prepared import CannedResponses, Prepared
from .progress import Progress
from .resources import SUFFIX, ContainerService, Domain, Hosts, Quotas, Region
from .script import Script
from .wire import (
    Disconnect,
    Identifiers,
    Refused,
    Request,
    Response,
    ServiceError,
    decode,
    encode,
    encode_error,
    http_date,
)

_NO_SUCH_SERVICE = 404, b"404 No Such Service"
_BAD_GATEWAY = 502, b"502 Bad Gateway"
_UNAVAILABLE = 503, b"503 Service Temporarily Unavailable"
"""Responses from Lightsail's load balancer. The bodies for 404 and 503 come from real responses."""


class Account:
    """A simulated AWS account, which is thread-safe and can hold resources in any Region."""

    def __init__(self, options: Options | None = None, model: ServiceModel | None = None) -> None:
        self.options = options or Options()
        self.quotas = Quotas()
        self.model = model or load()
        self.validator = request_validator(self.model)
        self._lenient = self.options.assumptions == LENIENT
        self._latency_ns = to_nanoseconds(self.options.latency)
        start: Any = self.options.start  # never a string: `Options` parses strings
        self.clock = Clock(start or START)
        self.history = History()
        self.identifiers = Identifiers(self.options.seed)
        self.script = Script(self.options.pace)
        self.canned = CannedResponses(self.model, CONTAINER_OPERATIONS)
        self.faults = Faults(frozenset(self.model.operations))
        self.images = Images()
        self.regions: dict[str, Region] = {}
        self.progress = Progress(
            self.clock, self.script, self.history, self.identifiers, self.images, self.regions
        )
        self.another_client = AnotherClient(self)
        self._prepared: tuple[Prepared[Any], ...] = (self.script, self.faults, self.another_client)
        self.hosts = Hosts(self.regions)
        self.domains: dict[str, Domain] = {}
        self.given: list[Any] = []
        """The deployments that tests passed to ``add_service``, which may contain secrets."""
        self.verdicts: list[Any] = []
        """The results of all checks. The test fails if a result is never used."""
        self.swallowed: list[BaseException] = []
        """Errors that must make the test fail, even if the caller swallows them."""
        self.lock = self.clock.lock
        self.patience = Patience(self)
        self._number = self.identifiers.account_number("caller")
        self._let_through: list[str] = []
        self._latest: tuple[dict[str, Any], bytes] = {}, b"{}"
        """The latest response and its JSON encoding, which is reused for identical responses."""

    @property
    def services(self) -> list[ContainerService]:
        """The container services in all Regions."""
        regions = list(self.regions.values())
        return [each for region in regions for each in list(region.services.values())]

    def handle(
        self, request: Request, turn: AbstractContextManager[object] | None = None
    ) -> Response | Disconnect:
        """Respond to a request and advance the clock by the latency of a call.

        ``turn`` is a context manager that holds the account's lock while the request is processed.
        """
        call = Call("", request.region, {}, at_ns=0, size=len(request.body))
        outcome: bytes | ServiceError | Disconnect | None = None
        broken: Sequence[Violation] = ()
        try:
            broken = self._decode(call, request)
        except Refused as refused:
            outcome = refused.error
        with turn or self.lock:  # lock only now, so that threads can decode requests concurrently
            self.clock.advance_to(self.clock.elapsed_ns + self._latency_ns)
            call.at_ns = self.clock.elapsed_ns
            fault = None
            if outcome is None:
                self.patience.called(call.operation, self.options.latency)
                if call.region not in self.regions and not is_region(call.region):
                    outcome = Disconnect("dns_failure", hint=unknown_region(call.region))
                elif self.faults.expectations:
                    fault = self.faults.strike(
                        call.operation, call.parameters, request.read_timeout
                    )
                    outcome = None if fault is None or fault.after else fault.outcome
            try:
                if outcome is None:
                    if self.another_client.expectations:
                        self.another_client.before_call(call.operation, call.region)
                    outcome = self._perform(call, broken)
                    if fault is not None and fault.outcome is not None:
                        outcome = fault.outcome
                if isinstance(outcome, Disconnect):
                    call.error = outcome.kind
                    response: Response | Disconnect = outcome
                else:
                    response = self._encode(call, outcome)
            finally:
                self.history.add(call)
            if fault is not None:
                call.fault = fault.name
                self.sleep(fault.delay)
            return response

    def _decode(self, call: Call, request: Request) -> Sequence[Violation]:
        """Decode a request into ``call`` and return the violations in the parameters."""
        call.operation, call.parameters = decode(request, self.model)
        if self._lenient:  # find all violations, because lenient assumptions may allow the first
            return self.validator.violations(call.operation, call.parameters)
        first = self.validator.refusal(call.operation, call.parameters)
        return () if first is None else (first,)

    def refuse(self, error: ServiceError, region: str, *, recorded: bool = False) -> Response:
        """Respond with ``error``. Add the call to the history unless ``recorded`` is true."""
        with self.lock:
            call = Call("", region, {}, self.clock.elapsed_ns)
            response = self._encode(call, error)
            if not recorded:
                self.history.add(call)
            return response

    def service_at(self, host: str) -> ContainerService | None:
        """Return the container service to which a host or public domain belongs, or ``None``."""
        name = _plain(host)
        with self.lock:
            return next((each for each in self.services if name in each.hosts), None)

    def serves(self, host: str) -> bool:
        """Return whether a host belongs to a container service or is a domain of this account.

        A domain belongs to the account if a service uses it, a certificate covers it, or a test has
        made it the host of a service.
        """
        name = _plain(host)
        if name.endswith(SUFFIX) or name in self.hosts.values():
            return True
        with self.lock:
            return self.service_at(name) is not None or any(
                name in map(str.lower, certificate.domains)
                for region in self.regions.values()
                for certificate in region.certificates.values()
            )

    def visit(self, host: str, path: str = "/", method: str = "GET") -> Response | Disconnect:
        """Respond to a visit to a service's address and advance the clock by the latency of a call.

        The response is the same for all HTTP methods. For HEAD requests, the transports remove the
        response body. If no service has this host, return ``Disconnect("dns_failure")``.
        """
        name = _plain(host)
        with self.lock:
            self.clock.advance(self.options.latency)
            self.patience.called(f"{method} {name}", self.options.latency)
            service = self.service_at(name)
            status, body = (None, b"") if service is None else self._response(service, path)
            self.history.add(
                Visit(
                    host=name,
                    method=method,
                    path=path.partition("?")[0],
                    region=self.options.region if service is None else service.region,
                    service=None if service is None else service.name,
                    at_ns=self.clock.elapsed_ns,
                    status=status,
                    error="dns_failure" if service is None else None,
                )
            )
            if status is None:
                return Disconnect("dns_failure")
            headers = (
                ("Date", http_date(self.clock.timestamp)),
                ("Content-Type", "text/plain; charset=utf-8"),
                ("Content-Length", str(len(body))),
            )
            return Response(status, headers, body)

    def _response(self, service: ContainerService, path: str) -> tuple[int, bytes]:
        """Return the status and body with which a container or the load balancer responds."""
        # Status 404 is documented (API Reference, ContainerService, ``url``). Status 503 was
        # observed before a service's first deployment. The other statuses are assumed.
        current = service.current
        if current is None or service.is_disabled or service.state == "DELETING":
            return _UNAVAILABLE
        if current.public_endpoint is None:
            return _NO_SUCH_SERVICE
        if current.started is None:  # the service is being enabled
            return _UNAVAILABLE
        public = current.public_endpoint["containerName"]
        (container,) = (each for each in current.running if each.name == public)
        if self.clock.epoch_ns < current.started + container.starts_ns:
            return _BAD_GATEWAY
        return container.reply(path)

    def sleep(self, seconds: float) -> None:
        """Advance virtual time for a caller that sleeps or waits for a response."""
        with self.lock:
            self.clock.advance(seconds)
            self.patience.slept(seconds)

    def region(self, name: str) -> Region:
        """Return the account's resources in a Region. Initially, a Region has no resources."""
        return self.regions.get(name) or self.regions.setdefault(name, Region(name))

    def calm(self) -> None:
        """Remove all unused scripts, faults and changes by other clients."""
        with self.lock:
            for prepared in self._prepared:
                prepared.clear()

    def to_come(self) -> list[str]:
        """Describe scripts, faults and changes that can still take effect, with secrets masked."""
        with self.lock:
            return [words for prepared in self._prepared for words in prepared.to_come()]

    def unused(self) -> list[str]:
        """Describe the scripts, faults and other prepared objects that were used too few times."""
        prepared = (*self._prepared, self.canned)
        return [*(words for each in prepared for words in each.unused()), *self.images.unused()]

    def swallow(self, error: BaseException) -> None:
        """Remember an error that must make the test fail, even if the caller swallows it."""
        # A limited history belongs to `pytest-lightsail serve`, which runs no tests.
        if self.history.limit is None and error not in self.swallowed:
            self.swallowed.append(error)

    def raise_swallowed(self, since: int = 0) -> None:
        """Re-raise the first error that must make the test fail but may have been swallowed."""
        __tracebackhide__ = True
        for error in self.swallowed[since:]:
            raise type(error)(*error.args)

    def object_to(self, refused: Refused) -> None:
        """Refuse a call, or only record the broken rule if lenient assumptions allow the call."""
        broken = rule(refused.error.rule or "")
        # No operation works without its required members, so never allow a call that omits one.
        if not (self._lenient and broken.assumption) or broken.kind is Kind.REQUIRED:
            raise refused
        self._let_through.append(f"rule {broken.id}, {broken.assumed}")

    def check(self, shape: str, value: object, member: str) -> None:
        """Refuse the call if the new ``value`` of ``member`` breaks a rule for ``shape``."""
        for violation in self.validator.violations_of(shape, value, (member,)):
            raise Refused.by(violation)

    def url(self, service: str, region: str) -> str:
        usual = f"{service}.{self.identifiers.host(region)}.{region}{SUFFIX}"
        return f"https://{self.hosts.get(service, usual)}/"

    def arn(self, region: str, kind: str) -> str:
        return f"arn:aws:lightsail:{region}:{self._number}:{kind}/{self.identifiers.uuid(kind)}"

    def _perform(self, call: Call, broken: Sequence[Violation]) -> bytes | ServiceError:
        """Act on a call. Return the body of the response, or the error if the call is refused."""
        self._let_through.clear()
        canned, handler = self.canned.upcoming(call.operation), OPERATIONS.get(call.operation)
        self.history.answering = canned is None
        try:
            for violation in broken:
                self.object_to(Refused.by(violation))
            if canned is not None:
                canned.used += 1
                call.error = "respond raised"  # the error to record if `what` raises an exception
                document = canned.what(call.parameters)
            elif handler is not None:
                document = handler(self, self.region(call.region), call.parameters)
            else:
                self._not_simulated(call)
        except Refused as refused:
            call.rule = refused.error.rule
            return refused.error
        except (OperationNotSimulatedError, ContractViolationError, ConfigurationError) as error:
            self.swallow(error)
            raise
        finally:
            self.history.answering = False
        if document != self._latest[0]:
            self._latest = document, json.dumps(document, separators=(",", ":")).encode()
        call.answer, body = self._latest
        call.let_through = "; ".join(self._let_through)
        return body

    @staticmethod
    def _not_simulated(call: Call) -> NoReturn:
        call.error = OperationNotSimulatedError.__name__
        raise OperationNotSimulatedError(
            f"{call.operation} (Region {call.region}) is not simulated. The simulated operations "
            f"are: {', '.join(OPERATIONS)}. Prepare a response with "
            f"lightsail.respond({call.operation!r}, {{…}})."
        )

    def _encode(self, call: Call, outcome: bytes | ServiceError) -> Response:
        """Encode a body or an error as a response and record the response in ``call``."""
        if isinstance(outcome, ServiceError):
            call.status, call.error, call.message = outcome.status, outcome.name, outcome.message
            body = encode_error(outcome, self.model)
        else:
            call.status, call.error, body = 200, None, outcome
        call.size += len(body)
        return encode(body, call.status, self.identifiers.uuid("request"), self.clock)


def _plain(host: str) -> str:
    return host.partition(":")[0].rstrip(".").lower()


_MOST_POLLS = 50_000
"""The maximum number of calls without a state change, even if the caller never waits."""
_MOST_SLEEPS = 10_000
"""The maximum number of sleeps between two calls once the caller's patience has run out."""
_FEWEST_POLLS = 10
"""The number of calls without a state change after which a caller counts as polling."""


class Patience:
    """Stops a caller that waits too long while no service changes state."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._limit = account.options.patience
        self._changed_at_ns = self._calls = self.sleeps = 0
        self._waited = self._last_sleep = 0.0
        self._last_call = "none"

    def called(self, operation: str, latency: float) -> None:
        self._wait(latency)
        self._last_call = operation
        self._calls += 1
        self.sleeps = 0
        is_endless = self._calls > _MOST_POLLS and not math.isinf(self._limit)
        if is_endless or (self._calls >= _FEWEST_POLLS and self._waited > self._limit):
            self._give_up()

    def slept(self, seconds: float) -> None:
        self._wait(seconds)
        self._last_sleep = seconds or self._last_sleep
        self.sleeps += 1
        if self.sleeps > _MOST_SLEEPS and self._waited > self._limit:
            self._give_up()

    def _wait(self, seconds: float) -> None:
        changed_at_ns = self._account.history.changed_at_ns
        if self._changed_at_ns != changed_at_ns:
            self._changed_at_ns, self._calls = changed_at_ns, 0
        # Count only the caller's own waits since the latest state change.
        since_change = (self._account.clock.elapsed_ns - changed_at_ns) / NANOSECONDS
        self._waited = min(self._waited + seconds, since_change)

    def _give_up(self) -> None:
        # Do not stop the caller while an action on the clock's agenda may still change a service.
        if self._account.clock.next_due is not None:
            return
        waited, calls = self._waited, self._calls
        self._waited, self._calls, self.sleeps = 0.0, 0, 0
        services = [
            f"{each.name} ({each.region}) is {', '.join(filter(None, (each.state, each.detail)))}"
            for each in self._account.services
        ]
        raise CallerNeverEnds(
            f"the caller has waited {waited:.0f} virtual seconds and made {plural(calls, 'call')}, "
            "but no service has changed state, and no change is due. "
            f"The last call was {self._last_call}, and the last wait was {self._last_sleep:g} s. "
            f"Services: {'; '.join(services) or 'none'}. Give the caller a time limit in virtual "
            "time, which all Python clocks show. If the caller is meant to wait that long, "
            f"increase lightsail_patience (now {self._limit:g} seconds)."
        )
