"""AWS JSON 1.1: decode requests, encode responses and errors, and generate AWS-like identifiers."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import formatdate
from functools import lru_cache
from hashlib import blake2b
from string import ascii_lowercase, digits
from typing import Any

from ..exceptions import PytestLightsailError
from ..model.catalogue import CODES, rule
from ..model.rule import Path, Violation
from ..model.service import DEEPEST, ServiceModel, finite, is_deeper_than
from .clock import Clock

STATUS: Mapping[str, int] = {
    # Errors that the service model defines. According to the API Reference and real responses, all
    # errors except ServiceException have status 400. The statuses 401, 403, 404 and 428 in the
    # Smithy model do not apply to AWS JSON 1.1.
    "AccessDeniedException": 400,
    "AccountSetupInProgressException": 400,
    "InvalidInputException": 400,
    "NotFoundException": 400,
    "OperationFailureException": 400,
    "RegionSetupInProgressException": 400,
    "ServiceException": 500,
    "UnauthenticatedException": 400,
    # Front-end errors, from the Common Errors page of the API Reference.
    "ExpiredTokenException": 403,
    "IncompleteSignature": 403,
    "InternalFailure": 500,
    # The Common Errors page omits the next two errors, which belong to Signature Version 4.
    "InvalidSignatureException": 403,
    "MissingAuthenticationTokenException": 403,
    "MalformedHttpRequestException": 400,
    "NotAuthorized": 401,
    "OptInRequired": 403,
    "RequestAbortedException": 400,
    "RequestEntityTooLargeException": 413,
    "RequestTimeoutException": 408,
    "SerializationException": 400,
    "ServiceUnavailable": 503,
    "ThrottlingException": 400,
    "UnknownOperationException": 404,
    "UnrecognizedClientException": 403,
    "ValidationError": 400,
}


@dataclass(frozen=True)
class ServiceError:
    """An error response. ``rule`` is the id of the rule that the request breaks, if any."""

    name: str
    message: str
    code: str = ""
    tip: str = ""
    rule: str | None = None

    @property
    def status(self) -> int:
        return STATUS[self.name]


class Refused(PytestLightsailError):
    """Raised to end a call with a ``ServiceError``. The package always catches this exception."""

    def __init__(self, error: ServiceError) -> None:
        super().__init__(error.message)
        self.error = error

    @classmethod
    def by(cls, violation: Violation) -> Refused:
        broken = violation.rule
        return cls(
            ServiceError(broken.error, violation.message, broken.code, violation.tip, broken.id)
        )


def refuse(rule_id: str, path: Path = (), found: object = None, **details: object) -> Refused:
    """Return the exception to raise when a request breaks a rule."""
    return Refused.by(Violation(rule(rule_id), path, found, details))


CONTENT_TYPE = "application/x-amz-json-1.1"
READ_HEADERS = ("x-amz-target", "content-type")
"""The request headers that the account reads."""
_FRONT_END = "com.amazon.coral.service#"


# Request, Response and Call are not frozen, because every call creates an instance of each, and
# frozen instances take three times as long to create.


@dataclass
class Request:
    """An HTTP request to a Region, with lowercase header names."""

    method: str
    headers: Mapping[str, str]
    body: bytes
    region: str
    path: str = "/"
    read_timeout: float | None = None
    """The number of seconds for which the client waits for a response, or ``None`` if unknown."""


@dataclass
class Response:
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


@dataclass(frozen=True)
class Disconnect:
    """A lost connection. ``kind`` is the name of the fault, such as ``read_timeout``."""

    kind: str
    hint: str = ""
    """A hint that explains to the test's author why no response is possible."""


