"""Compare the cost of a call over HTTP with that of moto's server.

    python benchmarks/server.py

This needs `pip install 'moto[server]'`. `GetContainerServices` of one service is compared with moto's
`DescribeRepositories` of one ECR repository. Each server has its own process, and its client keeps one
connection alive if the server does. Batches of both kinds alternate, so that other load on the machine
affects both. The output shows the medians.
"""

import argparse
import http.client
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version

from measuring import Comparison

from pytest_lightsail.c_functions import original

TARGET_RATIO = 1 / 3
OURS = {
    "target": "Lightsail_20161128.",
    "service": "lightsail",
    "create": ("CreateContainerService", {"serviceName": "shop", "power": "nano", "scale": 1}),
    "read": ("GetContainerServices", {"serviceName": "shop"}),
}
THEIRS = {
    "target": "AmazonEC2ContainerRegistry_V20150921.",
    "service": "ecr",
    "create": ("CreateRepository", {"repositoryName": "shop"}),
    "read": ("DescribeRepositories", {"repositoryNames": ["shop"]}),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--repeats", type=int, default=20, help="batches of each kind")
    parser.add_argument("--calls", type=int, default=100, help="calls in a batch")
    arguments = parser.parse_args()
    print(
        f"{os.cpu_count()} cores, Python {platform.python_version()}, moto {version('moto')}, "
        f"{platform.system()} {platform.machine()}"
    )
    print(
        f"{arguments.repeats} batches of {arguments.calls} calls; medians (and tenths) of the batches\n"
    )
    ours, theirs = [], []
    with serving(*OUR_COMMAND) as our_port, serving(*THEIR_COMMAND) as their_port:
        our_calls, their_calls = Calls(our_port, OURS), Calls(their_port, THEIRS)
        for _ in range(arguments.repeats):
            ours.append(our_calls.microseconds(arguments.calls))
            theirs.append(their_calls.microseconds(arguments.calls))
    row("moto's server, ECR DescribeRepositories", theirs)
    row("pytest-lightsail serve, GetContainerServices", ours)
    ratio = statistics.median(one / other for one, other in zip(ours, theirs, strict=True))
    met = "met" if ratio <= TARGET_RATIO else "MISSED"
    print(f"{'ratio':46} {ratio:9.3f}, target {TARGET_RATIO:.3f}: {met}")
    print(
        f"{'connections that a batch took':46} {our_calls.connections} and {their_calls.connections}"
    )


def compare_servers(batches: int) -> list[Comparison]:
    """Compare calls over one connection that is kept alive."""
    found = Comparison("a call over HTTP", "moto's server, `DescribeRepositories`", at_least=3)
    with serving(*OUR_COMMAND) as our_port, serving(*THEIR_COMMAND) as their_port:
        our_calls, their_calls = Calls(our_port, OURS), Calls(their_port, THEIRS)
        for _ in range(batches):
            found.add(our_calls.microseconds(50), their_calls.microseconds(50))
    return [found]


OUR_COMMAND = ("-m", "pytest_lightsail", "serve")
THEIR_COMMAND = ("-m", "moto.server", "-p", "0")


@contextmanager
def serving(*command: str) -> Iterator[int]:
    """Run a server in its own process, and yield the port that it prints."""
    process = subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-u", *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        said = ""
        while not (found := re.search(r"http://127\.0\.0\.1:(\d+)", said)):
            line = process.stdout.readline()
            if not line:
                raise SystemExit(f"{' '.join(command)} did not start: {said}")
            said += line
        # The log of the requests must not fill the pipe.
        threading.Thread(target=process.stdout.read, daemon=True).start()
        yield int(found[1])
    finally:
        process.terminate()
        process.wait()


class Calls:
    """Calls of one API at one port."""

    def __init__(self, port: int, api: dict) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port)
        self._api = api
        self.connections = 0
        self._call(*api["create"])
        self._call(*api["read"])

    def microseconds(self, calls: int) -> float:
        """Return the average time of this many reads in microseconds."""
        self.connections = 0
        begin = original(time.perf_counter)()
        for _ in range(calls):
            self._call(*self._api["read"])
        return (original(time.perf_counter)() - begin) / calls * 1e6

    def _call(self, operation: str, parameters: dict) -> None:
        self.connections += self._connection.sock is None
        scope = f"20260101/us-east-1/{self._api['service']}/aws4_request"
        headers = {
            "X-Amz-Target": self._api["target"] + operation,
            "Content-Type": "application/x-amz-json-1.1",
            "Authorization": f"AWS4-HMAC-SHA256 Credential=testing/{scope}, "
            "SignedHeaders=host, Signature=0",
        }
        self._connection.request("POST", "/", json.dumps(parameters), headers)
        answer = self._connection.getresponse()
        body = answer.read()
        assert answer.status == 200, body


def row(name: str, values: list[float]) -> None:
    tenths = statistics.quantiles(values, n=10)
    print(f"{name:46} {statistics.median(values):9.0f} µs ({tenths[0]:.0f} … {tenths[-1]:.0f})")


if __name__ == "__main__":
    main()
