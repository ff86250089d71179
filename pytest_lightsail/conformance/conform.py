"""Put the probes to an account, and compare what comes out with the simulated account."""

from __future__ import annotations

import json
import math
import re
import secrets
import time
import urllib.request
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field, replace
from fnmatch import fnmatch
from typing import Any
from urllib.error import URLError

import botocore.session
from botocore.exceptions import BotoCoreError

from ..exceptions import ConfigurationError
from ..simulation.clients import CREDENTIALS
from ..simulation.simulate import simulate
from . import probes
from .exchange import Exchange, Wire
from .probes import Call, Pause, Probe, Run, Wait
from .transcript import sanitised

__all__ = [
    "PREFIX",
    "Result",
    "Target",
    "against_aws",
    "against_url",
    "chosen",
    "clean",
    "conform",
    "expected_seconds",
    "price_of_nano",
]

PREFIX = "pytest-lightsail-"
_HOURS_A_MONTH = 730
_LONGEST_WAIT = 40 * 60.0
_GONE = "NotFoundException"
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
"""Errors that say nothing about what was asked."""


@dataclass
class Target:
    """An account that probes run on.

    Attributes:
        label: what it is, in words.
        region: its Region.
        wire: what makes the calls.
        sleep: lets seconds of its clock pass.
        fail: lets the next deployment fail at a step, where a real one would by itself.
    """

    label: str
    region: str
    wire: Wire
    sleep: Callable[[float], None]
    fail: Callable[[str], None]


@dataclass(frozen=True)
class Result:
    """The result of a probe: ``confirmed``, ``refuted`` or ``unclear``; and why, if it is not the first.

    Attributes:
        probe: the probe.
        verdict: one of the three.
        why: what differs, or why nothing can be said.
        observed: what was seen, by the names of its facts.
    """

    probe: Probe
    verdict: str
    why: str = ""
    observed: Mapping[str, Any] = field(default_factory=dict)


class _UnclearError(Exception):
    """Nothing can be said; the reason is the message."""


def chosen(only: Sequence[str] = (), skip: Sequence[str] = (), *, free: bool = False) -> list[Run]:
    """Return the runs with the probes that are asked for.

    Args:
        only: names or patterns of probes or of the assumptions that they settle; all if empty.
        skip: those to leave out.
        free: only what creates nothing.

    Raises:
        ConfigurationError: a name fits no probe, or no probe is left.
    """

    def fits(probe: Probe, patterns: Sequence[str]) -> bool:
        return any(fnmatch(name, one) for one in patterns for name in (probe.id, *probe.settles))

    for pattern in (*only, *skip):
        if not any(fits(probe, [pattern]) for probe in probes.PROBES.values()):
            raise ConfigurationError(f"no probe {pattern!r}; `conform --list` shows all")
    found = []
    for run in probes.RUNS:
        kept = [one for one in run.probes if (not only or fits(one, only)) and not fits(one, skip)]
        if kept and (run.is_free or not free):
            found.append(replace(run, probes=tuple(kept)))
    if not found:
        raise ConfigurationError("no probe is left: --only, --skip and --cost exclude all of them")
    return found


def conform(
    runs: Iterable[Run], target: Target | None = None, minutes: float = math.inf
) -> tuple[list[Result], list[Exchange], str]:
    """Put probes to a target, the simulated account if left out.

    No run begins after the minutes. What was created is deleted, whatever happens.

    Returns:
        The results of the probes; the calls; and what could not be deleted, and why, if anything.
    """
    runs, name, results = list(runs), PREFIX + secrets.token_hex(4), []
    region = "us-east-1" if target is None else target.region
    with _simulated(region) as double:
        session = _Session(double, name)
        expected = [session.do(run) for run in runs]
    with _simulated(region) if target is None else nullcontext(target) as account:
        session = _Session(account, name, time.monotonic() + 60 * minutes)
        try:
            for run, exchanges in zip(runs, expected, strict=True):
                results += _asked(session, run, exchanges)
        finally:
            session.deadline = time.monotonic() + _LONGEST_WAIT
            left = session.clean_up()
        return results, account.wire.exchanges, left


def _asked(session: _Session, run: Run, expected: Sequence[Exchange]) -> list[Result]:
    try:
        seen = session.do(run)
    except _UnclearError as unclear:
        return [Result(probe, "unclear", str(unclear)) for probe in run.probes]
    return [_judged(probe, expected, seen) for probe in run.probes]


# --- what the simulated account does -------------------------------------------------------------


@contextmanager
def _simulated(region: str) -> Generator[Target, None, None]:
    with simulate(region=region, allow_unused=True) as lightsail:

        def fail(step: str) -> None:
            lightsail.script.deploy(fails_at=step)

        wire = Wire(lightsail.client(**Wire.ARGUMENTS))
        yield Target("the simulated account", region, wire, lightsail.clock.advance, fail)


# --- other accounts ------------------------------------------------------------------------------


