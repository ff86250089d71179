"""Where and how requests can break each rule, and how to make deployments fail."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
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
"""The kinds of invalid values: those that botocore rejects, those that the service refuses, and
those that it accepts although the deployment then fails."""


# --- requests and paths ------------------------------------------------------------------------------


class Variant(NamedTuple):
    """A valid request, and the same request with a mutation.

    Attributes:
        repaired: the valid request.
        broken: the mutated request, which breaks one rule or makes the deployment fail. Before the
            mutation, the request that it starts from.
        path: the path to the part that the mutation changes.
        needs: what the account must hold so that the service accepts ``repaired``.
        images: for a deployment that fails, maps image references to arguments of ``Image``.
        cause: why the deployment fails.
    """

    repaired: dict[str, Any]
    broken: dict[str, Any]
    path: Path
    needs: Needs = Needs()
    images: Mapping[str, Mapping[str, Any]] = MappingProxyType({})
    cause: str = ""


def locate(document: Any, steps: Steps) -> Path:
    """Return the path that ``steps`` take through the first element of each list and map."""
    path: list[str | int] = []
    for step in steps:
        if step == EACH:
            path.append(0)
        elif step in {KEY, VALUE}:
            path.append(next(iter(look(document, tuple(path)))))
        else:
            path.append(step)
    return tuple(path)


def look(document: Any, path: Path) -> Any:
    """Return the value at ``path``, or ``None`` if there is none."""
    value = document
    try:
        for part in path:
            value = value[part]
    except (KeyError, IndexError, TypeError):
        return None
    return value


def put(document: Any, path: Path, value: Any) -> Any:
    """Return a copy of the document with ``value`` at ``path``."""
    if not path:
        return value
    first, rest = path[0], path[1:]
    if isinstance(document, list):
        return [
            put(one, rest, value) if index == first else one for index, one in enumerate(document)
        ]
    return {**document, first: put(document.get(first), rest, value)}


# --- locations ---------------------------------------------------------------------------------------

Mutations = Iterable[tuple[str, Sequence[Any]]]
"""Mutations that break a rule, the simplest first. Each has a description and new values, the
nearest to a valid value first. A new value replaces the valid one. If more of the request must
change, it is a ``Variant``. Values that do not break the rule, or that break another one, are
skipped later.
"""


class Original(NamedTuple):
    """The valid value that a mutation starts from, at ``path`` in a request."""

    value: Any
    rule: Rule
    shape: Shape
    request: Variant


@dataclass(frozen=True, eq=False)
class Location:
    """A part of a request, and a rule that can be broken there. Locations compare by identity.

    Attributes:
        id: the id of the rule, or of a failure in ``FAILURES``. ``rule`` is ``None`` for a failure.
        steps: the steps from the request to the mutated part.
        needed: the steps to a part that the request must contain.
        shape: the shape to which the rule applies.
        kinds: the kinds of invalid values that are possible here.
    """

    id: str
    steps: Steps
    needed: Steps
    shape: Shape = field(repr=False)
    kinds: frozenset[str]
    rule: Rule | None = field(default=None, repr=False)

    def mutations(self, valid: Variant) -> Mutations:
        """Return the mutations for a valid request at this location."""
        if self.rule is None:
            return _failing(self, valid)
        value = valid.path[-1] if self.steps[-1:] == (KEY,) else look(valid.broken, valid.path)
        make = (MUTATIONS.get(self.id) or MUTATIONS[self.rule.kind]).make
        if isinstance(make, str):
            return table(make, **_parts(str(value), self.rule, valid))
        return make(Original(value, self.rule, self.shape, valid))


_ENTAILED = frozenset(
    {
        # A port out of range would not be open on any container either.
        ("EndpointRequest.containerPort", "port.range"),
        # CreateContainerService requires a free name.
        ("CreateContainerServiceRequest.serviceName", "service.exists"),
    }
)
"""Pairs of a target and a rule. A value that breaks the rule there always breaks another rule
too."""
_NUMBERS = frozenset({"integer", "long", "float", "double"})
_ELEMENT: Mapping[str, Steps] = {"list": (EACH,), "map": (VALUE,)}


@lru_cache(maxsize=256)
def locations(shapes: Shapes, root: str) -> tuple[Location, ...]:
    """Return all locations in a request. Failures come first, then locations near the root."""
    shape = shapes.model.shapes[root]
    prefix = _deployment_in(shape)
    failures = [
        Location(id_, (*prefix, *one.at), (*prefix, _ENDPOINT), shape, frozenset({DEPLOYMENT}))
        for id_, one in FAILURES.items()
        if prefix is not None
    ]
    found = {(one.steps, one.id): one for one in _locations(shapes, root)}
    ordered = sorted(found.values(), key=lambda one: (len(one.steps), one.steps, one.id))
    return (*failures, *ordered)


def _locations(shapes: Shapes, root: str) -> Iterator[Location]:
    required = rule("json.required")
    for steps, target, shape in walk(shapes.model, root):
        limits = Limits(shapes.rules_at(shape.name, target))
        for entry in (*limits.rules, *_json_rules(shape, steps)):
            mutation = MUTATIONS.get(entry.id) or MUTATIONS.get(entry.kind)
            kinds = _kinds(shape, entry, limits)
            if mutation is None or not kinds or (target, entry.id) in _ENTAILED:
                continue
            inside = not mutation.at or mutation.at[0] in shape.members
            place = (*steps, *(() if inside else _deployment_in(shape) or ()), *mutation.at)
            needed = place if mutation.at else (*place, *_ELEMENT.get(shape.type, ()))
            yield Location(entry.id, place, needed, shape, kinds, entry)
        for member in shape.required:
            here = (*steps, member)
            yield Location(required.id, here, here, shape, frozenset({CLIENT}), required)


def _json_rules(shape: Shape, steps: Steps) -> Iterator[Rule]:
    # Map keys are always strings. At the root, botocore builds the request from keyword arguments.
    if steps and steps[-1] != KEY:
        yield rule("json.type")
    if shape.type == "structure":
        yield rule("json.unknown-member")


def _deployment_in(shape: Shape) -> Steps | None:
    """Return the steps to the deployment in a request, or ``None`` if it has none."""
    if "containers" in shape.members:
        return ()
    return ("deployment",) if "deployment" in shape.members else None


def _kinds(shape: Shape, entry: Rule, limits: Limits) -> frozenset[str]:
    """Return the kinds of values that can break this rule alone.

    The only bounds that botocore checks are the minimums in the service model.
    """
    if entry.kind is Kind.FORMAT:
        # botocore accepts ``True`` as the number 1, but the service refuses a boolean.
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


# --- mutations of strings ----------------------------------------------------------------------------

HEX = "0123456789abcdef" * 4
_EACH = {
    "sign": "_-.!\"#$%&'()*+,/:;<=>?@[\\]^`{|}~",
    "blank": " \n\t\r\x00\x7f\u00a0\u2028\u200b\ufeff",
    # These look like ASCII characters. Most satisfy str.isalpha() or str.isdigit().
    "like": "\u0430\u0435\u043e\u0261\uff41\u00e9\u0131\u017f\u212a\u0661\uff11\u00b2\u2010\u3002",
}
_ONCE = {"hex": HEX, "HEX": HEX.upper(), "long": "a" * 255, "nothing": ""}


def table(text: str, /, **parts: str) -> Mutations:
    """Yield the mutations of a table.

    A line has a description, a colon, and strings separated by two spaces. ``{sign}``, ``{blank}``
    and ``{like}`` stand for several characters in turn. ``parts`` and ``_ONCE`` define the other
    names in braces.
    """
    for line in text.strip().splitlines():
        words, _, texts = line.strip().partition(": ")
        yield words, [one for text in texts.split("  ") for one in _filled(text, parts)]


def _filled(text: str, parts: Mapping[str, str]) -> list[str]:
    name = next((name for name in _EACH if f"{{{name}}}" in text), "")
    return [text.format(**{**_ONCE, **parts, name: each}) for each in _EACH.get(name, " ")]


def _parts(text: str, entry: Rule, valid: Variant) -> dict[str, str]:
    """Return what the names in braces stand for: parts of a valid string and of its request."""
    middle = (len(text) + 1) // 2
    name = re.sub(r"@.*|:[^/]*$", "", text)
    service = str(valid.broken.get("serviceName", ""))
    low, high = int(entry.minimum or 0), int(entry.maximum or 0)
    return {
        "text": text,
        "code": text[:3],
        "head": text[:middle],
        "tail": text[middle:] or "a",
        "rest": text[1:],
        "init": text[:-1],
        "last": text[-1:].upper(),
        "upper": text.upper(),
        "title": text.capitalize(),
        "swapped": text.swapcase(),
        # A longer name would leave no room in the reference for the rest.
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
    a special character inside: {head}{sign}{tail}
    a special character at the start: {sign}{text}
    a special character at the end: {text}{sign}
    white space or a control character: {text}{blank}  {blank}{text}  {head}{blank}{tail}
    a look-alike character: {head}{like}{tail}  {like}{text}
    a reserved prefix: aws:{text}  AWS:{text}  aWs:{text}
    one character too few: {rest}  {init}
    empty: {nothing}
"""
_WORDS = """
    another case: {swapped}  {title}
    white space: {text}{blank}  {blank}{text}
    one letter too many: {text}x  x{text}
    one letter too few: {rest}  {init}
    another word: unknown  none  *  {text},{text}  {like}{rest}
    empty: {nothing}
"""
_PORTS = """
    a negative number: -1  -{text}
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
    an open-ended range: {code}-  -{code}  {text},{code}-  -
    an empty element: ,{text}  {text},  {code},,{code}  ,
    white space: {code} ,202  {code}, 202  {text}{blank}  {blank}{text}  {code} - {high}
    one digit too many: 0{code}  {code}0  {text},0{code}  {code}-0{high}
    one digit too few: 20  2  {text},20
    a range of three: {code}-{high}-{high}  {code}--{high}
    another separator: {code} {code}  {code};202  {code}:299  {code}|202  {code}..299
    a sign, a fraction, brackets or quotes: +{code}  {code}.0  [{code}]  "{code}"  !{code}
    a word: OK  any  200 OK  http  *  null
    a look-alike character: 20\u0660  \uff12\uff10\uff10  {code}\u2013{high}  2O0  2\u00b20
    empty: {nothing}
"""
_REVERSED = """
    a range reversed by one: 201-200  {high}-498  300-299
    a range reversed: 299-200  {high}-{low}  404-302
    a later range reversed: {code},302-301  {code},204,299-200  {code},300-299,404
    the first of several ranges reversed: 299-200,404  202-201,302  302-301,{code}
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
    a label with a hyphen at an end: -{text}  {text}-  www-.example.com
    an empty label: {text}.  .{text}  a..example.com  www.
    a single label: localhost  example
    a label that is too long: {hex}.com  www.{hex}
    a URL or a port: https://{text}  {text}/  {text}:443
    white space: {text}{blank}  {blank}{text}  www .example.com
    a look-alike character: {like}{text}
    several domains: {text},{text}  {text} {text}
    empty: {nothing}
"""
# The grammar of the Go module github.com/distribution/reference accepts none of these. The last
# four lines hold malformed references to stored images.
_IMAGES = """
    an empty tag: {name}:  {name}:@sha256:{hex}
    upper case: NGINX  Nginx  docker.io/Acme/web  library/NGINX  nginX:1  a/B/c
    a slash in the wrong place: {name}/  /{name}  docker.io//{name}  library//nginx  a/b//c  nginx/:1
    a scheme: https://{name}  http://{name}  docker://{name}  oci://{name}
    white space or a control character: {name}{blank}  {blank}{name}  a{blank}b  {name}:1{blank}
    white space before the tag: {name}{blank}:1
    a non-ASCII character: ngin{like}  {like}/web  nginx:1{like}  nginx:{like}  localhost:5{like}/web
    a malformed tag: nginx:{sign}1  {name}:1{sign}2  {name}:1:2  a/b:latest:latest  {name}:-  {name}:.
    too long: {name}:{hex}{hex}1  {long}a  docker.io/{long}b  {long}a:1  {long}{long}
    a digest of the wrong length: {name}@sha256:{hex:.63}  {name}@sha256:{hex}0  {name}@sha512:{hex}
    a digest that is not hexadecimal: {name}@sha256:{hex:.63}g  {name}@sha256:{HEX}
    a digest with a look-alike character: {name}@sha256:{hex:.63}{like}
    a digest of another algorithm: {name}@md5:{hex:.32}  {name}@SHA256:{hex}  {name}@sha1:{hex:.40}
    an incomplete digest: {name}@  {name}@sha256:  {name}@sha256  {name}@{hex}  {name}@latest
    a digest in the wrong place: {name}@sha256:{hex}:1  @sha256:{hex}  {name}@sha256:{hex}@sha256:{hex}
    a separator at an end: {sign}nginx  nginx-  nginx_  nginx.  a/-b  a/_b  a/.b  a-/b  a_/b  nginx-:1
    separators in a row: a..b  a___b  a.-b  a-.b  a_.b  a-_b  a__-b  a/b..c:1
    a special character in a name: web{sign}db  acme/web{sign}db:1
    a malformed port: localhost:port/web  localhost:50a/web  ghcr.io:-1/a/web  localhost:/web
    a malformed host: -a.com:5000/web  a-.com:80/web  a..com:80/web  a_b.com:80/web  [::1/web  [::g]/web
    a file path: ./nginx  ../nginx  a/./b  ~/nginx  C:\\nginx  nginx/..
    empty: {nothing}
    a malformed version: {stored}.LATEST  {stored}.0  {stored}.01  {stored}.v1  {stored}.1{blank}
    a malformed label: :{service}.-web.1  :{service}.web-.1  :{service}.we_b.1  :{service}.WEB.1
    too few or too many parts: {stored}  :{service}  :  {stored}.  :.web.1  {stored}.1.2
    a colon at the start: :nginx:latest  :nginx  :nginx/web.1  ::{service}.web.1
"""
_OF_ANOTHER = """
    a stored image of another service: :{other}.web.1  :{other}.web.latest  :{other}.web.27
    a stored image of a service with a longer name: :{longer}.web.1  :{longer}.web.latest
"""
_NOT_STORED = """
    a version that is not stored: {stored}.1  {stored}.27  {stored}.1000  :{service}.a.1
    a label without stored versions: {stored}.latest  :{service}.a.latest
"""
_OTHERS = "another name: {text:.40}2  {text:.40}-2  {text:.40}x  {text:.40}-3  {text:.40}y"


