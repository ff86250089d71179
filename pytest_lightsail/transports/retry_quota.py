"""botocore's retry quota, full again for every account.

A client in retry mode standard spends its quota on retries and earns it back by calls that succeed. A
client that is made when a module is imported would bring what one test has spent into the next, and tests
would depend on their order.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast
from weakref import ReferenceType, WeakKeyDictionary, ref

from botocore.retries.quota import RetryQuota
from botocore.retries.standard import RetryQuotaChecker

if TYPE_CHECKING:
    from ..simulator.account import Account

__all__ = ["RetryQuotas"]


class RetryQuotas:
    """The patch of ``RetryQuotaChecker``; ``account_now`` gives the account that answers, if one does."""

    def __init__(self, service: str, account_now: Callable[[], Account | None]) -> None:
        self._checker: Any = cast("Any", RetryQuotaChecker)
        self._service = service
        self._account_now = account_now
        self._spent: WeakKeyDictionary[Any, ReferenceType[Account]] = WeakKeyDictionary()
        self._original: Any = None
        self._patched: Any = None

    def install(self) -> None:
        """Put the patch in place, on top of what somebody else may have put there."""
        # A new function each time: one from before may be wrapped by somebody who has stayed.
        self._original = self._checker.acquire_retry_quota
        self._patched = self._filling(self._original)
        self._checker.acquire_retry_quota = self._patched

    def remove(self) -> None:
        """Put the original back, unless somebody else has patched since."""
        if self._checker.acquire_retry_quota is self._patched:
            self._checker.acquire_retry_quota = self._original

    def _filling(self, original: Any) -> Any:
        """What takes the place of ``original``: it fills the quota first, where the account is new."""
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
