"""botocore's retries, the same for every account: a full quota, and pauses from the account's seed.

A client in retry mode standard spends its quota on retries and earns it back by calls that succeed. A
client that is made when a module is imported would bring what one test has spent into the next, and tests
would depend on their order. Pauses are random, so tests would have other times in each run.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from random import Random
from typing import TYPE_CHECKING, Any
from weakref import ReferenceType, WeakKeyDictionary, ref

from botocore.retries.quota import RetryQuota

from ..patching import Patch

if TYPE_CHECKING:
    from ..simulator.account import Account

__all__ = ["BUCKETS", "RetryPauses", "RetryQuotas"]


class RetryQuotas:
    """The patch of ``RetryQuotaChecker``; ``account_now`` gives the account that answers, if one does."""

    def __init__(self, service: str, account_now: Callable[[], Account | None]) -> None:
        self._service = service
        self._account_now = account_now
        self._spent: WeakKeyDictionary[Any, ReferenceType[Account]] = WeakKeyDictionary()
        self.patch = Patch(
            "botocore.retries.standard", "RetryQuotaChecker", "acquire_retry_quota", self._filling
        )

    def _filling(self, original: Any) -> Any:
        """Return a replacement that fills the quota first where the account is new."""
        service, account_now, spent = self._service, self._account_now, self._spent

        def acquire_retry_quota(checker: Any, context: Any) -> Any:
            account = account_now()
            if (
                account is not None
                and context.operation_model.service_model.service_name == service
            ):
                before = spent.get(checker)
                if before is None or before() is not account:
                    checker._quota = RetryQuota()
                    spent[checker] = ref(account)
            return original(checker, context)

        return acquire_retry_quota


class RetryPauses:
    """The patches of what draws pauses; ``account_now`` gives the account that answers, if one does."""

    def __init__(self, account_now: Callable[[], Account | None]) -> None:
        self._account_now = account_now
        self._seeded: WeakKeyDictionary[Account, Random] = WeakKeyDictionary()
        self.patches = (
            Patch("botocore.retryhandler", "", "random", self._of_mode_legacy),
            Patch(
                "botocore.retries.standard", "ExponentialBackoff", "delay_amount", self._of_others
            ),
        )

    def source(self) -> Random | None:
        """Return what the pauses are drawn from; ``None`` without an account."""
        account = self._account_now()
        if account is None:
            return None
        return self._seeded.setdefault(account, Random(account.options.seed))  # noqa: S311

    def _of_mode_legacy(self, original: Any) -> Any:
        return _Randomness(original, self.source)

    def _of_others(self, original: Any) -> Any:
        source = self.source

        def delay_amount(backoff: Any, context: Any) -> Any:
            seeded = source()
            if seeded is not None:
                # A copy: other threads may use it at the same time.
                backoff = copy.copy(backoff)
                backoff._random = seeded.random
            return original(backoff, context)

        return delay_amount


class _Randomness:
    """Stands in for the module ``random``."""

    def __init__(self, original: Any, source: Callable[[], Random | None]) -> None:
        self._original = original
        self._source = source

    def __getattr__(self, name: str) -> Any:
        return getattr(self._source() or self._original, name)


def _refilling(original: Any) -> Any:
    """Let a token bucket of the adaptive mode begin anew where the calendar has gone back.

    It was filled in the time of an account that has ended, and would owe the tokens of all that time.
    """

    def refill(bucket: Any) -> None:
        last = bucket._last_timestamp
        if last is not None and last > bucket._clock.current_time():
            bucket._last_timestamp = None
        original(bucket)

    return refill


BUCKETS = Patch("botocore.retries.bucket", "TokenBucket", "_refill", _refilling)
