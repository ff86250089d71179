"""Find and read the JSON of a service model: of the installed botocore, of a file, or of a wheel.

Nothing is downloaded, imported or extracted. Where botocore has several versions of the API, the newest
one counts: versions are dates, so the order of text is theirs.

>>> read_model("installed").label  # doctest: +SKIP
'botocore 1.43.117'
"""

from __future__ import annotations

import gzip
import io
import re
import struct
import zipfile
import zlib
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any

from ..exceptions import ModelSourceError
from .bounds import read_json

__all__ = ["INSTALLED", "LARGEST_MODEL", "SERVICE", "ModelDocument", "read_model"]

INSTALLED = "installed"
SERVICE = "lightsail"

LARGEST_MODEL = 64 * 2**20
"""Bytes of JSON beyond which a model is refused; the largest of all of AWS has about 3 MiB."""

_MODEL_FILES = ("service-2.json.gz", "service-2.json")
_PACKED_MODEL = re.compile(rf"botocore/data/{SERVICE}/[0-9-]+/service-2\.json(?:\.gz)?")
_RELEASE = re.compile(
    r"botocore-(?P<version>[0-9]+(?:\.[0-9]+)+(?:(?:a|b|rc)[0-9]+)?(?:\.(?:post|dev)[0-9]+)*)(?=[-.]|$)"
)
_LONGEST_NAME = 255

_UNREADABLE = (
    OSError,
    EOFError,
    ValueError,
    NotImplementedError,
    RuntimeError,
    struct.error,
    zlib.error,
    zipfile.BadZipFile,
)


@dataclass(frozen=True)
class ModelDocument:
    """The JSON of a service model, and the place it was read from.

    ``release`` is the version of botocore that it came with, ``None`` if unknown. ``label`` is a short
    name for it.
    """

    content: dict[str, Any]
    path: str
    label: str
    release: str | None


def read_model(source: str) -> ModelDocument:
    """Read the JSON of a service model.

    Args:
        source: ``"installed"``, or the path of a ``service-2.json`` or ``service-2.json.gz``, of a
            botocore wheel, or of a folder that holds exactly one of these.

    Raises:
        ModelSourceError: there is nothing readable; the message says what was looked for, and where.
    """
    path = _installed() if source == INSTALLED else Path(source)
    path = _only_model_in(path) if path.is_dir() else path
    if not path.is_file():
        raise ModelSourceError(f"no service model at {path}: there is no such file or folder")
    if path.name.endswith(".tar.gz"):
        raise ModelSourceError(f"{path} is a source distribution: give its wheel instead")
    try:
        member, data = _from_wheel(path) if path.suffix == ".whl" else ("", _read(path.open("rb")))
        if data.startswith(b"\x1f\x8b"):
            data = _read(gzip.GzipFile(fileobj=io.BytesIO(data)))
        content = read_json(data)
    except ModelSourceError:
        raise
    except _UNREADABLE as error:
        raise ModelSourceError(
            f"cannot read a service model from {path}: expected the JSON of a service-2.json, "
            f"gzipped or not, or a wheel that holds one ({error})"
        ) from error
    if not isinstance(content, dict):
        raise ModelSourceError(f"{path} is not a service model: its JSON is not an object")
    release = _installed_release() if source == INSTALLED else _release(path)
    return ModelDocument(
        content=content,
        path=f"{path}:{member}" if member else str(path),
        label=source if release is None else f"botocore {release}",
        release=release,
    )


def _installed() -> Path:
    spec = find_spec("botocore")
    folders = [] if spec is None else list(spec.submodule_search_locations or [])
    trees = [Path(folder, "data", SERVICE) for folder in folders]
    for tree in trees:
        models = [file for file in tree.glob("[0-9]*/service-2.json*") if file.name in _MODEL_FILES]
        if models:
            return max(models)
    looked = ", ".join(map(str, trees)) or "sys.path, where no botocore was found"
    raise ModelSourceError(
        f"the installed botocore holds no model of {SERVICE}: looked for "
        f"*/service-2.json(.gz) in {looked}"
    )


def _installed_release() -> str | None:
    try:
        return version("botocore")
    except PackageNotFoundError:
        return None


def _only_model_in(folder: Path) -> Path:
    # `pip download` leaves the wheels of what botocore depends on in the same folder.
    found = [
        path
        for path in sorted(folder.iterdir())
        if (path.name.startswith("botocore-") and path.suffix == ".whl")
        or path.name in _MODEL_FILES
    ]
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(path.name for path in found)
        raise ModelSourceError(
            f"{folder} holds more than one service model: name one of them: {names}"
        )
    raise ModelSourceError(
        f"no service model of {SERVICE} in {folder}: looked for service-2.json(.gz) and botocore-*.whl"
    )


def _from_wheel(path: Path) -> tuple[str, bytes]:
    with zipfile.ZipFile(path) as wheel:
        models = [name for name in wheel.namelist() if _PACKED_MODEL.fullmatch(name)]
        if not models:
            raise ModelSourceError(
                f"no service model of {SERVICE} in {path}: looked for a member "
                f"botocore/data/{SERVICE}/<version>/service-2.json(.gz)"
            )
        newest = wheel.getinfo(max(models))
        if newest.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            raise ValueError(f"{newest.filename} is not compressed as wheels are")
        return newest.filename, _read(wheel.open(newest))


def _read(stream: IO[bytes] | gzip.GzipFile) -> bytes:
    with stream:
        data = stream.read(LARGEST_MODEL + 1)
    if len(data) > LARGEST_MODEL:
        raise ValueError(f"it is larger than any service model: over {LARGEST_MODEL} bytes")
    return data


def _release(path: Path) -> str | None:
    """Return the version in the name of a wheel, or of a folder that the file is in."""
    for name in reversed(path.absolute().parts):
        if match := _RELEASE.match(name[:_LONGEST_NAME]):
            return match["version"]
    return None
