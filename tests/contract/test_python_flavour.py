"""What boto3 takes and gives, in its own types."""

import enum
import io
import json
from datetime import datetime, timezone
from decimal import Decimal

import pytest
from botocore.model import Shape
from botocore.parsers import create_parser
from botocore.validate import ParamValidator
from hypothesis import assume, given
from hypothesis import strategies as st

from pytest_lightsail.contract.python_dialect import PythonValidator
from pytest_lightsail.contract.validator import accepts
from pytest_lightsail.model.schema import Form, document
from tests.support.botocore_models import SERVICE_MODEL
from tests.support.documents import documents, mutated
from tests.support.models import INSTALLED, one_shape
from tests.support.validators import PROPERTY

MAP = {"type": "map", "key": {"shape": "S"}, "value": {"shape": "S"}}
WHEN = datetime(2024, 5, 1, tzinfo=timezone.utc)


def takes(shape, value, direction="request"):
    """What the validator and the schema say of a value; they must agree."""
    model, form = one_shape(shape), Form(direction, "python")
    by_schema = PythonValidator(document(model, "Do", form)).is_valid({"it": value})
    by_us = accepts("Do", direction, {"it": value}, model=model, flavour="python")
    assert by_schema is by_us
    return by_us


@pytest.mark.parametrize(
    "value", [WHEN, WHEN.replace(tzinfo=None), 1700000000, 0.5, "2024-05-01T00:00:00Z"]
)
def test_timestamps_that_boto3_takes(value):
    assert takes({"type": "timestamp"}, value)


TEXTS = [
    "1653523200",
    "1653523200.5",
    " 1653523200 ",
    "1e9",
    "May 26 2022",
    "2022-05-26",
    "20220526T100000Z",
    "2022-05-26 10:00 UTC",
    "Thu, 26 May 2022 10:00:00 GMT",
    "2022-05-26T10:00:00+02:00",
    "2022-05-26T10:00:00+99:00",
    "2022-05-26 10:00 +0200",
    "2022-13-26",
    "yesterday",
    "nan",
    "inf",
    "1e400",
    "9" * 30,
    "",
]


@pytest.mark.parametrize("text", TEXTS)
def test_timestamps_as_text_are_those_that_botocore_reads(text):
    try:
        readable = (
            not ParamValidator().validate(text, Shape("It", {"type": "timestamp"})).has_errors()
        )
    except (OverflowError, RuntimeError):
        readable = False
    assert takes({"type": "timestamp"}, text) is readable


def test_a_time_zone_of_an_unknown_name_is_nothing_to_warn_of():
    assert takes({"type": "timestamp"}, "2022-05-26 10:00 EST")


@pytest.mark.parametrize("value", [True, None, "yesterday", WHEN.date(), float("nan"), 10**20, b""])
def test_timestamps_that_boto3_does_not_take(value):
    assert not takes({"type": "timestamp"}, value)


def test_boto3_gives_timestamps_as_datetime_only():
    assert takes({"type": "timestamp"}, WHEN, "response")
    assert not takes({"type": "timestamp"}, 1700000000, "response")


@pytest.mark.parametrize("value", [b"x", bytearray(b"x"), "x", io.BytesIO(b"x")])
def test_blobs_that_boto3_takes(value):
    assert takes({"type": "blob"}, value)


def test_boto3_gives_blobs_as_bytes_only():
    assert takes({"type": "blob"}, b"x", "response")
    assert not takes({"type": "blob"}, "x", "response")


def test_a_tuple_does_for_a_list():
    model = one_shape({"type": "list", "member": {"shape": "S"}}, S={"type": "string"})

    assert accepts("Do", "request", {"it": ("a",)}, model=model, flavour="python")
    assert not accepts("Do", "request", {"it": ("a",)}, model=model)


@pytest.mark.parametrize("key", [1, None, b"a", ("a",)])
@pytest.mark.parametrize("names", [{}, {"pattern": "[a-z]+"}, {"enum": ["a"]}])
def test_a_key_of_a_map_is_text(key, names):
    model, form = one_shape(MAP, S={"type": "string", **names}), Form("request", "python")
    validator = PythonValidator(document(model, "Do", form))
    for good, value in ((True, {"a": "a"}), (False, {key: "a"}), (False, {"a": "a", key: "a"})):
        assert validator.is_valid({"it": value}) is good
        assert accepts("Do", "request", {"it": value}, model=model, flavour="python") is good


def test_a_decimal_does_for_a_number():
    assert takes({"type": "double"}, Decimal("0.1"))


def test_a_member_of_a_str_enumeration_does_for_its_value():
    class Power(str, enum.Enum):
        SMALLEST = "nano"

    assert takes({"type": "string", "enum": ["nano"]}, Power.SMALLEST)


def test_a_response_of_boto3_may_have_its_metadata_even_if_strict():
    response = {"containerServices": [], "ResponseMetadata": {"HTTPStatusCode": 200}}

    assert accepts("GetContainerServices", "response", response, flavour="python", strict=True)
    assert not accepts("GetContainerServices", "response", response, strict=True)


def test_the_response_of_a_client_error():
    response = {"Error": {"Code": "NotFoundException", "Message": "gone"}, "ResponseMetadata": {}}

    assert accepts(
        "TagResource", "error:NotFoundException", response, flavour="python", strict=True
    )


@PROPERTY
@given(data=st.data())
def test_what_botocore_makes_of_a_right_response_is_right_in_python(data):
    operation = data.draw(st.sampled_from(sorted(INSTALLED.operations)))
    body = data.draw(documents(INSTALLED, operation, Form("response", strict=True)))
    assume(accepts(operation, "response", body, strict=True))
    shape = SERVICE_MODEL.operation_model(operation).output_shape

    parsed = create_parser("json").parse(wire(body), shape)

    assert accepts(operation, "response", parsed, flavour="python")
    assert accepts(operation, "response", parsed, flavour="python", strict=True)


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("direction", ["request", "response"])
def test_schema_and_validator_agree(direction, strict):
    form = Form(direction, "python", strict=strict, documented=False)

    @PROPERTY
    @given(data=st.data())
    def agree(data):
        operation = data.draw(st.sampled_from(sorted(INSTALLED.operations)))
        valid = documents(INSTALLED, operation, form)
        value = data.draw(valid | mutated(valid))
        expected = PythonValidator(document(INSTALLED, operation, form)).is_valid(value)

        assert expected is accepts(
            *(operation, direction, value),
            model=INSTALLED,
            flavour="python",
            strict=strict,
            documented=False,
        )

    agree()


def wire(body):
    """The response as botocore's HTTP session hands it to the parser."""
    return {"status_code": 200, "headers": {}, "body": json.dumps(body).encode(), "context": {}}
