"""RegisterContainerImage, GetContainerImages and DeleteContainerImage."""

from __future__ import annotations

from .conftest import World

DIGEST = f"sha256:{'a' * 64}"


def register(world: World, label: str = "web") -> str:
    reply = world.call("RegisterContainerImage", serviceName="shop", label=label, digest=DIGEST)
    return str(reply.body["containerImage"]["image"])


def images(world: World) -> list[str]:
    reply = world.call("GetContainerImages", serviceName="shop")
    return [one["image"] for one in reply.body["containerImages"]]


def delete(world: World, image: str) -> None:
    assert world.call("DeleteContainerImage", serviceName="shop", image=image).body == {}


def test_a_registered_image_has_a_name_a_digest_and_a_time(world: World) -> None:
    world.ready()
    reply = world.call("RegisterContainerImage", serviceName="shop", label="web", digest=DIGEST)
    image = reply.body["containerImage"]
    assert image["image"] == ":shop.web.1"
    assert image["digest"] == DIGEST
    assert image["createdAt"] == world.clock.timestamp


def test_versions_increase_by_1_whatever_the_label(world: World) -> None:
    world.ready()
    images = [register(world, label) for label in ("web", "api", "web")]
    assert images == [":shop.web.1", ":shop.api.2", ":shop.web.3"]


def test_the_newest_image_is_listed_first(world: World) -> None:
    world.ready()
    register(world)
    register(world)
    assert images(world) == [":shop.web.2", ":shop.web.1"]


def test_a_deleted_image_is_not_listed_and_its_version_is_not_reused(world: World) -> None:
    world.ready()
    delete(world, register(world))
    assert images(world) == []
    assert register(world) == ":shop.web.2"


def test_a_stored_image_can_be_deployed(world: World) -> None:
    world.ready()
    image = register(world)
    service = world.deploy(containers={"web": {"image": image}})
    assert service["nextDeployment"]["containers"]["web"]["image"] == image


def test_an_image_of_an_older_deployment_can_be_deleted(world: World) -> None:
    world.ready()
    image = register(world)
    world.deploy(containers={"web": {"image": image}})
    world.settle()
    world.deploy()
    world.settle()
    delete(world, image)
    assert images(world) == []


def test_a_deployment_of_latest_uses_only_the_newest_image_of_the_label(world: World) -> None:
    world.ready()
    older, newest = register(world), register(world)
    world.deploy(containers={"web": {"image": ":shop.web.latest"}})
    delete(world, older)
    refused = world.refused("DeleteContainerImage", serviceName="shop", image=newest)
    assert "in use by deployment 1" in refused["message"]
