"""Where a request can break one rule, and how: the plainest way first."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice
from types import MappingProxyType
from typing import Any, NamedTuple

from hypothesis import strategies as st

from ..model.rule import Kind, Path, Rule
from ..model.rules import rule
from ..model.service import EACH, KEY, VALUE, Shape
from .shapes import GREATEST, LEAST, Draw, Limits, Shapes, Steps
from .strings import lengths, matching
from .whole import Needs

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
"""Kinds of rules that input alone does not break, except those in ``ACCOUNT_BREAKS``."""
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


@dataclass(frozen=True, eq=False)
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

    def __str__(self) -> str:
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
        breakable = entry.kind not in _ELSEWHERE or entry.id in ACCOUNT_BREAKS
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

_PATTERN_BREAKS = (
    "{upper}",
    "{}_a",
    "{} ",
    " {}",
    "{}\n",
    "-{}",
    "{}-",
    "{}.a",
    "a{}",
    ":{}",
    "{}\x00",
    "{}\t",
    "{}\x7f",
    "{}\u2028",
    # Letters that look like those of the Latin alphabet.
    "{}\u0430",
    "{}\uff41",
    "{}\u00e9",
    "{}\u0131",
    "{all_but_last}!",
    "aws:{}",
    "AWS:{}",
    "*.{}",
    "{},",
    "1{}",
    "{all_but_first}",
    "",
)
"""What people type by mistake, as formats of a valid text."""
_LONG_ENOUGH = 5
"""Characters by which a value is shortened so that a break fits into its length."""
_TOO_MANY = st.sampled_from((1, 2, 40, 10_000, 10_000))
"""Characters beyond a limit, in one draw that shrinks to one."""
_SOME_MORE = st.integers(1, 3)
"""Elements beyond a limit."""
_WRONG: Mapping[str, tuple[Any, ...]] = {
    "string": (0, True, [], {}, 1.5),
    "integer": ("1", 1.5, True, [], {}),
    "long": ("1", 1.5, True, [], {}),
    "double": ("1", True, [], {}),
    "float": ("1", True, [], {}),
    "boolean": ("true", 0, 1, [], {}),
    "structure": ("", 0, [], True),
    "map": ("", 0, [], True),
    "list": ("", 0, {}, True),
    "timestamp": ([], {}, "yesterday"),
    "blob": (0, [], {}),
}
"""Values of another type, by type."""


def breaks(shapes: Shapes, site: Site, value: Any, draw: Draw) -> Iterable[Any]:
    """Return values to replace ``value``; the first that breaks no other rule is used."""
    shape, entry = shapes.model.shapes[site.shape], site.rule
    if entry.id == "json.type":
        return _turned(_WRONG[shape.type], draw)
    if entry.id == "json.unknown-member":
        typed = [name[:1].upper() + name[1:] for name in sorted(shape.members)]
        names = ["unknownMember", *(name for name in typed if name not in shape.members)]
        return _turned([{**value, name: ""} for name in names], draw)
    if entry.kind is Kind.REQUIRED:
        return [LEAVE_OUT]
    if entry.kind is Kind.PATTERN:
        changes = _turned(_PATTERN_BREAKS, draw)
        return [
            change.format(text, upper=text.upper(), all_but_first=text[1:], all_but_last=text[:-1])
            for text in (value, value[_LONG_ENOUGH:])
            for change in changes
        ]
    if entry.kind is Kind.RELATION:
        return [_RELATIONS[entry.id](value, draw)]
    return _BY_KIND[entry.kind](site, value, draw)


def _turned(options: Iterable[Any], draw: Draw) -> list[Any]:
    """The options, beginning with a drawn one: each has its turn, and the first is the simplest."""
    given = list(options)
    first = draw(st.integers(0, len(given) - 1))
    return [*given[first:], *given[:first]]


def _near(site: Site, value: str, draw: Draw) -> list[Any]:
    """Texts that are almost one of the values."""
    near = [value.swapcase(), f"{value} ", f"{value}x", "", "unknown"]
    return _turned((text for text in near if text not in site.rule.values), draw)


def _beyond(site: Site, value: Any, draw: Draw) -> list[Any]:
    """Numbers out of range, the nearest first; as text where the place has text."""
    entry = site.rule
    outside: list[Any] = []
    if entry.maximum is not None:
        outside.append(draw(st.integers(entry.most + 1, GREATEST)))
    if entry.minimum is not None:
        outside.append(draw(st.integers(LEAST, entry.least - 1)))
    outside = _turned(outside, draw)
    if not isinstance(value, str):
        return outside
    return _turned([str(outside[0]), f"0{value}", f"{value} ", f"+{value}", "http", ""], draw)


def _lengths(site: Site, value: str, draw: Draw) -> Iterator[Any]:
    """Texts that are too long or too short."""
    entry = site.rule
    if entry.maximum is not None:
        most = entry.most
        size = most + draw(_TOO_MANY)
        middle = value[len(value) // 2 : len(value) // 2 + 1] or "a"
        filling = (middle if middle.isalnum() else "a") * (size - len(value))
        yield from (value[:1] + filling + value[1:], value + filling)
        yield draw(matching(site.limits.patterns, most + 1, most + 40))
    if entry.minimum:
        yield value[: entry.least - 1]


def _counts(site: Site, value: Any, draw: Draw) -> list[Any]:
    """Collections that are too large, or empty."""
    entry, found = site.rule, []
    if entry.minimum:
        found.append(type(value)())
    if entry.maximum is not None:
        size = entry.most + draw(_SOME_MORE)
        if isinstance(value, dict):
            first = next(iter(value.values()), None)
            free = (name for name in map("c{}".format, range(2 * size)) if name not in value)
            found.insert(0, {**value, **dict.fromkeys(islice(free, size - len(value)), first)})
        elif site.shape == "TagList":
            found.insert(0, [{"key": f"k{number}"} for number in range(size)])
        else:
            found.insert(0, (list(value) or [""]) * size)
    return _turned(found, draw)


_BY_KIND: Mapping[Kind, Callable[[Site, Any, Draw], Iterable[Any]]] = {
    Kind.ENUM: _near,
    Kind.RANGE: _beyond,
    Kind.LENGTH: _lengths,
    Kind.COUNT: _counts,
}


def _twice(tags: list[dict[str, str]], draw: Draw) -> list[dict[str, str]]:
    again = draw(st.sampled_from(tags))
    return [*tags, {"key": again["key"], "value": "again"}]


def _too_many_domains(domains: dict[str, list[str]], draw: Draw) -> dict[str, list[str]]:
    size = rule("domains.count").most + draw(_SOME_MORE)
    return {next(iter(domains)): [f"www{number}.example.com" for number in range(size)]}


def _too_many_certificates(domains: dict[str, list[str]], draw: Draw) -> dict[str, list[str]]:
    size = rule("domains.certificates").most + draw(_SOME_MORE)
    first = next(iter(domains))
    names = [first, *(f"{first}{number}" for number in range(1, size))]
    return {name: [f"www{number}.example.com"] for number, name in enumerate(names)}


def _turned_codes(_: str, draw: Draw) -> str:
    entry = rule("health-check.success-codes")
    low = draw(st.integers(entry.least, entry.most - 1))
    high = draw(st.integers(low + 1, entry.most))
    return f"{high}-{low}"


def _unknown_container(deployment: dict[str, Any], draw: Draw) -> Any:
    name = deployment["publicEndpoint"]["containerName"]
    names = [f"{name}2", name.upper(), f"{name} ", ""]
    free = [one for one in names if one not in deployment["containers"]]
    return put(deployment, ("publicEndpoint", "containerName"), draw(st.sampled_from(free)))


def _closed_port(deployment: dict[str, Any], draw: Draw) -> Any:
    container = deployment["containers"][deployment["publicEndpoint"]["containerName"]]
    entry = rule("port.range")
    used = {int(port) for port in container["ports"]}
    port = draw(st.integers(entry.least, entry.most))
    while port in used:
        port = port % entry.most + 1
    return put(deployment, ("publicEndpoint", "containerPort"), port)


def _wrong_protocol(deployment: dict[str, Any], draw: Draw) -> Any:
    endpoint = deployment["publicEndpoint"]
    path = ("containers", endpoint["containerName"], "ports", str(endpoint["containerPort"]))
    return put(deployment, path, draw(st.sampled_from(("TCP", "UDP"))))


_BAD_IMAGES = (
    "nginx:",
    "",
    " nginx",
    "nginx\n",
    "NGINX",
    "nginx latest",
    "n\u0261inx",
    "https://nginx",
    "nginx@sha256:0",
    ":{service}.web.LATEST",
    ":{service}.web",
    ":{service}.web.0",
    ":nginx:latest",
    ":",
    "nginx:" + "a" * 129,
    "a" * 5000,
)


def _with_image(request: dict[str, Any], image: str) -> Any:
    prefix: Path = ("deployment",) if "deployment" in request else ()
    name = next(iter(look(request, (*prefix, "containers"))))
    return put(request, (*prefix, "containers", name, "image"), image)


def _bad_image(request: dict[str, Any], draw: Draw) -> Any:
    image = draw(st.sampled_from(_BAD_IMAGES)).replace("{service}", request["serviceName"])
    return _with_image(request, image)


def _image_of_another(request: dict[str, Any], draw: Draw) -> Any:
    version = draw(st.sampled_from(("1", "latest", "27")))
    return _with_image(request, f":{request['serviceName']}2.web.{version}")


_RELATIONS: Mapping[str, Callable[[Any, Draw], Any]] = {
    "tags.unique-keys": _twice,
    "domains.count": _too_many_domains,
    "domains.certificates": _too_many_certificates,
    "health-check.success-codes-order": _turned_codes,
    "endpoint.container": _unknown_container,
    "endpoint.port": _closed_port,
    "endpoint.protocol": _wrong_protocol,
    "image.reference": _bad_image,
    "image.own-service": _image_of_another,
}
"""How each relation is broken in a value of its target."""


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


_AccountBreak = Callable[[Draw, dict[str, Any], Path, Needs], Broken]

_ENDINGS = ("2", "-2", "x", "3", "-3", "y")
"""More than there are certificates in a request: one of them is always free."""


def another(draw: Draw, value: str, taken: Collection[str] = ()) -> str:
    """Draw another valid name that is not ``taken``; if ``value`` is long, it is not longer."""
    others = [value[:40] + ending for ending in _ENDINGS]
    other: str = draw(st.sampled_from([one for one in others if one not in {value, *taken}]))
    return other


def _renamed(member: str = "") -> _AccountBreak:
    """Name another one, in a member of the request or where the rule applies."""

    def broken(draw: Draw, request: dict[str, Any], path: Path, needs: Needs) -> Broken:
        at = (member,) if member else path
        name = another(draw, look(request, at))
        return Broken(request, put(request, at, name), at, needs)

    return broken


def _resource(draw: Draw, request: dict[str, Any], path: Path, needs: Needs) -> Broken:
    """Another resource, or the right one with the ARN of another."""
    by_name = _renamed("resourceName")(draw, request, path, needs)
    arn = f"arn:aws:lightsail:{needs.region}:123456789012:ContainerService/0"
    by_arn = Broken(request, {**request, "resourceArn": arn}, ("resourceArn",), needs)
    chosen: Broken = draw(st.sampled_from((by_name, by_arn)))
    return chosen


def _taken(draw: Draw, request: dict[str, Any], path: Path, needs: Needs) -> Broken:
    name = another(draw, look(request, path))
    if path == ("serviceName",):
        needs = replace(needs, services=(*needs.services, name))
    else:
        needs = replace(needs, certificates={**needs.certificates, name: ("www.example.com",)})
    return Broken(request, put(request, path, name), path, needs)


def _unknown_certificate(draw: Draw, request: dict[str, Any], path: Path, needs: Needs) -> Broken:
    domains, name = look(request, path[:-1]), path[-1]
    other = another(draw, str(name), taken=domains)
    renamed = {other if one == name else one: names for one, names in domains.items()}
    return Broken(request, put(request, path[:-1], renamed), (*path[:-1], other), needs)


def _uncovered(draw: Draw, request: dict[str, Any], path: Path, needs: Needs) -> Broken:
    domains = [f"uncovered.example.{end}" for end in ("com", "org")]
    other = draw(st.sampled_from([one for one in domains if one != look(request, path)]))
    return Broken(request, put(request, path, other), path, needs)


def _token(draw: Draw, request: dict[str, Any], path: Path, needs: Needs) -> Broken:
    """A token that no response has provided; without a response there is no valid one."""
    token = draw(st.one_of(st.sampled_from(("1", "next", "from-")), st.text(min_size=1)))
    repaired = {name: value for name, value in request.items() if name != path[-1]}
    return Broken(repaired, put(request, path, token), path, needs)


def _stored(draw: Draw, request: dict[str, Any], path: Path, needs: Needs) -> Broken:
    """A well-formed name of a stored image that does not exist."""
    label = draw(st.sampled_from(("web", "a", "latest")))
    version = draw(st.sampled_from(("1", "latest", "2", "27", "1000")))
    image = f":{request['serviceName']}.{label}.{version}"
    return Broken(request, put(request, path, image), path, needs)


def _missing_image(draw: Draw, request: dict[str, Any], path: Path, needs: Needs) -> Broken:
    """Another version, or another label, of the image that exists."""
    stem = look(request, path).rpartition(".")[0]
    others = (f"{stem}.2", f"{stem}x.1", f"{stem}.latest", "nginx", "")
    return Broken(request, put(request, path, draw(st.sampled_from(others))), path, needs)


ACCOUNT_BREAKS: Mapping[str, _AccountBreak] = {
    "service.exists": _renamed(),
    "service.name-free": _taken,
    "certificate.name-free": _taken,
    "certificate.known": _renamed("certificateName"),
    "certificate.exists": _unknown_certificate,
    "certificate.covers-domain": _uncovered,
    "image.exists": _stored,
    "log.container": _renamed(),
    "page.token": _token,
    "image.stored": _missing_image,
    "resource.exists": _resource,
}
"""How to break, at a path of a request, each account rule that input can break."""
