"""The rules catalogue: every constraint on the container family, as data.

Sources are AWS documentation pages by title, the botocore service model, or an observation of the real
service. A rule whose limits the model states takes them from there (``model.rules.resolve``); a rule that
AWS states only in prose has them here, and nowhere else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, NamedTuple

from .rule import Broken, Kind, Path, Rule

__all__ = [
    "RULES",
    "EcrImage",
    "StoredImage",
    "parse_ecr_image",
    "parse_stored_image",
    "success_code_ranges",
]

_API = "Amazon Lightsail API Reference, "
_MODEL = "botocore service model; the service answers the rest"
_CREATE = "CreateContainerServiceRequest"
_DEPLOY = "CreateContainerServiceDeploymentRequest"
_NESTED = "ContainerServiceDeploymentRequest"
_HEALTH = "ContainerServiceHealthCheckConfig"

_Document = Mapping[str, Any]


# --- names, capacity and tags of a service ----------------------------------------------------------


def _keys_are_unique(tags: Any, rule: Rule) -> Iterator[Broken]:
    """Tags whose key another tag before them has."""
    del rule
    seen: set[str] = set()
    for index, tag in enumerate(tags):
        key = tag.get("key") if isinstance(tag, dict) else None
        if isinstance(key, str):
            if key in seen:
                yield Broken((index, "key"), key)
            seen.add(key)


_NAMES = (
    Rule(
        id="service-name.length",
        kind=Kind.LENGTH,
        targets=("ContainerServiceName",),
        meaning="the length of a container service's name",
        message='Container service name "{found}" must have between {minimum} and {maximum} characters.',
        tip="Give {path} between {minimum} and {maximum} characters.",
        source=f"{_MODEL}; the user guide's page on creating services says 2, "
        "but the model's bound wins: it is what the API is made from",
    ),
    Rule(
        id="service-name.pattern",
        kind=Kind.PATTERN,
        targets=("ContainerServiceName",),
        meaning="lower-case letters, digits and hyphens, with no hyphen at either end",
        message='Container service name "{found}" does not match pattern: {pattern}',
        tip="Use lower-case letters, digits and inner hyphens in {path}.",
        source=f"{_MODEL}; the pattern means the whole name, as observed for container names",
    ),
    Rule(
        id="container-name.length",
        kind=Kind.LENGTH,
        targets=("ContainerName",),
        meaning="the length of a container's name",
        message='Container name "{found}" must have between {minimum} and {maximum} characters.',
        tip="Give the container at {path} a name of {minimum} to {maximum} characters.",
        source=_MODEL,
    ),
    Rule(
        id="container-name.pattern",
        kind=Kind.PATTERN,
        targets=("ContainerName",),
        meaning="lower-case letters, digits and hyphens, with no hyphen at either end",
        message='Container name "{found}" does not match pattern: {pattern}',
        tip="Use lower-case letters, digits and inner hyphens in the name at {path}.",
        source="observed: the service quotes the pattern in its whole-string form",
        observed=True,
    ),
    Rule(
        id="label.length",
        kind=Kind.LENGTH,
        targets=("ContainerLabel",),
        meaning="the length of a stored image's label",
        message='Label "{found}" must have between {minimum} and {maximum} characters.',
        tip="Give {path} between {minimum} and {maximum} characters.",
        source=_MODEL,
    ),
    Rule(
        id="label.pattern",
        kind=Kind.PATTERN,
        targets=("ContainerLabel",),
        meaning="lower-case letters, digits and hyphens, with no hyphen at either end",
        message='Label "{found}" does not match pattern: {pattern}',
        tip="Use lower-case letters, digits and inner hyphens in {path}.",
        source=f"{_MODEL}; text as observed for container names",
    ),
    Rule(
        id="power.values",
        kind=Kind.ENUM,
        targets=("ContainerServicePowerName",),
        meaning="the power is one of the bundles on offer",
        message='Power "{found}" is not valid. Valid values: {values}.',
        tip="Set {path} to one of: {values}.",
        source=_MODEL,
    ),
    Rule(
        id="scale.range",
        kind=Kind.RANGE,
        targets=("ContainerServiceScale",),
        meaning="how many nodes a service has",
        message="Scale {found} is not valid. It must be between {minimum} and {maximum}.",
        tip="Set {path} to between {minimum} and {maximum} nodes.",
        source=_MODEL,
    ),
    Rule(
        id="tags.count",
        kind=Kind.COUNT,
        targets=("TagList",),
        meaning="how many tags a resource has",
        message="{path} has {found} tags; a resource can have at most {maximum}.",
        tip="Leave at most {maximum} tags in {path}.",
        source=f"{_API}Tag; Amazon Lightsail endpoints and quotas; tags of AWS's own do not count",
        maximum=50,
        requests_only=True,
    ),
    Rule(
        id="tags.unique-keys",
        kind=Kind.RELATION,
        targets=("TagList",),
        meaning="the keys of a resource's tags differ",
        message='Tag key "{found}" is given more than once, again at {path}.',
        tip="Give each tag key once.",
        source="Lightsail developer guide, Tags in Amazon Lightsail",
        check=_keys_are_unique,
    ),
    Rule(
        id="tag.key-required",
        kind=Kind.REQUIRED,
        targets=("Tag.key",),
        meaning="a tag has a key",
        message="These parameters are required: {member} (at {path})",
        tip="Give the tag at {path} a key; its value may be left out.",
        source="Lightsail developer guide, Tags in Amazon Lightsail; the model leaves it optional",
        code="MissingParameter",
    ),
    Rule(
        id="tag.key-length",
        kind=Kind.LENGTH,
        targets=("TagKey",),
        meaning="the length of a tag's key",
        message="The tag key at {path} must have between {minimum} and {maximum} characters.",
        tip="Give {path} between {minimum} and {maximum} characters.",
        source=f"{_API}Tag",
        minimum=1,
        maximum=128,
    ),
    Rule(
        id="tag.value-length",
        kind=Kind.LENGTH,
        targets=("TagValue",),
        meaning="the length of a tag's value",
        message="The tag value at {path} must have at most {maximum} characters.",
        tip="Shorten {path} to {maximum} characters.",
        source=f"{_API}Tag",
        minimum=0,
        maximum=256,
    ),
    Rule(
        id="tag.alphabet",
        kind=Kind.PATTERN,
        targets=("TagKey", "TagValue"),
        meaning="letters, numbers, spaces and + - = . _ : / @",
        message="{path} has characters that tags cannot have.",
        tip="Use letters, numbers, spaces and + - = . _ : / @ in {path}.",
        source=f"{_API}Tag; letters of every script are let through",
        pattern=r"[^\x00-\x1f!-*,;<>?\[-^`{-\x7f]*",
    ),
    Rule(
        id="tag.reserved-prefix",
        kind=Kind.PATTERN,
        targets=("TagKey",),
        meaning="keys that begin with aws: belong to AWS",
        message='Tag key "{found}" at {path} begins with aws:, which is reserved.',
        tip="Begin {path} with something other than aws:.",
        source="Lightsail developer guide, Tags in Amazon Lightsail",
        pattern=r"(?![aA][wW][sS]:)[\s\S]*",
        requests_only=True,
    ),
)

# --- domain names and certificates ------------------------------------------------------------------

_DOMAINS = (
    "ContainerServicePublicDomainsList[]",
    "CreateCertificateRequest.domainName",
    "SubjectAlternativeNameList[]",
)
_MOST_CERTIFICATES = 4


def _certificates_within_limit(domains: Any, rule: Rule) -> Iterator[Broken]:
    """More certificates than the rule allows; one with an empty list is being detached."""
    count = _attached(domains)
    if rule.maximum is not None and count > rule.maximum:
        yield Broken((), count)


def _domains_within_limit(domains: Any, rule: Rule, *, certificates: int) -> Iterator[Broken]:
    """More domain names, over all certificates, than the rule allows.

    Each certificate has a name at least: where there are more than ``certificates`` of them, the rule of
    their number says so.
    """
    count = sum(len(names) for names in domains.values() if isinstance(names, (list, tuple)))
    if rule.maximum is not None and count > rule.maximum and _attached(domains) <= certificates:
        yield Broken((), count)


def _attached(domains: _Document) -> int:
    return sum(bool(names) for names in domains.values())


_DOMAIN_RULES = (
    Rule(
        id="domains.count",
        kind=Kind.RELATION,
        targets=("ContainerServicePublicDomains",),
        meaning="how many public domain names a service has",
        message="{path} names {found} domains; a container service can have at most {maximum}.",
        tip="Leave at most {maximum} domain names in {path}.",
        source=f"{_API}CreateContainerService; Amazon Lightsail endpoints and quotas",
        maximum=4,
        check=partial(_domains_within_limit, certificates=_MOST_CERTIFICATES),
    ),
    Rule(
        id="domains.certificates",
        kind=Kind.RELATION,
        targets=("ContainerServicePublicDomains",),
        meaning="how many certificates a service has attached",
        message="{path} names {found} certificates; a container service can have at most {maximum}.",
        tip="Leave at most {maximum} certificates in {path}.",
        source="Amazon Lightsail endpoints and quotas",
        maximum=_MOST_CERTIFICATES,
        check=_certificates_within_limit,
    ),
    Rule(
        id="domain.length",
        kind=Kind.LENGTH,
        targets=_DOMAINS,
        meaning="the length of a domain name",
        message='Domain name "{found}" at {path} is not valid.',
        tip="Shorten {path} to {maximum} characters.",
        source="RFC 1035, Domain names: implementation and specification",
        minimum=1,
        maximum=253,
    ),
    Rule(
        id="domain.pattern",
        kind=Kind.PATTERN,
        targets=_DOMAINS,
        meaning="a domain name of two labels or more, without wildcard",
        message='Domain name "{found}" at {path} is not valid.',
        tip="Give {path} a domain name such as www.example.com; wildcards cannot be used.",
        source="RFC 1035, Domain names: implementation and specification; API Reference, "
        "CreateCertificate (no wildcards)",
        pattern=r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+"
        r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?",
    ),
    Rule(
        id="domain.one-service",
        kind=Kind.ACCOUNT,
        targets=("ContainerServicePublicDomainsList[]",),
        meaning="a domain name belongs to one container service",
        message='Domain name "{found}" is already in use by container service "{owner}".',
        tip="Take the domain at {path} from the other service first.",
        source="Lightsail developer guide, Enabling and managing custom domains for your Amazon "
        "Lightsail container services",
    ),
    Rule(
        id="certificate.name",
        kind=Kind.PATTERN,
        targets=("CreateCertificateRequest.certificateName",),
        meaning="letters, digits, underscores and inner hyphens; two characters or more",
        message='Certificate name "{found}" does not match pattern: {pattern}',
        tip="Use letters, digits, underscores and inner hyphens in {path}.",
        source="botocore service model, ResourceName: an operation shows the name as one of a resource; "
        "assumed to hold for the request, of which the model says nothing",
        pattern="[A-Za-z0-9_][A-Za-z0-9_-]*[A-Za-z0-9_]",
    ),
    Rule(
        id="certificate.names",
        kind=Kind.COUNT,
        targets=("CreateCertificateRequest.subjectAlternativeNames",),
        meaning="how many names a certificate has beside its domain name",
        message="{path} names {found} domains; a certificate can have at most {maximum} alternate ones.",
        tip="Leave at most {maximum} names in {path}.",
        source=f"{_API}CreateCertificate",
        maximum=9,
    ),
    Rule(
        id="certificate.exists",
        kind=Kind.ACCOUNT,
        targets=("ContainerServicePublicDomains[key]",),
        meaning="the certificate exists in this Region",
        message='Certificates "{found}" provided for service "{service}" do not exist.',
        tip="Create the certificate named at {path} in this Region first.",
        source="Terraform AWS provider, acceptance tests: a text with 'do not exist' was observed",
    ),
    Rule(
        id="certificate.issued",
        kind=Kind.ACCOUNT,
        targets=("ContainerServicePublicDomains[key]",),
        meaning="the certificate is ISSUED",
        message='Certificate "{found}" provided for service "{service}" has {status} status, '
        "required status: ISSUED.",
        tip="Validate the certificate named at {path} and wait until it is ISSUED.",
        source="observed by acceptance tests of a public Terraform provider",
        observed=True,
    ),
    Rule(
        id="certificate.covers-domain",
        kind=Kind.ACCOUNT,
        targets=("ContainerServicePublicDomainsList[]",),
        meaning="the domain name is one of its certificate's names",
        message='Domain name "{found}" is not covered by certificate "{certificate}".',
        tip="Use a name of the certificate at {path}: {names}.",
        source=f"{_API}CreateContainerService",
    ),
    Rule(
        id="certificate.name-free",
        kind=Kind.ACCOUNT,
        targets=("CreateCertificateRequest.certificateName",),
        meaning="the name of a certificate is unique in its Region",
        message="Some names are already in use: {found}",
        tip="Choose another name for {path}.",
        source="text as observed for other Lightsail resources",
    ),
    Rule(
        id="certificate.known",
        kind=Kind.ACCOUNT,
        targets=("GetCertificatesRequest.certificateName", "DeleteCertificateRequest"),
        meaning="the certificate that is asked for exists in this Region",
        message="The Certificate does not exist: {found}",
        tip="Check {path}; the Region is {region}.",
        source="text after the one of other Lightsail resources",
        error="NotFoundException",
        code="ResourceNotFound",
    ),
    Rule(
        id="certificate.unused",
        kind=Kind.ACCOUNT,
        targets=("DeleteCertificateRequest",),
        meaning="a certificate that is attached to a container service is not deleted",
        message='Certificate "{found}" is in use by: {services}',
        tip="Detach it first: UpdateContainerService with an empty list for it in publicDomainNames.",
        source="text assumed",
        code="OperationNotPermitted",
    ),
)

# --- deployments ------------------------------------------------------------------------------------


def _endpoint_names_a_container(deployment: Any, rule: Rule) -> Iterator[Broken]:
    """A public endpoint on a container that the deployment does not have."""
    del rule
    containers, endpoint = _parts(deployment)
    name = endpoint.get("containerName")
    if isinstance(name, str) and name not in containers:
        yield Broken(
            ("publicEndpoint", "containerName"), name, {"containers": ", ".join(sorted(containers))}
        )


def _endpoint_port_is_open(deployment: Any, rule: Rule) -> Iterator[Broken]:
    """A public endpoint on a port that its container does not open."""
    del rule
    container, port = _endpoint_port(deployment)
    if container is not None and str(port) not in (ports := container.get("ports") or {}):
        yield Broken(
            ("publicEndpoint", "containerPort"), port, {"ports": ", ".join(ports) or "none"}
        )


def _endpoint_port_speaks_http(deployment: Any, rule: Rule) -> Iterator[Broken]:
    """A public endpoint on a port with none of the rule's protocols."""
    container, port = _endpoint_port(deployment)
    protocol = ((container or {}).get("ports") or {}).get(str(port))
    if protocol is not None and protocol not in rule.values:
        yield Broken(("publicEndpoint", "containerPort"), port, {"protocol": protocol})


