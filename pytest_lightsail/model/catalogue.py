"""The catalogue: all rules for requests of the container family, as data.

The source of a rule is a page of the AWS documentation (identified by its title), botocore's
service model, or an observation of the real service. ``schema.resolve`` fills in the limits that
the service model states. Limits that AWS states only in prose are defined here and nowhere else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import partial
from typing import Any, NamedTuple

from .rule import Kind, Rule, Violation

_API = "Amazon Lightsail API Reference, "
_CREATE = "CreateContainerServiceRequest"
_DEPLOY = "CreateContainerServiceDeploymentRequest"
_NESTED = "ContainerServiceDeploymentRequest"
_HEALTH = "ContainerServiceHealthCheckConfig"

_required = partial(Rule, kind=Kind.REQUIRED, message="These parameters are required: {member}")
_enum = partial(Rule, kind=Kind.ENUM)
_pattern = partial(Rule, kind=Kind.PATTERN)
_name_pattern = partial(
    _pattern,
    meaning="only lower-case letters, digits and hyphens, and no hyphen at either end",
    tip="Use only lower-case letters, digits and hyphens in {path}, with no hyphen at either end.",
)
_length = partial(Rule, kind=Kind.LENGTH)
_range = partial(Rule, kind=Kind.RANGE)
_count = partial(Rule, kind=Kind.COUNT)
_relation = partial(Rule, kind=Kind.RELATION)
_account = partial(Rule, kind=Kind.ACCOUNT)
_name_in_use = partial(
    _account,
    source="the text is copied from a message observed for other Lightsail resources",
    message="Some names are already in use: {found}",
    wording="A02",
)
_NOT_FOUND = "NotFoundException"
CODES: Mapping[str, str] = {_NOT_FOUND: "DoesNotExist"}
"""Maps the names of errors to their ``code`` members, where the two differ. Terraform checks ``code``
(in its ``errs.go``). SDKs that prefer ``code`` to ``__type`` use the code as the error's name."""
_not_found = partial(
    _account,
    error=_NOT_FOUND,
    code=CODES[_NOT_FOUND],
    source="the text is modelled on messages for other Lightsail resources",
    wording="A01",
)
_state = partial(Rule, kind=Kind.STATE)
_quota = partial(Rule, kind=Kind.QUOTA, source="Amazon Lightsail endpoints and quotas")
_format = partial(Rule, kind=Kind.FORMAT)

_Document = Mapping[str, Any]


# --- names, capacity and tags of a service ----------------------------------------------------------


def _keys_are_unique(tags: Any, rule: Rule) -> Iterator[Violation]:
    """Yield each tag that repeats the key of an earlier tag."""
    seen: set[str] = set()
    for index, tag in enumerate(tags):
        key = tag.get("key")
        if key in seen:
            yield Violation(rule, (index, "key"), key)
        if key is not None:
            seen.add(key)


