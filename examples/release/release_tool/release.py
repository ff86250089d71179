"""Roll out a container image on Amazon Lightsail and wait until it runs or has failed.

Lightsail keeps the old deployment running while a new one starts, and even if the new one fails.
So to roll back, the tool only restores power and scale. It then reports which version is running.
"""

from __future__ import annotations

import logging
import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from time import sleep
from typing import TYPE_CHECKING, Any, TypeVar

import boto3
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NoConnection

from .errors import ReleaseError, ReleaseFailed, ReleaseRefused, ReleaseTimeout

if TYPE_CHECKING:
    from mypy_boto3_lightsail import LightsailClient
    from mypy_boto3_lightsail.type_defs import ContainerServiceTypeDef as Service

    from .config import ReleaseConfig

T = TypeVar("T")
Condition = Callable[["Service"], object]
log = logging.getLogger(__name__)
_client: LightsailClient = boto3.client(
    "lightsail", region_name=os.environ.get("AWS_REGION", "us-east-1")
)

NOT_FOUND = "NotFoundException"
SETTLED = {"READY", "RUNNING", "DISABLED"}
CREATION_ERRORS = {"CERTIFICATE_LIMIT_EXCEEDED", "UNKNOWN_ERROR"}
PRIVATE_ECR = re.compile(r"\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com/", re.ASCII)
BUSY = re.compile(
    "Please try again in a few minutes|Please wait for it to complete before trying again"
)
# After these errors, the tool tries again, even if botocore has given up.
TEMPORARY = {"ThrottlingException", "ServiceException", "ServiceUnavailable", "InternalFailure"}
# For this many seconds after a deployment starts, a read may still show the old state.
READ_LAG = 30.0


@dataclass(frozen=True)
class Released:
    """A release that is running."""

    service: str
    version: int
    url: str


