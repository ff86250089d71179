"""Faults: errors, lost connections and delays that replace the response of the account."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..exceptions import ConfigurationError, SuggestingType, did_you_mean
from .clock import to_nanoseconds
from .history import Operation, check_operation, service_of
from .prepared import Condition, Expectation, Prepared
from .wire import STATUS, Disconnect, ServiceError

Outcome = ServiceError | Disconnect | bytes | None
_TIMED_OUT = Disconnect("read_timeout")


class _Plain:
    """A constructor of ``Fault`` without arguments."""

    def __init__(self, outcome: Outcome, *, after: bool = False) -> None:
        self._outcome, self._after = outcome, after

    def __set_name__(self, _: type, name: str) -> None:
        self._name = name

    def __call__(self) -> Fault:
        return Fault(self._name, self._outcome, after=self._after)

    def __repr__(self) -> str:
        return f"Fault.{self._name}"


def _error(code: str, message: str, tip: str = "") -> _Plain:
    return _Plain(ServiceError(code, message, tip=tip))


@dataclass(frozen=True)
class Fault(metaclass=SuggestingType):
    """An error, a lost connection or a delay.

    Make one with ``Fault.throttling()``, for example, and pass it to ``lightsail.faults.add``, which
    selects the calls that it hits. botocore retries most of them, with its own back-off, in virtual time.

    Attributes:
        name: its name in timelines.
        outcome: an error, a lost connection, or the bytes of a body; ``None`` for the account's response.
        after: the account acts on the call first, so its change is made.
        delay: virtual seconds that it takes.
    """

    name: str
    outcome: Outcome
    after: bool = False
    delay: float = 0.0

    throttling = _error("ThrottlingException", "Rate exceeded")
    """``ThrottlingException``, as for too many requests."""
    server_error = _error("ServiceException", "An internal error occurred.")
    """``ServiceException``, status 500."""
    service_unavailable = _error(
        "ServiceUnavailable",
        "The service is temporarily unable to handle the request.",
    )
    """``ServiceUnavailable``, status 503."""
    access_denied = _error(
        "AccessDeniedException",
        "User is not authorized to perform: lightsail:{operation}",
    )
    """``AccessDeniedException``, as when IAM denies the action."""
    expired_credentials = _error(
        "ExpiredTokenException",
        "The security token included in the request is expired",
    )
    """``ExpiredTokenException``, as for a session token past its end."""
    invalid_credentials = _error(
        "UnrecognizedClientException",
        "The security token included in the request is invalid.",
    )
    """``UnrecognizedClientException``, as for an access key that does not exist."""
    unauthenticated = _error(
        "UnauthenticatedException",
        "The request is not authenticated.",
    )
    """``UnauthenticatedException``: no one has signed in."""
    region_setup = _error(
        "RegionSetupInProgressException",
        "The Region is being set up for this account.",
        tip="Opt-in Regions typically take a few minutes to finish setting up before you can work with "
        "them. Wait a few minutes and try again.",
    )
    """``RegionSetupInProgressException``, as in an opt-in Region that has just been enabled."""
    connection_refused = _Plain(Disconnect("connection_refused"))
    """Nothing listens: botocore raises ``EndpointConnectionError``."""
    connection_reset = _Plain(Disconnect("connection_reset"))
    """The connection breaks before an answer: botocore raises ``ConnectionClosedError``."""
    dns_failure = _Plain(Disconnect("dns_failure"))
    """The name does not resolve: botocore raises ``EndpointConnectionError``."""
    read_timeout = _Plain(_TIMED_OUT)
    """No answer within the client's read timeout: botocore raises ``ReadTimeoutError`` after it."""
    truncated_body = _Plain(Disconnect("truncated_body"), after=True)
    """The answer breaks off in its body, after the change: ``ConnectionClosedError``."""
    malformed_json = _Plain(b'{"containerServices": [', after=True)
    """The body is not JSON, after the change: botocore gives an answer without any member of it."""

    def for_operation(self, operation: str) -> Fault:
        """Return the fault for an operation: its name fills ``{operation}`` in a message."""
        if not isinstance(self.outcome, ServiceError):
            return self
        message = self.outcome.message.replace("{operation}", operation)
        return replace(self, outcome=replace(self.outcome, message=message))

    def for_client(self, read_timeout: float | None) -> Fault:
        """Return the fault for a client that waits ``read_timeout`` seconds for a response.

        A read that times out takes that long, and so does a response that comes too late.
        """
        if read_timeout is None:
            return self
        if self.outcome == _TIMED_OUT:
            return replace(self, delay=read_timeout)
        if self.outcome is None and self.delay > read_timeout:
            return replace(self, outcome=_TIMED_OUT, delay=read_timeout)
        return self

    @classmethod
    def slow_answer(cls, seconds: float) -> Fault:
        """Delay the response by ``seconds``; it is lost if the client's read timeout is shorter."""
        to_nanoseconds(seconds)
        return cls("slow_answer", None, after=True, delay=seconds)

    @classmethod
    def answer_lost(cls, by: Fault | None = None) -> Fault:
        """Let the account make the change, but lose its response, so that the caller tries again.

        Args:
            by: the fault that the caller sees instead; by default a read timeout.

        >>> Fault.answer_lost(by=Fault.connection_reset()).after
        True
        """
        seen = cls.read_timeout() if by is None else by
        return replace(seen, name=f"answer_lost by {seen.name}", after=True)

    @classmethod
    def error(cls, code: str, message: str = "") -> Fault:
        """Any error that the service or its front end can answer with, by its code.

        Args:
            code: such as ``OptInRequired``.
            message: its text; ``{operation}`` in it becomes the name of the operation that was called.

        Raises:
            ConfigurationError: no such code is known.
        """
        if code not in STATUS:
            raise ConfigurationError(
                f"Fault.error: unknown error {code!r}; expected one of {', '.join(sorted(STATUS))}"
                f"{did_you_mean(code, STATUS)}"
            )
        return cls(code, ServiceError(code, message))


