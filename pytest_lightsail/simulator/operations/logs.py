"""GetContainerLog: the lines of a container, filtered and in pages."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from ..errors import refuse
from ..resources import Region
from .pages import page
from .shared import Answer, Handler, Parameters, find

if TYPE_CHECKING:
    from ..account import Account

__all__ = ["HANDLERS", "line_filter"]

_TERM = re.compile(r'([-?]?)(?:"([^"]*)"|(\S+))')
"""A term: its sign, and its text in quotation marks or up to a space; a sign alone is a text."""


def line_filter(pattern: str) -> Callable[[str], bool]:
    """Whether a line passes a filter pattern (API Reference, GetContainerLog): case counts.

    >>> line_filter("?ERROR ?Exception")("an Exception")
    True
    >>> line_filter("ERROR -expected")("ERROR expected")
    False
    """
    terms: dict[str, list[str]] = {"": [], "-": [], "?": []}
    for sign, quoted, plain in _TERM.findall(pattern):
        terms[sign].append(quoted or plain)

    def passes(line: str) -> bool:
        return (
            all(term in line for term in terms[""])
            and not any(term in line for term in terms["-"])
            and (not terms["?"] or any(term in line for term in terms["?"]))
        )

    return passes


def _get_container_log(account: Account, region: Region, parameters: Parameters) -> Answer:
    service = find(region, parameters)
    name = parameters["containerName"]
    if name not in service.logs.containers:
        raise refuse("log.container", ("containerName",), name, service=service.name)
    begin, end = parameters.get("startTime"), parameters.get("endTime")
    passes = line_filter(parameters.get("filterPattern") or "")
    days = account.quotas["log-days"]
    oldest = 0.0 if days is None else account.clock.epoch - days * 86400
    service.write_logs(account.clock.epoch_ns, days)
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


HANDLERS: Mapping[str, Handler] = {"GetContainerLog": _get_container_log}
