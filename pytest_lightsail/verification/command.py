"""``pytest-lightsail verify``: try a caller without writing a test."""

from __future__ import annotations

import argparse
import ast
import importlib
import inspect
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..exceptions import CallerFaultError, ConfigurationError
from ..observers import Observer, observers

__all__ = ["add_parser", "imported"]

_LISTS = {
    "worlds": "what it may find (default: absent ready running)",
    "fails_in": "the worlds in which it must raise",
    "without": "faults to ignore",
    "also": "faults to look for on request",
    "invalid": "arguments whose invalid values it must refuse by itself, such as scale",
}


def add_parser(add: Callable[[str, str], argparse.ArgumentParser]) -> None:
    """Add the command, by a function of its name and what it does."""
    text = "run a function many times under simulated accounts, and report its faults"
    parser = add("verify", text)
    parser.epilog = "Exit codes: 0 no fault was found, 1 one was, 2 nothing was tried."
    parser.add_argument("caller", metavar="MODULE:FUNCTION", help="such as shop.release:deploy")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="an argument of the function, as Python or text; the others get strategies by their names",
    )
    for name, meaning in _LISTS.items():
        parser.add_argument(f"--{name.replace('_', '-')}", nargs="+", metavar="NAME", help=meaning)
    parser.add_argument(
        "--service", default="shop", help="the service that the function works on (default: shop)"
    )
    parser.add_argument("--examples", type=int, default=200, metavar="N", help="default: 200")
    parser.add_argument(
        "--no-wait", action="store_true", help="the function returns before the service runs"
    )
    parser.add_argument(
        "--all", action="store_true", help="report all findings, not only the first"
    )
    parser.set_defaults(run=_run)


class _Progress(Observer):
    def progressed(self, text: str) -> None:
        sys.stderr.write(f"{text}\n")


def _run(args: argparse.Namespace) -> int:
    # The other commands need no Hypothesis, which this brings.
    from .verify import verify_caller  # noqa: PLC0415

    caller = _caller(args.caller)
    given = {name: value for name in _LISTS if (value := getattr(args, name)) is not None}
    progress = _Progress()
    observers.append(progress)
    try:
        report = verify_caller(
            caller,
            arguments=_arguments(caller, args.set),
            service=args.service,
            examples=args.examples,
            waits=not args.no_wait,
            all=args.all,
            **given,
        )
    except CallerFaultError as fault:
        sys.stdout.write(f"{fault}\n")
        return 1
    finally:
        observers.remove(progress)
    sys.stdout.write(f"no fault found\n{report}\n")
    return 0


def imported(name: str) -> Any:
    """Import a module of the current folder, or one that is installed.

    Raises:
        ConfigurationError: that is not possible; the message says why.
    """
    from botocore.exceptions import NoRegionError  # noqa: PLC0415 - the other commands need none

    if str(Path.cwd()) not in sys.path:
        sys.path.insert(0, str(Path.cwd()))
    try:
        return importlib.import_module(name)
    except NoRegionError:
        raise ConfigurationError(
            f"{name} makes a client when it is imported: set AWS_DEFAULT_REGION, here and for pytest"
        ) from None
    except ImportError as error:
        raise ConfigurationError(f"{name} cannot be imported from {Path.cwd()}: {error}") from None


def _caller(place: str) -> Any:
    module, _, name = place.partition(":")
    if not module or not name:
        raise ConfigurationError(f"verify: expected MODULE:FUNCTION, not {place!r}")
    found = imported(module)
    for part in name.split("."):
        if not hasattr(found, part):
            raise ConfigurationError(f"verify: {module} has no {name}")
        found = getattr(found, part)
    if not callable(found):
        raise ConfigurationError(f"verify: {place} is not a function")
    return found


def _arguments(caller: Any, pairs: list[str]) -> dict[str, Any] | None:
    """The arguments that are given; ``None``, so that all are matched by name, if there are none."""
    given: dict[str, Any] = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not equals:
            raise ConfigurationError(f"verify: --set expects NAME=VALUE, not {pair!r}")
        try:
            given[name] = ast.literal_eval(text)
        except (ValueError, SyntaxError):
            given[name] = text
    if not given and inspect.signature(caller).parameters:
        return None
    return given
