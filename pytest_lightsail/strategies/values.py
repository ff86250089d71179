"""Valid values. All limits come from the rules catalogue and the installed service model.

Invalid arguments raise ``ConfigurationError`` as soon as the strategy is made, not when the test
runs.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from hypothesis import strategies as st

from ..exceptions import ConfigurationError
from ..model.catalogue import rule
from ..model.rule import Kind
from ..model.schema import RESPONSE, Form, root_shape
from .shapes import Limits, Strategy, made_once, matching, named
from .special import (
    HOME,
    IMAGE_KINDS,
    certificate_names,
    images,
    public_domains,
    request_root,
    request_shapes,
    response_shapes,
    tag_lists,
)

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
    "responses",
    "scales",
    "service_names",
    "success_codes",
    "tags",
]

_SEVERAL = 3
"""A collection without a maximum has at most this many elements more than the minimum."""


# --- arguments -------------------------------------------------------------------------------------


def strategy_for(name: str, given: Any, default: Strategy | None = None) -> Strategy:
    """Return ``given``, which must be a strategy, or ``default`` if it is ``None``."""
    if given is None and default is not None:
        return default
    if not isinstance(given, st.SearchStrategy):
        raise ConfigurationError(
            f"{name} must be a strategy, such as st.just({given!r}), not {given!r}"
        )
    return given


def sizes_of(
    shape: str, kind: Kind, asked: tuple[int | None, int | None], target: str = ""
) -> tuple[int, int]:
    """Return the bounds of a shape, narrowed by two arguments. The default maximum is small."""
    least, most = Limits(request_shapes().rules_at(shape, target)).bounds(kind)
    if shape == "ContainerServicePublicDomains":
        most = rule("domains.certificates").most
    names = ("min_value", "max_value") if kind is Kind.RANGE else ("min_size", "max_size")
    given = {name: one for name, one in zip(names, asked, strict=True) if one is not None}
    for name, value in given.items():
        if type(value) is not int or value < 0:
            raise ConfigurationError(f"{name} must be a whole number, 0 or more, not {value!r}")
    low = max(least, asked[0] or 0)
    high = min((one for one in (most, asked[1]) if one is not None), default=low + _SEVERAL)
    if low > high:
        narrowed = ", ".join(f"{name}={value}" for name, value in given.items())
        raise ConfigurationError(
            f"no value satisfies {narrowed}; "
            f"the service takes {least} to {'any number' if most is None else most}"
        )
    return low, high


def _names(shape: str, low: int | None, high: int | None) -> Strategy:
    if (low, high) == (None, None):
        return request_shapes().of(shape)
    patterns = Limits(request_shapes().rules_at(shape)).patterns
    return matching(patterns, *sizes_of(shape, Kind.LENGTH, (low, high)))


# --- values ------------------------------------------------------------------------------------------


@named
def service_names(
    *, min_size: int | None = None, max_size: int | None = None
) -> st.SearchStrategy[str]:
    """Return a strategy for container service names of ``min_size`` to ``max_size`` characters.

    Raises:
        ConfigurationError: no name can have such a length.

    >>> from hypothesis import find
    >>> find(service_names(min_size=3), lambda name: True)
    '000'
    """
    return _names("ContainerServiceName", min_size, max_size)


@named
def container_names(
    *, min_size: int | None = None, max_size: int | None = None
) -> st.SearchStrategy[str]:
    """Return a strategy for container names. It takes the arguments of ``service_names``."""
    return _names("ContainerName", min_size, max_size)


@named
def container_labels(
    *, min_size: int | None = None, max_size: int | None = None
) -> st.SearchStrategy[str]:
    """Return a strategy for stored image labels. It takes the arguments of ``service_names``."""
    return _names("ContainerLabel", min_size, max_size)


@named
def image_references(
    kinds: Collection[str] = IMAGE_KINDS,
    *,
    service: str | None = None,
    label: str | None = None,
    region: str = HOME,
) -> st.SearchStrategy[str]:
    """Return a strategy for references to images.

    The service can only pull stored images that the test has registered, and private images that
    the test has given it access to.

    Args:
        kinds: some of ``public``, ``docker-hub``, ``public-ecr``, ``registry``, ``ecr`` and ``stored``.
        service: the service of stored images. By default, any name.
        label: the label of stored images. By default, any label.
        region: the Region of the private repositories.

    Raises:
        ConfigurationError: a kind does not exist, or ``kinds`` is empty.
    """
    services = service_names() if service is None else st.just(service)
    labels = container_labels() if label is None else st.just(label)
    return images(labels, services, kinds, region)


@named
def health_checks(*, timeout_below_interval: bool = False) -> st.SearchStrategy[dict[str, Any]]:
    """Return a strategy for a public endpoint's health checks. All members are optional.

    Args:
        timeout_below_interval: whether to draw only timeouts below the interval. AWS also accepts
            others.
    """
    checks = request_shapes().of("ContainerServiceHealthCheckConfig")
    return checks.map(with_short_timeout) if timeout_below_interval else checks


def with_short_timeout(check: dict[str, Any]) -> dict[str, Any]:
    """Return the check. If its timeout is not below the interval, leave the timeout out."""
    timeout, interval = check.get("timeoutSeconds", 0), check.get("intervalSeconds", 0)
    if timeout < interval or "timeoutSeconds" not in check:
        return check
    return {name: value for name, value in check.items() if name != "timeoutSeconds"}


@named
def success_codes() -> st.SearchStrategy[str]:
    """Return a strategy for health check success codes, such as ``200,301-302``."""
    return request_shapes().of("string", "ContainerServiceHealthCheckConfig.successCodes")


@named
def ports(*, min_value: int | None = None, max_value: int | None = None) -> st.SearchStrategy[int]:
    """Return a strategy for port numbers from ``min_value`` to ``max_value``.

    The keys of a container's ``ports`` are strings: use ``str(port)``.

    Raises:
        ConfigurationError: no port is in that range.
    """
    asked, target = (min_value, max_value), "EndpointRequest.containerPort"
    return st.integers(*sizes_of("integer", Kind.RANGE, asked, target))


@named
def scales(*, min_value: int | None = None, max_value: int | None = None) -> st.SearchStrategy[int]:
    """Return a strategy for numbers of nodes. It takes the arguments of ``ports``."""
    asked = (min_value, max_value)
    return st.integers(*sizes_of("ContainerServiceScale", Kind.RANGE, asked))


@named
def protocols() -> st.SearchStrategy[str]:
    """Return a strategy for the protocols of a container's ports."""
    return request_shapes().of("ContainerServiceProtocol")


