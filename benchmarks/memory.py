"""The most memory that ``pytest-lightsail serve`` takes, after many polls and after large requests.

python benchmarks/memory.py --polls 1000000
"""

from __future__ import annotations

import argparse
import http.client
import json
import re
import subprocess
import sys
from pathlib import Path

LARGE = 100
"""Requests of nearly 1 MiB, each with 349 000 tags."""


def call(connection: http.client.HTTPConnection, operation: str, parameters: object) -> None:
    headers = {
        "X-Amz-Target": f"Lightsail_20161128.{operation}",
        "Content-Type": "application/x-amz-json-1.1",
    }
    connection.request("POST", "/", json.dumps(parameters, separators=(",", ":")), headers)
    connection.getresponse().read()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--polls", type=int, default=100_000)
    polls = parser.parse_args().polls
    command = [sys.executable, "-m", "pytest_lightsail", "serve", "--speed", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:  # noqa: S603
        found = re.search(
            r"http://([^ :]+):([0-9]+)", server.stdout.readline() if server.stdout else ""
        )
        assert found is not None

        def show(what: str) -> None:
            status = Path(f"/proc/{server.pid}/status").read_text(encoding="utf-8")
            peak = re.search(r"VmHWM:\s+([0-9]+)", status)
            assert peak is not None
            print(f"{what}: {int(peak[1]) // 1024} MiB", flush=True)

        connection = http.client.HTTPConnection(found[1], int(found[2]))
        call(
            connection, "CreateContainerService", {"serviceName": "a1", "power": "nano", "scale": 1}
        )
        for number in range(1, polls + 1):
            call(connection, "GetContainerServices", {"serviceName": "a1"})
            if number % (polls // 10) == 0:
                show(f"{number} polls")
        for _ in range(LARGE):
            call(connection, "TagResource", {"resourceName": "a1", "tags": [{}] * 349_000})
        show(f"{LARGE} requests of 1 MiB")
        server.terminate()


if __name__ == "__main__":
    main()
