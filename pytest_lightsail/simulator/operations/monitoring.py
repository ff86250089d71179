"""GetContainerLog and GetContainerServiceMetricData: what running containers write and use."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from ..errors import refuse
from ..resources import ContainerService, Deployment, Region
from ..wire import page
from .services import Document, Handler, Parameters, find

if TYPE_CHECKING:
    from ..account import Account

__all__ = ["HANDLERS", "line_filter"]

_TERM = re.compile(r'([-?]?)(?:"([^"]*)"|(\S+))')
"""A term: its sign, and its text in quotation marks or up to a space; a sign alone is a text."""


def line_filter(pattern: str) -> Callable[[str], bool]:
    """Whether a line passes a filter pattern (API Reference, GetContainerLog): case counts.

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


def _get_container_log(account: Account, region: Region, parameters: Parameters) -> Document:
    service = find(region, parameters)
    name = parameters["containerName"]
    if name not in service.logs.containers:
        raise refuse("log.container", ("containerName",), name, service=service.name)
    begin, end = parameters.get("startTime"), parameters.get("endTime")
    passes = line_filter(parameters.get("filterPattern") or "")
    days = account.quotas["log-days"]
    oldest = 0.0 if days is None else account.clock.epoch - days * 86400
    service.write_logs(account.clock.epoch_ns, days)
    lines = [
        (at, line)
        for at, line in service.logs.lines(name, account.clock.epoch_ns)
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

_STATISTICS = {
    "Average": "average",
    "Maximum": "maximum",
    "Minimum": "minimum",
    "SampleCount": "sampleCount",
    "Sum": "sum",
}


def _get_container_service_metric_data(
    account: Account, region: Region, parameters: Parameters
) -> Document:
    service = find(region, parameters)
    name, period = parameters["metricName"], max(parameters["period"], _GRANULARITY)
    running = _running(service)
    points = []
    # Earlier metrics disappear with a new deployment (developer guide, container service deployments).
    if running is not None and running.activated_at is not None:
        used = running.load[0 if name == "CPUUtilization" else 1]
        first = max(parameters["startTime"], running.activated_at)
        last = min(parameters["endTime"], account.clock.timestamp)
        begin = int(first // period * period)
        while begin < last:
            samples = _samples(max(begin, first), min(begin + period, last)) * service.scale
            if samples:
                values = {
                    "average": used,
                    "maximum": used,
                    "minimum": used,
                    "sampleCount": float(samples),
                    "sum": used * samples,
                }
                asked = {_STATISTICS[statistic] for statistic in parameters["statistics"]}
                chosen = {key: value for key, value in values.items() if key in asked}
                points.append({**chosen, "timestamp": begin, "unit": "Percent"})
            begin += period
    return {"metricData": points, "metricName": name}


def _running(service: ContainerService) -> Deployment | None:
    """The deployment whose containers run; none while the service is disabled, or still being enabled."""
    current = service.current
    ended = current is None or (current.running is not None and current.running.ended is not None)
    return None if service.is_disabled or ended else current


def _samples(begin: float, end: float) -> int:
    """How many samples fall between two instants, one at every multiple of the granularity."""
    return max(0, -int(-end // _GRANULARITY) - -int(-begin // _GRANULARITY))


HANDLERS: Mapping[str, Handler] = {
    "GetContainerLog": _get_container_log,
    "GetContainerServiceMetricData": _get_container_service_metric_data,
}
