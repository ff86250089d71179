"""Every call of a test is recorded, wherever the test runs and however it ends.

The counts of the coverage report show which calls were recorded.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pytest_lightsail import simulate
from pytest_lightsail.accounts import Observer, observers

from .conftest import Run

CREATE = """
    import pytest

    def create(client, name="shop"):
        client.create_container_service(serviceName=name, power="nano", scale=1)
"""


def create_calls(document: dict[str, Any]) -> int:
    """Return the number of recorded calls of CreateContainerService."""
    return int(document["operations"].get("CreateContainerService", 0))


Coverage = Callable[..., dict[str, Any]]


def test_the_calls_of_each_account_are_counted_once(
    pytester: pytest.Pytester, coverage: Coverage
) -> None:
    pytester.makepyfile(
        f"""{CREATE}
    def test_one(lightsail_client):
        create(lightsail_client)

    def test_two(lightsail, lightsail_client):
        create(lightsail_client)
        lightsail.reset()
        create(lightsail_client)

    def test_none():
        pass
    """
    )
    assert create_calls(coverage()) == 3


def test_calls_of_failing_and_skipped_tests_are_counted(
    pytester: pytest.Pytester, coverage: Coverage
) -> None:
    pytester.makepyfile(
        f"""{CREATE}
    def test_fails(lightsail_client):
        create(lightsail_client)
        assert False

    @pytest.fixture
    def shop(lightsail_client):
        create(lightsail_client)
        raise RuntimeError

    def test_fails_in_set_up(shop):
        pass

    @pytest.fixture
    def broken(lightsail_client):
        yield
        create(lightsail_client)
        raise RuntimeError

    def test_fails_in_tear_down(broken):
        pass

    def test_skips(lightsail_client):
        create(lightsail_client)
        pytest.skip()
    """
    )
    assert create_calls(coverage()) == 4


OTHER_ACCOUNTS = f"""{CREATE}
    from pytest_lightsail import Lightsail, simulate, verify_caller

    @pytest.fixture(scope="session")
    def shared():
        with simulate() as lightsail:
            yield lightsail.client()

    def test_shared(shared):
        create(shared, "one")

    def test_shared_again(shared):
        create(shared, "two")

    left_active = Lightsail()

    def test_leaves_an_account_active():
        left_active.start()
        create(left_active.client())
"""


def test_calls_to_an_account_that_outlives_its_test_are_counted(
    pytester: pytest.Pytester, coverage: Coverage
) -> None:
    pytester.makepyfile(f"{OTHER_ACCOUNTS}\n    def teardown_module():\n        left_active.stop()")
    assert create_calls(coverage()) == 3


def test_calls_to_an_account_that_is_active_at_the_end_of_the_run_are_counted(
    pytester: pytest.Pytester, coverage: Coverage
) -> None:
    pytester.makepyfile(test_them=OTHER_ACCOUNTS)
    pytester.makeconftest(
        """
    import sys

    def pytest_unconfigure():
        (module,) = (one for name, one in sys.modules.items() if name.endswith("test_them"))
        module.left_active.stop()
    """
    )
    assert create_calls(coverage()) == 3


EXAMPLES = f"""{CREATE}
    from hypothesis import given, settings
    from pytest_lightsail import strategies

    @settings(max_examples=7, database=None, deadline=None, derandomize=True)
    @given(case=strategies.scales())
    def test_examples(lightsail_client, case):
        create(lightsail_client)
"""


def test_calls_of_hypothesis_examples_are_counted(
    pytester: pytest.Pytester, coverage: Coverage
) -> None:
    pytester.makepyfile(EXAMPLES)
    assert create_calls(coverage()) == 7


def test_calls_of_verify_caller_are_counted_without_the_history_of_its_worlds(
    pytester: pytest.Pytester, coverage: Coverage
) -> None:
    pytester.makepyfile(
        """
    import botocore.session
    from hypothesis import settings
    from hypothesis import strategies as st
    from pytest_lightsail import Scenario, strategies, verify_caller

    client = botocore.session.get_session().create_client("lightsail", "us-east-1")

    def scale_to(scale):
        if not 1 <= scale <= 20:
            raise ValueError(scale)
        client.get_container_services()

    def test_caller():
        report = verify_caller(
            scale_to,
            arguments={"scale": 3},
            invalid={"scale": strategies.invalid_scales(rules={"scale.range"})},
            worlds=["running"],
            scenarios=st.just(Scenario().fault("throttling", times=1)),
            settings=settings(max_examples=20, database=None, derandomize=True),
        )
        assert report.returned
    """
    )
    document = coverage()
    # The service of the `running` world has this transition in its history.
    assert "DEPLOYING activated RUNNING" not in document["transitions"]
    assert document["errors"]["GetContainerServices ThrottlingException"] > 0


INTERRUPTED = f"""{CREATE}
    def test_before(lightsail_client):
        create(lightsail_client)

    def test_interrupted(lightsail_client):
        create(lightsail_client)
        {{}}

    def test_after(lightsail_client):
        create(lightsail_client)
