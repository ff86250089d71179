"""A server that stands for AWS."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

# pytester forgets what a run in this process imports first.
# Hypothesis does not bear that, and it takes time.
import pytest_lightsail.verification.state_machine  # noqa: F401
from tests.support.stand_in import stand_in_for_aws


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The operations that have reached AWS."""
    with stand_in_for_aws() as (url, operations):
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "real")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "real")
        monkeypatch.setattr("boto3.DEFAULT_SESSION", None)  # it keeps the credentials it has found
        yield operations
