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
            # Less than one is let through only where assumptions are lenient.
            healthy=max(check["healthyThreshold"], 1),
            unhealthy=max(check["unhealthyThreshold"], 1),
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
_STARTED = "Started 1 new node"
_TRIES = 3
"""How often Lightsail starts a node that does not come up (a runbook, and notes of another user)."""
_STEADY = 30 * NANOSECONDS
"""After how long containers that stay up count as steady (assumed)."""


@dataclass(frozen=True)
class Rollout:
    """The outcome of a deployment.

    Attributes:
        stages: what it goes through, up to where it fails if it does.
        cause: why it fails, in one line; empty if it does not.
        starts_after: from its beginning until its containers start, in nanoseconds.
        decided_after: until their health is decided.
        lines: what its containers write until then: when, which one, and the line.
        canceled: it fails because its containers do not come up.
        assumed: the row of docs/assumptions.md that says how long it takes; empty if no image matters.
    """

    stages: tuple[Stage, ...]
    cause: str = ""
    starts_after: int = 0
    decided_after: int = 0
    lines: tuple[_Line, ...] = ()
    canceled: bool = False
    assumed: str = ""

    @property
    def fails(self) -> bool:
        return bool(self.cause)


def evaluate(
    containers: Mapping[str, Any],
    endpoint: Mapping[str, Any] | None,
    images: Images,
    stages: tuple[Stage, ...],
    denied: Mapping[str, str] | None = None,
) -> Rollout:
    """Return the outcome of a deployment, by what its images do.

    ``stages`` are what a deployment goes through whose images are healthy at once. Pulling the slowest
    image adds to CREATING_DEPLOYMENT; then all containers start. The step EVALUATING_HEALTH_CHECK lasts
    until the public endpoint is healthy, though never less than in ``stages``; meanwhile no container may
    exit. A timeline without these steps does both in its last one. Where no image is described, or a step
    never ends, nothing changes. ``denied`` is why the service may not pull images, by reference.
    """
    running, steps = containers_of(containers, images), _steps(stages)
    if steps is None:
        return Rollout(stages)
    if cause := _failing_pull(running, images, denied or {}):
        tried = (*stages[: steps.pull], _lasting(stages[steps.pull], _FAILING))
        end = sum(steps.seconds[: steps.pull]) + _FAILING
        return Rollout(tried, cause, end, end, canceled=True, assumed="A74")
    if not any(container.known for container in running):
        return Rollout(stages, starts_after=sum(steps.seconds[: steps.trial]))
    check = None if endpoint is None else HealthCheck.of(endpoint)
    trial = _trial(running, check, steps.seconds[steps.trial])
    pulling = max(to_nanoseconds(one.image.pull_seconds) for one in running)
    starts = sum(steps.seconds[: steps.trial]) + pulling
    lasting = list(steps.seconds)
    lasting[steps.trial] = trial.took
    lasting[steps.pull] += pulling
    after = tuple(map(_lasting, stages, lasting))
    longer = "A69" if trial.took > steps.seconds[steps.trial] else ""
    return Rollout(
        after[: steps.trial + 1] if trial.cause else after,
        trial.cause,
        starts,
        starts + trial.took,
        tuple((starts + at, container, line) for at, container, line in trial.lines),
        canceled=trial.tries > 1,
        assumed="A71" if trial.tries > 1 else "A70" if trial.cause else longer,
    )


def notes(
    stages: tuple[Stage, ...], nodes: int, *, fails: bool, canceled: bool
) -> Iterator[tuple[int, str]]:
    """Yield what Lightsail itself writes on the way through stages: when, and the line."""
    steps, details = _steps(stages), [stage.detail for stage in stages]
    if steps is None:
        return
    begins, starts = (sum(steps.seconds[:step]) for step in (steps.pull, steps.trial))
    if canceled:
        apart = steps.seconds[-1] // _TRIES
        yield from ((begins + number * apart, _STARTED) for number in range(_TRIES))
    elif not fails or _EVALUATING in details or not any(details):
        yield from ((begins, _STARTED) for _ in range(nodes))
        yield starts + min(steps.seconds[steps.trial], _STEADY), "Reached a steady state"


class _Steps(NamedTuple):
    """How long each step of a timeline lasts, and in which one images are pulled, or health evaluated."""

    seconds: tuple[int, ...]
    pull: int
    trial: int


@lru_cache(maxsize=64)
def _steps(stages: tuple[Stage, ...]) -> _Steps | None:
    """The steps of a timeline, in nanoseconds; ``None`` if it never ends."""
    if any(math.isinf(stage.seconds) for stage in stages):
        return None
    details = [stage.detail for stage in stages]
    trial = details.index(_EVALUATING) if _EVALUATING in details else len(stages) - 1
    pull = details.index(_PULLING) if _PULLING in details[:trial] else trial
    return _Steps(tuple(to_nanoseconds(stage.seconds) for stage in stages), pull, trial)


def _lasting(stage: Stage, nanoseconds: int) -> Stage:
    return replace(stage, seconds=nanoseconds / NANOSECONDS)


class _Trial(NamedTuple):
    """How containers do once they have started: for how long, why they are given up, what they write."""

    took: int
    cause: str
    lines: list[_Line]
    tries: int = 1


def _failing_pull(running: Collection[Container], images: Images, denied: Mapping[str, str]) -> str:
    """Return why an image cannot be pulled, the first of them; empty if all can be."""
    for container in running:
        whose = f'image "{container.reference}" of "{container.name}"'
        if container.reference in denied:
            return f"{whose} cannot be pulled: {denied[container.reference]}"
        if container.image.pull is not None:
            unknown = images.strict and container.reference not in images
            why = ": lightsail.images is strict and does not have it" if unknown else ""
            return f"{whose} cannot be pulled{why}"
        if container.image.pull_seconds > FAILING_SECONDS:
            return f"{whose} is still being pulled after {FAILING_SECONDS:g} s"
    return ""


def _trial(running: Collection[Container], check: HealthCheck | None, least: int) -> _Trial:
    """Try containers that have started; those that exit before they are healthy start three times."""
    took, limit, cause = least, _FAILING, ""
    for container in running:
        if check is not None and container.name == check.container and container.known:
            checks, limit = list(check.trial(container)), check.limit
            took = max(took, *(one.known for one in checks))
            if not _is_healthy(checks, check):
                took, cause = limit, _never_healthy(container, check, checks)
    first = min(running, key=lambda one: one.image.first_exit(one.environment))
    exits = first.image.first_exit(first.environment)
    if exits > took:
        # The check that decides it writes its line at the very end.
        return _Trial(took, cause, written(running, check, 0, took if cause else took + 1))
    apart = max(limit, int(exits) * _TRIES, took) // _TRIES
    once = written(running, check, 0, int(exits) + 1)
    lines = [(at + number * apart, who, line) for number in range(_TRIES) for at, who, line in once]
    return _Trial(apart * _TRIES, f'container "{first.name}" {_exit(first)}', lines, _TRIES)


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
    return cause


def _exit(container: Container) -> str:
    lacking = container.image.lacking(container.environment)
    if lacking:
        return f"exits at once: environment variable {lacking[0]} is not set"
    return (
        f"exits {container.image.exits:g} s after its start, with code {container.image.exit_code}"
    )
