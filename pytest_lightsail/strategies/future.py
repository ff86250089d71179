"""Responses as later releases of the service may give them, each with one named change."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from hypothesis import event, note
from hypothesis import strategies as st

from ..exceptions import ConfigurationError
from ..model.bounds import on_the_wire
from ..model.edits import Edit, edited
from ..model.rule import show_path
from ..model.schema import RESPONSE, Form, root_shape
from ..model.service import COLLECTIONS, EACH, KEY, VALUE, ServiceModel, Shape
from ..simulator.scenario import Scenario
from .shapes import Draw, Steps, made_once, walk
from .special import response_shapes

CHANGES = ("unknown-value", "unknown-member", "missing-member", "longer-string")
"""The ways in which this API's responses have grown, the commonest first."""

IDENTITY = frozenset(
    {
        "arn",
        "bucketName",
        "certificateArn",
        "certificateName",
        "code",
        "containerName",
        "containerServiceName",
        "id",
        "image",
        "key",
        "name",
        "resourceName",
        "state",
        "status",
        "version",
    }
)
"""Members that say what a thing is, and how it is: no one could make sense of it without them, so they
are never missing and never longer."""

TELLING = frozenset({"currentDeployment", "nextDeployment"})
"""Members whose absence has a meaning, so that leaving them out would be a lie."""

_LONG, _LONGER = 255, 4096
_NEW_MEMBERS = ("hibernation", "nextGeneration", "x")
_NEW_CONTENTS: tuple[Any, ...] = (
    "new",
    None,
    1,
    True,
    [],
    {},
    [{"code": "NEW", "at": 1.5}],
    {"state": "NEW", "nested": {"deeper": ["a"]}},
)


@dataclass(frozen=True)
class Future:
    """A response that the service may give one day.

    Attributes:
        operation: the operation that it answers.
        response: the whole response as on the wire (timestamps are numbers).
        change: one of ``unknown-value``, ``unknown-member``, ``missing-member``, ``longer-string``.
        path: the place of the change, such as ``containerServices[].state``.
        edit: the same change as arguments of ``lightsail.future(operation, …)``.
    """

    operation: str
    response: dict[str, Any]
    change: str
    path: str
    edit: Mapping[str, Any] = field(repr=False)

    @property
    def scenario(self) -> Scenario:
        """A scenario that changes the account's own answers to the operation in the same way."""
        return Scenario().future(self.operation, **self.edit)

    def __str__(self) -> str:
        return f"{self.operation}: {Edit(**self.edit)} ({self.change})"


def future_responses(
    operation: str, *, changes: Collection[str] = CHANGES, under: str = ""
) -> st.SearchStrategy[Future]:
    """Responses of an operation with one change that a later release of the service may bring.

    Deliver one with ``lightsail.respond(case.operation, case.response, future=True)`` if the operation is
    not simulated, and with ``lightsail.play(case.scenario)`` if it is: then the account's own answers are
    changed in the same way. Either way botocore's real parser gives it to the caller.

    Args:
        operation: any Lightsail operation.
        changes: only these: ``unknown-value`` of an enumeration, ``unknown-member``, ``missing-member``
            (an optional one, which says neither what a thing is nor how it is), ``longer-string``.
        under: only at or below this place, such as ``containerServices[].currentDeployment``.

    Raises:
        ConfigurationError: nothing is left that can change.
        UnknownOperationError: Lightsail has no such operation.

    >>> from hypothesis import find
    >>> print(find(future_responses("GetContainerServices"), lambda case: "state" in case.path))
    GetContainerServices: containerServices[].state becomes 'HIBERNATING' (unknown-value)
    """
    unknown = sorted(set(changes) - set(CHANGES))
    if unknown:
        raise ConfigurationError(
            f"unknown change {unknown[0]!r}; expected one of {', '.join(CHANGES)}"
        )
    below = (f"{under}.", f"{under}{EACH}")
    chosen = tuple(
        place
        for place in places(operation)
        if place.change in changes
        and (not under or place.path == under or place.path.startswith(below))
    )
    if not chosen:
        raise ConfigurationError(
            f"future_responses: nothing in the response of {operation} can change in these ways"
        )
    return _futures(operation, chosen)


