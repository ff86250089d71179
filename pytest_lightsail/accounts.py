"""Track active accounts and their observers, define endpoints, and refuse calls to AWS.

The plugin imports this module in every run, so the module imports no large packages. botocore and
requests are patched only when the code under test imports them.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from .exceptions import RealCallError
from .patching import Patch

if TYPE_CHECKING:
    from .simulator.account import Account

answering: list[Any] = []
"""The active ``Lightsail`` objects. The last object in this list responds to all calls."""


def responding() -> Any:
    """Return the active ``Lightsail`` object that responds to calls, or ``None``."""
    return next(iter(answering[-1:]), None)  # does not fail if another thread empties the list


# --- observers -----------------------------------------------------------------------------------


class Observer:
    """Receives notifications about all accounts. Subclasses override the methods that they need."""

    def account_began(self, account: Account) -> None:
        """Called when an account starts, before any call reaches it."""

    def account_ended(self, account: Account) -> None:
        """Called when an account ends and its history is complete."""

    def called(self, operation: str) -> None:
        """Called before an account receives a call from a client in this process."""

    def progressed(self, text: str) -> None:
        """Called with each progress report during a long verification."""


observers: list[Observer] = []
"""The registered observers."""


def report_call(target: str) -> None:
    """Report a call to the observers. ``target`` is the call's ``x-amz-target`` header."""
    operation = target.rpartition(".")[2]
    for observer in observers if operation else ():
        observer.called(operation)


_generating: list[None] = []


@contextmanager
def generated() -> Generator[None, None, None]:
    """Mark code that uses generated input, so that consumer contracts do not record its calls."""
    _generating.append(None)
    try:
        yield
    finally:
        _generating.pop()


def is_generated() -> bool:
    """Return whether this package or Hypothesis is currently generating input for callers."""
    if _generating:
        return True
    hypothesis = sys.modules.get("hypothesis")
    return hypothesis is not None and bool(hypothesis.currently_in_test_context())


# --- endpoints -----------------------------------------------------------------------------------

DUMMY_KEY = "testing"
"""The access key ID and the secret access key for clients of the simulated account."""

AWS_VARIABLES: Mapping[str, str] = {
    "AWS_ACCESS_KEY_ID": DUMMY_KEY,
    "AWS_SECRET_ACCESS_KEY": DUMMY_KEY,
    # Keeps clients from searching the network for credentials.
    "AWS_EC2_METADATA_DISABLED": "true",
}
"""The environment variables that every AWS client needs, in addition to the Region."""

ENDPOINT = "AWS_ENDPOINT_URL_LIGHTSAIL"
"""The environment variable that tells SDKs and the CLI where to send Lightsail calls. Child processes
inherit it."""

NOWHERE = "http://127.0.0.1:1/no-account-here-use-lightsail_server"
"""A URL at which no server listens. A child process that calls this URL fails immediately, with
an error that shows the URL."""


@contextmanager
def set_variable(name: str, value: str) -> Generator[None, None, None]:
    """Set an environment variable for one block, and restore the old value afterwards."""
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        if os.environ.get(name) == value:
            if before is None:
                del os.environ[name]
            else:
                os.environ[name] = before


API_HOST = re.compile(
    r"lightsail(-fips)?\.((?P<region>[a-z]{2,}(-[a-z]+)+-[0-9]+)\.)?(amazonaws\.com(\.cn)?|api\.aws)"
)
"""Matches the host names of the API, as listed in the AWS General Reference."""

SIGNED_REGION = re.compile(
    r"Credential=[^/,\s]*/[0-9]{8}/(?=[^/]{1,32}/)([a-z]{2,}(?:-[a-z]+)+-[0-9]+)/"
)
"""Finds the Region in the ``Authorization`` header of a signed request."""


