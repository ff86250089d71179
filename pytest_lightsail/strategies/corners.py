"""The corners of what is valid and of what is not, listed instead of drawn: the same in every run."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from string import ascii_lowercase, digits
from typing import Any, NamedTuple

from hypothesis import strategies as st

from ..exceptions import ConfigurationError
from ..model.catalogue import parse_ecr_image, rule
from ..model.rule import Kind
from .invalid import PLACES, Invalid, every_way, place_of
from .needs import HOME
from .shapes import Limits, origin_of
from .special import IMAGE_KINDS, PUBLIC_KINDS, request_shapes
from .values import sizes_of
from .ways import HEX, table

_Values = Iterator[tuple[str, Any]]


@dataclass(frozen=True)
class Corner:
    """A valid value at an edge.

    Attributes:
        words: the class that it stands for, such as ``the longest``.
        value: the value.
        needs_account: whether it is valid only for an account that holds something for it: a stored
            image, a private repository that the service may read, or a certificate.
    """

    words: str
    value: Any
    needs_account: bool = False


class Corners(NamedTuple):
    """The corners of one kind of value.

    Attributes:
        valid: values that are accepted.
        invalid: values that are not: for each ``rule`` each ``way`` of breaking it. The nearest of all
            ways come first, so that any part from the start has as many ways as possible.
    """

    valid: tuple[Corner, ...]
    invalid: tuple[Invalid, ...]


def corners(strategy: st.SearchStrategy[Any]) -> Corners:
    """Return the corners of what a strategy of this package draws, such as ``image_references()``.

    The valid ones keep to the arguments by which the strategy was narrowed. The invalid ones of
    ``scales()`` are those of ``invalid_scales()``, and so on; an ``invalid_…`` strategy, which may be
    narrowed by ``rules`` and ``kind``, has no valid ones.

    Args:
        strategy: what a function of this package for one kind of value returned; not changed since, as by
            ``map``, and not ``requests()``, ``responses()`` and the like.

    Raises:
        ConfigurationError: it is another strategy.

    >>> from pytest_lightsail.strategies import scales
    >>> [corner.value for corner in corners(scales()).valid]
    [1, 20, 2, 19, 10]
    >>> [(case.way, case.value) for case in corners(scales()).invalid][:2]
    [('one above the greatest', 21), ('one below the least', 0)]
    """
    found = corners_or_none(strategy)
    if found is None:
        known = ", ".join(sorted(_VALID))
        raise ConfigurationError(
            f"corners: expected what one of these functions returned, unchanged: {known}, "
            f"or their counterparts invalid_…; not {strategy!r}"
        )
    return found


def corners_or_none(strategy: st.SearchStrategy[Any]) -> Corners | None:
    """Return the corners of a strategy, as ``corners``; ``None`` if it is not one of ours."""
    name, arguments = origin_of(strategy) or ("", {})
    if name in PLACES:
        return Corners((), _invalid(name, arguments))
    if name not in _VALID:
        return None
    valid: dict[str, Corner] = {}
    for words, value in _VALID[name](**arguments):
        valid.setdefault(repr(value), Corner(words, value, _needs_account(name, value)))
    region = {"region": arguments["region"]} if "region" in arguments else {}
    # What is valid as a number is invalid as one.
    numbers = {"as_text": False} if name == "ports" else {}
    return Corners(tuple(valid.values()), _invalid(f"invalid_{name}", {**region, **numbers}))


def _invalid(name: str, arguments: Mapping[str, Any]) -> tuple[Invalid, ...]:
    text = {"as_text": None} if name == "invalid_ports" else {}
    found = every_way(*place_of(name, **{**text, **arguments}))
    nearest = sorted(found, key=lambda one: one[0])
    return tuple({(case.rule, repr(case.value)): case for _, case in reversed(nearest)}.values())[
        ::-1
    ]


def _needs_account(name: str, value: Any) -> bool:
    if name == "public_domain_names":
        return bool(value)
    if name == "image_references":
        return value.startswith(":") or parse_ecr_image(value) is not None
    images = value.values() if name == "containers" else ()
    return any(_needs_account("image_references", one["image"]) for one in images)


# --- valid values, the plainest first ----------------------------------------------------------------


_NAMES = """
    letters and a hyphen: my-app
    the shortest: {a}  {seven}
    one character more: {a}b
    the longest: {longest}
    one below the longest: {long}
    the longest with hyphens: {hyphens}
    a digit at an end: 1-app  app-2  2024  z9
    several hyphens: my--app  a-b-c-d
    every letter: {letters}
    every digit: v{digits}
    a word with a meaning elsewhere: null
