"""Answers that note how they are read, and cannot be told from plain ones."""

from __future__ import annotations

import copy
import datetime
import enum
import functools
import json
import operator
import pickle
import sqlite3
import threading
from collections import deque
from types import SimpleNamespace

import jmespath
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_lightsail import strategies
from pytest_lightsail.model.shape_pairs import show_path
from pytest_lightsail.transports.places import (
    COMPARED,
    DECIDED,
    LISTED,
    READ,
    SUBSCRIPTED,
    error_place,
    output_place,
)
from pytest_lightsail.transports.tracked import followed_by_copies, tracked
from tests.support.botocore_models import SERVICE_MODEL

SERVICE = {
    "containerServiceName": "shop",
    "state": "RUNNING",
    "scale": 2,
    "createdAt": datetime.datetime(2025, 1, 1, tzinfo=datetime.timezone.utc),
    "tags": [{"key": "team", "value": "web"}],
    "publicDomainNames": {"cert": ["a.example.com", "b.example.com"]},
    "currentDeployment": {"version": 3, "containers": {"web": {"ports": {"80": "HTTP"}}}},
}
ANSWER = {
    "containerServices": [SERVICE],
    "ResponseMetadata": {"HTTPStatusCode": 200},
}
OPERATION = SERVICE_MODEL.operation_model("GetContainerServices")


class Watched:
    """A tracked answer, and what has been noted of it."""

    def __init__(self, answer, operation=OPERATION):
        self.notes = deque()
        self.answer = tracked(copy.deepcopy(answer), output_place(self.notes, operation))

    @property
    def service(self):
        return list.__getitem__(dict.__getitem__(self.answer, "containerServices"), 0)

    def noted(self, *without):
        """By path, what was done there; paths below that of the service, if one is taken from there."""
        done = {}
        for note in self.notes:
            path = show_path(note.path).removeprefix("containerServices[]").lstrip(".")
            what = note.value if note.what == COMPARED else note.what
            done.setdefault(path, set()).add(what)
        return {path: what.difference(without) for path, what in done.items()}

    def read(self):
        return {path for path, what in self.noted().items() if READ in what}


@pytest.fixture
def watched():
    return Watched(ANSWER)


@pytest.fixture
def service(watched):
    return watched.service


# --- what is noted -------------------------------------------------------------------------------

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
        {"tags", "tags[]", "tags[].key", "tags[].value"},
    ),
    "a loop over a list": (
        lambda it: [tag["key"] for tag in it["tags"]],
        {"tags", "tags[]", "tags[].key"},
    ),
    "unpacking of a list": (
        lambda it: [*it["tags"]][0]["key"],
        {"tags", "tags[]", "tags[].key"},
    ),
    "a slice": (lambda it: it["tags"][:1][0]["key"], {"tags", "tags[]", "tags[].key"}),
    "sorted": (
        lambda it: sorted(it["publicDomainNames"]["cert"]),
        {"publicDomainNames", "publicDomainNames[]", "publicDomainNames[][]"},
    ),
    "keys of a map": (
        lambda it: list(it["publicDomainNames"]),
        {"publicDomainNames", "publicDomainNames[key]"},
    ),
    "items of a map": (
        lambda it: [names for _, names in it["publicDomainNames"].items()],
        {"publicDomainNames", "publicDomainNames[key]", "publicDomainNames[]"},
    ),
    "only the list itself": (lambda it: bool(it["tags"]), {"tags"}),
    "another list before it": (lambda it: [{}] + it["tags"], {"tags", "tags[]"}),
    "nothing that is the caller's own": (
        lambda it: (it.update(mine=1, url="x"), it["mine"], it["url"]),
        set(),
    ),
    "nothing that the caller has taken away": (
        lambda it: (it.__delitem__("scale"), it.get("scale")),
        set(),
    ),
    "nothing by repr": (repr, set()),
    "nothing by a copy": (copy.copy, set()),
    "nothing by a method's copy": (lambda it: it.copy(), set()),
    "nothing by a deep copy": (copy.deepcopy, set()),
    "what is read of a deep copy": (
        lambda it: copy.deepcopy(it)["tags"][0]["key"],
        {"tags", "tags[]", "tags[].key"},
    ),
    "what is read of a copy": (lambda it: copy.copy(it)["scale"], {"scale"}),
    "what is read of a union": (lambda it: ({"a": 1} | it | {"b": 2})["scale"], {"scale"}),
    "nothing that has no such name": (lambda it: (it.get("State"), it.get(7), 7 in it), set()),
}


@pytest.mark.parametrize("name", READS)
def test_what_is_read_is_noted_and_nothing_else(watched, service, name):
    read, expected = READS[name]
    with followed_by_copies():
        read(service)
    assert watched.read() == expected


def everything(value, path=""):
    """The paths of all that is in a value of a container service."""
    if isinstance(value, list):
        inside = [(f"{path}[]", one) for one in value]
    elif isinstance(value, dict) and path.endswith(("Names", "containers", "ports")):
        inside = [(f"{path}[]", one) for one in value.values()] + [(f"{path}[key]", "")]
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
}


@pytest.mark.parametrize("name", WHOLE)
def test_what_leaves_as_a_whole_is_read_as_a_whole(watched, service, name):
    WHOLE[name](service)
    assert watched.read() - {""} == everything(SERVICE)


def keywords(**members):
    return members


