"""Makes `release_tool` importable without installing it, and every run of a test the same."""

import random
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(autouse=True)
def same_waits_between_retries():
    """botocore draws them from `random`."""
    random.seed(0)
