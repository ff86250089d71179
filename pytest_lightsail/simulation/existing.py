"""Add existing services to an account (``add_service``, ``load``), and export services (``dump``).

The finished events of a service are simulated on a separate clock, which starts in the past and
stops at the account's current time. An unfinished event starts at the account's current time.

``load`` converts documents from other tools to the format that the API uses. The result of
``load`` lists the members that are missing from the account or have a different value there.
"""

from __future__ import annotations

import copy
import re
import shlex
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from importlib import import_module
from os import PathLike
from pathlib import Path
from typing import Any

from ..exceptions import ConfigurationError, NotLoadedWarning, check_known
from ..model.catalogue import StoredImage, parse_stored_image
from ..model.lifecycle import SERVICE_STATES
from ..model.schema import RESPONSE, Form
from ..model.service import read_json_file
from ..model.validator import validator
from ..options import parse_instant
from ..output_files import GENERATOR
from ..simulator.account import Account
from ..simulator.clock import Clock, to_nanoseconds
from ..simulator.history import History
from ..simulator.operations import plain_tags
from ..simulator.progress import Progress
from ..simulator.resources import Certificate, ContainerService, Deployment, Region
from ..simulator.script import Script

Source = str | PathLike[str] | Mapping[str, Any]
Document = Mapping[str, Any]


@dataclass
class Existing:
    """An existing service in the API's format, with ``createdAt`` in epoch seconds.

    Attributes:
        service: the known members of the service.
        deployments: the deployments. Only ``containers`` is required. A deployment without a
            ``version`` is newer than all deployments before it in the list.
        images: the stored images.
    """

    name: str
    service: dict[str, Any] = field(default_factory=dict)
    deployments: list[dict[str, Any]] = field(default_factory=list)
    images: list[dict[str, Any]] = field(default_factory=list)


def described(
    account: Account, name: str, state: str, deployments: Sequence[Document], members: Document
) -> Existing:
    """Return the described service. Raise an error if AWS would refuse this service."""
    cause = f"add_service({name!r}, state={state!r})"
    check_known(f"{cause}: unknown state", [state], SERVICE_STATES)
    _check(account, "CreateContainerService", name, members, cause)
    given = [{"state": "ACTIVE", **each} for each in deployments]
    states = [each["state"] for each in given]
    check_known(f"{cause}: unknown deployment state", states, ("ACTIVE", "FAILED"))
    is_possible = {
        "PENDING": states in ([], ["ACTIVE"]),
        "READY": "ACTIVE" not in states,
        "RUNNING": "ACTIVE" in states,
        "DEPLOYING": states[-1:] == ["ACTIVE"],
    }
    if not is_possible.get(state, True):
        listed = ", ".join(states) or "none"
        raise ConfigurationError(
            f"{cause}: a {state} service cannot have deployments in these states: {listed}"
        )
    for each in deployments:
        request = {key: value for key, value in each.items() if key != "state"}
        _check(account, "CreateContainerServiceDeployment", name, request, cause)
    if given and state in {"PENDING", "DEPLOYING"}:
        given[-1]["state"] = "ACTIVATING"
    return Existing(name, {"state": state, "isDisabled": state == "DISABLED", **members}, given)


def _check(account: Account, operation: str, name: str, members: Document, cause: str) -> None:
    """Raise an error if AWS would refuse a request with these members."""
    for broken in account.validator.violations(operation, {"serviceName": name, **members}):
        raise ConfigurationError(f"{cause}: {broken.message} ({broken.rule.id})")


# --- the past ------------------------------------------------------------------------------------


