"""A browser that tests control through ``tests/javascript/browser.mjs``."""

from __future__ import annotations

import json
import subprocess
from typing import Any

from pytest_lightsail.machinery import machinery
from tests.support.tools import JAVASCRIPT, find_package, find_tool


class Browser:
    """A browser whose methods are the commands of ``browser.mjs``."""

    def __init__(self) -> None:
        node = find_tool("node", "install Node.js 20 or newer")
        chromium = find_tool("chromium", "apt-get install chromium")
        for package in ("playwright-core", "axe-core"):
            find_package(package)
        self._process = subprocess.Popen(  # noqa: S603 - our own script
            [node, str(JAVASCRIPT / "browser.mjs"), chromium],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def __getattr__(self, name: str) -> Any:
        return lambda *given: self._ask(name, *given)

    def _ask(self, *command: Any) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with machinery():  # waiting for the browser must not advance the virtual time
            print(json.dumps(command), file=self._process.stdin, flush=True)
            line = self._process.stdout.readline()
        answer = json.loads(line or '{"error": "the browser has exited"}')
        assert "error" not in answer, answer["error"]
        return answer["value"]

    def look(self) -> None:
        """Let the page read the account again."""
        self.tick(1000)

    def close(self) -> None:
        with self._process:
            assert self._process.stdin is not None
            self._process.stdin.close()
        assert self._process.returncode == 0
