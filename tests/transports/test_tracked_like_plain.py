"""Whatever is done to any answer ends as it does for a plain one."""

from __future__ import annotations

import copy
import json
import operator
import pickle
from collections import deque
from types import SimpleNamespace

from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_lightsail import strategies
from pytest_lightsail.transports.places import (
    READ,
    SUBSCRIPTED,
    output_place,
)
from pytest_lightsail.transports.tracked import followed_by_copies, tracked
from tests.support.botocore_models import SERVICE_MODEL
from tests.support.watched import Watched

OPERATIONS = sorted(
    name
    for name in SERVICE_MODEL.operation_names
    if SERVICE_MODEL.operation_model(name).output_shape
)


@st.composite
def answers(draw):
    operation = draw(st.sampled_from(OPERATIONS))
    return SERVICE_MODEL.operation_model(operation), draw(strategies.responses(operation))


DICT = {
    "dict": dict,
    "star": lambda it: {**it},
    "list": list,
    "items": lambda it: list(it.items()),
    "values": lambda it: list(it.values()),
    "keys": lambda it: it.keys() | {"a"},
    "reversed": lambda it: list(reversed(it)),
    "sorted": sorted,
    "or": lambda it: it | {"a": 1},
    "ror": lambda it: {"a": 1} | it,
    "ior": lambda it: operator.ior(it, {"a": 1}),
    "update": lambda it: (it.update({"a": 1}, b=2), it),
    "update by pairs": lambda it: (it.update([("a", 1)]), it),
    "copy": lambda it: it.copy(),
    "popitem": lambda it: (it.popitem(), it),
    "pop": lambda it: it.pop("a", None),
    "clear": lambda it: (it.clear(), it),
    "setdefault": lambda it: (it.setdefault("a", 1), it),
    "fromkeys": lambda it: it.fromkeys("ab"),
    "a wrong union": lambda it: it | 1,
    "order": lambda it: it < it,
    "attribute": lambda it: it.state,
}
LIST = {
    "list": list,
    "tuple": tuple,
    "star": lambda it: [*it],
    "slice": lambda it: it[1:],
    "first": lambda it: it[0],
    "last": lambda it: it[-1],
    "reversed": lambda it: list(reversed(it)),
    "add": lambda it: it + [1],
    "radd": lambda it: [1] + it,
    "iadd": lambda it: operator.iadd(it, [1]),
    "mul": lambda it: it * 2,
    "rmul": lambda it: 2 * it,
    "a wrong sum": lambda it: it + (1,),
    "another wrong sum": lambda it: (1,) + it,
    "in": lambda it: 1 in it,
    "count": lambda it: it.count(1),
    "index": lambda it: it.index("absent"),
    "pop": lambda it: (it.pop(), it),
    "append": lambda it: (it.append(1), it),
    "extend": lambda it: (it.extend(it), it),
    "insert": lambda it: (it.insert(0, "a"), it),
    "slice assignment": lambda it: (it.__setitem__(slice(0, 1), ["a", "b"]), it),
    "sort": lambda it: (it.sort(), it),
    "enumerate": lambda it: list(enumerate(it)),
    "order": lambda it: it < [1],
    "attribute": lambda it: it.state,
}
TEXT = {
    "add": lambda it: it + "!",
    "radd": lambda it: "!" + it,
    "upper": lambda it: it.upper(),
    "split": lambda it: it.split("_"),
    "slice": lambda it: it[1:],
    "in": lambda it: "A" in it,
    "order": lambda it: it < "M",
    "join": lambda it: "-".join([it, it]),
    "hash": hash,
    "key": lambda it: {it: 1},
    "encode": lambda it: it.encode(),
    "str": str,
    "format": "{:>20}".format,
    "sum": lambda it: it + 1,
    "list": list,
}
ANY = {
    "repr": repr,
    "len": len,
    "bool": bool,
    "json": lambda it: json.dumps(it, default=str),
    "pickle": lambda it: pickle.loads(pickle.dumps(it)),  # noqa: S301
    "copy.copy": copy.copy,
    "copy.deepcopy": copy.deepcopy,
    "type": lambda it: (repr(type(it)), type(it) in {dict, list, str}),
    "class": lambda it: it.__class__,
    "own equality": lambda it: it == it,
    "inequality": lambda it: it != 1,
}


def outcome(function, value):
    try:
        return function(value)
    except (TypeError, KeyError, IndexError, ValueError, AttributeError) as error:
        return type(error), str(error)


def types(value):
    if isinstance(value, dict):
        return type(value), [(types(key), types(one)) for key, one in value.items()]
    if isinstance(value, (list, tuple)):
        return type(value), [types(one) for one in value]
    return type(value)


def values_in(plain, other):
    yield plain, other
    if isinstance(plain, dict):
        for key in plain:
            yield from values_in(plain[key], dict.__getitem__(other, key))
    elif isinstance(plain, list):
        for one, another in zip(plain, list.__iter__(other), strict=True):
            yield from values_in(one, another)


@settings(deadline=None)
@given(answer=answers(), data=st.data())
def test_any_operation_has_the_outcome_that_it_has_for_a_plain_answer(answer, data):
    operation, plain = answer
    watched = Watched(plain, operation)
    assert types(plain) == types(watched.answer)
    pairs = [
        pair for pair in values_in(plain, watched.answer) if isinstance(pair[0], (dict, list, str))
    ]
    value, other = data.draw(st.sampled_from(pairs))
    table = {**ANY, **{dict: DICT, list: LIST, str: TEXT}[type(value)]}
    function = table[data.draw(st.sampled_from(sorted(table)))]
    assert value == other
    with followed_by_copies():
        expected, found = outcome(function, value), outcome(function, other)
    assert expected == found
    assert found == expected
    assert types(expected) == types(found)
    assert value == other


@settings(deadline=None)
@given(answer=answers(), data=st.data())
def test_exactly_what_is_read_of_any_answer_is_noted(answer, data):
    operation, plain = answer
    watched = Watched(plain, operation)
    expected = set()
    for _ in range(data.draw(st.integers(0, 3))):
        value, shape, path = watched.answer, operation.output_shape, ()
        while isinstance(value, (dict, list)) and len(value) and data.draw(st.booleans()):
            if shape.type_name == "structure":
                key = data.draw(st.sampled_from(sorted(dict.keys(value))))
                shape, path = shape.members[key], (*path, key)
                value = value[key]
                expected.add((path, SUBSCRIPTED))
            elif shape.type_name == "map":
                key = data.draw(st.sampled_from(sorted(dict.keys(value))))
                shape, path = shape.value, (*path, "[]")
                value = value.get(key)
            else:
                shape, path = shape.member, (*path, "[]")
                value = value[data.draw(st.integers(0, len(value) - 1))]
            expected.add((path, READ))
    assert {(note.path, note.what) for note in watched.notes} == expected


def test_a_place_of_any_value_is_left_alone():
    notes = deque()
    shape = SimpleNamespace(
        name="Do",
        output_shape=SimpleNamespace(
            type_name="structure",
            members={
                "it": SimpleNamespace(type_name="structure", members={}, is_document_type=True)
            },
        ),
    )
    answer = tracked({"it": {"a": 1}}, output_place(notes, shape))
    assert type(answer["it"]) is dict
