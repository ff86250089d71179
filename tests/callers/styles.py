"""Correct callers in many styles. No check may report a finding in any of them."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import datetime
import functools
import itertools
import logging
import queue
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import requests
from botocore.exceptions import BotoCoreError, ClientError

from .common import (
    AWS_ERRORS,
    SERVICE,
    ReleaseFailed,
    connect,
    create,
    deploy,
    ensure_service,
    find,
    wait_for,
    wait_until,
)
from .sound import release

log = logging.getLogger(__name__)
SETTLED = {"READY", "RUNNING", "DISABLED"}


def state() -> str:
    found = find(connect())
    return "absent" if found is None else str(found["state"])


def settle() -> None:
    wait_until(lambda: state() in SETTLED | {"absent"})


def update(**members: Any) -> None:
    connect().update_container_service(serviceName=SERVICE, **members)
    settle()


# --- how they wait -----------------------------------------------------------------------------------


def plain_loop(image: str) -> int:
    client = connect()
    ensure_service(client)
    version = deploy(client, image)
    for _ in range(100):
        deployments = client.get_container_service_deployments(serviceName=SERVICE)["deployments"]
        status = next(one["state"] for one in deployments if one["version"] == version)
        if status == "ACTIVE":
            return version
        if status != "ACTIVATING":
            raise ReleaseFailed(f"version {version} is {status}")
        time.sleep(10)
    raise ReleaseFailed("it took too long")


def recursion(image: str) -> int:
    client = connect()
    ensure_service(client)
    version = deploy(client, image)

    def look(left: int) -> int:
        if left == 0:
            raise ReleaseFailed("it took too long")
        answer = client.get_container_service_deployments(serviceName=SERVICE)
        status = {one["version"]: one["state"] for one in answer["deployments"]}[version]
        if status == "ACTIVE":
            return version
        if status == "FAILED":
            raise ReleaseFailed("it failed")
        time.sleep(12)
        return look(left - 1)

    return look(90)


def states(client: Any, version: int) -> Iterator[str]:
    while True:
        answer = client.get_container_service_deployments(serviceName=SERVICE)
        yield {one["version"]: one["state"] for one in answer["deployments"]}[version]
        time.sleep(9)


def driven_generator(image: str) -> None:
    client = connect()
    ensure_service(client)
    for status in itertools.islice(states(client, deploy(client, image)), 100):
        if status == "ACTIVE":
            return
        if status == "FAILED":
            raise ReleaseFailed("it failed")
    raise ReleaseFailed("it took too long")


def deadline_by_datetime(image: str) -> None:
    client = connect()
    ensure_service(client)
    version = deploy(client, image)
    end = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=15)
    for status in states(client, version):
        if status == "ACTIVE":
            return
        if status == "FAILED" or datetime.datetime.now(datetime.timezone.utc) > end:
            raise ReleaseFailed(f"version {version} is {status}")


def growing_pauses(image: str) -> None:
    client = connect()
    ensure_service(client)
    version = deploy(client, image)
    pause = 2.0
    while pause < 200:
        answer = client.get_container_service_deployments(serviceName=SERVICE)
        status = {one["version"]: one["state"] for one in answer["deployments"]}[version]
        if status == "ACTIVE":
            return
        if status == "FAILED":
            raise ReleaseFailed("it failed")
        time.sleep(pause)
        pause *= 1.3
    raise ReleaseFailed("it took too long")


def polls_each_second(image: str) -> None:
    """Poll every second, as a tool with a progress bar does."""
    client = connect()
    ensure_service(client)
    version = deploy(client, image)
    wait_until(lambda: has_ended(client, version), pause=1)


def has_ended(client: Any, version: int) -> bool:
    answer = client.get_container_service_deployments(serviceName=SERVICE)
    status = {one["version"]: one["state"] for one in answer["deployments"]}[version]
    if status == "FAILED":
        raise ReleaseFailed("it failed")
    return bool(status == "ACTIVE")


def event_with_timeout(image: str) -> None:
    client = connect()
    ensure_service(client)
    version, stop = deploy(client, image), threading.Event()
    for _ in range(100):
        if has_ended(client, version):
            return
        stop.wait(10)
    raise ReleaseFailed("it took too long")


def retrying(function: Callable[..., Any]) -> Callable[..., Any]:
    """Retry a call with growing pauses, as tenacity does."""

    @functools.wraps(function)
    def again(*args: Any, **kwargs: Any) -> Any:
        for attempt in range(6):
            try:
                return function(*args, **kwargs)
            except BotoCoreError:
                if attempt == 5:
                    raise
            except ClientError as error:
                if error.response["Error"]["Code"] != "ThrottlingException" or attempt == 5:
                    raise
            time.sleep(2.0**attempt)
        return None

    return again


def decorated(image: str) -> None:
    client = connect()
    retrying(ensure_service)(client)
    version = deploy(client, image)
    wait_until(lambda: retrying(has_ended)(client, version))


# --- how they run ------------------------------------------------------------------------------------


def in_a_thread(image: str) -> None:
    failures: queue.Queue[Exception] = queue.Queue()

    def work() -> None:
        try:
            release(image)
        except ReleaseFailed as error:
            failures.put(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    if not failures.empty():
        raise failures.get()


def in_a_pool(image: str) -> int:
    with ThreadPoolExecutor(2) as pool:
        return pool.submit(release, image).result()


async def in_asyncio(image: str) -> int:
    return await asyncio.to_thread(release, image)


async def in_a_task(image: str) -> int:
    task = asyncio.create_task(asyncio.to_thread(release, image))
    while not task.done():
        await asyncio.sleep(3)
    return task.result()


@contextlib.contextmanager
def session() -> Generator[Any, None, None]:
    client = connect()
    try:
        yield client
    except AWS_ERRORS as error:
        raise ReleaseFailed("AWS refused") from error


def context_manager(image: str) -> int:
    with session() as client:
        ensure_service(client)
        version = deploy(client, image)
        wait_for(client, version)
    return version


def callback(image: str) -> list[str]:
    said: list[str] = []

    def notify(words: str) -> None:
        said.append(words)

    client = connect()
    ensure_service(client)
    notify("begins")
    wait_for(client, deploy(client, image))
    notify("runs")
    return said


@dataclasses.dataclass(frozen=True)
class Released:
    version: int
    image: str


def dataclass_result(image: str) -> Released:
    return Released(release(image), image)


def dictionary_result(image: str) -> dict[str, Any]:
    version = release(image)
    return {"version": version, "service": find(connect()), "at": time.time()}


class Tool:
    def __init__(self, image: str) -> None:
        self.image = image

    def __call__(self) -> int:
        return release(self.image)


def callable_object(image: str) -> int:
    return Tool(image)()


def exits(image: str) -> None:
    try:
        release(image)
    except ReleaseFailed as error:
        sys.exit(f"error: {error}")


def custom_chain(image: str) -> int:
    try:
        return release(image)
    except ReleaseFailed as error:
        raise OSError("the release failed") from error


def names_its_environment(image: str) -> int:
    print("deploying to production on port 8080")  # noqa: T201
    return release(image, {"NODE_ENV": "production", "PORT": "8080"})


def stamps_the_time(image: str) -> int:
    """Deploy an environment that is different in each run."""
    return release(image, {"RELEASED_AT": str(time.time())})


# --- tasks other than releases -----------------------------------------------------------------------


def create_with_deployment(image: str) -> None:
    client = connect()
    web = {"image": image, "ports": {"80": "HTTP"}}
    endpoint = {"containerName": "web", "containerPort": 80}
    if find(client) is None:
        client.create_container_service(
            serviceName=SERVICE,
            power="nano",
            scale=1,
            deployment={"containers": {"web": web}, "publicEndpoint": endpoint},
        )
        wait_until(lambda: state() not in {"PENDING", "DEPLOYING"})
        if state() != "RUNNING":
            raise ReleaseFailed("it failed")
    else:
        ensure_service(client)
        wait_for(client, deploy(client, image))


def only_if_changed(image: str) -> bool:
    client = connect()
    ensure_service(client)
    current = (find(client) or {}).get("currentDeployment")
    if current is not None and current["containers"].get("web", {}).get("image") == image:
        return False
    wait_for(client, deploy(client, image))
    return True


def roll_back_by_redeploying(image: str) -> int:
    client = connect()
    ensure_service(client)
    old = (find(client) or {}).get("currentDeployment")
    version = deploy(client, image)
    try:
        wait_for(client, version)
    except ReleaseFailed:
        settle()
        if old is not None:
            again = client.create_container_service_deployment(
                serviceName=SERVICE,
                containers=old["containers"],
                publicEndpoint={
                    "containerName": old["publicEndpoint"]["containerName"],
                    "containerPort": old["publicEndpoint"]["containerPort"],
                },
            )
            with contextlib.suppress(ReleaseFailed):
                wait_for(client, again["containerService"]["nextDeployment"]["version"])
        raise
    return version


def two_releases(image: str) -> int:
    """Release a canary, then the image."""
    client = connect()
    ensure_service(client)
    wait_for(client, deploy(client, image, {"CANARY": "1"}))
    version = deploy(client, image)
    wait_for(client, version)
    return version


def scale(scale: int) -> None:
    if type(scale) is not int or not 1 <= scale <= 20:
        raise ValueError(f"a scale is 1 to 20, not {scale!r}")
    update(scale=scale)


def power(power: str) -> None:
    update(power=power)


def tag(team: str) -> None:
    settle()
    connect().tag_resource(resourceName=SERVICE, tags=[{"key": "team", "value": team}])


def untag() -> None:
    connect().untag_resource(resourceName=SERVICE, tagKeys=["team"])


def disable() -> None:
    update(isDisabled=True)


def enable() -> None:
    update(isDisabled=False)


def delete() -> None:
    client = connect()
    with contextlib.suppress(client.exceptions.NotFoundException):
        client.delete_container_service(serviceName=SERVICE)
    wait_until(lambda: state() == "absent")


def make(power: str, scale: int) -> None:
    client = connect()
    if find(client) is None:
        client.create_container_service(serviceName=SERVICE, power=power, scale=scale)
    settle()


def anew() -> None:
    delete()
    create(connect())
    settle()


def any_service(service: str) -> None:
    """Create the named service if the account has no service, and wait until it is ready."""
    client = connect()
    if not client.get_container_services()["containerServices"]:
        client.create_container_service(serviceName=service, power="nano", scale=1)

    def ready() -> bool:
        found = client.get_container_services(serviceName=service)["containerServices"][0]
        return found["state"] in SETTLED

    wait_until(ready)


def reads(service: str) -> list[str]:
    """Return the states of all services without changing anything."""
    answer = connect().get_container_services()
    return [one["state"] for one in answer["containerServices"]]


def checks_the_address(image: str) -> None:
    client = connect()
    ensure_service(client)
    wait_for(client, deploy(client, image))
    address = (find(client) or {})["url"]

    def answers() -> bool:
        with contextlib.suppress(requests.RequestException):
            return requests.get(address, timeout=5).status_code < 500
        return False

    wait_until(answers)


def fire_and_forget(image: str) -> int:
    client = connect()
    ensure_service(client)
    return deploy(client, image)


def logs_on_failure(image: str) -> int:
    try:
        return release(image)
    except ReleaseFailed:
        with contextlib.suppress(ClientError, BotoCoreError):
            answer = connect().get_container_log(serviceName=SERVICE, containerName="web")
            for event in answer["logEvents"]:
                log.warning("web: %s", event["message"])
        raise


def health_check(health_check: Mapping[str, Any]) -> None:
    client = connect()
    ensure_service(client)
    answer = client.create_container_service_deployment(
        serviceName=SERVICE,
        containers={"web": {"image": "nginx", "ports": {"80": "HTTP"}}},
        publicEndpoint={
            "containerName": "web",
            "containerPort": 80,
            "healthCheck": dict(health_check),
        },
    )
    wait_for(client, answer["containerService"]["nextDeployment"]["version"])


def port(port: int) -> None:
    client = connect()
    ensure_service(client)
    answer = client.create_container_service_deployment(
        serviceName=SERVICE,
        containers={"web": {"image": "nginx", "ports": {str(port): "HTTP"}}},
        publicEndpoint={"containerName": "web", "containerPort": port},
    )
    wait_for(client, answer["containerService"]["nextDeployment"]["version"])


def several_containers(containers: Mapping[str, Any]) -> None:
    client = connect()
    ensure_service(client)
    answer = client.create_container_service_deployment(
        serviceName=SERVICE, containers=dict(containers)
    )
    wait_for(client, answer["containerService"]["nextDeployment"]["version"])
