"""Edge cases: valid and invalid values. The lists are the same in every run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from string import ascii_lowercase, digits
from typing import Any, NamedTuple

from hypothesis import strategies as st

from ..exceptions import ConfigurationError
from ..model.rule import Kind
from ..model.service import EACH, KEY, VALUE, Shape
from .invalid import PLACES, Invalid, chosen_cases, shape_of
from .mutations import HEX, of_size, table
from .shapes import FITS, GREATEST, Limits, origin_of, request_shapes
from .special import HOME, IMAGE_KINDS, PUBLIC_KINDS

_Values = Iterable[tuple[str, Any]]
"""Pairs of a description and a value."""


@dataclass(frozen=True)
class Corner:
    """A valid edge case.

    Attributes:
        words: a description of the edge case, such as ``the longest``.
        value: the value.
        needs_account: whether the value names something that must exist in the account: a stored
            image, a certificate, or a private repository that the service may read.
    """

    words: str
    value: Any
    needs_account: bool = False


class Corners(NamedTuple):
    """The edge cases of one kind of value.

    Attributes:
        valid: values that the service accepts.
        invalid: values for each rule and each ``way`` to break it, starting with the values that
            are closest to a valid one.
    """

    valid: tuple[Corner, ...]
    invalid: tuple[Invalid, ...]


def corners(strategy: st.SearchStrategy[Any]) -> Corners:
    """Return the edge cases of one of this package's strategies, such as ``image_references()``.

    The strategy's arguments also restrict its valid edge cases. For example, ``scales()`` has the
    same invalid values as ``invalid_scales()``. An ``invalid_…`` strategy has no valid values.

    Args:
        strategy: a strategy from this package for one kind of value, without ``map`` or ``filter``.
            ``requests()`` and ``scenarios()`` have no edge cases.

    Raises:
        ConfigurationError: ``strategy`` has no edge cases.

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
            f"corners: expected an unchanged strategy from one of the functions {known} or their "
            f"invalid_… counterparts, not {strategy!r}"
        )
    return found


def corners_or_none(strategy: st.SearchStrategy[Any]) -> Corners | None:
    """Return ``corners(strategy)``, or ``None`` if that raises ``ConfigurationError``."""
    name, arguments = origin_of(strategy) or ("", {})
    if name in PLACES:
        return Corners((), tuple(map(deepcopy, chosen_cases(PLACES[name], **arguments))))
    if f"invalid_{name}" not in PLACES:
        return None
    valid: dict[str, Corner] = {}
    for words, value in _valid(name, arguments):
        private = name == "image_references" and words.startswith(("ecr", "stored"))
        needs_account = private or (name == "public_domain_names" and value != {})
        valid.setdefault(repr(value), Corner(words, value, needs_account))
    invalid = chosen_cases(PLACES[f"invalid_{name}"])
    if name == "ports":  # `ports()` draws numbers, so a string would break another rule
        invalid = [case for case in invalid if isinstance(case.value, int)]
    # Return copies, because a caller may modify its arguments.
    return Corners(tuple(valid.values()), tuple(map(deepcopy, invalid)))


# --- valid values, the simplest first ----------------------------------------------------------------


def _valid(name: str, arguments: Mapping[str, Any]) -> _Values:
    """Return the valid edge cases that the function's arguments allow."""
    if name == "image_references":
        return _images(**arguments)
    found = _edges(*shape_of(name))
    if name == "ports":
        found = ((words, int(port)) for words, port in found)
    if arguments.get("active") is not None:
        role = {"ecrImagePullerRole": {"isActive": arguments["active"]}}
        return ((words, access) for words, access in found if access == role)
    low = arguments.get("min_size") or arguments.get("min_value") or 0
    return _within(low, arguments.get("max_size") or arguments.get("max_value"), found)


def _within(low: int, high: int | None, found: _Values) -> _Values:
    """Return the values that lie, or whose lengths lie, between the bounds."""
    for words, value in found:
        if low <= (value if isinstance(value, int) else len(value)) <= (high or GREATEST):
            yield words, value


