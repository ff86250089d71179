"""Check properties that hold for every table and every account, whatever goes wrong."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sizes import ConfigError, apply

from pytest_lightsail import attempt, strategies

NAMES = strategies.service_names()
SIZES = st.fixed_dictionaries({"power": strategies.powers(), "scale": strategies.scales()})
BAD_NAMES = strategies.invalid_service_names(rules={"service-name.length", "service-name.pattern"})
TABLES = st.dictionaries(NAMES, SIZES, min_size=1, max_size=3)

quick = settings(max_examples=20, deadline=None)


def sizes_of(lightsail):
    return {
        name: {"power": service.power, "scale": service.scale}
        for name, service in lightsail.services.items()
    }


# --- valid tables --------------------------------------------------------------------------------


@quick
@given(table=TABLES)
def test_the_account_becomes_what_the_table_says(lightsail, table):
    apply(table)

    assert sizes_of(lightsail) == table
    assert {service.state for service in lightsail.services.values()} == {"READY"}


@quick
@given(before=SIZES, after=SIZES)
def test_any_size_becomes_any_other(lightsail, before, after):
    apply({"shop": before})
    apply({"shop": after})

    assert sizes_of(lightsail) == {"shop": after}


@quick
@given(table=TABLES)
def test_a_second_run_changes_nothing(lightsail, table):
    apply(table)
    calls = len(lightsail.calls)
    apply(table)

    operations = {call.operation for call in lightsail.calls[calls:]}
    assert operations == {"GetContainerServices"}


# --- invalid tables ------------------------------------------------------------------------------


@quick
@given(case=BAD_NAMES)
def test_a_bad_name_never_reaches_aws(lightsail, case):
    with pytest.raises(ConfigError):
        apply({case.value: {"power": "nano"}})
    assert lightsail.calls.none


@quick
@given(case=strategies.invalid_powers())
def test_a_bad_power_never_reaches_aws(lightsail, case):
    with pytest.raises(ConfigError, match="shop"):
        apply({"shop": {"power": case.value}})
    assert lightsail.calls.none


@quick
@given(case=strategies.invalid_scales())
def test_a_bad_scale_never_reaches_aws(lightsail, case):
    with pytest.raises(ConfigError, match="shop"):
        apply({"shop": {"power": "nano", "scale": case.value}})
    assert lightsail.calls.none


# --- failures during a run ------------------------------------------------------------------------


@quick
@given(size=SIZES, scenario=strategies.scenarios(service="shop"))
def test_it_ends_and_tells_the_truth(lightsail, size, scenario):
    lightsail.play(scenario)

    outcome = attempt(apply, {"shop": size})

    assert outcome.finished_within(minutes=20)
    if outcome.succeeded:
        assert sizes_of(lightsail) == {"shop": size}
