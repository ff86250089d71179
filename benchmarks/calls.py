"""Measure the cost of the simulation, per call and per test.

    python benchmarks/calls.py [--profile]

Per call, `get_container_services(serviceName=…)` through an intercepted boto3 client is compared with the
same call to a bare `before-send` handler that always returns the same bytes. Per test, a new account with
its own client is compared with a new boto3 session. Batches of both kinds alternate, so that other load
on the machine affects both. The output shows the medians.
"""

import argparse
import cProfile
import os
import platform
import pstats
import statistics
import time
from collections.abc import Callable

import boto3
import botocore
import botocore.session
from botocore.awsrequest import AWSResponse, HeadersDict

from pytest_lightsail import simulate
from pytest_lightsail.c_functions import original

TARGET_RATIO = 1.25
TARGET_SETUP_RATIO = 1.0

# This function still shows real time while an account is active.
REAL = {"clock": original(time.perf_counter)}
CREDENTIALS = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
SHOP = {"serviceName": "shop", "power": "nano", "scale": 1}
DEPLOYMENT = {
    "containers": {
        "app": {
            "image": "example/shop:1",
            "environment": {"STAGE": "live", "LOG_LEVEL": "info"},
            "ports": {"8080": "HTTP"},
        }
    },
    "publicEndpoint": {"containerName": "app", "containerPort": 8080},
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--repeats", type=int, default=60, help="batches of each kind")
    parser.add_argument("--calls", type=int, default=100, help="calls in a batch")
    parser.add_argument(
        "--profile", action="store_true", help="show where intercepted calls spend time"
    )
    arguments = parser.parse_args()

    if arguments.profile:
        profile(arguments.repeats * arguments.calls)
        return
    print(
        f"{os.cpu_count()} cores, Python {platform.python_version()}, botocore {botocore.__version__}, "
        f"{platform.system()} {platform.machine()}"
    )
    print(
        f"{arguments.repeats} batches of {arguments.calls} calls; medians (and tenths) of the batches\n"
    )
    per_call(arguments.repeats, arguments.calls)
    per_test(arguments.repeats)


def per_call(repeats: int, calls: int) -> None:
    intercepted, bare = new_client(), new_client()
    answer_always(bare, *recorded_answer(intercepted))
    ours, theirs = [], []
    for _ in range(repeats):
        with simulate():
            run_shop(intercepted)
            ours.append(seconds(lambda: repeat(intercepted, calls)) / calls * 1e6)
        theirs.append(seconds(lambda: repeat(bare, calls)) / calls * 1e6)
    ratio = statistics.median(one / other for one, other in zip(ours, theirs, strict=True))
    row("get_container_services, bare before-send handler", theirs, "µs")
    row("get_container_services, intercepted", ours, "µs")
    verdict("ratio", ratio, TARGET_RATIO, "")


def per_test(repeats: int) -> None:
    bare = bare_session()
    kinds: dict[str, Callable[[], object]] = {
        'boto3.Session().client("lightsail")': new_client,
        "a client from a botocore session that has created others": lambda: bare.create_client(
            "lightsail", "us-east-1"
        ),
        "start, stop": simulate_only,
        "start, first call of a client, stop": simulate_and_call,
        "start, client, stop": simulate_and_make_client,
    }
    found: dict[str, list[float]] = {name: [] for name in kinds}
    for kind in kinds.values():
        kind()  # Load the model now, because a test run loads it only once.
    for _ in range(repeats // 5):
        for name, kind in kinds.items():
            found[name].append(cpu_seconds(lambda kind=kind: repeat_plain(kind, 10)) / 10 * 1e3)
    print()
    for name, values in found.items():
        row(name, values, "ms")
    ours = found["start, client, stop"]
    theirs = found["a client from a botocore session that has created others"]
    ratio = statistics.median(ours) / statistics.median(theirs)
    verdict("set-up of a test with a client : such a client alone", ratio, TARGET_SETUP_RATIO, "")


def bare_session() -> botocore.session.Session:
    session = botocore.session.Session()
    session.set_credentials(*CREDENTIALS.values())
    return session


def repeat_plain(function: Callable[[], object], times: int) -> None:
    for _ in range(times):
        function()


def simulate_only() -> None:
    with simulate():
        pass


def simulate_and_make_client() -> None:
    with simulate() as lightsail:
        lightsail.client()


def simulate_and_call() -> None:
    with simulate() as lightsail:
        lightsail.client().get_container_services()


def new_client():
    return boto3.Session(region_name="us-east-1", **CREDENTIALS).client("lightsail")


def run_shop(client) -> None:
    """Create a service, and deploy to it until it is running."""
    client.create_container_service(**SHOP, deployment=DEPLOYMENT)
    time.sleep(600)


def recorded_answer(client) -> tuple[HeadersDict, bytes]:
    """Return the headers and the body of a simulated response."""
    recorded = []
    with simulate():
        run_shop(client)
        client.meta.events.register(
            "response-received.lightsail",
            lambda response_dict, **_: recorded.append(response_dict),
            "record",
        )
        client.get_container_services(serviceName="shop")
        client.meta.events.unregister("response-received.lightsail", unique_id="record")
    return recorded[0]["headers"], bytes(recorded[0]["body"])


def answer_always(client, headers: HeadersDict, body: bytes) -> None:
    """Respond to every call of a client with the minimum that botocore needs."""

    class Canned(AWSResponse):
        content = body

    client.meta.events.register(
        "before-send.lightsail.*", lambda request, **_: Canned(request.url, 200, headers, None)
    )
    client.meta.events.register("choose-signer.lightsail.*", lambda **_: botocore.UNSIGNED)


def repeat(client, calls: int) -> None:
    for _ in range(calls):
        client.get_container_services(serviceName="shop")


def cpu_seconds(function: Callable[[], object]) -> float:
    start = time.thread_time()
    function()
    return time.thread_time() - start


def seconds(function: Callable[[], object]) -> float:
    start = REAL["clock"]()
    function()
    return REAL["clock"]() - start


def row(name: str, values: list[float], unit: str) -> None:
    tenths = statistics.quantiles(values, n=10)
    print(f"{name:50} {statistics.median(values):9.2f} {unit} ({tenths[0]:.2f} … {tenths[-1]:.2f})")


def verdict(name: str, value: float, target: float, unit: str) -> None:
    met = "met" if value <= target else "MISSED"
    print(f"{name:50} {value:9.2f}{unit}, target {target:g}{unit}: {met}")


def profile(calls: int) -> None:
    client, profiler = new_client(), cProfile.Profile()
    with simulate(patience="inf"):
        run_shop(client)
        profiler.enable()
        repeat(client, calls)
        profiler.disable()
    pstats.Stats(profiler).sort_stats("tottime").print_stats("pytest_lightsail")


if __name__ == "__main__":
    main()
