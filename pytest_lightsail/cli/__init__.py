"""The command ``pytest-lightsail``, which is also ``python -m pytest_lightsail``.

Exit codes: 0 where all is well, 1 where the command found what it looks for, 2 where it could not work.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TextIO, TypeAlias

from .._version import __version__
from ..consumer import check as impacts
from ..consumer.contract import read_contract
from ..contract import published
from ..exceptions import ConfigurationError, ModelSourceError
from ..model import change_report
from ..model.changes import Severity, compare
from ..model.rules import reference
from ..model.service import INSTALLED, load
from . import lifecycle, serve

if TYPE_CHECKING:
    from ..model.service import ServiceModel

__all__ = ["command_line", "main"]

_Commands: TypeAlias = "argparse._SubParsersAction[Any]"

_PROGRAM = "pytest-lightsail"
_UNUSABLE, _INTERRUPTED = 2, 130
_SOURCE = (
    "'installed', or the path of a botocore wheel, of a service-2.json(.gz), "
    "or of a folder that holds exactly one of these"
)
_THRESHOLDS = {
    "breaking": Severity.BREAKING,
    "dangerous": Severity.DANGEROUS,
    "any": Severity.COMPATIBLE,
}


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, where argparse would print all of the usage first."""

    def error(self, message: str) -> NoReturn:
        _say(f"{self.prog}: error: {message} (see {self.prog} --help)\n", sys.stderr)
        self.exit(_UNUSABLE)


