"""``lightsail.load`` and ``lightsail.dump``: read and write services in the formats of other tools.

Each source is converted to responses of GetContainerServices, GetContainerServiceDeployments and
GetContainerImages. A warning lists the members that the account shows differently or cannot store.
"""

from __future__ import annotations

import json
import shlex
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from os import PathLike
from pathlib import Path
from typing import Any

from ..contract.validator import validator
from ..exceptions import ConfigurationError, NotLoadedWarning
from ..model.bounds import read_json_file
from ..model.catalogue import parse_stored_image
from ..model.schema import RESPONSE, Form
from ..options import parse_instant
from ..output_files import GENERATOR
from ..simulator.account import Account
from ..simulator.clock import NANOSECONDS
from .existing import Existing, add, check_request

Source = str | PathLike[str] | Mapping[str, Any]
Documents = Mapping[str, Any]
_SHAPES = (
    "the output of `aws lightsail get-container-services`, `get-container-service-deployments`, "
    "`get-container-images` or `terraform show -json`, a response from boto3, a Terraform state, a "
    "Compose file, containers.json, public-endpoint.json, or the result of lightsail.dump()"
)


@dataclass
class _Found:
    """The contents of the sources by service name, in the form of API responses."""

    default: str | None
    services: dict[str, dict[str, Any]] = field(default_factory=dict)
    deployments: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    images: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)

    def name(self) -> str:
        """Return the service name to use for documents that do not contain one."""
        names = [self.default] if self.default else [*self.services]
        if len(names) != 1:
            raise ConfigurationError("load: no source names the service: pass `service='NAME'`")
        return names[0]

    def deployment(self) -> dict[str, Any]:
        """Return the deployment that several files describe together."""
        return self.deployments.setdefault(self.name(), [{}])[0]


def load(
    account: Account, region: str, sources: Sequence[Source], service: str | None
) -> tuple[str, ...]:
    """Add the services in the sources to the account. Return the members that were not loaded."""
    found = _Found(service)
    documents = [
        ("the document", source) if isinstance(source, Mapping) else (str(source), _read(source))
        for source in sources
    ]
    # First read the documents that name their services, whatever the order of the arguments.
    documents.sort(key=lambda each: "containerServices" not in each[1])
    for label, document in documents:
        reader = _reader(document, label)
        try:
            reader(found, _plain(document))
        except (AttributeError, KeyError, TypeError) as error:
            kind = type(error).__name__
            raise ConfigurationError(f"load: {label} cannot be read: {kind}: {error}") from None
    names = dict.fromkeys([*found.services, *found.deployments, *found.images])
    for name in names:
        existing = _existing(found, name)
        where = _region(existing.service) or region
        _check(account, existing)
        loaded = add(account, where, existing, f"lightsail.load, {name}")
        shown = loaded.describe()
        found.left_out += _lost(existing.service, shown, name)
        listed = {each.version: each.describe() for each in loaded.deployments}
        for number, given in enumerate(existing.deployments, 1):
            version = given.get("version", number)
            at = f"{name}, deployment {version}"
            found.left_out += _lost(given, listed.get(version, {}), at)
    if not names:
        found.left_out.append("the sources contain no container service")
    if found.left_out:
        warnings.warn(NotLoadedWarning(f"not loaded: {'; '.join(found.left_out)}"), stacklevel=3)
    return tuple(found.left_out)


def dump(account: Account, region: str) -> dict[str, Any]:
    """Return the services, deployments and images of a Region as JSON that ``load`` accepts."""
    with account.lock:
        services = list(account.region(region).services.values())
        document = {
            "generator": GENERATOR,
            "containerServices": [each.describe() for each in services],
            "deployments": {
                each.name: [one.describe() for one in each.deployments] for each in services
            },
            "containerImages": [one.describe() for each in services for one in each.images],
        }
        plain: dict[str, Any] = json.loads(json.dumps(document))
        return plain


