"""Requests that break one rule, labelled with the result: the label is read from the request."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from itertools import islice
from typing import Any, TypeVar

import botocore.loaders
from botocore.exceptions import ParamValidationError
from botocore.model import ServiceModel
from botocore.validate import ParamValidator
from hypothesis import event, note
from hypothesis import strategies as st

from ..contract.validator import request_validator
from ..exceptions import ConfigurationError
from ..model.bounds import on_the_wire
from ..model.catalogue import RULES
from ..model.rule import Kind, Path, show_path
from ..model.service import EACH, KEY, VALUE
from ..wording import did_you_mean
from .flaws import FLAWS, Flaw, flaws
from .shapes import Draw, Steps, made_once, named
from .special import HOME, Needs, call, needs_of, request_root, request_shapes
from .ways import (
    ACCOUNT_WAYS,
    CLIENT,
    DEPLOYMENT,
    LEAVE_OUT,
    SERVICE,
    Broken,
    Site,
    locate,
    look,
    put,
    sites,
    ways,
)

_KINDS = (CLIENT, SERVICE, DEPLOYMENT)
_Image = TypeVar("_Image")
_IMAGE: Steps = ("containers", VALUE, "image")
_IN_RELATION: Mapping[str, Steps] = {
    "endpoint.container": ("publicEndpoint",),
    "endpoint.port": ("publicEndpoint",),
    "endpoint.protocol": ("publicEndpoint",),
    "image.reference": _IMAGE,
    "image.own-service": _IMAGE,
    "domains.count": (VALUE,),
    "domains.certificates": (VALUE,),
    "tags.unique-keys": (EACH,),
}
"""What a relation needs below its target to be broken."""


@dataclass(frozen=True)
class Expected:
    """What comes of an invalid value.

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
        error: what comes of it.
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
    region: str = HOME,
) -> st.SearchStrategy[Invalid]:
    """Whole requests of an operation that break one rule, anywhere in them, and are valid otherwise.

    Each rule comes up about as often as the others, and so does each place and way of breaking it. The
    rest of most requests is plain; some are drawn, as by ``requests``.

    Args:
        operation: the operation.
        rules: only these, by id, such as ``{"scale.range"}``.
        kind: only what the ``client`` (botocore) refuses, or only what the ``service`` refuses; both if
            left out. ``deployment`` is what the service accepts, though the deployment will fail.
        under: only at or below this member, such as ``publicEndpoint.healthCheck``.
        region: the Region of the requests, which some messages name.

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
    way = tuple(under.split(".")) if under else ()
    chosen = cases(operation, rules, kind, way)
    if not chosen:
        every = (*cases(operation, None, None, way), *cases(operation, None, DEPLOYMENT, way))
        known = ", ".join(sorted({one.id for one in every})) or "none"
        raise ConfigurationError(
            f"invalid_requests: no rule of {operation} matches these arguments; its rules are {known}"
        )
    return invalid_at(Place(operation, way, kind, region), chosen)


@dataclass(frozen=True)
class Place:
    """Where values are invalid, and which ones are wanted.

    Attributes:
        operation: the operation.
        way: the way into its request to what is handed out as the value.
        kind: who refuses it.
        region: the Region of the requests.
        as_text: of a port: only text, or only numbers.
    """

    operation: str
    way: Steps = ()
    kind: str | None = None
    region: str = HOME
    as_text: bool | None = True

    def value(self, case: Broken, *, as_number: bool) -> Any:
        """Return what is handed out of a broken request; ``None`` where that must be a number."""
        if not self.way:
            return case.broken
        if self.way[-1] != KEY:
            return look(case.broken, locate(case.broken, self.way))
        name = str(case.path[-1])
        if not as_number:
            return name
        return int(name) if _NUMBER.fullmatch(name) else None


_NUMBER = re.compile(r"0|-?[1-9][0-9]*", re.ASCII)


@st.composite
def invalid_at(draw: Draw, place: Place, chosen: tuple[Site | Flaw, ...]) -> Invalid:
    """Draw a request that breaks the rule of one of the sites.

    One number decides the rule, then the site, the way, and how near the value is, so that none of these
    comes up less often than others: Hypothesis repeats no number from which nothing else is drawn.
    """
    order = list(dict.fromkeys(one.id for one in chosen))
    turn, slot = divmod(draw(st.sampled_from(range(_TURNS))), len(order))
    of_rule = [one for one in chosen if one.id == order[slot]]
    rest, number = divmod(turn, len(of_rule))
    one = of_rule[number]
    needed = _needed(place.operation, one)
    plain = turn % _DRAWN < _DRAWN - 1 and _is_plain(place, needed)
    if plain:
        request = _plain(place, needed, turn % _NUMBERED)
    else:
        request = draw(request_shapes().of(request_root(place.operation), "", needed))
    options, plant = _options(place, one, request)
    found = list(options)
    first, near = (rest + number) % len(found), rest // len(found)
    # Where a way breaks nothing, or more, in this request, another one is tried.
    for words, values in (*found[first:], *found[:first]):
        for value in _from(near * _STRIDE, values):
            # A port is a number where it can be one.
            texts = (near % 2 == 1, True) if place.as_text is None else (place.as_text,)
            for as_text in texts:
                made = _refused(place, one, words, plant(value), as_number=not as_text)
                if made is not None:
                    event(f"{made.rule} at {'.'.join(one.way) or 'request'}, {made.kind}")
                    note(str(made))
                    return made
    raise AssertionError(f"{place.operation}: {one} cannot be broken alone in {request!r}")


_TURNS = 2520
"""How many numbers there are, of which each rule has its share."""
_DRAWN = 29
"""Of so many requests one is drawn, and the others are plain: Hypothesis varies each that is drawn by
itself, so that in the end about a sixth are, and the plain ones keep the balance."""
_NUMBERED, _STRIDE = 1000, 7919
"""How many plain requests differ; the distance, a prime, between values that follow each other."""
_TRIED, _LISTED = 40, 1000


def _from(first: int, values: Sequence[Any]) -> Iterator[Any]:
    """One of the values, and then the others, but not all of a large number."""
    if values:
        yield values[first % len(values)]
        yield from islice(values, _TRIED)


def every_way(place: Place, chosen: Iterable[Site | Flaw]) -> Iterator[tuple[int, Invalid]]:
    """Yield each way of breaking the rules of the sites in a fixed request, with how near it is.

    These are all values of a way, or, of a range of numbers, the nearest and the farthest.
    """
    for site in chosen:
        options, plant = _options(place, site, _plain(place, _needed(place.operation, site)))
        for words, values in options:
            size = len(values)
            for near in range(size) if size <= _LISTED else (0, size - 1):
                for as_text in (False, True) if place.as_text is None else (place.as_text,):
                    case = plant(values[near])
                    made = _refused(place, site, words, case, as_number=not as_text)
                    if made is not None:
                        yield near, made


def cases(
    operation: str, rules: Collection[str] | None, kind: str | None, way: Steps
) -> tuple[Site | Flaw, ...]:
    """Return the matching sites of an operation, or the flaws that its deployment can have.

    Raises:
        ConfigurationError: there is no such rule or kind.
        UnknownOperationError: Lightsail has no such operation.
    """
    kinds = _wanted(kind)
    if isinstance(rules, str):
        raise ConfigurationError(f"rules is a set of ids, such as {{{rules!r}}}")
    known = [*(entry.id for entry in RULES), *(flaw.id for flaw in FLAWS)]
    unknown = sorted(set(rules or ()) - set(known))
    if unknown:
        raise ConfigurationError(
            f"no rule {', '.join(unknown)}; `pytest-lightsail rules` prints them all"
            f"{did_you_mean(unknown[0], known)}"
        )
    shapes, root = request_shapes(), request_root(operation)
    found: list[Site | Flaw] = [*flaws(operation)]
    if root in shapes.model.shapes:
        found += sites(shapes, root)
    return tuple(
        one
        for one in found
        if one.kinds & kinds
        and (one.way[: len(way)] == way or _inside(one, way))
        and (rules is None or one.id in rules)
    )


def _wanted(kind: str | None) -> frozenset[str]:
    """The kinds that are asked for; by default everything that is refused."""
    if kind is None:
        return frozenset({CLIENT, SERVICE})
    if kind not in _KINDS:
        raise ConfigurationError(f"kind is one of {', '.join(map(repr, _KINDS))}, not {kind!r}")
    return frozenset({kind})


def _inside(one: Site | Flaw, way: Steps) -> bool:
    """Whether a relation is broken below ``way``, though its target lies above."""
    if one.id not in _IN_RELATION or not way:
        return False
    below = (*one.way, *_IN_RELATION[one.id])
    if _of_images(one) and way[:1] == ("deployment",):
        below = ("deployment", *below)
    return below[: len(way)] == way


def _of_images(one: Site | Flaw) -> bool:
    """Whether it is a rule of a whole request about the images in it."""
    return one.way == () and _IN_RELATION.get(one.id) == _IMAGE


# --- requests that are refused -----------------------------------------------------------------------


def _refused(
    place: Place, site: Site | Flaw, words: str, case: Broken, *, as_number: bool
) -> Invalid | None:
    """The label of a request that breaks the rule of a site there, and no other rule."""
    if isinstance(site, Flaw):
        kind, error = DEPLOYMENT, Expected("FAILED", case.cause, site.step)
    else:
        found = _only_violation(place.operation, site, case)
        if found is None:
            return None
        message, path = found
        case, text = case._replace(path=path), _client_error(place.operation, case.broken)
        kind = SERVICE if text is None else CLIENT
        error = Expected(site.rule.error, message)
        if text is not None:
            error = Expected("ParamValidationError", text)
    value = place.value(case, as_number=as_number)
    if kind not in _wanted(place.kind) or (as_number and value is None):
        return None
    return Invalid(
        value=value,
        rule=site.id,
        path=show_path(case.path),
        error=error,
        kind=kind,
        operation=place.operation,
        request=case.broken,
        repaired=case.repaired,
        needs=case.needs,
        images=case.images,
        way=words,
    )


def _only_violation(operation: str, site: Site, case: Broken) -> tuple[str, Path] | None:
    """Message and path of the violation, if it is the only one and of the site's rule."""
    validator = request_validator(request_shapes().model)
    violations = validator.violations(operation, on_the_wire(case.broken))
    if [one.rule.id for one in violations] == [site.id]:
        return violations[0].message, violations[0].path
    if not violations and site.id in ACCOUNT_WAYS:
        made = call(operation, case.broken, case.needs)
        if made.rule == site.id:
            return made.message, case.path
    return None


