"""Write a directory of JSON Schemas, and compare such a directory with a service model.

A directory contains three files for each operation: ``<Operation>.request.json``,
``<Operation>.response.json`` for code that reads responses, and
``<Operation>.response.strict.json`` for code that creates them. Other files in the directory are
ignored.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from ..exceptions import ConfigurationError
from ..model.schema import REQUEST, RESPONSE, Form, schema
from ..model.service import ServiceModel
from ..output_files import check_output, write_output

_FORMS = {
    "request.json": Form(REQUEST),
    "response.json": Form(RESPONSE),
    "response.strict.json": Form(RESPONSE, strict=True),
}


def files(model: ServiceModel, operations: Iterable[str]) -> dict[str, str]:
    """Return the text of each schema, keyed by file name."""
    found = {}
    for operation in sorted(operations):
        for name, form in _FORMS.items():
            document = schema(operation, form.direction, model=model, strict=form.strict)
            found[f"{operation}.{name}"] = json.dumps(document, indent=2, sort_keys=True) + "\n"
    return found


def _paths(directory: Path) -> list[Path]:
    return [
        path
        for path in directory.glob("*.*.json")
        if path.name.partition(".")[2] in _FORMS and path.is_file()
    ]


def operations_in(directory: Path) -> list[str]:
    """Return the names of the operations for which a directory contains schemas."""
    return sorted({path.name.partition(".")[0] for path in _paths(directory)})


def write(directory: Path, model: ServiceModel, operations: Iterable[str]) -> int:
    """Write the schemas, and remove the schemas of other operations. Return the number of files.

    Raise ``ConfigurationError`` if an operation is not in the model, or if a file cannot be written
    or was not written by this library. If another program wrote one of them, no file is changed.
    """
    texts = {directory / name: text for name, text in files(model, operations).items()}
    stale = set(_paths(directory)) - texts.keys()
    for path in (*texts, *stale):
        check_output(path)
    try:
        for path, text in texts.items():
            write_output(path, text)
        for path in stale:
            path.unlink()
    except OSError as error:
        raise ConfigurationError(f"cannot write schemas to {directory}: {error}") from error
    return len(texts)


def differences(directory: Path, model: ServiceModel) -> list[str]:
    """Compare the schemas in a directory, byte by byte, with the schemas of a model.

    Only the operations for which the directory contains schemas are compared. Return one line of
    text for each file that is missing, unexpected or different.
    """
    written = {path.name: path.read_bytes() for path in _paths(directory)}
    if not written:
        raise ConfigurationError(
            f"{directory} contains no schemas: write them first "
            f"with `pytest-lightsail schemas write {directory}`"
        )
    expected = files(model, model.operations.keys() & operations_in(directory))
    verdicts = {
        **dict.fromkeys(written, "unexpected, because the model has no such operation"),
        **{name: "different" if name in written else "missing" for name in expected},
    }
    return [
        f"{name}: {verdict}"
        for name, verdict in sorted(verdicts.items())
        if written.get(name) != expected.get(name, "").encode()
    ]
