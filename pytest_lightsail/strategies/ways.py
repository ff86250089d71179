"""Where a request can break one rule, and in which ways: the plainest first."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice
from types import MappingProxyType
from typing import Any, NamedTuple

from ..model.rule import Kind, Path, Rule
from ..model.rules import rule
from ..model.service import EACH, KEY, VALUE, Shape
from .shapes import GREATEST, LEAST, Limits, Shapes, Steps, lengths
from .special import Needs

# --- places in a document ----------------------------------------------------------------------------


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

CLIENT, SERVICE, DEPLOYMENT = "client", "service", "deployment"
"""Who refuses an invalid value; at last no one, and the deployment fails."""

_ELSEWHERE = frozenset({Kind.ACCOUNT, Kind.STATE, Kind.QUOTA})
"""Kinds of rules that input alone does not break, except those in ``ACCOUNT_WAYS``."""
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
_BOUNDED = frozenset({Kind.RANGE, Kind.LENGTH, Kind.COUNT})


@dataclass(frozen=True, eq=False, repr=False)
class Site:
    """A place and a rule that applies to it. Each is made once, and equal only to itself.

    Attributes:
        way: the way from the request to the place.
        shape: the shape at that place.
        rule: one rule of that place.
        kinds: who may refuse it: ``client``, ``service`` or either.
        limits: all rules of that place.
    """

    way: Steps
    shape: str
    rule: Rule
    kinds: frozenset[str]
    limits: Limits

    @property
    def id(self) -> str:
        """The id of the rule."""
        return self.rule.id

    def __repr__(self) -> str:
        """Return it short: Hypothesis shows the arguments of strategies."""
        return f"{'.'.join(self.way) or 'request'}: {self.id}"


@lru_cache(maxsize=256)
def sites(shapes: Shapes, root: str) -> tuple[Site, ...]:
    """Return all sites of a request, the least deep first."""
    found = {(site.way, site.rule.id): site for site in _sites(shapes, root, "", (), ())}
    return tuple(sorted(found.values(), key=lambda site: (len(site.way), site.way, site.rule.id)))


def _sites(
    shapes: Shapes, name: str, target: str, way: Steps, above: tuple[str, ...]
) -> Iterator[Site]:
    shape = shapes.model.shapes[name]
    if name in above:  # a shape that contains itself is entered once
        return
    above = (*above, name)
    limits = Limits(shapes.rules_at(name, target))
    for entry in _rules_of(shapes, name, target, way):
        kinds = _kinds(shape, entry, limits)
        if kinds:
            yield Site(way, name, entry, kinds, limits)
    if shape.type == "structure":
        for member in shape.members:
            here, inner = (*way, member), shape.members[member].shape
            if member in shape.required:
                yield Site(here, inner, rule("json.required"), frozenset({CLIENT}), Limits(()))
            yield from _sites(shapes, inner, f"{name}.{member}", here, above)
    elif shape.type == "list":
        yield from _sites(shapes, shape.item or "", f"{name}{EACH}", (*way, EACH), above)
    elif shape.type == "map":
        for part, step in ((shape.key, KEY), (shape.value, VALUE)):
            yield from _sites(shapes, part or "", f"{name}{step}", (*way, step), above)


def _rules_of(shapes: Shapes, name: str, target: str, way: Steps) -> Iterator[Rule]:
    """The rules of a place that input can break without breaking another one."""
    for entry in shapes.rules_at(name, target):
        breakable = entry.kind not in _ELSEWHERE or entry.id in ACCOUNT_WAYS
        entailed = {(target, entry.id), (name, entry.id)} & _ENTAILED
        if breakable and not entailed:
            yield entry
    # A key of a JSON map is always text, and botocore makes the request as a whole.
    if way and way[-1] != KEY:
        yield rule("json.type")
    if shapes.model.shapes[name].type == "structure":
        yield rule("json.unknown-member")


def _kinds(shape: Shape, entry: Rule, limits: Limits) -> frozenset[str]:
    """Who refuses a value that breaks a rule with these limits; no one if it cannot be broken alone.

    botocore knows only the lower bounds, and only those that the model states.
    """
    if entry.kind is Kind.FORMAT:
        # botocore takes ``True`` for the number 1; the service takes it for a boolean.
        passes = shape.type in _NUMBERS and (shape.minimum is None or shape.minimum <= 1)
        return frozenset({CLIENT, SERVICE} if entry.id == "json.type" and passes else {CLIENT})
    if entry.kind not in _BOUNDED:
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


# --- how to break a rule that the request alone decides ----------------------------------------------

LEAVE_OUT = object()
"""Stands for a member that is left out."""

Ways = Iterator[tuple[str, Sequence[Any]]]
"""Ways of breaking a rule in words, the plainest first, each with values that do, the nearest first."""

_WRONG: Mapping[str, tuple[Any, ...]] = {
    "a text": ("1", "", "true", "yesterday"),
    "a number": (0, 1, 1.5),
    "true": (True,),
    "a list": ([],),
    "an object": ({},),
}
"""Values by what they are."""
_OF_TYPE: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "long": (int,),
    "double": (int, float),
    "float": (int, float),
    "boolean": (),
    "structure": (dict,),
    "map": (dict,),
    "list": (list,),
    "blob": (str,),
}
"""The types of Python that are right for a type of the model. A boolean is wrong for all but its own."""
_LONG_ENOUGH = 5
"""Characters by which a value is shortened so that a break fits into its length."""
_FAR = (2, 40, 10_000)
"""Characters beyond a limit."""
HEX = "0123456789abcdef" * 4
_EACH = {
    "sign": "_-.!\"#$%&'()*+,/:;<=>?@[\\]^`{|}~",
    "blank": " \n\t\r\x00\x7f\u00a0\u2028\u200b\ufeff",
    # Letters, digits and signs that look like those of ASCII, and that Python takes for such, too.
    "like": "\u0430\u0435\u043e\u0261\uff41\u00e9\u0131\u017f\u212a\u0661\uff11\u00b2\u2010\u3002",
}
_ONCE = {"hex": HEX, "HEX": HEX.upper(), "cut": HEX[:-1], "half": HEX[:32], "nothing": ""}


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


def ways(shapes: Shapes, site: Site, value: Any) -> Ways:
    """Yield the ways in which a rule may be broken at a site; not all of them break it, or it alone."""
    entry = site.rule
    shape = shapes.model.shapes[site.shape]
    if entry.id in _RELATIONS:
        return iter(_RELATIONS[entry.id](value))
    if entry.id == "json.type":
        return _other_types(shape.type)
    if entry.id == "json.unknown-member":
        return _unknown_members(shape, value)
    if entry.kind is Kind.REQUIRED:
        return iter([(f"{site.way[-1]} left out", (LEAVE_OUT,))])
    return _BY_KIND[entry.kind](site, value)


def _other_types(right: str) -> Ways:
    for words, values in _WRONG.items():
        wrong = [
            one
            for one in values
            if not isinstance(one, _OF_TYPE.get(right, ())) or isinstance(one, bool)
        ]
        if right == "boolean":
            wrong = [one for one in values if not isinstance(one, bool)]
        elif right == "timestamp":
            wrong = ["yesterday"] if words == "a text" else [] if words == "a number" else wrong
        if wrong:
            yield words, wrong


def _unknown_members(shape: Shape, value: Any) -> Ways:
    yield "an unknown member", ({**value, "unknownMember": ""},)
    typed = [name[:1].upper() + name[1:] for name in sorted(shape.members)]
    other = [{**value, name: ""} for name in typed if name not in shape.members]
    if other:
        yield "a member in another case", other


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


def _pattern(_: Site, value: str) -> Ways:
    """What people type by mistake, in a valid text, shortened where there is no room for more."""
    for text in (value, value[_LONG_ENOUGH:]) if len(value) > _LONG_ENOUGH else (value,):
        middle = (len(text) + 1) // 2
        yield from table(
            _NAMES,
            text=text,
            head=text[:middle],
            tail=text[middle:] or "a",
            rest=text[1:],
            init=text[:-1],
            last=text[-1:].upper(),
            upper=text.upper(),
            title=text.capitalize(),
        )


_WORDS = """
    another case: {swapped}  {title}
    a blank: {text}{blank}  {blank}{text}
    a letter too many: {text}x  x{text}
    a letter too few: {rest}  {init}
    another word: unknown  none  *  {text},{text}  {like}{rest}
    nothing: {nothing}
