"""Scenarios as JSON say the same as in Python."""

from __future__ import annotations

import json

import pytest

from pytest_lightsail import ConfigurationError, Scenario, Stage
from pytest_lightsail.model.scenario_json import read_scenario, scenario_from_json

PAIRS = [
    ([], Scenario()),
    ([{"deploy": {"takes": 600}}], Scenario().deploy(takes=600)),
    (
        [{"fault": {"name": "error", "code": "NotFoundException", "times": None}}],
        Scenario().fault("error", code="NotFoundException", times=None),
    ),
    (
        [{"somebody": {"verb": "updates", "service": "shop", "scale": 2, "after": 5}}],
        Scenario().somebody("updates", "shop", scale=2, after=5),
    ),
    (
        [
            {
                "deploy": {
                    "stages": [
                        {"state": "DEPLOYING", "detail": "CREATING_DEPLOYMENT", "polls": 2},
                        {"state": "DEPLOYING", "seconds": 3},
                    ]
                }
            }
        ],
        Scenario().deploy(
            stages=[
                Stage("DEPLOYING", "CREATING_DEPLOYMENT", polls=2),
                Stage("DEPLOYING", seconds=3),
            ]
        ),
    ),
    (
        [{"pace": {"name": "fast"}}, {"answer_lost": {"by": "connection_reset"}}],
        Scenario().pace("fast").answer_lost(by="connection_reset"),
    ),
]


@pytest.mark.parametrize(("document", "scenario"), PAIRS)
def test_a_document_is_its_scenario(document, scenario, tmp_path):
    assert scenario_from_json(document) == scenario
    path = tmp_path / "scenario.json"
    path.write_text(json.dumps(document))
    assert read_scenario(path) == scenario


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (None, "a scenario is a list of steps"),
        ([[]], r"\[0\]: a step is an object with one member"),
        ([{"deploy": {}}, {"explode": {}}], r"\[1\]: no verb 'explode'; there are create, "),
        ([{"deploy": []}], "the arguments of deploy are an object"),
        ([{"deploy": {"takes": "long"}}], r"\[0\]: deploy: takes='long' is not possible"),
        ([{"deploy": {"stages": {}}}], "stages is a list"),
        ([{"deploy": {"stages": [1]}}], "a stage is an object"),
        ([{"deploy": {"stages": [{}]}}], "a stage has a state"),
        ([{"deploy": {"stages": [{"state": "READY", "detail": []}]}}], "no stateDetail code"),
        ([{"deploy": {"stages": [{"state": "READY", "seconds": "1"}]}}], "not '1'"),
        ([{"deploy": {"stages": [{"state": "READY", "seconds": -1}]}}], "not -1"),
        ([{"deploy": {"stages": [{"state": "READY", "polls": True}]}}], "not True"),
    ],
)
def test_a_document_that_is_none_is_refused_with_its_place(document, said):
    with pytest.raises(ConfigurationError, match=said):
        scenario_from_json(document)
