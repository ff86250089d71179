"""The guide on fuzzing says what is true: each of its blocks runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

# pytester forgets what a run in this process imports first; Hypothesis does not bear that.
import pytest_lightsail.verification.state_machine  # noqa: F401
from pytest_lightsail import LightsailStateMachine, strategies

DOCS = Path(__file__).parents[2] / "docs"
GUIDE = (DOCS / "fuzzing.md").read_text(encoding="utf-8")

# The blocks of one section make one module.
SECTIONS = re.split(r"^## ", GUIDE, flags=re.MULTILINE)
PYTHON = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)
BLOCKS = [text for text in ("\n".join(PYTHON.findall(section)) for section in SECTIONS) if text]
TESTS = [block for block in BLOCKS if re.search(r"^(def test_|Test\w+ = )", block, re.MULTILINE)]
CONFTEST = """
from hypothesis import settings
settings.register_profile("short", max_examples=10, deadline=None, database=None)
settings.load_profile("short")
"""


@pytest.mark.parametrize("block", TESTS, ids=lambda block: re.findall(r"[Tt]est_?\w+", block)[-1])
def test_each_example_passes(
    block: str, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("boto3")
    monkeypatch.setenv("PYTEST_ADDOPTS", "-p no:asyncio -p no:randomly")
    pytester.makepyfile(f"{CONFTEST}\n{block}")
    tests = len(re.findall(r"^(?:def test_|Test\w+ = )", block, re.MULTILINE))
    pytester.runpytest_inprocess().assert_outcomes(passed=tests)


def test_the_profiles_are_chosen_by_the_environment(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    (profiles,) = (block for block in BLOCKS if block not in TESTS)
    pytester.makeconftest(profiles)
    pytester.makepyfile(
        """
        from hypothesis import settings

        def test_is_thorough():
            assert settings().max_examples == 10_000
        """
    )
    monkeypatch.setenv("HYPOTHESIS_PROFILE", "thorough")
    pytester.runpytest_subprocess("-p", "no:asyncio").assert_outcomes(passed=1)


def test_the_strategies_and_options_that_it_names_exist() -> None:
    valid = GUIDE.partition("corners included: ")[2].partition("are whole documents")[0]
    for name in re.findall(r"`(\w+)(?:\(\w+\))?`", valid):
        assert name in strategies.__all__
    for attribute in ("services", "service_names", "faults", "may_be_refused", "client"):
        assert f"{attribute}" in GUIDE
        assert hasattr(LightsailStateMachine, attribute)


def test_links_lead_to_files() -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", GUIDE):
        assert (DOCS / target).exists(), target