def _region(service: Documents) -> str:
    """Return the Region of a service from its location or its ARN."""
    stated = (service.get("location") or {}).get("regionName")
    return str(stated or "".join(service.get("arn", "").split(":")[3:4]))


def _check(account: Account, existing: Existing) -> None:
    """Reject documents that AWS could never return."""
    responses = validator(account.model, Form(RESPONSE))
    parts = [("ContainerService", existing.service)]
    parts += [("ContainerServiceDeployment", each) for each in existing.deployments]
    parts += [("ContainerImage", each) for each in existing.images]
    for shape, document in parts:
        for broken in responses.violations_of(shape, document):
            raise ConfigurationError(f"load: {existing.name}: {shape}: {broken}")
    # A deployment without a version comes from a configuration file, so AWS must accept it as a
    # request.
    for one in (each for each in existing.deployments if not {"state", "version"} & each.keys()):
        request = {"serviceName": existing.name, **one}
        cause = f"load: {existing.name} cannot have this deployment"
        check_request(account, "CreateContainerServiceDeployment", request, cause)


def _existing(found: _Found, name: str) -> Existing:
    service = {"containerServiceName": name, **found.services.get(name, {})}
    listed = enumerate(found.deployments.get(name, ()), 1)
    versions = {one.get("version", number): one for number, one in listed}
    for member in ("currentDeployment", "nextDeployment"):
        one = service.get(member)
        if one:
            versions.setdefault(one.get("version", len(versions) + 1), one)
    deployments = [versions[version] for version in sorted(versions)]
    if "state" not in service:
        states = {one.get("state", "ACTIVE") for one in deployments}
        state = "DEPLOYING" if "ACTIVATING" in states else "READY"
        state = "RUNNING" if state == "READY" and "ACTIVE" in states else state
        service["state"] = "DISABLED" if service.get("isDisabled") else state
    return Existing(service, deployments, found.images.get(name, []), happened=True)


def _lost(given: Any, shown: Any, path: str) -> Iterator[str]:
    """Yield a description of each member of ``given`` that ``shown`` lacks or contradicts."""
    if isinstance(given, Mapping) and isinstance(shown, Mapping):
        for key, value in given.items():
            if value not in (None, {}, [], "") or shown.get(key) not in (None, value):
                yield from _lost(value, shown.get(key), f"{path}.{key}")
    elif isinstance(given, list) and isinstance(shown, list) and len(given) == len(shown):
        for index, (one, other) in enumerate(zip(given, shown, strict=True)):
            yield from _lost(one, other, f"{path}[{index}]")
    elif given != shown and ".environment" not in path:
        yield f"{path} = {given!r} (the account shows {shown!r})"
    elif given != shown:
        yield path


# --- files ---------------------------------------------------------------------------------------


def _read(source: str | PathLike[str]) -> Documents:
    path = Path(source)
    read = _read_yaml if path.suffix in {".yml", ".yaml"} else read_json_file
    document = read(path)
    if not isinstance(document, dict):
        raise ConfigurationError(f"load: {path} is not an object; expected {_SHAPES}")
    return document


def _read_yaml(path: Path) -> Any:
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
    """Return the document without null members, and convert timestamps to epoch seconds."""
    if isinstance(value, Mapping):
        return {str(k): _plain(v, str(k)) for k, v in value.items() if v is not None}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    if key in {"createdAt", "created_at"}:
        return _epoch(value)
    return value


def _epoch(value: Any) -> float:
    """Convert a timestamp to seconds since 1970.

    boto3 returns a ``datetime``. The AWS CLI returns a number (version 1) or an ISO 8601 string
    (version 2).
    """
    if isinstance(value, (int, float)):
        return float(value)
    try:
        instant = parse_instant(value)
    except ValueError:
        raise ConfigurationError(f"load: createdAt {value!r} is not a timestamp") from None
    return round(instant.timestamp() * NANOSECONDS) / NANOSECONDS


