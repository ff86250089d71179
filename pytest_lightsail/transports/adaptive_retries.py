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
        self._bucket = bucket_class = cast("Any", TokenBucket)
        acquire_really: Any = bucket_class.acquire
        refill_really: Any = bucket_class._refill

        def acquire(bucket: Any, amount: int = 1, block: bool = True) -> Any:  # noqa: FBT001, FBT002
            while block and is_virtual():
                with suppress(CapacityNotAvailableError):
                    return acquire_really(bucket, amount=amount, block=False)
                sleep((amount - bucket.available_capacity) / bucket.max_rate)
            return acquire_really(bucket, amount=amount, block=block)

        def refill(bucket: Any) -> None:
            last = bucket._last_timestamp
            # A bucket that was filled in real time would owe the tokens of all the years since
            # virtual time; it begins anew instead.
            if last is not None and last > bucket._clock.current_time():
                bucket._last_timestamp = None
            refill_really(bucket)

        self._patches = (
            ("acquire", acquire_really, acquire),
            ("_refill", refill_really, refill),
        )

    def install(self) -> None:
        """Put the patches in place."""
        for name, _, patch in self._patches:
            setattr(self._bucket, name, patch)

    def remove(self) -> None:
        """Put the originals back, unless somebody else has patched since."""
        for name, original, patch in self._patches:
            if getattr(self._bucket, name) is patch:
                setattr(self._bucket, name, original)
