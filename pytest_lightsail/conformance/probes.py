"""Probes: calls that show whether an assumption about the real service is correct.

A probe defines no expected result: the real account and the simulated account should give the
same result. In parameters, ``{service}`` stands for the name of the service that the probes use,
and ``{absent}`` for a name that no service has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from uuid import UUID

from ..model.catalogue import rule
from ..model.service import on_the_wire
from ..strategies.mutations import PLAIN
from ..strategies.values import cases
from .transcript import Exchange, at_path

FREE, ANY = "a free run", "any state"
"""Values of ``Run.needs`` for runs that accept any service state. ``FREE`` runs create nothing."""
ABSENT, READY, RUNNING, DISABLED = "NotFoundException", "READY", "RUNNING", "DISABLED"


@dataclass(frozen=True)
class Call:
    """A call to a real or invented operation."""

    operation: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True)
class Probe:
    """A question about an account, answered by facts about the exchanges in a run."""

    id: str
    """The name of the probe. If the probe tests a single rule, the name is the rule's id."""
    asks: str
    settles: str
    """The id of the assumption that the probe tests, or an empty string."""
    facts: tuple[str, ...]
    """The facts to compare, in the format that ``look`` accepts."""


@dataclass(frozen=True)
class Run:
    """A series of calls and waits, and the probes that evaluate the responses."""

    needs: str
    """The state that the service must have at the start. ``FREE`` and ``ANY`` allow any state."""
    steps: tuple[Call | float, ...]
    """For a number *n*, the service is polled every *n* seconds until its current event ends."""
    probes: tuple[Probe, ...]


# --- facts -----------------------------------------------------------------------------------------

_Seen = Sequence[Exchange]
_ONE = "containerServices.0"


def _details(seen: _Seen, member: str) -> list[Any]:
    path = f"{_ONE}.stateDetail.{member}"
    return [each for each in dict.fromkeys(at_path(one.answer, path) for one in seen) if each]


def _lines(seen: _Seen) -> list[str]:
    """Return the log lines that Lightsail itself wrote, without consecutive duplicates."""
    events = at_path(seen[-1].answer, "logEvents") or []
    own = [each["message"] for each in events if each["message"].startswith("[deployment:")]
    return [line for line, _ in groupby(line.partition("] ")[2] for line in own)]


def _states(seen: _Seen) -> list[str]:
    shown = (each.state for each in seen if each.operation == "GetContainerServices")
    return [state for state, _ in groupby(shown)]


def _version(one: Exchange) -> Any:
    return at_path(one.answer, f"{_ONE}.currentDeployment.version")


def _versions(seen: _Seen) -> list[int]:
    return [each["version"] for each in at_path(seen[-1].answer, "deployments") or ()]


_OF_ALL: Mapping[str, Callable[[_Seen], Any]] = {
    "states": _states,
    "took": lambda seen: seen[-1].at - seen[0].at,
    "detail codes": lambda seen: _details(seen, "code"),
    "detail messages": lambda seen: _details(seen, "message"),
    "log lines": _lines,
    "newest first": lambda seen: _versions(seen) == sorted(_versions(seen), reverse=True),
    "same version": lambda seen: _version(seen[0]) == _version(seen[-1]),
}
_OF_ONE: Mapping[str, Callable[[Any], Any]] = {
    "": lambda value: value,
    "has": bool,
    "members of": lambda value: sorted(value or ()),
    "number of": lambda value: len(value or ()),
}


def look(fact: str, seen: _Seen) -> Any:
    """Return a fact about the exchanges in a run.

    The fact ``0 states`` describes exchange 0 and all later exchanges (see ``_OF_ALL``). The fact
    ``2 has logEvents`` describes the value at the path ``logEvents`` in exchange 2 (see
    ``_OF_ONE``). The path ``error`` selects an error response.
    """
    number, _, what = fact.partition(" ")
    if what in _OF_ALL:
        return _OF_ALL[what](seen[int(number) :])
    how, _, path = what.rpartition(" ")
    one = seen[int(number)]
    response = {"error": one.error or {"type": "accepted"}, **(one.answer or {})}
    return _OF_ONE[how](at_path(response, path))


# --- requests --------------------------------------------------------------------------------------


def _call(operation: str, **parameters: Any) -> Call:
    return Call(operation, parameters)


def _service(operation: str, **parameters: Any) -> Call:
    return Call(operation, {"serviceName": "{service}", **parameters})


