"""The page about callers of requests says what is true: its tests pass."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pytest_lightsail import Fault
from pytest_lightsail.simulator.errors import ServiceError

PAGE = (Path(__file__).parents[2] / "docs" / "requests.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


def test_its_examples_pass(pytester: pytest.Pytester) -> None:
    pytest.importorskip("boto3")
    pytester.makepyfile(**{f"test_block_{number}": block for number, block in enumerate(BLOCKS)})
    tests = sum(block.count("\ndef test_") for block in BLOCKS)
    pytester.runpytest_inprocess("-p", "no:asyncio").assert_outcomes(passed=tests)


def test_every_fault_that_is_no_answer_of_the_service_has_its_row() -> None:
    table = PAGE.partition("| fault |")[2].partition("\n\n")[0]
    rows = re.findall(r"`(\w+)\(…?\)`", " ".join(re.findall(r"^\|([^|]*)\|", table, re.MULTILINE)))
    needs = {"slow_answer": (30,), "error": ("ThrottlingException",)}
    made = {
        name: getattr(Fault, name)(*needs.get(name, ()))
        for name, value in vars(Fault).items()
        if isinstance(value, classmethod) and not name.startswith("_")
    }
    special = {name for name, fault in made.items() if not isinstance(fault.outcome, ServiceError)}
    assert set(rows) == special
