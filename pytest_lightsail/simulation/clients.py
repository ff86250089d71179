"""Create botocore clients from one session, which loads the service model once."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError
from botocore.handlers import BUILTIN_HANDLERS, REGISTER_FIRST, REGISTER_LAST

from ..contract.validator import request_validator
from ..endpoints import DUMMY_KEY
from ..model.service import load

if TYPE_CHECKING:
    from mypy_boto3_lightsail import LightsailClient


CREDENTIALS = {"aws_access_key_id": DUMMY_KEY, "aws_secret_access_key": DUMMY_KEY}
"""Given to a client, they spare it the search for others."""


@lru_cache(maxsize=1)
def _session() -> Any:
    # No one else gets hold of this session, so no test can leave a handler on it; and nothing that the
    # developer has configured (a profile that does not exist here, say) reaches it.
    nothing = (None, None, None, None)
    nowhere = (None, None, os.devnull, None)
    session = botocore.session.Session(
        {"profile": nothing, "config_file": nowhere, "credentials_file": nowhere},
        include_builtin_handlers=False,
    )
    # Each client copies all handlers, which took half of its time: those of other services are left out.
    events = session.get_component("event_emitter")
    register = {REGISTER_FIRST: events.register_first, REGISTER_LAST: events.register_last}
    for event, handler, *order in BUILTIN_HANDLERS:
        kind, _, rest = event.partition(".")
        if kind != "docs" and rest.partition(".")[0] in ("", "*", "lightsail"):
            register.get(order[0] if order else None, events.register)(event, handler)
    return session


def create_client(region: str, **arguments: Any) -> LightsailClient:
    """Return a new Lightsail client with dummy credentials, like ``session.create_client`` otherwise."""
    # No call leaves the process, so no proxy is looked for in the environment.
    arguments["config"] = Config(proxies={}).merge(arguments.get("config") or Config())
    client: LightsailClient = _session().create_client(
        "lightsail", region_name=region, **{**CREDENTIALS, **arguments}
    )
    return client


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
