"""The same seed and the same calls produce the same history, byte for byte."""

from __future__ import annotations

import re
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_lightsail.options import Options
from pytest_lightsail.reporting.timeline import render
from pytest_lightsail.simulator.faults import Fault
from pytest_lightsail.simulator.resources import Certificate
from pytest_lightsail.simulator.wire import Identifiers, Response
from tests.support.profiles import examples

quick = examples(15, among=50)


def story(world) -> tuple[list[object], str]:
    """Run a scenario with faults, and return its responses and its timeline."""
    seen: list[object] = []

    def call(operation: str, **parameters: object) -> None:
        response = world.handle(operation, **parameters)
        parts = (
            (response.status, response.headers, response.body)
            if isinstance(response, Response)
            else ()
        )
        seen.append(parts or response)

    world.account.faults.add(Fault.throttling(), operation="GetContainerServices", times=2)
    world.account.faults.add(Fault.read_timeout(), operation="UpdateContainerService")
    world.account.script.deploy(takes=77)
    access = {"ecrImagePullerRole": {"isActive": True}}
    call(
        "CreateContainerService",
        serviceName="shop",
        power="nano",
        scale=1,
        privateRegistryAccess=access,
        deployment={"containers": world.CONTAINERS, "publicEndpoint": world.ENDPOINT},
    )
    call("CreateContainerService", region="eu-west-1", serviceName="shop", power="nano", scale=1)
    for _ in range(9):
        call("GetContainerServices")
        world.advance(17.3)
    call("UpdateContainerService", serviceName="shop", scale=2)
    call("UpdateContainerService", serviceName="shop", scale=2)
    call("UpdateContainerService", serviceName="shop", scale=3)
    world.settle()
    call("DeleteContainerService", serviceName="shop")
    call("GetContainerServices", serviceName="shop")
    return seen, render(world.account.history)


def test_the_same_seed_gives_the_same_bytes_and_the_same_timeline(new_world):
    assert story(new_world(seed=7, latency=0.1)) == story(new_world(seed=7, latency=0.1))


def test_another_seed_gives_different_identifiers(new_world):
    def identifiers(seed: int) -> set[str]:
        world = new_world(seed=seed)
        service = world.ready(privateRegistryAccess={"ecrImagePullerRole": {"isActive": True}})
        role = service["privateRegistryAccess"]["ecrImagePullerRole"]["principalArn"]
        request_id = world.call("GetContainerServices").headers["x-amzn-RequestId"]
        return {service["arn"], service["url"], service["principalArn"], role, request_id}

    assert identifiers(1).isdisjoint(identifiers(2))


def test_another_seed_gives_the_same_timeline(new_world):
    assert story(new_world(seed=1))[1] == story(new_world(seed=2))[1]


def test_an_additional_read_does_not_change_the_identifiers_of_services(new_world):
    curious, calm = new_world(), new_world()
    curious.call("GetContainerServices")
    assert curious.create()["arn"] == calm.create()["arn"]


# --- identifiers -------------------------------------------------------------------------------------

seeds = st.integers(-(2**63), 2**63)


@quick
@given(seeds)
def test_uuids_have_version_4(seed):
    form = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
    assert re.fullmatch(form, Identifiers(seed).uuid("request"))


@quick
@given(seeds)
def test_an_account_number_has_twelve_digits_and_never_changes(seed):
    identifiers = Identifiers(seed)
    number = identifiers.account_number("caller")
    assert re.fullmatch("[0-9]{12}", number)
    assert identifiers.account_number("caller") == number


@quick
@given(seeds)
def test_the_ids_of_hosts_have_13_and_those_of_roles_52_characters(seed):
    identifiers = Identifiers(seed)
    assert re.fullmatch("[0-9a-z]{13}", identifiers.host("us-east-1"))
    assert re.fullmatch("arn:aws:iam::[0-9]{12}:x/[0-9a-v]{52}", identifiers.role("x", "arn"))


def test_uuids_never_repeat():
    identifiers = Identifiers(0)
    uuids = [identifiers.uuid(purpose) for purpose in ("a", "b") for _ in range(500)]
    assert len(set(uuids)) == 1000


def test_uuids_of_different_purposes_are_independent():
    one, other = Identifiers(0), Identifiers(0)
    other.uuid("request")
    assert one.uuid("service") == other.uuid("service")


def test_the_caller_and_aws_have_different_account_numbers():
    identifiers = Identifiers(0)
    assert identifiers.account_number("caller") != identifiers.account_number("aws-internal")


# --- threads -----------------------------------------------------------------------------------------


def test_calls_from_several_threads_all_succeed_and_take_effect(new_world):
    world = new_world(latency=0.1)
    regions = ["us-east-1", "us-east-2", "us-west-2", "eu-west-1"]
    errors: list[BaseException] = []

    def create(region: str) -> None:
        try:
            for number in range(20):
                world.create(f"s{number}", region=region)
                world.names(region)
        except BaseException as error:  # noqa: BLE001 - reported by the test
            errors.append(error)

    threads = [threading.Thread(target=create, args=(region,)) for region in regions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert errors == []
    assert [len(world.names(region)) for region in regions] == [20] * 4
    arns = {
        service.arn
        for region in world.account.regions.values()
        for service in region.services.values()
    }
    assert len(arns) == 80
    assert world.account.history.calls[-1].at_ns == 164 * 100_000_000


@pytest.mark.parametrize("operation", ["GetInstances", "GetDisks", "GetBuckets"])
def test_an_operation_that_is_not_simulated_raises_not_implemented_error(world, operation):
    with pytest.raises(
        NotImplementedError, match=rf"{operation} \(Region us-east-1\) is not simulated"
    ):
        world.call(operation)
    assert next(str(error) for error in world.account.swallowed).startswith(operation)
    assert world.account.history.calls[-1].error == "OperationNotSimulatedError"


def test_latency_defaults_to_100_ms_and_patience_to_six_hours():
    assert (Options().latency, Options().patience) == (0.1, 6 * 3600)


@pytest.mark.parametrize(
    ("value", "member"),
    [(Fault.throttling(), "name"), (Certificate(()), "status")],
)
def test_faults_and_certificates_are_immutable(value, member):
    with pytest.raises(AttributeError):
        setattr(value, member, "x")
    assert value == type(value)(**vars(value))
