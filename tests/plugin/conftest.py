"""A local server that replaces AWS."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

# pytester unloads the modules that a run in this process imports first. A second import of
# Hypothesis fails and takes time.
import pytest_lightsail.verification.verify  # noqa: F401
from tests.support.stand_in import stand_in_for_aws


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The operations of the calls that reached the replacement of AWS."""
    with stand_in_for_aws() as (url, operations):
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "real")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "real")
        # An existing default session would keep its old credentials.
        monkeypatch.setattr("boto3.DEFAULT_SESSION", None)
        yield operations
