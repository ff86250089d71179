"""JSON Schema for values of Python: a validator of ``jsonschema`` for the Python flavour.

What boto3 takes and gives is not JSON: timestamps are ``datetime``, blobs ``bytes``, and a tuple
does for a list. Schemas of the Python flavour say so with ``x-python-type``, which this validator
knows.

>>> from pytest_lightsail import schema
>>> contract = schema("GetContainerServices", "response", flavour="python")
>>> PythonValidator(contract).is_valid({"containerServices": [{"createdAt": "yesterday"}]})
False
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator, ValidationError
from jsonschema.validators import extend

from ..model.bounds import PYTHON_TYPES

if TYPE_CHECKING:
    from collections.abc import Iterator


def _python_type(
    validator: Any, name: str, instance: Any, schema: Any
) -> Iterator[ValidationError]:
    del validator, schema
    if not PYTHON_TYPES[name](instance):
        yield ValidationError(f"{type(instance).__name__} is not what boto3 has for a {name}")


def _is_array(checker: Any, instance: Any) -> bool:
    del checker
    return isinstance(instance, (list, tuple))


PythonValidator = extend(  # type: ignore[no-untyped-call]
    Draft202012Validator,
    validators={"x-python-type": _python_type},
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine("array", _is_array),
)
"""A ``jsonschema`` validator class for schemas of the Python flavour."""
