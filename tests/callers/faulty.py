"""Release tools with one bug each. Each function is named after its bug."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping

from botocore.exceptions import ClientError

from .common import (
    AWS_ERRORS,
    ReleaseFailed,
    connect,
    create,
    deploy,
    ensure_service,
    find,
    wait_for,
    wait_until,
)

log = logging.getLogger(__name__)


def without_time_limit(image: str) -> None:
    client = connect()
    ensure_service(client)
    version = deploy(client, image)
    while True:
        service = find(client)
        if service is None:
            raise ReleaseFailed("the service is gone")
        if "nextDeployment" not in service:
            wait_for(client, version)
            return
        time.sleep(10)


def takes_deploying_for_done(image: str) -> None:
    client = connect()
    ensure_service(client)
    deploy(client, image)

    def done() -> bool:
        service = find(client)
        return service is not None and service["state"] in {"DEPLOYING", "RUNNING"}

    wait_until(done)


def ignores_failed(image: str) -> None:
    client = connect()
    ensure_service(client)
    version = deploy(client, image)

    def over() -> bool:
        deployments = client.get_container_service_deployments(serviceName="shop")["deployments"]
        states = {one["version"]: one["state"] for one in deployments}
        return states.get(version) != "ACTIVATING"

    wait_until(over)


def retries_a_create_without_looking(image: str) -> None:
    client = connect()
    if find(client) is None:
        for _ in range(3):
            try:
                create(client)
                break
            except AWS_ERRORS:
                time.sleep(5)
        else:
            raise ReleaseFailed("the service could not be created")
    ensure_service(client)
    wait_for(client, deploy(client, image))


def reads_a_current_deployment_that_is_not_there(image: str) -> None:
    client = connect()
    ensure_service(client)
    version = deploy(client, image)

    def current() -> bool:
        service = find(client)
        if service is None:
            raise ReleaseFailed("the service is gone")
        return service["currentDeployment"]["version"] == version

    wait_until(current)


def passes_input_on_unchecked(image: str, scale: int = 1) -> None:
    client = connect()
    try:
        ensure_service(client, scale)
        wait_for(client, deploy(client, image))
    except AWS_ERRORS as error:
        raise ReleaseFailed("AWS refused") from error


def swallows_throttling(image: str) -> None:
    client = connect()
    ensure_service(client)
    try:
        wait_for(client, deploy(client, image))
    except ClientError as error:
        if error.response["Error"]["Code"] != "ThrottlingException":
            raise
        log.warning("AWS is busy")


def polls_without_pause(image: str) -> None:
    client = connect()
    ensure_service(client)
    version = deploy(client, image)

    def runs() -> bool:
        answer = client.get_container_service_deployments(serviceName="shop")
        states = {one["version"]: one["state"] for one in answer["deployments"]}
        if states.get(version) == "FAILED":
            raise ReleaseFailed("it failed")
        return states.get(version) == "ACTIVE"

    wait_until(runs, pause=0)


def logs_the_environment(image: str, environment: Mapping[str, str]) -> None:
    log.debug("releasing %s with %s", image, dict(environment))
    client = connect()
    ensure_service(client)
    wait_for(client, deploy(client, image, environment))


def looks_only_at_the_state_of_the_service(image: str) -> None:
    client = connect()
    ensure_service(client)
    deploy(client, image)
    time.sleep(30)  # the state can be out of date for a while

    def runs() -> bool:
        service = find(client)
        if service is None or service["state"] == "READY":
            raise ReleaseFailed("it failed")
        return service["state"] == "RUNNING"

    wait_until(runs)
