"""The ``serve`` and ``run`` commands, which serve simulated accounts over HTTP to any program."""

from __future__ import annotations

import argparse
import gc
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import replace
from zlib import crc32

from .accounts import DUMMY_KEY, ENDPOINT
from .exceptions import CallerNeverEnds, ConfigurationError, PytestLightsailError
from .options import Options, option_fields
from .reporting.coverage import Coverage, coverage_text, survey
from .reporting.timeline import render
from .simulation.control import PREFIX
from .simulation.handle import new_account
from .simulation.server import LightsailServer, refuse_old_cli
from .simulator.account import Account
from .simulator.history import Limit
from .simulator.scenario import read_scenario

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_LOOK = 0.2
"""The interval between checks for a signal, in real seconds."""
_GRACE = 0.4
"""The maximum wait for pending responses before the command exits, in real seconds."""

REMEMBERED = Limit(entries=10_000, size=4 << 20)
"""The limit on each account's history in the ``serve`` command, which may run for days."""

_KILLED = 128
"""The exit code of a killed program is this number plus the signal number, as in shells."""


@contextmanager
def _server(
    args: argparse.Namespace, host: str = "127.0.0.1", port: int = 0
) -> Generator[LightsailServer, None, None]:
    """Run a server until the ``with`` block ends, with one account for each access key ID."""
    given = {name: value for name, value in vars(args).items() if name in option_fields()}
    options = Options(**given)
    scenario = None if args.script is None else read_scenario(args.script)
    accounts: dict[str, Account] = {}
    lock = threading.Lock()

    def reset(key: str) -> None:
        # Each account has its own seed, so that its identifiers and the host names of its services
        # are unique.
        seed = options.seed + (0 if key == DUMMY_KEY else crc32(key.encode()))
        accounts[key] = new_account(replace(options, seed=seed), scenario)
        if args.command == "serve":
            accounts[key].history.limit = REMEMBERED

    def account(key: str) -> Account:
        with lock:
            if key not in accounts:
                reset(key)
            return accounts[key]

    account(DUMMY_KEY)
    server = LightsailServer(
        account, reset, accounts=lambda: [*accounts.values()], host=host, port=port
    )
    try:
        yield server
    finally:
        server.stop(patience=_GRACE)


def run_serve(args: argparse.Namespace) -> int:
    """Serve simulated accounts until SIGINT or SIGTERM arrives."""
    with _server(args, args.host, args.port) as server:
        ended = threading.Event()
        for number in _SIGNALS:
            signal.signal(number, lambda *_: ended.set())
        announce(server, args.host)
        # Without a timeout, nothing would wake this thread if another thread received the signal.
        while not ended.wait(_LOOK):
            pass
        for number in _SIGNALS:
            # A second signal must not interrupt the server's shutdown or Python's exit.
            signal.signal(number, signal.SIG_IGN)
    gc.freeze()  # faster exit: Python does not garbage-collect all requests
    return 0


def run_program(args: argparse.Namespace) -> int:
    """Run a program until it ends and return its exit code."""
    with _server(args) as server:
        env = server.environment(docker=args.docker)
        # Ignore Ctrl-C here: the program receives the signal too, and decides how to end.
        before = signal.signal(signal.SIGINT, lambda *_: None)
        try:
            command = [args.program, *args.arguments]
            program = subprocess.Popen(command, env=env)  # noqa: S603 - the user passed it
            server.programs.add(program.terminate)
            code = program.wait()
        except OSError as error:
            raise ConfigurationError(f"{args.program}: {error.strerror}") from None
        finally:
            signal.signal(signal.SIGINT, before)
        if code < 0:  # a signal killed the program
            code = _KILLED - code
        account = server.account
        if args.timeline:
            sys.stderr.write(f"{render(account.history)}\n")
        if args.coverage:
            reached = Coverage()
            reached.add(account.history)
            lines = coverage_text(survey(reached, account.model, whole=False), missing=False)
            sys.stderr.writelines(f"{line}\n" for line in lines)
        try:
            for each in server.accounts():
                each.raise_swallowed()
        except (PytestLightsailError, CallerNeverEnds) as verdict:
            sys.stderr.write(f"pytest-lightsail: error: {verdict}\n")
            return code or 1
        if code and not account.history.calls:
            refuse_old_cli(env)
    return code


def announce(server: LightsailServer, host: str) -> None:
    """Print the server's address on one line. Warn if other machines can reach the server."""
    url = server.url.replace(host, _reachable(host), 1)
    given = server.variables | {ENDPOINT: url}
    variables = " ".join(f"{name}={value}" for name, value in given.items())
    inside = re.fullmatch(r"localhost|::1|127(\.\d+){3}", host) is not None
    where = "only this machine" if inside else "the network"
    print(f"serving {where} at {url} (page: {url}{PREFIX}) | export {variables}", flush=True)
    if not inside:
        sys.stderr.write(
            f"WARNING: {host} is not a loopback address: anyone who can reach this machine can use "
            "and change the simulated account, and see all requests. Use --host 127.0.0.1 to serve only "
            "this machine.\n"
        )
        sys.stderr.flush()


def _reachable(host: str) -> str:
    """Return the host, or this machine's address if the host is 0.0.0.0 (all addresses)."""
    if host == "0.0.0.0":  # noqa: S104 - the user passed it
        with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as way_out:
            # Connecting a UDP socket sends no packets, but selects a network interface.
            way_out.connect(("192.0.2.1", 9))
            return str(way_out.getsockname()[0])
    return host