_NAMES = (
    _length(
        id="service-name.length",
        targets=("ContainerServiceName",),
        meaning="the length of a container service's name",
        source="botocore service model; the user guide's page on creating services states a minimum "
        "of 2, but the API is generated from the model",
    ),
    _name_pattern(
        id="service-name.pattern",
        targets=("ContainerServiceName",),
        message='Container service name "{found}" does not match pattern: {pattern}',
        source="botocore service model; the whole name must match, as observed for container names",
    ),
    _length(
        id="container-name.length",
        targets=("ContainerName",),
        meaning="the length of a container's name",
    ),
    _name_pattern(
        id="container-name.pattern",
        targets=("ContainerName",),
        message='Container name "{found}" does not match pattern: {pattern}',
        source="observed: the service quotes the pattern in a form that matches whole strings",
    ),
    _length(
        id="label.length",
        targets=("ContainerLabel",),
        meaning="the length of a stored image's label",
    ),
    _name_pattern(
        id="label.pattern",
        targets=("ContainerLabel",),
        message='Label "{found}" does not match pattern: {pattern}',
        source="botocore service model; the text is copied from the message observed for container names",
    ),
    _enum(
        id="power.values",
        targets=("ContainerServicePowerName",),
        meaning="the power is one of those that AWS offers",
    ),
    _range(
        id="scale.range",
        targets=("ContainerServiceScale",),
        meaning="the number of nodes in a service",
    ),
    _count(
        id="tags.count",
        targets=("TagList",),
        meaning="the number of tags on a resource",
        source=f"{_API}Tag; Amazon Lightsail endpoints and quotas; AWS's own tags do not count",
        maximum=50,
        requests_only=True,
    ),
    _relation(
        id="tags.unique-keys",
        targets=("TagList",),
        meaning="no two tags on a resource have the same key",
        message='Tag key "{found}" is repeated at {path}.',
        tip="Use each tag key only once.",
        source="Lightsail developer guide, Tags in Amazon Lightsail",
        check=_keys_are_unique,
    ),
    _required(
        id="tag.key-required",
        assumption="A11",
        targets=("Tag.key",),
        meaning="a tag has a key",
        tip="Add {path}. Only the value of a tag is optional.",
        source="Lightsail developer guide, Tags in Amazon Lightsail; the key is optional in the model",
    ),
    _length(
        id="tag.key-length",
        targets=("TagKey",),
        meaning="the length of a tag's key",
        source=f"{_API}Tag",
        minimum=1,
        maximum=128,
    ),
    _length(
        id="tag.value-length",
        targets=("TagValue",),
        meaning="the length of a tag's value",
        source=f"{_API}Tag",
        minimum=0,
        maximum=256,
    ),
    _pattern(
        id="tag.alphabet",
        targets=("TagKey", "TagValue"),
        meaning="a key or value contains only letters, numbers, spaces and + - = . _ : / @",
        message="{path} contains characters that are not allowed in tags.",
        tip="Use only letters, numbers, spaces and + - = . _ : / @ in {path}.",
        source=f"{_API}Tag; letters of every script are accepted",
        pattern=r"^[^\x00-\x1f!-*,;<>?\[-^`{-\x7f]*$",
    ),
    _pattern(
        id="tag.reserved-prefix",
        targets=("TagKey",),
        meaning="no key begins with aws:, which AWS reserves for its own tags",
        message='Tag key "{found}" at {path} begins with aws:, which is reserved.',
        tip="Do not begin {path} with aws:.",
        source="Lightsail developer guide, Tags in Amazon Lightsail",
        pattern=r"^(?![aA][wW][sS]:)[\s\S]*$",
        requests_only=True,
    ),
)

# --- domain names and certificates ------------------------------------------------------------------

_OF_A_DOMAIN = (
    *("CreateDomainEntryRequest", "DeleteDomainRequest", "DeleteDomainEntryRequest"),
    *("GetDomainRequest", "UpdateDomainEntryRequest"),
)
_DOMAINS = (
    "ContainerServicePublicDomainsList[]",
    "CreateDomainRequest.domainName",
    "CreateCertificateRequest.domainName",
    "SubjectAlternativeNameList[]",
)


def _domains_within_limit(domains: Any, rule: Rule) -> Iterator[Violation]:
    count = sum(len(names) for names in domains.values() if names)
    if count > rule.most:
        yield Violation(rule, (), count)


