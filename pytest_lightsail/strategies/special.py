"""What rules alone do not describe: images, unique tag keys, members that fit each other; the account."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import count, islice
from typing import Any

from hypothesis import strategies as st

from ..exceptions import ConfigurationError
from ..model.bounds import on_the_wire
from ..model.catalogue import success_code_ranges
from ..model.rule import Kind
from ..model.rules import rule
from ..model.schema import REQUEST, Form, root_shape
from ..model.service import VALUE, ServiceModel, load
from ..options import INSTANT, MINIMAL, Options
from ..simulator.account import Account
from ..simulator.history import Call
from ..simulator.resources import Certificate
from ..simulator.wire import CONTENT_TYPE, Request
from .shapes import Draw, Limits, Shapes, Steps, Strategy, made_once, matching, sized

HOME = "us-east-1"
"""The default Region, as everywhere in this library."""

_LONGEST_CODES = 60
_PORT = "EndpointRequest.containerPort"
_SOME_TAGS = 4

certificate_names = matching((rule("certificate.name").pattern or "",), maximum=40)
"""Names of certificates; AWS states no limit of their length."""

LEFT_OUT = frozenset(
    {
        # Only a response of the service provides these; any other value is refused.
        *rule("page.token").targets,
        *(f"{target}.resourceArn" for target in rule("resource.exists").targets),
    }
)
"""Members that have no valid value as long as nothing is known of the account."""


# --- images ------------------------------------------------------------------------------------------

IMAGE_KINDS = ("public", "docker-hub", "public-ecr", "registry", "ecr", "stored")
"""Kinds of image references: official images of Docker Hub, images of a namespace there, Amazon ECR
Public, other registries, private Amazon ECR repositories, and images stored with a container service."""

PUBLIC_KINDS = frozenset({"public", "docker-hub", "public-ecr", "registry"})
"""The kinds that anyone can pull."""

_FAMILIAR = ("nginx", "nginx:latest", "httpd:2.4", "amazon/amazon-lightsail:hello-world")
_REPOSITORIES = st.builds(
    "{}{}".format,
    matching((r"[a-z0-9]+",), 1, 30),
    st.sampled_from(("", "-api", ".io", "_1", "__x", "--y")),
)
_TAGS = matching((r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}",), 1, 128)
_DIGESTS = st.one_of(
    matching((r"@sha256:[0-9a-f]{64}",)), matching((r"@sha384:[0-9a-f]{96}|@sha512:[0-9a-f]{128}",))
)
_BEHIND = st.one_of(
    st.sampled_from(("", ":latest")),
    _TAGS.map(":{}".format),
    _DIGESTS,
    st.builds(":{}{}".format, _TAGS, _DIGESTS),
)
_HOSTS = st.one_of(
    st.sampled_from(("ghcr.io", "quay.io", "docker.io", "registry.example.com:5000", "gcr.io")),
    st.sampled_from(
        ("localhost:5000", "localhost", "192.0.2.1", "[2001:db8::1]:5000", "My-Host:80")
    ),
)
_ACCOUNTS = matching((r"[0-9]{12}",))
_VERSIONS = st.one_of(st.sampled_from(("1", "latest")), st.integers(1, 10**6).map(str))


def _repository(*parts: Strategy) -> Strategy:
    """Repositories with nothing, a tag, ``latest`` or a digest behind them."""
    return st.tuples(st.tuples(*parts).map("/".join), _BEHIND).map("".join)


def images(
    labels: Strategy, services: Strategy, kinds: Collection[str], region: str = ""
) -> Strategy:
    """Return references to images.

    Args:
        labels: the labels of stored images.
        services: the services that stored images belong to.
        kinds: some of ``IMAGE_KINDS``.
        region: the Region of private repositories.

    Raises:
        ConfigurationError: a kind does not exist, or there is none.
    """
    if isinstance(kinds, str):
        raise ConfigurationError(f"image_references: kinds is a set, such as {{{kinds!r}}}")
    unknown = sorted(set(kinds) - set(IMAGE_KINDS))
    if unknown or not kinds:
        wrong = ", ".join(unknown) or "none"
        raise ConfigurationError(
            f"image_references: unknown kind {wrong}; expected one of {', '.join(IMAGE_KINDS)}"
        )
    host = _ACCOUNTS.map(lambda account: f"{account}.dkr.ecr.{region}.amazonaws.com")
    of = {
        "public": st.one_of(st.sampled_from(_FAMILIAR), _repository(_REPOSITORIES)),
        "docker-hub": _repository(_REPOSITORIES, _REPOSITORIES),
        "public-ecr": _repository(st.just("public.ecr.aws"), _REPOSITORIES, _REPOSITORIES),
        "registry": _repository(
            _HOSTS, st.lists(_REPOSITORIES, min_size=1, max_size=4).map("/".join)
        ),
        "ecr": _repository(host, st.lists(_REPOSITORIES, min_size=1, max_size=3).map("/".join)),
        "stored": st.builds(":{}.{}.{}".format, services, labels, _VERSIONS),
    }
    return st.one_of(*(of[kind] for kind in IMAGE_KINDS if kind in kinds))


def _public_images(shapes: Shapes, _: Steps) -> Strategy:
    return images(shapes.of("ContainerLabel"), shapes.of("ContainerServiceName"), PUBLIC_KINDS)


# --- success codes, tags, domains --------------------------------------------------------------------


def _success_codes(shapes: Shapes, _: Steps) -> Strategy:
    """Codes with every range in order, whichever way round it was drawn."""
    place = "ContainerServiceHealthCheckConfig.successCodes"
    limits = Limits(shapes.rules_at("string", place))
    codes = rule("health-check.success-codes")
    return st.one_of(
        st.sampled_from(("200-499", "200", "200-299", "200,202", str(codes.maximum))),
        matching(limits.patterns, 0, _LONGEST_CODES).map(_in_order),
    )


def _in_order(codes: str) -> str:
    ranges = (sorted(ends) for ends in success_code_ranges(codes))
    return ",".join(str(low) if low == high else f"{low}-{high}" for low, high in ranges)


@made_once
def tag_lists(shapes: Shapes, low: int, high: int, way: Steps = ()) -> Strategy:
    """Return lists of tags with unique keys; in long lists the keys differ in a number."""
    one = shapes.of("Tag", "TagList[]", way)

    def some(least: int, most: int) -> Strategy:
        return st.lists(one, min_size=least, max_size=most, unique_by=lambda tag: tag["key"])

    def of_size(least: int, most: int) -> Strategy:
        if most <= _SOME_TAGS:
            return some(least, most)
        # Fifty tags that have nothing in common would be too large an example.
        return st.builds(
            _filled,
            some(0, _SOME_TAGS),
            st.integers(max(least, _SOME_TAGS), most),
            st.sampled_from(("k", "team-", "stage/")),
        )

    return sized(low, min(high, _SOME_TAGS), high, of_size)


def _filled(tags: list[dict[str, str]], size: int, key: str) -> list[dict[str, str]]:
    """The tags, and as many more without values as make up the size."""
    taken = {tag["key"] for tag in tags}
    more = (name for number in count() if (name := f"{key}{number}") not in taken)
    return [*tags, *({"key": name} for name in islice(more, size - len(tags)))]


def _tag_list(shapes: Shapes, way: Steps) -> Strategy:
    most = rule("tags.count").most
    return tag_lists(shapes, 1 if way else 0, _SOME_TAGS if way else most, way[1:])


@made_once
@st.composite
def public_domains(
    draw: Draw, shapes: Shapes, low: int, high: int, names: Strategy, *, named: bool = False
) -> dict[str, list[str]]:
    """Draw ``low`` to ``high`` certificates with domain names, no more in all than a service can have.

    If ``named``, the first certificate has at least one domain name.
    """
    certificates = draw(st.lists(names, min_size=low, max_size=high, unique=True))
    left = rule("domains.count").most
    found: dict[str, list[str]] = {}
    for certificate in certificates:
        domains = st.lists(
            shapes.of("string", "ContainerServicePublicDomainsList[]"),
            min_size=1 if named and not found else 0,
            max_size=left,
            unique=True,
        )
        found[certificate] = draw(domains)
        left -= len(found[certificate])
    return found


def _public_domains(shapes: Shapes, way: Steps) -> Strategy:
    most = rule("domains.certificates").most
    return public_domains(shapes, 1 if way else 0, most, certificate_names, named=bool(way))


def _tagged_services(shapes: Shapes, _: Steps) -> Strategy:
    """Names of container services that are also names of resources, which have a higher minimum."""
    limits = Limits((*shapes.rules_at("ContainerServiceName"), *shapes.rules_at("ResourceName")))
    low, high = limits.bounds(Kind.LENGTH)
    return matching(limits.patterns, max(low, 2), high)


# --- structures whose members fit each other ---------------------------------------------------------


@st.composite
def deployment(
    draw: Draw,
    shapes: Shapes,
    shape: str,
    way: Steps = (),
    given: Mapping[str, Strategy] | None = None,
) -> Any:
    """Draw a deployment whose endpoint, if it has one, is a port that one of its containers opens."""
    given = dict(given or {})
    wanted = way[0] if way else ""
    structure = shapes.model.shapes[shape]
    endpoint = given.pop("publicEndpoint", None)
    asked = wanted == "publicEndpoint" or endpoint is not None
    if "containers" not in given:
        if wanted == "containers":
            given["containers"] = shapes.of("ContainerMap", f"{shape}.containers", way[1:])
        elif asked:  # a response needs no containers, but an endpoint needs one
            given["containers"] = shapes.of("ContainerMap", f"{shape}.containers", (VALUE,))
    drawn = draw(shapes.structure(structure, way, given, without=("publicEndpoint",)))
    # What is broken in a container must not show at the endpoint as well.
    if asked or (wanted != "containers" and drawn.get("containers") and draw(st.booleans())):
        if endpoint is None:
            inner = way[1:] if wanted == "publicEndpoint" else ()
            member = structure.members["publicEndpoint"].shape
            endpoint = shapes.structure(shapes.model.shapes[member], inner)
        drawn["publicEndpoint"] = draw(endpoint)
        _open(draw, drawn)
    return drawn


def _open(draw: Draw, drawn: dict[str, Any]) -> None:
    """Make the endpoint a port that a container opens, which may be open already."""
    name = draw(st.sampled_from(sorted(drawn["containers"])))
    container, endpoint = drawn["containers"][name], dict(drawn["publicEndpoint"])
    spoken = rule("endpoint.protocol").values
    ports = container.get("ports", {})
    open_ports = [port for port, protocol in ports.items() if protocol in spoken]
    port = endpoint.get("containerPort")
    if open_ports and draw(st.booleans()):
        endpoint["containerPort"] = int(open_ports[0])
    elif port is not None:
        opened = {**ports, str(port): draw(st.sampled_from(spoken))}
        drawn["containers"] = {**drawn["containers"], name: {**container, "ports": opened}}
    endpoint["containerName"] = name
    drawn["publicEndpoint"] = endpoint


def _deleted_image(
    shapes: Shapes, shape: str, way: Steps = (), given: Mapping[str, Strategy] | None = None
) -> Strategy:
    """A stored image of the service that the request names, unless another image is given."""
    given = given or {}
    labelled = {"image": shapes.of("ContainerLabel"), **given}
    drawn = shapes.structure(shapes.model.shapes[shape], way, labelled)
    if "image" in given:
        return drawn
    return drawn.map(lambda one: {**one, "image": f":{one['serviceName']}.{one['image']}.1"})


CONSISTENT: Mapping[str, Callable[..., Strategy]] = {
    "ContainerServiceDeployment": deployment,
    "ContainerServiceDeploymentRequest": deployment,
    "CreateContainerServiceDeploymentRequest": deployment,
    "DeleteContainerImageRequest": _deleted_image,
}
"""Structures whose members must fit each other, also if strategies are given for some of them."""


def _consistent(shape: str) -> Callable[[Shapes, Steps], Strategy]:
    return lambda shapes, way: CONSISTENT[shape](shapes, shape, way)


SPECIAL: Mapping[str, Callable[[Shapes, Steps], Strategy]] = {
    "Container.image": _public_images,
    "ContainerServiceHealthCheckConfig.successCodes": _success_codes,
    "ContainerServiceEndpoint.containerPort": lambda shapes, way: shapes.of("integer", _PORT, way),
    "TagList": _tag_list,
    "ContainerServicePublicDomains": _public_domains,
    "GetContainerLogRequest.containerName": lambda shapes, way: shapes.of("ContainerName", "", way),
    # A certificate that is asked for has a name that it could have been created with.
    "CertificateName": lambda *_: certificate_names,
    "TagResourceRequest.resourceName": _tagged_services,
    "UntagResourceRequest.resourceName": _tagged_services,
    **{shape: _consistent(shape) for shape in CONSISTENT},
}
"""What is drawn at a target, as rules have them, instead of what the rules describe."""


@lru_cache(maxsize=8)
def request_shapes(model: ServiceModel | None = None) -> Shapes:
    """Return strategies for what a botocore sends, the installed one if no model is given."""
    return Shapes(model or load(), SPECIAL, left_out=LEFT_OUT)


@lru_cache(maxsize=8)
def response_shapes(model: ServiceModel | None = None) -> Shapes:
    """Return strategies for what the service returns, by the strict schema."""
    return Shapes(model or load(), SPECIAL, responses=True)


def request_root(operation: str) -> str:
    """Return the name of the shape of an operation's request.

    Raises:
        UnknownOperationError: Lightsail has no such operation.
    """
    return root_shape(request_shapes().model, operation, Form(REQUEST))


# --- what an account must hold for a request ---------------------------------------------------------

_CREATE, _DEPLOY = "CreateContainerService", "CreateContainerServiceDeployment"
_LOGIN = "CreateContainerServiceRegistryLogin"
_TAGGING = frozenset({"TagResource", "UntagResource"})
_DOMAINS = ("www.example.com",)


@dataclass(frozen=True)
class Needs:
    """What an account must hold, and no more.

    Attributes:
        services: names of container services, READY and without a deployment unless ``ran`` has one.
        certificates: the domain names of ISSUED certificates, by certificate.
        stored_images: images stored with these services, such as ``:shop.web.1``.
        ran: a container that a service has run, by service.
        region: the Region of all this.
    """

    services: tuple[str, ...] = ()
    certificates: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    stored_images: tuple[str, ...] = ()
    ran: Mapping[str, str] = field(default_factory=dict)
    region: str = HOME


def needs_of(operation: str, request: Mapping[str, Any], region: str = HOME) -> Needs:
    """Return what an account must hold for the service to accept a valid request.

    >>> needs_of("DeleteContainerService", {"serviceName": "shop"}).services
    ('shop',)
    """
    named = request.get("resourceName" if operation in _TAGGING else "serviceName")
    if operation == _LOGIN:
        named = "shop"  # any will do
    services = () if named is None or operation == _CREATE else (str(named),)
    domains = request.get("publicDomainNames") or {}
    certificates = {name: tuple(names) for name, names in domains.items() if names}
    if operation in {"GetCertificates", "DeleteCertificate"} and "certificateName" in request:
        certificates[request["certificateName"]] = _DOMAINS
    return Needs(
        services=services,
        certificates=certificates,
        stored_images=(request["image"],) if operation == "DeleteContainerImage" else (),
        ran={str(named): request["containerName"]} if operation == "GetContainerLog" else {},
        region=region,
    )


def call(operation: str, request: Mapping[str, Any], needs: Needs) -> Call:
    """Send a request to a simulated account that holds ``needs``, and return the call with its outcome.

    >>> call("GetContainerServices", {"serviceName": "shop"}, Needs()).rule
    'service.exists'
    """
    account = Account(Options(region=needs.region, pace=INSTANT, unsimulated=MINIMAL))
    region = account.region(needs.region)
    for name in needs.services:
        _send(account, needs, _CREATE, {"serviceName": name, "power": "nano", "scale": 1})
    account.clock.advance_until_settled()
    for name, domains in needs.certificates.items():
        region.certificates[name] = Certificate(domains)
    for image in needs.stored_images:
        service, label, _ = image.removeprefix(":").split(".")
        region.services[service].register_image(
            label, f"sha256:{'0' * 64}", account.clock.timestamp
        )
    for name, container in needs.ran.items():
        containers = {container: {"image": "nginx"}}
        _send(account, needs, _DEPLOY, {"serviceName": name, "containers": containers})
    account.clock.advance_until_settled()
    _send(account, needs, operation, request)
    return account.history.calls[-1]


def _send(account: Account, needs: Needs, operation: str, request: Mapping[str, Any]) -> None:
    headers = {
        "x-amz-target": f"{account.model.target_prefix}.{operation}",
        "content-type": CONTENT_TYPE,
    }
    body = json.dumps(on_the_wire(request)).encode()
    account.handle(Request("POST", headers, body, needs.region))
