"""What takes bytes and keeps a promise; put together without a look at the package."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple


class Target(NamedTuple):
    """What is tried with bytes, which raises if a promise is broken, and bytes to begin with."""

    check: Callable[[bytes], object]
    seeds: tuple[bytes, ...]


def either(*targets: Target) -> Target:
    """One of these: the first byte says which."""

    def check(data: bytes) -> None:
        if data:
            targets[data[0] % len(targets)].check(data[1:])

    seeds = ((bytes([number]) + seed) for number, one in enumerate(targets) for seed in one.seeds)
    return Target(check, tuple(seeds))
