"""botocore's retry quota, full again for every account.

A client in retry mode standard spends its quota on retries and earns it back by calls that succeed. A
client that is made when a module is imported would bring what one test has spent into the next, and tests
would depend on their order.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from weakref import ReferenceType, WeakKeyDictionary, ref

from botocore.retries.quota import RetryQuota

from ..patching import Patch

if TYPE_CHECKING:
    from ..simulator.account import Account

__all__ = ["RetryQuotas"]


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
