"""The AWS JSON 1.1 protocol: requests, responses, and the errors for malformed requests."""

from __future__ import annotations

import json
import re

import pytest

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


# --- valid requests ----------------------------------------------------------------------------------


def test_a_request_gets_status_200_and_json(world):
    response = world.send(b"{}")
    assert response.status == 200
    assert json.loads(response.body) == {"containerServices": []}


@pytest.mark.parametrize("body", [b" {} ", b"{\n}", b'{"serviceName": null}'])
def test_white_space_and_nulls_in_the_body_are_accepted(world, body):
    assert world.send(body).status == 200


@pytest.mark.parametrize("path", ["/", "", "/?x=1"])
def test_a_request_to_the_root_path_is_accepted(world, path):
    assert world.send(path=path).status == 200


@pytest.mark.parametrize(
    "content_type",
    [
        "application/x-amz-json-1.1; charset=utf-8",
        "Application/X-Amz-JSON-1.1",
        "application/x-amz-json-1.1 ",
    ],
)
def test_a_content_type_can_have_parameters_and_capitals(world, content_type):
    assert world.send(content_type=content_type).status == 200


def test_other_headers_are_ignored(world):
    assert (
        world.send(authorization="AWS4-HMAC-SHA256 x", x_amz_date="20220526T000000Z").status == 200
    )


def test_text_can_be_in_any_script(world):
    tags = [{"key": "größe", "value": "名前"}]
    assert world.create(tags=tags)["tags"] == tags


def test_escaped_text_is_decoded(world):
    world.create()
    assert world.send(b'{"serviceName": "\\u0073hop"}').status == 200


# --- responses ---------------------------------------------------------------------------------------


def headers(response) -> dict[str, str]:
    return dict(response.headers)


def test_a_response_has_the_headers_of_the_service(world):
    assert set(headers(world.send())) == {
        "Server",
        "Date",
        "Content-Type",
        "Content-Length",
        "x-amzn-RequestId",
        "Connection",
    }


def test_a_response_has_the_content_type_of_the_protocol(world):
    assert headers(world.send())["Content-Type"] == "application/x-amz-json-1.1"


@pytest.mark.parametrize("body", [b"{}", b"{"])
def test_the_content_length_is_the_length_of_the_body(world, body):
    world.create(tags=[{"key": "größe"}])
    response = world.send(body)
    assert int(headers(response)["Content-Length"]) == len(response.body)


@pytest.mark.parametrize("body", [b"{}", b"{"])
def test_every_response_has_its_own_request_id(world, body):
    ids = [headers(world.send(body))["x-amzn-RequestId"] for _ in range(3)]
    assert len(set(ids)) == 3
    assert all(UUID.fullmatch(one) for one in ids)


def test_the_date_header_is_in_virtual_time(world):
    assert headers(world.send())["Date"] == "Thu, 26 May 2022 00:00:00 GMT"
    world.advance(24 * 3600 + 61.9)
    assert headers(world.send())["Date"] == "Fri, 27 May 2022 00:01:01 GMT"


def test_an_error_has_a_date_header(world):
    world.advance(5)
    assert headers(world.send(b"{"))["Date"] == "Thu, 26 May 2022 00:00:05 GMT"


def test_a_call_takes_the_latency_of_the_account(new_world):
    world = new_world(latency=0.25)
    world.send()
    world.send(b"{")
    assert world.elapsed == 0.5


def test_the_body_of_a_response_is_compact_ascii_json(world):
    world.create(tags=[{"key": "größe"}])
    body = world.send().body
    assert body == json.dumps(json.loads(body), separators=(",", ":")).encode()
    assert body.isascii()


# --- malformed requests ------------------------------------------------------------------------------


def error(world, *args, **kwargs) -> tuple[int, str]:
    response = world.send(*args, **kwargs)
    return response.status, json.loads(response.body)["__type"]


UNKNOWN = (404, "com.amazon.coral.service#UnknownOperationException")
MALFORMED = (400, "com.amazon.coral.service#SerializationException")


@pytest.mark.parametrize(
    "target",
    [
        "Lightsail_20161128.CreateUniverse",
        "Lightsail_20161128.getContainerServices",
        "Lightsail_20161128.",
        "Lightsail_20161128",
        "GetContainerServices",
        ".GetContainerServices",
        "DynamoDB_20120810.GetContainerServices",
        "Lightsail_20161128.X.GetContainerServices",
        "",
        None,
    ],
)
def test_an_unknown_or_missing_target_is_an_unknown_operation(world, target):
    assert error(world, x_amz_target=target) == UNKNOWN


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "HEAD", "PATCH", "post"])
def test_a_method_other_than_post_is_an_unknown_operation(world, method):
    assert error(world, method=method) == UNKNOWN


