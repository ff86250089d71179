"""Environment variables that AWS clients read."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager

__all__ = ["AWS_VARIABLES", "DUMMY_KEY", "ENDPOINT", "NOWHERE", "set_missing", "set_variable"]

DUMMY_KEY = "testing"
"""The access key id, and the secret, of clients that call the simulated account."""

AWS_VARIABLES: Mapping[str, str] = {
    "AWS_ACCESS_KEY_ID": DUMMY_KEY,
    "AWS_SECRET_ACCESS_KEY": DUMMY_KEY,
    # Without it a client made without credentials asks the network for some.
    "AWS_EC2_METADATA_DISABLED": "true",
}
"""What every AWS client needs besides a Region."""

ENDPOINT = "AWS_ENDPOINT_URL_LIGHTSAIL"
"""Where SDKs and the CLI send Lightsail calls; child processes inherit it."""

NOWHERE = "http://127.0.0.1:1/no-account-here-use-lightsail_server"
"""A port that no one listens at, so that a child process fails at once; its error shows the path."""


@contextmanager
def set_variable(name: str, value: str) -> Generator[None, None, None]:
    """Set a variable inside the block; put back what was there, unless someone has changed it since."""
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        if os.environ.get(name) == value:
            if before is None:
                del os.environ[name]
            else:
                os.environ[name] = before


def set_missing(region: str) -> Callable[[], None]:
    """Set a Region and dummy credentials where none are set; return what takes back exactly that."""
    wanted = dict(AWS_VARIABLES)
    if "AWS_ACCESS_KEY_ID" in os.environ:
        del wanted["AWS_SECRET_ACCESS_KEY"]
    if "AWS_REGION" not in os.environ:
        wanted["AWS_DEFAULT_REGION"] = region
    new = {name: value for name, value in wanted.items() if name not in os.environ}
    os.environ.update(new)

    def take_back() -> None:
        for name, value in new.items():
            if os.environ.get(name) == value:
                del os.environ[name]

    return take_back
