"""The simulated account: takes requests, keeps state, moves its clock, remembers what happened."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

from ..contract.validator import refusal, request_validator
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
from ..options import LENIENT, STRICT, Options, is_region, unknown_region
from .clock import NANOSECONDS, START, Clock, to_nanoseconds
from .faults import Fault, Faults
from .history import Call, History
from .images import Images
from .interventions import AnotherClient
from .operations import OPERATIONS
from .prepared import Prepared, Readable
from .prepared_responses import CannedResponses, FutureResponses, minimal
from .progress import Progress
from .resources import SUFFIX, Domain, Hosts, Quotas, Region
from .script import Script
from .wire import (
    Disconnect,
    Identifiers,
    Presenter,
    Refused,
    Request,
    Response,
    ResponseBody,
    ServiceError,
    decode,
    encode,
    encode_error,
)


class _Asked(NamedTuple):
    operation: str
    region: str
    parameters: dict[str, Any]
    at_ns: int


class Account:
    """One AWS account with container services in any number of Regions. Thread-safe."""

    def __init__(self, options: Options | None = None, model: ServiceModel | None = None) -> None:
        self.options = options or Options()
        self.quotas = Quotas(self.options.quotas)
        self.model = model or load()
        self.validator = request_validator(self.model)
        self._lenient = self.options.assumptions == LENIENT
        self.presenter = Presenter(self.model, "ContainerService", lenient=self._lenient)
        self.clock = Clock(self.options.starts_at or START)
        self.history = History()
        self.identifiers = Identifiers(self.options.seed)
        self.script = Script(self.options.pace)
        self.canned = CannedResponses(self.model)
        self.faults = Faults(frozenset(self.model.operations))
        self.future = FutureResponses(self.model)
        self.images = Images()
        self.progress = Progress(
            self.clock, self.script, self.history, self.identifiers, self.presenter, self.images
        )
        self.another_client = AnotherClient(self)
        prepared = (self.script, self.faults, self.future, self.another_client)
        self._to_come: tuple[Prepared[Any], ...] = prepared
        self.regions: dict[str, Region] = {}
        self.hosts = Hosts(self.regions)
        self.domains: dict[str, Domain] = {}
        self.operations: list[dict[str, Any]] = []
        """The operations that responses have contained, oldest first, as on the wire."""
        self.given: list[Any] = []
        """Documents that a test has added to the account without a call; they can contain secrets."""
        self.verdicts: list[Readable] = []
        """The verdicts that a test has requested; it must use each of them."""
        self.swallowed: list[
            OperationNotSimulatedError | ContractViolationError | ConfigurationError
        ] = []
        self.lock = self.clock.lock
        self.patience = Patience(self)
        self._number = self.identifiers.account_number("caller")
        self._let_through: list[str] = []

    def __repr__(self) -> str:
        services = sum(len(region.services) for region in self.regions.values())
        return f"<Account {self._number}: {plural(services, 'container service')}, {self.clock!r}>"

    def handle(
        self, request: Request, turn: AbstractContextManager[object] | None = None
    ) -> Response | Disconnect:
        """Answer a request, and move the clock by the latency of a call.

        Args:
            request: the request.
            turn: entered once the request has been read, and holds the account's lock.
        """
        operation, unreadable = "", None
        parameters: dict[str, Any] = {}
        broken: Sequence[Violation] = ()
        try:
            operation, parameters = decode(request, self.model)
            broken = self._broken(operation, parameters)
        except Refused as refused:
            unreadable = refused.error
        with turn or self.lock:  # no other call waits while a request is read
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
                fault = self.faults.strike(operation, parameters, request.region)
                fault = fault and fault.for_client(request.read_timeout)
            if fault is not None and not fault.after:
                self._record(asked, None)
                return self._spoil(None, fault)
            if self.another_client.expectations:
                self.another_client.before_call(operation)
            try:
                answer = self._perform(asked, broken)
            except Refused as refused:
                answer = self._refuse(asked, refused.error)
            return answer if fault is None else self._spoil(answer, fault)

    def refuse(self, error: ServiceError, region: str, *, recorded: bool = False) -> Response:
        """Answer a request that the front end refuses; ``recorded`` if it is in the history already."""
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
        """Advance virtual time until the response arrives, or the caller stops waiting."""
        with self.lock:
            self.clock.advance(seconds)
            self.patience.waited(seconds)

    def region(self, name: str) -> Region:
        """Return what the account has in a Region; an empty one at first."""
        with self.lock:
            if name not in self.regions:
                self.regions[name] = Region(name)
            return self.regions[name]

    def calm(self) -> None:
        """Remove all scripts, faults, future responses and changes by other clients that remain."""
        with self.lock:
            for prepared in self._to_come:
                prepared.clear()

    def to_come(self) -> list[str]:
        """Return what is prepared and has not happened yet, with secrets masked."""
        with self.lock:
            return [words for prepared in self._to_come for words in prepared.to_come()]

    def unused(self) -> list[str]:
        """Return what a test has prepared but has not been used, or not often enough."""
        prepared = (*self._to_come, self.canned)
        return [*(words for each in prepared for words in each.unused()), *self.images.unused()]

    def unread(self) -> list[str]:
        """Return the verdicts that the test requested but never used."""
        return [verdict.unread for verdict in self.verdicts if verdict.unread]

    def raise_swallowed(self, since: int = 0) -> None:
        """Raise the first error caused by the test itself, since the caller may have swallowed it."""
        __tracebackhide__ = True
        for error in self.swallowed[since:]:
            raise type(error)(*error.args)

    def object_to(self, refused: Refused) -> None:
        """Refuse a call, or only record it if refusals that are only assumed are let through."""
        broken = rule(refused.error.rule or "")
        # Nothing can be done without what is required.
        if not (self._lenient and broken.assumption) or broken.kind is Kind.REQUIRED:
            raise refused
        self._let_through.append(f"rule {broken.id}, {broken.assumed}")

    def check(self, shape: str, value: object, member: str) -> None:
        """Refuse a call after which a resource would break a limit that holds for the request, too."""
        for violation in self.validator.violations_of(shape, value, (member,)):
            raise Refused.by(violation)

    def _swallow(
        self, error: OperationNotSimulatedError | ContractViolationError | ConfigurationError
    ) -> None:
        if self.history.limit is None:  # otherwise no test is going to ask
            self.swallowed.append(error)

    def url(self, service: str, region: str) -> str:
        usual = f"{service}.{self.identifiers.host(region)}.{region}{SUFFIX}"
        return f"https://{self.hosts.get(service, usual)}/"

    def arn(self, region: str, kind: str) -> str:
        return f"arn:aws:lightsail:{region}:{self._number}:{kind}/{self.identifiers.uuid(kind)}"

    def _broken(self, operation: str, parameters: Any) -> Sequence[Violation]:
        if self._lenient:  # several may be let through
            return self.validator.violations(operation, parameters)
        first = refusal(self.model, operation, parameters)
        return () if first is None else (first,)

    def _perform(self, asked: _Asked, broken: Sequence[Violation]) -> Response:
        self._let_through.clear()
        for violation in broken:
            self.object_to(Refused.by(violation))
        handler = OPERATIONS.get(asked.operation)
        canned = self.canned.expectations and self.canned.has(asked.operation)
        if handler is None or canned:
            return self._answer(asked, self._canned(asked))
        self.history.answering = True
        try:
            answer = handler(self, self.region(asked.region), asked.parameters)
        finally:
            self.history.answering = False
        if not isinstance(answer, ResponseBody):
            answer = self.presenter.respond(asked.operation, answer)
        return self._answer(asked, *answer)

    def _canned(self, asked: _Asked) -> dict[str, Any]:
        with ExitStack() as raised:
            # What a test's function raises, such as `pytest.fail`, goes to the caller; the call was made.
            raised.callback(self._record, asked, None, error="respond raised")
            try:
                document = self.canned.answer(asked.operation, asked.parameters)
            except (ConfigurationError, ContractViolationError) as error:
                self._swallow(error)
                raise
            raised.pop_all()
        if document is not None:
            return document
        if self.options.unsimulated != STRICT:
            return minimal(self.model, asked.operation)
        unsimulated = OperationNotSimulatedError(
            f"{asked.operation} (Region {asked.region}) is not simulated. Simulated are: "
            f"{', '.join(OPERATIONS)}. Give it an answer with lightsail.respond({asked.operation!r}, "
            "{…}), or let all such calls have the smallest answer there is with "
            "lightsail_unsimulated = minimal."
        )
        self._swallow(unsimulated)
        self._record(asked, None, error="OperationNotSimulatedError")
        raise unsimulated

    def _answer(
        self, asked: _Asked, document: dict[str, Any], body: bytes | None = None
    ) -> Response:
        """Return a success, as a later release of the service may give it."""
        changed = ""
        if self.future.expectations:
            document, changed = self.future.change(asked.operation, asked.parameters, document)
        noted = "; ".join(self._let_through)
        self._record(asked, 200, answer=document, changed=changed, let_through=noted)
        if changed or body is None:
            body = json.dumps(document, separators=(",", ":")).encode()
        return self._encode(body, 200)

    def _spoil(self, answer: Response | None, fault: Fault) -> Response | Disconnect:
        """Return what a fault leaves of an answer; ``None`` is the one of a call that it hit before."""
        outcome, amend = fault.outcome, partial(self.history.amend, fault=fault.name)
        left: Response | Disconnect
        if isinstance(outcome, Disconnect):
            amend(status=None, error=outcome.kind, message="")
            left = outcome
            if outcome.kind == "truncated_body" and answer is not None:
                half = replace(answer, body=answer.body[: len(answer.body) // 2])
                left = replace(outcome, sent=half)
        elif isinstance(outcome, ServiceError):
            amend(status=outcome.status, error=outcome.name, message=outcome.message)
            left = self._encode(encode_error(outcome, self.model), outcome.status)
        elif outcome is None and answer is not None:
            amend()
            left = answer
        else:
            amend(status=200, error=None, message="")
            left = self._encode(outcome or b"", 200)
        self.take_time(fault.delay)
        return left

    def _refuse(self, asked: _Asked, error: ServiceError) -> Response:
        named = {"message": error.message, "rule": error.rule}
        self._record(asked, error.status, None, error=error.name, **named)
        return self._encode(encode_error(error, self.model), error.status)

    def _encode(self, body: bytes, status: int) -> Response:
        self.history.size += len(body)
        return encode(body, status, self.identifiers.uuid("request"), self.clock)

    def _record(
        self,
        asked: _Asked,
        status: int | None,
        answer: dict[str, Any] | None = None,
        **outcome: Any,
    ) -> None:
        self.history.add(Call(*asked, status, answer, **outcome))


_MOST_POLLS = 50_000
"""Calls in a row without any change of state: a loop without pause, far beyond any time limit."""

_FEWEST_SLEEPS = 10_000
"""A caller that only sleeps waits for something outside the account, so it gets more patience."""


_FEWEST_POLLS = 10
"""Calls that make a loop; fewer, with long pauses, are a caller that takes its time."""


class Patience:
    """Counts how long a caller has waited since a service last changed its state."""

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
        if self._sleeps > _FEWEST_SLEEPS and self._waited > self._limit:
            self._give_up()

    def waited(self, seconds: float) -> None:
        history = self._account.history
        if self._changes != history.changes:
            self._changes = history.changes
            self._calls = 0
        # What the test moves the clock by is not a wait.
        since_change = (self._account.clock.elapsed_ns - history.changed_at_ns) / NANOSECONDS
        self._waited = min(self._waited + seconds, since_change)

    def _give_up(self) -> None:
        # As long as something is on the agenda, the wait has an end.
        if self._account.clock.next_due is not None:
            return
        waited, calls = self._waited, self._calls
        self._waited, self._calls, self._sleeps = 0.0, 0, 0
        shown = []
        for region in self._account.regions.values():
            for each in region.services.values():
                detail = f", {each.detail}" if each.detail else ""
                new = f", deployment {each.next.version} is {each.next.state}" if each.next else ""
                shown.append(f"{each.name} ({each.region}) is {each.state}{detail}{new}")
        raise CallerNeverEnds(
            f"the caller has waited {waited:.0f} virtual seconds, with {plural(calls, 'call')}, "
            "while no service changed its state, and none is going to. "
            f"The last call was {self._last_operation}, the last wait {self._last_wait:g} s. "
            f"Services: {'; '.join(shown) or 'none'}. Give the caller a time limit: every clock of "
            "Python shows virtual time. If it is meant to wait that long, raise lightsail_patience "
            f"(now {self._limit:g} seconds)."
        )
