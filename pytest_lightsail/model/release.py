"""Which release of botocore a service model is of.

The model itself does not say, but what it came with does: the package around an installed model
or an unpacked tree, and the name of a wheel, of a source archive or of a folder called after one.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .service import ServiceModel

__all__ = ["UNKNOWN", "release"]

UNKNOWN = "unknown"

_VERSION = re.compile(r"^__version__ = [\"']([^\"']+)[\"']", re.MULTILINE)
_NAMED = re.compile(r"botocore-([0-9]+(?:\.[0-9]+)+)")


def release(model: ServiceModel) -> str:
    """The version of the botocore that the model is from, ``"unknown"`` if nothing says.

    >>> from pytest_lightsail.model.service import parse
    >>> empty = {"metadata": {}, "operations": {}, "shapes": {}}
    >>> release(parse(empty, source="botocore-1.26.9.tar.gz"))
    '1.26.9'
    """
    path = Path(model.source)
    for folder in path.parents:
        code = folder / "__init__.py"
        if folder.name == "botocore" and code.is_file():
            found = _VERSION.search(code.read_text(encoding="utf-8"))
            if found:
                return found[1]
    named = _NAMED.findall(path.as_posix())
    return str(named[-1]) if named else UNKNOWN
