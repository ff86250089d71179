"""What an account holds, and how the service shows it on the wire.

The classes are plain state; who changes them is ``operations`` (calls) and ``progress`` (time).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ..model.lifecycle import ABSENT, STATE_DETAILS
from .certificates import Certificates
from .clock import Appointment
from .logs import Logs
from .presenter import Presenter
from .running import Running
from .script import Plan

__all__ = [
    "HEALTH_CHECK_DEFAULTS",
    "ContainerService",
    "Deployment",
    "Region",
    "StoredContainerImage",
    "Walk",
]

HEALTH_CHECK_DEFAULTS: dict[str, Any] = {
    "healthyThreshold": 2,
    "intervalSeconds": 5,
    "path": "/",
    "successCodes": "200-499",
    "timeoutSeconds": 2,
    "unhealthyThreshold": 2,
}
"""What a health check is where the request says nothing (API Reference,
ContainerServiceHealthCheckConfig; ``successCodes`` as observed)."""


@dataclass
class Deployment:
    """One version of what a service runs. ``containers`` and ``public_endpoint`` are as on the wire."""

    version: int
    containers: dict[str, Any] = field(repr=False)
    public_endpoint: dict[str, Any] | None
    created_at: float
    state: str = ABSENT
    activated_at: float | None = None
    load: tuple[float, float] = (0.0, 0.0)
    """Percent of CPU and of memory that its containers use."""
    running: Running | None = field(default=None, repr=False)
    """What its containers do since they started."""

    @classmethod
    def requested(cls, version: int, request: dict[str, Any], created_at: float) -> Deployment:
        """A deployment with what the service fills in where the request is silent."""
        containers = {
            name: {
                "command": container.get("command") or [],
                "environment": container.get("environment") or {},
                "image": container["image"],
                "ports": container.get("ports") or {},
            }
            for name, container in request["containers"].items()
        }
        endpoint = request.get("publicEndpoint")
        if endpoint is not None:
            given = {
                key: value
                for key, value in (endpoint.get("healthCheck") or {}).items()
                if value is not None
            }
            endpoint = {
                "containerName": endpoint["containerName"],
                "containerPort": endpoint["containerPort"],
                "healthCheck": {**HEALTH_CHECK_DEFAULTS, **given},
            }
        return cls(version, containers, endpoint, created_at)

    def describe(self) -> dict[str, Any]:
        """The deployment on the wire."""
        endpoint = {} if self.public_endpoint is None else {"publicEndpoint": self.public_endpoint}
        return {
            "containers": self.containers,
            "createdAt": self.created_at,
            **endpoint,
            "state": self.state,
            "version": self.version,
        }


@dataclass(frozen=True)
class StoredContainerImage:
    """An image stored with a service, named ``:service.label.version``."""

    image: str
    digest: str
    created_at: float


@dataclass
class Walk:
    """A service on its way through the stages of one event.

    Attributes:
        plan: the stages, and how they end.
        finish: moves the service along the edge that follows the last stage.
        index: the stage that it is in.
        reads: how many reads have seen this stage, if it ends after a number of them.
    """

    plan: Plan
    finish: Callable[[Plan], None]
    index: int = 0
    reads: int = 0


@dataclass
class ContainerService:
    """A container service."""

    name: str
    region: str
    arn: str
    url: str
    created_at: float
    power: str
    scale: int
    tags: list[dict[str, str]]
    state: str = ABSENT
    detail: str | None = None
    is_disabled: bool = False
    principal_arn: str = ""
    puller_active: bool = False
    puller_arn: str = ""
    public_domain_names: dict[str, list[str]] = field(default_factory=dict)
    current: Deployment | None = None
    next: Deployment | None = None
    deployments: list[Deployment] = field(default_factory=list)
    """Newest first."""
    versions: int = 0
    images: list[StoredContainerImage] = field(default_factory=list)
    """Newest first."""
    image_versions: int = 0
    appointment: Appointment | None = None
    """The end of the stage that the service is in."""
    logs: Logs = field(default_factory=Logs, repr=False)
    runs: list[Running] = field(default_factory=list, repr=False)
    """Containers that run, or ran, and have more to write."""
    walk: Walk | None = None
    """The event that the service is going through."""
    stale: tuple[int, tuple[dict[str, Any], bytes]] | None = field(default=None, repr=False)
    """Until which instant, in nanoseconds, reads still show the service as it was, and how it was."""
    _shown: tuple[dict[str, Any], bytes] | None = field(default=None, repr=False)

    @property
    def hosts(self) -> set[str]:
        """Where it is reached: its own host, and the public domains attached to it, in lower case."""
        own = self.url.removeprefix("https://").rstrip("/")
        domains = (name for names in self.public_domain_names.values() for name in names)
        return {own, *map(str.lower, domains)}

    def changed(self) -> None:
        """Forget how the service was shown. To be called after every change."""
        self._shown = None

    def write_logs(self, now: int, days: int | None) -> None:
        """Write into the log what containers have written up to now.

        Args:
            now: epoch nanoseconds.
            days: for how long the service keeps a line; ``None`` for ever.
        """
        for run in self.runs:
            run.write(self.logs, now, days)
        self.runs = [run for run in self.runs if run.ended is None]

    def register_image(self, label: str, digest: str, at: float) -> StoredContainerImage:
        """Store an image. Versions count up per service, whatever the label, as observed."""
        self.image_versions += 1
        image = StoredContainerImage(f":{self.name}.{label}.{self.image_versions}", digest, at)
        self.images.insert(0, image)
        return image

    def shown(self, presenter: Presenter) -> tuple[dict[str, Any], bytes]:
        """The service as the wire has it, as a document and in bytes; kept until the next change."""
        if self._shown is None:
            self._shown = presenter.present(self._describe())
        return self._shown

    def seen(self, presenter: Presenter, now_ns: int) -> tuple[dict[str, Any], bytes]:
        """The service as reads see it, which can lag behind a deployment for a moment."""
        if self.stale is not None:
            until, shown = self.stale
            if now_ns < until:
                return shown
            self.stale = None
        return self.shown(presenter)

    def _describe(self) -> dict[str, Any]:
        optional: dict[str, Any] = {}
        if self.current is not None:
            optional["currentDeployment"] = self.current.describe()
        if self.next is not None:
            optional["nextDeployment"] = self.next.describe()
        if self.public_domain_names:
            optional["publicDomainNames"] = self.public_domain_names
        if self.detail is not None:
            optional["stateDetail"] = {"code": self.detail, "message": STATE_DETAILS[self.detail]}
        always = {
            "arn": self.arn,
            "containerServiceName": self.name,
            "createdAt": self.created_at,
            "isDisabled": self.is_disabled,
            "location": {"availabilityZone": "all", "regionName": self.region},
            "power": self.power,
            "powerId": f"{self.power}-1",
            "principalArn": self.principal_arn,
            "privateDomainName": f"{self.name}.service.local",
            "privateRegistryAccess": {
                "ecrImagePullerRole": {
                    "isActive": self.puller_active,
                    "principalArn": self.puller_arn,
                }
            },
            "resourceType": "ContainerService",
            "scale": self.scale,
            "state": self.state,
            "tags": self.tags,
            "url": self.url,
        }
        return {**always, **optional}


@dataclass
class Region:
    """What an account has in one Region."""

    name: str
    services: dict[str, ContainerService] = field(default_factory=dict)
    certificates: Certificates = field(default_factory=Certificates)