@named
def powers() -> st.SearchStrategy[str]:
    """Return a strategy for names of powers, such as ``nano``."""
    return request_shapes().of("ContainerServicePowerName")


@named
def tags(
    *, min_size: int | None = None, max_size: int | None = None
) -> st.SearchStrategy[list[dict[str, str]]]:
    """Return a strategy for lists of ``min_size`` to ``max_size`` tags with unique keys.

    Raises:
        ConfigurationError: a resource cannot have that many tags.
    """
    return tag_lists(request_shapes(), *sizes_of("TagList", Kind.COUNT, (min_size, max_size)))


@named
def public_domain_names(
    *,
    min_size: int | None = None,
    max_size: int | None = None,
    certificates: st.SearchStrategy[str] | None = None,
) -> st.SearchStrategy[dict[str, list[str]]]:
    """Return a strategy for mappings from certificates to domain names.

    Args:
        min_size: the minimum number of certificates.
        max_size: the maximum number of certificates.
        certificates: a strategy for the names of certificates, such as ``st.just("cert")``. The
            test must add certificates with these names.

    Raises:
        ConfigurationError: a service cannot have that many domain names, or ``certificates`` is not a
            strategy.
    """
    low, high = sizes_of("ContainerServicePublicDomains", Kind.COUNT, (min_size, max_size))
    names = strategy_for("certificates", certificates, certificate_names)
    return public_domains(request_shapes(), low, high, names)


@named
def private_registry_access(*, active: bool | None = None) -> st.SearchStrategy[dict[str, Any]]:
    """Return a strategy for ``privateRegistryAccess``: access to private ECR repositories.

    Args:
        active: ``True`` to draw only activations of the role, ``False`` for deactivations only.
    """
    if active is None:
        return request_shapes().of("PrivateRegistryAccessRequest")
    return st.just({"ecrImagePullerRole": {"isActive": active}})


@named
def environments(
    *,
    min_size: int | None = None,
    max_size: int | None = None,
    names: st.SearchStrategy[str] | None = None,
    values: st.SearchStrategy[str] | None = None,
) -> st.SearchStrategy[dict[str, str]]:
    """Return a strategy for a container's environment variables.

    Args:
        min_size: the minimum number of variables.
        max_size: the maximum number of variables.
        names: a strategy for their names. By default, any string, because the service sets no
            limits.
        values: a strategy for their values. By default, any string.

    Raises:
        ConfigurationError: the sizes contradict each other, or an argument is not a strategy.
    """
    low, high = sizes_of("Environment", Kind.COUNT, (min_size, max_size))
    text = request_shapes().of("string")
    keys, drawn = strategy_for("names", names, text), strategy_for("values", values, text)
    return st.dictionaries(keys, drawn, min_size=low, max_size=high)


