"""Makes `release_tool` importable without installing it, and every run of a test the same."""

import os
import random
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
# `release_tool` makes its client when it is imported, and botocore then asks the network for credentials.
# A project with a configuration file of its own says `lightsail_early_environment = true` there.
os.environ.setdefault("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture(autouse=True)
def same_waits_between_retries():
    """botocore draws them from `random`."""
    random.seed(0)
