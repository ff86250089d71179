"""Tracked answers cannot be told from plain ones."""

from __future__ import annotations

import copy
import datetime
import functools
import pickle
import sqlite3

import pytest

from pytest_lightsail.transports.tracked import followed_by_copies
from tests.support.watched import ANSWER, SERVICE, Watched


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
