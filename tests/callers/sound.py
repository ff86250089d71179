"""Release tools without bugs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping

from .common import AWS_ERRORS, ReleaseFailed, connect, deploy, ensure_service, wait_for

log = logging.getLogger(__name__)


def release(image: str, environment: Mapping[str, str] | None = None, scale: object = 1) -> int:
    """Release an image. Raise ``ReleaseFailed`` for every AWS error."""
    if not isinstance(scale, int) or isinstance(scale, bool) or not 1 <= scale <= 20:
        raise ReleaseFailed(f"scale is 1 to 20, not {scale!r}")
    client = connect()
    try:
        ensure_service(client, scale)
        version = deploy(client, image, environment)
        log.info("version %d with %s", version, sorted(environment or {}))
        wait_for(client, version)
    except AWS_ERRORS as error:
        raise ReleaseFailed(f"AWS: {type(error).__name__}") from error
    return version


async def release_in_background(image: str) -> int:
    """Release an image in a thread other than that of the event loop."""
    return await asyncio.to_thread(release, image)
