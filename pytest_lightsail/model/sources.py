"""Where a service model is read from: botocore as installed, unpacked, or packed as wheel or sdist.

Nothing is downloaded, imported or extracted. Of an archive only the one member that is the model is
read, into memory and up to a limit; links inside an archive are not followed. Where botocore has
several versions of the API, the newest one counts: versions are dates, so the order of text is theirs.

>>> read_model("installed").label  # doctest: +SKIP
'botocore 1.43.117'
"""

from __future__ import annotations

import gzip
import io
import re
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any

from ..exceptions import ModelSourceError
from .bounds import read_json
from .unpacked import LARGEST_HEADER, Unpacked

__all__ = [
    "INSTALLED",
    "LARGEST_ARCHIVE",
    "LARGEST_MODEL",
    "LARGEST_WHEEL",
    "MOST_MEMBERS",
    "SERVICE",
    "ModelDocument",
    "read_model",
]

INSTALLED = "installed"
SERVICE = "lightsail"

LARGEST_MODEL = 64 * 2**20
"""Bytes of JSON beyond which a model is refused; the largest of all of AWS has about 3 MiB."""

LARGEST_ARCHIVE = 2**30
"""Bytes of unpacked sdist that are looked through; botocore's have between 50 and 200 MiB."""

LARGEST_WHEEL = 2**26
"""Bytes of a wheel that is looked into; botocore's have between 8 and 16 MiB."""

MOST_MEMBERS = 50_000
"""Members of an archive that are looked at; botocore's sdists have some 5000."""

_MODEL_FILES = ("service-2.json.gz", "service-2.json")
_WHEELS = (".whl", ".zip")
_SDISTS = (".tar.gz", ".tgz")
_TREES = (
    f"botocore-*/botocore/data/{SERVICE}",
    f"botocore/data/{SERVICE}",
    f"data/{SERVICE}",
    SERVICE,
    ".",
)
_API_VERSION = "[0-9]*-[0-9]*-[0-9]*"
_ARCHIVED_MODEL = re.compile(
    rf"(?:.*/)?{SERVICE}/(?P<version>[0-9]+-[0-9]+-[0-9]+)/service-2\.json(?:\.gz)?"
)
_RELEASE = re.compile(
    r"botocore-(?P<version>[0-9]+(?:\.[0-9]+)+(?:(?:a|b|rc)[0-9]+)?(?:\.(?:post|dev)[0-9]+)*)(?=[-.]|$)"
)
_LONGEST_NAME = 255
_UNPACKED_DEPTH = 6
"""Names in ``botocore-1.26.9/botocore/data/lightsail/2016-11-28/service-2.json``."""
_VERSION = re.compile(r"^__version__ = ['\"](?P<version>[0-9][0-9A-Za-z.+-]*)['\"]", re.MULTILINE)

_UNREADABLE = (
    OSError,
    EOFError,
    ValueError,
    NotImplementedError,
    OverflowError,
    RecursionError,
    struct.error,
    zlib.error,
    zipfile.BadZipFile,
    tarfile.TarError,
)


@dataclass(frozen=True)
class ModelDocument:
    """The JSON of a service model, and the place it was read from.

    ``release`` is the version of botocore that it came with, ``None`` where nothing says. ``label`` is a
    short name for it.
    """

    content: dict[str, Any]
    path: str
    label: str
    release: str | None


def read_model(source: str) -> ModelDocument:
    """Read the JSON of a service model.

    Args:
        source: ``"installed"``, or the path of a ``service-2.json`` or ``service-2.json.gz``, of a
            botocore wheel or sdist, of an unpacked tree of botocore, or of a folder that holds
            exactly one of these.

    Raises:
        ModelSourceError: nothing readable is there; the message says what was looked for, and where.
    """
    path = _installed() if source == INSTALLED else Path(source)
    try:
        if path.is_dir():
            path = _only_model_in(path)
        if not path.is_file():
            raise ModelSourceError(f"no service model at {path}: there is no such file or folder")
        if path.name.endswith(_WHEELS):
            member, data = _from_wheel(path)
        elif path.name.endswith(_SDISTS):
            member, data = _from_sdist(path)
        else:
            member, data = "", _limited(path.open("rb"), path)
        content = read_json(_decompressed(data, path))
    except _UNREADABLE as error:
        if isinstance(error, ModelSourceError):
            raise
        raise ModelSourceError(
            f"cannot read a service model from {path}: looked for the JSON of a service-2.json, "
            f"gzipped or not, or for a wheel or sdist that holds one ({error})"
        ) from error
    if not isinstance(content, dict):
        raise ModelSourceError(f"{path} is not a service model: its JSON is not an object")
    release = _release(path, member)
    return ModelDocument(
        content=content,
        path=f"{path}:{member}" if member else str(path),
        label=source if release is None else f"botocore {release}",
        release=release,
    )


def _installed() -> Path:
    spec = find_spec("botocore")
    folders = [] if spec is None else list(spec.submodule_search_locations or [])
    for folder in folders:
        if model := _newest(Path(folder, "data", SERVICE)):
            return model
    looked = ", ".join(str(Path(folder, "data", SERVICE)) for folder in folders)
    raise ModelSourceError(
        f"the installed botocore holds no model of {SERVICE}: looked for "
        f"*/service-2.json(.gz) in {looked or 'sys.path, where no botocore was found'}"
    )


