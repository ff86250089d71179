"""The intact documents and archives that the tests damage."""

from __future__ import annotations

import io
import json
import warnings
import zipfile
from typing import Any

from pytest_lightsail.model.service import read_model
from tests.support.models import ROOT

NEWEST = ROOT / "tests" / "data" / "botocore-1.44.5" / "service-2.json.gz"
OPERATIONS = ("UntagResource", "GetContainerLog")

CONTRACT = {
    "format": 2,
    "botocore": "1.26.9",
    "uses": {
        "CreateContainerService request": {"type": "structure"},
        "CreateContainerService request power": {"type": "string", "values": ["nano"]},
        "CreateContainerService request scale": {"type": "integer"},
        "CreateContainerService request serviceName": {"type": "string"},
        "GetContainerLog response": {"type": "structure"},
        "GetContainerLog response logEvents[].message": {"type": "string"},
    },
}
SCENARIO: list[Any] = [
    {"deploy": {"fails_at": "CREATING_DEPLOYMENT", "times": 2}},
    {"create": {"takes": 5, "service": "shop"}},
    {"fault": {"name": "error", "code": "NotFoundException", "nth": 2}},
    {
        "another_client": {
            "verb": "deploys",
            "service": "shop",
            "containers": {"web": {"image": "x"}},
        }
    },
]

KEPT = ("UntagResource", "CreateContainerServiceDeployment", "GetContainerLog")


def smaller(model: dict[str, Any]) -> dict[str, Any]:
    """Return the model with only the operations in ``KEPT``, and the shapes that they use."""
    needed: dict[str, Any] = {}

    def need(node: Any) -> None:
        if isinstance(node, dict):
            name = node.get("shape")
            if isinstance(name, str) and name not in needed:
                needed[name] = model["shapes"][name]
                need(needed[name])
            for value in node.values():
                need(value)
        elif isinstance(node, list):
            for value in node:
                need(value)

    operations = {name: model["operations"][name] for name in KEPT}
    need(operations)
    return {**model, "operations": operations, "shapes": needed}


MODEL = smaller(read_model(NEWEST))


# --- archives ------------------------------------------------------------------------------------

MEMBER = "botocore/data/lightsail/2016-11-28/service-2.json"
WHEEL = "botocore-1.0.0-py3-none-any.whl"
SMALLEST = json.dumps({"metadata": {}, "operations": {}, "shapes": {}}).encode()
"""A model without operations and shapes."""


def wheel(*members: tuple[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        warnings.simplefilter("ignore", UserWarning)  # zipfile warns about duplicate names
        for name, data in members:
            archive.writestr(name, data)
    return packed.getvalue()
