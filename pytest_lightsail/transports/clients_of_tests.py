"""The clients that this library makes for tests, so that their calls can be told from a caller's own."""

from __future__ import annotations

from typing import Any
from weakref import WeakSet

__all__ = ["clients_of_tests"]

clients_of_tests: WeakSet[Any] = WeakSet()
"""Their event emitters, which a client's endpoint has too, and no other client."""
