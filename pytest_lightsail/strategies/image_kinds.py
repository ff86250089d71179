"""References to images, of every kind that a container can run."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache

from hypothesis import strategies as st

from ..exceptions import ConfigurationError
from .shapes import Strategy
from .strings import matching

__all__ = ["IMAGE_KINDS", "PUBLIC_KINDS", "images"]

_TAGS = matching((r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}",), 1, 128)
_WORDS = matching((r"[a-z0-9]+",), 1, 30)
_REPOSITORIES = st.builds(
    "{}{}".format, _WORDS, st.sampled_from(("", "-api", ".io", "_1", "__x", "--y"))
)
_DIGESTS = matching((r"sha256:[0-9a-f]{64}",))
_ACCOUNTS = matching((r"[0-9]{12}",))
_VERSIONS = st.one_of(st.sampled_from(("1", "latest")), st.integers(1, 10**6).map(str))
_BEHIND = st.one_of(
    st.sampled_from(("", ":latest")), _TAGS.map(":{}".format), _DIGESTS.map("@{}".format)
)
_FAMILIAR = ("nginx", "nginx:latest", "httpd:2.4", "amazon/amazon-lightsail:hello-world")


def _tagged(name: Strategy) -> Strategy:
    """A repository with nothing, a tag, ``latest`` or a digest behind it."""
    return st.tuples(name, _BEHIND).map("".join)


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


PUBLIC_KINDS = frozenset({"public", "docker-hub", "public-ecr"})
"""The kinds that anybody can pull."""


def images(
    labels: Strategy,
    services: Strategy,
    kinds: Collection[str],
    region: str,
) -> Strategy:
    """References to images of some kinds.

    Args:
        labels: the labels of stored images.
        services: the services that stored images belong to.
        kinds: some of ``IMAGE_KINDS``.
        region: the Region of private repositories.

    Raises:
        ConfigurationError: there is no such kind, or none is asked for.
    """
    if isinstance(kinds, str):
        raise ConfigurationError(f"image_references: kinds is a set, such as {{{kinds!r}}}")
    unknown = sorted(set(kinds) - set(IMAGE_KINDS))
    if unknown or not kinds:
        wrong = ", ".join(unknown) or "none"
        raise ConfigurationError(
            f"image_references: no kind {wrong}; there are {', '.join(IMAGE_KINDS)}"
        )
    return _images(labels, services, frozenset(kinds), region)


@lru_cache(maxsize=64)
def _images(labels: Strategy, services: Strategy, kinds: frozenset[str], region: str) -> Strategy:
    of = {
        "public": st.one_of(st.sampled_from(_FAMILIAR), _tagged(_REPOSITORIES)),
        "docker-hub": _tagged(_below(_REPOSITORIES, _REPOSITORIES)),
        "public-ecr": _tagged(_below("public.ecr.aws", _REPOSITORIES, _REPOSITORIES)),
        "ecr": _ecr(st.just(region)),
        "stored": _stored(labels, services),
    }
    return st.one_of(*(of[kind] for kind in IMAGE_KINDS if kind in kinds))
