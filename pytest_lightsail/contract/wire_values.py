"""Values of Python as the wire has them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

__all__ = ["on_the_wire"]


def on_the_wire(value: Any) -> Any:
    """What boto3 takes or gives, as JSON: a ``datetime`` is a number of seconds, a tuple a list.

    >>> from datetime import timezone
    >>> on_the_wire({"createdAt": datetime(2022, 5, 26, tzinfo=timezone.utc)})
    {'createdAt': 1653523200.0}
    """
    if isinstance(value, Mapping):
        return {key: on_the_wire(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [on_the_wire(item) for item in value]
    return value.timestamp() if isinstance(value, datetime) else value
