"""Signature Version 4, as a service checks it.

Source: AWS General Reference, "Create a signed AWS API request" and "Troubleshoot signed requests".
"""

from __future__ import annotations

import hmac
import re
from datetime import datetime, timezone
from typing import Any

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from ..endpoints import DUMMY_KEY
from ..simulator.wire import Request, ServiceError

__all__ = ["refusal"]

_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256\s+Credential=(?P<key>[^,\s]+)/[0-9]{8}/(?P<region>[^/,\s]+)/[^/,\s]+/aws4_request"
    r",\s*SignedHeaders=(?P<signed>[^,\s]+),\s*Signature=(?P<signature>[^,\s]+)"
)
_KEYS = Credentials(DUMMY_KEY, DUMMY_KEY)
_DATE = "%Y%m%dT%H%M%SZ"
_TOLERANCE = 15 * 60
"""Seconds by which the clocks of client and service may differ."""

_WRONG = (
    "The request signature we calculated does not match the signature you provided. Check your AWS "
    "Secret Access Key and signing method. Consult the service documentation for details."
)


def refusal(request: Request, *nows: float) -> ServiceError | None:
    """Return why a request is refused; ``None`` if it is signed with the dummy credentials.

    Args:
        request: the request.
        nows: times that its signer may live in, in seconds since 1970.
    """
    authorization = request.headers.get("authorization")
    if authorization is None:
        return ServiceError("MissingAuthenticationTokenException", "Missing Authentication Token")
    given = _AUTHORIZATION.fullmatch(authorization)
    amz_date = request.headers.get("x-amz-date", "")
    signed_at = _seconds(amz_date)
    if given is None or signed_at is None:
        return ServiceError(
            "IncompleteSignature", "The request signature does not conform to AWS standards."
        )
    if given["key"] != DUMMY_KEY:
        message = "The security token included in the request is invalid."
        return ServiceError("UnrecognizedClientException", message)
    message = _WRONG
    if all(abs(signed_at - now) > _TOLERANCE for now in nows):
        message = f"Signature expired: {amz_date} is not within 15 minutes of now."
    elif hmac.compare_digest(_sign(request, given, amz_date).encode(), given["signature"].encode()):
        return None
    return ServiceError("InvalidSignatureException", message)


def _sign(request: Request, given: re.Match[str], amz_date: str) -> str:
    """Return the signature that the request should have."""
    headers = {name: request.headers.get(name, "") for name in given["signed"].split(";")}
    # The host has to be among the signed headers; that of the URL makes no difference then.
    again = AWSRequest(request.method, f"https://lightsail{request.path}", headers, request.body)
    again.context["timestamp"] = amz_date
    signer: Any = SigV4Auth(_KEYS, "lightsail", given["region"])
    text = signer.string_to_sign(again, signer.canonical_request(again))
    return str(signer.signature(text, again))


def _seconds(amz_date: str) -> float | None:
    try:
        return datetime.strptime(amz_date, _DATE).replace(tzinfo=timezone.utc).timestamp()
    except ValueError:
        return None
