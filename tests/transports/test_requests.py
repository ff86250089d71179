"""Callers that sign their own calls and send them with `requests` use the same account."""

import subprocess
import sys
import threading
import time
import warnings
from io import StringIO

import pytest
import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from requests.adapters import BaseAdapter, HTTPAdapter

from pytest_lightsail import Fault, OperationNotSimulatedError, simulate
from tests.support.signed_requests import API, call, create, list_services, signed

ORIGINAL = requests.Session.get_adapter


# --- responses ---------------------------------------------------------------------------------------


def test_a_signed_call_reaches_the_account(lightsail):
    response = create()

    assert response.status_code == 200
    assert response.json()["containerService"]["state"] == "PENDING"
    assert response.headers["content-type"] == "application/x-amz-json-1.1"
    assert response.headers["x-amzn-RequestId"]
    assert list(lightsail.services) == ["shop"]


def test_a_call_signed_by_requests_aws4auth_reaches_the_account(lightsail):
    auth = pytest.importorskip("requests_aws4auth").AWS4Auth(
        "AKIDEXAMPLE", "secret", "us-east-1", "lightsail"
    )
    headers = {
        "X-Amz-Target": "Lightsail_20161128.GetContainerServices",
        "Content-Type": "application/x-amz-json-1.1",
    }

    response = requests.post(API, auth=auth, headers=headers, data="{}", timeout=5)

    assert response.json() == {"containerServices": []}


def test_an_error_response_has_the_wire_format_of_the_api(lightsail):
    response = call("DeleteContainerService", {"serviceName": "shop"})

    assert response.status_code == 400
    assert response.json()["__type"] == "NotFoundException"


def test_requests_and_botocore_share_an_account(lightsail):
    create()

    shown = lightsail.client().get_container_services()

    assert shown["containerServices"][0]["containerServiceName"] == "shop"
    assert list_services().json()["containerServices"][0]["state"] == "PENDING"


def test_a_body_can_be_text_bytes_a_file_or_an_iterator(lightsail, tmp_path):
    given = signed("GetContainerServices")
    path = tmp_path / "body.json"
    body = '{"serviceName":\n"shop"}'
    path.write_text(body)

    with path.open("rb") as file:
        iterator = iter([b'{"serviceName":', b'"shop"}'])
        for data in (body, body.encode(), bytearray(body.encode()), file, StringIO(body), iterator):
            requests.post(given["url"], data=data, headers=given["headers"], timeout=5)
            assert lightsail.calls.last.parameters == {"serviceName": "shop"}


def test_a_request_that_is_not_a_call_is_an_unknown_operation(lightsail):
    response = requests.get(API, timeout=5)

    assert response.status_code == 404
    assert response.json()["__type"].endswith("#UnknownOperationException")


def test_an_operation_that_is_not_simulated_raises_an_error():
    with pytest.raises(OperationNotSimulatedError, match="GetInstances"), simulate():
        call("GetInstances")


def test_a_response_can_be_streamed(lightsail):
    with list_services(stream=True) as response:
        assert b"".join(response.iter_content(4)) == b'{"containerServices":[]}'


# --- where a call goes -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("host", "region"),
    [
        ("lightsail.eu-west-1.amazonaws.com", "eu-west-1"),
        ("lightsail.eu-west-1.amazonaws.com:443", "eu-west-1"),
        ("lightsail.ap-southeast-2.api.aws", "ap-southeast-2"),
        ("lightsail-fips.us-west-2.amazonaws.com", "us-west-2"),
        ("LIGHTSAIL.us-west-2.amazonaws.com", "us-west-2"),
    ],
)
def test_the_host_determines_the_region(lightsail, host, region):
    create(url=f"https://{host}/", region=region)

    assert [one.region for one in lightsail.calls] == [region]
    assert list(lightsail.region(region).services) == ["shop"]


def test_the_signature_determines_the_region_if_the_host_does_not(lightsail):
    create(url="https://lightsail.amazonaws.com/", region="eu-central-1")

    assert [one.region for one in lightsail.calls] == ["eu-central-1"]


@pytest.mark.parametrize(
    "url",
    [
        "https://ec2.us-east-1.amazonaws.com/",
        "https://lightsail.us-east-1.amazonaws.com.example.org/",
        "https://notlightsail.us-east-1.amazonaws.com/",
        "https://cs.amazonlightsail.com/",
        "http://127.0.0.1:9/",
    ],
)
def test_requests_to_other_hosts_go_to_the_network(lightsail, network, url):
    with pytest.raises(network):
        requests.post(url, timeout=5)


@pytest.mark.lightsail(real_calls=True)
def test_calls_go_to_the_network_again_after_the_simulation(network):
    session = requests.Session()
    with simulate():
        list_services(session=session)

    with pytest.raises(network):
        list_services(session=session)


def test_the_inner_of_two_accounts_responds():
    with simulate() as outer:
        with simulate() as inner:
            create()
        list_services()

    assert [len(outer.calls), len(inner.calls)] == [1, 1]


def test_the_account_responds_after_a_reset(lightsail):
    create()
    lightsail.reset()

    assert list_services().json() == {"containerServices": []}


