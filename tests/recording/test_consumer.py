"""``--lightsail-contract`` records how the code under test uses the API."""

from __future__ import annotations

import json
from textwrap import dedent
from typing import Any

import pytest

# pytester unloads every module that an in-process run imports for the first time. Import these
# modules here, because Hypothesis cannot be imported twice.
import pytest_lightsail.recording.consumer
import pytest_lightsail.verification.verify  # noqa: F401

FILE = "contracts/lightsail.json"
APP = """
import botocore.session

def new_client():
    return botocore.session.get_session().create_client("lightsail", "us-east-1")

def create(name, client=None, **more):
    client = client or new_client()
    response = client.create_container_service(serviceName=name, power="nano", scale=1, **more)
    return response["containerService"]["state"]

def is_ready(name, client=None):
    client = client or new_client()
    (service,) = client.get_container_services(serviceName=name)["containerServices"]
    return service["state"] == "READY"
"""


@pytest.fixture
def run(pytester: pytest.Pytester):
    """Return a function that runs tests of the module ``app`` and returns the contract."""

    def run(*tests: str, args: tuple[str, ...] = (), passes: bool = True, app: str = "") -> Any:
        pytester.makepyfile(app=APP + dedent(app))
        for number, test in enumerate(tests):
            pytester.makepyfile(**{f"test_{number}": test})
        run_pytest = pytester.runpytest_subprocess if "-n" in args else pytester.runpytest_inprocess
        result = run_pytest(f"--lightsail-contract={FILE}", *args)
        assert (result.ret == 0) is passes, result.stdout.str()
        run.summary = result.stdout.str().partition("= Lightsail contract =")[2]
        path = pytester.path / FILE
        return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None

    run.path = pytester.path / FILE
    return run


GET = "GetContainerServices"


def operations(contract: Any) -> set[str]:
    return {use.partition(" ")[0] for use in contract["uses"]}


CREATES = """
import app
def test_it_creates(lightsail):
    app.create("shop")
"""
WAITS = """
import app, pytest
@pytest.fixture
def shop(lightsail, lightsail_client):
    lightsail_client.create_container_service(serviceName="shop", power="nano", scale=1)
    lightsail.clock.advance(60)

def test_it_is_ready(shop, lightsail_client):
    assert app.is_ready("shop")
    lightsail_client.get_container_services()["containerServices"][0]["url"]
"""


# --- what is recorded ----------------------------------------------------------------------------


def test_the_contract_lists_what_the_code_sends_reads_and_compares(run):
    contract = run(CREATES, WAITS)

    assert contract["uses"].keys() == {
        "CreateContainerService request",
        *(f"CreateContainerService request {name}" for name in ("serviceName", "power", "scale")),
        "CreateContainerService response containerService",
        "CreateContainerService response containerService.state",
        f"{GET} request",
        f"{GET} request serviceName",
        f"{GET} response containerServices",
        f"{GET} response containerServices[].state",
    }
    power = contract["uses"]["CreateContainerService request power"]
    assert power == {"type": "string", "values": ["nano"]}
    read = contract["uses"]["CreateContainerService response containerService.state"]
    assert read == {"type": "string"}
    compared = contract["uses"][f"{GET} response containerServices[].state"]
    assert compared["values"] == ["READY"]
    assert "DEPLOYING" in compared["enum"]
    assert "10 uses of 2 operations" in run.summary


def test_the_contract_contains_only_values_of_enumerations(run):
    run(
        """
        import app
        def test_secrets(lightsail):
            app.create("my-name")
            lightsail.clock.advance(60)
            app.deploy("my-name", {"image": "private/shop:9", "environment": {"TOKEN": "hunter2"}})
        """,
        app="""
        def deploy(name, web):
            client = new_client()
            client.create_container_service_deployment(serviceName=name, containers={"web": web})
            assert client.get_container_services()["containerServices"][0]["state"] != "hunter2"
        """,
    )
    text = run.path.read_text(encoding="utf-8")
    for secret in ("my-name", "hunter2", "TOKEN", "shop:9", "web"):
        assert secret not in text
    deploy = "CreateContainerServiceDeployment request"
    assert json.loads(text)["uses"][f"{deploy} containers[].environment[]"] == {"type": "string"}


def test_a_refused_request_is_recorded(run):
    contract = run(
        """
        import app, pytest
        from botocore.exceptions import ClientError
        def test_refused(lightsail):
            with pytest.raises(ClientError, match="InvalidInput"):
                app.create("No_Name_Like_This")
            with pytest.raises(ClientError, match="NotFound"):
                app.is_ready("shop")
        """,
    )
    assert contract["uses"].keys() == {
        "CreateContainerService request",
        *(f"CreateContainerService request {name}" for name in ("serviceName", "power", "scale")),
        f"{GET} request",
        f"{GET} request serviceName",
    }


def test_members_that_a_paginator_reads_for_the_caller_are_recorded(run):
    contract = run(
        """
        import app
        def test_pages(lightsail):
            one = {"name": "web", "state": {"code": 16, "name": "running"}}
            lightsail.respond(
                "GetInstances",
                lambda asked: {"instances": [one]}
                | ({} if "pageToken" in asked else {"nextPageToken": "two"}),
            )
            assert app.names() == ["web", "web"]
        """,
        app="""
        def names():
            pages = new_client().get_paginator("get_instances").paginate()
            return list(pages.search("instances[?state.name=='running'].name"))
        """,
    )
    assert contract["uses"].keys() == {
        "GetInstances request",
        "GetInstances request pageToken",
        "GetInstances response instances",
        "GetInstances response instances[].name",
        "GetInstances response instances[].state",
        "GetInstances response instances[].state.name",
        "GetInstances response nextPageToken",
    }


