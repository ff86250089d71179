"""The command ``pytest-lightsail``, which is also ``python -m pytest_lightsail``.

Exit codes: 0 where all is well, 1 where the command found what it looks for, 2 where it could not work.
"""

from __future__ import annotations

import argparse
import ipaddress
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, NoReturn, TextIO, TypeAlias
from zlib import crc32

from . import first_tests
from ._version import __version__
from .conformance import command as conform
from .contract import published
from .environment import DUMMY_KEY, ENDPOINT
from .exceptions import (
    CallerNeverEnds,
    ConfigurationError,
    ModelSourceError,
    PytestLightsailError,
)
from .model import change_report
from .model.changes import Severity, compare
from .model.service import INSTALLED, load
from .options import Options, option_fields
from .recording import contract as contracts
from .simulator.history import Limit
from .simulator.scenario import read_scenario
from .verification import command as verify

if TYPE_CHECKING:
    from .model.service import ServiceModel
    from .simulation.server import LightsailServer
    from .simulator.account import Account

__all__ = ["announce", "command_line", "main"]

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
    """Report an error in one line, where argparse would print the whole usage first."""

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
    _add_serve(commands)
    _add_run(commands)
    for add_parsers in (conform.add_parsers, first_tests.add_parser, verify.add_parser):
        add_parsers(partial(_command, commands))
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


def _print_control_schema(args: argparse.Namespace) -> None:
    # The other commands need no botocore, which this brings.
    from .simulation.control_schema import control_schema, openapi  # noqa: PLC0415

    document = openapi() if args.openapi else control_schema()
    _say(f"{json.dumps(document, indent=2, sort_keys=True)}\n")


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
        help="only these operations (default: those in the folder already, or those of containers)",
    )
    choice.add_argument("--all", action="store_true", help="every operation of the service")
    text = "print the schema of the control API that `serve` has under /_lightsail/"
    control = _command(parts, "control", text)
    control.add_argument("--openapi", action="store_true", help="an OpenAPI description instead")
    control.set_defaults(run=_print_control_schema)


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
    _add_judging(parser)
    parser.set_defaults(run=_diff)


def _diff(args: argparse.Namespace) -> int:
    changes = compare(load(args.old), load(args.new), args.operation)
    return _judge(change_report.report_of(changes), args)


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
    _add_judging(checking)


def _check_contract(args: argparse.Namespace) -> int:
    contract, model = contracts.read_contract(args.file), load(args.source)
    return _judge(contracts.report_of(contract, model, str(args.file)), args)


def _show_contract(args: argparse.Namespace) -> None:
    _say(contracts.show(contracts.read_contract(args.file)))


# --- serve, run ---

_PAGE = "/_lightsail/"
_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_LOOK = 0.2
"""Real seconds after which the end is looked for."""

_LARGEST_PORT = 65535
_SPEED = 60.0
"""Virtual seconds in each real second, slow enough to watch."""

REMEMBERED = Limit(events=10_000, size=4 << 20)
"""The server may run for days, so its accounts do not remember every call."""

_NOT_EXECUTABLE, _NOT_FOUND, _KILLED = 126, 127, 128
"""Exit codes of a shell; a signal is added to the last."""

_OWN_DEFAULTS = {"speed": _SPEED, "patience": "inf"}
_OF_THE_ACCOUNT = (
    "region",
    "seed",
    "latency",
    "pace",
    "unsimulated",
    "assumptions",
    "quotas",
    "patience",
    "speed",
    "start",
)


def _add_serve(commands: _Commands) -> None:
    text = "serve a simulated account over HTTP, for the AWS CLI and SDKs of any language"
    parser = _command(commands, "serve", text)
    parser.epilog = "Each access key id has an account of its own."
    parser.add_argument("--host", default="127.0.0.1", help="default: 127.0.0.1, this machine only")
    parser.add_argument("--port", type=_port, default=0, help="default: 0, any free port")
    _add_options(parser, _OWN_DEFAULTS)
    parser.add_argument(
        "--verify-signatures",
        action="store_true",
        help="refuse requests that are not signed with the printed keys",
    )
    parser.set_defaults(run=_serve)


