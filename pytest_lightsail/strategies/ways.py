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

from ..model.catalogue import rule
from ..model.rule import Kind, Path, Rule
from ..model.service import EACH, KEY, VALUE, Shape
from .needs import Needs
from .shapes import GREATEST, LEAST, Limits, Shapes, Steps, lengths

CLIENT, SERVICE, DEPLOYMENT = "client", "service", "deployment"
"""Who refuses an invalid value; at last no one, and the deployment fails."""


# --- requests, and places in them --------------------------------------------------------------------


class Broken(NamedTuple):
    """A request that is accepted, and whose deployment becomes ACTIVE, and the same one broken.

    Attributes:
        repaired: the request that an account with ``needs`` accepts.
        broken: the same with a rule broken, or with a deployment that fails.
        path: where.
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
"""Ways of breaking a rule in words, the plainest first, each with values that do, the nearest first.

A value is put in place of the valid one, or is a ``Broken`` if more must change. Not all of them break
the rule, or it alone.
"""


class Row(NamedTuple):
    """How a rule that has ways of its own is broken, or a deployment made to fail.

    Attributes:
        ways: the ways, by the valid value at the place and its request.
        at: the place that is changed, from the rule's target.
        holds: what must be inside that place.
        step: of a deployment that fails: the code of the ``stateDetail`` during which it does.
    """

    ways: Callable[[Any, Broken], Ways]
    at: Steps = ()
    holds: Steps = ()
    step: str | None = None


@dataclass(frozen=True, eq=False, repr=False)
class Site:
    """A place and a rule that applies to it. Each is made once, and equal only to itself.

    Attributes:
        id: the id of the rule, or of a flaw.
        way: the way from the request to the place that is changed.
        needed: the way to what a request must contain for that.
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
            return FLAWS[self.id].ways(value, valid)
        if self.id in _ROWS:
            return _ROWS[self.id].ways(value, valid)
        return (_BY_ID.get(self.id) or _BY_KIND[self.rule.kind])(self, self.rule, value)


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
_HOLDS: Mapping[str, Steps] = {"list": (EACH,), "map": (VALUE,)}


@lru_cache(maxsize=256)
def sites(shapes: Shapes, root: str) -> tuple[Site, ...]:
    """Return all sites of a request, flaws first, then the least deep first."""
    shape = shapes.model.shapes[root]
    prefix = _deployment_in(shape)
    flaws = [
        Site(id_, (*prefix, *row.at), (*prefix, "publicEndpoint"), shape, frozenset({DEPLOYMENT}))
        for id_, row in FLAWS.items()
        if prefix is not None
    ]
    found = {(site.way, site.id): site for site in _sites(shapes, root, "", (), ())}
    ordered = sorted(found.values(), key=lambda site: (len(site.way), site.way, site.id))
    return (*flaws, *ordered)


def _sites(
    shapes: Shapes, name: str, target: str, way: Steps, above: tuple[str, ...]
) -> Iterator[Site]:
    shape = shapes.model.shapes[name]
    if name in above:  # a shape that contains itself is entered once
        return
    above = (*above, name)
    limits = Limits(shapes.rules_at(name, target))
    for entry in _rules_of(shape, target, way, limits):
        kinds, row = _kinds(shape, entry, limits), _ROWS.get(entry.id)
        if row is not None:
            inside = not row.at or row.at[0] in shape.members
            place = (*way, *(() if inside else _deployment_in(shape) or ()), *row.at)
            yield Site(entry.id, place, (*place, *row.holds), shape, kinds, entry)
        elif kinds:
            holds = _HOLDS[shape.type] if entry.kind is Kind.COUNT else ()
            yield Site(entry.id, way, (*way, *holds), shape, kinds, entry)
    if shape.type == "structure":
        for member in shape.members:
            here, inner = (*way, member), shape.members[member].shape
            if member in shape.required:
                required = rule("json.required")
                yield Site(required.id, here, here, shape, frozenset({CLIENT}), required)
            yield from _sites(shapes, inner, f"{name}.{member}", here, above)
    parts = {EACH: shape.item} if shape.type == "list" else {KEY: shape.key, VALUE: shape.value}
    for step, part in parts.items():
        if part is not None:
            yield from _sites(shapes, part, f"{name}{step}", (*way, step), above)


