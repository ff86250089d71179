"""The fixtures work with the database, profiles and seeds of Hypothesis."""

from __future__ import annotations

import pytest

from tests.support.examples_inside import in_a_process, write


@pytest.fixture(autouse=True)
def _no_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clear the seed of the outer run: with it, Hypothesis uses no database in the nested runs."""
    monkeypatch.setattr("hypothesis.core.global_force_seed", None)


# --- the machinery of Hypothesis ---


def test_a_failing_example_is_replayed_first_in_the_next_run(pytester: pytest.Pytester) -> None:
    write(
        pytester,
        """
        @settings(quick, database=DirectoryBasedExampleDatabase("examples"))
        @given(scale=st.integers(1, 20))
        def test_creates(lightsail, lightsail_client, scale):
            create(lightsail_client, scale=scale)
            with open("scales", "a") as file:
                print(lightsail.services["shop"].scale, file=file)
            assert scale < 7
        """,
    )
    scales = pytester.path / "scales"
    pytester.runpytest_inprocess().assert_outcomes(failed=1)
    scales.unlink()
    pytester.runpytest_inprocess().assert_outcomes(failed=1)
    assert scales.read_text().split()[0] == "7"


def test_hypothesis_profiles_and_seeds_are_respected(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(
        """
        from hypothesis import settings
        settings.register_profile(
            "few", max_examples=7, database=None, derandomize=False, deadline=None
        )
        """
    )
    write(
        pytester,
        """
        @given(name=strategies.service_names())
        def test_creates(lightsail, lightsail_client, name):
            create(lightsail_client, name)
            with open("names", "a") as file:
                print(*lightsail.services, file=file)
        """,
    )
    names = pytester.path / "names"
    runs = []
    for _ in range(2):
        result = pytester.runpytest_inprocess("--hypothesis-profile=few", "--hypothesis-seed=5")
        result.assert_outcomes(passed=1)
        runs.append(names.read_text().split())
        names.unlink()
    assert runs[0] == runs[1]
    assert len(runs[0]) == 7


# --- loading of service models ---

COUNT_LOADED_FILES = """
        import boto3, botocore.exceptions, botocore.loaders

        loaded, load_file = [], botocore.loaders.JSONFileLoader.load_file

        def record(self, path):
            loaded.append(path)
            return load_file(self, path)

        botocore.loaders.JSONFileLoader.load_file = record
"""


def test_service_models_are_loaded_before_the_first_example(pytester: pytest.Pytester) -> None:
    write(
        pytester,
        COUNT_LOADED_FILES
        + """
        def test_plain(lightsail):
            assert not loaded
            assert boto3.DEFAULT_SESSION is None

        @pytest.fixture(scope="class")
        def missing_profile():
            with pytest.MonkeyPatch.context() as environment:
                environment.setenv("AWS_PROFILE", "missing_profile")
                yield

        class TestWithoutItsProfile:
            @quick
            @given(scale=st.integers(1, 20))
            def test_raises(self, missing_profile, lightsail, scale):
                with pytest.raises(botocore.exceptions.ProfileNotFound):
                    boto3.client("lightsail")

        @quick
        @given(scale=st.integers(1, 20))
        def test_loads_nothing(lightsail, scale):
            loaded.clear()
            create(boto3.client("lightsail"), scale=scale)
            assert not loaded

        @pytest.mark.lightsail(region="eu-west-1")
        def test_the_default_session_is_left_to_boto3(lightsail):
            assert boto3.DEFAULT_SESSION is None
            assert boto3.client("lightsail").meta.region_name == "eu-west-1"
        """,
    )
    in_a_process(pytester).assert_outcomes(passed=4)


# --- what a failing test shows ---


def test_the_traceback_of_caller_fault_error_ends_in_the_test(
    pytester: pytest.Pytester,
) -> None:
    write(
        pytester,
        """
        import boto3
        from pytest_lightsail import verify_caller

        def begin(token):
            client = boto3.client("lightsail", region_name="us-east-1")
            client.create_container_service(serviceName="shop", power="nano", scale=1)

        def test_sound():
            verify_caller(begin, arguments={"token": "correct-horse"}, examples=3)
        """,
    )
    run = pytester.runpytest_inprocess()
    run.stdout.fnmatch_lines(
        [">*verify_caller(begin,*", "E*begin: returns-too-early: the caller returned*"]
    )
    run.stdout.no_fnmatch_line("*verify.py*")
    run.stdout.no_fnmatch_line("*hypothesis/core.py*")
    run.stdout.no_fnmatch_line("*reproduce_failure*")