@made_once
@st.composite
def _futures(draw: Draw, operation: str, chosen: tuple[Place, ...]) -> Future:
    shapes = response_shapes()
    root = root_shape(shapes.model, operation, Form(RESPONSE))
    possible = {place.change for place in chosen}
    change = draw(st.sampled_from([each for each in CHANGES if each in possible]))
    place = draw(st.sampled_from([place for place in chosen if place.change == change]))
    document = on_the_wire(draw(shapes.of(root, "", place.way)))
    edit = draw(changes_at(place))
    response = edited(document, Edit(**edit))
    if response is None:
        raise AssertionError(f"{operation} without {place.path}: {document!r}")
    path = ".".join(part for part in (place.path, *edit.get("gains", ())) if part)
    made = Future(operation, response, change, path, edit)
    event(change)
    note(str(made))
    return made


@dataclass(frozen=True, eq=False)
class Place:
    """A place of a response that can change in one way.

    Attributes:
        change: the way.
        at: the place, as in ``Edit``.
        way: the way to it through the shapes.
        shape: the shape there.
        member: the member that goes missing.
    """

    change: str
    at: str
    way: Steps
    shape: Shape
    member: str = ""

    @property
    def path(self) -> str:
        """The place, with the member that goes missing."""
        return ".".join(part for part in (self.at, self.member) if part)


@lru_cache(maxsize=256)
def places(operation: str) -> tuple[Place, ...]:
    """Return all places of an operation's response that can change, the least deep first.

    Raises:
        UnknownOperationError: Lightsail has no such operation.
    """
    model = response_shapes().model
    root = root_shape(model, operation, Form(RESPONSE))
    found = _places(model, root) if root in model.shapes else ()
    return tuple(sorted(found, key=lambda one: (len(one.way), CHANGES.index(one.change), one.path)))


def _places(model: ServiceModel, root: str) -> Iterator[Place]:
    for way, _, shape in walk(model, root):
        at = show_path(tuple(EACH if step == VALUE else step for step in way))
        if KEY in way:
            continue
        if shape.enum:
            yield Place("unknown-value", at, way, shape)
        elif shape.type == "string" and way[-1] not in IDENTITY and not shape.sensitive:
            yield Place("longer-string", at, way, shape)
        elif shape.type == "structure":
            yield Place("unknown-member", at, way, shape)
            for name in shape.members.keys() - {*shape.required, *IDENTITY, *TELLING}:
                # The result itself, at the top, is always there.
                if way or model.shapes[shape.members[name].shape].type not in COLLECTIONS:
                    yield Place("missing-member", at, (*way, name), shape, name)


@lru_cache(maxsize=2048)
def changes_at(place: Place) -> st.SearchStrategy[dict[str, Any]]:
    """Return the change as arguments of ``lightsail.future``."""
    at = {"at": place.at} if place.at else {}
    if place.change == "missing-member":
        return st.just({**at, "lacks": place.member})
    if place.change == "unknown-member":
        names = [name for name in _NEW_MEMBERS if name not in place.shape.members]
        return st.builds(
            lambda name, value: {**at, "gains": {name: value}},
            st.sampled_from(names),
            st.sampled_from(_NEW_CONTENTS),
        )
    if place.change == "unknown-value":
        values = st.sampled_from(_new_values(place.shape.enum))
    else:
        least = int(max(_LONG, place.shape.maximum or 0)) + 1
        values = st.integers(least, least + _LONGER).map(lambda size: "x" * size)
    return values.map(lambda value: {**at, "becomes": value})


def _new_values(known: tuple[str, ...]) -> list[str]:
    """Values in the style of an enumeration that are not in it: a new word, and similar ones."""
    first = known[0]
    values = [
        "HIBERNATING",
        f"{first}_2",
        f"PARTIALLY_{first}",
        "A_STATE_WITH_A_VERY_LONG_NAME" * 4,
    ]
    if any(value != value.upper() for value in known):
        values = [value.lower() for value in values]
    return [value for value in values if value not in known]
