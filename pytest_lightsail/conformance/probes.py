"""The probes: what to do with an account, and what to look at, to see whether an assumption is right.

A probe does not state what comes out: the simulated account, which goes through the same steps, does.
In parameters, ``{service}`` is the service of the run, ``{absent}`` a name that no service has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..model.rules import rule
from .exchange import Exchange, at_path

__all__ = ["PROBES", "RUNS", "Call", "Pause", "Probe", "Run", "Wait"]

NOTHING, EMPTY = "nothing", "no service at all"
ABSENT, READY, RUNNING, DISABLED = "absent", "READY", "RUNNING", "DISABLED"


@dataclass(frozen=True)
class Call:
    """A call; ``target`` names another operation in the header."""

    operation: str
    parameters: Mapping[str, Any]
    target: str = ""


@dataclass(frozen=True)
class Wait:
    """Read the service, with pauses, until it is in one of these states, or is gone."""

    states: tuple[str, ...] = ("READY", "RUNNING", "DISABLED", "NotFoundException")
    pause: float = 15.0


@dataclass(frozen=True)
class Pause:
    """Do nothing for so many seconds."""

    seconds: float


Step = Call | Wait | Pause
Fact = Callable[[Sequence[Exchange]], Any]


def _error(index: int, *members: str) -> dict[str, Fact]:
    """The type of an error, or other members of it; ``accepted`` where there is none."""

    def fact(member: str) -> Fact:
        return lambda seen: (seen[index].error or {"type": "accepted"}).get(member)

    return {f"error {member}": fact(member) for member in members}


def _answer(
    index: int, path: str, read: Callable[[Any], Any] = lambda value: value
) -> dict[str, Fact]:
    return {path: lambda seen: read(at_path(seen[index].answer, path))}


def _states(first: int = 0) -> dict[str, Fact]:
    def states(seen: Sequence[Exchange]) -> list[str]:
        shown = [each.state for each in seen[first:] if each.operation == "GetContainerServices"]
        return [state for at, state in enumerate(shown) if state not in shown[at - 1 : at]]

    return {"states": states}


def _details(member: str) -> dict[str, Fact]:
    """The codes or messages of ``stateDetail`` in the order in which reads saw them."""

    def details(seen: Sequence[Exchange]) -> list[Any]:
        path = f"containerServices.0.stateDetail.{member}"
        return [each for each in dict.fromkeys(at_path(one.answer, path) for one in seen) if each]

    return {f"stateDetail {member}": details}


def _took(first: int = 0) -> dict[str, Fact]:
    """Seconds from a call to the read that saw its end; compared as a duration."""
    return {"took": lambda seen: seen[-1].at - seen[first].at}


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
_DIGEST = "sha256:" + "0" * 64


# --- refusals by rules -----------------------------------------------------------------------------


def _create(**parameters: Any) -> Call:
    return _call(
        "CreateContainerService", serviceName="{absent}", power="nano", scale=1, **parameters
    )


def _deploy(**container: Any) -> Call:
    return _deployment({"web": {"image": "nginx", **container}})


def _deployment(containers: Any, **endpoint: Any) -> Call:
    given = {"publicEndpoint": endpoint} if endpoint else {}
    return _service("CreateContainerServiceDeployment", containers=containers, **given)


def _health(**check: Any) -> Call:
    return _deployment(_WEB, **_ENDPOINT, healthCheck=check)


def _tags(*tags: dict[str, str]) -> Call:
    return _create(tags=list(tags))


def _bad(call: Call, **parameters: Any) -> Call:
    return Call(call.operation, {**call.parameters, **parameters})


def _register(**members: Any) -> Call:
    return _service("RegisterContainerImage", **{"label": "web", "digest": _DIGEST, **members})


_CERTIFICATE = _call("CreateCertificate", certificateName="{absent}", domainName="www.example.com")
_GET_ABSENT = _call("GetContainerServices", serviceName="{absent}")
_NAMES = [f"w{number}.example.com" for number in range(10)]
_METRICS = {
    "metricName": "CPUUtilization",
    "period": 300,
    "statistics": ["Average"],
    "startTime": 1700000600,
    "endTime": 1700000000,
}
_NO_OPERATION = "00000000-0000-4000-8000-000000000000"

# fmt: off
_REFUSALS: Mapping[str, Call] = {
    "service-name.length": _bad(_create(), serviceName="a" * 64),
    "service-name.pattern": _bad(_create(), serviceName="Not_a_name"),
    "power.values": _bad(_create(), power="huge"),
    "scale.range": _bad(_create(), scale=21),
    "tags.count": _tags(*({"key": f"k{number}"} for number in range(51))),
    "tags.unique-keys": _tags({"key": "a"}, {"key": "a"}),
    "tag.key-required": _tags({"value": "b"}),
    "tag.key-length": _tags({"key": "k" * 129}),
    "tag.value-length": _tags({"key": "k", "value": "v" * 257}),
    "tag.alphabet": _tags({"key": "a*b"}),
    "tag.reserved-prefix": _tags({"key": "aws:x"}),
    "domains.count": _create(publicDomainNames={"cert": _NAMES[:5]}),
    "domains.certificates": _create(publicDomainNames={f"cert-{n}": [n] for n in _NAMES[:5]}),
    "domain.length": _create(publicDomainNames={"cert": [".".join(["a" * 60] * 5)]}),
    "domain.pattern": _create(publicDomainNames={"cert": ["not a domain"]}),
    "certificate.exists": _create(publicDomainNames={"{absent}": _NAMES[:1]}),
    "json.required": _call("CreateContainerService", serviceName="{absent}", scale=1),
    "json.type": _bad(_create(), scale="one"),
    "json.unknown-member": _bad(_GET_ABSENT, color="red"),
    "certificate.known": _call("DeleteCertificate", certificateName="{absent}"),
    "certificate.name": _bad(_CERTIFICATE, certificateName="a b"),
    "certificate.names": _bad(_CERTIFICATE, subjectAlternativeNames=_NAMES),
    "resource.exists": _call("TagResource", resourceName="{absent}", tags=[{"key": "a"}]),
    "operation.exists": _call("GetOperation", operationId=_NO_OPERATION),
    "domain.known": _call("DeleteDomain", domainName="no-such-domain.example.com"),
    "service.exists": _GET_ABSENT,
    "deployment.containers-required": _service("CreateContainerServiceDeployment"),
    "containers.count": _deployment({f"c{number}": {"image": "a"} for number in range(11)}),
    "container-name.length": _deployment({"c" * 54: {"image": "nginx"}}),
    "container-name.pattern": _deployment({"Not_a_name": {"image": "nginx"}}),
    "container.image-required": _deployment({"web": {}}),
    "port.range": _deploy(ports={"0": "HTTP"}),
    "protocol.values": _deploy(ports={"80": "GOPHER"}),
    "endpoint.container": _deployment(_WEB, containerName="other", containerPort=80),
    "endpoint.port": _deployment(_WEB, containerName="web", containerPort=81),
    "endpoint.protocol": _bad(_deploy(ports={"80": "TCP"}), publicEndpoint=_ENDPOINT),
    "health-check.timeout": _health(timeoutSeconds=61),
    "health-check.interval": _health(intervalSeconds=4),
    "health-check.threshold": _health(healthyThreshold=0),
    "health-check.path": _health(path="no-slash"),
    "health-check.success-codes": _health(successCodes="99"),
    "health-check.success-codes-order": _health(successCodes="299-200"),
    "image.reference": _deploy(image="Not an image"),
    "image.own-service": _deploy(image=":another.web.1"),
    "image.exists": _deploy(image=":{service}.web.99"),
    "label.pattern": _register(label="Not_a_label"),
    "label.length": _register(label="a" * 54),
    "image.digest": _register(digest="none"),
    "image.stored": _service("DeleteContainerImage", image=":{service}.web.99"),
    "model.enum": _call("GetCertificates", certificateStatuses=["NEW"]),
    "model.pattern": _call("GetOperation", operationId=" "),
    "model.range": _service("GetContainerServiceMetricData", **{**_METRICS, "period": 1}),
    "log.container": _service("GetContainerLog", containerName="no-such"),
}
# fmt: on
"""One request for each rule that can be broken at no cost."""


# --- everything else -------------------------------------------------------------------------------

_LOG = _service("GetContainerLog", containerName="web")
_CREATE_ALL = _bad(CREATE, deployment={"containers": _WEB, "publicEndpoint": _ENDPOINT})
_PULLER = {"ecrImagePullerRole": {"isActive": True}}
_NO_PULLER = {"ecrImagePullerRole": {"isActive": False}}
_MISSING = "amazon/amazon-lightsail:there-is-no-such-tag"
_FAILING = {"web": {"image": _MISSING, "ports": {"80": "HTTP"}}}
_ECR = {"web": {"image": "111122223333.dkr.ecr.{region}.amazonaws.com/none:1"}}


def _lines() -> dict[str, Fact]:
    """Lightsail's own lines in a log, those of one kind in a row once."""

    def lines(seen: Sequence[Exchange]) -> list[str]:
        events = at_path(seen[-1].answer, "logEvents") or []
        own = [each["message"] for each in events if each["message"].startswith("[deployment:")]
        texts = [line.partition("] ")[2] for line in own]
        return [text for at, text in enumerate(texts) if text not in texts[at - 1 : at]]

    return {"lines": lines}


