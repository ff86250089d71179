"""Valid values, by the words of the API. All limits come from the rules catalogue and the service model.

Every strategy is made from the botocore that is installed, and made once. What narrows a strategy is
checked when it is asked for: a wrong argument raises ``ConfigurationError`` there, not in the test.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache
from typing import Any

from hypothesis import strategies as st

from ..model.rule import Kind
from ..model.rules import rule
from .consistent import certificate_names, public_domains, tag_lists
from .image_kinds import IMAGE_KINDS, images
from .narrowing import narrowed, strategy_for
from .needs import HOME
from .shapes import Limits, Strategy
from .strings import matching
from .whole import request_shapes

__all__ = [
    "container_labels",
    "container_names",
    "health_checks",
    "image_references",
    "ports",
    "powers",
    "private_registry_access",
    "protocols",
    "public_domain_names",
    "scales",
    "service_names",
    "sizes_of",
    "success_codes",
    "tags",
]

_PORT = "EndpointRequest.containerPort"
_SEVERAL = 3
"""Elements where the service takes any number, and so does who asks."""


@lru_cache(maxsize=256)
def _bounds(kind: Kind, shape: str, target: str = "") -> tuple[int, int | None]:
    return Limits(request_shapes().rules_at(shape, target)).bounds(kind)


def _names(
    what: str, shape: str, min_size: int | None, max_size: int | None
) -> st.SearchStrategy[str]:
    """Strings of a shape, of a narrower range of lengths."""
    asked = (min_size, max_size)
    low, high = narrowed(what, _bounds(Kind.LENGTH, shape), asked)
    if asked == (None, None):
        return request_shapes().of(shape)
    return matching(Limits(request_shapes().rules_at(shape)).patterns, low, high)


def sizes_of(what: str, shape: str, min_size: int | None, max_size: int | None) -> tuple[int, int]:
    """How many elements of a shape's range to draw, of a narrower range if asked."""
    low, high = narrowed(what, _bounds(Kind.COUNT, shape), (min_size, max_size))
    return low, low + _SEVERAL if high is None else high


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
    >>> find(service_names(min_size=3), lambda name: True)
    '000'
    """
    return _names("service_names", "ContainerServiceName", min_size, max_size)


def container_names(
    *, min_size: int | None = None, max_size: int | None = None
) -> st.SearchStrategy[str]:
    """Names of containers, which are the keys of ``containers``; arguments as for service names."""
    return _names("container_names", "ContainerName", min_size, max_size)


def container_labels(
    *, min_size: int | None = None, max_size: int | None = None
) -> st.SearchStrategy[str]:
    """Labels of stored images; arguments as for service names."""
    return _names("container_labels", "ContainerLabel", min_size, max_size)


def image_references(
    kinds: Collection[str] = IMAGE_KINDS,
    *,
    service: str | None = None,
    label: str | None = None,
    region: str = HOME,
) -> st.SearchStrategy[str]:
    """References to images.

    Whether a stored image is registered, and a private one may be pulled, is for the test to see to.

    Args:
        kinds: some of ``public``, ``docker-hub``, ``public-ecr``, ``ecr`` and ``stored``.
        service: the service that stored images belong to; any name if left out.
        label: the label of stored images; any if left out.
        region: the Region of private repositories.

    Raises:
        ConfigurationError: there is no such kind.
    """
    services = service_names() if service is None else _just(service)
    labels = container_labels() if label is None else _just(label)
    return images(labels, services, kinds, region)


_just = lru_cache(maxsize=256)(st.just)


def health_checks(*, timeout_below_interval: bool = False) -> st.SearchStrategy[dict[str, Any]]:
    """Health checks of a public endpoint, all their members optional.

    Args:
        timeout_below_interval: leave out checks that wait longer than their interval, which AWS lets
            through.
    """
    return _patient_checks() if timeout_below_interval else _checks()


def _checks() -> Strategy:
    return request_shapes().of("ContainerServiceHealthCheckConfig")


@lru_cache(maxsize=1)
def _patient_checks() -> Strategy:
    return _checks().map(_patient)


def _patient(check: dict[str, Any]) -> dict[str, Any]:
    """The check without its timeout where that is not below the interval; the default always is."""
    timeout, interval = check.get("timeoutSeconds"), check.get("intervalSeconds")
    if timeout is None or (interval is not None and timeout < interval):
        return check
    return {name: value for name, value in check.items() if name != "timeoutSeconds"}


def success_codes() -> st.SearchStrategy[str]:
    """Status codes that a health check takes for success, such as ``200,301-302``."""
    return request_shapes().of("string", "ContainerServiceHealthCheckConfig.successCodes")


def ports(*, min_value: int | None = None, max_value: int | None = None) -> st.SearchStrategy[int]:
    """Numbers of ports. As keys of a container's ``ports`` they are strings: ``str(port)``.

    Args:
        min_value: the lowest.
        max_value: the highest.

    Raises:
        ConfigurationError: there is no such port.
    """
    return _range("ports", _bounds(Kind.RANGE, "integer", _PORT), min_value, max_value)


def scales(*, min_value: int | None = None, max_value: int | None = None) -> st.SearchStrategy[int]:
    """Numbers of nodes; arguments as for ports."""
    return _range("scales", _bounds(Kind.RANGE, "ContainerServiceScale"), min_value, max_value)


def _range(
    what: str, known: tuple[int, int | None], least: int | None, most: int | None
) -> st.SearchStrategy[int]:
    low, high = narrowed(what, known, (least, most), ("min_value", "max_value"))
    return _numbers(low, low if high is None else high)


_numbers = lru_cache(maxsize=256)(st.integers)


def protocols() -> st.SearchStrategy[str]:
    """Protocols of ports."""
    return request_shapes().of("ContainerServiceProtocol")


def powers() -> st.SearchStrategy[str]:
    """Names of powers, such as ``nano``."""
    return request_shapes().of("ContainerServicePowerName")


def tags(
    *, min_size: int | None = None, max_size: int | None = None
) -> st.SearchStrategy[list[dict[str, str]]]:
    """Lists of tags, their keys unique.

    Args:
        min_size: tags at least.
        max_size: tags at most.

    Raises:
        ConfigurationError: a resource cannot have that many.
    """
    low, high = sizes_of("tags", "TagList", min_size, max_size)
    return _tag_lists(low, high)


@lru_cache(maxsize=64)
def _tag_lists(low: int, high: int) -> Strategy:
    return tag_lists(request_shapes(), low, high)


def public_domain_names(
    *,
    min_size: int | None = None,
    max_size: int | None = None,
    certificates: st.SearchStrategy[str] | None = None,
) -> st.SearchStrategy[dict[str, list[str]]]:
    """Public domain names by certificate. The certificates are for the test to put into the account.

    Args:
        min_size: certificates at least.
        max_size: certificates at most.
        certificates: the names of certificates, such as ``st.just("cert")``; any if left out.

    Raises:
        ConfigurationError: a service cannot have that many, or what is given is no strategy.
    """
    what, most = "public_domain_names", rule("domains.certificates").most
    low, high = narrowed(what, (0, most), (min_size, max_size))
    names = certificate_names
    if certificates is not None:
        names = strategy_for(what, "certificates", certificates)
    return _public_domains(low, most if high is None else high, names)


@lru_cache(maxsize=64)
def _public_domains(low: int, high: int, names: Strategy) -> Strategy:
    return public_domains(request_shapes(), low, high, names)


def private_registry_access(*, active: bool | None = None) -> st.SearchStrategy[dict[str, Any]]:
    """Requests for the ECR image puller role, or to do without.

    Args:
        active: only those that ask for the role, or only those that do not; any if left out.
    """
    if active is None:
        return request_shapes().of("PrivateRegistryAccessRequest")
    return _just_role(active)


@lru_cache(maxsize=2)
def _just_role(active: bool) -> Strategy:  # noqa: FBT001 - it is the one thing that there is
    role = st.fixed_dictionaries({"isActive": st.just(active)})
    return st.fixed_dictionaries({"ecrImagePullerRole": role})