"""


def _names(shape: str) -> Callable[..., _Values]:
    """Names of lower-case letters, digits and inner hyphens."""

    def names(min_size: int | None = None, max_size: int | None = None) -> _Values:
        low, high = sizes_of(shape, Kind.LENGTH, (min_size, max_size))
        every = _table(
            _NAMES,
            a="a" * low,
            seven="7" * low,
            longest=f"a{'b' * (high - 2)}c",
            long="a" * (high - 1),
            hyphens=f"a{'-b' * (high // 2)}c"[: high - 1] + "d",
        )
        yield from _within(every, low, high)

    return names


def _table(text: str, /, **parts: str) -> _Values:
    """Yield the texts of a table; where a line has several, its words and the text."""
    for words, texts in table(text, letters=ascii_lowercase, digits=digits, **parts):
        for one in texts:
            yield (words if len(texts) == 1 else f"{words}, {one}"), one


def _within(values: Iterable[tuple[str, Any]], low: int, high: int) -> _Values:
    return ((words, value) for words, value in values if low <= len(value) <= high)


def _numbers(shape: str, target: str = "", usual: tuple[int, ...] = ()) -> Callable[..., _Values]:
    def numbers(min_value: int | None = None, max_value: int | None = None) -> _Values:
        low, high = sizes_of(shape, Kind.RANGE, (min_value, max_value), target=target)
        yield "the least", low
        yield "the greatest", high
        if low < high:
            yield "one above the least", low + 1
            yield "one below the greatest", high - 1
        for value in (*usual, (low + high) // 2):
            if low <= value <= high:
                yield f"the usual {value}" if value in usual else "in the middle", value

    return numbers


def _every_value(shape: str) -> Callable[[], _Values]:
    return lambda: ((value, value) for value in Limits(request_shapes().rules_at(shape)).values)


_IMAGES: Mapping[str, str] = {
    "public": """
        no tag: nginx
        a tag: nginx:latest  nginx:1.25.3  httpd:2.4-alpine  web:RELEASE  web:_1  web:a_b.c-d  web:9
        a tag with signs at its end: web:1.-_
        the longest tag: web:{tag}
        a digest: nginx@{digest}
        tag and digest together: nginx:1.25@{digest}
        a sha512 digest: nginx@sha512:{hex}{hex}
        a sha384 digest: nginx@sha384:{hex}{half}
        a name: a  2048  node.js  my_app  my__app  my-app  my---app  a.b_c__d-e--f:1  {letters}{digits}
        the longest name: {longest}
    """,
    "docker-hub": """
        a namespace: amazon/amazon-lightsail  amazon/amazon-lightsail:hello-world  a/b
        a namespace and a digest: grafana/grafana@{digest}
    """,
    "public-ecr": """
        two components: public.ecr.aws/nginx/nginx:1.25
        three components: public.ecr.aws/docker/library/nginx:latest
        a digest: public.ecr.aws/docker/library/nginx@{digest}
    """,
    "registry": """
        a host: docker.io/library/nginx:1.25  ghcr.io/acme/web:v1
        a longer name: quay.io/prometheus/node-exporter:v1.8.0
        a digest: ghcr.io/acme/team/web:v1@{digest}
        a port: registry.example.com:5000/web:1  registry.example.com:5000/team/web
        localhost: localhost/web:1
        localhost with a port: localhost:5000/web
        an IPv4 address: 192.0.2.1:5000/web:1
        an IPv6 address: [2001:db8::1]:5000/web:1
        a host in upper case: Registry.Example.com/web:1
        a host with a hyphen: my-registry.example.com/web
        four components: gcr.io/a/b/c/d:1
    """,
    "ecr": """
        no tag: {host}/web
        a tag: {host}/web:1
        a nested repository: {host}/team/backend/api:1.2
        a digest: {host}/web@{digest}
    """,
    "stored": """
        the first version: {stored}.1
        the latest version: {stored}.latest
        a version of several digits: {stored}.1024
    """,
}


def _images(
    kinds: Iterable[str] = IMAGE_KINDS,
    service: str | None = None,
    label: str | None = None,
    region: str = HOME,
) -> _Values:
    """References to images, with their kind in the words."""
    parts = {
        "host": f"123456789012.dkr.ecr.{region}.amazonaws.com",
        "stored": f":{service or 'shop'}.{label or 'web'}",
        "digest": f"sha256:{HEX}",
        "tag": "t" * 128,
        "longest": "a" * 255,
    }
    for kind in _IMAGES:
        if kind in kinds:
            yield from ((f"{kind}: {words}", one) for words, one in _table(_IMAGES[kind], **parts))


def _health_checks(*, timeout_below_interval: bool = False) -> _Values:
    yield "nothing", {}
    for member, rule_id in (
        ("timeoutSeconds", "health-check.timeout"),
        ("intervalSeconds", "health-check.interval"),
        ("healthyThreshold", "health-check.threshold"),
        ("unhealthyThreshold", "health-check.threshold"),
    ):
        entry = rule(rule_id)
        room = {"intervalSeconds": 300} if member == "timeoutSeconds" else {}
        yield f"the least {member}", {member: entry.least}
        yield f"one above the least {member}", {**room, member: entry.least + 1}
        if entry.maximum is not None:
            yield f"one below the greatest {member}", {**room, member: entry.most - 1}
            yield f"the greatest {member}", {**room, member: entry.most}
        else:
            yield f"a great {member}", {member: 10}
    if not timeout_below_interval:
        yield "a timeout as long as the interval", {"timeoutSeconds": 10, "intervalSeconds": 10}
        yield "a timeout that exceeds the interval", {"timeoutSeconds": 60, "intervalSeconds": 5}
    for words, path in _table(_PATHS):
        yield words, {"path": path}
    for words, codes in _success_codes():
        yield f"success codes: {words}", {"successCodes": codes}
    yield "a path and codes", {"path": "/health", "successCodes": "200-299"}


_PATHS = """
    the root: /
    a nested path: /api/v1/health
    a path with signs: /health?full=1&a=b  /~a/%20b.c_d-e:f@g  //health/