"""


@pytest.mark.parametrize("end", ["raise KeyboardInterrupt", "pytest.exit('enough')"])
def test_calls_before_an_interrupt_are_counted(
    end: str, pytester: pytest.Pytester, coverage: Coverage
) -> None:
    pytester.makepyfile(INTERRUPTED.format(end))
    assert create_calls(coverage(no_reraise_ctrlc=True)) == 2


def test_calls_before_a_stop_at_the_first_failure_are_counted(
    pytester: pytest.Pytester, coverage: Coverage
) -> None:
    pytester.makepyfile(INTERRUPTED.format("assert False"))
    assert create_calls(coverage("-x")) == 2


# --- with other plugins --------------------------------------------------------------------------

FLAKY = f"""{CREATE}
    tries = []

    @pytest.mark.flaky(reruns=2)
    def test_third_time_lucky(lightsail_client):
        create(lightsail_client)
        tries.append(1)
        assert len(tries) == 3
"""


def test_calls_of_each_rerun_by_pytest_rerunfailures_are_counted(
    pytester: pytest.Pytester, coverage: Coverage
) -> None:
    pytest.importorskip("pytest_rerunfailures")
    pytester.makepyfile(FLAKY)
    assert create_calls(coverage("-p", "pytest_rerunfailures")) == 3


GROUPED = f"""{CREATE}
    from pytest_lightsail import Fault, Scenario, simulate

    @pytest.fixture(scope="session")
    def shared():
        with simulate() as lightsail:
            yield lightsail.client()

    @pytest.mark.xdist_group("shared")
    @pytest.mark.parametrize("name", ["one", "two"])
    def test_shared(shared, name):
        create(shared, name)

    @pytest.mark.parametrize("number", range(6))
    def test_deploys(lightsail, lightsail_client, number):
        create(lightsail_client)
        lightsail.clock.advance(60)
        if number % 2:
            lightsail.script.deploy(fails_at="EVALUATING_HEALTH_CHECK")
        lightsail_client.create_container_service_deployment(
            serviceName="shop", containers={{"web": {{"image": "nginx"}}}}
        )
        lightsail.clock.advance(600)
        with pytest.raises(lightsail_client.exceptions.InvalidInputException):
            create(lightsail_client)

    def test_faults(lightsail, lightsail_client):
        lightsail.faults.add(Fault.access_denied())
        with pytest.raises(lightsail_client.exceptions.AccessDeniedException):
            create(lightsail_client)

    @pytest.fixture
    def broken(lightsail_client):
        create(lightsail_client)
        raise RuntimeError

    def test_fails_in_set_up(broken):
        pass

    @pytest.mark.lightsail(scenario=Scenario().fault("throttling", times=1))
    def test_is_throttled(lightsail, lightsail_client):
        create(lightsail_client)
"""


def test_a_run_with_xdist_reports_the_same_coverage_as_a_run_without(
    pytester: pytest.Pytester, run: Run
) -> None:
    pytest.importorskip("xdist")
    pytester.makepyfile(GROUPED)
    flags = (
        "--lightsail-cov=all",
        "--lightsail-cov-report=term-missing",
        "--lightsail-cov-report=json",
    )

    def table(result: pytest.RunResult) -> str:
        result.assert_outcomes(passed=10, errors=1)
        return result.stdout.str().partition("Lightsail coverage")[2].partition("= short test")[0]

    alone = table(run(*flags))
    file = pytester.path / "lightsail-coverage.json"
    written = file.read_bytes()
    file.unlink()
    together = table(run(*flags, "-n", "2", "--dist", "loadgroup"))

    assert file.read_bytes() == written
    assert together == alone
    assert "failed FAILED 3" in alone


def test_an_observer_receives_each_call_before_the_account_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[tuple[str, int]] = []

    class Calls(Observer):
        def called(self, operation: str) -> None:
            seen.append((operation, len(lightsail.calls)))

    monkeypatch.setattr("pytest_lightsail.accounts.observers", [Calls()])
    with simulate() as lightsail:
        lightsail.client().get_regions()
        lightsail.client().get_operations()
    assert seen == [("GetRegions", 0), ("GetOperations", 1)]


def test_a_run_removes_its_observers_when_it_ends(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile(
        f"{CREATE}\n    def test_one(lightsail_client):\n        create(lightsail_client)"
    )
    before = list(observers)
    run("--lightsail-cov")
    assert observers == before


def test_a_run_without_the_flag_adds_no_coverage_observer(
    pytester: pytest.Pytester, run: Run
) -> None:
    pytester.makepyfile(
        """
    from pytest_lightsail.accounts import observers

    def test_one(lightsail, request):
        assert not request.config.pluginmanager.has_plugin("lightsail_coverage")
        assert [type(each).__name__ for each in observers][-1:] == ["ReportMasking"]
    """
    )
    run().assert_outcomes(passed=1)
