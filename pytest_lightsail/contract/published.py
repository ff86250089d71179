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
from ..model.schema import REQUEST, RESPONSE, Form, document
from ..model.service import ServiceModel
from ..output_files import check_output, write_output

_FORMS = {
    "request.json": Form(REQUEST),
    "response.json": Form(RESPONSE),
    "response.strict.json": Form(RESPONSE, strict=True),
}
_NEIGHBOURS = (
    *("CreateCertificate", "DeleteCertificate", "GetCertificates"),
    *("TagResource", "UntagResource"),
)
"""Operations of the container family whose names do not contain ``Container``."""


def container_family(model: ServiceModel) -> tuple[str, ...]:
    """Return the names of operations on container services, their tags and certificates."""
    return tuple(
        name for name in sorted(model.operations) if "Container" in name or name in _NEIGHBOURS
    )


def files(model: ServiceModel, operations: Iterable[str]) -> dict[str, str]:
    """Return the text of each schema, keyed by file name.

    Raises:
        ConfigurationError: one of the operations is not in the model.
    """
    found = {}
    for operation in sorted(operations):
        for name, form in _FORMS.items():
            schema = document(model, operation, form)
            found[f"{operation}.{name}"] = json.dumps(schema, indent=2, sort_keys=True) + "\n"
    return found


def operations_in(directory: Path) -> list[str]:
    """Return the names of the operations for which a directory contains schemas."""
    names = (path.name.partition(".") for path in directory.glob("*.*.json"))
    return sorted({operation for operation, _, name in names if name in _FORMS})


def write(directory: Path, model: ServiceModel, operations: Iterable[str]) -> tuple[str, ...]:
    """Write the schemas, and remove the schemas of other operations.

    Returns:
        The names of the files that were written.

    Raises:
        ConfigurationError: one of the operations is not in the model, the directory cannot be
            written to, or a file to be replaced or removed was not written by this library. In the
            last case, no file is changed.
    """
    texts = files(model, operations)
    stale = {f"{operation}.{name}" for operation in operations_in(directory) for name in _FORMS}
    stale -= texts.keys()
    for name in {*texts, *stale}:
        check_output(directory / name)
    try:
        for name, text in texts.items():
            write_output(directory / name, text)
        for name in stale:
            (directory / name).unlink(missing_ok=True)
    except OSError as error:
        raise ConfigurationError(f"cannot write schemas to {directory}: {error}") from error
    return tuple(texts)


def differences(directory: Path, model: ServiceModel) -> list[str]:
    """Compare the schemas in a directory, byte by byte, with the schemas of a model.

    Only the operations for which the directory contains schemas are compared.

    Returns:
        One line of text for each file that is missing, unexpected or different.

    Raises:
        ConfigurationError: the directory contains no schemas.
        OSError: a file cannot be read.
    """
    operations = operations_in(directory)
    if not operations:
        raise ConfigurationError(
            f"{directory} contains no schemas: write them first "
            f"with `pytest-lightsail schemas write {directory}`"
        )
    expected = files(model, (name for name in operations if name in model.operations))
    found = []
    for name in (f"{operation}.{form}" for operation in operations for form in _FORMS):
        path, wanted = directory / name, expected.get(name)
        # Opening a named pipe would block until another process opens it.
        written = path.read_bytes() if path.is_file() else None
        if wanted is None and written is not None:
            found.append(f"{name}: unexpected, because the model has no such operation")
        elif wanted is not None and written is None:
            found.append(f"{name}: missing")
        elif wanted is not None and written != wanted.encode():
            found.append(f"{name}: different")
    return found