def against_url(url: str, region: str) -> Target:
    """Return the account that ``pytest-lightsail serve``, or another double, has at a URL."""
    session = botocore.session.Session()
    arguments = {**Wire.ARGUMENTS, **CREDENTIALS}
    client = session.create_client("lightsail", region_name=region, endpoint_url=url, **arguments)
    wire = Wire(client)

    def sleep(seconds: float) -> None:
        try:
            _post(url, "clock", {"advance": seconds})
            wire.ahead += seconds  # the server's responses have the date of this machine
        except URLError:  # it is not our server: its time is real
            time.sleep(seconds)

    def fail(step: str) -> None:
        with suppress(URLError):
            _post(url, "play", [{"deploy": {"fails_at": step}}])

    return Target(url, region, wire, sleep, fail)


def _post(url: str, name: str, body: Any) -> None:
    request = urllib.request.Request(  # noqa: S310 - the user has given it
        f"{url.rstrip('/')}/_lightsail/{name}",
        json.dumps(body).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
        answer.read()


def against_aws(profile: str | None, region: str) -> Target:
    """Return a real account.

    Raises:
        ConfigurationError: there is no such profile.
    """
    try:
        session = botocore.session.Session(profile=profile)
        client = session.create_client("lightsail", region_name=region, **Wire.ARGUMENTS)
    except BotoCoreError as error:
        raise ConfigurationError(f"--against aws: {error}") from None
    return Target(f"AWS, {region}", region, Wire(client), time.sleep, lambda _: None)


def price_of_nano(target: Target | None) -> float:
    """Return what a nano node costs, in dollars an hour; ``None`` asks the simulated account.

    Raises:
        ConfigurationError: the target does not answer; without credentials, for example.
    """
    with _simulated("us-east-1") if target is None else nullcontext(target) as account:
        try:
            exchange = _call(account, "GetContainerServicePowers", {})
        except _UnclearError as unclear:
            raise ConfigurationError(f"{account.label} cannot be asked: {unclear}") from None
    if exchange.error is not None:
        raise ConfigurationError(f"{account.label} refuses to be asked: {exchange.error}")
    powers = (exchange.answer or {})["powers"]
    nano: float = max(power["price"] for power in powers if power["name"] == "nano")
    return nano / _HOURS_A_MONTH


def expected_seconds(runs: Iterable[Run]) -> float:
    """Return how long the runs take with the simulated account, in virtual seconds."""
    with _simulated("us-east-1") as double:
        session = _Session(double, f"{PREFIX}plan")
        seen = [exchange for run in runs for exchange in session.do(run)]
    return seen[-1].at - seen[0].at if seen else 0.0


def clean(target: Target) -> list[str]:
    """Delete the services and certificates that earlier runs have left; return their names.

    Raises:
        ConfigurationError: the target does not answer, or a service cannot be deleted now.
    """
    try:
        return _clean(target)
    except _UnclearError as unclear:
        raise ConfigurationError(f"--clean: {unclear}") from None


def _clean(target: Target) -> list[str]:
    exchange = _call(target, "GetContainerServices", {})
    if exchange.error is not None:
        raise _UnclearError(f"GetContainerServices was refused: {exchange.error['type']}")
    answer = exchange.answer or {}
    services = [
        service["containerServiceName"]
        for service in answer.get("containerServices", ())
        if probes.TAG in service.get("tags", ())
        and service["containerServiceName"].startswith(PREFIX)
    ]
    for name in services:
        _Session(target, name, time.monotonic() + _LONGEST_WAIT).bring(probes.ABSENT)
    certificates = _call(target, "GetCertificates", {}).answer or {}
    names = [each["certificateName"] for each in certificates.get("certificates", ())]
    for name in (ours := [each for each in names if each.startswith(PREFIX)]):
        _call(target, "DeleteCertificate", {"certificateName": name})
    return [*services, *ours]


def _call(target: Target, operation: str, parameters: Any, to: str = "") -> Exchange:
    try:
        return target.wire.call(operation, parameters, to)
    except BotoCoreError as error:
        raise _UnclearError(f"{operation}: {error}") from None


# --- one service, from probe to probe ------------------------------------------------------------


class _Session:
    """The service of a run, brought to where each probe needs it."""

    def __init__(self, target: Target, name: str, deadline: float = math.inf) -> None:
        self.target = target
        self.deadline = deadline
        self._names = {"service": name, "absent": f"{name}-x", "region": target.region}
        self._created: list[tuple[str, str]] = []
        self._known = ""  # the state it has settled in, until the next change

    def do(self, run: Run) -> list[Exchange]:
        """Take the steps of a run, and return the calls."""
        if time.monotonic() >= self.deadline:
            raise _UnclearError("the limit of time or money was reached")
        self.bring(run.needs)
        if run.fails_at:
            self.target.fail(run.fails_at)
        seen: list[Exchange] = []
        for step in run.steps:
            if isinstance(step, Pause):
                self.target.sleep(step.seconds)
            else:
                seen += self._wait(step) if isinstance(step, Wait) else [self._do(step)]
        self._remove_strays()
        return seen

    def bring(self, state: str) -> None:
        """Bring the service to a state, by way of others if need be."""
        if state == probes.NOTHING:
            return
        if state == probes.EMPTY:
            answer = _call(self.target, "GetContainerServices", {}).answer or {}
            if answer.get("containerServices"):
                raise _UnclearError("the account has container services in this Region")
            return
        now = _GONE
        for _ in range(6):
            now = self._settled()
            if now == state or (state == probes.ABSENT and now == _GONE):
                return
            self._accepted(self._move(now, state))
        raise _UnclearError(f"the service cannot be brought to {state}: it is {now}")

    def _move(self, now: str, state: str) -> Call:
        if now == _GONE:
            return probes.CREATE
        if state in {probes.ABSENT, probes.READY}:
            return probes.DELETE
        if now == probes.DISABLED:
            return probes.ENABLE
        return (
            probes.DISABLE if state == probes.DISABLED and now == probes.RUNNING else probes.DEPLOY
        )

    def _settled(self) -> str:
        self._known = self._known or self._wait(Wait())[-1].state
        return self._known

    def _accepted(self, call: Call) -> None:
        error = self._do(call).error
        if error is not None:
            raise _UnclearError(
                f"{call.operation} was refused: {error['type']}: {error.get('message')}"
            )

    def _do(self, call: Call) -> Exchange:
        parameters = json.loads(_filled(json.dumps(dict(call.parameters)), self._names))
        exchange = _call(self.target, call.operation, parameters, call.target)
        if exchange.error is None and not exchange.is_read:
            self._known = ""
        if exchange.error is None and call.operation in _UNDO:
            undo, member = _UNDO[call.operation]
            self._created.append((undo, parameters[member]))
        return exchange

    def _wait(self, wait: Wait) -> list[Exchange]:
        """Read until the service is settled; one read more if no change has been seen: reads can lag."""
        read = Call("GetContainerServices", {"serviceName": "{service}"})
        seen = [self._do(read)]
        while not self._is_over(wait, seen):
            if seen[-1].error is not None and seen[-1].state != _GONE:
                raise _UnclearError(f"GetContainerServices: {seen[-1].error}")
            if seen[-1].at - seen[0].at > _LONGEST_WAIT or time.monotonic() >= self.deadline:
                raise _UnclearError(f"still {seen[-1].state} after {seen[-1].at - seen[0].at:g} s")
            self.target.sleep(wait.pause)
            seen.append(self._do(read))
        return seen

    def _is_over(self, wait: Wait, seen: list[Exchange]) -> bool:
        has_changed = len(seen) > 1 or seen[-1].state == _GONE
        return seen[-1].state in wait.states and has_changed

    def _remove_strays(self) -> None:
        """Delete what a probe has created besides the service."""
        service = self._names["service"]
        for undo, name in [each for each in self._created if each[1] != service]:
            if undo == "DeleteContainerService":
                _Session(self.target, name, self.deadline).bring(probes.ABSENT)
            else:
                _call(self.target, undo, {"certificateName": name})
            self._created.remove((undo, name))

    def clean_up(self) -> str:
        """Delete everything; return why that was not possible, or nothing."""
        try:
            self._remove_strays()
            if self._created:
                self.bring(probes.ABSENT)
                self._created.clear()
        except _UnclearError as unclear:
            return (
                f"not everything could be deleted ({unclear}): `pytest-lightsail conform --clean` does "
                "that later"
            )
        return ""


_UNDO = {
    "CreateContainerService": ("DeleteContainerService", "serviceName"),
    "CreateCertificate": ("DeleteCertificate", "certificateName"),
}


def _filled(text: str, names: Mapping[str, str]) -> str:
    return re.sub(r"\{(service|absent|region)\}", lambda match: names[match[1]], text)


# --- what is right -------------------------------------------------------------------------------


def _judged(probe: Probe, expected: Sequence[Exchange], seen: Sequence[Exchange]) -> Result:
    wanted = {name: _plain(fact(expected)) for name, fact in probe.facts.items()}
    observed = {name: _plain(fact(seen)) for name, fact in probe.facts.items()}
    errors = {each.error["type"] for each in seen if each.error is not None}
    if beside := errors & _NOT_ABOUT_IT - set(map(str, wanted.values())):
        return Result(probe, "unclear", f"it was answered with {', '.join(beside)}", observed)
    wrong = [
        f"{name}: {observed[name]!r}, expected {wanted[name]!r}"
        for name in wanted
        if not _agree(name, wanted[name], observed[name])
    ]
    return Result(probe, "refuted" if wrong else "confirmed", "; ".join(wrong), observed)


_FACTOR, _SLACK = 2.0, 10.0
"""A time is right from half of what is expected to twice as long, give or take ten seconds."""


def _agree(name: str, wanted: Any, observed: Any) -> bool:
    if name == "took":
        return bool(wanted / _FACTOR - _SLACK <= observed <= wanted * _FACTOR + _SLACK)
    return bool(wanted == observed)


def _plain(value: Any) -> Any:
    """A fact without what differs from account to account."""
    if isinstance(value, str):
        value = re.sub(r"(?<=\bdeployment )\d+", "N", value)
    return sanitised(value)
