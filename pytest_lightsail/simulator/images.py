"""Images, which describe how containers behave when they run."""

from __future__ import annotations

import math
from collections import UserDict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import unquote

from ..exceptions import Assignable, ConfigurationError, UnknownResourceError, did_you_mean
from ..model.catalogue import rule
from ..options import LONGEST
from . import prepared
from .clock import to_nanoseconds
from .prepared import Argument, Read, expecting, is_whole, maybe, read_argument

Responds = int | str | bytes | tuple[int, str | bytes]
"""The response to a GET request: a status, a body (with status 200), or ``(status, body)``."""

_OK, _NOT_FOUND = 200, 404
_FINAL = range(_OK, 600)
"""The statuses that an image can respond with. Responses with a status below 200 are not final (RFC
9110, section 15)."""


class Reply(NamedTuple):
    """A container's response: the status, the body, and the seconds until the response is complete."""

    status: int
    body: bytes
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Image:
    """A description of how an image's containers behave. By default, containers respond with status 200.

    The description determines whether a deployment passes its health check, which runs in virtual
    time:

    >>> image = Image(responds={"/health": 200, "/": "hello"}, starts_after=40)

    Attributes:
        responds: a status, a body as a string or bytes (with status 200), or ``(status, body)``.
            You can also pass a mapping from paths to such responses. Paths that are not in the
            mapping get 404.
        starts_after: seconds from the start of the container until it listens, or ``math.inf``.
        answers_after: seconds until each response is complete, or ``math.inf``.
        exits: seconds from the start of the container until it exits. A deployment fails if a
            container exits before the deployment is healthy. Later exits have no effect.
        pull: ``"fails"`` if the image cannot be pulled.
        needs_env: names of required environment variables. If a variable is missing, the container
            exits immediately. The values of the variables do not matter.
        port: the only port on which the container listens. By default, the container listens on all
            ports.
        logs: the lines that the container writes each time it starts.
        optional: if true, the test does not fail when no deployment runs the image.

    Raises:
        ConfigurationError: an argument has an invalid value.
    """

    responds: Responds | Mapping[str, Responds] = field(default=_OK, hash=False)
    starts_after: float = 0
    answers_after: float = 0
    exits: float | None = None
    pull: str | None = None
    needs_env: tuple[str, ...] = ()
    port: int | None = None
    logs: tuple[str, ...] = ()
    optional: bool = field(default=False, compare=False)

    def __post_init__(self) -> None:
        for name, read in _READS.items():
            value = read_argument("Image", name, Argument(read), getattr(self, name))
            # Copy lists and mappings, because the test may change the originals.
            kept = tuple(value) if isinstance(value, list) else value
            object.__setattr__(self, name, dict(kept) if isinstance(kept, Mapping) else kept)

    @property
    def starts_ns(self) -> int:
        """Nanoseconds from the start of the container until it listens, at most ``LONGEST`` seconds."""
        return to_nanoseconds(min(self.starts_after, LONGEST))

    def reply(self, path: str, environment: Collection[str], port: int) -> Reply | None:
        """Return a running container's response to GET, or ``None`` if the connection is refused.

        ``path`` may be percent-encoded. The query is ignored unless ``responds`` contains the path
        with that query.
        """
        if self.lacking(environment) or self.port not in {None, port}:
            return None
        response: Any = self.responds
        if isinstance(response, Mapping):
            bare = path.partition("?")[0]
            names = (name for name in (path, bare, unquote(bare)) if name in response)
            response = response[name] if (name := next(names, None)) else _NOT_FOUND
        status, body = _status_and_body(response)
        return Reply(status, body.encode() if isinstance(body, str) else body, self.answers_after)

    def lacking(self, environment: Collection[str]) -> tuple[str, ...]:
        """Return the names of the required environment variables that are missing."""
        return tuple(name for name in self.needs_env if name not in environment)

    def exits_ns(self, environment: Collection[str]) -> int | float:
        """Return the nanoseconds from a container's start until it exits, or infinity."""
        if self.lacking(environment):
            return 0
        return math.inf if self.exits is None else to_nanoseconds(self.exits)

    def log(self, environment: Collection[str]) -> tuple[str, ...]:
        """Return the lines that a container writes when it starts."""
        lacking = self.lacking(environment)
        return (*self.logs, *(f"environment variable {name} is not set" for name in lacking))


