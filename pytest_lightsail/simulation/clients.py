"""Botocore clients at the cost of a client, not of a session: all share one loaded service model."""

from __future__ import annotations

import os
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import botocore.session

from ..environment import DUMMY_KEY
from ..observers import clients_of_tests

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
    return botocore.session.Session(
        {"profile": nothing, "config_file": nowhere, "credentials_file": nowhere}
    )


def create_client(region: str, **arguments: Any) -> LightsailClient:
    """A new Lightsail client with dummy credentials, like ``session.create_client`` otherwise.

    Args:
        region: its Region.
        arguments: for botocore's ``Session.create_client``, such as ``config``.
    """
    client: LightsailClient = _session().create_client(
        "lightsail", region_name=region, **{**CREDENTIALS, **arguments}
    )
    clients_of_tests.add(client.meta.events)
    return client