def _parts(deployment: _Document) -> tuple[_Document, _Document]:
    containers, endpoint = deployment.get("containers"), deployment.get("publicEndpoint")
    return (
        containers if isinstance(containers, dict) else {},
        endpoint if isinstance(endpoint, dict) else {},
    )


def _endpoint_port(deployment: _Document) -> tuple[_Document | None, Any]:
    containers, endpoint = _parts(deployment)
    name, port = endpoint.get("containerName"), endpoint.get("containerPort")
    container = containers.get(name) if isinstance(name, str) else None
    if not isinstance(container, dict) or port is None:
        return None, None
    return container, port


def success_code_ranges(codes: str) -> Iterator[tuple[int, int]]:
    """Yield the ranges that a well-formed ``successCodes`` names, each with both its ends.

    >>> list(success_code_ranges("200,301-302"))
    [(200, 200), (301, 302)]
    """
    for part in codes.split(","):
        low, _, high = part.partition("-")
        yield int(low), int(high or low)


def _codes_ascend(codes: Any, rule: Rule) -> Iterator[Broken]:
    """Ranges of status codes that end before they start."""
    del rule
    if "-" not in codes:
        return
    try:
        ranges = list(success_code_ranges(codes))
    except ValueError:
        return
    for low, high in ranges:
        if low > high:
            yield Broken((), f"{low}-{high}", {"turned": f"{high}-{low}"})


