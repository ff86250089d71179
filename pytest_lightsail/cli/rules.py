"""``pytest-lightsail rules``: the rules catalogue as Markdown, limits of a model filled in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..model.rules import reference
from ..model.service import load
from .arguments import add_source
from .output import say

if TYPE_CHECKING:
    import argparse

__all__ = ["add_parser"]


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to those of the parser."""
    text = "print the rules catalogue as Markdown"
    parser = subparsers.add_parser("rules", help=text, description=text)
    add_source(parser)
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    say(reference(load(args.source)))
    return 0
