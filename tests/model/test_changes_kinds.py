"""``compare`` reports each kind of change between two service models, with its severity."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_lightsail.model.changes import compare
from pytest_lightsail.model.service import ServiceModel, parse
from tests.support.small_models import STRING, model, only, zone

# --- operations, errors, metadata ----------------------------------------------------------------


def renamed(source: ServiceModel, name: str) -> ServiceModel:
    return parse(
        {
            "metadata": source.metadata,
            "operations": {name: {}},
            "shapes": {"String": STRING},
        },
        source="a test",
    )


def test_added_and_removed_operations_are_reported():
    changes = compare(model(), renamed(model(), "React"))
    assert [(change.kind, change.site) for change in changes] == [
        ("operation-removed", "Act"),
        ("operation-added", "React"),
    ]


def test_an_added_error_is_a_dangerous_change():
    changes = compare(model(), model(errors=("Busy",)))
    assert only(changes).kind == "error-added"
    assert only(changes).severity == "dangerous"
    assert only(changes).site == "Busy"


def test_a_removed_error_is_a_breaking_change():
    change = only(compare(model(errors=("Busy",)), model()))
    assert (change.kind, change.severity) == ("error-removed", "breaking")
    assert change.site == "Busy"


# --- constraints ---------------------------------------------------------------------------------

CONSTRAINTS = [
    ("type-changed", {"type": "string"}, {"type": "boolean"}),
    ("type-changed", {"type": "integer"}, {"type": "long"}),
    ("other", {"type": "string"}, {"type": "string", "enum": ["a"]}),
    ("other", {"type": "string", "enum": ["a"]}, {"type": "string"}),
    (
        "enum-values-added",
        {"type": "string", "enum": ["a"]},
        {"type": "string", "enum": ["a", "b"]},
    ),
    (
        "enum-values-removed",
        {"type": "string", "enum": ["a", "b"]},
        {"type": "string", "enum": ["b"]},
    ),
    ("other", {"type": "string"}, {"type": "string", "pattern": "a+"}),
    (
        "other",
        {"type": "string", "pattern": "a"},
        {"type": "string", "pattern": "b"},
    ),
    ("other", {"type": "integer"}, {"type": "integer", "min": 0}),
    ("other", {"type": "string", "min": 2}, {"type": "string", "min": 1}),
    ("other", {"type": "string"}, {"type": "string", "max": 5}),
    ("other", {"type": "integer", "max": 5}, {"type": "integer", "max": 6}),
    ("sensitive-added", {"type": "string"}, {"type": "string", "sensitive": True}),
    ("other", {"type": "string", "sensitive": True}, {"type": "string"}),
]


@pytest.mark.parametrize(("kind", "before", "after"), CONSTRAINTS)
@pytest.mark.parametrize("direction", ["request", "response"])
def test_a_changed_constraint_is_reported_once(kind, before, after, direction):
    member: dict[str, Any] = {direction: {"value": "Value"}}
    change = only(compare(model(**member, Value=before), model(**member, Value=after)))
    assert (change.kind, change.site, change.direction) == (kind, "Value", direction)


def test_the_contents_of_a_member_whose_type_changed_are_not_compared():
    old = model(request={"zone": "Zone"}, **zone("eu"))
    new = model(request={"zone": "Zones"}, **zone("eu", "us"))
    change = only(compare(old, new))
    assert (change.kind, change.old, change.new) == ("type-changed", ("structure",), ("list",))


@pytest.mark.parametrize(
    ("before", "after", "was", "now"),
    [
        ("a*", "a+", "a*", "a+"),
        (None, "a+", "None", "a+"),
        ("a+", None, "a+", "None"),
        (r"\p{L}", "a", r"\p{L}", "a"),
    ],
)
def test_a_changed_pattern_is_reported_with_its_old_and_new_value(before, after, was, now):
    def with_pattern(pattern: str | None) -> ServiceModel:
        name = STRING if pattern is None else {**STRING, "pattern": pattern}
        return model(request={"name": "Name"}, Name=name)

    change = only(compare(with_pattern(before), with_pattern(after)))
    assert (change.old, change.new) == ((f"pattern={was}",), (f"pattern={now}",))