def _edges(name: str, target: str = "") -> _Values:
    """Return the edge cases of a shape at a target."""
    shape = request_shapes().model.shapes[name]
    if shape.type == "structure":
        fits = FITS.get(name, lambda value: value)
        return ((words, fits(value)) for words, value in _of_structure(shape))
    limits = request_shapes().limits(name, target)
    if shape.type in {"list", "map"}:
        low, high = limits.bounds(Kind.COUNT)
        return _within(low, high, (*_EXAMPLES.get(name, ()), *_of_collection(shape, low, high)))
    if shape.type == "boolean":
        return (("true", True), ("false", False))
    if any(rule.kind is Kind.RANGE for rule in limits.rules):
        low, high = limits.bounds(Kind.RANGE)
        write = str if shape.type == "string" else int
        return ((words, write(number)) for words, number in _numbers(low, high, target))
    return _of_text(name, target, limits)


def _of_text(name: str, target: str, limits: Limits) -> _Values:
    if limits.values:
        return ((value, value) for value in limits.values)
    if target == "Container.image":
        return _images(PUBLIC_KINDS)
    texts = _TEXTS.get(target) or _TEXTS.get(name) or "a string: x"
    low, high = limits.bounds(Kind.LENGTH)
    return _within(low, high, _lines(texts, low, high or 0))


def _plain(name: str, target: str) -> Any:
    """Return the simplest value of a shape at a target."""
    return next(iter(_edges(name, target)))[1]


def _of_structure(shape: Shape) -> Iterator[tuple[str, Any]]:
    """Yield a structure with only the required members, then variants with one edge case each."""
    plain = {
        name: _plain(shape.members[name], f"{shape.name}.{name}")
        for name in request_shapes().required(shape)
    }
    yield ", ".join(sorted(plain)) or "no members", plain
    yield from ((words, {**plain, **value}) for words, value in _EXAMPLES.get(shape.name, ()))
    for name, member in shape.members.items():
        for words, value in _edges(member, f"{shape.name}.{name}"):
            yield f"{name}: {words}", {**plain, name: value}


def _of_collection(shape: Shape, low: int, high: int | None) -> Iterator[tuple[str, Any]]:
    """Yield collections whose only element is an edge case, then collections of extreme sizes."""
    part = EACH if shape.type == "list" else VALUE
    inner, at = shape.parts[part], f"{shape.name}{part}"
    plain = _plain(inner, at)
    key = _plain(shape.parts[KEY], f"{shape.name}{KEY}") if part == VALUE else ""
    one: Any = {key: plain} if part == VALUE else [plain]
    yield "no elements", of_size(one, 0)
    for words, value in _edges(inner, at):
        yield (words, [value]) if part == EACH else (f"value: {words}", {key: value})
    if part == VALUE:
        for words, name in _edges(shape.parts[KEY], f"{shape.name}{KEY}"):
            yield f"key: {words}", {name: plain}
    yield "the minimum size", of_size(one, low)
    if high is None:
        yield "several elements", of_size(one, low + 3)
    else:
        yield "the maximum size", of_size(one, high)
        yield "one below the maximum", of_size(one, high - 1)


def _numbers(low: int, high: int | None, target: str) -> _Values:
    if high is None:
        return (("the minimum", low), ("one above the minimum", low + 1))
    found = {
        "the minimum": low,
        "the maximum": high,
        "one above the minimum": low + 1,
        "one below the maximum": high - 1,
        **{f"the common port {port}": port for port in (80, 443, 8080) if "port" in target.lower()},
        "in the middle": (low + high) // 2,
    }
    return _within(low, high, found.items())


def _lines(text: str, low: int = 0, high: int = 0, /, **parts: str) -> Iterator[tuple[str, str]]:
    """Yield the strings of a table, with their descriptions.

    If a line has several strings, each description ends with the string that it describes.
    """
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
) -> Iterator[tuple[str, str]]:
    """Yield image references. Each description begins with the kind of reference."""
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

