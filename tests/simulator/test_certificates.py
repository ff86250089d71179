"""Certificates and their lifecycle."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_lightsail.exceptions import (
    ConfigurationError,
    UnknownResourceError,
)
from pytest_lightsail.model.lifecycle import CERTIFICATE_EDGES, CERTIFICATE_STATUSES, Edge
from pytest_lightsail.model.service import load
from pytest_lightsail.model.validator import validate
from pytest_lightsail.simulator.resources import Certificate, Certificates

from .conftest import World


def create(world: World, name: str = "site", **more: Any) -> dict[str, Any]:
    given = {"certificateName": name, "domainName": "www.example.com", **more}
    reply = world.call("CreateCertificate", **given)
    assert reply.status == 200, reply.body
    certificate: dict[str, Any] = reply.body["certificate"]
    return certificate


def listed(world: World, **more: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = world.call("GetCertificates", **more).body["certificates"]
    return found


def certificates(world: World) -> Certificates:
    return world.account.region(world.HOME).certificates


def test_a_new_certificate_is_pending_validation(world: World) -> None:
    certificate = create(world, subjectAlternativeNames=["api.example.com"])
    detail = certificate["certificateDetail"]
    assert detail["status"] == "PENDING_VALIDATION"
    assert detail["subjectAlternativeNames"] == ["www.example.com", "api.example.com"]


def test_the_domain_name_of_a_certificate_is_the_first_of_its_domains(world: World) -> None:
    certificates(world)["site"] = Certificate(("www.example.com", "api.example.com"))
    certificates(world)["bare"] = Certificate(())
    named = {one["certificateName"]: one["domainName"] for one in listed(world)}
    assert named == {"site": "www.example.com", "bare": ""}


def test_a_certificate_can_be_attached_once_it_is_issued(world: World) -> None:
    world.ready()
    create(world)
    attach = {"serviceName": "shop", "publicDomainNames": {"site": ["www.example.com"]}}
    assert "PENDING_VALIDATION" in world.refused("UpdateContainerService", **attach)["message"]
    certificates(world).issue("site")
    assert world.call("UpdateContainerService", **attach).status == 200


def test_a_certificate_replaced_by_a_test_keeps_its_arn_creation_time_and_tags(
    world: World,
) -> None:
    tags = [{"key": "team", "value": "a"}]
    before = create(world, tags=tags)["certificateDetail"]
    world.clock.advance(60)
    certificates(world)["site"] = Certificate(("www.example.com",), "FAILED")
    (after,) = listed(world, certificateName="site")
    assert after["certificateDetail"] == {**before, "status": "FAILED"}


def test_the_last_tag_of_a_certificate_added_by_a_test_can_be_removed(world: World) -> None:
    tags = [{"key": "team", "value": "a"}]
    certificates(world)["site"] = Certificate(("www.example.com",), tags=tags)
    world.call("UntagResource", resourceName="site", tagKeys=["team"])
    assert listed(world)[0]["tags"] == []


@pytest.mark.parametrize("status", ["EXPIRED", "REVOKED"])
def test_an_expired_or_revoked_certificate_cannot_be_attached(world: World, status: str) -> None:
    world.ready()
    certificates(world)["site"] = Certificate(("www.example.com",), status)
    attach = {"serviceName": "shop", "publicDomainNames": {"site": ["www.example.com"]}}
    assert status in world.refused("UpdateContainerService", **attach)["message"]


def test_certificates_are_listed_with_details_only_on_request(world: World) -> None:
    create(world)
    assert "certificateDetail" not in listed(world)[0]
    assert listed(world, includeCertificateDetails=True)[0]["certificateDetail"]["name"] == "site"


def test_a_certificate_requested_by_name_has_details(world: World) -> None:
    create(world, subjectAlternativeNames=["shop.test"])
    (certificate,) = listed(world, certificateName="site")
    (record,) = certificate["certificateDetail"]["domainValidationRecords"]
    assert (record["domainName"], record["resourceRecord"]["type"]) == ("www.example.com", "CNAME")
    assert record["resourceRecord"]["name"].endswith(".www.example.com.")


def test_no_certificate_is_listed_for_an_unknown_name(world: World) -> None:
    assert listed(world, certificateName="site") == []


def test_certificates_can_be_filtered_by_name_and_by_status(world: World) -> None:
    create(world)
    create(world, "other")
    certificates(world).issue("other")
    assert [one["certificateName"] for one in listed(world, certificateName="site")] == ["site"]
    issued = listed(world, certificateStatuses=["ISSUED"])
    assert [one["certificateName"] for one in issued] == ["other"]


def test_a_certificate_added_by_a_test_has_a_stable_arn(world: World) -> None:
    certificates(world)["site"] = Certificate(("www.example.com",))
    first, second = listed(world)[0], listed(world)[0]
    assert first["certificateArn"] == second["certificateArn"]


def test_a_certificate_counts_the_resources_that_use_it(world: World) -> None:
    world.ready()
    certificates(world)["site"] = Certificate(("www.example.com",))
    world.update(publicDomainNames={"site": ["www.example.com"]})
    (certificate,) = listed(world, includeCertificateDetails=True)
    assert certificate["certificateDetail"]["inUseResourceCount"] == 1


def test_a_deleted_certificate_is_no_longer_listed(world: World) -> None:
    create(world)
    assert world.call("DeleteCertificate", certificateName="site").status == 200
    assert listed(world) == []


def test_an_unknown_certificate_cannot_be_issued(world: World) -> None:
    with pytest.raises(UnknownResourceError, match="known: none"):
        certificates(world).issue("site")


def test_the_certificate_statuses_are_those_of_the_service_model() -> None:
    assert set(CERTIFICATE_STATUSES) == set(load().shapes["CertificateStatus"].enum)


@pytest.mark.parametrize("edge", CERTIFICATE_EDGES[1:], ids=lambda edge: edge.trigger)
def test_a_certificate_can_follow_every_edge_of_its_lifecycle(world: World, edge: Edge) -> None:
    certificates(world)["site"] = Certificate(("www.example.com",), edge.state)
    getattr(certificates(world), edge.trigger)("site")
    assert certificates(world)["site"].status == edge.target


def test_a_certificate_transition_without_an_edge_is_refused(world: World) -> None:
    certificates(world)["site"] = Certificate(("www.example.com",), "FAILED")
    with pytest.raises(ConfigurationError, match="'issue' is not possible in state FAILED"):
        certificates(world).issue("site")


def test_a_certificate_with_an_unknown_status_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="PENDING_VALIDATION"):
        Certificate(("www.example.com",), "VALID")


def test_a_certificate_can_be_tagged_and_untagged(world: World) -> None:
    create(world, tags=[{"key": "team", "value": "web"}])
    world.call("TagResource", resourceName="site", tags=[{"key": "stage"}])
    stage = {"key": "stage", "value": ""}
    assert listed(world)[0]["tags"] == [{"key": "team", "value": "web"}, stage]
    world.call("UntagResource", resourceName="site", tagKeys=["team"])
    assert listed(world)[0]["tags"] == [stage]


def test_an_arn_distinguishes_a_certificate_from_a_service_of_the_same_name(world: World) -> None:
    world.ready("site")
    arn = create(world)["certificateArn"]
    world.call("TagResource", resourceName="site", resourceArn=arn, tags=[{"key": "team"}])
    assert listed(world)[0]["tags"] == [{"key": "team", "value": ""}]
    assert world.get("site")["tags"] == []


@pytest.mark.parametrize("domain", ["*.example.com", "www", "-www.example.com", "www example.com"])
def test_a_certificate_for_an_invalid_or_wildcard_domain_is_refused(
    world: World, domain: str
) -> None:
    given = {"certificateName": "site", "domainName": "www.example.com"}
    for wrong in ({"domainName": domain}, {"subjectAlternativeNames": [domain]}):
        body = world.refused("CreateCertificate", **{**given, **wrong})
        assert (body["__type"], domain in body["message"]) == ("InvalidInputException", True)
    assert not certificates(world)


def test_a_certificate_has_at_most_nine_alternative_names(world: World) -> None:
    names = [f"{number}.example.com" for number in range(10)]
    body = world.refused(
        "CreateCertificate",
        certificateName="site",
        domainName="www.example.com",
        subjectAlternativeNames=names,
    )
    assert "at most 9" in body["message"]
    create(world, subjectAlternativeNames=names[:9])


@pytest.mark.parametrize("name", ["", "a", "-ab", "ab-", "a b", "é1", "ab\n"])
def test_an_invalid_certificate_name_is_refused(world: World, name: str) -> None:
    body = world.refused("CreateCertificate", certificateName=name, domainName="www.example.com")
    assert body["message"] == (
        f'Certificate name "{name}" does not match pattern: '
        "^(?:[A-Za-z0-9_][A-Za-z0-9_.-]*[A-Za-z0-9_])$"
    )
    assert world.account.history.calls[-1].rule == "certificate.name"


@pytest.mark.parametrize("name", ["ab", "A_1", "0--0", "my-certificate", "example.com"])
def test_a_valid_certificate_name_is_accepted(world: World, name: str) -> None:
    response = world.call(
        "CreateCertificate", certificateName=name, domainName="www.example.com"
    ).body
    assert response["operations"][0]["resourceName"] == name
    validate("CreateCertificate", "response", response)