def add(account: Account, region_name: str, existing: Existing, cause: str) -> ContainerService:
    """Add an existing service to the account, and start the service's unfinished event, if any."""
    with account.lock:
        region, name, given = account.region(region_name), existing.name, existing.service
        if name in region.services:
            raise ConfigurationError(
                f"{cause}: the container service {name!r} already exists in {region_name}"
            )
        existing.deployments = _numbered(existing.deployments)
        account.given.append(existing.deployments)
        deployments = [
            Deployment.requested(one["version"], dict(one), one.get("createdAt", 0))
            for one in existing.deployments
        ]
        states = [one.get("state", "ACTIVE") for one in existing.deployments]
        span = 3600 * (1 + len(deployments))  # seconds, more than all past events take
        clock = Clock(account.clock.now - timedelta(seconds=span))
        service = _new(account, region, existing, clock.timestamp)
        service.versions = max([0, *(one.version for one in deployments)])
        service.deployments = deployments[::-1][: account.quotas["deployments-kept"]]
        new = deployments.pop() if states[-1:] == ["ACTIVATING"] else None
        if given.get("state") != "PENDING":
            _replay(account, clock, service, given, zip(deployments, states, strict=False))
            clock.advance_to(to_nanoseconds(span))
            current = service.current
            shown = "" if current is None else f"deployment {current.version} {current.state}"
            account.progress.record(service, shown, cause)
        region.services[name] = service
        with account.history.acting(cause):
            _begin(account, service, given.get("state"), new)
        return service


def _replay(
    account: Account,
    clock: Clock,
    service: ContainerService,
    given: Document,
    finished: Iterable[tuple[Deployment, str]],
) -> None:
    """Simulate the past events of a service, such as its creation and its finished deployments."""
    regions = {service.region: Region(service.region)}
    past = Progress(clock, Script(), History(), account.identifiers, account.images, regions)
    past.create(service)
    clock.advance_until_settled()
    for deployment, state in finished:
        deployment.created_at = deployment.created_at or clock.timestamp
        fails_at = "EVALUATING_HEALTH_CHECK" if state == "FAILED" else None
        past.script.deploy(takes=300, fails_at=fails_at)
        past.deploy(service, deployment)
        clock.advance_until_settled()
    if given.get("isDisabled"):
        service.is_disabled = True
        past.begin(service, "disable")


def _begin(
    account: Account, service: ContainerService, state: str | None, deployment: Deployment | None
) -> None:
    """Start the service's unfinished event, if any, at the account's current time."""
    if deployment is not None:
        deployment.created_at = deployment.created_at or account.clock.timestamp
    if state == "PENDING":
        service.next = deployment
        account.progress.create(service)
    elif deployment is not None:
        account.progress.deploy(service, deployment)
    elif state in {"DELETING", "UPDATING"}:
        account.progress.begin(service, "delete" if state == "DELETING" else "update")


def _numbered(deployments: Sequence[Document]) -> list[dict[str, Any]]:
    """Return the deployments from oldest to newest, each with a version."""
    found: dict[int, dict[str, Any]] = {}
    for one in deployments:
        version = one.get("version", 1 + max(found, default=0))
        found[version] = {**one, "version": version}
    return [found[version] for version in sorted(found)]


def _new(account: Account, region: Region, existing: Existing, now: float) -> ContainerService:
    given, name = existing.service, existing.name
    role = given.get("privateRegistryAccess", {}).get("ecrImagePullerRole", {})
    service = ContainerService(
        name=name,
        region=region.name,
        arn=given.get("arn") or account.arn(region.name, "ContainerService"),
        url=given.get("url") or account.url(name, region.name),
        created_at=given.get("createdAt", now),
        power=given.get("power", "nano"),
        scale=given.get("scale", 1),
        tags=plain_tags(given.get("tags")),
        principal_arn=given.get("principalArn", ""),
        puller_active=bool(role.get("isActive")),
        puller_arn=role.get("principalArn", ""),
        public_domain_names={
            key: list(names) for key, names in given.get("publicDomainNames", {}).items()
        },
    )
    for certificate, domains in service.public_domain_names.items():
        region.certificates.setdefault(certificate, Certificate(tuple(domains)))
    images = {image["image"]: image for image in existing.images}
    for deployment in existing.deployments:
        for container in deployment["containers"].values():
            if _stored(container["image"]):
                images.setdefault(container["image"], {})
    for number, reference in sorted((int(each.rpartition(".")[2]), each) for each in images):
        service.images[reference] = {
            "createdAt": service.created_at,
            "digest": f"sha256:{account.identifiers.token(reference) * 2}",
            "image": reference,
            **images[reference],
        }
        service.image_versions = number
    return service


def _stored(image: str) -> StoredImage | None:
    """Return the parts of a reference such as ``:shop.web.3``, or ``None`` for any other image."""
    stored = parse_stored_image(image)
    return stored if stored is not None and stored.version.isdigit() else None