def _options(
    place: Place, site: Site | Flaw, request: dict[str, Any]
) -> tuple[Iterator[tuple[str, Sequence[Any]]], Callable[[Any], Broken]]:
    """The ways to break a rule in a valid request, and what makes a request of one of their values."""
    shapes, path = request_shapes(), locate(request, site.way)
    valid = Broken(request, request, path, needs_of(place.operation, request, place.region))
    if isinstance(site, Flaw):
        return site.ways(look(request, site.prefix)), partial(_in_request, valid, site.prefix)
    if site.id in ACCOUNT_WAYS:
        return ACCOUNT_WAYS[site.id](valid), lambda broken: broken
    # A member that no valid request has may be drawn only to be broken.
    root, first = request_root(place.operation), site.way[:1]
    placeholder = first if first and f"{root}.{first[0]}" in shapes.left_out else ()
    repaired = {name: value for name, value in request.items() if name not in placeholder}
    valid = valid._replace(repaired=repaired)
    found = path[-1] if site.way[-1:] == (KEY,) else look(request, path)
    return ways(shapes, site, found), partial(_plant, valid, site)


def _in_request(valid: Broken, prefix: Steps, failing: Broken) -> Broken:
    """The request of a deployment that fails."""
    return failing._replace(
        repaired=put(valid.repaired, prefix, failing.repaired),
        broken=put(valid.broken, prefix, failing.broken),
        path=(*prefix, *failing.path),
        needs=valid.needs,
    )