# --- mutations by the kind of a rule -----------------------------------------------------------------

LEAVE_OUT = object()
"""Stands for a member that is left out."""
_WRONG: Mapping[str, tuple[Any, ...]] = {
    "a text": ("1", "", "true", "yesterday"),
    "a number": (0, 1, 1.5),
    "true": (True,),
    "a list": ([],),
    "an object": ({},),
}
"""Values by JSON type."""


def _other_types(original: Original) -> Mutations:
    shape = original.shape
    for words, values in _WRONG.items():
        wrong = [one for one in values if not is_of_type(shape.wire_type, one)]
        if (
            shape.type == "timestamp" and words == "a text"
        ):  # botocore parses the other strings as times
            wrong = ["yesterday"]
        if wrong:
            yield words, wrong


def _unknown_members(original: Original) -> Mutations:
    value, members = original.value, original.shape.members
    yield "an unknown member", ({**value, "unknownMember": ""},)
    names = [name[:1].upper() + name[1:] for name in sorted(members)]
    yield "a member in another case", [{**value, one: ""} for one in names if one not in members]


def _left_out(original: Original) -> Mutations:
    yield f"{original.request.path[-1]} left out", (LEAVE_OUT,)


def _out_of_range(original: Original) -> Mutations:
    """Yield numbers that are out of range. They are strings if the valid value is a string."""
    value, entry = original.value, original.rule
    write = str if isinstance(value, str) else int
    if entry.maximum is not None:
        yield "one above the maximum", (write(entry.most + 1),)
    if entry.minimum is not None:
        yield "one below the minimum", (write(entry.least - 1),)
    if entry.maximum is not None:
        yield "far above the maximum", (write(entry.most + 2), write(GREATEST))
    if entry.minimum is not None and write is int:
        yield "far below the minimum", (entry.least - 2, LEAST)
    if write is str:
        yield from table(_PORTS, **_parts(value, entry, original.request))


