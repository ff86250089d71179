"""The catalogue of rules is consistent, and matches the installed service model."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from itertools import groupby
from string import Formatter

import pytest

from pytest_lightsail.model.catalogue import RULES, rule
from pytest_lightsail.model.rule import Kind, Rule
from pytest_lightsail.model.schema import resolve
from pytest_lightsail.model.service import ServiceModel, Shape, load, parse
from pytest_lightsail.simulator.wire import STATUS
from tests.support.models import NEWEST

BOUNDED = {Kind.LENGTH, Kind.RANGE, Kind.COUNT}
ALWAYS_THERE = {"found", "path", "member", "allowed", "problem"}
LIMITS = {"minimum", "maximum", "pattern", "values"}

LIMITING = BOUNDED | {Kind.ENUM, Kind.PATTERN}
OF_VALUES = [entry for entry in RULES if entry.kind in LIMITING | {Kind.REQUIRED}]


TARGETS = sorted({target for entry in RULES for target in entry.targets})


@pytest.fixture(scope="module")
def model() -> ServiceModel:
    return load()


def fields(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name is not None}


def with_shape(model: ServiceModel, name: str, **limits) -> ServiceModel:
    shapes = {**model.shapes, name: replace(model.shapes[name], **limits)}
    return ServiceModel("a test", model.metadata, model.operations, shapes)


# --- the catalogue by itself -------------------------------------------------------------------------


def test_rule_ids_are_unique():
    ids = [entry.id for entry in RULES]
    assert len(ids) == len(set(ids))


def test_a_rule_id_consists_of_an_area_and_a_subject():
    for entry in RULES:
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*\.[a-z]+(-[a-z]+)*", entry.id)


def test_rules_are_grouped_by_area():
    areas = [area for area, _ in groupby(entry.id.partition(".")[0] for entry in RULES)]
    assert [area for area in areas if areas.count(area) > 1] == []


def test_a_rule_is_found_by_its_id():
    assert all(rule(entry.id) is entry for entry in RULES)


def test_an_unknown_rule_id_raises_a_key_error():
    with pytest.raises(KeyError, match="no-such"):
        rule("no-such.rule")


def test_a_rule_has_a_meaning_a_source_and_a_message():
    for entry in RULES:
        assert entry.meaning
        assert entry.source
        assert not entry.meaning.endswith(".")
        # The meaning does not repeat the limits.
        assert not any(character.isdigit() for character in entry.meaning.replace("us-east-1", ""))
        silent = entry.id == "quota.deployments-kept"  # no error: the oldest deployment is deleted
        assert bool(entry.message) is not silent
        assert entry.error in STATUS
        assert (entry.check is not None) is (entry.kind is Kind.RELATION)


def test_a_message_uses_a_limit_only_if_the_rule_or_the_model_has_it(model):
    for entry in (one for one in RULES if LIMITS & fields(one.message) and one.targets):
        used = fields(entry.message) & LIMITS
        for target in entry.targets:
            (filled,) = (one for one in resolve(model)[target] if one.id == entry.id)
            assert not {name for name in used if getattr(filled, name) in {None, ()}}


def test_the_message_of_a_value_rule_uses_only_the_value_and_its_limits():
    for entry in OF_VALUES:
        used = fields(entry.message)
        assert used <= ALWAYS_THERE | LIMITS


def test_only_observed_error_codes_are_used():
    codes = {entry.id: entry.code for entry in RULES if entry.code}
    assert codes.pop("domain.region") == "UnsupportedOperation"
    assert set(codes.values()) == {"DoesNotExist"}
    assert codes.keys() == {entry.id for entry in RULES if entry.error == "NotFoundException"}


def test_a_minimum_is_not_greater_than_its_maximum():
    for entry in (one for one in RULES if None not in {one.minimum, one.maximum}):
        assert entry.minimum <= entry.maximum


def test_patterns_mean_the_same_in_python_and_javascript():
    for entry in (one for one in RULES if one.pattern is not None):
        assert (entry.pattern or "")[:: len(entry.pattern or "") - 1] == "^$"  # the whole string
        pattern = (entry.pattern or "")[1:-1].replace(r"[\s\S]", "")  # any character, in both
        outside_classes = re.sub(r"\[(?:\\.|[^]\\])*\]", "", pattern)
        assert not re.search(r"\\[AZbBsSwW]|\(\?[P<aiLmsux]", pattern)
        assert not re.search(r"(?<!\\)[.^$]", outside_classes)


# --- the catalogue and the service model -------------------------------------------------------------


def test_the_targets_of_rules_exist_in_the_newest_model():
    for target in TARGETS:
        name, dot, member = target.partition(".")
        base = name.removesuffix("[key]").removesuffix("[]")
        shape = NEWEST.shapes[base]
        if dot:
            assert member in shape.members
        if name.endswith("[key]"):
            assert shape.type == "map"
        if name.endswith("[]"):
            assert shape.type == "list"


def stated(kind: Kind, source: Rule | Shape) -> bool:
    if kind is Kind.ENUM:
        return bool(source.values if isinstance(source, Rule) else source.enum)
    if kind is Kind.PATTERN:
        return source.pattern is not None
    return (source.minimum, source.maximum) != (None, None)


def test_a_limit_is_defined_either_by_the_catalogue_or_by_the_model(model):
    for entry in (one for one in RULES if one.kind in LIMITING and one.targets):
        for target in entry.targets:
            (filled,) = (one for one in resolve(model)[target] if one.id == entry.id)
            assert stated(entry.kind, filled)
            if target in model.shapes:
                assert stated(entry.kind, entry) is not stated(entry.kind, model.shapes[target])


@pytest.mark.parametrize(
    ("target", "rule_id", "limits"),
    [
        ("ContainerServiceName", "service-name.length", {"minimum": 1, "maximum": 63}),
        ("ContainerName", "container-name.length", {"minimum": 1, "maximum": 53}),
        ("ContainerServiceScale", "scale.range", {"minimum": 1, "maximum": 20}),
        (
            "ContainerServicePowerName",
            "power.values",
            {"values": ("nano", "micro", "small", "medium", "large", "xlarge")},
        ),
        (
            "ContainerServiceProtocol",
            "protocol.values",
            {"values": ("HTTP", "HTTPS", "TCP", "UDP")},
        ),
    ],
)
def test_limits_are_taken_from_the_model(target, rule_id, limits, model):
    (filled,) = (entry for entry in resolve(model)[target] if entry.id == rule_id)
    assert {name: getattr(filled, name) for name in limits} == limits


def test_patterns_are_taken_from_the_model(model):
    (filled,) = (e for e in resolve(model)["ContainerServiceName"] if e.kind is Kind.PATTERN)
    assert filled.pattern == model.shapes["ContainerServiceName"].pattern


def test_resolve_does_not_change_the_catalogue(model):
    resolve(model)
    assert rule("scale.range").maximum is None


def test_a_changed_limit_of_a_newer_model_is_used(model):
    newer = with_shape(model, "ContainerServiceScale", maximum=40)
    (filled,) = resolve(newer)["ContainerServiceScale"]
    assert filled.maximum == 40


def test_a_constraint_of_the_model_without_a_rule_gets_one(model):
    newer = with_shape(model, "Environment", maximum=100)
    (filled,) = resolve(newer)["Environment"]
    assert (filled.id, filled.maximum) == ("model.count", 100)


@pytest.mark.parametrize(
    ("limits", "rule_id"),
    [
        ({"enum": ("a",)}, "model.enum"),
        ({"pattern": "a"}, "model.pattern"),
        ({"minimum": 3}, "model.length"),
    ],
)
def test_a_new_constraint_on_a_string_gets_a_rule_of_its_kind(limits, rule_id, model):
    newer = with_shape(model, "string", **limits)
    assert rule_id in {entry.id for entry in resolve(newer)["string"]}


def test_a_new_bound_of_a_number_gets_a_range_rule(model):
    newer = with_shape(model, "integer", minimum=0)
    assert [entry.id for entry in resolve(newer)["integer"]] == ["model.range"]


def test_every_constrained_shape_of_the_model_has_rules(model):
    stated = {name for name, shape in model.shapes.items() if shape.enum or shape.pattern}
    assert stated <= set(resolve(model))


def test_a_new_pattern_of_the_model_applies_besides_our_rules(model):
    newer = with_shape(model, "TagKey", pattern="^[a-z]+$")
    assert "^[a-z]+$" in {entry.pattern for entry in resolve(newer)["TagKey"]}


def test_rules_for_shapes_that_an_older_model_lacks_are_ignored():
    tags = {"type": "list", "member": {"shape": "string"}}
    shapes = {"TagList": tags, "string": {"type": "string"}}
    document = {"metadata": {}, "operations": {}, "shapes": shapes}
    older = parse(json.loads(json.dumps(document)), source="a test")
    assert {entry.id for entry in resolve(older)["TagList"]} == {"tags.count", "tags.unique-keys"}
