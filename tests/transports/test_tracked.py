"""Answers note how they are read."""

from __future__ import annotations

import copy
import enum
import json
import operator
import pickle
import threading
from collections import deque

import jmespath
import pytest

from pytest_lightsail.transports.places import (
    COMPARED,
    DECIDED,
    LISTED,
    READ,
    SUBSCRIPTED,
    error_place,
)
from pytest_lightsail.transports.tracked import followed_by_copies, tracked
from tests.support.watched import OPERATION, SERVICE, Watched

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
