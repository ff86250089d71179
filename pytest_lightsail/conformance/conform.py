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
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from fnmatch import fnmatch
from http import HTTPStatus
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit

import botocore.session
from botocore.exceptions import BotoCoreError

from ..exceptions import ConfigurationError, plural
from ..model.catalogue import RULES
from ..output_files import write_output
from ..simulation.handle import simulate
from ..simulator.front_door import visit
from ..simulator.images import Image
from ..simulator.wire import Response
from ..transports.interception import CREDENTIALS
from . import probes, transcript
from .probes import Call, Probe, Run, Visit, Wait
from .transcript import Exchange, Wire, at_path

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
"""Errors that leave a probe's question unanswered."""


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
    """An account on which probes run: by default, a real account."""

    label: str
    region: str
    wire: Wire
    sleep: Callable[[float], object] = time.sleep
    """Waits until the given number of seconds has passed on the account's clock."""
    visit: Callable[[str], int] = lambda address: _status(address, {})
    """Visits the address of a service and returns the HTTP status."""

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
def _simulated(region: str) -> Generator[Target, None, None]:
    with simulate(region=region, allow_unused=True) as lightsail:
        lightsail.images.update({name: Image(**how) for name, how in probes.IMAGES.items()})

        def status(address: str) -> int:
            response = visit(lightsail.account, urlsplit(address).netloc)
            return response.status if isinstance(response, Response) else 0

        yield Target(
            "the simulated account",
            region,
            Wire(lightsail.client(**Wire.ARGUMENTS)),
            lightsail.clock.advance,
            status,
        )


def _served(url: str, region: str, wire: Wire) -> Target:
    """Return the account of a server, such as ``pytest-lightsail serve``."""

    def control(name: str, body: Any) -> bool:
        headers = {"Content-Type": "application/json"}
        return _status(f"{url.rstrip('/')}/_lightsail/{name}", headers, body) == HTTPStatus.OK

    def sleep(seconds: float) -> None:
        if control("clock", {"advance": seconds}):
            wire.ahead += seconds  # the `Date` headers follow this machine's clock
        else:  # any other server runs in real time
            time.sleep(seconds)

    def status(address: str) -> int:
        return _status(url, {"Host": urlsplit(address).netloc})

    control("images", {"images": probes.IMAGES})
    return Target(url, region, wire, sleep, status)


