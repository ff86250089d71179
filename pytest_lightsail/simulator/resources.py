"""The resources of an account: services, deployments, certificates, domains and quotas.

The resources only hold data, which the ``operations`` and ``progress`` modules change.
"""

from __future__ import annotations

from bisect import insort
from collections import UserDict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from operator import itemgetter
from typing import Any, NoReturn

from ..exceptions import Assignable, ConfigurationError, check_known, unknown_resource
from ..model.catalogue import RULES, rule
from ..model.lifecycle import ABSENT, CERTIFICATE_EDGES, CERTIFICATE_STATUSES, STATE_DETAILS, take
from ..model.rule import Kind, Path, compiled
from .clock import NANOSECONDS, Appointment
from .images import Container
from .prepared import one_of, read_argument, texts
from .script import Plan
from .wire import refuse


@dataclass(frozen=True)
class Certificate:
    """A certificate, which allows its domains to be attached to a service as public domains.

    Attributes:
        domains: the domain names that the certificate covers. The first name is the main domain.
        status: ``ISSUED``, or another value of the API's CertificateStatus.
        tags: the tags, in wire format.
        arn, created_at: the ARN and the creation time, which the account sets.
    """

    domains: tuple[str, ...]
    status: str = "ISSUED"
    tags: list[dict[str, str]] = field(default_factory=list)
    arn: str = ""
    created_at: int = 0

    def __post_init__(self) -> None:
        read_argument("Certificate", "domains", texts, self.domains)
        read_argument("Certificate", "status", one_of(CERTIFICATE_STATUSES), self.status)


class Certificates(Assignable, UserDict[str, Certificate]):
    """Maps names to certificates. A new certificate is PENDING_VALIDATION until the test issues it.

    If you replace a certificate, the new certificate keeps the old ARN and creation time. If the
    new certificate has no tags, it also keeps the old tags.

    >>> certificates = Certificates()
    >>> certificates["shop"] = Certificate(("shop.example.com",), "PENDING_VALIDATION")
    >>> certificates.issue("shop")
    >>> certificates["shop"].status
    'ISSUED'

    Raises:
        ConfigurationError: the certificate is not PENDING_VALIDATION, so it cannot be issued.
        UnknownResourceError: there is no such certificate.
    """

    def issue(self, name: str) -> None:
        """Change a certificate's status to ISSUED, as if its domains had been validated."""
        status = take(CERTIFICATE_EDGES, self[name].status, "issue").target
        self[name] = replace(self[name], status=status)

    def __missing__(self, name: str) -> NoReturn:
        raise unknown_resource("certificate", name, self)

    def __setitem__(self, name: str, certificate: Certificate) -> None:
        if not isinstance(certificate, Certificate):
            raise ConfigurationError(
                f"certificates[{name!r}]: expected a Certificate(…), not {certificate!r}"
            )
        before = self.data.get(name, certificate)
        if before.arn and not certificate.arn:
            tags = certificate.tags or before.tags
            certificate = replace(
                certificate, arn=before.arn, created_at=before.created_at, tags=tags
            )
        super().__setitem__(name, certificate)


HEALTH_CHECK_DEFAULTS: dict[str, Any] = {
    "healthyThreshold": 2,
    "intervalSeconds": 5,
    "path": "/",
    "successCodes": "200-499",
    "timeoutSeconds": 2,
    "unhealthyThreshold": 2,
}
"""The default settings of a health check (API Reference, ContainerServiceHealthCheckConfig). The
default for ``successCodes`` comes from real responses.
"""


def without_nulls(document: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if value is not None}


