"""An asynchronous release tool that calls boto3 in threads and reads the list of deployments."""

import asyncio
import functools

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

CONFIG = Config(retries={"mode": "standard", "total_max_attempts": 4})
TRANSIENT = {"ThrottlingException", "ServiceException", "InternalFailure"}


class NotReleased(RuntimeError):
    """The new version does not run."""


def again(attempts, pause):
    """Repeat a failing call for a while."""

    def decorate(function):
        @functools.wraps(function)
        async def repeated(*args, **kwargs):
            tried = 0
            while True:
                try:
                    return await function(*args, **kwargs)
                except ClientError as error:
                    tried += 1
                    code = error.response["Error"]["Code"]
                    busy = "try" in error.response["Error"]["Message"]
                    if tried == attempts or not (busy or code in TRANSIENT):
                        raise
                await asyncio.sleep(pause)

        return repeated

    return decorate


@again(attempts=30, pause=20)
async def call(client, operation, **parameters):
    return await asyncio.to_thread(getattr(client, operation), **parameters)


async def release(image, port=80, service="shop"):
    """Release an image behind a port. Return the version and the address."""
    if not isinstance(port, int) or isinstance(port, bool):
        raise NotReleased(f"a port is a number, not {port!r}")
    if not 1 <= port <= 65535:
        raise NotReleased(f"a port is 1 to 65535, not {port}")
    client = boto3.client("lightsail", region_name="us-east-1", config=CONFIG)
    try:
        return await asyncio.wait_for(_release(client, service, image, port), 1800)
    except (ClientError, BotoCoreError) as error:
        raise NotReleased(f"AWS: {type(error).__name__}") from error
    except asyncio.TimeoutError:
        raise NotReleased("not released within half an hour") from None


async def _release(client, service, image, port):
    await ready(client, service)
    answer = await call(
        client,
        "create_container_service_deployment",
        serviceName=service,
        containers={"app": {"image": image, "ports": {str(port): "HTTP"}}},
        publicEndpoint={
            "containerName": "app",
            "containerPort": port,
            "healthCheck": {"path": "/", "intervalSeconds": 10},
        },
    )
    version = answer["containerService"]["nextDeployment"]["version"]
    while True:
        state = await state_of(client, service, version)
        if state == "ACTIVE":
            return version, answer["containerService"]["url"]
        if state != "ACTIVATING":
            raise NotReleased(f"version {version} is {state}")
        await asyncio.sleep(8)


async def ready(client, service):
    """Create the service if it is missing. Wait until it accepts a deployment."""
    services = await call(client, "get_container_services")
    if service not in {one["containerServiceName"] for one in services["containerServices"]}:
        try:
            await call(
                client, "create_container_service", serviceName=service, power="nano", scale=1
            )
        except ClientError as error:
            if "in use" not in str(error):
                raise
    while True:
        found = await call(client, "get_container_services", serviceName=service)
        state = found["containerServices"][0]["state"]
        if state in {"READY", "RUNNING"}:
            return
        if state in {"DISABLED", "DELETING"}:
            raise NotReleased(f"{service} is {state}")
        await asyncio.sleep(8)


async def state_of(client, service, version):
    answer = await call(client, "get_container_service_deployments", serviceName=service)
    for one in answer["deployments"]:
        if one["version"] == version:
            return one["state"]
    raise NotReleased(f"version {version} is not listed")
