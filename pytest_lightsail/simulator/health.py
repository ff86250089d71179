"""What images make of a deployment: pulling, starting, its health check, and what is written on the way.

Nothing here has a state or a clock of its own. Instants are whole nanoseconds after the containers of a
deployment started.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, NamedTuple

from ..exceptions import plural
from ..model.catalogue import success_code_ranges
from ..model.lifecycle import FAILING_SECONDS, Stage
from .clock import NANOSECONDS, to_nanoseconds
from .images import Image, Images

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
    denied: str
    """Why its image cannot be pulled, whatever the image does; empty if it can."""


def containers_of(
    containers: Mapping[str, Any], images: Images, why_denied: Callable[[str], str] = lambda _: ""
) -> tuple[Container, ...]:
    """Return the containers of a deployment, given as on the wire, with the behaviour of their images.

    ``why_denied`` returns why the service may not pull an image, and an empty text if it may.
    """
    made = []
    for name, container in containers.items():
        reference, environment = container["image"], frozenset(container["environment"])
        image, known = images.find(reference), reference in images
        denied = why_denied(reference)
        if images.strict and not known:
            denied = denied or "lightsail.images is strict and does not have it"
        made.append(Container(name, reference, image, known, environment, denied))
    return tuple(made)


def written(containers: Iterable[Container], begin: int, end: int) -> list[_Line]:
    """What containers write from ``begin`` to before ``end``: instant, container, line; oldest first."""
    lines = [
        (at, each.name, line)
        for each in containers
        for at, line in each.image.log(each.environment, begin, end)
    ]
    return sorted(lines, key=lambda line: line[0])


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
    running: Collection[Container],
    endpoint: Mapping[str, Any] | None,
    stages: tuple[Stage, ...],
) -> Rollout:
    """Return the outcome of a deployment, by what the images of its containers do.

    ``stages`` are what a deployment goes through whose images are healthy at once. Pulling the slowest
    image adds to CREATING_DEPLOYMENT; then all containers start. The step EVALUATING_HEALTH_CHECK lasts
    until the public endpoint is healthy, though never less than in ``stages``; meanwhile no container may
    exit. A timeline without these steps does both in its last one. Where no image is described, or a step
    never ends, nothing changes.
    """
    steps = _steps(stages)
    if steps is None:
        return Rollout(stages)
    if cause := _failing_pull(running):
        tried = (*stages[: steps.pull], _lasting(stages[steps.pull], _FAILING))
        end = sum(steps.seconds[: steps.pull]) + _FAILING
        return Rollout(tried, cause, end, end, canceled=True, assumed="A74")
    trial = _trial(running, endpoint, steps.seconds[steps.trial])
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
    """Return the steps of a timeline, in nanoseconds; ``None`` if it never ends."""
    if any(math.isinf(stage.seconds) for stage in stages):
        return None
    details = [stage.detail for stage in stages]
    trial = details.index(_EVALUATING) if _EVALUATING in details else len(stages) - 1
    pull = details.index(_PULLING) if _PULLING in details[:trial] else trial
    return _Steps(tuple(to_nanoseconds(stage.seconds) for stage in stages), pull, trial)


def _lasting(stage: Stage, nanoseconds: int) -> Stage:
    # One that ends by reads is of a script, which goes before images.
    return stage if stage.polls else replace(stage, seconds=nanoseconds / NANOSECONDS)


class _Trial(NamedTuple):
    """How containers do once they have started: for how long, why they are given up, what they write."""

    took: int
    cause: str
    lines: list[_Line]
    tries: int = 1


def _failing_pull(running: Collection[Container]) -> str:
    """Return why an image cannot be pulled, the first of them; empty if all can be."""
    for container in running:
        whose = f'image "{container.reference}" of "{container.name}"'
        if container.denied:
            return f"{whose} cannot be pulled: {container.denied}"
        if container.image.pull is not None:
            return f"{whose} cannot be pulled"
        if container.image.pull_seconds > FAILING_SECONDS:
            return f"{whose} is still being pulled after {FAILING_SECONDS:g} s"
    return ""


def _trial(
    running: Collection[Container], endpoint: Mapping[str, Any] | None, least: int
) -> _Trial:
    """Try containers that have started; those that exit before they are healthy start three times."""
    took, cause = least, ""
    for container in running:
        if endpoint is not None and container.name == endpoint["containerName"] and container.known:
            tried, cause = _health_check(container, endpoint)
            took = tried if cause else max(least, tried)
    first = min(running, key=lambda one: one.image.first_exit(one.environment))
    exits = first.image.first_exit(first.environment)
    if exits > took:
        return _Trial(took, cause, written(running, 0, took if cause else took + 1))
    apart = max(_FAILING, int(exits) * _TRIES, took) // _TRIES
    once = written(running, 0, int(exits) + 1)
    lines = [(at + number * apart, who, line) for number in range(_TRIES) for at, who, line in once]
    return _Trial(apart * _TRIES, f'container "{first.name}" {_exit(first)}', lines, _TRIES)


def _health_check(container: Container, endpoint: Mapping[str, Any]) -> tuple[int, str]:
    """Return after how long a container that stays up is healthy, or given up, and why that is.

    A check begins every interval from the start of the containers on, also while an earlier one waits for
    its answer.
    """
    check, image, port = endpoint["healthCheck"], container.image, endpoint["containerPort"]
    timeout, interval = (
        to_nanoseconds(check[f"{name}Seconds"]) for name in ("timeout", "interval")
    )
    # Less than one is let through only where assumptions are lenient.
    wanted = max(check["healthyThreshold"], 1)
    needed = (wanted - 1) * interval
    limit = max(_FAILING, min(needed + timeout, _LONGEST_TRIAL))
    checks = -(-limit // interval)
    reply = image.reply(check["path"], container.environment, port)
    first = next((at for at in range(checks) if at * interval >= image.starts_ns), checks)
    passes = False
    if reply is None or first == checks:
        said = "last connection refused"
    elif image.answers_ns > timeout:
        said = f"last timed out after {check['timeoutSeconds']:g} s"
    else:
        ranges = success_code_ranges(check["successCodes"])
        passes = any(low <= reply.status <= high for low, high in ranges)
        said = f"last answer {reply.status}"
        healthy = first * interval + needed + int(image.answers_ns)
        if passes and healthy <= limit:
            return healthy, ""
    cause = (
        f'health check GET {check["path"]} of "{container.name}": {plural(checks, "check")}, {said}, '
        f"successCodes {check['successCodes']}"
    )
    if passes:
        cause += f", not {wanted} passed in a row within {limit / NANOSECONDS:g} s"
    if image.port not in {None, port}:
        cause += f"; it listens on port {image.port}, not on {port}"
    return limit, cause


def _exit(container: Container) -> str:
    lacking = container.image.lacking(container.environment)
    if lacking:
        return f"exits at once: environment variable {lacking[0]} is not set"
    return (
        f"exits {container.image.exits:g} s after its start, with code {container.image.exit_code}"
    )
