"""The statements of ``docs/http.md`` are true; ``test_pages`` runs its examples."""

from __future__ import annotations

import json
import re

from pytest_lightsail.simulation.control import _SPEED, ROUTES
from pytest_lightsail.simulator.scenario import scenario_from_json
from tests.support.pages import ROOT, sections

PAGE = "docs/http.md"
DOCUMENT = (ROOT / PAGE).read_text(encoding="utf-8")


def test_the_scenario_shows_every_kind_of_step() -> None:
    (text,) = (
        block.text for each in sections(PAGE) for block in each.blocks if block.language == "json"
    )
    verbs = [step.verb for step in scenario_from_json(json.loads(text)).steps]
    assert verbs == ["deploy", "deploy", "fault", "another_client"]


def test_the_table_of_the_control_api_is_complete() -> None:
    rows = "\n".join(re.findall(r"^\| `(?:GET|POST) .*", DOCUMENT, re.MULTILINE))
    named = set(re.findall(r"`(?:GET|POST) (\w+)", rows))
    assert named == {name.partition(" ")[2] for name in ROUTES}


def test_the_page_states_the_default_speed() -> None:
    assert f"{_SPEED:g} virtual seconds per real second" in " ".join(DOCUMENT.split())
