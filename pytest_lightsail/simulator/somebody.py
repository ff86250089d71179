"""Somebody else in the account: changes that another client makes, in the middle of the caller's work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypedDict

from ..exceptions import ConfigurationError
from ..model.lifecycle import ABSENT
from ..wording import Suggesting
from .errors import Refused
from .expectation import Expectation, check_nth, unused
from .history import StateChange, check_operation, masked
from .operations import OPERATIONS

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .account import Account

__all__ = ["Somebody", "When"]


_NEVER = "never came"


class When(TypedDict, total=False):
    """When and where somebody acts; at once if it says nothing.

    Attributes:
        after: virtual seconds from now.
        before: an operation: just before such a call of the caller is answered.
        nth: which of these calls.
        region: where; by default the Region of the service, or the account's own.
        optional: the test is not to fail if somebody never comes.
    """

    after: float | None
    before: str | None
    nth: int
    region: str | None
    optional: bool


@dataclass(eq=False)
class _Deed(Expectation):
    """One change to come."""

    operation: str
    region: str
    parameters: dict[str, Any]
    words: str
    before: str | None
    outcome: str = _NEVER

    @property
    def waits(self) -> bool:
        return self.outcome == _NEVER

    @property
    def shown_use(self) -> str:
        return f": {self.outcome}"

    def __str__(self) -> str:
        return self.words


class Somebody(Suggesting):
    """Another client of the account, which acts when the test says: ``lightsail.somebody``.

    Each method takes ``after``, virtual seconds from now, or ``before``, an operation: then it acts just
    before the ``nth`` such call of the caller is answered, which is how two clients race. The account
    treats its requests like any other; one that is refused is noted in the timeline, and reported as
    unused when the test ends.

    >>> from pytest_lightsail import simulate
    >>> with simulate() as lightsail:
    ...     client = lightsail.client()
    ...     lightsail.somebody.creates("shop", before="CreateContainerService")
    ...     client.create_container_service(serviceName="shop", power="nano", scale=1)
    Traceback (most recent call last):
    ...
    botocore.errorfactory.InvalidInputException: ...
    """

    def __init__(self, account: Account) -> None:
        self._account = account
        self._deeds: list[_Deed] = []
        self.waiting = False
        """Whether a deed waits for a call; the account looks here on every call."""

    def __repr__(self) -> str:
        return f"<Somebody {', '.join(self.to_come()) or 'nothing to come'}>"

    def creates(self, service: str, **when: Unpack[When]) -> None:
        """Somebody creates a container service of that name (nano, one node)."""
        given = {"power": "nano", "scale": 1}
        self._plan("creates", "CreateContainerService", service, given, when)

    def deploys(
        self,
        service: str,
        *,
        image: str = "nginx:latest",
        containers: dict[str, Any] | None = None,
        **when: Unpack[When],
    ) -> None:
        """Somebody deploys to the service: the ``containers``, or one with that ``image``."""
        given = {"containers": containers or {"web": {"image": image}}}
        self._plan("deploys", "CreateContainerServiceDeployment", service, given, when)

    def updates(
        self,
        service: str,
        *,
        after: float | None = None,
        before: str | None = None,
        nth: int = 1,
        region: str | None = None,
        optional: bool = False,
        **members: Any,
    ) -> None:
        """Somebody updates the service: ``power``, ``scale`` and whatever the operation takes."""
        when: When = {
            "after": after,
            "before": before,
            "nth": nth,
            "region": region,
            "optional": optional,
        }
        self._plan("updates", "UpdateContainerService", service, members, when)

    def deletes(self, service: str, **when: Unpack[When]) -> None:
        """Somebody deletes the service."""
        self._plan("deletes", "DeleteContainerService", service, {}, when)

    def before_call(self, operation: str) -> None:
        """Act, where a deed waits for a call of this operation. The account calls it."""
        for deed in self._deeds:
            if deed.waits and deed.before == operation and deed.comes_due():
                self._act(deed)
        self.waiting = any(deed.waits and deed.before for deed in self._deeds)

    def clear(self) -> None:
        """Let nobody do what is still to come; what has been done stays done."""
        self._deeds.clear()
        self.waiting = False

    def to_come(self) -> list[str]:
        """What somebody is still going to do."""
        return [deed.words for deed in self._deeds if deed.waits]

    def unused(self) -> list[str]:
        """What somebody has not done, and why, but for what was optional."""
        return unused(self._deeds)

    def _plan(
        self,
        verb: str,
        operation: str,
        service: str,
        members: dict[str, Any],
        when: When,
    ) -> None:
        deed = self._deed(verb, operation, {"serviceName": service, **members}, **when)
        broken = self._account.validator.violations(operation, deed.parameters)
        if broken:
            raise ConfigurationError(f"{deed.words}: {broken[0].message}")
        after = when.get("after")
        # Another thread's call may be looking at what is planned.
        with self._account.lock:
            if after is not None:
                self._account.clock.call_later(after, lambda: self._act_on_time(deed))
            elif deed.before is None:
                self._act(deed)
            self._deeds.append(deed)
            self.waiting = self.waiting or deed.before is not None

    def _deed(
        self,
        verb: str,
        operation: str,
        parameters: dict[str, Any],
        *,
        after: float | None = None,
        before: str | None = None,
        nth: int = 1,
        region: str | None = None,
        optional: bool = False,
    ) -> _Deed:
        shown = ", ".join(f"{name}={value!r}" for name, value in masked(parameters).items())
        words = f"somebody.{verb}({shown})"
        if after is not None and before is not None:
            raise ConfigurationError(f"{words}: after some time or before a call, not both")
        if before is not None:
            check_operation(before, self._account.model.operations)
        check_nth(words, nth)
        home = region or self._region_of(parameters["serviceName"])
        return _Deed(operation, home, parameters, words, before, nth=nth, optional=optional)

    def _region_of(self, service: str) -> str:
        """Where a service of that name is; where the account is at home, if none is yet."""
        for region in self._account.regions.values():
            if service in region.services:
                return region.name
        return self._account.options.region

    def _act_on_time(self, deed: _Deed) -> None:
        if any(each is deed for each in self._deeds):  # it may have been called off
            self._act(deed)

    def _act(self, deed: _Deed) -> None:
        account, history = self._account, self._account.history
        before, history.actor = history.actor, deed.words
        try:
            OPERATIONS[deed.operation](account, account.region(deed.region), deed.parameters)
            deed.outcome, deed.used = "", 1
        except Refused as refused:
            deed.outcome = f"was refused: {refused.error.message}"
            self._note(deed)
        finally:
            history.actor = before

    def _note(self, deed: _Deed) -> None:
        name = deed.parameters["serviceName"]
        service = self._account.region(deed.region).services.get(name)
        self._account.history.add(
            StateChange(
                at_ns=self._account.clock.elapsed_ns,
                region=deed.region,
                service=name,
                state=ABSENT if service is None else service.state,
                detail=None if service is None else service.detail,
                deployment="",
                cause=f"{deed.words} {deed.outcome}",
                by_call=False,
            )
        )