_DOMAIN_RULES = (
    _relation(
        id="domains.count",
        targets=("ContainerServicePublicDomains",),
        meaning="the number of public domain names of a service",
        message="{path} has {found} domain names; a container service can have at most {maximum}.",
        tip="Reduce {path} to at most {maximum} domain names.",
        source=f"{_API}CreateContainerService; Amazon Lightsail endpoints and quotas "
        "(which also limit each container service to 4 certificates)",
        maximum=4,
        check=_domains_within_limit,
    ),
    _length(
        id="domain.length",
        targets=_DOMAINS,
        meaning="the length of a domain name",
        source="RFC 1035, Domain names: implementation and specification",
        minimum=1,
        maximum=253,
    ),
    _pattern(
        id="domain.pattern",
        targets=_DOMAINS,
        meaning="a domain name with at least two labels and no wildcard",
        message='{path} is not valid: "{found}" is not a domain name with at least two labels.',
        tip="Set {path} to a domain name such as www.example.com, without a wildcard.",
        source="RFC 1035, Domain names: implementation and specification; API Reference, "
        "CreateCertificate (wildcards are not allowed)",
        pattern=r"^(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+"
        r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$",
    ),
    _account(
        id="domain.one-service",
        targets=("ContainerServicePublicDomainsList[]",),
        meaning="a domain name belongs to only one container service",
        message='Domain name "{found}" is already in use by container service "{owner}".',
        tip="Remove the domain at {path} from the other service first.",
        source="Lightsail developer guide, Enabling and managing custom domains for your Amazon "
        "Lightsail container services",
    ),
    _account(
        id="domain.region",
        targets=("CreateDomainRequest", "GetDomainsRequest", *_OF_A_DOMAIN),
        meaning="domains can be managed only in us-east-1",
        message="Domain-related APIs are only available in the us-east-1 Region. Please set your Region "
        "configuration to us-east-1 to create, view, or edit domain resources.",
        tip="Use a client for us-east-1 instead of {found}.",
        source="observed by a user of the Terraform AWS provider",
        code="UnsupportedOperation",
    ),
    _name_in_use(
        id="domain.name-free",
        targets=("CreateDomainRequest.domainName",),
        meaning="no two domains of an account have the same name",
        tip="Use the existing domain, or delete it first.",
    ),
    _not_found(
        id="domain.known",
        assumption="A19",
        targets=tuple(f"{request}.domainName" for request in _OF_A_DOMAIN),
        meaning="the domain exists",
        message="The Domain does not exist: {found}",
        tip="Create the domain first, or check {path}.",
    ),
    _not_found(
        id="domain-entry.known",
        assumption="A19",
        targets=("UpdateDomainEntryRequest.domainEntry", "DeleteDomainEntryRequest.domainEntry"),
        meaning="the record exists in the domain",
        message='The domain "{domain}" has no such entry: {found}',
        tip="Set {path} to an entry that GetDomain returns.",
    ),
    _pattern(
        id="certificate.name",
        assumption="A61",
        targets=("CreateCertificateRequest.certificateName",),
        meaning="at least two letters, digits, underscores, hyphens or dots, with no hyphen or dot "
        "at either end",
        message='Certificate name "{found}" does not match pattern: {pattern}',
        tip="Use at least two letters, digits, underscores, hyphens or dots in {path}, with no "
        "hyphen or dot at either end.",
        source="the validation of certificate names in the Terraform AWS provider; Lightsail developer "
        "guide, Creating an SSL/TLS certificate; it is assumed that other names are refused",
        pattern="^[A-Za-z0-9_][A-Za-z0-9_.-]*[A-Za-z0-9_]$",
    ),
    _count(
        id="certificate.names",
        targets=("CreateCertificateRequest.subjectAlternativeNames",),
        meaning="the number of alternative names in a certificate",
        source=f"{_API}CreateCertificate",
        maximum=9,
    ),
    _account(
        id="certificate.exists",
        targets=("ContainerServicePublicDomains[key]",),
        meaning="the certificate exists in this Region",
        message='Certificates "{found}" provided for service "{service}" do not exist.',
        tip="Create the certificate named at {path} in this Region first.",
        source="a text containing 'do not exist' was observed in the acceptance tests of the Terraform "
        "AWS provider",
    ),
    _account(
        id="certificate.issued",
        targets=("ContainerServicePublicDomains[key]",),
        meaning="the certificate is ISSUED",
        message='Certificate "{found}" provided for service "{service}" has {status} status, '
        "required status: ISSUED.",
        tip="Validate the certificate named at {path} and wait until it is ISSUED.",
        source="observed in the acceptance tests of a public Terraform provider",
    ),
    _account(
        id="certificate.covers-domain",
        targets=("ContainerServicePublicDomainsList[]",),
        meaning="the certificate covers the domain name",
        message='Domain name "{found}" is not covered by certificate "{certificate}".',
        tip="Set {path} to one of the certificate's names: {names}.",
        source=f"{_API}CreateContainerService",
    ),
    _name_in_use(
        id="certificate.name-free",
        targets=("CreateCertificateRequest.certificateName",),
        meaning="no two certificates in a Region have the same name",
        tip="Choose another name for {path}.",
    ),
    _not_found(
        id="certificate.known",
        targets=("DeleteCertificateRequest",),
        meaning="the certificate to delete exists in this Region",
        message="The Certificate does not exist: {found}",
        tip="Check {path} and the Region ({region}).",
    ),
    _account(
        id="certificate.unused",
        assumption="A62",
        targets=("DeleteCertificateRequest",),
        meaning="the certificate to delete is not attached to a container service",
        message='Certificate "{found}" is in use by: {services}',
        tip="Detach the certificate first: call UpdateContainerService with an empty list for the "
        "certificate in publicDomainNames.",
        source="the text is assumed",
    ),
)

