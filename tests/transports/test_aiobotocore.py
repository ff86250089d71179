"""Clients of aiobotocore use the same account, and get the same responses."""

import asyncio

import pytest
from botocore.config import Config
from botocore.exceptions import ReadTimeoutError

from pytest_lightsail import Fault, OperationNotSimulatedError, simulate

session = pytest.importorskip("aiobotocore.session")
AioConfig = pytest.importorskip("aiobotocore.config").AioConfig


def client(**arguments):
    return session.get_session().create_client(
        "lightsail", **{"region_name": "us-east-1", **arguments}
    )


def with_client(function, **arguments):
    """Run a coroutine function with a client."""

    async def main():
        async with client(**arguments) as made:
            return await function(made)

    return asyncio.run(main())


async def create(made, name="shop"):
    await made.create_container_service(serviceName=name, power="nano", scale=1)


async def state(made, name="shop"):
    shown = await made.get_container_services(serviceName=name)
    return shown["containerServices"][0]["state"]


async def until_ready(made, name="shop"):
    while await state(made, name) != "READY":
        await asyncio.sleep(5)


def test_calls_reach_the_account(lightsail):
    with_client(create)

    assert list(lightsail.services) == ["shop"]
    assert [call.region for call in lightsail.calls] == ["us-east-1"]


@pytest.mark.usefixtures("bare_environment")
def test_neither_credentials_nor_region_are_needed():
    with simulate(region="eu-west-1") as lightsail:
        with_client(create, region_name=None)

    assert list(lightsail.services) == ["shop"]


def test_responses_have_metadata(lightsail):
    response = with_client(lambda made: made.get_container_services())

    assert response["containerServices"] == []
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert response["ResponseMetadata"]["RetryAttempts"] == 0


def test_error_responses_raise_the_exceptions_of_the_client(lightsail):
    async def missing(made):
        with pytest.raises(made.exceptions.NotFoundException) as raised:
            await made.get_container_services(serviceName="shop")
        return raised.value.response

    response = with_client(missing)

    assert response["Error"]["Code"] == "NotFoundException"
    assert response.keys() >= {"code", "tip"}


def test_poll_loop_runs_in_virtual_time(lightsail):
    async def release(made):
        await create(made)
        await until_ready(made)

    with_client(release)

    assert 40 < lightsail.clock.elapsed < 46


@pytest.mark.parametrize(("mode", "attempts"), [("legacy", 5), ("standard", 3), ("adaptive", 3)])
def test_client_retries_according_to_its_retry_mode(lightsail, mode, attempts):
    lightsail.faults.add(Fault.throttling(), times=attempts - 1)

    response = with_client(
        lambda made: made.get_container_services(), config=AioConfig(retries={"mode": mode})
    )

    assert response["ResponseMetadata"]["RetryAttempts"] == attempts - 1
    assert len(lightsail.calls) == attempts


def test_connection_faults_raise_the_exceptions_of_botocore(lightsail):
    lightsail.faults.add(Fault.read_timeout(), times=None)

    with pytest.raises(ReadTimeoutError):
        with_client(lambda made: made.get_container_services())

    assert len(lightsail.calls) == 5


def test_coroutines_share_an_account(lightsail):
    async def several(made):
        await asyncio.gather(*(create(made, f"shop-{number}") for number in range(10)))
        return await made.get_container_services()

    shown = with_client(several)

    assert len(shown["containerServices"]) == len(lightsail.services) == 10


def test_coroutines_wait_concurrently():
    names = ("one", "two", "three")

    async def several(made):
        for name in names:
            await create(made, name)
        await asyncio.gather(*(until_ready(made, name) for name in names))

    with simulate(latency=0) as lightsail:
        with_client(several)

    assert lightsail.clock.elapsed == pytest.approx(40, abs=1e-6)


def test_clients_in_different_event_loops_share_an_account(lightsail):
    with_client(create)

    assert with_client(state) == "PENDING"


def test_operation_that_is_not_simulated_raises_an_error():
    with pytest.raises(OperationNotSimulatedError, match="GetInstances"), simulate():
        with_client(lambda made: made.get_instances())


def test_requests_are_unsigned():
    sent = []

    async def look(made):
        made.meta.events.register(
            "before-send.lightsail.*", lambda request, **_: sent.append(dict(request.headers))
        )
        await made.get_container_services()

    with simulate():
        with_client(look)

    assert ["Authorization" in headers for headers in sent] == [False]


@pytest.mark.lightsail(real_calls=True)
def test_client_uses_the_network_again_after_the_simulation(network):
    async def both(made):
        with simulate():
            await made.get_container_services()
        with pytest.raises(network):
            await made.get_container_services()

    with_client(both, aws_access_key_id="mine", aws_secret_access_key="secret")


def test_botocore_and_aiobotocore_share_an_account(lightsail):
    with_client(create)

    plain = lightsail.client(config=Config(retries={"mode": "standard"}))
    assert plain.get_container_services(serviceName="shop")["containerServices"]


# --- concurrent coroutines ----------------------------------------------------------------------------


async def release(made, name):
    """Create a service, deploy to it, and wait for both."""
    await create(made, name)
    await until_ready(made, name)
    await made.create_container_service_deployment(
        serviceName=name, containers={"web": {"image": "nginx"}}
    )
    while await state(made, name) != "RUNNING":
        await asyncio.sleep(5)


def release_concurrently(number):
    async def several(made):
        await asyncio.gather(*(release(made, f"shop-{index}") for index in range(number)))

    with simulate(latency=0) as lightsail:
        with_client(several)
    return lightsail


def test_concurrent_releases_take_as_long_as_one():
    alone, together = release_concurrently(1), release_concurrently(12)

    assert together.clock.elapsed == pytest.approx(alone.clock.elapsed, abs=1e-3)
    assert {service.state for service in together.services.values()} == {"RUNNING"}


def test_concurrent_coroutines_produce_the_same_timeline_in_each_run():
    assert release_concurrently(4).timeline() == release_concurrently(4).timeline()


def test_backoff_in_one_coroutine_does_not_hold_up_another(lightsail):
    lightsail.faults.add(Fault.throttling(), operation="GetContainerServices", times=3)
    done = []

    async def patient(made):
        await made.get_container_services()
        done.append("patient")

    async def quick(made):
        await made.get_container_service_powers()
        done.append("quick")

    with_client(lambda made: asyncio.gather(patient(made), quick(made)))

    assert done == ["quick", "patient"]


def test_timeout_around_a_poll_loop_fires_in_virtual_time(lightsail):
    lightsail.script.create(never_ends=True)

    async def waits(made):
        await create(made)
        await asyncio.wait_for(until_ready(made), timeout=900)

    with pytest.raises(asyncio.TimeoutError):
        with_client(waits)

    assert lightsail.clock.elapsed == pytest.approx(900, abs=1)


def test_each_coroutine_can_create_its_own_client(lightsail):
    async def one(name):
        async with client() as made:
            await create(made, name)
            await until_ready(made, name)

    async def main():
        await asyncio.gather(*(one(f"shop-{index}") for index in range(3)))

    asyncio.run(main())

    assert {service.state for service in lightsail.services.values()} == {"READY"}
    assert lightsail.clock.elapsed < 60