def _members(index: int, path: str) -> dict[str, Fact]:
    return _answer(index, path, lambda value: sorted(value or ()))


def _has(index: int, path: str) -> dict[str, Fact]:
    return _answer(index, path, bool)


@dataclass(frozen=True)
class Probe:
    """One question to an account, answered by facts about what a run of calls has brought.

    Attributes:
        id: its name; for a refusal, the id of the rule.
        asks: the question, in words.
        settles: ids of the assumptions that it settles.
        facts: what to look at, by name.
    """

    id: str
    asks: str
    settles: tuple[str, ...]
    facts: Mapping[str, Fact]


@dataclass(frozen=True)
class Run:
    """Calls and waits, and the probes that look at them.

    Attributes:
        needs: how the service must be before: ``nothing`` where none is needed.
        steps: what to do.
        probes: what to look at.
        creates: whether it creates something, or changes the service.
        fails_at: the step at which a real deployment will fail; a simulated one must be scripted to.
    """

    needs: str
    steps: tuple[Step, ...]
    probes: tuple[Probe, ...]
    creates: bool = True
    fails_at: str = ""

    @property
    def is_free(self) -> bool:
        """Whether it needs no service, and creates nothing."""
        return self.needs in {NOTHING, EMPTY} and not self.creates


def _ask(name: str, asks: str, settles: str, *facts: Mapping[str, Fact]) -> Probe:
    merged = {key: fact for each in facts for key, fact in each.items()}
    return Probe(name, asks, tuple(settles.split()), merged)


