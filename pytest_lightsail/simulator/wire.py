"""AWS JSON 1.1: bytes in, bytes out. Knows how a call looks on the wire, and nothing of what it does."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import formatdate
from functools import lru_cache
from typing import Any, NoReturn

from ..model.bounds import DEEPEST, finite, is_deeper_than
from ..model.service import ServiceModel
from .clock import NANOSECONDS, Clock
from .errors import Refused, ServiceError

__all__ = [
    "CONTENT_TYPE",
    "READ_HEADERS",
    "Disconnect",
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
    """The operation that a request names, and its parameters.

    Raises:
        Refused: it is no request of this protocol, or its operation is not in the model.
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
