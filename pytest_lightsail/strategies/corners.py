"""The corners of what is valid and of what is not, listed instead of drawn: the same in every run."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from string import ascii_lowercase, digits
from typing import Any, NamedTuple

from hypothesis import strategies as st

from ..exceptions import ConfigurationError
from ..model.catalogue import ecr_region
from ..model.rule import Kind
from ..model.service import EACH, KEY, VALUE, Shape
from .invalid import PLACES, Invalid, every_way, selected
from .mutations import HEX, table
from .shapes import Limits, origin_of, walk
from .special import FITS, HOME, IMAGE_KINDS, PUBLIC_KINDS, request_root, request_shapes
from .values import is_patient, sizes_of

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
        invalid: values that are not accepted, for each ``way`` of breaking each ``rule``. The value
            nearest to a valid one comes first in each way, and these come before all others.
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

    >>> from pytest_lightsail.strategies import invalid_scales, scales
    >>> [corner.value for corner in corners(scales()).valid]
    [1, 20, 2, 19, 10]
    >>> found = corners(invalid_scales(rules={"scale.range"})).invalid
    >>> [(case.way, case.value) for case in found][:2]
    [('one above the maximum', 21), ('one below the minimum', 0)]
    """
    found = corners_or_none(strategy)
    if found is None:
        known = ", ".join(sorted(name.removeprefix("invalid_") for name in PLACES))
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
    if f"invalid_{name}" not in PLACES:
        return None
    valid: dict[str, Corner] = {}
    for words, value in _valid(name, arguments):
        valid.setdefault(repr(value), Corner(words, value, _needs_account(name, value)))
    # What is valid as a number is invalid as one.
    numbers = {"as_text": False} if name == "ports" else {}
    return Corners(tuple(valid.values()), _invalid(f"invalid_{name}", numbers))


def _invalid(name: str, arguments: Mapping[str, Any]) -> tuple[Invalid, ...]:
    text = {"as_text": None} if name == "invalid_ports" else {}
    found = every_way(*selected(name, **{**text, **arguments}))
    nearest = sorted(found, key=lambda one: one[0])
    return tuple({(case.rule, repr(case.value)): case for _, case in reversed(nearest)}.values())[
        ::-1
    ]


def _needs_account(name: str, value: Any) -> bool:
    if name == "public_domain_names":
        return bool(value)
    if name == "image_references":
        return value.startswith(":") or ecr_region(value) is not None
    images = value.values() if name == "containers" else ()
    return any(_needs_account("image_references", one["image"]) for one in images)


# --- valid values, the plainest first ----------------------------------------------------------------


@lru_cache(maxsize=64)
def _place(name: str) -> tuple[str, str]:
    """Return the names of the shape and the target of the values that ``invalid_{name}`` draws."""
    operation, *steps = PLACES[f"invalid_{name}"].split(".")
    every = walk(request_shapes().model, request_root(operation))
    return next((shape.name, target) for way, target, shape in every if way == tuple(steps))


def _valid(name: str, arguments: Mapping[str, Any]) -> _Values:
    """Yield the valid corners of a function's values that its arguments allow."""
    if name == "image_references":
        yield from _images(**arguments)
    elif not any(isinstance(one, st.SearchStrategy) for one in arguments.values()):
        low, high = (arguments.get(f"{end}_size", arguments.get(f"{end}_value")) for end in _ENDS)
        for words, value in _edges(*_place(name), (low, high)):
            active = value.get("ecrImagePullerRole") if "active" in arguments else None
            if arguments.get("timeout_below_interval") and not is_patient(value):
                continue
            if active is None or active["isActive"] == arguments["active"]:
                yield words, int(value) if name == "ports" else value


_ENDS = ("min", "max")
_Asked = tuple[int | None, int | None]


