"""The README says what is true, and its example runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pytest_lightsail import Options
from pytest_lightsail.simulator.operations import OPERATIONS

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("heading", ["## Try it", "## Test it"])
def test_each_command_is_one_line_right_after_its_heading(heading: str) -> None:
    after = README.partition(f"{heading}\n")[2]
    assert re.match(r"\n```sh\n[^\n]+\n```\n", after)


def test_the_example_passes(pytester: pytest.Pytester) -> None:
    pytest.importorskip("boto3")
    (example,) = blocks(README, "python")
    pytester.makepyfile(example)
    tests = example.count("\ndef test_")
    pytester.runpytest_inprocess("-p", "no:asyncio").assert_outcomes(passed=tests)


def test_the_table_of_options_is_complete_and_right() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| `([^`]+)` \|", README, re.MULTILINE))
    defaults = Options()
    assert set(rows) == set(Options.__dataclass_fields__)
    for name, shown in rows.items():
        value = getattr(defaults, name)
        assert str(value).lower().removesuffix(".0") == shown


def test_the_simulated_operations_are_named() -> None:
    sentence = " ".join(README.partition("Simulated are ")[2].partition(";")[0].split())
    assert sorted(re.findall(r"[A-Z]\w+", sentence)) == sorted(OPERATIONS)


def test_links_lead_to_files() -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / target).exists(), target
