"""The ``pytest-lightsail`` command, also available as ``python -m pytest_lightsail``."""

from __future__ import annotations

import argparse
import ast
import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib import import_module
from io import TextIOWrapper
from pathlib import Path
from typing import Any, NoReturn, TypeAlias

from .exceptions import ConfigurationError
from .model import changes
from .model.schema import schema_files, write_schemas
from .model.service import INSTALLED, load
from .options import option_fields
from .output_files import __version__
from .recording import contract as contracts

_PROGRAM = "pytest-lightsail"
_UNUSABLE = 2


class _Parser(argparse.ArgumentParser):
    """Reports an error on one line, without the usage message that argparse normally adds."""

    def error(self, message: str) -> NoReturn:
        print(f"{self.prog}: error: {message} (see {self.prog} --help)", file=sys.stderr)
        self.exit(_UNUSABLE)


def command_line() -> argparse.ArgumentParser:
    """Return the command-line parser, with all subcommands."""
    parser = _Parser(
        prog=_PROGRAM,
        description="Simulate an Amazon Lightsail account, and check code against the API contract.",
        epilog="Exit codes: 0 for success, 1 if the command found problems, 2 if the command failed.",
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    groups: dict[str, Any] = {"": commands}
    for names, (text, run, arguments) in _COMMANDS.items():
        group, _, name = names.rpartition(" ")
        described = f"{text[0].upper()}{text[1:]}."
        made = groups[group].add_parser(name, help=text, description=described)
        if run is None:
            groups[names] = made.add_subparsers(required=True, metavar="COMMAND")
        made.set_defaults(run=run)
        for flag, declared in arguments:
            made.add_argument(flag, **declared)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command line (by default, this process's arguments), and return the exit code.

    Like argparse, raise ``SystemExit`` for ``--help``, ``--version`` and invalid arguments.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # print lone surrogates as escapes
            stream.reconfigure(errors="backslashreplace")
    args = command_line().parse_args(argv)
    if sys.stdout is None:  # the shell has closed standard output
        print(f"{_PROGRAM}: error: standard output is closed", file=sys.stderr)
        return _UNUSABLE
    run: Any = args.run
    try:
        if isinstance(run, str):  # imported only here, so that other commands start fast
            module, _, name = run.partition(":")
            run = getattr(import_module(f"{__package__}.{module}"), name)
        code = int(run(args) or 0)
        sys.stdout.flush()
    except ConfigurationError as error:
        print(f"{_PROGRAM}: error: {error}", file=sys.stderr)
        return _UNUSABLE
    except OSError as error:  # the output was closed, or the disk is full
        print(f"{_PROGRAM}: error: {error.strerror or error}", file=sys.stderr)
        # Discard the rest of the output, which Python would otherwise fail to flush at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return _UNUSABLE
    return code


def _print_control_schema(args: argparse.Namespace) -> None:
    # Imported here because the control API needs botocore, which other commands do not need.
    from .simulation.control import control_schema, openapi  # noqa: PLC0415

    document = openapi() if args.openapi else control_schema()
    print(json.dumps(document, indent=2, sort_keys=True))


def _write_schemas(args: argparse.Namespace) -> None:
    model = load(args.source)
    if args.all and args.operation:
        raise ConfigurationError("pass either --all or --operation, not both")
    # Imported here because only some commands need the simulator.
    from .simulator.operations import CONTAINER_OPERATIONS  # noqa: PLC0415

    known = model.operations.keys()
    there = known & {path.name.partition(".")[0] for path in schema_files(args.directory)}
    operations = args.operation or there or known & CONTAINER_OPERATIONS
    count = write_schemas(args.directory, model, known if args.all else operations)
    print(f"{args.directory}: wrote {count} files from {model.label}")


def _diff(args: argparse.Namespace) -> int:
    report = changes.report_of(load(args.old), load(args.new), args.operation)
    return _judge(report, args)


def _check_contract(args: argparse.Namespace) -> int:
    contract, model = contracts.read_contract(args.file), load(args.source)
    return _judge(contracts.report_of(contract, model, str(args.file)), args)


def _judge(report: changes.Report, args: argparse.Namespace) -> int:
    """Print a report, or write it as a baseline, and return the exit code."""
    if args.write_baseline:
        if args.baseline is None:
            raise ConfigurationError("--write-baseline requires --baseline FILE")
        changes.write_baseline(args.baseline, report)
        print(f"{args.baseline}: accepts {len(report.changes)} changes")
        return 0
    if args.baseline is not None:
        report = changes.without_accepted(report, args.baseline)
    print(changes.FORMATS[args.format](report).rstrip())
    return int(args.fail_on is not None and report.at_least(args.fail_on))


def _path(text: str) -> Path:
    # An unset shell variable results in an empty path.
    if not text:
        raise argparse.ArgumentTypeError("the path is empty")
    return Path(text)


def _value(text: str) -> tuple[str, Any]:
    """Split NAME=VALUE into a name and a value, which may be a Python literal or text."""
    name, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"expected NAME=VALUE, not {text!r}")
    try:
        return name, ast.literal_eval(value)
    except (ValueError, SyntaxError, TypeError):  # {[]: 1} raises TypeError
        return name, value


# --- the commands and their arguments ---

_SOURCE = "service model: 'installed', or the path to a botocore wheel or service-2.json(.gz) file"

_Argument: TypeAlias = tuple[str, Mapping[str, Any]]
"""An argument's name, and its keyword arguments for ``argparse``."""

_Command: TypeAlias = tuple[
    str, Callable[[argparse.Namespace], int | None] | str | None, Sequence[_Argument]
]
"""A command's description, its function (or the name of that function), and its arguments."""


def _a(name: str, text: str, default: Any = None, **declared: Any) -> _Argument:
    """Declare an argument, with its default in the help. A numeric default also sets the type."""
    if isinstance(default, (int, float)):
        declared.setdefault("type", type(default))
    if default is not None:
        text += f" (default: {default})"
    return name, {"help": text, "default": default, **declared}


def _switch(name: str, text: str) -> _Argument:
    return name, {"help": text, "action": "store_true"}


def _names(name: str, text: str) -> _Argument:
    return _a(name, text, action="extend", nargs="+", metavar="NAME")


def _source(flag: str) -> _Argument:
    return _a(flag, f"use this {_SOURCE}", INSTALLED, dest="source", metavar="MODEL")


def _file(name: str, text: str) -> _Argument:
    return _a(name, text, type=_path, metavar="FILE")


_OF_THE_ACCOUNT = ("region", "seed", "latency", "pace", "assumptions", "patience", "speed", "start")


def _of_the_account(**defaults: object) -> Iterable[_Argument]:
    text = 'play the scenario in FILE, a JSON list of steps such as [{"deploy": {"takes": 600}}]'
    yield _a("--script", text, type=Path, metavar="FILE")
    for name in _OF_THE_ACCOUNT:
        option = option_fields()[name]
        default, text = defaults.get(name, option.default), option.metadata["help"]
        if default is None:
            text += f" (default: {option.metadata['unset']})"
        yield _a(f"--{name.replace('_', '-')}", text, default, type=str, metavar="VALUE")


_JUDGING = (
    _a("--format", "print the report in this format", "text", choices=changes.FORMATS),
    _a("--fail-on", "fail if a change is at least this severe", choices=changes.SEVERITIES),
    _file("--baseline", "omit the changes that the baseline in FILE accepts"),
    _switch("--write-baseline", "accept all changes, and write them to the --baseline file"),
)
_SET = _a(
    "--set",
    "pass VALUE (a Python literal or text) as the NAME argument",
    action="append",
    type=_value,
    metavar="NAME=VALUE",
)

_COMMANDS: Mapping[str, _Command] = {
    "schemas": ("write JSON Schemas for the operations or for the control API", None, ()),
    "schemas write": (
        "write the schemas to a directory",
        _write_schemas,
        (
            _a("directory", "the directory for the schemas", type=_path, metavar="DIR"),
            _source("--from"),
            _names(
                "--operation",
                "write schemas only for these operations "
                "(default: the operations in DIR, or all container operations)",
            ),
            _switch("--all", "write schemas for all operations of the service"),
        ),
    ),
    "schemas control": (
        "print the schema of the control API that `serve` offers under /_lightsail/",
        _print_control_schema,
        (_switch("--openapi", "print an OpenAPI description instead"),),
    ),
    "diff": (
        "show how two service models differ and how the changes affect a caller",
        _diff,
        (
            _a("old", f"the old {_SOURCE}", metavar="OLD"),
            _a("new", "the new service model: 'installed' or a path", metavar="NEW"),
            _names("--operation", "compare only these operations, such as CreateContainerService"),
            *_JUDGING,
        ),
    ),
    "contract": ("check consumer contracts written with --lightsail-contract", None, ()),
    "contract check": (
        "check a contract against a service model",
        _check_contract,
        (_file("file", "the contract"), _source("--against"), *_JUDGING),
    ),
    "serve": (
        "serve simulated accounts over HTTP, one for each access key ID",
        "serving:run_serve",
        (
            _a("--host", "listen on this address", "127.0.0.1"),
            _a("--port", "listen on this port (0: any free port)", 0),
            # People watch these accounts live, so virtual time runs at a tenth of the usual speed,
            # and no caller is stopped for waiting too long.
            *_of_the_account(speed=60.0, patience="inf"),
        ),
    ),
    "run": (
        "run a program in virtual time with a simulated account, and return the program's exit code",
        "serving:run_program",
        (
            *_of_the_account(),
            _switch("--docker", "replace the docker command with a stand-in"),
            _switch("--timeline", "print the timeline to standard error"),
            _switch("--coverage", "print the API coverage to standard error"),
            _a("program", "the program to run", metavar="-- PROGRAM"),
            _a("arguments", "the program's arguments", nargs=argparse.REMAINDER, metavar="..."),
        ),
    ),
    "conform": (
        "check assumptions about the service against a real account or another test double",
        "conformance.conform:run_conform",
        (
            _a("--against", "check this account: simulator, aws or a URL", "simulator"),
            _a("--profile", "use this AWS profile with --against aws"),
            _a("--region", "use this Region", "us-east-1"),
            _names("--only", "run only probes that match these names, rules or assumptions"),
            _names("--skip", "skip probes that match these names, rules or assumptions"),
            _a("--cost", "run all probes, or only free probes", "any", choices=("any", "free")),
            _a("--minutes", "start no new probes after this many minutes", 120.0),
            _a("--dollars", "start no new probes once the estimated cost reaches DOLLARS", 0.5),
            _file("--transcript", "write the requests and responses to FILE, with ids replaced"),
            _switch("--dry-run", "list the probes and what they create, without making calls"),
            _switch("--yes", "create resources without asking for confirmation"),
            _switch("--clean", "delete the resources that earlier runs left behind, and exit"),
        ),
    ),
    "replay": (
        "show where the simulated account's responses differ from a transcript",
        "conformance.conform:run_replay",
        (_file("file", "a transcript written by --lightsail-record or conform"),),
    ),
    "init": (
        "write a first test module for a function or a Python script that uses Lightsail",
        "caller_commands:run_init",
        (
            _a("target", "the code, such as shop.release:deploy", metavar="MODULE:FUNCTION|SCRIPT"),
            _a("arguments", "the script's arguments", nargs="*", metavar="ARGUMENT"),
            _SET,
            _a("--examples", "use this many generated examples in the test", 20),
            _a("--dir", "write the tests to this directory", Path("tests"), type=_path),
        ),
    ),
    "verify": (
        "run a function many times on simulated accounts, and report its bugs",
        "caller_commands:run_verify",
        (
            _a("target", "the function, such as shop.release:deploy", metavar="MODULE:FUNCTION"),
            _SET,
            _names("--worlds", "start from these worlds (default: absent ready running)"),
            _a("--service", "expect the function to work on this service", "shop"),
            _a("--examples", "make this many runs, at least half with generated input", 200),
            _switch("--no-wait", "allow the function to return before the service is running"),
            _switch("--all", "report all findings, not only the first"),
        ),
    ),
}
