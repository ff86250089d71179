"""GetContainerLog: the lines of a container, filtered and in pages."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ..errors import refuse
from ..resources import Region
from .shared import Answer, Handler, Parameters, find

if TYPE_CHECKING:
    from ..account import Account

__all__ = ["HANDLERS", "line_filter"]

_PAGE = 100
"""Lines of a page (assumed)."""


def line_filter(pattern: str) -> Callable[[str], bool]:
    """Whether a line passes a filter pattern (API Reference, GetContainerLog): case counts.

    >>> line_filter("?ERROR ?Exception")("an Exception")
    True
    >>> line_filter("ERROR -expected")("ERROR expected")
    False
    """
    try:
        terms = shlex.split(pattern)
    except ValueError:  # a quotation mark alone is a term like any other
        terms = pattern.split()
    either = [term[1:] for term in terms if term.startswith("?")]
    never = [term[1:] for term in terms if term.startswith("-")]
    every = [term for term in terms if term[:1] not in {"?", "-"}]

    def passes(line: str) -> bool:
        return (
            all(term in line for term in every)
            and not any(term in line for term in never)
            and (not either or any(term in line for term in either))
        )

    return passes


def get_container_log(account: Account, region: Region, parameters: Parameters) -> Answer:
    service = find(region, parameters)
    name = parameters["containerName"]
    if name not in service.logs.containers:
        raise refuse("log.container", ("containerName",), name, service=service.name)
    begin, end = parameters.get("startTime"), parameters.get("endTime")
    passes = line_filter(parameters.get("filterPattern") or "")
    oldest = account.clock.epoch - account.quota("quota.log-days") * 86400
    lines = [
        (at, line)
        for at, line in service.logs.lines(name, account.clock.epoch_ns)
        if at >= oldest
        and (begin is None or at >= begin)
        and (end is None or at <= end)
        and passes(line)
    ]
    first = _first(parameters.get("pageToken"))
    page = [{"createdAt": at, "message": line} for at, line in lines[first : first + _PAGE]]
    document: dict[str, Any] = {"logEvents": page}
    if first + _PAGE < len(lines):
        document["nextPageToken"] = f"line-{first + _PAGE}"
    return account.presenter.answer("GetContainerLog", document)


def _first(token: str | None) -> int:
    """The line that a page begins with."""
    if not token:
        return 0
    number = token.removeprefix("line-")
    if number == token or not (number.isascii() and number.isdigit()):
        raise refuse("log.page-token", ("pageToken",), token)
    return int(number)


HANDLERS: Mapping[str, Handler] = {"GetContainerLog": get_container_log}
