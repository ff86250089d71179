"""Deploy to many Amazon Lightsail container services at once."""

import asyncio
from dataclasses import dataclass

from aiobotocore.session import get_session
from botocore.exceptions import BotoCoreError, ClientError


@dataclass(frozen=True)
class Released:
    """The result of one deployment. ``error`` is empty if the deployment is active."""

    service: str
    version: int | None
    error: str = ""

    @property
    def ok(self):
        return not self.error


async def release_all(images, *, region="us-east-1", timeout=900, pause=5):
    """Deploy to all services at the same time. If one deployment fails, the others continue.

    Args:
        images: the image to deploy to each service, keyed by service name.
        timeout: the time limit for each deployment, in seconds.
    """
    async with get_session().create_client("lightsail", region_name=region) as client:
        releases = [
            _release(client, service, image, timeout, pause) for service, image in images.items()
        ]
        return await asyncio.gather(*releases)


async def _release(client, service, image, timeout, pause):
    version = None
    try:
        answer = await client.create_container_service_deployment(
            serviceName=service,
            containers={"web": {"image": image, "ports": {"80": "HTTP"}}},
            publicEndpoint={"containerName": "web", "containerPort": 80},
        )
        version = answer["containerService"]["nextDeployment"]["version"]
        state = await asyncio.wait_for(_end_of(client, service, version, pause), timeout)
    except asyncio.TimeoutError:
        return Released(service, version, f"not active after {timeout:g} s")
    except (ClientError, BotoCoreError) as error:
        return Released(service, version, str(error))
    return Released(service, version, "" if state == "ACTIVE" else state)


async def _end_of(client, service, version, pause):
    while True:
        answer = await client.get_container_service_deployments(serviceName=service)
        states = {each["version"]: each["state"] for each in answer["deployments"]}
        if states.get(version, "ACTIVATING") != "ACTIVATING":
            return states[version]
        await asyncio.sleep(pause)
