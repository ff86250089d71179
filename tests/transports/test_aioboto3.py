"""Clients of aioboto3, which is boto3 on top of aiobotocore, use the same account."""

import asyncio

import pytest

from pytest_lightsail import Fault

aioboto3 = pytest.importorskip("aioboto3")


def client():
    return aioboto3.Session().client("lightsail", region_name="us-east-1")


def test_a_release_runs_in_virtual_time(lightsail):
    async def release():
        async with client() as made:
            await made.create_container_service(serviceName="shop", power="nano", scale=1)
            while True:
                shown = await made.get_container_services(serviceName="shop")
                if shown["containerServices"][0]["state"] == "READY":
                    return
                await asyncio.sleep(5)

    asyncio.run(release())

    assert lightsail.services["shop"].state == "READY"
    assert 40 < lightsail.clock.elapsed < 46


def test_coroutines_with_clients_of_one_session_share_the_account(lightsail):
    lightsail.faults.add(Fault.throttling(), times=2)
    session = aioboto3.Session()

    async def create(name):
        async with session.client("lightsail", region_name="us-east-1") as made:
            await made.create_container_service(serviceName=name, power="nano", scale=1)

    async def main():
        await asyncio.gather(*(create(f"shop-{index}") for index in range(4)))

    asyncio.run(main())

    assert sorted(lightsail.services) == [f"shop-{index}" for index in range(4)]
    assert len(lightsail.calls) == 6
