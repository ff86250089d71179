"""Each check of an outcome finds one kind of bug and describes it."""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Callable
from contextlib import suppress

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from pytest_lightsail import ConfigurationError, Fault, Lightsail, attempt, simulate
from tests.callers import faulty
from tests.callers.common import (
    connect,
    create,
    deploy,
    ensure_service,
    find,
    wait_until,
)
from tests.callers.sound import release

log = logging.getLogger(__name__)


def rest(seconds: float) -> None:
    time.sleep(seconds)


def start_version_1(lightsail: Lightsail) -> None:
    assert attempt(release, "nginx:1").succeeded


# --- time ----------------------------------------------------------------------------------------


def test_finished_within_is_true_for_a_run_at_the_limit(lightsail: Lightsail) -> None:
    verdict = attempt(rest, 90).finished_within(minutes=1, seconds=30)
    assert verdict
    assert repr(verdict) == "<true: the caller finished within 90 s>"


def test_finished_within_is_false_for_a_run_over_the_limit(lightsail: Lightsail) -> None:
    verdict = attempt(rest, 91).finished_within(minutes=1.5)
    assert repr(verdict) == "<false: the caller finished within 90 s. It took 91 s>"


def test_finished_within_is_false_for_a_run_that_never_ends() -> None:
    with simulate(patience=3600) as lightsail:
        lightsail.script.deploy(never_ends=True)
        verdict = attempt(faulty.without_time_limit, "nginx:1").finished_within(minutes=10**6)
        assert "it would have waited forever" in verdict.fault


def test_polled_at_most_counts_the_reads_in_any_minute(lightsail: Lightsail) -> None:
    def polls() -> None:
        client = connect()
        for pause in (50, 1, 1, 1, 100):
            client.get_container_services()
            time.sleep(pause)

    outcome = attempt(polls)
    assert outcome.polled_at_most(5)
    assert (
        outcome.polled_at_most(4).fault
        == "the caller made more than 4 GetContainerServices calls in a minute"
    )


# --- requests ------------------------------------------------------------------------------------


def test_keeps_the_contract_names_the_broken_rule(lightsail: Lightsail) -> None:
    verdict = attempt(create, connect(), 21).keeps_the_contract()
    assert "CreateContainerService was refused by rule scale.range" in verdict.fault


def test_keeps_the_contract_names_the_rule_even_if_the_refusal_was_lost(
    lightsail: Lightsail,
) -> None:
    lost = Fault.answer_lost(by=Fault.server_error())
    lightsail.faults.add(lost, operation="CreateContainerService", times=None)

    def create_too_much() -> None:
        with suppress(ClientError):
            create(connect(), scale=21)

    fault = attempt(create_too_much).keeps_the_contract().fault
    assert fault.startswith("CreateContainerService was refused by rule scale.range: ")
    assert "internal error" not in fault


def test_a_refusal_by_an_account_rule_does_not_break_the_contract(lightsail: Lightsail) -> None:
    assert attempt(deploy, connect(), "nginx:1").keeps_the_contract()


def test_repeating_a_request_after_a_permanent_refusal_is_found(lightsail: Lightsail) -> None:
    create(connect())
    verdict = attempt(faulty.retries_a_create_without_looking, "nginx:1")
    assert verdict.retried_only_what_can_succeed()  # the caller first reads and finds the service
    lightsail.reset()
    lightsail.faults.add(Fault.answer_lost(), operation="CreateContainerService")
    outcome = attempt(faulty.retries_a_create_without_looking, "nginx:1")
    assert outcome.retried_only_what_can_succeed().fault == (
        "the caller repeated CreateContainerService after a refusal by rule service.name-free even "
        "though the response cannot change"
    )


def test_a_refused_request_may_be_repeated_only_after_a_change(
    lightsail: Lightsail,
) -> None:
    create(connect())

    def create_again(between: Callable[[], object]) -> None:
        for _ in range(2):
            with suppress(ClientError):
                create(connect())
            between()

    tag = {"resourceName": "shop", "tags": [{"key": "team", "value": "web"}]}
    tags = attempt(create_again, lambda: connect().tag_resource(**tag))
    assert tags.retried_only_what_can_succeed()
    reads = attempt(create_again, lambda: find(connect()))
    assert not reads.retried_only_what_can_succeed()
    lightsail.faults.add(Fault.connection_refused(), operation="TagResource", times=None)

    def tag_in_vain() -> None:
        with suppress(EndpointConnectionError):
            connect().tag_resource(**tag)

    assert not attempt(create_again, tag_in_vain).retried_only_what_can_succeed()


