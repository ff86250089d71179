"""Run the command line with hostile input."""

from __future__ import annotations

from pytest_lightsail.cli import main


def run(*arguments: object) -> int:
    """The exit code; a usage error is one too."""
    try:
        return main([str(argument) for argument in arguments])
    except SystemExit as stopped:
        return int(str(stopped.code))