# --- deployments ------------------------------------------------------------------------------------


def _endpoint_names_a_container(deployment: Any, rule: Rule) -> Iterator[Violation]:
    """Yield the container that the public endpoint names, if the deployment does not contain it."""
    containers = deployment.get("containers") or {}
    name = (deployment.get("publicEndpoint") or {}).get("containerName")
    if name is not None and name not in containers:
        known = ", ".join(sorted(containers))
        yield Violation(rule, ("publicEndpoint", "containerName"), name, {"containers": known})


def _endpoint_port_is_open(deployment: Any, rule: Rule) -> Iterator[Violation]:
    """Yield the port of the public endpoint, if the endpoint's container does not open it."""
    port, ports = _endpoint_port(deployment)
    if port is not None and str(port) not in ports:
        open_ports = ", ".join(ports) or "none"
        yield Violation(rule, ("publicEndpoint", "containerPort"), port, {"ports": open_ports})


def _endpoint_port_speaks_http(deployment: Any, rule: Rule) -> Iterator[Violation]:
    """Yield the port of the public endpoint, if the port's protocol is neither HTTP nor HTTPS."""
    port, ports = _endpoint_port(deployment)
    protocol = ports.get(str(port))
    if protocol is not None and protocol not in rule.values:
        yield Violation(rule, ("publicEndpoint", "containerPort"), port, {"protocol": protocol})


def _endpoint_port(deployment: _Document) -> tuple[Any, _Document]:
    """Return the port of the public endpoint, and the open ports of the endpoint's container."""
    endpoint = deployment.get("publicEndpoint") or {}
    container = (deployment.get("containers") or {}).get(endpoint.get("containerName"))
    if container is None:
        return None, {}
    return endpoint.get("containerPort"), container.get("ports") or {}


def success_code_ranges(codes: str) -> Iterator[tuple[int, int]]:
    """Yield the first and the last code of each range in ``successCodes``.

    >>> list(success_code_ranges("200,301-302"))
    [(200, 200), (301, 302)]
    """
    for part in codes.split(","):
        low, _, high = part.partition("-")
        yield int(low), int(high or low)


def _codes_ascend(codes: Any, rule: Rule) -> Iterator[Violation]:
    """Yield each range of status codes that ends before it starts."""
    # Strings that are neither codes nor ranges break another rule.
    with suppress(ValueError):
        for low, high in success_code_ranges(codes):
            if low > high:
                yield Violation(rule, (), f"{low}-{high}", {"turned": f"{high}-{low}"})


_CODE = "[2-4][0-9]{2}"
_CODES = f"{_CODE}(?:-{_CODE})?"