"""
_CODES = """
    the whole range: {least}-{most}
    an end of the range: {least}  {most}
    a code: 301
    a class: 200-299  400-499
    codes and ranges: 200,202  200,301-302  200-204,300-399
    several codes, not in order: 404,200,301
    a range of one code: 200-200
    many codes: {many}
"""


def _success_codes() -> _Values:
    entry = rule("health-check.success-codes")
    many = ",".join(str(code) for code in range(entry.least, entry.least + 30))
    return _table(_CODES, least=str(entry.least), most=str(entry.most), many=many)


def _collections(
    shape: str,
    rows: str,
    of_size: Callable[[int], Any],
    most: int | None = None,
    more: Callable[[], Mapping[str, Any]] = dict,
) -> Callable[..., _Values]:
    """Collections in lines of words, a colon, and JSON; those of ``more``; and those of the sizes."""

    def collections(
        min_size: int | None = None, max_size: int | None = None, **narrowed: Any
    ) -> _Values:
        if any(one is not None for one in narrowed.values()):
            return
        low, high = sizes_of(shape, Kind.COUNT, (min_size, max_size))
        high = high if most is None else min(most, high if max_size is None else max_size)
        lines = (line.strip().partition(": ") for line in rows.strip().splitlines())
        every = [(words, json.loads(text)) for words, _, text in lines] + [*more().items()]
        sizes = {"the fewest": low, "the most": high, "one below the most": high - 1}
        every += [(words, of_size(size)) for words, size in sizes.items()]
        yield from _within(every, low, high)

    return collections


_TAGS = """
    none: []
    a key and a value: [{"key": "team", "value": "web"}]
    a key alone: [{"key": "team"}]
    an empty value: [{"key": "team", "value": ""}]
    the shortest key: [{"key": "k"}]
    every sign: [{"key": "a+b-c=d.e_f:g/h@i j", "value": "+-=._:/@ z"}]
    upper case and digits: [{"key": "Team9", "value": "A0"}]
    letters beyond ASCII: [{"key": "größe", "value": "日本"}]
    a key that only holds the reserved prefix: [{"key": "my-aws:x", "value": "aws:y"}]
    keys that differ in case: [{"key": "a"}, {"key": "A"}]
"""
_DOMAINS = """
    none: {}
    one: {"cert": ["www.example.com"]}
    an apex: {"cert": ["example.com"]}
    a certificate without names: {"cert": []}
    the most names: {"cert": ["a.example.com", "b.example.com", "c.example.com", "d.example.com"]}
