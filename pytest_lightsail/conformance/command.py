"""``pytest-lightsail conform``, ``replay``: the simulated account next to another, or to a transcript."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from ..exceptions import ConfigurationError
from ..wording import plural

if TYPE_CHECKING:
    from .conform import Result, Target
    from .probes import Run

__all__ = ["add_parsers"]

_SIMULATOR, _AWS = "simulator", "aws"


def add_parsers(add: Callable[[str, str], argparse.ArgumentParser]) -> None:
    """Add the commands, by a function of the name of each and what it does."""
    text = "check what is assumed of the service, against a real account or another double"
    parser = add("conform", text)
    parser.epilog = (
        "Exit codes: 0 nothing was refuted, 1 something was, 2 nothing could be checked."
    )
    flag = parser.add_argument
    flag(
        "--against", default=_SIMULATOR, metavar="TARGET", help="simulator (default), a URL, or aws"
    )
    flag("--profile", help="the AWS profile to use with --against aws")
    flag("--region", default="us-east-1", help="default: us-east-1")
    for name, about in (("only", "run only these probes"), ("skip", "skip these")):
        flag(f"--{name}", action="extend", nargs="+", default=[], metavar="NAME",
             help=f"{about}: names or patterns of probes, rules or assumptions")  # fmt: skip
    text = "free: only reads and refusals, which create nothing (default: any)"
    flag("--cost", choices=("any", "free"), default="any", help=text)
    flag("--minutes", type=float, default=120, help="start no probe after this time (default: 120)")
    flag(
        "--dollars", type=float, default=0.5, help="start no probe beyond this cost (default: 0.5)"
    )
    flag(
        "--transcript",
        type=Path,
        metavar="FILE",
        help="write the requests and responses, with ids replaced",
    )
    flag("--dry-run", action="store_true", help="show what would be done, without any call")
    flag("--yes", action="store_true", help="do not ask before creating anything")
    flag("--list", action="store_true", help="list the probes")
    flag("--clean", action="store_true", help="delete what earlier runs left behind, and exit")
    parser.set_defaults(run=_conform)
    text = "show where the simulated account answers differently from a transcript"
    parser = add("replay", text)
    parser.epilog = "Exit codes: 0 nowhere, 1 somewhere, 2 the file is not a transcript."
    parser.add_argument(
        "file", type=Path, metavar="FILE", help="written by --lightsail-record or conform"
    )
    parser.set_defaults(run=_replay)


def _replay(args: argparse.Namespace) -> int:
    from .transcript import read, replay  # noqa: PLC0415 - it loads botocore

    document = read(args.file)
    found = replay(document)
    steps = plural(len(document["steps"]), "step")
    for difference in found:
        _say(difference)
    _say(f"{steps}, {plural(len(found), 'difference')}")
    return int(bool(found))


def _conform(args: argparse.Namespace) -> int:
    # The other commands need no botocore, which this brings.
    from . import conform, transcript  # noqa: PLC0415

    runs = conform.chosen(args.only, args.skip, free=args.cost == "free")
    if args.list:
        for probe in (probe for run in runs for probe in run.probes):
            _say(f"{probe.id:34} {', '.join(probe.settles) or '-':24} {probe.asks}")
        return 0
    if args.dry_run:
        _say(_plan(args, runs, conform.price_of_nano(None), "in the simulated account"))
        _say("Dry run: nothing was called.")
        return 0
    target = _target(args)
    if args.clean:
        gone = conform.clean(target) if target is not None else []
        _say(f"deleted: {', '.join(gone) or 'nothing was left'}")
        return 0
    minutes = args.minutes
    if args.against == _AWS:
        price = conform.price_of_nano(target)
        minutes = min(minutes, 60 * args.dollars / price)
        _say(_plan(args, runs, price, "by GetContainerServicePowers"))
        if not (args.yes or all(run.is_free for run in runs) or _agrees()):
            raise ConfigurationError("stopped: nothing was created")
    results, exchanges, left = conform.conform(runs, target, minutes)
    label = "the simulated account" if target is None else target.label
    _say(_table(results))
    if args.transcript:
        now = f"{datetime.now(timezone.utc):%Y-%m-%d}"
        title, source = "conformance run", f"pytest-lightsail conform against {label}, {now}"
        transcript.write(args.transcript, title, source, args.region, exchanges)
    code = _verdict(results, label)
    if left:
        raise ConfigurationError(left)
    return code


def _verdict(results: Sequence[Result], label: str) -> int:
    """Show what would have to change, and return the exit code."""
    refuted = [result for result in results if result.verdict == "refuted"]
    if refuted:
        _say(f"\nDrafts, if {label} is right:\n{_drafts(refuted, label)}")
    if all(result.verdict == "unclear" for result in results):
        raise ConfigurationError(f"nothing could be checked: {results[0].why}")
    return int(bool(refuted))


def _target(args: argparse.Namespace) -> Target | None:
    from . import conform  # noqa: PLC0415 - it loads botocore

    if args.against == _SIMULATOR:
        return None
    if args.against == _AWS:
        return conform.against_aws(args.profile, args.region)
    if not args.against.startswith(("http://", "https://")):
        raise ConfigurationError(f"--against {args.against}: expected simulator, aws or a URL")
    return conform.against_url(args.against, args.region)


def _plan(args: argparse.Namespace, runs: Sequence[Run], price: float, whose: str) -> str:
    from . import conform, probes  # noqa: PLC0415 - it loads botocore

    free, whom = sum(run.is_free for run in runs), f"{args.against}, {args.region}"
    if args.profile:
        whom += f", profile {args.profile}"
    asked = plural(sum(len(run.probes) for run in runs), "probe")
    lines = [
        f"Against {whom}: {asked} in {plural(len(runs), 'run')}. Runs that create nothing: {free}."
    ]
    if free < len(runs):
        minutes = conform.expected_seconds(runs) / 60
        dollars = price * max(1, math.ceil(minutes / 60))
        tag = "=".join(probes.TAG.values())
        lines.append(
            "The others create container services, one at a time and each of one nano node, and "
            f"certificates. Names begin with {conform.PREFIX}; services have the tag {tag}. They are "
            "deleted at the end, also of a run that is interrupted; `conform --clean` does so later.\n"
            f"That takes about {minutes:.0f} minutes at the times of the simulated account. A nano node "
            f"costs ${price:.4f} an hour {whose}: about ${dollars:.2f}. No probe begins after "
            f"{args.minutes:g} minutes or ${args.dollars:g}."
        )
    return "\n".join(lines)


def _agrees() -> bool:
    sys.stdout.write("Go on? [y/N] ")
    sys.stdout.flush()
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


def _table(results: Sequence[Result]) -> str:
    rows = [
        (", ".join(result.probe.settles) or "-", result.probe.id, result.verdict, result.why)
        for result in results
    ]
    rows.sort(key=lambda row: (row[0] == "-", row[0]))
    head = ("assumption", "probe", "verdict", "")
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(3)]
    lines = [
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[3]])
        for row in (head, *rows)
    ]
    verdicts = [result.verdict for result in results]
    counts = ", ".join(
        f"{verdicts.count(each)} {each}" for each in ("confirmed", "refuted", "unclear")
    )
    return "\n".join([*(line.rstrip() for line in lines), counts])


def _drafts(refuted: Sequence[Result], label: str) -> str:
    """What the catalogue of rules, or the page of assumptions, would have to say."""
    from ..model.rules import rule  # noqa: PLC0415 - it is loaded when needed

    now, lines = f"{datetime.now(timezone.utc):%Y-%m-%d}", []
    for result in refuted:
        source = f"observed by pytest-lightsail conform, {label}, {now}"
        seen = result.observed
        try:
            known = rule(result.probe.id)
        except KeyError:
            where = ", ".join(result.probe.settles) or result.probe.id
            facts = "; ".join(f"{name}: {value!r}" for name, value in seen.items())
            lines.append(f"docs/assumptions.md, {where}: {facts} ({source})")
            continue
        if seen.get("error type") == "accepted":
            lines.append(f"catalogue, {known.id}: no such rule; the request is accepted ({source})")
        else:
            lines.append(
                f"catalogue, Rule(id={known.id!r}, error={seen.get('error type')!r}, "
                f"message={seen.get('error message')!r}, observed=True, source={source!r})"
            )
    return "\n".join(lines)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
