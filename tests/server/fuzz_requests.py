"""Random and mutated requests to the account, the control API and the addresses of services."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from tests.support.releases import DOMAIN

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
    "UpdateContainerService": [
        {"serviceName": "shop", "scale": 3, "isDisabled": True},
        {"serviceName": "shop", "isDisabled": False},
        {"serviceName": "shop", "publicDomainNames": {"cert": [DOMAIN]}},
    ],
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
    b"X-Amz-Target: Lightsail_20161128.GetDomains",
    b"X_Amz_Target: Lightsail_20161128.GetContainerServices",
    b"Authorization: AWS4-HMAC-SHA256 Credential=a/20260101/xx-yy-1/lightsail/aws4_request",
    b"Authorization: \xff\xfe",
    b": no name",
    b" folded",
    b"X-Long: " + b"a" * 70_000,
)
NASTY = ("", None, -1, 1e308, "\ud800", "\0", "shop\n", [], {}, True, 2**70, "é" * 300, [[]] * 60)

OWN = "localhost"
HOSTS = (
    DOMAIN,
    "shop.x.us-east-1.cs.amazonlightsail.com",
    ".cs.amazonlightsail.com",
    "evil.example",
)
"""Hosts without a service. An earlier request may have attached the domain to a service."""

VISITED = (
    b"/",
    b"/health",
    b"/teapot",
    b"/?a=b",
    b"/_lightsail/reset",
    b"/%ff",
    b"/" + b"a" * 3000,
)
CONTROL: dict[str, tuple[Any, ...]] = {
    "play": (
        [{"deploy": {"fails_at": "EVALUATING_HEALTH_CHECK"}}, {"pace": {"name": "fast"}}],
        [{"fault": {"name": "connection_reset"}}, {"fault": {"name": "read_timeout"}}],
        [{"another_client": {"verb": "deletes", "service": "shop", "after": 60}}],
    ),
    "clock": ({"advance": 600}, {"advance": 90}, {"advance": 0}),
    "calm": ({},),
    "reset": ({},),
}
READ = (b"", b"page.js", b"state", b"calls?after=3", b"calls?after=-1", b"timeline", b"clock", b"x")
ACCOUNT, CONTROLLED, SERVICE = "account", "control", "service"

Mutation = Callable[[random.Random, bytes], bytes]


class Draft(NamedTuple):
    """A request before it is converted to bytes."""

    first: tuple[bytes, bytes]
    headers: list[bytes]
    body: bytes = b""
    to: str = ACCOUNT


class Sent(NamedTuple):
    """The bytes of a request. If the request is ``whole``, ``to`` must respond to it."""

    data: bytes
    to: str
    whole: bool


class Requests:
    """Generate requests, most of which are almost valid.

    Args:
        rng: the source of randomness.
        operations: all simulated operations.
        hosts: returns the hosts of services.
    """

    def __init__(
        self, rng: random.Random, operations: tuple[str, ...], hosts: Callable[[], list[str]]
    ) -> None:
        self._rng = rng
        self._operations = operations
        self._hosts = hosts

    def draw(self) -> Sent:
        """Return the next request."""
        rng = self._rng
        make = rng.choices((self._call, self._control, self._visit), (16, 3, 3))[0]
        draft = make()
        first = (
            rng.choice(METHODS) if rng.random() < 0.1 else draft.first[0],
            rng.choice(PATHS) if rng.random() < 0.1 else draft.first[1],
            rng.choice(VERSIONS) if rng.random() < 0.1 else b"HTTP/1.1",
        )
        length = b"Content-Length: %d" % len(draft.body)
        lines = [b" ".join(first), *draft.headers, length]
        odd = rng.random() < 0.2
        if odd:
            lines.insert(rng.randrange(1, len(lines) + 1), rng.choice(HEADERS))
        data = b"\r\n".join(lines) + b"\r\n\r\n" + draft.body
        mutations = rng.choice((0, 0, 0, 0, 1, 2, 5))
        for _ in range(mutations):
            data = rng.choice(MUTATIONS)(rng, data)
        whole = not odd and not mutations and first == (*draft.first, b"HTTP/1.1")
        return Sent(data, draft.to, whole)

    def _call(self) -> Draft:
        rng = self._rng
        operation = rng.choice(list(BODIES) if rng.random() < 0.9 else self._operations)
        headers = [
            _host(OWN),
            b"Content-Type: application/x-amz-json-1.1",
            b"X-Amz-Target: Lightsail_20161128." + operation.encode(),
        ]
        return Draft((b"POST", b"/"), headers, self._body(BODIES.get(operation, [{}])))

    def _control(self) -> Draft:
        rng = self._rng
        headers = [_host(OWN if rng.random() < 0.9 else rng.choice(HOSTS))]
        to = CONTROLLED if headers == [_host(OWN)] else SERVICE
        if rng.random() < 0.5:
            return Draft((b"GET", b"/_lightsail/" + rng.choice(READ)), headers, to=to)
        name = rng.choice(list(CONTROL))
        headers.append(b"Content-Type: application/json")
        return Draft(
            (b"POST", b"/_lightsail/" + name.encode()), headers, self._body(CONTROL[name]), to
        )

    def _visit(self) -> Draft:
        rng = self._rng
        host = rng.choice((*self._hosts() * 3, *HOSTS))
        method = rng.choice((b"GET", b"GET", b"HEAD", b"POST", b"DELETE"))
        return Draft((method, rng.choice(VISITED)), [_host(host)], to=SERVICE)

    def _body(self, documents: Sequence[Any]) -> bytes:
        rng = self._rng
        document = json.loads(json.dumps(rng.choice(documents)))
        if rng.random() < 0.3:
            document = _spoilt(rng, document)
        try:
            return json.dumps(document).encode(rng.choice(("utf-8",) * 8 + ("utf-16", "utf-8-sig")))
        except UnicodeEncodeError:
            return b"\xff"


def _host(name: str) -> bytes:
    return b"Host: " + name.encode()


def _spoilt(rng: random.Random, document: Any) -> Any:
    """Return the document with one value replaced or removed."""
    if isinstance(document, list) and document and rng.random() < 0.8:
        place = rng.randrange(len(document))
        document[place] = _spoilt(rng, document[place])
        return document
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
