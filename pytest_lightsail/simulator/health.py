"""Work out from the images of a deployment how it ends: pulls, starts, health checks and logs.

All functions are pure. Instants are whole nanoseconds since the containers of the deployment
started.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, NamedTuple

from ..exceptions import plural
from ..model.catalogue import success_code_ranges
from ..model.lifecycle import FAILING_SECONDS, Stage
from .clock import NANOSECONDS, to_nanoseconds
from .images import Image, Images

Line = tuple[int, str, str]
"""An instant, the name of a container, and the line that it writes."""

_LONGEST_TRIAL = 30 * 60 * NANOSECONDS
"""The maximum duration of a health check, whatever its settings (Terraform's timeout)."""


@dataclass(frozen=True)
class Container:
    """A container of a deployment, with its image and the names of its environment variables."""

    name: str
    reference: str
    image: Image
    known: bool
    """Whether a test has described the image. If not, the container passes all health checks."""
    environment: Collection[str]
    """Only the names of the variables, because their values can be secrets."""
    denied: str
    """Why the service may not pull the image, or an empty string."""


def containers_of(
    containers: Mapping[str, Any], images: Images, why_denied: Callable[[str], str] = lambda _: ""
) -> tuple[Container, ...]:
    """Return the containers of a deployment with their images. ``containers`` is in wire format.

    ``why_denied`` takes the reference of an image. It returns why the service may not pull the
    image, or an empty string.
    """
    made = []
    for name, container in containers.items():
        reference, environment = container["image"], frozenset(container["environment"])
        image, known = images.find(reference), reference in images
        denied = why_denied(reference)
        if images.strict and not known:
            denied = denied or "lightsail.images is strict and does not contain it"
        made.append(Container(name, reference, image, known, environment, denied))
    return tuple(made)


_PULLING, _EVALUATING = "CREATING_DEPLOYMENT", "EVALUATING_HEALTH_CHECK"
_FAILING = to_nanoseconds(FAILING_SECONDS)
_STARTED = "Started 1 new node"
_TRIES = 3
"""How many times Lightsail starts a node whose containers exit (from a runbook and a user's
notes)."""
_STEADY = 30 * NANOSECONDS
"""The time after which containers that have not exited count as being in a steady state
(assumed)."""


@dataclass(frozen=True)
class Rollout:
    """The outcome of a deployment.

    Attributes:
        stages: the stages of the deployment. If it fails, it fails at the last stage.
        cause: why the deployment fails, in one line, or an empty string if it succeeds.
        starts_after: nanoseconds from the beginning of the deployment until the containers start.
        decided_after: nanoseconds from the beginning until the health of the containers is decided.
        lines: the lines that the containers write up to that time.
        canceled: whether the deployment fails because its containers do not start.
        assumed: the id of the assumption about the duration, or an empty string if the images do
            not change it.
    """

    stages: tuple[Stage, ...]
    cause: str = ""
    starts_after: int = 0
    decided_after: int = 0
    lines: tuple[Line, ...] = ()
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
    """Return the outcome of a deployment, as its images determine it.

    ``stages`` are the stages of a deployment whose images are all healthy immediately. Pulling the
    slowest image makes CREATING_DEPLOYMENT longer. Then all containers start.
    EVALUATING_HEALTH_CHECK lasts until the public endpoint is healthy, but at least as long as in
    ``stages``. No container may exit until then. If ``stages`` has neither of these steps, its last
    stage stands for both. If no image is described, or a step never ends, the stages stay as they
    are.
    """
    steps = _steps(stages)
    if steps is None:
        return Rollout(stages)
    if cause := _failing_pull(running):
        tried = (*stages[: steps.pull], _lasting(stages[steps.pull], _FAILING))
        end = sum(steps.lasting[: steps.pull]) + _FAILING
        return Rollout(tried, cause, end, end, canceled=True, assumed="A74")
    trial = _trial(running, endpoint, steps.lasting[steps.trial])
    pulling = max(to_nanoseconds(one.image.pull_seconds) for one in running)
    starts = sum(steps.lasting[: steps.trial]) + pulling
    lasting = list(steps.lasting)
    lasting[steps.trial] = trial.took
    lasting[steps.pull] += pulling
    after = tuple(map(_lasting, stages, lasting))
    longer = "A69" if trial.took > steps.lasting[steps.trial] else ""
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
    """Yield the lines that Lightsail itself writes during the stages, with their instants."""
    steps, details = _steps(stages), [stage.detail for stage in stages]
    if steps is None:
        return
    begins, starts = (sum(steps.lasting[:step]) for step in (steps.pull, steps.trial))
    if canceled:
        apart = steps.lasting[-1] // _TRIES
        yield from ((begins + number * apart, _STARTED) for number in range(_TRIES))
    elif not fails or _EVALUATING in details or not any(details):
        yield from ((begins, _STARTED) for _ in range(nodes))
        yield starts + min(steps.lasting[steps.trial], _STEADY), "Reached a steady state"


class _Steps(NamedTuple):
    """The durations of the stages of a deployment, and the indices of two stages.

    Images are pulled in stage ``pull``, and health is evaluated in stage ``trial``.
    """

    lasting: tuple[int, ...]
    """The durations, in nanoseconds."""
    pull: int
    trial: int


@lru_cache(maxsize=64)
def _steps(stages: tuple[Stage, ...]) -> _Steps | None:
    """Return the durations of the stages, or ``None`` if a stage never ends."""
    if any(math.isinf(stage.seconds) for stage in stages):
        return None
    details = [stage.detail for stage in stages]
    trial = details.index(_EVALUATING) if _EVALUATING in details else len(stages) - 1
    pull = details.index(_PULLING) if _PULLING in details[:trial] else trial
    return _Steps(tuple(to_nanoseconds(stage.seconds) for stage in stages), pull, trial)


def _lasting(stage: Stage, nanoseconds: int) -> Stage:
    # Only a script makes a stage end after a number of reads, and scripts override images.
    return stage if stage.polls else replace(stage, seconds=nanoseconds / NANOSECONDS)


class _Trial(NamedTuple):
    """The outcome of starting a deployment's containers. ``cause`` is why they fail."""

    took: int
    cause: str
    lines: list[Line]
    tries: int = 1


def _failing_pull(running: Collection[Container]) -> str:
    """Return the reason why an image cannot be pulled, or an empty string."""
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
    """Return the outcome of a start. If one container exits too early, all start three times."""
    took, cause = least, ""
    for container in running:
        if endpoint is not None and container.name == endpoint["containerName"] and container.known:
            tried, cause = _health_check(container, endpoint)
            took = tried if cause else max(least, tried)
    once = [(0, each.name, line) for each in running for line in each.image.log(each.environment)]
    first = min(running, key=lambda one: one.image.exits_ns(one.environment))
    exits = first.image.exits_ns(first.environment)
    if exits > took:
        return _Trial(took, cause, once)
    once.append((int(exits), first.name, f"exited with code {first.image.exit_code}"))
    apart = max(_FAILING, int(exits) * _TRIES, took) // _TRIES
    lines = [(at + number * apart, who, line) for number in range(_TRIES) for at, who, line in once]
    return _Trial(apart * _TRIES, f'container "{first.name}" {_exit(first)}', lines, _TRIES)


def _health_check(container: Container, endpoint: Mapping[str, Any]) -> tuple[int, str]:
    """Return when a container that does not exit becomes healthy or fails, and why it fails.

    The first interval begins when the containers start. A check begins in each interval, even while
    an earlier check waits for its response.
    """
    check, image, port = endpoint["healthCheck"], container.image, endpoint["containerPort"]
    timeout, interval = (
        to_nanoseconds(check[f"{name}Seconds"]) for name in ("timeout", "interval")
    )
    # Lenient assumptions allow a threshold below 1.
    wanted = max(check["healthyThreshold"], 1)
    needed = (wanted - 1) * interval
    limit = max(_FAILING, min(needed + timeout, _LONGEST_TRIAL))
    checks = -(-limit // interval)
    reply = image.reply(check["path"], container.environment, port)
    first = next((at for at in range(checks) if at * interval >= image.starts_ns), checks)
    passes = False
    if reply is None or first == checks:
        last = "the last connection was refused"
    elif image.answers_ns > timeout:
        last = f"the last timed out after {check['timeoutSeconds']:g} s"
    else:
        ranges = success_code_ranges(check["successCodes"])
        passes = any(low <= reply.status <= high for low, high in ranges)
        last = f"the last got {reply.status}"
        healthy = first * interval + needed + int(image.answers_ns)
        if passes and healthy <= limit:
            return healthy, ""
    cause = (
        f'health check GET {check["path"]} of "{container.name}": {plural(checks, "check")}, {last}, '
        f"successCodes {check['successCodes']}"
    )
    if passes:
        cause += f", fewer than {wanted} passed in a row within {limit / NANOSECONDS:g} s"
    if image.port not in {None, port}:
        cause += f"; the container listens on port {image.port}, not on {port}"
    return limit, cause


def _exit(container: Container) -> str:
    lacking = container.image.lacking(container.environment)
    if lacking:
        return f"exits at once: environment variable {lacking[0]} is not set"
    return (
        f"exits {container.image.exits:g} s after its start, with code {container.image.exit_code}"
    )
