"""Write calls and responses to transcripts, and replay transcripts on simulated accounts.

A transcript does not identify an account. When a transcript is written, account numbers, ids,
hosts, times and secrets are replaced. A replay makes the same
replacements in the simulated responses.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from email.utils import parsedate_to_datetime
from itertools import groupby
from pathlib import Path
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from ..model.service import read_document
from ..output_files import GENERATOR, __version__, closed_object
from ..simulation.handle import Lightsail, simulate
from ..simulator.history import is_read, masked
from ..simulator.images import Image
from ..simulator.scenario import scenario_from_json

# --- one request and its response ------------------------------------------------------------------

_MEMBERS = ("message", "code", "docs", "tip")


@dataclass(frozen=True)
class Exchange:
    """A call and its response or error."""

    operation: str
    parameters: dict[str, Any] = field(repr=False)
    at: float
    """The time of the response in seconds, according to the service's clock."""
    answer: dict[str, Any] | None = field(default=None, repr=False)
    """The body of the response, or ``None`` if the response was an error."""
    error: dict[str, Any] | None = None
    """``type``, ``status`` and the other members of an error response."""

    @property
    def state(self) -> str:
        """The state of the first service or deployment in the response, or the type of the error."""
        if self.error is not None:
            return str(self.error["type"])
        for member in ("containerServices", "deployments"):
            listed = (self.answer or {}).get(member)
            if listed:
                return str(listed[0].get("state", ""))
        return ""


def made(
    operation: str,
    parameters: Mapping[str, Any],
    status: int,
    headers: Mapping[str, str],
    body: bytes,
) -> Exchange:
    """Return a request and its HTTP response as an ``Exchange``."""
    lower = {name.lower(): value for name, value in headers.items()}
    at = parsedate_to_datetime(lower["date"]).timestamp() if "date" in lower else 0.0
    try:
        document = json.loads(body or b"{}")
    except ValueError:
        document = {"message": "not JSON"}
    if status < 300:  # noqa: PLR2004 - a success
        return Exchange(operation, dict(parameters), at, document)
    kind = str(document.get("__type") or lower.get("x-amzn-errortype", "")).rpartition("#")[2]
    # Some AWS front ends write "Message" instead of "message".
    members = {name.lower(): document[name] for name in document if name.lower() in _MEMBERS}
    error = {"type": kind.partition(":")[0], "status": status, **members}
    return Exchange(operation, dict(parameters), at, None, error)


def at_path(value: Any, path: str) -> Any:
    """Return the value at a dotted path in plain data, or ``None`` if the path does not exist.

    >>> at_path({"services": [{"state": "READY"}]}, "services.0.state")
    'READY'
    """
    for part in path.split("."):
        if isinstance(value, list):
            value = value[int(part)] if int(part) < len(value) else None
        else:
            value = value.get(part) if isinstance(value, Mapping) else None
    return value


class Wire:
    """Makes calls through a client, but sends each request body unchanged, even if it is invalid."""

    ARGUMENTS: Mapping[str, Any] = {
        "config": Config(parameter_validation=False, retries={"max_attempts": 0}, read_timeout=60)
    }
    """The arguments that ``create_client`` needs to create a client for this class."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._sends: tuple[str, Mapping[str, Any]] = "", {}
        self._got: dict[str, Any] = {}
        self.exchanges: list[Exchange] = []
        self.ahead = 0.0
        """The number of seconds by which the account's clock is ahead of the ``Date`` headers."""
        client.meta.events.register("before-call.lightsail", self._send)
        client.meta.events.register("response-received.lightsail", self._receive)

    def call(self, operation: str, parameters: Mapping[str, Any]) -> Exchange:
        """Call an operation, even one that is not in the service model."""
        self._sends, self._got = (operation, parameters), {}
        try:
            self._client.get_container_services()  # `_send` replaces this request
        except (BotoCoreError, ClientError):
            if not self._got:
                raise
        got = self._got
        exchange = made(operation, parameters, got["status_code"], got["headers"], got["body"])
        exchange = replace(exchange, at=exchange.at + self.ahead)
        self.exchanges.append(exchange)
        return exchange

    def _send(self, params: dict[str, Any], **_: Any) -> None:
        operation, parameters = self._sends
        params["body"] = json.dumps(parameters).encode()
        prefix = params["headers"]["X-Amz-Target"].rpartition(".")[0]
        params["headers"]["X-Amz-Target"] = f"{prefix}.{operation}"

    def _receive(self, response_dict: dict[str, Any] | None, **_: Any) -> None:
        self._got = response_dict or {}


# --- the file ---------------------------------------------------------------------------------------

FORMAT = 1
_TEXT, _NUMBER, _OBJECT = {"type": "string"}, {"type": "number", "minimum": 0}, {"type": "object"}
_TEXTS, _OBJECTS = {"type": "array", "items": _TEXT}, {"type": "array", "items": _OBJECT}


