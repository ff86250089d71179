"""Tracked responses report how they are read."""

from __future__ import annotations

import copy
import dataclasses
import datetime
import enum
import json
import operator
import pickle
import threading

import jmespath
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_lightsail.model.service import load
from pytest_lightsail.strategies.shapes import Shapes
from tests.support.botocore_models import SERVICE_MODEL
from tests.support.watched import SERVICE, Watched

READS = {
    "a subscript": (lambda it: it["state"], {"state"}),
    "get": (lambda it: it.get("scale"), {"scale"}),
    "get of what is not there": (lambda it: it.get("nextDeployment"), {"nextDeployment"}),
    "in": (lambda it: "stateDetail" in it, {"stateDetail"}),
    "setdefault": (lambda it: it.setdefault("url", "x"), {"url"}),
    "pop": (lambda it: it.pop("scale"), {"scale"}),
    "itemgetter": (operator.itemgetter("state", "scale"), {"state", "scale"}),
    "format": ("{0[scale]}".format, {"scale"}),
    "percent": (lambda it: "%(scale)s" % it, {"scale"}),
    "format_map": ("{scale}".format_map, {"scale"}),
    "JMESPath": (
        jmespath.compile("currentDeployment.version").search,
        {"currentDeployment", "currentDeployment.version"},
    ),
    "JMESPath over a list": (
        jmespath.compile("tags[?key=='team'].value").search,
        {"tags", "tags[].key", "tags[].value"},
    ),
    "a loop over a list": (lambda it: [tag["key"] for tag in it["tags"]], {"tags", "tags[].key"}),
    "a value of a map": (
        lambda it: it["publicDomainNames"]["cert"],
        {"publicDomainNames", "publicDomainNames[]"},
    ),
    "keys of a map": (
        lambda it: list(it["publicDomainNames"]),
        {"publicDomainNames", "publicDomainNames[]"},
    ),
    "items of a map": (
        lambda it: [names for _, names in it["publicDomainNames"].items()],
        {"publicDomainNames", "publicDomainNames[]"},
    ),
    "only the list itself": (lambda it: bool(it["tags"]), {"tags"}),
    "nothing by repr": (repr, set()),
    "nothing that has no such name": (lambda it: (it.get("State"), it.get(7), 7 in it), set()),
}


@pytest.mark.parametrize("name", READS)
def test_what_is_read_is_noted_and_nothing_else(watched, service, name):
    read, expected = READS[name]
    read(service)
    assert watched.read() == expected


def everything(value, path=""):
    """Return the paths of everything in a container service."""
    if isinstance(value, list):
        inside = [(f"{path}[]", one) for one in value]
    elif isinstance(value, dict) and path.endswith(("Names", "containers", "ports")):
        inside = [(f"{path}[]", one) for one in value.values()]
    elif isinstance(value, dict):
        inside = [(f"{path}.{name}".lstrip("."), one) for name, one in value.items()]
    else:
        inside = []
    return {path for path, _ in inside}.union(*(everything(one, path) for path, one in inside))


WHOLE = {
    "equality": lambda it: it == SERVICE,
    "equality the other way round": lambda it: SERVICE == it,
    "JSON": lambda it: json.dumps(it, default=str),
    "indented JSON": lambda it: json.dumps(it, default=str, indent=2),
    "pickle": pickle.dumps,
    "a deep copy": copy.deepcopy,
}


@pytest.mark.parametrize("name", WHOLE)
def test_what_leaves_as_a_whole_is_read_as_a_whole(watched, service, name):
    WHOLE[name](service)
    # Lists are plain, so only reads of the values in them are seen.
    assert everything(SERVICE) - watched.read() <= {"tags[]", "publicDomainNames[][]"}


@pytest.mark.parametrize("union", [lambda it: {"a": 1} | it, lambda it: it | {"a": 1}])
def test_a_union_reads_every_member(watched, service, union):
    assert union(service)["scale"] == 2
    assert set(SERVICE) <= watched.read()


def keywords(**members):
    return members


@pytest.mark.parametrize(
    "copied",
    [dict, copy.copy, lambda it: it.copy(), lambda it: {**it}, lambda it: keywords(**it)],
)
def test_a_copy_reads_every_member(watched, service, copied):
    assert copied(service) == SERVICE
    assert set(SERVICE) <= watched.read()


def match(service):
    match service:
        case {"state": "READY" | "RUNNING" as state}:
            return state
    return None


State = enum.Enum("State", {"RUNNING": "RUNNING"})

