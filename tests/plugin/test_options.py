"""Options of the ini file, the command line and the marker are checked before the first test."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_lightsail import ConfigurationError, Options
from pytest_lightsail.options import OptionArguments, option_fields

SHOW = """
    def test_shows(lightsail, lightsail_client):
        lightsail_client.get_container_services()
        print("region", lightsail_client.meta.region_name, "took", lightsail.clock.elapsed)
"""


def test_the_ini_file_sets_options(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\nlightsail_region = eu-west-1\nlightsail_latency = 2.5\n")
    pytester.makepyfile(SHOW)
    pytester.runpytest_inprocess("-s").stdout.fnmatch_lines(["*region eu-west-1 took 2.5*"])


def test_the_command_line_overrides_the_ini_file(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\nlightsail_region = eu-west-1\n")
    pytester.makepyfile(SHOW)
    result = pytester.runpytest_inprocess("-s", "--lightsail-region=us-west-2")
    result.stdout.fnmatch_lines(["*region us-west-2*"])


def test_the_closest_marker_overrides_all_other_settings(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest

        pytestmark = pytest.mark.lightsail(region="eu-west-1", latency=3)

        @pytest.mark.lightsail(region="eu-west-2")
        def test_shows(lightsail, lightsail_client):
            lightsail_client.get_container_services()
            print("region", lightsail_client.meta.region_name, "took", lightsail.clock.elapsed)
        """
    )
    result = pytester.runpytest_inprocess("-s", "--strict-markers", "--lightsail-region=us-west-2")
    result.stdout.fnmatch_lines(["*region eu-west-2 took 3.0*"])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("region", "Ireland"),
        ("seed", "many"),
        ("latency", "-1"),
        ("latency", "inf"),
        ("patience", "nan"),
        ("real_time", "maybe"),
        ("mask", "2"),
        ("show_timeline", "sometimes"),
    ],
)
def test_an_invalid_ini_value_is_a_usage_error(
    pytester: pytest.Pytester, name: str, value: str
) -> None:
    pytester.makeini(f"[pytest]\nlightsail_{name} = {value}\n")
    pytester.makepyfile("def test_nothing(): pass")
    result = pytester.runpytest_inprocess()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: lightsail_{name} = '{value}' is invalid: expected *"])


def test_an_invalid_flag_value_is_a_usage_error_that_names_the_flag(
    pytester: pytest.Pytester,
) -> None:
    result = pytester.runpytest_inprocess("--lightsail-latency=-1")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        ["ERROR: --lightsail-latency '-1' is invalid: expected a number of seconds from 0 to 200,*"]
    )


def test_a_boolean_flag_takes_no_value(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_first=SHOW, test_other="def test_other(): pass")
    result = pytester.runpytest_inprocess("--lightsail-real-time", "test_first.py")
    result.stdout.fnmatch_lines(["lightsail: simulated in us-east-1, real time, seed 0"])
    result.assert_outcomes(passed=1)


def test_the_command_line_can_turn_off_a_boolean_option(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\nlightsail_real_time = true\n")
    result = pytester.runpytest_inprocess("-o", "lightsail_real_time=false")
    result.stdout.fnmatch_lines(["lightsail: simulated in us-east-1, virtual time, seed 0"])


@pytest.mark.parametrize(
    ("marker", "message"),
    [
        (
            "regoin='eu-west-1'",
            "*unknown option 'regoin'; expected one of region,*; did you mean 'region'*",
        ),
        ("'eu-west-1'", "*unknown option 'eu-west-1'; expected one of region,*"),
        ("latency=True", "*latency=True is invalid: expected a number of seconds*"),
    ],
)
def test_an_invalid_marker_stops_the_run_before_the_first_test(
    pytester: pytest.Pytester, marker: str, message: str
) -> None:
    pytester.makepyfile(
        f"""
        import pytest

        def test_first():
            print("the first test ran")

        @pytest.mark.lightsail({marker})
        def test_marked(lightsail):
            pass
        """
    )
    result = pytester.runpytest_inprocess("-s")
    result.stdout.no_fnmatch_line("*the first test ran*")
    (result.stderr if result.errlines else result.stdout).fnmatch_lines([message])


def test_an_invalid_marker_added_at_run_time_is_reported(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest

        def test_marked(request):
            request.node.add_marker(pytest.mark.lightsail(regoin="eu-west-1"))
            request.getfixturevalue("lightsail")
        """
    )
    pytester.runpytest_inprocess().stdout.fnmatch_lines(["*unknown option 'regoin'; *"])


def test_every_option_has_a_flag_an_ini_entry_and_a_help_text(pytester: pytest.Pytester) -> None:
    text = pytester.runpytest_inprocess("--help").stdout.str()
    for name, option in option_fields().items():
        flag, is_switch = f"--lightsail-{name.replace('_', '-')}", isinstance(option.default, bool)
        assert (flag if is_switch else f"{flag}=VALUE") in text
        assert f"lightsail_{name} (string)" in text
        assert option.metadata["help"].split(",")[0].split(";")[0][:30] in text


def test_an_option_without_a_default_value_describes_its_default() -> None:
    for option in option_fields().values():
        assert (option.default is None) == bool(option.metadata["unset"]), option.name


def test_option_arguments_contain_every_option() -> None:
    assert OptionArguments.__optional_keys__ == frozenset(option_fields())


def test_the_report_header_shows_region_time_and_seed(pytester: pytest.Pytester) -> None:
    result = pytester.runpytest_inprocess("--lightsail-seed=7", "--lightsail-real-time")
    result.stdout.fnmatch_lines(["lightsail: simulated in us-east-1, real time, seed 7"])


def test_real_time_leaves_the_time_functions_unpatched(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest, time

        @pytest.mark.lightsail(real_time=True)
        def test_real(lightsail):
            assert time.sleep.__module__ == "time"
        """
    )
    pytester.runpytest_inprocess().assert_outcomes(passed=1)


@pytest.mark.parametrize(
    "wrong",
    [
        {"latency": 10**400},
        {"latency": 1e300},
        {"speed": 1e300},
        {"patience": 10**400},
        {"seed": 10**5000},
        {"latency": 10**5000},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_a_number_that_is_too_large_is_refused(wrong: dict[str, Any]) -> None:
    (name,) = wrong
    with pytest.raises(ConfigurationError, match=f"{name}=.* is invalid: expected a "):
        Options(**wrong)


def test_patience_can_be_infinite() -> None:
    assert Options(patience=float("inf")).patience == float("inf")
