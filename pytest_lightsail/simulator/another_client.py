"""A second client, which changes the account while the caller runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypedDict

from ..exceptions import ConfigurationError
from ..model.lifecycle import ABSENT
from ..model.service import check_operation
from . import prepared
from .history import Operation, StateChange, masked
from .operations import OPERATIONS
from .prepared import NTH, Argument, Expectation, Prepared, read_arguments
from .wire import Refused

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .account import Account


class When(TypedDict, total=False):
    """Keyword arguments of every ``AnotherClient`` method. By default, the client acts at once."""

    after: float | None
    before: Operation | str | None
    nth: int
    optional: bool


WHEN: Mapping[str, Argument] = {
    "after": Argument(prepared.seconds),
    "before": Argument(prepared.name),
    "nth": NTH,
}
"""The definitions of the arguments that determine when the other client acts."""


class AnotherClient(Prepared[tuple[str, dict[str, Any]]]):
    """A second client of the account, available as ``lightsail.another_client``.

    Each method takes either ``after`` (virtual seconds from now) or ``before`` (the name of an
    operation). With ``before``, the other client acts just before the account processes the ``nth``
    call to the operation, as if the two clients were racing. The other client then uses the Region
    of that call. Without ``before``, the other client uses the default Region. The account treats the
    other client's requests like all other requests. If the account refuses a request from the other
    client, the timeline shows the refusal and the test fails at teardown. With ``optional=True``,
    the test does not fail if a request is refused or the other client never acts.

    >>> from pytest_lightsail import simulate
    >>> with simulate() as lightsail:
    ...     client = lightsail.client()
    ...     lightsail.another_client.creates("shop", before="CreateContainerService")
    ...     client.create_container_service(serviceName="shop", power="nano", scale=1)
    Traceback (most recent call last):
    ...
    botocore.errorfactory.InvalidInputException: ...
    """

    def __init__(self, account: Account) -> None:
        super().__init__()
        self._account = account

    def creates(self, /, service: str, **when: Unpack[When]) -> None:
        """Create a container service with ``nano`` power and one node."""
        given = {"power": "nano", "scale": 1}
        self._prepare("creates", "CreateContainerService", service, given, when)

    def deploys(
        self, /, service: str, *, image: str = "nginx:latest", **when: Unpack[When]
    ) -> None:
        """Deploy ``image`` to the service in a single container."""
        given = {"containers": {"web": {"image": image}}}
        self._prepare("deploys", "CreateContainerServiceDeployment", service, given, when)

    def updates(self, /, service: str, **members: Any) -> None:
        """Update the service.

        Args:
            service: the name of the service.
            members: members of the request, such as ``scale``, and keyword arguments such as
                ``after``, which determine when the client acts.
        """
        when: Any = {name: members.pop(name) for name in When.__annotations__ if name in members}
        self._prepare("updates", "UpdateContainerService", service, members, when)

    def deletes(self, /, service: str, **when: Unpack[When]) -> None:
        """Delete the service."""
        self._prepare("deletes", "DeleteContainerService", service, {}, when)

    def before_call(self, operation: str, region: str) -> None:
        """Let the other client make the changes that are due before a call to ``operation``."""
        for each in self.expectations:
            if each.comes_due(operation):
                self._act(each, region)

    def _prepare(
        self, verb: str, operation: str, service: str, members: dict[str, Any], when: When
    ) -> None:
        account = self._account
        parameters = dict(serviceName=service, **members)
        shown = ", ".join(f"{name}={value!r}" for name, value in masked(parameters).items())
        words = f"another_client.{verb}({shown})"
        optional = when.pop("optional", False)
        read = read_arguments(words, WHEN, when)
        after, before, nth = read.get("after"), read.get("before"), read.get("nth", 1)
        if after is not None and before is not None:
            raise ConfigurationError(f"{words}: pass `after` or `before`, not both")
        if before is not None:
            check_operation(before, account.model.operations)
        elif nth > 1:
            raise ConfigurationError(f"{words}: `nth` has no effect without `before`")
        if broken := account.validator.violations(operation, parameters):
            raise ConfigurationError(f"{words}: {broken[0].message}")
        request, home = (operation, parameters), account.options.region
        expected = Expectation(words, request, before or "", nth=nth, optional=optional)
        # Hold the lock, because calls in other threads read the list of prepared changes.
        with account.lock:
            self.expectations.append(expected)
            if after is not None:
                account.clock.call_later(after, lambda: self._act(expected, home))
            elif before is None:
                self._act(expected, home)

    def _act(self, expected: Expectation[tuple[str, dict[str, Any]]], region: str) -> None:
        if expected not in self.expectations:  # the test has removed the prepared change
            return
        account, (operation, parameters) = self._account, expected.what
        resources, name = account.region(region), parameters["serviceName"]
        service = resources.services.get(name)
        with account.history.acting(expected.words):
            try:
                OPERATIONS[operation](account, resources, parameters)
                expected.used = 1
            except Refused as refused:
                expected.failure = f"was refused in {region}: {refused.error.message}"
                state = ABSENT if service is None else service.state
                cause = f"{expected.words} {expected.failure}"
                change = StateChange(account.clock.elapsed_ns, region, name, state, cause=cause)
                account.history.add(change)
