"""The blocks of ``docs/consumer-contract.md`` have the effects and the output that it shows."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import botocore
import pytest

import pytest_lightsail.recording.consumer  # noqa: F401 - pytester unloads new imports
from pytest_lightsail.cli import main
from pytest_lightsail.model.changes import SEVERITIES
from tests.support.mutated_models import adds_value, later_document

PAGE = (Path(__file__).parents[2] / "docs" / "consumer-contract.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


@pytest.fixture
def recorded(pytester: pytest.Pytester) -> Path:
    """Run the first command and return its contract, with the release of botocore from the page."""
    pytest.importorskip("boto3")
    code, tests = blocks("python")
    pytester.makepyfile(shop=code, test_shop=tests)
    program, *args = shlex.split(blocks("sh")[0])
    assert program == "pytest"
    pytester.runpytest_inprocess(*args).assert_outcomes(passed=2)
    contract = pytester.path / args[0].partition("=")[2]
    (shown,) = re.findall(r"^botocore (\S+) ->", PAGE, re.MULTILINE)
    contract.write_text(contract.read_text().replace(botocore.__version__, shown))
    document = later_document(adds_value("ContainerServiceState", "HIBERNATING"))
    (pytester.path / "later.json").write_text(json.dumps(document))
    return contract


def test_the_commands_print_the_output_that_the_page_shows(
    recorded: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert recorded.exists()
    capsys.readouterr()
    for block in blocks("console"):
        command, _, shown = block.partition("\n")
        assert main(shlex.split(command.removeprefix("$ pytest-lightsail "))) == 0
        assert capsys.readouterr().out == shown


def test_the_contract_is_the_one_that_the_page_shows(recorded: Path) -> None:
    (shown,) = blocks("json")
    assert recorded.read_text() == shown


def test_the_command_before_an_upgrade_fails_on_a_dangerous_change(recorded: Path) -> None:
    _, upgrade = blocks("sh")
    (check,) = (line for line in upgrade.splitlines() if line.startswith("pytest-lightsail"))
    args = shlex.split(check)[1:]
    args[args.index("--against") + 1] = "later.json"
    assert main(args) == 1


def test_the_table_names_existing_severities() -> None:
    table = PAGE.partition("|---|")[2].partition("\n\n")[0]
    named = set(re.findall(r"\| (\w+) \|$", table, re.MULTILINE))
    assert named == {"breaking", "dangerous"} < set(SEVERITIES)
