"""``LightsailServer``: the account over HTTP, for callers in other processes; and real time."""

from __future__ import annotations

import os
import re
import subprocess
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from ..endpoints import AWS_VARIABLES, DUMMY_KEY
from ..exceptions import NoAccountError
from ..machinery import machinery
from ..options import Options
from ..simulator.account import Account
from ..simulator.wire import Request
from ..transports.endpoint import Endpoint
from .control import Control
from .shell import MARK, RealTime, Shims, refuse_old_cli, run
from .shims import AGENT

if TYPE_CHECKING:
    from ..transports.http_server import HttpServer


_SPEED = 600.0
"""Account seconds for each real second between calls, if the option ``speed`` names no others."""
_SHIM = re.compile(rf"^{AGENT}\b")
_BY_SLEEP = re.compile(rf"^(aws-cli/.*\bexec-env/{MARK}|{AGENT})\b")
"""The User-Agent of what lives in an environment whose ``sleep`` moves the clock."""


class LightsailServer:
    """A server for the current account, on a socket of this machine.

    The fixture ``lightsail_server`` and ``lightsail.serve()`` return one. It serves the same account as
    ``lightsail``, so services that are created over HTTP are in ``lightsail.services``.

    Each call moves time forward by its latency, and by the real time since the previous call, times the
    option ``speed``. Between calls the clock stands still. Programs with the environment ``env`` have a
    ``sleep`` that moves the clock, so for calls of the AWS CLI there real time does not count.

    Args:
        account: the account of an access key id.
        reset: lets it begin again.
        accounts: all accounts that there are, besides.
    """

    def __init__(
        self,
        account: Callable[[str], Account],
        reset: Callable[[str], None],
        accounts: Callable[[], Iterable[Account]] = tuple,
    ) -> None:
        self._account = account
        self._accounts = accounts
        self._control = Control(account, reset, self._pace_of)
        self._options = Options()
        self._server: HttpServer | None = None
        self._shims: Shims | None = None
        self._paces: WeakKeyDictionary[Account, RealTime] = WeakKeyDictionary()
        self._lock = threading.Lock()
        self._failures: list[BaseException] = []

    def __repr__(self) -> str:
        return f"<LightsailServer {self.url}>" if self._server else "<LightsailServer, stopped>"

    @property
    def account(self) -> Account:
        """The account that it serves: that of ``lightsail``."""
        return self._account(DUMMY_KEY)

    @property
    def url(self) -> str:
        """The address, such as ``http://127.0.0.1:43211``.

        Raises:
            NoAccountError: it does not run.
        """
        return self._running().url

    @property
    def env(self) -> dict[str, str]:
        """The environment of this process, changed so that programs talk to the server.

        Pass it to ``subprocess.run(…, env=lightsail_server.env)``. It lacks the variables by which AWS
        tools would find other endpoints, profiles or credentials. A folder of stand-ins comes first on
        its ``PATH``: ``sleep`` moves the clock of the account, ``date`` shows it, and ``lightsailctl`` is
        what version 2 of the AWS CLI pushes images with.

        Raises:
            NoAccountError: it does not run.
        """
        return self.environment()

    def environment(self, *, docker: bool = False) -> dict[str, str]:
        """``env``, with ``docker`` also a stand-in that accepts ``docker build`` and the like.

        Raises:
            NoAccountError: it does not run.
        """
        variables = self.variables
        if self._shims is None:
            self._shims = Shims()
        path = self._shims.path(docker=docker)
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
            # The user's own configuration files may name another endpoint or another key.
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            # Version 2 of the CLI would show its answers in a pager, which waits for a key.
            "AWS_PAGER": "",
            # It is in the User-Agent of all calls.
            "AWS_EXECUTION_ENV": MARK,
            **variables,
            "PATH": os.pathsep.join(filter(None, (path, os.environ.get("PATH")))),
        }

    def run(
        self,
        command: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        cwd: str | os.PathLike[str] | None = None,
        input: str | None = None,  # noqa: A002 - as subprocess.run has it
        docker: bool = False,
        timeout: float = 60.0,
    ) -> subprocess.CompletedProcess[str]:
        r"""Run a program in the environment ``env``, such as an unmodified shell script.

        Args:
            command: the program and its arguments.
            env: more variables, or other values.
            cwd: the folder that it runs in; the current one if left out.
            input: what it reads.
            docker: let a stand-in accept its ``docker build``, ``tag``, ``push`` and the like.
            timeout: real seconds after which it is stopped.

        Returns:
            Its exit code, and what it has written as text.

        Raises:
            CallerNeverEnds: it was stopped, since it waited for what never happens.
            ConfigurationError: the program cannot be run; or its AWS CLI is too old to find the account.
            subprocess.TimeoutExpired: it was stopped, since its time was over.
            NoAccountError: the server is not running.

        >>> from pytest_lightsail import simulate
        >>> with simulate() as lightsail, lightsail.serve() as server:
        ...     done = server.run(["sh", "-c", "sleep 90; echo done"])
        ...     done.stdout, lightsail.clock.elapsed
        ('done\n', 90.0)
        """
        __tracebackhide__ = True
        before = len(self.account.history.calls)
        whole = {**self.environment(docker=docker), **(env or {})}
        with machinery():
            done = run(
                command, whole, lambda: self.has_failed, cwd=cwd, text=input, timeout=timeout
            )
            called = len(self.account.history.calls) > before
            if done.returncode and not called:
                refuse_old_cli(whole)
        self.check()
        return done

    @property
    def variables(self) -> dict[str, str]:
        """Only the environment variables that point a program to the server.

        Raises:
            NoAccountError: it does not run.
        """
        url, region = self.url, self._options.region
        return {
            "AWS_ENDPOINT_URL_LIGHTSAIL": url,
            **AWS_VARIABLES,
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
        }

    @property
    def has_failed(self) -> bool:
        """Whether a caller got an error that ``check`` raises."""
        return bool(self._failures)

    def forget(self) -> None:
        """Forget the failures so far; a new example of the same test begins."""
        self._failures.clear()

    def check(self) -> None:
        """Raise the first error sent to a caller that must fail the test too.

        Raises:
            CallerNeverEnds: one of them waited for too long while nothing changed.
            ContractViolationError: a function given to ``respond`` answered what the service could not.
        """
        __tracebackhide__ = True
        for failure in self._failures:
            raise failure

    def start(self, options: Options, *, host: str = "127.0.0.1", port: int = 0) -> None:
        """Start the server. The fixture and ``lightsail.serve()`` do this.

        Args:
            options: ``region``, ``speed``, ``real_time`` and ``verify_signatures`` matter here.
            host: the address to listen at.
            port: its port; 0 for any free port.

        Raises:
            ConfigurationError: the address is not available.
        """
        from ..transports.http_server import HttpServer  # noqa: PLC0415 - only needed to serve

        self._options = options
        self._paces.clear()
        self._control.host = host
        endpoint = Endpoint(
            self._account,
            region=options.region,
            before_call=self.catch_up,
            control=self._control.answer,
            host=host,
            verify_signatures=options.verify_signatures,
            accounts=self._accounts,
        )
        self._failures = endpoint.failures
        self._server = HttpServer(endpoint, host=host, port=port)
        with machinery():
            self._server.start()

    def stop(self, *, patience: float = 5.0) -> None:
        """Close every connection; without effect if it does not run.

        Args:
            patience: the most real seconds to wait for pending responses.
        """
        server, self._server = self._server, None
        shims, self._shims = self._shims, None
        if shims is not None:
            shims.remove()
        if server is not None:
            with machinery():
                server.stop(patience)

    def catch_up(self, account: Account, request: Request) -> None:
        """Advance the clock by the real time since the last call, at the speed of the options.

        It does not count while the latest caller is a program of ``env`` that waits with its ``sleep``.

        Raises:
            CallerNeverEnds: a caller has waited too long while nothing changed.
        """
        pace = self._pace_of(account)
        if pace is None:
            return  # the account keeps up by itself
        agent = request.headers.get("user-agent", "")
        if "x-amz-target" in request.headers or _SHIM.search(agent):
            pace.by_sleep = bool(_BY_SLEEP.search(agent))
        pace.catch_up(account.clock, account.sleep)

    def _pace_of(self, account: Account) -> RealTime | None:
        options = self._options
        if options.real_time:
            return None
        with self._lock:
            if account not in self._paces:
                speed = _SPEED if options.speed is None else options.speed
                self._paces[account] = RealTime(speed)
            return self._paces[account]

    def _running(self) -> HttpServer:
        if self._server is None:
            raise NoAccountError(
                "the server is not running. Name the fixture lightsail_server in the signature of "
                "the test, or use lightsail.serve()."
            )
        return self._server
