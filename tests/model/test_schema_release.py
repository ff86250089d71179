"""The botocore release of a service model."""

import shutil

import botocore
import pytest

from pytest_lightsail.model.service import load
from tests.support.models import INSTALLED, NEWEST, ROOT

FILE = ROOT / "tests" / "data" / "botocore-1.26.9" / "service-2.json.gz"


@pytest.fixture
def placed(tmp_path):
    """The model in a place of that name, and the release that is found for it there."""

    def placed(place):
        path = tmp_path / place
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(FILE, path)
        return load(path)

    return placed


def test_the_installed_model_is_of_the_installed_botocore():
    assert INSTALLED.release == botocore.__version__


@pytest.mark.parametrize(
    "place",
    [
        "botocore-1.26.9.json.gz",
        "botocore-1.26.9/service-2.json.gz",
        "botocore-1.26.9/botocore/data/lightsail/2016-11-28/service-2.json.gz",
    ],
)
def test_names_of_files_and_folders_say_it(placed, place):
    assert placed(place).release == "1.26.9"


def test_the_trimmed_model_of_the_tests_is_in_such_a_folder():
    assert NEWEST.release == "1.44.5"


def test_nothing_says_it_of_a_lone_file(placed):
    assert placed("models/service-2.json.gz").release == "unknown"
