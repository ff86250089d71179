"""What stands around the modelled shapes: members of protocol and client, added as shapes.

On the wire an error names itself in ``__type``. boto3 adds ``ResponseMetadata`` to every response
and gives an error as the ``response`` of its ``ClientError``. An operation without input or
output exchanges an empty object. Written as shapes of the model, they need no special case in
schemas and validators.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from ..exceptions import UnknownOperation
from ..wording import did_you_mean
from .form import REQUEST, RESPONSE
from .service import Member, ServiceModel, Shape

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .form import Form

__all__ = ["enveloped", "root_shape"]

_EMPTY = Shape(name="Empty", type="structure")
_ANYTHING = Shape(name="Anything", type="structure", document=True)
_TEXT = Shape(name="Text", type="string")
_METADATA = Shape(name="ResponseMetadata", type="map", key=_TEXT.name, value=_ANYTHING.name)
"""A map of anything: its members are botocore's business, and differ with its versions."""


def root_shape(model: ServiceModel, operation: str, form: Form) -> str:
    """The name of the document's shape in ``enveloped(model, form)``.

    Raises:
        UnknownOperation: the model has no such operation, or the operation no such error.
    """
    entry = model.operations.get(operation)
    if entry is None:
        hint = did_you_mean(operation, model.operations)
        raise UnknownOperation(f"the service model has no operation {operation!r}{hint}")
    if form.error is None:
        return (entry.input if form.direction == REQUEST else entry.output) or _EMPTY.name
    if form.error not in entry.errors:
        raise UnknownOperation(
            f"{operation} has no error {form.error!r}; it has {', '.join(entry.errors)}"
        )
    return form.error


@lru_cache(maxsize=32)
def enveloped(model: ServiceModel, form: Form) -> ServiceModel:
    """The model with the shapes that documents of that form have on top."""
    added = {shape.name: shape for shape in (_EMPTY, *_additions(model, form))}
    return replace(model, shapes={**model.shapes, **added})


def _additions(model: ServiceModel, form: Form) -> Iterator[Shape]:
    if form.flavour == "python" and form.direction != REQUEST:
        yield from (_ANYTHING, _TEXT, _METADATA)
    if form.error is not None:
        wrap = _python_error if form.flavour == "python" else _wire_error
        shape = model.shapes.get(form.error)
        # Of an error that is not there, `root_shape` speaks.
        if shape is not None:
            yield from wrap(shape, form)
    elif form.flavour == "python" and form.direction == RESPONSE:
        metadata = {_METADATA.name: Member(_METADATA.name)}
        outputs = {entry.output or _EMPTY.name for entry in model.operations.values()}
        for name in outputs:
            shape = model.shapes.get(name, _EMPTY)
            yield replace(shape, members={**shape.members, **metadata})


def _wire_error(shape: Shape, form: Form) -> Iterator[Shape]:
    named = Shape(name=f"{shape.name}Type", type="string", enum=(shape.name,))
    # Without it a client reads the name from a header.
    required = ("__type",) if form.strict else ()
    yield named
    yield replace(
        shape,
        members={"__type": Member(named.name), **shape.members},
        required=(*required, *shape.required),
    )


def _python_error(shape: Shape, form: Form) -> Iterator[Shape]:
    del form
    code = Shape(name=f"{shape.name}Code", type="string", enum=(shape.name,))
    summary = Shape(
        name=f"{shape.name}Summary",
        type="structure",
        members={"Code": Member(code.name), "Message": Member(_TEXT.name)},
        required=("Code", "Message"),
    )
    around = {"Error": Member(summary.name), _METADATA.name: Member(_METADATA.name)}
    yield from (code, summary)
    yield replace(shape, members={**around, **shape.members}, required=("Error",))
