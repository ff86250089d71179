"""Strategies that the rules alone do not provide: images, long lists of tags, related members."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import lru_cache, partial
from itertools import count, islice
from operator import itemgetter
from typing import Any

from hypothesis import strategies as st

from ..exceptions import ConfigurationError
from ..model.catalogue import rule, success_code_ranges
from ..model.rule import Kind
from ..model.schema import REQUEST, Form, root_shape
from ..model.service import ServiceModel, load
from .shapes import Limits, Shapes, Strategy, made_once, matching, sized

certificate_names = matching((rule("certificate.name").pattern or "",), maximum=40)
"""Names of certificates; AWS states no limit of their length."""

LEFT_OUT = frozenset(
    {
        # Only a response of the service provides these; any other value is refused.
        *rule("page.token").targets,
        *(f"{target}.resourceArn" for target in rule("resource.exists").targets),
    }
)
"""Members that have no valid value as long as nothing is known of the account."""


# --- images ------------------------------------------------------------------------------------------

IMAGE_KINDS = ("public", "docker-hub", "public-ecr", "registry", "ecr", "stored")
"""Kinds of image references: official images of Docker Hub, images of a namespace there, Amazon ECR
Public, other registries, private Amazon ECR repositories, and images stored with a container service."""

PUBLIC_KINDS = frozenset({"public", "docker-hub", "public-ecr", "registry"})
"""The kinds that anyone can pull."""

_FAMILIAR = ("nginx", "nginx:latest", "httpd:2.4", "amazon/amazon-lightsail:hello-world")
_NAMES = matching((r"[a-z0-9]+(?:-api|\.io|_1|__x|--y)?",), 1, 30)
_TAGS = matching((r":[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}",), 2, 129)
_DIGESTS = st.one_of(
    matching((r"@sha256:[0-9a-f]{64}",)), matching((r"@sha384:[0-9a-f]{96}|@sha512:[0-9a-f]{128}",))
)
_BEHIND = st.one_of(
    st.sampled_from(("", ":latest")), _TAGS, _DIGESTS, st.tuples(_TAGS, _DIGESTS).map("".join)
)
_HOSTS = st.sampled_from(
    (
        "ghcr.io",
        "quay.io",
        "docker.io",
        "registry.example.com:5000",
        "gcr.io",
        "localhost:5000",
        "localhost",
        "192.0.2.1",
        "[2001:db8::1]:5000",
        "My-Host:80",
    )
)
_VERSIONS = st.one_of(st.sampled_from(("1", "latest")), st.integers(1, 10**6).map(str))


def _repository(least: int, most: int, host: Strategy | None = None) -> Strategy:
    """Return names of so many components, behind a host, with a tag, a digest or both or neither."""
    names = st.lists(_NAMES, min_size=least, max_size=most).map("/".join)
    if host is not None:
        names = st.tuples(host, names).map("/".join)
    return st.tuples(names, _BEHIND).map("".join)


def images(
    labels: Strategy, services: Strategy, kinds: Collection[str], region: str = ""
) -> Strategy:
    """Return references to images.

    Args:
        labels: the labels of stored images.
        services: the services that stored images belong to.
        kinds: some of ``IMAGE_KINDS``.
        region: the Region of private repositories.

    Raises:
        ConfigurationError: a kind does not exist, or there is none.
    """
    if isinstance(kinds, str):
        raise ConfigurationError(f"kinds is a set, such as {{{kinds!r}}}")
    unknown = sorted(set(kinds) - set(IMAGE_KINDS))
    if unknown or not kinds:
        wrong = ", ".join(unknown) or "none"
        raise ConfigurationError(f"unknown kind {wrong}; expected one of {', '.join(IMAGE_KINDS)}")
    account = matching((r"[0-9]{12}",)).map(lambda id_: f"{id_}.dkr.ecr.{region}.amazonaws.com")
    of = {
        "public": st.one_of(st.sampled_from(_FAMILIAR), _repository(1, 1)),
        "docker-hub": _repository(2, 2),
        "public-ecr": _repository(2, 2, st.just("public.ecr.aws")),
        "registry": _repository(1, 4, _HOSTS),
        "ecr": _repository(1, 3, account),
        "stored": st.builds(":{}.{}.{}".format, services, labels, _VERSIONS),
    }
    return st.one_of(*(of[kind] for kind in IMAGE_KINDS if kind in kinds))


def _public_images(shapes: Shapes) -> Strategy:
    return images(shapes.of("ContainerLabel"), shapes.of("ContainerServiceName"), PUBLIC_KINDS)


# --- other places ------------------------------------------------------------------------------------

_LONGEST_CODES = 60
_SOME_TAGS = 4


def _success_codes(shapes: Shapes) -> Strategy:
    place = "ContainerServiceHealthCheckConfig.successCodes"
    greatest = str(rule("health-check.success-codes").maximum)
    return st.one_of(
        st.sampled_from(("200-499", "200", "200-299", "200,202", greatest)),
        matching(Limits(shapes.rules_at("string", place)).patterns, 0, _LONGEST_CODES),
    )


@made_once
def tag_lists(shapes: Shapes, low: int, high: int) -> Strategy:
    """Return lists of tags with unique keys; in long lists the keys differ in a number."""

    def some(*, min_size: int, max_size: int) -> Strategy:
        unique = partial(st.lists, shapes.of("Tag", "TagList[]"), unique_by=itemgetter("key"))
        if max_size <= _SOME_TAGS:
            return unique(min_size=min_size, max_size=max_size)
        # Fifty tags that have nothing in common would be too large an example.
        sizes = st.integers(max(min_size, _SOME_TAGS), max_size)
        prefixes = st.sampled_from(("k", "team-", "stage/"))
        return st.builds(_filled, unique(max_size=_SOME_TAGS), sizes, prefixes)

    return sized(low, min(high, max(low, 1) + _SOME_TAGS - 1), high, some)


def _filled(tags: list[dict[str, str]], size: int, prefix: str) -> list[dict[str, str]]:
    """Return the tags, followed by tags without values up to ``size``."""
    taken = {tag["key"] for tag in tags}
    more = (name for number in count() if (name := f"{prefix}{number}") not in taken)
    return [*tags, *({"key": name} for name in islice(more, size - len(tags)))]


def public_domains(
    shapes: Shapes, low: int = 0, high: int | None = None, names: Strategy = certificate_names
) -> Strategy:
    """Return ``low`` to ``high`` certificates with domain names, as many as a service can have."""
    domain = shapes.of("string", "ContainerServicePublicDomainsList[]")
    domains = st.lists(domain, max_size=rule("domains.count").most)
    most = rule("domains.certificates").most if high is None else high
    return st.dictionaries(names, domains, min_size=low, max_size=most).map(_few_domains)


def _tagged_services(shapes: Shapes) -> Strategy:
    """Return a strategy for service names that are also long enough to be resource names."""
    limits = Limits((*shapes.rules_at("ContainerServiceName"), *shapes.rules_at("ResourceName")))
    low, high = limits.bounds(Kind.LENGTH)
    return matching(limits.patterns, max(low, 2), high)


SPECIAL: Mapping[str, Callable[[Shapes], Strategy]] = {
    "Container.image": _public_images,
    "ContainerServiceHealthCheckConfig.successCodes": _success_codes,
    "ContainerServiceEndpoint.containerPort": lambda shapes: shapes.of(
        "integer", "EndpointRequest.containerPort"
    ),
    "TagList": lambda shapes: tag_lists(shapes, 0, rule("tags.count").most),
    "ContainerServicePublicDomains": public_domains,
    "ContainerServicePublicDomains[key]": lambda _: certificate_names,
    "EndpointRequest.containerName": lambda shapes: shapes.of("ContainerName"),
    "GetContainerLogRequest.containerName": lambda shapes: shapes.of("ContainerName"),
    # A certificate that is asked for has a name that it could have been created with.
    "CertificateName": lambda _: certificate_names,
    "TagResourceRequest.resourceName": _tagged_services,
    "UntagResourceRequest.resourceName": _tagged_services,
    # Of the service that the request names, which is put in front of it.
    "DeleteContainerImageRequest.image": lambda shapes: shapes.of("ContainerLabel").map(
        ":.{}.1".format
    ),
}
"""What is drawn at a target, as rules have them, instead of what the rules describe."""


# --- members that fit each other ---------------------------------------------------------------------


def _in_order(codes: str) -> str:
    """Return the codes with every range in order."""
    ranges = (sorted(ends) for ends in success_code_ranges(codes))
    return ",".join(str(low) if low == high else f"{low}-{high}" for low, high in ranges)


def _unique(tags: list[dict[str, str]]) -> list[dict[str, str]]:
    return list({tag["key"]: tag for tag in tags}.values())


def _few_domains(domains: dict[str, list[str]]) -> dict[str, list[str]]:
    """Return at most as many certificates and domain names as a service can have."""
    left = rule("domains.count").most
    found: dict[str, list[str]] = {}
    for certificate, names in list(domains.items())[: rule("domains.certificates").most]:
        found[certificate] = list(dict.fromkeys(names))[:left]
        left -= len(found[certificate])
    return found


def _with_open_port(deployment: dict[str, Any]) -> dict[str, Any]:
    """Return the deployment with an endpoint, if it has one, that one of its containers opens."""
    endpoint = deployment.get("publicEndpoint")
    if endpoint is None:
        return deployment
    # A response need not have any.
    containers: dict[str, Any] = deployment.get("containers") or {"web": {"image": "nginx"}}
    name = endpoint.get("containerName")
    name = name if name in containers else min(containers)
    spoken, ports = rule("endpoint.protocol").values, containers[name].get("ports", {})
    opened = [int(port) for port, protocol in ports.items() if protocol in spoken]
    port = endpoint.get("containerPort", 1)
    if port % 2 and opened:
        port = opened[0]
    elif port not in opened:
        ports = {**ports, str(port): spoken[0]}
    container = {**containers[name], "ports": ports} if ports else containers[name]
    return {
        **deployment,
        "containers": {**containers, name: container},
        "publicEndpoint": {**endpoint, "containerName": name, "containerPort": port},
    }


def _of_service(request: dict[str, Any]) -> dict[str, Any]:
    """Return the request with the service's name in an image that lacks it."""
    service, image = request["serviceName"], request["image"]
    return {**request, "image": image.replace(":.", f":{service}.", 1)}


FITS: Mapping[str, Callable[[Any], Any]] = {
    "ContainerServiceHealthCheckConfig.successCodes": _in_order,
    "TagList": _unique,
    "ContainerServicePublicDomains": _few_domains,
    "ContainerServiceDeployment": _with_open_port,
    "ContainerServiceDeploymentRequest": _with_open_port,
    "CreateContainerServiceDeploymentRequest": _with_open_port,
    "DeleteContainerImageRequest": _of_service,
}
"""What makes the parts of a value fit each other, by target."""


@lru_cache(maxsize=8)
def request_shapes(model: ServiceModel | None = None) -> Shapes:
    """Return strategies for what a botocore sends, the installed one if no model is given."""
    return Shapes(model or load(), SPECIAL, FITS, left_out=LEFT_OUT)


@lru_cache(maxsize=8)
def response_shapes(model: ServiceModel | None = None) -> Shapes:
    """Return strategies for what the service returns, by the strict schema."""
    return Shapes(model or load(), SPECIAL, FITS, responses=True)


def request_root(operation: str) -> str:
    """Return the name of the shape of an operation's request.

    Raises:
        UnknownOperationError: Lightsail has no such operation.
    """
    return root_shape(request_shapes().model, operation, Form(REQUEST))