def _reader(document: Documents, label: str) -> Callable[[_Found, dict[str, Any]], None]:
    for shape, reader in _READERS.items():
        if all(name in document for name in shape):
            return reader
    images = [one.get("image") for one in document.values() if isinstance(one, Mapping)]
    if images and len(images) == len(document) and all(images):
        return lambda found, containers: _request(found, {"containers": containers})
    raise ConfigurationError(f"load: {label} has an unknown format; expected {_SHAPES}")


# --- the AWS CLI and boto3 -----------------------------------------------------------------------


def _services(found: _Found, document: dict[str, Any]) -> None:
    for service in document.get("containerServices") or [document.get("containerService")]:
        if service:
            name = service["containerServiceName"]
            if found.services.get(name, service) != service:
                found.left_out.append(f"{name}, which differs in another source")
            found.services[name] = service
    for name, reader in (("deployments", _deployments), ("containerImages", _images)):
        if name in document:
            reader(found, document)


def _deployments(found: _Found, document: dict[str, Any]) -> None:
    listed = document["deployments"]
    if not isinstance(listed, dict):
        listed = {found.name(): listed}
    found.deployments |= {name: list(versions) for name, versions in listed.items()}


def _images(found: _Found, document: dict[str, Any]) -> None:
    for image in document["containerImages"]:
        stored = parse_stored_image(image["image"])
        if stored is None or not stored.version.isdigit():
            raise ConfigurationError(
                f"load: {image['image']!r} is not a stored image, such as ':shop.web.3'"
            )
        found.images.setdefault(stored.service, []).append(image)


def _request(found: _Found, document: dict[str, Any]) -> None:
    found.default = found.default or document.get("serviceName")
    found.deployment().update(
        {key: document[key] for key in ("containers", "publicEndpoint") if key in document}
    )


# --- Terraform -----------------------------------------------------------------------------------

_SERVICE = "aws_lightsail_container_service"
_DEPLOYMENT = f"{_SERVICE}_deployment_version"
_BLOCKS = {
    *("private_registry_access", "ecr_image_puller_role"),
    *("public_domain_names", "public_endpoint", "health_check"),
}
"""Configuration blocks, which Terraform shows as lists of one element."""
_MAPS = {"tags", "tags_all", "environment", "ports"}
"""Objects whose keys are not converted, because the user chooses them."""
_IGNORED = {"id", "timeouts", "region"}


def _terraform(found: _Found, document: dict[str, Any]) -> None:
    shown = document.get("planned_values") or document.get("values") or {}
    for address, kind, given in _resources(shown.get("root_module", document)):
        values = _camelled({key: each for key, each in given.items() if key not in _IGNORED})
        if kind == _SERVICE:
            service = _tf_service(values)
            found.services[service["containerServiceName"]] = service
        elif kind == _DEPLOYMENT:
            # A plan lacks a name that comes from a service that does not exist yet.
            name = values.pop("serviceName", None) or found.name()
            containers = {each.pop("containerName"): each for each in values.pop("container", ())}
            found.deployments.setdefault(name, []).append({**values, "containers": containers})
        elif kind.startswith("aws_lightsail_"):
            found.left_out.append(address)


