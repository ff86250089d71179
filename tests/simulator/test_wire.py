"""AWS JSON 1.1: bytes in, bytes out, and AWS's own answers to what is no such request."""

from __future__ import annotations

import json
import re

import pytest

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


# --- a request that is fine --------------------------------------------------------------------------


def test_a_request_is_answered_with_200_and_json(world):
    response = world.send(b"{}")
    assert response.status == 200
    assert json.loads(response.body) == {"containerServices": []}


@pytest.mark.parametrize("body", [b" {} ", b"{\n}", b'{"serviceName": null}'])
def test_white_space_and_nulls_in_the_body_do_no_harm(world, body):
    assert world.send(body).status == 200


@pytest.mark.parametrize("path", ["/", "", "/?x=1"])
def test_a_request_goes_to_the_root(world, path):
    assert world.send(path=path).status == 200


@pytest.mark.parametrize(
    "content_type",
    [
        "application/x-amz-json-1.1; charset=utf-8",
        "Application/X-Amz-JSON-1.1",
        "application/x-amz-json-1.1 ",
    ],
)
def test_a_content_type_may_have_parameters_and_capitals(world, content_type):
    assert world.send(content_type=content_type).status == 200


def test_other_headers_make_no_difference(world):
    assert (
        world.send(authorization="AWS4-HMAC-SHA256 x", x_amz_date="20220526T000000Z").status == 200
    )


def test_text_may_be_of_any_script(world):
    tags = [{"key": "größe", "value": "名前"}]
    assert world.create(tags=tags)["tags"] == tags


def test_escaped_text_is_read(world):
    world.create()
    assert world.send(b'{"serviceName": "\\u0073hop"}').status == 200


# --- the answer --------------------------------------------------------------------------------------


def headers(response) -> dict[str, str]:
    return dict(response.headers)


def test_an_answer_has_the_headers_of_the_service(world):
    assert set(headers(world.send())) == {
        "Server",
        "Date",
        "Content-Type",
        "Content-Length",
        "x-amzn-RequestId",
        "Connection",
    }


def test_an_answer_is_of_the_protocols_content_type(world):
    assert headers(world.send())["Content-Type"] == "application/x-amz-json-1.1"


@pytest.mark.parametrize("body", [b"{}", b"{"])
def test_the_content_length_is_that_of_the_body(world, body):
    world.create(tags=[{"key": "größe"}])
    response = world.send(body)
    assert int(headers(response)["Content-Length"]) == len(response.body)


@pytest.mark.parametrize("body", [b"{}", b"{"])
def test_every_answer_has_a_request_id_of_its_own(world, body):
    ids = [headers(world.send(body))["x-amzn-RequestId"] for _ in range(3)]
    assert len(set(ids)) == 3
    assert all(UUID.fullmatch(one) for one in ids)


def test_the_date_is_the_virtual_one(world):
    assert headers(world.send())["Date"] == "Thu, 26 May 2022 00:00:00 GMT"
    world.advance(24 * 3600 + 61.9)
    assert headers(world.send())["Date"] == "Fri, 27 May 2022 00:01:01 GMT"


def test_an_error_has_a_date_too(world):
    world.advance(5)
    assert headers(world.send(b"{"))["Date"] == "Thu, 26 May 2022 00:00:05 GMT"


def test_a_call_takes_the_latency_of_the_account(new_world):
    world = new_world(latency=0.25)
    world.send()
    world.send(b"{")
    assert world.elapsed == 0.5


def test_a_body_is_compact_ascii_json(world):
    world.create(tags=[{"key": "größe"}])
    body = world.send().body
    assert body == json.dumps(json.loads(body), separators=(",", ":")).encode()
    assert body.isascii()


# --- a request that is none --------------------------------------------------------------------------


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
def test_another_method_than_post_is_an_unknown_operation(world, method):
    assert error(world, method=method) == UNKNOWN


