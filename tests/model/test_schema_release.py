"""The botocore release of a service model."""

import shutil

import botocore
import pytest

from pytest_lightsail.model.service import load
from tests.support.models import INSTALLED, ROOT

FILE = ROOT / "tests" / "data" / "botocore-1.26.9" / "service-2.json.gz"


@pytest.fixture
def placed(tmp_path):
    """Return a function that copies a model to a path, and loads it from there."""

    def placed(place):
        path = tmp_path / place
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(FILE, path)
        return load(path)

    return placed


def test_the_installed_model_has_the_release_of_the_installed_botocore():
    assert INSTALLED.release == botocore.__version__


@pytest.mark.parametrize(
    "place",
    [
        "botocore-1.26.9.json.gz",
        "botocore-1.26.9/service-2.json.gz",
        "botocore-1.26.9/botocore/data/lightsail/2016-11-28/service-2.json.gz",
    ],
)
def test_the_release_is_taken_from_the_name_of_the_file_or_a_folder(placed, place):
    assert placed(place).release == "1.26.9"


def test_the_release_is_unknown_if_no_name_in_the_path_contains_it(placed):
    assert placed("models/service-2.json.gz").release == "unknown"