def _deployment_in(shape: Shape) -> Steps | None:
    """Return where a request has its deployment; ``None`` if it has none."""
    if "containers" in shape.members:
        return ()
    return ("deployment",) if "deployment" in shape.members else None


def _rules_of(shape: Shape, target: str, way: Steps, limits: Limits) -> Iterator[Rule]:
    """Yield the rules of a place that input can break without breaking another one."""
    for entry in limits.rules:
        breakable = entry.id in _ROWS or entry.kind in _BY_KIND
        if breakable and not {(target, entry.id), (shape.name, entry.id)} & _ENTAILED:
            yield entry
    # A key of a JSON map is always text, and botocore makes the request as a whole.
    if way and way[-1] != KEY:
        yield rule("json.type")
    if shape.type == "structure":
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


# --- texts -------------------------------------------------------------------------------------------

_FAR = (2, 40, 10_000)
"""Characters beyond a limit."""
HEX = "0123456789abcdef" * 4
_LONGEST_NAME = 255
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
    a word: http  a  0x50  {first}_{rest}0
    several: {text}/tcp  {text}:{text}  {text}-{text}  {text},{text}
    other digits: {like}{rest}  8\u0660  \uff18\uff10  8\u00b2
    nothing: {nothing}
"""
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
_CONTAINERS = """
    another name: {name}2  {name}-2  x{name}
    upper case: {upper}
    a blank: {name}{blank}
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


# --- ways by the kind of a rule ----------------------------------------------------------------------

LEAVE_OUT = object()
"""Stands for a member that is left out."""
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


def _other_types(site: Site, _: Rule, __: Any) -> Ways:
    right = site.shape.type
    fitting = _OF_TYPE.get(right, ())
    for words, values in _WRONG.items():
        wrong = [one for one in values if isinstance(one, bool) or not isinstance(one, fitting)]
        if right == "boolean":
            wrong = [one for one in values if not isinstance(one, bool)]
        elif right == "timestamp":  # botocore takes numbers, and texts that are a time
            wrong = [
                one for one in wrong if one == "yesterday" or not isinstance(one, (str, int, float))
            ]
        if wrong:
            yield words, wrong


def _unknown_members(site: Site, _: Rule, value: Any) -> Ways:
    yield "an unknown member", ({**value, "unknownMember": ""},)
    members = site.shape.members
    typed = [name[:1].upper() + name[1:] for name in sorted(members)]
    yield "a member in another case", [{**value, name: ""} for name in typed if name not in members]


def _left_out(site: Site, _: Rule, __: Any) -> Ways:
    yield f"{site.way[-1]} left out", (LEAVE_OUT,)


def _pattern(_: Site, __: Rule, value: str) -> Ways:
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


def _near(_: Site, entry: Rule, value: str) -> Ways:
    """Texts that are almost one of the values."""
    swapped, title = value.swapcase(), value.capitalize()
    found = table(_WORDS, text=value, rest=value[1:], init=value[:-1], swapped=swapped, title=title)
    for words, texts in found:
        yield words, [text for text in texts if text not in entry.values]


def _beyond(_: Site, entry: Rule, value: Any) -> Ways:
    """Numbers out of range; as text where the place has text."""
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


def _lengths(_: Site, entry: Rule, value: str) -> Ways:
    """Texts that are too long or too short."""
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


def _counts(site: Site, entry: Rule, value: Any) -> Ways:
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


_By = Callable[[Site, Rule, Any], Ways]
_BY_KIND: Mapping[Kind, _By] = {
    Kind.REQUIRED: _left_out,
    Kind.ENUM: _near,
    Kind.RANGE: _beyond,
    Kind.LENGTH: _lengths,
    Kind.COUNT: _counts,
    Kind.PATTERN: _pattern,
}
_BY_ID: Mapping[str, _By] = {
    "json.type": _other_types,
    "json.unknown-member": _unknown_members,
}


