"""The README says what is true, and its example runs."""

from __future__ import annotations

import gzip
import re
import zipfile
from pathlib import Path

import pytest

from pytest_lightsail import Options
from pytest_lightsail.cli import main
from pytest_lightsail.simulator.operations import OPERATIONS

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("heading", ["## Try it", "## Test it"])
def test_each_command_is_one_line_right_after_its_heading(heading: str) -> None:
    after = README.partition(f"{heading}\n")[2]
    assert re.match(r"\n```sh\n[^\n]+\n```\n", after)


EXAMPLES = [block for block in blocks(README, "python") if "def test_" in block]


@pytest.mark.parametrize(
    "example", EXAMPLES, ids=lambda example: re.findall(r"test_\w+", example)[0]
)
def test_the_examples_pass(example: str, pytester: pytest.Pytester) -> None:
    pytest.importorskip("boto3")
    pytester.makepyfile(example)
    tests = example.count("\ndef test_")
    pytester.runpytest_inprocess("-p", "no:asyncio").assert_outcomes(passed=tests)


def test_the_example_of_the_contract_runs() -> None:
    (example,) = (block for block in blocks(README, "python") if "def test_" not in block)
    exec(example, {})  # noqa: S102 - our own README


def test_the_commands_print_what_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for version in ("1.26.8", "1.26.9"):
        model = ROOT / "tests" / "data" / f"botocore-{version}" / "service-2.json.gz"
        with zipfile.ZipFile(f"botocore-{version}-py3-none-any.whl", "w") as wheel:
            member = "botocore/data/lightsail/2016-11-28/service-2.json"
            wheel.writestr(member, gzip.decompress(model.read_bytes()))
    for block in blocks(README, "console"):
        for command in re.findall(r"^\$ pytest-lightsail (.*)$", block, re.MULTILINE):
            assert main(command.split()) == 0
            shown = block.partition(command)[2].lstrip("\n").partition("$ ")[0]
            assert capsys.readouterr().out.startswith(shown)


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
