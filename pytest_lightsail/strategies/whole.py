"""Whole requests and responses of any Lightsail operation."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from hypothesis import strategies as st

from ..exceptions import ConfigurationError
from ..model.schema import REQUEST, RESPONSE, Form, root_shape
from ..model.service import ServiceModel, load
from .consistent import CONSISTENT, LEFT_OUT, SPECIAL
from .narrowing import strategy_for
from .shapes import Shapes

__all__ = ["request_shapes", "requests", "response_shapes", "responses"]


@lru_cache(maxsize=8)
def request_shapes(model: ServiceModel | None = None) -> Shapes:
    """Strategies for what a botocore sends, the installed one if no model is given."""
    return Shapes(model or load(), SPECIAL, left_out=LEFT_OUT)


@lru_cache(maxsize=8)
def response_shapes(model: ServiceModel | None = None) -> Shapes:
    """Strategies for what the service gives, by the strict schema."""
    return Shapes(model or load(), SPECIAL, responses=True)


def requests(
    operation: str, **members: st.SearchStrategy[Any]
) -> st.SearchStrategy[dict[str, Any]]:
    """Whole requests of any Lightsail operation, as the keyword arguments of a boto3 call.

    Images are such as anybody can pull. What else the account must hold, ``needs_of`` says. A page token
    and the ARN of a tagged resource, which only an answer of the service gives, are left out.

    Args:
        operation: the operation.
        members: strategies for members of the request, which are always there then. A deployment's
            endpoint fits the containers that are given for it, and a stored image its service.

    Raises:
        UnknownOperation: Lightsail has no such operation.
        ConfigurationError: the request has no such member, or it was given no strategy.

    >>> from hypothesis import find, strategies as st
    >>> find(requests("DeleteContainerService", serviceName=st.just("shop")), lambda request: True)
    {'serviceName': 'shop'}
    """
    shapes = request_shapes()
    name = root_shape(shapes.model, operation, Form(REQUEST))
    shape = shapes.model.shapes.get(name)
    what = f"requests({operation!r})"
    for member, given in members.items():
        if shape is None or member not in shape.members:
            known = "none" if shape is None else ", ".join(shape.members)
            raise ConfigurationError(f"{what}: no member {member!r}; there are {known}")
        strategy_for(what, member, given)
    return _requests(shapes, name, tuple(members.items()))


@lru_cache(maxsize=1024)
def _requests(
    shapes: Shapes, name: str, members: tuple[tuple[str, st.SearchStrategy[Any]], ...]
) -> st.SearchStrategy[dict[str, Any]]:
    if name not in shapes.model.shapes:
        return st.just({})
    if not members:
        return shapes.of(name)
    given: Mapping[str, st.SearchStrategy[Any]] = dict(members)
    if name in CONSISTENT:
        return CONSISTENT[name](shapes, name, (), given)
    return shapes.structure(shapes.model.shapes[name], given=given)


def responses(operation: str) -> st.SearchStrategy[dict[str, Any]]:
    """Responses of any Lightsail operation, as boto3 gives them, without ``ResponseMetadata``.

    They keep to the strict schema: no more members and values than the installed botocore knows.

    Raises:
        UnknownOperation: Lightsail has no such operation.
    """
    shapes = response_shapes()
    shape = root_shape(shapes.model, operation, Form(RESPONSE))
    return shapes.of(shape) if shape in shapes.model.shapes else st.just({})