def test_a_request_whose_refusal_was_lost_may_be_repeated(lightsail: Lightsail) -> None:
    lost = Fault.answer_lost(by=Fault.connection_reset())
    lightsail.faults.add(lost, operation="CreateContainerServiceDeployment", times=2)
    outcome = attempt(deploy, connect(), "nginx:1")
    assert [call.error for call in outcome.calls][-1] == "NotFoundException"
    assert outcome.retried_only_what_can_succeed()


def test_a_request_refused_because_of_a_state_may_be_repeated(lightsail: Lightsail) -> None:
    client = connect()
    ensure_service(client)
    deploy(client, "nginx:1")

    def patient() -> None:
        while not taken():
            time.sleep(10)

    def taken() -> bool:
        try:
            return deploy(client, "nginx:2") == 2
        except ClientError:
            return False

    assert attempt(patient).retried_only_what_can_succeed()


def test_repeating_a_request_with_refused_credentials_is_found(lightsail: Lightsail) -> None:
    lightsail.faults.add(Fault.access_denied(), times=None)

    def look() -> None:
        with suppress(ClientError):
            find(connect())

    def stubborn() -> None:
        for _ in range(3):
            look()

    assert "after AccessDeniedException" in attempt(stubborn).retried_only_what_can_succeed().fault


# --- states, failures and errors -----------------------------------------------------------------


def test_is_settled_is_false_during_a_deployment(lightsail: Lightsail) -> None:
    ensure_service(connect())
    outcome = attempt(deploy, connect(), "nginx:1")
    assert (
        outcome.is_settled().fault
        == "the caller returned while version 1 of shop was still ACTIVATING"
    )


def test_is_settled_is_false_during_an_update(lightsail: Lightsail) -> None:
    ensure_service(connect())
    outcome = attempt(connect().update_container_service, serviceName="shop", scale=2)
    assert outcome.is_settled().fault == "the caller returned while shop was still UPDATING"


def test_a_deployment_by_another_client_need_not_be_settled(lightsail: Lightsail) -> None:
    def release_while_another_client_deploys() -> None:
        release("nginx:1")
        lightsail.another_client.deploys("shop")

    assert attempt(release_while_another_client_deploys).is_settled()


def test_is_settled_is_false_while_a_creation_is_stuck(lightsail: Lightsail) -> None:
    lightsail.script.create(stuck_with="CERTIFICATE_LIMIT_EXCEEDED")

    def create_and_wait() -> None:
        create(connect())
        time.sleep(1000)

    fault = attempt(create_and_wait).is_settled().fault
    assert fault == "the caller returned while shop was still PENDING, CERTIFICATE_LIMIT_EXCEEDED"


def test_a_read_does_not_settle_an_update(lightsail: Lightsail) -> None:
    def update_and_look() -> None:
        ensure_service(connect())
        connect().update_container_service(serviceName="shop", scale=2)
        find(connect())

    fault = attempt(update_and_look).is_settled().fault
    assert fault == "the caller returned while shop was still UPDATING"


def test_a_change_to_another_service_does_not_settle_an_update(lightsail: Lightsail) -> None:
    for name in ("blog", "shop"):
        lightsail.add_service(name)

    def update_one_of_two() -> None:
        connect().update_container_service(serviceName="shop", scale=2)
        time.sleep(1)
        lightsail.another_client.deletes("blog")

    fault = attempt(update_one_of_two).is_settled().fault
    assert fault == "the caller returned while shop was still UPDATING"


def test_an_update_of_another_service_by_another_client_need_not_be_settled(
    lightsail: Lightsail,
) -> None:
    for name in ("blog", "shop"):
        lightsail.add_service(name)

    def update_one_of_two() -> None:
        connect().update_container_service(serviceName="shop", scale=2)
        ensure_service(connect())
        lightsail.another_client.updates("blog", scale=2)

    assert attempt(update_one_of_two).is_settled()


def test_a_caller_whose_update_is_refused_need_not_settle_the_service(lightsail: Lightsail) -> None:
    ensure_service(connect())
    lightsail.another_client.updates("shop", scale=2)

    def update_in_vain() -> None:
        with suppress(ClientError):
            connect().update_container_service(serviceName="shop", scale=3)

    assert attempt(update_in_vain).is_settled()


