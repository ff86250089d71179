"""Image descriptions, which determine how containers behave and how deployments proceed.

The functions at the end of this module decide whether the containers of a deployment start, keep
running and become healthy. An instant is the number of nanoseconds since the containers started.
"""

from __future__ import annotations

import math
from collections import UserDict
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, fields
from itertools import takewhile
from typing import Any, NoReturn
from urllib.parse import unquote

from ..exceptions import Assignable, ConfigurationError, unknown_resource
from ..model.catalogue import success_code_ranges
from ..model.lifecycle import FAILING_SECONDS, Stage
from ..model.service import is_duration
from ..options import LONGEST
from . import prepared
from .clock import NANOSECONDS, to_nanoseconds
from .prepared import Read, expecting, read_argument
from .script import Plan

Responds = int | str | bytes | tuple[int, str | bytes]
"""The response to a GET request: a status, a body (with status 200), or a ``(status, body)`` tuple."""

_OK, _NOT_FOUND = 200, 404
_FINAL = range(_OK, 600)
"""The statuses that an image can respond with. Responses with a status below 200 are not final (RFC
9110, section 15)."""


@dataclass(frozen=True, kw_only=True)
class Image:
    """Describes how an image's containers behave. By default, containers respond with status 200.

    The description determines whether a deployment passes its health check. Health checks run in
    virtual time.

    >>> image = Image(responds={"/health": 200, "/": "hello"}, starts_after=40)

    Attributes:
        responds: a status, a body as a string or bytes (with status 200), or a ``(status, body)``
            tuple. To respond differently to each path, pass a mapping from paths (without a query) to
            responses. The response for any other path has status 404. Percent-encoding does not matter:
            ``/a b`` and ``/a%20b`` are the same path.
        starts_after: the number of seconds before the container starts listening, or ``math.inf``.
        exits: the number of seconds after which the container exits. A deployment fails if a
            container exits before the deployment is healthy. Healthy deployments ignore exits.
        pull: ``"fails"`` if the image cannot be pulled.
        needs_env: names of required environment variables. If a variable is missing, the container
            exits immediately. The values of the variables do not matter.
        logs: the lines that the container writes each time it starts.
        optional: if true, the test does not fail when no deployment runs the image.

    Raises:
        ConfigurationError: an argument has an invalid value.
    """

    responds: Responds | Mapping[str, Responds] = field(default=_OK, hash=False)
    starts_after: float = 0
    exits: float | None = None
    pull: str | None = None
    needs_env: tuple[str, ...] = ()
    logs: tuple[str, ...] = ()
    optional: bool = field(default=False, compare=False)

    def __post_init__(self) -> None:
        for each in fields(self):
            value = getattr(self, each.name)
            if value is not each.default:
                read_argument("Image", each.name, _READS[each.name], value)
            # Copy lists and mappings, because the test may change the originals.
            kept = tuple(value) if isinstance(value, list) else value
            object.__setattr__(self, each.name, dict(kept) if isinstance(kept, Mapping) else kept)


def _status_and_body(response: Any) -> tuple[int, bytes]:
    if isinstance(response, int):
        response = response, b""
    elif isinstance(response, (str, bytes)):
        response = _OK, response
    match response:
        case (status, str() | bytes() as body) if type(status) is int and status in _FINAL:
            return status, body.encode() if isinstance(body, str) else body
    raise ValueError(
        f"a status from {_FINAL[0]} to {_FINAL[-1]}, a body, a (status, body) tuple, or a mapping from "
        "paths to responses, for example {'/health': 200}"
    )


def _responds(value: Any) -> Any:
    for path, response in value.items() if isinstance(value, Mapping) else [("/", value)]:
        if not isinstance(path, str) or path[:1] != "/" or "?" in path:
            raise ValueError("paths that start with '/' and contain no query")
        _status_and_body(response)
    return value


_READS: Mapping[str, Read] = {
    "responds": _responds,
    "starts_after": expecting(
        "0 or more seconds", lambda value: value == math.inf or is_duration(value)
    ),
    "exits": prepared.seconds,
    "pull": expecting("'fails'", lambda value: value == "fails"),
    "needs_env": prepared.texts,
    "logs": prepared.texts,
    "optional": prepared.switch,
}

UNDESCRIBED = Image()
"""Used for containers whose image the test does not describe. All their health checks succeed."""


