"""Fixed lists of valid and invalid edge cases."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from copy import deepcopy
from string import ascii_lowercase, digits
from typing import Any, NamedTuple

from hypothesis import strategies as st

from ..exceptions import ConfigurationError
from ..model.rule import Kind
from .mutations import HEX, Part, of_size, part_at, table
from .shapes import FITS, GREATEST, ORIGINS, request_shapes
from .values import PLACES, Invalid, chosen_cases

_Values = Iterable[tuple[str, Any]]
"""``(description, value)`` pairs."""


class Corner(NamedTuple):
    """A valid edge case.

    Attributes:
        words: a description of the edge case, such as ``the longest``.
        value: a value that the service accepts.
        needs_account: whether the account must be prepared for the value. A stored image must be
            registered, and the service needs access to the repository of a private image.
    """

    words: str
    value: Any
    needs_account: bool = False


class Corners(NamedTuple):
    """The edge cases for one kind of value.

    Attributes:
        valid: values that the service accepts.
        invalid: values that break a rule, grouped by rule and ``way``. Each group starts with the
            value closest to a valid value.
    """

    valid: tuple[Corner, ...]
    invalid: tuple[Invalid, ...]


def corners(strategy: st.SearchStrategy[Any]) -> Corners:
    """Return the edge cases for one of this package's strategies, such as ``image_references()``.

    The strategy's arguments restrict its valid edge cases. A strategy such as ``scales()`` has
    valid and invalid edge cases, while ``invalid_scales()`` has only invalid edge cases.

    Args:
        strategy: a strategy from this package. There are no edge cases for ``requests()``,
            ``scenarios()``, or the result of a strategy's ``map`` or ``filter`` method.

    Raises:
        ConfigurationError: ``strategy`` has no edge cases.

    >>> from pytest_lightsail.strategies import invalid_scales, scales
    >>> [corner.value for corner in corners(scales()).valid]
    [1, 2, 20, 19, 10]
    >>> found = corners(invalid_scales(rules={"scale.range"})).invalid
    >>> [(case.way, case.value) for case in found][:2]
    [('one above the maximum', 21), ('one below the minimum', 0)]
    """
    found = edge_cases(strategy)
    if not any(found):
        raise ConfigurationError(
            f"corners: expected an unchanged strategy from one of the functions "
            f"{', '.join(PLACES)} or their invalid_… counterparts, not {strategy!r}"
        )
    return found


def edge_cases(strategy: st.SearchStrategy[Any]) -> Corners:
    """Return the edge cases for a strategy, or ``Corners((), ())`` if there are none."""
    # Copy each value, because the code under test may modify it.
    function, arguments = ORIGINS.get(strategy, ("", {}))
    name = function.removeprefix("invalid_")
    if name not in PLACES:
        return Corners((), ())
    if name != function:
        return Corners((), tuple(map(deepcopy, chosen_cases(PLACES[name], **arguments))))
    make = _images if name == "image_references" else _edges
    valid: dict[str, Corner] = {}
    for words, value in make(name, *arguments.values()):
        private = words.startswith(("ecr", "stored"))
        valid.setdefault(repr(value), Corner(words, deepcopy(value), private))
    invalid = chosen_cases(PLACES[name])
    if name == "ports":  # `ports()` draws integers, so omit invalid strings
        invalid = [case for case in invalid if isinstance(case.value, int)]
    return Corners(tuple(valid.values()), tuple(map(deepcopy, invalid)))


# --- valid values, the simplest first ----------------------------------------------------------------


def _edges(name: str, low: int | None = None, high: int | None = None) -> _Values:
    whole = part_at(PLACES[name])
    fits: Callable[[Any], Any] = FITS.get(whole.shape.name, lambda value: value)
    if name == "ports":
        fits = int
    for part in whole.parts():
        steps = [step.strip("[]") for step in part.steps[len(whole.steps) :]]
        for words, edge in _of_part(part):
            value = fits(whole.put(part, edge))
            size = value if isinstance(value, int) else len(value)
            if (low or 0) <= size <= (high or GREATEST):
                yield ": ".join(filter(None, (*steps, words))), value


def _of_part(part: Part) -> _Values:
    """Yield the edge cases for one part of a request, excluding its members and elements."""
    shape, limits = part.shape, request_shapes().limits(part.target, part.shape.name)
    examples = _EXAMPLES.get(shape.name, ())
    if limits.values:
        yield from ((value, value) for value in limits.values)
    elif shape.type == "boolean":
        yield from (("true", True), ("false", False))
    elif shape.type == "structure":
        yield ", ".join(part.least) or "no members", part.least
        yield from ((words, {**part.least, **members}) for words, members in examples)
    elif shape.type in {"list", "map"}:
        for words, size in _numbers(*limits.bounds(Kind.COUNT)):
            yield f"size: {words}", of_size(part.plain, size)
        yield from examples
    elif any(rule.kind is Kind.RANGE for rule in limits.rules):
        for words, number in _numbers(*limits.bounds(Kind.RANGE)):
            yield words, str(number) if shape.type == "string" else number
    else:
        low, high = limits.bounds(Kind.LENGTH)
        texts = _TEXTS.get(part.target) or _TEXTS.get(shape.name) or "a string: x"
        yield from _lines(texts, low, high or 0)


def _numbers(low: int, high: int | None) -> _Values:
    """Yield the edge cases for a number or size between ``low`` and ``high``."""
    yield from (("the minimum", low), ("one above the minimum", low + 1))
    if high is not None:
        yield from (("the maximum", high), ("one below the maximum", high - 1))
        yield "in the middle", (low + high) // 2


def _lines(text: str, low: int = 0, high: int = 0, /, **parts: str) -> Iterator[tuple[str, str]]:
    """Yield the strings in a table, each with a description.

    If a line contains several strings, each string's description ends with that string.
    """
    sized = {
        "a": "a" * low,
        "seven": "7" * low,
        "longest": f"a{'b' * (high - 2)}c",
        "long": "a" * (high - 1),
        "hyphens": f"a{'-b' * (high // 2)}c"[: high - 1] + "d",
        "letters": ascii_lowercase,
        "digits": digits,
        "digest": f"sha256:{HEX}",
        "of_128": "a" * 128,
        "of_255": "a" * 255,
        "newline": "\n",
    }
    for words, texts in table(text, **sized, **parts).items():
        for one in texts:
            yield (words if len(texts) == 1 else f"{words}, {one}"), one


def _images(_: str, kinds: Collection[str], service: str | None) -> _Values:
    """Yield image references of the given kinds. Each description starts with the kind of image."""
    host, stored = "123456789012.dkr.ecr.us-east-1.amazonaws.com", f":{service or 'shop'}.web"
    for words, image in _lines(_PUBLIC_IMAGES + _OTHER_IMAGES, host=host, stored=stored):
        if words.split()[0] in kinds:
            yield words, image


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
_PUBLIC_IMAGES = """
    public without a tag: nginx
    public with a tag: nginx:latest  nginx:1.25.3  httpd:2.4-alpine  web:RELEASE  web:9
    public with special characters in the tag: web:_1  web:a_b.c-d
    public with a tag that ends with special characters: web:1.-_
    public with the longest tag: web:{of_128}
    public with a digest: nginx@{digest}
    public with a tag and a digest: nginx:1.25@{digest}
    public with a sha512 digest: nginx@sha512:{hex}{hex}
    public with a sha384 digest: nginx@sha384:{hex}{hex:.32}
    public with a name: a  2048  node.js  my_app  my__app  my-app  my---app  a.b_c__d-e--f:1
    public with every letter and digit: {letters}{digits}
    public with the longest name: {of_255}
    docker-hub with a namespace: amazon/amazon-lightsail  amazon/amazon-lightsail:hello-world  a/b
    docker-hub with a namespace and a digest: grafana/grafana@{digest}
    public-ecr with two components: public.ecr.aws/nginx/nginx:1.25
    public-ecr with three components: public.ecr.aws/docker/library/nginx:latest
    public-ecr with a digest: public.ecr.aws/docker/library/nginx@{digest}
    registry with a host: docker.io/library/nginx:1.25  ghcr.io/acme/web:v1
    registry with a longer name: quay.io/prometheus/node-exporter:v1.8.0
    registry with a digest: ghcr.io/acme/team/web:v1@{digest}
    registry with a port: registry.example.com:5000/web:1  registry.example.com:5000/team/web
    registry with localhost: localhost/web:1
    registry with localhost and a port: localhost:5000/web
    registry with an IPv4 address: 192.0.2.1:5000/web:1
    registry with an IPv6 address: [2001:db8::1]:5000/web:1
    registry with a host in upper case: Registry.Example.com/web:1
    registry with a hyphen in the host: my-registry.example.com/web
    registry with four components: gcr.io/a/b/c/d:1
