"""botocore's own validator accepts the requests that our validator accepts, with known exceptions."""

from datetime import datetime, timezone
from enum import Enum

import pytest
from botocore.validate import ParamValidator
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from pytest_lightsail.exceptions import ContractViolationError
from pytest_lightsail.model.schema import Form, schema
from pytest_lightsail.model.validator import accepts, validate
from tests.support.botocore_models import SERVICE_MODEL
from tests.support.documents import documents, mutated
from tests.support.json_schema import PROPERTY
from tests.support.models import INSTALLED, one_shape

YEAR_9999 = 253_402_300_799


def botocore_accepts(operation, request):
    shape = SERVICE_MODEL.operation_model(operation).input_shape
    try:
        return not ParamValidator().validate(request, shape).has_errors()
    except (RuntimeError, OverflowError):
        # botocore raises these for a timestamp far out of range.
        return False


@PROPERTY
@given(data=st.data())
def test_botocore_accepts_every_request_that_we_accept(data):
    operation = data.draw(st.sampled_from(sorted(INSTALLED.operations)))
    valid = documents(INSTALLED, operation, Form("request"))
    request = data.draw(valid | mutated(valid))
    if accepts(operation, "request", request):
        far_off = any(abs(request.get(time, 0)) > YEAR_9999 for time in ("startTime", "endTime"))
        assert botocore_accepts(operation, request) or far_off


LOG = {"serviceName": "shop", "containerName": "web"}


# These are valid numbers on the wire, but a Python datetime cannot represent them.
@pytest.mark.parametrize("time", [1e15, -1e15], ids=["after the year 9999", "before the year 1"])
def test_botocore_refuses_some_timestamps_that_we_accept(time):
    request = {**LOG, "startTime": time}

    assert accepts("GetContainerLog", "request", request)
    assert not botocore_accepts("GetContainerLog", request)


def test_only_the_schema_accepts_an_integer_written_as_a_float():
    # JSON Schema does not distinguish 2.0 from 2. Our validator does, as botocore does.
    request = {"serviceName": "shop", "scale": 2.0}

    assert Draft202012Validator(schema("UpdateContainerService", "request")).is_valid(request)
    assert not accepts("UpdateContainerService", "request", request)
    assert not botocore_accepts("UpdateContainerService", request)


WHEN = datetime(2022, 5, 26, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("shape", "value"),
    [
        ({"type": "timestamp"}, WHEN),
        ({"type": "list", "member": {"shape": "S"}}, ("a",)),
        ({"type": "string", "enum": ["nano"]}, Enum("Power", {"NANO": "nano"}, type=str).NANO),
    ],
)
def test_python_values_that_boto3_accepts_are_accepted(shape, value):
    model = one_shape(shape, S={"type": "string"})
    assert accepts("Do", "request", {"it": value}, model=model)


def test_a_response_as_boto3_returns_it_is_accepted():
    service = {"containerServiceName": "shop", "createdAt": WHEN}
    response = {"containerServices": [service], "ResponseMetadata": {"HTTPStatusCode": 200}}
    assert accepts("GetContainerServices", "response", response)


def test_a_document_that_contains_itself_is_refused():
    tags = []
    tags.append(tags)
    with pytest.raises(ContractViolationError, match="tags"):
        validate("TagResource", "request", {"resourceName": "shop", "tags": tags})