"""


def _near(site: Site, value: str) -> Ways:
    """Texts that are almost one of the values."""
    swapped, title = value.swapcase(), value.capitalize()
    found = table(_WORDS, text=value, rest=value[1:], init=value[:-1], swapped=swapped, title=title)
    for words, texts in found:
        yield words, [text for text in texts if text not in site.rule.values]


_PORTS = """
    a negative number: -1  -{text}
    a leading zero or sign: 0{text}  00{text}  +{text}
    a blank: {text}{blank}  {blank}{text}
    a fraction: {text}.0  {text}.5  {text}e0
    a word: http  a  0x50  {first}_{rest}0
    several: {text}/tcp  {text}:{text}  {text}-{text}  {text},{text}
    other digits: {like}{rest}  8\u0660  \uff18\uff10  8\u00b2
    nothing: {nothing}
"""


def _beyond(site: Site, value: Any) -> Ways:
    """Numbers out of range; as text where the place has text."""
    entry = site.rule
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
        yield from table(_PORTS, text=value, first=value[:1], rest=value[1:])


def _lengths(site: Site, value: str) -> Ways:
    """Texts that are too long or too short."""
    entry = site.rule
    if entry.maximum is not None:
        yield "one character too long", _stretched(value, entry.most + 1)
        yield (
            "far too long",
            [text for more in _FAR for text in _stretched(value, entry.most + more)],
        )
    if entry.minimum:
        words = "nothing" if entry.least == 1 else "one character too short"
        yield words, (value[: entry.least - 1],)


def _stretched(value: str, size: int) -> list[str]:
    """The text with more characters: inside, behind, or, of a domain name, as more of its parts."""
    middle = value[len(value) // 2 : len(value) // 2 + 1] or "a"
    filling = (middle if middle.isalnum() else "a") * (size - len(value))
    parts = ("a." * size + value)[-size:]
    return [value[:1] + filling + value[1:], value + filling, re.sub(r"^\.", "a", parts)]


def _counts(site: Site, value: Any) -> Ways:
    """Collections that are too large, or empty."""
    entry = site.rule
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
    if site.shape == "TagList":
        return [{"key": f"k{number}"} for number in range(size)]
    return ((list(value) or [""]) * size)[:size]


_BY_KIND: Mapping[Kind, Callable[[Site, Any], Ways]] = {
    Kind.ENUM: _near,
    Kind.RANGE: _beyond,
    Kind.LENGTH: _lengths,
    Kind.COUNT: _counts,
    Kind.PATTERN: _pattern,
}


# --- rules with ways of their own --------------------------------------------------------------------


_CODES = """
    one above the greatest: {above}  {low}-{above}  {codes},{above}  {codes},400-{above}
    one below the least: {below}  {below}-{high}  {codes},{below}  {codes},{below}-204
    far out of range: 599  100  999  000  {codes},503  100-199
    a class of codes: 2xx  2XX  20x  2**  2..  {codes},3xx
    an open range: {first}-  -{first}  {codes},{first}-  -
    an empty part: ,{codes}  {codes},  {first},,{first}  ,
    a blank: {first} ,202  {first}, 202  {codes}{blank}  {blank}{codes}  {first} - {high}
    a digit too many: 0{first}  {first}0  {codes},0{first}  {first}-0{high}
    a digit too few: 20  2  {codes},20
    a range of three: {first}-{high}-{high}  {first}--{high}
    another separator: {first} {first}  {first};202  {first}:299  {first}|202  {first}..299
    a sign: +{first}  {first}.0  [{first}]  "{first}"  !{first}
    a word: OK  any  200 OK  http  *  null
    a look-alike: 20\u0660  \uff12\uff10\uff10  {first}\u2013{high}  2O0  2\u00b20
    nothing: {nothing}
