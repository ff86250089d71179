"""Service models that are damaged: what reads them says so, or goes on; it never falls over."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_lightsail.cli import main
from pytest_lightsail.model.sources import read_model
from tests.support.models import ROOT
from tests.support.mutations import damaged
from tests.support.profiles import examples

NEWEST = ROOT / "tests" / "data" / "botocore-1.44.5" / "service-2.json.gz"
KEPT = ("UntagResource", "CreateContainerServiceDeployment", "GetContainerLog")


def smaller(model: dict[str, Any]) -> dict[str, Any]:
    """The model with a few operations, and the shapes that they need."""
    needed: dict[str, Any] = {}

    def need(node: Any) -> None:
        if isinstance(node, dict):
            name = node.get("shape")
            if isinstance(name, str) and name not in needed:
                needed[name] = model["shapes"][name]
                need(needed[name])
            for value in node.values():
                need(value)
        elif isinstance(node, list):
            for value in node:
                need(value)

    operations = {name: model["operations"][name] for name in KEPT}
    need(operations)
    return {**model, "operations": operations, "shapes": needed}


MODEL = smaller(read_model(str(NEWEST)).content)


def run(*arguments: object) -> int:
    """The exit code; a usage error is one too."""
    try:
        return main([str(argument) for argument in arguments])
    except SystemExit as stopped:
        return int(str(stopped.code))


@pytest.fixture
def files(tmp_path, capsys):
    """Puts the model and a damaged one into files."""
    whole, broken = tmp_path / "whole.json", tmp_path / "broken.json"
    whole.write_text(json.dumps(MODEL))

    def put(model: Any):
        capsys.readouterr()  # forget what the last example has printed
        broken.write_text(json.dumps(model))
        return whole, broken

    return put


unhurried = settings(
    examples(60),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@unhurried
@given(model=damaged(MODEL))
def test_a_damaged_model_is_compared_or_refused(files, model):
    whole, broken = files(model)

    assert run("diff", whole, broken, "--format", "json") in {0, 2}
    assert run("diff", broken, whole) in {0, 2}


@unhurried
@given(model=damaged(MODEL))
def test_schemas_of_a_damaged_model_are_written_or_refused(files, tmp_path, model):
    _, broken = files(model)

    assert run("schemas", "write", tmp_path / "schemas", "--all", "--from", broken) in {0, 2}
    assert run("schemas", "check", tmp_path / "schemas", "--from", broken) in {0, 1, 2}


@unhurried
@given(content=st.binary(max_size=200))
def test_any_bytes_are_a_model_or_refused(files, content):
    whole, broken = files({})
    for suffix in (".json", ".json.gz", ".whl", ".tar.gz"):
        file = broken.with_suffix(suffix)
        file.write_bytes(content)
        assert run("diff", whole, file) == 2