def _run(needs: str, steps: Sequence[Step], *probes: Probe, **more: Any) -> Run:
    return Run(needs, tuple(steps), probes, **more)


def _free(name: str, asks: str, settles: str, call: Call, *facts: Mapping[str, Fact]) -> Run:
    return _run(NOTHING, [call], _ask(name, asks, settles, *facts), creates=False)


def _refusals() -> Iterator[Run]:
    for name, call in _REFUSALS.items():
        needs = READY if "{service}" in call.parameters.values() else NOTHING
        probe = _ask(name, "how is it refused?", rule(name).row, _error(0, "type", "message"))
        yield _run(needs, [call], probe, creates=False)


def _is_newest_first(seen: Sequence[Exchange]) -> bool:
    versions = [each["version"] for each in at_path(seen[-1].answer, "deployments") or ()]
    return len(versions) > 1 and versions == sorted(versions, reverse=True)


def _end(path: str, read: Callable[[Any], Any] = bool) -> dict[str, Fact]:
    return {
        f"{path} at the end": lambda seen: read(
            at_path(seen[-1].answer, f"containerServices.0.{path}")
        )
    }


def _version_stays(seen: Sequence[Exchange]) -> bool:
    path = "containerServices.0.currentDeployment.version"
    return bool(at_path(seen[0].answer, path) == at_path(seen[-1].answer, path))


_CLOSELY = Wait(pause=5)
_SAME = _bad(_UPDATE, power="nano", scale=1)
_NEXT, _ROLE = "containerService.nextDeployment", "privateRegistryAccess.ecrImagePullerRole"
_TAG = _call("TagResource", resourceName="{service}", tags=[{"key": "größe"}])
_TYPE, _REFUSED = _error(0, "type"), _error(0, "type", "message")

