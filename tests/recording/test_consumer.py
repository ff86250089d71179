"""``--lightsail-contract`` writes how the code under test uses the API."""

from __future__ import annotations

import json
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

# pytester unloads modules that a run is the first to import; Hypothesis cannot be imported twice.
import pytest_lightsail.recording.consumer
import pytest_lightsail.verification.verify  # noqa: F401

FILE = "contracts/lightsail.json"
APP = """
import botocore.session

def new_client():
    return botocore.session.get_session().create_client("lightsail", "us-east-1")

def create(name, client=None, **more):
    client = client or new_client()
    answer = client.create_container_service(serviceName=name, power="nano", scale=1, **more)
    return answer["containerService"]["state"]

def is_ready(name, client=None):
    client = client or new_client()
    (service,) = client.get_container_services(serviceName=name)["containerServices"]
    return service["state"] == "READY"
"""


@pytest.fixture
def run(pytester: pytest.Pytester):
    """Return a function that runs tests of ``app``, the code under test, and returns the contract."""

    def run(*tests: str, args: tuple[str, ...] = (), passes: bool = True, app: str = "") -> Any:
        pytester.makepyfile(app=APP + dedent(app))
        for number, test in enumerate(tests):
            pytester.makepyfile(**{f"test_{number}": test})
        run_pytest = pytester.runpytest_subprocess if "-n" in args else pytester.runpytest_inprocess
        result = run_pytest(f"--lightsail-contract={FILE}", *args)
        assert (result.ret == 0) is passes, result.stdout.str()
        run.told = next(line for line in result.outlines if line.startswith("lightsail contract"))
        path = pytester.path / FILE
        return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None

    run.path = pytester.path / FILE
    return run


def use(contract: Any, operation: str = "GetContainerServices") -> Any:
    return contract["operations"][operation]


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


def test_what_is_sent_read_and_compared(run):
    contract = run(CREATES, WAITS)

    assert contract["format"] == 1
    assert set(contract["operations"]) == {"CreateContainerService", "GetContainerServices"}
    create, get = use(contract, "CreateContainerService"), use(contract)
    assert create["sends"]["power"] == {"always": True, "type": "string", "values": ["nano"]}
    assert create["sends"]["scale"] == {"always": True, "type": "integer"}
    assert set(create["reads"]) == {"containerService", "containerService.state"}
    assert "compares" not in create["reads"]["containerService.state"]
    assert set(get["reads"]) == {
        "containerServices",
        "containerServices[]",
        "containerServices[].state",
    }
    state = get["reads"]["containerServices[].state"]
    assert state["compares"] == ["READY"]
    assert "DEPLOYING" in state["enum"]
    assert "2 operations" in run.told


def test_what_is_not_always_sent(run):
    contract = run(
        CREATES, 'import app\ndef test_tags(lightsail): app.create("b", tags=[{"key": "a"}])'
    )
    sends = use(contract, "CreateContainerService")["sends"]
    always = {path: sent.get("always") for path, sent in sends.items()}
    assert always["serviceName"] is True
    assert always["tags"] is False
    assert always["tags[]"] is None
    assert always["tags[].key"] is True


def test_no_values_but_those_of_enumerations(run):
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
    deploy = use(json.loads(text), "CreateContainerServiceDeployment")["sends"]
    assert deploy["containers[].environment[]"] == {"type": "string"}
    assert deploy["containers[].image"] == {"always": True, "type": "string"}


def test_a_refused_request_does_not_say_what_requests_are_like(run):
    contract = run(
        """
        import app, pytest
        from botocore.exceptions import ClientError
        def test_refused(lightsail):
            with pytest.raises(ClientError):
                app.create("No_Name_Like_This")
        """,
    )
    assert "sends" not in use(contract, "CreateContainerService")


def test_errors_that_are_told_apart(run):
    contract = run(
        """
        import app
        def test_it_is_not_there(lightsail):
            assert app.by_code("shop")
            app.by_class("shop")
        """,
        app="""
        from botocore.exceptions import ClientError
        def by_code(name):
            try:
                return is_ready(name)
            except ClientError as error:
                return error.response["Error"]["Code"] == "NotFoundException"

        def by_class(name):
            client = new_client()
            try:
                client.delete_container_service(serviceName=name)
            except client.exceptions.InvalidInputException:
                return False
            except client.exceptions.NotFoundException:
                return None
        """,
    )
    get, delete = use(contract), use(contract, "DeleteContainerService")
    assert get["errors"] == ["NotFoundException"]
    assert "ServiceException" in get["known_errors"]
    assert delete["errors"] == ["InvalidInputException", "NotFoundException"]


