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
from .clients import create_client

__all__ = ["warm_up"]


def warm_up(region: str) -> None:
    """Load what the first call of a process loads; little is done the second time.

    If boto3 is imported, a session of it reads what a client needs, and shares it with later ones.

    Args:
        region: the Region of the clients that are made, and thrown away.
    """
    _load_once(region)
    boto3: Any = sys.modules.get("boto3")
    if boto3 is not None:
        # Where there is no such profile, say, the caller that uses it shall get the error.
        with suppress(BotoCoreError):
            boto3.Session().client("lightsail", region_name=region)


@lru_cache(maxsize=1)
def _load_once(region: str) -> None:
    create_client(region)
    request_validator(load())