def _lengths(original: Original) -> Mutations:
    """Yield strings that are too long or too short."""
    value, entry = original.value, original.rule
    if entry.maximum is not None:
        yield "one character too long", _stretched(value, entry.most + 1)
        far = [text for more in (2, 40, 10_000) for text in _stretched(value, entry.most + more)]
        yield "far too long", far
    if entry.minimum:
        words = "empty" if entry.least == 1 else "one character too short"
        yield words, (value[: entry.least - 1],)


def _stretched(value: str, size: int) -> list[str]:
    """Return strings of a size, lengthened by characters. Domain names are lengthened by labels."""
    middle = value[len(value) // 2 : len(value) // 2 + 1] or "a"
    filling = (middle if middle.isalnum() else "a") * (size - len(value))
    labels = ("a." * size + value)[-size:]
    return [value[:1] + filling + value[1:], value + filling, re.sub(r"^\.", "a", labels)]


def _counts(original: Original) -> Mutations:
    """Yield collections with too many elements or with none."""
    entry = original.rule
    if entry.maximum is not None:
        yield "one too many", (_of_size(original, entry.most + 1),)
        yield "far too many", [_of_size(original, entry.most + more) for more in (2, 3)]
    if entry.minimum:
        yield "empty", (type(original.value)(),)


def _of_size(original: Original, size: int) -> Any:
    value = original.value
    if isinstance(value, dict):
        first = next(iter(value.values()))
        free = (name for name in map("c{}".format, range(2 * size)) if name not in value)
        return {**value, **dict.fromkeys(islice(free, size - len(value)), first)}
    if original.shape.name == "TagList":
        return [{"key": f"k{number}"} for number in range(size)]
    return (value * size)[:size]


# --- mutations for single rules ----------------------------------------------------------------------


def _taken(original: Original) -> Mutations:
    """Yield names that already exist in the account."""
    request, found = original.request, []
    needs = request.needs
    for other in (f"{original.value[:40]}{end}" for end in ("2", "-2", "x")):
        if request.path[-1] == "certificateName":
            domains = {**needs.certificates, other: ("www.example.com",)}
            holding = replace(needs, certificates=domains)
        else:
            holding = replace(needs, services=(*needs.services, other))
        broken = put(request.broken, request.path, other)
        found.append(request._replace(broken=broken, needs=holding))
    yield "a name that is taken", found


def _twice(original: Original) -> Mutations:
    tags = original.value
    yield "a key twice", [[*tags, {"key": one["key"], "value": "again"}] for one in tags]
    yield "a whole tag twice", [[*tags, one] for one in tags]


def _too_many_domains(original: Original) -> Mutations:
    """Yield one certificate with too many domain names. Then yield too many certificates."""
    first, entry = next(iter(original.value)), original.rule
    for words, size in (("one too many", entry.most + 1), ("far too many", entry.most + 3)):
        names = [f"www{at}.example.com" for at in range(size)]
        certificates = {f"{first}{at or ''}": [name] for at, name in enumerate(names)}
        yield words, ({first: names} if entry.id == "domains.count" else certificates,)


def _closed_port(original: Original) -> Mutations:
    port, entry = original.value, rule("port.range")
    yield "the next port", (port % entry.most + 1, (port - 2) % entry.most + 1)
    yield "a common port", (80, 8080, 443)
    yield "the maximum or the minimum", (entry.most, entry.least)


def _wrong_protocol(original: Original) -> Mutations:
    request = original.request
    prefix = request.path[:-2]
    name = look(request.broken, (*prefix, _ENDPOINT, "containerName"))
    opened = (*prefix, "containers", name, "ports", str(original.value))
    for protocol in ("TCP", "UDP"):
        broken = put(request.broken, opened, protocol)
        yield f"{protocol} at the endpoint's port", (request._replace(broken=broken),)


class Mutation(NamedTuple):
    """How to break a rule or a kind of rule.

    ``make`` is a function or a table of strings. ``at`` leads from the rule's target to the part to
    change.
    """

    make: Callable[[Original], Mutations] | str
    at: Steps = ()


_IMAGE: Steps = ("containers", VALUE, "image")
_ENDPOINT = "publicEndpoint"
MUTATIONS: Mapping[str, Mutation] = {
    Kind.REQUIRED: Mutation(_left_out),
    Kind.ENUM: Mutation(_WORDS),
    Kind.RANGE: Mutation(_out_of_range),
    Kind.LENGTH: Mutation(_lengths),
    Kind.COUNT: Mutation(_counts),
    Kind.PATTERN: Mutation(_NAMES),
    "json.type": Mutation(_other_types),
    "json.unknown-member": Mutation(_unknown_members),
    # Relations, and patterns for which typical mistakes are known:
    "tags.unique-keys": Mutation(_twice),
    "domains.count": Mutation(_too_many_domains),
    "domains.certificates": Mutation(_too_many_domains),
    "domain.pattern": Mutation(_DOMAINS),
    "health-check.path": Mutation(_PATHS),
    "health-check.success-codes": Mutation(_CODES),
    "health-check.success-codes-order": Mutation(_REVERSED),
    "endpoint.container": Mutation(_WORDS, (_ENDPOINT, "containerName")),
    "endpoint.port": Mutation(_closed_port, (_ENDPOINT, "containerPort")),
    "endpoint.protocol": Mutation(_wrong_protocol, (_ENDPOINT, "containerPort")),
    "image.reference": Mutation(_IMAGES, _IMAGE),
    "image.own-service": Mutation(_OF_ANOTHER, _IMAGE),
    # Rules that depend on what the account holds:
    "image.exists": Mutation(_NOT_STORED),
    "image.stored": Mutation(_NOT_STORED),
    "service.exists": Mutation(_OTHERS),
    "service.name-free": Mutation(_taken),
    "certificate.name-free": Mutation(_taken),
    "certificate.known": Mutation(_OTHERS, ("certificateName",)),
    "certificate.exists": Mutation(_OTHERS),
    "certificate.covers-domain": Mutation(
        "another domain: uncovered.example.com  uncovered.example.org"
    ),
    "log.container": Mutation(_OTHERS),
    "page.token": Mutation("a made-up token: 1  next  from-  \u00e9  {hex}"),
    "resource.exists": Mutation(_OTHERS, ("resourceName",)),
}
"""How to break each kind of rule, and each rule for which the entry of its kind does not suit. If
neither a rule nor its kind has an entry, the rule is never broken.
"""


# --- deployments that fail ---------------------------------------------------------------------------

_PULLING, _EVALUATING = "CREATING_DEPLOYMENT", "EVALUATING_HEALTH_CHECK"
_CHECK: Steps = (_ENDPOINT, "healthCheck")
_COMMON_PORTS = (3000, 8000)
_Cases = Iterator[tuple[str, Any, Any, Mapping[str, Any], str]]
"""A description, a valid value, an invalid value, arguments of ``Image``, and the cause of the
failure."""


class Failure(NamedTuple):
    """Why a deployment with a public endpoint fails although the service accepts it.

    ``step`` is the ``stateDetail`` code of the step at which it fails. ``cases`` is called with the
    valid value that the steps ``at`` lead to.
    """

    step: str
    at: Steps
    cases: Callable[[Any], _Cases]


def _failing(location: Location, valid: Variant) -> Mutations:
    failure = FAILURES[location.id]
    prefix = location.steps[: -len(failure.at)]
    # With the default thresholds and interval, a few checks decide the health.
    check = {"path": "/health", "successCodes": "200-299", "timeoutSeconds": 5}
    plain = put(valid.broken, (*prefix, *_CHECK), check)
    port = look(plain, (*prefix, _ENDPOINT, "containerPort"))
    opened = {str(one): "HTTP" for one in (port - 1, port, port + 1, *_COMMON_PORTS)}
    plain = put(plain, locate(plain, (*prefix, "containers", VALUE, "ports")), opened)
    image = look(plain, locate(plain, (*prefix, *_IMAGE)))
    found: dict[str, list[Variant]] = {}
    for words, right, wrong, behaviour, cause in failure.cases(look(plain, valid.path)):
        failing = valid._replace(
            repaired=put(plain, valid.path, right),
            broken=put(plain, valid.path, wrong),
            images={wrong if failure.at == _IMAGE else image: behaviour},
            cause=cause,
        )
        found.setdefault(words, []).append(failing)
    return found.items()


def _not_pulled(image: str) -> _Cases:
    yield "no such image", image, f"{image}-x", {"pull": "fails"}, "the image cannot be pulled"


def _exits(image: str) -> _Cases:
    cause = "the container exits at once"
    yield "a container that exits", image, f"{image}-x", {"exits": 0}, cause


def _without_variable(given: Mapping[str, str]) -> _Cases:
    for name, value in {"DATABASE_URL": "1", "PORT": "80", "AWS_REGION": ""}.items():
        cause = f"the container exits at once without the environment variable {name}"
        yield "a missing variable", {**given, name: value}, given, {"needs_env": (name,)}, cause


def _other_path(path: str) -> _Cases:
    for one in (f"{path}z", f"{path}/", path.upper(), "/", "/api/v1", "/ping"):
        words = "a similar path" if one.lower().startswith(path) else "another path"
        yield words, path, one, {"responds": {path: 200}}, f"the response to GET {one} is 404"


def _other_codes(_: str) -> _Cases:
    for words, codes, status in (
        ("the next status code", "200", 201),
        ("the next status code", "200-299", 300),
        ("a client error", "200-299", 404),
        ("a client error", "200,301-302", 401),
    ):
        cause = f"the response to the health check is {status}; successCodes is {codes}"
        yield words, str(status), codes, {"responds": status}, cause


def _too_short(_: int) -> _Cases:
    least, most = rule("health-check.timeout").least, rule("health-check.timeout").most
    for at, takes in ((5, 6), (least, least + 1), (most - 1, most), (5, 30), (least, most)):
        words = "one second too short" if takes == at + 1 else "far too short"
        cause = f"the health check times out after {at} s; a response takes {takes} s"
        yield words, takes, at, {"answers_after": takes}, cause


def _other_port(port: int) -> _Cases:
    for one in (port + 1, port - 1, *_COMMON_PORTS):
        words = "a common port" if one in _COMMON_PORTS else "the next port"
        cause = f"nothing listens on port {port}; the container listens on port {one}"
        yield words, one, port, {"port": one}, cause


FAILURES: Mapping[str, Failure] = {
    "fails.pull": Failure(_PULLING, _IMAGE, _not_pulled),
    "fails.exit": Failure(_EVALUATING, _IMAGE, _exits),
    "fails.environment": Failure(_EVALUATING, (*_IMAGE[:-1], "environment"), _without_variable),
    "fails.health-path": Failure(_EVALUATING, (*_CHECK, "path"), _other_path),
    "fails.success-codes": Failure(_EVALUATING, (*_CHECK, "successCodes"), _other_codes),
    "fails.timeout": Failure(_EVALUATING, (*_CHECK, "timeoutSeconds"), _too_short),
    "fails.port": Failure(_EVALUATING, (_ENDPOINT, "containerPort"), _other_port),
}
"""Maps the id of each failure to the failure, the simplest first."""
