"""Every code block on every documentation page runs, and has the output that the page shows."""

from __future__ import annotations

import importlib
import re

import pytest

from tests.support.page_runner import Runner
from tests.support.pages import PAGES, ROOT, Section, links, sections

SECTIONS = [section for page in PAGES for section in sections(page) if section.blocks]

ELSEWHERE = {
    "README.md#test-it": "test_readme.test_ci_runs_the_test_command",
    "README.md#try-it": "test_readme.test_the_command_to_try_the_package_runs",
    "docs/fuzzing.md#state-machines": (
        "test_fuzzing.test_the_state_machine_passes_and_a_failing_one_prints_its_steps"
    ),
    "docs/fuzzing.md#profiles-database-and-seed": (
        "test_fuzzing.test_the_environment_selects_the_hypothesis_profile"
    ),
    "docs/coverage.md#a-whole-table": (
        "test_coverage.test_the_example_project_produces_the_table_and_contract_that_are_shown"
    ),
    "docs/coverage.md#what-was-tested-api-coverage": (
        "test_coverage.test_the_page_shows_what_its_tests_print_and_write"
    ),
    "docs/coverage.md#the-document": (
        "test_coverage.test_the_page_shows_what_its_tests_print_and_write"
    ),
    "docs/coverage.md#switch-on-coverage": (
        "test_coverage.test_the_ini_file_of_the_page_switches_coverage_on"
    ),
    "docs/consumer-contract.md#record-it": (
        "test_consumer_contract_page.test_the_commands_print_the_output_that_the_page_shows"
    ),
    "docs/consumer-contract.md#check-it": (
        "test_consumer_contract_page.test_the_command_before_an_upgrade_fails_on_a_dangerous_change"
    ),
    "docs/report.md#a-failing-test": (
        "test_report.test_the_example_fails_with_the_report_that_the_page_shows"
    ),
    "docs/lifecycle.md#container-services": (
        "test_tables.test_each_edge_is_drawn_and_listed_with_its_source"
    ),
    "docs/lifecycle.md#deployments": (
        "test_tables.test_each_edge_is_drawn_and_listed_with_its_source"
    ),
    "docs/lifecycle.md#certificates": "test_tables.test_the_committed_page_is_up_to_date",
}
"""Sections that another test runs, because they need more than an empty directory."""

HERE = [section for section in SECTIONS if section.id not in ELSEWHERE]


@pytest.mark.parametrize("section", HERE, ids=lambda section: section.id)
def test_the_blocks_of_a_section_run(
    section: Section, runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    if any("mock_aws" in block.text for block in section.blocks):
        monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)  # moto intercepts only AWS's own
    runner.run(section)


def test_each_section_that_another_test_runs_exists_and_so_does_the_test() -> None:
    assert set(ELSEWHERE) <= {section.id for section in SECTIONS}
    for test in ELSEWHERE.values():
        module, _, name = test.partition(".")
        assert hasattr(importlib.import_module(f"tests.documentation.{module}"), name), test


def test_each_file_that_a_page_names_is_used_on_the_page() -> None:
    for page in PAGES:
        blocks = [block for section in sections(page) for block in section.blocks]
        runs = any(
            re.search(r"^\$ pytest |def test_", block.text, re.MULTILINE) for block in blocks
        )
        for block in blocks:
            name = block.name or ""
            mentions = (each.text for each in blocks if each is not block)
            assert (
                not name
                or (ROOT / name).is_file()
                or (runs and name.startswith(("conftest.", "pytest.", "test_")))
                or any(name.partition(".")[0] in text for text in mentions)
                or (name.endswith(".tf") and any("terraform " in block.text for block in blocks))
            ), f"{block.where}: {name} is not used on the page"


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_to_existing_files(page: str) -> None:
    for target in links(page):
        assert ((ROOT / page).parent / target).exists(), target


@pytest.mark.parametrize("page", [page for page in PAGES if page.startswith("docs/")])
def test_each_page_is_in_the_navigation(page: str) -> None:
    name = page.removeprefix("docs/").removesuffix(".md")
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    assert name == "index" or re.search(rf"^{name}$", index, re.MULTILINE)


# --- the runner itself ---------------------------------------------------------------------------


def section_of(text: str) -> Section:
    (section,) = (each for each in sections("docs/index.md", text) if each.blocks)
    return section


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("# T\n```cobol\nSTOP RUN.\n```\n", "cannot run 'cobol'"),
        ("# T\n```python\ndef test_it():\n    assert False\n```\n", "failed"),
        ("# T\n```python\ndef test_it(nothing):\n    pass\n```\n", "errors"),
        ("# T\n```console\n$ false\n```\n", "false"),
        ("# T\n```console\n$ echo well\nill\n```\n", "but the output is"),
        ("# T\n```console\n$ pip install leftpad\n```\n", "leftpad"),
        ("# T\n```python\nprint(1)\n```\n```text\n2\n```\n", "but the output is"),
        ("# T\n```text\n2\n```\n", "the previous block has no output"),
        ("# T\n```ini\na = 1\n```\n", "name the file"),
        ("# T\n```python\n# tests/support/pages.py\n```\n", "differs from the file"),
    ],
)
def test_the_runner_reports_an_incorrect_block(text: str, message: str, runner: Runner) -> None:
    with pytest.raises(AssertionError) as error:
        runner.run(section_of(text))
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("```\nx\n```\n", "without a language"),
        ("```python\nx\n", "without an end"),
        ("text\n\n    x = 1\n", "indented"),
    ],
)
def test_a_block_that_cannot_be_run_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        sections("docs/index.md", text)