@dataclass(frozen=True)
class Container:
    """A container in a deployment. The container behaves as its ``Image`` describes."""

    name: str
    image: Image
    lacking: list[str]
    """The names of the required environment variables that are missing."""
    not_pulled: str
    """The reason why the image cannot be pulled, or an empty string."""

    @property
    def starts_ns(self) -> int:
        """The number of nanoseconds until the container listens. ``LONGEST`` means never."""
        return to_nanoseconds(LONGEST if self.lacking else min(self.image.starts_after, LONGEST))

    @property
    def exits_ns(self) -> int | float:
        """The number of nanoseconds after which the container exits, or infinity."""
        if self.lacking:
            return 0
        return math.inf if self.image.exits is None else to_nanoseconds(self.image.exits)

    @property
    def log(self) -> list[str]:
        """The lines that the container writes when it starts."""
        missing = (f"environment variable {name} is not set" for name in self.lacking)
        return [*self.image.logs, *missing]

    def reply(self, path: str) -> tuple[int, bytes]:
        """Return the status and body for a GET request. The query of ``path`` is ignored."""
        response: Any = self.image.responds
        if isinstance(response, Mapping):
            by_path = {unquote(known): each for known, each in response.items()}
            response = by_path.get(unquote(path.partition("?")[0]), _NOT_FOUND)
        return _status_and_body(response)


class Images(Assignable, UserDict[str, Image]):
    """The images that a test describes, keyed by the references that deployments use.

    As a key, ``nginx`` also stands for ``nginx:latest``, and vice versa. ``:shop.web.3`` and
    ``:shop.web.latest`` are different images. The test fails if an image is not ``optional`` and no
    deployment runs it.

    >>> images = Images()
    >>> images["nginx"] = Image(responds=503)
    >>> images["nginx"].responds
    503
    """

    def __init__(self) -> None:
        super().__init__()
        self._run: set[str] = set()

    def run(
        self, containers: Mapping[str, Any], why_denied: Callable[[str], str] = lambda _: ""
    ) -> tuple[Container, ...]:
        """Return the containers of a deployment, and record their images as used.

        Args:
            containers: the containers of the deployment, in wire format.
            why_denied: a function that takes an image's reference and returns the reason why the
                service may not pull the image, or an empty string.
        """
        running = []
        for name, container in containers.items():
            reference = container["image"]
            untagged = reference.removesuffix(":latest")
            names = (reference, untagged, f"{untagged}:latest")
            key = next((each for each in names if each in self.data), reference)
            self._run.add(key)
            image = self.data.get(key, UNDESCRIBED)
            lacking = [each for each in image.needs_env if each not in container["environment"]]
            why = why_denied(reference)
            if image.pull is not None:
                why = why or f"pull={image.pull!r}"
            not_pulled = f'image "{reference}" of "{name}" cannot be pulled: {why}' if why else ""
            running.append(Container(name, image, lacking, not_pulled))
        return tuple(running)

    def unused(self) -> list[str]:
        """List the described images that are not optional and that no deployment has run."""
        return [
            f"images[{reference!r}]"
            for reference, image in self.items()
            if not (image.optional or reference in self._run)
        ]

    def __missing__(self, reference: str) -> NoReturn:
        raise unknown_resource("image", reference, self)

    def __setitem__(self, reference: str, image: Image) -> None:
        if not isinstance(image, Image):
            raise ConfigurationError(f"images[{reference!r}]: expected an Image(…), not {image!r}")
        super().__setitem__(reference, image)
        self._run.discard(reference)


# --- the course of a deployment ----------------------------------------------------------------------

Line = tuple[int, str, str]
"""A log line: the instant, the name of the container that writes the line, and the text."""

_PULLING, _EVALUATING = "CREATING_DEPLOYMENT", "EVALUATING_HEALTH_CHECK"
_FAILING = to_nanoseconds(FAILING_SECONDS)
_LONGEST_TRIAL = 30 * 60 * NANOSECONDS
"""The maximum duration of any health check (source: Terraform's timeout)."""
_STARTED = "Started 1 new node"
_TRIES = 3
"""How many times Lightsail starts containers that keep exiting (sources: runbook, user notes)."""
_STEADY = 30
"""The number of seconds from the containers' start to "Reached a steady state" (assumed)."""