def test_values_that_a_waiter_compares_for_the_caller_are_recorded(run):
    contract = run(
        """
        import app
        def test_waits(lightsail):
            app.create("shop")
            app.wait("shop")
        """,
        app="""
        from botocore.waiter import WaiterModel, create_waiter_with_client
        MODEL = WaiterModel({"version": 2, "waiters": {"Ready": {
            "operation": "GetContainerServices", "delay": 5, "maxAttempts": 60, "acceptors": [
                {"matcher": "error", "expected": "NotFoundException", "state": "retry"},
                {"matcher": "pathAll", "argument": "containerServices[].state",
                 "expected": "READY", "state": "success"},
            ]}}})

        def wait(name):
            create_waiter_with_client("Ready", MODEL, new_client()).wait(serviceName=name)
        """,
    )
    assert contract["uses"][f"{GET} response containerServices[].state"]["values"] == ["READY"]


def test_members_that_only_botocore_reads_are_not_recorded(run):
    contract = run(
        """
        import app, pytest
        from botocore.exceptions import ClientError
        from pytest_lightsail import Fault
        def test_nothing_is_read(lightsail):
            lightsail.faults.add(Fault.throttling(), operation="GetRegions", times=2, optional=True)
            lightsail.faults.add(Fault.throttling(), operation="GetContainerServices", times=2)
            app.read()
            with pytest.raises(ClientError):
                app.read(serviceName="none")
        """,
        app="""
        def read(**parameters):
            new_client().get_container_services(**parameters)
        """,
    )
    assert contract["uses"].keys() == {f"{GET} request", f"{GET} request serviceName"}


# --- whose calls ---------------------------------------------------------------------------------


def test_calls_made_directly_by_tests_and_fixtures_are_not_recorded(run):
    assert operations(run(WAITS)) == {GET}


def test_calls_by_the_code_with_a_client_from_the_test_are_recorded(run):
    contract = run(
        """
        import app
        def test_it(lightsail, lightsail_client):
            app.create("shop", client=lightsail_client)
            app.create("other", client=lightsail.client("eu-west-1"))
            lightsail_client.get_container_services()
        """
    )
    assert operations(contract) == {"CreateContainerService"}


def test_calls_of_hypothesis_examples_are_not_recorded(run):
    contract = run(
        WAITS,
        """
        import app
        from concurrent.futures import ThreadPoolExecutor
        from hypothesis import given, settings
        from pytest_lightsail import simulate, strategies, verify_caller
        @settings(max_examples=3, deadline=None)
        @given(name=strategies.service_names())
        def test_property(lightsail, name):
            with ThreadPoolExecutor(1) as pool:
                pool.submit(app.create, name).result()

        @settings(max_examples=3, deadline=None)
        @given(name=strategies.service_names())
        def test_simulated(name):
            with simulate():
                app.create(name)

        def test_verified():
            verify_caller(
                app.create, arguments={"name": "shop"}, worlds=["absent"], examples=3,
                without=["returns-too-early", "ignores-failure", "unsafe-to-run-again"],
            )
        """,
    )
    assert operations(contract) == {GET}


# --- the file ------------------------------------------------------------------------------------


def test_the_next_run_replaces_the_file(run):
    run(CREATES, WAITS)
    contract = run(args=("test_1.py",))
    assert operations(contract) == {GET}


def test_a_failed_run_does_not_change_the_file(run):
    run(CREATES)
    before = run.path.read_bytes()
    run(CREATES, WAITS, "def test_fails(): assert False", passes=False)
    assert run.path.read_bytes() == before
    assert "not written, because the run did not pass" in run.summary


def test_a_run_without_recorded_calls_does_not_change_the_file(run):
    run(CREATES)
    before = run.path.read_bytes()
    run("def test_nothing(lightsail): lightsail.client().get_regions; assert True")
    assert run.path.read_bytes() == before
    assert "no use of Lightsail was recorded" in run.summary
    assert "calls that a test module or conftest.py makes directly" in run.summary


def test_no_temporary_files_are_left(run):
    run(CREATES)
    assert [path.name for path in run.path.parent.iterdir()] == ["lightsail.json"]


def test_a_directory_as_the_contract_path_is_refused(pytester: pytest.Pytester):
    pytester.mkdir("contracts")
    result = pytester.runpytest_inprocess("--lightsail-contract=contracts")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*--lightsail-contract: *contracts is a directory, not a file"])


def test_a_run_with_xdist_writes_the_same_contract_as_a_run_without(run):
    pytest.importorskip("xdist")
    run(CREATES, WAITS, CREATES.replace('"shop"', '"a-long-name"'))
    alone = run.path.read_bytes()
    run.path.unlink()
    run(args=("-n", "2"))
    assert run.path.read_bytes() == alone


def test_responses_are_plain_dictionaries_if_nothing_is_recorded(pytester: pytest.Pytester):
    pytester.makepyfile(
        """
        import sys
        def test_types(lightsail, lightsail_client):
            response = lightsail_client.get_container_services()
            assert type(response) is dict
            assert "pytest_lightsail.recording.consumer" not in sys.modules
        """
    )
    pytester.runpytest_subprocess().assert_outcomes(passed=1)
