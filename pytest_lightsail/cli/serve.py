"""``pytest-lightsail serve``: a simulated account over HTTP, for callers in any language."""

from __future__ import annotations

import argparse
import ipaddress
import signal
import socket
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from ..environment import ENDPOINT
from ..exceptions import ConfigurationError
from ..options import Options, option_fields
from ..simulator.scenario import read_scenario

if TYPE_CHECKING:
    from ..simulation.server import LightsailServer

__all__ = ["add_parser", "announce"]

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_LOOK = 0.2
"""Real seconds after which the end is looked for."""

_LARGEST_PORT = 65535
_SPEED = 60.0
"""Virtual seconds in each real second: somebody may be watching."""

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
)


def add_parser(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add the command to those of the parser."""
    text = "serve a simulated account over HTTP, for the AWS CLI and SDKs of any language"
    parser = subparsers.add_parser(
        "serve",
        help=text,
        description=f"{text[0].upper()}{text[1:]}, until it is interrupted.",
    )
    parser.add_argument(
        "--host", default="127.0.0.1", help="default: 127.0.0.1, this machine alone"
    )
    parser.add_argument("--port", type=_port, default=0, help="default: 0, one that is free")
    parser.add_argument(
        "--script",
        type=Path,
        metavar="FILE",
        help='scenario to play, a JSON list of steps such as [{"deploy": {"takes": 600}}]',
    )
    for name in _OF_THE_ACCOUNT:
        option = option_fields()[name]
        default = _OWN_DEFAULTS.get(name, option.default)
        parser.add_argument(
            f"--{name}",
            default=default,
            metavar="VALUE",
            help=f"{option.metadata['help']} (default: {'none' if default == '' else default})",
        )
    parser.add_argument(
        "--verify-signatures",
        action="store_true",
        help="refuse requests that are not signed with the keys that are printed",
    )
    parser.set_defaults(run=_run)


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) > _LARGEST_PORT:
        raise argparse.ArgumentTypeError(f"a port is a number from 0 to {_LARGEST_PORT}")
    return int(text)


def _run(args: argparse.Namespace) -> int:
    """Serve until SIGINT or SIGTERM comes.

    Raises:
        ConfigurationError: an option, the script or the address is not possible.
    """
    # The other commands need no botocore, which these bring.
    from ..simulation.handle import new_account  # noqa: PLC0415
    from ..simulation.server import LightsailServer  # noqa: PLC0415

    if args.script is not None and args.script.exists() and not args.script.is_file():
        raise ConfigurationError(f"{args.script} is not a file")  # a pipe may never have an end
    given = {name: getattr(args, name) for name in _OF_THE_ACCOUNT}
    options = Options(**given, verify_signatures=args.verify_signatures)
    scenario = None if args.script is None else read_scenario(args.script)
    held = [new_account(options, scenario)]

    def reset() -> None:
        held[0] = new_account(options, scenario)

    server = LightsailServer(lambda: held[0], reset)
    try:
        server.start(options, host=args.host, port=args.port)
        ended = threading.Event()
        for number in _SIGNALS:
            # Not put back: a second one must not kill the server while it stops.
            signal.signal(number, _end(ended))
        announce(server, args.host)
        server.catch_up()
        # Two signals at once may both go to other threads, and then nothing wakes this one.
        while not ended.wait(_LOOK):
            pass
    finally:
        server.stop()
    return 0


def _end(ended: threading.Event) -> Callable[[int, FrameType | None], None]:
    def handler(number: int, frame: FrameType | None) -> None:
        del number, frame
        ended.set()

    return handler


def announce(server: LightsailServer, host: str) -> None:
    """Say where the account is served, in one line; and warn if others than this machine can reach it."""
    address = _reachable(host)
    url = server.url.replace(host, address, 1) if address else server.url
    given = server.variables | {ENDPOINT: url}
    variables = " ".join(f"{name}={value}" for name, value in given.items())
    inside = _is_loopback(host)
    where = "this machine alone" if inside else "the network"
    sys.stdout.write(f"serving {where} at {url} | export {variables}\n")
    sys.stdout.flush()
    if not inside:
        sys.stderr.write(
            f"WARNING: {host} is not a loopback address: whoever can reach this machine can use and "
            "change the simulated account, and see what is sent to it. Use --host 127.0.0.1 to "
            "serve this machine alone.\n"
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
