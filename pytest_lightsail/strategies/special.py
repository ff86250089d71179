"""Simple values, and strategies for values that rules alone cannot describe, such as images."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timezone
from functools import lru_cache
from operator import itemgetter
from typing import Any

from hypothesis import strategies as st

from ..exceptions import ConfigurationError
from ..model.catalogue import rule
from ..model.rule import Kind
from ..model.schema import REQUEST, Form, root_shape
from ..model.service import ServiceModel, load
from .shapes import Limits, Shapes, Strategy, matching

HOME = "us-east-1"
"""The default Region of this package."""

certificate_names = matching((rule("certificate.name").pattern or "",), maximum=40)
"""Names of certificates. AWS documents no maximum length, so the limit of 40 is arbitrary."""

LEFT_OUT = frozenset(
    {
        # The service accepts only page tokens and ARNs that it has returned.
        *rule("page.token").targets,
        *(f"{target}.resourceArn" for target in rule("resource.exists").targets),
    }
)
"""Members whose valid values depend on what the account holds."""


# --- images ------------------------------------------------------------------------------------------

IMAGE_KINDS = ("public", "docker-hub", "public-ecr", "registry", "ecr", "stored")
"""Kinds of image references: official images on Docker Hub, images in a Docker Hub namespace,
Amazon ECR Public, other registries, private Amazon ECR repositories, and images stored with a
container service."""

PUBLIC_KINDS = frozenset({"public", "docker-hub", "public-ecr", "registry"})
"""The kinds of images that anyone can pull."""

_FAMILIAR = ("nginx", "nginx:latest", "httpd:2.4", "amazon/amazon-lightsail:hello-world")
_NAME = r"[a-z0-9]+(?:-api|\.io|_1|__x|--y)?"
_TAG = "[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}"
_DIGEST = "@(?:sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128})"
_HOSTS = (
    r"(?:ghcr\.io|quay\.io|docker\.io|registry\.example\.com:5000|gcr\.io|localhost(?::5000)?|192\.0\.2\.1"
    r"|\[2001:db8::1\]:5000|My-Host:80)/"
)
_VERSIONS = st.one_of(st.sampled_from(("1", "latest")), st.integers(1, 10**6).map(str))


def _repositories(least: int, most: int, host: str = "") -> Strategy:
    """Draw references with ``least`` to ``most`` components after the host. Some have a tag."""
    names = f"{host}{_NAME}(?:/{_NAME}){{{least - 1},{most - 1}}}"
    return st.from_regex(f"{names}(?::latest|:{_TAG})?(?:{_DIGEST})?", fullmatch=True)


def images(
    labels: Strategy, services: Strategy, kinds: Collection[str], region: str = ""
) -> Strategy:
    """Draw references to images of these kinds. Private repositories are in ``region``."""
    if isinstance(kinds, str):
        raise ConfigurationError(f"kinds must be a set, such as {{{kinds!r}}}")
    unknown = sorted(set(kinds) - set(IMAGE_KINDS))
    if unknown or not kinds:
        wrong = ", ".join(unknown) or "none"
        raise ConfigurationError(f"unknown kind {wrong}; expected one of {', '.join(IMAGE_KINDS)}")
    account = rf"[0-9]{{12}}\.dkr\.ecr\.{re.escape(region)}\.amazonaws\.com/"
    of = {
        "public": st.one_of(st.sampled_from(_FAMILIAR), _repositories(1, 1)),
        "docker-hub": _repositories(2, 2),
        "public-ecr": _repositories(2, 2, r"public\.ecr\.aws/"),
        "registry": _repositories(1, 4, _HOSTS),
        "ecr": _repositories(1, 3, account),
        "stored": st.builds(":{}.{}.{}".format, services, labels, _VERSIONS),
    }
    return st.one_of(*(of[kind] for kind in IMAGE_KINDS if kind in kinds))


def _public_images(shapes: Shapes) -> Strategy:
    return images(shapes.of("ContainerLabel"), shapes.of("ContainerServiceName"), PUBLIC_KINDS)


# --- other places ------------------------------------------------------------------------------------

_SOME_TAGS = 4


def _success_codes(_: Shapes) -> Strategy:
    limits = rule("health-check.success-codes")
    codes = st.integers(limits.least, limits.most)
    ranges = st.builds(lambda one, other: f"{min(one, other)}-{max(one, other)}", codes, codes)
    several = st.lists(st.one_of(codes.map(str), ranges), min_size=1, max_size=4)
    usual = ("200-499", "200", "200-299", "200,202", str(limits.most))
    return st.one_of(st.sampled_from(usual), several.map(",".join))


def _tag_lists(shapes: Shapes) -> Strategy:
    tags = shapes.of("Tag", "TagList[]")
    return st.lists(tags, max_size=_SOME_TAGS, unique_by=itemgetter("key"))


def _public_domains(shapes: Shapes) -> Strategy:
    domain = shapes.of("string", "ContainerServicePublicDomainsList[]")
    most = rule("domains.count").most
    domains = st.lists(domain, max_size=most)
    return st.dictionaries(certificate_names, domains, max_size=most).map(_few_domains)


def _tagged_services(shapes: Shapes) -> Strategy:
    """Draw names that satisfy both the rules for service names and those for resource names."""
    limits = Limits((*shapes.rules_at("ContainerServiceName"), *shapes.rules_at("ResourceName")))
    return matching(limits.patterns, *limits.bounds(Kind.LENGTH))


SPECIAL: Mapping[str, Callable[[Shapes], Strategy]] = {
    "Container.image": _public_images,
    "ContainerServiceHealthCheckConfig.successCodes": _success_codes,
    "TagList": _tag_lists,
    "ContainerServicePublicDomains": _public_domains,
    "ContainerServicePublicDomains[key]": lambda _: certificate_names,
    "EndpointRequest.containerName": lambda shapes: shapes.of("ContainerName"),
    "GetContainerLogRequest.containerName": lambda shapes: shapes.of("ContainerName"),
    # These requests name an existing certificate, so the name must satisfy the rules of
    # CreateCertificate.
    "CertificateName": lambda _: certificate_names,
    "TagResourceRequest.resourceName": _tagged_services,
    "UntagResourceRequest.resourceName": _tagged_services,
    # ``_of_service`` inserts the name of the service.
    "DeleteContainerImageRequest.image": lambda shapes: shapes.of("ContainerLabel").map(
        ":.{}.1".format
    ),
}
"""Maps targets to the strategies that replace those derived from rules."""


# --- members that fit together -----------------------------------------------------------------------


def _few_domains(domains: dict[str, list[str]]) -> dict[str, list[str]]:
    """Drop the domain names that exceed the maximum number for a service."""
    left = rule("domains.count").most
    found: dict[str, list[str]] = {}
    for certificate, names in domains.items():
        found[certificate] = list(dict.fromkeys(names))[:left]
        left -= len(found[certificate])
    return found


def _with_open_port(deployment: dict[str, Any]) -> dict[str, Any]:
    """Make one of the deployment's containers open the port of the public endpoint."""
    endpoint, containers = deployment.get("publicEndpoint"), deployment["containers"]
    if endpoint is None or not containers:
        return deployment
    name = endpoint.get("containerName")
    name = name if name in containers else min(containers)
    allowed, ports = rule("endpoint.protocol").values, containers[name].get("ports", {})
    opened = [int(port) for port, protocol in ports.items() if protocol in allowed]
    port = endpoint.get("containerPort", 1)
    if port % 2 and opened:
        port = opened[0]
    elif port not in opened:
        ports = {**ports, str(port): allowed[0]}
    container = {**containers[name], "ports": ports} if ports else containers[name]
    return {
        **deployment,
        "containers": {**containers, name: container},
        "publicEndpoint": {**endpoint, "containerName": name, "containerPort": port},
    }


