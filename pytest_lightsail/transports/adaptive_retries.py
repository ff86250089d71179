"""botocore's adaptive retry mode waits on a lock for its turn; here that wait passes in virtual time.

Its token bucket reads ``time.time()`` but waits in real time, so under a virtual clock it would wait for
ever. While virtual time is on, ``TokenBucket.acquire`` asks without blocking and sleeps instead.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any, cast

from botocore.exceptions import CapacityNotAvailableError
from botocore.retries.bucket import TokenBucket

__all__ = ["AdaptiveRetries"]


class AdaptiveRetries:
    """The patches of ``TokenBucket``; ``sleep`` must decide by itself whether time is virtual."""

    def __init__(self, is_virtual: Callable[[], bool], sleep: Callable[[float], None]) -> None:
        self._bucket = cast("Any", TokenBucket)
        self._is_virtual = is_virtual
        self._sleep = sleep
        self._patches: tuple[tuple[str, Any, Any], ...] = ()

    def install(self) -> None:
        """Put the patches in place, on top of what somebody else may have put there."""
        self._patches = self._patched(self._bucket.acquire, self._bucket._refill)
        for name, _, patch in self._patches:
            setattr(self._bucket, name, patch)

    def remove(self) -> None:
        """Put the originals back, unless somebody else has patched since."""
        for name, original, patch in self._patches:
            if getattr(self._bucket, name) is patch:
                setattr(self._bucket, name, original)

    def _patched(self, acquire_really: Any, refill_really: Any) -> tuple[tuple[str, Any, Any], ...]:
        """What is patched: its name, the original, and what takes its place."""
        is_virtual, sleep = self._is_virtual, self._sleep

        def acquire(bucket: Any, amount: int = 1, block: bool = True) -> Any:  # noqa: FBT001, FBT002
            while block and is_virtual():
                with suppress(CapacityNotAvailableError):
                    return acquire_really(bucket, amount=amount, block=False)
                # Another thread may have filled the bucket since.
                sleep(max(0.0, amount - bucket.available_capacity) / bucket.max_rate)
            return acquire_really(bucket, amount=amount, block=block)

        def refill(bucket: Any) -> None:
            last = bucket._last_timestamp
            # A bucket that was filled in real time would owe the tokens of all the years since
            # virtual time; it begins anew instead.
            if last is not None and last > bucket._clock.current_time():
                bucket._last_timestamp = None
            refill_really(bucket)

        return ("acquire", acquire_really, acquire), ("_refill", refill_really, refill)
