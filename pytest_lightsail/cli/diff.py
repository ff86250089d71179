"""``pytest-lightsail diff OLD NEW``: what a release of botocore changes, and whether it can hurt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..model.change_report import FORMATS
from ..model.changes import compare
from ..model.service import load
from .arguments import SOURCE, THRESHOLDS, add_judging
from .output import say

if TYPE_CHECKING:
    import argparse

__all__ = ["add_parser"]


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand."""
    parser = subparsers.add_parser(
        "diff",
        help="say what differs between two service models, and what that means for a caller",
        description="Say what differs between two service models, and what that means for a caller.",
        epilog="Exit codes: 0 fine, 1 a change as grave as --fail-on was found, 2 nothing compared.",
    )
    parser.add_argument("old", metavar="OLD", help=SOURCE)
    parser.add_argument("new", metavar="NEW", help="likewise")
    parser.add_argument(
        "--operation",
        action="extend",
        nargs="+",
        metavar="NAME",
        help="look at these operations only, as CreateContainerService",
    )
    add_judging(parser, FORMATS)
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    """Print the report.

    Raises:
        ModelSourceError: OLD or NEW is not a source.
        ConfigurationError: neither model has one of the operations.
    """
    changes = compare(load(args.old), load(args.new), args.operation)
    say(FORMATS[args.format](changes))
    return int(args.fail_on is not None and changes.at_least(THRESHOLDS[args.fail_on]))