_DEPLOYMENTS = (
    _required(
        id="deployment.containers-required",
        assumption="A11",
        targets=(f"{_DEPLOY}.containers", f"{_NESTED}.containers"),
        meaning="a deployment has containers",
        tip="Add at least one container to {path}.",
        source="assumed: the member is optional in the model, but a deployment without containers is "
        "meaningless",
    ),
    _count(
        id="containers.count",
        targets=("ContainerMap",),
        meaning="the number of containers in a deployment",
        source="Amazon Lightsail endpoints and quotas (Terraform wrongly allows 53)",
        minimum=1,
        maximum=10,
    ),
    _required(
        id="container.image-required",
        assumption="A11",
        targets=("Container.image",),
        meaning="a container has an image",
        tip="Set {path} to an image such as nginx:latest or :service.label.1.",
        source="assumed: the member is optional in the model, but a container without an image cannot "
        "run",
    ),
    _range(
        id="port.range",
        assumption="A13",
        targets=("PortMap[key]", "EndpointRequest.containerPort"),
        meaning="a port is a decimal number without leading zeros",
        source="RFC 9293, Transmission Control Protocol (port numbers have 16 bits); the model states no "
        "bounds",
        minimum=1,
        maximum=65535,
        pattern="^[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]$",
    ),
    _enum(
        id="protocol.values",
        targets=("ContainerServiceProtocol",),
        meaning="the protocol of a port is HTTP, HTTPS, TCP or UDP",
    ),
    _relation(
        id="endpoint.container",
        targets=(_DEPLOY, _NESTED),
        meaning="the public endpoint names a container of the deployment",
        message='Container "{found}" specified in {path} is not in the list of containers.',
        tip="Set {path} to one of: {containers}.",
        source=f"{_API}EndpointRequest",
        check=_endpoint_names_a_container,
    ),
    _relation(
        id="endpoint.port",
        targets=(_DEPLOY, _NESTED),
        meaning="the container of the public endpoint opens the endpoint's port",
        message="Invalid port specified. You must specify a port that is in the list of ports of the "
        "specified container.",
        tip="Set {path} to an open port of the container ({ports}), or open its port {found}.",
        source="observed by users of the Terraform AWS provider",
        check=_endpoint_port_is_open,
    ),
    _relation(
        id="endpoint.protocol",
        targets=(_DEPLOY, _NESTED),
        meaning="the protocol of the public endpoint's port is HTTP or HTTPS",
        message="Port {found} at {path} is open with protocol {protocol}; a public endpoint needs "
        "one of: {values}.",
        tip="Open port {found} with one of {values}, or set {path} to another port.",
        source="Lightsail developer guide, Creating and managing deployments for your Amazon "
        "Lightsail container services",
        values=("HTTP", "HTTPS"),
        check=_endpoint_port_speaks_http,
    ),
    _range(
        id="health-check.timeout",
        targets=(f"{_HEALTH}.timeoutSeconds",),
        meaning="the number of seconds that a health check waits for a response",
        source=f"{_API}ContainerServiceHealthCheckConfig; the limits are stated only in prose",
        minimum=2,
        maximum=60,
    ),
    _range(
        id="health-check.interval",
        targets=(f"{_HEALTH}.intervalSeconds",),
        meaning="the number of seconds between two health checks",
        source=f"{_API}ContainerServiceHealthCheckConfig; the limits are stated only in prose",
        minimum=5,
        maximum=300,
    ),
    _range(
        id="health-check.threshold",
        assumption="A12",
        targets=(f"{_HEALTH}.healthyThreshold", f"{_HEALTH}.unhealthyThreshold"),
        meaning="the number of consecutive identical results that a threshold requires",
        source="assumed: no bounds are documented, but a threshold below 1 is meaningless",
        minimum=1,
    ),
    _pattern(
        id="health-check.path",
        assumption="A12",
        targets=(f"{_HEALTH}.path",),
        meaning="the path of a health check begins with a slash and contains no white space",
        tip='Begin {path} with "/", and use no white space or control characters in it.',
        source="assumed from RFC 9112, HTTP/1.1 (origin-form): AWS documents only the default",
        pattern=r"^/[!-~]*$",
    ),
    _pattern(
        id="health-check.success-codes",
        targets=(f"{_HEALTH}.successCodes",),
        meaning="status codes and ranges of status codes, separated by commas",
        message='{member} "{found}" at {path} is not valid. '
        "Codes must be between {minimum} and {maximum}.",
        tip="Set {path} to codes from {minimum} to {maximum}, such as 200, 200,202 or 200-299.",
        source=f"{_API}ContainerServiceHealthCheckConfig; the limits are stated only in prose",
        minimum=200,
        maximum=499,
        pattern=rf"^{_CODES}(?:,{_CODES})*$",
    ),
    _relation(
        id="health-check.success-codes-order",
        assumption="A12",
        targets=(f"{_HEALTH}.successCodes",),
        meaning="a range of status codes begins with the lower code",
        message='successCodes range "{found}" at {path} is not valid: its end is before its start.',
        tip="Swap the two codes: {turned}.",
        source="assumed: a reversed range contains no codes",
        check=_codes_ascend,
    ),
)

# --- images -----------------------------------------------------------------------------------------

_NAME = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
_STORED_IMAGE = re.compile(rf":({_NAME})\.({_NAME})\.([1-9][0-9]*|latest)", re.ASCII)
"""Names of any length match, because a rule of the kind ACCOUNT checks whether the image exists."""