"""
_TURNED = """
    ends reversed by one: 201-200  {high}-498  300-299
    ends reversed: 299-200  {high}-{low}  404-302
    a later range reversed: {first},302-301  {first},204,299-200  {first},300-299,404
    the first of several reversed: 299-200,404  202-201,302  302-301,{first}
"""
_PATHS = """
    no slash at the start: {bare}  health  ?{bare}  \\{bare}  .{path}  *{path}
    a whole URL: http://localhost{path}  https://example.com{path}
    a blank or a control character: {path}{blank}  {blank}{path}  /a{blank}b
    a character beyond ASCII: {path}{like}  {like}{path}
    nothing: {nothing}
"""
_DOMAINS = """
    a wildcard: *.{domain}  *  {first}*.{others}
    an underscore: _{domain}  a_b.{others}
    a hyphen at an end: -{domain}  {domain}-  {first}-.{others}
    an empty part: {domain}.  .{domain}  a..{others}  www.
    one part alone: localhost  example
    a part that is too long: {hex}.com  {others}.{hex}
    a URL or a port: https://{domain}  {domain}/  {domain}:443
    a blank: {domain}{blank}  {blank}{domain}  {first} .{others}
    a look-alike: {like}{domain}
    several: {domain},{domain}  {domain} {domain}
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


