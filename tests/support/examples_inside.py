"""Property tests that are run inside of a test."""

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
    """Make a test module; its source is indented by eight."""
    body = "\n".join(line[8:] for line in source.splitlines())
    pytester.makepyfile(HEAD + body)


def in_a_process(pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    """For what Hypothesis keeps in its own modules, such as profiles and seeds."""
    return pytester.runpytest_subprocess("-p", "no:cacheprovider", *arguments)
