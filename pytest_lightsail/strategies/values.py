"""Strategies for valid values, with limits from the catalogue and the installed service model.

Invalid arguments raise ``ConfigurationError`` as soon as the strategy is created, not when the test
runs.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, TypeVar

from hypothesis import strategies as st

from ..exceptions import ConfigurationError
from ..model.rule import Kind
from .invalid import part_of
from .shapes import GREATEST, IMAGE_KINDS, images, matching, named, request_root, request_shapes

_T = TypeVar("_T")

__all__ = [
    "commands",
    "container_labels",
    "container_names",
    "containers",
    "deployments",
    "environments",
    "health_checks",
    "image_references",
    "ports",
    "powers",
    "private_registry_access",
    "protocols",
    "public_domain_names",
    "public_endpoints",
    "requests",
    "scales",
    "service_names",
    "success_codes",
    "tags",
]


def _between(function: str, kind: Kind, **given: int | None) -> st.SearchStrategy[Any]:
    """Return a strategy for ``function``, restricted to the minimum and maximum in ``given``."""
    part = part_of(function)
    limits = request_shapes().limits(part.target, part.shape.name)
    least, most = limits.bounds(kind)
    most = GREATEST if most is None else most
    narrowed = {name: value for name, value in given.items() if value is not None}
    for name, value in narrowed.items():
        if type(value) is not int or value < 0:
            raise ConfigurationError(f"{name} must be a whole number of 0 or more, not {value!r}")
    minimum, maximum = given.values()
    low, high = max(least, minimum or 0), most if maximum is None else min(most, maximum)
    if low > high:
        arguments = ", ".join(f"{name}={value}" for name, value in narrowed.items())
        raise ConfigurationError(
            f"no value satisfies {arguments}; the service accepts {least} to {most}"
        )
    return st.integers(low, high) if kind is Kind.RANGE else matching(limits.patterns, low, high)


def _of(name: str, words: str) -> Callable[[], st.SearchStrategy[Any]]:
    """Return the function ``name``, which returns a strategy for one part of a request."""

    def valid() -> st.SearchStrategy[Any]:
        part = part_of(name)
        return request_shapes().of(part.shape.name, part.target)

    valid.__name__ = valid.__qualname__ = name
    valid.__doc__ = f"Return a strategy for {words}."
    return named(valid)


# --- values ------------------------------------------------------------------------------------------


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
    return _between("service_names", Kind.LENGTH, min_size=min_size, max_size=max_size)


@named
def container_names(
    *, min_size: int | None = None, max_size: int | None = None
) -> st.SearchStrategy[str]:
    """Return a strategy for container names. It takes the arguments of ``service_names``."""
    return _between("container_names", Kind.LENGTH, min_size=min_size, max_size=max_size)


@named
def container_labels(
    *, min_size: int | None = None, max_size: int | None = None
) -> st.SearchStrategy[str]:
    """Return a strategy for labels of stored images. It takes the arguments of ``service_names``."""
    return _between("container_labels", Kind.LENGTH, min_size=min_size, max_size=max_size)


@named
def image_references(
    kinds: Collection[str] = IMAGE_KINDS,
    *,
    service: str | None = None,
    label: str | None = None,
    region: str = "us-east-1",
) -> st.SearchStrategy[str]:
    """Return a strategy for references to images.

    The service can pull stored images only if the test has registered them, and private images only
    if the test has given the service access to them.

    Args:
        kinds: the kinds to draw, from ``public``, ``docker-hub``, ``public-ecr``, ``registry``,
            ``ecr`` and ``stored``.
        service: the service in references to stored images. By default, any service.
        label: the label in references to stored images. By default, any label.
        region: the Region of the private repositories.

    Raises:
        ConfigurationError: a kind does not exist, or ``kinds`` is empty.
    """
    services = service_names() if service is None else st.just(service)
    labels = container_labels() if label is None else st.just(label)
    versions = st.one_of(st.sampled_from(("1", "latest")), st.integers(1, 10**6).map(str))
    stored = st.builds(":{}.{}.{}".format, services, labels, versions)
    return images(kinds, stored, region)


@named
def ports(*, min_value: int | None = None, max_value: int | None = None) -> st.SearchStrategy[int]:
    """Return a strategy for port numbers from ``min_value`` to ``max_value``.

    The keys of a container's ``ports`` are strings: use ``str(port)``.

    Raises:
        ConfigurationError: no valid port is in this range.
    """
    return _between("ports", Kind.RANGE, min_value=min_value, max_value=max_value)


@named
def scales(*, min_value: int | None = None, max_value: int | None = None) -> st.SearchStrategy[int]:
    """Return a strategy for node counts (``scale``). It takes the arguments of ``ports``."""
    return _between("scales", Kind.RANGE, min_value=min_value, max_value=max_value)


_Of = Callable[[], st.SearchStrategy[_T]]
_Document = dict[str, Any]

powers: _Of[str] = _of("powers", "names of powers, such as ``nano``")
protocols: _Of[str] = _of("protocols", "protocols of a container's ports")
success_codes: _Of[str] = _of(
    "success_codes", "success codes of a health check, such as ``200,301-302``"
)
commands: _Of[list[str]] = _of("commands", "container commands, which are lists of words")
tags: _Of[list[dict[str, str]]] = _of("tags", "lists of tags with unique keys")
environments: _Of[dict[str, str]] = _of("environments", "a container's environment variables")
public_domain_names: _Of[dict[str, list[str]]] = _of(
    "public_domain_names", "mappings from certificate names to domain names"
)
private_registry_access: _Of[_Document] = _of(
    "private_registry_access", "``privateRegistryAccess``: access to private ECR repositories"
)
health_checks: _Of[_Document] = _of(
    "health_checks", "health checks of public endpoints. All members are optional"
)
containers: _Of[_Document] = _of(
    "containers", "mappings from container names to containers with public images"
)
public_endpoints: _Of[_Document] = _of(
    "public_endpoints", "public endpoints. ``deployments()`` adds matching containers"
)
deployments: _Of[_Document] = _of(
    "deployments", "deployments that CreateContainerService accepts, some with a ``publicEndpoint``"
)


# --- whole requests ----------------------------------------------------------------------------------


@named
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
        ConfigurationError: Lightsail has no such operation, the request has no such member, or an
            argument is not a strategy.

    >>> from hypothesis import find, strategies as st
    >>> find(requests("DeleteContainerService", serviceName=st.just("shop")), lambda request: True)
    {'serviceName': 'shop'}
    """
    shapes, name = request_shapes(), request_root(operation)
    shape = shapes.model.shapes[name]
    known = shape.members
    for member, given in members.items():
        if member not in known:
            raise ConfigurationError(
                f"{operation} has no member {member!r}; expected: {', '.join(known) or 'none'}"
            )
        if not isinstance(given, st.SearchStrategy):
            raise ConfigurationError(
                f"{member} must be a strategy, such as st.just({given!r}), not {given!r}"
            )
    return shapes.structure(shape, members) if members else shapes.of(name)
