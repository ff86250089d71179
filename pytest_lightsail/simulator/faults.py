"""Faults: answers that the account gives instead of its own, and connections that fail."""

from __future__ import annotations

from dataclasses import dataclass

from ..exceptions import ConfigurationError
from .errors import ServiceError
from .history import check_operation
from .script import check_times
from .wire import Disconnect

__all__ = ["Fault", "Faults"]


@dataclass(frozen=True)
class Fault:
    """Something that goes wrong with a call, before the account acts on it.

    Made by the methods below; ``lightsail.faults.add`` says when it happens. botocore retries most of
    them, with its own back-off, in virtual time.
    """

    name: str
    outcome: ServiceError | Disconnect

    @classmethod
    def throttling(cls) -> Fault:
        """``ThrottlingException``, as for too many requests."""
        return cls._error("throttling", "ThrottlingException", "Rate exceeded")

    @classmethod
    def server_error(cls) -> Fault:
        """``ServiceException``, status 500."""
        return cls._error("server_error", "ServiceException", "An internal error occurred.")

    @classmethod
    def service_unavailable(cls) -> Fault:
        """``ServiceUnavailable``, status 503."""
        message = "The service is temporarily unable to handle the request."
        return cls._error("service_unavailable", "ServiceUnavailable", message)

    @classmethod
    def access_denied(cls) -> Fault:
        """``AccessDeniedException``, as when IAM denies the action."""
        message = "User is not authorized to perform this Lightsail action."
        return cls._error("access_denied", "AccessDeniedException", message)

    @classmethod
    def expired_credentials(cls) -> Fault:
        """``ExpiredTokenException``, as for a session token past its end."""
        message = "The security token included in the request is expired"
        return cls._error("expired_credentials", "ExpiredTokenException", message)

    @classmethod
    def connection_refused(cls) -> Fault:
        """Nobody listens: botocore raises ``EndpointConnectionError``."""
        return cls("connection_refused", Disconnect("connection_refused"))

    @classmethod
    def connection_reset(cls) -> Fault:
        """The connection breaks before an answer: botocore raises ``ConnectionClosedError``."""
        return cls("connection_reset", Disconnect("connection_reset"))

    @classmethod
    def read_timeout(cls) -> Fault:
        """No answer in time: botocore raises ``ReadTimeoutError``."""
        return cls("read_timeout", Disconnect("read_timeout"))

    @classmethod
    def _error(cls, name: str, error: str, message: str) -> Fault:
        return cls(name, ServiceError(error, message))


@dataclass
class _Armed:
    fault: Fault
    operation: str | None
    service: str | None
    times: int | None

    def hits(self, operation: str, service: str | None) -> bool:
        return (
            self.times != 0
            and (self.operation is None or self.operation == operation)
            and (self.service is None or self.service == service)
        )


class Faults:
    """The faults to come; the first one that fits a call hits it."""

    def __init__(self, operations: frozenset[str]) -> None:
        self._operations = operations
        self._armed: list[_Armed] = []

    def add(
        self,
        fault: Fault,
        *,
        operation: str | None = None,
        service: str | None = None,
        times: int | None = 1,
    ) -> None:
        """Let ``fault`` hit the next calls.

        Args:
            fault: what goes wrong, such as ``Fault.throttling()``.
            operation: only calls of this operation; any if left out.
            service: only calls that name this container service; any if left out.
            times: how many calls it hits; ``None`` for every one. botocore's retries are calls: in
                all it makes 3 attempts in retry mode standard and 5 in legacy, each the default of
                some releases.

        Raises:
            ConfigurationError: no fault, no such operation, or ``times`` is less than one.
        """
        if not isinstance(fault, Fault):
            raise ConfigurationError(
                f"faults.add: {fault!r} is no fault; one is Fault.throttling()"
            )
        if operation is not None:
            check_operation(operation, self._operations)
        check_times("faults.add", times)
        self._armed.append(_Armed(fault, operation, service, times))

    def strike(self, operation: str, service: str | None) -> Fault | None:
        """The fault that hits this call, if one does; uses up one of its times."""
        for armed in self._armed:
            if armed.hits(operation, service):
                if armed.times is not None:
                    armed.times -= 1
                return armed.fault
        return None