def decode(request: Request, model: ServiceModel) -> tuple[str, dict[str, Any]]:
    """Return the operation and the parameters of a request."""
    target, content_type = map(request.headers.get, READ_HEADERS, ("", ""))
    operation = _operation(model, request.method, request.path, target, content_type)
    try:
        parameters = _DECODER.decode(request.body.decode("utf-8"))
    except (ValueError, RecursionError):
        raise _unreadable("body is not valid JSON" if request.body else "has no body") from None
    if not isinstance(parameters, dict):
        raise _unreadable("body is not a JSON object")
    # Each level of nesting adds a bracket, so measure the depth only if there are many brackets.
    brackets = request.body.count(b"{") + request.body.count(b"[")
    if brackets > DEEPEST and is_deeper_than(DEEPEST, parameters):
        raise _unreadable("body is nested too deeply")
    return operation, parameters


def _unreadable(why: str) -> Refused:
    return Refused(ServiceError("SerializationException", f"The request {why}."))


@lru_cache(maxsize=256)
def _operation(model: ServiceModel, method: str, path: str, target: str, content_type: str) -> str:
    prefix, _, operation = target.rpartition(".")
    if (
        method != "POST"
        or path.partition("?")[0] not in {"", "/"}
        or content_type.partition(";")[0].strip().lower() != CONTENT_TYPE
        or prefix != model.metadata["targetPrefix"]
        or operation not in model.operations
    ):
        raise Refused(ServiceError("UnknownOperationException", "The operation is unknown."))
    return operation


_DECODER = json.JSONDecoder(parse_constant=finite, parse_float=finite)


def encode(body: bytes, status: int, request_id: str, clock: Clock) -> Response:
    """Return a response with the service's headers. The ``Date`` header shows the virtual time."""
    return Response(
        status,
        (
            ("Server", "Server"),
            ("Date", http_date(clock.timestamp)),
            ("Content-Type", CONTENT_TYPE),
            ("Content-Length", str(len(body))),
            ("x-amzn-RequestId", request_id),
            ("Connection", "keep-alive"),
        ),
        body,
    )


@lru_cache(maxsize=64)
def http_date(second: int) -> str:
    return formatdate(second, usegmt=True)


def encode_error(error: ServiceError, model: ServiceModel) -> bytes:
    """Encode an error. Only errors that the service model defines have a code and a tip."""
    shape = model.shapes.get(error.name)
    body = {"__type": _FRONT_END + error.name, "message": error.message}
    if shape is not None and shape.error:
        code = error.code or CODES.get(error.name, error.name)
        body = {"__type": error.name, "code": code, "message": error.message, "tip": error.tip}
    return json.dumps(body, separators=(",", ":")).encode()


class Identifiers:
    """Generates identifiers from a seed, with an independent sequence for each purpose."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._drawn: Counter[str] = Counter()

    def uuid(self, purpose: str) -> str:
        """Return the next UUID for a purpose, formatted like a version 4 UUID."""
        self._drawn[purpose] += 1
        text = f"{self._seed}/{purpose}/{self._drawn[purpose]}"
        # This formatting is three times as fast as `uuid.UUID`.
        number = blake2b(text.encode(), digest_size=16).hexdigest()
        return f"{number[:8]}-{number[8:12]}-4{number[13:16]}-a{number[17:20]}-{number[20:]}"

    def account_number(self, purpose: str) -> str:
        """Return a twelve-digit account number that depends only on the seed and ``purpose``."""
        return self._letters(purpose, digits, 12)

    def host(self, region: str) -> str:
        """Return the 13 characters that identify an account in the service URLs of a Region."""
        return self._letters(f"host/{region}", digits + ascii_lowercase, 13)

    def token(self, purpose: str) -> str:
        """Return 32 hexadecimal digits that depend only on the seed and ``purpose``."""
        return self._letters(purpose, digits + "abcdef", 32)

    def role(self, role: str, service: str) -> str:
        """Return the ARN of a service's role. The role belongs to an AWS-owned account."""
        letters = self._letters(f"role/{role}{service}", digits + ascii_lowercase[:22], 52)
        return f"arn:aws:iam::{self.account_number('aws-internal')}:{role}/{letters}"

    def _letters(self, text: str, alphabet: str, length: int) -> str:
        digest = blake2b(f"{self._seed}/{text}".encode()).digest()
        number, base = int.from_bytes(digest, "big"), len(alphabet)
        return "".join(alphabet[number // base**place % base] for place in range(length))
