"""Ways of breaking a rule that the account decides: requests that name what it does not hold, or does."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from hypothesis import strategies as st

from ..model.rule import Path
from .needs import Needs, has_puller
from .shapes import Draw

__all__ = ["ACCOUNT_BREAKS", "Case", "another", "put"]


class Case(NamedTuple):
    """A request, valid on an account that holds ``needs``, and what makes it invalid there."""

    repaired: dict[str, Any]
    broken: dict[str, Any]
    needs: Needs


def put(document: Any, path: Path, value: Any) -> Any:
    """The document with ``value`` at ``path``; what it shares with the document stays as it is."""
    if not path:
        return value
    first, rest = path[0], path[1:]
    if isinstance(document, list):
        return [
            put(one, rest, value) if index == first else one for index, one in enumerate(document)
        ]
    return {**document, first: put(document.get(first), rest, value)}


_UNCOVERED = ("uncovered.example.com", "uncovered.example.org")


_ENDINGS = ("2", "-2", "x", "3", "-3", "y")
"""More than a map of certificates has entries: one of them is always free."""


def another(draw: Draw, value: str, taken: Collection[str] = ()) -> str:
    """Another name that is as good, no longer than this one where it is long, and not ``taken``."""
    most = 40
    others = [value[:most] + ending for ending in _ENDINGS]
    other: str = draw(st.sampled_from([one for one in others if one not in {value, *taken}]))
    return other


def _other_domain(draw: Draw, name: str) -> str:
    """A domain name that nobody has a certificate for."""
    other: str = draw(st.sampled_from([one for one in _UNCOVERED if one != name]))
    return other


def _at(make: Callable[[Draw, str], str]) -> Callable[[Draw, dict[str, Any], Path, Needs], Case]:
    """Put another value where the rule is broken; ``make`` has it from the one that is right."""

    def broken(draw: Draw, request: dict[str, Any], path: Path, needs: Needs) -> Case:
        value: Any = request
        for part in path:
            value = value[part]
        return Case(request, put(request, path, make(draw, value)), needs)

    return broken


def _member(name: str) -> Callable[[Draw, dict[str, Any], Path, Needs], Case]:
    """Name another one in a member of the request."""

    def broken(draw: Draw, request: dict[str, Any], path: Path, needs: Needs) -> Case:
        del path
        return Case(request, {**request, name: another(draw, request[name])}, needs)

    return broken


def _resource(draw: Draw, request: dict[str, Any], path: Path, needs: Needs) -> Case:
    """Another resource, or the right one with the ARN of another."""
    by_name, by_arn = _member("resourceName")(draw, request, path, needs), "resourceArn"
    arn = f"arn:aws:lightsail:{needs.region}:123456789012:ContainerService/0"
    chosen: Case = draw(st.sampled_from((by_name, Case(request, {**request, by_arn: arn}, needs))))
    return chosen


def _taken(draw: Draw, request: dict[str, Any], path: Path, needs: Needs) -> Case:
    del path
    name = another(draw, request["serviceName"])
    taken = replace(needs, services=(*needs.services, name))
    return Case(request, {**request, "serviceName": name}, taken)


def _taken_certificate(draw: Draw, request: dict[str, Any], path: Path, needs: Needs) -> Case:
    del path
    name = another(draw, request["certificateName"])
    held = replace(needs, certificates={**needs.certificates, name: ("www.example.com",)})
    return Case(request, {**request, "certificateName": name}, held)


def _unknown_certificate(draw: Draw, request: dict[str, Any], path: Path, needs: Needs) -> Case:
    domains, name = request["publicDomainNames"], path[-1]
    other = another(draw, str(name), taken=domains)
    renamed = {other if one == name else one: names for one, names in domains.items()}
    return Case(request, {**request, "publicDomainNames": renamed}, needs)


def _token(draw: Draw, request: dict[str, Any], path: Path, needs: Needs) -> Case:
    """A token that no answer has given; there is no valid one as long as there was no answer."""
    token = draw(st.one_of(st.sampled_from(("1", "next", "from-")), st.text(min_size=1)))
    member = str(path[-1])
    repaired = {name: value for name, value in request.items() if name != member}
    return Case(repaired, {**request, member: token}, needs)


def _stored(draw: Draw, request: dict[str, Any], path: Path, needs: Needs) -> Case:
    """An image that would be stored with the service, if it were."""
    label, version = draw(st.sampled_from(("web", "a", "latest"))), draw(_VERSIONS)
    image = f":{request['serviceName']}.{label}.{version}"
    return Case(request, put(request, path, image), needs)


_VERSIONS = st.sampled_from(("1", "latest", "2", "27", "1000"))


def _foreign(draw: Draw, request: dict[str, Any], path: Path, needs: Needs) -> Case:
    regions = [one for one in ("us-west-2", "eu-west-1", "us-east-1") if one != needs.region]
    return _in_repository(draw, request, path, needs, draw(st.sampled_from(regions)))


def _inaccessible(draw: Draw, request: dict[str, Any], path: Path, needs: Needs) -> Case:
    without = {name: value for name, value in request.items() if name != "privateRegistryAccess"}
    repaired = without if has_puller(request) else request
    return _in_repository(draw, repaired, path, needs, needs.region)


def _in_repository(
    draw: Draw, request: dict[str, Any], path: Path, needs: Needs, region: str
) -> Case:
    tag = draw(st.sampled_from(("", ":1", ":latest")))
    image = f"123456789012.dkr.ecr.{region}.amazonaws.com/web{tag}"
    return Case(request, put(request, path, image), needs)


def _missing_image(draw: Draw, request: dict[str, Any], path: Path, needs: Needs) -> Case:
    """Another version, or another label, of the image that is there."""
    image = request["image"]
    stem = image.rpartition(".")[0]
    other = draw(st.sampled_from((f"{stem}.2", f"{stem}x.1", f"{stem}.latest", "nginx", "")))
    return Case(request, put(request, path, other), needs)


ACCOUNT_BREAKS: Mapping[str, Callable[[Draw, dict[str, Any], Path, Needs], Case]] = {
    "service.exists": _at(another),
    "service.name-free": _taken,
    "certificate.name-free": _taken_certificate,
    "certificate.known": _member("certificateName"),
    "certificate.exists": _unknown_certificate,
    "certificate.covers-domain": _at(_other_domain),
    "image.exists": _stored,
    "image.ecr-region": _foreign,
    "image.ecr-access": _inaccessible,
    "log.container": _at(another),
    "page.token": _token,
    "image.stored": _missing_image,
    "resource.exists": _resource,
}
"""By rule: a request is broken at a path, as far as the account holds ``needs``."""