"""
_ENVIRONMENTS = """
    none: {}
    one: {"LOG_LEVEL": "info"}
    an empty value: {"LOG_LEVEL": ""}
    lower case: {"log_level": "info"}
    a value with blanks and signs: {"URL": "postgres://u:p@db:5432/x?a=b c\\n"}
    a value beyond ASCII: {"GREETING": "grüß 日本"}
"""
_COMMANDS = """
    none: []
    one word: ["serve"]
    several words: ["python", "-m", "app"]
    an empty word: [""]
    a word with blanks and signs: ["sh -c 'exit $?'"]
"""
_CONTAINERS = """
    one: {"web": {"image": "nginx:1.25"}}
    a command: {"web": {"image": "nginx:1.25", "command": ["serve"]}}
    an environment: {"web": {"image": "nginx:1.25", "environment": {"LOG_LEVEL": "info"}}}
    the least and the greatest port: {"web": {"image": "nginx", "ports": {"1": "TCP", "65535": "UDP"}}}
"""
_LONGEST_DOMAIN = ".".join(("a" * 63, "b" * 63, "c" * 63, "d" * 61))
_COLLECTIONS: Mapping[str, Callable[..., _Values]] = {
    "tags": _collections(
        "TagList",
        _TAGS,
        lambda size: [{"key": f"k{at}", "value": "same"} for at in range(size)],
        more=lambda: {
            "the longest key": [{"key": "k" * rule("tag.key-length").most}],
            "the longest value": [{"key": "k", "value": "v" * rule("tag.value-length").most}],
        },
    ),
    "public_domain_names": _collections(
        "ContainerServicePublicDomains",
        _DOMAINS,
        lambda size: {f"cert{at}": [f"www{at}.example.com"] for at in range(size)},
        rule("domains.certificates").most,
        lambda: {"the longest name": {"cert": [_LONGEST_DOMAIN]}},
    ),
    "environments": _collections(
        "Environment",
        _ENVIRONMENTS,
        lambda size: {f"V{at}": "" for at in range(size)},
        more=lambda: {"a long value": {"DATA": "x" * 4096}},
    ),
    "commands": _collections("StringList", _COMMANDS, lambda size: ["x"] * size),
    "containers": _collections(
        "ContainerMap",
        _CONTAINERS,
        lambda size: {f"c{at}": {"image": "nginx:1.25"} for at in range(size)},
        more=lambda: {
            "the longest name": {
                "w" * sizes_of("ContainerName", Kind.LENGTH, (None, None))[1]: {"image": "nginx"}
            },
            **{words: {"web": {"image": image}} for words, image in _images(sorted(PUBLIC_KINDS))},
        },
    ),
}


def _access(*, active: bool | None = None) -> _Values:
    if active is None:
        yield "nothing", {}
    for one in (True, False):
        if active in {None, one}:
            yield "active" if one else "not active", {"ecrImagePullerRole": {"isActive": one}}


def _public_endpoints(names: Any = None) -> _Values:
    if names is None:
        endpoint = {"containerName": "web", "containerPort": 80}
        yield "no health check", endpoint
        entry = rule("port.range")
        for words, port in (("the least port", entry.least), ("the greatest port", entry.most)):
            yield words, {**endpoint, "containerPort": port}
        for words, check in _health_checks():
            yield words, {**endpoint, "healthCheck": check}


def _deployments(containers: Any = None, public_endpoints: Any = None) -> _Values:
    if containers is None and public_endpoints is None:
        for words, value in _COLLECTIONS["containers"]():
            yield words, {"containers": value}
        for words, endpoint in _public_endpoints():
            port = {str(endpoint["containerPort"]): "HTTP"}
            web = {"web": {"image": "nginx:1.25", "ports": port}}
            yield f"endpoint: {words}", {"containers": web, "publicEndpoint": endpoint}


_VALID: Mapping[str, Callable[..., _Values]] = {
    "service_names": _names("ContainerServiceName"),
    "container_names": _names("ContainerName"),
    "container_labels": _names("ContainerLabel"),
    "image_references": _images,
    "health_checks": _health_checks,
    "success_codes": _success_codes,
    "ports": _numbers("integer", "EndpointRequest.containerPort", (80, 443, 8080)),
    "scales": _numbers("ContainerServiceScale"),
    "protocols": _every_value("ContainerServiceProtocol"),
    "powers": _every_value("ContainerServicePowerName"),
    **_COLLECTIONS,
    "private_registry_access": _access,
    "public_endpoints": _public_endpoints,
    "deployments": _deployments,
}
"""The corners of each function of valid values, which take its arguments."""
