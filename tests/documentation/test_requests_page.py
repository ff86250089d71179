"""The page on callers of requests says what is true; that its examples pass is for ``test_pages``."""

from __future__ import annotations

import re

from pytest_lightsail import Fault
from pytest_lightsail.simulator.faults import FAULTS
from pytest_lightsail.simulator.wire import ServiceError
from tests.support.pages import ROOT

PAGE = (ROOT / "docs" / "requests.md").read_text(encoding="utf-8")


def test_every_fault_that_is_no_answer_of_the_service_has_its_row() -> None:
    table = PAGE.partition("| fault |")[2].partition("\n\n")[0]
    rows = re.findall(r"`(\w+)\(…?\)`", " ".join(re.findall(r"^\|([^|]*)\|", table, re.MULTILINE)))
    needs = {"slow_answer": (30,), "error": ("ThrottlingException",)}
    made = {name: getattr(Fault, name)(*needs.get(name, ())) for name in FAULTS}
    special = {name for name, fault in made.items() if not isinstance(fault.outcome, ServiceError)}
    assert set(rows) == special
