"""Images that the account checks: stored images, and images in private ECR repositories."""

from __future__ import annotations

import re

import pytest

ACCESS = {"ecrImagePullerRole": {"isActive": True}}
NO_ACCESS = {"ecrImagePullerRole": {"isActive": False}}
ECR = "123456789012.dkr.ecr.us-east-1.amazonaws.com/shop:2"


def containers(image: str) -> dict[str, object]:
    return {"web": {"image": image}}


def store(world, label: str, name: str = "shop") -> str:
    reply = world.call(
        "RegisterContainerImage", serviceName=name, label=label, digest="sha256:" + "0" * 64
    )
    return reply.body["containerImage"]["image"]


def refusal(world, image: str) -> str:
    before = world.snapshot()
    reply = world.call(
        "CreateContainerServiceDeployment", serviceName="shop", containers=containers(image)
    )
    assert (reply.status, reply.error) == (400, "InvalidInputException")
    assert world.snapshot() == before
    return reply.body["message"]


# --- stored images -----------------------------------------------------------------------------------


def test_a_stored_image_that_does_not_exist_is_refused(world):
    world.ready()
    store(world, "web")
    assert "does not exist in your stored images" in refusal(world, ":shop.web.2")


def test_latest_can_be_deployed_if_the_label_has_an_image(world):
    world.ready()
    store(world, "web")
    assert world.deploy(containers=containers(":shop.web.latest"))["nextDeployment"]


def test_latest_of_a_label_without_images_is_refused(world):
    world.ready()
    store(world, "web")
    assert "does not exist in your stored images" in refusal(world, ":shop.api.latest")


def test_a_label_does_not_match_another_label_that_starts_with_it(world):
    world.ready()
    store(world, "web-2")
    assert "does not exist in your stored images" in refusal(world, ":shop.web.latest")


def test_a_new_service_has_no_stored_images(world):
    body = world.refused(
        "CreateContainerService",
        serviceName="shop",
        power="nano",
        scale=1,
        deployment={"containers": containers(":shop.web.1")},
    )
    assert "does not exist in your stored images" in body["message"]
    assert world.names() == []


def test_stored_images_are_deleted_with_their_service(world):
    world.ready()
    store(world, "web")
    world.delete()
    world.settle()
    world.ready()
    assert "does not exist in your stored images" in refusal(world, ":shop.web.1")


# --- private ECR images ------------------------------------------------------------------------------


def test_a_private_ecr_image_with_access_can_be_deployed(world):
    world.ready(privateRegistryAccess=ACCESS)
    world.deploy(containers=containers(ECR))
    world.settle()
    assert world.get()["state"] == "RUNNING"


def test_a_private_ecr_image_can_be_deployed_when_its_service_is_created(world):
    service = world.create(privateRegistryAccess=ACCESS, deployment={"containers": containers(ECR)})
    assert service["nextDeployment"]


def test_a_public_image_needs_no_access(world):
    world.ready()
    assert world.deploy(containers=containers("public.ecr.aws/nginx/nginx:1"))["nextDeployment"]


# --- the role that pulls ECR images ------------------------------------------------------------------


def role(service) -> tuple[bool, str]:
    puller = service["privateRegistryAccess"]["ecrImagePullerRole"]
    assert set(puller) == {"isActive", "principalArn"}
    return puller["isActive"], puller["principalArn"]


def test_an_inactive_role_has_no_principal(world):
    assert role(world.ready()) == (False, "")


def test_the_principal_of_the_role_appears_only_when_an_update_ends(world):
    world.ready()
    assert role(world.update(privateRegistryAccess=ACCESS)) == (True, "")
    world.advance(149.9)
    assert role(world.get()) == (True, "")
    world.settle()
    active, principal = role(world.get())
    assert active
    assert principal


def test_the_principal_of_the_role_appears_when_a_new_service_is_ready(world):
    assert role(world.create(privateRegistryAccess=ACCESS)) == (True, "")
    world.settle()
    assert role(world.get())[1]


def test_the_principal_of_the_role_is_an_aws_role(world):
    service = world.ready(privateRegistryAccess=ACCESS)
    assert re.fullmatch(
        r"arn:aws:iam::[0-9]{12}:role/amazon/lightsail/us-east-1/containers/shop"
        r"/private-repo-access/[0-9a-v]{52}",
        role(service)[1],
    )


def test_the_principal_of_the_role_differs_from_that_of_the_service(world):
    service = world.ready(privateRegistryAccess=ACCESS)
    assert role(service)[1] != service["principalArn"]


def test_the_principal_of_the_role_disappears_when_the_role_is_deactivated(world):
    world.ready(privateRegistryAccess=ACCESS)
    world.update(privateRegistryAccess=NO_ACCESS)
    world.settle()
    assert role(world.get()) == (False, "")


def test_other_updates_do_not_change_the_principal_of_the_role(world):
    before = role(world.ready(privateRegistryAccess=ACCESS))
    world.update(scale=2)
    world.settle()
    assert role(world.get()) == before


@pytest.mark.parametrize("access", [{}, {"ecrImagePullerRole": None}, {"ecrImagePullerRole": {}}])
def test_an_update_with_empty_registry_access_changes_nothing(world, access):
    before = role(world.ready(privateRegistryAccess=ACCESS))
    world.update(privateRegistryAccess=access)
    world.settle()
    assert role(world.get()) == before
