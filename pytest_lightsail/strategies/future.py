"""How the responses of a later release of the service may differ from today's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache, partial
from typing import Any, NamedTuple

from hypothesis import strategies as st

from ..model.rule import show_path
from ..model.schema import RESPONSE, Form, root_shape
from ..model.service import COLLECTIONS, EACH, KEY, VALUE
from .shapes import Strategy, walk
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
"""Members that identify a resource or give its state. Callers cannot do without them, so they are never
missing and never longer."""

TELLING = frozenset({"currentDeployment", "nextDeployment"})
"""Members whose absence has a meaning, so that leaving them out would be false."""

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


class Place(NamedTuple):
    """A place of a response that can change in one way.

    Attributes:
        change: the way, one of ``CHANGES``.
        at: the place, as in ``Edit``; with the member that goes missing.
        edits: strategy for the change, as arguments of ``lightsail.future``.
    """

    change: str
    at: str
    edits: st.SearchStrategy[Mapping[str, Any]]


@lru_cache(maxsize=256)
def places(operation: str) -> tuple[Place, ...]:
    """Return all places of an operation's response that can change, the least deep first.

    Raises:
        UnknownOperationError: Lightsail has no such operation.
    """
    model = response_shapes().model
    root = root_shape(model, operation, Form(RESPONSE))
    found = _places(root) if root in model.shapes else ()
    return tuple(
        sorted(found, key=lambda one: (one.at.count("."), CHANGES.index(one.change), one.at))
    )


def _places(root: str) -> Iterator[Place]:
    model = response_shapes().model
    for way, _, shape in walk(model, root):
        at = show_path(tuple(EACH if step == VALUE else step for step in way))
        here: dict[str, Any] = {"at": at} if at else {}

        def becomes(values: Strategy, here: dict[str, Any] = here) -> Strategy:
            return values.map(lambda value: {**here, "becomes": value})

        if KEY in way:
            continue
        if shape.enum:
            yield Place("unknown-value", at, becomes(st.sampled_from(_new_values(shape.enum))))
        elif shape.type == "string" and way[-1] not in IDENTITY and not shape.sensitive:
            least = int(max(_LONG, shape.maximum or 0)) + 1
            longer = st.integers(least, least + _LONGER).map("x".__mul__)
            yield Place("longer-string", at, becomes(longer))
        elif shape.type == "structure":
            names = [name for name in _NEW_MEMBERS if name not in shape.members]
            member = st.tuples(st.sampled_from(names), st.sampled_from(_NEW_CONTENTS))
            gains = member.map(partial(_gaining, here))
            yield Place("unknown-member", at, gains)
            for name in shape.members.keys() - {*shape.required, *IDENTITY, *TELLING}:
                # The result itself, at the top, is always there.
                if way or model.shapes[shape.members[name].shape].type not in COLLECTIONS:
                    lacks = st.just({**here, "lacks": name})
                    yield Place("missing-member", f"{at}.{name}" if at else name, lacks)


def _gaining(here: Mapping[str, Any], member: tuple[str, Any]) -> Mapping[str, Any]:
    return {**here, "gains": dict([member])}


def _new_values(known: tuple[str, ...]) -> list[str]:
    """Return values in the style of an enumeration that are not in it: a new word, and similar ones."""
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