FAULTS: Mapping[str, tuple[str, ...]] = {
    **{name: () for name, made in vars(Fault).items() if isinstance(made, _Plain)},
    "slow_answer": ("seconds",),
    "error": ("code", "message"),
}
"""The constructors of ``Fault`` that a scenario can name, each with its arguments."""


class Faults(Prepared[Fault]):
    """The faults to come.

    Every fault counts the calls that match it, including those that another one hits. If several match
    the same call, the first one added hits it, and the others hit the next call that matches them.
    """

    def __init__(self, operations: frozenset[str]) -> None:
        super().__init__()
        self._operations = operations

    def add(
        self,
        fault: Fault,
        *,
        operation: Operation | str | None = None,
        service: str | None = None,
        times: int | None = 1,
        nth: int = 1,
        when: Condition | None = None,
        optional: bool = False,
    ) -> None:
        """Add a fault that hits the next calls.

        Args:
            fault: what goes wrong, such as ``Fault.throttling()``.
            operation: only calls of this operation; any if left out.
            service: only calls that name this container service; any if left out.
            times: how many calls it hits, each of which must come; ``None`` for every one, at least
                one. botocore's retries are calls: in all it makes 3 attempts in retry mode standard and
                5 in legacy, each the default of some releases.
            nth: the first of these calls that it hits; those before it pass, or other faults hit them.
                If another fault hits that call, this one hits the next.
            when: only calls for which this is true, of operation, parameters and Region.
            optional: the test does not fail if no such call comes.

        Raises:
            ConfigurationError: no fault, no such operation, or ``times`` is less than one.
        """
        if not isinstance(fault, Fault):
            raise ConfigurationError(
                f"faults.add: {fault!r} is not a fault; use one such as Fault.throttling()"
            )
        if operation is not None:
            check_operation(operation, self._operations)
        if when is not None and not callable(when):
            raise ConfigurationError(f"faults.add: when must be a function, not {when!r}")
        where = {"operation": operation, "service": service}
        shown = "".join(f", {name}={value!r}" for name, value in where.items() if value)
        words = f"faults.add({fault.name}{shown})"
        self.expectations.append(
            Expectation(words, fault, operation, service, when, times, nth, optional)
        )

    def strike(self, operation: str, parameters: Mapping[str, Any], region: str) -> Fault | None:
        """Return the fault that hits this call, if one does; use up one of its times."""
        service = service_of(parameters)
        due = [
            each
            for each in self.expectations
            if each.fits(operation, service)
            and (each.when is None or each.when(operation, parameters, region))
            and each.comes_due()
        ]
        if not due:
            return None
        due[0].used += 1
        return due[0].what.for_operation(operation)