_CODE = "[2-4][0-9]{2}"
_CODES = f"{_CODE}(?:-{_CODE})?"

_DEPLOYMENTS = (
    Rule(
        id="deployment.containers-required",
        kind=Kind.REQUIRED,
        targets=(f"{_DEPLOY}.containers", f"{_NESTED}.containers"),
        meaning="a deployment has containers",
        message="These parameters are required: {member}",
        tip="Give {path} at least one container.",
        source="assumed: optional in the model, though a deployment of nothing has no meaning",
        code="MissingParameter",
    ),
    Rule(
        id="containers.count",
        kind=Kind.COUNT,
        targets=("ContainerMap",),
        meaning="how many containers a deployment has",
        message="{path} has {found} containers; a deployment can have {minimum} to {maximum}.",
        tip="Leave {minimum} to {maximum} containers in {path}.",
        source="Amazon Lightsail endpoints and quotas (Terraform allows 53, which is wrong)",
        minimum=1,
        maximum=10,
    ),
    Rule(
        id="container.image-required",
        kind=Kind.REQUIRED,
        targets=("Container.image",),
        meaning="a container has an image",
        message="These parameters are required: {member} (at {path})",
        tip="Set {path} to an image such as nginx:latest or :service.label.1.",
        source="assumed: optional in the model, though a container without image cannot run",
        code="MissingParameter",
    ),
    Rule(
        id="port.range",
        kind=Kind.RANGE,
        targets=("PortMap[key]", "EndpointRequest.containerPort"),
        meaning="ports are decimal numbers without leading zeros",
        message='Port "{found}" at {path} is not valid. It must be between {minimum} and {maximum}.',
        tip="Set {path} to a number between {minimum} and {maximum}.",
        source="RFC 9293, Transmission Control Protocol (16 bits); the model states no bounds",
        minimum=1,
        maximum=65535,
        pattern="[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]",
    ),
    Rule(
        id="protocol.values",
        kind=Kind.ENUM,
        targets=("ContainerServiceProtocol",),
        meaning="a port speaks HTTP, HTTPS, TCP or UDP",
        message='Protocol "{found}" at {path} is not valid. Valid values: {values}.',
        tip="Set {path} to one of: {values}.",
        source=_MODEL,
    ),
    Rule(
        id="endpoint.container",
        kind=Kind.RELATION,
        targets=(_DEPLOY, _NESTED),
        meaning="the public endpoint names a container of the deployment",
        message='Container "{found}" specified in {path} is not in the list of containers.',
        tip="Set {path} to one of: {containers}.",
        source=f"{_API}EndpointRequest; text assumed",
        check=_endpoint_names_a_container,
    ),
    Rule(
        id="endpoint.port",
        kind=Kind.RELATION,
        targets=(_DEPLOY, _NESTED),
        meaning="the public endpoint's port is open on its container",
        message="Invalid port specified. You must specify a port that is in the list of ports of the "
        "specified container.",
        tip="Set {path} to a port the container opens ({ports}), or open port {found} on it.",
        source="observed by users of the Terraform AWS provider",
        observed=True,
        check=_endpoint_port_is_open,
    ),
    Rule(
        id="endpoint.protocol",
        kind=Kind.RELATION,
        targets=(_DEPLOY, _NESTED),
        meaning="the public endpoint's port speaks HTTP or HTTPS",
        message="Port {found} at {path} is open as {protocol}; a public endpoint needs one of: {values}.",
        tip="Open port {found} as one of {values}, or choose another port for {path}.",
        source="Lightsail developer guide, Creating and managing deployments for your Amazon "
        "Lightsail container services; text assumed",
        values=("HTTP", "HTTPS"),
        check=_endpoint_port_speaks_http,
    ),
    Rule(
        id="health-check.timeout",
        kind=Kind.RANGE,
        targets=(f"{_HEALTH}.timeoutSeconds",),
        meaning="how many seconds a health check waits for an answer",
        message="{member} {found} at {path} is not valid. "
        "It must be between {minimum} and {maximum} seconds.",
        tip="Set {path} to between {minimum} and {maximum} seconds.",
        source=f"{_API}ContainerServiceHealthCheckConfig; prose only",
        minimum=2,
        maximum=60,
    ),
    Rule(
        id="health-check.interval",
        kind=Kind.RANGE,
        targets=(f"{_HEALTH}.intervalSeconds",),
        meaning="how many seconds lie between health checks",
        message="{member} {found} at {path} is not valid. "
        "It must be between {minimum} and {maximum} seconds.",
        tip="Set {path} to between {minimum} and {maximum} seconds.",
        source=f"{_API}ContainerServiceHealthCheckConfig; prose only",
        minimum=5,
        maximum=300,
    ),
    Rule(
        id="health-check.threshold",
        kind=Kind.RANGE,
        targets=(f"{_HEALTH}.healthyThreshold", f"{_HEALTH}.unhealthyThreshold"),
        meaning="how many checks in a row a threshold asks for",
        message="{member} {found} at {path} is not valid. It must be at least {minimum}.",
        tip="Set {path} to {minimum} or more.",
        source="assumed: no bounds are documented; less than one check has no meaning",
        minimum=1,
    ),
    Rule(
        id="health-check.path",
        kind=Kind.PATTERN,
        targets=(f"{_HEALTH}.path",),
        meaning="the path of a health check begins with a slash and has no white space",
        message='{member} "{found}" at {path} is not valid. It must begin with "/".',
        tip='Begin {path} with "/" and leave out white space and control characters.',
        source="assumed from RFC 9112, HTTP/1.1 (origin-form); AWS documents only the default",
        pattern=r"/[!-~]*",
    ),
    Rule(
        id="health-check.success-codes",
        kind=Kind.PATTERN,
        targets=(f"{_HEALTH}.successCodes",),
        meaning="status codes: one, several with commas, or ranges",
        message='{member} "{found}" at {path} is not valid. '
        "Codes must be between {minimum} and {maximum}.",
        tip="Set {path} to codes from {minimum} to {maximum}, such as 200, 200,202 or 200-299.",
        source=f"{_API}ContainerServiceHealthCheckConfig; prose only",
        minimum=200,
        maximum=499,
        pattern=rf"{_CODES}(?:,{_CODES})*",
    ),
    Rule(
        id="health-check.success-codes-order",
        kind=Kind.RELATION,
        targets=(f"{_HEALTH}.successCodes",),
        meaning="a range of status codes names the lower one first",
        message='successCodes range "{found}" at {path} is not valid: its end is before its start.',
        tip="Turn the range round: {turned}.",
        source="assumed: a range with its ends exchanged holds no code",
        check=_codes_ascend,
    ),
)

