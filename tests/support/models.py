"""The service models that tests use."""

from pathlib import Path

from pytest_lightsail.model.service import ServiceModel, load, parse

ROOT = Path(__file__).parents[2]
_DATA = ROOT / "tests" / "data"

CHANGELOG = load(_DATA / "botocore-1.26.9" / "service-2.json.gz")
"""The release of the entry of 2022/05/26 in AWS's changelog."""
NEWEST = load(_DATA / "botocore-1.44.5" / "service-2.json.gz")
INSTALLED = load()


def one_shape(shape, **others) -> ServiceModel:
    """Return a model with the operation ``Do``, whose request and response have the member ``it``."""
    around = {"type": "structure", "members": {"it": {"shape": "It"}}}
    return parse(
        {
            "metadata": {"apiVersion": "1", "endpointPrefix": "test"},
            "operations": {
                "Do": {"input": {"shape": "DoRequest"}, "output": {"shape": "DoResult"}}
            },
            "shapes": {"DoRequest": around, "DoResult": around, "It": shape, **others},
        },
        source="a test",
    )
