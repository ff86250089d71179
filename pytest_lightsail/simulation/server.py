"""``LightsailServer``: serve accounts over HTTP and run programs that use them.

API calls go to the account, requests below ``/_lightsail/`` go to the control API, and requests to
the host of a container service go to that service.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from urllib.parse import parse_qs

from ..accounts import API_HOST, AWS_VARIABLES, DUMMY_KEY, SIGNED_REGION, is_own_name
from ..clock.waiting import stack
from ..exceptions import (
    CallerNeverEnds,
    ConfigurationError,
    ContractViolationError,
    OperationNotSimulatedError,
)
from ..machinery import machinery
from ..simulator.account import Account
from ..simulator.wire import Disconnect, Request, Response, ServiceError
from . import shims
from .control import ACCOUNT, MARK, PREFIX, Control, catch_up

_KEY = re.compile(r"Credential=([^/,\s]+)/")
_ADDRESS = re.compile(r"localhost\b|[0-9.]+(?::|$)|\[")
"""Matches ``localhost`` and IP addresses. Other hosts may belong to container services."""
_VERDICTS = (CallerNeverEnds, ConfigurationError, ContractViolationError)
"""Errors caused by mistakes in the caller or the test, such as a wait that never ends. If one
of these errors occurs, the server refuses the call, and the test fails."""
_OLDEST_CLI = {"1": 29, "2": 13}
"""Maps a major version of the AWS CLI to the first minor version that reads
AWS_ENDPOINT_URL_LIGHTSAIL (AWS SDKs and Tools Reference Guide, Service-specific endpoints)."""


class LightsailServer:
    """Serves the current account over HTTP on this machine.

    The ``lightsail_server`` fixture and ``lightsail.serve()`` serve the account that ``lightsail``
    controls, so services that are created over HTTP appear in ``lightsail.services``.

    Each call advances the clock by the call's latency, plus ``speed`` times the real time since
    the previous call. Until the next call arrives, the clock stands still. In programs that run
    with ``env``, ``sleep`` advances the clock, and real time between AWS CLI calls is ignored.
    """

    def __init__(
        self,
        account: Callable[[str], Account],
        reset: Callable[[str], None],
        *,
        accounts: Callable[[], Iterable[Account]] = tuple,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        from ..transports.http_server import HttpServer  # noqa: PLC0415 - only needed to serve

        self._account, self._reset, self.accounts, self._host = account, reset, accounts, host
        self._stand_ins: tempfile.TemporaryDirectory[str] | None = None
        self._is_stopped = False
        self.programs: set[Callable[[], None]] = set()
        """Functions that stop the running programs. The server calls these functions after an error
        that must make the test fail."""
        with machinery():
            self._server = HttpServer(self, host=host, port=port)

    @property
    def account(self) -> Account:
        """The default account, which ``lightsail`` controls."""
        return self._account(DUMMY_KEY)

    @property
    def url(self) -> str:
        """The address, such as ``http://127.0.0.1:43211``."""
        return self._server.url

    @property
    def variables(self) -> dict[str, str]:
        """The environment variables that make programs call the server.

        Raises:
            ConfigurationError: the server has stopped.
        """
        if self._is_stopped:
            raise ConfigurationError(
                "the server has stopped: run programs in the test that requests lightsail_server, or "
                "inside the `with lightsail.serve()` block"
            )
        url, region = self.url, self.account.options.region
        return {
            "AWS_ENDPOINT_URL_LIGHTSAIL": url,
            **AWS_VARIABLES,
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
        }

    @property
    def env(self) -> dict[str, str]:
        """A copy of this process's environment, changed so that programs call the server.

        Example: ``subprocess.run(…, env=lightsail_server.env)``. Variables that give AWS tools
        other endpoints, profiles or credentials are omitted. A directory of stand-ins comes first
        on the ``PATH``: ``sleep`` advances the account's clock, ``date`` shows the time of that
        clock, and ``lightsailctl`` pushes images for version 2 of the AWS CLI.
        """
        return self.environment()

    def environment(self, *, docker: bool = False) -> dict[str, str]:
        """Return ``env``. With ``docker=True``, add a stand-in for ``docker`` to the ``PATH``."""
        variables = self.variables
        if self._stand_ins is None:
            self._stand_ins = _stand_ins()
        folders = [Path(self._stand_ins.name, name) for name in ("docker", "shims")]
        path = [*map(str, folders if docker else folders[1:]), os.environ.get("PATH", "")]
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
            # The user's configuration files may contain another endpoint or key.
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            # Version 2 of the CLI would show its output in a pager, which waits for a key press.
            "AWS_PAGER": "",
            # AWS clients send this string in the User-Agent header of each call.
            "AWS_EXECUTION_ENV": MARK,
            **variables,
            "PATH": os.pathsep.join(filter(None, path)),
        }

    def run(
        self,
        command: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        cwd: str | os.PathLike[str] | None = None,
        input: str = "",  # noqa: A002 - the name that subprocess.run uses
        docker: bool = False,
        timeout: float = 60.0,
    ) -> subprocess.CompletedProcess[str]:
        r"""Run a program, such as an unmodified shell script, with ``self.env`` as its environment.

        Args:
            command: the program and its arguments.
            env: environment variables to add or override.
            cwd: the working directory of the program (default: the current directory).
            input: the string to pass as standard input.
            docker: whether to provide a ``docker`` stand-in, which accepts commands such as
                ``build``, ``tag`` and ``push``.
            timeout: the number of real seconds after which the program is stopped.

        Returns:
            The exit code, and the output as strings.

        Raises:
            CallerNeverEnds: the program was stopped while waiting for a change that would never
                happen.
            OperationNotSimulatedError: the program called an operation that is not simulated.
            ConfigurationError: the server has stopped, or the program's AWS CLI is too old to use
                the server.
            OSError: the program cannot be run.
            subprocess.TimeoutExpired: the program was stopped after ``timeout`` seconds.

        >>> from pytest_lightsail import simulate
        >>> with simulate() as lightsail, lightsail.serve() as server:
        ...     done = server.run(["sh", "-c", "sleep 90; echo done"])
        ...     done.stdout, lightsail.clock.elapsed
        ('done\n', 90.0)
        """
        __tracebackhide__ = True
        account = self.account
        before, known = len(account.history.calls), len(account.swallowed)
        whole = {**self.environment(docker=docker), **(env or {})}
        with machinery():
            process = subprocess.Popen(  # noqa: S603 - the test chooses the program
                command,
                env=whole,
                cwd=cwd,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                errors="replace",
                start_new_session=True,
            )

            def stop() -> None:
                with suppress(ProcessLookupError, PermissionError):
                    os.killpg(process.pid, signal.SIGKILL)  # also stop child processes

            self.programs.add(stop)
            with process:
                try:
                    out, err = process.communicate(input, timeout)
                finally:
                    self.programs.remove(stop)
                    stop()
            if process.returncode and len(account.history.calls) == before:
                refuse_old_cli(whole)
        if failures := account.swallowed[known:]:
            del account.swallowed[known:]
            raise failures[0]
        return subprocess.CompletedProcess(command, process.returncode, out, err)

    def stop(self, *, patience: float = 5.0) -> None:
        """Close all connections. Do nothing if the server has already stopped.

        Args:
            patience: the maximum number of real seconds to wait for pending responses.
        """
        self._is_stopped = True
        if self._stand_ins is not None:
            self._stand_ins.cleanup()
        with machinery():
            self._server.stop(patience)

    # --- requests --------------------------------------------------------------------------------

    def respond(
        self, method: str, path: str, headers: dict[str, str], body: bytes
    ) -> Response | Disconnect:
        """Return the response to an HTTP request. Header names must be in lower case."""
        authorization = headers.get("authorization", "")
        key = _account_key(authorization, path)
        account = self._account(key)
        scope = SIGNED_REGION.search(authorization)
        # An unsigned request does not contain a Region.
        region = scope[1] if scope else account.options.region
        request = Request(method, headers, body, region, path)
        try:
            outcome = self._route(account, key, request)
        except OperationNotSimulatedError as unknown:
            outcome = ServiceError("UnknownOperationException", str(unknown))
        except _VERDICTS as verdict:
            account.swallow(verdict)
            for stop in tuple(self.programs):
                stop()
            outcome = ServiceError("RequestAbortedException", str(verdict))
        if isinstance(outcome, ServiceError):
            return account.refuse(outcome, region, recorded=True)
        return outcome

    def refuse(self, error: ServiceError) -> Response:
        """Return the error response to a message that is not valid HTTP."""
        return self.account.refuse(error, self.account.options.region)

    def _route(
        self, account: Account, key: str, request: Request
    ) -> Response | Disconnect | ServiceError:
        headers, host = request.headers, request.headers.get("host", "")
        if not _ADDRESS.match(host):
            own = next((each for each in self.accounts() if each.service_at(host)), account)
            if own.serves(host):
                with _turn(own, request):
                    return own.visit(host, request.path, request.method)
        if not is_own_name(host, self._host) and not API_HOST.fullmatch(host.partition(":")[0]):
            # In a DNS rebinding attack, the host name of a web page resolves to this machine.
            message = f"The server does not serve the host {host!r}."
            return ServiceError("AccessDeniedException", message)
        path = request.path.partition("?")[0]
        is_browser = request.method in {"GET", "HEAD"} and "text/html" in headers.get("accept", "")
        if is_browser and path in {"/", PREFIX.rstrip("/")}:
            return Response(302, (("Location", PREFIX), ("Content-Length", "0")), b"")
        if f"{path}/".startswith(PREFIX):
            control = Control(partial(self._account, key), partial(self._reset, key))
            # Even if the clock cannot advance, the control API can still show or reset the account.
            with _turn(account, request, ignored=_VERDICTS):
                return control.respond(request)
        # Web pages can make a browser send requests to this server, but cannot set `x-amz-target`.
        if "x-amz-target" in headers:
            response = account.handle(request, _turn(account, request))
            # AWS has no host for this Region, so a real call would fail with a DNS error. Here, the
            # caller is already connected to this server, so it gets an error response instead.
            hint = response.hint if isinstance(response, Disconnect) else ""
            return ServiceError("UnrecognizedClientException", hint) if hint else response
        return ServiceError("UnknownOperationException", "The operation is unknown.")