_READ = _service("GetContainerServices")
_IMAGE = "amazon/amazon-lightsail:hello-world"
_WEB = {"web": {"image": _IMAGE, "ports": {"80": "HTTP"}}}
_ENDPOINT = {"containerName": "web", "containerPort": 80}
TAG = {"key": "created-by", "value": "pytest-lightsail-conform"}
CREATE = _service("CreateContainerService", power="nano", scale=1, tags=[TAG])
DEPLOY = _service("CreateContainerServiceDeployment", containers=_WEB, publicEndpoint=_ENDPOINT)
_UPDATE = _service("UpdateContainerService")
DISABLE = _service("UpdateContainerService", isDisabled=True)
ENABLE = _service("UpdateContainerService", isDisabled=False)
DELETE = _service("DeleteContainerService")


# --- refusals by rules -----------------------------------------------------------------------------


def _deployment(containers: Any, **endpoint: Any) -> Call:
    given = {"publicEndpoint": endpoint} if endpoint else {}
    return _service("CreateContainerServiceDeployment", containers=containers, **given)


def _with(call: Call, **parameters: Any) -> Call:
    return Call(call.operation, {**call.parameters, **parameters})


_CREATE_ABSENT = _call("CreateContainerService", serviceName="{absent}", power="nano", scale=1)
_IN_DOMAIN = _with(_CREATE_ABSENT, publicDomainNames={"{absent}": ["www.example.com"]})
_CERTIFICATE = _call("CreateCertificate", certificateName="{absent}", domainName="www.example.com")
_GET_ABSENT = _call("GetContainerServices", serviceName="{absent}")
_UNKNOWN: Mapping[str, Call] = {
    "certificate.exists": _IN_DOMAIN,
    "certificate.known": _call("DeleteCertificate", certificateName="{absent}"),
    "domain.known": _call("DeleteDomain", domainName="no-such-domain.example.com"),
    "image.exists": _deployment({"web": {"image": ":{service}.web.99"}}),
    "image.stored": _service("DeleteContainerImage", image=":{service}.web.99"),
    "log.container": _service("GetContainerLog", containerName="no-such"),
    "model.enum": _call("GetCertificates", certificateStatuses=["NEW"]),
    "operation.exists": _call("GetOperation", operationId=f"{UUID(int=0)}"),
    "power.values": _with(_CREATE_ABSENT, power="huge"),
    "protocol.values": _deployment({"web": {"image": "nginx", "ports": {"80": "GOPHER"}}}),
    "resource.exists": _call("TagResource", resourceName="{absent}", tags=[{"key": "a"}]),
    "service.exists": _GET_ABSENT,
}
"""Maps a rule's id to a request that breaks the rule with an unknown name or value."""

_MALFORMED = (
    "CreateContainerService",
    "CreateCertificate",
    "GetOperation",
    "RegisterContainerImage",
    "GetContainerServiceMetricData",
)
"""Operations to call with invalid requests, for the rules that are not in ``_UNKNOWN``."""


# --- everything else -------------------------------------------------------------------------------

_LOG = _service("GetContainerLog", containerName="web")
_CREATE_ALL = _with(CREATE, deployment={"containers": _WEB, "publicEndpoint": _ENDPOINT})
_MISSING = "amazon/amazon-lightsail:there-is-no-such-tag"
IMAGES: Mapping[str, Mapping[str, Any]] = {
    _IMAGE: {"responds": {"/": 200}, "optional": True},
    "busybox": {"exits": 0, "optional": True},
    _MISSING: {"pull": "fails", "optional": True},
}
"""For each image in the probes, the ``Image`` arguments that describe its behaviour on AWS.
Simulated accounts cannot run images, so they need these descriptions."""
_ECR_IMAGE = "111122223333.dkr.ecr.{region}.amazonaws.com/none:1"
_UNHEALTHY = {"path": "/no-such-page", "successCodes": "200"}
_CLOSELY, _WAIT = 5.0, 15.0
_SAME = _with(_UPDATE, power="nano", scale=1)
_NEXT = "containerService.nextDeployment"
_TAG = _call("TagResource", resourceName="{service}", tags=[{"key": "größe"}])


def _ask(name: str, asks: str, settles: str, *facts: str) -> Probe:
    return Probe(name, asks, settles, facts)


def _run(needs: str, steps: Sequence[Call | float], *probes: Probe) -> Run:
    return Run(needs, tuple(steps), probes)


HOW_REFUSED = "how does AWS refuse a request that breaks this rule?"


def _refused(number: int) -> tuple[str, str]:
    return f"{number} error.type", f"{number} error.message"


def _single(name: str, asks: str, settles: str, call: Call, *facts: str, needs: str = FREE) -> Run:
    return _run(needs, [call], _ask(name, asks, settles, *facts))


