"""botocore itself still validates parameters, parses responses, raises errors and calls handlers."""

from datetime import datetime, timezone

import pytest
from botocore.exceptions import ClientError, ParamValidationError

from pytest_lightsail import Fault

SHOP = {"serviceName": "shop", "power": "nano", "scale": 1}


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"serviceName": "shop", "power": "nano"}, 'Missing required parameter in input: "scale"'),
        ({**SHOP, "scale": "1"}, "Invalid type for parameter scale"),
        ({**SHOP, "size": 1}, 'Unknown parameter in input: "size"'),
        ({**SHOP, "scale": 0}, "Invalid value for parameter scale"),
    ],
)
def test_botocore_rejects_invalid_parameters_before_a_call(lightsail, parameters, message):
    with pytest.raises(ParamValidationError, match=message):
        lightsail.client().create_container_service(**parameters)

    assert not lightsail.calls
    assert lightsail.clock.elapsed == 0


def test_account_refuses_invalid_parameters_that_botocore_accepts(lightsail):
    client = lightsail.client()

    with pytest.raises(client.exceptions.InvalidInputException, match="gigantic"):
        client.create_container_service(**{**SHOP, "power": "gigantic"})

    assert lightsail.calls.count("CreateContainerService") == 1


def test_timestamps_are_datetimes(lightsail):
    service = lightsail.client().create_container_service(**SHOP)["containerService"]

    assert service["createdAt"] == datetime(2022, 5, 26, tzinfo=timezone.utc)


def test_botocore_drops_no_member_of_a_response(lightsail):
    service = lightsail.client().create_container_service(**SHOP)["containerService"]

    assert service.keys() == lightsail.calls[0].response["containerService"].keys()


def test_metadata_contains_the_status_and_the_number_of_retries(lightsail):
    metadata = lightsail.client().get_container_services()["ResponseMetadata"]

    assert (metadata["HTTPStatusCode"], metadata["RetryAttempts"]) == (200, 0)


def test_each_response_has_its_own_request_id(lightsail):
    client = lightsail.client()
    responses = [client.get_container_services()["ResponseMetadata"] for _ in range(3)]

    assert len({response["RequestId"] for response in responses}) == 3
    assert all(
        response["RequestId"] == response["HTTPHeaders"]["x-amzn-requestid"]
        for response in responses
    )


def test_date_header_shows_virtual_time(lightsail):
    lightsail.clock.advance(3600)

    metadata = lightsail.client().get_container_services()["ResponseMetadata"]

    assert metadata["HTTPHeaders"]["date"] == "Thu, 26 May 2022 01:00:00 GMT"


def test_headers_match_the_body(lightsail):
    received = []
    client = lightsail.client()
    client.meta.events.register(
        "response-received.lightsail", lambda response_dict, **_: received.append(response_dict)
    )

    headers = client.create_container_service(**SHOP)["ResponseMetadata"]["HTTPHeaders"]

    assert headers["content-length"] == str(len(received[0]["body"]))
    assert headers["content-type"] == "application/x-amz-json-1.1"


def test_error_responses_raise_the_exceptions_of_the_client(lightsail):
    client = lightsail.client()

    with pytest.raises(client.exceptions.NotFoundException) as raised:
        client.get_container_services(serviceName="shop")

    assert isinstance(raised.value, ClientError)
    assert raised.value.operation_name == "GetContainerServices"


def test_error_has_a_code_and_a_message(lightsail):
    with pytest.raises(ClientError) as raised:
        lightsail.client().get_container_services(serviceName="shop")

    error = raised.value.response["Error"]
    assert error["Code"] == "NotFoundException"
    assert "shop" in error["Message"]
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_error_has_the_members_of_its_model(lightsail):
    with pytest.raises(ClientError) as raised:
        lightsail.client().get_container_services(serviceName="shop")

    response = raised.value.response
    assert response.keys() >= {"code", "message", "tip"}
    assert response["code"]
    assert response["message"] == response["Error"]["Message"]


def test_error_outside_the_model_is_a_plain_client_error(lightsail):
    lightsail.faults.add(Fault.error("ExpiredTokenException"))

    with pytest.raises(ClientError) as raised:
        lightsail.client().get_container_services()

    assert type(raised.value) is ClientError
    assert raised.value.response["Error"]["Code"] == "ExpiredTokenException"
    assert "tip" not in raised.value.response


def test_event_handlers_of_the_user_are_called_in_order(lightsail):
    seen = []
    client = lightsail.client()
    for event in ("before-call", "request-created", "before-send", "after-call"):
        client.meta.events.register(
            f"{event}.lightsail", lambda event_name, **_: seen.append(event_name)
        )

    client.get_container_services()

    assert seen == [
        "before-call.lightsail.GetContainerServices",
        "request-created.lightsail.GetContainerServices",
        "before-send.lightsail.GetContainerServices",
        "after-call.lightsail.GetContainerServices",
    ]


def test_event_handler_of_the_user_can_change_the_response(lightsail):
    client = lightsail.client()
    client.meta.events.register(
        "after-call.lightsail", lambda parsed, **_: parsed.update(mine=True)
    )

    assert client.get_container_services()["mine"]


def sent_authorization(client):
    """Make a call, and return its Authorization header, as an event handler of the user sees it."""
    seen = []
    client.meta.events.register(
        "before-send.lightsail.*", lambda request, **_: seen.append(request.headers)
    )
    client.get_container_services()
    return seen[0].get("Authorization")


def test_requests_are_unsigned(lightsail, new_client):
    assert sent_authorization(new_client()) is None
