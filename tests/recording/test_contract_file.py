"""Contracts are written to files and read from them; other files are refused."""

from __future__ import annotations

import json
from functools import reduce
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_lightsail.exceptions import ConfigurationError
from pytest_lightsail.model.service import load
from pytest_lightsail.output_files import write_output
from pytest_lightsail.recording.consumer import note_sent, place_of
from pytest_lightsail.recording.contract import (
    Contract,
    Use,
    from_document,
    read_contract,
    to_document,
    to_text,
)
from tests.support.profiles import examples

GET = "GetContainerServices"
EXAMPLE = Path(__file__).parents[2] / "examples" / "release" / "contracts" / "lightsail.json"

PATHS = st.sampled_from(
    [(), ("scale",), ("containers", "[]", "ports", "[key]"), ("tags", "[]", "key")]
)
VALUES = st.sets(st.sampled_from(["READY", "RUNNING", "UPDATING"]))
CONTRACTS = st.dictionaries(
    st.builds(
        lambda name, side, path: (name, side, *path),
        st.sampled_from([GET, "CreateContainerService"]),
        st.sampled_from(["request", "response"]),
        PATHS,
    ),
    st.builds(Use, st.sampled_from(["string", "map"]), VALUES, VALUES),
    max_size=4,
).map(lambda uses: Contract("1", uses))


def sends(operation, *bodies):
    """Return the paths that the requests send, each with its enumeration values."""
    contract = Contract("1")
    for body in bodies:
        note_sent(body, place_of(contract, load().operations[operation], "request"))
    return {site[2:]: use.values for site, use in contract.uses.items()}


def test_the_members_of_several_requests_are_merged():
    power = {"power": "nano"}, {"power": "micro"}
    tags = {"tags": []}, {"tags": [{"key": "a"}, {"key": "b", "value": "c"}]}
    assert sends("CreateContainerService", *power, *tags) == {
        (): set(),
        ("power",): {"nano", "micro"},
        ("tags",): set(),
        ("tags", "[]"): set(),
        ("tags", "[]", "key"): set(),
        ("tags", "[]", "value"): set(),
    }


def test_a_value_outside_the_enumeration_is_not_recorded():
    assert sends("CreateContainerService", {"power": "hunter2"}) == {(): set(), ("power",): set()}


@examples(30)
@given(CONTRACTS)
def test_a_contract_survives_a_round_trip_through_its_document(contract):
    document = json.loads(json.dumps(to_document(contract)))
    assert from_document(document) == contract
    assert json.loads(to_text(contract)) == document


def test_reading_and_writing_a_contract_does_not_change_the_file(tmp_path):
    copy = tmp_path / "new" / "contract.json"
    write_output(copy, to_text(read_contract(EXAMPLE)))
    assert copy.read_bytes() == EXAMPLE.read_bytes()


def test_a_changed_use_changes_one_line_of_the_file():
    contract = read_contract(EXAMPLE)
    before = EXAMPLE.read_text(encoding="utf-8").splitlines()
    contract.note((GET, "response", "containerServices", "[]", "state"), "string", ["UPDATING"])
    after = to_text(contract).splitlines()
    (changed,) = (line for line in after if line not in before)
    assert len(after) == len(before)
    assert "UPDATING" in changed


READ = f"{GET} response containerServices"


def broken(*path, value):
    document = json.loads(EXAMPLE.read_bytes())
    *parents, last = path
    reduce(lambda inner, key: inner[key], parents, document)[last] = value
    return document


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ([], r"the document: \[\] is not of type 'object'"),
        ({}, "format is None, but this release of pytest-lightsail expects 2"),
        (broken("format", value=1), "format is 1, but this release"),
        ({"format": 2}, "the document: 'botocore' is a required property"),
        (broken("botocore", value=1), "botocore: 1 is not of type 'string'"),
        (broken("more", value=1), "the document: Additional properties are not allowed .'more'"),
        (broken("uses", value=[]), r"uses: \[\] is not of type 'object'"),
        (broken("uses", GET, value={"type": "list"}), f"uses: '{GET}' does not match"),
        (broken("uses", f"{READ}\n", value={"type": "list"}), "does not match"),
        (broken("uses", READ, "type", value=None), "type: None is not of type"),
        (broken("uses", READ, "kind", value=1), "Additional properties are not allowed .'kind'"),
        (broken("uses", READ, value={}), "'type' is a required property"),
        (broken("uses", READ, "values", value=["a", 1]), r"values\[1\]: 1 is not of type 'string'"),
    ],
    ids=str,
)
def test_a_document_that_is_not_a_contract_is_refused(tmp_path, document, message):
    path = tmp_path / "contract.json"
    path.write_text(json.dumps(document))
    with pytest.raises(ConfigurationError, match=f"contract.json is not a contract: .*{message}"):
        read_contract(path)


def test_invalid_json_is_refused(tmp_path):
    path = tmp_path / "contract.json"
    for content in (b"{", b"\xff", b"[" * 100_000):
        path.write_bytes(content)
        with pytest.raises(ConfigurationError, match=r"cannot read .*contract\.json as JSON"):
            read_contract(path)


def test_a_missing_contract_file_is_reported(tmp_path):
    with pytest.raises(
        ConfigurationError, match=r"cannot read .*contract\.json as JSON: No such file"
    ):
        read_contract(tmp_path / "contract.json")
