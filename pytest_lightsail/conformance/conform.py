"""The ``conform`` and ``replay`` commands: compare accounts and transcripts with the simulation."""

from __future__ import annotations

import argparse
import json
import math
import re
import secrets
import sys
import time
import urllib.request
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from fnmatch import fnmatch
from http.client import HTTPException
from typing import Any, NamedTuple
from urllib.error import HTTPError

import botocore.session
from botocore.exceptions import BotoCoreError

from ..exceptions import ConfigurationError, plural
from ..output_files import write_output
from ..simulation.handle import simulate
from ..simulator.history import is_read
from ..simulator.images import Image
from ..transports.interception import CREDENTIALS
from . import probes, transcript
from .probes import Call, Probe, Run
from .transcript import Exchange, Wire

_PREFIX = "pytest-lightsail-"
_HOURS_A_MONTH = 730
_LONGEST_WAIT = 40 * 60.0
_ENDS = {probes.READY, probes.RUNNING, probes.DISABLED, probes.ABSENT}
_AWS = "aws"
_NOT_ABOUT_IT = {
    "AccessDeniedException",
    "ExpiredTokenException",
    "InvalidSignatureException",
    "NotAuthorized",
    "ServiceException",
    "ServiceUnavailable",
    "ThrottlingException",
    "UnauthenticatedException",
    "UnrecognizedClientException",
}
"""Errors, such as throttling, that make the result of a probe unclear."""


# --- accounts --------------------------------------------------------------------------------------


class _UnclearError(ConfigurationError):
    """Raised if the result of a probe is unclear. The message gives the reason."""


def _check_accepted(exchange: Exchange) -> None:
    if (error := exchange.error) is not None:
        raise _UnclearError(
            f"{exchange.operation} was refused: {error.get('type')}: {error.get('message')}"
        )


