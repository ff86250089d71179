"""The simulated account, which handles requests, keeps state, advances time and records history."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from contextlib import AbstractContextManager, ExitStack
from functools import partial
from typing import Any, NamedTuple

from ..contract.validator import request_validator
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
from ..options import LENIENT, Options, is_region, unknown_region
from .another_client import AnotherClient
from .clock import NANOSECONDS, START, Clock, to_nanoseconds
from .faults import Fault, Faults
from .history import Call, History
from .images import Images
from .operations import OPERATIONS
from .prepared import Expectation, Prepared
from .prepared_responses import CannedResponses, Make
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
)

_Misuse = OperationNotSimulatedError | ContractViolationError | ConfigurationError
"""Errors in the test itself. The caller may swallow such an error before it reaches the test."""


class _Asked(NamedTuple):
    operation: str
    region: str
    parameters: dict[str, Any]
    at_ns: int


class Account:
    """A simulated AWS account, which is thread-safe and can hold resources in any number of Regions."""

    def __init__(self, options: Options | None = None, model: ServiceModel | None = None) -> None:
        self.options = options or Options()
        self.quotas = Quotas()
        self.model = model or load()
        self.validator = request_validator(self.model)
        self._lenient = self.options.assumptions == LENIENT
        start: Any = self.options.start  # never a string, because `Options` parses strings
        self.clock = Clock(start or START)
        self.history = History()
        self.identifiers = Identifiers(self.options.seed)
        self.script = Script(self.options.pace)
        self.canned = CannedResponses(self.model)
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
        self.operations: list[dict[str, Any]] = []
        """The Operation objects from all responses, in wire format, from oldest to newest."""
        self.given: list[Any] = []
        """Documents that a test added to the account without a call, and which may contain secrets."""
        self.verdicts: list[Any] = []
        """Verdicts that the test has requested and must use."""
        self.swallowed: list[_Misuse] = []
        self.lock = self.clock.lock
        self.patience = Patience(self)
        self._number = self.identifiers.account_number("caller")
        self._let_through: list[str] = []
        self._latest: tuple[dict[str, Any], bytes] = {}, b"{}"
        """The latest response, as a document and as bytes. Repeated reads often get the same response."""

    def __repr__(self) -> str:
        services = plural(len(self.services), "container service")
        return f"<Account {self._number}: {services}, {self.clock!r}>"

    @property
    def services(self) -> list[ContainerService]:
        """The container services in all Regions."""
        regions = list(self.regions.values())
        return [each for region in regions for each in list(region.services.values())]

    def handle(
        self, request: Request, turn: AbstractContextManager[object] | None = None
    ) -> Response | Disconnect:
        """Respond to a request, and advance the clock by the latency of a call.

        Args:
            request: the request.
            turn: a context manager that holds the account's lock. The account enters this context
                after it has decoded the request.
        """
        operation, unreadable = "", None
        parameters: dict[str, Any] = {}
        broken: Sequence[Violation] = ()
        try:
            operation, parameters = decode(request, self.model)
            if self._lenient:  # find all violations, because the first may be let through
                broken = self.validator.violations(operation, parameters)
            elif first := self.validator.refusal(operation, parameters):
                broken = (first,)
        except Refused as refused:
            unreadable = refused.error
        with turn or self.lock:  # locked only now, so that requests can be decoded concurrently
            self.history.size += len(request.body)
            self.clock.advance_to(self.clock.elapsed_ns + to_nanoseconds(self.options.latency))
            asked = _Asked(operation, request.region, parameters, self.clock.elapsed_ns)
            if unreadable is not None:
                return self._refuse(asked, unreadable)
            self.patience.called(operation, self.options.latency)
            if not is_region(request.region):
                self._record(asked, None, error="dns_failure")
                return Disconnect("dns_failure", hint=unknown_region(request.region))
            fault = None
            if self.faults.expectations:
                fault = self.faults.strike(operation, parameters)
                fault = fault and fault.for_client(request.read_timeout)
            if fault is not None and fault.outcome is not None and not fault.after:
                self._record(asked, None)
                return self._receive(fault, fault.outcome)
            if self.another_client.expectations:
                self.another_client.before_call(operation, request.region)
            try:
                response = self._perform(asked, broken)
            except Refused as refused:
                response = self._refuse(asked, refused.error)
            return response if fault is None else self._receive(fault, fault.outcome or response)

    def refuse(self, error: ServiceError, region: str, *, recorded: bool = False) -> Response:
        """Respond with ``error``, and record the call unless it is already in the history."""
        with self.lock:
            if recorded:
                return self._encode(encode_error(error, self.model), error.status)
            return self._refuse(_Asked("", region, {}, self.clock.elapsed_ns), error)

    def sleep(self, seconds: float) -> None:
        """Advance virtual time for a caller that sleeps."""
        with self.lock:
            self.clock.advance(seconds)
            self.patience.slept(seconds)

    def take_time(self, seconds: float) -> None:
        """Advance virtual time until the response arrives or the caller stops waiting."""
        with self.lock:
            self.clock.advance(seconds)
            self.patience.waited(seconds)

    def region(self, name: str) -> Region:
        """Return the account's resources in a Region. Initially, a Region has no resources."""
        with self.lock:
            if name not in self.regions:
                self.regions[name] = Region(name)
            return self.regions[name]

    def calm(self) -> None:
        """Remove all unused scripts, faults and changes by other clients."""
        with self.lock:
            for prepared in self._prepared:
                prepared.clear()

    def to_come(self) -> list[str]:
        """Describe the prepared events that are still to come, with secrets masked."""
        with self.lock:
            return [words for prepared in self._prepared for words in prepared.to_come()]

    def unused(self) -> list[str]:
        """Describe scripts, faults and other preparations that were not used often enough."""
        prepared = (*self._prepared, self.canned)
        return [*(words for each in prepared for words in each.unused()), *self.images.unused()]

    def unread(self) -> list[str]:
        """Describe verdicts that the test requested but never used."""
        return [verdict.unread for verdict in self.verdicts if verdict.unread]

    def raise_swallowed(self, since: int = 0) -> None:
        """Re-raise the first error that the test itself caused, in case the caller swallowed it."""
        __tracebackhide__ = True
        for error in self.swallowed[since:]:
            raise type(error)(*error.args)

    def object_to(self, refused: Refused) -> None:
        """Refuse a call, or only record the broken rule if lenient assumptions allow the call."""
        broken = rule(refused.error.rule or "")
        # An operation cannot run without a required member.
        if not (self._lenient and broken.assumption) or broken.kind is Kind.REQUIRED:
            raise refused
        self._let_through.append(f"rule {broken.id}, {broken.assumed}")

    def check(self, shape: str, value: object, member: str) -> None:
        """Refuse a call if the new value of a resource's member breaks a rule for the member's shape."""
        for violation in self.validator.violations_of(shape, value, (member,)):
            raise Refused.by(violation)

    def _swallow(self, error: _Misuse) -> None:
        if self.history.limit is None:  # only `serve` sets a limit, and `serve` runs no tests
            self.swallowed.append(error)

    def url(self, service: str, region: str) -> str:
        usual = f"{service}.{self.identifiers.host(region)}.{region}{SUFFIX}"
        return f"https://{self.hosts.get(service, usual)}/"

    def arn(self, region: str, kind: str) -> str:
        return f"arn:aws:lightsail:{region}:{self._number}:{kind}/{self.identifiers.uuid(kind)}"

    def _perform(self, asked: _Asked, broken: Sequence[Violation]) -> Response:
        self._let_through.clear()
        for violation in broken:
            self.object_to(Refused.by(violation))
        handler = OPERATIONS.get(asked.operation)
        canned = self.canned.upcoming(asked.operation) if self.canned.expectations else None
        if canned is not None:
            return self._respond(asked, self._canned(asked, canned))
        if handler is None:
            error = OperationNotSimulatedError(
                f"{asked.operation} (Region {asked.region}) is not simulated. The simulated operations "
                f"are: {', '.join(OPERATIONS)}. Prepare a response with "
                f"lightsail.respond({asked.operation!r}, {{…}})."
            )
            self._swallow(error)
            self._record(asked, None, error="OperationNotSimulatedError")
            raise error
        self.history.answering = True
        try:
            document = handler(self, self.region(asked.region), asked.parameters)
        finally:
            self.history.answering = False
        return self._respond(asked, document)

    def _canned(self, asked: _Asked, canned: Expectation[Make]) -> dict[str, Any]:
        canned.used += 1
        with ExitStack() as stack:
            # The test's function may raise any exception, for example by calling `pytest.fail`.
            stack.callback(self._record, asked, None, error="respond raised")
            try:
                document = canned.what(asked.parameters)
            except (ConfigurationError, ContractViolationError) as error:
                self._swallow(error)
                raise
            stack.pop_all()
        return document

    def _respond(self, asked: _Asked, document: dict[str, Any]) -> Response:
        """Return a successful response."""
        if document != self._latest[0]:
            self._latest = document, json.dumps(document, separators=(",", ":")).encode()
        document, body = self._latest
        self._record(asked, 200, answer=document, let_through="; ".join(self._let_through))
        return self._encode(body, 200)

    def _receive(
        self, fault: Fault, received: ServiceError | Response | Disconnect
    ) -> Response | Disconnect:
        """Record and return what the caller receives from a call that a fault has hit."""
        amend = partial(self.history.amend, fault=fault.name)
        if isinstance(received, Disconnect):
            amend(status=None, error=received.kind, message="")
        elif isinstance(received, ServiceError):
            amend(status=received.status, error=received.name, message=received.message)
            received = self._encode(encode_error(received, self.model), received.status)
        else:
            amend()
        self.take_time(fault.delay)
        return received

    def _refuse(self, asked: _Asked, error: ServiceError) -> Response:
        self._record(asked, error.status, error=error.name, message=error.message, rule=error.rule)
        return self._encode(encode_error(error, self.model), error.status)

    def _encode(self, body: bytes, status: int) -> Response:
        self.history.size += len(body)
        return encode(body, status, self.identifiers.uuid("request"), self.clock)

    def _record(self, asked: _Asked, status: int | None, **outcome: Any) -> None:
        self.history.add(Call(*asked, status, **outcome))


