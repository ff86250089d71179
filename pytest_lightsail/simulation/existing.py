"""Add existing services to an account. A test or a dump describes the services and their past.

The past of a service is simulated on a separate clock, which runs from the past until now. Only a
change that is still in progress runs on the account's clock.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from ..exceptions import ConfigurationError, check_known
from ..model.catalogue import parse_stored_image
from ..model.lifecycle import ABSENT, DEPLOYMENT_STATES, SERVICE_STATES
from ..simulator.account import Account
from ..simulator.clock import Clock, to_nanoseconds
from ..simulator.history import History
from ..simulator.progress import Progress
from ..simulator.resources import (
    Certificate,
    ContainerService,
    Deployment,
    Region,
    StoredContainerImage,
)
from ..simulator.script import Script

_HOUR, _EACH, _DEPLOYED = 3600, 900, 300
"""The age of a service: an hour, plus 15 minutes per deployment. Each deployment took 5 minutes."""

Document = Mapping[str, Any]


@dataclass
class Existing:
    """A service and its past as the API shows them, with ``createdAt`` in epoch seconds.

    Attributes:
        service: the known members of the service, including ``containerServiceName``.
        deployments: the deployments, oldest first. Each deployment may lack ``version``, ``state``
            and ``createdAt``.
        images: the stored images.
        happened: whether the deployments really ran. If so, the test's ``images`` cannot make
            the deployments fail.
    """

    service: dict[str, Any]
    deployments: list[dict[str, Any]] = field(default_factory=list)
    images: list[dict[str, Any]] = field(default_factory=list)
    happened: bool = False

    @property
    def name(self) -> str:
        """The name of the service."""
        return str(self.service["containerServiceName"])


def requested(
    account: Account, name: str, state: str, deployments: Sequence[Document], members: Document
) -> Existing:
    """Return the service that a test describes, after validating it like a request."""
    cause = f"add_service({name!r}, state={state!r})"
    usual = ["ACTIVE" for _ in deployments]
    if state in {"DEPLOYING", "PENDING"}:
        usual[-1:] = ["ACTIVATING" for _ in usual[-1:]]
    given = [{"state": each, **one} for each, one in zip(usual, deployments, strict=True)]
    states = [one["state"] for one in given]
    check_known(f"{cause}: unknown state", [state], SERVICE_STATES)
    check_known(f"{cause}: unknown deployment state", states, DEPLOYMENT_STATES)
    for problem in _wrong_states(state, usual, states):
        raise ConfigurationError(f"{cause}: {problem}")
    check_request(account, "CreateContainerService", {"serviceName": name, **members}, cause)
    for one in deployments:
        request = {"serviceName": name, **one}
        request.pop("state", None)
        check_request(account, "CreateContainerServiceDeployment", request, cause)
    service = {"containerServiceName": name, "state": state, **members}
    return Existing({**service, "isDisabled": state == "DISABLED"}, given)


def check_request(account: Account, operation: str, request: Document, cause: str) -> None:
    """Raise an error if AWS would refuse a request."""
    for broken in account.validator.violations(operation, request):
        raise ConfigurationError(f"{cause}: {broken.message} ({broken.rule.id})")


def _wrong_states(state: str, usual: Sequence[str], given: Sequence[str]) -> Iterator[str]:
    """Yield the reasons why a service in ``state`` cannot have deployments in the states ``given``."""
    has_run = not {"ACTIVE", "INACTIVE"}.isdisjoint(given)
    if state == "RUNNING" and not has_run:
        yield "a RUNNING service needs a deployment that has not failed"
    if state == "READY" and has_run:
        yield "all deployments of a READY service must have failed"
    if [one == "ACTIVATING" for one in given] != [one == "ACTIVATING" for one in usual]:
        yield "only the last deployment of a DEPLOYING or PENDING service is ACTIVATING"


def add(account: Account, region_name: str, existing: Existing, cause: str) -> ContainerService:
    """Add a service with its past to the account."""
    with account.lock:
        region, name = account.region(region_name), existing.name
        account.given.append(existing.deployments)
        if name in region.services:
            raise ConfigurationError(
                f"{cause}: the container service {name!r} already exists in {region_name}"
            )
        span = _HOUR + _EACH * len(existing.deployments)
        clock = Clock(account.clock.now - timedelta(seconds=span))
        regions = {region_name: Region(region_name)}
        past = Progress(clock, Script(), History(), account.identifiers, account.images, regions)
        service = _new(account, region, existing, past.clock.timestamp)
        waiting = _live(past, service, existing, account.quotas["deployments-kept"])
        past.clock.advance_to(to_nanoseconds(span))
        region.services[name] = service
        for certificate, domains in service.public_domain_names.items():
            region.certificates.setdefault(certificate, Certificate(tuple(domains)))
        if service.state != ABSENT:
            current = service.current
            shown = "" if current is None else f"deployment {current.version} {current.state}"
            account.progress.record(service, shown, cause)
        with account.history.acting(cause):
            _begin(account, service, existing, waiting)
        return service


def _new(account: Account, region: Region, existing: Existing, now: float) -> ContainerService:
    given, name = existing.service, existing.name
    role = (given.get("privateRegistryAccess") or {}).get("ecrImagePullerRole") or {}
    service = ContainerService(
        name=name,
        region=region.name,
        arn=given.get("arn") or account.arn(region.name, "ContainerService"),
        url=given.get("url") or account.url(name, region.name),
        created_at=given.get("createdAt", now),
        power=given.get("power", "nano"),
        scale=given.get("scale", 1),
        tags=[dict(tag) for tag in given.get("tags") or ()],
        principal_arn=given.get("principalArn") or "",
        puller_active=bool(role.get("isActive")),
        puller_arn=role.get("principalArn") or "",
        public_domain_names={
            key: list(names) for key, names in (given.get("publicDomainNames") or {}).items()
        },
    )
    images = {image["image"]: image for image in existing.images}
    for deployment in existing.deployments:
        for container in deployment.get("containers", {}).values():
            stored = parse_stored_image(container.get("image") or "")
            if stored is not None and stored.version.isdigit():
                images.setdefault(container["image"], {})
    numbers = {reference: int(reference.rpartition(".")[2]) for reference in images}
    service.image_versions = max(numbers.values(), default=0)
    for reference in sorted(images, key=lambda each: -numbers[each]):
        made_up = f"sha256:{account.identifiers.token(reference) * 2}"
        digest = images[reference].get("digest") or made_up
        at = images[reference].get("createdAt", service.created_at)
        service.images.append(StoredContainerImage(reference, digest, at))
    return service


def _live(
    past: Progress, service: ContainerService, existing: Existing, kept: int | None
) -> Deployment | None:
    """Replay the past of the service, and return the deployment that is still in progress."""
    deployments = []
    for number, given in enumerate(existing.deployments, 1):
        version = given.get("version", number)
        deployment = Deployment.requested(version, dict(given), given.get("createdAt", 0.0))
        deployments.append((deployment, given.get("state", "ACTIVE")))
    service.versions = max([0, *(one.version for one, _ in deployments)])
    under_way = next((one for one, state in deployments if state == "ACTIVATING"), None)
    if existing.service.get("state") == "PENDING":
        service.deployments = [] if under_way is None else [under_way]
        return under_way
    past.create(service)
    past.clock.advance_until_settled()
    for deployment, state in deployments:
        deployment.created_at = deployment.created_at or past.clock.timestamp
        service.deployments = [deployment, *service.deployments][:kept]
        if deployment is under_way:
            continue
        if state == "FAILED":
            past.script.deploy(fails_at="EVALUATING_HEALTH_CHECK")
        elif existing.happened:
            past.script.deploy(takes=_DEPLOYED)
        past.deploy(service, deployment)
        past.clock.advance_until_settled()
        if deployment.state == "FAILED" != state:
            images = ", ".join(each["image"] for each in deployment.containers.values())
            raise ConfigurationError(
                f"{service.name}: deployment {deployment.version} cannot have been {state}, because "
                f"lightsail.images makes it fail: {images}"
            )
    if existing.service.get("isDisabled") and existing.service.get("state") != "UPDATING":
        service.is_disabled = True
        past.begin(service, "disable")
        past.clock.advance_until_settled()
    return under_way


def _begin(
    account: Account,
    service: ContainerService,
    existing: Existing,
    deployment: Deployment | None,
) -> None:
    """Start the change that is still in progress, on the account's clock."""
    if deployment is not None:
        deployment.created_at = deployment.created_at or account.clock.timestamp
    state = existing.service.get("state")
    if state == "PENDING":
        service.next = deployment
        account.progress.create(service)
    elif state == "DELETING":
        account.progress.begin(service, "delete")
    elif state == "UPDATING":
        service.is_disabled = bool(existing.service.get("isDisabled"))
        account.progress.begin(service, "disable" if service.is_disabled else "update")
    elif deployment is not None:
        account.progress.deploy(service, deployment)
    detail = (existing.service.get("stateDetail") or {}).get("code")
    if detail:
        account.progress.skip_to(service, detail)
