"""Operations that other calls return, domains with their entries, and Regions."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import World

DOMAIN = {"domainName": "example.com"}
RECORD = {"name": "www.example.com", "type": "CNAME", "target": "shop.example.net"}


def ok(world: World, operation: str, **parameters: Any) -> Any:
    reply = world.call(operation, **parameters)
    assert reply.status == 200, reply.body
    return reply.body


def certificate(world: World, name: str = "site") -> dict[str, Any]:
    given = {"certificateName": name, "domainName": "www.example.com"}
    (operation,) = ok(world, "CreateCertificate", **given)["operations"]
    return dict(operation)


def test_an_operation_can_be_read_by_its_id(world: World) -> None:
    returned = certificate(world)
    found = ok(world, "GetOperation", operationId=returned["id"])["operation"]
    assert found == returned
    assert (found["status"], found["isTerminal"]) == ("Succeeded", True)


def test_operations_are_listed_newest_first_and_by_resource(world: World) -> None:
    first, second = certificate(world), certificate(world, "other")
    assert ok(world, "GetOperations")["operations"] == [second, first]
    by_resource = ok(world, "GetOperationsForResource", resourceName="site")["operations"]
    assert by_resource == [first]
    assert ok(world, "GetOperationsForResource", resourceName="none")["operations"] == []


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("GetCertificates", {}),
        ("GetDomains", {}),
        ("GetOperations", {}),
        ("GetOperationsForResource", {"resourceName": "site"}),
    ],
)
def test_a_page_token_is_refused_by_operations_that_never_return_one(
    world: World, operation: str, parameters: dict[str, str]
) -> None:
    if "pageToken" not in world.account.model.parameters[operation]:
        pytest.skip("this release of botocore does not know the parameter")
    body = world.refused(operation, **parameters, pageToken="2")
    assert body["message"] == "The page token is not valid: 2"


def test_an_operation_is_found_only_in_its_region(world: World) -> None:
    returned = certificate(world)
    reply = world.call("GetOperation", region="eu-west-1", operationId=returned["id"])
    assert reply.error == "NotFoundException"


def test_regions_are_listed_with_zones_only_on_request(world: World) -> None:
    plain = ok(world, "GetRegions")["regions"]
    assert {"us-east-1", "eu-central-1"} <= {region["name"] for region in plain}
    assert plain[0]["availabilityZones"] == []
    asked = ok(world, "GetRegions", includeAvailabilityZones=True)["regions"][0]
    assert asked["availabilityZones"][0]["zoneName"] == f"{asked['name']}a"
    assert asked["relationalDatabaseAvailabilityZones"] == []


def test_a_domain_can_be_read_until_it_is_deleted(world: World) -> None:
    created = ok(world, "CreateDomain", **DOMAIN, tags=[{"key": "team"}])["operation"]
    assert (created["resourceName"], created["resourceType"]) == ("example.com", "Domain")
    assert ok(world, "GetOperation", operationId=created["id"])["operation"] == created
    domain = ok(world, "GetDomain", **DOMAIN)["domain"]
    assert (domain["name"], domain["location"]["regionName"]) == ("example.com", "global")
    assert ok(world, "GetDomains")["domains"] == [domain]
    ok(world, "DeleteDomain", **DOMAIN)
    assert ok(world, "GetDomains")["domains"] == []


def test_a_domain_entry_can_be_created_changed_and_deleted(world: World) -> None:
    ok(world, "CreateDomain", **DOMAIN)
    ok(world, "CreateDomainEntry", **DOMAIN, domainEntry=RECORD)
    (entry,) = ok(world, "GetDomain", **DOMAIN)["domain"]["domainEntries"]
    assert entry == {**RECORD, "id": entry["id"], "isAlias": False}
    moved = {**entry, "target": "other.example.net"}
    ok(world, "UpdateDomainEntry", **DOMAIN, domainEntry=moved)
    assert ok(world, "GetDomain", **DOMAIN)["domain"]["domainEntries"] == [moved]
    named = {**RECORD, "target": "other.example.net"}
    ok(world, "DeleteDomainEntry", **DOMAIN, domainEntry=named)
    assert ok(world, "GetDomain", **DOMAIN)["domain"]["domainEntries"] == []


def test_a_domain_can_be_tagged(world: World) -> None:
    ok(world, "CreateDomain", **DOMAIN)
    ok(world, "TagResource", resourceName="example.com", tags=[{"key": "team", "value": "web"}])
    domain = ok(world, "GetDomain", **DOMAIN)["domain"]
    assert domain["tags"] == [{"key": "team", "value": "web"}]


@pytest.mark.parametrize("region", ["eu-west-1", "us-west-2"])
@pytest.mark.parametrize("operation", ["CreateDomain", "GetDomain", "DeleteDomain"])
def test_domains_are_refused_outside_us_east_1(world: World, operation: str, region: str) -> None:
    body = world.refused(operation, region=region, **DOMAIN)
    assert body["code"] == "UnsupportedOperation"
    assert body["message"].startswith("Domain-related APIs are only available in the us-east-1")
