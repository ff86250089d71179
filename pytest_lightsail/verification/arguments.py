"""The arguments that a test gives to a caller: a wrong one is a mistake of the test."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..exceptions import ConfigurationError
from ..wording import did_you_mean

__all__ = ["check_arguments", "name_of"]


def name_of(caller: Callable[..., Any]) -> str:
    """Return what messages call a caller."""
    return getattr(caller, "__qualname__", type(caller).__name__)


def check_arguments(
    where: str, caller: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]
) -> None:
    """Refuse arguments that a caller cannot be called with, as far as its signature says.

    Raises:
        ConfigurationError: there is one too many, or one is missing; the message names the parameters.

    >>> check_arguments("attempt", lambda image: None, (), {"img": "nginx"})
    Traceback (most recent call last):
    ...
    pytest_lightsail.exceptions.ConfigurationError: attempt: <lambda> has no parameter 'img'; ...
    """
    try:
        # What a decorator passes on is its own affair.
        signature = inspect.signature(caller, follow_wrapped=False)
    except (TypeError, ValueError):  # some of what is written in C has none
        return
    known = [
        name
        for name, parameter in signature.parameters.items()
        if parameter.kind in {parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY}
    ]
    takes_any = any(each.kind is each.VAR_KEYWORD for each in signature.parameters.values())
    unknown = [] if takes_any else [name for name in kwargs if name not in known]
    if unknown:
        raise ConfigurationError(
            f"{where}: {name_of(caller)} has no parameter {unknown[0]!r}; it has: "
            f"{', '.join(known) or 'none'}{did_you_mean(unknown[0], known)}"
        )
    try:
        signature.bind(*args, **kwargs)
    except TypeError as error:
        raise ConfigurationError(f"{where}: {name_of(caller)}{signature}: {error}") from None
