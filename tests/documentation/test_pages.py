"""Every block of code on every page of documentation runs, and what is shown is what comes out."""

from __future__ import annotations

import importlib
import re

import pytest

from tests.support.page_runner import Runner
from tests.support.pages import PAGES, ROOT, Section, links, sections

SECTIONS = [section for page in PAGES for section in sections(page) if section.blocks]

ELSEWHERE = {
    "README.md#test-it": "test_readme.test_the_line_that_tests_is_run_by_ci",
    "README.md#try-it": "test_readme.test_the_line_that_tries_it_runs",
    "docs/fuzzing.md#state-machines": (
        "test_fuzzing.test_a_state_machine_passes_and_a_faulty_one_prints_its_steps"
    ),
    "docs/fuzzing.md#profiles-database-and-seed": (
        "test_fuzzing.test_the_profiles_are_chosen_by_the_environment"
    ),
    "docs/coverage.md#a-whole-table": (
        "test_coverage.test_the_example_project_has_the_table_and_the_contract_that_are_shown"
    ),
    "docs/coverage.md#what-was-tested-api-coverage": (
        "test_coverage.test_the_page_shows_what_its_tests_print_and_write"
    ),
    "docs/coverage.md#the-document": (
        "test_coverage.test_the_page_shows_what_its_tests_print_and_write"
    ),
    "docs/coverage.md#switch-on-coverage": "test_coverage.test_the_ini_file_of_the_page_works",
    "docs/consumer-contract.md#record-it": (
        "test_consumer_contract_page.test_the_commands_print_what_is_shown"
    ),
    "docs/consumer-contract.md#check-it": (
        "test_consumer_contract_page.test_the_command_before_an_upgrade_is_one"
    ),
    "docs/report.md#a-failing-test": "test_report.test_the_test_fails_and_shows_that_timeline",
    "docs/lifecycle.md#container-services": "test_tables.test_every_edge_is_drawn_and_has_its_source",
    "docs/lifecycle.md#deployments": "test_tables.test_every_edge_is_drawn_and_has_its_source",
    "docs/lifecycle.md#certificates": ("test_tables.test_the_committed_page_is_that_of_the_tables"),
}
"""Sections whose blocks another test runs, since they need more than an empty directory."""

HERE = [section for section in SECTIONS if section.id not in ELSEWHERE]


@pytest.mark.parametrize("section", HERE, ids=lambda section: section.id)
def test_what_a_section_shows_runs(
    section: Section, runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    if any("mock_aws" in block.text for block in section.blocks):
        monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)  # moto answers only for AWS's own
    runner.run(section)


def test_what_runs_elsewhere_is_there_and_has_its_test() -> None:
    assert set(ELSEWHERE) <= {section.id for section in SECTIONS}
    for test in ELSEWHERE.values():
        module, _, name = test.partition(".")
        assert hasattr(importlib.import_module(f"tests.documentation.{module}"), name), test


def test_each_file_that_a_page_names_is_used_there() -> None:
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
            ), f"{block.where}: nobody uses {name}"


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_to_files(page: str) -> None:
    for target in links(page):
        assert ((ROOT / page).parent / target).exists(), target


@pytest.mark.parametrize("page", [page for page in PAGES if page.startswith("docs/")])
def test_each_page_is_in_the_navigation(page: str) -> None:
    name = page.removeprefix("docs/").removesuffix(".md")
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    assert name == "index" or re.search(rf"^{name}$", index, re.MULTILINE)


# --- the mechanism itself ------------------------------------------------------------------------


def section_of(text: str) -> Section:
    (section,) = (each for each in sections("docs/index.md", text) if each.blocks)
    return section


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("# T\n```cobol\nSTOP RUN.\n```\n", "nobody runs 'cobol'"),
        ("# T\n```python\ndef test_it():\n    assert False\n```\n", "failed"),
        ("# T\n```python\ndef test_it(nothing):\n    pass\n```\n", "errors"),
        ("# T\n```console\n$ false\n```\n", "false"),
        ("# T\n```console\n$ echo well\nill\n```\n", "but the output is"),
        ("# T\n```console\n$ pip install leftpad\n```\n", "leftpad"),
        ("# T\n```python\nprint(1)\n```\n```text\n2\n```\n", "but the output is"),
        ("# T\n```text\n2\n```\n", "nothing before it has any output"),
        ("# T\n```ini\na = 1\n```\n", "name the file"),
        ("# T\n```python\n# tests/support/pages.py\n```\n", "another file"),
    ],
)
def test_a_block_that_is_wrong_is_noticed(text: str, said: str, runner: Runner) -> None:
    with pytest.raises(AssertionError) as noticed:
        runner.run(section_of(text))
    assert said in str(noticed.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("```\nx\n```\n", "without a language"),
        ("```python\nx\n", "without an end"),
        ("text\n\n    x = 1\n", "indented"),
    ],
)
def test_a_block_that_nobody_could_run_is_refused(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        sections("docs/index.md", text)
