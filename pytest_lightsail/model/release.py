"""Which release of botocore a service model is of, as files of ours have it.

The model itself does not say, but what it came with does; ``sources`` looks for it as it reads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .service import ServiceModel

__all__ = ["UNKNOWN", "release"]

UNKNOWN = "unknown"


def release(model: ServiceModel) -> str:
    """The version of the botocore that the model is from, ``"unknown"`` if nothing says.

    >>> from pytest_lightsail.model.service import parse
    >>> release(parse({"metadata": {}, "operations": {}, "shapes": {}}, source="a test"))
    'unknown'
    """
    return model.release or UNKNOWN
