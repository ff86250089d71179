"""Write output files, and check documents against their JSON Schemas.

This package overwrites only files that it has written itself, so a mistyped path, as in
``--lightsail-contract test_release.py``, cannot destroy a test module.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from .exceptions import ConfigurationError

__version__ = "0.1.0"
"""The version of this package. The build reads the version from here."""

GENERATOR = "pytest-lightsail"
"""The ``generator`` member of all JSON files that this package writes, except JSON Schemas, which
are recognised by their ``$id``."""

_OURS = re.compile(rb'"generator": "pytest-lightsail\b|"\$id": "urn:aws:lightsail:')


def check_output(path: Path) -> None:
    """Raise ``ConfigurationError`` if the path is a directory or must not be overwritten."""
    try:
        if path.is_dir():
            raise ConfigurationError(f"{path} is a directory, not a file")
        if path.parent.exists() and not path.parent.is_dir():
            raise ConfigurationError(f"{path.parent} is a file, not a directory")
        if path.is_file() and path.stat().st_size:
            with path.open("rb") as file:
                if not _OURS.search(file.read(1 << 20)):
                    raise ConfigurationError(
                        f"{path} already exists and was not written by {GENERATOR}: choose another "
                        "file, or delete the existing file first"
                    )
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be written: {error.strerror}") from None


def write_output(path: Path, text: str) -> None:
    """Write a file, and create its directory if needed. If writing fails, keep the old content.

    Follow symbolic links. Write to devices and pipes directly.
    """
    check_output(path)
    if path.exists() and not path.is_file():
        path.write_text(text, encoding="utf-8", newline="\n")
        return
    path = Path(os.path.realpath(path))
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        draft.write_text(text, encoding="utf-8", newline="\n")
        if path.exists():
            draft.chmod(path.stat().st_mode & 0o7777)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def closed_object(*required: str, **members: Any) -> dict[str, Any]:
    """Return the JSON Schema for an object that may contain only these members."""
    return {
        "type": "object",
        "required": list(required),
        "additionalProperties": False,
        "properties": members,
    }


def check_document(document: Any, schema: dict[str, Any], version: int | None = None) -> None:
    """Raise ``ConfigurationError`` if a document does not match its JSON Schema.

    If ``version`` is given, the document's ``format`` member must also equal ``version``.
    """
    if version and isinstance(document, dict) and document.get("format") != version:
        raise ConfigurationError(
            f"format is {document.get('format')!r}, but this release of pytest-lightsail expects "
            f"{version}: create the file again, or use the release that wrote it"
        )
    from jsonschema import Draft202012Validator  # noqa: PLC0415 - few runs need it
    from jsonschema.exceptions import best_match  # noqa: PLC0415

    wrong = best_match(Draft202012Validator(schema).iter_errors(document))
    if wrong is not None:
        place = wrong.json_path.removeprefix("$").removeprefix(".") or "the document"
        raise ConfigurationError(f"{place}: {wrong.message:.200}")
