"""How each rule is broken, and each deployment made to fail: where, and in which ways."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice
from types import MappingProxyType
from typing import Any, NamedTuple

from ..model.bounds import is_of_type
from ..model.catalogue import rule
from ..model.rule import Kind, Path, Rule
from ..model.service import EACH, KEY, VALUE, Shape
from .shapes import GREATEST, LEAST, Limits, Shapes, Steps, lengths, walk
from .special import Needs

CLIENT, SERVICE, DEPLOYMENT = "client", "service", "deployment"
"""Who refuses an invalid value. With the last one, no one does, and the deployment fails."""


# --- requests, and places in them --------------------------------------------------------------------


class Broken(NamedTuple):
    """A valid request whose deployment becomes ACTIVE, and the same request broken.

    Attributes:
        repaired: the request that an account with ``needs`` accepts.
        broken: the same request with a rule broken, or with a deployment that fails.
        path: the path to the broken part.
        needs: what the account must hold.
        images: the images that make a deployment fail.
        cause: why the deployment fails.
    """

    repaired: dict[str, Any]
    broken: dict[str, Any]
    path: Path
    needs: Needs = Needs()
    images: Mapping[str, Mapping[str, Any]] = MappingProxyType({})
    cause: str = ""


def locate(document: Any, way: Steps) -> Path:
    """Return the path to which ``way`` leads in a document: by the first key and the first element."""
    path: list[str | int] = []
    for step in way:
        if step == EACH:
            path.append(0)
        elif step in {KEY, VALUE}:
            path.append(next(iter(look(document, tuple(path)))))
        else:
            path.append(step)
    return tuple(path)


def look(document: Any, path: Path) -> Any:
    """Return the value at ``path``; ``None`` if there is none."""
    value = document
    try:
        for part in path:
            value = value[part]
    except (KeyError, IndexError, TypeError):
        return None
    return value


def put(document: Any, path: Path, value: Any) -> Any:
    """Return the document with ``value`` at ``path``; the given document does not change."""
    if not path:
        return value
    first, rest = path[0], path[1:]
    if isinstance(document, list):
        return [
            put(one, rest, value) if index == first else one for index, one in enumerate(document)
        ]
    return {**document, first: put(document.get(first), rest, value)}


# --- where -------------------------------------------------------------------------------------------

Ways = Iterable[tuple[str, Sequence[Any]]]
"""Ways of breaking a rule, simplest first: a description, and values, nearest to a valid one first.