def _plant(valid: Broken, site: Site, value: Any) -> Broken:
    """The request with a value at the place of a site."""
    request, path = valid.broken, valid.path
    above, last = path[:-1], path[-1:]
    holder = look(request, above)
    if not path:
        broken = value
    elif site.way[-1] == KEY:
        # The entry stays, since others may name its key.
        broken = put(request, above, {**holder, value: holder[last[0]]})
    elif value is LEAVE_OUT:
        broken = put(request, above, {name: one for name, one in holder.items() if name != last[0]})
    else:
        broken = put(request, path, value)
    return valid._replace(broken=broken)


def _needed(operation: str, site: Site | Flaw) -> Steps:
    """The way to what a request must contain for a rule to be broken at a site."""
    if isinstance(site, Flaw):
        return (*site.prefix, "publicEndpoint")
    shapes, root = request_shapes(), request_root(operation)
    inner = _IN_RELATION.get(site.id, ())
    if site.rule.kind is Kind.COUNT:
        inner = (EACH if shapes.model.shapes[site.shape].type == "list" else VALUE,)
    way = (*site.way, *inner)
    if _of_images(site) and "deployment" in shapes.model.shapes[root].members:
        way = ("deployment", *way)
    return way


def _kept(place: Place, way: Steps) -> set[str]:
    """The members of a plain request: those that are required, and the one on the way."""
    shapes = request_shapes()
    return shapes.required(shapes.model.shapes[request_root(place.operation)]) | {*way[:1]}


