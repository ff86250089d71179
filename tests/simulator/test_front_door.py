"""The address of a service: what whoever opens it gets, by what the service runs at that moment."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_lightsail import CallerNeverEnds, Certificate, Image
from pytest_lightsail.simulator.front_door import SUFFIX, serves, visit
from pytest_lightsail.simulator.wire import Disconnect, Response
from tests.support.profiles import STEADY

GONE = Disconnect("dns_failure")
TIMED_OUT = Disconnect("read_timeout")
DEFAULT_LATENCY = 0.1

quick = settings(deadline=None, derandomize=STEADY, max_examples=40)


def host(world, name: str = "shop") -> str:
    return world.account.regions[world.HOME].services[name].url.split("/")[2]


def opened(world, path: str = "/", name: str = "shop", **more: Any) -> Response | Disconnect:
    return visit(world.account, host(world, name), path, **more)


def status(world, path: str = "/", **more: Any) -> int | str:
    answer = opened(world, path, **more)
    return answer.status if isinstance(answer, Response) else answer.kind


def deploy(world, image: Image, version: int = 1, **health_check: Any) -> None:
    """Begin a public deployment of an image that does what it is told."""
    world.account.images[f"shop:{version}"] = image
    endpoint = {**world.ENDPOINT, "healthCheck": health_check}
    web = {"image": f"shop:{version}", "ports": {"80": "HTTP"}}
    world.deploy(containers={"web": web}, publicEndpoint=endpoint)


def serve(world, image: Image, **health_check: Any) -> None:
    """Run an image at the address."""
    world.ready()
    deploy(world, image, **health_check)
    world.settle()


# --- what Lightsail answers itself -------------------------------------------------------------------


def test_a_service_without_a_deployment_is_unavailable(world):
    world.ready()
    answer = opened(world)
    assert isinstance(answer, Response)
    assert (answer.status, answer.body) == (503, b"503 Service Temporarily Unavailable")


def test_a_service_that_is_being_created_is_unavailable(world):
    world.create()
    assert status(world) == 503


def test_a_first_deployment_on_its_way_is_not_served(world):
    world.ready()
    deploy(world, Image())
    assert status(world) == 503


def test_after_a_failed_first_deployment_the_service_is_still_unavailable(world):
    serve(world, Image(responds=500))
    assert world.get()["state"] == "READY"
    assert status(world) == 503


def test_a_deployment_without_public_endpoint_is_not_found(world):
    world.running()
    answer = opened(world)
    assert isinstance(answer, Response)
    assert (answer.status, answer.body) == (404, b"404 No Such Service")


def test_without_public_endpoint_it_is_not_found_whatever_is_being_deployed(world):
    world.running()
    deploy(world, Image())
    assert status(world) == 404


def test_a_disabled_service_is_unavailable(world):
    serve(world, Image())
    world.update(isDisabled=True)
    assert status(world) == 503
    world.settle()
    assert status(world) == 503


def test_a_service_that_is_enabled_again_answers(world):
    serve(world, Image())
    world.update(isDisabled=True)
    world.settle()
    world.update(isDisabled=False)
    assert status(world) == 503
    world.settle()
    world.advance(10)
    assert status(world) == 200


def test_containers_that_are_enabled_again_start_anew(world):
    serve(world, Image(starts_after=40))
    world.update(isDisabled=True)
    world.settle()
    world.update(isDisabled=False)
    world.settle()
    assert status(world) == 503
    world.advance(60)
    assert status(world) == 200


def test_a_change_of_capacity_is_without_downtime(world):
    serve(world, Image())
    world.update(scale=3)
    assert world.get()["state"] == "UPDATING"
    assert status(world) == 200


def test_http_is_redirected_to_https(world):
    serve(world, Image())
    answer = opened(world, "/a?b=c", secure=False)
    assert isinstance(answer, Response)
    assert answer.status == 301
    assert dict(answer.headers)["Location"] == f"https://{host(world)}/a?b=c"


# --- what the containers answer ----------------------------------------------------------------------


def test_the_image_of_the_public_container_answers(world):
    serve(world, Image(responds={"/": "hello", "/health": (202, "well")}))
    answer = opened(world, "/health")
    assert isinstance(answer, Response)
    assert (answer.status, answer.body) == (202, b"well")
    assert dict(answer.headers)["Content-Length"] == "4"


def test_an_image_that_nobody_described_answers_200(world):
    world.ready()
    world.deploy(publicEndpoint=world.ENDPOINT)
    world.settle()
    assert status(world) == 200


def test_a_path_that_the_image_does_not_know_is_not_found(world):
    serve(world, Image(responds={"/": 200}))
    assert status(world, "/nothing") == 404


@pytest.mark.parametrize(("query", "answer"), [("?v=2", 201), ("?v=3", 200)])
def test_a_query_matters_where_the_image_names_it(world, query, answer):
    serve(world, Image(responds={"/": 200, "/?v=2": 201}))
    assert status(world, f"/{query}") == answer


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_other_methods_get_what_get_gets(world, method):
    serve(world, Image(responds=(203, "body")))
    assert opened(world, method=method) == opened(world)


def test_head_gets_the_headers_alone(world):
    serve(world, Image(responds="hello"))
    answer = opened(world, method="HEAD")
    assert isinstance(answer, Response)
    assert (answer.status, answer.body) == (200, b"")
    assert dict(answer.headers)["Content-Length"] == "5"


def test_the_old_version_answers_while_a_new_one_is_activated(world):
    serve(world, Image(responds="one"))
    deploy(world, Image(responds="two"), version=2)
    while world.account.regions[world.HOME].services["shop"].next:
        answer = opened(world)
        assert isinstance(answer, Response)
        assert answer.body == b"one"
        world.step()
    answer = opened(world)
    assert isinstance(answer, Response)
    assert answer.body == b"two"


def test_the_old_version_answers_after_a_new_one_has_failed(world):
    serve(world, Image(responds="one"))
    deploy(world, Image(responds=(500, "two")), version=2)
    world.settle()
    answer = opened(world)
    assert isinstance(answer, Response)
    assert answer.body == b"one"


def test_an_image_described_anew_answers_from_the_next_deployment_on(world):
    serve(world, Image(responds=201))
    world.account.images["shop:1"] = Image(responds=202)
    assert status(world) == 201
    world.deploy(
        containers={"web": {"image": "shop:1", "ports": {"80": "HTTP"}}},
        publicEndpoint=world.ENDPOINT,
    )
    world.settle()
    assert status(world) == 202


@pytest.mark.parametrize("seconds", [0.5, 5, 59])
def test_an_answer_takes_its_time(world, seconds):
    serve(world, Image(answers_after=seconds), timeoutSeconds=60, intervalSeconds=60)
    before = world.clock.elapsed
    assert status(world) == 200
    assert world.clock.elapsed - before == pytest.approx(seconds, abs=1e-6)


def test_a_visitor_who_does_not_wait_long_enough_gets_nothing(world):
    serve(world, Image(answers_after=2))
    before = world.clock.elapsed
    assert opened(world, read_timeout=1.5) == TIMED_OUT
    assert world.clock.elapsed - before == pytest.approx(1.5, abs=1e-6)


def test_a_visitor_who_waits_exactly_long_enough_gets_the_answer(world):
    serve(world, Image(answers_after=2))
    assert status(world, read_timeout=2) == 200


def test_an_image_that_never_answers_is_unhealthy(world):
    world.account.script.deploy(takes=1)
    serve(world, Image(answers_after=math.inf))
    before = world.clock.elapsed
    assert status(world) == 503
    assert world.clock.elapsed == before


# --- health ------------------------------------------------------------------------------------------


def test_a_running_deployment_that_turns_unhealthy_is_unavailable_until_it_is_well_again(world):
    # Up for 400 s and down for 60 s, counted from its start; it is active well before it goes down.
    serve(world, Image(flaps=(400, 60)))
    started = (
        world.account.regions[world.HOME].services["shop"].current.running.started / 1e9
        - world.clock.start.timestamp()
    )
    seen = []
    for second in (390, 402, 420, 462, 480):
        world.advance(started + second - world.clock.elapsed)
        seen.append(status(world))
    assert seen == [200, 502, 503, 503, 200]


def test_a_container_that_listens_on_another_port_is_unhealthy(world):
    world.account.script.deploy(takes=1)
    serve(world, Image(port=8080))
    world.advance(60)
    assert status(world) == 503


def test_a_deployment_that_a_script_has_activated_too_soon_answers_once_it_is_healthy(world):
    world.account.script.deploy(takes=1)
    serve(world, Image(starts_after=100))
    assert world.get()["state"] == "RUNNING"
    assert status(world) == 503
    world.advance(120)
    assert status(world) == 200


def test_the_containers_of_a_deployment_entered_by_hand_start_then(world):
    world.ready()
    deploy(world, Image(starts_after=30))
    service = world.account.regions[world.HOME].services["shop"]
    world.account.progress.finish(service, fails=False, cause="by hand")
    assert status(world) == 503
    world.advance(40)
    assert status(world) == 200


def test_the_time_of_the_containers_counts_from_their_start_not_from_the_deployment(world):
    serve(world, Image(starts_after=40))
    running = world.account.regions[world.HOME].services["shop"].current.running
    assert world.clock.start.timestamp() * 1e9 < running.started < world.clock.epoch_ns
    assert status(world) == 200


# --- hosts -------------------------------------------------------------------------------------------


def test_a_host_that_no_service_has_does_not_resolve(world):
    assert visit(world.account, f"shop.abc.us-east-1{SUFFIX}") == GONE


def test_a_deleted_service_does_not_resolve(world):
    serve(world, Image())
    known = host(world)
    world.delete()
    assert visit(world.account, known).status == 503
    world.settle()
    assert visit(world.account, known) == GONE


def test_a_service_made_anew_is_found_at_the_same_address(world):
    serve(world, Image())
    known = host(world)
    world.delete()
    world.settle()
    world.ready()
    assert visit(world.account, known).status == 503


@pytest.mark.parametrize("write", [str.upper, "{}:443".format, "{}.".format])
def test_a_host_can_be_written_in_several_ways(world, write):
    serve(world, Image())
    assert serves(world.account, write(host(world)))
    assert visit(world.account, write(host(world))).status == 200


def test_services_of_one_account_do_not_answer_for_each_other(world):
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
    assert serves(world.account, "WWW.example.com")
    assert visit(world.account, "www.example.com").body == b"hello"
    assert opened(world).body == b"hello"


def test_a_domain_of_a_certificate_that_no_service_has_does_not_resolve(world):
    serve(world, Image())
    attach(world, "www.example.com")
    assert serves(world.account, "example.com")
    assert visit(world.account, "example.com") == GONE
    attach(world)
    assert visit(world.account, "www.example.com") == GONE


def test_other_hosts_are_none_of_its_business(world):
    serve(world, Image())
    assert not serves(world.account, "www.example.com")
    assert not serves(world.account, "lightsail.us-east-1.amazonaws.com")


# --- what is kept of it ------------------------------------------------------------------------------


def test_a_visit_is_kept_without_its_query(world):
    serve(world, Image())
    opened(world, "/health?token=hunter2")
    (seen,) = world.account.history.visits
    assert (seen.service, seen.path, seen.status, seen.why) == ("shop", "/health", 200, "")
    assert "hunter2" not in repr(seen)


def test_why_lightsail_answers_itself_is_kept(world):
    world.ready()
    opened(world)
    visit(world.account, f"blog.abc.eu-west-1{SUFFIX}")
    unavailable, lost = world.account.history.visits
    assert unavailable.outcome == "503 (no deployment has succeeded)"
    assert (lost.outcome, lost.service, lost.region) == ("dns_failure", None, "eu-west-1")


def test_visits_are_no_calls(world):
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


def test_a_visitor_who_waits_for_nothing_is_stopped(new_world):
    world = new_world(patience=3600)
    world.ready()

    def wait_for_ever() -> None:
        while True:
            opened(world)
            world.account.sleep(60)

    with pytest.raises(CallerNeverEnds, match=r"the last one GET shop\."):
        wait_for_ever()


@quick
@given(data=st.data())
def test_whatever_happens_a_visitor_gets_an_answer_that_fits_the_service(new_world, data):
    world = new_world()
    world.ready()
    image = Image(responds=209)
    for _ in range(data.draw(st.integers(1, 8))):
        service = world.account.regions[world.HOME].services.get("shop")
        state = "gone" if service is None else service.state
        step = data.draw(st.sampled_from(["deploy", "update", "disable", "delete", "wait"]))
        if step == "wait":
            world.advance(data.draw(st.sampled_from([1, 30, 400])))
        elif state in {"READY", "RUNNING", "DISABLED"}:
            if step == "deploy" and state != "DISABLED":
                deploy(world, image)
            elif step == "delete":
                world.delete()
            elif step in {"update", "disable"}:
                world.update(scale=2, isDisabled=step == "disable")
        service = world.account.regions[world.HOME].services.get("shop")
        if service is None:
            return
        serving = service.current and not service.is_disabled and service.state != "DELETING"
        assert status(world) == (209 if serving else 503)