A value replaces the valid one, or is a ``Broken`` if more must change. Some values may not break the
rule, or may break other rules too.
"""


@dataclass(frozen=True, eq=False, repr=False)
class Site:
    """A part of a request and a rule that applies to it. Each is made once, and equal only to itself.

    Attributes:
        id: the id of the rule, or of a flaw.
        way: the path from the request to the part that is changed.
        needed: the path to what the request must contain for that.
        shape: the shape that the rule is about.
        kinds: who may refuse it: ``client``, ``service`` or either; or ``deployment``.
        rule: the rule; ``None`` for a flaw.
    """

    id: str
    way: Steps
    needed: Steps
    shape: Shape
    kinds: frozenset[str]
    rule: Rule | None = None

    def __repr__(self) -> str:
        """Return it short: Hypothesis shows the arguments of strategies."""
        return f"{'.'.join(self.way) or 'request'}: {self.id}"

    def ways(self, valid: Broken) -> Ways:
        """Return the ways of breaking the rule in a valid request, whose path leads to the place."""
        value = valid.path[-1] if self.way[-1:] == (KEY,) else look(valid.broken, valid.path)
        if self.rule is None:
            return _failing(self, valid)
        ways = (ROWS.get(self.id) or ROWS[self.rule.kind]).ways
        if isinstance(ways, str):
            return table(ways, **_parts(str(value), self.rule, valid))
        return ways(self, self.rule, value, valid)


_ENTAILED = frozenset(
    {
        # An endpoint's port that is out of range is not open on its container either.
        ("EndpointRequest.containerPort", "port.range"),
        # The name of a service that is to be created must be free.
        ("CreateContainerServiceRequest.serviceName", "service.exists"),
    }
)
"""Places at which a rule cannot be broken without another one; it can be broken elsewhere."""
_NUMBERS = frozenset({"integer", "long", "float", "double"})
_HOLDS: Mapping[str, Steps] = {"list": (EACH,), "map": (VALUE,)}


@lru_cache(maxsize=256)
def sites(shapes: Shapes, root: str) -> tuple[Site, ...]:
    """Return all sites of a request, flaws first, then the least deep first."""
    shape = shapes.model.shapes[root]
    prefix = _deployment_in(shape)
    flaws = [
        Site(id_, (*prefix, *flaw.at), (*prefix, _ENDPOINT), shape, frozenset({DEPLOYMENT}))
        for id_, flaw in FLAWS.items()
        if prefix is not None
    ]
    found = {(site.way, site.id): site for site in _sites(shapes, root)}
    ordered = sorted(found.values(), key=lambda site: (len(site.way), site.way, site.id))
    return (*flaws, *ordered)


def _sites(shapes: Shapes, root: str) -> Iterator[Site]:
    required = rule("json.required")
    for way, target, shape in walk(shapes.model, root):
        limits = Limits(shapes.rules_at(shape.name, target))
        for entry in (*limits.rules, *_json_rules(shape, way)):
            row = ROWS.get(entry.id) or ROWS.get(entry.kind)
            kinds = _kinds(shape, entry, limits)
            if row is None or not kinds or {(target, entry.id), (shape.name, entry.id)} & _ENTAILED:
                continue
            inside = not row.at or row.at[0] in shape.members
            place = (*way, *(() if inside else _deployment_in(shape) or ()), *row.at)
            holds = _HOLDS[shape.type] if entry.kind is Kind.COUNT else row.holds
            yield Site(entry.id, place, (*place, *holds), shape, kinds, entry)
        for member in shape.required:
            here = (*way, member)
            yield Site(required.id, here, here, shape, frozenset({CLIENT}), required)


def _json_rules(shape: Shape, way: Steps) -> Iterator[Rule]:
    # A key of a JSON map is always text, and botocore makes the request as a whole.
    if way and way[-1] != KEY:
        yield rule("json.type")
    if shape.type == "structure":
        yield rule("json.unknown-member")


def _deployment_in(shape: Shape) -> Steps | None:
    """Return where a request has its deployment; ``None`` if it has none."""
    if "containers" in shape.members:
        return ()
    return ("deployment",) if "deployment" in shape.members else None


def _kinds(shape: Shape, entry: Rule, limits: Limits) -> frozenset[str]:
    """Return who refuses a value that breaks a rule; empty if the rule cannot be broken alone.

    botocore knows only the lower bounds, and only those that the model states.
    """
    if entry.kind is Kind.FORMAT:
        # botocore takes ``True`` for the number 1; the service takes it for a boolean.
        passes = shape.type in _NUMBERS and (shape.minimum is None or shape.minimum <= 1)
        return frozenset({CLIENT, SERVICE} if entry.id == "json.type" and passes else {CLIENT})
    if entry.kind not in {Kind.RANGE, Kind.LENGTH, Kind.COUNT}:
        return frozenset({SERVICE})
    shortest, longest = -math.inf, math.inf
    if entry.kind is Kind.LENGTH:
        shortest, longest = lengths(limits.patterns)
    kinds = set()
    low, high = entry.minimum, entry.maximum
    if low is not None and low > shortest and (low > 0 or entry.kind is Kind.RANGE):
        kinds.add(CLIENT if shape.minimum is not None and shape.type != "map" else SERVICE)
    if high is not None and high < longest:
        kinds.add(SERVICE)
    return frozenset(kinds)


# --- ways in texts -----------------------------------------------------------------------------------

HEX = "0123456789abcdef" * 4
_EACH = {
    "sign": "_-.!\"#$%&'()*+,/:;<=>?@[\\]^`{|}~",
    "blank": " \n\t\r\x00\x7f\u00a0\u2028\u200b\ufeff",
    # Letters, digits and signs that look like those of ASCII, and that Python takes for such, too.
    "like": "\u0430\u0435\u043e\u0261\uff41\u00e9\u0131\u017f\u212a\u0661\uff11\u00b2\u2010\u3002",
}
_ONCE = {
    "hex": HEX,
    "HEX": HEX.upper(),
    "cut": HEX[:-1],
    "half": HEX[:32],
    "long": "a" * 255,
    "nothing": "",
}


def table(text: str, /, **parts: str) -> Ways:
    """Yield the ways of a table: a line is words, a colon, and texts with two spaces between them.

    ``{sign}``, ``{blank}`` and ``{like}`` stand for each of those characters; other names in braces are
    those of ``parts`` and ``_ONCE``.
    """
    for line in text.strip().splitlines():
        words, _, texts = line.strip().partition(": ")
        yield words, [one for text in texts.split("  ") for one in _filled(text, parts)]


def _filled(text: str, parts: Mapping[str, str]) -> list[str]:
    name = next((name for name in _EACH if f"{{{name}}}" in text), "")
    return [text.format(**{**_ONCE, **parts, name: each}) for each in _EACH.get(name, " ")]


def _parts(text: str, entry: Rule, valid: Broken) -> dict[str, str]:
    """Return what stands for names in braces: parts of a valid text, and what depends on its request."""
    middle = (len(text) + 1) // 2
    label, _, domain = text.partition(".")
    name = re.sub(r"@.*|:[^/]*$", "", text)
    service = str(valid.broken.get("serviceName", ""))
    low, high = int(entry.minimum or 0), int(entry.maximum or 0)
    return {
        "text": text,
        "initial": text[:1],
        "code": text[:3],
        "short": text[:40],
        "head": text[:middle],
        "tail": text[middle:] or "a",
        "rest": text[1:],
        "init": text[:-1],
        "last": text[-1:].upper(),
        "upper": text.upper(),
        "title": text.capitalize(),
        "swapped": text.swapcase(),
        "bare": text.lstrip("/") or "health",
        "label": label,
        "domain": domain,
        "stem": text.rpartition(".")[0],
        # What is longer has room for nothing else.
        "name": name if len(name) < len(HEX) else "nginx",
        "service": service,
        "stored": f":{service}.web",
        "other": f"{service[:50]}2",
        "longer": f"{service[:40]}-web",
        "low": str(low),
        "high": str(high),
        "below": str(low - 1),
        "above": str(high + 1),
    }


_NAMES = """
    upper case: {upper}  {title}  {init}{last}
    a sign inside: {head}{sign}{tail}
    a sign at the start: {sign}{text}
    a sign at the end: {text}{sign}
    a blank or a control character: {text}{blank}  {blank}{text}  {head}{blank}{tail}
    a look-alike: {head}{like}{tail}  {like}{text}
    a reserved prefix: aws:{text}  AWS:{text}  aWs:{text}
    a character too few: {rest}  {init}
    nothing: {nothing}
