"""HypoFuzz, which fuzzes Hypothesis tests continuously, works with the strategies.

Its command takes a minute to start, so this test drives its collector and target as a worker does.
HypoFuzz does not run pytest's hooks around a test, so its tests use simulate(), not the fixture.
"""

import os
import subprocess
import sys

import pytest

TESTS = """
from hypothesis import given, settings

from pytest_lightsail import simulate, strategies


@settings(deadline=None)
@given(name=strategies.service_names())
def test_service(name):
    with simulate() as lightsail:
        client = lightsail.client()
        client.create_container_service(serviceName=name, power="nano", scale=1)
        assert list(lightsail.services) == [name]
        assert "7" not in name, name
"""

WORKER = """
from hypofuzz.collection import collect_tests

others = [f"-pno:{plugin}" for plugin in ("asyncio", "cacheprovider", "recording", "timeout", "xdist")]
(target,) = collect_tests([*others, "test_fuzzed.py"]).fuzz_targets
target._enter_fixtures()
for count in range(1, 1001):
    target.run_one()
    if target.has_found_failure:
        print("found after", count)
        break
target._exit_fixtures()
"""


def test_hypofuzz_finds_a_failing_example(tmp_path):
    pytest.importorskip("hypofuzz")
    data = pytest.importorskip("hypothesis.internal.conjecture.data")
    if "slice_comments" not in data.ConjectureResult.__annotations__:
        pytest.skip("HypoFuzz 25.11.1 stops at its first finding with this release of Hypothesis")
    (tmp_path / "test_fuzzed.py").write_text(TESTS)

    shown = subprocess.run(  # noqa: S603 - our own source
        [sys.executable, "-c", WORKER],
        check=True,
        cwd=tmp_path,
        # In CI, Hypothesis always runs the same examples, so there is nothing to fuzz.
        env={name: value for name, value in os.environ.items() if name != "CI"},
        stdout=subprocess.PIPE,
        text=True,
        timeout=120,
    ).stdout

    assert "found after" in shown
