"""Valid values. All limits come from the rules catalogue and the service model of the installed botocore.

Arguments that narrow a strategy are checked at once: a wrong one raises ``ConfigurationError`` where the
strategy is asked for, not when the test runs.
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

_SEVERAL = 3
"""How many elements more than the minimum are drawn at most if nothing else limits them."""


# --- arguments that narrow a strategy ----------------------------------------------------------------


def strategy_for(name: str, given: Any, default: Strategy | None = None) -> Strategy:
    """Return the strategy that was given for a part of a value, or else the default.

    Raises:
        ConfigurationError: it is not a strategy.
    """
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
    """Return the bounds of a shape where arguments narrow it; a few where nothing limits them.

    Raises:
        ConfigurationError: an argument is not a whole number, or nothing is left.
    """
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
    """Return a strategy for names of container services.

    Args:
        min_size: the minimum number of characters.
        max_size: the maximum number of characters.

    Raises:
        ConfigurationError: no name has such a length.

    >>> from hypothesis import find
    >>> find(service_names(min_size=3), lambda name: True)
    '000'
    """
    return _names("ContainerServiceName", min_size, max_size)


@named
def container_names(
    *, min_size: int | None = None, max_size: int | None = None
) -> st.SearchStrategy[str]:
    """Return a strategy for container names; arguments as for ``service_names``."""
    return _names("ContainerName", min_size, max_size)


@named
def container_labels(
    *, min_size: int | None = None, max_size: int | None = None
) -> st.SearchStrategy[str]:
    """Labels of stored images; arguments as for ``service_names``."""
    return _names("ContainerLabel", min_size, max_size)


@named
def image_references(
    kinds: Collection[str] = IMAGE_KINDS,
    *,
    service: str | None = None,
    label: str | None = None,
    region: str = HOME,
) -> st.SearchStrategy[str]:
    """References to images.

    The test itself must register stored images, and give the service access to private ones.

    Args:
        kinds: some of ``public``, ``docker-hub``, ``public-ecr``, ``registry``, ``ecr`` and ``stored``.
        service: the service that stored images belong to; any if left out.
        label: the label of stored images; any if left out.
        region: the Region of private repositories.

    Raises:
        ConfigurationError: a kind does not exist.
    """
    services = service_names() if service is None else st.just(service)
    labels = container_labels() if label is None else st.just(label)
    return images(labels, services, kinds, region)


@named
def health_checks(*, timeout_below_interval: bool = False) -> st.SearchStrategy[dict[str, Any]]:
    """Health checks of a public endpoint, all their members optional.

    Args:
        timeout_below_interval: leave out checks that wait longer than their interval, which AWS accepts.
    """
    checks = request_shapes().of("ContainerServiceHealthCheckConfig")
    return checks.map(_patient) if timeout_below_interval else checks


def is_patient(check: dict[str, Any]) -> bool:
    """Return whether a check waits less than its interval; the default always does."""
    timeout, interval = check.get("timeoutSeconds"), check.get("intervalSeconds")
    return timeout is None or (interval is not None and timeout < interval)


def _patient(check: dict[str, Any]) -> dict[str, Any]:
    if is_patient(check):
        return check
    return {name: value for name, value in check.items() if name != "timeoutSeconds"}


@named
def success_codes() -> st.SearchStrategy[str]:
    """Status codes that a health check accepts, such as ``200,301-302``."""
    return request_shapes().of("string", "ContainerServiceHealthCheckConfig.successCodes")


@named
def ports(*, min_value: int | None = None, max_value: int | None = None) -> st.SearchStrategy[int]:
    """Port numbers. As keys of a container's ``ports`` they are strings: ``str(port)``.

    Args:
        min_value: the lowest.
        max_value: the highest.

    Raises:
        ConfigurationError: no port is in that range.
    """
    asked, target = (min_value, max_value), "EndpointRequest.containerPort"
    return st.integers(*sizes_of("integer", Kind.RANGE, asked, target))


@named
def scales(*, min_value: int | None = None, max_value: int | None = None) -> st.SearchStrategy[int]:
    """Return a strategy for numbers of nodes; arguments as for ``ports``."""
    asked = (min_value, max_value)
    return st.integers(*sizes_of("ContainerServiceScale", Kind.RANGE, asked))


@named
def protocols() -> st.SearchStrategy[str]:
    """Protocols of ports."""
    return request_shapes().of("ContainerServiceProtocol")


@named
def powers() -> st.SearchStrategy[str]:
    """Return a strategy for names of powers, such as ``nano``."""
    return request_shapes().of("ContainerServicePowerName")


@named
def tags(
    *, min_size: int | None = None, max_size: int | None = None
) -> st.SearchStrategy[list[dict[str, str]]]:
    """Lists of tags with unique keys.

    Args:
        min_size: the minimum number of tags.
        max_size: the maximum number of tags.

    Raises:
        ConfigurationError: a resource cannot have that many.
    """
    return tag_lists(request_shapes(), *sizes_of("TagList", Kind.COUNT, (min_size, max_size)))


@named
def public_domain_names(
    *,
    min_size: int | None = None,
    max_size: int | None = None,
    certificates: st.SearchStrategy[str] | None = None,
) -> st.SearchStrategy[dict[str, list[str]]]:
    """Public domain names by certificate. The test has to put the certificates into the account.

    Args:
        min_size: the minimum number of certificates.
        max_size: the maximum number of certificates.
        certificates: the names of certificates, such as ``st.just("cert")``; any if left out.

    Raises:
        ConfigurationError: a service cannot have that many, or ``certificates`` is not a strategy.
    """
    low, high = sizes_of("ContainerServicePublicDomains", Kind.COUNT, (min_size, max_size))
    names = strategy_for("certificates", certificates, certificate_names)
    return public_domains(request_shapes(), low, high, names)


@named
def private_registry_access(*, active: bool | None = None) -> st.SearchStrategy[dict[str, Any]]:
    """Requests to activate or deactivate the ECR image puller role.

    Args:
        active: only requests that activate it, or only those that do not; any if left out.
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
    """Environment variables of a container.

    Args:
        min_size: the minimum number of variables.
        max_size: the maximum number of variables.
        names: their names; any text if left out, because the service sets no limits.
        values: their values; any text if left out.

    Raises:
        ConfigurationError: there are no such sizes, or an argument is not a strategy.
    """
    low, high = sizes_of("Environment", Kind.COUNT, (min_size, max_size))
    text = request_shapes().of("string")
    keys, drawn = strategy_for("names", names, text), strategy_for("values", values, text)
    return st.dictionaries(keys, drawn, min_size=low, max_size=high)