"""
_WORDS = """
    another case: {swapped}  {title}
    a blank: {text}{blank}  {blank}{text}
    a letter too many: {text}x  x{text}
    a letter too few: {rest}  {init}
    another word: unknown  none  *  {text},{text}  {like}{rest}
    nothing: {nothing}
"""
_PORTS = """
    a negative number: -1  -{text}
    a leading zero or sign: 0{text}  00{text}  +{text}
    a blank: {text}{blank}  {blank}{text}
    a fraction: {text}.0  {text}.5  {text}e0
    a word: http  a  0x50  {initial}_{rest}0
    several: {text}/tcp  {text}:{text}  {text}-{text}  {text},{text}
    other digits: {like}{rest}  8\u0660  \uff18\uff10  8\u00b2
    nothing: {nothing}
"""
_CODES = """
    one above the greatest: {above}  {low}-{above}  {text},{above}  {text},400-{above}
    one below the least: {below}  {below}-{high}  {text},{below}  {text},{below}-204
    far out of range: 599  100  999  000  {text},503  100-199
    a class of codes: 2xx  2XX  20x  2**  2..  {text},3xx
    an open range: {code}-  -{code}  {text},{code}-  -
    an empty part: ,{text}  {text},  {code},,{code}  ,
    a blank: {code} ,202  {code}, 202  {text}{blank}  {blank}{text}  {code} - {high}
    a digit too many: 0{code}  {code}0  {text},0{code}  {code}-0{high}
    a digit too few: 20  2  {text},20
    a range of three: {code}-{high}-{high}  {code}--{high}
    another separator: {code} {code}  {code};202  {code}:299  {code}|202  {code}..299
    a sign: +{code}  {code}.0  [{code}]  "{code}"  !{code}
    a word: OK  any  200 OK  http  *  null
    a look-alike: 20\u0660  \uff12\uff10\uff10  {code}\u2013{high}  2O0  2\u00b20
    nothing: {nothing}
