"""A release tool of plain functions: it scales, deploys, and scales back if the deployment fails."""

import time

import boto3
from botocore.exceptions import BotoCoreError, ClientError

BUSY = ("try again in a few minutes", "wait for it to complete")


class ReleaseError(Exception):
    """The release failed."""


def release(image, scale=1, service="shop"):
    """Release an image at a scale. Return the version that runs."""
    if type(scale) is not int or scale < 1 or scale > 20:
        raise ReleaseError(f"scale must be 1 to 20, not {scale!r}")
    client = boto3.client("lightsail", region_name="us-east-1")
    try:
        before = ensure(client, service, scale)
        resize(client, service, before, scale)
        try:
            version = deploy(client, service, image)
            follow(client, service, version)
        except ReleaseError:
            resize(client, service, scale, before)
            raise
    except (ClientError, BotoCoreError) as error:
        raise ReleaseError(f"AWS: {type(error).__name__}") from error
    return version


def look(client, service):
    """Return the service, or None if it does not exist."""
    try:
        return client.get_container_services(serviceName=service)["containerServices"][0]
    except ClientError as error:
        if error.response["Error"]["Code"] != "NotFoundException":
            raise
    return None


def ensure(client, service, scale):
    """Create the service if it is missing. Return its scale once it accepts deployments."""
    if look(client, service) is None:
        try:
            client.create_container_service(serviceName=service, power="nano", scale=scale)
        except ClientError as error:
            if "already in use" not in error.response["Error"]["Message"]:
                raise
    return settled(client, service)["scale"]


def settled(client, service):
    """Wait until the service accepts deployments."""
    for _ in range(120):
        found = look(client, service)
        if found is None:
            raise ReleaseError(f"{service} is gone")
        if found["state"] in ("READY", "RUNNING"):
            return found
        if found["state"] == "DISABLED":
            raise ReleaseError(f"{service} is disabled")
        time.sleep(10)
    raise ReleaseError(f"{service} is still {found['state']}")


def resize(client, service, old, new):
    if old != new:
        patiently(client.update_container_service, serviceName=service, scale=new)
        settled(client, service)


def deploy(client, service, image):
    answer = patiently(
        client.create_container_service_deployment,
        serviceName=service,
        containers={"web": {"image": image, "ports": {"8080": "HTTP"}}},
        publicEndpoint={"containerName": "web", "containerPort": 8080},
    )
    return answer["containerService"]["nextDeployment"]["version"]


def patiently(call, **parameters):
    """Repeat a call while another change is in progress."""
    for _ in range(60):
        try:
            return call(**parameters)
        except ClientError as error:
            if not any(words in error.response["Error"]["Message"] for words in BUSY):
                raise
        time.sleep(15)
    raise ReleaseError("something else is in progress")


def follow(client, service, version):
    """Wait for the version. For half a minute, a read may still show the old state."""
    begin = time.monotonic()
    while time.monotonic() - begin < 1200:
        found = look(client, service)
        if found is None:
            raise ReleaseError(f"{service} is gone")
        if found.get("currentDeployment", {}).get("version") == version:
            return
        if "nextDeployment" not in found and time.monotonic() - begin > 30:
            raise ReleaseError(f"version {version} failed")
        time.sleep(10)
    raise ReleaseError(f"version {version} is still not there")
