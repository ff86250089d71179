"""The options of a simulation. Each is stated here once; ini file, command line and marker read it.

The plugin reads this module in every test run, so it imports only the standard library.
"""

from __future__ import annotations

import math
import re
from argparse import ArgumentTypeError
from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, field, fields
from datetime import datetime, timezone
from functools import lru_cache, partial
from types import MappingProxyType
from typing import Any, TypedDict

from .exceptions import ConfigurationError, did_you_mean, shown

__all__ = [
    "ASSUMPTIONS",
    "FAST",
    "INSTANT",
    "LENIENT",
    "LONGEST",
    "MINIMAL",
    "PACES",
    "QUOTAS",
    "REALISTIC",
    "RECORDING",
    "REGIONS",
    "SECTION",
    "STRICT",
    "UNSIMULATED",
    "OptionArguments",
    "Options",
    "flags",
    "is_region",
    "option_fields",
    "parse",
    "unknown_region",
]

LONGEST = 200_000_000_000
"""Seconds after which virtual time ends, in the year 8360: dates end with the year 9999."""

SECTION = "Lightsail timeline"
"""The heading of a timeline in the report of a test."""

QUOTAS = ("services", "deployments-kept", "images", "certificates", "log-days")
"""The names of quotas; the catalogue of rules has their limits."""

PACES = REALISTIC, FAST, INSTANT = "realistic", "fast", "instant"
UNSIMULATED = STRICT, MINIMAL = "strict", "minimal"
ASSUMPTIONS = STRICT, LENIENT = "strict", "lenient"


REGIONS = (
    "ap-east-1",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-5",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-2",
)
"""Regions with an endpoint of Lightsail (AWS General Reference, Lightsail endpoints and quotas)."""


@lru_cache(maxsize=128)
def is_region(name: str) -> bool:
    """Return whether Lightsail has an endpoint in a Region, as far as the installed botocore knows.

    >>> is_region("eu-west-1"), is_region("us-esat-1")
    (True, False)
    """
    if name in REGIONS:
        return True
    from botocore.session import Session  # noqa: PLC0415 - for unusual names alone; it takes 50 ms

    # The Regions are known even if the profile does not exist here.
    session = Session({"profile": (None, None, None, None)})
    return name in session.get_available_regions("lightsail")


def unknown_region(name: str) -> str:
    """Return why there can be no call in a Region, with the name that may have been meant.

    >>> unknown_region("us-esat-1")
    "Amazon Lightsail has no endpoint in 'us-esat-1'; did you mean 'us-east-1'?"
    """
    hint = did_you_mean(name, REGIONS) or f"; its Regions are {', '.join(REGIONS)}"
    return f"Amazon Lightsail has no endpoint in {shown(name)}{hint}"