# --- load and dump -------------------------------------------------------------------------------


def _check_responses(account: Account, existing: Existing, cause: str) -> None:
    """Reject documents that AWS could never return."""
    responses = validator(account.model, Form(RESPONSE))
    parts = [("ContainerService", existing.service)]
    parts += [("ContainerServiceDeployment", each) for each in existing.deployments]
    parts += [("ContainerImage", each) for each in existing.images]
    for shape, document in parts:
        for broken in responses.violations_of(shape, document):
            raise ConfigurationError(f"{cause}: {shape}: {broken}")
    for each in existing.deployments:
        containers = each.get("containers")
        if not containers or not all("image" in one for one in containers.values()):
            raise ConfigurationError(
                f"{cause}: every deployment must have containers, and every container must have an image"
            )


@dataclass
class _Found:
    """Everything that ``load`` has read from its sources.

    Attributes:
        default: the service name to use for sources that do not contain a name.
        services: the services, keyed by name.
        configured: the deployment that all configuration files together describe.
        left_out: descriptions of the members that the account cannot store.
    """

    default: str | None
    services: dict[str, Existing] = field(default_factory=dict)
    configured: dict[str, Any] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)

    def service(self, name: str | None = None) -> Existing:
        """Return the named service. If ``name`` is missing, use the default or the only name."""
        name = name or self.default
        if name is None:
            if len(self.services) != 1:
                raise ConfigurationError(
                    "load: a source does not name its service; pass `service='NAME'`"
                )
            (name,) = self.services
        return self.services.setdefault(name, Existing(name))


def load(
    account: Account, region: str, sources: Sequence[Source], service: str | None
) -> tuple[str, ...]:
    """Add the services in the sources to the account. Return the members that were not loaded."""
    found = _Found(service)
    for source in sources:
        _add_source(found, source)
    if found.configured:
        found.service().deployments.append(found.configured)
    for name, existing in found.services.items():
        cause = f"lightsail.load, {name}"
        for given in existing.deployments:
            if "version" not in given:  # a deployment from a configuration file
                _check(account, "CreateContainerServiceDeployment", name, given, cause)
        _check_responses(account, existing, cause)
        loaded = add(account, _region(existing.service) or region, existing, cause)
        found.left_out += _lost(existing.service, loaded.describe(), name)
        listed = {each.version: each.describe() for each in loaded.deployments}
        for given in existing.deployments:
            version = given["version"]
            found.left_out += _lost(given, listed.get(version, {}), f"{name}, deployment {version}")
    if not found.services:
        found.left_out.append("the sources contain no container service")
    if found.left_out:
        warnings.warn(NotLoadedWarning(f"not loaded: {'; '.join(found.left_out)}"), stacklevel=3)
    return tuple(found.left_out)


def _add_source(found: _Found, source: Source) -> None:
    label = "the document" if isinstance(source, Mapping) else str(source)
    document = source if isinstance(source, Mapping) else _read(Path(source))
    try:
        _reader(document, label)(found, _plain(document))
    except ConfigurationError:
        raise
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        kind = type(error).__name__
        raise ConfigurationError(f"load: {label} cannot be read: {kind}: {error}") from None


def _region(service: Document) -> str:
    """Return the Region from the service's location or ARN, or an empty string if both are missing."""
    stated = service.get("location", {}).get("regionName")
    return stated or "".join(service.get("arn", "").split(":")[3:4])


def dump(account: Account, region: str) -> dict[str, Any]:
    """Return the services, deployments and images in a Region as JSON that ``load`` accepts."""
    with account.lock:
        services = list(account.region(region).services.values())
        document: dict[str, Any] = {
            "generator": GENERATOR,
            "containerServices": [each.describe() for each in services],
            "deployments": {
                each.name: [one.describe() for one in each.deployments] for each in services
            },
            "containerImages": [one for each in services for one in reversed(each.images.values())],
        }
        return copy.deepcopy(document)


