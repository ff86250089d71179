"""``pytest-lightsail contract check FILE`` and ``contract show FILE``: what one consumer uses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..consumer.check import FORMATS, check, show
from ..consumer.contract import read_contract
from ..model.service import load
from .arguments import THRESHOLDS, add_judging, add_source, path
from .output import say

if TYPE_CHECKING:
    import argparse

__all__ = ["add_parser"]


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands to those of the parser."""
    text = "say what a model breaks for a consumer, by the contract that --lightsail-contract has written"
    commands = subparsers.add_parser("contract", help=text, description=text).add_subparsers(
        required=True, metavar="COMMAND"
    )
    checking = _command(commands, "check", "hold a contract against a service model")
    checking.epilog = (
        "Exit codes: 0 fine, 1 a change as grave as --fail-on was found, 2 nothing was checked."
    )
    add_source(checking, "--against")
    add_judging(checking, FORMATS)
    checking.set_defaults(run=_check)
    _command(commands, "show", "print a contract in words").set_defaults(run=_show)


def _command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, text: str
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=text, description=text)
    parser.add_argument("file", type=path, metavar="FILE")
    return parser


def _check(args: argparse.Namespace) -> int:
    contract, model = read_contract(args.file), load(args.source)
    impacts = check(contract, model)
    say(FORMATS[args.format](contract, model.label, impacts))
    return int(
        args.fail_on is not None
        and any(impact.severity.at_least(THRESHOLDS[args.fail_on]) for impact in impacts)
    )


def _show(args: argparse.Namespace) -> int:
    say(show(read_contract(args.file)))
    return 0
