"""The page at ``/_lightsail/`` shows the account in a browser, and its buttons change the account."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from tests.server.conftest import CURRENT, create

pytestmark = pytest.mark.lightsail(speed=0)

HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script>"
WEB = {"web": {"image": "nginx:1.27", "ports": {"80": "HTTP"}}}
ENDPOINT = {"containerName": "web", "containerPort": 80}


def deploy(client, name: str, image: str = "nginx:1.27") -> None:
    client.create_container_service_deployment(
        serviceName=name,
        containers={"web": {**WEB["web"], "image": image}},
        publicEndpoint=ENDPOINT,
    )


def test_the_diagram_shows_the_state_of_a_service_as_the_clock_advances(
    visit, lightsail, lightsail_client
):
    page = visit(real_time=True)
    assert page.text("#no-services") == "There is no container service yet."
    create(lightsail_client, "shop")
    page.sees(CURRENT, "PENDING")
    page.sees("#services label", "shop")
    page.click("button", "+1 min")
    page.sees("#said", "The clock was advanced by 60 s.")
    page.sees(CURRENT, "READY")
    assert page.texts(CURRENT) == ["READYnow"]
    assert lightsail.clock.elapsed == pytest.approx(60.1)
    assert page.text("#elapsed") == "1 min 0.1 s"
    assert page.texts("#diagram .possible .trigger") == ["deploy", "update", "disable", "delete"]


def test_the_clock_can_skip_to_the_next_event_change_its_speed_and_pause(
    visit, lightsail, lightsail_client
):
    page = visit()
    assert page.text("#next") == "No change is due"
    create(lightsail_client, "shop")
    page.look()
    page.sees("#next", "Next change in 40.0 s")
    page.click("button", "Next change in 40.0 s")
    page.sees(CURRENT, "READY")
    page.fill("Speed", "5")
    page.click("button", "Set")
    page.sees("#said", "Time runs at 5 virtual seconds per real second.")
    page.sees("#pause-time[aria-pressed=false]", "Pause time")
    page.click("button", "Pause time")
    page.sees("#pause-time[aria-pressed=true]", "Pause time")
    before = lightsail.clock.elapsed
    page.look()
    page.quiet()
    assert lightsail.clock.elapsed == before
    page.click("button", "Pause time")
    page.sees("#said", "Time runs at 5 virtual seconds per real second.")


def test_the_page_follows_a_deployment(visit, lightsail, lightsail_client):
    create(lightsail_client, "shop")
    lightsail.clock.advance(60)
    deploy(lightsail_client, "shop")
    page = visit()
    page.sees("#deployment-rows tr", "ACTIVATING next")
    page.click("button", "+10 s")
    page.sees(
        "#service-state", "DEPLOYING · CREATING_SYSTEM_RESOURCES · Creating system resources."
    )
    page.fill("Seconds", "900")
    page.click("button", "Advance")
    page.sees(CURRENT, "RUNNING")
    page.sees("#deployment-rows tr", "ACTIVE current")


def test_a_fault_added_on_the_page_hits_the_next_call_and_is_shown(visit, lightsail_client):
    page = visit()
    page.select("For", "every call")
    page.click("button", "throttling")
    page.sees("#said", "Prepared: throttling for every call.")
    page.sees("#to-come li", "faults.add(throttling)")
    with pytest.raises(ClientError, match="ThrottlingException"):
        lightsail_client.get_container_services()
    page.look()
    page.sees("#call-rows tr", "ThrottlingException (400) injected: throttling")
    page.click("button", "Remove everything prepared")
    page.lacks("#to-come li", "")
    assert lightsail_client.get_container_services()["containerServices"] == []


def test_every_fault_button_prepares_its_fault(visit, lightsail):
    page = visit()
    texts = page.evaluate(
        "[...document.querySelectorAll('[data-fault]')].map((one) => one.textContent)"
    )
    for number, text in enumerate(texts, start=1):
        page.click("button", text)
        page.sees(f"#to-come li:nth-child({number})", "")
        page.sees("#said", f"Prepared: {text} for the next call.")
    assert len(lightsail.account.to_come()) == len(texts)
    page.click("button", "Remove everything prepared")
    page.lacks("#to-come li", "")


def test_a_refused_action_shows_the_reason(visit, expected_messages, lightsail):
    expected_messages.append("the server responded with a status of 400")
    page = visit()
    page.fill("Seconds", "1e300")
    page.click("button", "Advance")
    page.sees("#said", "virtual time ends")
    assert page.text("#said").startswith("Not done: ")


def test_reset_empties_the_page(visit, lightsail, lightsail_client):
    create(lightsail_client, "shop")
    page = visit()
    page.sees("#call-rows tr", "CreateContainerService")
    page.click("button", "Reset to a clean account")
    page.sees("#said", "The account has been reset.")
    page.sees("#no-services", "There is no container service yet.")
    page.sees("#calls-count", "No call yet.")
    assert page.texts("#call-rows tr") == []
    assert page.texts(CURRENT) == ["ABSENT"]
    assert len(lightsail.services) == 0


def test_the_page_shows_the_new_account_after_a_reset_from_elsewhere(
    visit, lightsail, lightsail_client
):
    create(lightsail_client, "shop")
    page = visit()
    page.sees("#call-rows tr", "shop")
    lightsail.reset()
    create(lightsail_client, "cart", "blog")
    page.look()
    page.sees("#call-rows tr", "cart")
    assert page.text("#calls-count") == "2 calls, the latest on top."
    page.lacks("#services label", "shop")


def test_one_of_several_services_can_be_selected(visit, lightsail, lightsail_client):
    names = [f"s{number}" for number in range(8)]
    create(lightsail_client, *names)
    lightsail.clock.advance(60)
    deploy(lightsail_client, "s3")
    page = visit()
    assert len(page.texts("#services label")) == 8
    page.sees(CURRENT, "READYnow, 6 more")
    page.sees("[data-state=DEPLOYING]", "1 service")
    page.click("radio", "s3 DEPLOYING version 1 to come · us-east-1")
    page.sees("#service-title", "s3 on its state diagram")
    page.sees(CURRENT, "DEPLOYINGnow")
    page.sees("[data-state=READY]", "7 services")
    lightsail_client.delete_container_service(serviceName="s0")
    page.look()
    page.sees("[data-state=DELETING]", "1 service")
    assert page.text("#service-title") == "s3 on its state diagram"


def test_the_page_reports_an_unreachable_server_and_reconnects(
    visit, expected_messages, lightsail, lightsail_client, lightsail_server
):
    expected_messages.append("net::ERR_")
    create(lightsail_client, "shop")
    page = visit()
    port = int(lightsail_server.url.rpartition(":")[2])
    lightsail_server.stop()
    page.look()
    page.sees("#gone", "The server does not respond.")
    page.click("button", "+1 min")
    page.sees("#said", "Not done: the server does not respond.")
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    assert page.evaluate("document.querySelector('#gone').getBoundingClientRect().bottom") > 0
    page.quiet()  # the page starts its timer only after the request has failed
    with lightsail.serve(port=port):
        page.tick(8000)
        page.lacks("#gone", "")
        page.sees("#call-rows tr", "CreateContainerService")


def test_the_page_can_be_used_with_the_keyboard_alone(visit, lightsail, lightsail_client):
    create(lightsail_client, "one", "two")
    page = visit()

    def focus(what):
        focused = ""
        for _ in range(60):
            page.press("Tab")
            focused = page.evaluate(
                "(document.activeElement.labels?.[0] ?? document.activeElement).textContent"
            )
            if focused.startswith(what):
                ring = page.evaluate(
                    "[document.activeElement, document.activeElement.closest('label')]"
                    ".some((one) => one && getComputedStyle(one).outlineStyle !== 'none')"
                )
                assert ring, f"{what} has no visible focus"
                return
        raise AssertionError(f"Tab does not reach {what}; the last element was {focused}")

    focus("Skip to the services")
    focus("+1 min")
    page.press("Enter")
    page.sees(CURRENT, "READY")
    focus("one")
    page.press("ArrowDown")
    page.sees("#service-title", "two on its state diagram")
    focus("throttling")
    page.press("Space")
    page.sees("#to-come li", "throttling")
    focus("Reset")
    page.press("Enter")
    page.sees("#no-services", "There is no container service yet.")
    assert len(lightsail.services) == 0


@pytest.fixture
def busy(lightsail, lightsail_client):
    """Fill the account with everything that the page can show."""
    create(lightsail_client, "shop", "cart")
    lightsail.clock.advance(60)
    deploy(lightsail_client, "shop")
    lightsail.clock.advance(600)
    deploy(lightsail_client, "shop", "nginx:1.28")
    lightsail.clock.advance(20)
    with pytest.raises(ClientError):
        lightsail_client.get_container_services(serviceName="none")
    lightsail.script.delete(takes=5, optional=True)


@pytest.mark.usefixtures("busy")
def test_the_page_is_accessible(visit, tmp_path):
    page = visit(real_time=True)
    page.sees("#call-rows tr", "NotFoundException")
    page.evaluate("document.querySelector('#gone').hidden = false")
    page.evaluate("document.querySelector('#gone').textContent = 'The server does not respond.'")
    page.click("button", "Pause updates")
    for scheme, width in [("light", 1280), ("dark", 360)]:
        page.resize(width, scheme)
        page.screenshot(str(tmp_path / f"{scheme}-{width}.png"))
        assert page.axe() == [], f"{scheme}, {width} pixels wide"


@pytest.mark.usefixtures("busy")
def test_a_narrow_window_does_not_scroll_sideways(visit, lightsail_client):
    create(lightsail_client, *(f"{'long-name-' * 5}{number}" for number in range(6)))
    with pytest.raises(ClientError):
        deploy(lightsail_client, "x" * 63, "registry.example.com/" + "image" * 40)
    page = visit(width=360)
    page.sees("#call-rows tr", "xxx")
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    # Only the diagram scrolls, and its visible part contains the current state.
    inside = page.evaluate(
        "((box, frame) => box.left >= frame.left && box.right <= frame.right)"
        "(document.querySelector('#diagram .current').getBoundingClientRect(),"
        " document.querySelector('#diagram').getBoundingClientRect())"
    )
    assert inside


def test_markup_in_requests_is_shown_as_text(visit, lightsail_client):
    page = visit()
    with pytest.raises(ClientError):
        lightsail_client.get_container_services(serviceName=HOSTILE)
    create(lightsail_client, "shop")
    with pytest.raises(ClientError):
        deploy(lightsail_client, "shop", HOSTILE)
    page.look()
    page.sees("#call-rows tr:nth-child(3) td:nth-child(3)", HOSTILE)
    page.sees("#call-rows tr:nth-child(1)", HOSTILE)
    assert page.evaluate("document.querySelectorAll('img, main script').length") == 0


def test_secrets_are_masked_on_the_page(visit, lightsail_client):
    page = visit()
    containers = {"web": {"image": "nginx", "environment": {"TOKEN": "hunter2"}}}
    create(lightsail_client, "shop")
    with pytest.raises(ClientError):
        lightsail_client.create_container_service_deployment(
            serviceName="shop", containers=containers
        )
    page.look()
    page.sees("#call-rows tr", "CreateContainerServiceDeployment")
    shown = page.evaluate("document.body.textContent")
    assert '"TOKEN": "***"' in shown
    assert "hunter2" not in shown
