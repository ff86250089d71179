"""JSON Schemas 2020-12 of what every operation of the service takes and gives.

Each document stands alone: whatever it refers to is under its ``$defs``. Next to the keywords of
JSON Schema it carries

- ``x-rule``: the rules of the catalogue that the keywords beside it come from,
- ``x-rules``: the rules that bind the value but that no keyword can say,
- ``x-aws-pattern``: the pattern as the service model has it (``pattern`` says it portably), and
  ``x-aws-pattern-skipped``: why there is no ``pattern``,
- ``x-aws-known-values``: an enumeration that is left open,
- ``x-aws-sensitive``, ``x-aws-idempotency-token``: traits of the model,
- ``x-aws-type``, ``x-python-type``: types that JSON has not.

>>> schema("GetContainerServices", "request")["properties"]
{'serviceName': {'$ref': '#/$defs/ContainerServiceName'}}
"""

from __future__ import annotations

import copy
from functools import lru_cache
from typing import Any

from .definitions import Definitions
from .envelope import enveloped, root_shape
from .form import Form
from .service import ServiceModel, load

__all__ = ["DIALECT", "document", "schema"]

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema(
    operation: str,
    direction: str,
    *,
    model: ServiceModel | None = None,
    flavour: str = "wire",
    strict: bool = False,
    documented: bool = True,
) -> dict[str, Any]:
    """The JSON Schema of an operation's request, response or modelled error.

    Args:
        operation: the operation's name, such as ``"CreateContainerService"``.
        direction: ``"request"``, ``"response"`` or ``"error:<name>"``.
        model: the service model; that of the installed botocore unless given.
        flavour: ``"wire"`` for the JSON on the wire, ``"python"`` for what boto3 takes and gives.
        strict: close a response: neither unknown members nor unknown enumeration values.
        documented: also what AWS says only in prose; without it the service model alone.

    Returns:
        The document, which is the caller's to change.

    Raises:
        UnknownOperation: the model has no such operation, or the operation no such error.
        ConfigurationError: there is no such direction or flavour.
    """
    form = Form(direction, flavour, strict=strict, documented=documented)
    return copy.deepcopy(document(model or load(), operation, form))


@lru_cache(maxsize=4096)
def document(model: ServiceModel, operation: str, form: Form) -> dict[str, Any]:
    """The same, by form; made once and shared, so not to be changed."""
    name = root_shape(model, operation, form)
    definitions = _definitions(model, form)
    root = dict(definitions.of(name))
    if form.nullable:
        root["type"] = "object"
    version = model.metadata.get("apiVersion", "")
    service = model.metadata.get("endpointPrefix", "")
    head = {
        "$schema": DIALECT,
        "$id": f"urn:aws:{service}:{version}:{operation}:{form.label}",
        "$defs": definitions.needed_by(name),
        "title": name,
    }
    return dict(sorted({**head, **root}.items()))


@lru_cache(maxsize=32)
def _definitions(model: ServiceModel, form: Form) -> Definitions:
    return Definitions(enveloped(model, form), form)
