"""``pytest-lightsail init`` writes tests that pass, but fail if the caller is broken."""

import sys

import pytest

from pytest_lightsail.cli import main

pytest_plugins = ["pytester"]

WAITING = """
import time

import boto3
from botocore.exceptions import BotoCoreError, ClientError


class ReleaseError(Exception):
    pass


def deploy(service, image, limit=1200):
    client = boto3.client("lightsail", region_name="us-east-1")
    try:
        web = {"image": image, "ports": {"80": "HTTP"}}
        response = client.create_container_service_deployment(
            serviceName=service,
            containers={"web": web},
            publicEndpoint={"containerName": "web", "containerPort": 80},
        )
        version = response["containerService"]["nextDeployment"]["version"]
        end = time.monotonic() + limit
        while time.monotonic() < end:
            found = client.get_container_service_deployments(serviceName=service)["deployments"]
            state = {each["version"]: each["state"] for each in found}.get(version)
            if state == "ACTIVE":
                return version
            if state in ("FAILED", "INACTIVE"):
                raise ReleaseError(f"version {version} is {state}")
            time.sleep(120)
    except (ClientError, BotoCoreError) as error:
        raise ReleaseError(str(error)) from error
    raise ReleaseError("it takes too long")
"""
ASYNC = f"""{WAITING.replace("us-east-1", "eu-west-1")}

import asyncio


async def release(service_name, image):
    return await asyncio.to_thread(deploy, service_name, image, 1800)
"""
SCRIPT = f'{WAITING}\n\nimport sys\n\nif __name__ == "__main__":\n    deploy(*sys.argv[1:])\n'


@pytest.fixture
def project(pytester, monkeypatch):
    """Yield a directory whose modules commands and tests can import."""
    pytester.makeini("[pytest]\naddopts = --import-mode=importlib")
    monkeypatch.syspath_prepend(str(pytester.path))
    before = set(sys.modules)
    yield pytester
    for name in set(sys.modules) - before:
        if str(pytester.path) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


def broken(source):
    forgetful = source.replace('("FAILED", "INACTIVE")', '("INACTIVE",)')
    return forgetful.replace('raise ReleaseError("it takes too long")', "return version")


@pytest.mark.parametrize(
    ("file", "source", "command"),
    [
        ("shop_sync.py", WAITING, ["shop_sync:deploy"]),
        ("shop_async.py", ASYNC, ["shop_async:release"]),
        ("shop_script.py", SCRIPT, ["--dir", "checks", "shop_script.py", "shop", "nginx:1.27"]),
    ],
)
def test_the_written_tests_pass_but_fail_if_the_caller_is_broken(project, file, source, command):
    (project.path / file).write_text(source)
    assert main(["init", "--examples", "1", *command]) == 0
    sys.modules.pop(file.partition(".")[0], None)

    directory = "checks" if "checks" in command else "tests"
    whole = ["-q", directory] if source is WAITING else ["-q", directory, "-k", "not copes"]
    project.runpytest_inprocess(*whole).assert_outcomes(passed=3 if source is WAITING else 2)

    (project.path / file).write_text(broken(source))
    project.runpytest_inprocess("-q", directory, "-k", "not copes").assert_outcomes(
        failed=1, passed=1
    )


NAIVE = """
def start(client, colour):
    client.create_container_service(serviceName="shop", power="nano", scale=1)


def start_with_session(session, image, client="none"):
    session.client("lightsail").create_container_service(
        serviceName="shop", power="nano", scale=1, tags=[{"key": "client", "value": client}]
    )


class Shop:
    pass
"""


def test_a_test_that_the_caller_already_fails_is_marked_xfail(project, capsys):
    (project.path / "naive.py").write_text(NAIVE)

    assert main(["init", "--examples", "1", "--set", "colour=red", "naive:start"]) == 0

    assert "is marked xfail: returns-too-early" in capsys.readouterr().out
    written = (project.path / "tests" / "test_start.py").read_text()
    assert (
        'start(client=boto3.client("lightsail", region_name="us-east-1"), colour=\'red\')'
        in written
    )
    project.runpytest_inprocess("-q", "tests").assert_outcomes(passed=1, xfailed=1)


def test_the_written_tests_pass_a_session_and_omit_optional_parameters(project):
    (project.path / "naive.py").write_text(NAIVE)

    assert main(["init", "--examples", "1", "naive:start_with_session"]) == 0

    written = (project.path / "tests" / "test_start_with_session.py").read_text()
    assert 'start_with_session(session=boto3.Session(region_name="us-east-1"), image=' in written
    assert "client=" not in written


def test_the_function_under_test_can_be_named_run(project):
    (project.path / "naive.py").write_text(NAIVE.replace("def start(", "def run("))

    assert main(["init", "--examples", "1", "--set", "colour=red", "naive:run"]) == 0

    project.runpytest_inprocess("-q", "tests").assert_outcomes(passed=1, xfailed=1)


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (
            ["naive:start"],
            "--set: start(client, colour): missing a required argument: 'colour'",
        ),
        (["naive:stop"], "naive has no function 'stop'"),
        (["nothing:here"], "nothing cannot be imported"),
        (["naive.sh"], "neither MODULE:FUNCTION nor a Python script"),
        (
            ["--set", "colour=a", "--set", "color=b", "naive:start"],
            "--set: start(client, colour): got an unexpected keyword argument 'color'",
        ),
        (["naive:Shop"], "naive has no function 'Shop'"),
    ],
)
def test_init_writes_nothing_if_the_function_cannot_be_found_or_called(
    project, capsys, command, message
):
    (project.path / "naive.py").write_text(NAIVE)

    assert main(["init", *command]) == 2

    assert message in capsys.readouterr().err
    assert not (project.path / "tests").exists()


def test_a_caller_that_always_raises_is_refused_with_its_error(project, capsys):
    (project.path / "hopeless.py").write_text("def start(image):\n    raise ValueError(image)\n")

    assert main(["init", "hopeless:start"]) == 2

    error = capsys.readouterr().err
    assert "hopeless.start cannot be tested: when the service was absent" in error
    assert "the code raised ValueError(" in error


def test_a_module_that_needs_a_region_is_reported(project, capsys, monkeypatch):
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    (project.path / "early.py").write_text('import boto3\nCLIENT = boto3.client("lightsail")\n')

    assert main(["init", "early:start"]) == 2

    assert "set AWS_DEFAULT_REGION for this command and for pytest" in capsys.readouterr().err


def test_existing_files_are_not_overwritten(project, capsys):
    (project.path / "naive.py").write_text(NAIVE)
    project.mkdir("tests").joinpath("conftest.py").write_text("# mine")

    assert main(["init", "--set", "colour=red", "naive:start"]) == 2

    assert "conftest.py already exists: delete it first" in capsys.readouterr().err
    assert (project.path / "tests" / "conftest.py").read_text() == "# mine"
