"""``simulate()`` works as a block, with ``start`` and ``stop``, and as a decorator."""

from __future__ import annotations

import asyncio
import unittest
from collections.abc import AsyncIterator, Iterator
from typing import Any

import boto3
import pytest

from pytest_lightsail import ConfigurationError, Lightsail, Scenario, UnusedError, simulate
from pytest_lightsail.accounts import answering
from pytest_lightsail.simulation.handle import active

NEW: dict[str, Any] = {"power": "nano", "scale": 1}


def create(name: str = "shop") -> None:
    boto3.client("lightsail").create_container_service(serviceName=name, **NEW)


def names() -> list[str]:
    found = boto3.client("lightsail").get_container_services()["containerServices"]
    return [one["containerServiceName"] for one in found]


def test_simulate_can_be_entered_again_with_a_clean_account() -> None:
    simulation = simulate(region="eu-west-1")
    for _ in range(2):
        with simulation as lightsail:
            assert names() == []
            create()
            assert list(lightsail.region("eu-west-1").services) == ["shop"]


def test_simulate_can_be_entered_inside_itself() -> None:
    simulation = simulate()
    with simulation:
        create()
        with simulation:
            assert names() == []
        assert names() == ["shop"]


def test_start_activates_an_account_until_stop() -> None:
    simulation = simulate()
    lightsail = simulation.start()
    create()
    simulation.stop()
    assert isinstance(lightsail, Lightsail)
    assert list(lightsail.services) == ["shop"]
    assert not answering


def test_stop_without_start_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"call start\(\) first"):
        simulate().stop()


def test_leaving_a_block_fails_if_stop_was_called_inside_it() -> None:
    simulation = simulate()
    with pytest.raises(ConfigurationError, match="this simulation is not running"), simulation:
        simulation.stop()


def test_stop_reports_an_unused_script() -> None:
    simulation = simulate()
    simulation.start().script.create(takes=5)
    with pytest.raises(UnusedError):
        simulation.stop()


def test_each_call_of_a_decorated_function_has_a_clean_account() -> None:
    @simulate(scenario=Scenario().create(takes=5))
    def release(name: str) -> list[str]:
        """Release it."""
        create(name)
        return names()

    assert [release("a"), release("b")] == [["a"], ["b"]]
    assert release.__doc__ == "Release it."


def test_a_decorated_coroutine_function_has_an_account_while_it_is_awaited() -> None:
    @simulate()
    async def release() -> list[str]:
        create()
        await asyncio.sleep(60)
        return names()

    coroutine = release()
    assert not answering
    assert asyncio.run(coroutine) == ["shop"]


def test_a_decorated_generator_has_an_account_until_it_is_exhausted() -> None:
    @simulate()
    def shop() -> Iterator[list[str]]:
        create()
        yield names()
        assert names() == ["shop"]

    generator = shop()
    assert not answering
    assert list(generator) == [["shop"]]
    assert not answering


def test_closing_a_decorated_generator_ends_its_account() -> None:
    @simulate()
    def shop() -> Iterator[None]:
        yield

    generator = shop()
    next(generator)
    assert answering
    generator.close()
    assert not answering


def test_an_async_generator_cannot_be_decorated() -> None:
    async def shop() -> AsyncIterator[None]:
        yield

    with pytest.raises(TypeError, match="use `with simulate"):
        simulate()(shop)


def test_each_test_of_a_decorated_class_has_its_own_account() -> None:
    @simulate()
    class TestShop:
        helper = names

        def test_1(self) -> list[str]:
            create()
            return names()

        async def test_2(self) -> list[str]:
            return names()

    assert TestShop().test_1() == ["shop"]
    assert asyncio.run(TestShop().test_2()) == []
    assert not answering


class _Cases:
    """Contain test cases that pytest does not collect. The tests below run them."""

    @simulate()
    class Shop(unittest.TestCase):
        def setUp(self) -> None:
            create()

        def test_1(self) -> None:
            create("second")
            assert names() == ["shop", "second"]

        def test_2(self) -> None:
            assert names() == ["shop"]

        @unittest.skip("not now")
        def test_3(self) -> None:
            """Do nothing: unittest does not run the cleanups of a skipped test."""

        def tearDown(self) -> None:
            assert names()[0] == "shop"

    @simulate()
    class Fails(unittest.TestCase):
        def test_prepares(self) -> None:
            create()
            raise ValueError


def run(case: type[unittest.TestCase]) -> unittest.TestResult:
    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(case).run(result)
    assert not answering
    return result


def test_each_test_of_a_test_case_shares_its_account_with_setup_and_teardown() -> None:
    result = run(_Cases.Shop)
    assert (result.testsRun, len(result.skipped)) == (3, 1)
    assert result.wasSuccessful()


def test_a_failing_test_of_a_test_case_ends_its_account() -> None:
    assert len(run(_Cases.Fails).errors) == 1


def test_an_unused_script_fails_a_test_of_a_test_case() -> None:
    @simulate()
    class Unused(unittest.TestCase):
        def test(self) -> None:
            active().script.create(takes=5)

    ((_, traceback),) = run(Unused).failures
    assert "UnusedError" in traceback


def test_pytest_collects_decorated_classes(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import unittest
        import boto3
        from pytest_lightsail import simulate

        def calls():
            return boto3.client("lightsail").get_container_services()["containerServices"]

        @simulate()
        class TestCase(unittest.TestCase):
            def test(self):
                self.assertEqual(calls(), [])

        @simulate()
        class TestPlain:
            def test(self):
                assert calls() == []
        """
    )
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider")
    result.assert_outcomes(passed=2)
