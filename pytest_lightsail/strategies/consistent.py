"""What rules alone do not describe: members that fit each other, unique keys, what only AWS gives out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import count, islice
from typing import Any

from hypothesis import strategies as st

from ..model.catalogue import success_code_ranges
from ..model.rule import Kind
from ..model.rules import rule
from .image_kinds import PUBLIC_KINDS, images
from .shapes import VALUE, Limits, Shapes, Steps, Strategy, sized
from .strings import matching

__all__ = [
    "CONSISTENT",
    "LEFT_OUT",
    "SPECIAL",
    "certificate_names",
    "deployment",
    "public_domains",
    "tag_lists",
]

_Draw = Callable[[st.SearchStrategy[Any]], Any]
_LONGEST_CODES = 60
_PORT = "EndpointRequest.containerPort"
_SOME_TAGS = 4

certificate_names = matching((rule("certificate.name").pattern or "",), maximum=40)
"""Names of certificates, of whose length nothing is known."""

LEFT_OUT = frozenset(
    {
        # Only an answer of the service gives these; any other value is refused.
        *rule("page.token").targets,
        *(f"{target}.resourceArn" for target in rule("resource.exists").targets),
    }
)
"""Members that a request has no valid value for, as long as nothing is known of the account."""


def _images_anybody_can_pull(shapes: Shapes, way: Steps) -> Strategy:
    del way
    return images(shapes.of("ContainerLabel"), shapes.of("ContainerServiceName"), PUBLIC_KINDS, "")


def _success_codes(shapes: Shapes, way: Steps) -> Strategy:
    """Codes with every range in order, whichever way round it was drawn."""
    del way
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


def tag_lists(shapes: Shapes, low: int, high: int, way: Steps = ()) -> Strategy:
    """Lists of tags with unique keys; in those that are long, the keys differ in a number."""
    one = shapes.of("Tag", "TagList[]", way)

    def some(least: int, most: int) -> Strategy:
        return st.lists(one, min_size=least, max_size=most, unique_by=lambda tag: tag["key"])

    def of_size(least: int, most: int) -> Strategy:
        if most <= _SOME_TAGS:
            return some(least, most)
        # Fifty that have nothing in common would be too large an example.
        return st.builds(
            _filled,
            some(0, _SOME_TAGS),
            st.integers(max(least, _SOME_TAGS), most),
            st.sampled_from(("k", "team-", "stage/")),
        )

    return sized(low, min(high, _SOME_TAGS), high, of_size)


def _filled(tags: list[dict[str, str]], size: int, key: str) -> list[dict[str, str]]:
    """The tags and as many more, without values, as make up the size."""
    taken = {tag["key"] for tag in tags}
    more = (name for number in count() if (name := f"{key}{number}") not in taken)
    return [*tags, *({"key": name} for name in islice(more, size - len(tags)))]


def _tag_list(shapes: Shapes, way: Steps) -> Strategy:
    most = rule("tags.count").most
    return tag_lists(shapes, 1 if way else 0, _SOME_TAGS if way else most, way[1:])


@st.composite
def public_domains(
    draw: _Draw, shapes: Shapes, low: int, high: int, names: Strategy, *, named: bool = False
) -> dict[str, list[str]]:
    """Domain names by certificate, not more than a service can have over all of them.

    Args:
        draw: from Hypothesis.
        shapes: strategies for the domain names.
        low: certificates at least.
        high: certificates at most.
        names: names of certificates.
        named: whether the first certificate has a domain name at least.
    """
    certificates = draw(st.lists(names, min_size=low, max_size=high, unique=True))
    left = rule("domains.count").most
    found: dict[str, list[str]] = {}
    for certificate in certificates:
        least = 1 if named and not found else 0
        domains = st.lists(
            shapes.of("string", "ContainerServicePublicDomainsList[]"),
            min_size=least,
            max_size=left,
            unique=True,
        )
        found[certificate] = draw(domains)
        left -= len(found[certificate])
    return found


def _public_domains(shapes: Shapes, way: Steps) -> Strategy:
    most = rule("domains.certificates").most
    return public_domains(shapes, 1 if way else 0, most, certificate_names, named=bool(way))


@st.composite
def deployment(
    draw: _Draw,
    shapes: Shapes,
    shape: str,
    way: Steps = (),
    given: Mapping[str, Strategy] | None = None,
) -> Any:
    """A deployment whose endpoint, if it has one, is a port that one of its containers opens."""
    given = dict(given or {})
    wanted = way[0] if way else ""
    structure = shapes.model.shapes[shape]
    endpoint = given.pop("publicEndpoint", None)
    if wanted == "containers" and "containers" not in given:
        given["containers"] = shapes.of("ContainerMap", f"{shape}.containers", way[1:])
    asked = wanted == "publicEndpoint" or endpoint is not None
    if asked and "containers" not in given:  # a response needs none, but an endpoint needs one
        given["containers"] = shapes.of("ContainerMap", f"{shape}.containers", (VALUE,))
    drawn = draw(shapes.structure(structure, way, given, without=("publicEndpoint",)))
    # What is broken in a container is not to show up at the endpoint as well.
    if asked or (wanted != "containers" and drawn.get("containers") and draw(st.booleans())):
        endpoint = (
            shapes.structure(
                shapes.model.shapes[structure.members["publicEndpoint"].shape],
                way[1:] if wanted == "publicEndpoint" else (),
            )
            if endpoint is None
            else endpoint
        )
        drawn["publicEndpoint"] = draw(endpoint)
        _open(draw, drawn)
    return drawn


def _open(draw: _Draw, drawn: dict[str, Any]) -> None:
    """Let the endpoint be a port that a container opens, which may be open already."""
    name = draw(st.sampled_from(sorted(drawn["containers"])))
    container, endpoint = drawn["containers"][name], dict(drawn["publicEndpoint"])
    spoken = rule("endpoint.protocol").values
    open_ports = [
        port for port, protocol in container.get("ports", {}).items() if protocol in spoken
    ]
    port = endpoint.get("containerPort")
    if open_ports and draw(st.booleans()):
        endpoint["containerPort"] = int(open_ports[0])
    elif port is not None:
        opened = {**container.get("ports", {}), str(port): draw(st.sampled_from(spoken))}
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


def _without_given(shape: str) -> Callable[[Shapes, Steps], Strategy]:
    return lambda shapes, way: CONSISTENT[shape](shapes, shape, way)


def _tagged_services(shapes: Shapes, way: Steps) -> Strategy:
    """Names of container services, as far as they are names of resources, which are longer."""
    del way
    limits = Limits((*shapes.rules_at("ContainerServiceName"), *shapes.rules_at("ResourceName")))
    low, high = limits.bounds(Kind.LENGTH)
    return matching(limits.patterns, max(low, 2), high)


CONSISTENT: Mapping[str, Callable[..., Strategy]] = {
    "ContainerServiceDeployment": deployment,
    "ContainerServiceDeploymentRequest": deployment,
    "CreateContainerServiceDeploymentRequest": deployment,
    "DeleteContainerImageRequest": _deleted_image,
}
"""Structures whose members must fit each other, also where strategies are given for some of them."""

SPECIAL: Mapping[str, Callable[[Shapes, Steps], Strategy]] = {
    "Container.image": _images_anybody_can_pull,
    "ContainerServiceHealthCheckConfig.successCodes": _success_codes,
    "ContainerServiceEndpoint.containerPort": lambda shapes, way: shapes.of("integer", _PORT, way),
    "TagList": _tag_list,
    "ContainerServicePublicDomains": _public_domains,
    "GetContainerLogRequest.containerName": lambda shapes, way: shapes.of("ContainerName", "", way),
    # Those that are asked for are names that could have been given.
    "CertificateName": lambda shapes, way: certificate_names,  # noqa: ARG005 - they are always the same
    "TagResourceRequest.resourceName": _tagged_services,
    "UntagResourceRequest.resourceName": _tagged_services,
    **{shape: _without_given(shape) for shape in CONSISTENT},
}
"""By target, as rules have them: what is drawn there instead."""