@dataclass
class Target:
    """An account on which probes run."""

    region: str
    wire: Wire
    sleep: Callable[[float], object] = time.sleep
    """Waits until the given number of seconds has passed on the account's clock."""

    def call(self, operation: str, parameters: Mapping[str, Any]) -> Exchange:
        """Make a call and return the exchange, even if the response is an error."""
        try:
            return self.wire.call(operation, parameters)
        except BotoCoreError as error:
            raise _UnclearError(f"{operation}: {error}") from None

    def accepted(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Make a call that must succeed, and return the response."""
        exchange = self.call(operation, parameters)
        _check_accepted(exchange)
        return exchange.answer or {}


@contextmanager
def against(name: str, region: str, profile: str | None = None) -> Generator[Target, None, None]:
    """Connect to the account that ``name`` selects: ``simulator``, ``aws`` or a URL."""
    if name == "simulator":
        with simulate(region=region, allow_unused=True) as lightsail:
            lightsail.images.update({image: Image(**how) for image, how in probes.IMAGES.items()})
            wire = Wire(lightsail.client(**Wire.ARGUMENTS))
            yield Target(region, wire, lightsail.clock.advance)
        return
    given: dict[str, Any] = {"region_name": region, **Wire.ARGUMENTS}
    if name != _AWS:
        if not name.startswith(("http://", "https://")):
            raise ConfigurationError(f"--against {name}: expected simulator, aws or a URL")
        given |= {"endpoint_url": name, **CREDENTIALS}
    try:
        wire = Wire(botocore.session.Session(profile=profile).create_client("lightsail", **given))
    except (BotoCoreError, ValueError) as error:  # botocore raises ValueError for an invalid URL
        raise ConfigurationError(f"--against {name}: {error}") from None
    if name == _AWS:
        yield Target(region, wire)
    else:
        _control(name, "images", {"images": probes.IMAGES})
        yield Target(region, wire, lambda seconds: _sleep(name, wire, seconds))


def _sleep(url: str, wire: Wire, seconds: float) -> None:
    """Advance the clock of the server at ``url``, or wait if the server runs in real time."""
    if _control(url, "clock", {"advance": seconds}):
        wire.ahead += seconds  # the `Date` headers show real time, not the account's time
    else:
        time.sleep(seconds)


def _control(url: str, name: str, body: Any) -> bool:
    """Send a request to the control API. Return whether the server accepted the request."""
    address = f"{url.rstrip('/')}/_lightsail/{name}"
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(address, json.dumps(body).encode(), headers)  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=30):  # noqa: S310 - the user's URL
            return True
    except HTTPError:
        return False
    except (OSError, HTTPException) as error:
        raise _UnclearError(f"{url} does not respond: {error}") from None


# --- the service that all probes share -------------------------------------------------------

_NAMED = {"ContainerService": "serviceName", "Certificate": "certificateName"}
"""Maps each kind of resource to the request parameter for the resource's name."""


class _Session:
    """Makes the calls of each ``Run``, after bringing a service to the state that the run needs."""

    def __init__(self, target: Target, name: str, deadline: float = math.inf) -> None:
        self.target = target
        self.deadline = deadline
        self._names = {"{service}": name, "{absent}": f"{name}-x", "{region}": target.region}
        self._created: list[tuple[str, str]] = []
        self._known = ""  # the last known state, or "" if a later call may have changed it

    def do(self, run: Run) -> tuple[list[Exchange], str]:
        """Make the calls of a run. Return the exchanges, and a message if the result is unclear."""
        seen: list[Exchange] = []
        if time.monotonic() >= self.deadline:
            return seen, "the time or cost limit was reached"
        try:
            self.bring(run.needs)
            for step in run.steps:
                seen += [self._do(step)] if isinstance(step, Call) else self._wait(step)
        except _UnclearError as unclear:
            return [], str(unclear)
        with suppress(_UnclearError):  # clean_up() tries again and reports failures
            self._delete_strays()
        return seen, ""

    def bring(self, state: str) -> None:
        """Bring the service to ``state``, passing through other states if necessary."""
        if state in {probes.FREE, probes.ANY}:
            return
        for _ in range(6):
            now = self._known = self._known or self._wait()[-1].state
            if now == state:
                return
            _check_accepted(self._do(_move(now, state)))
        raise _UnclearError(f"the service did not reach {state}")

    def _do(self, call: Call) -> Exchange:
        text = json.dumps(call.parameters)
        for placeholder, name in self._names.items():
            text = text.replace(placeholder, name)
        parameters = json.loads(text)
        exchange = self.target.call(call.operation, parameters)
        if exchange.error is None and not is_read(call.operation):
            self._known = ""
            kind = call.operation.removeprefix("Create")
            if kind in _NAMED:
                self._created.append((kind, parameters[_NAMED[kind]]))
        return exchange

    def _wait(self, pause: float = 15.0) -> list[Exchange]:
        """Read the service repeatedly until its current event ends.

        A response may show an outdated state, so read an existing service at least twice.
        """
        read = Call("GetContainerServices", {"serviceName": "{service}"})
        seen = [self._do(read)]
        while seen[-1].state not in _ENDS or (len(seen) == 1 and seen[0].state != probes.ABSENT):
            if seen[-1].state != probes.ABSENT:
                _check_accepted(seen[-1])
            elapsed = seen[-1].at - seen[0].at
            if elapsed > _LONGEST_WAIT or time.monotonic() >= self.deadline:
                raise _UnclearError(f"the service is still {seen[-1].state} after {elapsed:g} s")
            self.target.sleep(pause)
            seen.append(self._do(read))
        return seen

    def _delete_strays(self) -> None:
        """Delete everything that the probes created, except the service."""
        for kind, name in [each for each in self._created if each[1] != self._names["{service}"]]:
            _delete(self.target, kind, name)
            self._created.remove((kind, name))

    def clean_up(self) -> str:
        """Delete everything that the probes created. Return an error message on failure."""
        try:
            self._delete_strays()
            if self._created:
                self.bring(probes.ABSENT)
        except _UnclearError as unclear:
            return (
                f"some resources could not be deleted ({unclear}). To delete them, run "
                "`pytest-lightsail conform --clean` later"
            )
        return ""


def _move(now: str, state: str) -> Call:
    """Return the next call that brings a service closer to ``state``."""
    if now == probes.ABSENT:
        return probes.CREATE
    if state in {probes.ABSENT, probes.READY}:
        return probes.DELETE
    if now == probes.DISABLED:
        return probes.ENABLE
    return probes.DISABLE if state == probes.DISABLED and now == probes.RUNNING else probes.DEPLOY


def _delete(target: Target, kind: str, name: str) -> None:
    if kind == "ContainerService":
        _Session(target, name, time.monotonic() + _LONGEST_WAIT).bring(probes.ABSENT)
    else:
        target.accepted(f"Delete{kind}", {_NAMED[kind]: name})


def clean(target: Target) -> list[str]:
    """Delete resources that earlier runs left behind, and return their names."""
    services = target.accepted("GetContainerServices", {})["containerServices"]
    certificates = target.accepted("GetCertificates", {})["certificates"]
    found = [
        ("ContainerService", each["containerServiceName"])
        for each in services
        if probes.TAG in each.get("tags", ())
    ]
    found += [("Certificate", each["certificateName"]) for each in certificates]
    ours = [(kind, name) for kind, name in found if name.startswith(_PREFIX)]
    for kind, name in ours:
        _delete(target, kind, name)
    return [name for _, name in ours]


# --- the probes ------------------------------------------------------------------------------------


class Result(NamedTuple):
    """The result of a probe, and the facts that the probe observed."""

    probe: Probe
    verdict: str
    """``confirmed``, ``refuted`` or ``unclear``."""
    why: str
    """How the account differs from the simulation, or why the verdict is unclear."""
    observed: Mapping[str, Any]


def chosen(only: Sequence[str] = (), skip: Sequence[str] = (), *, free: bool = False) -> list[Run]:
    """Return the selected probes, grouped by run.

    The patterns in ``only`` and ``skip`` match the names of probes and the ids of assumptions.
    """

    def fits(probe: Probe, patterns: Sequence[str]) -> bool:
        return any(fnmatch(name, one) for one in patterns for name in (probe.id, probe.settles))

    for pattern in (*only, *skip):
        if not any(fits(probe, [pattern]) for probe in probes.PROBES.values()):
            raise ConfigurationError(f"no probe matches {pattern!r}; --dry-run lists all probes")
    found = []
    for run in probes.RUNS:
        kept = [one for one in run.probes if (not only or fits(one, only)) and not fits(one, skip)]
        if kept and (run.needs == probes.FREE or not free):
            found.append(replace(run, probes=tuple(kept)))
    if not found:
        raise ConfigurationError("no probe is left: --only, --skip and --cost exclude every probe")
    return found


def conform(
    runs: Sequence[Run], target: Target, minutes: float = math.inf
) -> tuple[list[Result], str]:
    """Run probes on a target, and then delete everything that the probes created.

    Return the results and, if something could not be deleted, an error message.
    """
    name = _PREFIX + secrets.token_hex(4)
    with against("simulator", target.region) as double:
        simulated = _Session(double, name)
        predicted = [simulated.do(run)[0] for run in runs]
    session = _Session(target, name, time.monotonic() + 60 * minutes)
    results: list[Result] = []
    try:
        for run, expected in zip(runs, predicted, strict=True):
            seen, why = session.do(run)
            for probe in run.probes:
                unclear = Result(probe, "unclear", why, {})
                results.append(unclear if why else _judged(probe, expected, seen))
    finally:
        session.deadline = time.monotonic() + _LONGEST_WAIT
        left = session.clean_up()
    return results, left


def _judged(probe: Probe, expected: Sequence[Exchange], seen: Sequence[Exchange]) -> Result:
    wanted = {fact: _plain(probes.look(fact, expected)) for fact in probe.facts}
    observed = {fact: _plain(probes.look(fact, seen)) for fact in probe.facts}
    errors = {each.error["type"] for each in seen if each.error is not None}
    if beside := errors & _NOT_ABOUT_IT - set(map(str, wanted.values())):
        return Result(probe, "unclear", f"the response was an error: {', '.join(beside)}", {})
    wrong = [
        f"{fact.partition(' ')[2]}: {observed[fact]!r}, expected {wanted[fact]!r}"
        for fact in wanted
        if wanted[fact] != observed[fact]
        and not (fact.endswith(" took") and transcript.in_time(wanted[fact], observed[fact]))
    ]
    return Result(probe, "refuted" if wrong else "confirmed", "; ".join(wrong), observed)


def _plain(value: Any) -> Any:
    """Return an observed fact without the parts that differ between accounts."""
    if isinstance(value, str):
        value = re.sub(r"(?<=\bdeployment )\d+", "N", value)
    return transcript.sanitised(value)


# --- the commands ----------------------------------------------------------------------------------


def run_replay(args: argparse.Namespace) -> int:
    """Show how the simulated account differs from a transcript. Return the exit code."""
    document = transcript.read(args.file)
    found = transcript.replay(document)
    steps = plural(len(document["steps"]), "step")
    print(*found, f"{steps}, {plural(len(found), 'difference')}", sep="\n")
    return int(bool(found))


def run_conform(args: argparse.Namespace) -> int:
    """Run probes on the target given by ``--against``, and return the exit code."""
    runs = chosen(args.only or (), args.skip or (), free=args.cost == "free")
    account = "simulator" if args.dry_run else args.against
    with against(account, args.region, args.profile) as target:
        if args.clean and not args.dry_run:
            print(f"deleted: {', '.join(clean(target)) or 'nothing was left'}")
            return 0
        minutes = args.minutes
        if args.dry_run or args.against == _AWS:
            powers = target.accepted("GetContainerServicePowers", {})["powers"]
            price = max(each["price"] for each in powers if each["name"] == "nano") / _HOURS_A_MONTH
            minutes = min(minutes, 60 * args.dollars / price)
            print(_plan(args, runs, price, minutes))
        if args.dry_run:
            for probe in (probe for run in runs for probe in run.probes):
                print(f"{probe.id:34} {probe.settles or '-':5} {probe.asks}")
            print("Dry run: no call was made.")
            return 0
        creates = any(run.needs != probes.FREE for run in runs)
        if args.against == _AWS and creates and not args.yes:
            print("Continue? [y/N] ", end="", flush=True)
            if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
                raise ConfigurationError("stopped: nothing was created")
        results, left = conform(runs, target, minutes)
    day = f"{datetime.now(timezone.utc):%Y-%m-%d}"
    source = f"pytest-lightsail conform, {args.against}, {args.region}, {day}"
    if args.transcript:
        head = "conformance run", source, args.region
        write_output(args.transcript, transcript.transcript_text(*head, target.wire.exchanges))
    return _report(results, source, left)


def _plan(args: argparse.Namespace, runs: Sequence[Run], price: float, minutes: float) -> str:
    free = sum(run.needs == probes.FREE for run in runs)
    asked = plural(sum(len(run.probes) for run in runs), "probe")
    head = (
        f"Against {args.against}, {args.region}: {asked} in {plural(len(runs), 'run')}. "
        f"Runs that create nothing: {free}."
    )
    if free == len(runs):
        return head
    return (
        f"{head}\n"
        "The other runs create container services (one at a time, each with one nano node) and "
        f"certificates. All names begin with {_PREFIX}, and all services have the tag "
        f"{'='.join(probes.TAG.values())}. These resources are deleted at the end, even if you "
        "interrupt the command. If any resources remain, run `conform --clean` later.\n"
        f"After {minutes:.0f} minutes, no more probes start. A nano node costs ${price:.4f} an "
        f"hour, so the total is at most about ${price * (minutes / 60 + 1):.2f}."
    )


def _report(results: Sequence[Result], source: str, left: str) -> int:
    """Print the results, and return the exit code."""
    rows = [
        f"{each.probe.settles or '-':12}{each.probe.id:36}{each.verdict:11}{each.why}"
        for each in results
    ]
    rows.sort(key=lambda row: (row.startswith("-"), row))
    print(f"{'assumption':12}{'probe':36}verdict", *map(str.rstrip, rows), sep="\n")
    verdicts = [each.verdict for each in results]
    print(
        ", ".join(f"{verdicts.count(each)} {each}" for each in ("confirmed", "refuted", "unclear"))
    )
    refuted = [result for result in results if result.verdict == "refuted"]
    if refuted:
        drafts = (_draft(each, source) for each in refuted)
        print("\nIf these results are correct, use these draft entries:", *drafts, sep="\n")
    if all(result.verdict == "unclear" for result in results):
        raise ConfigurationError(f"nothing could be checked: {results[0].why}")
    if left:
        raise ConfigurationError(left)
    return int(bool(refuted))


def _draft(result: Result, source: str) -> str:
    """Return a draft entry for the rule catalogue or the list of assumptions."""
    probe, seen = result.probe, result.observed
    if probe.asks == probes.HOW_REFUSED:
        kind, message = seen.values()
        if kind == "accepted":
            return f"catalogue, {probe.id}: remove this rule because the request was accepted ({source})"
        return f"catalogue, Rule(id={probe.id!r}, error={kind!r}, {message=!r}, {source=!r})"
    facts = "; ".join(f"{fact}: {value!r}" for fact, value in seen.items())
    return f"docs/assumptions.md, {probe.settles or probe.id}: {facts} ({source})"
