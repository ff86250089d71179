"""A class that brings a service to a wanted state and changes only what differs."""

import time
from dataclasses import dataclass, field

import boto3
from botocore.exceptions import BotoCoreError, ClientError

POLL, LIMIT, LAG = 6.0, 1500.0, 30.0


class DeploymentError(Exception):
    """The service is not in the wanted state."""


@dataclass
class Wanted:
    image: str
    power: str = "nano"
    environment: dict = field(default_factory=dict)
    team: str = "shop"


@dataclass(frozen=True)
class Done:
    version: int
    changed: bool


class Releaser:
    """Works on one service."""

    def __init__(self, service, client=None):
        self.service = service
        self.client = client or boto3.client("lightsail", region_name="us-east-1")
        self.deadline = time.monotonic() + LIMIT

    def apply(self, wanted):
        """Reach the wanted state. Return the running version, and whether it is new."""
        try:
            self.ensure(wanted)
            return self.deploy(wanted)
        except (ClientError, BotoCoreError) as error:
            raise DeploymentError(f"AWS refused: {type(error).__name__}") from error

    def ensure(self, wanted):
        found = self.find()
        if found is None:
            self.create(wanted)
        found = self.wait()
        if found["power"] != wanted.power:
            self.repeat("update_container_service", power=wanted.power)
            found = self.wait()
        tags = {tag["key"]: tag.get("value") for tag in found["tags"]}
        if tags.get("team") != wanted.team:
            self.client.tag_resource(
                resourceName=self.service, tags=[{"key": "team", "value": wanted.team}]
            )

    def create(self, wanted):
        try:
            self.client.create_container_service(
                serviceName=self.service, power=wanted.power, scale=1
            )
        except ClientError as error:
            if "already in use" not in error.response["Error"]["Message"]:
                raise

    def find(self):
        try:
            answer = self.client.get_container_services(serviceName=self.service)
        except self.client.exceptions.NotFoundException:
            return None
        return answer["containerServices"][0]

    def wait(self):
        """Wait until the service can be changed."""
        found = self.find()
        while found is not None and found["state"] not in {"READY", "RUNNING"}:
            if found["state"] in {"DISABLED", "DELETING"}:
                break
            self.pause(found["state"])
            found = self.find()
        if found is None or found["state"] not in {"READY", "RUNNING"}:
            raise DeploymentError(f"{self.service} cannot be changed")
        return found

    def deploy(self, wanted):
        web = {
            "image": wanted.image,
            "environment": wanted.environment,
            "ports": {"80": "HTTP"},
        }
        current = self.find().get("currentDeployment")
        if current is not None and self.same(current, web):
            return Done(current["version"], changed=False)
        answer = self.repeat(
            "create_container_service_deployment",
            containers={"web": web},
            publicEndpoint={"containerName": "web", "containerPort": 80},
        )
        version = answer["containerService"]["nextDeployment"]["version"]
        self.follow(version)
        return Done(version, changed=True)

    @staticmethod
    def same(current, web):
        running = current["containers"].get("web", {})
        return all(running.get(member) == value for member, value in web.items())

    def follow(self, version):
        trusted = time.monotonic() + LAG
        while True:
            answer = self.client.get_container_service_deployments(serviceName=self.service)
            states = {one["version"]: one["state"] for one in answer["deployments"]}
            state = states.get(version, "unknown")
            if state == "ACTIVE":
                return
            if state in {"FAILED", "INACTIVE"}:
                raise DeploymentError(f"version {version} is {state}")
            if state == "unknown" and time.monotonic() > trusted:
                raise DeploymentError(f"version {version} is not listed")
            self.pause(state)

    def repeat(self, operation, **parameters):
        """Repeat a call while another change is in progress."""
        while True:
            try:
                return getattr(self.client, operation)(serviceName=self.service, **parameters)
            except ClientError as error:
                message = error.response["Error"]["Message"]
                if "try again" not in message and "trying again" not in message:
                    raise
            self.pause("another change is in progress")

    def pause(self, reason):
        if time.monotonic() > self.deadline:
            raise DeploymentError(f"gave up: {reason}")
        time.sleep(POLL)


def release(image, power="nano", environment=None, service="shop"):
    return Releaser(service).apply(Wanted(image, power, environment or {}))
