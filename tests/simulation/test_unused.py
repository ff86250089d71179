"""What was prepared and never met fails the test; and finding calls."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from pytest_lightsail import Fault, Unused, simulate

NEW = {"serviceName": "shop", "power": "nano", "scale": 1}


def test_an_unused_script_is_told_of_at_the_end() -> None:
    with pytest.raises(Unused, match=r"script\.deploy\(takes=5\) of shop"), simulate() as lightsail:
        lightsail.script.deploy(service="shop", takes=5)


def test_an_unused_fault_or_answer_is_told_of_at_the_end() -> None:
    def prepares_in_vain() -> None:
        with simulate() as lightsail:
            lightsail.faults.add(Fault.throttling())
            lightsail.respond("GetDisks", {})

    with pytest.raises(Unused, match=r"throttling\); respond\('GetDisks'"):
        prepares_in_vain()


def test_what_is_optional_may_stay_unused() -> None:
    with simulate() as lightsail:
        lightsail.script.create(takes=5, optional=True)
        lightsail.faults.add(Fault.throttling(), optional=True)
        lightsail.respond("GetDisks", {}, optional=True)


def test_everything_may_stay_unused_where_the_option_says_so() -> None:
    with simulate(allow_unused=True) as lightsail:
        lightsail.script.create(takes=5)


def test_an_error_in_the_block_is_not_hidden() -> None:
    def fails() -> None:
        with simulate() as lightsail:
            lightsail.script.create(takes=5)
            raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        fails()


def test_what_was_used_once_is_used() -> None:
    with simulate() as lightsail:
        lightsail.faults.add(Fault.throttling(), times=9)
        with pytest.raises(ClientError):
            lightsail.client().get_container_services()


def test_a_test_fails_at_its_end(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        from hypothesis import given, strategies as st

        def test_prepared_in_vain(lightsail):
            lightsail.script.deploy(never_ends=True)

        @given(st.integers())
        def test_in_an_example(lightsail, number):
            lightsail.script.deploy(never_ends=True)

        def test_fails_anyway(lightsail):
            lightsail.script.deploy(never_ends=True)
            assert False
        """
    )
    result = pytester.runpytest_inprocess("-p", "no:asyncio")
    result.assert_outcomes(failed=3)
    result.stdout.fnmatch_lines(
        ["*Unused: prepared, but never met: script.deploy(never_ends=True)*"]
    )


def test_calls_are_found_by_part_of_their_parameters(lightsail) -> None:
    client = lightsail.client()
    client.create_container_service(**NEW, deployment={"containers": {"web": {"image": "nginx"}}})
    client.get_container_services()
    found = lightsail.calls("CreateContainerService", deployment={"containers": {"web": {}}})
    assert found.count() == 1
    assert found.last is lightsail.calls.first
    assert lightsail.calls("CreateContainerService", serviceName="other").none
    assert lightsail.calls.count("CreateContainerService", power="nano") == 1
    assert lightsail.calls(serviceName="shop").count() == 1


def test_lists_are_held_element_by_element(lightsail) -> None:
    given = [{"key": "team", "value": "red"}, {"key": "env"}]
    lightsail.client().create_container_service(**NEW, tags=given)
    assert lightsail.calls.count("CreateContainerService", tags=[{"key": "team"}, {}]) == 1
    assert lightsail.calls.count("CreateContainerService", tags=[{"key": "team"}]) == 0
    assert lightsail.calls.count("CreateContainerService", tags=[{"key": "env"}, {}]) == 0
    assert lightsail.calls.count("CreateContainerService", tags=[{}, {}, {}]) == 0


def test_calls_read_one_a_line(lightsail) -> None:
    lightsail.client().get_container_services()
    assert repr(lightsail.calls) == "<1 calls\n  <GetContainerServices() at 0.1 s: ok>>"