@contextmanager
def _turn(
    account: Account, request: Request, ignored: tuple[type[BaseException], ...] = ()
) -> Generator[None, None, None]:
    """Lock the account and advance its clock by the real time since the last request.

    Advancing the clock here does not shorten waits in this process.
    ``ignored`` lists the exceptions to ignore if the clock cannot advance.
    """
    with account.lock, ExitStack() as held:
        for virtual in stack:
            if virtual.account is account:
                held.enter_context(virtual.time_of_others())
        with suppress(*ignored):
            catch_up(account, request)
        yield


def _account_key(authorization: str, path: str) -> str:
    """Return the access key ID that selects the account for a request.

    The key ID comes from the signature of an API call, or from the query string of a request to
    the control API.
    """
    if found := _KEY.search(authorization):
        return found[1]
    path, _, query = path.partition("?")
    named = parse_qs(query).get(ACCOUNT) if f"{path}/".startswith(PREFIX) else None
    return named[-1] if named else DUMMY_KEY


# --- programs ------------------------------------------------------------------------------------


def _stand_ins() -> tempfile.TemporaryDirectory[str]:
    """Create a directory for the stand-ins. The ``docker`` stand-in has its own subdirectory."""
    root = tempfile.TemporaryDirectory(prefix="pytest-lightsail-")
    for name in ("sleep", "date", "lightsailctl", "docker"):
        file = Path(root.name, "docker" if name == "docker" else "shims", name)
        file.parent.mkdir(exist_ok=True)
        # Only lightsailctl imports installed packages. The other stand-ins run with -I and -S, so
        # Python does not search for installed packages and starts in 10 ms.
        options = "" if name == "lightsailctl" else "-I -S "
        command = f"{shlex.quote(sys.executable)} {options}{shlex.quote(shims.__file__)}"
        file.write_text(f'#!/bin/sh\nexec {command} "$0" "$@"\n', encoding="utf-8")
        file.chmod(0o755)
    return root


def refuse_old_cli(env: Mapping[str, str]) -> None:
    """Raise an error if the AWS CLI on the ``PATH`` is too old to use this server."""
    program = shutil.which("aws", path=env.get("PATH"))
    if program is None:
        return
    shown = subprocess.run(  # noqa: S603 - it only shows its version
        [program, "--version"], env=dict(env), capture_output=True, text=True, check=False
    )
    # A CLI that runs on Python 2 writes its version to stderr.
    found = re.search(r"aws-cli/((\d+)\.(\d+)\S*)", shown.stdout + shown.stderr)
    if found and int(found[3]) < _OLDEST_CLI.get(found[2], 0):
        raise ConfigurationError(
            f"no call has reached the account: version {found[1]} of the AWS CLI does not read "
            "AWS_ENDPOINT_URL_LIGHTSAIL. Install at least version 1.29 or 2.13, "
            'or have the script pass --endpoint-url "$AWS_ENDPOINT_URL_LIGHTSAIL".'
        )
