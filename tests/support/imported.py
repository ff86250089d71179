"""Which modules a command imports, determined in another process."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

UNNEEDED = {"botocore", "hypothesis", "jsonschema", "pytest"}
"""Packages that commands need not import to compare models."""


def unneeded_imports(*arguments: str) -> set[str]:
    """Run ``pytest-lightsail`` with arguments, and return which packages in ``UNNEEDED`` it imports."""
    code = (
        "import sys; from pytest_lightsail.cli import main; "
        f"main({list(arguments)!r}); print(*({UNNEEDED!r} & set(sys.modules)))"
    )
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    return set(done.stdout.splitlines()[-1].split())
