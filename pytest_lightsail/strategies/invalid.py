"""Requests that break one rule, labelled with the result: the label is read from the request."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from typing import Any, NamedTuple, TypeVar

import botocore.loaders
from botocore.exceptions import ParamValidationError
from botocore.model import ServiceModel
from botocore.validate import ParamValidator
from hypothesis import event, note
from hypothesis import strategies as st

from ..contract.validator import request_validator
from ..exceptions import ConfigurationError, did_you_mean
from ..model.bounds import on_the_wire
from ..model.catalogue import RULES
from ..model.rule import Kind, Path, show_path
from ..model.service import KEY, VALUE
from .shapes import Draw, Steps, made_once, named
from .special import Needs, call, needs_of, request_root, request_shapes
from .ways import (
    CLIENT,
    DEPLOYMENT,
    FLAWS,
    LEAVE_OUT,
    SERVICE,
    Broken,
    Site,
    locate,
    look,
    put,
    sites,
)

_KINDS = (CLIENT, SERVICE, DEPLOYMENT)
_Image = TypeVar("_Image")


@dataclass(frozen=True)
class Expected:
    """The result of an invalid value.

    Attributes:
        name: the name of the error, as in ``ClientError.response["Error"]["Code"]``;
            ``ParamValidationError`` is botocore's own, raised before anything is sent; ``FAILED`` is not
            an error but the state in which the deployment ends.
        message: the text of the error, or why the deployment fails.
        step: the code of the ``stateDetail`` during which the deployment fails.
    """

    name: str
    message: str
    step: str | None = None

    def __str__(self) -> str:
        return self.name if self.step is None else f"{self.name} at {self.step}"


@dataclass(frozen=True)
class Invalid:
    """A value that breaks one rule.

    Attributes:
        value: the value; for ``invalid_requests`` the whole request.
        rule: the id of the broken rule, as in docs/rules.md; of kind ``deployment`` the id of a flaw,
            which begins with ``fails.``.
        path: where, in the request, such as ``publicEndpoint.healthCheck.timeoutSeconds``.
        error: the result.
        kind: ``client`` if botocore refuses it before any request, ``service`` if the service does,
            ``deployment`` if the service accepts it and the deployment fails later.
        operation: the operation that the request is for.
        request: the whole request, valid except for this; keyword arguments of a boto3 call.
        repaired: the same request, valid: the one in which the value was replaced.
        needs: what the account must hold for ``repaired`` to be accepted.
        images: of kind ``deployment``: the arguments of ``Image`` by the reference of an image, for
            ``lightsail.images``.
        way: how, in words, such as ``one above the greatest``.
    """

    value: Any
    rule: str
    path: str
    error: Expected
    kind: str
    operation: str = field(repr=False)
    request: dict[str, Any] = field(repr=False)
    repaired: dict[str, Any] = field(repr=False)
    needs: Needs = field(default_factory=Needs, repr=False)
    images: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, repr=False)
    way: str = ""

    def __str__(self) -> str:
        what = f"{self.operation}: {self.path or 'request'} breaks {self.rule}"
        return f"{what} ({self.kind}: {self.error})"

    def _repr_pretty_(self, printer: Any, cycle: object) -> None:
        """Show it in a failing example without what a test does not look at."""
        del cycle
        printer.text(repr(self))

    @property
    def is_flaw(self) -> bool:
        """Whether it breaks no rule: the service accepts it, and the deployment fails."""
        return self.kind == DEPLOYMENT

    def images_as(self, image: Callable[..., _Image]) -> dict[str, _Image]:
        """Return the images that a test puts into the account for the deployment to fail.

        >>> from pytest_lightsail import Image
        >>> error = Expected("FAILED", "it cannot be pulled", "CREATING_DEPLOYMENT")
        >>> images = {"nginx:9": {"pull": "fails"}}
        >>> case = Invalid("nginx:9", "fails.pull", "", error, "deployment", "", {}, {}, images=images)
        >>> case.images_as(Image)
        {'nginx:9': Image(pull='fails', optional=True)}

        In a test: ``lightsail.images.update(case.images_as(Image))``. They are optional, because a caller
        may refuse the input by itself.
        """
        return {reference: image(**does, optional=True) for reference, does in self.images.items()}


@made_once
def invalid_requests(
    operation: str,
    *,
    rules: Collection[str] | None = None,
    kind: str | None = None,
    under: str = "",
) -> st.SearchStrategy[Invalid]:
    """Return a strategy for requests of an operation that break one rule and are otherwise valid.

    Each rule comes up about as often as the others, and so does each place and way of breaking it. The
    rest of a request is plain.

    Args:
        operation: the operation.
        rules: only these, by id, such as ``{"scale.range"}``.
        kind: only what the ``client`` (botocore) refuses, or only what the ``service`` refuses; both if
            left out. ``deployment`` is what the service accepts, though the deployment will fail.
        under: only at or below this member, such as ``publicEndpoint.healthCheck``.

    Raises:
        ConfigurationError: no rule is left to break, or there is no such rule or kind.
        UnknownOperationError: Lightsail has no such operation.

    >>> from hypothesis import find
    >>> case = find(invalid_requests("CreateContainerService", rules={"scale.range"}), lambda case: True)
    >>> print(case)
    CreateContainerService: scale breaks scale.range (service: InvalidInputException)
    >>> case.way
    'one above the greatest'
    """
    place = Place(operation, tuple(under.split(".")) if under else (), kind)
    chosen = cases(place, rules)
    if not chosen:
        every = (cases(place._replace(kind=one), None) for one in (None, DEPLOYMENT))
        known = ", ".join(sorted({one.id for found in every for one in found})) or "none"
        raise ConfigurationError(
            f"invalid_requests: no rule of {operation} matches these arguments; its rules are {known}"
        )
    return invalid_at(place, chosen)


class Place(NamedTuple):
    """Which invalid values to draw, and from which part of a request.

    Attributes:
        operation: the operation.
        way: the path in its request to the part that is drawn.
        kind: who refuses it.
        as_text: whether ports are text or numbers; ``None`` for both.
    """

    operation: str
    way: Steps = ()
    kind: str | None = None
    as_text: bool | None = True


def cases(place: Place, rules: Collection[str] | None) -> tuple[Site, ...]:
    """Return the matching sites of an operation.

    Raises:
        ConfigurationError: there is no such rule or kind.
        UnknownOperationError: Lightsail has no such operation.
    """
    if place.kind not in {None, *_KINDS}:
        kinds = ", ".join(map(repr, _KINDS))
        raise ConfigurationError(f"kind is one of {kinds}, not {place.kind!r}")
    if isinstance(rules, str):
        raise ConfigurationError(f"rules is a set of ids, such as {{{rules!r}}}")
    known = [*(entry.id for entry in RULES), *FLAWS]
    for unknown in sorted(set(rules or ()) - set(known)):
        raise ConfigurationError(
            f"no rule {unknown}; docs/rules.md lists them{did_you_mean(unknown, known)}"
        )
    shapes, root = request_shapes(), request_root(place.operation)
    return tuple(
        one
        for one in (sites(shapes, root) if root in shapes.model.shapes else ())
        if one.kinds & _wanted(place.kind)
        and one.way[: len(place.way)] == place.way
        and (rules is None or one.id in rules)
    )


def _wanted(kind: str | None) -> frozenset[str]:
    """Return the kinds that are asked for; by default everything that is refused."""
    return frozenset({CLIENT, SERVICE} if kind is None else {kind})


# --- drawn, and listed -------------------------------------------------------------------------------

_TURNS = 2520
"""How many numbers there are, of which each rule has its share."""
_STRIDE = 7919
"""The distance, a prime, between values that follow each other."""
_TRIED, _LISTED = 40, 1000
"""How many values of a way are tried for one that breaks the rule; how many of a way are all listed."""


@st.composite
def invalid_at(draw: Draw, place: Place, chosen: tuple[Site, ...]) -> Invalid:
    """Draw a request that breaks the rule of one of the sites.

    One number decides the rule, then the site, the way, and how near the value is, so that none of these
    comes up less often than others: Hypothesis repeats no number from which nothing else is drawn.
    """
    order = list(dict.fromkeys(one.id for one in chosen))
    turn, slot = divmod(draw(st.sampled_from(range(_TURNS))), len(order))
    of_rule = [one for one in chosen if one.id == order[slot]]
    turn, number = divmod(turn, len(of_rule))
    site = of_rule[number]
    plain, made = _plain(place, site), None
    if plain is not None:
        made = _first_broken(place, site, plain, turn + number)
    if made is None:  # other operations, or a relation keeps the plain request from being broken so
        drawn: Invalid = draw(_broken_somewhere(place, site, turn + number).filter(bool))
        made = drawn
    event(f"{made.rule} at {'.'.join(site.way) or 'request'}, {made.kind}")
    note(str(made))
    return made


@st.composite
def _broken_somewhere(draw: Draw, place: Place, site: Site, turn: int) -> Invalid | None:
    """Draw a whole request, and break it at a site; ``None`` if that cannot be done alone."""
    whole = request_shapes().of(request_root(place.operation), "", site.needed)
    return _first_broken(place, site, draw(whole), turn)


def _first_broken(place: Place, site: Site, request: dict[str, Any], turn: int) -> Invalid | None:
    """Break the rule of a site in the way whose turn it is, or in another one if that breaks nothing."""
    valid = _valid(place, site, _without_endpoint(request, site.needed))
    ways = list(site.ways(valid))
    near, first = divmod(turn, len(ways))
    for words, values in (*ways[first:], *ways[:first]):
        for value in _from(near * _STRIDE, values):
            # A port is a number where it can be one.
            for as_text in (near % 2 == 1, True) if place.as_text is None else (place.as_text,):
                case = _planted(valid, site, value)
                made = _invalid(place, site, words, case, as_text=as_text)
                if made is not None:
                    return made
    return None


def _from(first: int, values: Sequence[Any]) -> Iterator[Any]:
    """Yield the value at ``first``, modulo their number, and then the first few values."""
    if values:
        yield values[first % len(values)]
        yield from islice(values, _TRIED)


def every_way(place: Place, chosen: Iterable[Site]) -> Iterator[tuple[int, Invalid]]:
    """Yield each way of breaking the rules of the sites in a fixed request, with how near it is.

    These are all values of a way, or, of a range of numbers, the nearest and the farthest.
    """
    for site in chosen:
        plain = _plain(place, site) or {}
        valid = _valid(place, site, _without_endpoint(plain, site.needed))
        for words, values in site.ways(valid):
            size = len(values)
            for near in range(size) if size <= _LISTED else (0, size - 1):
                for as_text in (False, True) if place.as_text is None else (place.as_text,):
                    case = _planted(valid, site, values[near])
                    made = _invalid(place, site, words, case, as_text=as_text)
                    if made is not None:
                        yield near, made


# --- a valid request, and the same broken ------------------------------------------------------------


def _valid(place: Place, site: Site, request: dict[str, Any]) -> Broken:
    """Return the request that is to be broken at a site."""
    # A member that no valid request has may be there only to be broken.
    without = (
        f"{request_root(place.operation)}.{''.join(site.way[:1])}" in request_shapes().left_out
    )
    repaired = {name: one for name, one in request.items() if not without or name != site.way[0]}
    needs = needs_of(place.operation, request)
    return Broken(repaired, request, locate(request, site.way), needs)


def _planted(valid: Broken, site: Site, value: Any) -> Broken:
    """Return the request with a value at the place of a site."""
    if isinstance(value, Broken):
        return value
    request, path = valid.broken, valid.path
    above, last = path[:-1], path[-1:]
    holder = look(request, above)
    if site.way[-1:] == (KEY,):
        # The entry stays, since others may name its key.
        broken = put(request, above, {**holder, value: holder[last[0]]})
    elif value is LEAVE_OUT:
        broken = put(request, above, {name: one for name, one in holder.items() if name != last[0]})
    else:
        broken = put(request, path, value)
    return valid._replace(broken=broken)


def _invalid(
    place: Place, site: Site, words: str, case: Broken, *, as_text: bool
) -> Invalid | None:
    """Return the label of a request that breaks the rule of a site, and no other rule."""
    path = case.path
    if site.rule is None:
        kind, error = DEPLOYMENT, Expected("FAILED", case.cause, FLAWS[site.id].step)
    else:
        found = _only_violation(place.operation, site, case)
        if found is None:
            return None
        kind, (message, path) = SERVICE, found
        error = Expected(site.rule.error, message)
        if (text := _client_error(place.operation, case.broken)) is not None:
            kind, error = CLIENT, Expected("ParamValidationError", text)
    value = _value(place, case.broken, path, as_text=as_text)
    if kind not in _wanted(place.kind) or (value is None and not as_text):
        return None
    return Invalid(
        value=value,
        rule=site.id,
        path=show_path(path),
        error=error,
        kind=kind,
        operation=place.operation,
        request=case.broken,
        repaired=case.repaired,
        needs=case.needs,
        images=case.images,
        way=words,
    )


def _value(place: Place, request: dict[str, Any], path: Path, *, as_text: bool) -> Any:
    """Return what is handed out of a broken request; ``None`` if that must be a number."""
    if place.way[-1:] != (KEY,):
        return look(request, locate(request, place.way))
    name = str(path[-1])
    if as_text:
        return name
    return int(name) if re.fullmatch("0|-?[1-9][0-9]*", name, re.ASCII) else None


def _only_violation(operation: str, site: Site, case: Broken) -> tuple[str, Path] | None:
    """Message and path of the violation, if it is the only one and of the site's rule."""
    validator = request_validator(request_shapes().model)
    violations = validator.violations(operation, on_the_wire(case.broken))
    if [one.rule.id for one in violations] == [site.id]:
        return violations[0].message, violations[0].path
    if not violations:
        made = call(operation, case.broken, case.needs)
        if made.rule == site.id:
            return made.message, case.path
    return None


