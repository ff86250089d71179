"""Invalid values, by the words of the API: each is read from a request in which one rule is broken."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, NamedTuple

from hypothesis import strategies as st

from ..exceptions import ConfigurationError
from ..model.rule import Kind, Path
from .doomed import Flaw
from .invalid import cases, invalid_at
from .labelled import Invalid, wanted_kinds
from .needs import HOME
from .shapes import KEY, VALUE, Steps

__all__ = [
    "PLACES",
    "Place",
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


class Place(NamedTuple):
    """Where values of a kind stand: an operation, and the way into its request."""

    operation: str
    way: Steps


_CREATE, _DEPLOY = "CreateContainerService", "CreateContainerServiceDeployment"
_HEALTH = ("publicEndpoint", "healthCheck")
PLACES: dict[str, Place] = {
    "service_names": Place(_CREATE, ("serviceName",)),
    "container_names": Place(_DEPLOY, ("containers", KEY)),
    "container_labels": Place("RegisterContainerImage", ("label",)),
    "image_references": Place(_DEPLOY, ("containers", VALUE, "image")),
    "health_checks": Place(_DEPLOY, _HEALTH),
    "success_codes": Place(_DEPLOY, (*_HEALTH, "successCodes")),
    "ports": Place(_DEPLOY, ("containers", VALUE, "ports", KEY)),
    "protocols": Place(_DEPLOY, ("containers", VALUE, "ports", VALUE)),
    "environments": Place(_DEPLOY, ("containers", VALUE, "environment")),
    "commands": Place(_DEPLOY, ("containers", VALUE, "command")),
    "tags": Place(_CREATE, ("tags",)),
    "public_domain_names": Place(_CREATE, ("publicDomainNames",)),
    "powers": Place(_CREATE, ("power",)),
    "scales": Place(_CREATE, ("scale",)),
    "private_registry_access": Place(_CREATE, ("privateRegistryAccess",)),
    "containers": Place(_DEPLOY, ("containers",)),
    "public_endpoints": Place(_DEPLOY, ("publicEndpoint",)),
    "deployments": Place(_CREATE, ("deployment",)),
}
"""Each strategy of valid values that has an invalid one, and the place that this one breaks."""


def _invalid(
    name: str,
    rules: Collection[str] | None,
    kind: str | None,
    value: Callable[[Path], Any] | None = None,
    region: str = HOME,
) -> st.SearchStrategy[Invalid]:
    operation, way = PLACES[name]
    chosen = tuple(
        one
        for one in cases(operation, rules, kind, way)
        # A value that is left out is no value.
        if isinstance(one, Flaw) or one.way != way or one.rule.kind is not Kind.REQUIRED
    )
    if not chosen:
        raise ConfigurationError(f"invalid_{name}: no rule is left to break")
    return invalid_at(operation, chosen, way, wanted_kinds(kind), value=value, region=region)


def _key(path: Path) -> Any:
    """The key of a map that breaks a rule stands at the end of the path."""
    return path[-1]


def invalid_service_names(
    *, rules: Collection[str] | None = None, kind: str | None = None
) -> st.SearchStrategy[Invalid]:
    """Names that no container service can have.

    ``rules`` and ``kind`` are those of ``invalid_requests``.
    """
    return _invalid("service_names", rules, kind)


def invalid_container_names(
    *, rules: Collection[str] | None = None, kind: str | None = None
) -> st.SearchStrategy[Invalid]:
    """Names that no container can have.

    ``rules`` and ``kind`` are those of ``invalid_requests``.
    """
    return _invalid("container_names", rules, kind, _key)


def invalid_container_labels(
    *, rules: Collection[str] | None = None, kind: str | None = None
) -> st.SearchStrategy[Invalid]:
    """Labels that no stored image can have.

    ``rules`` and ``kind`` are those of ``invalid_requests``.
    """
    return _invalid("container_labels", rules, kind)


def invalid_image_references(
    *, rules: Collection[str] | None = None, kind: str | None = None, region: str = HOME
) -> st.SearchStrategy[Invalid]:
    """Images that no container can run: malformed, or of another service.

    ``rules``, ``kind`` and ``region`` are those of ``invalid_requests``.
    """
    return _invalid("image_references", rules, kind, region=region)


def invalid_health_checks(
    *, rules: Collection[str] | None = None, kind: str | None = None
) -> st.SearchStrategy[Invalid]:
    """Health checks of which one member is wrong.

    ``rules`` and ``kind`` are those of ``invalid_requests``.
    """
    return _invalid("health_checks", rules, kind)


def invalid_success_codes(
    *, rules: Collection[str] | None = None, kind: str | None = None
) -> st.SearchStrategy[Invalid]:
    """What is no list of success codes.

    ``rules`` and ``kind`` are those of ``invalid_requests``.
    """
    return _invalid("success_codes", rules, kind)


def invalid_ports(
    *, rules: Collection[str] | None = None, kind: str | None = None
) -> st.SearchStrategy[Invalid]:
    """What is no port: text, as the keys of a container's ``ports`` are.

    ``rules`` and ``kind`` are those of ``invalid_requests``.
    """
    return _invalid("ports", rules, kind, _key)


def invalid_protocols(
    *, rules: Collection[str] | None = None, kind: str | None = None
) -> st.SearchStrategy[Invalid]:
    """What no port speaks.

    ``rules`` and ``kind`` are those of ``invalid_requests``.
    """
    return _invalid("protocols", rules, kind)


def invalid_environments(
    *, rules: Collection[str] | None = None, kind: str | None = None
) -> st.SearchStrategy[Invalid]:
    """Environment variables that are none, or, of kind ``deployment``, that lack one.

    ``rules`` and ``kind`` are those of ``invalid_requests``.
    """
    return _invalid("environments", rules, kind)


def invalid_commands(
    *, rules: Collection[str] | None = None, kind: str | None = None
) -> st.SearchStrategy[Invalid]:
    """What is no list of words.

    ``rules`` and ``kind`` are those of ``invalid_requests``.
    """
    return _invalid("commands", rules, kind)


def invalid_tags(
    *, rules: Collection[str] | None = None, kind: str | None = None
) -> st.SearchStrategy[Invalid]:
    """Lists of tags of which something is wrong.

    ``rules`` and ``kind`` are those of ``invalid_requests``.
    """
    return _invalid("tags", rules, kind)


def invalid_public_domain_names(
    *, rules: Collection[str] | None = None, kind: str | None = None
) -> st.SearchStrategy[Invalid]:
    """Public domain names by certificate of which something is wrong.

    ``rules`` and ``kind`` are those of ``invalid_requests``.
    """
    return _invalid("public_domain_names", rules, kind)


def invalid_powers(
    *, rules: Collection[str] | None = None, kind: str | None = None
) -> st.SearchStrategy[Invalid]:
    """What is no power.

    ``rules`` and ``kind`` are those of ``invalid_requests``.
    """
    return _invalid("powers", rules, kind)


def invalid_scales(
    *, rules: Collection[str] | None = None, kind: str | None = None
) -> st.SearchStrategy[Invalid]:
    """What is no number of nodes.

    ``rules`` and ``kind`` are those of ``invalid_requests``.
    """
    return _invalid("scales", rules, kind)


def invalid_private_registry_access(
    *, rules: Collection[str] | None = None, kind: str | None = None
) -> st.SearchStrategy[Invalid]:
    """Requests for the ECR image puller role of which something is wrong.

    ``rules`` and ``kind`` are those of ``invalid_requests``.
    """
    return _invalid("private_registry_access", rules, kind)


def invalid_containers(
    *, rules: Collection[str] | None = None, kind: str | None = None, region: str = HOME
) -> st.SearchStrategy[Invalid]:
    """The ``containers`` of a deployment of which something is wrong.

    ``rules``, ``kind`` and ``region`` are those of ``invalid_requests``.
    """
    return _invalid("containers", rules, kind, region=region)


def invalid_public_endpoints(
    *, rules: Collection[str] | None = None, kind: str | None = None
) -> st.SearchStrategy[Invalid]:
    """Public endpoints that are wrong, by themselves or for their containers.

    ``rules`` and ``kind`` are those of ``invalid_requests``.
    """
    return _invalid("public_endpoints", rules, kind)


def invalid_deployments(
    *, rules: Collection[str] | None = None, kind: str | None = None, region: str = HOME
) -> st.SearchStrategy[Invalid]:
    """Deployments of which something is wrong.

    ``rules``, ``kind`` and ``region`` are those of ``invalid_requests``.
    """
    return _invalid("deployments", rules, kind, region=region)