# --- rules with ways of their own --------------------------------------------------------------------


def others(name: str) -> list[str]:
    """Return other valid names; if the name is long, they are not longer."""
    return [one for end in ("2", "-2", "x", "3", "-3", "y") if (one := name[:40] + end) != name]


def _other_names(name: str, _: Broken) -> Ways:
    yield "another name", others(name)


def _taken(name: str, valid: Broken) -> Ways:
    """Names that the account has already."""
    needs, found = valid.needs, []
    for other in others(name):
        if valid.path[-1] == "certificateName":
            domains = {**needs.certificates, other: ("www.example.com",)}
            holding = replace(needs, certificates=domains)
        else:
            holding = replace(needs, services=(*needs.services, other))
        broken = put(valid.broken, valid.path, other)
        found.append(valid._replace(broken=broken, needs=holding))
    yield "a name that is taken", found


def _other_resources(name: str, valid: Broken) -> Ways:
    yield from _other_names(name, valid)
    arn = f"arn:aws:lightsail:{valid.needs.region}:123456789012:ContainerService/0"
    broken = {**valid.broken, "resourceArn": arn}
    yield "the ARN of another", (valid._replace(broken=broken, path=("resourceArn",)),)


def _twice(tags: list[dict[str, str]], _: Broken) -> Ways:
    yield "a key twice", [[*tags, {"key": one["key"], "value": "again"}] for one in tags]
    yield "a whole tag twice", [[*tags, one] for one in tags]


def _too_many(rule_id: str, make: Callable[[str, int], Any]) -> Callable[[Any, Broken], Ways]:
    """Certificates with domain names, made of the name of the first and how many are too many."""

    def ways(domains: dict[str, list[str]], _: Broken) -> Ways:
        most, first = rule(rule_id).most, next(iter(domains))
        yield "one too many", (make(first, most + 1),)
        yield "far too many", [make(first, most + more) for more in (2, 3)]

    return ways


def _domains(first: str, count: int) -> dict[str, list[str]]:
    return {first: [f"www{at}.example.com" for at in range(count)]}


def _certificates(first: str, count: int) -> dict[str, list[str]]:
    return {f"{first}{at or ''}": [f"www{at}.example.com"] for at in range(count)}


def _codes(codes: str) -> Mapping[str, str]:
    entry = rule("health-check.success-codes")
    low, high = entry.least, entry.most
    bounds = {"low": low, "high": high, "below": low - 1, "above": high + 1}
    return {"codes": codes, "first": codes[:3], **{name: str(at) for name, at in bounds.items()}}


def _domain(domain: str) -> Mapping[str, str]:
    first, _, others = domain.partition(".")
    return {"domain": domain, "first": first, "others": others}


def _images(lines: str) -> Callable[[str, Broken], Ways]:
    """Return the ways of a table of images."""

    def ways(image: str, valid: Broken) -> Ways:
        name, service = re.sub(r"@.*|:[^/]*$", "", image), valid.broken["serviceName"]
        # What is longer has room for nothing else.
        name = name if len(name) < len(HEX) else "nginx"
        parts = {"other": f"{service[:50]}2", "longer": f"{service[:40]}-web", "service": service}
        return table(lines, name=name, stored=f":{service}.web", long="a" * _LONGEST_NAME, **parts)

    return ways


def _closed_port(port: int, _: Broken) -> Ways:
    entry = rule("port.range")
    yield "the next port", (port % entry.most + 1, (port - 2) % entry.most + 1)
    yield "a usual port", (80, 8080, 443)
    yield "the greatest port", (entry.most, entry.least)


def _wrong_protocol(port: int, valid: Broken) -> Ways:
    prefix = valid.path[:-2]
    name = look(valid.broken, (*prefix, "publicEndpoint", "containerName"))
    for protocol in ("TCP", "UDP"):
        broken = put(valid.broken, (*prefix, "containers", name, "ports", str(port)), protocol)
        yield f"{protocol} behind the endpoint", (valid._replace(broken=broken),)