def evaluate(
    plan: Plan, running: Collection[Container], endpoint: Mapping[str, Any] | None
) -> tuple[Plan, list[Line]]:
    """Return an unscripted deployment's plan, and the log lines that its containers write.

    The health check ends when the public endpoint is healthy, but no earlier than planned. If a
    container exits during the health check, the deployment fails. If an image cannot be pulled, the
    deployment fails before its containers start.
    """
    for each in running:
        if each.not_pulled:
            return _changed(plan, _PULLING, _FAILING, each.not_pulled, "A74", canceled=True), []
    cause, (_, step) = "", begins(plan.stages)
    took = usual = to_nanoseconds(step.seconds)
    for each in running:
        if endpoint and each.name == endpoint["containerName"] and each.image is not UNDESCRIBED:
            tried, cause = _health_check(each, endpoint)
            took = tried if cause else max(usual, tried)
    lines = [(0, each.name, line) for each in running for line in each.log]
    first = min(running, key=lambda each: each.exits_ns)
    exits = first.exits_ns
    if exits > took:
        assumed = "A70" if cause else "A69" if took > usual else plan.assumed
        return _changed(plan, _EVALUATING, took, cause, assumed), lines
    lines.append((int(exits), first.name, "exited with code 1"))
    apart = max(_FAILING // _TRIES, int(exits))
    cause = f'container "{first.name}" exits {exits / NANOSECONDS:g} s after it starts'
    if first.lacking:
        cause += f": environment variable {first.lacking[0]} is not set"
    lines = [(at + nth * apart, who, line) for nth in range(_TRIES) for at, who, line in lines]
    return _changed(plan, _EVALUATING, apart * _TRIES, cause, assumed="A71", canceled=True), lines


def _changed(
    plan: Plan, step: str, took: int, cause: str, assumed: str, *, canceled: bool = False
) -> Plan:
    """Return ``plan`` with a new duration for ``step``. If there is a ``cause``, the step fails."""
    index = [stage.detail for stage in plan.stages].index(step)
    changed = plan.stages[index]._replace(seconds=took / NANOSECONDS)
    stages = (*plan.stages[:index], changed, *(() if cause else plan.stages[index + 1 :]))
    return plan._replace(
        stages=stages, fails=bool(cause), cause=cause, assumed=assumed, canceled=canceled
    )


def begins(stages: tuple[Stage, ...], step: str = _EVALUATING) -> tuple[int, Stage]:
    """Return the start of the stage for ``step``, and the stage itself.

    The start is measured in nanoseconds from the beginning of the event. If no stage matches
    ``step``, use the last stage. The default step begins when the containers start.
    """
    before = list(takewhile(lambda stage: stage.detail != step, stages[:-1]))
    after = sum(to_nanoseconds(stage.seconds) for stage in before)
    return after, stages[len(before)]


def notes(plan: Plan, nodes: int) -> Iterator[tuple[int, str]]:
    """Yield Lightsail's own log lines with their times, in nanoseconds since the event began."""
    starts, trial = begins(plan.stages)
    pulls = min(starts, begins(plan.stages, _PULLING)[0])
    if plan.canceled:
        apart = to_nanoseconds(plan.stages[-1].seconds) // _TRIES
        yield from ((pulls + nth * apart, _STARTED) for nth in range(_TRIES))
    elif not plan.fails or trial.detail == _EVALUATING:
        yield from ((pulls, _STARTED) for _ in range(nodes))
        yield starts + to_nanoseconds(min(trial.seconds, _STEADY)), "Reached a steady state"


def _health_check(container: Container, endpoint: Mapping[str, Any]) -> tuple[int, str]:
    """Return the duration of a health check in nanoseconds, and the reason for any failure.

    Lightsail runs one check per interval. The first interval begins when the containers start.
    """
    check = endpoint["healthCheck"]
    interval = to_nanoseconds(check["intervalSeconds"])
    # Lenient assumptions allow a threshold below 1, which has the same effect as 1.
    needed = (max(check["healthyThreshold"], 1) - 1) * interval
    limit = max(_FAILING, min(needed, _LONGEST_TRIAL))
    first = -(-container.starts_ns // interval) * interval
    status, _ = container.reply(check["path"])
    ranges = success_code_ranges(check["successCodes"])
    passes = any(low <= status <= high for low, high in ranges)
    if passes and first + needed <= limit:
        return first + needed, ""
    last = f"the last response was {status}{', too late' if passes else ''}"
    if first > limit:
        last = "the last connection was refused"
    return limit, (
        f'health check GET {check["path"]} of "{container.name}": {last}, '
        f"successCodes {check['successCodes']}"
    )
