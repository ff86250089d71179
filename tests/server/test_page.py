"""The files of the page at ``/_lightsail/``, their headers, and who may read them."""

from __future__ import annotations

import json
import re
import zipfile
from html.parser import HTMLParser
from pathlib import Path

import pytest

from pytest_lightsail.simulation.control import PREFIX, asset, live_page
from pytest_lightsail.simulator.faults import PLAIN_FAULTS

from .conftest import ROOT
from .test_control import SHOP

ASSETS = ROOT / "pytest_lightsail" / "simulation" / "assets"
KINDS = {
    "": "text/html; charset=utf-8",
    "page.css": "text/css; charset=utf-8",
    "page.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml; charset=utf-8",
}


class Elements(HTMLParser):
    """Collect the start tags of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def values(self, name: str) -> list[str]:
        return [about[name] or "" for _, about in self.found if name in about]


@pytest.fixture(scope="module")
def page() -> Elements:
    return Elements(live_page()[""].body.decode())


@pytest.fixture
def read(endpoint):
    def read(name="", method="GET", path=None, **headers):
        return endpoint.send(method, PREFIX + name if path is None else path, None, headers)

    return read


@pytest.mark.parametrize("name", KINDS)
def test_each_file_has_the_right_content_type_and_length(read, name):
    status, headers, body = read(name)
    assert (status, headers["content-type"]) == (200, KINDS[name])
    assert headers["content-length"] == str(len(body))
    assert body == live_page()[name].body


@pytest.mark.parametrize("name", ["", "page.js"])
def test_security_headers_allow_only_own_files_and_no_framing(read, name):
    headers = read(name)[1]
    policy = dict(rule.split(" ", 1) for rule in headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    own = {kind for kind, what in policy.items() if what == "'self'"}
    assert own == {"script-src", "style-src", "img-src", "connect-src"}
    none = {kind for kind, what in policy.items() if what == "'none'"}
    assert none == {"default-src", "base-uri", "form-action", "frame-ancestors"}
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert "access-control-allow-origin" not in headers


def test_responses_of_the_control_api_are_not_cached(read):
    headers = read("state")[1]
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert "access-control-allow-origin" not in headers


def test_the_url_without_a_trailing_slash_redirects_to_the_page(read):
    status, headers, _ = read(path="/_lightsail", Accept="text/html")
    assert (status, headers["location"]) == (302, "/_lightsail/")
    assert read(path="/_lightsails")[0] == 404


def test_a_query_string_is_ignored(read):
    assert read(path=f"{PREFIX}?x=1")[2] == live_page()[""].body


@pytest.mark.parametrize("name", ["", "page.js"])
def test_head_returns_the_headers_of_get_without_the_body(endpoint, name):
    request = f"HEAD {PREFIX}{name} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    head, _, body = endpoint.raw(request.encode()).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK")
    assert f"content-length: {len(live_page()[name].body)}".encode() in head.lower()
    assert body == b""


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
@pytest.mark.parametrize("name", ["", "page.css"])
def test_other_methods_are_refused(read, method, name):
    status, _, body = read(name, method)
    assert status == 404
    assert list(json.loads(body)) == ["error"]


@pytest.mark.parametrize("name", ["index.html", "../control.py", "%2e%2e/control.py", "page"])
def test_other_files_are_not_found(read, name):
    status, _, body = read(name)
    assert status == 404
    assert list(json.loads(body)) == ["error"]


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1:1234", "localhost", "LOCALHOST:80", "[::1]:80", "lightsail:8080", "10.0.0.7"],
)
@pytest.mark.parametrize("name", ["", "state"])
def test_ip_addresses_and_local_host_names_are_accepted(read, host, name):
    assert read(name, Host=host)[0] == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:80", "localhost.evil.example", "[::1].evil.example"]
)
@pytest.mark.parametrize("name", ["", "page.js", "state"])
def test_foreign_host_names_are_refused(read, host, name):
    status, _, body = read(name, Host=host)
    assert status == 400
    assert host in json.loads(body)["message"]


def test_a_request_with_a_foreign_host_name_changes_nothing(endpoint, lightsail):
    endpoint.call("CreateContainerService", **SHOP)
    headers = {"Content-Type": "application/json", "Host": "evil.example:80"}
    assert endpoint.send("POST", f"{PREFIX}reset", b"{}", headers)[0] == 400
    assert len(lightsail.services) == 1


def test_reading_the_page_is_not_recorded_as_a_call(read, lightsail):
    for name in live_page():
        assert read(name)[0] == 200
    assert not lightsail.calls


@pytest.mark.parametrize("name", live_page())
def test_no_file_refers_to_another_site(name):
    text = live_page()[name].body.decode().replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert not re.findall(r"https?:|//[a-z]|@import|url\(|\bimport\(", text)


def test_the_page_refers_to_exactly_the_files_that_exist(page):
    modules = [
        found
        for name in live_page()
        if name.endswith(".js")
        for found in re.findall(r'from "\./([^"]+)"', asset(name))
    ]
    referred = {*page.values("src"), *modules} | {
        link for link in page.values("href") if not link.startswith("#")
    }
    assert referred == set(live_page()) - {""}


def test_the_page_has_no_inline_code_and_its_scripts_create_no_markup(page):
    text = live_page()[""].body.decode()
    assert "<style" not in text
    assert re.findall(r"<script[^>]*>(.*?)</script>", text, re.DOTALL) == [""]
    assert not [n for _, about in page.found for n in about if n == "style" or n.startswith("on")]
    for name in live_page():
        if name.endswith(".js"):
            assert not re.search(
                r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function",
                asset(name),
            )


def test_every_field_has_a_label_and_every_reference_has_a_target(page):
    ids = page.values("id")
    assert len(ids) == len(set(ids))
    fields = {
        about["id"] for tag, about in page.found if tag in {"input", "select"} and "id" in about
    }
    assert fields == set(page.values("for"))
    named = {one for value in page.values("aria-labelledby") for one in value.split()}
    assert named <= set(ids)
    assert {link[1:] for link in page.values("href") if link.startswith("#")} <= set(ids)


def test_each_fault_that_needs_no_argument_has_a_button(page):
    assert page.values("data-fault") == [*PLAIN_FAULTS, "answer_lost"]


def test_state_lists_prepared_steps_and_identifies_the_account(endpoint, lightsail):
    def state():
        return json.loads(endpoint.send("GET", f"{PREFIX}state", None)[2])

    def post(name, given):
        headers = {"Content-Type": "application/json"}
        return endpoint.send("POST", PREFIX + name, json.dumps(given).encode(), headers)

    first = state()
    assert (first["toCome"], first["calls"]) == ([], 0)
    post(
        "play",
        [
            {"fault": {"name": "throttling", "times": 2}},
            {"deploy": {"never_ends": True}},
            {"another_client": {"verb": "deploys", "service": "shop", "after": 9e5}},
        ],
    )
    endpoint.call("GetContainerServices")
    second = state()
    assert (second["account"], second["calls"]) == (first["account"], 1)
    assert second["toCome"][:2] == ["script.deploy(never_ends=True)", "faults.add(throttling)"]
    kinds = [text.partition("(")[0] for text in second["toCome"]]
    assert kinds == ["script.deploy", "faults.add", "another_client.deploys"]
    post("reset", {})
    third = state()
    assert third["account"] != first["account"]
    assert (third["toCome"], third["calls"]) == ([], 0)


def test_the_wheel_contains_every_file_of_the_page(tmp_path):
    builders = pytest.importorskip("hatchling.builders.wheel", reason="needs hatchling")
    (built,) = builders.WheelBuilder(str(ROOT)).build(
        directory=str(tmp_path), versions=["standard"]
    )
    with zipfile.ZipFile(built) as wheel:
        (about,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
        assert "License-Expression: MIT\nLicense-File: LICENSE\n" in wheel.read(about).decode()
        packed = {
            Path(name).name: wheel.read(name) for name in wheel.namelist() if "assets" in name
        }
    assert packed == {file.name: file.read_bytes() for file in ASSETS.iterdir()}
    assert set(packed) >= set(live_page()) - {""} | {"index.html"}
