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
    pytest_lightsail.exceptions.ConfigurationError: attempt: <lambda>(image) got an unexpected ...
    """
    try:
        # What a decorator passes on is its own affair.
        signature = inspect.signature(caller, follow_wrapped=False)
    except (TypeError, ValueError):  # some of what is written in C has none
        return
    try:
        signature.bind(*args, **kwargs)
    except TypeError as error:
        known = signature.parameters
        near = next(
            filter(None, (did_you_mean(name, known) for name in set(kwargs) - set(known))), ""
        )
        shown = f"{name_of(caller)}({', '.join(known)})"
        raise ConfigurationError(f"{where}: {shown} {error}{near}") from None
