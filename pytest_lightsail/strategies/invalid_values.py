"""Invalid values: each is read from a request that breaks one rule."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from hypothesis import strategies as st

from ..exceptions import ConfigurationError
from ..model.rule import Kind
from ..model.service import KEY, VALUE
from .flaws import Flaw
from .invalid import Invalid, cases, invalid_at
from .shapes import made_once
from .values import HOME

__all__ = [
    "invalid_commands",
    "invalid_container_labels",
    "invalid_container_names",
    "invalid_containers",
    "invalid_deployments",
    "invalid_environments",
    "invalid_health_checks",
    "invalid_image_references",
    "invalid_ports",
    "invalid_powers",
    "invalid_private_registry_access",
    "invalid_protocols",
    "invalid_public_domain_names",
    "invalid_public_endpoints",
    "invalid_scales",
    "invalid_service_names",
    "invalid_success_codes",
    "invalid_tags",
]


_ARGUMENTS = "``rules``, ``kind`` and ``region`` are those of ``invalid_requests``."


class _InvalidValues(Protocol):
    """A function of this module."""

    def __call__(
        self,
        *,
        rules: Collection[str] | None = None,
        kind: str | None = None,
        region: str = HOME,
    ) -> st.SearchStrategy[Invalid]:
        """Values that break one rule; ``rules``, ``kind`` and ``region`` as for ``invalid_requests``."""
        raise NotImplementedError


def _at(place: str, name: str, meaning: str) -> _InvalidValues:
    """Return the strategy function for one place: an operation, and the way into its request."""
    operation, *steps = place.split(".")
    way = tuple(steps)

    def invalid(
        *, rules: Collection[str] | None = None, kind: str | None = None, region: str = HOME
    ) -> st.SearchStrategy[Invalid]:
        chosen = tuple(
            one
            for one in cases(operation, rules, kind, way)
            # A value that is left out is not a value.
            if isinstance(one, Flaw) or one.way != way or one.rule.kind is not Kind.REQUIRED
        )
        if not chosen:
            raise ConfigurationError(f"{name}: no rule is left to break")
        return invalid_at(operation, chosen, way, kind=kind, region=region)

    invalid.__name__ = invalid.__qualname__ = name
    invalid.__doc__ = f"{meaning}\n\n{_ARGUMENTS}"
    return made_once(invalid)


_CREATE, _DEPLOY = "CreateContainerService", "CreateContainerServiceDeployment"
_CONTAINER = f"{_DEPLOY}.containers.{VALUE}"
_ENDPOINT = f"{_DEPLOY}.publicEndpoint"

invalid_service_names = _at(
    f"{_CREATE}.serviceName", "invalid_service_names", "Names that no container service can have."
)
invalid_container_names = _at(
    f"{_DEPLOY}.containers.{KEY}", "invalid_container_names", "Names that no container can have."
)
invalid_container_labels = _at(
    "RegisterContainerImage.label",
    "invalid_container_labels",
    "Labels that no stored image can have.",
)
invalid_image_references = _at(
    f"{_CONTAINER}.image",
    "invalid_image_references",
    "Images that no container can run: malformed, not stored, or out of reach.",
)
invalid_health_checks = _at(
    f"{_ENDPOINT}.healthCheck", "invalid_health_checks", "Health checks with one error."
)
invalid_success_codes = _at(
    f"{_ENDPOINT}.healthCheck.successCodes",
    "invalid_success_codes",
    "What is not a list of success codes.",
)
invalid_ports = _at(
    f"{_CONTAINER}.ports.{KEY}", "invalid_ports", "Texts that are not a port, as keys of ``ports``."
)
invalid_protocols = _at(
    f"{_CONTAINER}.ports.{VALUE}", "invalid_protocols", "Values that are not a protocol."
)
invalid_environments = _at(
    f"{_CONTAINER}.environment",
    "invalid_environments",
    "Environment variables with one error; of kind ``deployment`` one is missing.",
)
invalid_commands = _at(
    f"{_CONTAINER}.command", "invalid_commands", "Values that are not a list of words."
)
invalid_tags = _at(f"{_CREATE}.tags", "invalid_tags", "Lists of tags with one error.")
invalid_public_domain_names = _at(
    f"{_CREATE}.publicDomainNames",
    "invalid_public_domain_names",
    "Public domain names by certificate, with one error.",
)
invalid_powers = _at(f"{_CREATE}.power", "invalid_powers", "Values that are not a power.")
invalid_scales = _at(f"{_CREATE}.scale", "invalid_scales", "Values that are not a number of nodes.")
invalid_private_registry_access = _at(
    f"{_CREATE}.privateRegistryAccess",
    "invalid_private_registry_access",
    "Requests for the ECR image puller role with one error.",
)
invalid_containers = _at(
    f"{_DEPLOY}.containers",
    "invalid_containers",
    "The ``containers`` of a deployment with one error.",
)
invalid_public_endpoints = _at(
    _ENDPOINT, "invalid_public_endpoints", "Endpoints that are wrong alone or for their containers."
)
invalid_deployments = _at(
    f"{_CREATE}.deployment", "invalid_deployments", "Deployments with one error."
)