@named
def commands(
    *, min_size: int | None = None, max_size: int | None = None
) -> st.SearchStrategy[list[str]]:
    """Return a strategy for container commands: lists of ``min_size`` to ``max_size`` words.

    Raises:
        ConfigurationError: the sizes contradict each other.
    """
    low, high = sizes_of("StringList", Kind.COUNT, (min_size, max_size))
    words = request_shapes().of("string", "StringList[]")
    return st.lists(words, min_size=low, max_size=high)


@named
def containers(
    *,
    min_size: int | None = None,
    max_size: int | None = None,
    names: st.SearchStrategy[str] | None = None,
    image_references: st.SearchStrategy[str] | None = None,
) -> st.SearchStrategy[dict[str, Any]]:
    """Return a strategy for ``containers``: mappings from names to containers with public images.

    Args:
        min_size: the minimum number of containers.
        max_size: the maximum number of containers.
        names: a strategy for their names.
        image_references: a strategy for their images.

    Raises:
        ConfigurationError: a deployment cannot have that many containers, or an argument is not a
            strategy.
    """
    shapes = request_shapes()
    if (min_size, max_size, names, image_references) == (None,) * 4:
        return shapes.of("ContainerMap")
    low, high = sizes_of("ContainerMap", Kind.COUNT, (min_size, max_size))
    keys = strategy_for("names", names, container_names())
    one = shapes.of("Container")
    if image_references is not None:
        references = strategy_for("image_references", image_references)
        one = shapes.structure(shapes.model.shapes["Container"], {"image": references})
    return st.dictionaries(keys, one, min_size=low, max_size=high)


@named
def public_endpoints() -> st.SearchStrategy[dict[str, Any]]:
    """Return a strategy for public endpoints. ``deployments()`` adds matching containers."""
    return request_shapes().of("EndpointRequest")


@named
def deployments() -> st.SearchStrategy[dict[str, Any]]:
    """Return a strategy for the deployments that CreateContainerService accepts.

    They have ``containers`` and may have a matching ``publicEndpoint``. To choose the containers,
    use ``requests("CreateContainerServiceDeployment", containers=…)``.
    """
    return request_shapes().of("ContainerServiceDeploymentRequest")


# --- whole requests and responses --------------------------------------------------------------------


@made_once
def requests(
    operation: str, **members: st.SearchStrategy[Any]
) -> st.SearchStrategy[dict[str, Any]]:
    """Return a strategy for an operation's requests, as keyword arguments of a boto3 call.

    All images are public. The account must hold what the request names, such as its service.
    Requests contain no page tokens and no resource ARNs, because only the service's responses
    contain valid ones.

    Args:
        operation: the operation.
        members: strategies for members of the request. These members are then always present.
            Public endpoints are adapted to the containers, and stored images to the service.

    Raises:
        ConfigurationError: Lightsail has no such operation, the request has no such member, or an
            argument is not a strategy.

    >>> from hypothesis import find, strategies as st
    >>> find(requests("DeleteContainerService", serviceName=st.just("shop")), lambda request: True)
    {'serviceName': 'shop'}
    """
    shapes, name = request_shapes(), request_root(operation)
    shape = shapes.model.shapes.get(name)
    known = {} if shape is None else shape.members
    for member, given in members.items():
        if member not in known:
            raise ConfigurationError(
                f"requests({operation!r}): unknown member {member!r}; "
                f"expected: {', '.join(known) or 'none'}"
            )
        strategy_for(f"requests({operation!r}): {member}", given)
    if shape is None:
        return st.just({})
    return shapes.structure(shape, members) if members else shapes.of(name)


def responses(operation: str) -> st.SearchStrategy[dict[str, Any]]:
    """Return a strategy for responses of an operation, as boto3 returns them.

    They have no ``ResponseMetadata``, and contain only what the installed botocore knows.

    Raises:
        ConfigurationError: Lightsail has no such operation.
    """
    shapes = response_shapes()
    shape = root_shape(shapes.model, operation, Form(RESPONSE))
    return shapes.of(shape) if shape in shapes.model.shapes else st.just({})
