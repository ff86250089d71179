"""Strategies for references to images, and simple values for the members of requests."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import datetime, timezone
from typing import Any

from hypothesis import strategies as st

from ..exceptions import ConfigurationError, check_known

HOME = "us-east-1"
"""The default Region of this package."""

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


def _repositories(least: int, most: int, host: str = "") -> st.SearchStrategy[str]:
    """Draw references with ``least`` to ``most`` components after the host. Some references have tags."""
    names = f"{host}{_NAME}(?:/{_NAME}){{{least - 1},{most - 1}}}"
    return st.from_regex(f"{names}(?::latest|:{_TAG})?(?:{_DIGEST})?", fullmatch=True)


def images(
    kinds: Collection[str], stored: st.SearchStrategy[str] | None = None, region: str = ""
) -> st.SearchStrategy[str]:
    """Return a strategy for references to images of these kinds.

    The references of the kind ``stored`` are drawn from ``stored``. Private repositories are in
    ``region``.
    """
    if isinstance(kinds, str):
        raise ConfigurationError(f"kinds must be a set, such as {{{kinds!r}}}")
    check_known("unknown kind", sorted(kinds) or ["none"], IMAGE_KINDS)
    account = rf"[0-9]{{12}}\.dkr\.ecr\.{re.escape(region)}\.amazonaws\.com/"
    of = {
        "public": st.one_of(st.sampled_from(_FAMILIAR), _repositories(1, 1)),
        "docker-hub": _repositories(2, 2),
        "public-ecr": _repositories(2, 2, r"public\.ecr\.aws/"),
        "registry": _repositories(1, 4, _HOSTS),
        "ecr": _repositories(1, 3, account),
        "stored": st.nothing() if stored is None else stored,
    }
    return st.one_of(*(of[kind] for kind in IMAGE_KINDS if kind in kinds))


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