# --- images -----------------------------------------------------------------------------------------

_NAME = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
_STORED_IMAGE = re.compile(rf":{_NAME}\.{_NAME}\.(?:[1-9][0-9]*|latest)", re.ASCII)
"""How long names are is not its business: an image exists, or does not."""

_COMPONENT = r"[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_PUBLIC_IMAGE = re.compile(
    rf"(?:{_LABEL}(?:\.{_LABEL})*(?::[0-9]+)?/)?"
    rf"{_COMPONENT}(?:/{_COMPONENT})*"
    r"(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?"
    r"(?:@[A-Za-z][A-Za-z0-9]*(?:[+._-][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,})?",
    re.ASCII,
)
"""A reference to an image in a registry, as container engines write it: host, path, tag, digest."""

_ECR_IMAGE = re.compile(r"([0-9]{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com/([^:@]+)", re.ASCII)


class StoredImage(NamedTuple):
    """An image stored with a container service: ``:service.label.version``."""

    service: str
    label: str
    version: str


class EcrImage(NamedTuple):
    """An image in a private repository of Amazon ECR."""

    account: str
    region: str
    repository: str


def parse_stored_image(image: str) -> StoredImage | None:
    """Return the parts of a ``:service.label.version``, ``None`` where it does not have three of them.

    >>> parse_stored_image(":shop.web.3")
    StoredImage(service='shop', label='web', version='3')
    """
    parts = image[1:].split(".")
    return StoredImage(*parts) if image.startswith(":") and len(parts) == 3 else None  # noqa: PLR2004


