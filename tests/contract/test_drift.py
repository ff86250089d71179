"""Written schemas are held against what a model gives: any difference is found and named."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_lightsail.contract.published import container_family, differences, report, write
from pytest_lightsail.exceptions import ConfigurationError
from tests.support.json_schema import PROPERTY
from tests.support.models import CHANGELOG, NEWEST, ROOT

OPERATION = "CreateContainerService"
REQUEST = f"{OPERATION}.request.json"


@pytest.fixture
def folder(tmp_path):
    write(tmp_path, NEWEST, [OPERATION, "GetContainerServices"])
    return tmp_path


def edit(path, change):
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


def test_the_committed_schemas_are_those_of_the_newest_model():
    found = differences(ROOT / "schemas", NEWEST)

    assert found == [], report(ROOT / "schemas", NEWEST, found)


def test_the_committed_schemas_are_of_the_container_family():
    index = json.loads((ROOT / "schemas" / "index.json").read_text())

    assert index["botocore"] == "1.44.5"
    assert index["operations"] == list(container_family(NEWEST))
    assert len(index["operations"]) == 14 + 5


def test_freshly_written_schemas_have_no_differences(folder):
    assert differences(folder, NEWEST) == []


def test_formatting_and_order_of_keys_do_not_count(folder):
    content = json.loads((folder / REQUEST).read_text())
    (folder / REQUEST).write_text(json.dumps(dict(reversed(content.items()))))

    assert differences(folder, NEWEST) == []


def test_a_difference_says_where_it_is_and_what_both_sides_have(folder):
    edit(folder / REQUEST, lambda it: it["$defs"]["ContainerServiceScale"].update(maximum=19))

    assert differences(folder, NEWEST) == [
        (REQUEST, "/$defs/ContainerServiceScale/maximum: written 19, expected 20")
    ]


def test_true_is_not_taken_for_one(folder):
    edit(folder / REQUEST, lambda it: it.update(additionalProperties=0))

    assert differences(folder, NEWEST) == [
        (REQUEST, "/additionalProperties: written 0, expected false")
    ]


def test_a_document_that_is_missing_is_a_difference(folder):
    (folder / REQUEST).unlink()

    assert differences(folder, NEWEST) == [(REQUEST, "is missing")]


def test_a_document_too_many_is_a_difference(folder):
    (folder / "Fly.request.json").write_text("{}")

    assert differences(folder, NEWEST) == [("Fly.request.json", "does not belong here")]


def test_a_consumer_contract_may_lie_beside_the_schemas(folder):
    (folder / "lightsail.json").write_text("{}")

    assert differences(folder, NEWEST) == []


def test_an_operation_that_the_model_no_longer_has_is_a_difference(folder):
    operations = {name: one for name, one in NEWEST.operations.items() if name != OPERATION}

    found = differences(folder, replace(NEWEST, operations=operations))
    assert [file for file, _ in found] == [
        f"{OPERATION}.request.json",
        f"{OPERATION}.response.json",
        f"{OPERATION}.response.strict.json",
        "index.json",
    ]


def test_another_release_with_the_same_schemas_is_no_difference(folder):
    edit(folder / "index.json", lambda it: it.update(botocore="1.0.0", generator="other 1"))

    assert differences(folder, NEWEST) == []
    text = report(folder, NEWEST, [])
    assert text.endswith("other 1 from botocore 1.0.0: 0 differences from botocore 1.44.5")


def test_a_report_says_where_the_schemas_are_from_and_how_to_accept_the_new_ones(folder):
    found = differences(folder, CHANGELOG)

    lines = report(folder, CHANGELOG, found).splitlines()
    assert lines[0].startswith(f"{folder}, written by pytest-lightsail ")
    assert lines[0].endswith(f"botocore 1.44.5: {len(found)} differences from botocore 1.26.9")
    assert lines[-1].endswith(f"pytest-lightsail schemas write {folder}")


def test_a_report_names_a_difference_once_for_all_the_files_that_have_it(folder):
    found = differences(folder, CHANGELOG)
    text = report(folder, CHANGELOG, found)

    assert text.count("/$defs/RegionName/enum") == 1
    assert "CreateContainerService.response.strict.json and 1 more: /$defs/RegionName/enum" in text


def test_a_folder_without_index_cannot_be_checked(tmp_path):
    with pytest.raises(ConfigurationError, match="schemas write"):
        differences(tmp_path, NEWEST)


@pytest.mark.parametrize("name", [REQUEST, "index.json"])
def test_a_file_that_is_not_json_cannot_be_checked(folder, name):
    (folder / name).write_text("{")

    with pytest.raises(ConfigurationError, match=f"cannot read .*{name}"):
        differences(folder, NEWEST)


@pytest.mark.parametrize("operations", [None, "all", [1], ["../up"]])
def test_an_index_without_operations_cannot_be_checked(folder, operations):
    edit(folder / "index.json", lambda it: it.update(operations=operations))

    with pytest.raises(ConfigurationError, match="does not list the operations"):
        differences(folder, NEWEST)


def keywords(value, path=()):
    """The places of everything inside a document."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for name, inside in items:
        yield (*path, name)
        if isinstance(inside, (dict, list)):
            yield from keywords(inside, (*path, name))


@pytest.fixture(scope="module")
def shared_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("schemas")
    write(folder, NEWEST, [OPERATION, "GetContainerLog", "TagResource"])
    return folder


@PROPERTY
@given(data=st.data())
def test_any_single_changed_keyword_is_found(shared_folder, data):
    path = data.draw(st.sampled_from(sorted(shared_folder.glob("*.*.json"))))
    original = path.read_text()
    content = json.loads(original)
    *parents, last = data.draw(st.sampled_from(list(keywords(content))))
    inside = content
    for name in parents:
        inside = inside[name]
    old = inside[last]
    others = (None, True, False, 0, 1, 21, "", "other", [], {}, ["x"], {"x": 1})
    fresh = [one for one in others if json.dumps(one) != json.dumps(old)]
    change = data.draw(st.sampled_from(("replace", "remove", "add")))
    if change == "remove":
        del inside[last]
    elif change == "add" and isinstance(inside, dict):
        inside["another"] = data.draw(st.sampled_from(others))
    else:
        inside[last] = data.draw(st.sampled_from(fresh))
    try:
        path.write_text(json.dumps(content))

        assert {file for file, _ in differences(shared_folder, NEWEST)} == {path.name}
    finally:
        path.write_text(original)
