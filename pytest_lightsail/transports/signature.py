"""Signature Version 4, as a service checks it.

Source: AWS General Reference, "Create a signed AWS API request" and "Troubleshoot signed requests".
"""

from __future__ import annotations

import hmac
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any
from urllib.parse import quote

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from ..simulator.wire import Request, ServiceError

__all__ = ["Verifier"]

_ALGORITHM = "AWS4-HMAC-SHA256"
_SERVICE = "lightsail"
_TERMINATOR = "aws4_request"
_DATE = "%Y%m%dT%H%M%SZ"
_TOLERANCE = 15 * 60
"""Seconds by which the clocks of client and service may differ."""

_FIELD = re.compile(r"(Credential|SignedHeaders|Signature)=([^,\s]+)")


@dataclass(frozen=True)
class _Authorization:
    access_key: str
    date: str
    region: str
    service: str
    terminator: str
    signed: tuple[str, ...]
    signature: str


class Verifier:
    """Refuse requests that are not signed with one pair of keys.

    Args:
        access_key: the access key id.
        secret_key: the secret that belongs to it.
        now: the machine's time, in seconds since 1970.
        also: another time that signers may live in, such as the account's.
    """

    def __init__(
        self,
        access_key: str,
        secret_key: str,
        now: Callable[[], float] = time.time,
        also: Callable[[], float] | None = None,
    ) -> None:
        self._access_key = access_key
        self._secret_key = secret_key
        self._nows = (now,) if also is None else (now, also)

    def __repr__(self) -> str:
        return f"<Verifier of {self._access_key}>"

    def refusal(self, request: Request) -> ServiceError | None:
        """Why the request is refused; ``None`` if it is signed as it should be."""
        header = request.headers.get("authorization")
        if header is None:
            return ServiceError(
                "MissingAuthenticationTokenException", "Missing Authentication Token"
            )
        given = _parse(header)
        amz_date = request.headers.get("x-amz-date", "")
        signed_at = _seconds(amz_date)
        if given is None or signed_at is None:
            return ServiceError(
                "IncompleteSignature", "The request signature does not conform to AWS standards."
            )
        if not hmac.compare_digest(given.access_key.encode(), self._access_key.encode()):
            message = "The security token included in the request is invalid."
            return ServiceError("UnrecognizedClientException", message)
        if all(abs(signed_at - now()) > _TOLERANCE for now in self._nows):
            return _invalid(f"Signature expired: {amz_date} is not within 15 minutes of now.")
        return self._check(request, given, amz_date)

    def _check(self, request: Request, given: _Authorization, amz_date: str) -> ServiceError | None:
        if (given.service, given.terminator) != (_SERVICE, _TERMINATOR):
            return _invalid(f"Credential should be scoped to correct service: '{_SERVICE}'.")
        if given.date != amz_date[:8]:
            return _invalid("Date in Credential scope does not match YYYYMMDD from ISO-8601 date.")
        if "host" not in given.signed:
            return _invalid("'Host' must be a 'SignedHeader' in the AWS Authorization.")
        ours = self._sign(request, given, amz_date)
        if not hmac.compare_digest(ours.encode(), given.signature.encode()):
            return _invalid(
                "The request signature we calculated does not match the signature you provided. "
                "Check your AWS Secret Access Key and signing method. Consult the service "
                "documentation for details."
            )
        return None

    def _sign(self, request: Request, given: _Authorization, amz_date: str) -> str:
        headers = {name: request.headers.get(name, "") for name in given.signed}
        path, mark, query = request.path.partition("?")
        url = f"https://{headers['host']}{quote(path or '/', encoding='latin-1')}{mark}{query}"
        again = AWSRequest(request.method, url, headers, request.body)
        again.context["timestamp"] = amz_date
        keys = Credentials(self._access_key, self._secret_key)
        signer: Any = SigV4Auth(keys, given.service, given.region)
        text = signer.string_to_sign(again, signer.canonical_request(again))
        return str(signer.signature(text, again))


def _parse(header: str) -> _Authorization | None:
    algorithm, _, rest = header.partition(" ")
    fields = dict(_FIELD.findall(rest))
    try:
        key, date, region, service, terminator = fields["Credential"].rsplit("/", 4)
        signed, signature = tuple(fields["SignedHeaders"].split(";")), fields["Signature"]
    except (KeyError, ValueError):
        return None
    if algorithm != _ALGORITHM:
        return None
    return _Authorization(key, date, region, service, terminator, signed, signature)


def _seconds(amz_date: str) -> float | None:
    try:
        return datetime.strptime(amz_date, _DATE).replace(tzinfo=timezone.utc).timestamp()
    except ValueError:
        return None


def _invalid(message: str) -> ServiceError:
    return ServiceError("InvalidSignatureException", message)
