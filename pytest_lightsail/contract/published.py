"""A directory of schemas: what ``schemas write`` puts there, and ``schemas check`` expects there.

For every operation ``<Operation>.request.json``, ``<Operation>.response.json`` (open, for
reading) and ``<Operation>.response.strict.json`` (closed, for writing); and ``index.json``, which
says what they were written from.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from .._version import __version__
from ..exceptions import ConfigurationError, SchemasUnreadable
from ..model.bounds import read_json_file
from ..model.form import REQUEST, RESPONSE, Form
from ..model.schema import document
from ..model.service import release
from ..output_files import check_output, write_output

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from ..model.service import ServiceModel

__all__ = ["INDEX", "container_family", "documents", "index", "read", "write", "written_operations"]

INDEX = "index.json"

_FORMS = {
    "request": Form(REQUEST),
    "response": Form(RESPONSE),
    "response.strict": Form(RESPONSE, strict=True),
}
_NEIGHBOURS = (
    "CreateCertificate",
    "DeleteCertificate",
    "GetCertificates",
    "TagResource",
    "UntagResource",
)
"""Operations that users of container services need, though their names do not say so."""


def container_family(model: ServiceModel) -> tuple[str, ...]:
    """The operations on container services, and those on their tags and certificates."""
    return tuple(
        name for name in sorted(model.operations) if "Container" in name or name in _NEIGHBOURS
    )


def documents(model: ServiceModel, operations: Iterable[str]) -> dict[str, dict[str, Any]]:
    """The documents of operations by file name; they are shared, so not to be changed.

    Raises:
        UnknownOperation: the model has no such operation.
    """
    names = written_operations({"operations": sorted(operations)})
    return {
        f"{operation}.{name}.json": document(model, operation, form)
        for operation in names
        for name, form in _FORMS.items()
    }


def index(model: ServiceModel, operations: Iterable[str]) -> dict[str, Any]:
    """What the documents of operations were written from."""
    return {
        "apiVersion": model.metadata.get("apiVersion", ""),
        "botocore": release(model),
        "generator": f"pytest-lightsail {__version__}",
        "operations": sorted(operations),
        "service": model.metadata.get("endpointPrefix", ""),
    }


def write(directory: Path, model: ServiceModel, operations: Iterable[str]) -> tuple[str, ...]:
    """Write documents and index, and remove those that an earlier write left and this one lacks.

    Returns:
        The names of the files written.

    Raises:
        UnknownOperation: the model has no such operation; nothing is written then.
        SchemasUnreadable: the directory has an index that cannot be read.
        ConfigurationError: the directory cannot be written to, or has files of such names that an earlier
            write has not left; nothing is written then.
    """
    names = tuple(operations)
    files = {**documents(model, names), INDEX: index(model, names)}
    stale = set()
    if (directory / INDEX).exists():
        for operation in written_operations(read(directory / INDEX)):
            stale |= {f"{operation}.{name}.json" for name in _FORMS} - files.keys()
    for name in {*files, *stale}:
        check_output(directory / name)
    try:
        for name, content in files.items():
            write_output(directory / name, json.dumps(content, indent=2, sort_keys=True) + "\n")
        for name in stale:
            (directory / name).unlink(missing_ok=True)
    except OSError as error:
        raise ConfigurationError(f"cannot write schemas to {directory}: {error}") from error
    return tuple(files)


def read(path: Path) -> Any:
    """The JSON of a file.

    Raises:
        SchemasUnreadable: there is no such file, it is too large, or it is not JSON.
    """
    try:
        return read_json_file(path)
    except (OSError, ValueError) as error:
        raise SchemasUnreadable(f"cannot read {path}: {error}") from error


def written_operations(content: Mapping[str, Any]) -> list[str]:
    """The operations that an index names.

    Raises:
        SchemasUnreadable: it is not the index of a directory of schemas.
    """
    operations = content.get("operations") if isinstance(content, dict) else None
    # The names become names of files, so they had better be names.
    if isinstance(operations, list) and all(str(name).isidentifier() for name in operations):
        return [str(name) for name in operations]
    raise SchemasUnreadable(f"{INDEX} does not list the operations that the schemas are of")
