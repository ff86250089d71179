"""What rules alone do not describe: members that fit each other, references to images, unique keys."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from hypothesis import strategies as st

from ..exceptions import ConfigurationError
from ..model.grammar import success_code_ranges
from ..model.rules import rule
from .shapes import Limits, Shapes, Steps, Strategy
from .strings import matching

__all__ = ["IMAGE_KINDS", "SPECIAL", "images"]

_Draw = Callable[[st.SearchStrategy[Any]], Any]
_TAGS = matching((r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}",), 1, 128)
_WORDS = matching((r"[a-z0-9]+",), 1, 30)
_REPOSITORIES = st.builds(
    "{}{}".format, _WORDS, st.sampled_from(("", "-api", ".io", "_1", "__x", "--y"))
)
_CERTIFICATES = matching((r"[A-Za-z][A-Za-z0-9-]*[A-Za-z0-9]",), 2, 40)
_DIGESTS = matching((r"sha256:[0-9a-f]{64}",))
_ACCOUNTS = matching((r"[0-9]{12}",))
_VERSIONS = st.one_of(st.integers(1, 10**6).map(str), st.just("latest"))
_FAMILIAR = ("nginx", "nginx:latest", "httpd:2.4", "amazon/amazon-lightsail:hello-world")


def _tagged(name: Strategy) -> Strategy:
    """A repository with nothing, a tag, ``latest`` or a digest behind it."""
    behind = st.one_of(
        st.just(""),
        st.just(":latest"),
        _TAGS.map(":{}".format),
        _DIGESTS.map("@{}".format),
    )
    return st.tuples(name, behind).map("".join)


def _below(*parts: str | Strategy) -> Strategy:
    given = [st.just(part) if isinstance(part, str) else part for part in parts]
    return st.tuples(*given).map("/".join)


def _ecr(region: Strategy) -> Strategy:
    host = st.builds("{}.dkr.ecr.{}.amazonaws.com".format, _ACCOUNTS, region)
    return _tagged(_below(host, _REPOSITORIES))


def _stored(names: Strategy, service: Strategy) -> Strategy:
    return st.builds(":{}.{}.{}".format, service, names, _VERSIONS)


IMAGE_KINDS = ("public", "docker-hub", "public-ecr", "ecr", "stored")
"""The kinds of image references: of Docker Hub's own, of a namespace there, of Amazon ECR Public, of a
private repository of Amazon ECR, and stored with a container service."""


def images(
    names: Strategy,
    kinds: Collection[str],
    service: str | None = None,
    region: str = "us-east-1",
) -> Strategy:
    """References to images of some kinds.

    Args:
        names: strategy for names of services and labels.
        kinds: some of ``IMAGE_KINDS``.
        service: the service that stored images belong to; any if left out.
        region: the Region of private repositories.

    Raises:
        ConfigurationError: there is no such kind, or none is asked for.
    """
    unknown = sorted(set(kinds) - set(IMAGE_KINDS))
    if unknown or not kinds:
        wrong = ", ".join(unknown) or "none"
        raise ConfigurationError(
            f"image_references: no kind {wrong}; there are {', '.join(IMAGE_KINDS)}"
        )
    of = {
        "public": st.one_of(st.sampled_from(_FAMILIAR), _tagged(_REPOSITORIES)),
        "docker-hub": _tagged(_below(_REPOSITORIES, _REPOSITORIES)),
        "public-ecr": _tagged(_below("public.ecr.aws", _REPOSITORIES, _REPOSITORIES)),
        "ecr": _ecr(st.just(region)),
        "stored": _stored(names, names if service is None else st.just(service)),
    }
    return st.one_of(*(of[kind] for kind in IMAGE_KINDS if kind in kinds))


def _images_anybody_can_pull(shapes: Shapes, way: Steps) -> Strategy:
    del way
    return images(shapes.of("ContainerLabel"), {"public", "docker-hub", "public-ecr"})


def _success_codes(shapes: Shapes, way: Steps) -> Strategy:
    """Codes with every range in order, whichever way round it was drawn."""
    del way
    place = "ContainerServiceHealthCheckConfig.successCodes"
    limits = Limits(shapes.rules_at("string", place))
    return st.one_of(
        st.sampled_from(("200-499", "200", "200-299", "200,202")),
        matching(limits.patterns, 0, 60).map(_in_order),
    )


def _in_order(codes: str) -> str:
    ranges = (sorted(ends) for ends in success_code_ranges(codes))
    return ",".join(str(low) if low == high else f"{low}-{high}" for low, high in ranges)


def _tag_list(shapes: Shapes, way: Steps) -> Strategy:
    one = shapes.of("Tag", "TagList[]", way[1:])
    count = int(rule("tags.count").maximum or 0)
    some = st.lists(one, min_size=1 if way else 0, max_size=4, unique_by=lambda tag: tag["key"])
    keys = shapes.of("TagKey")
    full = st.lists(keys, min_size=count, max_size=count, unique=True).map(
        lambda all_keys: [{"key": key} for key in all_keys]
    )
    # A full list is a corner, and slow to draw.
    return some if way else st.integers(0, 30).flatmap(lambda dice: full if dice > 29 else some)  # noqa: PLR2004


@st.composite
def _public_domains(draw: _Draw, shapes: Shapes, way: Steps) -> dict[str, list[str]]:
    names_of_certificates = st.lists(
        _CERTIFICATES, min_size=1 if way else 0, max_size=3, unique=True
    )
    certificates = draw(names_of_certificates)
    left = int(rule("domains.count").maximum or 0)
    found: dict[str, list[str]] = {}
    for certificate in certificates:
        low = 1 if way and not found else 0
        names = st.lists(
            shapes.of("string", "ContainerServicePublicDomainsList[]"),
            min_size=low,
            max_size=max(low, min(2, left)),
            unique=True,
        )
        found[certificate] = draw(names)
        left -= len(found[certificate])
    return found


@st.composite
def _deployment(draw: _Draw, shapes: Shapes, way: Steps, shape: str) -> Any:
    """A deployment whose endpoint, if it has one, is a port that one of its containers opens."""
    wanted = way[0] if way else ""
    structure = shapes.model.shapes[shape]
    given = {
        "publicEndpoint": st.none(),
        "containers": shapes.of(
            "ContainerMap", f"{shape}.containers", way[1:] if wanted == "containers" else ()
        ),
    }
    drawn = draw(shapes.structure(structure, way, given))
    drawn.pop("publicEndpoint", None)
    # What is broken in a container is not to show up at the endpoint as well.
    if wanted == "publicEndpoint" or (wanted != "containers" and draw(st.booleans())):
        drawn["publicEndpoint"] = draw(
            shapes.structure(
                shapes.model.shapes["EndpointRequest"],
                way[1:] if wanted == "publicEndpoint" else (),
            )
        )
        _open(draw, drawn)
    return drawn


def _open(draw: _Draw, deployment: dict[str, Any]) -> None:
    """Let the endpoint be a port that a container opens."""
    name = draw(st.sampled_from(sorted(deployment["containers"])))
    container, endpoint = deployment["containers"][name], deployment["publicEndpoint"]
    protocol = draw(st.sampled_from(rule("endpoint.protocol").values))
    endpoint["containerName"] = name
    container["ports"] = {**container.get("ports", {}), str(endpoint["containerPort"]): protocol}


def _deployment_of(shape: str) -> Callable[[Shapes, Steps], Strategy]:
    return lambda shapes, way: _deployment(shapes, way, shape)


SPECIAL: Mapping[str, Callable[[Shapes, Steps], Strategy]] = {
    "Container.image": _images_anybody_can_pull,
    "ContainerServiceHealthCheckConfig.successCodes": _success_codes,
    "TagList": _tag_list,
    "ContainerServicePublicDomains": _public_domains,
    "ContainerServiceDeploymentRequest": _deployment_of("ContainerServiceDeploymentRequest"),
    "CreateContainerServiceDeploymentRequest": _deployment_of(
        "CreateContainerServiceDeploymentRequest"
    ),
}
"""By target, as rules have them: what is drawn there instead."""
