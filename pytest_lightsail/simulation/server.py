"""``LightsailServer``: the account over HTTP, for callers in other processes; and real time."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from ..c_functions import original
from ..environment import AWS_VARIABLES, DUMMY_KEY
from ..exceptions import NoAccountError
from ..machinery import TIME, machinery
from ..options import Options
from ..simulator.account import Account
from ..simulator.clock import NANOSECONDS, Clock
from ..transports.signature import Verifier
from ..transports.wsgi import Application
from .control import Control

if TYPE_CHECKING:
    from ..transports.http_server import HttpServer


_SPEED = 600.0
"""Account seconds for each real second between calls, if the option ``speed`` names no others."""


class LightsailServer:
    """A server for the current account, on a socket of this machine.

    The fixture ``lightsail_server`` and ``lightsail.serve()`` return one. It serves the same account as
    ``lightsail``, so services that are created over HTTP are in ``lightsail.services``.

    Each call moves time forward by its latency, and by the real time since the previous call, times the
    option ``speed``. Between calls the clock stands still.
    """

    def __init__(self, account: Callable[[], Account], reset: Callable[[], None]) -> None:
        self._account = account
        self._control = Control(account, reset)
        self._options = Options()
        self._server: HttpServer | None = None
        self._pace: tuple[Account, RealTime] | None = None
        self._lock = threading.Lock()
        self._failures: list[BaseException] = []

    def __repr__(self) -> str:
        return f"<LightsailServer {self.url}>" if self._server else "<LightsailServer, stopped>"

    @property
    def account(self) -> Account:
        """The account that it serves: that of ``lightsail``."""
        return self._account()

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

        Pass it to ``subprocess.run(…, env=lightsail_server.env)``. It lacks the variables with which AWS'
        tools would find other endpoints, profiles or credentials.

        Raises:
            NoAccountError: it does not run.
        """
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
            # Whoever runs this has files of his own, which may name another endpoint or another key.
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            # Version 2 of the CLI would show its answers in a pager, which waits for somebody.
            "AWS_PAGER": "",
            **self.variables,
        }

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

    def forget(self) -> None:
        """Let go of what callers did until now; a new example of the same test begins."""
        self._failures.clear()

    def check(self) -> None:
        """Raise what callers have been told that is to fail the test too.

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
        from ..transports.http_server import HttpServer  # noqa: PLC0415 - for who serves alone

        self._options = options
        self._pace = None
        self._control.host = host
        application = Application(
            self._account,
            region=options.region,
            before_call=self.catch_up,
            control=self._control.answer,
            host=host,
            verifier=Verifier(DUMMY_KEY, DUMMY_KEY, also=lambda: self._account().clock.epoch)
            if options.verify_signatures
            else None,
        )
        self._failures = application.failures
        self._server = HttpServer(application, host=host, port=port)
        with machinery():
            self._server.start()

    def stop(self) -> None:
        """Close every connection; without effect if it does not run."""
        server, self._server = self._server, None
        if server is not None:
            with machinery():
                server.stop()

    def catch_up(self) -> None:
        """Let the real time pass that went by since the last call, at the speed of the options.

        Raises:
            CallerNeverEnds: somebody has waited for too long while nothing changed.
        """
        account, options = self._account(), self._options
        if options.real_time:
            return  # the account keeps up by itself
        with self._lock:
            speed = _SPEED if options.speed is None else options.speed
            if self._pace is None or self._pace[0] is not account:
                self._pace = (account, RealTime(account.clock, speed, account.sleep))
            pace = self._pace[1]
        pace.catch_up()

    def _running(self) -> HttpServer:
        if self._server is None:
            raise NoAccountError(
                "the server does not run here. Name the fixture lightsail_server in the signature of "
                "the test, or use lightsail.serve()."
            )
        return self._server


_now = original(TIME["monotonic_ns"])


class RealTime:
    """Moves a clock on by the real time that has passed since it did so last."""

    def __init__(
        self, clock: Clock, speed: float, advance: Callable[[float], None] | None = None
    ) -> None:
        self._clock, self._speed, self._last = clock, speed, _now()
        self._advance = advance or clock.advance

    def catch_up(self) -> None:
        """Let the clock's appointments of the meantime take place."""
        with self._clock.lock:
            now, before = _now(), self._last
            self._last = now
            self._advance((now - before) / NANOSECONDS * self._speed)