COMPARISONS = {
    "equal": (lambda state: state == "READY", {"READY"}),
    "not equal": (lambda state: state != "READY", {"READY"}),
    "equal, the other way round": (lambda state: "READY" == state, {"READY"}),
    "in a tuple": (lambda state: state in ("READY", "PENDING"), {"READY", "PENDING"}),
    "in a set that has it": (lambda state: state in {"RUNNING", "READY"}, {"RUNNING"}),
    "in a set that has it not": (lambda state: state in {"READY", "PENDING"}, set()),
    "by a table": (lambda state: {"RUNNING": 1}[state], {"RUNNING"}),
    "by an enumeration": (State, {"RUNNING"}),
    "of a tuple": (lambda state: (state, 1) == ("READY", 1), {"READY"}),
    "with what is no value": (lambda state: state == "hunter2", set()),
    "startswith": (lambda state: state.startswith("RUN"), set()),
    "case folded": (lambda state: state.lower() == "running", set()),
    "part of it": (lambda state: "RUN" in state, set()),
}


@pytest.mark.parametrize("name", COMPARISONS)
def test_comparisons_are_noted(watched, service, name):
    compare, values = COMPARISONS[name]
    compare(service["state"])
    assert watched.compared() == values


def test_a_match_statement_compares(watched, service):
    assert match(service) == "RUNNING"
    assert watched.compared() == {"READY", "RUNNING"}


@pytest.mark.parametrize(
    "use", [str, "{}".format, lambda state: state + "!", bool, len, lambda state: state == ""]
)
def test_a_state_that_is_passed_on_decides_nothing(watched, service, use):
    use(service["state"])
    assert watched.compared() is None


class Column:
    """Like a column of a table, has one result for each row, and so no truth value."""

    __hash__ = None

    def __eq__(self, other):
        return self

    def __bool__(self):
        raise ValueError("the truth value of a column is ambiguous")


def test_a_state_can_be_compared_with_an_object_of_any_class(service):
    assert isinstance(service["state"] == Column(), Column)


def test_a_tracked_dictionary_has_no_attributes_of_its_own(service):
    assert not hasattr(service, "__dict__")


def test_threads_note_everything():
    answer = {"containerServices": [dict(SERVICE) for _ in range(50)]}
    watched = Watched(answer)
    names = [name for name in SERVICE if name != "createdAt"]

    def read(name):
        for service in watched.answer["containerServices"]:
            service[name]

    threads = [threading.Thread(target=read, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(names) <= watched.read()


OPERATIONS = sorted(
    name
    for name in SERVICE_MODEL.operation_names
    if SERVICE_MODEL.operation_model(name).output_shape
)


SHAPES = Shapes(load())


@st.composite
def answers(draw):
    operation = draw(st.sampled_from(OPERATIONS))
    return operation, draw(SHAPES.of(SHAPES.model.operations[operation].output))


@settings(deadline=None)
@given(answer=answers(), data=st.data())
def test_exactly_what_is_read_of_any_answer_is_noted(answer, data):
    operation, plain = answer
    watched = Watched(plain, operation)
    expected = set()
    for _ in range(data.draw(st.integers(0, 3))):
        shape = SERVICE_MODEL.operation_model(operation).output_shape
        value, path = watched.answer, ()
        while isinstance(value, (dict, list)) and len(value) and data.draw(st.booleans()):
            if shape.type_name == "structure":
                key = data.draw(st.sampled_from(sorted(dict.keys(value))))
                shape, path = shape.members[key], (*path, key)
                value = value[key]
            elif shape.type_name == "map":
                key = data.draw(st.sampled_from(sorted(dict.keys(value))))
                shape, path = shape.value, (*path, "[]")
                value = value.get(key)
            else:
                shape, path = shape.member, (*path, "[]")
                value = value[data.draw(st.integers(0, len(value) - 1))]
                continue  # lists are plain
            expected.add((operation, "response", *path))
    assert watched.contract.uses.keys() == expected


def test_values_that_leave_are_plain(service):
    loaded = pickle.loads(pickle.dumps(service))  # noqa: S301
    assert loaded == SERVICE
    assert (type(loaded), type(loaded["tags"]), type(loaded["state"])) == (dict, list, str)
    assert json.loads(json.dumps(service, default=str)) == json.loads(
        json.dumps(SERVICE, default=str)
    )


def test_what_is_not_there_is_missing(service):
    with pytest.raises(KeyError, match="'missing'"):
        service["missing"]
    with pytest.raises(IndexError, match="list index out of range"):
        service["tags"][7]
    with pytest.raises(TypeError, match="unhashable type"):
        hash(service)


def test_numbers_and_instants_are_the_same_objects(watched):
    assert type(watched.service["scale"]) is int
    assert type(watched.service["createdAt"]) is datetime.datetime
    assert type(watched.service["containerServiceName"]) is str
    assert type(watched.answer["ResponseMetadata"]) is dict


def test_values_made_with_the_type_of_a_response_are_ordinary(service):
    made = dataclasses.asdict(dataclasses.make_dataclass("Seen", ["service"])(service))["service"]
    assert made == SERVICE
    assert made["state"] == "RUNNING"
    assert type(service["state"])("READY") == "READY"
