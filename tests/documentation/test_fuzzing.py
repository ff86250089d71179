"""The statements of ``docs/fuzzing.md`` are true; ``test_pages`` runs its other examples."""

from __future__ import annotations

import re
from typing import Any

import pytest

from pytest_lightsail import strategies
from tests.support.page_runner import Runner
from tests.support.pages import ROOT, Section, sections

PAGE = "docs/fuzzing.md"
GUIDE = (ROOT / PAGE).read_text(encoding="utf-8")

PLAIN = """
from hypothesis import Phase, settings

settings.register_profile("plain", phases=[Phase.generate], database=None)
settings.load_profile("plain")
"""


def test_the_environment_selects_the_hypothesis_profile(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    (profiles,) = sections(PAGE)[-1].blocks
    pytester.makeconftest(profiles.text)
    pytester.makepyfile(
        """
        from hypothesis import settings

        def test_is_thorough():
            assert settings().max_examples == 10_000
        """
    )
    monkeypatch.setenv("HYPOTHESIS_PROFILE", "thorough")
    pytester.runpytest_subprocess().assert_outcomes(passed=1)


def test_the_state_machine_passes_and_a_failing_one_prints_its_steps(
    runner: Runner, pytester: pytest.Pytester
) -> None:
    (section,) = (each for each in sections(PAGE) if each.title == "State machines")
    example, steps = section.blocks
    runner.run(Section(PAGE, section.title, [example]))
    version = '["nextDeployment"]["version"]'
    assert example.text.count(version) == 1
    faulty = example.text.replace(version, f"{version} + 1")
    pytester.makeconftest(PLAIN)
    result = pytester.runpytest_inprocess(pytester.makepyfile(faulty))
    result.assert_outcomes(failed=1)
    shown = ["*state = Releases()", "*state.release(*", "*CreateContainerServiceDeployment(*"]
    result.stdout.fnmatch_lines(shown)
    assert steps.text.endswith("state.teardown()\n")
    exec(f"{example.text}\n{steps.text}", {})  # noqa: S102 - our own page
    names: dict[str, Any] = {}
    with pytest.raises(AssertionError):
        exec(f"{faulty}\n{steps.text}", names)  # noqa: S102 - our own page
    names["state"].teardown()  # the error has prevented this step


def test_the_guide_names_each_strategy_for_valid_values() -> None:
    valid = GUIDE.partition("including edge cases: ")[2].partition("draws whole requests")[0]
    names = set(re.findall(r"`(\w+)(?:\(\w+\))?`", valid))
    hidden = {name for name in strategies.__all__ if name.startswith("invalid_")}
    hidden |= {"Corner", "Corners", "Invalid", "corners", "scenarios"}
    assert names == {*strategies.__all__} - hidden