"""
_OTHER_IMAGES = """
    ecr without a tag: {host}/web
    ecr with a tag: {host}/web:1
    ecr with a nested repository: {host}/team/backend/api:1.2
    ecr with a digest: {host}/web@{digest}
    stored with the first version: {stored}.1
    stored with the latest version: {stored}.latest
    stored with a multi-digit version: {stored}.1024
"""
_TEXTS: Mapping[str, str] = {
    "Container.image": _PUBLIC_IMAGES,
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
    "Environment[key]": """
        upper case: LOG_LEVEL
        lower case: log_level
    """,
    "Environment[value]": """
        a word: info
        empty: {nothing}
        spaces and special characters: postgres://u:p@db:5432/x?a=b c
        a newline: a{newline}b
        quotes: it's "quoted"
        non-ASCII letters: grüß 日本
    """,
    "StringList[]": """
        a word: serve
        empty: {nothing}
        spaces and special characters: sh -c 'exit $?'
    """,
}
"""Tables of valid strings, keyed by the name of a shape, or by a place such as ``StringList[]``.
``_lines`` replaces placeholders such as ``{longest}``."""
_EXAMPLES: Mapping[str, tuple[tuple[str, Any], ...]] = {
    "TagList": (
        ("a key without a value", [{"key": "team"}]),
        ("keys that differ only in case", [{"key": "a"}, {"key": "A"}]),
    ),
    "ContainerServiceHealthCheckConfig": (
        ("the maximum timeout and interval", {"timeoutSeconds": 60, "intervalSeconds": 300}),
        ("a timeout as long as the interval", {"timeoutSeconds": 10, "intervalSeconds": 10}),
        ("a timeout that exceeds the interval", {"timeoutSeconds": 60, "intervalSeconds": 5}),
        ("a path and codes", {"path": "/health", "successCodes": "200-299"}),
    ),
}
"""Additional edge cases for lists and structures, keyed by shape."""
