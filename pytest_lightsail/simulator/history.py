"""What happened in an account, in order: calls, and changes of state."""

from __future__ import annotations

import copy
from bisect import bisect_left as bisect
from collections import Counter
from collections.abc import Collection, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Literal, NamedTuple, overload

from ..contract.secrets import ENVIRONMENT, is_secret_member
from ..exceptions import ConfigurationError, Suggesting, UnknownOperationError, did_you_mean, plural
from ..model.lifecycle import Edge, take
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
"""The operations that are simulated; editors suggest them."""

_MASK = "***"
_FEW_CALLS = 3
"""A text shows these with their parameters; of more, how many there were of each operation."""


def masked(value: Any, *, secret: bool = False, names: bool = False) -> Any:
    """Return a copy of parameters or of a response in which every secret value reads ``***``.

    With ``names``, the keys of ``value`` are names that the caller has chosen, so they do not
    show what is secret.

    >>> masked({"environment": {"TOKEN": "hunter2"}})
    {'environment': {'TOKEN': '***'}}
    """
    if isinstance(value, Mapping):
        return {
            key: masked(
                item,
                secret=secret
                or (not names and (str(key).lower() == ENVIRONMENT or is_secret_member(str(key)))),
                names=key == "containers" and not names,
            )
            for key, item in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [masked(item, secret=secret) for item in value]
    return _MASK if secret else value


@dataclass(repr=False)
class Call(Suggesting):
    """One call that reached the account.

    A fault can change or lose the account's response. Then ``status``, ``error`` and ``message`` describe
    what the caller received; ``at_ns``, ``answer`` and ``rule`` still describe what the account did.

    Attributes:
        operation: its name; empty if the request named none.
        region: the Region that it was sent to.
        parameters: as the caller sent them, including secrets, which the ``repr`` masks.
        at_ns: the virtual time at which the account acted, in nanoseconds since the start; a delayed
            response reaches the caller later.
        status: HTTP status of the response; ``None`` if the connection failed.
        answer: the account's response, as on the wire, even if it was lost; ``None`` if the account
            refused the call or never acted on it.
        error: code of the error, or the kind of disconnect; ``None`` if the call succeeded.
        message: the error's message.
        rule: id of the rule by which the account refused the call, even if the refusal was lost.
        fault: the fault that hit the call; empty if none did.
        changed: how a future response differs; empty if it does not.
        let_through: the assumed refusals that were let through; empty if none were.
    """

    operation: str
    region: str
    parameters: dict[str, Any]
    at_ns: int
    status: int | None
    answer: dict[str, Any] | None = None
    error: str | None = None
    message: str = ""
    rule: str | None = None
    fault: str | None = None
    changed: str = ""
    let_through: str = ""

    @property
    def at(self) -> float:
        """Virtual seconds since the start."""
        return self.at_ns / NANOSECONDS

    @property
    def service(self) -> str | None:
        """The container service that the call names."""
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


@dataclass(frozen=True, repr=False)
class Visit(Suggesting):
    """One request to the address of a service, such as a browser's.

    Attributes:
        host: the host that was asked.
        method: the HTTP method.
        path: the path, without a query, which can hold secrets.
        region: where the host belongs.
        service: the container service that it belongs to; ``None`` if there is none.
        at_ns: the virtual instant of the answer, in nanoseconds since the start.
        status: HTTP status of the answer; ``None`` if there was none.
        error: the kind of disconnect, where there was no answer.
        why: why the containers were not asked, or could not answer; empty where they did.
    """

    host: str
    method: str
    path: str
    region: str
    service: str | None
    at_ns: int
    status: int | None = None
    error: str | None = None
    why: str = ""

    @property
    def at(self) -> float:
        """Virtual seconds since the start."""
        return self.at_ns / NANOSECONDS

    @property
    def outcome(self) -> str:
        """The status or the kind of disconnect, and why it is that."""
        why = f" ({self.why})" if self.why else ""
        return f"{self.error or self.status}{why}"

    def __repr__(self) -> str:
        return f"<{self.method} {self.host}{self.path} at {self.at:g} s: {self.outcome}>"


@dataclass(frozen=True)
class StateChange:
    """A service entered a state, or a step of a state; the time is in nanoseconds since the start."""

    at_ns: int
    region: str
    service: str
    state: str
    detail: str | None
    deployment: str = ""
    """The deployment that changed with it, such as ``deployment 2 ACTIVE``; may be empty."""
    cause: str = ""
    """The script that caused it; may be empty."""
    by_call: bool = False
    """Whether a call caused it, rather than time."""
    trigger: str = ""
    """The trigger of the edge by which the service entered its state; empty for a step within it."""
    assumed: str = ""
    """The id, in docs/assumptions.md, of the assumed time until this change; empty if none is assumed."""


def check_operation(name: str, operations: Collection[str]) -> None:
    """Refuse an unknown operation, so that a misspelt name does not look like one without calls."""
    if name not in operations:
        raise UnknownOperationError(
            f"Lightsail has no operation {name!r}{did_you_mean(name, operations)}"
        )


def is_read(operation: str) -> bool:
    """Return whether an operation only reads, as AWS names such operations."""
    return operation.startswith("Get")


def service_of(parameters: Mapping[str, Any]) -> object:
    """Return the service that a call names; tags name it as a resource."""
    return parameters.get("serviceName", parameters.get("resourceName"))


class Calls(Suggesting, Sequence[Call]):
    """The calls so far, in order.

    Args:
        calls: the calls.
        operations: the names of all operations there are, each with those of its parameters.

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
        shown = ", ".join(map(repr, self._calls))
        if len(self._calls) > _FEW_CALLS:
            counts = Counter(call.operation for call in self._calls)
            shown = ", ".join(f"{name} × {count}" for name, count in counts.items())
        return f"<{plural(len(self._calls), 'call')}{': ' if shown else ''}{shown}>"

    def __call__(self, operation: Operation | str | None = None, /, **partial: Any) -> Calls:
        """Return the calls of an operation (by default any) that have at least these parameters.

        >>> calls = Calls([], {"GetContainerServices": ["serviceName"]})
        >>> calls("GetContainerServices", serviceName="shop").none
        True

        Raises:
            UnknownOperationError: there is no operation of that name.
            ConfigurationError: the operation (any, if left out) has no parameter of a name; the message
                names the nearest.
        """
        if operation is not None:
            check_operation(operation, self._operations)
        self._check_parameters(operation, partial)
        found = [
            call
            for call in self._calls
            if operation in {None, call.operation} and _has(call.parameters, partial)
        ]
        return Calls(found, self._operations)

    def _check_parameters(self, operation: str | None, names: Iterable[str]) -> None:
        wanted = self._operations if operation is None else {operation: self._operations[operation]}
        known = {name: None for parameters in wanted.values() for name in parameters}
        for name in names:
            if name not in known:
                wrong = "no operation has a"
                if operation is not None:
                    wrong = f"{operation} takes {', '.join(known) or 'none'}, and no"
                raise ConfigurationError(
                    f"calls: {wrong} parameter {name!r}{did_you_mean(name, known)}"
                )

    @property
    def none(self) -> bool:
        """Whether there was no call."""
        return not self._calls

    @property
    def first(self) -> Call | None:
        """The first call; ``None`` before it."""
        return self._calls[0] if self._calls else None

    def count(self, value: Operation | Any = None, /, **partial: Any) -> int:
        """Return the number of calls of an operation with at least these parameters."""
        if value is None or isinstance(value, str):
            return len(self(value, **partial))
        return super().count(value)

    @property
    def last(self) -> Call | None:
        """The latest call; ``None`` before the first."""
        return self._calls[-1] if self._calls else None


def _has(value: Any, partial: Any) -> bool:
    """Return whether ``value`` contains ``partial``; mappings may have more members, lists may not."""
    if isinstance(partial, Mapping):
        return isinstance(value, Mapping) and all(
            key in value and _has(value[key], part) for key, part in partial.items()
        )
    if isinstance(partial, (list, tuple)):
        return (
            isinstance(value, (list, tuple))
            and len(value) == len(partial)
            and all(map(_has, value, partial))
        )
    return bool(value == partial)


class Limit(NamedTuple):
    """How much a history remembers: how many events, and of how many bytes of requests and responses."""

    events: int
    size: int


@dataclass
class History:
    """Calls, visits and changes of state of one account, in the order in which they happened."""

    events: list[Call | StateChange | Visit] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    visits: list[Visit] = field(default_factory=list)
    changes: int = 0
    """How many changes of state there were, and reads of stages that end after a number of them."""
    changed_at_ns: int = 0
    """When the last one was."""
    edges: Counter[Edge] = field(default_factory=Counter)
    """How often each edge of the lifecycle tables was taken, by services and by deployments."""
    answering: bool = False
    """A call is being performed, so what changes now is its doing."""
    actor: str = ""
    """Who acts now, if it is neither the caller nor time."""
    limit: Limit | None = None
    """How much is remembered; ``None`` for all."""
    forgotten: int = 0
    """How many of the oldest calls are no longer remembered."""
    forgotten_visits: int = 0
    """The same of visits."""
    size: int = 0
    """Bytes of all requests and responses."""
    _sizes: list[int] = field(default_factory=list)
    """What ``size`` was at each event, if there is a limit."""

    def follow(self, edges: tuple[Edge, ...], state: str, trigger: str) -> str:
        """Return the state that ``trigger`` leads to, and record that the edge was taken."""
        edge = take(edges, state, trigger)
        self.edges[edge] += 1
        return edge.target

    @contextmanager
    def acting(self, actor: str) -> Generator[None, None, None]:
        """Name ``actor`` as the cause of all changes inside the block."""
        before, self.actor = self.actor, actor
        try:
            yield
        finally:
            self.actor = before

    def amend(self, **changes: Any) -> None:
        """Record what the caller actually received for the latest call."""
        call = replace(self.calls[-1], **changes)
        self.events[-1] = call  # a call is noted after the changes that it begins
        self.calls[-1] = call

    def add(self, event: Call | StateChange | Visit) -> None:
        self.events.append(event)
        if isinstance(event, Call):
            self.calls.append(event)
        elif isinstance(event, Visit):
            self.visits.append(event)
        else:
            self.moved(event.at_ns)
        if self.limit is not None:
            self._forget_oldest(self.limit)

    def moved(self, at_ns: int) -> None:
        """Note that something a caller may wait for has come nearer."""
        self.changes += 1
        self.changed_at_ns = at_ns

    def _forget_oldest(self, limit: Limit) -> None:
        """Forget the oldest tenth of the history if it exceeds its limit."""
        self._sizes.append(self.size)
        if len(self.events) <= limit.events and self.size - self._sizes[0] <= limit.size:
            return
        by_number = len(self.events) - limit.events * 9 // 10
        number = max(by_number, bisect(self._sizes, self.size - limit.size * 9 // 10))
        calls = sum(isinstance(event, Call) for event in self.events[:number])
        visits = sum(isinstance(event, Visit) for event in self.events[:number])
        del self.events[:number], self._sizes[:number], self.calls[:calls], self.visits[:visits]
        self.forgotten += calls
        self.forgotten_visits += visits
