"""The history of an account: its calls, visits and state changes, in order."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Collection, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, overload

from ..exceptions import ConfigurationError, Suggesting, did_you_mean
from ..model.lifecycle import Edge, take
from ..model.secrets import ENVIRONMENT, is_secret_member
from ..model.service import check_operation
from .clock import NANOSECONDS

Operation = Literal[
    "CreateCertificate",
    "CreateContainerService",
    "CreateContainerServiceDeployment",
    "CreateContainerServiceRegistryLogin",
    "CreateDomain",
    "CreateDomainEntry",
    "DeleteCertificate",
    "DeleteContainerImage",
    "DeleteContainerService",
    "DeleteDomain",
    "DeleteDomainEntry",
    "GetCertificates",
    "GetContainerAPIMetadata",
    "GetContainerImages",
    "GetContainerLog",
    "GetContainerServiceDeployments",
    "GetContainerServiceMetricData",
    "GetContainerServicePowers",
    "GetContainerServices",
    "GetDomain",
    "GetDomains",
    "GetOperation",
    "GetOperations",
    "GetOperationsForResource",
    "GetRegions",
    "RegisterContainerImage",
    "TagResource",
    "UntagResource",
    "UpdateContainerService",
    "UpdateDomainEntry",
]
"""The names of the simulated operations, for completion in code editors."""


def masked(value: Any, *, secret: bool = False) -> Any:
    """Return a copy of a call's parameters or response, with secret values replaced by ``***``.

    >>> masked({"environment": {"TOKEN": "hunter2"}})
    {'environment': {'TOKEN': '***'}}
    """
    if isinstance(value, Mapping):
        copied = {}
        for key, item in value.items():
            if key == "containers" and isinstance(item, Mapping):  # the keys name containers
                copied[key] = {name: masked(each, secret=secret) for name, each in item.items()}
                continue
            is_secret = str(key).lower() == ENVIRONMENT or is_secret_member(str(key))
            copied[key] = masked(item, secret=secret or is_secret)
        return copied
    if isinstance(value, (list, tuple)):
        return [masked(item, secret=secret) for item in value]
    return "***" if secret else value


@dataclass(repr=False)
class Call(Suggesting):
    """One call that reached the account.

    A fault can replace the account's response or prevent the caller from receiving it. Therefore,
    ``status``, ``error`` and ``message`` describe what the caller received, and ``at_ns``,
    ``answer`` and ``rule`` describe what the account did.

    Attributes:
        operation: the name of the operation, or an empty string if the request does not name one.
        region: the Region to which the call was sent.
        parameters: the parameters as the caller sent them, including secrets, which ``repr`` masks.
        at_ns: the virtual time at which the account acted, in nanoseconds since the start. A
            delayed response reaches the caller later.
        status: the HTTP status of the response, or ``None`` if the connection failed.
        answer: the account's response in wire format, even if the response was lost. ``None`` if
            the account refused the call or never acted on it.
        error: the error code or the kind of disconnect, or ``None`` if the call succeeded.
        message: the error message.
        rule: the id of the rule that the refused call broke, even if the refusal was lost.
        fault: the name of the fault that hit the call, or ``None``.
        let_through: a description of violations that ``assumptions="lenient"`` allows.
        size: the size of the request and the response, in bytes.
    """

    operation: str
    region: str
    parameters: dict[str, Any]
    at_ns: int
    status: int | None = None
    answer: dict[str, Any] | None = None
    error: str | None = None
    message: str = ""
    rule: str | None = None
    fault: str | None = None
    let_through: str = ""
    size: int = 0

    @property
    def at(self) -> float:
        """Virtual seconds since the start."""
        return self.at_ns / NANOSECONDS

    @property
    def service(self) -> str | None:
        """The container service in the call's ``serviceName`` parameter, or ``None``."""
        name = self.parameters.get("serviceName")
        return name if isinstance(name, str) else None

    @property
    def response(self) -> dict[str, Any] | None:
        """A copy of ``answer``."""
        return copy.deepcopy(self.answer)

    def __repr__(self) -> str:
        shown = ", ".join(f"{key}={value!r}" for key, value in masked(self.parameters).items())
        outcome = self.error or "ok"
        return f"<{self.operation or 'no operation'}({shown}) at {self.at:g} s: {outcome}>"


@dataclass(frozen=True)
class Visit(Suggesting):
    """One request to the address of a service, for example from a browser.

    Attributes:
        host: the host to which the request was addressed.
        method: the HTTP method.
        path: the path without the query, because a query may contain secrets.
        region: the Region of the service, or the default Region if no service has this host.
        service: the container service to which the host belongs, or ``None``.
        at_ns: the virtual time of the response, in nanoseconds since the start.
        status: the HTTP status of the response, or ``None`` if there was no response.
        error: the kind of disconnect, or ``None`` if there was a response.
    """

    host: str
    method: str
    path: str
    region: str
    service: str | None
    at_ns: int
    status: int | None = None
    error: str | None = None

    @property
    def at(self) -> float:
        """Virtual seconds since the start."""
        return self.at_ns / NANOSECONDS