def _lost(given: Any, shown: Any, path: str) -> Iterator[str]:
    """Yield a description of each member of ``given`` that ``shown`` lacks or contradicts."""
    if isinstance(given, Mapping) and isinstance(shown, Mapping):
        for key, value in given.items():
            if value not in (None, {}, [], "") or shown.get(key) not in (None, value):
                yield from _lost(value, shown.get(key), f"{path}.{key}")
    elif isinstance(given, list) and isinstance(shown, list) and len(given) == len(shown):
        for index, (one, other) in enumerate(zip(given, shown, strict=True)):
            yield from _lost(one, other, f"{path}[{index}]")
    elif given != shown:
        is_secret = ".environment" in path
        yield path if is_secret else f"{path} = {given!r} (the account shows {shown!r})"


# --- sources -------------------------------------------------------------------------------------

_Reader = Callable[[_Found, dict[str, Any]], None]


def _read(path: Path) -> Any:
    if path.suffix not in {".yml", ".yaml"}:
        return read_json_file(path)
    try:
        yaml: Any = import_module("yaml")  # only Compose files need PyYAML
    except ImportError:
        raise ConfigurationError(
            f"load: {path} is YAML: run `pip install 'pytest-lightsail[yaml]'`, or pass the output "
            "of `docker compose config --format json`"
        ) from None
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise ConfigurationError(f"load: cannot read {path} as YAML: {error}") from None


def _plain(value: Any, key: str = "") -> Any:
    """Return the document without null members, and with timestamps in epoch seconds.

    boto3 returns timestamps as ``datetime`` objects, version 1 of the AWS CLI as numbers, and
    version 2 as ISO 8601 strings. Services and environment variables that are
    null are kept, because ``_compose`` handles them.
    """
    if isinstance(value, Mapping):
        keeps_null = key in {"services", "environment"}
        return {
            str(name): _plain(member, str(name))  # YAML also allows numbers as names
            for name, member in value.items()
            if member is not None or keeps_null
        }
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    if key not in {"createdAt", "created_at"} or isinstance(value, (int, float)):
        return value
    try:
        return parse_instant(value).timestamp()
    except ValueError:
        raise ConfigurationError(f"load: createdAt {value!r} is not a timestamp") from None


def _reader(document: Any, label: str) -> _Reader:
    if isinstance(document, Mapping):
        for member, reader in _READERS.items():
            if member in document:
                return reader
        if document and all(isinstance(x, Mapping) and "image" in x for x in document.values()):
            return lambda found, containers: found.configured.update(containers=containers)
    raise ConfigurationError(
        f"load: {label} has an unknown format; expected the output of `aws lightsail "
        "get-container-services`, `get-container-service-deployments`, `get-container-images` or "
        "`terraform show -json`, a response from boto3, a Compose file, containers.json, "
        "public-endpoint.json, or the result of lightsail.dump()"
    )


def _responses(found: _Found, document: dict[str, Any]) -> None:
    """Read the output of the AWS CLI, a response from boto3, or a dump."""
    for service in document.get("containerServices", ()):
        existing = found.service(service["containerServiceName"])
        if existing.service and existing.service != service:
            found.left_out.append(f"{existing.name}: two sources contradict each other")
        existing.service = service
        running = (service.get(each) for each in ("currentDeployment", "nextDeployment"))
        existing.deployments += filter(None, running)
    listed = document.get("deployments", {})
    for name, deployments in (listed if isinstance(listed, dict) else {None: listed}).items():
        found.service(name).deployments += deployments
    for image in document.get("containerImages", ()):
        if (stored := _stored(image["image"])) is None:
            raise ConfigurationError(
                f"load: {image['image']!r} is not a stored image: expected a name such as ':shop.web.3'"
            )
        found.service(stored.service).images.append(image)


_BLOCKS = {
    *("private_registry_access", "ecr_image_puller_role"),
    *("public_domain_names", "public_endpoint", "health_check"),
}
"""Blocks that Terraform shows as single-element lists."""
_MAPS = {"tags", "tags_all", "environment", "ports"}
"""Objects with user-defined keys, which are not converted to API names."""
_IGNORED = {"id", "timeouts", "region", "region_name", "availability_zone"}
"""Terraform attributes that are not copied. ``_terraform`` turns the Region into a ``location``."""