@named
def commands(
    *, min_size: int | None = None, max_size: int | None = None
) -> st.SearchStrategy[list[str]]:
    """Commands of a container, as lists of words.

    Args:
        min_size: the minimum number of words.
        max_size: the maximum number of words.

    Raises:
        ConfigurationError: there are no such sizes.
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
    """Return a strategy for ``containers``: containers by name, with public images.

    Args:
        min_size: the minimum number of containers.
        max_size: the maximum number of containers.
        names: their names; any if left out.
        image_references: their images.

    Raises:
        ConfigurationError: a deployment cannot have that many, or an argument is not a strategy.
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
    """Public endpoints alone; ``deployments()`` draws those that fit their containers."""
    return request_shapes().of("EndpointRequest")


@named
def deployments() -> st.SearchStrategy[dict[str, Any]]:
    """``containers`` and perhaps a ``publicEndpoint`` that fits, as CreateContainerService takes them.

    ``requests("CreateContainerServiceDeployment", containers=…)`` makes them of other containers.
    """
    return request_shapes().of("ContainerServiceDeploymentRequest")


# --- whole requests and responses --------------------------------------------------------------------


@made_once
def requests(
    operation: str, **members: st.SearchStrategy[Any]
) -> st.SearchStrategy[dict[str, Any]]:
    """Return a strategy for requests of an operation, as keyword arguments of a boto3 call.

    Images are such as anyone can pull. ``needs_of`` says what else the account must hold. Page tokens and
    the ARN of a tagged resource are left out, because only a response of the service provides them.

    Args:
        operation: the operation.
        members: strategies for members of the request, which are then always there. A deployment's
            endpoint fits the containers that are given for it, and a stored image its service.

    Raises:
        UnknownOperationError: Lightsail has no such operation.
        ConfigurationError: the request has no such member, or its value is not a strategy.

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
    """Responses of any Lightsail operation, as boto3 returns them, without ``ResponseMetadata``.

    They satisfy the strict schema: no other members and values than the installed botocore knows.

    Raises:
        UnknownOperationError: Lightsail has no such operation.
    """
    shapes = response_shapes()
    shape = root_shape(shapes.model, operation, Form(RESPONSE))
    return shapes.of(shape) if shape in shapes.model.shapes else st.just({})
