"""The locations at which a rule of a request can be broken, in a model of one operation."""

from __future__ import annotations

import pytest

from pytest_lightsail.model.rule import Kind
from pytest_lightsail.strategies.mutations import CLIENT, SERVICE, locations
from pytest_lightsail.strategies.shapes import Shapes
from tests.support.small_models import model


@pytest.mark.parametrize(
    ("least", "kinds"),
    [(None, {CLIENT, SERVICE}), (0, {CLIENT, SERVICE}), (1, {CLIENT, SERVICE}), (2, {CLIENT})],
)
def test_botocore_takes_true_for_the_number_one_where_one_is_allowed(
    least: int | None, kinds: set[str]
) -> None:
    bounds = {} if least is None else {"min": least}
    shapes = Shapes(model(request={"size": "Size"}, Size={"type": "integer", **bounds}), {})
    found = {(one.steps, one.rule.id): one.kinds for one in locations(shapes, "ActRequest")}
    assert found[("size",), "json.type"] == kinds


@pytest.mark.parametrize(
    ("bounds", "kinds"),
    [
        ({"min": 0}, set()),
        ({"min": 1}, {CLIENT}),
        ({"min": 2}, {CLIENT}),
        ({"max": 5}, {SERVICE}),
        ({"min": 1, "max": 5}, {CLIENT, SERVICE}),
        ({"min": 1, "pattern": "[a-z]+"}, set()),
        ({"min": 2, "pattern": "[a-z]+"}, {CLIENT}),
        ({"max": 5, "pattern": "[a-z]{1,5}"}, set()),
        ({"max": 5, "pattern": "[a-z]{1,6}"}, {SERVICE}),
    ],
)
def test_a_length_can_be_broken_where_no_pattern_says_the_same(
    bounds: dict[str, object], kinds: set[str]
) -> None:
    shapes = Shapes(model(request={"name": "Name"}, Name={"type": "string", **bounds}), {})
    found = [one.kinds for one in locations(shapes, "ActRequest") if one.rule.kind is Kind.LENGTH]
    assert frozenset().union(*found) == kinds
