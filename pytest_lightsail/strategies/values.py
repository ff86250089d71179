"""Strategies for valid values, and for values that break one rule.

Invalid arguments raise ``ConfigurationError`` as soon as the strategy is created, not when the test
runs.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, TypeVar

from hypothesis import strategies as st

from ..exceptions import ConfigurationError, check_known
from ..model.rule import Kind
from ..model.service import KEY, VALUE
from .invalid import Invalid, chosen_cases, drawn
from .mutations import Part, part_at
from .shapes import ECR_IMAGES, PUBLIC_IMAGES, matching, named, request_root, request_shapes

_T = TypeVar("_T")

__all__ = [
    "container_names",
    "containers",
    "deployments",
    "environments",
    "health_checks",
    "image_references",
    "invalid_container_names",
    "invalid_containers",
    "invalid_deployments",
    "invalid_environments",
    "invalid_health_checks",
    "invalid_image_references",
    "invalid_ports",
    "invalid_powers",
    "invalid_public_endpoints",
    "invalid_requests",
    "invalid_scales",
    "invalid_service_names",
    "invalid_success_codes",
    "invalid_tags",
    "ports",
    "powers",
    "public_endpoints",
    "requests",
    "scales",
    "service_names",
    "success_codes",
    "tags",
]

PLACES: dict[str, str] = {}
"""Maps names of strategies to places in requests, such as ``CreateContainerService.power``."""


def part_of(name: str) -> Part:
    """Return the part of a request that the strategy ``name`` draws."""
    part, _ = part_at(PLACES[name])
    return part


# --- strategies with limits ---------------------------------------------------------------------------


def _between(
    name: str, kind: Kind, minimum: int | None, maximum: int | None
) -> st.SearchStrategy[Any]:
    """Return a strategy for numbers or lengths between these bounds and those of the service."""
    part = part_of(name)
    limits = request_shapes().limits(part.target, part.shape.name)
    least, most = limits.bounds(kind)
    low = max(least, minimum or 0)
    high = min(each for each in (most, maximum) if each is not None)
    if low > high:
        raise ConfigurationError(
            f"no value is between {minimum} and {maximum}; the service accepts {least} to {most}"
        )
    return st.integers(low, high) if kind is Kind.RANGE else matching(limits.patterns, low, high)


@named
def service_names(
    *, min_size: int | None = None, max_size: int | None = None
) -> st.SearchStrategy[str]:
    """Return a strategy for container service names of ``min_size`` to ``max_size`` characters.

    Raises:
        ConfigurationError: no valid name has a length in this range.

    >>> from hypothesis import find
    >>> find(service_names(min_size=3), lambda name: True)
    '000'
    """
    return _between("service_names", Kind.LENGTH, min_size, max_size)


@named
def container_names(
    *, min_size: int | None = None, max_size: int | None = None
) -> st.SearchStrategy[str]:
    """Return a strategy for container names. It takes the arguments of ``service_names``."""
    return _between("container_names", Kind.LENGTH, min_size, max_size)


@named
def ports(*, min_value: int | None = None, max_value: int | None = None) -> st.SearchStrategy[int]:
    """Return a strategy for port numbers from ``min_value`` to ``max_value``.

    The keys of a container's ``ports`` are strings: use ``str(port)``.

    Raises:
        ConfigurationError: no valid port is in this range.
    """
    return _between("ports", Kind.RANGE, min_value, max_value)


@named
def scales(*, min_value: int | None = None, max_value: int | None = None) -> st.SearchStrategy[int]:
    """Return a strategy for node counts (``scale``). It takes the arguments of ``ports``."""
    return _between("scales", Kind.RANGE, min_value, max_value)


@named
def image_references(
    kinds: Collection[str] = (*PUBLIC_IMAGES, "ecr", "stored"), *, service: str | None = None
) -> st.SearchStrategy[str]:
    """Return a strategy for references to images.

    The service can pull stored images only if the test has registered them, and private images only
    if the test has given the service access to them.

    Args:
        kinds: the kinds to draw, from ``public``, ``docker-hub``, ``public-ecr``, ``registry``,
            ``ecr`` and ``stored``. Images of the kind ``ecr`` are in the Region us-east-1.
        service: the service in references to stored images. By default, any service.

    Raises:
        ConfigurationError: a kind does not exist, or ``kinds`` is empty.
    """
    services = service_names() if service is None else st.just(service)
    labels = request_shapes().of("ContainerLabel")
    versions = st.one_of(st.sampled_from(("1", "latest")), st.integers(1, 10**6).map(str))
    stored = st.builds(":{}.{}.{}".format, services, labels, versions)
    of_kind = {**PUBLIC_IMAGES, "ecr": ECR_IMAGES, "stored": stored}
    check_known("unknown kind", sorted(kinds) or ["none"], of_kind)
    return st.one_of(*(images for kind, images in of_kind.items() if kind in kinds))


# --- strategies without arguments ---------------------------------------------------------------------


def _valid(name: str) -> Callable[[], st.SearchStrategy[Any]]:
    """Return the function ``name``, which returns a strategy for one part of a request."""

    def valid() -> st.SearchStrategy[Any]:
        part = part_of(name)
        return request_shapes().of(part.shape.name, part.target)

    valid.__name__ = valid.__qualname__ = name
    words = name.replace("_", " ")
    valid.__doc__ = f"Return a strategy for {words} that the service accepts."
    return named(valid)


_Of = Callable[[], st.SearchStrategy[_T]]
_Document = dict[str, Any]

powers: _Of[str] = _valid("powers")
success_codes: _Of[str] = _valid("success_codes")
tags: _Of[list[dict[str, str]]] = _valid("tags")
environments: _Of[dict[str, str]] = _valid("environments")
health_checks: _Of[_Document] = _valid("health_checks")
containers: _Of[_Document] = _valid("containers")
public_endpoints: _Of[_Document] = _valid("public_endpoints")
deployments: _Of[_Document] = _valid("deployments")


# --- strategies for invalid values --------------------------------------------------------------------


def _invalid(name: str, place: str) -> Callable[..., st.SearchStrategy[Invalid]]:
    """Return the function ``invalid_{name}``, which returns a strategy for one part of a request."""
    PLACES[name] = place

    def invalid(
        *, rules: Collection[str] | None = None, kind: str | None = None
    ) -> st.SearchStrategy[Invalid]:
        return drawn(chosen_cases(place, rules=rules, kind=kind))

    invalid.__name__ = invalid.__qualname__ = f"invalid_{name}"
    invalid.__doc__ = (
        f"Return a strategy for values that ``{name}`` never draws.\n\n"
        "Each value breaks one rule. For ``rules`` and ``kind``, see ``invalid_requests``."
    )
    return named(invalid)


_CREATE, _DEPLOY = "CreateContainerService", "CreateContainerServiceDeployment"
_CONTAINER = f"{_DEPLOY}.containers.{VALUE}"
_ENDPOINT = f"{_DEPLOY}.publicEndpoint"

invalid_service_names = _invalid("service_names", f"{_CREATE}.serviceName")
invalid_powers = _invalid("powers", f"{_CREATE}.power")
invalid_scales = _invalid("scales", f"{_CREATE}.scale")
invalid_tags = _invalid("tags", f"{_CREATE}.tags")
invalid_deployments = _invalid("deployments", f"{_CREATE}.deployment")
invalid_containers = _invalid("containers", f"{_DEPLOY}.containers")
invalid_container_names = _invalid("container_names", f"{_DEPLOY}.containers.{KEY}")
invalid_image_references = _invalid("image_references", f"{_CONTAINER}.image")
invalid_environments = _invalid("environments", f"{_CONTAINER}.environment")
invalid_ports = _invalid("ports", f"{_CONTAINER}.ports.{KEY}")
invalid_public_endpoints = _invalid("public_endpoints", _ENDPOINT)
invalid_health_checks = _invalid("health_checks", f"{_ENDPOINT}.healthCheck")
invalid_success_codes = _invalid("success_codes", f"{_ENDPOINT}.healthCheck.successCodes")


# --- whole requests ----------------------------------------------------------------------------------


def requests(
    operation: str, **members: st.SearchStrategy[Any]
) -> st.SearchStrategy[dict[str, Any]]:
    """Return a strategy for an operation's requests, as keyword arguments of a boto3 call.

    All images are public. Everything that a request names, such as the service, must exist in the
    account. Requests contain no page tokens and no resource ARNs, because only the service's
    responses contain valid ones.

    Args:
        operation: the operation.
        members: strategies for members of the request. These members are always present.
            Public endpoints are adapted to the containers, and stored images to the service.

    Raises:
        ConfigurationError: Lightsail has no such operation, or the request has no such member.

    >>> from hypothesis import find, strategies as st
    >>> find(requests("DeleteContainerService", serviceName=st.just("shop")), lambda request: True)
    {'serviceName': 'shop'}
    """
    shapes, name = request_shapes(), request_root(operation)
    shape = shapes.model.shapes[name]
    check_known("unknown member", members, shape.members)
    return shapes.structure(shape, members) if members else shapes.of(name)


@named
def invalid_requests(
    operation: str, *, rules: Collection[str] | None = None, kind: str | None = None
) -> st.SearchStrategy[Invalid]:
    """Return a strategy for requests that break one rule and are otherwise valid.

    Each rule is drawn equally often, as is each way of breaking a given rule. All other values in a
    request are simple, and optional members are left out unless they contain the invalid value.

    Args:
        operation: an operation that the account simulates.
        rules: the ids of the rules to break, such as ``{"scale.range"}``. By default, any
            rule may be broken.
        kind: ``client`` for requests that botocore rejects, or ``service`` for those that the
            service refuses. By default, both kinds.

    Raises:
        ConfigurationError: no rule matches these arguments, or the account does not simulate the
            operation.

    >>> from hypothesis import find
    >>> case = find(invalid_requests("CreateContainerService", rules={"scale.range"}), lambda case: True)
    >>> print(case)
    CreateContainerService: scale breaks scale.range (service: InvalidInputException)
    >>> case.way
    'one above the maximum'
    """
    return drawn(chosen_cases(operation, rules=rules, kind=kind))
