"""What images make of a deployment: pulling, starting, its health check, and what is written on the way.

Nothing here has a state or a clock of its own. Instants are whole nanoseconds after the containers of a
deployment started.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from ..model.catalogue import success_code_ranges
from ..model.lifecycle import FAILING_SECONDS, Stage
from ..wording import plural
from .clock import NANOSECONDS, to_nanoseconds
from .images import Image, Images, Reply

Health = Literal["HEALTHY", "UNHEALTHY"]
_Line = tuple[int, str, str]
"""An instant, the name of a container, and what it writes."""

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
        """Return how the container is at an instant, by the checks whose results are known then."""
        row, before = 0, False
        # As far back as it takes to find a row that is long enough for a threshold.
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


def written(
    containers: Collection[Container], check: HealthCheck | None, begin: int, end: int
) -> list[_Line]:
    """What containers write from ``begin`` to before ``end``: instant, container, line; oldest first.

    Containers whose image no test has described write nothing.
    """
    lines: list[_Line] = []
    for container in containers:
        if container.known:
            logged = container.image.log(container.environment, begin, end)
            lines += [(at, container.name, line) for at, line in logged]
            if check is not None and check.container == container.name:
                lines += _accesses(container, check, begin, end)
    return sorted(lines, key=lambda line: line[0])


def _accesses(container: Container, check: HealthCheck, begin: int, end: int) -> Iterator[_Line]:
    """The lines of a web server's access log for the checks that it answered in time."""
    index = max(0, (begin - check.timeout) // check.interval)
    while index * check.interval < end:
        one = check.check(container, index)
        if one.reply is not None and begin <= one.known < end:
            size = len(one.reply.body) or "-"
            request = f'"GET {check.path} HTTP/1.1" {one.reply.status} {size}'
            yield one.known, container.name, f'{request} "-" "ELB-HealthChecker/2.0" "-"'
        index += 1


_PULLING, _EVALUATING = "CREATING_DEPLOYMENT", "EVALUATING_HEALTH_CHECK"
_FAILING = to_nanoseconds(FAILING_SECONDS)


@dataclass(frozen=True)
class Rollout:
    """The outcome of a deployment.

    Attributes:
        stages: what it goes through, up to where it fails if it does.
        cause: why it fails, in one line; empty if it does not.
        starts_after: from its beginning until its containers start, in nanoseconds.
        decided_after: until their health is decided.
        lines: what its containers write until then: when, which one, and the line. They start once more
            for every exit.
        load: percent of CPU and of memory that its containers use together, at most 100.
    """

    stages: tuple[Stage, ...]
    cause: str = ""
    starts_after: int = 0
    decided_after: int = 0
    lines: tuple[_Line, ...] = ()
    load: tuple[float, float] = (0.0, 0.0)

    @property
    def fails(self) -> bool:
        return bool(self.cause)


def evaluate(
    containers: Mapping[str, Any],
    endpoint: Mapping[str, Any] | None,
    images: Images,
    stages: tuple[Stage, ...],
) -> Rollout:
    """Return the outcome of a deployment, by what its images do.

    ``stages`` are what a deployment goes through whose images are healthy at once. Pulling the slowest
    image adds to CREATING_DEPLOYMENT; then all containers start. The step EVALUATING_HEALTH_CHECK lasts
    until the public endpoint is healthy, though never less than in ``stages``; meanwhile no container may
    exit. A timeline without these steps does both in its last one. Where no image is described, or a step
    never ends, nothing changes.
    """
    running = containers_of(containers, images)
    timeline = _timeline(stages)
    load = (
        min(sum(each.image.cpu for each in running), 100.0),
        min(sum(each.image.memory for each in running), 100.0),
    )
    if timeline is None or not any(container.known for container in running):
        begins = 0 if timeline is None else timeline.starts
        return Rollout(stages, starts_after=begins, load=load)
    failed = _failing_pull(running, images)
    if failed is not None:
        return timeline.ends_pulling(*failed)
    check = None if endpoint is None else HealthCheck.of(endpoint)
    pulling = max(to_nanoseconds(container.image.pull_seconds) for container in running)
    took, cause = _trial(running, check, timeline.seconds[timeline.trial])
    # The check that decides it writes its line at the very end.
    lines = written(running, check, 0, took if cause else took + 1)
    return replace(timeline.ends_evaluating(pulling, took, cause, lines), load=load)


class _Timeline(NamedTuple):
    """A timeline, and where in it images are pulled and health is evaluated; in nanoseconds."""

    stages: tuple[Stage, ...]
    seconds: tuple[int, ...]
    pull: int
    trial: int

    @property
    def starts(self) -> int:
        return sum(self.seconds[: self.trial])

    def ends_pulling(self, took: int, container: str, cause: str, line: str) -> Rollout:
        # One that fails for want of time fails after that time, any other as soon as it is known.
        begins = took == _FAILING or self.pull == self.trial
        lasted = took if begins else self.seconds[self.pull] + took
        end = sum(self.seconds[: self.pull]) + lasted
        stages = (*self.stages[: self.pull], _lasting(self.stages[self.pull], lasted))
        return Rollout(stages, cause, end, end, ((end, container, line),))

    def ends_evaluating(
        self, pulling: int, took: int, cause: str, lines: Sequence[_Line]
    ) -> Rollout:
        lasting = list(self.seconds)
        lasting[self.trial] = took
        lasting[self.pull] += pulling
        stages = tuple(map(_lasting, self.stages, lasting))
        starts = self.starts + pulling
        shown = stages[: self.trial + 1] if cause else stages
        since_start = tuple((starts + at, container, line) for at, container, line in lines)
        return Rollout(shown, cause, starts, starts + took, since_start)


@lru_cache(maxsize=64)
def _timeline(stages: tuple[Stage, ...]) -> _Timeline | None:
    """The steps of a timeline; ``None`` if it never ends."""
    if any(math.isinf(stage.seconds) for stage in stages):
        return None
    details = [stage.detail for stage in stages]
    trial = details.index(_EVALUATING) if _EVALUATING in details else len(stages) - 1
    pull = details.index(_PULLING) if _PULLING in details[:trial] else trial
    return _Timeline(stages, tuple(to_nanoseconds(stage.seconds) for stage in stages), pull, trial)


def _lasting(stage: Stage, nanoseconds: int) -> Stage:
    return replace(stage, seconds=nanoseconds / NANOSECONDS)


def _failing_pull(
    running: Collection[Container], images: Images
) -> tuple[int, str, str, str] | None:
    """The first pull that fails: after how long, of which container, why, and the line in its log."""
    failing = []
    for container in running:
        seconds = container.image.pull_seconds
        what = f'image "{container.reference}"'
        whose = f'{what} of "{container.name}"'
        if seconds > FAILING_SECONDS:
            lasts = f"is still being pulled after {FAILING_SECONDS:g} s"
            failing.append((_FAILING, container.name, f"{whose} {lasts}", f"{what} {lasts}"))
        elif container.image.pull is not None:
            unknown = images.strict and container.reference not in images
            why = ": lightsail.images is strict and does not have it" if unknown else ""
            line = f"{what} cannot be pulled"
            cause = f"{whose} cannot be pulled{why}"
            failing.append((to_nanoseconds(seconds), container.name, cause, line))
    return min(failing, key=lambda one: one[0], default=None)


def _trial(
    running: Collection[Container], check: HealthCheck | None, least: int
) -> tuple[int, str]:
    """How long containers are tried once they have started, and why they are given up, if they are."""
    took, limit = least, _FAILING
    for container in running:
        if check is not None and container.name == check.container and container.known:
            checks, limit = list(check.trial(container)), check.limit
            took = max(took, *(one.known for one in checks))
            if not _is_healthy(checks, check):
                return limit, _never_healthy(container, check, checks)
    for container in running:
        if container.image.first_exit(container.environment) <= took:
            return max(limit, took), f'container "{container.name}" {_exit(container)}'
    return took, ""


def _is_healthy(checks: Sequence[Check], check: HealthCheck) -> bool:
    last = checks[-check.healthy :]
    in_time = max(one.known for one in checks) <= check.limit
    return len(last) == check.healthy and all(one.passes for one in last) and in_time


def _never_healthy(container: Container, check: HealthCheck, checks: Sequence[Check]) -> str:
    last = checks[-1]
    if last.reply is not None:
        said = f"last answer {last.reply.status}"
    elif last.known > last.began:
        said = f"last without answer in {check.timeout / NANOSECONDS:g} s"
    else:
        said = "last connection refused"
    count = plural(len(checks), "check")
    cause = (
        f'health check GET {check.path} of "{container.name}": {count}, {said}, '
        f"successCodes {check.codes}"
    )
    if any(one.passes for one in checks):
        within = f"within {check.limit / NANOSECONDS:g} s"
        cause += f", not {check.healthy} passed in a row {within}"
    if container.image.port not in {None, check.port}:
        cause += f"; it listens on port {container.image.port}, not on {check.port}"
    exits = container.image.first_exit(container.environment)
    return cause if math.isinf(exits) else f"{cause}; it {_exit(container)}"


def _exit(container: Container) -> str:
    lacking = container.image.lacking(container.environment)
    if lacking:
        return f"exits at once: environment variable {lacking[0]} is not set"
    return (
        f"exits {container.image.exits:g} s after its start, with code {container.image.exit_code}"
    )
