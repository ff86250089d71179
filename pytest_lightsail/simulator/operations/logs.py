"""GetContainerLog: the lines of a container, filtered and in pages."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from ..errors import refuse
from ..resources import Region
from .pages import page
from .shared import Answer, Handler, Parameters, find

if TYPE_CHECKING:
    from ..account import Account

__all__ = ["HANDLERS", "line_filter"]


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
    days = account.quotas["log-days"]
    oldest = 0.0 if days is None else account.clock.epoch - days * 86400
    lines = [
        (at, line)
        for at, line in service.logs.lines(name, account.clock.epoch_ns)
        if at >= oldest
        and (begin is None or at >= begin)
        and (end is None or at <= end)
        and passes(line)
    ]
    shown, more = page(lines, parameters.get("pageToken"))
    events = [{"createdAt": at, "message": line} for at, line in shown]
    return account.presenter.answer("GetContainerLog", {"logEvents": events, **more})


HANDLERS: Mapping[str, Handler] = {"GetContainerLog": get_container_log}
