"""One request and its response, as they were on the wire; and the client that makes them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from email.utils import parsedate_to_datetime
from typing import Any

from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from ..simulator.history import is_read

__all__ = ["Exchange", "Wire", "at_path", "made"]

_MEMBERS = ("message", "code", "docs", "tip")


@dataclass(frozen=True)
class Exchange:
    """A call and its outcome.

    Attributes:
        operation: what was called.
        parameters: the body of the request.
        at: when, in seconds of the service's own clock.
        answer: the body of the answer, if there was one.
        error: ``type``, ``status``, and the members of the body; ``None`` for an answer.
    """

    operation: str
    parameters: dict[str, Any] = field(repr=False)
    at: float
    answer: dict[str, Any] | None = field(default=None, repr=False)
    error: dict[str, Any] | None = None

    @property
    def is_read(self) -> bool:
        """Whether it changes nothing."""
        return is_read(self.operation)

    @property
    def request(self) -> tuple[str, dict[str, Any]]:
        """What was asked."""
        return self.operation, self.parameters

    @property
    def state(self) -> str:
        """The state that a read showed: of the service, or of the newest deployment; or the error."""
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
    """Return the exchange of which these were the parts; its instant is the ``Date`` of the response."""
    lower = {name.lower(): value for name, value in headers.items()}
    at = parsedate_to_datetime(lower["date"]).timestamp() if "date" in lower else 0.0
    try:
        document = json.loads(body or b"{}")
    except ValueError:
        document = {"message": "not JSON"}
    if status < 300:  # noqa: PLR2004 - a success
        return Exchange(operation, dict(parameters), at, document)
    kind = str(document.get("__type") or lower.get("x-amzn-errortype", "")).rpartition("#")[2]
    members = {name: document[name] for name in _MEMBERS if name in document}
    if "Message" in document:
        members.setdefault("message", document["Message"])
    error = {"type": kind.partition(":")[0], "status": status, **members}
    return Exchange(operation, dict(parameters), at, None, error)


def at_path(value: Any, path: str) -> Any:
    """Return what plain data has at a dotted path; ``None`` where it has nothing.

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
    """Makes calls whose bodies are sent as they are, valid or not, and returns what came back."""

    ARGUMENTS: Mapping[str, Any] = {
        "config": Config(parameter_validation=False, retries={"max_attempts": 0}, read_timeout=60)
    }
    """For ``create_client``."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._sends: tuple[dict[str, Any], str] = ({}, "")
        self._got: dict[str, Any] | None = None
        self.exchanges: list[Exchange] = []
        self.ahead = 0.0
        """Seconds by which a clock was moved that the ``Date`` of responses does not show."""
        client.meta.events.register("before-call.lightsail", self._send)
        client.meta.events.register("response-received.lightsail", self._receive)

    def call(self, operation: str, parameters: Mapping[str, Any], target: str = "") -> Exchange:
        """Make a call.

        Args:
            operation: the operation.
            parameters: the body, which botocore does not look at.
            target: another operation to name in the header.

        Raises:
            BotoCoreError: there was no response.
        """
        self._sends, self._got = (dict(parameters), target), None
        method = getattr(self._client, xform_name(operation))
        try:
            method()
        except ClientError:
            pass  # it is in the response as well
        except BotoCoreError:
            if self._got is None:
                raise
        got: dict[str, Any] = self._got or {"status_code": 0, "headers": {}, "body": b"{}"}
        exchange = made(operation, parameters, got["status_code"], got["headers"], got["body"])
        exchange = replace(exchange, at=exchange.at + self.ahead)
        if not target:
            self.exchanges.append(exchange)
        return exchange

    def _send(self, params: dict[str, Any], **_: Any) -> None:
        parameters, target = self._sends
        params["body"] = json.dumps(parameters).encode()
        if target:
            prefix = params["headers"]["X-Amz-Target"].rpartition(".")[0]
            params["headers"]["X-Amz-Target"] = f"{prefix}.{target}"

    def _receive(self, response_dict: dict[str, Any] | None, **_: Any) -> None:
        self._got = response_dict