def _codes(codes: str) -> Mapping[str, str]:
    entry = rule("health-check.success-codes")
    low, high = entry.least, entry.most
    bounds = {"low": low, "high": high, "below": low - 1, "above": high + 1}
    return {"codes": codes, "first": codes[:3], **{name: str(at) for name, at in bounds.items()}}


def _domain(domain: str) -> Mapping[str, str]:
    first, _, others = domain.partition(".")
    return {"domain": domain, "first": first, "others": others}


def _with_image(request: dict[str, Any], image: str) -> Any:
    return put(request, _image_path(request), image)


def _image_path(request: dict[str, Any]) -> Path:
    prefix: Path = ("deployment",) if "deployment" in request else ()
    name = next(iter(look(request, (*prefix, "containers"))))
    return (*prefix, "containers", name, "image")


def _bad_image(request: dict[str, Any]) -> Ways:
    name = re.sub(r"@.*|:[^/]*$", "", look(request, _image_path(request)))
    service = request["serviceName"]
    parts = {"service": service, "stored": f":{service}.web", "long": "a" * _LONGEST_NAME}
    # What is longer has room for nothing else.
    for words, images in table(_IMAGES, name=name if len(name) < len(HEX) else "nginx", **parts):
        yield words, [_with_image(request, image) for image in images]


_LONGEST_NAME = 255


def _image_of_another(request: dict[str, Any]) -> Ways:
    service = request["serviceName"]
    for words, other in (
        ("a stored image of another service", f"{service[:50]}2"),
        ("a stored image of a service with a longer name", f"{service[:40]}-web"),
    ):
        images = [f":{other}.web.{version}" for version in ("1", "latest", "27")]
        yield words, [_with_image(request, image) for image in images]


def _twice(tags: list[dict[str, str]]) -> Ways:
    yield "a key twice", [[*tags, {"key": one["key"], "value": "again"}] for one in tags]
    yield "a whole tag twice", [[*tags, one] for one in tags]


def _too_many(rule_id: str, make: Callable[[str, int], Any]) -> Callable[[Any], Ways]:
    """Certificates with domain names, made of the name of the first and how many are too many."""

    def values(domains: dict[str, list[str]]) -> Ways:
        most, first = rule(rule_id).most, next(iter(domains))
        yield "one too many", (make(first, most + 1),)
        yield "far too many", [make(first, most + more) for more in (2, 3)]

    return values


