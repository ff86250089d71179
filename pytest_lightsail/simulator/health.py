"""The health check of a deployment, evaluated: against what its images do, in virtual time.

Nothing here has a state or a clock of its own. Instants are whole nanoseconds after the containers of a
deployment started; ``evaluate`` says what a deployment goes through, ``health_at`` how a running one is,
``written`` what its containers write.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from ..model.catalogue import success_code_ranges
from ..model.lifecycle import FAILING_SECONDS
from .clock import NANOSECONDS, to_nanoseconds
from .images import Image, Reply
from .registry import Images

__all__ = ["Check", "Container", "Health", "HealthCheck", "containers_of", "health_at", "written"]

Health = Literal["HEALTHY", "UNHEALTHY"]

_LONGEST_TRIAL = 30 * 60 * NANOSECONDS
"""No health check is tried for longer, whatever it asks for: Terraform waits half an hour."""


@dataclass(frozen=True)
class Container:
    """A container of a deployment: which image it runs, and what of its environment matters."""

    name: str
    reference: str
    image: Image
    known: bool
    """Whether a test has said what the image does; otherwise it passes every health check."""
    environment: Collection[str]
    """Names alone: values can be secrets."""


def containers_of(containers: Mapping[str, Any], images: Images) -> tuple[Container, ...]:
    """The containers of a deployment as on the wire, with what their images do."""
    return tuple(
        Container(
            name=name,
            reference=container["image"],
            image=images.find(container["image"]),
            known=images.strict or container["image"] in images,
            environment=frozenset(container["environment"]),
        )
        for name, container in containers.items()
    )


class Check(NamedTuple):
    """One check: when it began, when its result was known, the answer if it came in time, the result."""

    began: int
    known: int
    reply: Reply | None
    passes: bool


@dataclass(frozen=True)
class HealthCheck:
    """The health check of a public endpoint; durations in nanoseconds.

    A check begins every ``interval`` from the start of the containers on, also while an earlier one waits
    for its answer; results count in the order in which the checks began.
    """

    container: str
    port: int
    path: str
    codes: str
    timeout: int
    interval: int
    healthy: int
    unhealthy: int

    @classmethod
    def of(cls, endpoint: Mapping[str, Any]) -> HealthCheck:
        """The health check of a ``publicEndpoint`` on the wire, with all members of it."""
        check = endpoint["healthCheck"]
        return cls(
            container=endpoint["containerName"],
            port=endpoint["containerPort"],
            path=check["path"],
            codes=check["successCodes"],
            timeout=to_nanoseconds(check["timeoutSeconds"]),
            interval=to_nanoseconds(check["intervalSeconds"]),
            healthy=check["healthyThreshold"],
            unhealthy=check["unhealthyThreshold"],
        )

    @property
    def limit(self) -> int:
        """For how long a container is tried before it is given up: long enough for one that is well."""
        needed = (self.healthy - 1) * self.interval + self.timeout
        return max(to_nanoseconds(FAILING_SECONDS), min(needed, _LONGEST_TRIAL))

    def check(self, container: Container, index: int) -> Check:
        """The check number ``index``, from 0."""
        began = index * self.interval
        reply = container.image.answer_at(self.path, began, container.environment, self.port)
        if reply is None:
            return Check(began, began, None, passes=False)
        took = container.image.life.answers_after
        if took > self.timeout:
            return Check(began, began + self.timeout, None, passes=False)
        ranges = success_code_ranges(self.codes)
        passes = any(low <= reply.status <= high for low, high in ranges)
        return Check(began, began + int(took), reply, passes)

    def trial(self, container: Container) -> Iterator[Check]:
        """The checks of a container that has just started, until it is healthy or given up."""
        row, index, limit = 0, 0, self.limit
        while row < self.healthy and index * self.interval < limit:
            check = self.check(container, index)
            row = row + 1 if check.passes else 0
            index += 1
            yield check

    def health(self, container: Container, instant: int) -> Health:
        """How the container is at an instant, by the checks whose results are known then.

        It looks back for as many checks as it takes to find a row that is long enough for a threshold.
        """
        row, before = 0, False
        for index in range(self._counted(container, instant) - 1, -1, -1):
            passes = self.check(container, index).passes
            row = row + 1 if passes is before else 1
            before = passes
            if row >= (self.healthy if passes else self.unhealthy):
                return "HEALTHY" if passes else "UNHEALTHY"
        return "UNHEALTHY"

    def _counted(self, container: Container, instant: int) -> int:
        """How many checks count at an instant: those that are known, and all before them too."""
        count = max(0, (instant - self.timeout) // self.interval + 1)
        while self.check(container, count).known <= instant:
            count += 1
        return count


def health_at(
    containers: Mapping[str, Any], endpoint: Mapping[str, Any], images: Images, instant: int
) -> Health:
    """How the public endpoint of a running deployment is, by its health check.

    Args:
        containers: the containers of the deployment, as on the wire.
        endpoint: its ``publicEndpoint``, as on the wire, with all members of its health check.
        images: what images do.
        instant: nanoseconds since the containers started.

    Returns:
        ``HEALTHY`` from ``healthyThreshold`` passes in a row on, until ``unhealthyThreshold`` failures
        in a row; before the first such row ``UNHEALTHY``.
    """
    check = HealthCheck.of(endpoint)
    (container,) = containers_of({check.container: containers[check.container]}, images)
    return check.health(container, instant) if container.known else "HEALTHY"


def written(
    containers: Collection[Container], check: HealthCheck | None, begin: int, end: int
) -> list[tuple[int, str, str]]:
    """What containers write from ``begin`` to before ``end``: instant, container, line; oldest first.

    Containers whose image no test has described write nothing.
    """
    lines: list[tuple[int, str, str]] = []
    for container in containers:
        if container.known:
            logged = container.image.log(container.environment, begin, end)
            lines += [(at, container.name, line) for at, line in logged]
            if check is not None and check.container == container.name:
                lines += _accesses(container, check, begin, end)
    return sorted(lines, key=lambda line: line[0])


def _accesses(
    container: Container, check: HealthCheck, begin: int, end: int
) -> Iterator[tuple[int, str, str]]:
    """The lines of a web server's access log for the checks that it answered in time."""
    index = max(0, (begin - check.timeout) // check.interval)
    while index * check.interval < end:
        one = check.check(container, index)
        if one.reply is not None and begin <= one.known < end:
            size = len(one.reply.body) or "-"
            request = f'"GET {check.path} HTTP/1.1" {one.reply.status} {size}'
            yield one.known, container.name, f'{request} "-" "ELB-HealthChecker/2.0" "-"'
        index += 1
