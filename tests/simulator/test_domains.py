"""Public domain names: certificates, merging, detaching."""

from __future__ import annotations

import pytest

from pytest_lightsail.simulator.resources import Certificate

WWW, API = "www.example.com", "api.example.com"


@pytest.fixture
def certificates(world):
    """The certificates of the home Region: ``site`` covers two names, ``other`` two more."""
    held = world.account.region(world.HOME).certificates
    held["site"] = Certificate((WWW, API))
    held["other"] = Certificate(("www.example.org", "api.example.org"))
    return held


def domains(world, name="shop"):
    return world.get(name).get("publicDomainNames")


def test_domains_can_be_attached_at_creation(world, certificates):
    assert world.create(publicDomainNames={"site": [WWW]})["publicDomainNames"] == {"site": [WWW]}


def test_domains_can_be_attached_by_an_update(world, certificates):
    world.ready()
    assert world.update(publicDomainNames={"site": [WWW]})["publicDomainNames"] == {"site": [WWW]}


def test_domains_keep_their_order(world, certificates):
    world.ready()
    world.update(publicDomainNames={"site": [WWW, API]})
    assert domains(world) == {"site": [WWW, API]}


def test_a_certificate_that_is_left_out_stays_attached(world, certificates):
    world.ready(publicDomainNames={"site": [WWW]})
    world.update(publicDomainNames={"other": ["www.example.org"]})
    assert domains(world) == {"site": [WWW], "other": ["www.example.org"]}


def test_the_names_of_a_certificate_that_is_given_take_the_place_of_the_old_ones(
    world, certificates
):
    world.ready(publicDomainNames={"site": [WWW]})
    world.update(publicDomainNames={"site": [API]})
    assert domains(world) == {"site": [API]}


def test_a_certificate_with_an_empty_list_is_detached(world, certificates):
    world.ready(publicDomainNames={"site": [WWW], "other": ["www.example.org"]})
    world.update(publicDomainNames={"site": []})
    assert domains(world) == {"other": ["www.example.org"]}


def test_public_domain_names_are_absent_when_the_last_is_detached(world, certificates):
    world.ready(publicDomainNames={"site": [WWW]})
    assert "publicDomainNames" not in world.update(publicDomainNames={"site": []})


def test_an_update_without_domains_leaves_them(world, certificates):
    world.ready(publicDomainNames={"site": [WWW]})
    world.update(scale=2)
    assert domains(world) == {"site": [WWW]}


def test_domains_can_be_changed_while_disabled(world, certificates):
    world.disabled()
    world.update(publicDomainNames={"site": [WWW]})
    world.settle()
    assert (world.get()["state"], domains(world)) == ("DISABLED", {"site": [WWW]})


def test_four_certificates_can_be_exchanged_for_four_others_at_once(world, certificates):
    names = {f"cert-{number}": f"d{number}.example.net" for number in range(8)}
    certificates.update({name: Certificate((domain,)) for name, domain in names.items()})
    old, new = list(names)[:4], list(names)[4:]
    world.ready(publicDomainNames={name: [names[name]] for name in old})
    asked = {**{name: [] for name in old}, **{name: [names[name]] for name in new}}
    world.update(publicDomainNames=asked)
    assert domains(world) == {name: [names[name]] for name in new}


def test_the_limit_of_four_holds_for_what_the_service_has_afterwards(world, certificates):
    certificates["many"] = Certificate(tuple(f"d{number}.example.net" for number in range(3)))
    world.ready(publicDomainNames={"site": [WWW, API]})
    names = {"many": list(certificates["many"].domains)}
    body = world.refused("UpdateContainerService", serviceName="shop", publicDomainNames=names)
    assert "at most 4" in body["message"]
    world.update(publicDomainNames={**names, "site": [WWW]})
    assert sum(len(given) for given in domains(world).values()) == 4


# --- refusals ----------------------------------------------------------------------------------------


@pytest.fixture(params=["CreateContainerService", "UpdateContainerService"])
def refusal(request, world, certificates):
    """The message by which either operation refuses these domains for the service ``blog``."""

    def ask(names: dict[str, list[str]]) -> str:
        if request.param == "CreateContainerService":
            more = {"power": "nano", "scale": 1}
        else:
            world.ready("blog")
            more = {}
        before = world.snapshot()
        reply = world.call(request.param, serviceName="blog", publicDomainNames=names, **more)
        assert (reply.status, reply.error) == (400, "InvalidInputException")
        assert world.snapshot() == before
        return reply.body["message"]

    return ask


def test_a_certificate_that_does_not_exist_is_refused(refusal):
    message = refusal({"missing": [WWW]})
    assert "do not exist" in message
    assert '"missing"' in message


@pytest.mark.parametrize(
    "status",
    ["PENDING_VALIDATION", "INACTIVE", "EXPIRED", "VALIDATION_TIMED_OUT", "REVOKED", "FAILED"],
)
def test_a_certificate_that_is_not_issued_is_refused(refusal, certificates, status):
    certificates["site"] = Certificate((WWW,), status)
    assert refusal({"site": [WWW]}) == (
        f'Certificate "site" provided for service "blog" has {status} status, '
        "required status: ISSUED."
    )


def test_a_name_that_its_certificate_does_not_cover_is_refused(refusal):
    assert "shop.example.com" in refusal({"site": ["shop.example.com"]})


def test_a_name_that_another_service_has_is_refused(world, refusal):
    world.ready("shop", publicDomainNames={"site": [WWW]})
    message = refusal({"site": [WWW]})
    assert WWW in message
    assert '"shop"' in message


def test_a_name_is_free_when_it_is_detached_from_the_other_service(world, certificates):
    world.ready("shop", publicDomainNames={"site": [WWW]})
    world.update("shop", publicDomainNames={"site": []})
    assert world.create("blog", publicDomainNames={"site": [WWW]})


def test_a_name_is_free_when_the_other_service_is_gone(world, certificates):
    world.ready("shop", publicDomainNames={"site": [WWW]})
    world.delete("shop")
    world.settle()
    assert world.create("blog", publicDomainNames={"site": [WWW]})


def test_two_services_share_a_certificate_with_different_names(world, certificates):
    world.ready("shop", publicDomainNames={"site": [WWW]})
    world.ready("blog", publicDomainNames={"site": [API]})
    assert domains(world, "shop") == {"site": [WWW]}
    assert domains(world, "blog") == {"site": [API]}


def test_a_certificate_of_another_region_does_not_serve(world, certificates):
    body = world.refused(
        "CreateContainerService",
        region="eu-west-1",
        serviceName="shop",
        power="nano",
        scale=1,
        publicDomainNames={"site": [WWW]},
    )
    assert "do not exist" in body["message"]


def test_an_attached_certificate_that_has_expired_hinders_no_other_update(world, certificates):
    world.ready(publicDomainNames={"site": [WWW]})
    certificates["site"] = Certificate((WWW,), "EXPIRED")
    world.update(scale=2)
    world.settle()
    assert (world.get()["scale"], domains(world)) == (2, {"site": [WWW]})


def test_a_certificate_that_has_expired_can_be_detached(world, certificates):
    world.ready(publicDomainNames={"site": [WWW]})
    certificates["site"] = Certificate((WWW,), "EXPIRED")
    assert "publicDomainNames" not in world.update(publicDomainNames={"site": []})


def test_certificates_and_domains_outlive_their_service(world, certificates):
    world.ready(publicDomainNames={"site": [WWW]})
    world.delete()
    world.settle()
    assert set(certificates) == {"site", "other"}
