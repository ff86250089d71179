"""Ways of breaking one rule at one place, the plainest first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from hypothesis import strategies as st

from ..model.rule import Kind
from ..model.rules import rule
from ..model.service import load
from .shapes import GREATEST, LEAST, Draw, Shapes
from .sites import Site
from .strings import matching

__all__ = ["LEAVE_OUT", "breaks", "relations"]

LEAVE_OUT = object()
"""Stands for a member that is taken away."""


_LOOK_ALIKES = "\u0430\uff41\u00e9\u0131"
_PATTERN_BREAKS: tuple[Callable[[str], str], ...] = (
    str.upper,
    lambda text: f"{text}_a",
    lambda text: f"{text} ",
    lambda text: f" {text}",
    lambda text: f"{text}\n",
    lambda text: f"-{text}",
    lambda text: f"{text}-",
    lambda text: f"{text}.a",
    lambda text: f"a{text}",
    lambda text: f":{text}",
    lambda text: f"{text}\x00",
    lambda text: f"{text}\t",
    lambda text: f"{text}\x7f",
    lambda text: f"{text}\u2028",
    *(lambda text, letter=letter: f"{text}{letter}" for letter in _LOOK_ALIKES),
    lambda text: text[:-1] + "!",
    lambda text: f"aws:{text}",
    lambda text: f"AWS:{text}",
    lambda text: f"*.{text}",
    lambda text: f"{text},",
    lambda text: f"1{text}",
    lambda text: text[1:],
    lambda text: text[:0],
)
_LONG_ENOUGH = 5
"""Characters that a value is shortened by for a break to fit into its length."""
_TOO_MANY = st.sampled_from((1, 2, 40, 10_000, 10_000))
"""Characters beyond a limit, in one draw: the least is what is left in the end."""
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


def breaks(shapes: Shapes, site: Site, value: Any, draw: Draw) -> Iterable[Any]:
    """Values to stand in the place of ``value``, of which the first that breaks nothing else is used."""
    shape, entry = shapes.model.shapes[site.shape], site.rule
    if entry.id == "json.type":
        return _turned(_WRONG[shape.type], draw)
    if entry.id == "json.unknown-member":
        return _turned([{**value, name: ""} for name in _typos(shape.members)], draw)
    return _BY_KIND[entry.kind](site, value, draw)


def _turned(options: Any, draw: Draw) -> list[Any]:
    """The options from a drawn one on, so that each has its turn and the first is the simplest."""
    given = list(options)
    first = draw(st.integers(0, len(given) - 1))
    return [*given[first:], *given[:first]]


def _typos(members: Mapping[str, Any]) -> list[str]:
    """A name that nobody means, and those that people write for a member."""
    typed = [name[:1].upper() + name[1:] for name in sorted(members)]
    return ["unknownMember", *(name for name in typed if name not in members)]


def _near(site: Site, value: str, draw: Draw) -> list[Any]:
    """Texts that are nearly one of the values."""
    near = [value.swapcase(), f"{value} ", f"{value}x", "", "unknown"]
    return _turned([text for text in near if text not in site.rule.values], draw)


def _beyond(site: Site, value: Any, draw: Draw) -> list[Any]:
    """Numbers outside of a range, the nearest first; as text where the place has text."""
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


def _patterns(value: str, draw: Draw) -> list[Any]:
    """Texts that are nearly right; where they are too long for that, with less of the value."""
    changes = _turned(_PATTERN_BREAKS, draw)
    return [change(text) for text in (value, value[_LONG_ENOUGH:]) for change in changes]


def _counts(site: Site, value: Any, draw: Draw) -> list[Any]:
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


def _twice(tags: list[dict[str, str]], draw: Draw) -> list[dict[str, str]]:
    again = draw(st.sampled_from(tags))
    return [*tags, {"key": again["key"], "value": "again"}]


def _too_many_domains(domains: dict[str, list[str]], draw: Draw) -> dict[str, list[str]]:
    most = rule("domains.count").most
    count = most + draw(_SOME_MORE)
    first = next(iter(domains))
    return {first: [f"www{number}.example.com" for number in range(count)]}


def _too_many_certificates(domains: dict[str, list[str]], draw: Draw) -> dict[str, list[str]]:
    most = rule("domains.certificates").most
    count = most + draw(_SOME_MORE)
    first = next(iter(domains))
    names = [first, *(f"{first}{number}" for number in range(1, count))]
    return {name: [f"www{number}.example.com"] for number, name in enumerate(names)}


def _turned_codes(codes: str, draw: Draw) -> str:
    del codes
    entry = rule("health-check.success-codes")
    low = draw(st.integers(entry.least, entry.most - 1))
    high = draw(st.integers(low + 1, entry.most))
    return f"{high}-{low}"


def _endpoint(deployment: dict[str, Any], **change: Any) -> dict[str, Any]:
    return {**deployment, "publicEndpoint": {**deployment["publicEndpoint"], **change}}


def _unknown_container(deployment: dict[str, Any], draw: Draw) -> dict[str, Any]:
    name = deployment["publicEndpoint"]["containerName"]
    names = [f"{name}2", name.upper(), f"{name} ", ""]
    free = [one for one in names if one not in deployment["containers"]]
    return _endpoint(deployment, containerName=draw(st.sampled_from(free)))


def _closed_port(deployment: dict[str, Any], draw: Draw) -> dict[str, Any]:
    container = deployment["containers"][deployment["publicEndpoint"]["containerName"]]
    entry = rule("port.range")
    used = {int(port) for port in container["ports"]}
    port = draw(st.integers(entry.least, entry.most))
    while port in used:
        port = port % entry.most + 1
    return _endpoint(deployment, containerPort=port)


def _wrong_protocol(deployment: dict[str, Any], draw: Draw) -> dict[str, Any]:
    endpoint = deployment["publicEndpoint"]
    name, port = endpoint["containerName"], str(endpoint["containerPort"])
    container = deployment["containers"][name]
    spoken = rule("endpoint.protocol").values
    others = [one for one in load().shapes["ContainerServiceProtocol"].enum if one not in spoken]
    changed = {**container, "ports": {**container["ports"], port: draw(st.sampled_from(others))}}
    return {**deployment, "containers": {**deployment["containers"], name: changed}}


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


def _with_image(request: dict[str, Any], image: str) -> dict[str, Any]:
    inner = request.get("deployment")
    part = request if inner is None else inner
    name = next(iter(part["containers"]))
    containers = {**part["containers"], name: {**part["containers"][name], "image": image}}
    changed = {**part, "containers": containers}
    return changed if inner is None else {**request, "deployment": changed}


def _bad_image(request: dict[str, Any], draw: Draw) -> dict[str, Any]:
    image = draw(st.sampled_from(_BAD_IMAGES)).replace("{service}", request["serviceName"])
    return _with_image(request, image)


def _image_of_another(request: dict[str, Any], draw: Draw) -> dict[str, Any]:
    version = draw(st.sampled_from(["1", "latest", "27"]))
    return _with_image(request, f":{request['serviceName']}2.web.{version}")


relations: Mapping[str, Callable[[Any, Draw], Any]] = {
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


_BY_KIND: Mapping[Kind, Callable[[Site, Any, Draw], Iterable[Any]]] = {
    Kind.REQUIRED: lambda site, value, draw: [LEAVE_OUT],  # noqa: ARG005 - it is only left out
    Kind.ENUM: _near,
    Kind.PATTERN: lambda site, value, draw: _patterns(value, draw),  # noqa: ARG005 - all are alike
    Kind.RANGE: _beyond,
    Kind.LENGTH: _lengths,
    Kind.COUNT: _counts,
    Kind.RELATION: lambda site, value, draw: [relations[site.rule.id](value, draw)],
}