_STEP = closed_object(
    "operation",
    operation=_TEXT,
    parameters=_OBJECT,
    after=_NUMBER,
    answer=_OBJECT,
    whole={"type": "boolean"},
    absent=_TEXTS,
    error={"type": "object", "properties": {"contains": _TEXT}},
    states={**_TEXTS, "minItems": 1},
    took={"type": ["number", "array"]},
)
SCHEMA = closed_object(
    *("format", "title", "source", "steps"),
    format={"const": FORMAT},
    **dict.fromkeys(("generator", "title", "source", "region"), _TEXT),
    starts=_OBJECTS,
    images={"type": "object", "additionalProperties": _OBJECT},
    quotas=_OBJECT,
    scenario=_OBJECTS,
    steps={"type": "array", "items": _STEP, "minItems": 1},
)
"""The JSON Schema of a transcript.

``starts`` is a list of documents for ``lightsail.load``. ``images`` and ``quotas`` describe the
account, and ``scenario`` is the scenario that was played on it. Each step is a call, and ``after``
is the number of seconds since the previous step. A step with ``states`` is a read that was repeated
until a response showed the last of these states. ``took`` is the number of seconds until the last
state was reached, or a list of the minimum and maximum. ``answer`` contains some members of the
response, or all members if ``whole`` is true. ``absent`` lists members that the response lacks.
"""


def read(path: Path) -> dict[str, Any]:
    """Load a transcript from a file."""
    return read_document(path, "a transcript", SCHEMA, FORMAT)


def transcript_text(title: str, source: str, region: str, exchanges: Sequence[Exchange]) -> str:
    """Return the text of a transcript that contains these exchanges."""
    steps = list(_steps(exchanges))
    head = {"format": FORMAT, "generator": f"{GENERATOR} {__version__}", "title": title}
    starts = [{"containerServices": found}] if (found := list(_starts(exchanges))) else []
    document = {**head, "source": source, "region": region, "starts": starts, "steps": steps}
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


# --- what identifies an account --------------------------------------------------------------------

_IDENTITIES = {
    r"arn:aws[\w-]*:(?:iam|sts)::\d{12}:(?!role/amazon/)[^\s\"]+": "arn:aws:iam::000000000000:user",
    r"(?<!\d)\d{12}(?!\d)": "000000000000",
    r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b": "00000000-0000-4000-8000-000000000000",
    r"(?<=/)[0-9a-v]{52}\b": "0" * 52,
    r"\.[a-z0-9]{13}\.(?=[a-z0-9-]+\.cs\.amazonlightsail\.com)": f".{'0' * 13}.",
}
"""The replacements for strings that identify an account, keyed by regular expression."""

_INSTANTS = {"createdAt", "expiresAt", "statusChangedAt", "timestamp", "updatedAt"}


def sanitised(value: Any) -> Any:
    """In plain data, replace all secrets and everything that identifies an account.

    A time becomes 0, or 0.5 if it is not a whole number of seconds. Log lines are removed,
    except for those that Lightsail itself wrote.

    >>> sanitised({"createdAt": 1603389001.5, "environment": {"A": "b"}})
    {'createdAt': 0.5, 'environment': {'A': '***'}}
    """
    return _anonymous(masked(value))


def _anonymous(value: Any, key: str = "") -> Any:
    if key in _INSTANTS and isinstance(value, (int, float)):
        return 0.5 if value % 1 else 0
    if isinstance(value, Mapping):
        return {name: _anonymous(each, str(name)) for name, each in value.items()}
    if isinstance(value, list):
        listed = [_anonymous(each) for each in value]
        if key == "logEvents":
            listed = [
                event for event in listed if str(event.get("message")).startswith("[deployment:")
            ]
        return listed
    if isinstance(value, str):
        for pattern, replacement in _IDENTITIES.items():
            value = re.sub(pattern, replacement, value)
    return value


def _starts(exchanges: Iterable[Exchange]) -> Iterator[dict[str, Any]]:
    """Yield each service whose first appearance is in a response, not in a request."""
    known: set[str] = set()
    for each in exchanges:
        for service in (each.answer or {}).get("containerServices", ()):
            if service["containerServiceName"] not in known:
                known.add(service["containerServiceName"])
                yield sanitised(service)
        known.add(str(each.parameters.get("serviceName")))


# --- the steps of a transcript ---------------------------------------------------------------------


def _steps(exchanges: Sequence[Exchange]) -> Iterator[dict[str, Any]]:
    """Yield the steps of a transcript. Combine repeated reads into one step with several states."""
    before = exchanges[0].at if exchanges else 0.0
    for _, group in groupby(
        exchanges,
        lambda each: (each.operation, each.parameters, is_read(each.operation) or id(each)),
    ):
        calls = list(group)
        last, at = calls[-1], calls[0].at
        step: dict[str, Any] = {"operation": last.operation}
        if last.parameters:
            step["parameters"] = sanitised(last.parameters)
        # Keep only the first call after each change of state.
        first = [next(reads) for state, reads in groupby(calls, lambda each: each.state) if state]
        if len(calls) > 1 and first:
            at = first[-1].at
            step |= {"states": [each.state for each in first], "took": round(at - before, 3)}
        elif at > before:
            step["after"] = round(at - before, 3)
        before = at
        if last.error is None:
            step |= {"answer": sanitised(last.answer), "whole": True}
        else:
            step["error"] = sanitised(last.error)
        yield step