def parse_ecr_image(image: str) -> EcrImage | None:
    """Return account, Region and repository of a private ECR image; ``None`` for any other image."""
    match = _ECR_IMAGE.match(image)
    return EcrImage(*match.groups()) if match else None


def _images_are_well_formed(request: Any, rule: Rule) -> Iterator[Broken]:
    """Images that are neither ``:service.label.version`` nor a registry reference, or too long."""
    for path, name, image in _images(request):
        form = _STORED_IMAGE if image.startswith(":") else _PUBLIC_IMAGE
        # No engine takes a longer one, and a search in hostile input should stay cheap.
        if len(image) > rule.most or not form.fullmatch(image):
            yield Broken(path, image, {"container": name, "service": _service(request)})


def _stored_images_are_of_this_service(request: Any, rule: Rule) -> Iterator[Broken]:
    """Stored images that belong to another service."""
    del rule
    for path, name, image in _images(request):
        stored = parse_stored_image(image)
        if stored is not None and stored.service != _service(request):
            yield Broken(path, image, {"container": name, "service": _service(request)})


def _images(request: _Document) -> Iterator[tuple[Path, str, str]]:
    """Path, container name and image of every container, also inside a ``deployment`` member."""
    inner = request.get("deployment")
    for prefix, part in (((), request), (("deployment",), inner)):
        containers = part.get("containers") if isinstance(part, dict) else None
        for name, container in (containers or {}).items():
            image = container.get("image") if isinstance(container, dict) else None
            if isinstance(image, str):
                yield (*prefix, "containers", name, "image"), name, image


