"""Operations on what a service stores, writes and uses: its images, logs and metrics."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ..resources import ContainerService, Region, StoredContainerImage
from ..wire import page, refuse
from .services import Document, Handler, Parameters, find

if TYPE_CHECKING:
    from ..account import Account


def register(
    account: Account, service: ContainerService, label: str, digest: str, version: int | None = None
) -> StoredContainerImage:
    """Store an image with a service, unless it has as many as it can."""
    account.quotas.check("images", service.images.__len__, ("serviceName",), service.name)
    return service.register_image(label, digest, account.clock.timestamp, version)


def _register_image(account: Account, region: Region, parameters: Parameters) -> Document:
    service = find(region, parameters)
    stored = register(account, service, parameters["label"], parameters["digest"])
    return {"containerImage": _described(stored)}


def _get_images(account: Account, region: Region, parameters: Parameters) -> Document:
    service = find(region, parameters)
    images = [_described(stored) for stored in service.images]
    return {"containerImages": images}


def _delete_image(account: Account, region: Region, parameters: Parameters) -> Document:
    service = find(region, parameters)
    image, path = parameters["image"], ("image",)
    stored = next((one for one in service.images if one.image == image), None)
    if stored is None:
        raise refuse("image.stored", path, image, service=service.name)
    for deployment in filter(None, (service.current, service.next)):
        used = deployment.containers.values()
        if any(service.stored(one["image"]) == stored for one in used):
            account.object_to(refuse("image.unused", path, image, version=deployment.version))
    service.images.remove(stored)
    return {}


def _described(stored: StoredContainerImage) -> dict[str, Any]:
    return {"createdAt": stored.created_at, "digest": stored.digest, "image": stored.image}


_LOGIN_SECONDS = 12 * 3600
"""API Reference, ContainerServiceRegistryLogin."""

_PLUGIN_VERSION = "1.0.8"
"""The release of lightsailctl that its repository shows as the latest."""


def _create_registry_login(account: Account, region: Region, parameters: Parameters) -> Document:
    if not region.services:
        raise refuse("registry.needs-service")
    number = account.identifiers.account_number("aws-internal")
    login = {
        "expiresAt": account.clock.timestamp + _LOGIN_SECONDS,
        "password": account.identifiers.uuid("registry-password"),
        "registry": f"{number}.dkr.ecr.{region.name}.amazonaws.com",
        "username": "AWS",
    }
    return {"registryLogin": login}


def _get_api_metadata(account: Account, region: Region, parameters: Parameters) -> Document:
    metadata = [{"name": "lightsailctlVersion", "value": _PLUGIN_VERSION}]
    return {"metadata": metadata}


_TERM = re.compile(r'([-?]?)(?:"([^"]*)"|(\S+))')
"""A term: its sign, and its text in quotation marks or up to a space; a sign alone is a text."""


def line_filter(pattern: str) -> Callable[[str], bool]:
    """Return whether a line matches a filter pattern, with case (API Reference, GetContainerLog).

    >>> line_filter("?ERROR ?Exception")("an Exception")
    True
    >>> line_filter("ERROR -expected")("ERROR expected")
    False
    """
    terms: dict[str, list[str]] = {"": [], "-": [], "?": []}
    for sign, quoted, plain in _TERM.findall(pattern):
        terms[sign].append(quoted or plain)

    def passes(line: str) -> bool:
        return (
            all(term in line for term in terms[""])
            and not any(term in line for term in terms["-"])
            and (not terms["?"] or any(term in line for term in terms["?"]))
        )

    return passes


def _get_log(account: Account, region: Region, parameters: Parameters) -> Document:
    service = find(region, parameters)
    name = parameters["containerName"]
    if name not in service.logs.containers:
        account.object_to(refuse("log.container", ("containerName",), name, service=service.name))
    begin, end = parameters.get("startTime"), parameters.get("endTime")
    passes = line_filter(parameters.get("filterPattern") or "")
    days = account.quotas["log-days"]
    oldest = 0.0 if days is None else account.clock.epoch - days * 86400
    service.write_logs(account.clock.epoch_ns, days)
    lines = [
        (at, line)
        for at, line in service.logs.lines(name, account.clock.epoch_ns - service.logs.lag)
        if at >= oldest
        and (begin is None or at >= begin)
        and (end is None or at <= end)
        and passes(line)
    ]
    shown, more = page(lines, parameters.get("pageToken"))
    events = [{"createdAt": at, "message": line} for at, line in shown]
    return {"logEvents": events, **more}


_GRANULARITY = 300
"""Seconds between samples (API Reference, GetContainerServiceMetricData)."""


def _get_metrics(account: Account, region: Region, parameters: Parameters) -> Document:
    service, name = find(region, parameters), parameters["metricName"]
    current = service.current
    running = None if current is None or service.is_disabled else current.running
    points = []
    # Earlier metrics disappear with a new deployment (developer guide, container service deployments).
    if current is not None and current.activated_at and running is not None and not running.ended:
        member = "cpu" if name == "CPUUtilization" else "memory"
        used = min(sum(getattr(one.image, member) for one in running.containers), 100.0)
        first = math.ceil(max(parameters["startTime"], current.activated_at))
        last = math.ceil(min(parameters["endTime"], account.clock.timestamp))
        period = max(parameters["period"], _GRANULARITY)
        for begin in range(first // period * period, last, period):
            since = -(-max(begin, first) // _GRANULARITY) * _GRANULARITY
            instants = range(since, min(begin + period, last), _GRANULARITY)
            if samples := len(instants) * service.scale:
                values = {
                    "average": used,
                    "maximum": used,
                    "minimum": used,
                    "sampleCount": float(samples),
                    "sum": used * samples,
                }
                asked = {each.lower() for each in parameters["statistics"]}
                chosen = {key: value for key, value in values.items() if key.lower() in asked}
                points.append({**chosen, "timestamp": begin, "unit": "Percent"})
    return {"metricData": points, "metricName": name}


HANDLERS: Mapping[str, Handler] = {
    "CreateContainerServiceRegistryLogin": _create_registry_login,
    "DeleteContainerImage": _delete_image,
    "GetContainerAPIMetadata": _get_api_metadata,
    "GetContainerImages": _get_images,
    "GetContainerLog": _get_log,
    "GetContainerServiceMetricData": _get_metrics,
    "RegisterContainerImage": _register_image,
}
