"""The environment variables of AWS clients, and the hosts to which they send Lightsail calls."""

from __future__ import annotations

import os
import re
from collections.abc import Generator, Mapping
from contextlib import contextmanager

DUMMY_KEY = "testing"
"""The access key id and the secret key of clients that call the simulated account."""

AWS_VARIABLES: Mapping[str, str] = {
    "AWS_ACCESS_KEY_ID": DUMMY_KEY,
    "AWS_SECRET_ACCESS_KEY": DUMMY_KEY,
    # Without this setting, a client that has no credentials looks for them on the network.
    "AWS_EC2_METADATA_DISABLED": "true",
}
"""The variables that every AWS client needs, in addition to the Region."""

ENDPOINT = "AWS_ENDPOINT_URL_LIGHTSAIL"
"""The variable that tells SDKs and the CLI where to send Lightsail calls. Child processes inherit
this variable."""

NOWHERE = "http://127.0.0.1:1/no-account-here-use-lightsail_server"
"""A URL at which no server is listening. A child process that calls this URL fails immediately,
with an error that shows the URL."""


@contextmanager
def set_variable(name: str, value: str) -> Generator[None, None, None]:
    """Set a variable until the block ends, then restore it unless other code has set it."""
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


# --- hosts -----------------------------------------------------------------------------------------

API_HOST = re.compile(
    r"lightsail(-fips)?\.((?P<region>[a-z]{2,}(-[a-z]+)+-[0-9]+)\.)?(amazonaws\.com(\.cn)?|api\.aws)"
)
"""Matches the hosts of the API (AWS General Reference, Amazon Lightsail endpoints and quotas)."""

SIGNED_REGION = re.compile(
    r"Credential=[^/,\s]*/[0-9]{8}/(?=[^/]{1,32}/)([a-z]{2,}(?:-[a-z]+)+-[0-9]+)/"
)
"""Finds the Region in the header ``Authorization`` of a signed request."""


def header_text(value: str | bytes) -> str:
    """Return the value of a header as a string. Clients also store values as bytes."""
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def is_own_name(host: str, own: str = "") -> bool:
    """Return whether a Host header names this server rather than an attacker's domain.

    In DNS rebinding, attackers point their own domain at 127.0.0.1, so that their page has the same
    origin as the server. IP addresses, ``localhost`` and names without a dot, such as those of
    containers, are safe from this attack. ``own`` is the host that the server was started with.

    >>> [is_own_name(host) for host in ("127.0.0.1:8080", "[::1]:80", "localhost", "lightsail:80", "")]
    [True, True, True, True, True]
    >>> others = "evil.example:8080", "localhost.evil.example", "127.0.0.1.x.y", "[::1].evil.example"
    >>> [is_own_name(host) for host in others]
    [False, False, False, False]
    """
    name = re.sub(r":\d*$", "", host.strip().lower()).strip("[]").rstrip(".")
    is_address = re.fullmatch(r"[0-9.]+|(?=.*:)[0-9a-f:.]+", name)
    return bool("." not in name or name == own.lower() or name.endswith(".localhost") or is_address)
