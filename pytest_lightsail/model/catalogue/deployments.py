"""What a deployment holds: containers, ports, the public endpoint and its health check."""

from __future__ import annotations

from .. import relations
from ..grammar import codes_pattern
from ..rule import Kind, Rule
from .sources import API, DEPLOY, HEALTH, MODEL, NESTED

_CODES = (200, 499)

__all__ = ["RULES"]

RULES: tuple[Rule, ...] = (
    Rule(
        id="deployment.containers-required",
        kind=Kind.REQUIRED,
        targets=(f"{DEPLOY}.containers", f"{NESTED}.containers"),
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
    ),
    Rule(
        id="protocol.values",
        kind=Kind.ENUM,
        targets=("ContainerServiceProtocol",),
        meaning="a port speaks HTTP, HTTPS, TCP or UDP",
        message='Protocol "{found}" at {path} is not valid. Valid values: {values}.',
        tip="Set {path} to one of: {values}.",
        source=MODEL,
    ),
    Rule(
        id="endpoint.container",
        kind=Kind.RELATION,
        targets=(DEPLOY, NESTED),
        meaning="the public endpoint names a container of the deployment",
        message='Container "{found}" specified in {path} is not in the list of containers.',
        tip="Set {path} to one of: {containers}.",
        source=f"{API}EndpointRequest; text assumed",
        check=relations.endpoint_names_a_container,
    ),
    Rule(
        id="endpoint.port",
        kind=Kind.RELATION,
        targets=(DEPLOY, NESTED),
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
        targets=(DEPLOY, NESTED),
        meaning="the public endpoint's port speaks HTTP or HTTPS",
        message="Port {found} at {path} is open as {protocol}; a public endpoint needs one of: {values}.",
        tip="Open port {found} as one of {values}, or choose another port for {path}.",
        source="Lightsail developer guide, Creating and managing deployments for your Amazon "
        "Lightsail container services; text assumed",
        values=("HTTP", "HTTPS"),
        check=relations.endpoint_port_speaks_http,
    ),
    Rule(
        id="health-check.timeout",
        kind=Kind.RANGE,
        targets=(f"{HEALTH}.timeoutSeconds",),
        meaning="how many seconds a health check waits for an answer",
        message="{member} {found} at {path} is not valid. "
        "It must be between {minimum} and {maximum} seconds.",
        tip="Set {path} to between {minimum} and {maximum} seconds.",
        source=f"{API}ContainerServiceHealthCheckConfig; prose only",
        minimum=2,
        maximum=60,
    ),
    Rule(
        id="health-check.interval",
        kind=Kind.RANGE,
        targets=(f"{HEALTH}.intervalSeconds",),
        meaning="how many seconds lie between health checks",
        message="{member} {found} at {path} is not valid. "
        "It must be between {minimum} and {maximum} seconds.",
        tip="Set {path} to between {minimum} and {maximum} seconds.",
        source=f"{API}ContainerServiceHealthCheckConfig; prose only",
        minimum=5,
        maximum=300,
    ),
    Rule(
        id="health-check.threshold",
        kind=Kind.RANGE,
        targets=(f"{HEALTH}.healthyThreshold", f"{HEALTH}.unhealthyThreshold"),
        meaning="how many checks in a row a threshold asks for",
        message="{member} {found} at {path} is not valid. It must be at least {minimum}.",
        tip="Set {path} to {minimum} or more.",
        source="assumed: no bounds are documented; less than one check has no meaning",
        minimum=1,
    ),
    Rule(
        id="health-check.path",
        kind=Kind.PATTERN,
        targets=(f"{HEALTH}.path",),
        meaning="the path of a health check begins with a slash and has no white space",
        message='{member} "{found}" at {path} is not valid. It must begin with "/".',
        tip='Begin {path} with "/" and leave out white space and control characters.',
        source="assumed from RFC 9112, HTTP/1.1 (origin-form); AWS documents only the default",
        pattern=r"/[!-~]*",
    ),
    Rule(
        id="health-check.success-codes",
        kind=Kind.PATTERN,
        targets=(f"{HEALTH}.successCodes",),
        meaning="status codes: one, several with commas, or ranges",
        message='{member} "{found}" at {path} is not valid. '
        "Codes must be between {minimum} and {maximum}.",
        tip="Set {path} to codes from {minimum} to {maximum}, such as 200, 200,202 or 200-299.",
        source=f"{API}ContainerServiceHealthCheckConfig; prose only",
        minimum=_CODES[0],
        maximum=_CODES[1],
        pattern=codes_pattern(*_CODES),
    ),
    Rule(
        id="health-check.success-codes-order",
        kind=Kind.RELATION,
        targets=(f"{HEALTH}.successCodes",),
        meaning="a range of status codes names the lower one first",
        message='successCodes range "{found}" at {path} is not valid: its end is before its start.',
        tip="Turn the range round: {turned}.",
        source="assumed: a range with its ends exchanged holds no code",
        check=relations.codes_ascend,
    ),
)