def _edges(name: str, target: str = "", asked: _Asked = (None, None)) -> _Values:
    """Yield the edges of a shape at a target, within bounds that are asked for."""
    shape = request_shapes().model.shapes[name]
    limits = Limits(request_shapes().rules_at(name, target))
    fits = FITS.get(name, lambda value: value)
    if limits.values:
        yield from ((value, value) for value in limits.values)
    elif shape.type == "structure":
        yield from ((words, fits(value)) for words, value in _of_structure(shape))
    elif shape.type in {"list", "map"}:
        low, high = sizes_of(name, Kind.COUNT, asked)
        collections = (*_rows(name), *_of_collection(shape, low, high))
        yield from ((words, one) for words, one in collections if low <= len(one) <= high)
    elif shape.type == "boolean":
        yield from (("true", True), ("false", False))
    elif any(rule.kind is Kind.RANGE for rule in limits.rules):
        numbers = _numbers(*sizes_of(name, Kind.RANGE, asked, target=target), target)
        yield from ((words, str(one) if shape.type == "string" else one) for words, one in numbers)
    else:
        texts = _TEXTS.get(target) or _TEXTS.get(name) or "a text: x"
        if target == "Container.image":
            yield from _images(PUBLIC_KINDS)
        elif limits.bounds(Kind.LENGTH)[1] is None:
            yield from _lines(texts)
        else:
            low, high = sizes_of(name, Kind.LENGTH, asked, target=target)
            every = _lines(texts, low, high)
            yield from ((words, one) for words, one in every if low <= len(one) <= high)


def _plain(name: str, target: str) -> Any:
    """Return a value that nothing is special about."""
    return next(value for _, value in _edges(name, target))


def _of_structure(shape: Shape) -> _Values:
    """Yield a structure with what is required, and with one more member, or another value of one."""
    plain = {
        name: _PLAIN.get(name) or _plain(shape.members[name].shape, f"{shape.name}.{name}")
        for name in request_shapes().required(shape)
    }
    yield ", ".join(sorted(plain)) or "nothing", plain
    yield from ((words, {**plain, **value}) for words, value in _rows(shape.name))
    for name, member in shape.members.items():
        for words, value in _edges(member.shape, f"{shape.name}.{name}"):
            yield f"{name}: {words}", {**plain, name: value}


def _of_collection(shape: Shape, low: int, high: int) -> _Values:
    """Yield a list or map with one element at an edge, and the fewest and the most elements."""
    part = EACH if shape.type == "list" else VALUE
    inner, at = shape.item or shape.value or "", f"{shape.name}{part}"
    plain = _PLAIN.get(at) or _plain(inner, at)
    key = _PLAIN.get(shape.name, "k")

    def of_size(size: int) -> Any:
        if part == VALUE:
            return {f"{key}{number or ''}": plain for number in range(size)}
        if isinstance(plain, dict):  # tags, whose keys differ
            return [{**plain, "key": f"{key}{number}"} for number in range(size)]
        return [plain] * size

    yield "none", of_size(0)
    for words, value in _edges(inner, at):
        yield (words, [value]) if part == EACH else (f"value: {words}", {key: value})
    if part == VALUE:
        for words, name in _edges(shape.key or "", f"{shape.name}{KEY}"):
            yield f"key: {words}", {name: plain}
    sizes = {"the fewest": low, "the most": high, "one below the most": high - 1}
    yield from ((words, of_size(size)) for words, size in sizes.items())


