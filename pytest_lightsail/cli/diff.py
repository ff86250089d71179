"""``pytest-lightsail diff OLD NEW``: what a release of botocore changes, and whether it can hurt."""

from __future__ import annotations

import argparse
from collections.abc import Iterable

from ..model.change_report import FORMATS
from ..model.changes import compare
from ..model.service import load
from ..model.severity import Severity
from .output import say

__all__ = ["SOURCE", "THRESHOLDS", "add_judging", "add_parser"]

SOURCE = (
    "'installed', or the path of a botocore wheel, sdist or unpacked tree, of a service-2.json(.gz), "
    "or of a folder that holds exactly one of these"
)
THRESHOLDS = {
    "breaking": Severity.BREAKING,
    "dangerous": Severity.DANGEROUS,
    "any": Severity.COMPATIBLE,
}


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


def add_judging(parser: argparse.ArgumentParser, formats: Iterable[str]) -> None:
    """Add the flags that say how changes are told, and how grave ones fail."""
    parser.add_argument("--format", choices=formats, default="text", help="default: text")
    parser.add_argument(
        "--fail-on",
        choices=THRESHOLDS,
        help="exit with 1 if there is a change of that class or a graver one",
    )


def _run(args: argparse.Namespace) -> int:
    """Print the report.

    Raises:
        ModelSourceError: OLD or NEW is not a source.
        ConfigurationError: neither model has one of the operations.
    """
    changes = compare(load(args.old), load(args.new), args.operation)
    say(FORMATS[args.format](changes))
    return int(args.fail_on is not None and changes.at_least(THRESHOLDS[args.fail_on]))
