"""A directory of schemas: write one, and compare it with what a service model gives now.

For every operation it has ``<Operation>.request.json``, ``<Operation>.response.json`` (open, for
reading) and ``<Operation>.response.strict.json`` (closed, for writing); and ``index.json``, which says
what they were written from. Only the JSON counts: formatting and the order of keys do not, nor does the
release of botocore that they were written from, if the schemas are the same.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ..exceptions import ConfigurationError, UnreadableSchemasError, plural
from ..model.bounds import read_json_file
from ..model.schema import REQUEST, RESPONSE, Form, document
from ..model.service import ServiceModel
from ..output_files import __version__, check_output, write_output

INDEX = "index.json"

_PROVENANCE = ("botocore", "generator")
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
    """Return the operations on container services, and those on their tags and certificates."""
    return tuple(
        name for name in sorted(model.operations) if "Container" in name or name in _NEIGHBOURS
    )


def documents(model: ServiceModel, operations: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return the documents of operations by file name. They are shared: do not change them.

    Raises:
        UnknownOperationError: the model has no such operation.
    """
    names = written_operations({"operations": sorted(operations)})
    return {
        f"{operation}.{name}.json": document(model, operation, form)
        for operation in names
        for name, form in _FORMS.items()
    }


def index(model: ServiceModel, operations: Iterable[str]) -> dict[str, Any]:
    """Return the index of the documents of operations: which model they were generated from."""
    return {
        "apiVersion": model.metadata.get("apiVersion", ""),
        "botocore": model.release,
        "generator": f"pytest-lightsail {__version__}",
        "operations": sorted(operations),
        "service": model.metadata.get("endpointPrefix", ""),
    }


def write(directory: Path, model: ServiceModel, operations: Iterable[str]) -> tuple[str, ...]:
    """Write the documents and their index, and remove outdated documents of an earlier write.

    Returns:
        The names of the files written.

    Raises:
        UnknownOperationError: the model has no such operation; nothing is written then.
        UnreadableSchemasError: the directory has an index that cannot be read.
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
    """Return the JSON of a file.

    Raises:
        UnreadableSchemasError: there is no such file, it is too large, or it is not JSON.
    """
    try:
        return read_json_file(path)
    except (OSError, ValueError) as error:
        raise UnreadableSchemasError(f"cannot read {path}: {error}") from error


def written_operations(content: Mapping[str, Any]) -> list[str]:
    """Return the operations that an index names.

    Raises:
        UnreadableSchemasError: it is not the index of a directory of schemas.
    """
    operations = content.get("operations") if isinstance(content, dict) else None
    # The names become names of files, so they had better be names.
    if isinstance(operations, list) and all(str(name).isidentifier() for name in operations):
        return [str(name) for name in operations]
    raise UnreadableSchemasError(f"{INDEX} does not list the operations of the schemas")


# --- drift -----------------------------------------------------------------------------------------

Difference = tuple[str, str]
"""The name of a file, and what is not in it as the model gives it; the same is often in many files."""


def differences(directory: str | Path, model: ServiceModel) -> list[Difference]:
    """Return where the schemas in a directory are not what a model gives, by file and place.

    Only the operations that the directory's index names are looked at.

    Raises:
        UnreadableSchemasError: there is no such directory, it has no index, or a file is not JSON.
    """
    folder = Path(directory)
    if not (folder / INDEX).is_file():
        raise UnreadableSchemasError(
            f"{folder} holds no {INDEX}: write the schemas first, "
            f"with `pytest-lightsail schemas write {folder}`"
        )
    content = read(folder / INDEX)
    known = [name for name in written_operations(content) if name in model.operations]
    # Where it was written from is for the report: it may differ when nothing that matters does.
    provenance = {name: content[name] for name in _PROVENANCE if name in content}
    expected = {**documents(model, known), INDEX: {**index(model, known), **provenance}}
    # A consumer contract may lie next to the schemas, whose names have the direction in them.
    present = {INDEX, *(path.name for path in folder.glob("*.*.json"))}
    found = [(name, "is missing") for name in expected.keys() - present]
    found += [(name, "does not belong here") for name in present - expected.keys()]
    for name in present & expected.keys():
        found += [(name, text) for text in _compared("", read(folder / name), expected[name])]
    return sorted(found)


def report(directory: str | Path, model: ServiceModel, found: list[Difference]) -> str:
    """Return the differences as text, with where the schemas are from and how to accept the new ones."""
    written = read(Path(directory) / INDEX)
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
        lines.append(f"To accept the new ones: pytest-lightsail schemas write {directory}")
    return "\n".join(lines)


_ABSENT = object()


def _compared(pointer: str, written: Any, expected: Any) -> Iterator[str]:
    """Yield what differs, each with its place as a JSON pointer."""
    if isinstance(written, dict) and isinstance(expected, dict):
        for name in sorted(written.keys() | expected.keys()):
            place = f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}"
            yield from _compared(place, written.get(name, _ABSENT), expected.get(name, _ABSENT))
    elif _text(written) != _text(expected):
        yield f"{pointer}: written {_shown(written)}, expected {_shown(expected)}"


def _text(value: object) -> str:
    """Return the JSON of a value: Python takes ``true`` and ``1`` for equal."""
    return "nothing" if value is _ABSENT else json.dumps(value, sort_keys=True)


def _shown(value: object, limit: int = 400) -> str:
    text = _text(value)
    return text if len(text) <= limit else f"{text[:limit]}…"
