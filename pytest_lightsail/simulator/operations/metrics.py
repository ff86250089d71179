"""GetContainerServiceMetricData: what a running deployment uses, in points of five minutes or more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ..resources import ContainerService, Deployment, Region
from .shared import Answer, Handler, Parameters, find

if TYPE_CHECKING:
    from ..account import Account

__all__ = ["HANDLERS"]

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
) -> Answer:
    service = find(region, parameters)
    name, period = parameters["metricName"], max(parameters["period"], _GRANULARITY)
    running = _running(service)
    points = []
    # Earlier metrics disappear with a new deployment (developer guide, container service deployments).
    if running is not None and running.activated_at is not None:
        used = running.load[0 if name == "CPUUtilization" else 1]
        first = max(parameters["startTime"], running.activated_at)
        last = min(parameters["endTime"], account.timestamp())
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
    return account.presenter.answer(
        "GetContainerServiceMetricData", {"metricData": points, "metricName": name}
    )


def _running(service: ContainerService) -> Deployment | None:
    """The deployment whose containers run; none while the service is disabled, or still being enabled."""
    current = service.current
    ended = current is None or (current.running is not None and current.running.ended is not None)
    return None if service.is_disabled or ended else current


def _samples(begin: float, end: float) -> int:
    """How many samples fall between two instants, one at every multiple of the granularity."""
    return max(0, -int(-end // _GRANULARITY) - -int(-begin // _GRANULARITY))


HANDLERS: Mapping[str, Handler] = {
    "GetContainerServiceMetricData": _get_container_service_metric_data
}