def _domains(first: str, count: int) -> dict[str, list[str]]:
    return {first: [f"www{at}.example.com" for at in range(count)]}


def _certificates(first: str, count: int) -> dict[str, list[str]]:
    return {f"{first}{at or ''}": [f"www{at}.example.com"] for at in range(count)}


_CONTAINER_NAME = ("publicEndpoint", "containerName")


def _unknown_container(deployment: dict[str, Any]) -> Ways:
    name = look(deployment, _CONTAINER_NAME)
    for words, other in (
        ("another name", f"{name}2"),
        ("upper case", name.upper()),
        ("a space", f"{name} "),
        ("nothing", ""),
    ):
        if other not in deployment["containers"]:
            yield words, (put(deployment, _CONTAINER_NAME, other),)


def _closed_port(deployment: dict[str, Any]) -> Ways:
    container = deployment["containers"][look(deployment, _CONTAINER_NAME)]
    entry, port = rule("port.range"), deployment["publicEndpoint"]["containerPort"]
    used = {int(one) for one in container["ports"]}
    others = {
        "the next port": (port % entry.most + 1, (port - 2) % entry.most + 1),
        "a usual port": (80, 8080, 443),
        "the greatest port": (entry.most, entry.least),
    }
    for words, ports in others.items():
        closed = [one for one in ports if one not in used]
        yield words, [put(deployment, ("publicEndpoint", "containerPort"), one) for one in closed]


def _wrong_protocol(deployment: dict[str, Any]) -> Ways:
    endpoint = deployment["publicEndpoint"]
    path = ("containers", endpoint["containerName"], "ports", str(endpoint["containerPort"]))
    for protocol in ("TCP", "UDP"):
        yield f"{protocol} behind the endpoint", (put(deployment, path, protocol),)


_RELATIONS: Mapping[str, Callable[[Any], Ways]] = {
    "tags.unique-keys": _twice,
    "domains.count": _too_many("domains.count", _domains),
    "domains.certificates": _too_many("domains.certificates", _certificates),
    "domain.pattern": lambda domain: table(_DOMAINS, **_domain(domain)),
    "health-check.path": lambda path: table(_PATHS, path=path, bare=path.lstrip("/") or "health"),
    "health-check.success-codes": lambda codes: table(_CODES, **_codes(codes)),
    "health-check.success-codes-order": lambda codes: table(_TURNED, **_codes(codes)),
    "endpoint.container": _unknown_container,
    "endpoint.port": _closed_port,
    "endpoint.protocol": _wrong_protocol,
    "image.digest": lambda text: table(_DIGESTS, text=text, init=text[:-1]),
    "image.reference": _bad_image,
    "image.own-service": _image_of_another,
}
"""How each of these rules is broken in a value of its target."""


# --- how to break a rule that the account decides ----------------------------------------------------


class Broken(NamedTuple):
    """A request, or a deployment, that is accepted and becomes ACTIVE, and the same one broken.

    Attributes:
        repaired: the request that an account with ``needs`` accepts.
        broken: the same with a rule broken, or a flaw.
        path: where.
        needs: what the account must hold.
        images: of a flaw: the images that make the difference.
        cause: of a flaw: why the deployment fails.
    """

    repaired: dict[str, Any]
    broken: dict[str, Any]
    path: Path
    needs: Needs = Needs()
    images: Mapping[str, Mapping[str, Any]] = MappingProxyType({})
    cause: str = ""


_AccountWays = Callable[[Broken], Iterator[tuple[str, Sequence[Broken]]]]
"""Of a valid request, which is not broken yet, and a path in it."""


def others(value: str, taken: Collection[str] = ()) -> list[str]:
    """Return valid names that are not ``taken``; if ``value`` is long, they are not longer."""
    names = [value[:40] + ending for ending in ("2", "-2", "x", "3", "-3", "y")]
    return [one for one in names if one not in {value, *taken}]