_NAMES = """
    letters and a hyphen: my-app
    the shortest: {a}  {seven}
    one character longer: {a}b
    the longest: {longest}
    one character shorter than the longest: {long}
    the longest with hyphens: {hyphens}
    a digit at the start or end: 1-app  app-2  2024  z9
    several hyphens: my--app  a-b-c-d
    every letter: {letters}
    every digit: v{digits}
    a reserved word: null
"""
_TEXTS: Mapping[str, str] = {
    "ContainerServiceName": _NAMES,
    "ContainerName": _NAMES,
    "ContainerLabel": _NAMES,
    "ContainerServiceHealthCheckConfig.path": """
        the root: /
        a nested path: /api/v1/health
        a path with special characters: /health?full=1&a=b  /~a/%20b.c_d-e:f@g  //health/
    """,
    "ContainerServiceHealthCheckConfig.successCodes": """
        the whole range: 200-499
        the minimum and the maximum: 200  499
        a single code: 301
        a class: 200-299  400-499
        codes and ranges: 200,202  200,301-302  200-204,300-399
        several codes in no particular order: 404,200,301
        a range of one code: 200-200
        many codes: 200,201,202,203,204,205,206,207,208,209,210,211,212,213,214,215,216,217,218,219
    """,
    "TagKey": """
        a word: team
        the shortest: k
        the longest: {longest}
        every special character: a+b-c=d.e_f:g/h@i j
        upper case and digits: Team9
        non-ASCII letters: größe
        the reserved prefix in the middle: my-aws:x
    """,
    "TagValue": """
        a word: web
        empty: {nothing}
        the longest: {longest}
        every special character: +-=._:/@ z
        upper case and digits: A0
        non-ASCII letters: 日本
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
        empty: {nothing}
        spaces and special characters: postgres://u:p@db:5432/x?a=b c
        non-ASCII letters: grüß 日本
    """,
    "StringList[]": """
        a word: serve
        empty: {nothing}
        spaces and special characters: sh -c 'exit $?'
    """,
}
"""Edge cases of strings, by target or shape. The values of placeholders such as ``{longest}``
depend on the bounds."""
_IMAGES: Mapping[str, str] = {
    "public": """
        no tag: nginx
        a tag: nginx:latest  nginx:1.25.3  httpd:2.4-alpine  web:RELEASE  web:_1  web:a_b.c-d  web:9
        a tag that ends with special characters: web:1.-_
        the longest tag: web:{tag}
        a digest: nginx@{digest}
        a tag and a digest: nginx:1.25@{digest}
        a sha512 digest: nginx@sha512:{hex}{hex}
        a sha384 digest: nginx@sha384:{hex}{hex:.32}
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
        a version with several digits: {stored}.1024
    """,
}
_EXAMPLES: Mapping[str, tuple[tuple[str, Any], ...]] = {
    "TagList": (
        ("a key without a value", [{"key": "team"}]),
        ("keys that differ only in case", [{"key": "a"}, {"key": "A"}]),
    ),
    "ContainerServicePublicDomains": (
        ("a certificate without names", {"cert": []}),
        ("the maximum number of names", {"cert": [f"{name}.example.com" for name in "abcd"]}),
    ),
    "ContainerServiceHealthCheckConfig": (
        ("the maximum timeout and interval", {"timeoutSeconds": 60, "intervalSeconds": 300}),
        ("a timeout as long as the interval", {"timeoutSeconds": 10, "intervalSeconds": 10}),
        ("a timeout that exceeds the interval", {"timeoutSeconds": 60, "intervalSeconds": 5}),
        ("a path and codes", {"path": "/health", "successCodes": "200-299"}),
    ),
    "Environment": (("a newline in a value", {"MOTD": "a\nb"}),),
}
"""Edge cases of collections, and of optional members of structures, by shape."""
