"""What an account holds, how much of it, and how the service shows it on the wire.

The classes are plain state; ``operations`` (calls) and ``progress`` (time) change them.
"""

from __future__ import annotations

from bisect import insort
from collections import UserDict, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from operator import itemgetter
from typing import Any, NoReturn

from ..exceptions import ConfigurationError, Suggesting, UnknownResourceError, did_you_mean
from ..model.catalogue import RULES, rule
from ..model.lifecycle import (
    ABSENT,
    CERTIFICATE_EDGES,
    CERTIFICATE_STATUSES,
    STATE_DETAILS,
    take,
)
from ..model.rule import Kind, Path, compiled
from .clock import NANOSECONDS, Appointment
from .health import Container, written
from .prepared import Argument, one_of, read_argument, texts
from .script import Plan
from .wire import Presenter, ResponseBody, refuse


@dataclass(frozen=True)
class Certificate:
    """A certificate that public domains can be attached with.

    Attributes:
        domains: the names it covers, the main one first.
        status: ``ISSUED``, or another value of the API's CertificateStatus.
        tags: as on the wire.
        arn, created_at: given by the account.
    """

    domains: tuple[str, ...]
    status: str = "ISSUED"
    tags: list[dict[str, str]] = field(default_factory=list)
    arn: str = ""
    created_at: int = 0

    def __post_init__(self) -> None:
        statuses = Argument(one_of(CERTIFICATE_STATUSES))
        read_argument("Certificate", "domains", Argument(texts), self.domains)
        read_argument("Certificate", "status", statuses, self.status)


class Certificates(Suggesting, UserDict[str, Certificate]):
    """Certificates by name. A created one is PENDING_VALIDATION until the test issues it.

    >>> certificates = Certificates()
    >>> certificates["shop"] = Certificate(("shop.example.com",), "PENDING_VALIDATION")
    >>> certificates.issue("shop")
    >>> certificates["shop"].status
    'ISSUED'

    Raises:
        ImpossibleTransitionError: the table of certificates has no such edge, as from FAILED to ISSUED.
        UnknownResourceError: there is no such certificate.
    """

    def issue(self, name: str) -> None:
        """Issue the certificate, because its domains are validated."""
        self._move(name, "issue")

    def fail(self, name: str) -> None:
        """Fail the certificate, because its domains cannot be validated."""
        self._move(name, "fail")

    def time_out(self, name: str) -> None:
        """Enter VALIDATION_TIMED_OUT, because no one validated the domains in time."""
        self._move(name, "time_out")

    def expire(self, name: str) -> None:
        """Its time is over: EXPIRED."""
        self._move(name, "expire")

    def revoke(self, name: str) -> None:
        """Revoke the certificate."""
        self._move(name, "revoke")

    def _move(self, name: str, trigger: str) -> None:
        status = take(CERTIFICATE_EDGES, self[name].status, trigger).target
        self[name] = replace(self[name], status=status)

    def __missing__(self, name: str) -> NoReturn:
        raise UnknownResourceError(
            f"no certificate {name!r}; there are: {', '.join(self) or 'none'}{did_you_mean(name, self)}"
        )

    def __setitem__(self, name: str, certificate: Certificate) -> None:
        if not isinstance(certificate, Certificate):
            raise ConfigurationError(
                f"certificates[{name!r}]: {certificate!r} is not a Certificate(…)"
            )
        super().__setitem__(name, certificate)


