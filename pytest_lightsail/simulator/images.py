"""What containers do when they run: the images that a test describes, and their registry."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Mapping, MutableMapping
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, NamedTuple
from urllib.parse import unquote

from ..exceptions import Assignable, ConfigurationError, UnknownResourceError, did_you_mean
from ..model.catalogue import rule
from . import prepared
from .clock import NANOSECONDS, to_nanoseconds
from .prepared import Argument, Expectation, Read, expecting, is_whole, maybe, read_argument

Responds = int | str | bytes | tuple[int, str | bytes]
"""The response of an image to a GET: a status, a body (with status 200), or ``(status, body)``."""

_OK, _NOT_FOUND = 200, 404
_FINAL = range(_OK, 600)
"""The statuses that end an exchange (RFC 9110, section 15); those below announce another one."""

_SOONEST_RESTART = NANOSECONDS
"""From start to start of a container that exits at once; without it a crash loop has no time to pass."""


class Reply(NamedTuple):
    """A response of a container: its status, its body, and the seconds that it takes."""

    status: int
    body: bytes
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Image:
    """What a container does when it runs. By default, it listens at once and responds with 200.

    A deployment's own health check (path, successCodes, timeout, interval, thresholds) is evaluated
    against it, in virtual time:

    >>> Image(responds={"/health": 200, "/": "hello"}, starts_after=40)
    Image(responds={'/health': 200, '/': 'hello'}, starts_after=40)

    Attributes:
        responds: what it answers: a status, a body as text or bytes (with status 200) or
            ``(status, body)``; either for every path, or in a mapping by path, where an unknown path
            is answered 404.
        starts_after: seconds from its start until it listens; ``math.inf`` if it never does.
        answers_after: seconds that each answer takes; ``math.inf`` if it never answers.
        exits: seconds from its start until it exits. It is started again at once, though not sooner
            than a second after its last start, and exits again, and so on.
        exit_code: with which code it exits.
        pull: ``"fails"`` if it cannot be pulled.
        pull_seconds: how long pulling takes, beyond what pulling any image does.
        needs_env: environment variables without which it exits at once. Their values do not matter.
        port: the only port that it listens on; any port if left out.
        logs: lines that it writes at each start.
        cpu: percent of the CPU that it uses, in the metrics.
        memory: percent of the memory that it uses, in the metrics.
        optional: the test does not fail if no deployment runs it.

    Raises:
        ConfigurationError: a value that its argument cannot have.
    """

    responds: Responds | Mapping[str, Responds] = field(default=_OK, hash=False)
    starts_after: float = 0
    answers_after: float = 0
    exits: float | None = None
    exit_code: int = 1
    pull: str | None = None
    pull_seconds: float = 0
    needs_env: tuple[str, ...] = ()
    port: int | None = None
    logs: tuple[str, ...] = ()
    cpu: float = 1.0
    memory: float = 10.0
    optional: bool = field(default=False, compare=False)

    def __post_init__(self) -> None:
        for name, read in _READS.items():
            value = read_argument("Image", name, Argument(read), getattr(self, name))
            # So that it can be hashed, and does not change.
            kept = tuple(value) if isinstance(value, list) else value
            object.__setattr__(self, name, dict(kept) if isinstance(kept, Mapping) else kept)

    def __repr__(self) -> str:
        given = (
            (each.name, getattr(self, each.name))
            for each in fields(self)
            if each.default is not MISSING and getattr(self, each.name) != each.default
        )
        shown = (
            f"{name}={'math.inf' if value == math.inf else repr(value)}" for name, value in given
        )
        return f"Image({', '.join(shown)})"

    @property
    def starts(self) -> float:
        """Nanoseconds from the start of its container until it listens."""
        return _nanoseconds(self.starts_after)

    @property
    def answers(self) -> float:
        """Nanoseconds that each answer takes."""
        return _nanoseconds(self.answers_after)

    def reply(self, path: str, environment: Collection[str], port: int) -> Reply | None:
        """Return what it answers to a GET once it listens; ``None`` if it refuses the connection.

        A query does not matter unless ``responds`` names it, nor does how a path is encoded.
        """
        if self.lacking(environment) or self.port not in {None, port}:
            return None
        answer: Any = self.responds
        if isinstance(answer, Mapping):
            bare = path.partition("?")[0]
            answer = answer.get(path, answer.get(bare, answer.get(unquote(bare), _NOT_FOUND)))
        if isinstance(answer, int):
            answer = answer, b""
        status, body = answer if isinstance(answer, tuple) else (_OK, answer)
        return Reply(status, body.encode() if isinstance(body, str) else body, self.answers_after)

    def answer_at(
        self, path: str, instant: int, environment: Collection[str], port: int
    ) -> Reply | None:
        """Return what it answers at an instant in nanoseconds since it first started.

        ``None`` also where the container goes down before it has answered.
        """
        exits = self.first_exit(environment)
        age = instant if exits == math.inf else instant % max(int(exits), _SOONEST_RESTART)
        if age < self.starts or (exits < math.inf and age + self.answers >= exits):
            return None
        return self.reply(path, environment, port)

    def lacking(self, environment: Collection[str]) -> tuple[str, ...]:
        """Return the names of required environment variables that are missing."""
        return tuple(name for name in self.needs_env if name not in environment)

    def first_exit(self, environment: Collection[str]) -> int | float:
        """Return the nanoseconds from a container's start to its first exit; infinite if none."""
        if self.lacking(environment):
            return 0
        return math.inf if self.exits is None else to_nanoseconds(self.exits)

    def log(self, environment: Collection[str], begin: int, end: int) -> Iterator[tuple[int, str]]:
        """Return the log from ``begin`` until before ``end``, in nanoseconds after the first start."""
        lacking, exits = self.lacking(environment), self.first_exit(environment)
        period = max(exits, _SOONEST_RESTART)
        missing = [f"environment variable {name} is not set" for name in lacking]
        # The exit that belongs to a start can fall on the next start, hence one start earlier.
        turn = 0 if math.isinf(period) else max(0, int(begin // period) - 1)
        while (start := turn * int(period) if turn else 0) < end:
            if start >= begin:
                yield from ((start, line) for line in (*self.logs, *missing))
            if begin <= start + exits < end:
                yield int(start + exits), f"exited with code {self.exit_code}"
            if math.isinf(period):
                return
            turn += 1


def _nanoseconds(seconds: float) -> float:
    return seconds if seconds == math.inf else to_nanoseconds(seconds)


def _is_number(value: Any, most: float = math.inf) -> bool:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return number and 0 <= value <= most


def _is_answer(answer: Any) -> bool:
    if isinstance(answer, (int, str, bytes)):
        answer = (answer, b"") if isinstance(answer, int) else (_OK, answer)
    return (
        isinstance(answer, tuple)
        and len(answer) == 2  # noqa: PLR2004 - status and body
        and is_whole(answer[0], _FINAL)
        and isinstance(answer[1], (str, bytes))
    )


def _responds(value: Any) -> bool:
    if not isinstance(value, Mapping):
        return _is_answer(value)
    paths = all(isinstance(path, str) and path.startswith("/") for path in value)
    return paths and all(map(_is_answer, value.values()))


_PORTS: Any = rule("port.range")
_seconds = expecting("0 or more seconds", _is_number)
_percentage = expecting("a percentage, 0 to 100", lambda value: _is_number(value, most=100))
_READS: Mapping[str, Read] = {
    "responds": expecting(
        f"a status from {_FINAL[0]} to {_FINAL[-1]}, a body, or (status, body); or such answers by "
        "path, such as {'/health': 200}",
        _responds,
    ),
    "starts_after": _seconds,
    "answers_after": _seconds,
    "exits": maybe(prepared.seconds),
    "exit_code": expecting("0 to 255", lambda value: is_whole(value, range(256))),
    "pull": maybe(expecting("'fails'", lambda value: value == "fails")),
    "pull_seconds": _seconds,
    "needs_env": prepared.texts,
    "port": maybe(
        expecting(
            f"{_PORTS.minimum} to {_PORTS.maximum}",
            lambda value: is_whole(value, range(_PORTS.minimum, _PORTS.maximum + 1)),
        )
    ),
    "logs": prepared.texts,
    "cpu": _percentage,
    "memory": _percentage,
    "optional": prepared.switch,
}

_HEALTHY = Image()


class Images(Assignable, MutableMapping[str, Image]):
    """What containers do when they run, by the reference of their image, as a deployment writes it.

    ``nginx`` and ``nginx:latest`` are the same image; ``:shop.web.3`` and ``:shop.web.latest`` are not.
    An image that no deployment has run fails the test, unless it is ``optional`` or ``strict`` is set:
    then a misspelt reference fails the deployment already.

    >>> images = Images()
    >>> images["nginx"] = Image(responds=503)
    >>> images["nginx:latest"]
    Image(responds=503)
    >>> images.find("redis:7")
    Image()
    """

    strict: bool = False
    """Whether an image that is not listed cannot be pulled; if false, it is healthy at once."""

    def __init__(self) -> None:
        self._images: dict[str, Expectation[Image]] = {}

    def find(self, reference: str) -> Image:
        """Return the image with that reference; by default one that is healthy at once."""
        return self.get(reference, _HEALTHY)

    def run(self, references: Iterable[str]) -> None:
        """Record that a deployment runs these images, so that they count as used."""
        for reference in references:
            if reference in self:
                self._described(reference).used += 1

    def unused(self) -> list[str]:
        """The images that no deployment has run, but for optional ones; none if it is ``strict``."""
        described = [] if self.strict else self._images.values()
        return [each.unused for each in described if each.unused]

    def __contains__(self, reference: object) -> bool:
        return _tagged(reference) in self._images

    def __getitem__(self, reference: str) -> Image:
        return self._described(reference).what

    def __setitem__(self, reference: str, image: Image) -> None:
        if not isinstance(reference, str) or not reference:
            raise ConfigurationError(
                f"images[{reference!r}]: an image has a reference, such as 'nginx:latest'"
            )
        if not isinstance(image, Image):
            raise ConfigurationError(f"images[{reference!r}]: {image!r} is not an Image(…)")
        words = f"images[{reference!r}] = {image!r}"
        described = Expectation(words, image, times=None, optional=image.optional)
        self._images[_tagged(reference)] = described

    def __delitem__(self, reference: str) -> None:
        self._described(reference)
        del self._images[_tagged(reference)]

    def __iter__(self) -> Iterator[str]:
        return iter(self._images)

    def __len__(self) -> int:
        return len(self._images)

    def __repr__(self) -> str:
        return f"<Images {dict(self)!r}{', strict' if self.strict else ''}>"

    def _described(self, reference: str) -> Expectation[Image]:
        if reference not in self:
            known = ", ".join(self._images) or "none"
            near = did_you_mean(reference, self._images)
            raise UnknownResourceError(f"no image {reference!r}; there are: {known}{near}")
        return self._images[_tagged(reference)]


def _tagged(reference: object) -> str:
    """Return the reference with its tag, by default ``latest``."""
    text = str(reference)
    name = text.rpartition("/")[2]
    return text if ":" in name or "@" in name else f"{text}:latest"