def command_line() -> argparse.ArgumentParser:
    """Return the parser of the command line, with all subcommands."""
    parser = _Parser(
        prog=_PROGRAM,
        description="Simulate an Amazon Lightsail account, and check code against its API contract.",
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    _add_schemas(commands)
    _add_diff(commands)
    _add_contract(commands)
    rules = _command(commands, "rules", "print the rules catalogue as Markdown")
    _add_source(rules)
    rules.set_defaults(run=lambda args: _say(reference(load(args.source))))
    text = "print the states and transitions of services and deployments as Markdown"
    _command(commands, "lifecycle", text).set_defaults(
        run=lambda _: _say(lifecycle.lifecycle_reference())
    )
    serve.add_parser(commands)
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
        code = int(args.run(args) or 0)
        if sys.stdout is not None:
            sys.stdout.flush()
    except (ConfigurationError, ModelSourceError) as error:
        _say(f"{_PROGRAM}: error: {error}\n", sys.stderr)
        return _UNUSABLE
    except OSError as error:  # the output is full, or closed
        _say(f"{_PROGRAM}: error: {error.strerror or error}\n", sys.stderr)
        # What is left in the buffer would fail again when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return _UNUSABLE
    except KeyboardInterrupt:
        return _INTERRUPTED
    return code


# --- schemas ---


def _print_control_schema(_: argparse.Namespace) -> None:
    # The other commands need no botocore, which this brings.
    from ..simulation.control import control_schema  # noqa: PLC0415

    _say(f"{json.dumps(control_schema(), indent=2, sort_keys=True)}\n")


def _add_schemas(commands: _Commands) -> None:
    text = "write JSON Schemas of the service's operations, or check written ones for drift"
    parts = _command(commands, "schemas", text).add_subparsers(required=True, metavar="COMMAND")
    writing = _command(parts, "write", "write the schemas to a directory")
    checking = _command(parts, "check", "compare written schemas with those of the model")
    for parser, run in ((writing, _write), (checking, _check_schemas)):
        parser.add_argument("directory", type=_path, metavar="DIR")
        _add_source(parser)
        parser.set_defaults(run=run)
    choice = writing.add_mutually_exclusive_group()
    choice.add_argument(
        "--operation",
        action="extend",
        nargs="+",
        metavar="NAME",
        help="these operations only (default: those there already, or those of container services)",
    )
    choice.add_argument("--all", action="store_true", help="every operation of the service")
    text = "print the schema of the control API that `serve` has under /_lightsail/"
    _command(parts, "control", text).set_defaults(run=_print_control_schema)


def _write(args: argparse.Namespace) -> None:
    model = load(args.source)
    names = published.write(args.directory, model, _operations(args, model))
    origin = f"botocore {published.index(model, ())['botocore']}"
    _say(f"{args.directory}: wrote {len(names)} files from {origin}\n")


def _operations(args: argparse.Namespace, model: ServiceModel) -> tuple[str, ...]:
    if args.all:
        return tuple(model.operations)
    if args.operation:
        return tuple(args.operation)
    # The hint of `check` leads here: the operations that are there already are meant.
    index = args.directory / published.INDEX
    there = published.written_operations(published.read(index)) if index.is_file() else ()
    names = tuple(name for name in there if name in model.operations)
    return names or published.container_family(model)


def _check_schemas(args: argparse.Namespace) -> int:
    model = load(args.source)
    found = published.differences(args.directory, model)
    _say(f"{published.report(args.directory, model, found)}\n")
    return 1 if found else 0


# --- differences between releases ---


def _add_diff(commands: _Commands) -> None:
    text = "show what differs between two service models, and what that means for a caller"
    parser = _command(commands, "diff", text)
    parser.epilog = (
        "Exit codes: 0 fine, 1 a change as severe as --fail-on was found, 2 nothing was compared."
    )
    parser.add_argument("old", metavar="OLD", help=_SOURCE)
    parser.add_argument("new", metavar="NEW", help="likewise")
    parser.add_argument(
        "--operation",
        action="extend",
        nargs="+",
        metavar="NAME",
        help="compare these operations only, such as CreateContainerService",
    )
    _add_judging(parser, change_report.FORMATS)
    parser.set_defaults(run=_diff)


def _diff(args: argparse.Namespace) -> int:
    changes = compare(load(args.old), load(args.new), args.operation)
    _say(change_report.FORMATS[args.format](changes))
    return int(args.fail_on is not None and changes.at_least(_THRESHOLDS[args.fail_on]))


# --- what a consumer uses ---


def _add_contract(commands: _Commands) -> None:
    text = "show what a model breaks for a consumer, by a contract that --lightsail-contract wrote"
    parts = _command(commands, "contract", text).add_subparsers(required=True, metavar="COMMAND")
    checking = _command(parts, "check", "check a contract against a service model")
    checking.epilog = (
        "Exit codes: 0 fine, 1 a change as severe as --fail-on was found, 2 nothing was checked."
    )
    showing = _command(parts, "show", "print a contract in words")
    for parser, run in ((checking, _check_contract), (showing, _show_contract)):
        parser.add_argument("file", type=_path, metavar="FILE")
        parser.set_defaults(run=run)
    _add_source(checking, "--against")
    _add_judging(checking, impacts.FORMATS)


def _check_contract(args: argparse.Namespace) -> int:
    contract, model = read_contract(args.file), load(args.source)
    found = impacts.check(contract, model)
    _say(impacts.FORMATS[args.format](contract, model.label, found))
    return int(
        args.fail_on is not None
        and any(impact.severity.at_least(_THRESHOLDS[args.fail_on]) for impact in found)
    )


def _show_contract(args: argparse.Namespace) -> None:
    _say(impacts.show(read_contract(args.file)))


# --- what several commands need ---


def _command(commands: _Commands, name: str, text: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(
        name, help=text, description=f"{text[0].upper()}{text[1:]}."
    )
    return parser


def _add_source(parser: argparse.ArgumentParser, flag: str = "--from") -> None:
    parser.add_argument(
        flag,
        dest="source",
        default=INSTALLED,
        metavar="MODEL",
        help=f"{_SOURCE} (default: {INSTALLED})",
    )


def _add_judging(parser: argparse.ArgumentParser, formats: Iterable[str]) -> None:
    parser.add_argument("--format", choices=formats, default="text", help="default: text")
    parser.add_argument(
        "--fail-on",
        choices=_THRESHOLDS,
        help="exit with 1 if there is a change of that class or a more severe one",
    )


def _path(text: str) -> Path:
    # An empty one is that of a shell variable which is not set.
    if not text:
        raise argparse.ArgumentTypeError("the path is empty")
    return Path(text)


def _say(text: str, stream: TextIO | None = None) -> None:
    """Print a text; what the output cannot encode, such as half a surrogate pair, is spelled out."""
    out = sys.stdout if stream is None else stream
    if out is None:  # the shell has closed it
        raise OSError("the output is closed")
    encoding = out.encoding or "utf-8"
    out.write(text.encode(encoding, "backslashreplace").decode(encoding))