def _status(url: str, headers: Mapping[str, str], body: Any = None) -> int:
    """Send a request and return the HTTP status of the response."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, dict(headers))  # noqa: S310 - the user's URL
    try:
        with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310
            return int(response.status)
    except HTTPError as refused:
        return refused.code
    except OSError as error:
        raise _UnclearError(f"{url} did not respond: {error}") from None


def against(name: str, region: str, profile: str | None = None) -> AbstractContextManager[Target]:
    """Return a context manager for an account, given as ``simulator``, ``aws`` or a URL."""
    if name == "simulator":
        return _simulated(region)
    given: dict[str, Any] = {"region_name": region, **Wire.ARGUMENTS}
    if name != _AWS:
        if not name.startswith(("http://", "https://")):
            raise ConfigurationError(f"--against {name}: expected simulator, aws or a URL")
        given |= {"endpoint_url": name, **CREDENTIALS}
    try:
        wire = Wire(botocore.session.Session(profile=profile).create_client("lightsail", **given))
    except BotoCoreError as error:
        raise ConfigurationError(f"--against {name}: {error}") from None
    is_aws = name == _AWS
    return nullcontext(
        Target(f"AWS, {region}", region, wire) if is_aws else _served(name, region, wire)
    )


# --- the service of all probes --------------------------------------------------------------

_NAMED = {
    "ContainerService": "serviceName",
    "Certificate": "certificateName",
    "Domain": "domainName",
}
"""Maps each kind of resource to the request parameter that holds its name."""


class _Session:
    """Performs runs on one service, and brings it to the required state before each run."""

    def __init__(self, target: Target, name: str, deadline: float = math.inf) -> None:
        self.target = target
        self.deadline = deadline
        self._names = {"service": name, "absent": f"{name}-x", "region": target.region}
        self._created: list[tuple[str, str]] = []
        self._known = ""  # the last settled state of the service; empty after a change
        self._url = ""

    def do(self, run: Run) -> list[Exchange]:
        """Perform the steps of a run and return the exchanges."""
        if time.monotonic() >= self.deadline:
            raise _UnclearError("the time or cost limit was reached")
        self.bring(run.needs)
        seen: list[Exchange] = []
        for step in run.steps:
            if isinstance(step, Wait):
                seen += self._wait(step.pause)
            elif isinstance(step, Visit):
                if not self._url:
                    raise _UnclearError("the service has no address")
                status = self.target.visit(self._url)
                seen.append(Exchange("Visit", {}, seen[-1].at, {"status": status}))
            else:
                seen.append(self._do(step))
        with suppress(_UnclearError):  # the next run tries again, and clean_up() reports failures
            self._delete_strays()
        return seen

    def bring(self, state: str) -> None:
        """Bring the service to a state, passing through other states if necessary."""
        if state == probes.HOME and self.target.region != "us-east-1":
            raise _UnclearError("domains can be managed only in us-east-1")
        if state == probes.EMPTY:
            response = self.target.accepted("GetContainerServices", {})
            if response["containerServices"]:
                raise _UnclearError("the probe requires a Region without container services")
        if state in {probes.NOTHING, probes.HOME, probes.EMPTY}:
            return
        now = ""
        for _ in range(6):
            now = self._known = self._known or self._wait()[-1].state
            if now == state:
                return
            _check_accepted(self._do(_move(now, state)))
        raise _UnclearError(f"the service did not reach {state}: it is {now}")

    def _do(self, call: Call) -> Exchange:
        text = json.dumps(call.parameters)
        text = re.sub(r"\{(service|absent|region)\}", lambda found: self._names[found[1]], text)
        parameters = json.loads(text)
        exchange = self.target.call(call.operation, parameters)
        for path in ("containerService.url", "containerServices.0.url"):
            self._url = at_path(exchange.answer, path) or self._url
        if exchange.error is None and not exchange.is_read:
            self._known = ""
            kind = call.operation.removeprefix("Create")
            if kind in _NAMED:
                self._created.append((kind, parameters[_NAMED[kind]]))
        return exchange

    def _wait(self, pause: float = Wait.pause) -> list[Exchange]:
        """Read the service until it has settled or is gone.

        Reads can lag, so read an existing service at least twice.
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
        """Delete everything that probes have created, except for the service."""
        for kind, name in [each for each in self._created if each[1] != self._names["service"]]:
            _delete(self.target, kind, name)
            self._created.remove((kind, name))

    def clean_up(self) -> str:
        """Delete everything that the probes created. Return an error message if this fails."""
        try:
            self._delete_strays()
            if self._created:
                self.bring(probes.ABSENT)
        except _UnclearError as unclear:
            return (
                f"not everything could be deleted ({unclear}). To delete the rest, run "
                "`pytest-lightsail conform --clean` later"
            )
        return ""


def _move(now: str, state: str) -> Call:
    """Return the next call on the way from one service state to another."""
    if now == probes.ABSENT:
        return probes.CREATE
    if state in {probes.ABSENT, probes.READY}:
        return probes.DELETE
    if now == probes.DISABLED:
        return probes.ENABLE
    disables = (now, state) == (probes.RUNNING, probes.DISABLED)
    return probes.DISABLE if disables else probes.DEPLOY


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
    if target.region == "us-east-1":
        domains = target.accepted("GetDomains", {})["domains"]
        found += [("Domain", each["name"]) for each in domains]
    ours = [(kind, name) for kind, name in found if name.startswith(_PREFIX)]
    for kind, name in ours:
        _delete(target, kind, name)
    return [name for _, name in ours]


