"""Reading service models."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest

from pytest_lightsail.exceptions import ConfigurationError
from pytest_lightsail.model.service import load, parse

DOCUMENT = {
    "metadata": {"endpointPrefix": "lightsail", "targetPrefix": "Lightsail_20161128"},
    "operations": {
        "PutThing": {
            "name": "PutThing",
            "input": {"shape": "PutThingRequest"},
            "output": {"shape": "PutThingResult"},
            "errors": [{"shape": "NotFoundException"}],
        },
        "ForgetThings": {"name": "ForgetThings"},
    },
    "shapes": {
        "PutThingRequest": {
            "type": "structure",
            "required": ["name"],
            "members": {
                "name": {"shape": "Name"},
                "old": {"shape": "Name"},
            },
        },
        "PutThingResult": {"type": "structure", "members": {}},
        "Name": {"type": "string", "min": 1, "max": 9, "pattern": "^[a-z]+$", "sensitive": True},
        "Kind": {"type": "string", "enum": ["A", "B"]},
        "When": {"type": "timestamp"},
        "Names": {"type": "list", "member": {"shape": "Name"}, "max": 3},
        "Map": {"type": "map", "key": {"shape": "Name"}, "value": {"shape": "Names"}},
        "NotFoundException": {"type": "structure", "members": {}, "exception": True},
        "ServiceException": {
            "type": "structure",
            "members": {},
            "exception": True,
            "fault": True,
        },
    },
}


def test_the_installed_model_is_read_without_importing_botocore():
    code = (
        "import sys; from pytest_lightsail.model.service import load; model = load();"
        "assert 'CreateContainerService' in model.operations, model;"
        "loaded = sorted(name for name in sys.modules if name.split('.')[0] == 'botocore');"
        "assert not loaded, loaded"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)  # noqa: S603 - our own code


def test_the_installed_model_has_the_container_service_operations():
    assert {
        "CreateContainerService",
        "CreateContainerServiceDeployment",
        "DeleteContainerService",
        "GetContainerServices",
        "UpdateContainerService",
    } <= set(load().operations)


def test_the_source_of_the_installed_model_is_its_file():
    assert Path(load().source).name in {"service-2.json", "service-2.json.gz"}
    assert Path(load().source).is_file()


def test_the_installed_model_is_read_once():
    assert load() is load("installed")


def test_reading_other_models_keeps_the_installed_model_cached(tmp_path: Path):
    installed = load()
    for number in range(20):
        other = tmp_path / f"{number}.json"
        other.write_text(json.dumps(DOCUMENT))
        load(other)
    assert load() is installed


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    path = tmp_path / "service-2.json"
    path.write_text(json.dumps(DOCUMENT))
    return path


def test_a_model_file_may_be_plain_json(plain: Path):
    assert set(load(plain).operations) == {"PutThing", "ForgetThings"}


def test_a_model_file_may_be_gzipped(tmp_path: Path):
    path = tmp_path / "service-2.json.gz"
    path.write_bytes(gzip.compress(json.dumps(DOCUMENT).encode()))
    assert set(load(path).operations) == {"PutThing", "ForgetThings"}


def test_a_path_may_be_a_string(plain: Path):
    assert load(str(plain)) is load(plain)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("service-2.json", b"{"),
        ("service-2.json", b"\xff\xfe\x00"),
        ("service-2.json.gz", gzip.compress(b"{}" * 99)[:20]),
        ("service-2.json.gz", gzip.compress(b"{}" * 99)[:10] + b"\xff" * 20),
        ("service-2.json.gz", b""),
    ],
    ids=["not JSON", "not text", "truncated", "damaged", "empty"],
)
def test_the_error_for_an_unreadable_file_names_the_file(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ConfigurationError, match=r"cannot read a service model from .*service-2"):
        load(path)


def test_the_error_for_a_missing_file_names_the_file(tmp_path):
    with pytest.raises(ConfigurationError, match=r"nowhere\.json"):
        load(tmp_path / "nowhere.json")


def test_the_model_of_another_service_is_refused(tmp_path):
    path = tmp_path / "service-2.json"
    other = {**DOCUMENT, "metadata": {"endpointPrefix": "dynamodb"}}
    path.write_text(json.dumps(other))
    with pytest.raises(ConfigurationError, match="is a model of dynamodb, not of lightsail"):
        load(path)


@pytest.mark.parametrize("content", ["[]", "3", '"text"', "null"])
def test_json_that_is_not_an_object_is_refused(tmp_path, content):
    path = tmp_path / "service-2.json"
    path.write_text(content)
    with pytest.raises(ConfigurationError, match="is not a service model"):
        load(path)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"metadata": None}, "NoneType"),
        ({"operations": []}, "'list' object has no attribute"),
        ({"operations": {"../Put": {}}}, "operation names must be identifiers"),
        ({"operations": {"Put": {"errors": [{}]}}}, "KeyError.'shape'"),
        ({"operations": {"Put": {"input": {"shape": "Gone"}}}}, "KeyError.'Gone'"),
        ({"operations": {"Put": {"errors": [{"shape": "Gone"}]}}}, "KeyError.'Gone'"),
        ({"shapes": {"Name": {}}}, "KeyError.'type'"),
        ({"shapes": {"Name": "string"}}, "TypeError"),
        ({"shapes": {"Name": {"type": "text"}}}, "unknown type 'text'"),
        ({"shapes": {"Name": {"type": "list"}}}, "KeyError.'member'"),
        (
            {"shapes": {"Name": {"type": "list", "member": {"shape": "Gone"}}}},
            "KeyError.'Gone'",
        ),
        ({"shapes": {"Name": {"type": "string", "enum": 1}}}, "'int' object is not iterable"),
        ({"shapes": {"Name": {"type": "string", "max": "9"}}}, "invalid limits"),
    ],
)
def test_a_document_that_is_not_a_service_model_is_refused(changes, reason):
    document = {"metadata": {}, "operations": {}, "shapes": {}, **changes}
    with pytest.raises(ConfigurationError, match=f"here is not a service model: .*{reason}"):
        parse(document, source="here")


def test_the_error_for_an_invalid_source_is_also_a_value_error():
    with pytest.raises(ValueError, match="there is no such file"):
        load("no/such/file.json")


def test_an_operation_has_input_output_and_errors():
    operation = parse(DOCUMENT, source="").operations["PutThing"]
    assert operation.input == "PutThingRequest"
    assert operation.output == "PutThingResult"
    assert operation.errors == ("NotFoundException",)


def test_an_operation_may_have_neither_input_nor_output():
    model = parse(DOCUMENT, source="")
    operation = model.operations["ForgetThings"]
    assert (operation.input, operation.output) == ("Empty", "Empty")
    assert list(model.parameters["PutThing"]) == ["name", "old"]
    assert not model.parameters["ForgetThings"]


def test_a_structure_keeps_the_order_of_its_members():
    shape = parse(DOCUMENT, source="").shapes["PutThingRequest"]
    assert list(shape.members) == ["name", "old"]
    assert shape.required == ("name",)


def test_a_string_has_bounds_and_a_pattern():
    shape = parse(DOCUMENT, source="").shapes["Name"]
    assert (shape.minimum, shape.maximum, shape.pattern) == (1, 9, "^[a-z]+$")
    assert shape.sensitive


def test_an_enum_has_its_values():
    assert parse(DOCUMENT, source="").shapes["Kind"].enum == ("A", "B")


def test_a_list_and_a_map_name_the_shapes_that_they_contain():
    shapes = parse(DOCUMENT, source="").shapes
    assert (shapes["Names"].parts, shapes["Names"].maximum) == ({"[]": "Name"}, 3)
    assert shapes["Map"].parts == {"[key]": "Name", "[value]": "Names"}


def test_models_are_hashable_and_compared_by_identity():
    model = parse(DOCUMENT, source="")
    assert {model: "value"}[model] == "value"
    assert model != parse(DOCUMENT, source="")


def test_keys_that_do_not_belong_to_a_type_are_ignored():
    name = {"shape": "Name"}
    shapes = {
        "Name": {"type": "string", "member": name, "key": name, "value": name},
        "Thing": {"type": "structure", "member": name, "value": name},
    }
    model = parse({"metadata": {}, "operations": {}, "shapes": shapes}, source="here")
    assert not any(shape.parts for shape in model.shapes.values())
