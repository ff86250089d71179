"""Certificates, as far as public domains of container services need them."""

from __future__ import annotations

from collections import UserDict
from dataclasses import dataclass, field, replace
from typing import NoReturn

from ..exceptions import ConfigurationError, UnknownResource
from ..model.lifecycle import CERTIFICATE_EDGES, CERTIFICATE_STATUSES, follow
from ..wording import Suggesting, did_you_mean

__all__ = ["Certificate", "Certificates"]


@dataclass(frozen=True)
class Certificate:
    """A certificate that public domains can be attached with.

    Attributes:
        domains: the names it covers, the main one first.
        status: ``ISSUED``, or another value of the API's CertificateStatus.
        tags: as on the wire.
        arn, created_at: given by the account.
    """

    domains: tuple[str, ...]
    status: str = "ISSUED"
    tags: list[dict[str, str]] = field(default_factory=list)
    arn: str = ""
    created_at: float = 0.0

    def __post_init__(self) -> None:
        given: object = self.domains
        if not isinstance(given, (tuple, list)) or not all(isinstance(one, str) for one in given):
            raise ConfigurationError(
                f"Certificate: domains is a tuple of names, such as ('www.example.com',), "
                f"not {self.domains!r}"
            )
        if self.status not in CERTIFICATE_STATUSES:
            raise ConfigurationError(
                f"Certificate: no status {self.status!r}; there are {', '.join(CERTIFICATE_STATUSES)}"
            )

    def known_as(self, arn: str, created_at: float) -> Certificate:
        """The same with what the account gives it."""
        return replace(self, arn=arn, created_at=created_at)


class Certificates(Suggesting, UserDict[str, Certificate]):
    """Certificates by name. A created one is PENDING_VALIDATION until the test issues it.

    >>> certificates = Certificates()
    >>> certificates["shop"] = Certificate(("shop.example.com",), "PENDING_VALIDATION")
    >>> certificates.issue("shop")
    >>> certificates["shop"].status
    'ISSUED'

    Raises:
        ImpossibleTransition: the table of certificates has no such edge, as from FAILED to ISSUED.
        UnknownResource: there is no such certificate.
    """

    def issue(self, name: str) -> None:
        """The domains have been validated: ISSUED."""
        self._move(name, "issue")

    def fail(self, name: str) -> None:
        """The domains cannot be validated: FAILED."""
        self._move(name, "fail")

    def time_out(self, name: str) -> None:
        """Nobody has validated the domains in time: VALIDATION_TIMED_OUT."""
        self._move(name, "time_out")

    def expire(self, name: str) -> None:
        """Its time is over: EXPIRED."""
        self._move(name, "expire")

    def revoke(self, name: str) -> None:
        """It has been revoked: REVOKED."""
        self._move(name, "revoke")

    def _move(self, name: str, trigger: str) -> None:
        status = follow(CERTIFICATE_EDGES, self[name].status, trigger)
        self[name] = replace(self[name], status=status)

    def __missing__(self, name: str) -> NoReturn:
        raise UnknownResource(
            f"no certificate {name!r}; there are: {', '.join(self) or 'none'}{did_you_mean(name, self)}"
        )

    def __setitem__(self, name: str, certificate: Certificate) -> None:
        if not isinstance(certificate, Certificate):
            raise ConfigurationError(
                f"certificates[{name!r}]: {certificate!r} is no Certificate(…)"
            )
        super().__setitem__(name, certificate)
