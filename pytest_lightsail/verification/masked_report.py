"""pytest's report of a test, without the secrets that its account has seen.

Long tracebacks show the arguments of botocore's functions: the values of environment variables, what a
registry gave as a password, and the signatures of requests.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import Any

from ..simulator.history import Call
from .secrecy import masked_text, passwords_of, public_values, secrets_of

__all__ = ["mask_report", "secrets_to_mask"]

_SIGNATURE = re.compile(r"(Signature=)[0-9a-f]+")
_AS_THEY_ARE = frozenset({"filename", "path", "style"})
"""Attributes of a traceback that say where it is, and how it is drawn."""


def secrets_to_mask(calls: Sequence[Call]) -> frozenset[str]:
    """The secrets of calls and answers that stand nowhere else in them, as a Region or a state would."""
    secrets = secrets_of(calls) | passwords_of(calls)
    return secrets.difference(public_values(calls)) if secrets else secrets


def mask_report(report: Any, secrets: Collection[str]) -> None:
    """Cover secrets in what a report tells: its traceback, however that is drawn, and its sections."""
    mask = partial(_masked_text, secrets=secrets)
    if isinstance(report.longrepr, tuple):  # of a test that was skipped: where, and why
        path, line, reason = report.longrepr
        report.longrepr = path, line, mask(reason)
    else:
        report.longrepr = _masked(report.longrepr, mask, set())
    report.sections = [(title, mask(text)) for title, text in report.sections]


def _masked_text(text: str, secrets: Collection[str]) -> str:
    return masked_text(_SIGNATURE.sub(r"\1***", text), secrets, cut=True)


def _masked(part: Any, mask: Callable[[str], str], seen: set[int]) -> Any:
    """A part of a traceback: a text, several parts, or an object of pytest's that is drawn by them."""
    if isinstance(part, str):
        return mask(part)
    if type(part) in {list, tuple}:
        return type(part)(_masked(each, mask, seen) for each in part)
    if hasattr(type(part), "toterminal") and id(part) not in seen:
        seen.add(id(part))
        for name, value in vars(part).items():
            if name not in _AS_THEY_ARE:
                setattr(part, name, _masked(value, mask, seen))
    return part
