"""A change report reads the same in text and JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pytest_lightsail.model.change_report import FORMATS
from pytest_lightsail.model.changes import ModelChanges, compare
from pytest_lightsail.model.service import ServiceModel, load, parse

as_text, as_json = FORMATS["text"], FORMATS["json"]
DATA = Path(__file__).parents[1] / "data"
OLD, NEW = load(DATA / "botocore-1.26.8"), load(DATA / "botocore-1.26.9")


def model(*operations: str, name: dict[str, Any] | None = None) -> ServiceModel:
    """Operations that all take a name."""
    return parse(
        {
            "metadata": {"serviceId": "Test", "serviceFullName": "Test Service"},
            "operations": {operation: {"input": {"shape": "Input"}} for operation in operations},
            "shapes": {
                "Input": {"type": "structure", "members": {"name": {"shape": "Name"}}},
                "Name": {"type": "string", **(name or {})},
            },
        },
        source="a test",
    )


def patterns(old: str, new: str) -> ModelChanges:
    return compare(model("Act", name={"pattern": old}), model("Act", name={"pattern": new}))


# --- JSON ----------------------------------------------------------------------------------------


def test_json_has_the_keys_that_readers_rely_on():
    report = json.loads(as_json(compare(OLD, NEW)))
    assert list(report) == [
        "service",
        "old",
        "new",
        "new_operations",
        "removed_operations",
        "updated_operations",
        "root_causes",
    ]


def test_json_is_indented_by_two_spaces():
    text = as_json(compare(OLD, NEW))
    assert text == json.dumps(json.loads(text), indent=2) + "\n"


def test_json_has_one_entry_per_updated_operation():
    deploy = json.loads(as_json(compare(OLD, NEW)))["updated_operations"][1]
    role = {"isActive": "boolean", "principalArn": "string"}
    assert deploy == {
        "operation": "CreateContainerServiceDeployment",
        "response": {"containerService": {"privateRegistryAccess": {"ecrImagePullerRole": role}}},
        "changes": [
            {
                "path": "containerService.privateRegistryAccess",
                "direction": "response",
                "kind": "member-added",
                "class": "compatible",
                "reason": "code that takes members by name does not notice it",
            }
        ],
    }


def test_json_has_one_root_cause_with_the_operations_it_touches():
    causes = json.loads(as_json(compare(OLD, NEW)))["root_causes"]
    assert len(causes) == 3
    assert causes[2] == {
        "site": "ContainerService.privateRegistryAccess",
        "direction": "response",
        "kind": "member-added",
        "class": "compatible",
        "reason": "code that takes members by name does not notice it",
        "operations": [
            "CreateContainerService",
            "CreateContainerServiceDeployment",
            "GetContainerServices",
            "UpdateContainerService",
        ],
    }


def test_json_says_what_a_value_was_and_is():
    (cause,) = json.loads(
        as_json(compare(model("Act", name={"max": 5}), model("Act", name={"max": 4})))
    )["root_causes"]
    assert (cause["old"], cause["new"]) == (5, 4)


def test_json_says_what_a_pattern_was_and_is():
    (cause,) = json.loads(as_json(patterns("[a-z]+", "[a-y]+")))["root_causes"]
    assert (cause["kind"], cause["old"], cause["new"]) == ("other", "[a-z]+", "[a-y]+")


def test_json_names_what_has_changed_where_the_kind_does_not():
    (cause,) = json.loads(as_json(compare(model("Act", name={"sensitive": True}), model("Act"))))[
        "root_causes"
    ]
    assert (cause["kind"], cause["name"]) == ("other", "sensitive")
    assert (cause["old"], cause["new"]) == ("true", "false")


# --- text ----------------------------------------------------------------------------------------


def headline(*, old: ServiceModel, new: ServiceModel) -> str:
    return as_text(compare(old, new)).splitlines()[0]


def test_text_starts_with_the_number_of_updated_methods():
    assert headline(old=OLD, new=NEW) == "Amazon Lightsail - 4 updated api methods"


def test_text_counts_new_and_removed_methods_when_there_are_any():
    assert (
        headline(old=model("A", "B"), new=model("B", "C", "D"))
        == "Test Service - 0 updated api methods, 2 new, 1 removed"
    )


def test_text_shows_each_tree():
    text = as_text(compare(OLD, NEW))
    tree = '{"privateRegistryAccess": {"ecrImagePullerRole": {"isActive": "boolean"}}}'
    assert f"CreateContainerService\n  request   {tree}\n" in text
    assert text.count("ecrImagePullerRole") == 6


def test_text_names_the_releases():
    assert "botocore 1.26.8 -> botocore 1.26.9" in as_text(compare(OLD, NEW))


def test_text_names_new_and_removed_operations():
    text = as_text(compare(model("A"), model("B")))
    assert "New: B" in text
    assert "Removed: A" in text


def test_text_says_what_a_change_means():
    text = as_text(compare(model("Act", name={"max": 5}), model("Act", name={"max": 4})))
    assert "  values that were accepted are refused\n" in text


def test_text_shows_what_a_pattern_was_and_is():
    assert "  pattern: was [a-z]+, is [b-z_]+\n" in as_text(patterns("[a-z]+", "[b-z_]+"))


def test_text_names_what_has_changed_where_the_kind_does_not():
    text = as_text(compare(model("Act", name={"sensitive": True}), model("Act")))
    assert "  sensitive: was true, is false\n" in text


def test_text_does_not_list_all_of_many_operations():
    many = [f"Op{number}" for number in range(20)]
    text = as_text(compare(model(*many, name={"max": 5}), model(*many, name={"max": 6})))
    assert "and 14 more" in text


def test_text_of_no_change_is_the_headline_and_the_releases():
    assert as_text(compare(OLD, OLD)) == (
        "Amazon Lightsail - 0 updated api methods\nbotocore 1.26.8 -> botocore 1.26.8\n"
    )


BREAKING_OUT = ["a\n| b |", "a\r\n# b", "a\u2028b", "a\x1b[31mb", "a\x00b", "a\u202eb"]


@pytest.mark.parametrize("end", BREAKING_OUT)
def test_what_ends_a_line_or_does_not_show_is_escaped(end):
    plain, hostile = (
        compare(model("Act", name={"enum": ["a"]}), model("Act", name={"enum": ["a", value]}))
        for value in ("b", end)
    )
    lines = as_text(hostile).splitlines()
    assert len(lines) == len(as_text(plain).splitlines())
    assert all(line.isprintable() for line in lines)


def test_what_does_not_show_is_shown_by_its_escape():
    text = as_text(compare(model("Act"), model("Act", name={"enum": ["a\n\x1b\u2028b"]})))
    assert r"a\n\x1b\u2028b" in text


@pytest.mark.parametrize("form", FORMATS)
def test_every_form_ends_with_one_newline(form):
    text = FORMATS[form](compare(OLD, NEW))
    assert text.endswith("\n")
    assert not text.endswith("\n\n")


@pytest.mark.parametrize("form", FORMATS)
def test_every_form_is_the_same_each_time(form):
    assert FORMATS[form](compare(OLD, NEW)) == FORMATS[form](compare(OLD, NEW))


# --- wide ----------------------------------------------------------------------------------------


def test_members_that_no_line_holds_take_a_line_each():
    members = {f"member{number:02}": {"shape": "Name"} for number in range(20)}
    old, new = (
        parse(
            {
                "metadata": {"serviceId": "Test", "serviceFullName": "Test Service"},
                "operations": {"Act": {"input": {"shape": "Input"}}},
                "shapes": {
                    "Input": {"type": "structure", "members": each},
                    "Name": {"type": "string"},
                },
            },
            source="a test",
        )
        for each in ({}, members)
    )
    lines = as_text(compare(old, new)).splitlines()
    first = next(number for number, line in enumerate(lines) if line.endswith("{"))
    shown = lines[first : first + 22]
    margin = lines[first].index("{")
    assert lines[first][:margin].strip()
    assert json.loads("".join(line[margin:] for line in shown)) == dict.fromkeys(members, "string")
    assert all(not line[:margin].strip() for line in shown[1:])