def test_requests_is_restored_after_the_last_account():
    with simulate(), simulate():
        assert requests.Session.get_adapter is not ORIGINAL

    assert requests.Session.get_adapter is ORIGINAL


def test_a_saved_patch_returns_the_original_adapter_after_the_simulation():
    with simulate():
        kept = requests.Session.get_adapter
    session = requests.Session()

    assert kept(session, API) is session.adapters["https://"]


@pytest.fixture
def restored():
    yield
    requests.Session.get_adapter = ORIGINAL


@pytest.mark.usefixtures("restored")
def test_a_later_patch_by_another_tool_is_kept():
    def another(session, url):
        return ORIGINAL(session, url)

    with simulate():
        requests.Session.get_adapter = another

    assert requests.Session.get_adapter is another


@pytest.mark.usefixtures("restored")
def test_a_patch_reinstalled_after_the_simulation_does_no_harm():
    with simulate():
        kept = requests.Session.get_adapter
    requests.Session.get_adapter = kept

    with simulate() as lightsail:
        list_services()

    assert len(lightsail.calls) == 1


# --- the caller's own session ------------------------------------------------------------------------


def test_the_callers_own_http_adapter_is_still_used(lightsail):
    class Impatient(HTTPAdapter):
        sent = 0

        def send(self, request, **options):
            self.sent += 1
            return super().send(request, **{**options, "timeout": 3})

    session, adapter = requests.Session(), Impatient()
    session.mount(API, adapter)
    lightsail.faults.add(Fault.slow_answer(5))

    with pytest.raises(requests.ReadTimeout):
        list_services(session=session)

    assert adapter.sent == 1


def test_an_adapter_that_is_not_an_http_adapter_responds_itself(lightsail):
    class Canned(BaseAdapter):
        def send(self, *_args, **_options):
            response = requests.Response()
            response.status_code = 299
            return response

        def close(self):
            pass

    session = requests.Session()
    session.mount(API, Canned())

    assert list_services(session=session).status_code == 299
    assert not lightsail.calls


def test_a_session_made_before_the_simulation_reaches_the_account():
    session = requests.Session()
    with simulate() as lightsail:
        list_services(session=session)

    assert len(lightsail.calls) == 1


def test_response_hooks_of_the_session_are_called(lightsail):
    session, seen = requests.Session(), []
    session.hooks["response"].append(lambda response, **_: seen.append(response.status_code))

    list_services(session=session)

    assert seen == [200]


def test_threads_share_the_account(lightsail):
    threads = [threading.Thread(target=create, args=(f"shop-{number}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(lightsail.services) == 8


def test_a_poll_loop_runs_in_virtual_time(lightsail):
    create()
    while list_services().json()["containerServices"][0]["state"] != "READY":
        time.sleep(5)

    assert 40 < lightsail.clock.elapsed < 46


def test_an_account_in_real_time_advances_between_calls():
    with simulate(real_time=True, latency=0, pace="fast") as lightsail:
        create()
        before = lightsail.clock.elapsed
        time.sleep(0.02)
        list_services()

        assert lightsail.calls.last.at - before >= 0.02


def test_a_call_emits_no_warning(lightsail):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        list_services()


# --- imports -----------------------------------------------------------------------------------------


def in_a_process(source):
    return subprocess.run(  # noqa: S603 - our own source
        [sys.executable, "-c", source], capture_output=True, text=True, check=True
    ).stdout


def test_a_simulation_imports_neither_requests_nor_responses():
    out = in_a_process(
        "import sys\n"
        "from pytest_lightsail import simulate\n"
        "before = len(sys.meta_path)\n"
        "with simulate() as lightsail:\n"
        "    lightsail.client().get_container_services()\n"
        "print({'requests', 'responses'} & set(sys.modules), len(sys.meta_path) - before)\n"
        "import requests\n"
        "with simulate():\n"
        f"    print(requests.post({API!r}).status_code)\n"
    )

    assert out.split() == ["set()", "0", "404"]


def test_requests_imported_during_a_simulation_reaches_the_account():
    out = in_a_process(
        "import sys\n"
        "from pytest_lightsail import simulate\n"
        "with simulate():\n"
        "    before = 'requests' in sys.modules\n"
        "    import requests, inspect\n"
        f"    status = requests.post({API!r}).status_code\n"
        "    source = inspect.getsource(requests.sessions)\n"
        "kept = requests.Session.get_adapter.__module__\n"
        "print(before, status, len(source) > 1000, kept)\n"
    )

    assert out.split() == ["False", "404", "True", "requests.sessions"]


def test_a_call_signed_by_the_signer_of_botocore_reaches_the_account(lightsail):
    credentials = Credentials("mine", "mine")
    given = signed("GetContainerServices")
    request = AWSRequest("POST", API, headers=given["headers"], data="{}")
    SigV4Auth(credentials, "lightsail", "us-east-1").add_auth(request)

    response = requests.post(API, data="{}", headers=dict(request.headers.items()), timeout=5)

    assert response.ok


@pytest.mark.parametrize("limit", [(-1, 5), (5, 0), (1, 2, 3)])
def test_an_invalid_timeout_is_an_error(lightsail, limit):
    with pytest.raises(ValueError, match=r"timeout|unpack"):
        requests.get(API, timeout=limit)
