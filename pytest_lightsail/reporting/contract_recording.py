"""Makes a ``Contract`` of what has been watched, with the help of the model that was used."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import reduce
from typing import Any

from ..contract.secrets import holds_secrets
from ..model.bounds import NUMBERS
from ..model.service import (
    EACH,
    KEY,
    Located,
    Path,
    ServiceModel,
    Shape,
    locate,
    release,
    show_path,
)
from ..transports.consumer_calls import Call
from ..transports.places import COMPARED, DECIDED, LISTED, SUBSCRIPTED, Note
from .consumer_contract import Caught, Contract, OperationUse, Read, Sent, merged_sends

__all__ = ["contract_of"]

_INPUT_REFUSED = frozenset({"InvalidInputException", "SerializationException", "ValidationError"})
"""Errors that say that the request was wrong, which tells nothing of what requests are to be like."""

_SIZED = frozenset({"string", "list", "map"})
_NUMBERS = NUMBERS - {"timestamp"}
_ERROR_CODE = ("Error", "Code")
_IS_CODE = re.compile(r"[A-Z][A-Za-z0-9.]{1,99}")


def contract_of(
    model: ServiceModel,
    calls: Iterable[Call],
    notes: Iterable[Note],
    exceptions: Iterable[tuple[str, str]],
) -> Contract:
    """What has been watched, as a contract.

    Args:
        model: of the botocore that was used.
        calls: what was sent.
        notes: what was done with the answers.
        exceptions: the classes taken from ``client.exceptions``, with the operation whose error was
            about to be caught, empty for none.
    """
    caught, botocore = tuple(exceptions), release(model)
    uses = [
        *(_sending(model, call) for call in calls),
        *(_reading(model, note) for note in notes),
        *((operation, _catching(model, operation, code)) for code, operation in caught),
    ]
    return reduce(
        Contract.merged,
        (
            Contract(botocore=botocore, operations={name: use})
            for name, use in uses
            if use is not None
        ),
        Contract(botocore=botocore, exceptions=frozenset(code for code, _ in caught)),
    )


def _use(model: ServiceModel, operation: str, **used: Any) -> OperationUse:
    return OperationUse(deprecated=model.operations[operation].deprecated, **used)


def _catching(model: ServiceModel, operation: str, code: str, *members: str) -> OperationUse | None:
    if not operation:
        return None
    known = frozenset(model.operations[operation].errors)
    caught = Caught(members=frozenset(members))
    return _use(model, operation, errors={code: caught}, known_errors=known)


def _sending(model: ServiceModel, call: Call) -> tuple[str, OperationUse]:
    shape = model.operations[call.operation].input
    if call.error in _INPUT_REFUSED or shape is None:
        return call.operation, _use(model, call.operation)
    request = Located(model.shapes[shape])
    sends = dict(_sent(model, request, json.loads(call.body or b"{}"), ()))
    return call.operation, _use(model, call.operation, sends=sends)


def _sent(
    model: ServiceModel, located: Located, value: Any, path: Path, *, secret: bool = False
) -> Iterator[tuple[str, Sent]]:
    """What is sent at a place and below it; ``always`` of members as far as this value tells."""
    shape = located.shape
    secret = secret or _is_secret(located, path)
    yield show_path(path), _place(located, None if secret else value)
    if shape.type == "structure":
        for name in value:
            inner = located.step(model, name)
            if inner is not None:
                yield from _sent(model, inner, value[name], (*path, name), secret=secret)
    for part, inside in _contents(shape, value).items():
        inner = located.step(model, part)
        if inner is not None:
            each = [dict(_sent(model, inner, one, (*path, part), secret=secret)) for one in inside]
            if each:
                yield from reduce(merged_sends, each).items()


def _contents(shape: Shape, value: Any) -> dict[str, Sequence[Any]]:
    if shape.type == "map":
        return {KEY: list(value), EACH: list(value.values())}
    return {EACH: value} if shape.type == "list" else {}


def _is_secret(located: Located, path: Path) -> bool:
    name = None if located.member is None else path[-1]
    return holds_secrets(located.shape) or (name is not None and holds_secrets(located.shape, name))


def _place(located: Located, value: Any) -> Sent:
    shape = located.shape
    size = _size(shape, value)
    return Sent(
        type=shape.type,
        always=None if located.member is None else True,
        values=frozenset((value,)).intersection(shape.enum) if shape.enum else None,
        least=size,
        most=size,
        pattern=shape.pattern,
        deprecated=located.deprecated,
    )


def _size(shape: Shape, value: Any) -> int | float | None:
    if shape.type in _SIZED and not shape.enum and value is not None:
        return len(value)
    return value if shape.type in _NUMBERS else None


def _reading(model: ServiceModel, note: Note) -> tuple[str, OperationUse | None]:
    operation, path = note.operation, note.path
    if note.error:
        return operation, _reading_error(model, note)
    located = locate(model, model.operations[operation].output, path)
    if located is None:
        return operation, None
    shape, name = located.shape, path[-1] if path else ""
    read = Read(
        type=shape.type,
        compares=_compared(shape, note),
        enum=frozenset(shape.enum) if note.what in {DECIDED, COMPARED} else None,
        required=note.what == SUBSCRIPTED
        and located.owner is not None
        and name in located.owner.required,
        members=frozenset(shape.members) if note.what == LISTED else None,
        deprecated=located.deprecated,
    )
    return operation, _use(model, operation, reads={show_path(path): read})


def _compared(shape: Shape, note: Note) -> frozenset[str] | None:
    if note.what == COMPARED:
        # What is no value of the enumeration may be anything, a secret too.
        return frozenset((note.value,)).intersection(shape.enum)
    return frozenset() if note.what == DECIDED else None


def _reading_error(model: ServiceModel, note: Note) -> OperationUse | None:
    if note.path == _ERROR_CODE:
        if note.what == COMPARED and _IS_CODE.fullmatch(note.value):
            return _catching(model, note.operation, note.value)
        return None
    (member,) = note.path if len(note.path) == 1 else ("",)
    shape = model.shapes.get(note.error)
    if shape is None or member not in shape.members:
        return None
    return _catching(model, note.operation, note.error, member)