# --- the probes ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Result:
    """The result of a probe, with the facts that the probe observed on the target."""

    probe: Probe
    verdict: str
    """``confirmed``, ``refuted`` or ``unclear``."""
    why: str = ""
    """The differences, or the reason why the verdict is unclear."""
    observed: Mapping[str, Any] = field(default_factory=dict)


def chosen(only: Sequence[str] = (), skip: Sequence[str] = (), *, free: bool = False) -> list[Run]:
    """Return the runs to perform, each with only the requested probes.

    Patterns in ``only`` and ``skip`` match names of probes and ids of assumptions.
    """

    def fits(probe: Probe, patterns: Sequence[str]) -> bool:
        return any(fnmatch(name, one) for one in patterns for name in (probe.id, *probe.settles))

    for pattern in (*only, *skip):
        if not any(fits(probe, [pattern]) for probe in probes.PROBES.values()):
            raise ConfigurationError(
                f"no probe matches {pattern!r}; `conform --list` shows all probes"
            )
    found = []
    for run in probes.RUNS:
        kept = [one for one in run.probes if (not only or fits(one, only)) and not fits(one, skip)]
        if kept and (run.is_free or not free):
            found.append(replace(run, probes=tuple(kept)))
    if not found:
        raise ConfigurationError("no probe is left: --only, --skip and --cost exclude every probe")
    return found


def conform(
    runs: Sequence[Run], target: Target, minutes: float = math.inf
) -> tuple[list[Result], str]:
    """Run probes on a target, and then delete everything that they have created.

    Return the results, and an error message if something could not be deleted.
    """
    name = _PREFIX + secrets.token_hex(4)
    predicted = _predicted(runs, target.region, name)
    session = _Session(target, name, time.monotonic() + 60 * minutes)
    try:
        results = [
            Result(probe, "unclear", why) if why else _judged(probe, expected, seen)
            for run, expected, (seen, why) in zip(
                runs, predicted, _performed(runs, session), strict=True
            )
            for probe in run.probes
        ]
    finally:
        session.deadline = time.monotonic() + _LONGEST_WAIT
        left = session.clean_up()
    return results, left


def _predicted(
    runs: Iterable[Run], region: str, name: str = f"{_PREFIX}plan"
) -> list[list[Exchange]]:
    """Return the exchanges of each run on the simulated account.

    If the simulated account cannot perform a run, its list of exchanges is empty.
    """
    with _simulated(region) as double:
        return [seen for seen, _ in _performed(runs, _Session(double, name))]


def _performed(runs: Iterable[Run], session: _Session) -> Iterator[tuple[list[Exchange], str]]:
    """Perform runs. Yield the exchanges of each run, or the reason why its result is unclear."""
    for run in runs:
        seen, why = [], ""
        try:
            seen = session.do(run)
        except _UnclearError as unclear:
            why = str(unclear)
        yield seen, why


def _judged(probe: Probe, expected: Sequence[Exchange], seen: Sequence[Exchange]) -> Result:
    wanted = {fact: _plain(probes.look(fact, expected)) for fact in probe.facts}
    observed = {fact: _plain(probes.look(fact, seen)) for fact in probe.facts}
    errors = {each.error["type"] for each in seen if each.error is not None}
    if beside := errors & _NOT_ABOUT_IT - set(map(str, wanted.values())):
        return Result(probe, "unclear", f"the response was an error: {', '.join(beside)}", observed)
    wrong = [
        f"{fact.partition(' ')[2]}: {observed[fact]!r}, expected {wanted[fact]!r}"
        for fact in wanted
        if wanted[fact] != observed[fact]
        and not (fact.endswith(" took") and transcript.in_time(wanted[fact], observed[fact]))
    ]
    return Result(probe, "refuted" if wrong else "confirmed", "; ".join(wrong), observed)