def _is_plain(place: Place, way: Steps) -> bool:
    return _kept(place, way) <= _members(0).keys()


def _plain(place: Place, way: Steps, number: int = 0) -> dict[str, Any]:
    """A fixed request with what ``way`` leads to, and else with what is required; some are numbered."""
    members = _members(number)
    if way[:2] == ("deployment", "containers"):
        # What is broken in a container must not show at the endpoint as well.
        members["deployment"] = {"containers": members["containers"]}
    return {name: members[name] for name in members if name in _kept(place, way)}


def _members(number: int) -> dict[str, Any]:
    suffix = str(number or "")
    deployment = {
        "containers": {
            f"web{suffix}": {
                "image": f"nginx:{suffix}" if number else "nginx",
                "command": ["serve", "--port=80"][: 1 + number // 2 % 2],
                "environment": {f"LOG_LEVEL{suffix}": "info"},
                "ports": {str(80 + number): "HTTP"},
            }
        },
        "publicEndpoint": {
            "containerName": f"web{suffix}",
            "containerPort": 80 + number,
            "healthCheck": {
                "healthyThreshold": 2 + number,
                "intervalSeconds": 10 + number % 100,
                "path": f"/health{suffix}",
                "successCodes": f"{200 + number % 100}-399",
                "timeoutSeconds": 5,
                "unhealthyThreshold": 2,
            },
        },
    }
    return {
        "serviceName": f"shop{suffix}",
        "power": "nano",
        "scale": 1,
        "tags": [{"key": f"team{suffix}", "value": "web"}],
        "publicDomainNames": {f"cert{suffix}": [f"www{suffix}.example.com"]},
        "privateRegistryAccess": {"ecrImagePullerRole": {"isActive": False}},
        "deployment": deployment,
        **deployment,
        "label": f"web{suffix}",
        "digest": f"sha256:{'0' * 64}",
    }


@lru_cache(maxsize=1)
def _botocore_model() -> ServiceModel:
    loader = botocore.loaders.Loader()
    return ServiceModel(loader.load_service_model("lightsail", "service-2"), "lightsail")


def _client_error(operation: str, request: Mapping[str, Any]) -> str | None:
    """The text of the ParamValidationError that botocore raises for a request; ``None`` for none.

    botocore's own validator decides, since what it checks (lower bounds, but no upper ones) is its own.
    """
    shape = _botocore_model().operation_model(operation).input_shape
    if shape is None:
        return None
    report = ParamValidator().validate(request, shape)
    if not report.has_errors():
        return None
    return str(ParamValidationError(report=report.generate_report()))


# --- invalid values: each is read from a request that breaks one rule --------------------------------

_ARGUMENTS = "``rules``, ``kind`` and ``region`` are those of ``invalid_requests``."


PLACES: dict[str, str] = {}
"""Where the values of a strategy function stand: an operation, and the way into its request."""


def place_of(
    name: str,
    *,
    rules: Collection[str] | None = None,
    kind: str | None = None,
    region: str = HOME,
    as_text: bool | None = True,
) -> tuple[Place, tuple[Site | Flaw, ...]]:
    """Return where the values of ``invalid_…`` stand, and what can be broken there.

    Raises:
        ConfigurationError: no rule is left to break.
    """
    operation, *steps = PLACES[name].split(".")
    place = Place(operation, tuple(steps), kind, region, as_text=as_text)
    chosen = tuple(
        one
        for one in cases(operation, rules, kind, place.way)
        # A value that is left out is not a value.
        if isinstance(one, Flaw) or one.way != place.way or one.rule.kind is not Kind.REQUIRED
    )
    if not chosen:
        raise ConfigurationError(f"{name}: no rule is left to break")
    return place, chosen


def _at(place: str, name: str, meaning: str) -> Callable[..., st.SearchStrategy[Invalid]]:
    """Return the strategy function ``invalid_…`` for one place."""
    name = f"invalid_{name}"
    PLACES[name] = place

    def invalid(
        *, rules: Collection[str] | None = None, kind: str | None = None, region: str = HOME
    ) -> st.SearchStrategy[Invalid]:
        return invalid_at(*place_of(name, rules=rules, kind=kind, region=region))

    invalid.__name__ = invalid.__qualname__ = name
    invalid.__doc__ = f"{meaning}\n\n{_ARGUMENTS}"
    return named(invalid)


_CREATE, _DEPLOY = "CreateContainerService", "CreateContainerServiceDeployment"
_CONTAINER = f"{_DEPLOY}.containers.{VALUE}"
_ENDPOINT = f"{_DEPLOY}.publicEndpoint"

invalid_service_names = _at(
    f"{_CREATE}.serviceName", "service_names", "Names that no container service can have."
)
invalid_container_names = _at(
    f"{_DEPLOY}.containers.{KEY}", "container_names", "Names that no container can have."
)
invalid_container_labels = _at(
    "RegisterContainerImage.label", "container_labels", "Labels that no stored image can have."
)
invalid_image_references = _at(
    f"{_CONTAINER}.image",
    "image_references",
    "Images that no container can run: malformed, not stored, or out of reach.",
)
invalid_health_checks = _at(
    f"{_ENDPOINT}.healthCheck", "health_checks", "Health checks with one error."
)
invalid_success_codes = _at(
    f"{_ENDPOINT}.healthCheck.successCodes", "success_codes", "What is not a list of success codes."
)
PLACES["invalid_ports"] = f"{_CONTAINER}.ports.{KEY}"


@named
def invalid_ports(
    *,
    rules: Collection[str] | None = None,
    kind: str | None = None,
    region: str = HOME,
    as_text: bool | None = None,
) -> st.SearchStrategy[Invalid]:
    """Numbers, and texts, that are not a port; in the request they are keys of ``ports``, as text.

    Args:
        rules: as for ``invalid_requests``.
        kind: as for ``invalid_requests``.
        region: as for ``invalid_requests``.
        as_text: only text, such as ``"080"``, or only numbers, such as ``65536``; both if left out.
    """
    return invalid_at(
        *place_of("invalid_ports", rules=rules, kind=kind, region=region, as_text=as_text)
    )


invalid_protocols = _at(
    f"{_CONTAINER}.ports.{VALUE}", "protocols", "Values that are not a protocol."
)
invalid_environments = _at(
    f"{_CONTAINER}.environment",
    "environments",
    "Environment variables with one error; of kind ``deployment`` one is missing.",
)
invalid_commands = _at(f"{_CONTAINER}.command", "commands", "Values that are not a list of words.")
invalid_tags = _at(f"{_CREATE}.tags", "tags", "Lists of tags with one error.")
invalid_public_domain_names = _at(
    f"{_CREATE}.publicDomainNames",
    "public_domain_names",
    "Public domain names by certificate, with one error.",
)
invalid_powers = _at(f"{_CREATE}.power", "powers", "Values that are not a power.")
invalid_scales = _at(f"{_CREATE}.scale", "scales", "Values that are not a number of nodes.")
invalid_private_registry_access = _at(
    f"{_CREATE}.privateRegistryAccess",
    "private_registry_access",
    "Requests for the ECR image puller role with one error.",
)
invalid_containers = _at(
    f"{_DEPLOY}.containers", "containers", "The ``containers`` of a deployment with one error."
)
invalid_public_endpoints = _at(
    _ENDPOINT, "public_endpoints", "Endpoints that are wrong alone or for their containers."
)
invalid_deployments = _at(f"{_CREATE}.deployment", "deployments", "Deployments with one error.")
