"""Simple valid requests, and mutations that make one part of a request invalid."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any, NamedTuple

from ..model.catalogue import rule
from ..model.rule import Kind, Rule, show_path
from ..model.service import EACH, KEY, VALUE, Shape
from .shapes import GREATEST, LEAST, request_root, request_shapes

# --- simple requests and their parts ------------------------------------------------------------------

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
"""Simple values for request members."""


class Part(NamedTuple):
    """One part of an operation's request, such as a member or a list element.

    Attributes:
        shape: the shape of the part.
        target: the name by which rules refer to the part, such as ``Container.image``.
        steps: the path from the request to the part, with one step for each level.
        plain: a simple value for the part.
    """

    shape: Shape
    target: str
    steps: tuple[str, ...]
    plain: Any

    @property
    def least(self) -> Any:
        """The simple value, reduced to the required members if the part is a structure."""
        if self.shape.type != "structure":
            return self.plain
        required = request_shapes().required(self.shape)
        return {name: self.plain[name] for name in required if name in self.plain}

    def at(self, step: str) -> Part:
        """Return the nested part for ``step``: a member, key, value or element."""
        if self.shape.type == "map":
            plain = next(iter(self.plain if step == KEY else self.plain.values()))
        else:
            plain = self.plain[0 if step == EACH else step]
        shape = request_shapes().model.shapes[self.shape.parts[step]]
        return Part(shape, show_path((self.shape.name, step)), (*self.steps, step), plain)

    def parts(self) -> Iterator[Part]:
        """Yield this part and all parts nested in it."""
        yield self
        for step in self.shape.parts:
            # Skip members added by newer botocore releases: ``PLAIN`` has no values for them.
            if self.shape.type != "structure" or step in self.plain:
                yield from self.at(step).parts()

    def put(self, part: Part, new: Any) -> Any:
        """Return a simple value for this part, with ``new`` as the value of the nested ``part``.

        Each list or map that contains ``part`` has one element. Each structure that contains
        ``part`` has only its required members and the member in which ``part`` is nested.
        """
        if part.steps == self.steps:
            return new
        step = part.steps[len(self.steps)]
        value = self.at(step).put(part, new)
        if step == KEY:
            return {value: self.at(VALUE).plain}
        if step == VALUE:
            return {self.at(KEY).plain: value}
        return [value] if step == EACH else {**self.least, step: value}


def part_at(place: str) -> Part:
    """Return the part of a request at a place, such as ``CreateContainerService.power``.

    A place consists of an operation and the path to a part of its request, separated by dots.
    """
    operation, *steps = place.split(".")
    part = Part(request_shapes().model.shapes[request_root(operation)], "", (), PLAIN)
    for step in steps:
        part = part.at(step)
    return part


_Ways = Mapping[str, Sequence[Any]]
"""Lists of invalid values, keyed by description, with the simplest mutation first.

Each list starts with the value closest to a valid value. A list may include values that satisfy the
rule or break a second rule, because ``cases`` skips these values.
"""

# --- mutations of strings ----------------------------------------------------------------------------

HEX = "0123456789abcdef" * 4
_EACH = {
    "sign": "_-.!\"#$%&'()*+,/:;<=>?@[\\]^`{|}~",
    "blank": " \n\t\r\x00\x7f\u00a0\u2028\u200b\ufeff",
    # These characters look like ASCII characters, and most satisfy str.isalpha() or str.isdigit().
    "like": "\u0430\u0435\u043e\u0261\uff41\u00e9\u0131\u017f\u212a\u0661\uff11\u00b2\u2010\u3002",
}
_ONCE = {"hex": HEX, "HEX": HEX.upper(), "long": "a" * 255, "nothing": ""}


def table(text: str, /, **parts: str) -> dict[str, list[str]]:
    """Return the strings in a table, keyed by description.

    Each line consists of a description, a colon, and strings separated by two spaces. ``_EACH``
    lists the characters for ``{sign}``, ``{blank}`` and ``{like}``: a string with one of them is
    returned once for each character. ``parts`` and ``_ONCE`` define all other placeholders.
    """
    found: dict[str, list[str]] = {}
    for line in filter(str.strip, text.splitlines()):
        words, _, texts = line.strip().partition(": ")
        found[words] = []
        for one in texts.split("  "):
            name = next((name for name in _EACH if f"{{{name}}}" in one), "")
            found[words] += [
                one.format(**{**_ONCE, **parts, name: each}) for each in _EACH.get(name, " ")
            ]
    return found


def _parts(text: str, entry: Rule) -> dict[str, str]:
    """Return values for a table's placeholders, such as variants of a valid string."""
    middle = (len(text) + 1) // 2
    low, high = entry.minimum or 0, entry.maximum or 0
    return {
        "text": text,
        "head": text[:middle],
        "tail": text[middle:] or "a",
        "rest": text[1:],
        "init": text[:-1],
        "last": text[-1:].upper(),
        "upper": text.upper(),
        "title": text.capitalize(),
        "swapped": text.swapcase(),
        "low": str(low),
        "high": str(high),
        "below": str(low - 1),
        "above": str(high + 1),
    }


