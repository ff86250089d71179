"""Compare the cost of a call and of a test's set-up with botocore's Stubber and moto.

    python benchmarks/peers.py

moto does not simulate Lightsail. So `GetContainerServices` of one service is compared with moto's
`DescribeRepositories` of one ECR repository. Both read one small resource.
"""

from __future__ import annotations

import boto3
from botocore.stub import Stubber
from calls import CREDENTIALS, answer_always, new_client, recorded_answer, repeat, run_shop
from measuring import Comparison, machine, seconds
from moto import mock_aws

from pytest_lightsail import simulate

CALLS = 50


def compare_calls(batches: int) -> list[Comparison]:
    """Compare an intercepted read of one service with the lower limit, a Stubber and moto."""
    read = "a call through an intercepted client"
    floor = Comparison(read, "a bare `before-send` handler", at_most=1.25)
    stubber = Comparison(read, "botocore's `Stubber`")
    moto = Comparison(read, "moto, ECR `DescribeRepositories`", at_least=3)
    ours, bare, stubbed = new_client(), new_client(), new_client()
    answer_always(bare, *recorded_answer(ours))
    answer = parsed_answer(ours)
    for _ in range(batches):
        with simulate():
            run_shop(ours)
            our_time = per_call(lambda: repeat(ours, CALLS))
        floor.add(our_time, per_call(lambda: repeat(bare, CALLS)))
        with Stubber(stubbed) as stub:
            for _ in range(CALLS):
                stub.add_response("get_container_services", answer, {"serviceName": "shop"})
            stubber.add(our_time, per_call(lambda: repeat(stubbed, CALLS)))
        with mock_aws():
            moto.add(our_time, moto_call())
    return [floor, stubber, moto]


def compare_set_up(batches: int) -> list[Comparison]:
    """Compare the set-up of an account, with and without a client. botocore takes most of the time."""
    account = Comparison("a clean account for a test", "moto: `mock_aws`", "ms", at_least=1)
    client = Comparison(
        "a clean account with a new client", "moto: `mock_aws`, `boto3.client`", "ms", at_least=20
    )
    with simulate() as lightsail:
        lightsail.client()  # Load the model now, because a test run loads it only once.
    for _ in range(batches):
        account.add(seconds(our_account) * 1e3, seconds(their_account) * 1e3)
        client.add(seconds(our_client) * 1e3, seconds(their_client) * 1e3)
    return [account, client]


def our_account() -> None:
    with simulate():
        pass


def their_account() -> None:
    with mock_aws():
        pass


def our_client() -> None:
    with simulate() as lightsail:
        lightsail.client()


def their_client() -> None:
    with mock_aws():
        new_ecr_client()


def new_ecr_client():
    return boto3.client("ecr", region_name="us-east-1", **CREDENTIALS)


def moto_call() -> float:
    client = new_ecr_client()
    client.create_repository(repositoryName="shop")

    def describe() -> None:
        for _ in range(CALLS):
            client.describe_repositories(repositoryNames=["shop"])

    return per_call(describe)


def parsed_answer(client) -> dict:
    """Return the response that the caller gets, without the members that botocore adds."""
    with simulate():
        run_shop(client)
        answer = client.get_container_services(serviceName="shop")
    del answer["ResponseMetadata"]
    return answer


def per_call(function) -> float:
    return seconds(function) / CALLS * 1e6


if __name__ == "__main__":
    print(machine())
    for comparison in (*compare_calls(30), *compare_set_up(30)):
        print(comparison)
