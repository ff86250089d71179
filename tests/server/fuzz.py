"""Random and mutated HTTP requests against the endpoint.

    python -m tests.server.fuzz --requests 100000 --seed 1

Every answer has to be a valid response or a well-formed AWS error, none with a status of 500 or more; no
request may hang, nothing may be logged as an error, and memory may not grow. A request of which only a
part arrives need not be answered. The suite does the same with a few hundred requests.
"""

from __future__ import annotations

import argparse
import json
import logging
import random
import resource
import socket
from collections import Counter
from collections.abc import Callable
from time import perf_counter
from typing import Any

from pytest_lightsail import Lightsail, simulate, validate
from pytest_lightsail.model.service import load

TIMEOUT = 5.0
"""Real seconds after which a request hangs."""

ROUND = 1000
"""Requests after which the account is a new one: it remembers every call, which is no leak."""

MOST_GROWTH = 40_000
"""Kilobytes; the interpreter's own caches fill up, a leak of 450 bytes a request shows in 90 000."""

REAL = {"clock": perf_counter}

WEB = {"web": {"image": "nginx", "environment": {"A": "b"}, "ports": {"80": "HTTP"}}}
BODIES: dict[str, list[Any]] = {
    "CreateContainerService": [{"serviceName": "shop", "power": "nano", "scale": 1}],
    "CreateContainerServiceDeployment": [
        {
            "serviceName": "shop",
            "containers": WEB,
            "publicEndpoint": {"containerName": "web", "containerPort": 80},
        }
    ],
    "GetContainerServices": [{}, {"serviceName": "shop"}],
    "GetContainerServiceDeployments": [{"serviceName": "shop"}],
    "GetContainerLog": [{"serviceName": "shop", "containerName": "web", "startTime": 1653523200}],
    "UpdateContainerService": [{"serviceName": "shop", "scale": 3, "isDisabled": True}],
    "RegisterContainerImage": [
        {"serviceName": "shop", "label": "web", "digest": f"sha256:{'0' * 64}"}
    ],
    "TagResource": [{"resourceName": "shop", "tags": [{"key": "a", "value": "b"}]}],
    "DeleteContainerService": [{"serviceName": "shop"}],
    "GetContainerServiceMetricData": [
        {
            "serviceName": "shop",
            "metricName": "CPUUtilization",
            "startTime": 1653523200,
            "endTime": 1653526800,
            "period": 300,
            "statistics": ["Average"],
        }
    ],
}
METHODS = (
    b"GET",
    b"PUT",
    b"HEAD",
    b"DELETE",
    b"OPTIONS",
    b"TRACE",
    b"CONNECT",
    b"post",
    b"",
    b"P\0T",
)
PATHS = (
    b"/x",
    b"/?a=b&%ff",
    b"*",
    b"//[",
    b"http://[::1",
    b"http://x/",
    b"/%00",
    b"/#f",
    b"",
    b"/\xff",
)
VERSIONS = (b"HTTP/1.0", b"HTTP/0.9", b"HTTP/2.0", b"HTTP/9", b"ICY", b"")
HEADERS = (
    b"Transfer-Encoding: chunked",
    b"Transfer-Encoding: gzip, chunked",
    b"Content-Length: 5",
    b"Content-Length: 99999999999999999999",
    b"Content-Length: -1",
    b"Expect: 100-continue",
    b"Connection: close, Upgrade",
    b"Upgrade: h2c",
    b"Content-Encoding: gzip",
    b"Content-Type: text/plain; charset=utf-16",
    b"X-Amz-Target: Lightsail_20161128.",
    b"X-Amz-Target: Lightsail_20161128.GetInstances",
    b"X_Amz_Target: Lightsail_20161128.GetContainerServices",
    b"Authorization: AWS4-HMAC-SHA256 Credential=a/20260101/xx-yy-1/lightsail/aws4_request",
    b"Authorization: \xff\xfe",
    b": no name",
    b" folded",
    b"X-Long: " + b"a" * 70_000,
)
NASTY = ("", None, -1, 1e308, "\ud800", "\0", "shop\n", [], {}, True, 2**70, "é" * 300, [[]] * 60)

