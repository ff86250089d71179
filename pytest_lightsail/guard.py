"""Refuse Lightsail calls that no simulated account answers, while a pytest run goes on.

The plugin arms the guard in every run, so this module imports nothing heavy, and botocore and requests
are patched only when the code under test imports them.
"""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import urlsplit

from .endpoints import API_HOST
from .exceptions import RealCallError
from .patching import Patch

__all__ = ["Guard", "answering"]

answering: list[Any] = []
"""The accounts that answer calls now, the last one first asked: an active account is past the guard."""

_armed: list[Guard] = []


class Guard:
    """Raises ``RealCallError`` instead of sending a call to AWS.

    Attributes:
        allows: whether calls may leave the process now.
        refused: the calls refused so far; the plugin fails a test that swallowed one.
        is_inner: whether this pytest run is nested in another one.
    """

    def __init__(self, *, allows: bool) -> None:
        self.allows = allows
        self.refused: list[RealCallError] = []
        self.is_inner = False
        self._patches = (
            Patch("botocore.endpoint", "Endpoint", "make_request", self._over_botocore),
            Patch("requests.adapters", "HTTPAdapter", "send", self._over_http),
            Patch("botocore.httpsession", "URLLib3Session", "send", self._over_http),
        )

    def arm(self) -> None:
        """Refuse calls from now on."""
        self.is_inner = bool(_armed)
        _armed.append(self)
        for patch in self._patches:
            patch.install()

    def disarm(self) -> None:
        """Refuse nothing any longer."""
        _armed.remove(self)
        for patch in reversed(self._patches):
            patch.remove()

    def _check(self, call: str, region: str, *, is_answered: bool = True) -> None:
        # Of a run inside of a run, such as pytester's, the inner one decides.
        if self.allows or (answering and is_answered) or _armed[-1:] != [self]:
            return
        # pytest sets it for each phase of each test: "tests/test_shop.py::test_ready (call)".
        test = os.environ.get("PYTEST_CURRENT_TEST", "code that runs outside a test")
        why = (
            "the account answers botocore's clients and `requests`, and nothing else"
            if answering
            else "no simulated account is active there"
        )
        error = RealCallError(
            f"{call} (Region {region}) would have been sent to AWS by {test}: {why}. "
            "Request the fixture `lightsail` before the call is made; for setUpClass, "
            "setup_module and fixtures of a wider scope, make an account of that scope with "
            "lightsail_fixture(scope=…). If the test is meant to call AWS, mark it with "
            "@pytest.mark.lightsail(real_calls=True), or set the option lightsail_real_calls = allow."
        )
        self.refused.append(error)
        raise error

    def _over_botocore(self, original: Any) -> Any:
        guard = self

        def make_request(self: Any, operation_model: Any, request_dict: Any) -> Any:
            if operation_model.service_model.service_name == "lightsail":
                guard._check(operation_model.name, request_dict["context"]["client_region"])
            return original(self, operation_model, request_dict)

        return make_request

    def _over_http(self, original: Any) -> Any:
        guard = self

        # Below what `responses` replaces: a test that mocks the API by itself goes on doing so.
        def send(self: Any, request: Any, *args: Any, **kwargs: Any) -> Any:
            host = API_HOST.fullmatch((urlsplit(request.url).hostname or "").rstrip("."))
            if host is not None:
                guard._check(
                    f"A request to {host.group()}",
                    host.group("region") or "unknown",
                    is_answered=False,
                )
            return original(self, request, *args, **kwargs)

        return send