def _is_seconds(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0


def _status_and_body(response: Any) -> Any:
    if isinstance(response, int):
        return response, b""
    return (_OK, response) if isinstance(response, (str, bytes)) else response


def _is_response(response: Any) -> bool:
    match _status_and_body(response):
        case (status, str() | bytes()):
            return is_whole(status, _FINAL)
    return False


def _responds(value: Any) -> bool:
    if not isinstance(value, Mapping):
        return _is_response(value)
    paths = all(isinstance(path, str) and path.startswith("/") for path in value)
    return paths and all(map(_is_response, value.values()))


_PORTS: Any = rule("port.range")
_seconds = expecting("0 or more seconds", _is_seconds)
_READS: Mapping[str, Read] = {
    "responds": expecting(
        f"a status from {_FINAL[0]} to {_FINAL[-1]}, a body, (status, body), or a mapping from paths to "
        "such responses, for example {'/health': 200}",
        _responds,
    ),
    "starts_after": _seconds,
    "answers_after": _seconds,
    "exits": maybe(prepared.seconds),
    "pull": maybe(expecting("'fails'", lambda value: value == "fails")),
    "needs_env": prepared.texts,
    "port": maybe(
        expecting(
            f"{_PORTS.minimum} to {_PORTS.maximum}",
            lambda value: is_whole(value, range(_PORTS.minimum, _PORTS.maximum + 1)),
        )
    ),
    "logs": prepared.texts,
    "optional": prepared.switch,
}

UNDESCRIBED = Image()
"""The image behind a reference that the test has not described. This image passes every health check."""


class Images(Assignable, UserDict[str, Image]):
    """The images that a test describes. The keys are the references that deployments use.

    ``nginx`` and ``nginx:latest`` are the same image. ``:shop.web.3`` and ``:shop.web.latest`` are
    different images. The test fails if a described image is not ``optional`` and no deployment runs
    it.

    >>> images = Images()
    >>> images["nginx"] = Image(responds=503)
    >>> images["nginx:latest"].responds
    503
    """

    def __init__(self) -> None:
        super().__init__()
        self._run: set[str] = set()

    def find(self, reference: str) -> Image:
        """Return the image with this reference, or ``UNDESCRIBED``."""
        return self.data.get(_tagged(reference), UNDESCRIBED)

    def run(self, references: Iterable[str]) -> None:
        """Record that a deployment runs these images."""
        self._run.update(map(_tagged, references))

    def unused(self) -> list[str]:
        """List the images that a deployment should have run."""
        return [
            f"images[{reference!r}]"
            for reference, image in self.items()
            if not (image.optional or reference in self._run)
        ]

    def __contains__(self, reference: object) -> bool:
        return _tagged(reference) in self.data

    def _key(self, reference: str) -> str:
        if reference not in self:
            known, near = ", ".join(self) or "none", did_you_mean(reference, self)
            raise UnknownResourceError(f"no image {reference!r}; known: {known}{near}")
        return _tagged(reference)

    def __getitem__(self, reference: str) -> Image:
        return self.data[self._key(reference)]

    def __delitem__(self, reference: str) -> None:
        del self.data[self._key(reference)]

    def __setitem__(self, reference: str, image: Image) -> None:
        if not isinstance(reference, str) or not reference:
            raise ConfigurationError(
                f"images[{reference!r}]: expected the reference of an image, such as 'nginx:latest'"
            )
        if not isinstance(image, Image):
            raise ConfigurationError(f"images[{reference!r}]: expected an Image(…), not {image!r}")
        self.data[_tagged(reference)] = image
        self._run.discard(_tagged(reference))


def _tagged(reference: object) -> str:
    """Return the reference, with the tag ``latest`` added if it has no tag."""
    text = str(reference)
    name = text.rpartition("/")[2]
    return text if ":" in name or "@" in name else f"{text}:latest"
