"""Write a directory of JSON Schemas, and compare such a directory with a service model.

A directory has three files for each operation: ``<Operation>.request.json``,
``<Operation>.response.json`` for reading responses, and ``<Operation>.response.strict.json`` for
writing them. ``index.json`` names the botocore release whose model the schemas describe. A
comparison ignores the release, the formatting and the order of keys.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from ..exceptions import ConfigurationError, plural
from ..model.bounds import read_json_file
from ..model.schema import REQUEST, RESPONSE, Form, document
from ..model.service import ServiceModel
from ..output_files import __version__, check_output, write_output

INDEX = "index.json"

_FORMS = {
    "request": Form(REQUEST),
    "response": Form(RESPONSE),
    "response.strict": Form(RESPONSE, strict=True),
}
_NEIGHBOURS = (
    *("CreateCertificate", "DeleteCertificate", "GetCertificates"),
    *("TagResource", "UntagResource"),
)
"""Operations on container services whose names do not contain ``Container``."""


def container_family(model: ServiceModel) -> tuple[str, ...]:
    """Return the operations on container services, and on their tags and certificates."""
    return tuple(
        name for name in sorted(model.operations) if "Container" in name or name in _NEIGHBOURS
    )


def documents(model: ServiceModel, operations: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return the operations' schemas by file name. They are shared, so do not change them.

    Raises:
        ConfigurationError: the model does not have an operation, or an operation's name cannot be
            part of a file name.
    """
    return {
        f"{operation}.{name}.json": document(model, operation, form)
        for operation in _checked(sorted(operations))
        for name, form in _FORMS.items()
    }


def index(model: ServiceModel, operations: Iterable[str]) -> dict[str, Any]:
    """Return the content of ``index.json``."""
    return {
        "apiVersion": model.metadata.get("apiVersion", ""),
        "botocore": model.release,
        "generator": f"pytest-lightsail {__version__}",
        "operations": sorted(operations),
        "service": model.metadata.get("endpointPrefix", ""),
    }


def write(directory: Path, model: ServiceModel, operations: Iterable[str]) -> tuple[str, ...]:
    """Write the schemas and the index, and remove outdated schemas from earlier calls.

    Returns:
        The names of the files.

    Raises:
        ConfigurationError: the model does not have an operation, the index in the directory cannot
            be read, or the directory cannot be written to. Or a file in it has the name of a schema
            but was not written by this library: then no file is written.
    """
    names = tuple(operations)
    files = {**documents(model, names), INDEX: index(model, names)}
    stale = set()
    if (directory / INDEX).exists():
        old = read_index(directory)["operations"]
        stale = {f"{name}.{form}.json" for name in old for form in _FORMS} - files.keys()
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


def read_index(directory: Path) -> dict[str, Any]:
    """Return the index of a directory of schemas.

    Raises:
        ConfigurationError: the directory has no index, or the index cannot be read.
    """
    content = _read(directory / INDEX)
    operations = content.get("operations") if isinstance(content, dict) else None
    if not isinstance(operations, list):
        raise ConfigurationError(f"{INDEX} does not list the operations of the schemas")
    return {**content, "operations": _checked(operations)}


def _checked(operations: list[Any]) -> list[str]:
    """Reject operation names that cannot be part of a file name."""
    for name in operations:
        if not str(name).isidentifier():
            raise ConfigurationError(f"{INDEX} does not list the operations: {name!r} is not one")
    return operations


def _read(path: Path) -> Any:
    try:
        return read_json_file(path)
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"cannot read {path}: {error}") from error


# --- drift -----------------------------------------------------------------------------------------

Difference = tuple[str, str]
"""The name of a file, and one difference between that file and the model's schema."""


def differences(directory: str | Path, model: ServiceModel) -> list[Difference]:
    """Return how a directory of schemas differs from the schemas of a model.

    Raises:
        ConfigurationError: the directory does not exist or has no index, or a file cannot be read.
    """
    folder = Path(directory)
    if not (folder / INDEX).is_file():
        raise ConfigurationError(
            f"{folder} holds no {INDEX}: write the schemas first, "
            f"with `pytest-lightsail schemas write {folder}`"
        )
    content = read_index(folder)
    known = [name for name in content["operations"] if name in model.operations]
    origin = {name: content[name] for name in ("botocore", "generator") if name in content}
    expected: dict[str, Any] = documents(model, known)
    expected[INDEX] = {**index(model, known), **origin}
    # Only schemas have two dots in their names. The directory may also contain a consumer contract.
    present = {INDEX, *(path.name for path in folder.glob("*.*.json"))}
    found = [(name, "is missing") for name in expected.keys() - present]
    found += [(name, "does not belong here") for name in present - expected.keys()]
    for name in present & expected.keys():
        found += [(name, text) for text in _compared("", _read(folder / name), expected[name])]
    return sorted(found)


def report(directory: str | Path, model: ServiceModel, found: list[Difference]) -> str:
    """Return the differences as text, with the schemas' origin and a way to accept new ones."""
    written = _read(Path(directory) / INDEX)
    origin = f"{written.get('generator', 'unknown')} from botocore {written.get('botocore')}"
    count = plural(len(found), "difference")
    lines = [f"{directory}, written by {origin}: {count} from botocore {model.release}"]
    files: dict[str, list[str]] = defaultdict(list)
    for name, description in found:
        files[description].append(name)
    for description, names in files.items():
        others = f" and {len(names) - 1} more" if len(names) > 1 else ""
        lines.append(f"  {names[0]}{others}: {description}")
    if found:
        lines.append(f"To accept the new schemas: pytest-lightsail schemas write {directory}")
    return "\n".join(lines)


_ABSENT = object()
_WIDEST = 400


def _compared(pointer: str, written: Any, expected: Any) -> Iterator[str]:
    """Yield the differences between two values, each after a JSON pointer to its place."""
    if isinstance(written, dict) and isinstance(expected, dict):
        for name in sorted(written.keys() | expected.keys()):
            place = f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}"
            yield from _compared(place, written.get(name, _ABSENT), expected.get(name, _ABSENT))
        return
    # Compare JSON text, because ``True`` and ``1`` are equal in Python.
    was, now = (
        "nothing" if value is _ABSENT else json.dumps(value, sort_keys=True)
        for value in (written, expected)
    )
    if was != now:
        was, now = (f"{text[:_WIDEST]}{'…' * (len(text) > _WIDEST)}" for text in (was, now))
        yield f"{pointer}: written {was}, expected {now}"
