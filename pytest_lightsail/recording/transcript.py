"""``TranscriptPart``: writes what tests have exchanged with a real account as a transcript."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime, timezone
from typing import Any

import pytest

from ..conformance.transcript import Exchange, made, write
from ..exceptions import ConfigurationError, plural
from ..patching import Patch
from .recorder import Part, output_path

__all__ = ["TranscriptPart"]

_TARGET = re.compile(r"Lightsail_20161128\.(\w+)")
_SCOPE = re.compile(r"Credential=[^/]*/\d+/([\w-]+)/")
_TITLE = "lightsail transcript"


class TranscriptPart(Part):
    """Listens where botocore sends requests; those that a simulated account answers never come there."""

    name = "transcript"

    def __init__(self, config: pytest.Config) -> None:
        super().__init__()
        self._shown = str(config.getoption("lightsail_record"))
        self._path = output_path(config, "lightsail_record", self._shown)
        self._region = "us-east-1"
        self._exchanges: list[Exchange] = []
        self._gathered: list[dict[str, Any]] = []
        self._problem = ""
        self._patch = Patch("botocore.httpsession", "URLLib3Session", "send", self._listening)
        self._patch.install()

    def pytest_unconfigure(self) -> None:
        """Stop listening."""
        super().pytest_unconfigure()
        self._patch.remove()

    def take(self, nodeid: str, outcome: str) -> Any:
        """Return the calls of the test that has ended."""
        del nodeid, outcome
        taken, self._exchanges = [asdict(each) for each in self._exchanges], []
        return {"region": self._region, "exchanges": taken} if taken else None

    def add(self, nodeid: str, gathered: Any) -> None:
        """Add the calls of a test, in the order in which tests end."""
        del nodeid
        self._region = gathered["region"]
        self._gathered += gathered["exchanges"]

    def finish(self) -> bool:
        """Write the file."""
        if not self._gathered:
            self._problem = "no real call was made; mark tests with lightsail(real_calls=True)"
            return True
        exchanges = [Exchange(**each) for each in self._gathered]
        source = f"pytest --lightsail-record, {datetime.now(timezone.utc):%Y-%m-%d}"
        try:
            write(self._path, "what tests did on an account", source, self._region, exchanges)
        except (ConfigurationError, OSError) as error:
            self._problem = str(error)
            return False
        return True

    def summarize(self, terminal: pytest.TerminalReporter) -> None:
        """Report what was written, or why nothing was."""
        terminal.section(_TITLE)
        calls = plural(len(self._gathered), "call")
        terminal.write_line(
            self._problem or f"{calls} in {self._shown}; see `pytest-lightsail replay`"
        )

    def _listening(self, original: Callable[..., Any]) -> Callable[..., Any]:
        part = self

        def send(self: Any, request: Any, *args: Any, **kwargs: Any) -> Any:
            response = original(self, request, *args, **kwargs)
            part._note(request, response)
            return response

        return send

    def _note(self, request: Any, response: Any) -> None:
        headers = {name.lower(): _text(value) for name, value in request.headers.items()}
        target = _TARGET.fullmatch(headers.get("x-amz-target", ""))
        if target is None:
            return
        scope = _SCOPE.search(headers.get("authorization", ""))
        self._region = scope[1] if scope else self._region
        parameters = json.loads(request.body or b"{}")
        about = response.status_code, dict(response.headers), response.content
        self._exchanges.append(made(target[1], parameters, *about))


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)
