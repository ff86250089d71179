"""Run the command line with hostile input."""

from __future__ import annotations

from pytest_lightsail.cli import main


def run(*arguments: object) -> int:
    """Run ``pytest-lightsail``, and return its exit code, even after a usage error."""
    try:
        return main([str(argument) for argument in arguments])
    except SystemExit as stopped:
        return int(str(stopped.code))
