"""Scenarios can be read from JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pytest_lightsail import ConfigurationError, Scenario
from pytest_lightsail.simulator.scenario import read_scenario, scenario_from_json

PAIRS = [
    ([], Scenario()),
    ([{"deploy": {"takes": 600}}], Scenario().deploy(takes=600)),
    (
        [{"fault": {"name": "error", "code": "NotFoundException", "times": None}}],
        Scenario().fault("error", code="NotFoundException", times=None),
    ),
    (
        [{"another_client": {"verb": "updates", "service": "shop", "scale": 2, "after": 5}}],
        Scenario().another_client("updates", "shop", scale=2, after=5),
    ),
    (
        [{"pace": {"name": "fast"}}, {"fault": {"name": "answer_lost", "by": "connection_reset"}}],
        Scenario().pace("fast").fault("answer_lost", by="connection_reset"),
    ),
]


@pytest.mark.parametrize(("document", "scenario"), PAIRS)
def test_a_json_document_is_read_as_its_scenario(document, scenario, tmp_path):
    assert scenario_from_json(document) == scenario
    path = tmp_path / "scenario.json"
    path.write_text(json.dumps(document))
    assert read_scenario(path) == scenario


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (None, "a scenario is a list of at most"),
        ([{"deploy": {}}] * 1001, "a list of at most 1000 steps"),
        ([[]], r"\[0\]: a step is an object with one member"),
        ([{"deploy": {}, "update": {}}], r"\[0\]: a step is an object with one member"),
        (
            [{"deploy": {}}, {"explode": {}}],
            r"\[1\]: unknown verb 'explode'; expected one of create, ",
        ),
        ([{"deploy": []}], "the arguments of deploy must be an object"),
        ([{"deploy": {"takes": "long"}}], r"\[0\]: deploy: invalid takes='long'"),
        ([{"deploy": {"takes": -1}}], r"\[0\]: deploy: invalid takes=-1"),
    ],
)
def test_an_invalid_document_is_refused_with_the_place_of_the_error(document, message):
    with pytest.raises(ConfigurationError, match=message):
        scenario_from_json(document)


def test_a_file_that_cannot_be_read_is_refused_with_its_name_and_the_reason(tmp_path: Path):
    missing = tmp_path / "missing.json"
    with pytest.raises(ConfigurationError) as caught:
        read_scenario(missing)
    assert str(caught.value) == f"cannot read {missing} as JSON: No such file or directory"
    with pytest.raises(ConfigurationError, match="null"):
        read_scenario(Path("a\0b"))
    with pytest.raises(ConfigurationError, match="as JSON: File name too long"):
        read_scenario(Path("n" * 300))