"""
_TURNED = """
    ends reversed by one: 201-200  {high}-498  300-299
    ends reversed: 299-200  {high}-{low}  404-302
    a later range reversed: {code},302-301  {code},204,299-200  {code},300-299,404
    the first of several reversed: 299-200,404  202-201,302  302-301,{code}
"""
_PATHS = """
    no slash at the start: {bare}  health  ?{bare}  \\{bare}  .{text}  *{text}
    a whole URL: http://localhost{text}  https://example.com{text}
    a blank or a control character: {text}{blank}  {blank}{text}  /a{blank}b
    a character beyond ASCII: {text}{like}  {like}{text}
    nothing: {nothing}
"""
_DOMAINS = """
    a wildcard: *.{text}  *  {label}*.{domain}
    an underscore: _{text}  a_b.{domain}
    a hyphen at an end: -{text}  {text}-  {label}-.{domain}
    an empty part: {text}.  .{text}  a..{domain}  www.
    one part alone: localhost  example
    a part that is too long: {hex}.com  {domain}.{hex}
    a URL or a port: https://{text}  {text}/  {text}:443
    a blank: {text}{blank}  {blank}{text}  {label} .{domain}
    a look-alike: {like}{text}
    several: {text},{text}  {text} {text}
    nothing: {nothing}
"""
_CONTAINERS = """
    another name: {text}2  {text}-2  x{text}
    upper case: {upper}
    a blank: {text}{blank}
    nothing: {nothing}
"""
_DIGESTS = """
    the wrong length: {init}  {text}0  sha256:{half}  sha256:
    upper case: sha256:{HEX}  SHA256:{hex}
    not hexadecimal: {init}g  {init}{blank}  {init}{like}
    another algorithm: sha512:{hex}{hex}  md5:{half}  sha1:{half}01234567
    no algorithm: {hex}  :{hex}  @{text}  sha256{hex}  sha256-{hex}
    a blank: {text}{blank}  {blank}{text}
    nothing: {nothing}
