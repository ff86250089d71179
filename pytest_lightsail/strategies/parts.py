"""Simple requests, and functions that replace one part of a request."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timezone
from typing import Any, NamedTuple

from ..model.rule import show_path
from ..model.service import EACH, KEY, VALUE, Shape
from .shapes import Steps, request_root, request_shapes

_WEB = {
    "image": "nginx",
    "command": ["serve"],
    "environment": {"LOG_LEVEL": "info"},
    "ports": {"80": "HTTP", "9000": "TCP", "53": "UDP"},
}
_CHECK = {
    "healthyThreshold": 2,
    "intervalSeconds": 10,
    "path": "/health",
    "successCodes": "200-399",
    "timeoutSeconds": 5,
    "unhealthyThreshold": 2,
}
_DEPLOYMENT: dict[str, Any] = {
    "containers": {"web": _WEB},
    "publicEndpoint": {"containerName": "web", "containerPort": 80, "healthCheck": _CHECK},
}
_START, _END = (datetime(2026, 1, day, tzinfo=timezone.utc) for day in (1, 2))
PLAIN: Mapping[str, Any] = {
    "serviceName": "shop",
    "power": "micro",
    "scale": 1,
    "isDisabled": False,
    "tags": [{"key": "team", "value": "web"}],
    "publicDomainNames": {"cert": ["www.example.com"]},
    "privateRegistryAccess": {"ecrImagePullerRole": {"isActive": False}},
    "deployment": _DEPLOYMENT,
    **_DEPLOYMENT,
    "label": "web",
    "digest": f"sha256:{'0' * 64}",
    "image": ":shop.web.1",
    "containerName": "web",
    "filterPattern": "error",
    "startTime": _START,
    "endTime": _END,
    "metricName": "CPUUtilization",
    "period": 300,
    "statistics": ["Average"],
    "certificateName": "cert",
    "certificateStatuses": ["ISSUED"],
    "includeCertificateDetails": True,
    "domainName": "example.com",
    "subjectAlternativeNames": ["www.example.com"],
    "domainEntry": {
        "id": "1",
        "name": "www.example.com",
        "target": "192.0.2.1",
        "isAlias": False,
        "type": "A",
        "options": {"ttl": "60"},
    },
    "resourceName": "shop",
    "resourceArn": "arn:aws:lightsail:us-east-1:111122223333:ContainerService/1",
    "tagKeys": ["team"],
    "pageToken": "1",
    "operationId": "1",
    "includeAvailabilityZones": True,
    "includeRelationalDatabaseAvailabilityZones": True,
}
"""Simple values for the members of requests."""

Put = Callable[[Any], Any]
"""A function that takes a new value for a part and returns a document with this value."""


class Part(NamedTuple):
    """A part of an operation's requests.

    Attributes:
        shape: the shape of the part.
        target: the name of the part in the targets of rules, such as ``Container.image``.
        steps: the steps from the request to the part.
        plain: a simple value of the part.
    """

    shape: Shape
    target: str
    steps: Steps
    plain: Any

    @property
    def least(self) -> Any:
        """The simple value. If the part is a structure, the value has only required members."""
        if self.shape.type != "structure":
            return self.plain
        required = request_shapes().required(self.shape)
        return {name: self.plain[name] for name in required if name in self.plain}

    def parts(self, put: Put = lambda value: value) -> Iterator[tuple[Part, Put]]:
        """Yield this part and all parts inside, each with a function that replaces the yielded part.

        The function returns a value for this part. Apart from the members that contain the new value,
        the returned value has only required members. Its lists and maps have one element.
        """
        yield self, put
        inner: dict[str, Any] = {}
        if self.shape.type == "structure":
            inner = self.plain
        elif self.shape.type == "list":
            inner = {EACH: self.plain[0]}
        elif self.shape.type == "map":
            ((key, value), *_) = self.plain.items()
            inner = {KEY: key, VALUE: value}
        for step, name in self.shape.parts.items():
            if step not in inner:  # ``PLAIN`` lacks a member that a newer botocore has added
                continue

            def put_in(new: Any, step: str = step) -> Any:
                changed = {**inner, step: new}
                if step == EACH:
                    return put([new])
                if step in {KEY, VALUE}:
                    return put({changed[KEY]: changed[VALUE]})
                return put({**self.least, step: new})

            shape, target = request_shapes().model.shapes[name], show_path((self.shape.name, step))
            yield from Part(shape, target, (*self.steps, step), inner[step]).parts(put_in)


def part_at(place: str) -> tuple[Part, Put]:
    """Return the part of a request at a place, and a function that replaces the part.

    A place is an operation, or an operation and the steps to a part of its request, joined by dots.
    """
    operation, *steps = place.split(".")
    shape = request_shapes().model.shapes[request_root(operation)]
    root = Part(shape, "", (), PLAIN)
    return next((part, put) for part, put in root.parts() if part.steps == tuple(steps))
