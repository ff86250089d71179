"""The roles by which AWS acts for a container service: its own, and the one that pulls private images.

They live in an account of AWS's own, not in the caller's.
"""

from __future__ import annotations

from .identifiers import Identifiers
from .resources import ContainerService

__all__ = ["settle_principals"]


def settle_principals(service: ContainerService, identifiers: Identifiers) -> None:
    """Give a service its roles once a change has settled, and take away the one that it needs no more."""
    role = f"role/amazon/lightsail/{service.region}/containers/{service.name}"
    if not service.principal_arn:
        service.principal_arn = _arn(role, service, identifiers)
    if not service.puller_active:
        service.puller_arn = ""
    elif not service.puller_arn:
        service.puller_arn = _arn(f"{role}/private-repo-access", service, identifiers)


def _arn(role: str, service: ContainerService, identifiers: Identifiers) -> str:
    account = identifiers.account_number("aws-internal")
    return f"arn:aws:iam::{account}:{role}/{identifiers.role(role + service.arn)}"
