"""The limits of an account: those of the catalogue, and what a test sets instead."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, MutableMapping

from ..exceptions import ConfigurationError
from ..model.catalogue import RULES
from ..model.rule import Kind, Path
from ..wording import Suggesting, did_you_mean
from .errors import refuse

__all__ = ["Quotas"]

_PREFIX = "quota."
_DEFAULTS = {
    entry.id.removeprefix(_PREFIX): None if entry.maximum is None else entry.most
    for entry in RULES
    if entry.kind is Kind.QUOTA
}


class Quotas(Suggesting, MutableMapping[str, "int | None"]):
    """Limits by name, which is the id of their rule after ``quota.``; they can be changed at any time.

    ``None`` is no limit. Taking one away brings AWS's own back. What an account has already stays when
    a limit falls below it.

    >>> quotas = Quotas({"services": 0})
    >>> quotas["services"], quotas["images"]
    (0, 150)

    Raises:
        ConfigurationError: there is no such quota, or its limit is not 0 or more.
    """

    def __init__(self, limits: Mapping[str, int | None]) -> None:
        self._set: dict[str, int | None] = {}
        for name, limit in limits.items():
            self[name] = limit

    def __getitem__(self, name: str) -> int | None:
        self._check(name)
        return self._set.get(name, _DEFAULTS[name])

    def __setitem__(self, name: str, limit: int | None) -> None:
        self._check(name)
        if limit is not None and (type(limit) is not int or limit < 0):
            raise ConfigurationError(f"quotas: {name} is 0 or more, a whole number, not {limit!r}")
        self._set[name] = limit

    def __delitem__(self, name: str) -> None:
        self._check(name)
        self._set.pop(name, None)

    def __iter__(self) -> Iterator[str]:
        return iter(_DEFAULTS)

    def __len__(self) -> int:
        return len(_DEFAULTS)

    def __repr__(self) -> str:
        return f"Quotas({dict(self)})"

    def check(self, name: str, used: Callable[[], int], path: Path, found: object) -> None:
        """Refuse what would go beyond a limit; what is used of it is counted only if there is one."""
        limit = self[name]
        if limit is not None and used() >= limit:
            raise refuse(_PREFIX + name, path, found, maximum=limit)

    def _check(self, name: str) -> None:
        if name not in _DEFAULTS:
            raise ConfigurationError(
                f"quotas: no quota {name!r}; there are {', '.join(_DEFAULTS)}"
                f"{did_you_mean(name, _DEFAULTS)}"
            )
