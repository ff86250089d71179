"""Whose name a host has: that of the API, or one of this machine's own."""

from __future__ import annotations

import re

__all__ = ["API_HOST", "is_own_name"]

API_HOST = re.compile(
    r"lightsail(-fips)?\.((?P<region>[a-z]{2,}(-[a-z]+)+-[0-9]+)\.)?(amazonaws\.com(\.cn)?|api\.aws)"
)
"""The hosts of the API (AWS General Reference, Amazon Lightsail endpoints and quotas)."""


def is_own_name(host: str, own: str = "") -> bool:
    """Return whether a Host header is safe from DNS rebinding.

    Anyone can point a domain of their own at 127.0.0.1, and a page of that domain then has the origin
    of the server. That is impossible with an address, with ``localhost``, and with a name without a dot,
    such as containers use for each other.

    Args:
        host: as the header has it, with a port or without; empty where there was none.
        own: a name that the server has been given.

    >>> [is_own_name(host) for host in ("127.0.0.1:8080", "[::1]:80", "localhost", "lightsail:80", "")]
    [True, True, True, True, True]
    >>> others = "evil.example:8080", "localhost.evil.example", "127.0.0.1.x.y", "[::1].evil.example"
    >>> [is_own_name(host) for host in others]
    [False, False, False, False]
    """
    name = host.strip().lower()
    if name.startswith("["):
        name, _, rest = name[1:].partition("]")
        if rest and not rest.startswith(":"):
            return False
    elif name.count(":") == 1:
        name = name.partition(":")[0]
    name = name.rstrip(".")
    return (
        "." not in name or name == own.lower() or name.endswith(".localhost") or _is_address(name)
    )


def _is_address(name: str) -> bool:
    import ipaddress  # noqa: PLC0415 - the guard reads this module in every run

    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
