"""Another client, which changes the account while the caller works."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypedDict

from ..exceptions import ConfigurationError
from ..model.lifecycle import ABSENT
from . import prepared
from .history import Operation, StateChange, check_operation, masked
from .operations import OPERATIONS
from .prepared import NTH, Argument, Expectation, Prepared, read_arguments
from .wire import Refused

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .account import Account


class When(TypedDict, total=False):
    """The time at which the other client acts. By default, the client acts immediately.

    Attributes:
        after: the number of virtual seconds from now.
        before: the name of an operation. The client acts just before the account processes a call
            to this operation.
        nth: the number of the call before which the client acts. The next call is number 1.
        optional: if true, the test does not fail when the other client never acts.
    """

    after: float | None
    before: Operation | str | None
    nth: int
    optional: bool


WHEN: Mapping[str, Argument] = {
    "after": Argument(prepared.seconds),
    "before": Argument(prepared.name),
    "nth": NTH,
}
"""How to read each argument of ``When``."""


_Request = tuple[str, dict[str, Any]]
"""The name of an operation, and the parameters of the call."""


class AnotherClient(Prepared[_Request]):
    """Another client of the account: ``lightsail.another_client``.

    Each method takes either ``after`` (virtual seconds from now) or ``before`` (the name of an
    operation). With ``before``, the other client acts just before the account processes the ``nth``
    call to the operation, as if the two clients were racing. The other client acts in the Region of
    that call or, with ``after``, in the default Region. If only another Region has the service, the
    other client acts there, unless it creates the service. The account treats the other client's
    requests like any other requests. If the account refuses a request of the other client, the
    timeline shows the refusal and the test fails at teardown.

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

    def creates(self, service: str, **when: Unpack[When]) -> None:
        """Create a container service with this name, the power ``nano`` and one node."""
        given = {"power": "nano", "scale": 1}
        self._prepare("creates", "CreateContainerService", service, given, when)

    def deploys(self, service: str, *, image: str = "nginx:latest", **when: Unpack[When]) -> None:
        """Deploy to the service a single container that runs ``image``."""
        given = {"containers": {"web": {"image": image}}}
        self._prepare("deploys", "CreateContainerServiceDeployment", service, given, when)

    def updates(self, service: str, **members: Any) -> None:
        """Update the service.

        Args:
            service: the name of the service.
            members: members of the request, such as ``scale``, and keyword arguments such as
                ``after``, which determine when the client acts.
        """
        when: Any = {name: members.pop(name) for name in When.__annotations__ if name in members}
        self._prepare("updates", "UpdateContainerService", service, members, when)

    def deletes(self, service: str, **when: Unpack[When]) -> None:
        """Delete the service."""
        self._prepare("deletes", "DeleteContainerService", service, {}, when)

    def before_call(self, operation: str, region: str) -> None:
        """Make the changes that were prepared for this call. The account calls this method."""
        for each in self.expectations:
            if each.operation == operation and each.comes_due():
                self._act(each, region)

    def _prepare(
        self, verb: str, operation: str, service: str, members: dict[str, Any], when: When
    ) -> None:
        account = self._account
        parameters = {"serviceName": service, **members}
        shown = ", ".join(f"{name}={value!r}" for name, value in masked(parameters).items())
        words = f"another_client.{verb}({shown})"
        optional = when.pop("optional", False)
        read = read_arguments(words, WHEN, when)
        after, before, nth = (read.get(name, WHEN[name].default) for name in WHEN)
        if after is not None and before is not None:
            raise ConfigurationError(f"{words}: pass `after` or `before`, not both")
        if before is not None:
            check_operation(before, account.model.operations)
        elif nth > 1:
            raise ConfigurationError(f"{words}: `nth` counts calls, so also pass `before`")
        broken = account.validator.violations(operation, parameters)
        if broken:
            raise ConfigurationError(f"{words}: {broken[0].message}")
        request, home = (operation, parameters), account.options.region
        expected = Expectation(words, request, operation=before, nth=nth, optional=optional)
        # A call in another thread may be reading the expectations.
        with account.lock:
            self.expectations.append(expected)
            if after is not None:
                account.clock.call_later(after, lambda: self._act(expected, home))
            elif before is None:
                self._act(expected, home)

    def _act(self, expected: Expectation[_Request], region: str) -> None:
        if expected not in self.expectations:  # the test has removed the change
            return
        account, (operation, parameters) = self._account, expected.what
        name = parameters["serviceName"]
        found = {each.region: each for each in account.services if each.name == name}
        if found and region not in found and operation != "CreateContainerService":
            region = next(iter(found))
        service = found.get(region)
        with account.history.acting(expected.words):
            try:
                OPERATIONS[operation](account, account.region(region), parameters)
                expected.used = 1
            except Refused as refused:
                expected.failure = f"was refused: {refused.error.message}"
                change = StateChange(
                    at_ns=account.clock.elapsed_ns,
                    region=region,
                    service=name,
                    state=ABSENT if service is None else service.state,
                    detail=None if service is None else service.detail,
                    cause=f"{expected.words} {expected.failure}",
                )
                account.history.add(change)
