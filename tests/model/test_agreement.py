"""Two JSON Schema engines and our own validator agree on every document, except about relations."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_lightsail.model import schema
from pytest_lightsail.model.rule import Kind, Rule
from pytest_lightsail.model.schema import Form
from pytest_lightsail.model.validator import validator
from tests.support.documents import documents, mutated
from tests.support.json_schema import PROPERTY, ecma_engine, python_engine
from tests.support.models import CHANGELOG, NEWEST, one_shape

FORMS = [Form("request"), Form("response"), Form("response", strict=True)]


def opinions(model, operation, form, value):
    """Return which validators accept a value, ignoring relations, which no keyword can express."""
    ours = validator(model, form)
    found = ours.violations(operation, value)
    return {
        "jsonschema": python_engine(model, operation, form).is_valid(value),
        "jsonschema-rs": ecma_engine(model, operation, form).is_valid(value),
        "ours": all(one.rule.kind is Kind.RELATION for one in found),
    }


@pytest.mark.parametrize("model", [CHANGELOG, NEWEST], ids=["1.26.9", "newest"])
@pytest.mark.parametrize("form", FORMS, ids=["request", "response", "strict response"])
def test_all_validators_accept_valid_documents(model, form):
    @PROPERTY
    @given(data=st.data())
    def agree(data):
        operation = data.draw(st.sampled_from(sorted(model.operations)))
        value = data.draw(documents(model, operation, form))

        assert set(opinions(model, operation, form, value).values()) == {True}

    agree()


@pytest.mark.parametrize("model", [CHANGELOG, NEWEST], ids=["1.26.9", "newest"])
@pytest.mark.parametrize("form", FORMS, ids=["request", "response", "strict response"])
def test_all_validators_agree_on_mutated_documents(model, form):
    @PROPERTY
    @given(data=st.data())
    def agree(data):
        operation = data.draw(st.sampled_from(sorted(model.operations)))
        value = data.draw(mutated(documents(model, operation, form)))

        assert len(set(opinions(model, operation, form, value).values())) == 1

    agree()


def test_only_the_json_schema_engines_accept_an_integer_written_as_a_float():
    form = Form("request")
    value = {"serviceName": "shop", "scale": 2.0}

    # JSON Schema regards 2.0 as an integer; the service does not.
    assert opinions(NEWEST, "UpdateContainerService", form, value) == {
        "jsonschema": True,
        "jsonschema-rs": True,
        "ours": False,
    }


MAP = {"type": "map", "key": {"shape": "Word"}, "value": {"shape": "Word"}}
LIST = {"type": "list", "member": {"shape": "Word"}}
SHORT = Rule(
    id="test.short",
    kind=Kind.LENGTH,
    targets=(),
    meaning="at most two characters",
    message="{found} is too long",
    source="a test",
    maximum=2,
)


@pytest.mark.parametrize(
    ("target", "shape", "valid", "invalid"),
    [
        ("It[value]", MAP, {"long": "ab"}, {"long": "abc"}),
        ("It[key]", MAP, {"ab": "long"}, {"abc": "long"}),
        ("It[]", LIST, ["ab"], ["abc"]),
        ("DoRequest.it", {"type": "string"}, "ab", "abc"),
        ("Word", LIST, ["ab"], ["abc"]),
    ],
)
def test_all_validators_apply_a_rule_to_every_kind_of_target(
    monkeypatch, target, shape, valid, invalid
):
    monkeypatch.setattr(schema, "RULES", (*schema.RULES, replace(SHORT, targets=(target,))))
    model, form = one_shape(shape, Word={"type": "string"}), Form("request")

    assert set(opinions(model, "Do", form, {"it": valid}).values()) == {True}
    assert set(opinions(model, "Do", form, {"it": invalid}).values()) == {False}
