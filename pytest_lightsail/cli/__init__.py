"""The command ``pytest-lightsail``, which is also ``python -m pytest_lightsail``.

Each subcommand is a module with ``add_parser(subparsers)``, which sets ``run`` to a function that takes
the parsed arguments and returns the exit code: 0 where all is well, 1 where the command found what it
was to find, 2 where it could not work at all.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import NoReturn

from .._version import __version__
from ..exceptions import ConfigurationError, ModelSourceError
from . import contract, diff, lifecycle, rules, schemas, serve
from .output import say

__all__ = ["command_line", "main"]

_PROGRAM = "pytest-lightsail"
_UNUSABLE = 2
_COMMANDS = (schemas, diff, contract, rules, lifecycle, serve)


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, where argparse would print all of the usage first."""

    def error(self, message: str) -> NoReturn:
        say(f"{self.prog}: error: {message} (see {self.prog} --help)\n", sys.stderr)
        self.exit(_UNUSABLE)


def command_line() -> argparse.ArgumentParser:
    """The parser of the command line, with all subcommands."""
    parser = _Parser(
        prog=_PROGRAM,
        description="Amazon Lightsail: its contract, compared, and an account, simulated.",
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for command in _COMMANDS:
        command.add_parser(subparsers)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command line.

    Args:
        argv: the arguments after the program's name; those of this process if ``None``.

    Returns:
        The exit code.

    Raises:
        SystemExit: the arguments are wrong (code 2), or ask for help or the version (code 0).
    """
    args = command_line().parse_args(argv)
    try:
        return int(args.run(args))
    except (ConfigurationError, ModelSourceError) as error:
        say(f"{_PROGRAM}: error: {error}\n", sys.stderr)
        return _UNUSABLE