class Deadline:
    """The overall time limit and the pause between reads."""

    def __init__(self, timeout: float, poll_interval: float) -> None:
        self._timeout, self._poll_interval = timeout, poll_interval
        self._end = time.monotonic() + timeout
        self._reason = ""

    def pause(self, reason: str) -> None:
        """Sleep until the next read. Log ``reason`` if it has changed."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise ReleaseTimeout(f"gave up after {self._timeout:g} s: {reason}")
        if reason != self._reason:
            log.info("%s", reason)
            self._reason = reason
        sleep(min(self._poll_interval, left))


def release(config: ReleaseConfig) -> Released:
    """Release ``config.image`` and wait until it runs. Create the service if it does not exist.

    Raises:
        ReleaseRefused: Lightsail refused the deployment, or the service is disabled.
        ReleaseFailed: the new version did not become active; power and scale are restored.
        ReleaseTimeout: the deployment may still be in progress, with the new power and scale.
    """
    name, deadline = config.service, Deadline(config.timeout, config.poll_interval)
    service = _ensure_service(config, deadline)
    if _disabled(service):
        raise ReleaseRefused(f"{name} is disabled, probably on purpose; enable it first")
    if PRIVATE_ECR.match(config.image):
        _allow_private_images(name, deadline)
    power, scale = service["power"], service["scale"]
    try:
        _resize(name, config.power, config.scale, deadline)
        return _deploy(config, deadline)
    except (ReleaseFailed, ReleaseRefused):
        try:
            _resize(name, power, scale, Deadline(config.timeout, config.poll_interval))
        except ReleaseError:
            log.exception("%s: could not restore %s x %d", name, power, scale)
        raise


def resize(
    service: str, *, power: str, scale: int, timeout: float = 900, poll_interval: float = 5
) -> None:
    """Change the power and scale, and wait until the update has completed."""
    _resize(service, power, scale, Deadline(timeout, poll_interval))


def disable(service: str, *, timeout: float = 900, poll_interval: float = 5) -> None:
    """Disable the service. It keeps its deployment and still costs money."""
    deadline = Deadline(timeout, poll_interval)
    _update(service, deadline, "be disabled", _disabled, isDisabled=True)


def enable(service: str, *, timeout: float = 900, poll_interval: float = 5) -> None:
    """Enable the service, which then runs its last deployment again."""
    deadline = Deadline(timeout, poll_interval)
    _update(service, deadline, "be enabled", lambda now: not _disabled(now), isDisabled=False)


def _ensure_service(config: ReleaseConfig, deadline: Deadline) -> Service:
    name = config.service
    while (service := _find(name, deadline)) is not None and service["state"] == "DELETING":
        deadline.pause(f"waiting for the old {name} to be deleted")
    if service is None:
        log.info("creating %s: %s x %d", name, config.power, config.scale)
        create = _client.create_container_service
        try:
            _call(deadline, create, serviceName=name, power=config.power, scale=config.scale)
        except ReleaseRefused:
            # botocore retries after a lost response, so the first call may have created the service.
            if _find(name, deadline) is None:
                raise
    return _wait(name, deadline, "be ready", _created, appearing=service is None)


def _created(service: Service) -> bool:
    detail = service.get("stateDetail", {}).get("code")
    if service["state"] == "PENDING" and detail in CREATION_ERRORS:
        raise ReleaseFailed(f"{service['containerServiceName']} could not be created: {detail}")
    return _settled(service)


def _allow_private_images(name: str, deadline: Deadline) -> None:
    access = {"ecrImagePullerRole": {"isActive": True}}
    goal = "have a role that pulls images"
    service = _update(name, deadline, goal, _puller, privateRegistryAccess=access)
    log.info("the policy of the image's repository must allow %s to pull", _puller(service))


def _puller(service: Service) -> str:
    role = service.get("privateRegistryAccess", {}).get("ecrImagePullerRole", {})
    return role.get("principalArn", "") if role.get("isActive") else ""


def _resize(name: str, power: str, scale: int, deadline: Deadline) -> None:
    def resized(service: Service) -> bool:
        return (service["power"], service["scale"]) == (power, scale)

    _update(name, deadline, f"be {power} x {scale}", resized, power=power, scale=scale)


def _deploy(config: ReleaseConfig, deadline: Deadline) -> Released:
    name = config.service
    log.info("deploying %s to %s, setting %s", config.image, name, sorted(config.environment))
    deploy = _client.create_container_service_deployment
    answer = _call(deadline, deploy, **config.deployment())
    version = answer["containerService"]["nextDeployment"]["version"]
    trusted_from = time.monotonic() + READ_LAG

    def decided(service: Service) -> bool:
        current, upcoming = _versions(service)
        if upcoming == version or (upcoming is None and not _settled(service)):
            return False
        # Our version is neither current nor next: it failed, or this read is out of date.
        return current == version or time.monotonic() >= trusted_from

    service = _wait(name, deadline, f"run version {version}", decided)
    running = None if _disabled(service) else _versions(service)[0]
    if running != version:
        rest = f"version {running} is" if running else "nothing is"
        message = (
            f"{name}: version {version} is not running, {rest}; the service is {service['state']}"
        )
        raise ReleaseFailed(message, version=version, running=running)
    log.info("%s runs version %d at %s", name, version, service["url"])
    return Released(name, version, service["url"])


def _update(
    name: str, deadline: Deadline, goal: str, reached: Condition, **changes: Any
) -> Service:
    """Update the service unless it has reached the goal, and wait until it has."""
    service = _wait(name, deadline, "take changes", _settled)
    if reached(service):
        return service
    _call(deadline, _client.update_container_service, serviceName=name, **changes)
    return _wait(name, deadline, goal, lambda now: _settled(now) and reached(now))


def _wait(
    name: str, deadline: Deadline, goal: str, reached: Condition, *, appearing: bool = False
) -> Service:
    while True:
        service = _find(name, deadline)
        if service is None and not appearing:
            raise ReleaseRefused(f"there is no container service {name}", code=NOT_FOUND)
        if service is not None and reached(service):
            return service
        deadline.pause(f"waiting for {name} to {goal}; it is {_describe(service)}")


def _find(name: str, deadline: Deadline) -> Service | None:
    try:
        answer = _call(deadline, _client.get_container_services, serviceName=name)
    except ReleaseRefused as error:
        if error.code == NOT_FOUND:
            return None
        raise
    return answer["containerServices"][0]


def _call(deadline: Deadline, method: Callable[..., T], **parameters: Any) -> T:
    """Call AWS. While the service is busy or AWS has a problem, repeat the call until the deadline."""
    while True:
        try:
            return method(**parameters)
        except ClientError as error:
            code, message = error.response["Error"]["Code"], error.response["Error"]["Message"]
            busy = code == "InvalidInputException" and BUSY.search(message)
            if not busy and code not in TEMPORARY:
                raise ReleaseRefused(f"Lightsail refused: {message}", code=code) from error
            problem = f"{code}: {message}"
        except (NoConnection, HTTPClientError) as error:
            problem = str(error)
        except BotoCoreError as error:
            raise ReleaseRefused(f"the request could not be sent: {error}") from error
        deadline.pause(problem)


def _disabled(service: Service) -> bool:
    return service["state"] == "DISABLED"


def _settled(service: Service) -> bool:
    return service["state"] in SETTLED


def _versions(service: Service) -> tuple[int | None, int | None]:
    """Return the versions of the current and next deployments. A missing version is ``None``."""
    current, upcoming = service.get("currentDeployment", {}), service.get("nextDeployment", {})
    return current.get("version"), upcoming.get("version")


def _describe(service: Service | None) -> str:
    if service is None:
        return "not there yet"
    current, upcoming = _versions(service)
    detail = service.get("stateDetail", {}).get("code")
    step = f" ({detail})" if detail else ""
    return (
        f"{service['state']}{step}, current version {current or 'none'}, next {upcoming or 'none'}"
    )
