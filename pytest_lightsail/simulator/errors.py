"""The errors that the service answers with: name, HTTP status, and the members of the body."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..exceptions import PytestLightsailError
from ..model.rule import Path, Violation
from ..model.rules import rule

__all__ = ["STATUS", "Refused", "ServiceError", "refuse"]

STATUS: Mapping[str, int] = {
    # Modelled errors: the API Reference says 400 for all but the fault (the Smithy model says 403, 404,
    # 401 and 428, which do not apply to AWS JSON 1.1; 400 is what has been observed).
    "AccessDeniedException": 400,
    "AccountSetupInProgressException": 400,
    "InvalidInputException": 400,
    "NotFoundException": 400,
    "OperationFailureException": 400,
    "RegionSetupInProgressException": 400,
    "ServiceException": 500,
    "UnauthenticatedException": 400,
    # Errors of the front end, from the API Reference's page on common errors.
    "ExpiredTokenException": 403,
    "IncompleteSignature": 403,
    "InternalFailure": 500,
    # The next two are not on that page; every AWS service with Signature Version 4 answers with them.
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

_DOCS = "https://docs.aws.amazon.com/lightsail/2016-11-28/api-reference/API_{operation}.html"


@dataclass(frozen=True)
class ServiceError:
    """An error as the service gives it. ``rule`` is the id of the rule that was broken, if any was."""

    name: str
    message: str
    code: str = ""
    tip: str = ""
    rule: str | None = None

    @property
    def status(self) -> int:
        """The HTTP status."""
        return STATUS[self.name]

    def members(self, operation: str, *, modelled: bool) -> dict[str, str]:
        """The members of the body: all four that Lightsail's own exceptions have, or the message."""
        if not modelled:
            return {"message": self.message}
        return {
            "code": self.code or self.name,
            "docs": _DOCS.format(operation=operation),
            "message": self.message,
            "tip": self.tip,
        }


class Refused(PytestLightsailError):
    """Carries a ``ServiceError`` from where it is found to the wire; it never leaves the simulator."""

    def __init__(self, error: ServiceError) -> None:
        super().__init__(error.message)
        self.error = error

    @classmethod
    def by(cls, violation: Violation) -> Refused:
        """The refusal of a request that breaks a rule."""
        broken = violation.rule
        return cls(
            ServiceError(broken.error, violation.message, broken.code, violation.tip, broken.id)
        )


def refuse(rule_id: str, path: Path = (), found: object = None, **details: object) -> Refused:
    """The refusal by a rule that the simulator decides, to be raised.

    >>> refuse("service.exists", ("serviceName",), "shop", region="us-east-1").error.name
    'NotFoundException'
    """
    return Refused.by(Violation(rule(rule_id), path, found, details))
