"""The catalogue of rules that requests must obey.

The source of a rule is a page of the AWS documentation (identified by its title), botocore's
service model, or an observation of the real service. ``schema.resolve`` fills in the limits that
the service model defines. Limits that are not in the service model are defined here.
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

_GUIDE = "Lightsail developer guide, "
_TAGS = f"{_GUIDE}Tags in Amazon Lightsail"
_SERVICES = "your Amazon Lightsail container services"
_RFC_1035 = "RFC 1035, Domain names: implementation and specification"

_required = partial(
    Rule,
    kind=Kind.REQUIRED,
    source="assumed: the model makes the member optional, but a request without it is meaningless",
    message="These parameters are required: {member}",
    assumption="A11",
)
_enum = partial(Rule, kind=Kind.ENUM)
_pattern = partial(Rule, kind=Kind.PATTERN)
_name_pattern = partial(
    _pattern, meaning="only lowercase letters, digits and hyphens, with no hyphen at either end"
)
_length = partial(Rule, kind=Kind.LENGTH)
_range = partial(Rule, kind=Kind.RANGE)
_count = partial(Rule, kind=Kind.COUNT)
_relation = partial(Rule, kind=Kind.RELATION)
_account = partial(Rule, kind=Kind.ACCOUNT, source="the message is assumed")
_COPIED = "the same message was observed for other Lightsail resources"
_name_in_use = partial(
    _account,
    source=_COPIED,
    message="Some names are already in use: {found}",
    wording="A02",
)
_NOT_FOUND = "NotFoundException"
CODES: Mapping[str, str] = {_NOT_FOUND: "DoesNotExist"}
"""Maps an error's name to the ``code`` in its response, if name and code differ. Terraform checks
``code`` (in ``errs.go``). SDKs that prefer ``code`` to ``__type`` use ``code`` as the error name."""
_not_found = partial(
    _account,
    error=_NOT_FOUND,
    code=CODES[_NOT_FOUND],
    source="the message is an assumption based on messages for other Lightsail resources",
    wording="A01",
)
_state = partial(Rule, kind=Kind.STATE)
_quota = partial(Rule, kind=Kind.QUOTA, source="Amazon Lightsail endpoints and quotas")
_format = partial(Rule, kind=Kind.FORMAT)

_Document = Mapping[str, Any]


# --- names, capacity and tags of a service ----------------------------------------------------------


def _keys_are_unique(tags: Any, rule: Rule) -> Iterator[Violation]:
    """Yield a violation for each tag that has the same key as an earlier tag."""
    seen: set[str] = set()
    for index, tag in enumerate(tags):
        key = tag.get("key")
        if key in seen:
            yield Violation(rule, (index, "key"), key)
        if key is not None:
            seen.add(key)


_TAG = f"{_API}Tag"
_NAMES = (
    _length(
        "service-name.length",
        ("ContainerServiceName",),
        "the length of a container service's name",
        source="botocore service model; the user guide states a minimum of 2, but the "
        "model takes precedence",
    ),
    _name_pattern(
        "service-name.pattern",
        ("ContainerServiceName",),
        message='Container service name "{found}" does not match pattern: {pattern}',
        source="botocore service model; as observed for container names, the pattern must match the "
        "whole name",
    ),
    _length("container-name.length", ("ContainerName",), "the length of a container's name"),
    _name_pattern(
        "container-name.pattern",
        ("ContainerName",),
        message='Container name "{found}" does not match pattern: {pattern}',
        source="observed: in the error message, the pattern is anchored at both ends",
    ),
    _length("label.length", ("ContainerLabel",), "the length of a stored image's label"),
    _name_pattern(
        "label.pattern",
        ("ContainerLabel",),
        message='Label "{found}" does not match pattern: {pattern}',
        source="botocore service model; the same wording was observed for container names",
    ),
    _enum("power.values", ("ContainerServicePowerName",), "the power of a container service"),
    _range("scale.range", ("ContainerServiceScale",), "the number of nodes in a container service"),
    _count(
        "tags.count",
        ("TagList",),
        "the number of tags on a resource",
        source=f"{_TAG}; Amazon Lightsail endpoints and quotas; tags that AWS adds are not counted",
        maximum=50,
        requests_only=True,
    ),
    _relation(
        "tags.unique-keys",
        ("TagList",),
        "no two tags on a resource may have the same key",
        source=_TAGS,
        check=_keys_are_unique,
    ),
    _required(
        "tag.key-required",
        ("Tag.key",),
        "a tag must have a key",
        source=f"{_TAGS}; the key is optional in the model",
    ),
    _length(
        "tag.key-length",
        ("TagKey",),
        "the length of a tag's key",
        source=_TAG,
        minimum=1,
        maximum=128,
    ),
    _length(
        "tag.value-length", ("TagValue",), "the length of a tag's value", source=_TAG, maximum=256
    ),
    _pattern(
        "tag.alphabet",
        ("TagKey", "TagValue"),
        "a tag's key or value may contain only letters, numbers, spaces and + - = . _ : / @",
        message="{path} contains characters that are not allowed in tags.",
        source=f"{_TAG}; letters from any writing system are accepted",
        pattern=r"^[^\x00-\x1f!-*,;<>?\[-^`{-\x7f]*$",
    ),
    _pattern(
        "tag.reserved-prefix",
        ("TagKey",),
        "a tag key must not begin with aws:, which AWS reserves for its own tags",
        message='Tag key "{found}" at {path} begins with aws:, which is reserved.',
        source=_TAGS,
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
    if count > rule.maximum:
        yield Violation(rule, (), count)


_DOMAIN_RULES = (
    _relation(
        "domains.count",
        ("ContainerServicePublicDomains",),
        "the number of public domain names per container service",
        message="{path} has {found} domain names; a container service can have at most {maximum}.",
        source=f"{_API}CreateContainerService; Amazon Lightsail endpoints and quotas "
        "(the quotas page also states a limit of 4 certificates per service)",
        maximum=4,
        check=_domains_within_limit,
    ),
    _length(
        "domain.length",
        _DOMAINS,
        "the length of a domain name",
        source=_RFC_1035,
        minimum=1,
        maximum=253,
    ),
    _pattern(
        "domain.pattern",
        _DOMAINS,
        "a domain name must have at least two labels and must not contain a wildcard",
        message='{path} is not valid: "{found}" is not a domain name with at least two labels.',
        source=f"{_RFC_1035}; {_API}CreateCertificate (no wildcards)",
        pattern=r"^(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+"
        r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$",
    ),
    _account(
        "domain.one-service",
        ("ContainerServicePublicDomainsList[]",),
        "a domain name can be attached to only one container service",
        message='Domain name "{found}" is already in use by container service "{owner}".',
        source=f"{_GUIDE}Enabling and managing custom domains for {_SERVICES}",
    ),
    _account(
        "domain.region",
        ("CreateDomainRequest", "GetDomainsRequest", *_OF_A_DOMAIN),
        "domains can be managed only in us-east-1",
        message="Domain-related APIs are only available in the us-east-1 Region. Please set your Region "
        "configuration to us-east-1 to create, view, or edit domain resources.",
        source="observed by a user of the Terraform AWS provider",
        code="UnsupportedOperation",
    ),
    _name_in_use(
        "domain.name-free",
        ("CreateDomainRequest.domainName",),
        "a new domain must have a name that is not already in use",
    ),
    _not_found(
        "domain.known",
        tuple(f"{request}.domainName" for request in _OF_A_DOMAIN),
        "the domain must exist",
        message="The Domain does not exist: {found}",
        assumption="A19",
    ),
    _not_found(
        "domain-entry.known",
        ("UpdateDomainEntryRequest.domainEntry", "DeleteDomainEntryRequest.domainEntry"),
        "the domain entry must exist",
        message='The domain "{domain}" has no such entry: {found}',
        assumption="A19",
    ),
    _pattern(
        "certificate.name",
        ("CreateCertificateRequest.certificateName",),
        "two or more letters, digits, underscores, hyphens or dots, with no hyphen or dot at "
        "either end",
        message='Certificate name "{found}" does not match pattern: {pattern}',
        source="the Terraform AWS provider's validation of certificate names; "
        f"{_GUIDE}Creating an SSL/TLS certificate; AWS is assumed to refuse other names",
        assumption="A61",
        pattern="^[A-Za-z0-9_][A-Za-z0-9_.-]*[A-Za-z0-9_]$",
    ),
    _count(
        "certificate.names",
        ("CreateCertificateRequest.subjectAlternativeNames",),
        "the number of subject alternative names in a certificate",
        source=f"{_API}CreateCertificate",
        maximum=9,
    ),
    _account(
        "certificate.exists",
        ("ContainerServicePublicDomains[key]",),
        "the certificate must exist in the Region of the request",
        message='Certificates "{found}" provided for service "{service}" do not exist.',
        source="the words 'do not exist' were observed in the Terraform AWS provider's acceptance tests",
    ),
    _account(
        "certificate.issued",
        ("ContainerServicePublicDomains[key]",),
        "the status of the certificate must be ISSUED",
        message='Certificate "{found}" provided for service "{service}" has {status} status, '
        "required status: ISSUED.",
        source="observed in the acceptance tests of a public Terraform provider",
    ),
    _account(
        "certificate.covers-domain",
        ("ContainerServicePublicDomainsList[]",),
        "the certificate must cover the domain name",
        message='Domain name "{found}" is not covered by certificate "{certificate}".',
        source=f"{_API}CreateContainerService",
    ),
    _name_in_use(
        "certificate.name-free",
        ("CreateCertificateRequest.certificateName",),
        "no two certificates in a Region may have the same name",
    ),
    _not_found(
        "certificate.known",
        ("DeleteCertificateRequest",),
        "the certificate to delete must exist in the Region of the request",
        message="The Certificate does not exist: {found}",
    ),
    _account(
        "certificate.unused",
        ("DeleteCertificateRequest",),
        "a certificate cannot be deleted while it is attached to a container service",
        message='Certificate "{found}" is in use by: {services}',
        assumption="A62",
    ),
)

# --- deployments ------------------------------------------------------------------------------------


def _endpoint_names_a_container(deployment: Any, rule: Rule) -> Iterator[Violation]:
    name = (deployment.get("publicEndpoint") or {}).get("containerName")
    if name is not None and name not in (deployment.get("containers") or {}):
        yield Violation(rule, ("publicEndpoint", "containerName"), name)


def _endpoint_port_is_open(deployment: Any, rule: Rule) -> Iterator[Violation]:
    port, ports = _endpoint_port(deployment)
    if port is not None and str(port) not in ports:
        yield Violation(rule, ("publicEndpoint", "containerPort"), port)


def _endpoint_port_speaks_http(deployment: Any, rule: Rule) -> Iterator[Violation]:
    port, ports = _endpoint_port(deployment)
    if str(port) in ports and ports[str(port)] not in rule.values:
        details = {"actual": f"port {port}, which uses {ports[str(port)]}"}
        yield Violation(rule, ("publicEndpoint", "containerPort"), port, details)


def _endpoint_port(deployment: _Document) -> tuple[Any, _Document]:
    """Return the public endpoint's port and all ports that the endpoint's container opens."""
    endpoint = deployment.get("publicEndpoint") or {}
    container = (deployment.get("containers") or {}).get(endpoint.get("containerName"))
    if container is None:
        return None, {}
    return endpoint.get("containerPort"), container.get("ports") or {}


def success_code_ranges(codes: str) -> Iterator[tuple[int, int]]:
    """Yield the first and last status code of each range in a ``successCodes`` string.

    >>> list(success_code_ranges("200,301-302"))
    [(200, 200), (301, 302)]
    """
    for part in codes.split(","):
        low, _, high = part.partition("-")
        yield int(low), int(high or low)


def _codes_ascend(codes: Any, rule: Rule) -> Iterator[Violation]:
    # A code that is not a number breaks another rule, so ignore the ValueError that int() raises.
    with suppress(ValueError):
        for low, high in success_code_ranges(codes):
            if low > high:
                yield Violation(rule, (), f"{low}-{high}")


_HEALTH_PAGE = f"{_API}ContainerServiceHealthCheckConfig; the service model lacks these limits"
_CODE = "[2-4][0-9]{2}"
_CODES = f"{_CODE}(?:-{_CODE})?"

_DEPLOYMENTS = (
    _required(
        "deployment.containers-required",
        (f"{_DEPLOY}.containers", f"{_NESTED}.containers"),
        "a deployment must specify its containers",
    ),
    _count(
        "containers.count",
        ("ContainerMap",),
        "the number of containers in a deployment",
        source="Amazon Lightsail endpoints and quotas (Terraform mistakenly allows 53 containers)",
        minimum=1,
        maximum=10,
    ),
    _required("container.image-required", ("Container.image",), "a container must have an image"),
    _range(
        "port.range",
        ("PortMap[key]", "EndpointRequest.containerPort"),
        "a port must be a decimal number without leading zeros",
        source="RFC 9293, Transmission Control Protocol (port numbers have 16 bits); the model sets "
        "no limits",
        assumption="A13",
        minimum=1,
        maximum=65535,
        pattern="^[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]$",
    ),
    _enum("protocol.values", ("ContainerServiceProtocol",), "the protocol of an open port"),
    _relation(
        "endpoint.container",
        (_DEPLOY, _NESTED),
        "the public endpoint must name a container in the deployment",
        source=f"{_API}EndpointRequest",
        check=_endpoint_names_a_container,
    ),
    _relation(
        "endpoint.port",
        (_DEPLOY, _NESTED),
        "the public endpoint's container must open the endpoint's port",
        message="Invalid port specified. You must specify a port that is in the list of ports of the "
        "specified container.",
        source="observed by users of the Terraform AWS provider",
        check=_endpoint_port_is_open,
    ),
    _relation(
        "endpoint.protocol",
        (_DEPLOY, _NESTED),
        "the protocol of the public endpoint's port must be HTTP or HTTPS",
        source=f"{_GUIDE}Creating and managing deployments for {_SERVICES}",
        values=("HTTP", "HTTPS"),
        check=_endpoint_port_speaks_http,
    ),
    _range(
        "health-check.timeout",
        (f"{_HEALTH}.timeoutSeconds",),
        "the number of seconds that a health check waits for a response",
        source=_HEALTH_PAGE,
        minimum=2,
        maximum=60,
    ),
    _range(
        "health-check.interval",
        (f"{_HEALTH}.intervalSeconds",),
        "the number of seconds between health checks",
        source=_HEALTH_PAGE,
        minimum=5,
        maximum=300,
    ),
    _range(
        "health-check.threshold",
        (f"{_HEALTH}.healthyThreshold", f"{_HEALTH}.unhealthyThreshold"),
        "the number of consecutive successes or failures after which a container's health changes",
        source="assumed, because a threshold below 1 is meaningless; AWS documents no limits",
        assumption="A12",
        minimum=1,
    ),
    _pattern(
        "health-check.path",
        (f"{_HEALTH}.path",),
        "a health check's path must begin with a slash and contain only visible ASCII characters",
        source="assumed, based on RFC 9112, HTTP/1.1 (origin-form); AWS documents only the default path",
        assumption="A12",
        pattern=r"^/[!-~]*$",
    ),
    _pattern(
        "health-check.success-codes",
        (f"{_HEALTH}.successCodes",),
        "a comma-separated list of status codes and ranges of status codes",
        message='{path} "{found}" is not valid. Codes must be between {minimum} and {maximum}.',
        source=_HEALTH_PAGE,
        minimum=200,
        maximum=499,
        pattern=rf"^{_CODES}(?:,{_CODES})*$",
    ),
    _relation(
        "health-check.success-codes-order",
        (f"{_HEALTH}.successCodes",),
        "a range of status codes must begin with the lower code",
        source="assumed, because a reversed range contains no codes",
        assumption="A12",
        check=_codes_ascend,
    ),
)

# --- images -----------------------------------------------------------------------------------------

_NAME = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
_STORED_IMAGE = re.compile(rf":({_NAME})\.({_NAME})\.([1-9][0-9]*|latest)", re.ASCII)
"""Matches the name of a stored image. Names of any length match, but the
``image.exists`` rule refuses the name of an image that does not exist."""

_COMPONENT = r"[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_PUBLIC_IMAGE = re.compile(
    rf"(?:(?:{_LABEL}(?:\.{_LABEL})*|\[[0-9a-fA-F:]+\])(?::[0-9]+)?/)?"
    rf"(?P<name>{_COMPONENT}(?:/{_COMPONENT})*)"
    r"(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?"
    r"(?:@(?:sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128}))?",
    re.ASCII,
)
"""Matches a reference to an image in a registry, such as ``ghcr.io/acme/shop:1.2``.