def test_a_deleted_service_is_settled_and_has_no_failure(lightsail: Lightsail) -> None:
    lightsail.script.delete(takes=0)

    def deploy_and_delete() -> None:
        ensure_service(connect())
        deploy(connect(), "nginx:1")
        wait_until(lambda: (find(connect()) or {}).get("state") == "RUNNING")
        connect().delete_container_service(serviceName="shop")
        wait_until(lambda: find(connect()) is None)

    outcome = attempt(deploy_and_delete)
    assert outcome.succeeded
    assert outcome.is_settled()
    assert outcome.noticed_failure()


def test_a_caller_that_raises_passes_is_settled_and_reported_errors(lightsail: Lightsail) -> None:
    def begin_and_fail() -> None:
        create(connect())
        raise OSError("the disk is full")

    outcome = attempt(begin_and_fail)
    assert outcome.is_settled()
    assert outcome.reported_errors()


def test_noticed_failure_finds_an_ignored_failed_deployment(lightsail: Lightsail) -> None:
    lightsail.script.deploy(fails_at="CREATING_DEPLOYMENT")
    outcome = attempt(faulty.ignores_failed, "nginx:1")
    assert (
        outcome.noticed_failure().fault
        == "the caller returned even though version 1 of shop FAILED"
    )


def test_noticed_failure_names_the_version_that_kept_running(lightsail: Lightsail) -> None:
    start_version_1(lightsail)
    lightsail.script.deploy(fails_at="CREATING_DEPLOYMENT")
    outcome = attempt(faulty.looks_only_at_the_state_of_the_service, "nginx:1")
    assert outcome.noticed_failure().fault == (
        "the caller returned even though version 2 of shop FAILED, and version 1 kept running"
    )


def test_noticed_failure_finds_a_failed_deployment_of_a_second_service(
    lightsail: Lightsail,
) -> None:
    for name in ("blog", "shop"):
        lightsail.add_service(name, state="READY")
    lightsail.script.deploy()
    lightsail.script.deploy(fails_at="CREATING_DEPLOYMENT")

    def release_both() -> None:
        for name in ("blog", "shop"):
            connect().create_container_service_deployment(
                serviceName=name, containers={"web": {"image": "nginx"}}
            )
        time.sleep(1000)

    fault = attempt(release_both).noticed_failure().fault
    assert fault == "the caller returned even though version 1 of shop FAILED"


def test_noticed_failure_accepts_a_failure_before_a_successful_retry(lightsail: Lightsail) -> None:
    lightsail.script.deploy(fails_at="CREATING_DEPLOYMENT")

    def twice() -> None:
        faulty.ignores_failed("nginx:1")
        release("nginx:2")

    assert attempt(twice).noticed_failure()


def test_reported_errors_finds_a_swallowed_error_of_a_change(lightsail: Lightsail) -> None:
    lightsail.faults.add(
        Fault.throttling(), operation="CreateContainerServiceDeployment", times=None
    )
    outcome = attempt(faulty.swallows_throttling, "nginx:1")
    assert outcome.reported_errors().fault == (
        "the caller returned even though CreateContainerServiceDeployment ended with ThrottlingException"
    )


def test_reported_errors_finds_a_swallowed_error_of_a_read(lightsail: Lightsail) -> None:
    lightsail.faults.add(Fault.access_denied(), operation="GetContainerServices")

    def careless() -> None:
        with suppress(ClientError):
            find(connect())

    assert attempt(careless).reported_errors().fault == (
        "the caller returned even though GetContainerServices ended with AccessDeniedException"
    )


def test_reported_errors_accepts_a_swallowed_refusal_of_a_read(lightsail: Lightsail) -> None:
    def reads_a_missing_log() -> None:
        create(connect())
        with suppress(ClientError):
            connect().get_container_log(serviceName="shop", containerName="web")

    assert attempt(reads_a_missing_log).reported_errors()


def test_reported_errors_accepts_an_error_before_a_successful_retry(lightsail: Lightsail) -> None:
    lightsail.faults.add(Fault.throttling(), operation="GetContainerServices")
    assert attempt(release, "nginx:1").reported_errors()


def test_reported_errors_accepts_a_not_found_response_to_a_read(lightsail: Lightsail) -> None:
    assert attempt(find, connect()).reported_errors()


def test_reported_errors_accepts_a_change_whose_response_was_lost(lightsail: Lightsail) -> None:
    lightsail.faults.add(
        Fault.answer_lost(by=Fault.access_denied()), operation="CreateContainerService"
    )

    def careful() -> None:
        try:
            create(connect())
        except ClientError:
            if find(connect()) is None:
                raise
        ensure_service(connect())

    assert attempt(careful).reported_errors()


# --- a second run --------------------------------------------------------------------------------