@dataclass
class Deployment:
    """A deployment. ``containers`` and ``public_endpoint`` are in wire format."""

    version: int
    containers: dict[str, Any] = field(repr=False)
    public_endpoint: dict[str, Any] | None
    created_at: int
    state: str = ABSENT
    activated_at: int | None = None
    running: tuple[Container, ...] = field(default=(), repr=False)
    """The containers, with the ``Image`` descriptions that applied when the deployment began."""
    started: int | None = None
    """The instant at which the containers start, in nanoseconds since 1970. ``None`` if the instant
    is unknown or the service is disabled.
    """

    @classmethod
    def requested(cls, version: int, request: dict[str, Any], created_at: int) -> Deployment:
        """Return the deployment that a request describes, with Lightsail's defaults filled in."""
        containers = {
            name: {
                "command": container.get("command") or [],
                "environment": dict(sorted((container.get("environment") or {}).items())),
                "image": container["image"],
                "ports": container.get("ports") or {},
            }
            # Sort containers by name, as in the only published response with many containers.
            for name, container in sorted(request["containers"].items())
        }
        endpoint = request.get("publicEndpoint")
        if endpoint is not None:
            check = without_nulls(endpoint.get("healthCheck") or {})
            endpoint = {
                "containerName": endpoint["containerName"],
                "containerPort": endpoint["containerPort"],
                "healthCheck": {**HEALTH_CHECK_DEFAULTS, **check},
            }
        return cls(version, containers, endpoint, created_at)

    def describe(self) -> dict[str, Any]:
        described = {
            "containers": self.containers,
            "createdAt": self.created_at,
            "publicEndpoint": self.public_endpoint,
            "state": self.state,
            "version": self.version,
        }
        return without_nulls(described)