Mutation = Callable[[random.Random, bytes], bytes]


def request(rng: random.Random, operations: tuple[str, ...]) -> tuple[bytes, bool]:
    """A request, most often nearly right; and whether it is one, so that it has to be answered."""
    operation = rng.choice(list(BODIES) if rng.random() < 0.9 else operations)
    document = json.loads(json.dumps(rng.choice(BODIES.get(operation, [{}]))))
    if rng.random() < 0.3:
        document = _spoilt(rng, document)
    try:
        body = json.dumps(document).encode(rng.choice(("utf-8",) * 8 + ("utf-16", "utf-8-sig")))
    except UnicodeEncodeError:
        body = b"\xff"
    first = (
        rng.choice(METHODS) if rng.random() < 0.1 else b"POST",
        rng.choice(PATHS) if rng.random() < 0.1 else b"/",
        rng.choice(VERSIONS) if rng.random() < 0.1 else b"HTTP/1.1",
    )
    lines = [
        b" ".join(first),
        b"Host: localhost",
        b"Content-Type: application/x-amz-json-1.1",
        b"X-Amz-Target: Lightsail_20161128." + operation.encode(),
    ]
    if rng.random() < 0.1:
        lines.append(b"Transfer-Encoding: chunked")
        body = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
    else:
        lines.append(b"Content-Length: %d" % len(body))
    odd = rng.random() < 0.2
    if odd:
        lines.insert(rng.randrange(1, len(lines) + 1), rng.choice(HEADERS))
    data = b"\r\n".join(lines) + b"\r\n\r\n" + body
    mutations = rng.choice((0, 0, 0, 0, 1, 2, 5))
    for _ in range(mutations):
        data = rng.choice(MUTATIONS)(rng, data)
    return data, not odd and not mutations and first == (b"POST", b"/", b"HTTP/1.1")


def _spoilt(rng: random.Random, document: Any) -> Any:
    """The document with a value somewhere replaced, added or taken away."""
    if isinstance(document, dict) and document and rng.random() < 0.8:
        name = rng.choice(sorted(document))
        if rng.random() < 0.2:
            del document[name]
        else:
            document[name] = _spoilt(rng, document[name])
        return document
    return rng.choice(NASTY)


def _flip(rng: random.Random, data: bytes) -> bytes:
    at = rng.randrange(len(data) or 1)
    return data[:at] + bytes([rng.randrange(256)]) + data[at + 1 :]


def _cut(rng: random.Random, data: bytes) -> bytes:
    return data[: rng.randrange(len(data) + 1)]


def _drop(rng: random.Random, data: bytes) -> bytes:
    at = rng.randrange(len(data) or 1)
    return data[:at] + data[at + rng.randrange(1, 20) :]


def _repeat(rng: random.Random, data: bytes) -> bytes:
    at = rng.randrange(len(data) or 1)
    return data[:at] + data[at : at + rng.randrange(1, 50)] * rng.choice((2, 3, 50)) + data[at:]


def _insert(rng: random.Random, data: bytes) -> bytes:
    at = rng.randrange(len(data) + 1)
    piece = rng.choice((b"\r\n", b"\n", b"\0", b"\xff\xfe", b"%", b" ", rng.randbytes(8)))
    return data[:at] + piece + data[at:]


def _twice(_rng: random.Random, data: bytes) -> bytes:
    return data + data


MUTATIONS: tuple[Mutation, ...] = (_flip, _flip, _cut, _drop, _repeat, _insert, _twice)


def exchange(port: int, data: bytes) -> bytes:
    """All that is answered to a request by the time the server closes the connection.

    Raises:
        TimeoutError: the request hangs.
    """
    with socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT) as connection:
        answer = b""
        try:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            while piece := connection.recv(65536):
                answer += piece
        except (ConnectionError, BrokenPipeError):
            pass  # the server need not read what comes after its refusal
        return answer


