"""The control API under ``/_lightsail/`` offers the handle to tests in other languages."""

from __future__ import annotations

import json
import math
from pathlib import Path

import jsonschema
import pytest

from pytest_lightsail import Image
from pytest_lightsail.cli import main
from pytest_lightsail.simulation import control as control_module
from pytest_lightsail.simulation.control import ROUTES, control_schema

WRITTEN = Path(__file__).parents[2] / "schemas" / "control" / "control.json"
SHOP = {"serviceName": "shop", "power": "nano", "scale": 1}
SECRET = {"web": {"image": "nginx", "environment": {"TOKEN": "hunter2"}}}


def test_the_committed_schema_is_valid_and_up_to_date(capsys):
    jsonschema.Draft202012Validator.check_schema(control_schema())
    assert json.loads(WRITTEN.read_text()) == control_schema()
    assert main(["schemas", "control"]) == 0
    assert capsys.readouterr().out == WRITTEN.read_text()


@pytest.mark.lightsail(speed=0)
def test_the_clock_can_be_read_and_advanced(control, endpoint, lightsail):
    endpoint.call("CreateContainerService", **SHOP)
    assert control("clock")["elapsed"] == pytest.approx(0.1)
    response = control("clock", {"advance": 60})
    assert response["elapsed"] == pytest.approx(60.1)
    assert response["now"].startswith("2022-05-26T00:01:00")
    assert lightsail.services["shop"].state == "READY"


def test_play_plays_a_scenario(control, endpoint, lightsail):
    control("play", [{"create": {"takes": 5}}, {"fault": {"name": "throttling"}}])
    assert endpoint.call("CreateContainerService", **SHOP)["__type"].endswith("ThrottlingException")
    endpoint.call("CreateContainerService", **SHOP)
    lightsail.clock.advance(5)
    assert lightsail.services["shop"].state == "READY"


def test_calm_removes_faults(control, endpoint):
    control("play", [{"fault": {"name": "error", "code": "NotFoundException", "times": 2}}])
    assert endpoint.call("GetContainerServices")["__type"] == "NotFoundException"
    control("calm", {})
    assert endpoint.call("GetContainerServices")["status"] == 200


def test_reset_starts_a_clean_account(control, endpoint, lightsail):
    endpoint.call("CreateContainerService", **SHOP)
    control("reset", {})
    assert len(lightsail.services) == 0
    assert not lightsail.calls
    assert endpoint.call("GetContainerServices")["containerServices"] == []


def test_state_shows_services_and_deployments_with_masked_secrets(control, endpoint, lightsail):
    endpoint.call("CreateContainerService", **SHOP, deployment={"containers": SECRET})
    lightsail.clock.advance(600)
    shown = control("state")
    shop = shown["regions"]["us-east-1"]["shop"]
    assert shop["service"]["state"] == "RUNNING"
    (deployment,) = shop["deployments"]
    assert deployment["state"] == "ACTIVE"
    assert deployment["containers"]["web"]["environment"] == {"TOKEN": "***"}
    assert "hunter2" not in json.dumps(shown)


def test_calls_can_be_read_from_a_given_position(control, endpoint):
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


def test_timeline_returns_the_timeline_of_the_handle(control, endpoint, lightsail):
    endpoint.call("CreateContainerService", **SHOP)
    assert control("timeline")["timeline"] == lightsail.timeline()


@pytest.mark.parametrize(
    ("name", "given", "status", "message"),
    [
        (
            "nothing",
            None,
            404,
            "unknown route: GET 'nothing'; expected one of POST reset, POST play",
        ),
        ("", {}, 404, "unknown route: POST ''"),
        ("play", None, 404, "unknown route: GET 'play'"),
        ("state", {}, 404, "unknown route: POST 'state'"),
        ("play", {}, 400, "a scenario is a list of at most"),
        ("play", [{"explode": {}}], 400, "unknown verb 'explode'"),
        ("play", [{"fault": "throttling"}], 400, "the arguments of fault must be an object"),
        (
            "play",
            [{"fault": {"name": "throttling", "operation": "None"}}],
            400,
            "no operation 'None'",
        ),
        ("clock", {}, 400, "clock: the document: {}"),
        ("clock", {"advance": 1, "sleep": 1}, 400, "has too many properties"),
        ("clock", {"advance": -1}, 400, "advance: -1 is less than the minimum"),
        ("clock", {"advance": "1"}, 400, "advance: '1' is not valid"),
        ("clock", {"advance": 1e300}, 400, "virtual time ends"),
        ("clock", {"advance": float("nan")}, 400, "expected 0 or more"),
        ("reset", {"hard": True}, 400, "reset: the document: Additional"),
    ],
)
def test_an_invalid_request_is_refused_with_a_reason(control, name, given, status, message):
    assert message in control(name, given, status=status)["error"]