"""
# By the grammar of the Go module github.com/distribution/reference none of these is a reference.
_IMAGES = """
    an empty tag: {name}:  {name}:@sha256:{hex}
    upper case: NGINX  Nginx  docker.io/Acme/web  library/NGINX  nginX:1  a/B/c
    a slash in the wrong place: {name}/  /{name}  docker.io//{name}  library//nginx  a/b//c  nginx/:1
    a scheme: https://{name}  http://{name}  docker://{name}  oci://{name}
    a blank or a control character: {name}{blank}  {blank}{name}  a{blank}b  {name}:1{blank}  a{blank}:1
    a character beyond ASCII: ngin{like}  {like}/web  nginx:1{like}  nginx:{like}  localhost:5{like}/web
    a malformed tag: nginx:{sign}1  {name}:1{sign}2  {name}:1:2  a/b:latest:latest  {name}:-  {name}:.
    too long: {name}:{hex}{hex}1  {long}a  docker.io/{long}b  {long}a:1  {long}{long}
    a digest of the wrong length: {name}@sha256:{cut}  {name}@sha256:{hex}0  {name}@sha512:{hex}
    a digest that is not hexadecimal: {name}@sha256:{cut}g  {name}@sha256:{HEX}  {name}@sha256:{cut}{like}
    a digest of another algorithm: {name}@md5:{half}  {name}@SHA256:{hex}  {name}@sha1:{half}01234567
    half a digest: {name}@  {name}@sha256:  {name}@sha256  {name}@{hex}  {name}@latest
    a digest in the wrong place: {name}@sha256:{hex}:1  @sha256:{hex}  {name}@sha256:{hex}@sha256:{hex}
    a separator at an end: {sign}nginx  nginx-  nginx_  nginx.  a/-b  a/_b  a/.b  a-/b  a_/b  nginx-:1
    separators in a row: a..b  a___b  a.-b  a-.b  a_.b  a-_b  a__-b  a/b..c:1
    a sign in a name: web{sign}db  acme/web{sign}db:1
    a malformed port: localhost:port/web  localhost:50a/web  ghcr.io:-1/a/web  localhost:/web
    a malformed host: -a.com:5000/web  a-.com:80/web  a..com:80/web  a_b.com:80/web  [::1/web  [::g]/web
    a path of a file: ./nginx  ../nginx  a/./b  ~/nginx  C:\\nginx  nginx/..
    nothing: {nothing}
    a malformed version: {stored}.LATEST  {stored}.0  {stored}.01  {stored}.v1  {stored}.1{blank}
    a malformed label: :{service}.-web.1  :{service}.web-.1  :{service}.we_b.1  :{service}.WEB.1
    too few parts or too many: {stored}  :{service}  :  {stored}.  :.web.1  {stored}.1.2
    a colon at the start: :nginx:latest  :nginx  :nginx/web.1  ::{service}.web.1
"""
_OF_ANOTHER = """
    a stored image of another service: :{other}.web.1  :{other}.web.latest  :{other}.web.27
    a stored image of a service with a longer name: :{longer}.web.1  :{longer}.web.latest
"""
_NOT_STORED = """
    a version that is not stored: {stored}.1  {stored}.27  {stored}.1000  :{service}.a.1
    no version is stored: {stored}.latest  :{service}.a.latest
"""
_NOT_DELETED = """
    an image that is not stored: {stem}.2  {stem}x.1  {stem}.latest
    not a stored image: nginx  {nothing}
"""
_OTHERS = """
    another name: {short}2  {short}-2  {short}x  {short}-3  {short}y
"""
_UNCOVERED = """
    another domain: uncovered.example.com  uncovered.example.org
"""
_TOKENS = """
    a made-up token: 1  next  from-  \u00e9  {hex}
"""


# --- ways by the kind of a rule ----------------------------------------------------------------------

LEAVE_OUT = object()
"""Stands for a member that is left out."""
_FAR = (2, 40, 10_000)
"""Characters beyond a limit."""
_WRONG: Mapping[str, tuple[Any, ...]] = {
    "a text": ("1", "", "true", "yesterday"),
    "a number": (0, 1, 1.5),
    "true": (True,),
    "a list": ([],),
    "an object": ({},),
}
"""Values by what they are."""


def _other_types(site: Site, _: Rule, __: Any, ___: Broken) -> Ways:
    shape = site.shape
    for words, values in _WRONG.items():
        wrong = [one for one in values if not is_of_type(shape.wire_type, one)]
        if shape.type == "timestamp" and words == "a text":  # botocore takes texts that are a time
            wrong = ["yesterday"]
        if wrong:
            yield words, wrong


def _unknown_members(site: Site, _: Rule, value: Any, __: Broken) -> Ways:
    yield "an unknown member", ({**value, "unknownMember": ""},)
    members = site.shape.members
    typed = [name[:1].upper() + name[1:] for name in sorted(members)]
    yield "a member in another case", [{**value, name: ""} for name in typed if name not in members]


def _left_out(site: Site, _: Rule, __: Any, ___: Broken) -> Ways:
    yield f"{site.way[-1]} left out", (LEAVE_OUT,)


def _beyond(_: Site, entry: Rule, value: Any, valid: Broken) -> Ways:
    """Yield numbers out of range, as text if the value is text."""
    write = str if isinstance(value, str) else int
    if entry.maximum is not None:
        yield "one above the greatest", (write(entry.most + 1),)
    if entry.minimum is not None:
        yield "one below the least", (write(entry.least - 1),)
    if entry.maximum is not None:
        far = range(entry.most + 2, GREATEST + 1)
        yield "far above the greatest", far if write is int else [*map(str, (*far[:3], *far[-3:]))]
    if entry.minimum is not None and write is int:
        yield "far below the least", range(entry.least - 2, LEAST - 1, -1)
    if write is str:
        yield from table(_PORTS, **_parts(value, entry, valid))


def _lengths(_: Site, entry: Rule, value: str, __: Broken) -> Ways:
    """Yield texts that are too long or too short."""
    if entry.maximum is not None:
        yield "one character too long", _stretched(value, entry.most + 1)
        far = [text for more in _FAR for text in _stretched(value, entry.most + more)]
        yield "far too long", far
    if entry.minimum:
        words = "nothing" if entry.least == 1 else "one character too short"
        yield words, (value[: entry.least - 1],)


def _stretched(value: str, size: int) -> list[str]:
    """The text with more characters: inside, behind, or, of a domain name, as more of its parts."""
    middle = value[len(value) // 2 : len(value) // 2 + 1] or "a"
    filling = (middle if middle.isalnum() else "a") * (size - len(value))
    parts = ("a." * size + value)[-size:]
    return [value[:1] + filling + value[1:], value + filling, re.sub(r"^\.", "a", parts)]


def _counts(site: Site, entry: Rule, value: Any, _: Broken) -> Ways:
    """Collections that are too large, or empty."""
    if entry.maximum is not None:
        yield "one too many", (_full(site, value, entry.most + 1),)
        yield "far too many", [_full(site, value, entry.most + more) for more in (2, 3)]
    if entry.minimum:
        yield "none", (type(value)(),)


def _full(site: Site, value: Any, size: int) -> Any:
    if isinstance(value, dict):
        first = next(iter(value.values()), None)
        free = (name for name in map("c{}".format, range(2 * size)) if name not in value)
        return {**value, **dict.fromkeys(islice(free, size - len(value)), first)}
    if site.shape.name == "TagList":
        return [{"key": f"k{number}"} for number in range(size)]
    return ((list(value) or [""]) * size)[:size]


# --- rules with ways of their own --------------------------------------------------------------------


def _taken(_: Site, entry: Rule, name: str, valid: Broken) -> Ways:
    """Yield names that already exist in the account."""
    needs, found = valid.needs, []
    for words, names in table(_OTHERS, **_parts(name, entry, valid)):
        for other in names:
            holding = replace(needs, services=(*needs.services, other))
            if valid.path[-1] == "certificateName":
                domains = {**needs.certificates, other: ("www.example.com",)}
                holding = replace(needs, certificates=domains)
            broken = put(valid.broken, valid.path, other)
            found.append(valid._replace(broken=broken, needs=holding))
        yield f"{words} that is taken", found


def _other_resources(_: Site, entry: Rule, name: str, valid: Broken) -> Ways:
    yield from table(_OTHERS, **_parts(name, entry, valid))
    arn = "arn:aws:lightsail:us-east-1:123456789012:ContainerService/0"
    broken = {**valid.broken, "resourceArn": arn}
    yield "the ARN of another", (valid._replace(broken=broken, path=("resourceArn",)),)


def _twice(_: Site, __: Rule, tags: list[dict[str, str]], ___: Broken) -> Ways:
    yield "a key twice", [[*tags, {"key": one["key"], "value": "again"}] for one in tags]
    yield "a whole tag twice", [[*tags, one] for one in tags]


def _too_many_domains(_: Site, entry: Rule, domains: dict[str, list[str]], __: Broken) -> Ways:
    """Domain names of the first certificate, or certificates, as the rule's id says."""
    first = next(iter(domains))
    for words, more in (("one too many", (1,)), ("far too many", (2, 3))):
        found: list[dict[str, list[str]]] = []
        for size in (entry.most + one for one in more):
            names = [f"www{at}.example.com" for at in range(size)]
            certificates = {f"{first}{at or ''}": [name] for at, name in enumerate(names)}
            found.append({first: names} if entry.id == "domains.count" else certificates)
        yield words, found


def _closed_port(_: Site, __: Rule, port: int, ___: Broken) -> Ways:
    entry = rule("port.range")
    yield "the next port", (port % entry.most + 1, (port - 2) % entry.most + 1)
    yield "a usual port", (80, 8080, 443)
    yield "the greatest port", (entry.most, entry.least)


def _wrong_protocol(_: Site, __: Rule, port: int, valid: Broken) -> Ways:
    prefix = valid.path[:-2]
    name = look(valid.broken, (*prefix, _ENDPOINT, "containerName"))
    for protocol in ("TCP", "UDP"):
        broken = put(valid.broken, (*prefix, "containers", name, "ports", str(port)), protocol)
        yield f"{protocol} behind the endpoint", (valid._replace(broken=broken),)


class Row(NamedTuple):
    """How a rule, or a kind of rule, is broken.

    Attributes:
        ways: a function of the site, its rule, the valid value and its request; or a table of texts.
        at: the path from the rule's target to the part that is changed.
        holds: the path, below ``at``, of a part that must exist.
    """

    ways: Callable[[Site, Rule, Any, Broken], Ways] | str
    at: Steps = ()
    holds: Steps = ()


_IMAGE: Steps = ("containers", VALUE, "image")
_ENDPOINT = "publicEndpoint"
ROWS: Mapping[str, Row] = {
    Kind.REQUIRED: Row(_left_out),
    Kind.ENUM: Row(_WORDS),
    Kind.RANGE: Row(_beyond),
    Kind.LENGTH: Row(_lengths),
    Kind.COUNT: Row(_counts),
    Kind.PATTERN: Row(_NAMES),
    "json.type": Row(_other_types),
    "json.unknown-member": Row(_unknown_members),
    # Relations, and patterns with mistakes of their own:
    "tags.unique-keys": Row(_twice, holds=(EACH,)),
    "domains.count": Row(_too_many_domains, holds=(VALUE,)),
    "domains.certificates": Row(_too_many_domains, holds=(VALUE,)),
    "domain.pattern": Row(_DOMAINS),
    "health-check.path": Row(_PATHS),
    "health-check.success-codes": Row(_CODES),
    "health-check.success-codes-order": Row(_TURNED),
    "endpoint.container": Row(_CONTAINERS, (_ENDPOINT, "containerName")),
    "endpoint.port": Row(_closed_port, (_ENDPOINT, "containerPort")),
    "endpoint.protocol": Row(_wrong_protocol, (_ENDPOINT, "containerPort")),
    "image.digest": Row(_DIGESTS),
    "image.reference": Row(_IMAGES, _IMAGE),
    "image.own-service": Row(_OF_ANOTHER, _IMAGE),
    # What only the account can know:
    "image.exists": Row(_NOT_STORED),
    "image.stored": Row(_NOT_DELETED),
    "service.exists": Row(_OTHERS),
    "service.name-free": Row(_taken),
    "certificate.name-free": Row(_taken),
    "certificate.known": Row(_OTHERS, ("certificateName",)),
    "certificate.exists": Row(_OTHERS),
    "certificate.covers-domain": Row(_UNCOVERED),
    "log.container": Row(_OTHERS),
    "page.token": Row(_TOKENS),
    "resource.exists": Row(_other_resources, ("resourceName",)),
}
"""How each kind of rule is broken, and each rule that its kind does not describe.

A relation without a row, and what the account decides, is never broken.
"""


# --- deployments that the service accepts, and that fail because of what their images do --------------

_PULLING, _EVALUATING = "CREATING_DEPLOYMENT", "EVALUATING_HEALTH_CHECK"
_CHECK: Steps = (_ENDPOINT, "healthCheck")
_USUAL = (3000, 8000)
_Failing = Iterator[tuple[str, Any, Any, Mapping[str, Any], str]]
"""Words; what is right at a place, and what is wrong; what the image does; why the deployment fails."""


class Flaw(NamedTuple):
    """A way for a deployment with an endpoint to fail.

    Attributes:
        step: the code of the ``stateDetail`` during which it fails.
        at: the place that is changed, from the deployment.
        cases: its cases, by the valid value at that place.
    """

    step: str
    at: Steps
    cases: Callable[[Any], _Failing]


def _failing(site: Site, valid: Broken) -> Ways:
    """Return the ways of a flaw; several cases may have the same words."""
    flaw = FLAWS[site.id]
    prefix = site.way[: -len(flaw.at)]
    # With few checks it is soon decided.
    check = {"path": "/health", "successCodes": "200-299", "timeoutSeconds": 5}
    plain = put(valid.broken, (*prefix, *_CHECK), check)
    port = look(plain, (*prefix, _ENDPOINT, "containerPort"))
    opened = {str(one): "HTTP" for one in (port - 1, port, port + 1, *_USUAL)}
    plain = put(plain, locate(plain, (*prefix, "containers", VALUE, "ports")), opened)
    image = look(plain, locate(plain, (*prefix, *_IMAGE)))
    found: dict[str, list[Broken]] = {}
    for words, right, wrong, does, cause in flaw.cases(look(plain, valid.path)):
        failing = valid._replace(
            repaired=put(plain, valid.path, right),
            broken=put(plain, valid.path, wrong),
            images={wrong if flaw.at == _IMAGE else image: does},
            cause=cause,
        )
        found.setdefault(words, []).append(failing)
    return found.items()


def _not_pulled(image: str) -> _Failing:
    yield "it is not there", image, f"{image}-x", {"pull": "fails"}, "it cannot be pulled"


def _exits(image: str) -> _Failing:
    for code in (1, 137, 255, 0):
        words = "with an error" if code else "without an error"
        does = {"exits": 0, "exit_code": code}
        yield words, image, f"{image}-x", does, "the container exits at once"


def _without_variable(given: Mapping[str, str]) -> _Failing:
    for name, value in {"DATABASE_URL": "1", "PORT": "80", "AWS_REGION": ""}.items():
        cause = f"the container exits at once without environment variable {name}"
        yield "a variable is missing", {**given, name: value}, given, {"needs_env": (name,)}, cause


def _other_path(path: str) -> _Failing:
    for one in (f"{path}z", f"{path}/", path.upper(), "/", "/api/v1", "/ping"):
        near = one.lower().startswith(path)
        words = "a path next to it" if near else "another path"
        yield words, path, one, {"responds": {path: 200}}, f"GET {one} is answered 404"


def _other_codes(_: str) -> _Failing:
    for codes, got in (("200", 201), ("200-299", 300), ("200-299", 404), ("200,301-302", 401)):
        words = "another class" if got >= _CLIENT_ERRORS else "a code beside it"
        cause = f"the check is answered {got}; successCodes {codes}"
        yield words, str(got), codes, {"responds": got}, cause


_CLIENT_ERRORS = 400


def _too_short(_: int) -> _Failing:
    least, most = rule("health-check.timeout").least, rule("health-check.timeout").most
    for at, takes in ((5, 6), (least, least + 1), (most - 1, most), (5, 30), (least, most)):
        words = "one second too short" if takes == at + 1 else "far too short"
        cause = f"no answer in {at} s; it takes {takes} s"
        yield words, takes, at, {"answers_after": takes}, cause


def _other_port(port: int) -> _Failing:
    for one in (port + 1, port - 1, *_USUAL):
        words = "a usual port" if one in _USUAL else "a port next to it"
        cause = f"nothing listens on port {port}; the image listens on {one}"
        yield words, one, port, {"port": one}, cause


FLAWS: Mapping[str, Flaw] = {
    "fails.pull": Flaw(_PULLING, _IMAGE, _not_pulled),
    "fails.exit": Flaw(_EVALUATING, _IMAGE, _exits),
    "fails.environment": Flaw(_EVALUATING, (*_IMAGE[:-1], "environment"), _without_variable),
    "fails.health-path": Flaw(_EVALUATING, (*_CHECK, "path"), _other_path),
    "fails.success-codes": Flaw(_EVALUATING, (*_CHECK, "successCodes"), _other_codes),
    "fails.timeout": Flaw(_EVALUATING, (*_CHECK, "timeoutSeconds"), _too_short),
    "fails.port": Flaw(_EVALUATING, (_ENDPOINT, "containerPort"), _other_port),
}
"""Ways for a deployment with an endpoint to fail, the plainest first."""