def check(answer: bytes, *, head: bool) -> list[tuple[int, Any]]:
    """Status and document of each answer in a stream.

    Raises:
        AssertionError: one is not well-formed.
    """
    found = []
    while answer:
        if answer.startswith(b"HTTP/1.1 100 Continue\r\n\r\n"):
            answer = answer[25:]
            continue
        top, end, rest = answer.partition(b"\r\n\r\n")
        assert end, answer[:200]
        lines = top.split(b"\r\n")
        protocol, status, _ = lines[0].split(b" ", 2)
        assert protocol in (b"HTTP/1.0", b"HTTP/1.1"), lines[0]
        assert 200 <= int(status) < 500, answer[:500]
        headers = dict(line.lower().split(b": ", 1) for line in lines[1:])
        assert headers[b"content-type"] == b"application/x-amz-json-1.1"
        assert headers[b"x-amzn-requestid"]
        if head and (not rest or rest.startswith(b"HTTP/")):
            answer = rest
            continue
        length = int(headers[b"content-length"])
        body, answer = rest[:length], rest[length:]
        assert len(body) == length
        document = json.loads(body)
        if int(status) != 200:
            assert isinstance(document["__type"], str), document
            assert isinstance(document["message"], str), document
        found.append((int(status), document))
    return found


class Fuzzer:
    """Sends requests to an account, and holds the answers against what is promised."""

    def __init__(self, lightsail: Lightsail, port: int, seed: int) -> None:
        self._lightsail = lightsail
        self._port = port
        self._rng = random.Random(seed)
        self._operations = tuple(load().operations)
        self.outcomes: Counter[str] = Counter()
        self.slowest = 0.0

    def run(self, requests: int) -> None:
        """Send so many.

        Raises:
            AssertionError: an answer is wrong, or a request hangs; it names the request.
        """
        for _ in range(requests):
            data, whole = request(self._rng, self._operations)
            try:
                self._one(data, whole=whole)
            except (AssertionError, ValueError, KeyError, TimeoutError) as error:
                raise AssertionError(f"{error!r} after {data[:2000]!r}") from error

    def _one(self, data: bytes, *, whole: bool) -> None:
        before = len(self._lightsail.calls)
        began = REAL["clock"]()
        answers = check(exchange(self._port, data), head=b"HEAD" in data)
        assert answers or not whole, "no answer"
        self.slowest = max(self.slowest, REAL["clock"]() - began)
        calls = [call for call in self._lightsail.calls[before:] if call.status is not None]
        for (status, document), call in zip(answers, calls, strict=False):
            if status == 200:
                validate(call.operation, "response", document)
            self.outcomes[f"{status} {call.error or 'ok'}"] += 1
        self.outcomes["no answer"] += not answers


class Complaints(logging.Handler):
    """What the server logs as an error."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.said: list[str] = []
        logging.getLogger("waitress").addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        """Keep it."""
        self.said.append(self.format(record))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--requests", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    arguments = parser.parse_args()
    complaints = Complaints()
    began, first = REAL["clock"](), 0
    print(f"seed {arguments.seed}")
    with (
        simulate(patience=float("inf"), unsimulated="minimal", allow_unused=True) as lightsail,
        lightsail.serve() as server,
    ):
        fuzzer = Fuzzer(lightsail, int(server.url.rpartition(":")[2]), arguments.seed)
        for done in range(0, arguments.requests, ROUND):
            fuzzer.run(min(ROUND, arguments.requests - done))
            lightsail.reset()
            memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            first = first or memory * (done + ROUND >= min(10_000, arguments.requests))
            if not done % (10 * ROUND):
                print(f"{done + ROUND:>7} requests, {memory} kB, slowest {fuzzer.slowest:.3f} s")
    took = REAL["clock"]() - began
    for outcome, count in fuzzer.outcomes.most_common():
        print(f"{count:>7} {outcome}")
    print(f"{arguments.requests} requests in {took:.0f} s, memory grew by {memory - first} kB")
    assert not complaints.said, complaints.said[:5]
    assert memory - first <= MOST_GROWTH, "memory grows"


if __name__ == "__main__":
    main()
