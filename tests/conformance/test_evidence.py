"""What has been observed of the real service is what the simulated account does."""

import re

import pytest

from pytest_lightsail.conformance.transcript import read, replay
from pytest_lightsail.model.catalogue import RULES
from tests.support.models import ROOT

EVIDENCE = sorted((ROOT / "tests" / "evidence").glob("*.json"))


@pytest.mark.parametrize("path", EVIDENCE, ids=lambda path: path.stem)
def test_the_account_answers_as_was_observed(path):
    assert replay(read(path)) == []


def test_the_catalogue_calls_observed_what_there_is_evidence_for():
    errors = [step.get("error", {}) for path in EVIDENCE for step in read(path)["steps"]]
    texts = [error["message"] for error in errors if "message" in error]

    def matches(rule, text):
        template = re.sub(r"\\\{\w+\\\}", ".+", re.escape(rule.message))
        return rule.message and re.fullmatch(template, text)

    seen = {next(rule.id for rule in RULES if matches(rule, text)) for text in texts}
    assert {rule.id for rule in RULES if rule.observed} == seen
