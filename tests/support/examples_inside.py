"""Property tests that run inside another test."""

from __future__ import annotations

import pytest

HEAD = """
import pytest, time
from hypothesis import Phase, example, given, settings, strategies as st
from hypothesis.database import DirectoryBasedExampleDatabase
from pytest_lightsail import CallerNeverEnds, strategies

# No health check is suppressed. Explanations trace every line of botocore.
quick = settings(
    max_examples=30, deadline=None, database=None, phases=set(Phase) - {Phase.explain}
)

def create(client, name="shop", scale=1):
    client.create_container_service(serviceName=name, power="nano", scale=scale)
"""


def write(pytester: pytest.Pytester, source: str) -> None:
    """Write a test module. Its source is indented by eight spaces."""
    body = "\n".join(line[8:] for line in source.splitlines())
    pytester.makepyfile(HEAD + body)


def in_a_process(pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    """Run pytest in another process, because Hypothesis keeps profiles and seeds in its modules."""
    return pytester.runpytest_subprocess("-p", "no:cacheprovider", *arguments)
