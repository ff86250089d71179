"""A comparison of states that fails shows how it came to that."""

from __future__ import annotations

import pytest


def run(pytester: pytest.Pytester, body: str) -> pytest.RunResult:
    pytester.makepyfile(
        f"""
        def test_it(lightsail, lightsail_client):
            lightsail_client.create_container_service(serviceName="shop", power="nano", scale=1)
            {body}
        """
    )
    return pytester.runpytest_inprocess("-p", "no:asyncio", "--lightsail-show-timeline=never")


def test_a_state_is_explained_by_the_timeline(pytester: pytest.Pytester) -> None:
    result = run(pytester, 'assert lightsail.services["shop"].state == "RUNNING"')
    result.stdout.fnmatch_lines(
        ["E * 'PENDING' == 'RUNNING'*", "E *The timeline, its end:", "E *shop: PENDING*"]
    )


def test_calls_are_explained_by_the_timeline(pytester: pytest.Pytester) -> None:
    result = run(pytester, "assert lightsail.calls == []")
    result.stdout.fnmatch_lines(["E *1 call: *", "E *The timeline, its end:"])


def test_other_comparisons_are_left_alone(pytester: pytest.Pytester) -> None:
    result = run(pytester, "assert [1, 2] == [1, 3]")
    result.stdout.fnmatch_lines(["E *At index 1 diff: 2 != 3"])
    result.stdout.no_fnmatch_line("*The timeline, its end:*")


def test_a_state_detail_is_explained_by_the_timeline(pytester: pytest.Pytester) -> None:
    result = run(
        pytester, 'assert lightsail.services["shop"].state_detail == "CREATING_DEPLOYMENT"'
    )
    result.stdout.fnmatch_lines(["E *None == 'CREATING_DEPLOYMENT'*", "E *The timeline, its end:"])


def test_a_state_that_is_still_to_come_is_explained_by_how_to_get_there(
    pytester: pytest.Pytester,
) -> None:
    result = run(pytester, 'assert lightsail.services["shop"].state == "READY"')
    result.stdout.fnmatch_lines(
        [
            "E * 'PENDING' == 'READY'*",
            "E *shop becomes READY in 40 s (assumed, A36): lightsail.clock.advance_until_settled()",
        ]
    )