_IMAGE: Steps = ("containers", VALUE, "image")
_ENDPOINT = "publicEndpoint"

_ROWS: Mapping[str, Row] = {
    "tags.unique-keys": Row(_twice, holds=(EACH,)),
    "domains.count": Row(_too_many("domains.count", _domains), holds=(VALUE,)),
    "domains.certificates": Row(_too_many("domains.certificates", _certificates), holds=(VALUE,)),
    "domain.pattern": Row(lambda domain, _: table(_DOMAINS, **_domain(domain))),
    "health-check.path": Row(
        lambda path, _: table(_PATHS, path=path, bare=path.lstrip("/") or "health")
    ),
    "health-check.success-codes": Row(lambda codes, _: table(_CODES, **_codes(codes))),
    "health-check.success-codes-order": Row(lambda codes, _: table(_TURNED, **_codes(codes))),
    "endpoint.container": Row(
        lambda name, _: table(_CONTAINERS, name=name, upper=name.upper()),
        (_ENDPOINT, "containerName"),
    ),
    "endpoint.port": Row(_closed_port, (_ENDPOINT, "containerPort")),
    "endpoint.protocol": Row(_wrong_protocol, (_ENDPOINT, "containerPort")),
    "image.digest": Row(lambda text, _: table(_DIGESTS, text=text, init=text[:-1])),
    "image.reference": Row(_images(_IMAGES), _IMAGE),
    "image.own-service": Row(_images(_OF_ANOTHER), _IMAGE),
    # What only the account can know:
    "image.exists": Row(_images(_NOT_STORED)),
    "image.stored": Row(
        lambda image, _: table(_NOT_DELETED, image=image, stem=image.rpartition(".")[0])
    ),
    "service.exists": Row(_other_names),
    "service.name-free": Row(_taken),
    "certificate.name-free": Row(_taken),
    "certificate.known": Row(_other_names, ("certificateName",)),
    "certificate.exists": Row(_other_names),
    "certificate.covers-domain": Row(
        lambda _, __: [("another domain", ("uncovered.example.com", "uncovered.example.org"))]
    ),
    "log.container": Row(_other_names),
    "page.token": Row(
        lambda _, __: [("a made-up token", ("1", "next", "from-", "\u00e9", "0" * 64))]
    ),
    "resource.exists": Row(_other_resources, ("resourceName",)),
}
"""How each rule is broken that no kind of rule describes: relations, and what the account decides.

A rule of these kinds without a row is not broken.
"""


# --- deployments that the service accepts and that fail later, because of what their images do -------

_PULLING, _EVALUATING = "CREATING_DEPLOYMENT", "EVALUATING_HEALTH_CHECK"
_CHECK: Steps = (_ENDPOINT, "healthCheck")
_USUAL = (3000, 8000)

_Failing = tuple[Any, Any, Mapping[str, Any], str]
"""At the place of a flaw: what is right there, and what is wrong; what the image does; and why the
deployment fails."""


def _flaw(step: str, at: Steps, cases: Callable[[Any], Mapping[str, Sequence[_Failing]]]) -> Row:
    """Return the row of a flaw, by its cases in words."""

    def ways(_: Any, valid: Broken) -> Ways:
        prefix: Steps = ("deployment",) if valid.path[0] == "deployment" else ()
        # With few checks it is soon decided.
        check = {"path": "/health", "successCodes": "200-299", "timeoutSeconds": 5}
        plain = put(valid.broken, (*prefix, *_CHECK), check)
        port = look(plain, (*prefix, _ENDPOINT, "containerPort"))
        opened = {str(one): "HTTP" for one in (port - 1, port, port + 1, *_USUAL)}
        plain = put(plain, locate(plain, (*prefix, "containers", VALUE, "ports")), opened)
        image = look(plain, locate(plain, (*prefix, *_IMAGE)))

        def failing(right: Any, wrong: Any, does: Mapping[str, Any], cause: str) -> Broken:
            repaired, broken = put(plain, valid.path, right), put(plain, valid.path, wrong)
            runs = wrong if at == _IMAGE else image
            return valid._replace(
                repaired=repaired, broken=broken, images={runs: does}, cause=cause
            )

        for words, found in cases(look(plain, valid.path)).items():
            yield words, [failing(*case) for case in found]

    return Row(ways, at, step=step)