def _region(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("a Region such as us-east-1")  # noqa: TRY004 - as the other readers do
    if not is_region(value):
        raise ValueError(f"a Region such as us-east-1: {unknown_region(value)}")
    return value


def _switch(value: Any) -> bool:
    word = str(value).lower()
    if word not in _ON | _OFF:
        raise ValueError("true or false")
    return word in _ON


_ON = {"true", "yes", "on", "1"}
_OFF = {"false", "no", "off", "0"}


def _whole(value: Any) -> int:
    try:
        return int(str(value))
    except ValueError:
        raise ValueError("a whole number") from None


def _seconds(value: Any, most: float = LONGEST) -> float:
    try:
        seconds = float(value)
    except (TypeError, ValueError, OverflowError):
        seconds = -1.0
    if isinstance(value, bool) or not 0 <= seconds <= most:
        bound = f", {most} at most" if most < math.inf else ""
        raise ValueError(f"a number of seconds, 0 or more{bound}")
    return seconds


def _speed(value: Any) -> float | None:
    return None if value in {None, ""} else _seconds(value)


def _instant(value: Any) -> datetime | None:
    """Read an instant; without a time zone it is in UTC."""
    if value in {None, ""}:
        return None
    try:
        # Python reads a final Z since 3.11.
        given = value.replace("Z", "+00:00") if isinstance(value, str) else value.isoformat()
        found = datetime.fromisoformat(given)
        return (
            found.astimezone(timezone.utc) if found.tzinfo else found.replace(tzinfo=timezone.utc)
        )
    except (AttributeError, ValueError, OverflowError):
        raise ValueError("an instant such as 2022-05-26T00:00:00Z") from None


def _one_of(words: tuple[str, ...]) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if value not in words:
            raise ValueError(f"one of {', '.join(words)}")
        return str(value)

    return read


def _quotas(value: Any) -> Mapping[str, int | None]:
    if not isinstance(value, Mapping):
        parts = (part.partition("=") for part in str(value).split(",") if part.strip())
        value = {name.strip(): limit for name, _, limit in parts}
    limits = [str(limit).strip() for limit in value.values() if limit is not None]
    if not all(re.fullmatch(r"\d+", limit, re.ASCII) for limit in limits):
        raise ValueError("quotas with their limits, such as services=0,images=3")
    quotas = {str(name): None if limit is None else int(limit) for name, limit in value.items()}
    unknown = [name for name in quotas if name not in QUOTAS]
    if unknown:
        hint = did_you_mean(unknown[0], QUOTAS)
        raise ValueError(f"a list of quotas; {unknown[0]!r} is none of {', '.join(QUOTAS)}{hint}")
    return MappingProxyType(quotas)


def _names(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        value = value.replace(",", " ").split()
    if not isinstance(value, (list, tuple)) or not all(isinstance(name, str) for name in value):
        raise ValueError("names of environment variables, such as NODE_ENV, STAGE")
    return tuple(value)


def _option(read: Callable[[Any], Any], text: str, *, default: Any) -> Any:
    return field(default=default, metadata={"read": read, "help": text})


@dataclass(frozen=True, kw_only=True)
class Options:
    """The options of a simulated account.

    Raises:
        ConfigurationError: an option has an invalid value.
    """

    region: str = _option(
        _region,
        "Region of clients without one, and of lightsail.certificates",
        default="us-east-1",
    )
    seed: int = _option(_whole, "seed of all identifiers in the simulated account", default=0)
    latency: float = _option(_seconds, "virtual seconds that each call takes", default=0.1)
    patience: float = _option(
        partial(_seconds, most=math.inf),
        "virtual seconds after which a caller that waits for nothing is stopped; inf for never",
        default=6 * 3600.0,
    )
    real_time: bool = _option(
        _switch,
        "keep time.sleep() and the clocks real, for the caller and the account",
        default=False,
    )
    speed: float | None = _option(
        _speed,
        "account seconds that pass in each real second: with real_time (default 1), and between calls "
        "over HTTP (default 600)",
        default=None,
    )
    start: datetime | str | None = _option(  # noqa: RUF009 - it makes a field
        _instant,
        "start of the account's calendar, such as 2022-05-26T00:00:00Z (default: now)",
        default=None,
    )
    watchdog: float = _option(
        partial(_seconds, most=math.inf),
        "real seconds after which a wait that nothing in the test can end is stopped; inf for never",
        default=10.0,
    )
    verify_signatures: bool = _option(
        _switch, "let lightsail_server refuse requests whose signature is wrong", default=False
    )
    sign: bool = _option(
        _switch, "let botocore sign requests, which needs credentials", default=False
    )
    pace: str = _option(
        _one_of(PACES),
        "how long unscripted changes take: realistic, fast (a second for each step) or instant",
        default=REALISTIC,
    )
    unsimulated: str = _option(
        _one_of(UNSIMULATED),
        "operations that are not simulated: strict refuses them, minimal returns the smallest response",
        default=STRICT,
    )
    assumptions: str = _option(
        _one_of(ASSUMPTIONS),
        "refusals that are only assumed (docs/assumptions.md): strict, or lenient to let them through",
        default=STRICT,
    )
    allow_unused: bool = _option(
        _switch,
        "let tests pass with unused scripts, faults, images or canned responses",
        default=False,
    )
    quotas: Mapping[str, int | None] = _option(
        _quotas,
        "quotas that differ from AWS's, such as services=0,images=3",
        default="",
    )
    mask: bool = _option(
        _switch,
        "mask secrets that the account has seen in what pytest shows and writes",
        default=True,
    )
    unmasked: tuple[str, ...] | str = _option(
        _names,
        "environment variables whose values are not masked, such as NODE_ENV,STAGE",
        default=(),
    )

    @property
    def starts_at(self) -> datetime | None:
        """The instant that ``start`` names; ``None`` for now."""
        return _instant(self.start)

    def __post_init__(self) -> None:
        for each in fields(self):
            value = parse(each, getattr(self, each.name), f"{each.name}=")
            object.__setattr__(self, each.name, value)


class OptionArguments(TypedDict, total=False):
    """The same as keyword arguments, for type checkers."""

    region: str
    seed: int
    latency: float
    patience: float
    real_time: bool
    speed: float | None
    start: datetime | str | None
    watchdog: float
    verify_signatures: bool
    sign: bool
    pace: str
    unsimulated: str
    assumptions: str
    allow_unused: bool
    quotas: Mapping[str, int | None]
    mask: bool
    unmasked: tuple[str, ...] | str


def option_fields() -> Mapping[str, Field[Any]]:
    """Return the options by name, each with its ``help`` and ``read`` in the metadata."""
    return {each.name: each for each in fields(Options)}


def flags(name: str) -> Mapping[str, str | None]:
    """Return the flags of an option with the value each sets, or ``None`` if the flag takes a value.

    >>> flags("real_time")
    {'--lightsail-real-time': 'true', '--no-lightsail-real-time': 'false'}
    """
    flag = f"lightsail-{name.replace('_', '-')}"
    if option_fields()[name].metadata["read"] is _switch:
        return {f"--{flag}": "true", f"--no-{flag}": "false"}
    return {f"--{flag}": None}


def parse(option: Field[Any], value: Any, where: str) -> Any:
    """Return the value of an option, which may be given as text.

    Raises:
        ConfigurationError: the value is invalid; the message starts with ``where``.
    """
    try:
        return option.metadata["read"](value)
    except ValueError as error:
        raise ConfigurationError(f"{where}{shown(value)} is invalid: expected {error}") from None


# --- flags for what a run leaves behind ----------------------------------------------------------

_REPORTS = "term, term-missing, json[:FILE] or html[:DIR]"


def _report(text: str) -> str:
    if re.fullmatch(r"term(-missing)?|(json|html)(:.+)?", text):
        return text
    raise ArgumentTypeError(f"invalid report {text!r}: expected {_REPORTS}")


def _percent(text: str) -> float:
    if re.fullmatch(r"\d{1,2}(\.\d*)?|100(\.0*)?", text, re.ASCII):
        return float(text)
    raise ArgumentTypeError(f"invalid percentage {text!r}: expected 0 to 100")


_PATTERNS: Mapping[str, Any] = {"action": "append", "metavar": "PATTERN", "default": []}

_ON_OR_OFF: Mapping[str, Any] = {"action": "store_const", "const": True}

RECORDING: Mapping[str, Mapping[str, Any]] = {
    "--lightsail-cov": {
        "action": "store_const",
        "const": "called",
        "help": "show which errors, states and rules of the operations that your code calls the tests "
        "reached",
    },
    # A flag of its own, because one with an optional value would take a path that follows for it.
    "--lightsail-cov=all": {
        "dest": "lightsail_cov",
        "action": "store_const",
        "const": "all",
        "help": "the same, of all operations that the account simulates",
    },
    "--lightsail-cov-include": {
        **_PATTERNS,
        "help": "count the operations of that name or pattern instead, called or not",
    },
    "--lightsail-cov-omit": {
        **_PATTERNS,
        "help": "count none of the operations of that name or pattern",
    },
    "--lightsail-cov-report": {
        "action": "append",
        "type": _report,
        "metavar": "REPORT",
        "default": [],
        "help": f"the reports of coverage: {_REPORTS} (default: term); may be given several times",
    },
    "--lightsail-cov-fail-under": {
        "type": _percent,
        "metavar": "N",
        "help": "fail the run if the total coverage is less than that many percent",
    },
    "--lightsail-cov-append": {
        **_ON_OR_OFF,
        "help": "add to the coverage of earlier runs, in the file of the report json",
    },
    "--lightsail-contract": {
        "metavar": "FILE",
        "help": "write what the code under test uses of the API into this file",
    },
    "--lightsail-contract-append": {
        **_ON_OR_OFF,
        "help": "keep what is already in the file of --lightsail-contract",
    },
    "--lightsail-record": {
        "metavar": "FILE",
        "help": "write what tests marked with real_calls=True exchange with AWS into this file, ids "
        "replaced",
    },
}
"""The flags, each with what argparse is told of it."""
