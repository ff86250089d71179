"""Work out how a deployment ends: whether its containers start, keep running and become healthy.

All functions are pure. An instant is the number of nanoseconds since the containers of the
deployment started.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Any

from ..model.catalogue import success_code_ranges
from ..model.lifecycle import FAILING_SECONDS, Stage
from ..options import LONGEST
from .clock import NANOSECONDS, to_nanoseconds
from .images import UNDESCRIBED, Image, Images
from .script import Plan

Line = tuple[int, str, str]
"""A log line: the instant, the name of the container that writes the line, and the text."""

_LONGEST_TRIAL = 30 * 60 * NANOSECONDS
"""The maximum duration of a health check, regardless of its settings (Terraform's timeout)."""


@dataclass(frozen=True)
class Container:
    """A container of a deployment, with its image and the names of its environment variables."""

    name: str
    reference: str
    image: Image
    environment: Collection[str]
    """The names of the variables, without their values, which can be secrets."""
    denied: str
    """Why the service is not allowed to pull the image, or an empty string."""


def containers_of(
    containers: Mapping[str, Any], images: Images, why_denied: Callable[[str], str] = lambda _: ""
) -> tuple[Container, ...]:
    """Return the containers of a deployment with their images. ``containers`` is in wire format."""
    return tuple(
        Container(
            name,
            reference := container["image"],
            images.find(reference),
            frozenset(container["environment"]),
            why_denied(reference),
        )
        for name, container in containers.items()
    )


_PULLING, _EVALUATING = "CREATING_DEPLOYMENT", "EVALUATING_HEALTH_CHECK"
_FAILING = to_nanoseconds(FAILING_SECONDS)
_STARTED = "Started 1 new node"
_TRIES = 3
"""How many times Lightsail starts a node whose containers exit (sources: a runbook and a user's
notes)."""
_STEADY = 30
"""The number of seconds after which running containers reach a steady state (assumed)."""


def evaluate(
    plan: Plan, running: Collection[Container], endpoint: Mapping[str, Any] | None
) -> tuple[Plan, list[Line]]:
    """Return the course of an unscripted deployment, and the log lines that its containers write.

    EVALUATING_HEALTH_CHECK lasts until the public endpoint is healthy, but at least as long as in
    ``plan``. If a container exits before the end of this step, the deployment fails. If an image
    cannot be pulled, the deployment fails before the containers start. The instants of the log
    lines are relative to the start of the containers.
    """
    for each in running:
        if each.denied or each.image.pull is not None:
            cause = f'image "{each.reference}" of "{each.name}" cannot be pulled'
            cause += f": {each.denied}" if each.denied else ""
            failing = _changed(plan, _PULLING, _FAILING, cause)
            return failing._replace(canceled=True, assumed="A74"), []
    cause = ""
    (usual,) = (to_nanoseconds(each.seconds) for each in plan.stages if each.detail == _EVALUATING)
    took = usual
    for container in (each for each in running if each.image is not UNDESCRIBED):
        if endpoint is not None and container.name == endpoint["containerName"]:
            tried, cause = _health_check(container, endpoint)
            took = tried if cause else max(usual, tried)
    lines = [(0, each.name, line) for each in running for line in each.image.log(each.environment)]
    first = min(running, key=lambda one: one.image.exits_ns(one.environment))
    exits = first.image.exits_ns(first.environment)
    if exits > took:
        assumed = "A70" if cause else "A69" if took > usual else plan.assumed
        return _changed(plan, _EVALUATING, took, cause)._replace(assumed=assumed), lines
    lines.append((int(exits), first.name, "exited with code 1"))
    apart = max(_FAILING, int(exits) * _TRIES, took) // _TRIES
    cause = f'container "{first.name}" exits {exits / NANOSECONDS:g} s after its start'
    if lacking := first.image.lacking(first.environment):
        cause += f": environment variable {lacking[0]} is not set"
    failing = _changed(plan, _EVALUATING, apart * _TRIES, cause)
    lines = [(at + nth * apart, who, line) for nth in range(_TRIES) for at, who, line in lines]
    return failing._replace(canceled=True, assumed="A71"), lines


def _changed(plan: Plan, step: str, nanoseconds: int, cause: str) -> Plan:
    """Return the plan with a new duration for a step. With a ``cause``, the plan fails at that step."""
    before, stage = _before(plan.stages, step)
    after = () if cause else plan.stages[len(before) + 1 :]
    stages = (*before, replace(stage, seconds=nanoseconds / NANOSECONDS), *after)
    return plan._replace(stages=stages, fails=bool(cause), cause=cause)


def _before(stages: tuple[Stage, ...], step: str) -> tuple[tuple[Stage, ...], Stage]:
    """Return the stages before a step, and the next stage, which is the step itself or the last stage."""
    before = tuple(takewhile(lambda stage: stage.detail != step, stages[:-1]))
    return before, stages[len(before)]


def starts_after(stages: tuple[Stage, ...], step: str = _EVALUATING) -> int:
    """Return the nanoseconds until a step begins. The default is the step that starts the containers."""
    before, _ = _before(stages, step)
    return sum(to_nanoseconds(min(stage.seconds, LONGEST)) for stage in before)


def notes(plan: Plan, nodes: int) -> Iterator[tuple[int, str]]:
    """Yield Lightsail's own log lines, each with the nanoseconds since the deployment began."""
    starts, (_, trial) = starts_after(plan.stages), _before(plan.stages, _EVALUATING)
    pulls = min(starts, starts_after(plan.stages, _PULLING))
    if plan.canceled:
        apart = to_nanoseconds(plan.stages[-1].seconds) // _TRIES
        yield from ((pulls + nth * apart, _STARTED) for nth in range(_TRIES))
    elif not plan.fails or trial.detail == _EVALUATING:
        yield from ((pulls, _STARTED) for _ in range(nodes))
        yield starts + to_nanoseconds(min(trial.seconds, _STEADY)), "Reached a steady state"


def _health_check(container: Container, endpoint: Mapping[str, Any]) -> tuple[int, str]:
    """Return the nanoseconds until a container is healthy or fails, and the reason if it fails.

    The first interval begins when the containers start. A check begins in each interval, even while
    an earlier check is still waiting for its response.
    """
    check, image, port = endpoint["healthCheck"], container.image, endpoint["containerPort"]
    timeout, interval = (
        to_nanoseconds(check[f"{name}Seconds"]) for name in ("timeout", "interval")
    )
    # Lenient assumptions allow a threshold below 1.
    needed = (max(check["healthyThreshold"], 1) - 1) * interval
    limit = max(_FAILING, min(needed + timeout, _LONGEST_TRIAL))
    checks = -(-limit // interval)
    reply = image.reply(check["path"], container.environment, port)
    first = -(-image.starts_ns // interval)
    if reply is None or first >= checks:
        last = "the last connection was refused"
    elif reply.seconds > check["timeoutSeconds"]:
        last = f"the last check timed out after {check['timeoutSeconds']:g} s"
    else:
        ranges = success_code_ranges(check["successCodes"])
        passes = any(low <= reply.status <= high for low, high in ranges)
        healthy = first * interval + needed + to_nanoseconds(reply.seconds)
        if passes and healthy <= limit:
            return healthy, ""
        last = f"the last check got {reply.status}{', too late' if passes else ''}"
    return limit, (
        f'health check GET {check["path"]} of "{container.name}": {last}, '
        f"successCodes {check['successCodes']}"
    )
