"""The rules catalogue: every constraint on the container family, as data.

Sources are AWS documentation pages by title, the botocore service model, or an observation of the real
service. A rule whose limits the model states takes them from there (``resolve``); a rule that AWS states
only in prose has them here, and nowhere else.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

from . import relations
from .grammar import codes_pattern
from .rule import Kind, Rule
from .service import ServiceModel, Shape

__all__ = ["RULES", "resolve", "rule"]

_API = "Amazon Lightsail API Reference, "
_MODEL = "botocore service model; the service answers the rest"
_CREATE = "CreateContainerServiceRequest"
_DEPLOY = "CreateContainerServiceDeploymentRequest"
_NESTED = "ContainerServiceDeploymentRequest"
_HEALTH = "ContainerServiceHealthCheckConfig"
_CODES = (200, 499)

RULES: tuple[Rule, ...] = (
    # --- names -------------------------------------------------------------------------------------
    Rule(
        id="service-name.length",
        kind=Kind.LENGTH,
        targets=("ContainerServiceName",),
        meaning="the name of a container service has 1 to 63 characters",
        message='Container service name "{found}" must have between {minimum} and {maximum} characters.',
        tip="Give {path} between {minimum} and {maximum} characters.",
        source=f"{_MODEL}; the user guide's page on creating services says 2, the API accepts 1",
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
        meaning="the name of a container has 1 to 53 characters",
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
    # --- capacity ----------------------------------------------------------------------------------
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
        meaning="a service has 1 to 20 nodes",
        message="Scale {found} is not valid. It must be between {minimum} and {maximum}.",
        tip="Set {path} to between {minimum} and {maximum} nodes.",
        source=_MODEL,
    ),
    # --- tags --------------------------------------------------------------------------------------
    Rule(
        id="tags.count",
        kind=Kind.COUNT,
        targets=("TagList",),
        meaning="a resource has at most 50 tags",
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
        check=relations.keys_are_unique,
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
        meaning="a tag key has 1 to 128 characters",
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
        meaning="a tag value has up to 256 characters",
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
    # --- public domains ----------------------------------------------------------------------------
    Rule(
        id="domains.count",
        kind=Kind.RELATION,
        targets=("ContainerServicePublicDomains",),
        meaning="a service has at most 4 public domain names",
        message="{path} names {found} domains; a container service can have at most {maximum}.",
        tip="Leave at most {maximum} domain names in {path}.",
        source=f"{_API}CreateContainerService; Amazon Lightsail endpoints and quotas",
        maximum=4,
        check=relations.domains_within_limit,
    ),
    Rule(
        id="domains.certificates",
        kind=Kind.RELATION,
        targets=("ContainerServicePublicDomains",),
        meaning="a service has at most 4 certificates",
        message="{path} names {found} certificates; a container service can have at most {maximum}.",
        tip="Leave at most {maximum} certificates in {path}.",
        source="Amazon Lightsail endpoints and quotas",
        maximum=4,
        check=relations.certificates_within_limit,
    ),
    Rule(
        id="domain.length",
        kind=Kind.LENGTH,
        targets=("ContainerServicePublicDomainsList[]",),
        meaning="a domain name has at most 253 characters",
        message='Domain name "{found}" at {path} is not valid.',
        tip="Shorten {path} to {maximum} characters.",
        source="RFC 1035, Domain names: implementation and specification",
        minimum=1,
        maximum=253,
    ),
    Rule(
        id="domain.pattern",
        kind=Kind.PATTERN,
        targets=("ContainerServicePublicDomainsList[]",),
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
    # --- deployments -------------------------------------------------------------------------------
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
        meaning="a deployment has 1 to 10 containers",
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
        meaning="ports are decimal numbers from 1 to 65535",
        message='Port "{found}" at {path} is not valid. It must be between {minimum} and {maximum}.',
        tip="Set {path} to a number between {minimum} and {maximum}.",
        source="RFC 9293, Transmission Control Protocol (16 bits); the model states no bounds",
        minimum=1,
        maximum=65535,
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
        check=relations.endpoint_names_a_container,
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
        check=relations.endpoint_port_is_open,
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
        check=relations.endpoint_port_speaks_http,
    ),
    # --- health check ------------------------------------------------------------------------------
    Rule(
        id="health-check.timeout",
        kind=Kind.RANGE,
        targets=(f"{_HEALTH}.timeoutSeconds",),
        meaning="a health check waits 2 to 60 seconds for an answer",
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
        meaning="health checks are 5 to 300 seconds apart",
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
        meaning="a threshold is a number of checks, at least one",
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
        meaning="status codes from 200 to 499: one, several with commas, or ranges",
        message='{member} "{found}" at {path} is not valid. '
        "Codes must be between {minimum} and {maximum}.",
        tip="Set {path} to codes from {minimum} to {maximum}, such as 200, 200,202 or 200-299.",
        source=f"{_API}ContainerServiceHealthCheckConfig; prose only",
        minimum=_CODES[0],
        maximum=_CODES[1],
        pattern=codes_pattern(*_CODES),
    ),
    Rule(
        id="health-check.success-codes-order",
        kind=Kind.RELATION,
        targets=(f"{_HEALTH}.successCodes",),
        meaning="a range of status codes names the lower one first",
        message='successCodes range "{found}" at {path} is not valid: its end is before its start.',
        tip="Turn the range round: {turned}.",
        source="assumed: a range with its ends exchanged holds no code",
        check=relations.codes_ascend,
    ),
    # --- images ------------------------------------------------------------------------------------
    Rule(
        id="image.reference",
        kind=Kind.RELATION,
        targets=(_CREATE, _DEPLOY),
        meaning="an image is :service.label.version (or latest), or a reference into a registry",
        message='Container "{container}" has invalid image "{found}". '
        'Example of valid image: ":{service}.{container}.123".',
        tip="Set {path} to :{service}.{container}.1 for a stored image, or to one like nginx:latest.",
        source="observed for a stored image with the version LATEST",
        observed=True,
        check=relations.images_are_well_formed,
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
        check=relations.stored_images_are_of_this_service,
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
    # --- the service and the account ---------------------------------------------------------------
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
        id="quota.services",
        kind=Kind.QUOTA,
        targets=(_CREATE,),
        meaning="an account has at most 100 container services in a Region",
        message="Sorry, you've either reached or will exceed your maximum limit of Lightsail Container "
        "Services.",
        tip="Delete a container service, or ask AWS Support for a higher quota.",
        source="observed; Amazon Lightsail endpoints and quotas (new accounts may have less)",
        code="LimitExceeded",
        observed=True,
        maximum=100,
    ),
    Rule(
        id="quota.deployments-kept",
        kind=Kind.QUOTA,
        targets=("ContainerServiceDeploymentList",),
        meaning="the newest 50 deployments of a service are kept",
        message="",
        tip="",
        source="Amazon Lightsail endpoints and quotas",
        maximum=50,
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
    # --- the JSON itself ---------------------------------------------------------------------------
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

_BY_ID = {entry.id: entry for entry in RULES}
_BY_TARGET: dict[str, list[Rule]] = defaultdict(list)
for _entry in RULES:
    for _target in _entry.targets:
        _BY_TARGET[_target].append(_entry)


def rule(rule_id: str) -> Rule:
    """The rule of that id.

    >>> rule("health-check.timeout").maximum
    60
    """
    return _BY_ID[rule_id]


@lru_cache(maxsize=32)
def resolve(model: ServiceModel, *, documented: bool = True) -> Mapping[str, tuple[Rule, ...]]:
    """The rules by target, with the limits that the model states filled in.

    A constraint of the model for which the catalogue has no entry appears as one of the ``model.*``
    rules, so that nothing that the model states is lost.

    Args:
        model: the service model.
        documented: also what only the catalogue says; without it the model's own constraints alone.
    """
    targets: dict[str, list[Rule]] = defaultdict(list)
    for target, entries in _BY_TARGET.items():
        shape = model.shapes.get(target)
        stated = () if shape is None else _stated(shape)
        for entry in entries:
            if entry.kind not in _LIMITING or _has_limits(entry):
                if documented:
                    targets[target].append(entry)
            elif shape is not None and entry.kind in stated:
                targets[target].append(_filled(entry, shape))
    for shape in model.shapes.values():
        # An entry with limits of its own does not stand for the model's; both hold.
        have = {entry.kind for entry in _BY_TARGET.get(shape.name, ()) if not _has_limits(entry)}
        targets[shape.name].extend(
            _filled(_BY_ID[f"model.{kind.value}"], shape)
            for kind in _stated(shape)
            if kind not in have
        )
    return {target: tuple(entries) for target, entries in targets.items() if entries}


_LIMITING = frozenset({Kind.ENUM, Kind.PATTERN, Kind.LENGTH, Kind.RANGE, Kind.COUNT})
_BOUNDS = {"string": Kind.LENGTH, "blob": Kind.LENGTH, "list": Kind.COUNT, "map": Kind.COUNT}


def _has_limits(entry: Rule) -> bool:
    """Whether the entry brings its limits itself instead of taking them from the model."""
    return bool(entry.values) or (entry.pattern, entry.minimum, entry.maximum) != (None, None, None)


def _stated(shape: Shape) -> tuple[Kind, ...]:
    """The kinds of constraint that the model states of a shape."""
    bounded = shape.minimum is not None or shape.maximum is not None
    kinds = []
    if shape.enum:
        kinds.append(Kind.ENUM)
    if bounded:
        kinds.append(_BOUNDS.get(shape.type, Kind.RANGE))
    if shape.pattern is not None:
        kinds.append(Kind.PATTERN)
    return tuple(kinds)


def _filled(entry: Rule, shape: Shape) -> Rule:
    """The entry with what the model states of the shape."""
    if entry.kind is Kind.ENUM:
        return replace(entry, values=shape.enum)
    if entry.kind is Kind.PATTERN:
        return replace(entry, pattern=shape.pattern)
    return replace(entry, minimum=shape.minimum, maximum=shape.maximum)