def _resources(module: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield the resources of a state file, or of a module in the output of ``terraform show``."""
    for one in module.get("resources", ()):
        if one.get("mode") == "managed":
            address = one.get("address") or f"{one['type']}.{one['name']}"
            for instance in one.get("instances", [one]):
                given = instance.get("attributes") or instance.get("values") or {}
                yield address, one["type"], given
    for child in module.get("child_modules", ()):
        yield from _resources(child)


def _camelled(value: Any, name: str = "") -> Any:
    """Convert names to API names, unwrap blocks, and remove empty values."""
    if name in _BLOCKS:
        value = value[0]
    if isinstance(value, dict) and name not in _MAPS:
        found = {}
        for key, each in value.items():
            if each not in (None, [], {}):
                first, *others = key.split("_")
                found[first + "".join(map(str.title, others))] = _camelled(each, key)
        return found
    return [_camelled(each) for each in value] if isinstance(value, list) else value


def _tf_service(service: dict[str, Any]) -> dict[str, Any]:
    service["containerServiceName"] = service.pop("name")
    tags = {**service.pop("tags", {}), **service.pop("tagsAll", {})}
    service["tags"] = [
        {"key": key, **({"value": value} if value else {})} for key, value in tags.items()
    ]
    where = ("availabilityZone", "regionName")
    service["location"] = {name: service.pop(name) for name in where if name in service}
    if "publicDomainNames" in service:
        service["publicDomainNames"] = {
            each["certificateName"]: each["domainNames"]
            for each in service["publicDomainNames"]["certificate"]
        }
    return service


# --- Compose -------------------------------------------------------------------------------------


def _compose(found: _Found, document: dict[str, Any]) -> None:
    found.default = found.default or document.get("name")
    deployment = found.deployment()
    containers = deployment.setdefault("containers", {})
    for name, given in document["services"].items():
        service = dict(given)
        if "image" not in service:
            raise ConfigurationError(
                f"load: services.{name} has no image: add a line such as `image: shop:1`"
            )
        ports, published = _compose_ports(service.pop("ports", []), service.pop("expose", []))
        containers[name] = {
            "image": service.pop("image"),
            "command": _words(service.pop("command", [])),
            "environment": _variables(service.pop("environment", {}), found, name),
            "ports": ports,
        }
        if published and "publicEndpoint" not in deployment:
            port = int(published[0])
            deployment["publicEndpoint"] = {"containerName": name, "containerPort": port}
        found.left_out += [f"services.{name}.{key}" for key in service]
    found.left_out += [key for key in document if key not in {"name", "services", "version"}]


def _compose_ports(ports: list[Any], expose: list[Any]) -> tuple[dict[str, str], list[str]]:
    """Return the ports of a container, and the numbers of the ports published over TCP."""
    opened, published = {}, []
    for port in (*ports, *expose):
        long = {"target": str(port).rpartition(":")[2]} if not isinstance(port, Mapping) else port
        number, _, protocol = str(long["target"]).partition("/")
        if not number.isdigit():
            raise ConfigurationError(f"load: port {port!r}: expected one number, as in '8080:80'")
        is_udp = (protocol or long.get("protocol", "tcp")) == "udp"
        opened[number] = "UDP" if is_udp else "HTTP"
        if port in ports and not is_udp:
            published.append(number)
    return opened, published


def _words(command: Any) -> list[str]:
    return shlex.split(command) if isinstance(command, str) else [str(word) for word in command]


def _variables(given: Any, found: _Found, name: str) -> dict[str, str]:
    if isinstance(given, Mapping):
        # YAML has Booleans; an environment variable is a string.
        texts = [
            f"{key}={str(value).lower() if isinstance(value, bool) else value}"
            for key, value in given.items()
        ]
    else:
        texts = [str(each) for each in given]
    pairs = [text.split("=", 1) for text in texts]
    for pair in pairs:
        if len(pair) == 1:
            found.left_out.append(f"services.{name}.environment.{pair[0]}, which has no value")
    return dict(pair for pair in pairs if len(pair) > 1)


_READERS: Mapping[tuple[str, ...], Callable[[_Found, dict[str, Any]], None]] = {
    ("containerServices",): _services,
    ("containerService",): _services,
    ("deployments",): _deployments,
    ("containerImages",): _images,
    ("planned_values",): _terraform,
    ("values", "terraform_version"): _terraform,
    ("resources", "terraform_version"): _terraform,
    ("services",): _compose,
    ("containers",): _request,
    ("containerName", "containerPort"): lambda found, endpoint: _request(
        found, {"publicEndpoint": endpoint}
    ),
}
"""Maps the members that identify a format to the function that reads documents in that format."""
