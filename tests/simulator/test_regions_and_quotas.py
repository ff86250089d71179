"""Several Regions in one account, and quotas."""

from __future__ import annotations

from typing import Any

import botocore.session
import pytest

from pytest_lightsail import ConfigurationError, simulate
from pytest_lightsail.model.catalogue import RULES
from pytest_lightsail.model.rule import Kind
from pytest_lightsail.options import is_region

AWAY = "eu-west-1"


def test_a_name_can_be_used_in_every_region(world):
    home, away = world.create(), world.create(region=AWAY)
    assert home["location"]["regionName"] == "us-east-1"
    assert away["location"]["regionName"] == AWAY


def test_a_region_lists_only_its_own_services(world):
    world.create("a")
    world.create("b", region=AWAY)
    assert (world.names(), world.names(AWAY)) == (["a"], ["b"])


def test_the_regions_of_botocore_are_read_once(monkeypatch):
    assert not is_region("xx-north-1")
    monkeypatch.delattr(botocore.session, "Session")
    assert not is_region("xx-north-2")


def test_a_service_is_not_found_in_another_region(world):
    world.create()
    body = world.refused("GetContainerServices", region=AWAY, serviceName="shop")
    assert body["__type"] == "NotFoundException"
    assert "must exist in the Region of the request" in body["tip"]


def test_the_arn_url_and_principal_of_a_service_contain_its_region(world):
    world.create(region=AWAY)
    world.settle()
    service = world.get(region=AWAY)
    assert f":{AWAY}:" in service["arn"]
    assert f".{AWAY}." in service["url"]
    assert f"/{AWAY}/" in service["principalArn"]


def test_all_regions_have_the_same_account_number(world):
    accounts = {world.create(region=region)["arn"].split(":")[4] for region in ("us-east-1", AWAY)}
    assert len(accounts) == 1


def test_urls_have_a_different_id_in_another_region(world):
    ids = {world.create(region=region)["url"].split(".")[1] for region in ("us-east-1", AWAY)}
    assert len(ids) == 2


def test_changes_in_one_region_do_not_affect_another(world):
    world.running()
    world.create(region=AWAY)
    world.settle()
    before = world.get(region=AWAY)
    world.deploy()
    world.settle()
    world.delete()
    world.settle()
    assert world.get(region=AWAY) == before


def test_regions_share_one_clock(world):
    world.create()
    world.create(region=AWAY)
    world.advance(40)
    assert world.get()["state"] == world.get(region=AWAY)["state"] == "READY"


# --- quotas ------------------------------------------------------------------------------------------

LIMIT = "Sorry, you've either reached or will exceed your maximum limit of Lightsail Container Services."


@pytest.fixture
def full(world):
    """Return an account that has reached the quota of services in its home Region."""
    for number in range(100):
        world.create(f"s{number}")
    return world


def test_the_101st_service_of_a_region_is_refused(full):
    before = full.snapshot()
    reply = full.call("CreateContainerService", serviceName="one-more", power="nano", scale=1)
    assert (reply.status, reply.error, reply.body["message"]) == (
        400,
        "InvalidInputException",
        LIMIT,
    )
    assert full.snapshot() == before


def test_each_region_has_its_own_quota(full):
    assert full.create("one-more", region=AWAY)["state"] == "PENDING"


def test_a_service_counts_towards_the_quota_until_its_deletion_ends(full):
    full.settle()
    full.delete("s7")
    assert full.refused("CreateContainerService", serviceName="new", power="nano", scale=1)
    full.settle()
    assert full.create("new")["state"] == "PENDING"


def test_a_name_in_use_is_reported_before_a_reached_quota(full):
    body = full.refused("CreateContainerService", serviceName="s1", power="nano", scale=1)
    assert "already in use" in body["message"]


def test_a_quota_can_be_changed_while_the_account_is_in_use(world):
    world.account.quotas["services"] = 1
    world.create()
    assert world.refused("CreateContainerService", serviceName="blog", power="nano", scale=1)
    world.account.quotas["services"] = 2
    world.create("blog")


def test_a_quota_cannot_be_deleted(world):
    quotas = world.account.quotas
    quotas["services"] = 1
    with pytest.raises(ConfigurationError, match=r"'services'.* limits are .*'services': 100"):
        del quotas["services"]
    with pytest.raises(ConfigurationError, match="cannot be deleted"):
        quotas.clear()
    assert quotas["services"] == 1


def test_a_refusal_names_the_limit_set_by_the_test(world):
    world.account.quotas["images"] = 3
    world.ready()
    image = {"serviceName": "shop", "label": "web", "digest": f"sha256:{'0' * 64}"}
    for _ in range(3):
        world.call("RegisterContainerImage", **image)
    assert "its limit of 3 " in world.refused("RegisterContainerImage", **image)["message"]


def test_a_quota_can_be_set_to_none() -> None:
    with simulate() as lightsail:
        lightsail.quotas["services"] = None
        assert lightsail.quotas["services"] is None


@pytest.mark.parametrize("limit", [2.5, "two", True, -1])
def test_a_quota_that_is_not_a_whole_number_from_0_is_refused(world: Any, limit: Any) -> None:
    with pytest.raises(ConfigurationError, match="whole number"):
        world.account.quotas["services"] = limit


def test_quotas_are_a_mapping_with_every_quota(world):
    quotas = world.account.quotas
    assert set(quotas) == {
        rule.id.removeprefix("quota.") for rule in RULES if rule.kind is Kind.QUOTA
    }
    assert len(quotas) == len(set(quotas))
    assert f"'services': {quotas['services']}" in repr(quotas)


def test_an_unknown_quota_is_refused_with_the_known_quotas(world):
    with pytest.raises(
        ConfigurationError, match=r"unknown quota 'sevices'; expected one of .*services"
    ):
        world.account.quotas["sevices"] = 1
