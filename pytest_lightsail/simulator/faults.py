"""Faults: errors, lost connections and delays that hit selected calls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..exceptions import ConfigurationError, SuggestingType, check_known
from ..model.service import check_operation
from .clock import to_nanoseconds
from .history import Operation
from .prepared import Expectation, Prepared
from .wire import STATUS, Disconnect, ServiceError

Outcome = ServiceError | Disconnect | None
_TIMED_OUT = Disconnect("read_timeout")


class _Constructor:
    """A ``Fault`` constructor without arguments. The attribute's name becomes the fault's name."""

    def __init__(self, outcome: Outcome) -> None:
        self._outcome = outcome

    def __set_name__(self, _: type, name: str) -> None:
        self._name = name

    def __call__(self) -> Fault:
        return Fault(self._name, self._outcome)

    def __repr__(self) -> str:
        return f"Fault.{self._name}"


def _error(code: str, message: str) -> _Constructor:
    return _Constructor(ServiceError(code, message))


@dataclass(frozen=True)
class Fault(metaclass=SuggestingType):
    """An error, a lost connection or a delay.

    Create a fault, for example with ``Fault.throttling()``, and pass it to
    ``lightsail.faults.add``. The other arguments of ``add`` select the calls that the fault hits.
    After most faults, botocore retries the call, with its usual backoff, but in virtual time.

    Attributes:
        name: the name of the fault in timelines.
        outcome: an error, a lost connection, or ``None`` for the account's own response.
        after: whether the account acts on the call before the fault takes effect.
        delay: the number of virtual seconds by which the fault delays the outcome.
    """

    name: str
    outcome: Outcome
    after: bool = False
    delay: float = 0.0

    throttling = _error("ThrottlingException", "Rate exceeded")
    """``ThrottlingException``: the caller has made too many requests."""
    server_error = _error("ServiceException", "An internal error occurred.")
    """``ServiceException``, status 500."""
    service_unavailable = _error(
        "ServiceUnavailable", "The service is temporarily unable to handle the request."
    )
    """``ServiceUnavailable``, status 503."""
    access_denied = _error(
        "AccessDeniedException", "User is not authorized to perform this action."
    )
    """``AccessDeniedException``: IAM denies the action."""
    connection_refused = _Constructor(Disconnect("connection_refused"))
    """No server is listening at the endpoint: botocore raises ``EndpointConnectionError``."""
    connection_reset = _Constructor(Disconnect("connection_reset"))
    """The connection ends before a response arrives: botocore raises ``ConnectionClosedError``."""
    dns_failure = _Constructor(Disconnect("dns_failure"))
    """The endpoint's host name does not resolve: botocore raises ``EndpointConnectionError``."""
    read_timeout = _Constructor(_TIMED_OUT)
    """No response arrives within the client's read timeout: botocore raises ``ReadTimeoutError``."""

    @classmethod
    def slow_answer(cls, seconds: float) -> Fault:
        """Delay the response by ``seconds``. A client with a shorter timeout gets no response."""
        to_nanoseconds(seconds)
        return cls("slow_answer", None, after=True, delay=seconds)

    @classmethod
    def answer_lost(cls, by: Fault | None = None) -> Fault:
        """Let the account act on the call, but lose the response, so that the caller retries.

        Args:
            by: the fault that the caller sees instead of the response. The default is a read
                timeout.

        >>> Fault.answer_lost(by=Fault.connection_reset()).after
        True
        """
        seen = cls.read_timeout() if by is None else by
        return replace(seen, name=f"answer_lost by {seen.name}", after=True)

    @classmethod
    def error(cls, code: str, message: str = "") -> Fault:
        """Respond with an error from the service or its front end.

        Args:
            code: the error code, such as ``OptInRequired``.
            message: the error message.

        Raises:
            ConfigurationError: there is no error with this code.
        """
        check_known("Fault.error: unknown error", [code], sorted(STATUS))
        return cls(code, ServiceError(code, message))


PLAIN_FAULTS = [name for name, made in vars(Fault).items() if isinstance(made, _Constructor)]
"""The names of the ``Fault`` constructors that take no arguments."""

FAULTS = [*PLAIN_FAULTS, "answer_lost", "slow_answer", "error"]
"""The names of all ``Fault`` constructors."""


class Faults(Prepared[Fault]):
    """The faults that will hit upcoming calls.

    Each fault counts the calls that match it, including calls that another fault hits. If several
    faults match a call, the call is hit by the fault that was added first.
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
        optional: bool = False,
    ) -> None:
        """Add a fault that hits the next matching calls.

        Args:
            fault: an error, a lost connection or a delay, such as ``Fault.throttling()``.
            operation: the operation to hit. By default, the fault hits calls to any operation.
            service: if given, the fault hits only calls that name this container service.
            times: the number of calls to hit. The test fails if fewer calls match. With ``None``,
                the fault hits every matching call, and the test fails if no call matches. Each
                retry counts as a call: botocore makes 3 attempts in the ``standard`` retry mode and
                5 in the ``legacy`` mode. The default mode depends on the botocore version.
            nth: which matching call to hit first, counting from 1. If another fault hits that call,
                this fault hits the next matching call.
            optional: if true, the test does not fail when too few calls match.

        Raises:
            ConfigurationError: ``fault`` is not a ``Fault``, ``times`` or ``nth`` is less than one,
                or Lightsail has no such operation.
        """
        if not isinstance(fault, Fault):
            raise ConfigurationError(
                f"faults.add: {fault!r} is not a fault: pass a fault such as Fault.throttling()"
            )
        if operation is not None:
            check_operation(operation, self._operations)
        where = {"operation": operation, "service": service}
        shown = "".join(f", {name}={value!r}" for name, value in where.items() if value)
        words = f"faults.add({fault.name}{shown})"
        self.expectations.append(
            Expectation(words, fault, operation, service, times, nth, optional)
        )

    def strike(
        self, operation: str, parameters: Mapping[str, Any], read_timeout: float | None
    ) -> Fault | None:
        """Return the fault that hits a call. A delay beyond ``read_timeout`` becomes a timeout."""
        # Operations such as TagResource take the name of a service as ``resourceName``.
        service = parameters.get("serviceName", parameters.get("resourceName"))
        due = [each for each in self.expectations if each.comes_due(operation, service)]
        if not due:
            return None
        due[0].used += 1
        fault = due[0].what
        if read_timeout is not None and (
            fault.outcome == _TIMED_OUT or (fault.outcome is None and fault.delay > read_timeout)
        ):
            return replace(fault, outcome=_TIMED_OUT, delay=read_timeout)
        return fault
