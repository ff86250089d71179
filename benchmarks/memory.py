"""Measure the peak memory of ``pytest-lightsail serve`` after many polls and after large requests.

python benchmarks/memory.py
"""

from __future__ import annotations

import argparse
import json
import re
import socket
import subprocess
import sys
from pathlib import Path

LARGE = 100
"""The number of requests of nearly 1 MiB, each with 349 000 tags."""


def request(operation: str, parameters: object) -> bytes:
    body = json.dumps(parameters, separators=(",", ":"))
    return (
        f"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n"
        "Content-Type: application/x-amz-json-1.1\r\n"
        f"X-Amz-Target: Lightsail_20161128.{operation}\r\n\r\n{body}"
    ).encode()


def exchange(connection: socket.socket, request: bytes) -> bytes:
    """Send a request, and return the body of its response. For a million calls, boto3 is too slow."""
    connection.sendall(request)
    head, _, body = connection.recv(1 << 16).partition(b"\r\n\r\n")
    length = re.search(rb"(?i)content-length: ([0-9]+)", head)
    assert length is not None, head
    while len(body) < int(length[1]):
        body += connection.recv(1 << 16)
    return body


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--polls", type=int, default=1_000_000)
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

        service = {"serviceName": "a1", "power": "nano", "scale": 1}
        poll = request("GetContainerServices", {"serviceName": "a1"})
        with socket.create_connection((found[1], int(found[2]))) as connection:
            exchange(connection, request("CreateContainerService", service))
            for number in range(1, polls + 1):
                body = exchange(connection, poll)
                if number % (polls // 10) == 0:
                    assert b'"containerServiceName":"a1"' in body.replace(b" ", b""), body
                    show(f"{number} polls")
        large = request("TagResource", {"resourceName": "a1", "tags": [{}] * 349_000})
        with socket.create_connection((found[1], int(found[2]))) as connection:
            for _ in range(LARGE):
                exchange(connection, large)
        show(f"{LARGE} requests of 1 MiB")
        server.terminate()


if __name__ == "__main__":
    main()