def _add_run(commands: _Commands) -> None:
    text = "run a program, such as a shell script, against a simulated account in its virtual time"
    parser = _command(commands, "run", text)
    parser.epilog = (
        "The exit code is that of the program, or 2 if the program could not be started."
    )
    _add_options(parser, {})
    for name, does in (
        ("docker", "replace docker build, tag, push and the like with a stand-in"),
        ("timeline", "print the timeline to standard error"),
        ("coverage", "print the API coverage to standard error"),
    ):
        parser.add_argument(f"--{name}", action="store_true", help=does)
    parser.add_argument("program", metavar="-- PROGRAM", help="the program to run")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, metavar="...", help="its arguments")
    parser.set_defaults(run=_run)


def _add_options(parser: argparse.ArgumentParser, defaults: Mapping[str, object]) -> None:
    parser.add_argument(
        "--script",
        type=Path,
        metavar="FILE",
        help='scenario to play, a JSON list of steps such as [{"deploy": {"takes": 600}}]',
    )
    for name in _OF_THE_ACCOUNT:
        option = option_fields()[name]
        default = defaults.get(name, option.default)
        shown = "none" if default in {"", None} else default
        parser.add_argument(
            f"--{name}",
            default=default,
            metavar="VALUE",
            help=f"{option.metadata['help']} (default: {shown})",
        )


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) > _LARGEST_PORT:
        raise argparse.ArgumentTypeError(f"a port is a number from 0 to {_LARGEST_PORT}")
    return int(text)


@contextmanager
def _server(
    args: argparse.Namespace, host: str = "127.0.0.1", port: int = 0, *, verify: bool = False
) -> Generator[LightsailServer, None, None]:
    """Serve inside the block: an account for each access key id, with the options of the command line.

    Raises:
        ConfigurationError: an option, the script or the address is not possible.
    """
    # The other commands need no botocore, which these bring.
    from .simulation.handle import new_account  # noqa: PLC0415
    from .simulation.server import LightsailServer  # noqa: PLC0415

    if args.script is not None and args.script.exists() and not args.script.is_file():
        raise ConfigurationError(f"{args.script} is not a file")  # a pipe may never have an end
    given = {name: getattr(args, name) for name in _OF_THE_ACCOUNT}
    options = Options(**given, verify_signatures=verify)
    scenario = None if args.script is None else read_scenario(args.script)
    accounts: dict[str, Account] = {}
    lock = threading.Lock()

    def reset(key: str) -> None:
        # Each has identifiers of its own, hosts of services among them.
        own = (
            options
            if key == DUMMY_KEY
            else replace(options, seed=options.seed + crc32(key.encode()))
        )
        accounts[key] = new_account(own, scenario)
        if args.command == "serve":
            accounts[key].history.limit = REMEMBERED

    def account(key: str) -> Account:
        with lock:
            if key not in accounts:
                reset(key)
            return accounts[key]

    account(DUMMY_KEY)
    server = LightsailServer(account, reset, lambda: tuple(accounts.values()))
    server.start(options, host=host, port=port)
    try:
        yield server
    finally:
        server.stop()


def _serve(args: argparse.Namespace) -> int:
    """Serve until SIGINT or SIGTERM comes."""
    with _server(args, args.host, args.port, verify=args.verify_signatures) as server:
        ended = threading.Event()
        for number in _SIGNALS:
            # Not put back: a second one must not kill the server while it stops.
            signal.signal(number, _end(ended))
        announce(server, args.host)
        # Two signals at once may both go to other threads, and then nothing wakes this one.
        while not ended.wait(_LOOK):
            pass
    return 0