The grammar, the digest algorithms and the maximum length of a name come from the Go modules
github.com/distribution/reference (reference.go, regexp.go) and github.com/opencontainers/go-digest.
"""

_LONGEST_NAME = 255

_ECR_IMAGE = re.compile(r"[0-9]{12}\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com/[^:@]", re.ASCII)


class StoredImage(NamedTuple):
    """The parts of the name of a stored image, such as ``:shop.web.3``."""

    service: str
    label: str
    version: str


def parse_stored_image(image: str) -> StoredImage | None:
    """Return the parts of a stored image's name, or ``None`` if the name has another form.

    >>> parse_stored_image(":shop.web.3")
    StoredImage(service='shop', label='web', version='3')
    """
    match = _STORED_IMAGE.fullmatch(image)
    return StoredImage(*match.groups()) if match else None


def ecr_region(image: str) -> str | None:
    """Return the Region of an image in a private ECR repository, or ``None`` for other images."""
    match = _ECR_IMAGE.match(image)
    return match[1] if match else None


def _images_are_valid(request: Any, rule: Rule) -> Iterator[Violation]:
    service = str(request.get("serviceName", ""))
    for prefix, part in (((), request), (("deployment",), request.get("deployment"))):
        for name, container in ((part or {}).get("containers") or {}).items():
            image = container.get("image")
            if image is not None and not _is_valid_image(str(image), service):
                path = (*prefix, "containers", name, "image")
                yield Violation(rule, path, image, {"container": name, "service": service})


def _is_valid_image(image: str, service: str) -> bool:
    stored = parse_stored_image(image)
    if stored is not None:
        return stored.service == service
    public = _PUBLIC_IMAGE.fullmatch(image)
    return public is not None and len(public["name"]) <= _LONGEST_NAME


_IMAGES = (
    _relation(
        "image.reference",
        (_CREATE, _DEPLOY),
        "an image must refer to a registry or to a stored image of the service, such as "
        ":service.label.version or :service.label.latest",
        message='Container "{container}" has invalid image "{found}". '
        'Example of valid image: ":{service}.{container}.123".',
        source=f"{_API}Container; the message was observed for a stored image whose version was "
        "LATEST",
        check=_images_are_valid,
    ),
    _account(
        "image.exists",
        ("Container.image",),
        "a stored image must exist before a deployment can use it",
        message='The image "{found}" of container "{container}" does not exist in your stored images.',
        source="a user reported the message 'The image does not exist in your stored images'",
    ),
    _pattern(
        "image.digest",
        ("RegisterContainerImageRequest.digest",),
        "a digest must consist of an algorithm name, a colon and lowercase hexadecimal digits",
        source="AWS's lightsailctl plugin sends this format; AWS is assumed to refuse all others",
        assumption="A43",
        pattern=r"^sha256:[0-9a-f]{64}$",
    ),
    _not_found(
        "image.stored",
        ("DeleteContainerImageRequest.image",),
        "an image can be deleted only if it is stored with the service",
        message='The image "{found}" does not exist in container service "{service}".',
        wording="A42",
    ),
    _account(
        "image.unused",
        ("DeleteContainerImageRequest.image",),
        "an image cannot be deleted while an ACTIVE or ACTIVATING deployment uses it",
        message='The image "{found}" is in use by deployment {version} and cannot be deleted.',
        source=f"{_GUIDE}Pushing and managing container images on {_SERVICES}",
        assumption="A42",
    ),
)

# --- rules that depend on the account, and rules for the JSON itself --------------------------------

_ACCOUNT = (
    _not_found(
        "service.exists",
        ("ContainerServiceName",),
        "the container service must exist in the Region of the request",
        message="The ContainerService does not exist: {found}",
        source="the Terraform AWS provider and CloudFormation handlers rely on NotFoundException; the "
        "message is an assumption based on messages for other Lightsail resources",
    ),
    _name_in_use(
        "service.name-free",
        (f"{_CREATE}.serviceName",),
        "no two container services in a Region may have the same name",
        source=f"{_API}CreateContainerService; {_COPIED}",
    ),
    _not_found(
        "log.container",
        ("GetContainerLogRequest.containerName",),
        "the container must appear in a current or past deployment of the service",
        message='Container "{found}" does not exist in container service "{service}".',
        source="assumed, because AWS does not document the response for an unknown container",
        assumption="A44",
    ),
    _account(
        "page.token",
        (
            *("GetCertificatesRequest.pageToken", "GetContainerLogRequest.pageToken"),
            *("GetDomainsRequest.pageToken", "GetOperationsRequest.pageToken"),
            "GetOperationsForResourceRequest.pageToken",
        ),
        "a page token must come from an earlier response",
        message="The page token is not valid: {found}",
    ),
    _account(
        "registry.needs-service",
        ("CreateContainerServiceRegistryLoginRequest",),
        "the account must have a container service in the Region of the request",
        message="You must create a container service before retrieving container registry login "
        "credentials",
        source="observed by a user of the AWS CLI; the exception class is assumed",
    ),
    _not_found(
        "operation.exists",
        ("GetOperationRequest.operationId",),
        "the operation id must come from an earlier call in the same Region",
        message="The Operation does not exist: {found}",
        assumption="A19",
    ),
    _not_found(
        "resource.exists",
        ("TagResourceRequest", "UntagResourceRequest"),
        "the resource must exist in the Region of the request",
        message="The resource does not exist: {found}",
    ),
    _quota(
        "quota.services",
        (_CREATE,),
        "the number of container services per account and Region",
        message="Sorry, you've either reached or will exceed your maximum limit of Lightsail Container "
        "Services.",
        source="the message was observed; Amazon Lightsail endpoints and quotas (new accounts may "
        "have lower quotas)",
        maximum=100,
    ),
    _quota(
        "quota.deployments-kept",
        ("ContainerServiceDeploymentList",),
        "the number of recent deployments that Lightsail keeps for each container service",
        message="",
        maximum=50,
    ),
    _quota(
        "quota.images",
        ("RegisterContainerImageRequest",),
        "the number of stored images per container service",
        message='Sorry, container service "{found}" has reached its limit of {maximum} stored images.',
        maximum=150,
    ),
    _quota(
        "quota.certificates",
        ("CreateCertificateRequest",),
        "the number of active certificates per account and Region",
        message="Sorry, you've reached your maximum limit of {maximum} Lightsail certificates.",
        maximum=10,
    ),
    _state(
        "state.deployment-in-progress",
        (_DEPLOY, "DeleteContainerServiceRequest"),
        "during a deployment, the service can neither be deleted nor receive another deployment",
        message='Sorry, deployment {version} is in progress for service "{found}". '
        "Please wait for it to complete before trying again.",
        source="observed in terminal transcripts from public repositories",
    ),
    _state(
        "state.busy",
        (_DEPLOY, "UpdateContainerServiceRequest", "DeleteContainerServiceRequest"),
        "a service cannot be changed while it is being created, updated or deleted",
        message='Sorry, service "{found}" is in {state} state. Please try again in a few minutes.',
        source="the Terraform AWS provider retries a request if the error message contains 'Please try "
        "again in a few minutes'; the rest of the message is assumed",
        assumption="A07",
    ),
    _state(
        "state.disabled",
        (_DEPLOY,),
        "a disabled service cannot be deployed to",
        message='Sorry, service "{found}" is disabled and cannot be deployed to.',
        source="the words 'disabled and cannot be deployed to' were observed in the Terraform AWS "
        "provider's acceptance tests",
    ),
    _required(
        "json.required",
        (),
        "a request must contain all members that the model requires",
        source="the message was observed for another Lightsail operation",
        assumption="",
        wording="A02",
    ),
    _format(
        "json.type",
        (),
        "a value must have the JSON type that the model defines for it",
        message="{path}: expected {expected}, found {actual}",
        source="AWS JSON 1.1 protocol",
        error="SerializationException",
        wording="A16",
    ),
    _format(
        "json.unknown-member",
        (),
        "a request may contain only members that the model defines",
        message="Unknown parameter: {path}",
        source="assumed, because botocore never sends a request with an unknown member",
        assumption="A15",
    ),
    *(
        Rule(f"model.{kind.value}", (), "a constraint defined in the service model", kind)
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
"""Maps the names of enumerations to values that AWS returns but the model does not list.
The values come from example output in the AWS CLI documentation."""

RULES: tuple[Rule, ...] = (*_NAMES, *_DOMAIN_RULES, *_DEPLOYMENTS, *_IMAGES, *_ACCOUNT)
"""All rules. If a value breaks several rules, the account reports the rule that is listed first."""

_BY_ID = {entry.id: entry for entry in RULES}


def rule(rule_id: str) -> Rule:
    """Return the rule with the given id."""
    return _BY_ID[rule_id]