# fmt: off
RUNS: tuple[Run, ...] = (
    _run(NOTHING, [_GET_ABSENT],
         _ask("error-status", "which HTTP status has NotFoundException?", "A06", _error(0, "status")),
         _ask("error-code", "which sub-code has NotFoundException?", "A04", _error(0, "code")),
         _ask("error-members", "which members has an error?", "A05",
              {"members": lambda seen: sorted(seen[0].error or ())}), creates=False),
    _free("input-code", "which sub-code has InvalidInputException?", "A04",
          _bad(_create(), power="huge"), _error(0, "code")),
    _free("unknown-operation", "how is an unknown operation refused?", "A17",
          Call("GetContainerServices", {}, target="NoSuchOperation"), _error(0, "type", "status")),
    _free("order-of-rules", "of two broken rules, which is reported?", "A23",
          _bad(_create(), power="huge", scale=21), _error(0, "message")),
    _free("powers", "which powers are there?", "A53",
          _call("GetContainerServicePowers"), _answer(0, "powers")),
    _free("domains", "may domains be read in this Region?", "",
          _call("GetDomains"), _error(0, "type", "message", "code")),
    _free("certificate-unknown", "what is read of an unknown certificate?", "",
          _call("GetCertificates", certificateName="{absent}"), _TYPE),
    *(run for run in _refusals() if run.needs == NOTHING),
    _run(EMPTY, [_call("CreateContainerServiceRegistryLogin")],
         _ask("registry.needs-service", "how is it refused?", "A54", _REFUSED), creates=False),
    _run(NOTHING, [_bad(_CERTIFICATE, certificateName="{absent}.example.com")],
         _ask("certificate-name", "may a certificate's name have dots?", "A61", _TYPE)),
    _run(NOTHING, [_CERTIFICATE, _call("GetCertificates", certificateName="{absent}"), _CERTIFICATE,
                   _create(publicDomainNames={"{absent}": ["www.example.com"]})],
         _ask("certificate.name-free", "how is it refused?", "A02", _error(2, "type", "message")),
         _ask("certificate.issued", "how is it refused?", "", _error(3, "type", "message")),
         _ask("certificate", "what is read of a new certificate?", "A58",
              _members(1, "certificates.0.certificateDetail"),
              _answer(1, "certificates.0.certificateDetail.status"))),
    _run(ABSENT, [CREATE, _READ, _CLOSELY],
         _ask("create", "what has the answer to a creation?", "", _members(0, "containerService")),
         _ask("create-states", "which states does a creation go through?", "",
              _answer(0, "containerService.state"), _states()),
         _ask("create-time", "how long does a creation take?", "A36", _took()),
         _ask("create-detail", "which stateDetail has PENDING?", "A25", _details("code")),
         _ask("principal", "when is principalArn known?", "A29",
              _answer(0, "containerService.principalArn"), _has(1, "containerServices.0.principalArn"),
              _end("principalArn"))),
    *(run for run in _refusals() if run.needs == READY),
    _run(READY, [CREATE], _ask("service.name-free", "how is it refused?", "A02", _REFUSED),
         creates=False),
    _run(READY, [_TAG, _READ],
         _ask("tag-letters", "may tags have letters of every script?", "A14", _TYPE),
         _ask("tag-operation", "which operation does tagging return?", "A55",
              _answer(0, "operations.0.status"), _answer(0, "operations.0.operationType")),
         _ask("tag-key-only", "how is a tag without value shown?", "A59",
              _answer(1, "containerServices.0.tags"))),
    _run(READY, [_service("GetContainerServiceMetricData", **_METRICS)],
         _ask("metrics", "what are metrics that end before they start?", "A52", _TYPE,
              _answer(0, "metricData")), creates=False),
    _run(READY, [_UPDATE, Wait()],
         _ask("update-nothing", "what does an update do that changes nothing?", "", _TYPE,
              _answer(0, "containerService.state"), _states())),
    _run(READY, [_bad(_UPDATE, publicDomainNames={}), Wait()],
         _ask("update-no-domains", "what does an update do that names no domains?", "A33", _TYPE,
              _answer(0, "containerService.state"), _states())),
    _run(READY, [_SAME, _SAME, _CLOSELY],
         _ask("busy", "how is an update refused in UPDATING?", "A07", _error(1, "type", "message")),
         _ask("update-time", "how long does an update take?", "A36", _took()),
         _ask("update-detail", "which stateDetail has UPDATING?", "A27", _details("code"))),
    _run(READY, [_bad(_UPDATE, privateRegistryAccess=_PULLER), Wait()],
         _ask("puller", "when is the principal of the puller role known?", "",
              _answer(0, f"containerService.{_ROLE}.isActive"),
              _has(0, f"containerService.{_ROLE}.principalArn"), _end(f"{_ROLE}.principalArn"))),
    _run(READY, [_bad(_UPDATE, privateRegistryAccess=_NO_PULLER), Wait()],
         _ask("puller-off", "does the puller role go with its activation?", "",
              _end(f"{_ROLE}.principalArn"))),
    _run(READY, [DEPLOY, _READ, _LOG, _CLOSELY, Pause(300), _LOG],
         _ask("deploy", "what has a new deployment?", "",
              _members(0, _NEXT), _answer(0, f"{_NEXT}.state")),
         _ask("health-check", "which health check has an endpoint that names none?", "",
              _answer(0, f"{_NEXT}.publicEndpoint.healthCheck")),
         _ask("deploy-read", "what does a read show right after a deployment?", "A37",
              _answer(1, "containerServices.0.state")),
         _ask("deploy-states", "which states does a deployment go through?", "", _states(2)),
         _ask("deploy-time", "how long does a deployment take?", "A36", _took()),
         _ask("deploy-detail", "which stateDetail has DEPLOYING?", "A26", _details("code")),
         _ask("detail-messages", "which messages has it?", "A28", _details("message")),
         _ask("log-lag", "are lines of a log seen at once?", "A46", _has(2, "logEvents")),
         _ask("log-lines", "what does Lightsail write into a log?", "A45", _lines())),
    _run(RUNNING, [_bad(_LOG, pageToken="no-such-token")],
         _ask("page.token", "how is it refused?", "A03", _REFUSED), creates=False),
    _run(RUNNING, [_bad(_LOG, filterPattern="Creatin")],
         _ask("log-filter", "does a term match inside a word?", "A49",
              _has(0, "logEvents")), creates=False),
    _run(RUNNING, [DEPLOY, DEPLOY, _SAME, DELETE, Wait(), _service("GetContainerServiceDeployments")],
         _ask("state.deployment-in-progress", "how is it refused?", "", _error(1, "type", "message")),
         _ask("busy-deploying", "how is an update refused in DEPLOYING?", "A07",
              _error(2, "type", "message")),
         _ask("delete-deploying", "how is a deletion refused in DEPLOYING?", "A09",
              _error(3, "type", "message")),
         _ask("deployments-order", "are deployments listed newest first?", "",
              {"newest first": _is_newest_first})),
    _run(RUNNING, [_deployment({"web": {"image": _IMAGE}}), Wait()],
         _ask("deploy-bare", "how is shown what a deployment leaves out?", "A39",
              _answer(0, f"{_NEXT}.containers.web"), _has(0, f"{_NEXT}.publicEndpoint"))),
    _run(RUNNING, [_READ, _SAME, Wait()],
         _ask("keeps-version", "does a change of capacity keep the version?", "A35",
              {"version stays": _version_stays}, _end("currentDeployment.state", str))),
    _run(RUNNING, [_deployment(_FAILING, **_ENDPOINT), Wait()],
         _ask("failing", "what happens to an image that cannot be pulled?", "A74",
              _TYPE, _states()),
         _ask("failing-time", "how long does that take?", "A74", _took()),
         fails_at="CREATING_DEPLOYMENT"),
    _run(RUNNING, [_health(path="/no-such-page", successCodes="200"), Wait()],
         _ask("unhealthy", "when is an unhealthy deployment abandoned?", "A70", _states(), _took()),
         fails_at="EVALUATING_HEALTH_CHECK"),
    _run(RUNNING, [_deployment(_ECR), Wait()],
         _ask("ecr-access", "is private ECR refused at once without the puller role?", "A30",
              _TYPE)),
    _run(RUNNING, [DISABLE, Wait()],
         _ask("disable", "what does disabling go through?", "", _states()),
         _ask("updated-values", "does the answer show the new value?", "A31",
              _answer(0, "containerService.isDisabled")),
         _ask("disable-time", "how long does it take?", "A36", _took()),
         _ask("disabled-deployment", "what stays of the deployment?", "A34",
              _end("currentDeployment.state", str))),
    _run(DISABLED, [DEPLOY], _ask("state.disabled", "how is it refused?", "", _REFUSED),
         creates=False),
    _run(DISABLED, [_SAME, Wait()],
         _ask("update-disabled", "what does an update of a disabled service go through?",
              "A32", _states())),
    _run(DISABLED, [ENABLE, Wait()],
         _ask("enable", "what does enabling go through?", "A34", _states()),
         _ask("enable-time", "how long does it take?", "A36", _took())),
    _run(RUNNING, [DELETE, Wait(("NotFoundException",), 5)],
         _ask("delete", "which states does a deletion go through?", "", _states()),
         _ask("delete-time", "how long does it take?", "A36", _took())),
    _run(ABSENT, [_CREATE_ALL, DEPLOY, Wait()],
         _ask("create-deployment", "what does a creation with a deployment go through?",
              "A24", _answer(0, f"{_NEXT}.state"), _states()),
         _ask("deploy-pending", "how is a deployment refused in PENDING?", "A08",
              _error(1, "type", "message"))),
)
# fmt: on
"""All runs, in the order that costs least: a service is created twice."""

PROBES = {probe.id: probe for run in RUNS for probe in run.probes}
