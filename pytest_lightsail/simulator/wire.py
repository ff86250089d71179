"""AWS JSON 1.1: requests in, responses out.

It knows how calls and resources look on the wire, and nothing of what a call does.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import formatdate
from functools import lru_cache
from typing import Any, NamedTuple, NoReturn

from ..contract.validator import validator
from ..exceptions import ContractViolation
from ..model.bounds import DEEPEST, finite, is_deeper_than
from ..model.form import RESPONSE, Form
from ..model.service import ServiceModel
from .clock import NANOSECONDS, Clock
from .errors import Refused, ServiceError

__all__ = [
    "CONTENT_TYPE",
    "READ_HEADERS",
    "Answer",
    "Disconnect",
    "Presenter",
    "Request",
    "Response",
    "decode",
    "encode",
    "encode_error",
    "http_date",
]

CONTENT_TYPE = "application/x-amz-json-1.1"
READ_HEADERS = ("x-amz-target", "content-type")
"""The headers of a request that decide its answer."""
_FRONT_END = "com.amazon.coral.service#"


@dataclass(frozen=True)
class Request:
    """An HTTP request. Names of headers are in lower case; ``region`` is where it was sent.

    ``read_timeout`` is how many seconds the client waits for an answer; ``None`` where that is not known.
    """

    method: str
    headers: Mapping[str, str]
    body: bytes
    region: str
    path: str = "/"
    read_timeout: float | None = None


@dataclass(frozen=True)
class Response:
    """An HTTP response."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


@dataclass(frozen=True)
class Disconnect:
    """No whole response: the connection fails, in the way that ``kind`` names (see ``faults``)."""

    kind: str
    sent: Response | None = None
    """What has arrived of an answer whose body breaks off: its headers, and part of its body."""
    hint: str = ""
    """Why no answer is possible at all, for the author of the test."""


def decode(request: Request, model: ServiceModel) -> tuple[str, dict[str, Any]]:
    """Return the operation that a request names, and its parameters.

    Raises:
        Refused: it is not a request of this protocol, or its operation is not in the model.
    """
    operation = _operation(request, model)
    try:
        parameters = _DECODER.decode(request.body.decode("utf-8"))
    except (ValueError, RecursionError):
        message = (
            "The request body is not valid JSON." if request.body else "The request has no body."
        )
        raise Refused(ServiceError("SerializationException", message)) from None
    if not isinstance(parameters, dict):
        message = "The request body is not a JSON object."
        raise Refused(ServiceError("SerializationException", message))
    # Whatever is nested has brackets, which are counted sooner than levels.
    brackets = request.body.count(b"{") + request.body.count(b"[")
    if brackets > DEEPEST and is_deeper_than(DEEPEST, parameters):
        message = "The request body is nested too deeply."
        raise Refused(ServiceError("SerializationException", message))
    return operation, parameters


def _operation(request: Request, model: ServiceModel) -> str:
    target, content_type = (request.headers.get(name, "") for name in READ_HEADERS)
    prefix, _, operation = target.rpartition(".")
    content_type = content_type.partition(";")[0].strip().lower()
    if (
        request.method != "POST"
        or request.path.partition("?")[0] not in {"", "/"}
        or content_type != CONTENT_TYPE
        or prefix != model.target_prefix
        or operation not in model.operations
    ):
        raise Refused(ServiceError("UnknownOperationException", "The operation is not known."))
    return operation


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


_DECODER = json.JSONDecoder(parse_constant=_no_constant, parse_float=finite)


def encode(body: bytes, status: int, request_id: str, clock: Clock) -> Response:
    """A response with the headers that the service sends; ``Date`` is the virtual instant."""
    return Response(
        status,
        (
            ("Server", "Server"),
            ("Date", http_date(clock.epoch_ns // NANOSECONDS)),
            ("Content-Type", CONTENT_TYPE),
            ("Content-Length", str(len(body))),
            ("x-amzn-RequestId", request_id),
            ("Connection", "keep-alive"),
        ),
        body,
    )


@lru_cache(maxsize=64)
def http_date(second: int) -> str:
    """Seconds since 1970 as the ``Date`` header has them."""
    return formatdate(second, usegmt=True)


def encode_error(error: ServiceError, operation: str, model: ServiceModel) -> bytes:
    """The body of an error: ``__type``, and the members that its shape has."""
    shape = model.shapes.get(error.name)
    modelled = shape is not None and shape.error
    kind = error.name if modelled else _FRONT_END + error.name
    members = error.members(operation, modelled=modelled)
    return json.dumps({"__type": kind, **members}, separators=(",", ":")).encode()


class Answer(NamedTuple):
    """A resource or a successful answer: as a document, and the same in bytes."""

    document: dict[str, Any]
    body: bytes


class Presenter:
    """Turns the description of a resource into what a response has of it.

    A model of an older botocore knows fewer members, and its clients would not show them.
    """

    def __init__(self, model: ServiceModel, shape: str) -> None:
        self._model = model
        self._shape = shape
        self._known = model.shapes[shape].members
        self._validator = validator(model, Form(RESPONSE, strict=True))

    def present(self, description: dict[str, Any]) -> Answer:
        """Return the resource, its members in the order of the alphabet as in AWS's samples."""
        document = {key: description[key] for key in sorted(description) if key in self._known}
        return self._checked(self._shape, document)

    def answer(self, operation: str, document: dict[str, Any]) -> Answer:
        """Return a whole response."""
        return self._checked(self._model.operations[operation].output or "", document)

    def _checked(self, shape: str, document: dict[str, Any]) -> Answer:
        """Refuse what the service never gives, which would be a mistake of ours."""
        broken = tuple(
            violation
            for violation in self._validator.violations_of(shape, document)
            # A Region can be newer than the botocore that is installed.
            if violation.path[-1:] != ("regionName",)
        )
        if broken:
            lines = [f"the simulated {shape} breaks its contract", *map(str, broken)]
            raise ContractViolation("\n  ".join(lines), broken)
        return Answer(document, json.dumps(document, separators=(",", ":")).encode())
