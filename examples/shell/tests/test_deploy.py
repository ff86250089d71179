"""Run the unchanged deploy.sh on a simulated account, over HTTP."""

import shutil
from pathlib import Path

import pytest

from pytest_lightsail import Fault

SCRIPT = Path(__file__).parents[1] / "deploy.sh"

pytestmark = pytest.mark.skipif(shutil.which("aws") is None, reason="needs the AWS CLI: aws")


# Each poll takes a real second, so the tests keep deployments short.
@pytest.fixture
def shop(lightsail, lightsail_client):
    """Return a service that runs version 1."""
    lightsail_client.create_container_service(
        serviceName="shop",
        power="nano",
        scale=1,
        deployment={"containers": {"web": {"image": "nginx:1.26"}}},
    )
    lightsail.clock.advance_until_settled()
    return lightsail.services["shop"]


@pytest.fixture
def deploy(lightsail_server):
    """Return a function that runs the script. Its `sleep` advances the account's clock."""
    return lambda *arguments, **env: lightsail_server.run([str(SCRIPT), *arguments], env=env)


def test_waits_until_the_new_version_runs(lightsail, shop, deploy):
    lightsail.script.deploy(takes=10)

    done = deploy("shop", "nginx:1.27")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == "version 2 runs"
    assert shop.current_deployment.containers["web"]["image"] == "nginx:1.27"


def test_tells_that_it_failed(lightsail, shop, deploy):
    lightsail.script.deploy(fails_at="EVALUATING_HEALTH_CHECK", takes=10)

    done = deploy("shop", "nginx:1.27")

    assert (done.returncode, done.stderr) == (1, "version 2 has failed\n")
    assert shop.current_deployment.version == 1


@pytest.mark.usefixtures("shop")
def test_gives_up_when_the_time_is_over(lightsail, deploy):
    lightsail.script.deploy(never_ends=True)

    done = deploy("shop", "nginx:1.27", TIMEOUT="900", PAUSE="450")

    assert (done.returncode, done.stderr) == (3, "version 2 is still ACTIVATING\n")


def test_passes_on_a_refusal(deploy):
    done = deploy("none", "nginx:1.27")

    assert done.returncode not in {0, 1, 2, 3}
    assert "NotFoundException" in done.stderr


@pytest.mark.usefixtures("shop")
def test_survives_throttling(lightsail, deploy):
    lightsail.script.deploy(takes=10)
    lightsail.faults.add(Fault.throttling(), operation="GetContainerServiceDeployments")

    assert deploy("shop", "nginx:1.27").returncode == 0


def test_wrong_usage_asks_nothing(lightsail, deploy):
    assert deploy("shop").returncode == 2
    assert not lightsail.calls