def test_is_safe_to_run_again_is_true_if_a_second_run_succeeds(lightsail: Lightsail) -> None:
    lightsail.faults.add(Fault.answer_lost(), operation="CreateContainerService")
    outcome = attempt(release, "nginx:1")
    assert not outcome.succeeded
    assert outcome.is_safe_to_run_again()
    assert lightsail.services["shop"].current_deployment is not None


def test_is_safe_to_run_again_is_false_if_a_second_run_raises(lightsail: Lightsail) -> None:
    verdict = attempt(create, connect()).is_safe_to_run_again()
    assert verdict.fault.startswith("when the caller ran again, it raised InvalidInputException: ")


def test_scripts_and_other_clients_do_not_affect_the_second_run(lightsail: Lightsail) -> None:
    lightsail.script.deploy(fails_at="EVALUATING_HEALTH_CHECK", times=2)
    lightsail.another_client.deletes("shop", after=3600)
    assert attempt(release, "nginx:1").is_safe_to_run_again()


def test_is_safe_to_run_again_ignores_a_service_that_is_stuck(
    lightsail: Lightsail,
) -> None:
    lightsail.script.deploy(never_ends=True)
    assert attempt(release, "nginx:1").is_safe_to_run_again()


def test_a_second_run_requires_the_account_of_the_first(lightsail: Lightsail) -> None:
    outcome = attempt(release, "nginx:1")
    lightsail.reset()
    with pytest.raises(ConfigurationError, match="no longer active"):
        outcome.is_safe_to_run_again()


# --- mistakes ------------------------------------------------------------------------------------


def test_raised_no_mistake_finds_a_programming_error(lightsail: Lightsail) -> None:
    outcome = attempt(faulty.reads_a_current_deployment_that_is_not_there, "nginx:1")
    assert (
        outcome.raised_no_mistake().fault == "the caller ended with KeyError: 'currentDeployment'"
    )


def test_an_exception_class_of_the_caller_is_not_a_mistake(lightsail: Lightsail) -> None:
    class NoSuchVersion(KeyError):
        pass

    def fail() -> None:
        raise NoSuchVersion("7")

    assert attempt(fail).raised_no_mistake()


def test_an_exception_raised_on_purpose_is_not_a_mistake(lightsail: Lightsail) -> None:
    def check(scale: object) -> None:
        if not isinstance(scale, int):
            raise TypeError("scale is an int")
        try:
            {}["shop"]
        except KeyError as error:
            raise LookupError("no service shop") from error

    assert attempt(check, "1").raised_no_mistake()
    assert attempt(check, 1).raised_no_mistake()


@pytest.mark.parametrize(
    "fail",
    [
        lambda: os.environ["NO_SUCH_VARIABLE"],
        lambda: json.loads("<html>"),
        lambda: connect().get_container_services("shop"),
        lambda: next(value for value in [len(None)]),  # type: ignore[arg-type]
    ],
)
def test_a_programming_error_raised_by_a_library_is_a_mistake(
    lightsail: Lightsail, fail: Callable[[], object]
) -> None:
    assert not attempt(fail).raised_no_mistake()


def test_a_programming_error_that_is_raised_again_is_a_mistake(lightsail: Lightsail) -> None:
    def fail() -> None:
        try:
            {}["shop"]
        except KeyError as error:
            log.warning("no %s", error)
            raise

    assert not attempt(fail).raised_no_mistake()


# --- secrets -------------------------------------------------------------------------------------


def test_printed_no_secret_finds_a_secret_in_the_log(lightsail: Lightsail) -> None:
    outcome = attempt(faulty.logs_the_environment, "nginx:1", {"TOKEN": "correct-horse"})
    verdict = outcome.printed_no_secret()
    log = "a log message from tests.callers.faulty, at faulty.py:"
    assert f"the value of the environment variable TOKEN is in {log}" in verdict.fault


def test_printed_no_secret_finds_a_secret_in_an_exception(lightsail: Lightsail) -> None:
    def fail(environment: dict[str, str]) -> None:
        raise OSError(f"cannot release with {environment}")

    outcome = attempt(fail, environment={"TOKEN": "correct-horse"})
    assert "in the OSError that the caller raised" in outcome.printed_no_secret().fault


def test_a_verdict_masks_secrets(lightsail: Lightsail) -> None:
    def fail(environment: dict[str, str]) -> None:
        {}[environment["TOKEN"]]

    verdict = attempt(fail, environment={"TOKEN": "correct-horse"}).raised_no_mistake()
    assert verdict.fault == "the caller ended with KeyError: '***'"
