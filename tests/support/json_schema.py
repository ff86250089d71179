"""Two independent JSON Schema engines, which check our schemas."""

from functools import cache

import jsonschema
import jsonschema_rs
from hypothesis import HealthCheck, settings

from pytest_lightsail.model.schema import schema
from tests.support.profiles import examples

# Few examples are enough, because tests draw documents for several forms and two models.
PROPERTY = settings(
    examples(20, among=20),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def _document(model, operation, form):
    return schema(operation, form.direction, model=model, strict=form.strict)


@cache
def python_engine(model, operation, form):
    """Return a validator of ``jsonschema``, which uses Python's ``re`` for patterns."""
    return jsonschema.Draft202012Validator(_document(model, operation, form))


@cache
def ecma_engine(model, operation, form):
    """Return a validator of ``jsonschema-rs``, which interprets patterns according to ECMA-262."""
    return jsonschema_rs.Draft202012Validator(_document(model, operation, form))


def verdicts(schema, value):
    """Return whether both engines accept a value, or a tuple of their verdicts if they disagree."""
    by_python = jsonschema.Draft202012Validator(schema).is_valid(value)
    by_ecma = jsonschema_rs.Draft202012Validator(schema).is_valid(value)
    return by_python if by_python is by_ecma else (by_python, by_ecma)
