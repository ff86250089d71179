"""The bugs of callers that do too little or too much are found and named correctly."""

from __future__ import annotations

import textwrap
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import strategies as st

from pytest_lightsail import CallerFaultError, Image, Scenario, strategies, verify_caller
from tests.callers import sound, styles
from tests.callers.common import (
    SERVICE,
    ReleaseFailed,
    connect,
    deploy,
    ensure_service,
    find,
    wait_for,
    wait_until,
)

IMAGES = strategies.image_references(kinds={"public", "docker-hub"})
ENDPOINT = {"containerName": "web", "containerPort": 80}


ONE_RUN: dict[str, Any] = {
    "worlds": ["running"],
    "arguments": {"image": "web"},
    "pace": "fast",
    "examples": 1,
}
STEP = "CREATING_DEPLOYMENT"


def release(image: str) -> int:
    return sound.release(image)


# --- the caller does nothing, or not yet -------------------------------------------------------------


def returns_a_generator(image: str) -> Iterator[int]:
    yield sound.release(image)


async def forgets_to_await(image: str) -> Awaitable[int]:
    return sound.release_in_background(image)


def returns_a_thread(image: str) -> threading.Thread:
    return threading.Thread(target=sound.release, args=(image,))


def returns_a_thread_in_a_dictionary(image: str) -> dict[str, threading.Thread]:
    return {"thread": returns_a_thread(image)}


def returns_a_map_object(image: str) -> object:
    return map(sound.release, [image])


# --- the caller does something else ------------------------------------------------------------------


def works_on_another_service(image: str) -> None:
    client = connect()
    client.create_container_service(serviceName="store", power="nano", scale=1)

    def is_ready() -> bool:
        store = client.get_container_services(serviceName="store")["containerServices"][0]
        return bool(store["state"] == "READY")

    wait_until(is_ready)


def deploys_another_image(image: str) -> int:
    return sound.release("httpd:2")


def drops_the_digest(image: str) -> int:
    return sound.release(image.partition("@")[0])


def returns_the_version_before(image: str) -> int:
    return sound.release(image) - 1


def returns_one(image: str) -> int:
    return min(1, sound.release(image))


def scales_up_on_the_way(image: str) -> None:
    client = connect()
    ensure_service(client)
    for scale in (20, 1):
        client.update_container_service(serviceName=SERVICE, scale=scale)
        ensure_service(client)
    wait_for(client, deploy(client, image))


def omits_the_public_endpoint(image: str) -> None:
    client = connect()
    ensure_service(client)
    web = {"image": image, "ports": {"80": "HTTP"}}
    response = client.create_container_service_deployment(
        serviceName=SERVICE, containers={"web": web}
    )
    wait_for(client, response["containerService"]["nextDeployment"]["version"])


def deploys_twice(image: str) -> None:
    for _ in range(2):
        sound.release(image)


# --- the caller refuses valid input, or gives up -----------------------------------------------------


def refuses_digests(image: str) -> int:
    if "@" in image:
        raise ReleaseFailed("an image must have a tag and no digest")
    return sound.release(image)


def accepts_only_nginx(image: str) -> int:
    if image != "nginx":
        raise ReleaseFailed(f"{image} is not nginx")
    return sound.release(image)


def waits_no_longer_than_usual(image: str) -> None:
    client = connect()
    ensure_service(client)
    version = deploy(client, image)
    end = time.monotonic() + 315
    while time.monotonic() < end:
        deployments = client.get_container_service_deployments(serviceName=SERVICE)["deployments"]
        state = {one["version"]: one["state"] for one in deployments}[version]
        if state == "ACTIVE":
            return
        if state == "FAILED":
            break
        time.sleep(5)
    raise ReleaseFailed(f"version {version} failed")


def gives_up_after_a_slow_response(image: str) -> int:
    begin = time.monotonic()
    find(connect())
    if time.monotonic() - begin > 5:
        raise ReleaseFailed("AWS does not respond")
    return sound.release(image)


def gives_up_after_two_slow_responses(image: str) -> int:
    begin, client = time.monotonic(), connect()
    find(client)
    client.get_container_service_deployments(serviceName=SERVICE)
    if time.monotonic() - begin > 30:
        raise ReleaseFailed("AWS does not respond")
    return sound.release(image)


def takes_any_error_for_missing(image: str) -> int:
    try:
        connect().get_container_services(serviceName=SERVICE)
    except ClientError:
        known = False
    else:
        known = True
    if not known:
        raise ReleaseFailed("there is no such service")
    return sound.release(image)


