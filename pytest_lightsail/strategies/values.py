"""Valid values, by the words of the API. All limits come from the rules catalogue and the service model.

Every strategy is made from the botocore that is installed, and made once.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache
from typing import Any

from hypothesis import strategies as st

from ..exceptions import ConfigurationError
from ..model.envelope import root_shape
from ..model.form import REQUEST, RESPONSE, Form
from ..model.rule import Kind
from ..model.service import load
from .consistent import IMAGE_KINDS, SPECIAL, images
from .shapes import Limits, Shapes, Strategy
from .strings import matching

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
    "request_shapes",
    "requests",
    "responses",
    "scales",
    "service_names",
    "success_codes",
    "tags",
]

_DEPLOYMENT = "ContainerServiceDeploymentRequest"


@lru_cache(maxsize=1)
def request_shapes() -> Shapes:
    """Strategies for what the installed botocore sends."""
    return Shapes(load(), SPECIAL)


@lru_cache(maxsize=1)
def _response_shapes() -> Shapes:
    return Shapes(load(), {}, responses=True)


def _names(shape: str, min_size: int | None, max_size: int | None) -> st.SearchStrategy[str]:
    """Strings of a shape, of a narrower range of lengths."""
    if min_size is None and max_size is None:
        return request_shapes().of(shape)
    limits = Limits(request_shapes().rules_at(shape))
    low, high = limits.bounds(Kind.LENGTH)
    narrow_low = low if min_size is None else max(low, min_size)
    narrow_high = high if max_size is None else min(max_size, high or max_size)
    if narrow_high is not None and narrow_low > narrow_high:
        raise ConfigurationError(
            f"{shape}: no string has {narrow_low} characters or more and {narrow_high} or less"
        )
    return matching(limits.patterns, narrow_low, narrow_high)


def service_names(
    *, min_size: int | None = None, max_size: int | None = None
) -> st.SearchStrategy[str]:
    """Names of container services.

    Args:
        min_size: characters at least.
        max_size: characters at most.

    Raises:
        ConfigurationError: no name can be that long.

    >>> from hypothesis import find
    >>> find(service_names(), lambda name: True)
    'a'
    """
    return _names("ContainerServiceName", min_size, max_size)


def container_names(
    *, min_size: int | None = None, max_size: int | None = None
) -> st.SearchStrategy[str]:
    """Names of containers, which are the keys of ``containers``."""
    return _names("ContainerName", min_size, max_size)


def container_labels(
    *, min_size: int | None = None, max_size: int | None = None
) -> st.SearchStrategy[str]:
    """Labels of stored images."""
    return _names("ContainerLabel", min_size, max_size)


def image_references(
    kinds: Collection[str] = IMAGE_KINDS, *, service: str | None = None, region: str = "us-east-1"
) -> st.SearchStrategy[str]:
    """References to images.

    Whether a stored image is registered, and a private one may be pulled, is for the test to see to.

    Args:
        kinds: some of ``public``, ``docker-hub``, ``public-ecr``, ``ecr`` and ``stored``.
        service: the service that stored images belong to; any name if left out.
        region: the Region of private repositories.

    Raises:
        ConfigurationError: there is no such kind.
    """
    return images(container_labels(), kinds, service, region)


def health_checks(*, timeout_below_interval: bool = False) -> st.SearchStrategy[dict[str, Any]]:
    """Health checks of a public endpoint, all their members optional.

    Args:
        timeout_below_interval: leave out checks that wait longer than their interval, which AWS lets
            through.
    """
    every: Strategy = request_shapes().of("ContainerServiceHealthCheckConfig")
    return every.map(_patient) if timeout_below_interval else every


def _patient(check: dict[str, Any]) -> dict[str, Any]:
    """The check with the two durations exchanged, or the timeout left out, where it is the longer one."""
    timeout, interval = check.get("timeoutSeconds"), check.get("intervalSeconds")
    if timeout is None or (interval is not None and timeout < interval):
        return check
    return {name: value for name, value in check.items() if name != "timeoutSeconds"}


def success_codes() -> st.SearchStrategy[str]:
    """Status codes that a health check takes for success, such as ``200,301-302``."""
    return request_shapes().of("string", "ContainerServiceHealthCheckConfig.successCodes")


def ports() -> st.SearchStrategy[int]:
    """Numbers of ports. As keys of a container's ``ports`` they are strings: ``str(port)``."""
    return request_shapes().of("integer", "EndpointRequest.containerPort")


def protocols() -> st.SearchStrategy[str]:
    """Protocols of ports."""
    return request_shapes().of("ContainerServiceProtocol")


def environments() -> st.SearchStrategy[dict[str, str]]:
    """Environment variables of a container."""
    return request_shapes().of("Environment")


def commands() -> st.SearchStrategy[list[str]]:
    """Commands of a container."""
    return request_shapes().of("StringList", "Container.command")


def tags() -> st.SearchStrategy[list[dict[str, str]]]:
    """Lists of tags, their keys unique."""
    return request_shapes().of("TagList")


def public_domain_names() -> st.SearchStrategy[dict[str, list[str]]]:
    """Public domain names by certificate. The certificates are for the test to put into the account."""
    return request_shapes().of("ContainerServicePublicDomains")


def powers() -> st.SearchStrategy[str]:
    """Names of powers, such as ``nano``."""
    return request_shapes().of("ContainerServicePowerName")


def scales() -> st.SearchStrategy[int]:
    """Numbers of nodes."""
    return request_shapes().of("ContainerServiceScale")


def private_registry_access() -> st.SearchStrategy[dict[str, Any]]:
    """Requests for the ECR image puller role, or to do without."""
    return request_shapes().of("PrivateRegistryAccessRequest")


def containers() -> st.SearchStrategy[dict[str, Any]]:
    """The ``containers`` of a deployment: containers by name, with images that anybody can pull."""
    return request_shapes().of("ContainerMap")


def public_endpoints() -> st.SearchStrategy[dict[str, Any]]:
    """Public endpoints by themselves; ``deployments()`` has those that fit their containers."""
    names = container_names()
    endpoints = request_shapes().of("EndpointRequest")
    return st.builds(lambda endpoint, name: {**endpoint, "containerName": name}, endpoints, names)


def deployments() -> st.SearchStrategy[dict[str, Any]]:
    """``containers`` and ``publicEndpoint`` that fit each other, as CreateContainerService takes them."""
    return request_shapes().of(_DEPLOYMENT)


def requests(operation: str) -> st.SearchStrategy[dict[str, Any]]:
    """Whole requests of any Lightsail operation, as the keyword arguments of a boto3 call.

    Images are such as anybody can pull. That a service or a certificate exists is for the test to see to.

    Raises:
        UnknownOperation: Lightsail has no such operation.
    """
    shapes = request_shapes()
    shape = root_shape(shapes.model, operation, Form(REQUEST))
    return shapes.of(shape) if shape in shapes.model.shapes else st.just({})


def responses(operation: str) -> st.SearchStrategy[dict[str, Any]]:
    """Responses of any Lightsail operation, as boto3 gives them, without ``ResponseMetadata``.

    They keep to the strict schema: no more members and values than the installed botocore knows.

    Raises:
        UnknownOperation: Lightsail has no such operation.
    """
    shapes = _response_shapes()
    shape = root_shape(shapes.model, operation, Form(RESPONSE))
    return shapes.of(shape) if shape in shapes.model.shapes else st.just({})