def _instead(
    texts: Mapping[str, Callable[[Broken], Sequence[str]]], member: str = ""
) -> _AccountWays:
    """Put texts in place of the one in a member of the request, or where the rule applies."""

    def broken(one: Broken) -> Iterator[tuple[str, Sequence[Broken]]]:
        there = one._replace(path=(member,) if member else one.path)
        for words, make in texts.items():
            yield (
                words,
                [
                    there._replace(broken=put(one.repaired, there.path, text))
                    for text in make(there)
                ],
            )

    return broken


def _other_names(one: Broken) -> list[str]:
    return others(look(one.repaired, one.path))


def _resource(one: Broken) -> Iterator[tuple[str, Sequence[Broken]]]:
    yield from _instead({"another name": _other_names}, "resourceName")(one)
    arn = f"arn:aws:lightsail:{one.needs.region}:123456789012:ContainerService/0"
    broken = {**one.repaired, "resourceArn": arn}
    yield "the ARN of another", (one._replace(broken=broken, path=("resourceArn",)),)


def _taken(one: Broken) -> Iterator[tuple[str, Sequence[Broken]]]:
    found = []
    for name in others(look(one.repaired, one.path)):
        if one.path == ("serviceName",):
            needs = replace(one.needs, services=(*one.needs.services, name))
        else:
            certificates = {**one.needs.certificates, name: ("www.example.com",)}
            needs = replace(one.needs, certificates=certificates)
        found.append(one._replace(broken=put(one.repaired, one.path, name), needs=needs))
    yield "a name that is taken", found


def _unknown_certificate(one: Broken) -> Iterator[tuple[str, Sequence[Broken]]]:
    above, name = one.path[:-1], str(one.path[-1])
    domains, found = look(one.repaired, above), []
    for other in others(name, taken=domains):
        renamed = {other if each == name else each: names for each, names in domains.items()}
        broken = put(one.repaired, above, renamed)
        found.append(one._replace(broken=broken, path=(*above, other)))
    yield "another name", found


def _uncovered(one: Broken) -> list[str]:
    domains = (f"uncovered.example.{end}" for end in ("com", "org"))
    return [domain for domain in domains if domain != look(one.repaired, one.path)]


def _token(one: Broken) -> Iterator[tuple[str, Sequence[Broken]]]:
    """A token that no response has provided; without a response there is no valid one."""
    repaired = {name: value for name, value in one.repaired.items() if name != one.path[-1]}
    tokens = ("1", "next", "from-", "\u00e9", "0" * 64)
    broken = [put(one.repaired, one.path, token) for token in tokens]
    yield "a made-up token", [one._replace(repaired=repaired, broken=each) for each in broken]


def _stored(*versions: str) -> Callable[[Broken], list[str]]:
    def images(one: Broken) -> list[str]:
        service = one.repaired["serviceName"]
        return [f":{service}.{label}.{version}" for label in ("web", "a") for version in versions]

    return images


def _of_missing_image(one: Broken) -> list[str]:
    """Another version, or another label, of the image that exists."""
    stem = look(one.repaired, one.path).rpartition(".")[0]
    return [f"{stem}.2", f"{stem}x.1", f"{stem}.latest"]


ACCOUNT_WAYS: Mapping[str, _AccountWays] = {
    "service.exists": _instead({"another name": _other_names}),
    "service.name-free": _taken,
    "certificate.name-free": _taken,
    "certificate.known": _instead({"another name": _other_names}, "certificateName"),
    "certificate.exists": _unknown_certificate,
    "certificate.covers-domain": _instead({"another domain": _uncovered}),
    "image.exists": _instead(
        {
            "a version that is not stored": _stored("1", "27", "1000"),
            "no version is stored": _stored("latest"),
        }
    ),
    "log.container": _instead({"another name": _other_names}),
    "page.token": _token,
    "image.stored": _instead(
        {
            "an image that is not stored": _of_missing_image,
            "not a stored image": lambda _: ("nginx", ""),
        }
    ),
    "resource.exists": _resource,
}
"""How to break, at a path of a request, each account rule that input can break."""