@pytest.mark.parametrize("after", ["-1", "x", "%C2%B2"])
def test_calls_refuses_an_invalid_position(control, after):
    assert "calls: after: " in control("calls", query=f"?after={after}", status=400)["error"]


def test_a_form_on_another_site_cannot_reset_the_account(endpoint, lightsail):
    endpoint.call("CreateContainerService", **SHOP)
    status, _, body = endpoint.send(
        "POST", "/_lightsail/reset", b"{}", {"Content-Type": "text/plain"}
    )
    assert (status, list(json.loads(body))) == (415, ["error"])
    assert len(lightsail.services) == 1


@pytest.mark.parametrize("body", [b"", b"\xff", b"{", b"[" * 100_000])
def test_a_body_that_is_not_json_is_refused(endpoint, body):
    headers = {"Content-Type": "application/json"}
    status, _, response = endpoint.send("POST", "/_lightsail/play", body, headers)
    assert status == 400
    assert json.loads(response)["error"].startswith("play: the body is not JSON: ")


# --- other functions of the handle ------------------------------------------------------------------


def create_shop(endpoint, lightsail, **more):
    endpoint.call("CreateContainerService", **SHOP, **more)
    lightsail.clock.advance_until_settled()


@pytest.mark.lightsail(speed=0)
def test_clock_shows_the_next_event_and_advances_to_it(control, endpoint):
    assert control("clock")["next"] is None
    assert "no change is due" in control("clock", {"advance": "next"}, status=400)["error"]
    endpoint.call("CreateContainerService", **SHOP)
    assert control("clock")["next"] == 40
    moved = control("clock", {"advance": "next"})
    assert (moved["elapsed"], moved["next"]) == (pytest.approx(40.1), None)


@pytest.mark.lightsail(speed=0)
def test_sleep_advances_the_clock(control):
    assert control("clock", {"sleep": 12.5})["elapsed"] == 12.5


def test_the_clock_runs_at_the_given_speed(control, endpoint, lightsail, monkeypatch):
    now = iter(range(0, 100_000_000_000, 1_000_000_000))  # one real second per request
    monkeypatch.setattr(control_module, "_now", lambda: next(now))
    assert control("clock", {"speed": 5})["speed"] == 5
    before = lightsail.clock.elapsed
    control("clock")
    assert lightsail.clock.elapsed - before == 5
    control("clock", {"speed": 0})
    before = lightsail.clock.elapsed
    control("clock")
    assert lightsail.clock.elapsed == before


@pytest.mark.lightsail(real_time=True)
def test_the_speed_cannot_be_set_in_real_time(control):
    assert control("clock")["speed"] is None
    assert "the speed of the clock cannot" in control("clock", {"speed": 2}, status=400)["error"]


def test_images_sets_the_behaviour_of_an_image(control, lightsail):
    described = {"shop:2": {"responds": {"/health": [503, "busy"]}, "starts_after": "never"}}
    control("images", {"images": described})
    image = lightsail.images["shop:2"]
    assert list(image.responds["/health"]) == [503, "busy"]
    assert image.starts_after == math.inf


def test_play_adds_a_lost_response(control, endpoint, lightsail):
    control("play", [{"fault": {"name": "answer_lost", "by": "server_error", "times": 1}}])
    assert endpoint.call("CreateContainerService", **SHOP)["status"] == 500
    assert "shop" in lightsail.services