def _newest(tree: Path) -> Path | None:
    for version in sorted(tree.glob(_API_VERSION), reverse=True):
        for name in _MODEL_FILES:
            if (version / name).is_file():
                return version / name
    return None


def _only_model_in(folder: Path) -> Path:
    found = sorted(_models_in(folder))
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(str(path.relative_to(folder)) for path in found)
        raise ModelSourceError(
            f"{folder} holds more than one service model, name one of them: {names}"
        )
    trees = ", ".join("<version>" if tree == "." else f"{tree}/<version>" for tree in _TREES)
    raise ModelSourceError(
        f"no service model of {SERVICE} in {folder}: looked there for service-2.json(.gz), for "
        f"botocore-*.whl and botocore-*.tar.gz, and for service-2.json(.gz) in {trees}"
    )


def _models_in(folder: Path) -> Iterator[Path]:
    for pattern in _TREES:
        for tree in folder.glob(pattern) if pattern != "." else (folder,):
            if model := _newest(tree):
                yield model
    for path in folder.iterdir():
        # `pip download` leaves the wheels of what botocore depends on in the same folder.
        packed = path.name.startswith("botocore-") and path.name.endswith(_WHEELS + _SDISTS)
        if (packed or path.name.endswith(_MODEL_FILES)) and path.is_file():
            yield path


def _from_wheel(path: Path) -> tuple[str, bytes]:
    if path.stat().st_size > LARGEST_WHEEL:
        raise ModelSourceError(
            f"{path} is larger than any wheel of botocore: over {LARGEST_WHEEL} bytes"
        )
    with zipfile.ZipFile(path) as wheel:
        _check_members(path, len(wheel.infolist()))
        models = [info for info in wheel.infolist() if _ARCHIVED_MODEL.fullmatch(info.filename)]
        if not models:
            raise _no_model_in(path)
        newest = max(models, key=lambda info: _rank(info.filename))
        if newest.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            raise ModelSourceError(f"{newest.filename} in {path} is not compressed as wheels are")
        if newest.flag_bits & 1:
            raise ModelSourceError(f"{newest.filename} in {path} is encrypted")
        return newest.filename, _limited(wheel.open(newest), f"{newest.filename} in {path}")


def _from_sdist(path: Path) -> tuple[str, bytes]:
    newest, data = "", b""
    with (
        Unpacked(path, LARGEST_ARCHIVE) as unpacked,
        tarfile.open(fileobj=unpacked, mode="r:") as sdist,
    ):
        # A tar file has no table of contents, and going back means to unpack all of it once more.
        for number, info in enumerate(sdist):
            _check_members(path, number)
            if info.size < 0:  # it would lead back to where we were
                raise tarfile.ReadError(f"{info.name} has a size of {info.size}")
            better = _ARCHIVED_MODEL.fullmatch(info.name) and _rank(info.name) > _rank(newest)
            stream = sdist.extractfile(info) if better and info.isreg() else None
            if stream is not None:
                unpacked.most = LARGEST_MODEL + 1
                newest, data = info.name, _limited(stream, f"{info.name} in {path}")
                unpacked.most = LARGEST_HEADER
        unpacked.seek(LARGEST_ARCHIVE)  # so that a file that breaks off is noticed
    if not newest:
        raise _no_model_in(path)
    return newest, data


def _check_members(path: Path, members: int) -> None:
    if members > MOST_MEMBERS:
        raise ModelSourceError(
            f"{path} has more than the {MOST_MEMBERS} members that are looked at"
        )


def _rank(name: str) -> tuple[str, int]:
    match = _ARCHIVED_MODEL.fullmatch(name)
    return (match["version"], -name.count("/")) if match else ("", 0)


def _no_model_in(path: Path) -> ModelSourceError:
    return ModelSourceError(
        f"no service model of {SERVICE} in {path}: looked for a member "
        f"{SERVICE}/<version>/service-2.json(.gz)"
    )


def _decompressed(data: bytes, path: Path) -> bytes:
    if data[:2] != b"\x1f\x8b":
        return data
    return _limited(gzip.GzipFile(fileobj=io.BytesIO(data)), path)


def _limited(stream: IO[bytes] | gzip.GzipFile, where: object) -> bytes:
    with stream:
        data = stream.read(LARGEST_MODEL + 1)
    if len(data) > LARGEST_MODEL:
        raise ModelSourceError(
            f"{where} is larger than any service model: over {LARGEST_MODEL} bytes"
        )
    return data


def _release(path: Path, member: str) -> str | None:
    """The version that the package around the model states, or that a name above the model has in it."""
    names = [path.name, *reversed(member.split("/"))]
    if not member:
        tree = path.parents[3] if len(path.parents) > 3 else path.parent  # noqa: PLR2004 - data/service/version
        if version := _version_of(tree):
            return version
        names = [*reversed(path.parts[-_UNPACKED_DEPTH:])]
    for name in names:
        # No file has a longer name, though the members of archives may.
        if release := _RELEASE.match(name[:_LONGEST_NAME]):
            return release["version"]
    return None


def _version_of(package: Path) -> str | None:
    """The version that the source of the package states: an unpacked tree has no other name."""
    init = package / "__init__.py"
    if package.name != "botocore" or not init.is_file():
        return None
    try:
        match = _VERSION.search(init.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return match["version"] if match else None
