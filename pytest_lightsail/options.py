"""The options of simulated accounts, and the flags that record a test run.

The plugin imports this module in every run, so the module uses only the standard library.
"""

from __future__ import annotations

import math
import re
from argparse import ArgumentTypeError
from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, field, fields
from datetime import datetime, timezone
from functools import lru_cache, partial
from typing import Any, TypedDict

from .exceptions import ConfigurationError, did_you_mean, shown

LONGEST = 200_000_000_000
"""The maximum virtual time of an account, in seconds. With this limit, an account that starts today
cannot run past the year 8363. Python does not support dates after the year 9999."""

PACES = REALISTIC, FAST, INSTANT = "realistic", "fast", "instant"
ASSUMPTIONS = STRICT, LENIENT = "strict", "lenient"

REGIONS = (
    *("ap-east-1", "ap-northeast-1", "ap-northeast-2", "ap-south-1"),
    *("ap-southeast-1", "ap-southeast-2", "ap-southeast-3", "ap-southeast-5", "ca-central-1"),
    *("eu-central-1", "eu-north-1", "eu-south-2", "eu-west-1", "eu-west-2", "eu-west-3"),
    *("sa-east-1", "us-east-1", "us-east-2", "us-west-2"),
)
"""The Regions with a Lightsail endpoint, as listed in the AWS General Reference."""


@lru_cache(maxsize=1)
def _known_to_botocore() -> frozenset[str]:
    from botocore.session import Session  # noqa: PLC0415 - takes 50 ms, and is rarely needed

    # Ignore AWS_PROFILE, because botocore raises an error if that profile does not exist.
    session = Session({"profile": (None, None, None, None)})
    return frozenset(session.get_available_regions("lightsail"))


def is_region(name: str) -> bool:
    """Return whether Lightsail has an endpoint in a Region, according to the installed botocore."""
    return name in REGIONS or name in _known_to_botocore()


def unknown_region(name: object) -> str:
    """Return the message for an unknown Region, with a suggestion or a list of all Regions."""
    hint = did_you_mean(name, REGIONS) or f"; available Regions: {', '.join(REGIONS)}"
    return f"Amazon Lightsail has no endpoint in {shown(name)}{hint}"


def _region(value: Any) -> str:
    if isinstance(value, str) and is_region(value):
        return value
    raise ValueError(f"a Region such as us-east-1: {unknown_region(value)}")


def _switch(value: Any) -> bool:
    word = str(value).lower()
    if word in {"true", "yes", "on", "1"}:
        return True
    if word in {"false", "no", "off", "0"}:
        return False
    raise ValueError("true or false")


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
        allowed = f"from 0 to {most:,}" if most < math.inf else "of at least 0"
        raise ValueError(f"a number of seconds {allowed}")
    return seconds


_seconds_or_inf = partial(_seconds, most=math.inf)


def parse_instant(value: Any) -> datetime:
    """Parse a date and time, given as a string or a ``datetime``. The default time zone is UTC."""
    try:
        # Python versions before 3.11 cannot parse a trailing Z.
        given = value.replace("Z", "+00:00") if isinstance(value, str) else value.isoformat()
        at = datetime.fromisoformat(given)
        return at.astimezone(timezone.utc) if at.tzinfo else at.replace(tzinfo=timezone.utc)
    except (AttributeError, ValueError, OverflowError):
        raise ValueError("a date and time such as 2022-05-26T00:00:00Z") from None