_MOST_POLLS = 50_000
"""How many calls a caller may make without a state change. A caller that makes more calls is in a
loop without pauses."""

_MOST_SLEEPS = 10_000
"""How many times in a row a caller may sleep without making a call. A caller that only sleeps is
not waiting for the account."""

_FEWEST_POLLS = 10
"""The minimum number of calls that count as a loop. A few calls with long pauses are not a loop."""


class Patience:
    """Measures how long a caller has waited since a service last changed its state."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._limit = account.options.patience
        self._changes = self._calls = self._sleeps = 0
        self._waited = self._last_wait = 0.0
        self._last_operation = "none"

    def called(self, operation: str, seconds: float) -> None:
        self.waited(seconds)
        self._calls += 1
        self._sleeps = 0
        self._last_operation = operation
        too_long = self._waited > self._limit and self._calls >= _FEWEST_POLLS
        if too_long or (self._calls > _MOST_POLLS and not math.isinf(self._limit)):
            self._give_up()

    def slept(self, seconds: float) -> None:
        self.waited(seconds)
        self._sleeps += 1
        self._last_wait = seconds
        if self._sleeps > _MOST_SLEEPS and self._waited > self._limit:
            self._give_up()

    def waited(self, seconds: float) -> None:
        history = self._account.history
        if self._changes != history.changes:
            self._changes = history.changes
            self._calls = 0
        # Exclude the time by which the test itself advanced the clock.
        since_change = (self._account.clock.elapsed_ns - history.changed_at_ns) / NANOSECONDS
        self._waited = min(self._waited + seconds, since_change)

    def _give_up(self) -> None:
        # The next action on the agenda will end the wait.
        if self._account.clock.next_due is not None:
            return
        waited, calls = self._waited, self._calls
        self._waited, self._calls, self._sleeps = 0.0, 0, 0
        shown = []
        for each in self._account.services:
            detail = f", {each.detail}" if each.detail else ""
            new = f", deployment {each.next.version} is {each.next.state}" if each.next else ""
            shown.append(f"{each.name} ({each.region}) is {each.state}{detail}{new}")
        raise CallerNeverEnds(
            f"the caller has waited {waited:.0f} virtual seconds and made {plural(calls, 'call')}, "
            "but no service has changed its state, and none will. "
            f"The last call was {self._last_operation}, and the last wait was {self._last_wait:g} s. "
            f"Services: {'; '.join(shown) or 'none'}. Give the caller a time limit: all Python clocks "
            "show virtual time. If the caller is meant to wait that long, increase "
            f"lightsail_patience (now {self._limit:g} seconds)."
        )