_NAMES = """
    upper case: {upper}  {title}  {init}{last}
    a special character in the middle: {head}{sign}{tail}
    a special character at the start: {sign}{text}
    a special character at the end: {text}{sign}
    white space or a control character: {text}{blank}  {blank}{text}  {head}{blank}{tail}
    a look-alike character: {head}{like}{tail}  {like}{text}
    a reserved prefix: aws:{text}  AWS:{text}  aWs:{text}
    one character too few: {rest}  {init}
    empty: {nothing}
"""
_WORDS = """
    different capitalization: {swapped}  {title}
    white space: {text}{blank}  {blank}{text}
    one letter too many: {text}x  x{text}
    one letter too few: {rest}  {init}
    another word: unknown  none  *  {text},{text}  {like}{rest}
    empty: {nothing}
"""
_PORTS = """
    a negative number: -{text}
    a leading zero or sign: 0{text}  00{text}  +{text}
    white space: {text}{blank}  {blank}{text}
    a fraction: {text}.0  {text}.5  {text}e0
    not a number: http  a  0x50  8_080
    a protocol or several ports: {text}/tcp  {text}:{text}  {text}-{text}  {text},{text}
    digits of another script: {like}{rest}  8\u0660  \uff18\uff10  8\u00b2
    empty: {nothing}
"""
_CODES = """
    one above the maximum: {above}  {low}-{above}  {text},{above}  {text},400-{above}
    one below the minimum: {below}  {below}-{high}  {text},{below}  {text},{below}-204
    far out of range: 599  100  999  000  {text},503  100-199
    a class of codes: 2xx  2XX  20x  2**  2..  {text},3xx
    an open-ended range: 200-  -200  {text},200-  -
    an empty element: ,{text}  {text},  200,,200  ,
    white space: 200 ,202  200, 202  {text}{blank}  {blank}{text}  200 - {high}
    one digit too many: 0200  2000  {text},0200  200-0{high}
    one digit too few: 20  2  {text},20
    a range with too many parts: 200-{high}-{high}  200--{high}
    another separator: 200 200  200;202  200:299  200|202  200..299
    a sign, a fraction, brackets or quotes: +200  200.0  [200]  "200"  !200
    a word: OK  any  200 OK  http  *  null
    a look-alike character: 20\u0660  \uff12\uff10\uff10  200\u2013{high}  2O0  2\u00b20
    empty: {nothing}
"""
_REVERSED = """
    a range that ends one below its start: 201-200  {high}-498  300-299
    a reversed range: 299-200  {high}-{low}  404-302
    a reversed range after other codes: 200,302-301  200,204,299-200  200,300-299,404
    a reversed range before other codes: 299-200,404  202-201,302  302-301,200
"""
_PATHS = """
    no slash at the start: {rest}  ?{rest}  \\{rest}  .{text}  *{text}
    a whole URL: http://localhost{text}  https://example.com{text}
    white space or a control character: {text}{blank}  {blank}{text}  /a{blank}b
    a non-ASCII character: {text}{like}  {like}{text}
    empty: {nothing}
"""
_DOMAINS = """
    a wildcard: *.{text}  *  w*.example.com
    an underscore: _{text}  a_b.example.com
    a label that starts or ends with a hyphen: -{text}  {text}-  www-.example.com
    an empty label: {text}.  .{text}  a..example.com  www.
    a single label: localhost  example
    a label that is too long: {hex}.com  www.{hex}
    a URL or a port: https://{text}  {text}/  {text}:443
    white space: {text}{blank}  {blank}{text}  www .example.com
    a look-alike character: {like}{text}
    several domains: {text},{text}  {text} {text}
    empty: {nothing}
"""
# The Go module github.com/distribution/reference rejects all of these references.
# The strings in the last six lines look like stored images, but the service refuses them.
_IMAGES = """
    an empty tag: nginx:  nginx:@sha256:{hex}
    upper case: NGINX  Nginx  docker.io/Acme/web  library/NGINX  nginX:1  a/B/c
    a slash in the wrong place: nginx/  /nginx  docker.io//nginx  library//nginx  a/b//c  nginx/:1
    a scheme: https://nginx  http://nginx  docker://nginx  oci://nginx
    white space or a control character: nginx{blank}  {blank}nginx  a{blank}b  nginx:1{blank}
    white space before the tag: nginx{blank}:1
    a non-ASCII character: ngin{like}  {like}/web  nginx:1{like}  nginx:{like}  localhost:5{like}/web
    a malformed tag: nginx:{sign}1  nginx:1{sign}2  nginx:1:2  a/b:latest:latest  nginx:-  nginx:.
    too long: nginx:{hex}{hex}1  {long}a  docker.io/{long}b  {long}a:1  {long}{long}
    a digest of the wrong length: nginx@sha256:{hex:.63}  nginx@sha256:{hex}0  nginx@sha512:{hex}
    a digest that is not hexadecimal: nginx@sha256:{hex:.63}g  nginx@sha256:{HEX}
    a digest with a look-alike character: nginx@sha256:{hex:.63}{like}
    a digest with another algorithm: nginx@md5:{hex:.32}  nginx@SHA256:{hex}  nginx@sha1:{hex:.40}
    an incomplete digest: nginx@  nginx@sha256:  nginx@sha256  nginx@{hex}  nginx@latest
    a digest in the wrong place: nginx@sha256:{hex}:1  @sha256:{hex}  nginx@sha256:{hex}@sha256:{hex}
    a separator at one end: {sign}nginx  nginx-  nginx_  nginx.  a/-b  a/_b  a/.b  a-/b  a_/b  nginx-:1
    separators in a row: a..b  a___b  a.-b  a-.b  a_.b  a-_b  a__-b  a/b..c:1
    a special character in a name: web{sign}db  acme/web{sign}db:1
    a malformed port: localhost:port/web  localhost:50a/web  ghcr.io:-1/a/web  localhost:/web
    a malformed host: -a.com:5000/web  a-.com:80/web  a..com:80/web  a_b.com:80/web  [::1/web  [::g]/web
    a file path: ./nginx  ../nginx  a/./b  ~/nginx  C:\\nginx  nginx/..
    empty: {nothing}
    a malformed version: :shop.web.LATEST  :shop.web.0  :shop.web.01  :shop.web.v1  :shop.web.1{blank}
    a malformed label: :shop.-web.1  :shop.web-.1  :shop.we_b.1  :shop.WEB.1
    too few or too many parts: :shop.web  :shop  :  :shop.web.  :.web.1  :shop.web.1.2
    a colon at the start: :nginx:latest  :nginx  :nginx/web.1  ::shop.web.1
    a stored image of another service: :shop2.web.1  :shop2.web.latest  :shop2.web.27
    a stored image of a service with a longer name: :shop-web.web.1  :shop-web.web.latest
"""