# --- the replay on a simulated account -------------------------------------------------------------

_PAUSE = 5.0
_LONGEST = 4 * 3600.0
_FACTOR = 3.0


def in_time(wanted: float, took: float) -> bool:
    """Return whether a duration is within a factor of three of the expected duration."""
    least, most = _bounds(wanted)
    return least <= took <= most


def _bounds(wanted: float) -> tuple[float, float]:
    return wanted / _FACTOR - _PAUSE, wanted * _FACTOR + _PAUSE


def replay(document: Mapping[str, Any]) -> list[str]:
    """Repeat a transcript's calls on a simulated account, and return the differences."""
    return [
        f"step {number}, {step['operation']}: {difference}"
        for number, (step, differences, _) in enumerate(replayed(document), 1)
        for difference in differences
    ]


def replayed(
    document: Mapping[str, Any],
) -> Iterator[tuple[Mapping[str, Any], list[str], str | None]]:
    """Repeat a transcript's calls on a simulated account.

    For each step, yield the step, its differences, and the id of any rule that its last call broke.
    """
    region = document.get("region", "us-east-1")
    with simulate(region=region, allow_unused=True) as lightsail:
        for reference, behaviour in document.get("images", {}).items():
            lightsail.images[reference] = Image(**behaviour, optional=True)
        lightsail.quotas.update(document.get("quotas", {}))
        for start in document.get("starts", ()):
            lightsail.load(start)
        lightsail.play(scenario_from_json(document.get("scenario", [])))
        wire = Wire(lightsail.client(**Wire.ARGUMENTS))
        for step in document["steps"]:
            differences = list(_repeat(lightsail, wire, step))
            last = lightsail.calls.last
            yield step, differences, None if last is None else last.rule


def _repeat(lightsail: Lightsail, wire: Wire, step: Mapping[str, Any]) -> Iterator[str]:
    clock, wanted = lightsail.clock, step.get("states", [])
    before = clock.elapsed
    clock.advance(step.get("after", 0))
    begin = reached = clock.elapsed
    states: list[str] = []
    while True:
        last = wire.call(step["operation"], step.get("parameters", {}))
        if last.state not in {"", *states[-1:]}:
            states, reached = [*states, last.state], clock.elapsed
        is_late = clock.next_due is None or clock.elapsed - begin > _LONGEST
        if states == wanted or not wanted or is_late:
            break
        clock.advance(_PAUSE)
    if wanted and states != wanted:
        shown = " → ".join(states) or "none"
        yield f"the states are {shown}, but the transcript has {' → '.join(wanted)}"
    elif "took" in step:
        took, expected = reached - before, step["took"]
        least, most = expected if isinstance(expected, list) else _bounds(expected)
        if not least <= took <= most:
            yield f"the step took {took:g} s, but the transcript allows {least:g} to {most:g} s"
    yield from _differences(step, last)


def _differences(step: Mapping[str, Any], given: Exchange) -> Iterator[str]:
    error = dict(step.get("error", {}))
    if not step.keys() & {"answer", "absent", "error"}:
        return
    if bool(error) != bool(given.error):
        found = given.error or {"type": "accepted"}
        shown = ": ".join(filter(None, (found["type"], found.get("message"))))
        yield f"{shown}, but the transcript has {error.get('type', 'no error')}"
        return
    part = error.pop("contains", "")
    answer = sanitised({**(given.answer or {}), "error": given.error or {}})
    if part not in (message := answer["error"].get("message", "")):
        yield f"the message {message!r} lacks {part!r}, which is in the transcript"
    there = dict(_leaves(answer))
    for path, value in _leaves({**step.get("answer", {}), "error": error}):
        if path not in there or there[path] != value:
            yield f"{path}: {there.get(path, 'missing')!r}, but the transcript has {value!r}"
        there.pop(path, None)
    if step.get("whole"):
        yield from (
            f"{path}: {value!r}, which is not in the transcript" for path, value in there.items()
        )
    for path in step.get("absent", ()):
        if (value := at_path(answer, path)) is not None:
            yield f"{path}: {value!r}, which is not in the transcript"


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the path and value of each leaf in plain data. For each list, also yield its length."""
    parts: Iterable[tuple[Any, Any]] = ()
    if isinstance(value, Mapping) and value:
        parts = value.items()
    elif isinstance(value, list):
        parts = [*enumerate(value), ("length", len(value))]
    else:
        yield path, value
    for name, each in parts:
        yield from _leaves(each, f"{path}.{name}" if path else str(name))