_COMPONENT = r"[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_PUBLIC_IMAGE = re.compile(
    rf"(?:(?:{_LABEL}(?:\.{_LABEL})*|\[[0-9a-fA-F:]+\])(?::[0-9]+)?/)?"
    rf"(?P<name>{_COMPONENT}(?:/{_COMPONENT})*)"
    r"(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?"
    r"(?:@(?:sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128}))?",
    re.ASCII,
)
"""Matches a reference to an image in a registry, as container engines parse it. The parts of a
reference are the host, path, tag and digest.

The grammar, the digest algorithms and the maximum length of a name come from the Go modules
github.com/distribution/reference (reference.go, regexp.go) and github.com/opencontainers/go-digest.
"""

_LONGEST_NAME = 255

_ECR_IMAGE = re.compile(r"[0-9]{12}\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com/[^:@]", re.ASCII)


class StoredImage(NamedTuple):
    """An image stored with a container service: ``:service.label.version``."""

    service: str
    label: str
    version: str


def parse_stored_image(image: str) -> StoredImage | None:
    """Return the parts of ``:service.label.version``, or ``None`` for an image in another form.

    >>> parse_stored_image(":shop.web.3")
    StoredImage(service='shop', label='web', version='3')
    """
    match = _STORED_IMAGE.fullmatch(image)
    return StoredImage(*match.groups()) if match else None


def ecr_region(image: str) -> str | None:
    """Return the Region of an image in a private ECR repository, or ``None`` for other images."""
    match = _ECR_IMAGE.match(image)
    return match[1] if match else None


def _images_are_well_formed(request: Any, rule: Rule) -> Iterator[Violation]:
    """Yield each image that is neither ``:service.label.version`` nor a registry reference."""
    for image in _images(request, rule):
        match = _PUBLIC_IMAGE.fullmatch(str(image.found))
        is_public = match is not None and len(match["name"]) <= _LONGEST_NAME
        if not is_public and parse_stored_image(str(image.found)) is None:
            yield image


def _stored_images_are_of_this_service(request: Any, rule: Rule) -> Iterator[Violation]:
    """Yield each stored image that belongs to another service."""
    for image in _images(request, rule):
        stored = parse_stored_image(str(image.found))
        if stored is not None and stored.service != image.details["service"]:
            yield image


def _images(request: _Document, rule: Rule) -> Iterator[Violation]:
    """Yield each image in a request, with its path and the details that messages show."""
    service = str(request.get("serviceName", ""))
    for prefix, part in (((), request), (("deployment",), request.get("deployment"))):
        for name, container in ((part or {}).get("containers") or {}).items():
            image = container.get("image")
            if image is not None:
                path = (*prefix, "containers", name, "image")
                yield Violation(rule, path, image, {"container": name, "service": service})


_invalid_image = partial(
    _relation,
    targets=(_CREATE, _DEPLOY),
    message='Container "{container}" has invalid image "{found}". '
    'Example of valid image: ":{service}.{container}.123".',
)
_IMAGES = (
    _invalid_image(
        id="image.reference",
        meaning="an image is :service.label.version (or :service.label.latest), or a registry reference",
        tip="Set {path} to :{service}.{container}.1 for a stored image, or to an image such as "
        "nginx:latest.",
        source="observed for a stored image with the version LATEST",
        check=_images_are_well_formed,
    ),
    _invalid_image(
        id="image.own-service",
        meaning="a service uses only its own stored images",
        tip="Register the image with service {service}, and set {path} to the new image name.",
        source=f"{_API}Container; the text is copied from the message "
        "observed for a stored image with the version LATEST",
        check=_stored_images_are_of_this_service,
    ),
    _account(
        id="image.exists",
        targets=("Container.image",),
        meaning="a stored image has been registered and not deleted",
        message='The image "{found}" of container "{container}" does not exist in your stored images.',
        tip="Push and register the image named at {path} first.",
        source="a user reported the text 'The image does not exist in your stored images'",
    ),
    _pattern(
        id="image.digest",
        assumption="A43",
        targets=("RegisterContainerImageRequest.digest",),
        meaning="a digest consists of an algorithm name and hexadecimal digits",
        tip="Set {path} to the digest that was printed when the image was pushed.",
        source="lightsailctl, the official plugin, sends this form; it is assumed that other forms are "
        "refused",
        pattern=r"^sha256:[0-9a-f]{64}$",
    ),
    _not_found(
        id="image.stored",
        wording="A42",
        targets=("DeleteContainerImageRequest.image",),
        meaning="the image to delete is stored with the service",
        message='The image "{found}" does not exist in container service "{service}".',
        tip="Set {path} to an image that GetContainerImages lists.",
    ),
    _account(
        id="image.unused",
        assumption="A42",
        targets=("DeleteContainerImageRequest.image",),
        meaning="no current deployment uses the image to delete",
        message='The image "{found}" is in use by deployment {version} and cannot be deleted.',
        tip="Deploy another image before deleting the one at {path}.",
        source="Lightsail developer guide, Pushing and managing container images on your Amazon "
        "Lightsail container services",
    ),
)

