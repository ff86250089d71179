"""botocore's own parameter validator takes every request that our schema takes."""

import pytest
from botocore.validate import ParamValidator
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from pytest_lightsail.contract.validator import accepts
from pytest_lightsail.model.schema import Form, schema
from tests.support.botocore_models import SERVICE_MODEL
from tests.support.documents import documents, mutated
from tests.support.models import INSTALLED, one_shape
from tests.support.validators import PROPERTY


def botocore_takes(operation, request):
    shape = SERVICE_MODEL.operation_model(operation).input_shape
    try:
        return not ParamValidator().validate(request, shape).has_errors()
    except (RuntimeError, OverflowError):
        # How it refuses a timestamp far out of range.
        return False


@pytest.mark.parametrize("documented", [True, False], ids=["catalogue", "model alone"])
@pytest.mark.parametrize("flavour", ["wire", "python"])
def test_what_we_accept_botocore_sends(flavour, documented):
    @PROPERTY
    @given(data=st.data())
    def taken(data):
        operation = data.draw(st.sampled_from(sorted(INSTALLED.operations)))
        valid = documents(INSTALLED, operation, Form("request", flavour, documented=documented))
        request = data.draw(valid | mutated(valid))
        if accepts(operation, "request", request, flavour=flavour, documented=documented):
            explained = flavour == "wire" and not accepts(
                operation, "request", request, flavour="python", documented=documented
            )
            assert botocore_takes(operation, request) or explained

    taken()


LOG = {"serviceName": "shop", "containerName": "web"}
EXCEPTIONS = {
    "a timestamp after the year 9999 is a number on the wire, but no datetime": {"startTime": 1e15},
    "a timestamp before the year 1 is a number on the wire, but no datetime": {"startTime": -1e15},
}


@pytest.mark.parametrize("reason", EXCEPTIONS)
def test_what_we_accept_and_botocore_does_not(reason):
    request = {**LOG, **EXCEPTIONS[reason]}

    assert accepts("GetContainerLog", "request", request)
    assert not botocore_takes("GetContainerLog", request)


def test_a_whole_number_with_a_point_is_one_to_the_schema_alone():
    """JSON Schema cannot tell 2.0 from 2; our validator can, and refuses it as botocore does."""
    request = {"serviceName": "shop", "scale": 2.0}

    assert Draft202012Validator(schema("UpdateContainerService", "request")).is_valid(request)
    assert not accepts("UpdateContainerService", "request", request)
    assert not botocore_takes("UpdateContainerService", request)


@pytest.mark.parametrize("reason", EXCEPTIONS)
def test_there_is_no_such_exception_in_the_python_flavour(reason):
    request = {**LOG, **EXCEPTIONS[reason]}

    assert not accepts("GetContainerLog", "request", request, flavour="python")


def test_blobs_and_files_are_left_to_the_wire_only():
    model = one_shape({"type": "blob"})

    assert accepts("Do", "request", {"it": b"x"}, model=model, flavour="python")
    assert not accepts("Do", "request", {"it": b"x"}, model=model)