def _terraform(found: _Found, document: dict[str, Any]) -> None:
    """Read the output of ``terraform show -json`` for a state or a plan."""
    modules = [(document.get("planned_values") or document["values"]).get("root_module", {})]
    for module in modules:
        modules += module.get("child_modules", ())
        for resource in module.get("resources", ()):
            kind = resource["type"].removeprefix("aws_lightsail_")
            if resource["mode"] == "data" or kind == resource["type"]:
                continue
            given = resource["values"]
            values = _camelled({key: value for key, value in given.items() if key not in _IGNORED})
            if kind == "container_service":
                service = found.service(values["name"]).service
                service.update(_tf_service(values))
                if region := given.get("region") or given.get("region_name"):
                    service["location"] = {"regionName": region}
            elif kind == "container_service_deployment_version":
                # In a plan, the service name can be missing if the service does not exist yet.
                existing = found.service(values.pop("serviceName", None))
                containers = {each.pop("containerName"): each for each in values.pop("container")}
                existing.deployments.append({**values, "containers": containers})
            else:
                found.left_out.append(resource["address"])


def _camelled(value: Any, name: str = "") -> Any:
    """Convert Terraform names to API names, unwrap blocks, and remove empty values."""
    if name in _BLOCKS:
        value = value[0]
    if isinstance(value, dict) and name not in _MAPS:
        found = {}
        for key, each in value.items():
            if each not in (None, [], {}):
                camel = re.sub("_(.)", lambda match: match[1].upper(), key)
                found[camel] = _camelled(each, key)
        return found
    return [_camelled(each) for each in value] if isinstance(value, list) else value


def _tf_service(service: dict[str, Any]) -> dict[str, Any]:
    """Convert service members that Terraform and the API represent differently."""
    del service["name"]
    tags = {**service.pop("tags", {}), **service.pop("tagsAll", {})}
    service["tags"] = [{"key": key, "value": value} for key, value in tags.items()]
    if "publicDomainNames" in service:
        service["publicDomainNames"] = {
            each["certificateName"]: each["domainNames"]
            for each in service["publicDomainNames"]["certificate"]
        }
    return service


_PORT = re.compile(r"(?:.*:)?(\d+)(?:/tcp)?")
"""Matches a port in a Compose file, such as ``8080:80/tcp``."""
_READ = {"image", "command", "environment", "ports", "expose"}


def _compose(found: _Found, document: dict[str, Any]) -> None:
    """Read a Compose file, whose services become the containers of one deployment."""
    found.default = found.default or document.get("name")
    containers = found.configured.setdefault("containers", {})
    for name, service in document["services"].items():
        where = f"services.{name}"
        if service is None or "image" not in service:
            raise ConfigurationError(
                f"load: {where} has no image: add a line such as `image: shop:1`"
            )
        command = service.get("command", [])
        container = containers[name] = {
            "image": service["image"],
            "command": shlex.split(command) if isinstance(command, str) else command,
            "environment": {},
            "ports": {},
        }
        environment = service.get("environment", {})
        if isinstance(environment, list):
            pairs = [each.partition("=") for each in environment]
            environment = {key: value if equals else None for key, equals, value in pairs}
        for key, value in environment.items():
            if value is None:
                found.left_out.append(f"{where}.environment.{key}")
            else:
                # YAML has Booleans, numbers and dates, but environment variables are strings.
                text = str(value).lower() if isinstance(value, bool) else str(value)
                container["environment"][key] = text
        published = service.get("ports", [])
        for port in [*published, *service.get("expose", [])]:
            is_long = isinstance(port, Mapping)
            short = f"{port['target']}/{port.get('protocol', 'tcp')}" if is_long else str(port)
            if match := _PORT.fullmatch(short):
                container["ports"][match[1]] = "HTTP"
                endpoint = {"containerName": name, "containerPort": int(match[1])}
                if port in published:
                    found.configured.setdefault("publicEndpoint", endpoint)
            else:
                found.left_out.append(f"{where}, port {short}")
        found.left_out += [f"{where}.{key}" for key in service if key not in _READ]
    found.left_out += [key for key in document if key not in {"name", "services", "version"}]


_READERS: Mapping[str, _Reader] = {
    **dict.fromkeys(("containerServices", "deployments", "containerImages"), _responses),
    **dict.fromkeys(("planned_values", "values"), _terraform),
    "services": _compose,
    "containerName": lambda found, endpoint: found.configured.update(publicEndpoint=endpoint),
}
"""The functions that read documents, each keyed by the member that identifies its format."""