@dataclass
class ContainerService:
    name: str
    region: str
    arn: str
    url: str
    created_at: int
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
    """The deployments, newest first."""
    versions: int = 0
    images: dict[str, dict[str, Any]] = field(default_factory=dict)
    """The stored images in wire format, keyed by reference, oldest first."""
    image_versions: int = 0
    """The version of the newest image. All labels share one version counter (observed)."""
    appointment: Appointment | None = None
    """The scheduled end of the current stage."""
    log: list[tuple[int, str, str]] = field(default_factory=list, repr=False)
    """All log lines in chronological order, including lines with future times. Each item consists
    of the time in nanoseconds since 1970, the name of the container, and the text.
    """
    plan: Plan | None = None
    """The plan of the current event, without completed stages, or ``None`` between events."""
    stale: tuple[int, dict[str, Any]] | None = field(default=None, repr=False)
    """The end of a ``lag``, in nanoseconds, and the outdated description to return until then."""
    _described: dict[str, Any] | None = field(default=None, repr=False)

    @property
    def hosts(self) -> set[str]:
        """The host of the service, and its attached public domains, all in lower case."""
        own = self.url.removeprefix("https://").rstrip("/")
        domains = (name for names in self.public_domain_names.values() for name in names)
        return {own, *map(str.lower, domains)}

    def write(self, container: str, at_ns: int, line: str) -> None:
        """Add a line to a container's log, after any existing lines for the same instant."""
        insort(self.log, (at_ns, container, line), key=itemgetter(0))

    def lines(self, container: str, until_ns: int) -> list[tuple[int, str]]:
        """Return a container's log lines up to an instant, oldest first, with times in seconds."""
        return [
            (at // NANOSECONDS, line)
            for at, name, line in self.log
            if name == container and at <= until_ns
        ]

    def stored(self, reference: str) -> str | None:
        """Return the stored image for a reference. ``latest`` stands for the newest version."""
        label, _, version = reference.rpartition(".")
        if version != "latest":
            return reference if reference in self.images else None
        return next((each for each in reversed(self.images) if each.startswith(f"{label}.")), None)

    def seen(self, now_ns: int) -> dict[str, Any]:
        """Describe the service for GetContainerServices. During a ``lag``, show the old state."""
        if self.stale is not None:
            until, shown = self.stale
            if now_ns < until:
                return shown
            self.stale = None
        return self.describe()

    def describe(self) -> dict[str, Any]:
        """Return the service in wire format. The result is cached until the next change."""
        if self._described is not None:
            return self._described
        detail = self.detail and {"code": self.detail, "message": STATE_DETAILS[self.detail]}
        # The members are in alphabetical order, as in AWS's sample responses.
        described = {
            "arn": self.arn,
            "containerServiceName": self.name,
            "createdAt": self.created_at,
            "currentDeployment": self.current and self.current.describe(),
            "isDisabled": self.is_disabled,
            "location": {"availabilityZone": "all", "regionName": self.region},
            "nextDeployment": self.next and self.next.describe(),
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
            "publicDomainNames": self.public_domain_names or None,
            "resourceType": "ContainerService",
            "scale": self.scale,
            "state": self.state,
            "stateDetail": detail,
            "tags": self.tags,
            "url": self.url,
        }
        self._described = without_nulls(described)
        return self._described

    def changed(self) -> None:
        """Clear the cached description. Call this method after every change to the service."""
        self._described = None


GLOBAL = "global"
"""The Region shown for domains and their operations (source: AWS CLI, get-domain)."""


@dataclass
class Domain:
    """A domain, with its DNS records keyed by id. The records and ``tags`` are in wire format."""

    name: str
    arn: str
    created_at: int
    tags: list[dict[str, str]]
    entries: dict[str, dict[str, Any]] = field(default_factory=dict)

    def describe(self) -> dict[str, Any]:
        return {
            "arn": self.arn,
            "createdAt": self.created_at,
            "domainEntries": list(self.entries.values()),
            "location": {"availabilityZone": "all", "regionName": GLOBAL},
            "name": self.name,
            "resourceType": "Domain",
            "tags": self.tags,
        }


@dataclass
class Region:
    name: str
    services: dict[str, ContainerService] = field(default_factory=dict)
    certificates: Certificates = field(default_factory=Certificates)
    operations: list[dict[str, Any]] = field(default_factory=list)
    """The Operation objects from all responses so far, in wire format, oldest first."""


SUFFIX = ".cs.amazonlightsail.com"
"""The suffix of every container service's host (API Reference, ContainerService, ``url``)."""


class Hosts(Assignable, UserDict[str, str]):
    """Maps the names of services to the hosts that a test chose for their URLs.

    >>> hosts = Hosts({})
    >>> hosts["shop"] = "shop.abcdefghij123.us-east-1.cs.amazonlightsail.com"

    Raises:
        ConfigurationError: the value is not a host name.
    """

    def __init__(self, regions: Mapping[str, Region]) -> None:
        self._regions = regions
        super().__init__()

    def __setitem__(self, name: str, host: str) -> None:
        pattern = compiled(rule("domain.pattern").pattern or "")
        if not isinstance(host, str) or pattern is None or not pattern.search(host):
            raise ConfigurationError(
                f"hosts[{name!r}]: expected a host such as 'shop.example.com', not {host!r}"
            )
        super().__setitem__(name, host.lower())
        for region in self._regions.values():
            if (service := region.services.get(name)) is not None:
                service.url = f"https://{host.lower()}/"
                service.changed()


_PREFIX = "quota."
QUOTAS = {
    entry.id.removeprefix(_PREFIX): entry.maximum for entry in RULES if entry.kind is Kind.QUOTA
}
"""Maps the name of each quota to AWS's limit."""


class Quotas(Assignable, UserDict[str, "int | None"]):
    """The quotas of an account. Tests can change quotas at any time.

    Each quota is named after its rule, without the ``quota.`` prefix. ``None`` means no limit.
    Lowering a quota does not remove existing resources.

    >>> quotas = Quotas()
    >>> quotas["services"] = 0
    >>> quotas["services"], quotas["images"]
    (0, 150)

    Raises:
        ConfigurationError: there is no such quota, or the value is negative.
    """

    def __init__(self) -> None:
        super().__init__(QUOTAS)

    def __setitem__(self, name: str, limit: int | None) -> None:
        self.__missing__(name)
        if limit is not None and (type(limit) is not int or limit < 0):
            raise ConfigurationError(
                f"quotas[{name!r}]: expected None, 0 or a positive whole number, not {limit!r}"
            )
        super().__setitem__(name, limit)

    def __delitem__(self, name: str) -> NoReturn:
        raise ConfigurationError(f"quotas[{name!r}] cannot be deleted; AWS's limits are {QUOTAS}")

    def __missing__(self, name: str) -> None:
        check_known("quotas: unknown quota", [name], QUOTAS)

    def check(self, name: str, used: int, path: Path, found: object) -> None:
        """Refuse a request that would exceed a quota. ``used`` is the current resource count."""
        limit = self[name]
        if limit is not None and used >= limit:
            raise refuse(_PREFIX + name, path, found, maximum=limit)