def test_what_a_paginator_reads_for_the_caller(run):
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
    instances = use(contract, "GetInstances")
    assert set(instances["reads"]) == {
        "instances",
        "instances[]",
        "instances[].name",
        "instances[].state",
        "instances[].state.name",
        "nextPageToken",
    }
    assert instances["sends"]["pageToken"]["always"] is False


def test_what_a_waiter_reads_for_the_caller(run):
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
    assert use(contract)["reads"]["containerServices[].state"]["compares"] == ["READY"]


def test_what_botocore_reads_for_itself_is_no_use(run):
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
    del use(contract)["sends"]["serviceName"]
    assert use(contract) == {"sends": {"": {"type": "structure"}}}


# --- whose calls ---------------------------------------------------------------------------------


def test_what_a_test_arranges_is_not_recorded(run):
    assert set(run(WAITS)["operations"]) == {"GetContainerServices"}


def test_a_client_that_is_handed_over_is_the_code_s(run):
    contract = run(
        """
        import app
        def test_it(lightsail, lightsail_client):
            app.create("shop", client=lightsail_client)
            app.create("other", client=lightsail.client("eu-west-1"))
            lightsail_client.get_container_services()
        """
    )
    assert set(contract["operations"]) == {"CreateContainerService"}


def test_examples_of_hypothesis_do_not_count(run):
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
    assert set(contract["operations"]) == {"GetContainerServices"}


# --- the file ------------------------------------------------------------------------------------


def test_the_file_is_replaced_by_the_next_run(run):
    run(CREATES, WAITS)
    contract = run(args=("test_1.py",))
    assert set(contract["operations"]) == {"GetContainerServices"}


def test_the_file_is_added_to_where_that_is_asked_for(run):
    run(CREATES, WAITS)
    first = run.path.read_bytes()
    run(args=("test_0.py", "--lightsail-contract-append"))
    assert run.path.read_bytes() == first


def test_a_run_that_fails_leaves_the_file(run):
    run(CREATES)
    before = run.path.read_bytes()
    run(CREATES, WAITS, "def test_fails(): assert False", passes=False)
    assert run.path.read_bytes() == before
    assert "not written, since the run has not passed" in run.told


def test_a_run_without_use_leaves_the_file(run):
    run(CREATES)
    before = run.path.read_bytes()
    run("def test_nothing(lightsail): lightsail.client().get_regions; assert True")
    assert run.path.read_bytes() == before
    assert "no use of Lightsail was recorded" in run.told
    assert "Calls that a test module or a conftest.py makes itself" in run.told


def test_nothing_is_left_beside_the_file(run):
    run(CREATES)
    assert [path.name for path in run.path.parent.iterdir()] == ["lightsail.json"]


def test_a_folder_is_no_file(pytester: pytest.Pytester):
    pytester.mkdir("contracts")
    result = pytester.runpytest_inprocess("--lightsail-contract=contracts")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*--lightsail-contract: *contracts is a folder, not a file"])


def test_a_broken_file_is_not_added_to(pytester: pytest.Pytester):
    Path(pytester.path / "c.json").write_text('{"generator": "pytest-lightsail", ')
    result = pytester.runpytest_inprocess(
        "--lightsail-contract=c.json", "--lightsail-contract-append"
    )
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*c.json is not a contract: invalid JSON*"])


def test_workers_write_the_same_bytes(run):
    pytest.importorskip("xdist")
    run(CREATES, WAITS, CREATES.replace('"shop"', '"a-long-name"'))
    alone = run.path.read_bytes()
    run.path.unlink()
    run(args=("-n", "2"))
    assert run.path.read_bytes() == alone


def test_botocore_is_as_before_when_nothing_is_recorded(pytester: pytest.Pytester):
    pytester.makepyfile(
        """
        import sys, botocore.endpoint, botocore.errorfactory
        def test_types(lightsail, lightsail_client):
            answer = lightsail_client.get_container_services()
            assert type(answer) is dict
            assert "__getattribute__" not in vars(botocore.errorfactory.BaseClientExceptions)
            assert "pytest_lightsail.recording.consumer" not in sys.modules
        """
    )
    pytester.runpytest_subprocess().assert_outcomes(passed=1)


def test_an_addition_to_no_contract_is_refused(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_it(): pass")
    result = pytester.runpytest("--lightsail-contract-append")
    result.stderr.fnmatch_lines(["*no effect without --lightsail-contract: *"])
    assert result.ret == pytest.ExitCode.USAGE_ERROR
