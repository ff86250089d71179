"""Answer calls of ``requests``: as the API, if the caller signs them, and as the services' own URLs.

``requests.Session.get_adapter`` is patched once: for hosts of Lightsail it gives an adapter that asks the
account; for all others it returns what it did before, so ``responses``, moto and other libraries that
patch ``send`` still work. This does not import ``requests``: a later import is patched then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ..endpoints import API_HOST
from ..patching import Patch
from ..simulator.front_door import serves
from .botocore_hook import Stack

if TYPE_CHECKING:
    from ..simulator.account import Account

__all__ = ["REQUESTS"]


class _Stack(Stack):
    def __init__(self) -> None:
        super().__init__(Patch("requests.sessions", "Session", "get_adapter", self._answering))

    def _answering(self, original: Any) -> Any:
        stack = self

        def get_adapter(self: Any, url: str) -> Any:
            adapter = original(self, url)
            top = stack.top
            if top is None or not _is_ours(url, top.account):
                return adapter
            from .requests_adapter import answering  # noqa: PLC0415 - imports responses

            return answering(adapter, stack)

        return get_adapter


def _is_ours(url: str, account: Account) -> bool:
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return False  # the adapter will say what is wrong with it
    return API_HOST.fullmatch(host) is not None or serves(account, host)


REQUESTS = _Stack()
"""The accounts that answer callers of ``requests``."""