@lru_cache(maxsize=1)
def _botocore_model() -> ServiceModel:
    loader = botocore.loaders.Loader()
    return ServiceModel(loader.load_service_model("lightsail", "service-2"), "lightsail")


def _client_error(operation: str, request: Mapping[str, Any]) -> str | None:
    """Return the message of botocore's ParamValidationError for a request; ``None`` if it has none.

    botocore's own validator decides, since what it checks (lower bounds, but no upper ones) is its own.
    """
    shape = _botocore_model().operation_model(operation).input_shape
    if shape is None:
        return None
    report = ParamValidator().validate(request, shape)
    if not report.has_errors():
        return None
    return str(ParamValidationError(report=report.generate_report()))


# --- plain requests ----------------------------------------------------------------------------------


def _plain(place: Place, site: Site) -> dict[str, Any] | None:
    """Return a fixed request with what a site needs, and else with what is required.

    Return ``None`` for operations whose members are not known here.
    """
    shapes = request_shapes()
    kept = shapes.required(shapes.model.shapes[request_root(place.operation)]) | {*site.needed[:1]}
    if not kept <= _MEMBERS.keys():
        return None
    return {name: value for name, value in _MEMBERS.items() if name in kept}


def _without_endpoint(request: dict[str, Any], needed: Steps) -> dict[str, Any]:
    """Return the request without its endpoint, which a broken container would break as well."""
    if needed[:1] == ("deployment",):
        inner = _without_endpoint(request["deployment"], needed[1:])
        return {**request, "deployment": inner}
    hidden = {"publicEndpoint"} if needed[:1] == ("containers",) else set()
    return {name: one for name, one in request.items() if name not in hidden}


