"""Test the fleet on a simulated account. The coroutines wait concurrently in virtual time."""

import pytest

from pytest_lightsail import Fault

pytest.importorskip(
    "aiobotocore", reason="aiobotocore pins botocore, so it has its own environment"
)
pytest.importorskip("pytest_asyncio")

from fleet import release_all

pytestmark = pytest.mark.asyncio
SERVICES = ("shop", "blog", "docs")
IMAGES = dict.fromkeys(SERVICES, "nginx:1.27")


@pytest.fixture
def services(lightsail, lightsail_client):
    """Create three services and wait until they are READY."""
    for name in SERVICES:
        lightsail_client.create_container_service(serviceName=name, power="nano", scale=1)
    lightsail.clock.advance(60)
    return lightsail.services


async def test_all_of_them_run(services):
    released = await release_all(IMAGES)

    assert all(each.ok for each in released)
    assert {services[name].state for name in SERVICES} == {"RUNNING"}


@pytest.mark.usefixtures("services")
async def test_they_wait_side_by_side(lightsail):
    lightsail.script.deploy(takes=600, times=3)
    begin = lightsail.clock.elapsed

    await release_all(IMAGES)

    assert 600 <= lightsail.clock.elapsed - begin < 620


async def test_one_that_fails_does_not_stop_the_others(lightsail, services):
    lightsail.script.deploy(service="blog", fails_at="EVALUATING_HEALTH_CHECK")

    released = {each.service: each for each in await release_all(IMAGES)}

    assert released["blog"].error == "FAILED"
    assert released["shop"].ok
    assert released["docs"].ok
    assert services["blog"].state == "READY"


@pytest.mark.usefixtures("services")
async def test_one_that_hangs_is_given_up_in_time(lightsail):
    lightsail.script.deploy(service="docs", never_ends=True)
    begin = lightsail.clock.elapsed

    released = {each.service: each for each in await release_all(IMAGES, timeout=600)}

    assert released["docs"].error == "not active after 600 s"
    assert released["shop"].ok
    assert 600 <= lightsail.clock.elapsed - begin < 610


@pytest.mark.usefixtures("services")
async def test_a_service_that_is_not_there_is_reported():
    released = await release_all({**IMAGES, "none": "nginx:1.27"})

    assert [each.ok for each in released] == [True, True, True, False]
    assert "NotFoundException" in released[-1].error


@pytest.mark.usefixtures("services")
async def test_throttling_hits_one_of_them_and_is_survived(lightsail):
    lightsail.faults.add(
        Fault.throttling(), operation="GetContainerServiceDeployments", service="shop", times=2
    )

    assert all(each.ok for each in await release_all(IMAGES))