class Logs:
    """Lines by container, each with its instant. A line can be written ahead, for an instant to come.

    Instants are nanoseconds since 1970.
    """

    def __init__(self) -> None:
        self._lines: defaultdict[str, list[tuple[int, str]]] = defaultdict(list)
        self.lag = 0
        """Nanoseconds after which callers see a line."""

    @property
    def containers(self) -> tuple[str, ...]:
        """The containers that have ever written, also those of deployments that failed."""
        return tuple(self._lines)

    def write(self, container: str, at_ns: int, line: str) -> None:
        """Add a line, behind those of the same instant."""
        insort(self._lines[container], (at_ns, line), key=itemgetter(0))

    def lines(self, container: str, until_ns: int) -> list[tuple[int, str]]:
        """Return the lines up to a time, oldest first, with times in whole seconds as in the API."""
        lines = self._lines.get(container, ())
        return [(at // NANOSECONDS, line) for at, line in lines if at <= until_ns]

    def forget_after(self, at_ns: int) -> None:
        for container, lines in self._lines.items():
            self._lines[container] = [line for line in lines if line[0] <= at_ns]


_DAY = 86400 * NANOSECONDS


@dataclass
class Running:
    """The containers of a deployment from a start to their end. Instants are nanoseconds since 1970."""

    containers: tuple[Container, ...]
    started: int
    written: int
    """From when on their lines are still to be written."""
    ended: int | None = None

    def write(self, logs: Logs, now: int, days: int | None) -> None:
        """Add the log lines of the containers up to and including ``now``, at most ``days`` old."""
        begin = self.written if days is None else max(self.written, now - days * _DAY)
        until = (now if self.ended is None else self.ended) + 1
        lines = written(self.containers, begin - self.started, until - self.started)
        for at, container, line in lines:
            logs.write(container, self.started + at, line)
        self.written = max(begin, until)


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
    created_at: int
    state: str = ABSENT
    activated_at: int | None = None
    running: Running | None = field(default=None, repr=False)
    """What its containers do since they started."""

    @classmethod
    def requested(cls, version: int, request: dict[str, Any], created_at: int) -> Deployment:
        """Return a deployment with the defaults that the service fills in."""
        containers = {
            name: {
                "command": container.get("command") or [],
                "environment": dict(sorted((container.get("environment") or {}).items())),
                "image": container["image"],
                "ports": container.get("ports") or {},
            }
            # In the order of the alphabet, as in the one large answer that has been published.
            for name, container in sorted(request["containers"].items())
        }
        endpoint = request.get("publicEndpoint")
        if endpoint is not None:
            check = endpoint.get("healthCheck") or {}
            given = {key: value for key, value in check.items() if value is not None}
            endpoint = {
                "containerName": endpoint["containerName"],
                "containerPort": endpoint["containerPort"],
                "healthCheck": {**HEALTH_CHECK_DEFAULTS, **given},
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
        return {name: value for name, value in described.items() if value is not None}


@dataclass(frozen=True)
class StoredContainerImage:
    """An image stored with a service, named ``:service.label.version``."""

    image: str
    digest: str
    created_at: int

    def describe(self) -> dict[str, Any]:
        return {"createdAt": self.created_at, "digest": self.digest, "image": self.image}


@dataclass
class Walk:
    """A service on its way through the stages of one event."""

    event: str
    plan: Plan
    region: Region | None = None
    """What the service leaves at the end."""
    index: int = 0
    reads: int = 0
    """How many reads have seen this stage, if it ends after a number of reads."""


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
    stale: tuple[int, ResponseBody] | None = field(default=None, repr=False)
    """Until which instant, in nanoseconds, reads still show the service as it was, and how it was."""
    _shown: ResponseBody | None = field(default=None, repr=False)

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
        """Write what containers have written up to now; for ``days`` the service keeps a line."""
        for run in self.runs:
            run.write(self.logs, now, days)
        self.runs = [run for run in self.runs if run.ended is None]

    def register_image(
        self, label: str, digest: str, at: int, version: int | None = None
    ) -> StoredContainerImage:
        """Store an image. Versions count up per service, whatever the label, as observed."""
        self.image_versions = version or self.image_versions + 1
        image = StoredContainerImage(f":{self.name}.{label}.{self.image_versions}", digest, at)
        self.images.insert(0, image)
        return image

    def stored(self, reference: str) -> StoredContainerImage | None:
        """Return the stored image that a deployment names; ``latest`` is the newest of its label."""
        label, _, version = reference.rpartition(".")
        for image in self.images:
            is_latest = version == "latest" and image.image.rpartition(".")[0] == label
            if is_latest or image.image == reference:
                return image
        return None

    def shown(self, presenter: Presenter) -> ResponseBody:
        """Return the service as on the wire, as a document and as bytes; cached until the next change."""
        if self._shown is None:
            self._shown = presenter.present(self._describe())
        return self._shown

    def seen(self, presenter: Presenter, now_ns: int) -> ResponseBody:
        """Return the service as reads see it, which can briefly lag behind a deployment."""
        if self.stale is not None:
            until, shown = self.stale
            if now_ns < until:
                return shown
            self.stale = None
        return self.shown(presenter)

    def _describe(self) -> dict[str, Any]:
        deployments = {"currentDeployment": self.current, "nextDeployment": self.next}
        detail = self.detail and {"code": self.detail, "message": STATE_DETAILS[self.detail]}
        return {
            "arn": self.arn,
            "containerServiceName": self.name,
            "createdAt": self.created_at,
            **{name: each and each.describe() for name, each in deployments.items()},
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
            "publicDomainNames": self.public_domain_names or None,
            "resourceType": "ContainerService",
            "scale": self.scale,
            "state": self.state,
            "stateDetail": detail,
            "tags": self.tags,
            "url": self.url,
        }


@dataclass
class Domain:
    """A domain whose DNS records are in Lightsail. ``entries`` and ``tags`` are as on the wire."""

    name: str
    arn: str
    created_at: int
    tags: list[dict[str, str]]
    entries: list[dict[str, Any]] = field(default_factory=list)

    def describe(self) -> dict[str, Any]:
        return {
            "arn": self.arn,
            "createdAt": self.created_at,
            "domainEntries": [{key: each[key] for key in sorted(each)} for each in self.entries],
            "location": {"availabilityZone": "all", "regionName": "global"},
            "name": self.name,
            "resourceType": "Domain",
            "tags": self.tags,
        }


@dataclass
class Region:
    name: str
    services: dict[str, ContainerService] = field(default_factory=dict)
    certificates: Certificates = field(default_factory=Certificates)


SUFFIX = ".cs.amazonlightsail.com"
"""How the hosts of all container services end (API Reference, ContainerService, ``url``)."""


class Hosts(Suggesting, UserDict[str, str]):
    """The hosts that a test has chosen for the URLs of services, by the name of the service.

    >>> hosts = Hosts({})
    >>> hosts["shop"] = "shop.abcdefghij123.us-east-1.cs.amazonlightsail.com"

    Raises:
        ConfigurationError: it is not a host name.
    """

    def __init__(self, regions: Mapping[str, Region]) -> None:
        self._regions = regions
        super().__init__()

    def __setitem__(self, name: str, host: str) -> None:
        pattern = compiled(rule("domain.pattern").pattern or "")
        if not isinstance(host, str) or pattern is None or not pattern.search(host):
            raise ConfigurationError(
                f"hosts[{name!r}]: {host!r} is not a host such as shop.example.com"
            )
        super().__setitem__(name, host.lower())
        for region in self._regions.values():
            if name in region.services:
                region.services[name].url = f"https://{host.lower()}/"
                region.services[name].changed()


_PREFIX = "quota."
_DEFAULTS = {
    entry.id.removeprefix(_PREFIX): entry.most for entry in RULES if entry.kind is Kind.QUOTA
}


class Quotas(Suggesting, UserDict[str, "int | None"]):
    """Limits by name, which is the id of their rule after ``quota.``; they can be changed at any time.

    ``None`` means no limit. Deleting one restores AWS's own. What an account has already stays when
    a limit falls below it.

    >>> quotas = Quotas({"services": 0})
    >>> quotas["services"], quotas["images"]
    (0, 150)

    Raises:
        ConfigurationError: there is no such quota, or its limit is not 0 or more.
    """

    def __init__(self, limits: Mapping[str, int | None]) -> None:
        super().__init__(limits)
        self.data = {**_DEFAULTS, **self.data}

    def __setitem__(self, name: str, limit: int | None) -> None:
        if name not in _DEFAULTS:
            self.__missing__(name)
        if limit is not None and (type(limit) is not int or limit < 0):
            raise ConfigurationError(
                f"quotas: {name} must be a whole number, 0 or more, not {limit!r}"
            )
        super().__setitem__(name, limit)

    def __delitem__(self, name: str) -> None:
        self[name] = _DEFAULTS.get(name)

    def __missing__(self, name: str) -> NoReturn:
        raise ConfigurationError(
            f"quotas: unknown quota {name!r}; expected one of {', '.join(_DEFAULTS)}"
            f"{did_you_mean(name, _DEFAULTS)}"
        )

    def __repr__(self) -> str:
        return f"Quotas({self.data})"

    def check(self, name: str, used: Callable[[], int], path: Path, found: object) -> None:
        """Refuse what would go beyond a limit; what is used of it is counted only if there is one."""
        limit = self[name]
        if limit is not None and used() >= limit:
            raise refuse(_PREFIX + name, path, found, maximum=limit)
