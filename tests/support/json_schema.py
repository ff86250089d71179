"""Two independent JSON Schema validators, with which our documents are checked."""

from functools import cache

import jsonschema
import jsonschema_rs
from hypothesis import HealthCheck, settings

from pytest_lightsail.model.schema import schema
from tests.support.profiles import examples

# They are drawn anew for each of many forms of documents, in two models.
PROPERTY = settings(
    examples(20, among=20),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def _document(model, operation, form):
    return schema(operation, form.direction, model=model, strict=form.strict)


@cache
def python_engine(model, operation, form):
    """``jsonschema``: patterns by Python's ``re``."""
    return jsonschema.Draft202012Validator(_document(model, operation, form))


@cache
def ecma_engine(model, operation, form):
    """``jsonschema-rs``: patterns as ECMA-262 has them, translated to Rust."""
    return jsonschema_rs.Draft202012Validator(_document(model, operation, form))


def verdicts(schema, value):
    """What both say of a value: one of two equal verdicts, or the disagreement as a tuple."""
    by_python = jsonschema.Draft202012Validator(schema).is_valid(value)
    by_ecma = jsonschema_rs.Draft202012Validator(schema).is_valid(value)
    return by_python if by_python is by_ecma else (by_python, by_ecma)