# --- mutations for kinds of rules -----------------------------------------------------------------

_BY_TYPE: _Ways = {
    "a string": ("1", "", "true", "yesterday"),
    "a number": (0, 1, 1.5),
    "true": (True,),
    "a list": ([],),
    "an object": ({},),
}
"""Sample values, keyed by JSON type."""


def _other_types(_: Any, __: Rule, shape: Shape) -> _Ways:
    if shape.type != "timestamp":
        return _BY_TYPE
    # botocore accepts numbers, booleans and some strings as timestamps.
    return {"a string": ("yesterday",), "a list": ([],), "an object": ({},)}


def _unknown_members(value: Any, _: Rule, shape: Shape) -> _Ways:
    names = {name[:1].upper() + name[1:] for name in shape.members} - shape.members.keys()
    return {
        "an unknown member": [{**value, "unknownMember": ""}],
        "a member whose name differs in case": [{**value, name: ""} for name in sorted(names)],
    }


def _left_out(value: Any, _: Rule, shape: Shape) -> _Ways:
    return {
        f"{member} left out": [{name: value[name] for name in value if name != member}]
        for member in shape.members
    }


def _out_of_range(value: Any, entry: Rule, _: Shape) -> _Ways:
    """Return out-of-range numbers, converted to strings if the valid value is a string."""
    write = str if isinstance(value, str) else int
    least = LEAST if entry.minimum is None else entry.minimum
    most = GREATEST if entry.maximum is None else entry.maximum
    return {
        "one above the maximum": [write(most + 1)],
        "one below the minimum": [write(least - 1)],
        "far above the maximum": [write(most + 2), write(GREATEST)],
        "far below the minimum": [write(least - 2), write(LEAST)],
        **(table(_PORTS, **_parts(value, entry)) if write is str else {}),
    }


def _lengths(value: Any, entry: Rule, _: Shape) -> _Ways:
    ways: dict[str, list[str]] = {}
    if entry.maximum is not None:
        ways["one character too long"] = _stretched(value, entry.maximum + 1)
        far = [entry.maximum + more for more in (2, 40, 10_000)]
        ways["far too long"] = [text for size in far for text in _stretched(value, size)]
    if entry.minimum:
        words = "empty" if entry.minimum == 1 else "one character too short"
        ways[words] = [value[: entry.minimum - 1]]
    return ways


