"""botocore's adaptive retry mode waits on a lock for its turn; here that wait passes in virtual time.

Its token bucket reads ``time.time()`` but waits in real time, so under a virtual clock it would wait for
ever. While virtual time is on, ``TokenBucket.acquire`` asks without blocking and sleeps instead.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from botocore.exceptions import CapacityNotAvailableError
from botocore.retries.bucket import TokenBucket

__all__ = ["AdaptiveRetries"]


class AdaptiveRetries:
    """The patch of ``TokenBucket.acquire``; ``sleep`` must decide by itself whether time is virtual."""

    def __init__(self, is_virtual: Callable[[], bool], sleep: Callable[[float], None]) -> None:
        self._bucket: Any = TokenBucket
        self._original: Any = self._bucket.acquire
        original = self._original

        def acquire(bucket: Any, amount: int = 1, block: bool = True) -> Any:  # noqa: FBT001, FBT002
            if not block or not is_virtual():
                return original(bucket, amount=amount, block=block)
            try:
                return original(bucket, amount=amount, block=False)
            except CapacityNotAvailableError:
                # A bucket that was filled in real time finds virtual time far behind and its tokens
                # hugely negative; it never owes more than the time of the tokens asked for.
                missing = min(amount - bucket.available_capacity, amount)
                sleep(missing / bucket.max_rate)
                return True

        self._patched = acquire

    def install(self) -> None:
        """Put the patch in place."""
        self._bucket.acquire = self._patched

    def remove(self) -> None:
        """Put the original back, unless somebody else has patched since."""
        if self._bucket.acquire is self._patched:
            self._bucket.acquire = self._original
