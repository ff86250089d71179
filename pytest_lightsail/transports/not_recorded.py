"""Calls that do not say what a consumer does: a test's own, and those with input that is made up."""

from __future__ import annotations

import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any
from weakref import WeakSet

__all__ = ["clients_of_tests", "generated", "is_generated"]

clients_of_tests: WeakSet[Any] = WeakSet()
"""Event emitters of the clients that this library makes for tests; a client's endpoint has the same."""

_generating: list[None] = []


@contextmanager
def generated() -> Generator[None, None, None]:
    """For a block in which the caller's input is made up, in whichever thread it runs."""
    _generating.append(None)
    try:
        yield
    finally:
        _generating.pop()


def is_generated() -> bool:
    """Whether input is made up now: by us, or by Hypothesis for a test that we know nothing of."""
    if _generating:
        return True
    hypothesis = sys.modules.get("hypothesis")
    return hypothesis is not None and bool(hypothesis.currently_in_test_context())
