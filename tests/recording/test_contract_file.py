"""Contracts can be merged in any order. A file that is not a contract is refused."""

from __future__ import annotations

import json
from functools import reduce
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_lightsail.exceptions import ConfigurationError
from pytest_lightsail.output_files import write_output
from pytest_lightsail.recording.consumer import use_of_request
from pytest_lightsail.recording.contract import (
    Contract,
    OperationUse,
    Read,
    from_document,
    merged,
    read_contract,
    to_document,
    to_text,
)
from tests.support.botocore_models import SERVICE_MODEL
from tests.support.profiles import examples

GET, CREATE, DEPLOY = (
    "GetContainerServices",
    "CreateContainerService",
    "CreateContainerServiceDeployment",
)
EXAMPLE = Path(__file__).parents[2] / "examples" / "release" / "contracts" / "lightsail.json"

TAG = st.fixed_dictionaries({"key": st.text(max_size=3)}, optional={"value": st.text(max_size=3)})
CONTAINER = st.fixed_dictionaries({"image": st.text(max_size=4)}, optional={"command": st.just([])})
BODIES = {
    GET: st.fixed_dictionaries({}, optional={"serviceName": st.just("shop")}),
    CREATE: st.fixed_dictionaries(
        {"scale": st.integers(1, 9)},
        optional={"power": st.sampled_from(["nano", "micro"]), "tags": st.lists(TAG, max_size=2)},
    ),
    DEPLOY: st.fixed_dictionaries(
        {}, optional={"containers": st.dictionaries(st.sampled_from("ab"), CONTAINER)}
    ),
}
SHAPES = {name: SERVICE_MODEL.operation_model(name).input_shape for name in BODIES}


def request(operation, body, error=""):
    """Return the use of an operation that one request shows."""
    use = use_of_request(SHAPES[operation], json.dumps(body), error)
    return Contract(botocore="1", operations={operation: use})


def reading(**read):
    use = OperationUse(reads={STATE: Read(type="string", **read)})
    return Contract(botocore="1", operations={GET: use})


REQUESTS = st.one_of(
    *(
        st.builds(request, st.just(name), bodies, st.sampled_from(["", "InvalidInputException"]))
        for name, bodies in BODIES.items()
    )
)
ENUM = frozenset({"READY", "RUNNING", "UPDATING"})
STATE = "containerServices[].state"
READS = st.just(None) | st.frozensets(st.sampled_from(sorted(ENUM)))
USES = st.one_of(
    REQUESTS,
    READS.map(lambda read: reading(compares=read, enum=None if read is None else ENUM)),
    st.sampled_from(["NotFoundException", "Throttling"]).map(
        lambda code: Contract(
            botocore="1",
            operations={
                GET: OperationUse(errors=frozenset({code}), known_errors=frozenset({"A", "B"}))
            },
        )
    ),
)


@examples(30)
@given(st.lists(USES, min_size=1, max_size=4))
def test_parts_add_up_to_the_whole_in_any_order(uses):
    whole = reduce(merged, uses)
    for order in permutations(uses):
        assert reduce(merged, order) == whole
    assert merged(whole, whole) == whole


def test_a_member_is_always_sent_only_where_every_structure_has_it():
    tags = [[{"key": "a"}], [{"key": "b", "value": "c"}], []]
    requests = [request(CREATE, {"tags": each}) for each in tags]
    requests.append(request(CREATE, {"tags": tags[1], "scale": 1}))
    sends = reduce(merged, requests).operations[CREATE].sends
    always = {path: sent.always for path, sent in sends.items() if sent.always is not None}
    assert always == {"tags": True, "tags[].key": True, "tags[].value": False, "scale": False}


@examples(30)
@given(st.lists(USES, min_size=1, max_size=3))
def test_a_contract_is_what_its_document_says(uses):
    contract = reduce(merged, uses)
    document = json.loads(json.dumps(to_document(contract)))
    assert from_document(document) == contract


def test_a_file_is_written_as_it_is_read(tmp_path):
    copy = tmp_path / "new" / "contract.json"
    write_output(copy, to_text(read_contract(EXAMPLE)))
    assert copy.read_bytes() == EXAMPLE.read_bytes()


def test_a_place_is_a_line_so_that_a_diff_is_small():
    contract = read_contract(EXAMPLE)
    more = reading(compares=frozenset({"UPDATING"}), enum=ENUM)
    before = EXAMPLE.read_text(encoding="utf-8").splitlines()
    after = to_text(merged(contract, more)).splitlines()
    changed = [line for line in after if line not in before]
    assert len(after) == len(before)
    assert len(changed) == 1
    assert "UPDATING" in changed[0]


def broken(*path, value):
    document = json.loads(EXAMPLE.read_bytes())
    *parents, last = path
    reduce(lambda inner, key: inner[key], parents, document)[last] = value
    return document


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ([], r"the document: \[\] is not of type 'object'"),
        ({}, "format is None, and this release of pytest-lightsail reads 1"),
        (broken("format", value=2), "format is 2, and this release"),
        ({"format": 1}, "the document: 'botocore' is a required property"),
        (broken("botocore", value=1), "botocore: 1 is not of type 'string'"),
        (broken("more", value=1), "the document: Additional properties are not allowed .'more'"),
        (broken("operations", value=[]), r"operations: \[\] is not of type 'object'"),
        (
            broken("operations", GET, "reads", "containerServices", "type", value=None),
            r"operations.GetContainerServices.reads.containerServices.type: None is not of type",
        ),
        (
            broken("operations", GET, "reads", "containerServices", "kind", value="list"),
            r"reads.containerServices: Additional properties are not allowed .'kind'",
        ),
        (
            broken("operations", GET, "sends", "serviceName", value={}),
            r"sends.serviceName: 'type' is a required property",
        ),
        (
            broken("operations", GET, "errors", value=["a", 1]),
            r"errors\[1\]: 1 is not of type 'string'",
        ),
    ],
    ids=str,
)
def test_what_is_no_contract_is_refused(tmp_path, document, message):
    path = tmp_path / "contract.json"
    path.write_text(json.dumps(document))
    with pytest.raises(ConfigurationError, match=f"contract.json is not a contract: .*{message}"):
        read_contract(path)


def test_broken_json_is_refused(tmp_path):
    path = tmp_path / "contract.json"
    for content in (b"{", b"\xff", b"[" * 100_000):
        path.write_bytes(content)
        with pytest.raises(ConfigurationError, match="invalid JSON"):
            read_contract(path)


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(ConfigurationError, match=r"cannot read .*contract\.json: No such file"):
        read_contract(tmp_path / "contract.json")
