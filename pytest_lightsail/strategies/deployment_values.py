"""Valid deployments and what they are made of: containers, their environments, a public endpoint.

Limits and wrong arguments are as in ``values``.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from hypothesis import strategies as st

from .consistent import deployment
from .narrowing import dictionaries, lists, strategy_for
from .shapes import Strategy
from .values import container_names, sizes_of
from .whole import request_shapes

__all__ = ["commands", "containers", "deployments", "environments", "public_endpoints"]

_DEPLOYMENT = "ContainerServiceDeploymentRequest"


def environments(
    *,
    min_size: int | None = None,
    max_size: int | None = None,
    names: st.SearchStrategy[str] | None = None,
    values: st.SearchStrategy[str] | None = None,
) -> st.SearchStrategy[dict[str, str]]:
    """Environment variables of a container.

    Args:
        min_size: variables at least.
        max_size: variables at most.
        names: their names; any text if left out, for the service knows no limits.
        values: their values; any text if left out.

    Raises:
        ConfigurationError: there are no such sizes, or what is given is no strategy.
    """
    low, high = sizes_of("environments", "Environment", min_size, max_size)
    text = request_shapes().of("string")
    keys = text if names is None else strategy_for("environments", "names", names)
    drawn = text if values is None else strategy_for("environments", "values", values)
    return dictionaries(keys, drawn, low, high)


def commands(
    *, min_size: int | None = None, max_size: int | None = None
) -> st.SearchStrategy[list[str]]:
    """Commands of a container, as lists of words.

    Args:
        min_size: words at least.
        max_size: words at most.

    Raises:
        ConfigurationError: there are no such sizes.
    """
    low, high = sizes_of("commands", "StringList", min_size, max_size)
    return lists(request_shapes().of("string", "StringList[]"), low, high)


def containers(
    *,
    min_size: int | None = None,
    max_size: int | None = None,
    names: st.SearchStrategy[str] | None = None,
    image_references: st.SearchStrategy[str] | None = None,
) -> st.SearchStrategy[dict[str, Any]]:
    """The ``containers`` of a deployment: containers by name, with images that anybody can pull.

    Args:
        min_size: containers at least.
        max_size: containers at most.
        names: their names; any if left out.
        image_references: their images.

    Raises:
        ConfigurationError: a deployment cannot have that many, or what is given is no strategy.
    """
    if (min_size, max_size, names, image_references) == (None,) * 4:
        return request_shapes().of("ContainerMap")
    low, high = sizes_of("containers", "ContainerMap", min_size, max_size)
    keys = container_names() if names is None else strategy_for("containers", "names", names)
    one = request_shapes().of("Container")
    if image_references is not None:
        one = _containers_of(strategy_for("containers", "image_references", image_references))
    return dictionaries(keys, one, low, high)


@lru_cache(maxsize=64)
def _containers_of(references: Strategy) -> Strategy:
    shapes = request_shapes()
    return shapes.structure(shapes.model.shapes["Container"], given={"image": references})


def public_endpoints(
    *, names: st.SearchStrategy[str] | None = None
) -> st.SearchStrategy[dict[str, Any]]:
    """Public endpoints by themselves; ``deployments()`` has those that fit their containers.

    Args:
        names: the names of their containers; any if left out.

    Raises:
        ConfigurationError: what is given is no strategy.
    """
    given = container_names() if names is None else strategy_for("public_endpoints", "names", names)
    return _public_endpoints(given)


@lru_cache(maxsize=64)
def _public_endpoints(names: Strategy) -> Strategy:
    shapes = request_shapes()
    return shapes.structure(shapes.model.shapes["EndpointRequest"], given={"containerName": names})


def deployments(
    *,
    containers: st.SearchStrategy[dict[str, Any]] | None = None,
    public_endpoints: st.SearchStrategy[dict[str, Any]] | None = None,
) -> st.SearchStrategy[dict[str, Any]]:
    """``containers`` and ``publicEndpoint`` that fit each other, as CreateContainerService takes them.

    Args:
        containers: their containers; any if left out.
        public_endpoints: their endpoints, then always there; container, and port where it must be, are
            made to fit. If left out, some have one.

    Raises:
        ConfigurationError: what is given is no strategy.
    """
    given = {
        name: strategy_for("deployments", argument, strategy)
        for name, argument, strategy in (
            ("containers", "containers", containers),
            ("publicEndpoint", "public_endpoints", public_endpoints),
        )
        if strategy is not None
    }
    return _deployments(tuple(given.items()))


@lru_cache(maxsize=64)
def _deployments(given: tuple[tuple[str, Strategy], ...]) -> Strategy:
    if not given:
        return request_shapes().of(_DEPLOYMENT)
    return deployment(request_shapes(), _DEPLOYMENT, (), dict(given))