@pytest.mark.parametrize("copied", [dict, lambda it: {**it}, lambda it: keywords(**it)])
def test_a_plain_copy_reads_every_member(watched, service, copied):
    assert copied(service) == SERVICE
    assert set(SERVICE) <= watched.read()
    assert LISTED in watched.noted()[""]


def test_a_subscript_is_told_from_a_cautious_read(watched, service):
    service["state"], service.get("scale")
    assert SUBSCRIPTED in watched.noted()["state"]
    assert SUBSCRIPTED not in watched.noted()["scale"]


@pytest.mark.parametrize("go_through", [list, lambda it: it.items(), lambda it: it.values()])
def test_who_goes_through_the_members_of_a_structure_is_noted(watched, service, go_through):
    go_through(service)
    assert LISTED in watched.noted()[""]


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
    "startswith": (lambda state: state.startswith("RUN"), set()),
    "case folded": (lambda state: state.lower() == "running", set()),
    "part of it": (lambda state: "RUN" in state, set()),
}


@pytest.mark.parametrize("name", COMPARISONS)
def test_comparisons_are_noted(watched, service, name):
    compare, values = COMPARISONS[name]
    compare(service["state"])
    assert watched.noted(READ, SUBSCRIPTED) == {"state": {DECIDED, *values}}


def test_a_match_statement_compares(watched, service):
    assert match(service) == "RUNNING"
    assert watched.noted(READ) == {"state": {DECIDED, "READY", "RUNNING"}}


@pytest.mark.parametrize(
    "use", [str, "{}".format, lambda state: state + "!", bool, len, lambda state: state == ""]
)
def test_a_state_that_is_passed_on_decides_nothing(watched, service, use):
    use(service["state"])
    assert watched.noted(READ, SUBSCRIPTED) == {"state": set()}


def test_a_code_of_an_error_is_compared():
    notes = deque()
    error = {"Error": {"Code": "NotFoundException", "Message": "no"}, "tip": "look"}
    answer = tracked(error, error_place(notes, OPERATION, "NotFoundException"))
    assert answer["Error"]["Code"] in ("Throttling", "NotFoundException")
    answer["tip"]
    assert {note.error for note in notes} == {"NotFoundException"}
    assert {note.value for note in notes if note.what == COMPARED} == {
        "Throttling",
        "NotFoundException",
    }
    assert ("tip",) in {note.path for note in notes}


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


# --- what cannot be told -------------------------------------------------------------------------


@pytest.mark.parametrize("base", [dict, list, str])
def test_a_type_is_that_of_the_built_in_one(service, base):
    value = {dict: service, list: service["tags"], str: service["state"]}[base]
    kind = type(value)
    assert kind == base
    assert base == kind
    assert not kind != base
    assert hash(kind) == hash(base)
    assert {base: "found"}[kind] == "found"
    assert (kind.__name__, kind.__qualname__, kind.__module__) == (
        base.__name__,
        base.__qualname__,
        "builtins",
    )
    assert repr(kind) == repr(base)
    assert kind.__doc__ == base.__doc__
    assert value.__class__ is base
    assert isinstance(value, base)
    assert isinstance(base(), kind)
    assert issubclass(base, kind)
    assert type(kind()) is base
    assert dir(value) == dir(base())
    with pytest.raises(AttributeError):
        value.mine = 1


def test_functions_are_dispatched_as_for_built_in_types(service):
    @functools.singledispatch
    def name(value):
        return "something"

    name.register(dict)(lambda _: "a dict")
    name.register(str)(lambda _: "a text")
    assert (name(service), name(service["state"]), name(service["tags"])) == (
        "a dict",
        "a text",
        "something",
    )


def test_what_is_pickled_is_plain(service):
    loaded = pickle.loads(pickle.dumps(service))  # noqa: S301
    assert loaded == SERVICE
    assert (type(loaded), type(loaded["tags"]), type(loaded["state"])) == (dict, list, str)
    assert type(loaded) is dict


def test_a_dict_has_no_hash(service):
    with pytest.raises(TypeError, match="unhashable type: 'dict'"):
        hash(service)
    with pytest.raises(TypeError, match="unhashable type: 'list'"):
        hash(service["tags"])
    with pytest.raises(TypeError, match="unhashable type: 'list'"):
        service[[]]


def test_a_missing_member_is_missing(service):
    with pytest.raises(KeyError, match="'missing'"):
        service["missing"]
    with pytest.raises(IndexError, match="list index out of range"):
        service["tags"][7]


def test_sqlite_stores_it(service):
    with sqlite3.connect(":memory:") as database:
        (stored,) = database.execute("select ?", (service["state"],)).fetchone()
    database.close()
    assert stored == "RUNNING"


def test_yaml_writes_it(service):
    yaml = pytest.importorskip("yaml")
    service.pop("createdAt")
    assert yaml.safe_load(yaml.safe_dump(service)) == service


def test_numbers_and_instants_are_the_same_objects():
    watched = Watched(ANSWER)
    assert type(watched.service["scale"]) is int
    assert type(watched.service["createdAt"]) is datetime.datetime
    assert type(watched.service["containerServiceName"]) is str
    assert type(watched.answer["ResponseMetadata"]) is dict


def test_the_tables_of_copy_are_as_before():
    before = dict(getattr(copy, "_deepcopy_dispatch", {}))
    with followed_by_copies():
        assert type(copy.deepcopy({"a": [1]})["a"]) is list
    assert dict(getattr(copy, "_deepcopy_dispatch", {})) == before


# --- for any answer ------------------------------------------------------------------------------

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