def _numbers(low: int, high: int, target: str) -> Iterator[tuple[str, int]]:
    yield "the least", low
    yield "the greatest", high
    if low < high:
        yield "one above the least", low + 1
        yield "one below the greatest", high - 1
    usual = (80, 443, 8080) if "ort" in target else ()
    for value in (*usual, (low + high) // 2):
        if low <= value <= high:
            yield f"the usual {value}" if value in usual else "in the middle", value


def _rows(name: str) -> _Values:
    """Yield the rows of JSON for a shape: words, a colon and a value."""
    for line in _JSON.get(name, "").strip().splitlines():
        words, _, text = line.strip().partition(": ")
        yield words, json.loads(text)


def _lines(text: str, low: int = 0, high: int = 0, /, **parts: str) -> _Values:
    """Yield the texts of a table; where a line has several, its words and the text."""
    sized = {
        "a": "a" * low,
        "seven": "7" * low,
        "longest": f"a{'b' * (high - 2)}c",
        "long": "a" * (high - 1),
        "hyphens": f"a{'-b' * (high // 2)}c"[: high - 1] + "d",
        "letters": ascii_lowercase,
        "digits": digits,
    }
    for words, texts in table(text, **sized, **parts):
        for one in texts:
            yield (words if len(texts) == 1 else f"{words}, {one}"), one


def _images(
    kinds: Iterable[str] = IMAGE_KINDS,
    service: str | None = None,
    label: str | None = None,
    region: str = HOME,
) -> _Values:
    """Yield references to images, with their kind in the words."""
    parts = {
        "host": f"123456789012.dkr.ecr.{region}.amazonaws.com",
        "stored": f":{service or 'shop'}.{label or 'web'}",
        "digest": f"sha256:{HEX}",
        "tag": "t" * 128,
        "of_255": "a" * 255,
    }
    for kind in _IMAGES:
        if kind in kinds:
            yield from ((f"{kind}: {words}", one) for words, one in _lines(_IMAGES[kind], **parts))


# --- tables ------------------------------------------------------------------------------------------

_PLAIN: Mapping[str, Any] = {
    "containerName": "web",
    "containerPort": 80,
    "ContainerMap": "web",
    "PortMap": "80",
    "ContainerServicePublicDomains": "cert",
    "ContainerServicePublicDomains[value]": ["www.example.com"],
    "ContainerMap[value]": {"image": "nginx:1.25"},
}
"""Plain values of members, elements and, by their map, keys."""

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
_TEXTS: Mapping[str, str] = {
    "ContainerServiceName": _NAMES,
    "ContainerName": _NAMES,
    "ContainerLabel": _NAMES,
    "ContainerServiceHealthCheckConfig.path": """
        the root: /
        a nested path: /api/v1/health
        a path with signs: /health?full=1&a=b  /~a/%20b.c_d-e:f@g  //health/
    """,
    "ContainerServiceHealthCheckConfig.successCodes": """
        the whole range: 200-499
        an end of the range: 200  499
        a code: 301
        a class: 200-299  400-499
        codes and ranges: 200,202  200,301-302  200-204,300-399
        several codes, not in order: 404,200,301
        a range of one code: 200-200
        many codes: 200,201,202,203,204,205,206,207,208,209,210,211,212,213,214,215,216,217,218,219
    """,
    "TagKey": """
        a word: team
        the shortest: k
        the longest: {longest}
        every sign: a+b-c=d.e_f:g/h@i j
        upper case and digits: Team9
        letters beyond ASCII: größe
        the reserved prefix inside: my-aws:x
    """,
    "TagValue": """
        a word: web
        nothing: {nothing}
        the longest: {longest}
        every sign: +-=._:/@ z
        upper case and digits: A0
        letters beyond ASCII: 日本
        the reserved prefix: aws:y
    """,
    "ContainerServicePublicDomainsList[]": f"""
        a subdomain: www.example.com
        an apex: example.com
        the longest: {".".join((HEX[:63], HEX[:63], HEX[:63], HEX[:61]))}
    """,
    "Environment[key]": """
        upper case: LOG_LEVEL
        lower case: log_level
    """,
    "Environment[value]": """
        a word: info
        nothing: {nothing}
        blanks and signs: postgres://u:p@db:5432/x?a=b c
        letters beyond ASCII: grüß 日本
    """,
    "StringList[]": """
        a word: serve
        nothing: {nothing}
        blanks and signs: sh -c 'exit $?'
    """,
}
"""Edge cases of texts, by target or shape; ``{longest}`` and the like are made from its bounds."""
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
        the longest name: {of_255}
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
_JSON: Mapping[str, str] = {
    "TagList": """
        a key alone: [{"key": "team"}]
        keys that differ in case: [{"key": "a"}, {"key": "A"}]
    """,
    "ContainerServicePublicDomains": """
        a certificate without names: {"cert": []}
        the most names: {"cert": ["a.example.com", "b.example.com", "c.example.com", "d.example.com"]}
    """,
    "ContainerServiceHealthCheckConfig": """
        the greatest timeout and interval: {"timeoutSeconds": 60, "intervalSeconds": 300}
        a timeout as long as the interval: {"timeoutSeconds": 10, "intervalSeconds": 10}
        a timeout that exceeds the interval: {"timeoutSeconds": 60, "intervalSeconds": 5}
        a path and codes: {"path": "/health", "successCodes": "200-299"}
    """,
    "Environment": """
        a line end in a value: {"MOTD": "a\\\\nb"}
    """,
    "StringList": """
        several words: ["python", "-m", "app"]
    """,
    "PortMap": """
        the least and the greatest port: {"1": "TCP", "65535": "UDP"}
    """,
}
"""Values whose parts belong together, by shape; of a structure its optional members."""
