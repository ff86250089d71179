"""Create botocore clients from one session, which loads the service model once."""

from __future__ import annotations

import os
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import botocore.session
from botocore.handlers import BUILTIN_HANDLERS, REGISTER_FIRST, REGISTER_LAST

from ..environment import DUMMY_KEY
from ..transports.not_recorded import clients_of_tests

if TYPE_CHECKING:
    from mypy_boto3_lightsail import LightsailClient

__all__ = ["CREDENTIALS", "create_client"]

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
    """Return a new Lightsail client with dummy credentials, like ``session.create_client`` otherwise.

    Args:
        region: its Region.
        arguments: for botocore's ``Session.create_client``, such as ``config``.
    """
    client: LightsailClient = _session().create_client(
        "lightsail", region_name=region, **{**CREDENTIALS, **arguments}
    )
    clients_of_tests.add(client.meta.events)
    return client
