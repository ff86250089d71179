"""Clients of aiobotocore use the same account, and await the same responses."""

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


def test_calls_are_answered(lightsail):
    with_client(create)

    assert list(lightsail.services) == ["shop"]
    assert [call.region for call in lightsail.calls] == ["us-east-1"]


@pytest.mark.usefixtures("bare_environment")
def test_neither_credentials_nor_region_are_needed():
    with simulate(region="eu-west-1") as lightsail:
        with_client(create, region_name=None)

    assert list(lightsail.services) == ["shop"]


def test_answers_have_metadata(lightsail):
    answer = with_client(lambda made: made.get_container_services())

    assert answer["containerServices"] == []
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert answer["ResponseMetadata"]["RetryAttempts"] == 0


def test_errors_are_the_clients_exceptions(lightsail):
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
def test_retries_are_the_clients_own(lightsail, mode, attempts):
    lightsail.faults.add(Fault.throttling(), times=attempts - 1)

    answer = with_client(
        lambda made: made.get_container_services(), config=AioConfig(retries={"mode": mode})
    )

    assert answer["ResponseMetadata"]["RetryAttempts"] == attempts - 1
    assert len(lightsail.calls) == attempts


def test_connection_faults_are_botocores_exceptions(lightsail):
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


def test_coroutines_wait_side_by_side():
    names = ("one", "two", "three")

    async def several(made):
        for name in names:
            await create(made, name)
        await asyncio.gather(*(until_ready(made, name) for name in names))

    with simulate(latency=0) as lightsail:
        with_client(several)

    assert lightsail.clock.elapsed == pytest.approx(40, abs=1e-6)


def test_two_loops_with_clients_of_their_own_see_one_account(lightsail):
    with_client(create)

    assert with_client(state) == "PENDING"


def test_operations_that_are_not_simulated_are_errors():
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
def test_client_goes_to_the_network_again(network):
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


# --- many coroutines at once -------------------------------------------------------------------------


async def release(made, name):
    """Create a service, deploy to it, and wait for both."""
    await create(made, name)
    await until_ready(made, name)
    await made.create_container_service_deployment(
        serviceName=name, containers={"web": {"image": "nginx"}}
    )
    while await state(made, name) != "RUNNING":
        await asyncio.sleep(5)


def released_side_by_side(number):
    async def several(made):
        await asyncio.gather(*(release(made, f"shop-{index}") for index in range(number)))

    with simulate(latency=0) as lightsail:
        with_client(several)
    return lightsail


def test_many_releases_side_by_side_take_as_long_as_one():
    alone, together = released_side_by_side(1), released_side_by_side(12)

    assert together.clock.elapsed == pytest.approx(alone.clock.elapsed, abs=1e-3)
    assert {service.state for service in together.services.values()} == {"RUNNING"}


def test_what_coroutines_do_side_by_side_is_the_same_each_time():
    assert released_side_by_side(4).timeline() == released_side_by_side(4).timeline()


def test_the_back_off_of_one_coroutine_holds_up_no_other(lightsail):
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


def test_a_time_limit_around_a_poll_loop_is_virtual(lightsail):
    lightsail.script.create(never_ends=True)

    async def waits(made):
        await create(made)
        await asyncio.wait_for(until_ready(made), timeout=900)

    with pytest.raises(asyncio.TimeoutError):
        with_client(waits)

    assert lightsail.clock.elapsed == pytest.approx(900, abs=1)


def test_clients_of_their_own_in_coroutines_side_by_side(lightsail):
    async def one(name):
        async with client() as made:
            await create(made, name)
            await until_ready(made, name)

    async def main():
        await asyncio.gather(*(one(f"shop-{index}") for index in range(3)))

    asyncio.run(main())

    assert {service.state for service in lightsail.services.values()} == {"READY"}
    assert lightsail.clock.elapsed < 60