def _maybe(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: None if value in {None, ""} else read(value)


def _one_of(*words: str) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if value not in words:
            raise ValueError(f"one of {', '.join(words)}")
        return str(value)

    return read


def _names(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        value = value.replace(",", " ").split()
    if not isinstance(value, (list, tuple)) or not all(isinstance(name, str) for name in value):
        raise ValueError("names of environment variables, such as NODE_ENV, STAGE")
    return tuple(value)


def _option(read: Callable[[Any], Any], text: str, *, default: Any, unset: str = "") -> Any:
    """Declare an option. ``unset`` describes what a default of ``None`` means."""
    return field(default=default, metadata={"read": read, "help": text, "unset": unset})


@dataclass(frozen=True, kw_only=True)
class Options:
    """The options of a simulated account.

    Raises:
        ConfigurationError: an option has an invalid value.
    """

    region: str = _option(
        _region,
        "use this Region for lightsail.certificates and for clients created without a Region",
        default="us-east-1",
    )
    seed: int = _option(_whole, "generate all identifiers in the account from this seed", default=0)
    latency: float = _option(_seconds, "make each call take this many virtual seconds", default=0.1)
    patience: float = _option(
        _seconds_or_inf,
        "stop a caller that waits this many virtual seconds while no change is due (inf: no limit)",
        default=6 * 3600.0,
    )
    real_time: bool = _option(
        _switch, "use real time instead of virtual time for callers and the account", default=False
    )
    speed: float | None = _option(
        _maybe(_seconds),
        "with real_time, or between calls over HTTP, let this many virtual seconds pass per real "
        "second",
        default=None,
        unset="1 with real_time, 600 over HTTP",
    )
    start: datetime | str | None = _option(  # noqa: RUF009 - `_option` returns a field
        _maybe(parse_instant),
        "start the account at this date and time, such as 2022-05-26T00:00:00Z",
        default=None,
        unset="now",
    )
    watchdog: float = _option(
        _seconds_or_inf,
        "after this many real seconds, stop a wait that can never end (inf: no limit)",
        default=10.0,
    )
    pace: str = _option(
        _one_of(*PACES),
        "set how long unscripted changes take: realistic, fast (one second per step) or instant",
        default=REALISTIC,
    )
    assumptions: str = _option(
        _one_of(*ASSUMPTIONS),
        "refuse (strict) or accept (lenient) requests that Lightsail is only assumed to refuse "
        "(docs/assumptions.md)",
        default=STRICT,
    )
    allow_unused: bool = _option(
        _switch,
        "let tests pass even if prepared scripts, faults, images or responses are never used",
        default=False,
    )
    mask: bool = _option(
        _switch, "mask secrets in everything that pytest shows or writes", default=True
    )
    unmasked: tuple[str, ...] | str = _option(
        _names,
        "do not mask the values of these environment variables, such as NODE_ENV,STAGE",
        default=(),
    )

    def __post_init__(self) -> None:
        for each in fields(self):
            value = parse(each, getattr(self, each.name), f"{each.name}=")
            object.__setattr__(self, each.name, value)


class OptionArguments(TypedDict, total=False):
    """The fields of ``Options`` as keyword arguments, for type checkers."""

    region: str
    seed: int
    latency: float
    patience: float
    real_time: bool
    speed: float | None
    start: datetime | str | None
    watchdog: float
    pace: str
    assumptions: str
    allow_unused: bool
    mask: bool
    unmasked: tuple[str, ...] | str


def option_fields() -> dict[str, Field[Any]]:
    """Return the fields of ``Options``, keyed by name, with ``help`` and ``read`` as metadata."""
    return {each.name: each for each in fields(Options)}


def parse(option: Field[Any], value: Any, where: str) -> Any:
    """Parse an option's value. If the value is invalid, the error message starts with ``where``."""
    try:
        return option.metadata["read"](value)
    except ValueError as error:
        raise ConfigurationError(f"{where}{shown(value)} is invalid: expected {error}") from None


# --- options of a run ---------------------------------------------------------------------------

OF_THE_RUN: dict[str, Field[Any]] = {
    "show_timeline": _option(
        _one_of("failed", "all", "never"),
        "show a screenful of each failed test's timeline (failed), all timelines in full (all), or "
        "no timelines (never)",
        default="failed",
    ),
    "real_calls": _option(
        _one_of("refuse", "allow"),
        "refuse Lightsail calls while no account is active, or allow them to reach AWS",
        default="refuse",
    ),
}
"""The options that apply to a whole run rather than to one account."""

_REPORTS = "term, term-missing or json[:FILE]"


def _report(text: str) -> str:
    if re.fullmatch(r"term(-missing)?|json(:.+)?", text):
        return text
    raise ArgumentTypeError(f"invalid report {text!r}: expected {_REPORTS}")


def _percent(text: str) -> float:
    if re.fullmatch(r"\d{1,2}(\.\d*)?|100(\.0*)?", text, re.ASCII):
        return float(text)
    raise ArgumentTypeError(f"invalid percentage {text!r}: expected 0 to 100")


def _flag(text: str, action: str = "store", **declared: Any) -> Mapping[str, Any]:
    return {"help": text, "action": action, **declared}


def _several(text: str, metavar: str, **declared: Any) -> Mapping[str, Any]:
    text += "; can be repeated"
    return _flag(text, "append", metavar=metavar, default=[], **declared)


RECORDING: Mapping[str, Mapping[str, Any]] = {
    "--lightsail-cov": _flag(
        "report API coverage of the operations that your code calls", "store_const", const="called"
    ),
    # `=all` is part of this flag's name: if `--lightsail-cov` took an optional value, argparse would
    # treat a test path after the flag as that value.
    "--lightsail-cov=all": _flag(
        "report coverage of all simulated operations",
        "store_const",
        const="all",
        dest="lightsail_cov",
    ),
    "--lightsail-cov-include": _several(
        "count only operations that match this name or pattern, whether called or not", "PATTERN"
    ),
    "--lightsail-cov-omit": _several(
        "do not count operations that match this name or pattern", "PATTERN"
    ),
    "--lightsail-cov-report": _several(
        f"report coverage in this format: {_REPORTS} (default: term)", "REPORT", type=_report
    ),
    "--lightsail-cov-fail-under": _flag(
        "fail the run if the total coverage is below N percent", metavar="N", type=_percent
    ),
    "--lightsail-contract": _flag(
        "write the consumer contract of the code under test to FILE", metavar="FILE"
    ),
    "--lightsail-record": _flag(
        "write to FILE the calls made by tests marked with real_calls=True, with ids replaced",
        metavar="FILE",
    ),
}
"""The flags that record a test run, each with its keyword arguments for ``argparse``."""