def _plain(value: Any) -> Any:
    """Return a fact without the parts that differ between accounts."""
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
    if args.list:
        for probe in (probe for run in runs for probe in run.probes):
            print(f"{probe.id:34} {', '.join(probe.settles) or '-':24} {probe.asks}")
        return 0
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
            print(_plan(args, runs, price, target.label))
        if args.dry_run:
            print("Dry run: no call was made.")
            return 0
        if args.against == _AWS and not args.yes and not all(run.is_free for run in runs):
            print("Continue? [y/N] ", end="", flush=True)
            if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
                raise ConfigurationError("stopped: nothing was created")
        results, left = conform(runs, target, minutes)
    source = f"pytest-lightsail conform, {target.label}, {datetime.now(timezone.utc):%Y-%m-%d}"
    if args.transcript:
        head = "conformance run", source, args.region
        write_output(args.transcript, transcript.transcript_text(*head, target.wire.exchanges))
    return _report(results, source, left)


def _report(results: Sequence[Result], source: str, left: str) -> int:
    print(_table(results))
    refuted = [result for result in results if result.verdict == "refuted"]
    if refuted:
        drafts = (_draft(each, source) for each in refuted)
        print("\nDraft entries to use if these results are right:", *drafts, sep="\n")
    if all(result.verdict == "unclear" for result in results):
        raise ConfigurationError(f"nothing could be checked: {results[0].why}")
    if left:
        raise ConfigurationError(left)
    return int(bool(refuted))


def _plan(args: argparse.Namespace, runs: Sequence[Run], price: float, label: str) -> str:
    free, whom = sum(run.is_free for run in runs), f"{args.against}, {args.region}"
    if args.profile:
        whom += f", profile {args.profile}"
    asked = plural(sum(len(run.probes) for run in runs), "probe")
    head = (
        f"Against {whom}: {asked} in {plural(len(runs), 'run')}. Runs that create nothing: {free}."
    )
    if free == len(runs):
        return head
    predicted = _predicted(runs, args.region)
    seen = [each for exchanges in predicted for each in exchanges]
    minutes = (seen[-1].at - seen[0].at) / 60 if seen else 0.0
    dollars = price * max(1, math.ceil(minutes / 60))
    return (
        f"{head}\n"
        "The others create container services (one at a time, each with one nano node), "
        f"certificates, and a domain. Their names begin with {_PREFIX}; services have the tag "
        f"{'='.join(probes.TAG.values())}. All of them are deleted at the end, even if you interrupt "
        "the command. If something is left over, run `conform --clean` later.\n"
        f"The command takes about {minutes:.0f} minutes if the account is as fast as the simulated "
        f"one. A nano node costs ${price:.4f} an hour, according to {label}, so the total is about "
        f"${dollars:.2f}. No probe starts after {args.minutes:g} minutes, or once the "
        f"cost has reached ${args.dollars:g}."
    )


def _table(results: Sequence[Result]) -> str:
    rows = [
        f"{', '.join(each.probe.settles) or '-':12}{each.probe.id:36}{each.verdict:11}{each.why}"
        for each in results
    ]
    rows.sort(key=lambda row: (row.startswith("-"), row))
    verdicts = [each.verdict for each in results]
    counts = (f"{verdicts.count(each)} {each}" for each in ("confirmed", "refuted", "unclear"))
    head = f"{'assumption':12}{'probe':36}verdict"
    return "\n".join([head, *map(str.rstrip, rows), ", ".join(counts)])


def _draft(result: Result, source: str) -> str:
    """Return a draft entry for the catalogue of rules or the page of assumptions."""
    seen = {fact.partition("error.")[2]: value for fact, value in result.observed.items()}
    known = result.probe.id
    if known not in {rule.id for rule in RULES}:
        where = ", ".join(result.probe.settles) or known
        facts = "; ".join(f"{fact}: {value!r}" for fact, value in result.observed.items())
        return f"docs/assumptions.md, {where}: {facts} ({source})"
    if seen.get("type") == "accepted":
        return f"catalogue, {known}: no such rule; the request is accepted ({source})"
    return (
        f"catalogue, Rule(id={known!r}, error={seen.get('type')!r}, "
        f"message={seen.get('message')!r}, source={source!r})"
    )
