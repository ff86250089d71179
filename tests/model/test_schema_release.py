"""Which botocore a model is of."""

import botocore
import pytest

from pytest_lightsail.model.release import UNKNOWN, release
from pytest_lightsail.model.service import parse
from tests.support.models import INSTALLED, NEWEST


def of(source):
    return release(parse({"metadata": {}, "operations": {}, "shapes": {}}, source=source))


def test_the_installed_model_is_of_the_installed_botocore():
    assert release(INSTALLED) == botocore.__version__


@pytest.mark.parametrize(
    "source",
    [
        "wheels/botocore-1.26.9-py3-none-any.whl",
        "/home/me/botocore-1.26.9.tar.gz",
        "botocore-1.26.9/botocore/data/lightsail/2016-11-28/service-2.json",
        "wheels/botocore-1.26.9-py3-none-any.whl:botocore/data/lightsail/service-2.json",
    ],
)
def test_names_of_packages_and_folders_say_it(source):
    assert of(source) == "1.26.9"


def test_the_trimmed_model_of_the_tests_is_in_such_a_folder():
    assert release(NEWEST) == "1.44.5"


def test_nothing_says_it_of_a_lone_file(tmp_path):
    assert of(str(tmp_path / "service-2.json")) == UNKNOWN
