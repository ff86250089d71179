"""If the teardown of a test fails, its account still ends, and the next test runs in real time."""

from __future__ import annotations

import pytest

AFTER = """

def test_after():
    assert time.time() > 1_700_000_000
    assert not waiting.stack
"""
HEAD = """
import time
import pytest
from pytest_lightsail.clock import waiting

"""


def outcomes(pytester: pytest.Pytester, source: str) -> dict[str, int]:
    pytester.makepyfile(HEAD + "\n".join(line[8:] for line in source.splitlines()) + AFTER)
    result = pytester.runpytest_inprocess()
    return result.parseoutcomes()


def test_the_account_ends_if_its_server_fails_to_stop(pytester: pytest.Pytester) -> None:
    found = outcomes(
        pytester,
        """
        def test_breaks_the_server(lightsail_server):
            server = lightsail_server._server

            def refuse(patience, stop=server.stop):
                stop(patience)
                raise OSError("the socket is gone")

            server.stop = refuse
        """,
    )
    assert found == {"passed": 2, "errors": 1}


def test_the_account_ends_if_the_teardown_of_a_wider_fixture_fails(
    pytester: pytest.Pytester,
) -> None:
    found = outcomes(
        pytester,
        """
        @pytest.fixture(scope="class")
        def wide():
            yield
            raise OSError("the teardown failed")

        class TestOne:
            def test_one(self, wide, lightsail):
                pass
        """,
    )
    assert found == {"passed": 2, "errors": 1}