@dataclass(frozen=True)
class StateChange:
    """A service's change to a new state, or to a new step of its current state.

    ``at_ns`` is the virtual time in nanoseconds since the start.
    """

    at_ns: int
    region: str
    service: str
    state: str
    detail: str | None = None
    deployment: str = ""
    """The simultaneous change of a deployment, such as ``deployment 2 ACTIVE``."""
    cause: str = ""
    """The script, image or other client that caused the change, or an empty string."""
    by_call: bool = False
    """Whether the change was caused by a call rather than by the passing of time."""
    assumed: str = ""
    """The id of the assumption that determines the time of the change, or an empty string."""


def is_read(operation: str) -> bool:
    """Return whether an operation is read-only, judging by its name."""
    return operation.startswith("Get")


class Calls(Suggesting, Sequence[Call]):
    """The calls so far, in order.

    Args:
        calls: the recorded calls.
        operations: a mapping from each operation to the names of its parameters.

    >>> Calls([], {"GetContainerServices": ["serviceName"]}).count("GetContainerServices")
    0
    """

    def __init__(self, calls: Sequence[Call], operations: Mapping[str, Collection[str]]) -> None:
        self._calls = calls
        self._operations = operations

    @overload
    def __getitem__(self, index: int) -> Call: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Call]: ...
    def __getitem__(self, index: int | slice) -> Call | Sequence[Call]:
        return self._calls[index]

    def __len__(self) -> int:
        return len(self._calls)

    def __repr__(self) -> str:
        return repr(self._calls)

    def __call__(self, operation: Operation | str | None = None, /, **given: Any) -> Calls:
        """Return all calls, or only the calls with the given operation and parameters.

        >>> calls = Calls([], {"GetContainerServices": ["serviceName"]})
        >>> calls("GetContainerServices", serviceName="shop").none
        True

        Raises:
            ConfigurationError: Lightsail has no such operation, or the operation has no such
                parameter. Without ``operation``, the parameter may belong to any operation.
        """
        if operation is not None:
            check_operation(operation, self._operations)
        wanted = self._operations if operation is None else [operation]
        known = {name for each in wanted for name in self._operations[each]}
        if unknown := [name for name in given if name not in known]:
            of = "" if operation is None else f" of {operation}"
            near = did_you_mean(unknown[0], known)
            raise ConfigurationError(f"calls: unknown parameter {unknown[0]!r}{of}{near}")
        found = [
            call
            for call in self
            if operation in {None, call.operation} and given.items() <= call.parameters.items()
        ]
        return Calls(found, self._operations)

    def count(self, operation: Operation | Any = None, /, **given: Any) -> int:
        """Count all calls, or only the calls with the given operation and parameters."""
        return len(self(operation, **given))

    @property
    def none(self) -> bool:
        """True if there are no calls."""
        return not self

    @property
    def last(self) -> Call | None:
        """The latest call, or ``None`` if there are no calls."""
        return self[-1] if self else None


class Limit(NamedTuple):
    """The limits of a history: the number of entries, and the total size of its calls in bytes."""

    entries: int
    size: int


@dataclass
class History:
    """The calls, visits and state changes of one account, in the order in which they happened."""

    entries: list[Call | StateChange | Visit] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    visits: list[Visit] = field(default_factory=list)
    changed_at_ns: int = 0
    """The time of the latest state change."""
    edges: Counter[Edge] = field(default_factory=Counter)
    """How often services and deployments have taken each edge of the lifecycle."""
    answering: bool = False
    """Whether a call is in progress and is therefore the cause of all changes."""
    actor: str = ""
    """The cause to record for changes. An empty string means a call or the passing of time."""
    limit: Limit | None = None
    """The maximum size of the history, or ``None`` if the history is unlimited."""
    forgotten: Counter[type] = field(default_factory=Counter)
    """The number of entries of each type that have been removed because of the limit."""
    size: int = 0
    """The total size of ``calls``, in bytes."""

    def follow(self, edges: tuple[Edge, ...], state: str, trigger: str) -> str:
        """Count the edge for ``trigger``, and return the state that the edge leads to."""
        edge = take(edges, state, trigger)
        self.edges[edge] += 1
        return edge.target

    @contextmanager
    def acting(self, actor: str) -> Generator[None, None, None]:
        """Record ``actor`` as the cause of all changes inside the block."""
        before, self.actor = self.actor, actor
        try:
            yield
        finally:
            self.actor = before

    def add(self, entry: Call | StateChange | Visit) -> None:
        self.entries.append(entry)
        if isinstance(entry, Call):
            self.calls.append(entry)
            self.size += entry.size
        elif isinstance(entry, Visit):
            self.visits.append(entry)
        else:
            self.changed_at_ns = entry.at_ns
        limit = self.limit
        while limit and (len(self.entries) > limit.entries or self.size > limit.size):
            oldest = self.entries.pop(0)
            self.forgotten[type(oldest)] += 1
            if isinstance(oldest, Call):
                self.size -= self.calls.pop(0).size
            elif isinstance(oldest, Visit):
                self.visits.pop(0)