def forgets_that_the_service_may_be_gone(image: str) -> int:
    client = connect()
    find(client)
    services = client.get_container_services()["containerServices"]
    state = next((one["state"] for one in services), None)
    if state.title() == "Disabled":  # type: ignore[union-attr]
        raise ReleaseFailed("it is disabled")
    version = deploy(client, image)
    wait_for(client, version)
    return version


# --- the caller causes damage ------------------------------------------------------------------------


def deletes_the_running_service(image: str) -> int:
    try:
        return sound.release(image)
    except ReleaseFailed:
        connect().delete_container_service(serviceName=SERVICE)
        raise


def raises_a_bare_exception(image: str) -> int:
    try:
        return sound.release(image)
    except ReleaseFailed:
        raise Exception from None  # noqa: TRY002 - that is the bug


def sleeps_after_a_failure(image: str) -> int:
    try:
        return sound.release(image)
    except ReleaseFailed:
        time.sleep(1000)
        raise


def leaves_the_scale_at_two(image: str) -> int:
    client = connect()
    ensure_service(client)
    try:
        return sound.release(image)
    except ReleaseFailed:
        client.update_container_service(serviceName=SERVICE, scale=2)
        ensure_service(client)
        raise


@pytest.mark.parametrize(
    ("caller", "fault"),
    [
        (returns_a_generator, "returns-unfinished"),
        (forgets_to_await, "returns-unfinished"),
        (returns_a_thread, "returns-unfinished"),
        (returns_a_thread_in_a_dictionary, "returns-unfinished"),
        (returns_a_map_object, "returns-unfinished"),
        (works_on_another_service, "works-elsewhere"),
        (deploys_another_image, "deaf-to-argument"),
        (drops_the_digest, "deaf-to-argument"),
        (returns_the_version_before, "returns-wrong-version"),
        (returns_one, "returns-wrong-version"),
        (scales_up_on_the_way, "takes-a-detour"),
        (omits_the_public_endpoint, "closes-endpoint"),
        (deploys_twice, "makes-twice"),
        (refuses_digests, "refuses-valid-input"),
        (accepts_only_nginx, "refuses-valid-input"),
        (waits_no_longer_than_usual, "gives-up-too-soon"),
        (gives_up_after_a_slow_response, "gives-up-too-soon"),
        (gives_up_after_two_slow_responses, "gives-up-too-soon"),
        (takes_any_error_for_missing, "hides-the-cause"),
        (forgets_that_the_service_may_be_gone, "crashes"),
        (deletes_the_running_service, "destroys-what-ran"),
        (raises_a_bare_exception, "raises-without-words"),
        (sleeps_after_a_failure, "reports-late"),
        (leaves_the_scale_at_two, "changes-too-much"),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_the_bug_of_a_caller_is_found_and_named(caller: Callable[..., object], fault: str) -> None:
    # One image in one world is enough for the other findings.
    several = fault in {"returns-wrong-version", "deaf-to-argument", "refuses-valid-input"}
    how: dict[str, Any] = {
        "arguments": {"image": IMAGES if several else "nginx"},
        "worlds": ["ready", "running"] if several else ["running"],
        "pace": "realistic" if fault == "gives-up-too-soon" else "fast",
    }
    with pytest.raises(CallerFaultError) as found:
        verify_caller(caller, examples=1, **how)
    assert found.value.fault == fault


def test_a_finding_shows_only_the_fault_that_the_caller_does_not_tolerate() -> None:
    fault = r"what happened Scenario\(\)\.fault\('slow_answer', [^.]*='GetContainerServices'\)\n"
    with pytest.raises(CallerFaultError, match=fault):
        verify_caller(gives_up_after_a_slow_response, **{**ONE_RUN, "pace": "realistic"})


def test_an_ignored_image_is_found_even_if_no_other_image_is_tried() -> None:
    with pytest.raises(CallerFaultError, match="but deployed httpd:2") as found:
        verify_caller(deploys_another_image, arguments={"image": "nginx"}, worlds=["ready"])
    assert found.value.fault == "deaf-to-argument"


@dataclass
class Release:
    version: int


@pytest.mark.parametrize(
    "result",
    [
        Release,
        lambda version: {"version": version, "image": 5},
    ],
    ids=["dataclass", "mapping"],
)
def test_a_wrong_version_is_found_inside_a_result(result: Callable[[int], object]) -> None:
    def caller(image: str) -> object:
        return result(sound.release(image) - 1)

    how: dict[str, Any] = {"arguments": {"image": "web"}, "worlds": ["ready", "running"]}
    assert verified(caller, **how) == "returns-wrong-version"


@pytest.mark.parametrize(
    "result",
    [bool, lambda version: 10 - version, lambda version: {"version": f"v{version}"}],
    ids=["truth", "number", "text"],
)
@pytest.mark.parametrize("worlds", [["ready"], ["ready", "running"]], ids=len)
def test_a_result_without_a_version_is_not_reported(
    result: Callable[[int], object], worlds: list[str]
) -> None:
    def caller(image: str) -> object:
        return result(sound.release(image))

    assert not verified(caller, arguments={"image": "web"}, worlds=worlds)


def test_the_result_of_a_run_without_a_deployment_is_not_a_version() -> None:
    def caller(image: str) -> object:
        return sound.release(image) if find(connect()) is None else update(scale=2)

    def update(scale: int) -> int:
        styles.update(scale=scale)
        return scale

    how: dict[str, Any] = {"arguments": {"image": "web"}, "worlds": ["absent", "ready"]}
    assert not verified(caller, **how)


def test_a_result_of_1_is_not_taken_for_a_version() -> None:
    def caller(image: str) -> int:
        for _ in range(2):
            with suppress(ReleaseFailed):
                sound.release(image)
                return 1
        raise ReleaseFailed("two deployments failed")

    how: dict[str, Any] = {**ONE_RUN, "scenarios": st.just(Scenario().deploy(fails_at=STEP))}
    verify_caller(caller, **{**how, "worlds": ["ready"]})


def only_scales_another_service() -> None:
    connect().update_container_service(serviceName="api", scale=2)


@pytest.mark.parametrize(
    ("caller", "how"),
    [
        (styles.make, {"worlds": ["absent"], "also": ["misled-by-lost-answers"]}),
        (only_scales_another_service, {"worlds": ["ready"], "service": "api"}),
    ],
    ids=["tolerates-too-little", "another-service"],
)
def test_the_pasted_test_reports_the_same_finding(
    caller: Callable[..., object], how: dict[str, Any]
) -> None:
    finding, pasted = found_and_pasted(caller, **how)
    with pytest.raises(CallerFaultError) as again:
        pasted(caller)
    assert again.value.fault == finding.fault


def found_and_pasted(
    caller: Callable[..., object], **how: Any
) -> tuple[CallerFaultError, Callable[[Callable[..., object]], None]]:
    """Return the finding, and a function that runs its test for a caller."""
    with pytest.raises(CallerFaultError) as found:
        verify_caller(caller, examples=1, **how)
    finding = found.value
    text = str(finding).partition("  as a test\n")[2].partition("  tried so far\n")[0]

    def pasted(other: Callable[..., object]) -> None:
        names: dict[str, Any] = {"verify_caller": verify_caller, "Scenario": Scenario, "st": st}
        names |= {"Image": Image, caller.__name__: other}
        exec(textwrap.dedent(text), names)  # noqa: S102
        names[f"test_{finding.fault.replace('-', '_')}"]()

    return finding, pasted


def verified(caller: Callable[..., object], **how: Any) -> str:
    """Return the name of the finding, or an empty string if there is none."""
    try:
        verify_caller(caller, scenarios=st.just(Scenario()), examples=1, pace="fast", **how)
    except CallerFaultError as found:
        return found.fault
    return ""


def test_an_argument_without_effect_for_some_values_is_found() -> None:
    def scale(scale: int) -> None:
        if scale < 20:
            styles.update(scale=scale)

    assert verified(scale, worlds=["ready"]) == "deaf-to-argument"


def test_an_argument_without_effect_for_one_of_two_values_is_found() -> None:
    def tag(team: str) -> None:
        styles.tag(team and "web")

    how: dict[str, Any] = {"arguments": {"team": st.sampled_from(["web", "shop"])}}
    assert verified(tag, worlds=["ready"], **how) == "deaf-to-argument"


@pytest.mark.parametrize(("seconds", "fault"), [(3599.5, ""), (3600.5, "never-ends")])
def test_a_caller_may_take_at_most_an_hour_by_default(seconds: float, fault: str) -> None:
    def caller() -> None:
        end = time.monotonic() + seconds
        find(connect())
        time.sleep(end - time.monotonic())

    assert verified(caller, worlds=["ready"], without={"reports-late"}) == fault


@pytest.mark.parametrize(("times", "fault"), [(30, ""), (31, "polls-too-fast")])
def test_a_caller_may_poll_at_most_thirty_times_a_minute_by_default(times: int, fault: str) -> None:
    def caller() -> None:
        for _ in range(times):
            find(connect())

    assert verified(caller, worlds=["ready"]) == fault


def test_an_argument_used_only_at_creation_is_found_on_request() -> None:
    def create(power: str) -> None:
        if find(connect()) is None:
            connect().create_container_service(serviceName=SERVICE, power=power, scale=1)
        ensure_service(connect())

    how: dict[str, Any] = {"worlds": ["absent", "ready"]}
    assert not verified(create, **how)
    assert verified(create, also={"sets-only-at-creation"}, **how) == "sets-only-at-creation"


def test_an_argument_used_only_at_creation_is_allowed_if_the_service_exists() -> None:
    def create(power: str) -> None:
        if find(connect()) is None:
            connect().create_container_service(serviceName=SERVICE, power=power, scale=1)
        ensure_service(connect())

    how: dict[str, Any] = {"arguments": {"power": st.sampled_from(["micro", "nano"])}}
    assert not verified(create, worlds=["ready"], **how)


def test_a_caller_that_repeats_a_change_is_found_on_request() -> None:
    how: dict[str, Any] = {"worlds": ["running"], "also": {"changes-again"}}
    how["arguments"] = {"image": "web"}
    assert verified(sound.release, **how) == "changes-again"
    assert not verified(styles.only_if_changed, **how)


@pytest.mark.parametrize("results", [("changed", None), (None, "changed")])
def test_a_second_result_of_another_type_is_found_on_request(
    results: tuple[object, object],
) -> None:
    def release(image: str) -> object:
        return results[0] if styles.only_if_changed(image) else results[1]

    how: dict[str, Any] = {"worlds": ["absent"], "arguments": {"image": "web"}}
    assert not verified(release, **how)
    assert verified(release, also={"changes-again"}, **how) == "changes-again"


def scales_and_releases(image: str) -> int:
    styles.update(scale=2)
    return sound.release(image)


def test_settings_changed_before_a_failed_deployment_are_found_on_request() -> None:
    how: dict[str, Any] = {**ONE_RUN, "scenarios": st.just(Scenario().deploy(fails_at=STEP))}
    verify_caller(scales_and_releases, **how)
    with pytest.raises(CallerFaultError, match="scale is 2, not 1 as before the run") as found:
        verify_caller(scales_and_releases, also={"leaves-changed"}, **how)
    assert found.value.fault == "leaves-changed"


def test_a_caller_that_is_not_allowed_to_deploy_need_not_restore_settings() -> None:
    denied = Scenario().fault("access_denied", operation="CreateContainerServiceDeployment")
    how: dict[str, Any] = {**ONE_RUN, "scenarios": st.just(denied)}
    verify_caller(scales_and_releases, also={"leaves-changed"}, **how)


def test_a_caller_that_cannot_restore_settings_is_not_reported() -> None:
    both = Scenario().deploy(fails_at=STEP)
    both = both.fault("access_denied", operation="UpdateContainerService", nth=2)
    how: dict[str, Any] = {**ONE_RUN, "scenarios": st.just(both)}

    def restores(image: str) -> int:
        try:
            return scales_and_releases(image)
        except ReleaseFailed:
            styles.update(scale=1)
            raise

    verify_caller(restores, also={"leaves-changed"}, **how)


def test_a_caller_misled_by_late_reads_is_found_on_request() -> None:
    def release(image: str) -> None:
        client = connect()
        ensure_service(client)
        version = deploy(client, image)

        def runs() -> bool:
            found = find(client) or {}
            current = found.get("currentDeployment", {}).get("version")
            if current not in {version, None} and "nextDeployment" not in found:
                raise ReleaseFailed(f"version {version} failed")
            return bool(current == version)

        wait_until(runs, seconds=100)

    how: dict[str, Any] = {"worlds": ["ready", "running"], "pace": "fast", "examples": 1}
    how["arguments"] = {"image": "web"}
    without = {"reports-late", "unsafe-to-run-again", "gives-up-too-soon"}
    verify_caller(release, without=without, **how)
    with pytest.raises(CallerFaultError) as found:
        verify_caller(release, without=without, also={"misled-by-late-reads"}, **how)
    assert found.value.fault == "misled-by-late-reads"