# --- rules that depend on the account, and rules for the JSON itself --------------------------------

_ACCOUNT = (
    _not_found(
        id="service.exists",
        targets=("ContainerServiceName",),
        meaning="the container service exists in this Region",
        message="The ContainerService does not exist: {found}",
        tip="Create the container service in Region {region} first, or check the name and Region.",
        source="the Terraform AWS provider and CloudFormation handlers rely on NotFoundException; text "
        "modelled on messages for other Lightsail resources",
    ),
    _name_in_use(
        id="service.name-free",
        targets=(f"{_CREATE}.serviceName",),
        meaning="no two container services in a Region have the same name",
        tip="Choose another name, or delete the service with this name and wait until it is gone.",
        source=f"{_API}CreateContainerService",
    ),
    _not_found(
        id="log.container",
        assumption="A44",
        targets=("GetContainerLogRequest.containerName",),
        meaning="the container is or was part of a deployment of the service",
        message='Container "{found}" does not exist in container service "{service}".',
        tip="Set {path} to a container in a deployment of {service}.",
        source="assumed: AWS does not document the response for an unknown container",
    ),
    _account(
        id="page.token",
        targets=(
            *("GetCertificatesRequest.pageToken", "GetContainerLogRequest.pageToken"),
            *("GetDomainsRequest.pageToken", "GetOperationsRequest.pageToken"),
            "GetOperationsForResourceRequest.pageToken",
        ),
        meaning="a page token comes from a response of the service",
        message="The page token is not valid: {found}",
        tip="Set {path} to the nextPageToken of the previous response, or omit it.",
        source="the text is assumed",
    ),
    _account(
        id="registry.needs-service",
        targets=("CreateContainerServiceRegistryLoginRequest",),
        meaning="the account has a container service in the Region of the registry",
        message="You must create a container service before retrieving container registry login "
        "credentials",
        tip="Create a container service in this Region first.",
        source="observed by a user of the AWS CLI; the exception class is assumed",
    ),
    _not_found(
        id="operation.exists",
        assumption="A19",
        targets=("GetOperationRequest.operationId",),
        meaning="an earlier call in this Region returned this operation id",
        message="The Operation does not exist: {found}",
        tip="Set {path} to the id of an operation from a response in Region {region}.",
    ),
    _not_found(
        id="resource.exists",
        targets=("TagResourceRequest", "UntagResourceRequest"),
        meaning="the resource to tag exists in this Region",
        message="The resource does not exist: {found}",
        tip="Check {path} and the Region ({region}).",
    ),
    _quota(
        id="quota.services",
        targets=(_CREATE,),
        meaning="the number of container services that an account has in a Region",
        message="Sorry, you've either reached or will exceed your maximum limit of Lightsail Container "
        "Services.",
        tip="Delete a container service, or ask AWS Support for a higher quota.",
        source="observed in public repositories; Amazon Lightsail endpoints and quotas (new accounts may "
        "have lower quotas)",
        maximum=100,
    ),
    _quota(
        id="quota.deployments-kept",
        targets=("ContainerServiceDeploymentList",),
        meaning="how many of a service's latest deployments are kept",
        message="",
        tip="",
        maximum=50,
    ),
    _quota(
        id="quota.images",
        targets=("RegisterContainerImageRequest",),
        meaning="the number of images that are stored with a container service",
        message='Sorry, container service "{found}" has reached its limit of {maximum} stored images.',
        tip="Delete images that no deployment uses.",
        maximum=150,
    ),
    _quota(
        id="quota.certificates",
        targets=("CreateCertificateRequest",),
        meaning="the number of active certificates that an account has in a Region",
        message="Sorry, you've reached your maximum limit of {maximum} Lightsail certificates.",
        tip="Delete a certificate that no resource uses.",
        maximum=10,
    ),
    _quota(
        id="quota.log-days",
        targets=("GetContainerLogRequest",),
        meaning="the number of days for which log lines are kept",
        message="",
        tip="",
        source="Amazon Lightsail endpoints and quotas (the developer guide says 3 days)",
        maximum=4,
    ),
    _state(
        id="state.deployment-in-progress",
        targets=(_DEPLOY, "DeleteContainerServiceRequest"),
        meaning="a service accepts no deployment or deletion during a deployment",
        message='Sorry, deployment {version} is in progress for service "{found}". '
        "Please wait for it to complete before trying again.",
        tip="Wait until GetContainerServices returns no nextDeployment.",
        source="observed in terminal transcripts in public repositories",
    ),
    _state(
        id="state.busy",
        assumption="A07",
        targets=(_DEPLOY, "UpdateContainerServiceRequest", "DeleteContainerServiceRequest"),
        meaning="a service accepts no change while it is being created, updated or deleted",
        message='Sorry, service "{found}" is in {state} state. Please try again in a few minutes.',
        tip="Wait until GetContainerServices returns the state READY, RUNNING or DISABLED.",
        source="the Terraform AWS provider retries on 'Please try again in a few minutes'; the rest is "
        "assumed",
    ),
    _state(
        id="state.disabled",
        targets=(_DEPLOY,),
        meaning="a disabled service accepts no deployment",
        message='Sorry, service "{found}" is disabled and cannot be deployed to.',
        tip="Call UpdateContainerService with isDisabled=false first.",
        source="a text containing 'disabled and cannot be deployed to' was observed in the acceptance "
        "tests of the Terraform AWS provider",
    ),
    _required(
        id="json.required",
        wording="A02",
        targets=(),
        meaning="a request contains all members that the model requires",
        tip="Add {path}.",
        source="observed for another Lightsail operation",
    ),
    _format(
        id="json.type",
        wording="A16",
        targets=(),
        meaning="a value has the JSON type of its shape",
        message="{path}: expected {expected}, found {actual}",
        tip="Send {path} as {expected}.",
        source="AWS JSON 1.1 protocol",
        error="SerializationException",
    ),
    _format(
        id="json.unknown-member",
        assumption="A15",
        targets=(),
        meaning="a request contains only members that the model defines",
        message="Unknown parameter: {path}",
        tip="Check the spelling of {path}, or remove it from the request.",
        source="assumed: botocore refuses to send a request with an unknown member",
    ),
    *(
        Rule(
            id=f"model.{kind.value}",
            kind=kind,
            targets=(),
            meaning="a constraint of the service model that no other rule covers",
        )
        for kind in (Kind.ENUM, Kind.PATTERN, Kind.LENGTH, Kind.RANGE, Kind.COUNT)
    ),
)

MORE_VALUES: Mapping[str, tuple[str, ...]] = {
    "OperationType": (
        *("CopySnapshot", "CreateDomainEntry", "CreateKeyPair", "DeleteAutoSnapshot"),
        *("DeleteKeyPair", "PeeredVpc", "UnpeeredVpc"),
    ),
    "PortAccessType": ("public",),
    "RegionName": ("global",),
    "RelationalDatabaseEngine": ("postgres",),
}
"""Maps shapes to values that AWS returns, even though the model's enumerations do not contain them.
The source of these values is the example output in the AWS CLI documentation."""

RULES: tuple[Rule, ...] = (*_NAMES, *_DOMAIN_RULES, *_DEPLOYMENTS, *_IMAGES, *_ACCOUNT)
"""All rules. If a value breaks several rules, the first one in this order is reported."""

_BY_ID = {entry.id: entry for entry in RULES}


def rule(rule_id: str) -> Rule:
    """Return the rule with the given id."""
    return _BY_ID[rule_id]