def header_text(value: str | bytes) -> str:
    """Return a header value as a string. Some clients store header values as bytes."""
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def is_own_name(host: str, own: str = "") -> bool:
    """Return whether a Host header contains a name of this server, not an attacker's domain.

    In a DNS rebinding attack, an attacker's domain points to 127.0.0.1, so the attacker's page has
    the same origin as the server. IP addresses, ``localhost`` and names without a dot, such as
    container names, are safe from this attack. ``own`` is the host name given to the server.

    >>> [is_own_name(host) for host in ("127.0.0.1:8080", "[::1]:80", "localhost", "lightsail:80", "")]
    [True, True, True, True, True]
    >>> others = "evil.example:8080", "localhost.evil.example", "127.0.0.1.x.y", "[::1].evil.example"
    >>> [is_own_name(host) for host in others]
    [False, False, False, False]
    """
    name = re.sub(r":\d*$", "", host.strip().lower()).strip("[]").rstrip(".")
    is_address = re.fullmatch(r"[0-9.]+|(?=.*:)[0-9a-f:.]+", name)
    return bool("." not in name or name == own.lower() or name.endswith(".localhost") or is_address)


# --- the guard -----------------------------------------------------------------------------------

_armed: list[Guard] = []


class Guard:
    """Raises ``RealCallError`` instead of letting a Lightsail call reach AWS.

    Attributes:
        allows: whether calls may currently reach AWS.
        refused: the errors raised so far. If the caller swallows an error, the plugin fails the test.
    """

    def __init__(self, *, allows: bool) -> None:
        self.allows = allows
        self.refused: list[RealCallError] = []
        self._patches = (
            Patch("botocore.endpoint", "Endpoint", "make_request", self._over_botocore),
            Patch("requests.adapters", "HTTPAdapter", "send", self._over_http),
            Patch("botocore.httpsession", "URLLib3Session", "send", self._over_http),
        )

    def arm(self) -> None:
        """Start refusing calls."""
        _armed.append(self)
        for patch in self._patches:
            patch.install()

    def disarm(self) -> None:
        """Stop refusing calls."""
        _armed.remove(self)
        for patch in reversed(self._patches):
            patch.remove()

    def _check(self, call: str, region: str) -> None:
        # If a test starts another pytest run, for example with pytester, only that run's guard applies.
        if self.allows or _armed[-1:] != [self]:
            return
        # PYTEST_CURRENT_TEST contains, for example, "tests/test_shop.py::test_ready (call)".
        test = os.environ.get("PYTEST_CURRENT_TEST", "code that runs outside a test")
        why = (
            "the account responds only to calls made through botocore and `requests`"
            if answering
            else "no simulated account is active"
        )
        error = RealCallError(
            f"{call} (Region {region}) would have been sent to AWS by {test}: {why}. "
            "Request the `lightsail` fixture before the call is made. For setUpClass, "
            "setup_module and fixtures that outlive a test, create an account with the same scope: "
            "lightsail_fixture(scope=…). If the test is meant to call AWS, mark it with "
            "@pytest.mark.lightsail(real_calls=True), or set lightsail_real_calls = allow for the run."
        )
        self.refused.append(error)
        raise error

    def _over_botocore(self, original: Any) -> Any:
        def make_request(endpoint: Any, operation_model: Any, request_dict: Any) -> Any:
            if operation_model.service_model.service_name == "lightsail" and not answering:
                self._check(operation_model.name, request_dict["context"]["client_region"])
            return original(endpoint, operation_model, request_dict)

        return make_request

    def _over_http(self, original: Any) -> Any:
        # The `responses` library also replaces `send`, so mocked requests never reach this function.
        def send(sender: Any, request: Any, *args: Any, **kwargs: Any) -> Any:
            host = API_HOST.fullmatch((urlsplit(request.url).hostname or "").rstrip("."))
            if host is not None:
                self._check(f"A request to {host.group()}", host.group("region") or "unknown")
            return original(sender, request, *args, **kwargs)

        return send
