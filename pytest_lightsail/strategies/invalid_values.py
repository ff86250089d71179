"""Invalid values: each is read from a request that breaks one rule."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from hypothesis import strategies as st

from ..exceptions import ConfigurationError
from ..model.rule import Kind
from .flaws import Flaw
from .invalid import Invalid, cases, invalid_at
from .shapes import KEY, VALUE, made_once
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


def _values_at(name: str, meaning: str, operation: str, *way: str) -> _InvalidValues:
    """Return the strategy function for the values at one place of an operation's request."""

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
_HEALTH = ("publicEndpoint", "healthCheck")

invalid_service_names = _values_at(
    "invalid_service_names", "Names that no container service can have.", _CREATE, "serviceName"
)
invalid_container_names = _values_at(
    "invalid_container_names", "Names that no container can have.", _DEPLOY, "containers", KEY
)
invalid_container_labels = _values_at(
    "invalid_container_labels",
    "Labels that no stored image can have.",
    "RegisterContainerImage",
    "label",
)
invalid_image_references = _values_at(
    "invalid_image_references",
    "Images that no container can run: malformed, not stored, or out of reach.",
    _DEPLOY,
    *("containers", VALUE, "image"),
)
invalid_health_checks = _values_at(
    "invalid_health_checks", "Health checks with one wrong member.", _DEPLOY, *_HEALTH
)
invalid_success_codes = _values_at(
    "invalid_success_codes",
    "Texts that are not a list of success codes.",
    _DEPLOY,
    *(*_HEALTH, "successCodes"),
)
invalid_ports = _values_at(
    "invalid_ports",
    "Texts that are not a port, as keys of a container's ``ports``.",
    _DEPLOY,
    *("containers", VALUE, "ports", KEY),
)
invalid_protocols = _values_at(
    "invalid_protocols",
    "Values that are not a protocol of a port.",
    _DEPLOY,
    *("containers", VALUE, "ports", VALUE),
)
invalid_environments = _values_at(
    "invalid_environments",
    "Environment variables that are wrong, or, of kind ``deployment``, that lack one.",
    _DEPLOY,
    *("containers", VALUE, "environment"),
)
invalid_commands = _values_at(
    "invalid_commands",
    "Values that are not a list of words.",
    _DEPLOY,
    *("containers", VALUE, "command"),
)
invalid_tags = _values_at("invalid_tags", "Lists of tags with one error.", _CREATE, "tags")
invalid_public_domain_names = _values_at(
    "invalid_public_domain_names",
    "Public domain names by certificate, with one error.",
    _CREATE,
    "publicDomainNames",
)
invalid_powers = _values_at("invalid_powers", "Values that are not a power.", _CREATE, "power")
invalid_scales = _values_at(
    "invalid_scales", "Values that are not a number of nodes.", _CREATE, "scale"
)
invalid_private_registry_access = _values_at(
    "invalid_private_registry_access",
    "Requests for the ECR image puller role with one error.",
    _CREATE,
    "privateRegistryAccess",
)
invalid_containers = _values_at(
    "invalid_containers",
    "The ``containers`` of a deployment, with one error.",
    _DEPLOY,
    "containers",
)
invalid_public_endpoints = _values_at(
    "invalid_public_endpoints",
    "Public endpoints that are wrong by themselves or for their containers.",
    _DEPLOY,
    "publicEndpoint",
)
invalid_deployments = _values_at(
    "invalid_deployments", "Deployments with one error.", _CREATE, "deployment"
)