@pytest.mark.parametrize("path", ["/container-services", "//", "/index.html?x=/"])
def test_a_path_other_than_the_root_is_an_unknown_operation(world, path):
    assert error(world, path=path) == UNKNOWN


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "application/x-amz-json-1.0",
        "text/plain",
        "",
        None,
        "x, application/x-amz-json-1.1",
    ],
)
def test_a_wrong_or_missing_content_type_is_an_unknown_operation(world, content_type):
    assert error(world, content_type=content_type) == UNKNOWN


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"{",
        b"}",
        b'{"serviceName"}',
        b"{'serviceName': 'shop'}",
        b"{} {}",
        b"{},",
        b"serviceName=shop",
    ],
)
def test_a_body_that_is_not_json_is_malformed(world, body):
    assert error(world, body) == MALFORMED


def test_the_error_distinguishes_no_body_from_invalid_json(world):
    assert b"has no body" in world.send(b"").body
    assert b"is not valid JSON" in world.send(b"{").body


@pytest.mark.parametrize(
    "body", [b"[]", b"null", b"true", b"7", b'"text"', b'[{"serviceName": "shop"}]']
)
def test_a_body_that_is_not_an_object_is_malformed(world, body):
    assert error(world, body) == MALFORMED


@pytest.mark.parametrize("number", [b"NaN", b"Infinity", b"-Infinity"])
def test_nan_and_infinity_are_malformed(world, number):
    assert error(world, b'{"serviceName": ' + number + b"}") == MALFORMED


@pytest.mark.parametrize(
    "body",
    [b'{"serviceName": "\xff"}', b"\xff\xfe{}", b"\xef\xbb\xbf{}", b'{"serviceName": "\xc3"}'],
)
def test_a_body_with_invalid_utf_8_or_a_byte_order_mark_is_malformed(world, body):
    assert error(world, body) == MALFORMED


def test_json_that_is_nested_too_deeply_is_malformed(world):
    depth = 200_000
    body = b'{"serviceName": ' + b"[" * depth + b"]" * depth + b"}"
    assert error(world, body) == MALFORMED


def test_a_number_with_too_many_digits_is_malformed(world):
    assert error(world, b'{"serviceName": ' + b"9" * 10_000 + b"}") == MALFORMED


def test_a_number_that_does_not_fit_its_type_is_malformed(world):
    for number in (b"1e999", b"99999999999", b"1e2"):
        body = b'{"serviceName": "shop", "scale": ' + number + b"}"
        target = "Lightsail_20161128.UpdateContainerService"
        assert error(world, body, x_amz_target=target) == MALFORMED


def test_many_brackets_side_by_side_do_not_count_as_nesting(world):
    assert len(world.create(tags=[{"key": str(number)} for number in range(50)])["tags"]) == 50


@pytest.mark.parametrize("depth", [20, 200, 900, 2000, 9000])
def test_deeply_nested_json_does_not_harm_the_account(world, depth):
    nested = b"[" * depth + b"]" * depth
    assert error(world, b'{"serviceName": ' + nested + b"}") == MALFORMED
    assert error(world, b'{"extra": ' + nested + b"}")[0] == 400
    assert can_be_shown(world)
    assert world.send().status == 200


def can_be_shown(world) -> bool:
    # pytest takes minutes to format the traceback of a RecursionError with such values.
    try:
        return bool(repr(world.account.history.calls))
    except RecursionError:
        return False


def test_a_lone_surrogate_is_refused_as_an_invalid_name(world):
    status, kind = error(world, b'{"serviceName": "\\ud800"}')
    assert (status, kind) == (400, "InvalidInputException")


def test_the_last_of_two_members_with_the_same_name_is_used(world):
    world.create()
    assert world.send(b'{"serviceName": "blog", "serviceName": "shop"}').status == 200


def test_the_target_is_checked_before_the_body(world):
    assert error(world, b"{", x_amz_target="Lightsail_20161128.CreateUniverse") == UNKNOWN


def test_a_body_with_a_value_of_the_wrong_type_is_malformed(world):
    assert error(world, b'{"serviceName": 7}') == MALFORMED


def test_a_malformed_request_is_recorded_as_a_call(world):
    world.send(b"{", x_amz_target=None)
    (call,) = world.account.history.calls
    assert (call.operation, call.error, call.status) == ("", "UnknownOperationException", 404)


def test_a_malformed_request_changes_nothing(world):
    world.running()
    before = world.snapshot()
    world.send(b"{")
    world.send(method="DELETE")
    assert world.snapshot() == before
