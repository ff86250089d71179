"""CreateContainerService, and the members of a new service."""

from __future__ import annotations

import re

import pytest

ALWAYS = {
    "containerServiceName", "arn", "createdAt", "location", "resourceType", "tags", "power", "powerId",
    "state", "scale", "isDisabled", "principalArn", "privateDomainName", "url", "privateRegistryAccess",
}  # fmt: skip
UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"


def test_a_new_service_is_pending(world):
    assert world.create()["state"] == "PENDING"


def test_a_new_service_has_exactly_the_members_of_a_real_one(world):
    assert set(world.create()) == ALWAYS


def test_a_ready_service_has_exactly_the_members_of_a_real_one(world):
    assert set(world.ready()) == ALWAYS


def test_members_are_in_alphabetical_order(world):
    service = world.create(deployment={"containers": world.CONTAINERS})
    assert list(service) == sorted(service)


def test_a_new_service_has_the_requested_name_power_and_scale(world):
    service = world.create("blog", power="xlarge", scale=20)
    assert service["containerServiceName"] == "blog"
    assert (service["power"], service["scale"]) == ("xlarge", 20)


@pytest.mark.parametrize("power", ["nano", "micro", "small", "medium", "large", "xlarge"])
def test_the_id_of_a_power_is_its_name_followed_by_1(world, power):
    assert world.create(power=power)["powerId"] == f"{power}-1"


def test_a_new_service_is_enabled(world):
    assert world.create()["isDisabled"] is False


def test_a_new_service_is_a_container_service_in_its_region(world):
    service = world.create()
    assert service["resourceType"] == "ContainerService"
    assert service["location"] == {"availabilityZone": "all", "regionName": world.HOME}


def test_the_arn_ends_with_a_uuid(world):
    arn = world.create()["arn"]
    assert re.fullmatch(rf"arn:aws:lightsail:us-east-1:[0-9]{{12}}:ContainerService/{UUID}", arn)


def test_each_service_has_its_own_arn_with_the_same_account_number(world):
    arns = [world.create(name)["arn"] for name in ("a", "b", "c")]
    assert len(set(arns)) == 3
    assert len({arn.split(":")[4] for arn in arns}) == 1


def test_a_pending_service_has_a_url_with_a_trailing_slash(world):
    service = world.create()
    url = service["url"]
    assert re.fullmatch(r"https://shop\.[0-9a-z]{13}\.us-east-1\.cs\.amazonlightsail\.com/", url)


def test_the_urls_of_one_region_share_an_id(world):
    ids = {world.create(name)["url"].split(".")[1] for name in ("a", "b")}
    assert len(ids) == 1


def test_the_url_of_a_service_never_changes(world):
    url = world.create()["url"]
    world.settle()
    world.deploy()
    world.settle()
    assert world.get()["url"] == url


def test_the_private_domain_name_contains_the_service_name(world):
    assert world.create()["privateDomainName"] == "shop.service.local"


def test_the_principal_of_a_new_service_is_empty(world):
    assert world.create()["principalArn"] == ""


def test_the_principal_is_empty_while_the_service_is_pending(world):
    world.create()
    world.advance(1)
    assert (world.get()["state"], world.get()["principalArn"]) == ("PENDING", "")


def test_the_principal_of_a_ready_service_is_an_aws_role(world):
    service = world.ready()
    role = "role/amazon/lightsail/us-east-1/containers/shop"
    assert re.fullmatch(rf"arn:aws:iam::[0-9]{{12}}:{role}/[0-9a-v]{{52}}", service["principalArn"])


def test_the_principal_is_not_in_the_callers_account(world):
    service = world.ready()
    assert service["principalArn"].split(":")[4] != service["arn"].split(":")[4]


def test_an_update_does_not_change_the_principal(world):
    principal = world.ready()["principalArn"]
    world.update(power="micro")
    world.settle()
    assert world.get()["principalArn"] == principal


def test_a_service_without_tags_has_an_empty_list_of_tags(world):
    assert world.create()["tags"] == []


def test_a_tag_without_a_value_has_an_empty_value(world):
    tags = [{"key": "team", "value": "a"}, {"key": "null", "value": None}, {"key": "alone"}]
    shown = world.create(tags=tags)["tags"]
    assert {tag["key"]: tag["value"] for tag in shown} == {"team": "a", "null": "", "alone": ""}


def test_created_at_is_in_whole_seconds(world):
    world.advance(12.345)
    created = world.create()["createdAt"]
    assert isinstance(created, int)
    assert created == world.clock.start.timestamp() + 12


def test_created_at_never_changes(world):
    created = world.create()["createdAt"]
    world.settle()
    world.update(scale=2)
    world.settle()
    assert world.get()["createdAt"] == created


def test_public_domain_names_are_absent_if_no_domain_is_attached(world):
    assert "publicDomainNames" not in world.create()
    assert "publicDomainNames" not in world.create("blog", publicDomainNames={})


def test_state_detail_is_absent_from_the_response(world):
    assert "stateDetail" not in world.create(deployment={"containers": world.CONTAINERS})


def test_the_ecr_image_puller_role_is_inactive_by_default(world):
    access = {"ecrImagePullerRole": {"isActive": False, "principalArn": ""}}
    assert world.create()["privateRegistryAccess"] == access


def test_a_deployment_given_at_creation_is_version_1(world):
    service = world.create(deployment={"containers": world.CONTAINERS})
    assert service["nextDeployment"]["version"] == 1
    assert service["nextDeployment"]["state"] == "ACTIVATING"
    assert "currentDeployment" not in service


def test_a_null_deployment_creates_no_deployment(world):
    assert "nextDeployment" not in world.create(deployment=None)


def test_creating_a_service_does_not_change_another_service(world):
    world.ready("a")
    before = world.get("a")
    world.create("b")
    world.settle()
    assert world.get("a") == before


def test_a_name_can_be_reused_after_its_service_is_deleted(world):
    first = world.ready()
    world.delete()
    world.settle()
    second = world.ready()
    assert second["arn"] != first["arn"]
    assert second["createdAt"] > first["createdAt"]


def test_a_recreated_service_numbers_its_deployments_from_1(world):
    world.running()
    world.delete()
    world.settle()
    assert world.running()["currentDeployment"]["version"] == 1
