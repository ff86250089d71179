"""What the tests of consumer contracts share."""

import pytest

from tests.support.watched import ANSWER, Watched


@pytest.fixture
def watched():
    return Watched(ANSWER)


@pytest.fixture
def service(watched):
    return watched.service
