"""What is loaded once in a run, loaded before an example is timed.

Hypothesis gives an example 200 ms. The first one would pay for all of it: botocore looks through its data
and reads a service model, for up to half a second on a busy machine.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from functools import lru_cache
from typing import Any

from botocore.exceptions import BotoCoreError

from ..contract.validator import request_validator
from ..model.service import load
from .clients import CREDENTIALS, create_client

__all__ = ["warm_up"]


def warm_up(region: str) -> None:
    """Load what the first call of a process loads; little is done the second time.

    If boto3 is imported, its default session is made and reads what a client needs, as it does in the
    first ``boto3.client()``.

    Args:
        region: the Region of the clients that are made, and thrown away.
    """
    # Where there is no such profile, say, who uses it is to hear of it, and nobody else.
    with suppress(BotoCoreError):
        _load_once(region)
        _load_into_default_session(sys.modules.get("boto3"), region)


@lru_cache(maxsize=1)
def _load_once(region: str) -> None:
    create_client(region)
    request_validator(load())


def _load_into_default_session(boto3: Any, region: str) -> None:
    if boto3 is None:
        return
    if not boto3.DEFAULT_SESSION:
        boto3.setup_default_session()
    boto3.DEFAULT_SESSION.client("lightsail", region_name=region, **CREDENTIALS)