def _service(request: _Document) -> str:
    return str(request.get("serviceName", ""))


_IMAGES = (
    Rule(
        id="image.reference",
        kind=Kind.RELATION,
        targets=(_CREATE, _DEPLOY),
        meaning="an image is :service.label.version (or latest), or a registry's reference; not too long",
        message='Container "{container}" has invalid image "{found}". '
        'Example of valid image: ":{service}.{container}.123".',
        tip="Set {path} to :{service}.{container}.1 for a stored image, or to one like nginx:latest.",
        source="observed for a stored image with the version LATEST; the length is assumed",
        observed=True,
        maximum=4096,
        check=_images_are_well_formed,
    ),
    Rule(
        id="image.own-service",
        kind=Kind.RELATION,
        targets=(_CREATE, _DEPLOY),
        meaning="a stored image belongs to the service that runs it",
        message='Container "{container}" has invalid image "{found}". '
        'Example of valid image: ":{service}.{container}.123".',
        tip="Register the image with service {service} and name it there; {path} names another.",
        source=f"{_API}Container; text as observed for other stored images",
        check=_stored_images_are_of_this_service,
    ),
    Rule(
        id="image.exists",
        kind=Kind.ACCOUNT,
        targets=("Container.image",),
        meaning="a stored image has been registered and not deleted",
        message='The image "{found}" of container "{container}" does not exist in your stored images.',
        tip="Push and register the image named at {path} first.",
        source="reported by a user: 'The image does not exist in your stored images'",
    ),
    Rule(
        id="image.ecr-region",
        kind=Kind.ACCOUNT,
        targets=("Container.image",),
        meaning="a private ECR repository is in the Region of the service",
        message='The image "{found}" of container "{container}" is in Region {image_region}; '
        "the container service is in {region}.",
        tip="Use a repository in {region} at {path}.",
        source="Lightsail developer guide, Configuring access to an Amazon ECR private repository "
        "for an Amazon Lightsail container service; text assumed",
    ),
    Rule(
        id="image.ecr-access",
        kind=Kind.ACCOUNT,
        targets=("Container.image",),
        meaning="a private ECR image needs the active ECR image puller role of the service",
        message='The image "{found}" of container "{container}" cannot be pulled: the ECR image puller '
        'role of container service "{service}" is not active.',
        tip="Call UpdateContainerService with "
        "privateRegistryAccess.ecrImagePullerRole.isActive=true, and wait for its principalArn.",
        source="Lightsail developer guide, Configuring access to an Amazon ECR private repository "
        "for an Amazon Lightsail container service; text assumed",
    ),
    Rule(
        id="image.digest",
        kind=Kind.PATTERN,
        targets=("RegisterContainerImageRequest.digest",),
        meaning="a digest names its algorithm and is hexadecimal",
        message='Digest "{found}" at {path} is not valid.',
        tip="Set {path} to the digest that pushing the image gave.",
        source="lightsailctl, the official plugin, sends this form; that others are refused is assumed",
        pattern=r"sha256:[0-9a-f]{64}",
    ),
    Rule(
        id="image.stored",
        kind=Kind.ACCOUNT,
        targets=("DeleteContainerImageRequest.image",),
        meaning="the image to delete is stored with the service",
        message='The image "{found}" does not exist in the stored images of "{service}".',
        tip="Set {path} to an image that GetContainerImages lists.",
        source="text assumed",
        error="NotFoundException",
        code="ResourceNotFound",
    ),
    Rule(
        id="image.unused",
        kind=Kind.ACCOUNT,
        targets=("DeleteContainerImageRequest.image",),
        meaning="an image that a current deployment uses is not deleted",
        message='The image "{found}" is in use by deployment {version} and cannot be deleted.',
        tip="Deploy another image before deleting the one at {path}.",
        source="Lightsail developer guide, Pushing and managing container images on your Amazon "
        "Lightsail container services; text assumed",
        code="OperationNotPermitted",
    ),
)

