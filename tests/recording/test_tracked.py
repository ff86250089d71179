"""Tracked responses record which members are read and which values are compared."""

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
    "get of a missing member": (lambda it: it.get("nextDeployment"), {"nextDeployment"}),
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
    "a list but none of its elements": (lambda it: bool(it["tags"]), {"tags"}),
    "repr, which reads nothing": (repr, set()),
    "an unknown name, which reads nothing": (
        lambda it: (it.get("State"), it.get(7), 7 in it),
        set(),
    ),
}


@pytest.mark.parametrize("name", READS)
def test_exactly_the_members_that_are_read_are_recorded(watched, service, name):
    read, expected = READS[name]
    read(service)
    assert watched.read() == expected


def everything(value, path=""):
    """Return the path of every value in a container service."""
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
    "reversed equality": lambda it: SERVICE == it,
    "JSON": lambda it: json.dumps(it, default=str),
    "indented JSON": lambda it: json.dumps(it, default=str, indent=2),
    "pickle": pickle.dumps,
    "a deep copy": copy.deepcopy,
}


@pytest.mark.parametrize("name", WHOLE)
def test_comparing_or_serializing_a_whole_response_reads_every_member(watched, service, name):
    WHOLE[name](service)
    # Lists are not tracked, so taking an element from a list is not recorded.
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
    "reversed equality": (lambda state: "READY" == state, {"READY"}),
    "in a tuple": (lambda state: state in ("READY", "PENDING"), {"READY", "PENDING"}),
    "in a set that contains it": (lambda state: state in {"RUNNING", "READY"}, {"RUNNING"}),
    "in a set that does not contain it": (lambda state: state in {"READY", "PENDING"}, set()),
    "as a dictionary key": (lambda state: {"RUNNING": 1}[state], {"RUNNING"}),
    "as the value of an Enum": (State, {"RUNNING"}),
    "in a tuple that is compared": (lambda state: (state, 1) == ("READY", 1), {"READY"}),
    "with an unknown value": (lambda state: state == "hunter2", set()),
    "startswith": (lambda state: state.startswith("RUN"), set()),
    "in lower case": (lambda state: state.lower() == "running", set()),
    "with a part of it": (lambda state: "RUN" in state, set()),
}


@pytest.mark.parametrize("name", COMPARISONS)
def test_the_values_that_a_state_is_compared_with_are_recorded(watched, service, name):
    compare, values = COMPARISONS[name]
    compare(service["state"])
    assert watched.compared() == values


def test_the_values_of_a_match_statement_are_recorded(watched, service):
    assert match(service) == "RUNNING"
    assert watched.compared() == {"READY", "RUNNING"}


@pytest.mark.parametrize(
    "use", [str, "{}".format, lambda state: state + "!", bool, len, lambda state: state == ""]
)
def test_using_a_state_without_comparing_it_records_no_comparison(watched, service, use):
    use(service["state"])
    assert watched.compared() is None


class Column:
    """An object whose comparisons have no truth value, like a column of a data frame."""

    __hash__ = None

    def __eq__(self, other):
        return self

    def __bool__(self):
        raise ValueError("the truth value of a column is ambiguous")


def test_a_state_can_be_compared_with_an_object_of_any_class(service):
    assert isinstance(service["state"] == Column(), Column)


def test_a_tracked_dictionary_has_no_instance_attributes(service):
    assert not hasattr(service, "__dict__")


def test_reads_in_several_threads_are_all_recorded():
    watched = Watched({"containerServices": [dict(SERVICE) for _ in range(50)]})
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
def responses(draw):
    operation = draw(st.sampled_from(OPERATIONS))
    return operation, draw(SHAPES.of(SHAPES.model.operations[operation].output))


@settings(deadline=None)
@given(response=responses(), data=st.data())
def test_exactly_the_members_read_from_any_response_are_recorded(response, data):
    operation, plain = response
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
                continue  # lists are not tracked
            expected.add((operation, "response", *path))
    assert watched.contract.uses.keys() == expected


def test_pickled_and_serialized_responses_contain_plain_values(service):
    loaded = pickle.loads(pickle.dumps(service))  # noqa: S301
    assert loaded == SERVICE
    assert (type(loaded), type(loaded["tags"]), type(loaded["state"])) == (dict, list, str)
    assert json.loads(json.dumps(service, default=str)) == json.loads(
        json.dumps(SERVICE, default=str)
    )


def test_a_tracked_response_raises_the_usual_errors(service):
    with pytest.raises(KeyError, match="'missing'"):
        service["missing"]
    with pytest.raises(IndexError, match="list index out of range"):
        service["tags"][7]
    with pytest.raises(TypeError, match="unhashable type"):
        hash(service)


def test_numbers_dates_names_and_metadata_are_not_tracked(watched):
    assert type(watched.service["scale"]) is int
    assert type(watched.service["createdAt"]) is datetime.datetime
    assert type(watched.service["containerServiceName"]) is str
    assert type(watched.answer["ResponseMetadata"]) is dict


def test_new_values_of_the_tracked_types_behave_like_plain_ones(service):
    made = dataclasses.asdict(dataclasses.make_dataclass("Seen", ["service"])(service))["service"]
    assert made == SERVICE
    assert made["state"] == "RUNNING"
    assert type(service["state"])("READY") == "READY"
