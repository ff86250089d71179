"""What a consumer does with a place of the API, in words: to check its contract, and to show it."""

from __future__ import annotations

from .consumer_contract import OperationUse, Read, Sent

__all__ = ["compares", "handles", "range_of", "sends", "told_apart"]

_UNITS = {"string": " characters", "list": " elements", "map": " entries"}


def sends(sent: Sent | None) -> str:
    """How a place of requests is filled; ``None`` is one that never is.

    >>> sends(Sent(type="string", always=True, values=frozenset({"nano", "micro"})))
    'it always sends it: micro, nano'
    """
    if sent is None:
        return "it never sends it"
    how = "it sends it in some calls" if sent.always is False else "it always sends it"
    if sent.always is None:
        how = "it sends it"
    return f"{how}: {', '.join(sorted(sent.values))}" if sent.values else how


def range_of(sent: Sent) -> str:
    """How long or how great what is sent is.

    >>> range_of(Sent(type="string", least=4, most=9))
    'it sends 4 to 9 characters'
    """
    span = f"{sent.least}" if sent.least == sent.most else f"{sent.least} to {sent.most}"
    return f"it sends {span}{_UNITS.get(sent.type, '')}"


def compares(read: Read) -> str:
    """What is done with a place of results.

    >>> compares(Read(type="string", compares=frozenset({"RUNNING", "READY"})))
    'it compares it with READY, RUNNING'
    """
    if read.compares:
        return f"it compares it with {', '.join(sorted(read.compares))}"
    if read.compares is not None:
        return "it reads it and decides by it"
    return "it goes through its members" if read.members is not None else "it reads it"


def handles(code: str) -> str:
    """That an error is told apart."""
    return f"it tells {code} from other errors"


def told_apart(use: OperationUse) -> str:
    """Which errors of an operation are told apart."""
    return f"it tells apart {', '.join(sorted(use.errors))}"