@pytest.mark.parametrize("path", ["/container-services", "//", "/index.html?x=/"])
def test_another_path_is_an_unknown_operation(world, path):
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
def test_another_or_no_content_type_is_an_unknown_operation(world, content_type):
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
def test_a_body_that_is_no_json_is_malformed(world, body):
    assert error(world, body) == MALFORMED


def test_the_error_distinguishes_no_body_from_invalid_json(world):
    assert b"has no body" in world.send(b"").body
    assert b"is not valid JSON" in world.send(b"{").body


@pytest.mark.parametrize(
    "body", [b"[]", b"null", b"true", b"7", b'"text"', b'[{"serviceName": "shop"}]']
)
def test_a_body_that_is_no_object_is_malformed(world, body):
    assert error(world, body) == MALFORMED


@pytest.mark.parametrize("number", [b"NaN", b"Infinity", b"-Infinity"])
def test_numbers_that_json_does_not_have_are_malformed(world, number):
    assert error(world, b'{"serviceName": ' + number + b"}") == MALFORMED


@pytest.mark.parametrize(
    "body",
    [b'{"serviceName": "\xff"}', b"\xff\xfe{}", b"\xef\xbb\xbf{}", b'{"serviceName": "\xc3"}'],
)
def test_bytes_that_are_no_utf_8_or_have_a_mark_before_them_are_malformed(world, body):
    assert error(world, body) == MALFORMED


def test_json_too_deep_to_be_read_is_malformed(world):
    depth = 200_000
    body = b'{"serviceName": ' + b"[" * depth + b"]" * depth + b"}"
    assert error(world, body) == MALFORMED


def test_a_number_too_long_to_be_read_is_malformed(world):
    assert error(world, b'{"serviceName": ' + b"9" * 10_000 + b"}") == MALFORMED


def test_a_number_too_big_for_its_type_is_malformed(world):
    for number in (b"1e999", b"99999999999", b"1e2"):
        body = b'{"serviceName": "shop", "scale": ' + number + b"}"
        target = "Lightsail_20161128.UpdateContainerService"
        assert error(world, body, x_amz_target=target) == MALFORMED


def test_a_body_with_many_brackets_side_by_side_is_not_deep(world):
    assert len(world.create(tags=[{"key": str(number)} for number in range(50)])["tags"]) == 50


@pytest.mark.parametrize("depth", [20, 200, 900, 2000, 9000])
def test_deep_json_does_no_harm_to_the_account(world, depth):
    nested = b"[" * depth + b"]" * depth
    assert error(world, b'{"serviceName": ' + nested + b"}") == MALFORMED
    assert error(world, b'{"extra": ' + nested + b"}")[0] == 400
    assert can_be_shown(world)
    assert world.send().status == 200


def can_be_shown(world) -> bool:
    # pytest takes minutes over the traceback of a RecursionError that holds such values.
    try:
        return bool(repr(world.account.history.calls))
    except RecursionError:
        return False


def test_a_lone_surrogate_is_refused_like_any_bad_name(world):
    status, kind = error(world, b'{"serviceName": "\\ud800"}')
    assert (status, kind) == (400, "InvalidInputException")


def test_the_last_of_two_members_with_one_name_counts(world):
    world.create()
    assert world.send(b'{"serviceName": "blog", "serviceName": "shop"}').status == 200


def test_the_target_is_looked_at_before_the_body(world):
    assert error(world, b"{", x_amz_target="Lightsail_20161128.CreateUniverse") == UNKNOWN


def test_a_body_of_the_wrong_types_is_malformed_to_the_operation_too(world):
    assert error(world, b'{"serviceName": 7}') == MALFORMED


def test_what_is_no_request_is_noted_as_a_call_all_the_same(world):
    world.send(b"{", x_amz_target=None)
    (call,) = world.account.history.calls
    assert (call.operation, call.error, call.status) == ("", "UnknownOperationException", 404)


def test_what_is_no_request_changes_nothing(world):
    world.running()
    before = world.snapshot()
    world.send(b"{")
    world.send(method="DELETE")
    assert world.snapshot() == before
