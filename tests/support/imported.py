"""What a command imports, in an interpreter of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

NEEDLESS = {"botocore", "hypothesis", "jsonschema", "pytest"}
"""What a command does without that compares models."""


def needless(*arguments: str) -> set[str]:
    """Which of ``NEEDLESS`` is loaded once ``pytest-lightsail`` has run with these arguments."""
    code = (
        "import sys; from pytest_lightsail.cli import main; "
        f"main({list(arguments)!r}); print(*({NEEDLESS!r} & set(sys.modules)))"
    )
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    return set(done.stdout.splitlines()[-1].split())
