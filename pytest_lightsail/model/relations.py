"""Relations: rules that set members of one request against each other.

Each function finds the places where its relation does not hold. Where a member is missing or has the
wrong type it stays silent: another rule says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from .grammar import (
    PUBLIC_IMAGE_PATTERN,
    STORED_IMAGE_PATTERN,
    parse_stored_image,
    success_code_ranges,
)
from .rule import Broken, Path, Rule

__all__ = [
    "certificates_within_limit",
    "codes_ascend",
    "domains_within_limit",
    "endpoint_names_a_container",
    "endpoint_port_is_open",
    "endpoint_port_speaks_http",
    "images_are_well_formed",
    "keys_are_unique",
    "stored_images_are_of_this_service",
]

_Document = Mapping[str, Any]

_PUBLIC_IMAGE = re.compile(PUBLIC_IMAGE_PATTERN, re.ASCII)
_STORED_IMAGE = re.compile(STORED_IMAGE_PATTERN, re.ASCII)


def keys_are_unique(tags: Any, rule: Rule) -> Iterator[Broken]:
    """Tags whose key another tag before them has."""
    del rule
    seen: set[str] = set()
    for index, tag in enumerate(tags):
        key = tag.get("key") if isinstance(tag, dict) else None
        if isinstance(key, str):
            if key in seen:
                yield Broken((index, "key"), key)
            seen.add(key)


def certificates_within_limit(domains: Any, rule: Rule) -> Iterator[Broken]:
    """More certificates than the rule allows; one with an empty list is being detached."""
    count = _attached(domains)
    if rule.maximum is not None and count > rule.maximum:
        yield Broken((), count)


def domains_within_limit(domains: Any, rule: Rule, *, certificates: int) -> Iterator[Broken]:
    """More domain names, over all certificates, than the rule allows.

    Each certificate has a name at least: where there are more than ``certificates`` of them, the rule of
    their number says so.
    """
    count = sum(len(names) for names in domains.values() if isinstance(names, (list, tuple)))
    if rule.maximum is not None and count > rule.maximum and _attached(domains) <= certificates:
        yield Broken((), count)


def _attached(domains: _Document) -> int:
    return sum(bool(names) for names in domains.values())


def codes_ascend(codes: Any, rule: Rule) -> Iterator[Broken]:
    """Ranges of status codes that end before they start."""
    del rule
    if "-" not in codes:
        return
    try:
        ranges = list(success_code_ranges(codes))
    except ValueError:
        return
    for low, high in ranges:
        if low > high:
            yield Broken((), f"{low}-{high}", {"turned": f"{high}-{low}"})


def endpoint_names_a_container(deployment: Any, rule: Rule) -> Iterator[Broken]:
    """A public endpoint on a container that the deployment does not have."""
    del rule
    containers, endpoint = _parts(deployment)
    name = endpoint.get("containerName")
    if isinstance(name, str) and name not in containers:
        yield Broken(
            ("publicEndpoint", "containerName"), name, {"containers": ", ".join(sorted(containers))}
        )


def endpoint_port_is_open(deployment: Any, rule: Rule) -> Iterator[Broken]:
    """A public endpoint on a port that its container does not open."""
    del rule
    container, port = _endpoint_port(deployment)
    if container is not None and str(port) not in (ports := container.get("ports") or {}):
        yield Broken(
            ("publicEndpoint", "containerPort"), port, {"ports": ", ".join(ports) or "none"}
        )


def endpoint_port_speaks_http(deployment: Any, rule: Rule) -> Iterator[Broken]:
    """A public endpoint on a port with none of the rule's protocols."""
    container, port = _endpoint_port(deployment)
    protocol = ((container or {}).get("ports") or {}).get(str(port))
    if protocol is not None and protocol not in rule.values:
        yield Broken(("publicEndpoint", "containerPort"), port, {"protocol": protocol})


def images_are_well_formed(request: Any, rule: Rule) -> Iterator[Broken]:
    """Images that are neither ``:service.label.version`` nor a registry reference, or too long."""
    for path, name, image in _images(request):
        # What is longer no engine takes, and regular expressions on hostile input are to stay cheap.
        if len(image) <= rule.most:
            if image.startswith(":"):
                good = _STORED_IMAGE.fullmatch(image) is not None
            else:
                good = _PUBLIC_IMAGE.fullmatch(image) is not None
            if good:
                continue
        yield Broken(path, image, {"container": name, "service": _service(request)})


def stored_images_are_of_this_service(request: Any, rule: Rule) -> Iterator[Broken]:
    """Stored images that belong to another service."""
    del rule
    for path, name, image in _images(request):
        stored = parse_stored_image(image)
        if stored is not None and stored.service != _service(request):
            yield Broken(path, image, {"container": name, "service": _service(request)})


def _service(request: _Document) -> str:
    return str(request.get("serviceName", ""))


def _parts(deployment: _Document) -> tuple[_Document, _Document]:
    containers, endpoint = deployment.get("containers"), deployment.get("publicEndpoint")
    return (
        containers if isinstance(containers, dict) else {},
        endpoint if isinstance(endpoint, dict) else {},
    )


def _endpoint_port(deployment: _Document) -> tuple[_Document | None, Any]:
    containers, endpoint = _parts(deployment)
    name, port = endpoint.get("containerName"), endpoint.get("containerPort")
    container = containers.get(name) if isinstance(name, str) else None
    if not isinstance(container, dict) or port is None:
        return None, None
    return container, port


def _images(request: _Document) -> Iterator[tuple[Path, str, str]]:
    """Path, container name and image of every container, also inside a ``deployment`` member."""
    inner = request.get("deployment")
    for prefix, part in (((), request), (("deployment",), inner)):
        containers = part.get("containers") if isinstance(part, dict) else None
        for name, container in (containers or {}).items():
            image = container.get("image") if isinstance(container, dict) else None
            if isinstance(image, str):
                yield (*prefix, "containers", name, "image"), name, image
