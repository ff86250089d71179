"""Public domain names: attaching, merging and detaching."""

from __future__ import annotations

import pytest

from pytest_lightsail.simulator.resources import Certificate

WWW, API = "www.example.com", "api.example.com"


@pytest.fixture
def certificates(world):
    """Add two certificates with two domains each to the home Region, and return its certificates."""
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


def test_an_update_keeps_certificates_that_it_does_not_name(world, certificates):
    world.ready(publicDomainNames={"site": [WWW]})
    world.update(publicDomainNames={"other": ["www.example.org"]})
    assert domains(world) == {"site": [WWW], "other": ["www.example.org"]}


def test_an_update_replaces_the_domains_of_a_certificate_that_it_names(world, certificates):
    world.ready(publicDomainNames={"site": [WWW]})
    world.update(publicDomainNames={"site": [API]})
    assert domains(world) == {"site": [API]}


def test_an_empty_list_of_domains_detaches_a_certificate(world, certificates):
    world.ready(publicDomainNames={"site": [WWW], "other": ["www.example.org"]})
    world.update(publicDomainNames={"site": []})
    assert domains(world) == {"other": ["www.example.org"]}


def test_public_domain_names_are_absent_after_the_last_is_detached(world, certificates):
    world.ready(publicDomainNames={"site": [WWW]})
    assert "publicDomainNames" not in world.update(publicDomainNames={"site": []})


def test_an_update_without_domains_keeps_the_domains(world, certificates):
    world.ready(publicDomainNames={"site": [WWW]})
    world.update(scale=2)
    assert domains(world) == {"site": [WWW]}


def test_the_domains_of_a_disabled_service_can_be_changed(world, certificates):
    world.disabled()
    world.update(publicDomainNames={"site": [WWW]})
    world.settle()
    assert (world.get()["state"], domains(world)) == ("DISABLED", {"site": [WWW]})


def test_four_certificates_can_be_replaced_by_four_others_in_one_update(world, certificates):
    names = {f"cert-{number}": f"d{number}.example.net" for number in range(8)}
    certificates.update({name: Certificate((domain,)) for name, domain in names.items()})
    old, new = list(names)[:4], list(names)[4:]
    world.ready(publicDomainNames={name: [names[name]] for name in old})
    asked = {**{name: [] for name in old}, **{name: [names[name]] for name in new}}
    world.update(publicDomainNames=asked)
    assert domains(world) == {name: [names[name]] for name in new}


def test_the_limit_of_four_domains_applies_to_the_result_of_an_update(world, certificates):
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
    """Return a function that returns the message with which an operation refuses domains."""

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


def test_a_domain_that_its_certificate_does_not_cover_is_refused(refusal):
    assert "shop.example.com" in refusal({"site": ["shop.example.com"]})


def test_a_domain_that_another_service_uses_is_refused(world, refusal):
    world.ready("shop", publicDomainNames={"site": [WWW]})
    message = refusal({"site": [WWW]})
    assert WWW in message
    assert '"shop"' in message


def test_a_domain_can_be_reused_after_another_service_detaches_it(world, certificates):
    world.ready("shop", publicDomainNames={"site": [WWW]})
    world.update("shop", publicDomainNames={"site": []})
    assert world.create("blog", publicDomainNames={"site": [WWW]})


def test_a_domain_can_be_reused_after_another_service_is_deleted(world, certificates):
    world.ready("shop", publicDomainNames={"site": [WWW]})
    world.delete("shop")
    world.settle()
    assert world.create("blog", publicDomainNames={"site": [WWW]})


def test_two_services_can_share_a_certificate_with_different_domains(world, certificates):
    world.ready("shop", publicDomainNames={"site": [WWW]})
    world.ready("blog", publicDomainNames={"site": [API]})
    assert domains(world, "shop") == {"site": [WWW]}
    assert domains(world, "blog") == {"site": [API]}


def test_a_certificate_of_another_region_is_refused(world, certificates):
    body = world.refused(
        "CreateContainerService",
        region="eu-west-1",
        serviceName="shop",
        power="nano",
        scale=1,
        publicDomainNames={"site": [WWW]},
    )
    assert "do not exist" in body["message"]


def test_an_expired_attached_certificate_does_not_prevent_other_updates(world, certificates):
    world.ready(publicDomainNames={"site": [WWW]})
    certificates["site"] = Certificate((WWW,), "EXPIRED")
    world.update(scale=2)
    world.settle()
    assert (world.get()["scale"], domains(world)) == (2, {"site": [WWW]})


def test_an_expired_certificate_can_be_detached(world, certificates):
    world.ready(publicDomainNames={"site": [WWW]})
    certificates["site"] = Certificate((WWW,), "EXPIRED")
    assert "publicDomainNames" not in world.update(publicDomainNames={"site": []})


def test_certificates_are_kept_when_their_service_is_deleted(world, certificates):
    world.ready(publicDomainNames={"site": [WWW]})
    world.delete()
    world.settle()
    assert set(certificates) == {"site", "other"}
