"""What is still going to change in an account: for a test that looks before it has happened."""

from __future__ import annotations

import math

from ..model.lifecycle import ABSENT, SERVICE_EDGES, take
from ..simulator.account import Account
from ..simulator.clock import NANOSECONDS
from ..simulator.progress import ends
from ..simulator.resources import ContainerService, Walk
from ..wording import plural

__all__ = ["next_changes"]

_HOW = "lightsail.clock.advance_until_settled()"


def next_changes(account: Account) -> list[str]:
    """Return a line for each service that is on its way: what it becomes, when, and how to get there.

    >>> from pytest_lightsail import simulate
    >>> with simulate() as lightsail:
    ...     client = lightsail.client()
    ...     _ = client.create_container_service(serviceName="shop", power="nano", scale=1)
    ...     next_changes(lightsail.account)
    ['shop becomes READY in 40 s: lightsail.clock.advance_until_settled()']
    """
    with account.lock:
        services = [
            each for region in account.regions.values() for each in region.services.values()
        ]
        return [
            f"{service.name} {_next_change(service, service.walk, account.clock.elapsed_ns)}"
            for service in services
            if service.walk is not None
        ]


def _next_change(service: ContainerService, walk: Walk, now: int) -> str:
    ahead = walk.plan.stages[walk.index :]
    cause = f": {walk.plan.cause}" if walk.plan.cause else ""
    due = service.appointment
    if any(stage.polls is None and math.isinf(stage.seconds) for stage in ahead):
        return f"stays {service.state} and never ends{cause}"
    trigger = next(name for name, fails in ends(service).items() if fails == walk.plan.fails)
    target = take(SERVICE_EDGES, service.state, trigger).target
    becomes = "is gone" if target == ABSENT else f"becomes {target}"
    reads = sum(stage.polls or 0 for stage in ahead) - walk.reads
    if reads:
        return f"{becomes} after {plural(reads, 'more read')} of it{cause}"
    left = 0 if due is None else due.at - now
    left += sum(round(stage.seconds * NANOSECONDS) for stage in ahead[1:])
    return f"{becomes} in {left / NANOSECONDS:g} s: {_HOW}"