_WEB = {
    "image": "nginx",
    "command": ["serve"],
    "environment": {"LOG_LEVEL": "info"},
    "ports": {"80": "HTTP"},
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
_MEMBERS: Mapping[str, Any] = {
    "serviceName": "shop",
    "power": "nano",
    "scale": 1,
    "tags": [{"key": "team", "value": "web"}],
    "publicDomainNames": {"cert": ["www.example.com"]},
    "privateRegistryAccess": {"ecrImagePullerRole": {"isActive": False}},
    "deployment": _DEPLOYMENT,
    **_DEPLOYMENT,
    "label": "web",
    "digest": f"sha256:{'0' * 64}",
}
"""Plain values of members of requests."""


# --- invalid values: each is read from a request that breaks one rule --------------------------------

PLACES: dict[str, str] = {}
"""Where the values of a strategy function stand: an operation, and the way into its request."""


def place_of(
    name: str,
    *,
    rules: Collection[str] | None = None,
    kind: str | None = None,
    as_text: bool | None = True,
) -> tuple[Place, tuple[Site, ...]]:
    """Return where the values of ``invalid_…`` stand, and what can be broken there.

    Raises:
        ConfigurationError: no rule is left to break.
    """
    operation, *steps = PLACES[name].split(".")
    place = Place(operation, tuple(steps), kind, as_text)
    chosen = tuple(
        one
        for one in cases(place, rules)
        # A value that is left out is not a value.
        if one.way != place.way or one.rule is None or one.rule.kind is not Kind.REQUIRED
    )
    if not chosen:
        raise ConfigurationError("no rule is left to break")
    return place, chosen


def _at(name: str, place: str) -> Callable[..., st.SearchStrategy[Invalid]]:
    """Return the strategy function for one place."""
    PLACES[name] = place

    def invalid(
        *, rules: Collection[str] | None = None, kind: str | None = None
    ) -> st.SearchStrategy[Invalid]:
        return invalid_at(*place_of(name, rules=rules, kind=kind))

    invalid.__name__ = invalid.__qualname__ = name
    invalid.__doc__ = (
        f"Values that ``{name.removeprefix('invalid_')}`` never draws: each has one error.\n\n"
        "``rules`` and ``kind`` are those of ``invalid_requests``."
    )
    return named(invalid)


_CREATE, _DEPLOY = "CreateContainerService", "CreateContainerServiceDeployment"
_CONTAINER = f"{_DEPLOY}.containers.{VALUE}"
_ENDPOINT = f"{_DEPLOY}.publicEndpoint"

invalid_service_names = _at("invalid_service_names", f"{_CREATE}.serviceName")
invalid_powers = _at("invalid_powers", f"{_CREATE}.power")
invalid_scales = _at("invalid_scales", f"{_CREATE}.scale")
invalid_tags = _at("invalid_tags", f"{_CREATE}.tags")
invalid_public_domain_names = _at("invalid_public_domain_names", f"{_CREATE}.publicDomainNames")
invalid_private_registry_access = _at(
    "invalid_private_registry_access", f"{_CREATE}.privateRegistryAccess"
)
invalid_deployments = _at("invalid_deployments", f"{_CREATE}.deployment")
invalid_containers = _at("invalid_containers", f"{_DEPLOY}.containers")
invalid_container_names = _at("invalid_container_names", f"{_DEPLOY}.containers.{KEY}")
invalid_image_references = _at("invalid_image_references", f"{_CONTAINER}.image")
invalid_commands = _at("invalid_commands", f"{_CONTAINER}.command")
invalid_environments = _at("invalid_environments", f"{_CONTAINER}.environment")
invalid_protocols = _at("invalid_protocols", f"{_CONTAINER}.ports.{VALUE}")
invalid_public_endpoints = _at("invalid_public_endpoints", _ENDPOINT)
invalid_health_checks = _at("invalid_health_checks", f"{_ENDPOINT}.healthCheck")
invalid_success_codes = _at("invalid_success_codes", f"{_ENDPOINT}.healthCheck.successCodes")
invalid_container_labels = _at("invalid_container_labels", "RegisterContainerImage.label")
PLACES["invalid_ports"] = f"{_CONTAINER}.ports.{KEY}"


@named
def invalid_ports(
    *,
    rules: Collection[str] | None = None,
    kind: str | None = None,
    as_text: bool | None = None,
) -> st.SearchStrategy[Invalid]:
    """Return a strategy for invalid ports: numbers, and text as in the keys of ``ports``.

    Args:
        rules: as for ``invalid_requests``.
        kind: as for ``invalid_requests``.
        as_text: true for text only, such as ``"080"``; false for numbers only, such as ``65536``; by
            default both.
    """
    return invalid_at(*place_of("invalid_ports", rules=rules, kind=kind, as_text=as_text))
