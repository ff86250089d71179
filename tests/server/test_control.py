"""The control API under ``/_lightsail/``: the handle, for tests in other languages."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from pytest_lightsail.cli import main
from pytest_lightsail.simulation.control import control_schema

WRITTEN = Path(__file__).parents[2] / "schemas" / "control" / "control.json"
SHOP = {"serviceName": "shop", "power": "nano", "scale": 1}
SECRET = {"web": {"image": "nginx", "environment": {"TOKEN": "hunter2"}}}


def test_the_schema_is_published_and_is_a_schema(capsys):
    jsonschema.Draft202012Validator.check_schema(control_schema())
    assert json.loads(WRITTEN.read_text()) == control_schema()
    assert main(["schemas", "control"]) == 0
    assert capsys.readouterr().out == WRITTEN.read_text()


@pytest.mark.lightsail(speed=0)
def test_the_clock_is_read_and_moved(control, endpoint, lightsail):
    endpoint.call("CreateContainerService", **SHOP)
    assert control("clock")["elapsed"] == pytest.approx(0.1)
    answer = control("clock", {"advance": 60})
    assert answer["elapsed"] == pytest.approx(60.1)
    assert answer["now"].startswith("2022-05-26T00:01:00")
    assert lightsail.services["shop"].state == "READY"


def test_a_scenario_is_played(control, endpoint, lightsail):
    control("play", [{"create": {"takes": 5}}, {"fault": {"name": "throttling"}}])
    assert endpoint.call("CreateContainerService", **SHOP)["__type"].endswith("ThrottlingException")
    endpoint.call("CreateContainerService", **SHOP)
    lightsail.clock.advance(5)
    assert lightsail.services["shop"].state == "READY"


def test_faults_are_added_and_calmed(control, endpoint):
    control("faults", [{"name": "error", "code": "NotFoundException", "times": 2}])
    assert endpoint.call("GetContainerServices")["__type"] == "NotFoundException"
    control("calm", {})
    assert endpoint.call("GetContainerServices")["status"] == 200


def test_reset_begins_again(control, endpoint, lightsail):
    endpoint.call("CreateContainerService", **SHOP)
    control("reset", {})
    assert len(lightsail.services) == 0
    assert not lightsail.calls
    assert endpoint.call("GetContainerServices")["containerServices"] == []


def test_state_is_what_the_api_shows_with_secrets_masked(control, endpoint, lightsail):
    endpoint.call("CreateContainerService", **SHOP, deployment={"containers": SECRET})
    lightsail.clock.advance(600)
    shown = control("state")
    shop = shown["regions"]["us-east-1"]["shop"]
    assert shop["service"]["state"] == "RUNNING"
    (deployment,) = shop["deployments"]
    assert deployment["state"] == "ACTIVE"
    assert deployment["containers"]["web"]["environment"] == {"TOKEN": "***"}
    assert "hunter2" not in json.dumps(shown)


def test_calls_are_read_from_where_one_left_off(control, endpoint):
    endpoint.call("CreateContainerService", **SHOP, deployment={"containers": SECRET})
    endpoint.call("GetContainerServices", serviceName="none")
    first = control("calls")
    assert [call["operation"] for call in first["calls"]] == [
        "CreateContainerService",
        "GetContainerServices",
    ]
    assert first["calls"][1]["error"] == "NotFoundException"
    assert first["calls"][1]["rule"] == "service.exists"
    assert "hunter2" not in json.dumps(first)
    endpoint.call("GetContainerServicePowers")
    rest = control("calls", query=f"?after={first['next']}")
    assert [call["operation"] for call in rest["calls"]] == ["GetContainerServicePowers"]


def test_the_timeline_is_that_of_the_handle(control, endpoint, lightsail):
    endpoint.call("CreateContainerService", **SHOP)
    assert control("timeline")["timeline"] == lightsail.timeline()


@pytest.mark.parametrize(
    ("name", "given", "status", "said"),
    [
        ("nothing", None, 404, "no 'nothing' here; there are reset, play"),
        ("", {}, 405, "the page: use GET or HEAD"),
        ("play", None, 405, "play: use POST"),
        ("state", {}, 405, "state: use GET"),
        ("play", {}, 400, "the body is a list"),
        ("play", [{"explode": {}}], 400, "no verb 'explode'"),
        ("faults", ["throttling"], 400, "the arguments of fault are an object"),
        ("faults", [{"name": "throttling", "operation": "None"}], 400, "no operation 'None'"),
        ("clock", {}, 400, 'the body is {"advance": seconds}'),
        ("clock", {"advance": -1}, 400, "0 or more seconds"),
        ("clock", {"advance": "1"}, 400, "0 or more seconds"),
        ("clock", {"advance": 1e300}, 400, "virtual time ends"),
        ("clock", {"advance": float("nan")}, 400, "0 or more seconds"),
        ("reset", {"hard": True}, 400, "reset: the body is {}"),
    ],
)
def test_what_cannot_be_is_refused_with_a_reason(control, name, given, status, said):
    assert said in control(name, given, status=status)["error"]


@pytest.mark.parametrize("after", ["-1", "x", "%C2%B2"])
def test_calls_are_counted_in_whole_numbers(control, after):
    assert "number of calls" in control("calls", query=f"?after={after}", status=400)["error"]


def test_a_form_of_somebody_s_page_cannot_reset(endpoint, lightsail):
    endpoint.call("CreateContainerService", **SHOP)
    status, _, body = endpoint.send(
        "POST", "/_lightsail/reset", b"{}", {"Content-Type": "text/plain"}
    )
    assert (status, list(json.loads(body))) == (415, ["error"])
    assert len(lightsail.services) == 1


@pytest.mark.parametrize("body", [b"", b"\xff", b"{", b"[" * 100_000])
def test_what_is_no_json_is_refused(endpoint, body):
    headers = {"Content-Type": "application/json"}
    status, _, answer = endpoint.send("POST", "/_lightsail/play", body, headers)
    assert status == 400
    assert json.loads(answer)["error"].startswith("the body is not JSON: ")