def _run(args: argparse.Namespace) -> int:
    """Run a program; return its exit code."""
    from .simulation.shell import refuse_old_cli  # noqa: PLC0415

    with _server(args) as server:
        env = server.environment(docker=args.docker)
        # An interrupt goes to the program as well, which ends as it likes.
        before = signal.signal(signal.SIGINT, lambda *_: None)
        try:
            command = [args.program, *args.arguments]
            code = _wait(subprocess.Popen(command, env=env), server)  # noqa: S603 - it is asked for
        except OSError as error:
            sys.stderr.write(f"pytest-lightsail: error: {args.program}: {error.strerror}\n")
            return _NOT_FOUND if isinstance(error, FileNotFoundError) else _NOT_EXECUTABLE
        finally:
            signal.signal(signal.SIGINT, before)
        _report(server.account, args)
        try:
            server.account.raise_swallowed()
            server.check()
        except (PytestLightsailError, CallerNeverEnds) as verdict:
            sys.stderr.write(f"pytest-lightsail: error: {verdict}\n")
            return code or 1
        if code and not server.account.history.calls:
            refuse_old_cli(env)
    return code


def _wait(program: subprocess.Popen[bytes], server: LightsailServer) -> int:
    """Wait for a program, and end it if it waits for what never happens; return its exit code."""
    while True:
        with suppress(subprocess.TimeoutExpired):
            code = program.wait(_LOOK)
            return code if code >= 0 else _KILLED - code
        if server.has_failed:
            program.terminate()


def _report(account: Account, args: argparse.Namespace) -> None:
    from .reporting.coverage import Coverage, counted, coverage_text, survey  # noqa: PLC0415
    from .reporting.timeline import render  # noqa: PLC0415

    if args.timeline:
        sys.stderr.write(f"{render(account.history)}\n")
    if args.coverage:
        reached = Coverage()
        reached.add(account.history)
        operations = counted(reached, account.model)
        lines = coverage_text(survey(reached, account.model, operations), missing=False)
        sys.stderr.writelines(f"{line}\n" for line in lines)


def _end(ended: threading.Event) -> Callable[[int, FrameType | None], None]:
    def handler(number: int, frame: FrameType | None) -> None:
        del number, frame
        ended.set()

    return handler


def announce(server: LightsailServer, host: str) -> None:
    """Print the address of the server in one line, and warn if other machines can reach it."""
    address = _reachable(host)
    url = server.url.replace(host, address, 1) if address else server.url
    given = server.variables | {ENDPOINT: url}
    variables = " ".join(f"{name}={value}" for name, value in given.items())
    inside = _is_loopback(host)
    where = "this machine alone" if inside else "the network"
    _say(f"serving {where} at {url} (page: {url}{_PAGE}) | export {variables}\n")
    sys.stdout.flush()
    if not inside:
        sys.stderr.write(
            f"WARNING: {host} is not a loopback address: anyone who can reach this machine can use "
            "and change the simulated account, and see what is sent to it. Use --host 127.0.0.1 to "
            "serve only this machine.\n"
        )
        sys.stderr.flush()


def _reachable(host: str) -> str:
    """The address at which others reach a server that listens at all of them; else nothing."""
    if host != "0.0.0.0":  # noqa: S104 - it is asked for
        return ""
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as way_out:
        way_out.connect(("192.0.2.1", 9))  # sends nothing: the system chooses the way
        return str(way_out.getsockname()[0])
    return ""


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


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


def _add_judging(parser: argparse.ArgumentParser) -> None:
    forms = change_report.FORMATS
    parser.add_argument("--format", choices=forms, default="text", help="default: text")
    parser.add_argument(
        "--fail-on",
        choices=_THRESHOLDS,
        help="exit with 1 if there is a change of that class or a more severe one",
    )
    parser.add_argument(
        "--baseline", type=_path, metavar="FILE", help="leave out the changes that FILE accepts"
    )
    parser.add_argument(
        "--write-baseline",
        action="store_true",
        help="write the changes to the file of --baseline, as those that are accepted from now on",
    )


def _judge(report: change_report.Report, args: argparse.Namespace) -> int:
    """Print a report, or write it as a baseline, and return the exit code."""
    if args.write_baseline:
        if args.baseline is None:
            raise ConfigurationError("--write-baseline needs --baseline FILE, the file to write")
        change_report.write_baseline(args.baseline, report)
        _say(f"{args.baseline}: accepts {len(report.changes)} changes\n")
        return 0
    if args.baseline is not None:
        report = change_report.without_accepted(report, args.baseline)
    _say(change_report.FORMATS[args.format](report))
    return int(args.fail_on is not None and report.at_least(_THRESHOLDS[args.fail_on]))


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