def _stretched(value: str, size: int) -> list[str]:
    """Lengthen a string to ``size`` by adding characters or domain labels. Return all variants."""
    middle = value[len(value) // 2 : len(value) // 2 + 1] or "a"
    filling = (middle if middle.isalnum() else "a") * (size - len(value))
    labels = ("a." * size + value)[-size:]
    return [value[:1] + filling + value[1:], value + filling, re.sub(r"^\.", "a", labels)]


def _counts(value: Any, entry: Rule, _: Shape) -> _Ways:
    most = entry.maximum or 0
    return {
        "one too many": [of_size(value, most + 1)],
        "far too many": [of_size(value, most + 2), of_size(value, most + 3)],
        "empty": [type(value)()],
    }


def of_size(value: Any, size: int) -> Any:
    """Return a list or map of ``size`` elements, modelled on the first element of ``value``."""
    if isinstance(value, dict):
        key, element = next(iter(value.items()))
        return {f"{key}{number or ''}": element for number in range(size)}
    first = value[0]
    if isinstance(first, dict):  # tag keys must be unique
        return [{**first, "key": f"{first['key']}{number}"} for number in range(size)]
    return [first] * size


# --- mutations for single rules ----------------------------------------------------------------------


def _twice(value: Any, _: Rule, __: Shape) -> _Ways:
    (tag,) = value
    return {"a duplicate key": [[tag, {"key": tag["key"], "value": "again"}], [tag, tag]]}


def _too_many_domains(value: Any, entry: Rule, shape: Shape) -> _Ways:
    names = [f"www{number}.example.com" for number in range(entry.maximum + 1)]
    one_certificate = {"one domain too many in a single certificate": [dict.fromkeys(value, names)]}
    return {**_counts(value, entry, shape), **one_certificate}


# In ``PLAIN``, the endpoint's port is 80, and the container also opens ports 9000 and 53.
_CLOSED_PORTS: _Ways = {"a port that no container opens": (81, 79, 8080, 443, 65535, 1)}
_WRONG_PROTOCOLS: _Ways = {
    "a port that is open for TCP": (9000,),
    "a port that is open for UDP": (53,),
}


_Make = Callable[[Any, Rule, Shape], _Ways] | _Ways | str
MUTATIONS: Mapping[str, _Make] = {
    Kind.REQUIRED: _left_out,
    Kind.ENUM: _WORDS,
    Kind.RANGE: _out_of_range,
    Kind.LENGTH: _lengths,
    Kind.COUNT: _counts,
    Kind.PATTERN: _NAMES,
    "json.type": _other_types,
    "json.unknown-member": _unknown_members,
    # Rules with their own mutations:
    "tags.unique-keys": _twice,
    "domains.count": _too_many_domains,
    "domain.pattern": _DOMAINS,
    "health-check.path": _PATHS,
    "health-check.success-codes": _CODES,
    "health-check.success-codes-order": _REVERSED,
}
"""The values that break each rule, as functions, tables or lists, keyed by the rule's id or kind.

Mutations for a rule's id take precedence over mutations for its kind. Strategies never break a rule
that has no mutations. Each function takes a valid value, the rule, and the shape of the value.
"""
RELATIONS: Mapping[str, Mapping[str, _Make]] = {
    "EndpointRequest.containerName": {"endpoint.container": _WORDS},
    "EndpointRequest.containerPort": {
        "endpoint.port": _CLOSED_PORTS,
        "endpoint.protocol": _WRONG_PROTOCOLS,
    },
    "Container.image": {"image.reference": _IMAGES},
}
"""Mutations that break a relation between members. The outer key is the name of the member to
change, and the inner key is the id of the relation."""


def mutations(part: Part) -> Iterator[tuple[Rule, str, Any]]:
    """Yield values that break the rules for a part of a request, ordered by the rules' ids.

    Each item consists of the broken rule, a description of the mutation, and the invalid value.
    """
    shape, value = part.shape, part.least
    shapes = request_shapes()
    rules = {*shapes.limits(part.target, shape.name).rules, *shapes.required(shape).values()}
    # Map keys and whole requests cannot break ``json.type``, because map keys are always strings
    # and whole requests always consist of keyword arguments.
    if part.steps and part.steps[-1] != KEY:
        rules.add(rule("json.type"))
    if shape.type == "structure":
        rules.add(rule("json.unknown-member"))
    makes = [(entry, MUTATIONS.get(entry.id) or MUTATIONS.get(entry.kind, "")) for entry in rules]
    makes += [(rule(name), make) for name, make in RELATIONS.get(part.target, {}).items()]
    for entry, make in sorted(makes, key=lambda pair: pair[0].id):
        ways = table(make, **_parts(str(value), entry)) if isinstance(make, str) else make
        if callable(ways):
            ways = ways(value, entry, shape)
        for way, values in ways.items():
            yield from ((entry, way, wrong) for wrong in values)