def test_respond_adds_a_canned_response(control, endpoint):
    control("respond", {"operation": "GetInstances", "response": {"instances": []}})
    assert endpoint.call("GetInstances")["instances"] == []


def test_quotas_sets_a_quota(control, lightsail):
    control("quotas", {"services": 0})
    assert lightsail.quotas["services"] == 0


def test_certificates_adds_and_replaces_a_certificate(control, lightsail):
    given = {"name": "shop", "domains": ["a.example"]}
    control("certificates", {**given, "status": "PENDING_VALIDATION"})
    assert list(lightsail.certificates["shop"].domains) == ["a.example"]
    assert lightsail.certificates["shop"].status == "PENDING_VALIDATION"
    control("certificates", given)
    assert lightsail.certificates["shop"].status == "ISSUED"


def test_enter_moves_a_service_to_a_state(control, endpoint, lightsail):
    endpoint.call("CreateContainerService", **SHOP)
    moved = control("enter", {"service": "shop", "state": "READY"})
    assert moved["service"]["state"] == lightsail.services["shop"].state == "READY"
    refused = control("enter", {"service": "shop", "state": "RUNNING"}, status=400)
    assert "READY" in refused["error"]


def test_logs_and_visits_can_be_read(control, endpoint, lightsail):
    lightsail.images["nginx"] = Image(logs=("ready",))
    create_shop(endpoint, lightsail, deployment={"containers": SECRET})
    lightsail.clock.advance(300)  # log lines appear with a delay
    assert "ready" in control("logs", query="?service=shop&container=web")["lines"]
    assert (
        "'container' is a required" in control("logs", query="?service=shop", status=400)["error"]
    )
    host = lightsail.services["shop"].url.removeprefix("https://").rstrip("/")
    endpoint.send("GET", "/health", None, {"Host": host})
    seen = control("visits")
    assert [(each["host"], each["path"]) for each in seen["visits"]] == [(host, "/health")]
    assert control("visits", query=f"?after={seen['next']}")["visits"] == []


@pytest.mark.parametrize(
    ("name", "given", "message"),
    [
        ("images", {"images": {"shop:2": {"respond": 503}}}, "'respond' was unexpected"),
        ("images", {"images": {"shop:2": {"pull": "slow"}}}, "expected 'fails'"),
        ("images", {"images": []}, "images: [] is not of type 'object'"),
        ("respond", {}, "'operation' is a required"),
        ("respond", {"operation": "GetContainerServices", "response": {}}, "is simulated"),
        ("respond", {"operation": "GetInstances", "response": {"x": 1}}, "breaks its contract"),
        ("quotas", {"service": 1}, "'service' was unexpected"),
        ("quotas", {"services": -1}, "services: -1 is less than"),
        ("certificates", {"name": "shop"}, "'domains' is a required"),
        (
            "certificates",
            {"name": "shop", "domains": ["a.example"], "status": "BLESSED"},
            "invalid status='BLESSED'",
        ),
        ("enter", {"service": "shop", "state": "READY"}, "no container service 'shop'"),
    ],
)
def test_the_error_for_an_invalid_argument_names_the_argument(control, name, given, message):
    assert message in control(name, given, status=400)["error"]


def test_the_openapi_description_has_every_path_and_request_body(capsys):
    assert main(["schemas", "control", "--openapi"]) == 0
    described = json.loads(capsys.readouterr().out)
    assert set(described["paths"]) == {f"/_lightsail/{name.split()[1]}" for name in ROUTES}
    body = described["paths"]["/_lightsail/clock"]["post"]["requestBody"]["content"]
    assert body["application/json"]["schema"] == control_schema()["$defs"]["clock.request"]


def test_only_a_browser_on_a_local_host_is_redirected_to_the_page(endpoint, lightsail):
    status, headers, _ = endpoint.send("GET", "/", None, {"Accept": "text/html,*/*"})
    assert (status, headers["location"]) == (302, "/_lightsail/")
    assert endpoint.send("GET", "/", None, {"Accept": "*/*"})[0] == 404
    assert (
        endpoint.send("GET", "/", None, {"Accept": "text/html", "Host": "evil.example"})[0] == 400
    )
