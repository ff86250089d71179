"""``pytest-lightsail schemas write DIR``, ``schemas check DIR``, and ``schemas control``.

Exit codes: 0 for done, or no difference; 1 for differences; 2 (the frame's) for what cannot be read
or written.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ..contract.published import (
    INDEX,
    container_family,
    differences,
    index,
    read,
    report,
    write,
    written_operations,
)
from ..model.service import load
from .arguments import add_source, path
from .output import say

if TYPE_CHECKING:
    import argparse

    from ..model.service import ServiceModel

__all__ = ["add_parser"]


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands to those of the parser."""
    text = "write JSON Schemas of the service's operations, or check written ones for drift"
    commands = subparsers.add_parser("schemas", help=text, description=text).add_subparsers(
        required=True, metavar="COMMAND"
    )
    writing = _command(commands, "write", "write the schemas to a directory")
    choice = writing.add_mutually_exclusive_group()
    choice.add_argument(
        "--operation",
        action="extend",
        nargs="+",
        metavar="NAME",
        help="these operations only (default: those there already, or those of container services)",
    )
    choice.add_argument("--all", action="store_true", help="every operation of the service")
    writing.set_defaults(run=_write)
    checking = _command(commands, "check", "compare written schemas with those of the model")
    checking.set_defaults(run=_check)
    text = "print the schema of the control API that `serve` has under /_lightsail/"
    commands.add_parser("control", help=text, description=text).set_defaults(run=_control)


def _command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, text: str
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=text, description=text)
    parser.add_argument("directory", type=path, metavar="DIR")
    add_source(parser)
    return parser


def _write(args: argparse.Namespace) -> int:
    model = load(args.source)
    names = write(args.directory, model, _operations(args, model))
    origin = f"botocore {index(model, ())['botocore']}"
    say(f"{args.directory}: wrote {len(names)} files from {origin}\n")
    return 0


def _operations(args: argparse.Namespace, model: ServiceModel) -> tuple[str, ...]:
    if args.all:
        return tuple(model.operations)
    if args.operation:
        return tuple(args.operation)
    # What is there already is what the directory is for: the hint of `check` brings one here.
    written = args.directory / INDEX
    there = written_operations(read(written)) if written.is_file() else ()
    return tuple(name for name in there if name in model.operations) or container_family(model)


def _control(args: argparse.Namespace) -> int:
    del args
    from ..simulation.control import control_schema  # noqa: PLC0415 - the other commands need no botocore

    say(f"{json.dumps(control_schema(), indent=2, sort_keys=True)}\n")
    return 0


def _check(args: argparse.Namespace) -> int:
    model = load(args.source)
    found = differences(args.directory, model)
    say(f"{report(args.directory, model, found)}\n")
    return 1 if found else 0
