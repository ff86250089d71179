"""Arguments that several commands take."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from ..model.changes import Severity
from ..model.service import INSTALLED

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["SOURCE", "THRESHOLDS", "add_judging", "add_source", "path"]

SOURCE = (
    "'installed', or the path of a botocore wheel, of a service-2.json(.gz), "
    "or of a folder that holds exactly one of these"
)
THRESHOLDS = {
    "breaking": Severity.BREAKING,
    "dangerous": Severity.DANGEROUS,
    "any": Severity.COMPATIBLE,
}


def add_source(parser: argparse.ArgumentParser, flag: str = "--from") -> None:
    """Add the flag that says which service model it is about, as ``source``."""
    parser.add_argument(
        flag,
        dest="source",
        default=INSTALLED,
        metavar="MODEL",
        help=f"{SOURCE} (default: {INSTALLED})",
    )


def add_judging(parser: argparse.ArgumentParser, formats: Iterable[str]) -> None:
    """Add the flags that say how changes are told, and how grave ones fail."""
    parser.add_argument("--format", choices=formats, default="text", help="default: text")
    parser.add_argument(
        "--fail-on",
        choices=THRESHOLDS,
        help="exit with 1 if there is a change of that class or a graver one",
    )


def path(text: str) -> Path:
    """Return the path that a text names; an empty one is that of a shell variable which is not set.

    Raises:
        ArgumentTypeError: it is empty.
    """
    if not text:
        raise argparse.ArgumentTypeError("the path is empty")
    return Path(text)