def _of_service(request: dict[str, Any]) -> dict[str, Any]:
    """Insert the service name into an image reference that lacks it, such as ``:.web.1``."""
    service, image = request["serviceName"], request["image"]
    return {**request, "image": image.replace(":.", f":{service}.", 1)}


FITS: Mapping[str, Callable[[Any], Any]] = {
    "ContainerServiceDeploymentRequest": _with_open_port,
    "CreateContainerServiceDeploymentRequest": _with_open_port,
    "DeleteContainerImageRequest": _of_service,
}
"""Maps targets to functions that make the parts of a drawn value fit together."""


@lru_cache(maxsize=8)
def request_shapes(model: ServiceModel | None = None) -> Shapes:
    """Return strategies for a model's requests. By default, use the installed botocore's model."""
    return Shapes(model or load(), SPECIAL, FITS, left_out=LEFT_OUT)


def request_root(operation: str) -> str:
    """Return the name of the shape of an operation's request."""
    return root_shape(request_shapes().model, operation, Form(REQUEST))


# --- simple values -----------------------------------------------------------------------------------

_WEB = {
    "image": "nginx",
    "command": ["serve"],
    "environment": {"LOG_LEVEL": "info"},
    "ports": {"80": "HTTP", "9000": "TCP", "53": "UDP"},
}
_CHECK = {
    "healthyThreshold": 2,
    "intervalSeconds": 10,
    "path": "/health",
    "successCodes": "200-399",
    "timeoutSeconds": 5,
    "unhealthyThreshold": 2,
}
_DEPLOYMENT: dict[str, Any] = {
    "containers": {"web": _WEB},
    "publicEndpoint": {"containerName": "web", "containerPort": 80, "healthCheck": _CHECK},
}
_START, _END = (datetime(2026, 1, day, tzinfo=timezone.utc) for day in (1, 2))
PLAIN: Mapping[str, Any] = {
    "serviceName": "shop",
    "power": "micro",
    "scale": 1,
    "isDisabled": False,
    "tags": [{"key": "team", "value": "web"}],
    "publicDomainNames": {"cert": ["www.example.com"]},
    "privateRegistryAccess": {"ecrImagePullerRole": {"isActive": False}},
    "deployment": _DEPLOYMENT,
    **_DEPLOYMENT,
    "label": "web",
    "digest": f"sha256:{'0' * 64}",
    "image": ":shop.web.1",
    "containerName": "web",
    "filterPattern": "error",
    "startTime": _START,
    "endTime": _END,
    "metricName": "CPUUtilization",
    "period": 300,
    "statistics": ["Average"],
    "certificateName": "cert",
    "certificateStatuses": ["ISSUED"],
    "includeCertificateDetails": True,
    "domainName": "example.com",
    "subjectAlternativeNames": ["www.example.com"],
    "domainEntry": {
        "id": "1",
        "name": "www.example.com",
        "target": "192.0.2.1",
        "isAlias": False,
        "type": "A",
        "options": {"ttl": "60"},
    },
    "resourceName": "shop",
    "resourceArn": "arn:aws:lightsail:us-east-1:111122223333:ContainerService/1",
    "tagKeys": ["team"],
    "pageToken": "1",
    "operationId": "1",
    "includeAvailabilityZones": True,
    "includeRelationalDatabaseAvailabilityZones": True,
}
"""Simple values for the members of requests."""
