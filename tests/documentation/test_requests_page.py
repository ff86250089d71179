"""The table in ``docs/requests.md`` is complete; ``test_pages`` runs its examples."""

from __future__ import annotations

import re

from pytest_lightsail import Fault
from pytest_lightsail.simulator.faults import FAULTS
from pytest_lightsail.simulator.wire import ServiceError
from tests.support.pages import ROOT

PAGE = (ROOT / "docs" / "requests.md").read_text(encoding="utf-8")


def test_the_table_lists_each_fault_that_is_not_an_error_response() -> None:
    table = PAGE.partition("| fault |")[2].partition("\n\n")[0]
    rows = re.findall(r"`(\w+)\(…?\)`", " ".join(re.findall(r"^\|([^|]*)\|", table, re.MULTILINE)))
    needs = {"slow_answer": (30,), "error": ("ThrottlingException",)}
    made = {name: getattr(Fault, name)(*needs.get(name, ())) for name in FAULTS}
    special = {name for name, fault in made.items() if not isinstance(fault.outcome, ServiceError)}
    assert set(rows) == special
