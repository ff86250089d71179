"""``pytest-lightsail lifecycle``: the states and transitions as Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..reporting.lifecycle_reference import lifecycle_reference
from .output import say

if TYPE_CHECKING:
    import argparse

__all__ = ["add_parser"]


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to those of the parser."""
    text = "print the states and transitions of services and deployments as Markdown"
    parser = subparsers.add_parser("lifecycle", help=text, description=text)
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    del args
    say(lifecycle_reference())
    return 0