def _refusals() -> Iterator[Run]:
    """For each rule that can be broken at no cost, yield a run with a request that breaks it."""
    found = dict(_UNKNOWN)
    for operation in _MALFORMED:
        name = "{absent}" if operation == "CreateContainerService" else "{service}"
        usual = {"serviceName": name, "certificateName": "{absent}", "power": "nano"}
        for case in cases(operation):
            # Replace default values with our own values, but keep the value that breaks the rule.
            ours = {each: usual[each] for each in usual if case.request.get(each) == PLAIN[each]}
            found.setdefault(case.rule, Call(operation, on_the_wire({**case.request, **ours})))
    for name, call in found.items():
        needs = READY if "{service}" in call.parameters.values() else FREE
        yield _single(name, HOW_REFUSED, rule(name).row, call, *_refused(0), needs=needs)


# fmt: off
RUNS: tuple[Run, ...] = (
    _run(FREE, [_GET_ABSENT],
         _ask("error-status", "what is the HTTP status of NotFoundException?", "A06", "0 error.status"),
         _ask("error-code", "what is the sub-code of NotFoundException?", "A04", "0 error.code"),
         _ask("error-members", "which members does an error have?", "A05", "0 members of error")),
    _single("input-code", "what is the sub-code of InvalidInputException?", "A04",
            _with(_CREATE_ABSENT, power="huge"), "0 error.code"),
    _single("unknown-operation", "how does AWS refuse an unknown operation?", "A17",
            _call("NoSuchOperation"), "0 error.type", "0 error.status"),
    _single("order-of-rules", "which of two broken rules is reported?", "A23",
            _with(_CREATE_ABSENT, power="huge", scale=21), "0 error.message"),
    _single("case-of-values", "are upper-case values accepted?", "A95",
            _with(_CREATE_ABSENT, power="NANO"), "0 error.type"),
    _single("powers", "which powers are there?", "A53", _call("GetContainerServicePowers"), "0 powers"),
    _single("regions", "which Regions and Availability Zones exist?", "A56",
            _call("GetRegions", includeAvailabilityZones=True),
            "0 number of regions", "0 number of regions.0.availabilityZones"),
    _single("domains", "can domains be read in this Region?", "",
            _call("GetDomains"), *_refused(0), "0 error.code"),
    _run(ABSENT, [CREATE, _READ, _CLOSELY],
         _ask("create", "which members does CreateContainerService return?", "",
              "0 members of containerService"),
         _ask("create-states", "which states does a new service go through?", "",
              "0 containerService.state", "0 states"),
         _ask("create-time", "how long does it take to create a service?", "A36", "0 took"),
         _ask("create-detail", "what is stateDetail while a service is PENDING?", "A25",
              "0 detail codes"),
         _ask("principal", "when is principalArn known?", "A29", "0 containerService.principalArn",
              f"1 has {_ONE}.principalArn", f"-1 has {_ONE}.principalArn")),
    *_refusals(),
    _run(ANY, [_with(_CERTIFICATE, certificateName="{absent}.example.com")],
         _ask("certificate-name", "can a certificate's name contain dots?", "A61", "0 error.type")),
    _run(ANY, [_CERTIFICATE, _call("GetCertificates", certificateName="{absent}"),
               _CERTIFICATE, _IN_DOMAIN],
         _ask("certificate.name-free", HOW_REFUSED, "A02", *_refused(2)),
         _ask("certificate.issued", HOW_REFUSED, "", *_refused(3)),
         _ask("certificate", "what does GetCertificates return for a new certificate?", "A58",
              "1 members of certificates.0.certificateDetail",
              "1 certificates.0.certificateDetail.status")),
    _single("service.name-free", HOW_REFUSED, "A02", CREATE, *_refused(0), needs=READY),
    _run(READY, [_TAG, _READ],
         _ask("tag-letters", "can tags contain letters from any alphabet?", "A14", "0 error.type"),
         _ask("tag-operation", "which operation does TagResource return?", "A55",
              "0 operations.0.status", "0 operations.0.operationType"),
         _ask("tag-key-only", "how is a tag without a value shown?", "A59", f"1 {_ONE}.tags")),
    _single("metrics", "can metrics be read if endTime is before startTime?", "A52",
            _service("GetContainerServiceMetricData", metricName="CPUUtilization", period=300,
                     statistics=["Average"], startTime=1700000600, endTime=1700000000),
            "0 error.type", "0 metricData", needs=READY),
    _run(READY, [_with(_UPDATE, publicDomainNames={}), _WAIT],
         _ask("update-no-domains", "what does an update do if publicDomainNames is empty?", "A33",
              "0 error.type", "0 containerService.state", "0 states")),
    _run(READY, [_SAME, _SAME, _CLOSELY],
         _ask("state.busy", HOW_REFUSED, "A07", *_refused(1)),
         _ask("update-time", "how long does an update take?", "A36", "0 took"),
         _ask("update-detail", "what is stateDetail while a service is UPDATING?", "A27",
              "0 detail codes")),
    _run(READY, [DEPLOY, _READ, _LOG, _CLOSELY, 300, _LOG],
         _ask("health-check", "what is the default health check of an endpoint?", "",
              f"0 {_NEXT}.publicEndpoint.healthCheck"),
         _ask("deploy-read", "which state is shown right after a deployment starts?", "A37",
              f"1 {_ONE}.state"),
         _ask("deploy-time", "how long does a deployment take?", "A36", "0 took"),
         _ask("deploy-detail", "what is stateDetail while a service is DEPLOYING?", "A26",
              "0 detail codes"),
         _ask("detail-messages", "what is stateDetail.message?", "A28", "0 detail messages"),
         _ask("log-lag", "are log lines visible immediately?", "A46", "2 has logEvents"),
         _ask("log-lines", "what does Lightsail write to a log?", "A45", "-1 log lines")),
    _single("page.token", HOW_REFUSED, "A03", _with(_LOG, pageToken="no-such-token"),
            *_refused(0), needs=RUNNING),
    _single("log-filter", "does a filter term match part of a word?", "A49",
            _with(_LOG, filterPattern="Creatin"), "0 has logEvents", needs=RUNNING),
    _run(RUNNING, [DEPLOY, DEPLOY, _SAME, DELETE, _WAIT, _service("GetContainerServiceDeployments")],
         _ask("state.deployment-in-progress", HOW_REFUSED, "", *_refused(1)),
         _ask("busy-deploying", "how does AWS refuse an update while the service is DEPLOYING?",
              "A07", *_refused(2)),
         _ask("delete-deploying", "how does AWS refuse a deletion while the service is DEPLOYING?",
              "A09", *_refused(3)),
         _ask("deployments-order", "are deployments listed newest first?", "", "-1 newest first")),
    _run(RUNNING, [_deployment({"web": {"image": _IMAGE}}), _WAIT],
         _ask("deploy-bare", "how does the response show members that the request omits?", "A39",
              f"0 {_NEXT}.containers.web", f"0 has {_NEXT}.publicEndpoint")),
    _run(RUNNING, [_READ, _SAME, _WAIT],
         _ask("keeps-version", "does the version stay the same if the capacity changes?", "A35",
              "0 same version", f"-1 {_ONE}.currentDeployment.state")),
    _run(RUNNING, [_deployment({"web": {**_WEB["web"], "image": _MISSING}}, **_ENDPOINT), _WAIT],
         _ask("failing", "what happens if an image cannot be pulled?", "A74",
              "0 error.type", "0 states"),
         _ask("failing-time", "how long does a deployment of a missing image take to fail?", "A74",
              "0 took")),
    _run(RUNNING, [_deployment({"web": {"image": "busybox", "command": ["false"]}}), _WAIT],
         _ask("exiting", "what happens if a container exits?", "A71",
              "0 error.type", "0 states", "0 took")),
    _run(RUNNING, [_deployment(_WEB, **_ENDPOINT, healthCheck=_UNHEALTHY), _WAIT],
         _ask("unhealthy", "when is an unhealthy deployment abandoned?", "A70", "0 states", "0 took")),
    _run(RUNNING, [_deployment({"web": {"image": _ECR_IMAGE}}), _WAIT],
         _ask("ecr-access", "is a private ECR image refused at once if no puller role is active?",
              "A30", "0 error.type")),
    _run(RUNNING, [DISABLE, _WAIT],
         _ask("updated-values", "does the response to an update show the new value?", "A31",
              "0 containerService.isDisabled"),
         _ask("disable-time", "how long does it take to disable a service?", "A36", "0 took"),
         _ask("disabled-deployment", "what is the state of a disabled service's deployment?", "A34",
              f"-1 {_ONE}.currentDeployment.state")),
    _single("state.disabled", HOW_REFUSED, "", DEPLOY, *_refused(0), needs=DISABLED),
    _run(DISABLED, [_SAME, _WAIT],
         _ask("update-disabled", "which states does a disabled service go through during an update?",
              "A32", "0 states")),
    _run(DISABLED, [ENABLE, _WAIT],
         _ask("enable", "which states does a service go through when it is enabled?", "A34", "0 states"),
         _ask("enable-time", "how long does it take to enable a service?", "A36", "0 took")),
    _run(RUNNING, [DELETE, _CLOSELY],
         _ask("delete-time", "how long does it take to delete a service?", "A36", "0 took")),
    _run(ABSENT, [_CREATE_ALL, DEPLOY, _WAIT],
         _ask("create-deployment", "which states does a new service with a deployment go through?",
              "A24", f"0 {_NEXT}.state", "0 states"),
         _ask("deploy-pending", "how does AWS refuse a deployment while the service is PENDING?",
              "A08", *_refused(1))),
)
# fmt: on
"""All runs, in an order that keeps the cost low: only two services have to be created."""

PROBES = {probe.id: probe for run in RUNS for probe in run.probes}