def _not_pulled(image: str) -> Mapping[str, Sequence[_Failing]]:
    return {"it is not there": [(image, f"{image}-x", {"pull": "fails"}, "it cannot be pulled")]}


def _exits(image: str) -> Mapping[str, Sequence[_Failing]]:
    return {
        words: [
            (image, f"{image}-x", {"exits": 0, "exit_code": code}, "the container exits at once")
            for code in codes
        ]
        for words, codes in {"with an error": (1, 137, 255), "without an error": (0,)}.items()
    }


def _without_variable(given: Mapping[str, str]) -> Mapping[str, Sequence[_Failing]]:
    cause = "the container exits at once without environment variable"
    variables = {"DATABASE_URL": "1", "PORT": "80", "AWS_REGION": ""}
    return {
        "a variable is missing": [
            ({**given, name: value}, given, {"needs_env": (name,)}, f"{cause} {name}")
            for name, value in variables.items()
        ]
    }


def _other_path(path: str) -> Mapping[str, Sequence[_Failing]]:
    does, cause = {"responds": {path: 200}}, "GET {} is answered 404".format
    others = {
        "a path next to it": (f"{path}z", f"{path}/", path.upper()),
        "another path": ("/", "/api/v1", "/ping"),
    }
    return {
        words: [(path, one, does, cause(one)) for one in paths] for words, paths in others.items()
    }


def _other_codes(_: str) -> Mapping[str, Sequence[_Failing]]:
    cause = "the check is answered {}; successCodes {}".format
    others = {
        "a code beside it": (("200", 201), ("200-299", 300)),
        "another class": (("200-299", 404), ("200,301-302", 401)),
    }
    return {
        words: [(str(got), codes, {"responds": got}, cause(got, codes)) for codes, got in cases]
        for words, cases in others.items()
    }


def _too_short(_: int) -> Mapping[str, Sequence[_Failing]]:
    least, most = rule("health-check.timeout").least, rule("health-check.timeout").most
    cause = "no answer in {} s; it takes {} s".format
    others = {
        "one second too short": ((5, 6), (least, least + 1), (most - 1, most)),
        "far too short": ((5, 30), (least, most)),
    }
    return {
        words: [(takes, at, {"answers_after": takes}, cause(at, takes)) for at, takes in cases]
        for words, cases in others.items()
    }


def _other_port(port: int) -> Mapping[str, Sequence[_Failing]]:
    cause = f"nothing listens on port {port}; the image listens on {{}}".format
    others = {"a port next to it": (port + 1, port - 1), "a usual port": _USUAL}
    return {
        words: [(one, port, {"port": one}, cause(one)) for one in ports]
        for words, ports in others.items()
    }


FLAWS: Mapping[str, Row] = {
    "fails.pull": _flaw(_PULLING, _IMAGE, _not_pulled),
    "fails.exit": _flaw(_EVALUATING, _IMAGE, _exits),
    "fails.environment": _flaw(
        _EVALUATING, ("containers", VALUE, "environment"), _without_variable
    ),
    "fails.health-path": _flaw(_EVALUATING, (*_CHECK, "path"), _other_path),
    "fails.success-codes": _flaw(_EVALUATING, (*_CHECK, "successCodes"), _other_codes),
    "fails.timeout": _flaw(_EVALUATING, (*_CHECK, "timeoutSeconds"), _too_short),
    "fails.port": _flaw(_EVALUATING, (_ENDPOINT, "containerPort"), _other_port),
}
"""Ways in which a deployment with an endpoint fails, the plainest first."""
