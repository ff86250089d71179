"""Which service a host belongs to, and what is recorded about a visit."""

from __future__ import annotations

import pytest

from pytest_lightsail import CallerNeverEnds, Certificate, Image
from pytest_lightsail.simulator.resources import SUFFIX
from tests.support.visits import (
    DEFAULT_LATENCY,
    GONE,
    host,
    opened,
    serve,
)

# --- hosts -------------------------------------------------------------------------------------------


def test_a_host_that_no_service_has_does_not_resolve(world):
    assert world.account.serves(f"shop.abc.us-east-1{SUFFIX}")
    assert world.account.visit(f"shop.abc.us-east-1{SUFFIX}") == GONE


def test_a_host_chosen_by_a_test_does_not_resolve_before_its_service_exists(world):
    world.account.hosts["shop"] = "shop.localhost"
    assert world.account.serves("shop.localhost")
    assert world.account.visit("shop.localhost") == GONE


def test_a_deleted_service_does_not_resolve(world):
    serve(world, Image())
    known = host(world)
    world.delete()
    assert world.account.visit(known).status == 503
    world.settle()
    assert world.account.visit(known) == GONE


def test_a_recreated_service_has_the_same_address(world):
    serve(world, Image())
    known = host(world)
    world.delete()
    world.settle()
    world.ready()
    assert world.account.visit(known).status == 503


@pytest.mark.parametrize("write", [str.upper, "{}:443".format, "{}.".format])
def test_a_host_can_have_capitals_a_port_or_a_trailing_dot(world, write):
    serve(world, Image())
    assert world.account.serves(write(host(world)))
    assert world.account.visit(write(host(world))).status == 200


def test_services_of_one_account_do_not_respond_for_each_other(world):
    serve(world, Image(responds="shop"))
    world.ready("blog")
    assert opened(world, name="blog").status == 503
    assert opened(world).body == b"shop"


def attach(world, *domains: str) -> None:
    certificates = world.account.region(world.HOME).certificates
    certificates.setdefault("cert", Certificate(("www.example.com", "example.com")))
    world.update(publicDomainNames={"cert": list(domains)})
    world.settle()


def test_a_public_domain_leads_to_the_service(world):
    serve(world, Image(responds="hello"))
    attach(world, "www.example.com")
    assert world.account.serves("WWW.example.com")
    assert world.account.visit("www.example.com").body == b"hello"
    assert opened(world).body == b"hello"


def test_an_attached_domain_is_served_without_its_certificate(world):
    serve(world, Image(responds="hello"))
    attach(world, "www.example.com")
    world.account.region(world.HOME).certificates.clear()
    assert world.account.serves("www.example.com")
    assert world.account.visit("www.example.com").body == b"hello"


def test_a_domain_of_a_certificate_that_no_service_uses_does_not_resolve(world):
    serve(world, Image())
    attach(world, "www.example.com")
    assert world.account.serves("example.com")
    assert world.account.visit("example.com") == GONE
    attach(world)
    assert world.account.visit("www.example.com") == GONE


def test_an_account_does_not_serve_other_hosts(world):
    serve(world, Image())
    assert not world.account.serves("www.example.com")
    assert not world.account.serves("lightsail.us-east-1.amazonaws.com")


# --- what is recorded --------------------------------------------------------------------------------


def test_a_visit_is_recorded_without_its_query(world):
    serve(world, Image())
    opened(world, "/health?token=hunter2")
    (seen,) = world.account.history.visits
    assert (seen.service, seen.path, seen.status) == ("shop", "/health", 200)
    assert "hunter2" not in repr(seen)


def test_a_visit_that_reaches_no_container_is_recorded(world):
    world.ready()
    opened(world)
    world.account.visit(f"blog.abc.eu-west-1{SUFFIX}")
    unavailable, lost = world.account.history.visits
    assert (unavailable.status, unavailable.service) == (503, "shop")
    assert (lost.error, lost.service, lost.region) == ("dns_failure", None, world.HOME)
    assert lost.status is None


def test_visits_are_not_recorded_as_calls(world):
    serve(world, Image())
    before = len(world.account.history.calls)
    opened(world)
    assert len(world.account.history.calls) == before


def test_a_visit_takes_as_long_as_a_call(new_world):
    world = new_world(latency=DEFAULT_LATENCY)
    serve(world, Image())
    before = world.clock.elapsed
    opened(world)
    assert world.clock.elapsed - before == pytest.approx(DEFAULT_LATENCY)


def test_a_visitor_that_waits_forever_is_stopped(new_world):
    world = new_world(patience=3600)
    world.ready()

    def wait_forever() -> None:
        while True:
            opened(world)
            world.account.sleep(60)

    with pytest.raises(CallerNeverEnds, match=r"last call was GET shop\."):
        wait_forever()
