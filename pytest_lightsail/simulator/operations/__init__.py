"""The operations that the account simulates: what each does, and what it refuses.

A handler gets parameters that have passed the request validator, and checks what only the account can
know. It changes nothing before the last check has passed.
"""

from __future__ import annotations

from collections.abc import Mapping

from . import contents, domains, services
from .services import Handler

__all__ = ["CONTAINER_OPERATIONS", "OPERATIONS"]

CONTAINER_OPERATIONS: Mapping[str, Handler] = {
    **services.HANDLERS,
    **contents.HANDLERS,
    **domains.HANDLERS,
}
"""Those of the container family, which coverage counts."""

OPERATIONS: Mapping[str, Handler] = {**CONTAINER_OPERATIONS, **domains.OTHER_HANDLERS}