# --- what only the account can know, and the JSON itself --------------------------------------------

_ACCOUNT = (
    Rule(
        id="service.exists",
        kind=Kind.ACCOUNT,
        targets=("ContainerServiceName",),
        meaning="the container service exists in this Region",
        message="The ContainerService does not exist: {found}",
        tip="Create the container service in Region {region} first, or check name and Region.",
        source="Terraform AWS provider and CloudFormation handlers rely on NotFoundException; text "
        "after the one of other Lightsail resources",
        error="NotFoundException",
        code="ResourceNotFound",
    ),
    Rule(
        id="service.name-free",
        kind=Kind.ACCOUNT,
        targets=(f"{_CREATE}.serviceName",),
        meaning="the name of a container service is unique in its Region",
        message="Some names are already in use: {found}",
        tip="Choose another name, or delete the service of that name and wait until it is gone.",
        source=f"{_API}CreateContainerService; text as observed for other Lightsail resources",
    ),
    Rule(
        id="log.container",
        kind=Kind.ACCOUNT,
        targets=("GetContainerLogRequest.containerName",),
        meaning="the container is or was part of a deployment of the service",
        message='Container "{found}" does not exist in container service "{service}".',
        tip="Set {path} to a container of one of the deployments of {service}.",
        source="assumed: what an unknown container gives is not known",
        error="NotFoundException",
        code="ResourceNotFound",
    ),
    Rule(
        id="page.token",
        kind=Kind.ACCOUNT,
        targets=("GetContainerLogRequest.pageToken", "GetCertificatesRequest.pageToken"),
        meaning="a page token is one that the service gave",
        message="The page token is not valid: {found}",
        tip="Set {path} to the nextPageToken of the answer before, or leave it out.",
        source="text assumed",
    ),
    Rule(
        id="registry.needs-service",
        kind=Kind.ACCOUNT,
        targets=("CreateContainerServiceRegistryLoginRequest",),
        meaning="the registry is there for accounts with a container service in the Region",
        message="You must create a container service before retrieving container registry login "
        "credentials",
        tip="Create a container service in this Region first.",
        source="observed by a user of the AWS CLI; its exception is assumed",
        observed=True,
    ),
    Rule(
        id="resource.exists",
        kind=Kind.ACCOUNT,
        targets=("TagResourceRequest", "UntagResourceRequest"),
        meaning="the resource that is tagged exists in this Region",
        message="The resource does not exist: {found}",
        tip="Check {path}; the Region is {region}.",
        source="text after the one of other Lightsail resources",
        error="NotFoundException",
        code="ResourceNotFound",
    ),
    Rule(
        id="quota.services",
        kind=Kind.QUOTA,
        targets=(_CREATE,),
        meaning="how many container services an account has in a Region",
        message="Sorry, you've either reached or will exceed your maximum limit of Lightsail Container "
        "Services.",
        tip="Delete a container service, or ask AWS Support for a higher quota.",
        source="observed; Amazon Lightsail endpoints and quotas (new accounts may have less)",
        code="LimitExceeded",
        observed=True,
        maximum=100,
    ),
    Rule(
        id="quota.pending-services",
        kind=Kind.QUOTA,
        targets=(_CREATE,),
        meaning="how many container services are being created at a time, if a test sets a limit",
        message="Sorry, too many Lightsail Container Services are being created. "
        "Please try again in a few minutes.",
        tip="Wait until other container services are READY.",
        source="Terraform AWS provider retries on 'Please try again in a few minutes'; acceptance tests "
        "of a public provider name a limit that AWS does not document",
        code="LimitExceeded",
    ),
    Rule(
        id="quota.deployments-kept",
        kind=Kind.QUOTA,
        targets=("ContainerServiceDeploymentList",),
        meaning="how many deployments of a service are kept, the newest",
        message="",
        tip="",
        source="Amazon Lightsail endpoints and quotas",
        maximum=50,
    ),
    Rule(
        id="quota.images",
        kind=Kind.QUOTA,
        targets=("RegisterContainerImageRequest",),
        meaning="how many images are stored with a container service",
        message='Sorry, container service "{found}" has reached its limit of {maximum} stored images.',
        tip="Delete images that no deployment needs.",
        source="Amazon Lightsail endpoints and quotas; text assumed",
        code="LimitExceeded",
        maximum=150,
    ),
    Rule(
        id="quota.certificates",
        kind=Kind.QUOTA,
        targets=("CreateCertificateRequest",),
        meaning="how many active certificates an account has in a Region",
        message="Sorry, you've reached your maximum limit of {maximum} Lightsail certificates.",
        tip="Delete a certificate that no resource uses.",
        source="Amazon Lightsail endpoints and quotas; text assumed",
        code="LimitExceeded",
        maximum=10,
    ),
    Rule(
        id="quota.log-days",
        kind=Kind.QUOTA,
        targets=("GetContainerLogRequest",),
        meaning="for how many days lines of a log are kept",
        message="",
        tip="",
        source="Amazon Lightsail endpoints and quotas (the developer guide has one day less)",
        maximum=4,
    ),
    Rule(
        id="state.deployment-in-progress",
        kind=Kind.STATE,
        targets=(_DEPLOY, "DeleteContainerServiceRequest"),
        meaning="a service takes one deployment at a time, and is not deleted meanwhile",
        message='Sorry, deployment {version} is in progress for service "{found}". '
        "Please wait for it to complete before trying again.",
        tip="Wait until GetContainerServices shows no nextDeployment.",
        source="observed",
        code="OperationNotPermitted",
        observed=True,
    ),
    Rule(
        id="state.busy",
        kind=Kind.STATE,
        targets=(_DEPLOY, "UpdateContainerServiceRequest", "DeleteContainerServiceRequest"),
        meaning="a service that is being created, updated or deleted takes no other change",
        message='Sorry, service "{found}" is in {state} state. Please try again in a few minutes.',
        tip="Wait until GetContainerServices shows READY, RUNNING or DISABLED.",
        source="Terraform AWS provider retries on 'Please try again in a few minutes'; rest assumed",
        code="OperationNotPermitted",
    ),
    Rule(
        id="state.disabled",
        kind=Kind.STATE,
        targets=(_DEPLOY,),
        meaning="a disabled service is enabled before it takes a deployment",
        message='Sorry, service "{found}" is disabled. Enable it before creating a deployment.',
        tip="Call UpdateContainerService with isDisabled=false first.",
        source="Terraform AWS provider enables first; text assumed",
        code="OperationNotPermitted",
    ),
    Rule(
        id="json.required",
        kind=Kind.REQUIRED,
        targets=(),
        meaning="a member that the model requires is there",
        message="These parameters are required: {member}",
        tip="Give {path}.",
        source="observed for another Lightsail operation",
        code="MissingParameter",
    ),
    Rule(
        id="json.type",
        kind=Kind.FORMAT,
        targets=(),
        meaning="a member has the JSON type of its shape",
        message="{path}: expected {expected}, found {actual}",
        tip="Send {path} as {expected}.",
        source="AWS JSON 1.1 protocol; text assumed",
        error="SerializationException",
    ),
    Rule(
        id="json.unknown-member",
        kind=Kind.FORMAT,
        targets=(),
        meaning="a request has no members that the model does not know",
        message="Unknown parameter: {path}",
        tip="Leave out {path}, or check its spelling.",
        source="assumed: botocore refuses such a request before it is sent",
    ),
    *(
        Rule(
            id=f"model.{kind.value}",
            kind=kind,
            targets=(),
            meaning="a constraint of the service model that has no rule of its own",
            message=f"{{path}} is not valid. {need}",
            tip=f"Mend {{path}}. {need}",
            source=_MODEL,
        )
        for kind, need in (
            (Kind.ENUM, "Valid values: {values}."),
            (Kind.PATTERN, "It must match pattern: {pattern}"),
            (Kind.LENGTH, "It must have between {minimum} and {maximum} characters."),
            (Kind.RANGE, "It must be between {minimum} and {maximum}."),
            (Kind.COUNT, "It must have between {minimum} and {maximum} elements."),
        )
    ),
)

RULES: tuple[Rule, ...] = (*_NAMES, *_DOMAIN_RULES, *_DEPLOYMENTS, *_IMAGES, *_ACCOUNT)
"""All rules, in the order in which the simulator finds them broken."""
