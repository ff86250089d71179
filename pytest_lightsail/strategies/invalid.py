"""Invalid values. Each breaks one rule or makes a deployment fail, and says what to expect."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
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
from .mutations import (
    CLIENT,
    DEPLOYMENT,
    FAILURES,
    LEAVE_OUT,
    SERVICE,
    Location,
    Variant,
    locate,
    locations,
    look,
    put,
)
from .shapes import Draw, Steps, made_once, named
from .special import Needs, call, needs_of, request_root, request_shapes

__all__ = [
    "Expected",
    "Invalid",
    "invalid_commands",
    "invalid_container_labels",
    "invalid_container_names",
    "invalid_containers",
    "invalid_deployments",
    "invalid_environments",
    "invalid_health_checks",
    "invalid_image_references",
    "invalid_ports",
    "invalid_powers",
    "invalid_private_registry_access",
    "invalid_protocols",
    "invalid_public_domain_names",
    "invalid_public_endpoints",
    "invalid_requests",
    "invalid_scales",
    "invalid_service_names",
    "invalid_success_codes",
    "invalid_tags",
]

_KINDS = (CLIENT, SERVICE, DEPLOYMENT)
_Image = TypeVar("_Image")


@dataclass(frozen=True)
class Expected:
    """What an invalid value leads to.

    Attributes:
        name: the name of the error, as in ``ClientError.response["Error"]["Code"]``.
            ``ParamValidationError`` if botocore rejects the value before it sends a request.
            ``FAILED``, the final state of the deployment, if the service accepts the value.
        message: the message of the error, or why the deployment fails.
        step: the ``stateDetail`` code of the step at which the deployment fails.
    """

    name: str
    message: str
    step: str | None = None

    def __str__(self) -> str:
        return self.name if self.step is None else f"{self.name} at {self.step}"


@dataclass(frozen=True)
class Invalid:
    """A value that breaks one rule, or that makes a deployment fail.

    Attributes:
        value: the value. For ``invalid_requests``, the whole request.
        rule: the id of the broken rule, as in docs/rules.md. The ids of kind ``deployment`` begin with
            ``fails.``.
        path: the path to the broken part, such as ``publicEndpoint.healthCheck.timeoutSeconds``.
        error: what the value leads to.
        kind: ``client`` if botocore rejects the value before it sends a request, ``service`` if the
            service refuses it, ``deployment`` if the service accepts it and the deployment fails
            later.
        operation: the operation of the request.
        request: the whole request, as keyword arguments of a boto3 call. Everything else in it is
            valid.
        repaired: the same request with a valid value.
        needs: what the account must hold so that the service accepts ``repaired``.
        images: for the kind ``deployment``, maps image references to arguments of ``Image``.
        way: how the rule is broken, such as ``one above the maximum``.
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
        """Print the ``repr``. Otherwise, Hypothesis would print every field."""
        del cycle
        printer.text(repr(self))

    @property
    def is_flaw(self) -> bool:
        """Whether the service accepts the value but the deployment fails later."""
        return self.kind == DEPLOYMENT

    def images_as(self, image: Callable[..., _Image]) -> dict[str, _Image]:
        """Return the images that make the deployment fail, as a mapping from their references.

        >>> from pytest_lightsail import Image
        >>> error = Expected("FAILED", "the image cannot be pulled", "CREATING_DEPLOYMENT")
        >>> images = {"nginx:9": {"pull": "fails"}}
        >>> case = Invalid("nginx:9", "fails.pull", "", error, "deployment", "", {}, {}, images=images)
        >>> case.images_as(Image)["nginx:9"].pull
        'fails'

        In a test: ``lightsail.images.update(case.images_as(Image))``. The images are optional,
        because the caller may reject the input itself.
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
    """Return a strategy for an operation's requests that break one rule and are otherwise valid.

    All rules are drawn equally often. So are the locations of a rule, and the ways to break it at a
    location. The rest of the request is simple.

    Args:
        operation: the operation.
        rules: the ids of the rules to break, such as ``{"scale.range"}``. By default, all.
        kind: ``client`` for requests that botocore rejects, ``service`` for those that the service
            refuses. By default, both. ``deployment`` for requests that the service accepts although
            their deployment fails.
        under: break only rules at or below this member, such as ``publicEndpoint.healthCheck``.

    Raises:
        ConfigurationError: no rule matches these arguments, or the operation, a rule or a kind does
            not exist.

    >>> from hypothesis import find
    >>> case = find(invalid_requests("CreateContainerService", rules={"scale.range"}), lambda case: True)
    >>> print(case)
    CreateContainerService: scale breaks scale.range (service: InvalidInputException)
    >>> case.way
    'one above the maximum'
    """
    selection = Selection(operation, tuple(under.split(".")) if under else (), kind)
    chosen = locations_of(selection, rules)
    if not chosen:
        every = (locations_of(selection._replace(kind=one), None) for one in (None, DEPLOYMENT))
        known = ", ".join(sorted({one.id for found in every for one in found})) or "none"
        raise ConfigurationError(
            f"invalid_requests: no rule of {operation} matches these arguments; its rules are {known}"
        )
    return invalid_at(selection, chosen)


class Selection(NamedTuple):
    """Which invalid values to draw, and for which part of a request.

    If ``kind`` is ``None``, draw the kinds ``client`` and ``service``. Ports are strings if
    ``as_text`` is true, numbers if it is false, and both if it is ``None``.
    """

    operation: str
    steps: Steps = ()
    kind: str | None = None
    as_text: bool | None = True

    @property
    def kinds(self) -> frozenset[str]:
        """The selected kinds."""
        return frozenset({CLIENT, SERVICE} if self.kind is None else {self.kind})


def locations_of(selection: Selection, rules: Collection[str] | None) -> tuple[Location, ...]:
    """Return the locations in a request that match a selection and belong to these rules."""
    if selection.kind not in {None, *_KINDS}:
        kinds = ", ".join(map(repr, _KINDS))
        raise ConfigurationError(f"kind is one of {kinds}, not {selection.kind!r}")
    if isinstance(rules, str):
        raise ConfigurationError(f"rules is a set of ids, such as {{{rules!r}}}")
    known = [*(entry.id for entry in RULES), *FAILURES]
    for unknown in sorted(set(rules or ()) - set(known)):
        raise ConfigurationError(
            f"no rule {unknown}; docs/rules.md lists them{did_you_mean(unknown, known)}"
        )
    shapes, root = request_shapes(), request_root(selection.operation)
    return tuple(
        one
        for one in (locations(shapes, root) if root in shapes.model.shapes else ())
        if one.kinds & selection.kinds
        and one.steps[: len(selection.steps)] == selection.steps
        and (rules is None or one.id in rules)
    )


# --- drawing and listing -----------------------------------------------------------------------------

_TURNS = 2520
"""The number of turns (see ``invalid_at``). Each rule gets an equal share of them."""
_STRIDE = 7919
"""How far a mutation moves on in its list of values from one of its turns to the next. The number
is prime, so a few turns reach very different values."""
_TRIED = 40
"""How many values of a mutation to try in search of one that breaks only the rule."""


@st.composite
def invalid_at(draw: Draw, selection: Selection, chosen: tuple[Location, ...]) -> Invalid:
    """Draw a request that breaks the rule of one of the chosen locations.

    A single number, the turn, determines the rule, its location, the mutation and the value. They
    all come up equally often, because Hypothesis does not repeat a number when nothing else is
    drawn.
    """
    order = list(dict.fromkeys(one.id for one in chosen))
    turn, slot = divmod(draw(st.sampled_from(range(_TURNS))), len(order))
    of_rule = [one for one in chosen if one.id == order[slot]]
    turn, number = divmod(turn, len(of_rule))
    location, turn = of_rule[number], turn + number
    plain = _plain(selection, location)
    made = None if plain is None else _first_broken(selection, location, plain, turn)
    if made is None:  # there is no plain request, or no mutation of it breaks only the rule
        whole = request_shapes().of(request_root(selection.operation), "", location.needed)
        broken = whole.map(lambda request: _first_broken(selection, location, request, turn))
        drawn: Invalid = draw(broken.filter(bool))
        made = drawn
    event(f"{made.rule} at {'.'.join(location.steps) or 'request'}, {made.kind}")
    note(str(made))
    return made


def _first_broken(
    selection: Selection, location: Location, request: dict[str, Any], turn: int
) -> Invalid | None:
    """Return a value that breaks only the rule. Try this turn's mutation first."""
    valid = _valid(selection, location, request)
    mutations = list(location.mutations(valid))
    near, first = divmod(turn, len(mutations))
    for words, values in (*mutations[first:], *mutations[:first]):
        start = near * _STRIDE % max(len(values), 1)
        for value in (*values[start : start + 1], *values[:_TRIED]):
            found = _labelled(selection, location, words, _mutated(valid, location, value))
            if found:
                return found[near % len(found)]
    return None


def every_way(selection: Selection, chosen: Iterable[Location]) -> Iterator[tuple[int, Invalid]]:
    """Yield all invalid values for a fixed request, each with its position in its mutation."""
    for location in chosen:
        valid = _valid(selection, location, _plain(selection, location) or {})
        for words, values in location.mutations(valid):
            for near, value in enumerate(values):
                mutated = _mutated(valid, location, value)
                for made in _labelled(selection, location, words, mutated):
                    yield near, made


# --- valid requests, and what a mutation makes of them -----------------------------------------------


def _valid(selection: Selection, location: Location, request: dict[str, Any]) -> Variant:
    """Return the unmutated request as a variant."""
    request = _without_endpoint(request, location.needed)
    # Some members, such as page tokens, are never valid. The repaired request leaves them out.
    member = location.steps[0] if location.steps else ""
    invented = f"{request_root(selection.operation)}.{member}" in request_shapes().left_out
    repaired = {name: one for name, one in request.items() if not invented or name != member}
    needs = needs_of(selection.operation, request)
    return Variant(repaired, request, locate(request, location.steps), needs)


def _mutated(valid: Variant, location: Location, value: Any) -> Variant:
    """Return the request with ``value`` at the location."""
    if isinstance(value, Variant):
        return value
    request, path = valid.broken, valid.path
    above, last = path[:-1], path[-1:]
    holder = look(request, above)
    if location.steps[-1:] == (KEY,):
        # Keep the old entry, because other members may refer to its key.
        broken = put(request, above, {**holder, value: holder[last[0]]})
    elif value is LEAVE_OUT:
        broken = put(request, above, {name: one for name, one in holder.items() if name != last[0]})
    else:
        broken = put(request, path, value)
    return valid._replace(broken=broken)


def _labelled(
    selection: Selection, location: Location, words: str, variant: Variant
) -> list[Invalid]:
    """Return the invalid values of a mutated request, or none if it breaks another rule too."""
    path = variant.path
    if location.rule is None:
        kind = DEPLOYMENT
        error = Expected("FAILED", variant.cause, FAILURES[location.id].step)
    else:
        found = _only_violation(selection.operation, location, variant)
        if found is None:
            return []
        kind, (message, path) = SERVICE, found
        error = Expected(location.rule.error, message)
        if (text := _client_error(selection.operation, variant.broken)) is not None:
            kind, error = CLIENT, Expected("ParamValidationError", text)
    return [
        Invalid(
            value=value,
            rule=location.id,
            path=show_path(path),
            error=error,
            kind=kind,
            operation=selection.operation,
            request=variant.broken,
            repaired=variant.repaired,
            needs=variant.needs,
            images=variant.images,
            way=words,
        )
        for value in _values(selection, variant.broken, path)
        if kind in selection.kinds
    ]


def _values(selection: Selection, request: dict[str, Any], path: Path) -> list[Any]:
    """Return the selected part of a request. Ports are map keys, and may become numbers."""
    if selection.steps[-1:] != (KEY,):
        return [look(request, locate(request, selection.steps))]
    text, values = str(path[-1]), []
    if not selection.as_text and re.fullmatch("0|-?[1-9][0-9]*", text, re.ASCII):
        values.append(int(text))
    return values if selection.as_text is False else [*values, text]


def _only_violation(
    operation: str, location: Location, variant: Variant
) -> tuple[str, Path] | None:
    """Return the message and path of the violation if only the location's rule is broken."""
    validator = request_validator(request_shapes().model)
    violations = validator.violations(operation, on_the_wire(variant.broken))
    if [one.rule.id for one in violations] == [location.id]:
        return violations[0].message, violations[0].path
    if not violations:
        made = call(operation, variant.broken, variant.needs)
        if made.rule == location.id:
            return made.message, variant.path
    return None


@lru_cache(maxsize=1)
def _botocore_model() -> ServiceModel:
    loader = botocore.loaders.Loader()
    return ServiceModel(loader.load_service_model("lightsail", "service-2"), "lightsail")


def _client_error(operation: str, request: Mapping[str, Any]) -> str | None:
    """Return botocore's ParamValidationError message for a request. ``None`` if it is valid."""
    shape = _botocore_model().operation_model(operation).input_shape
    if shape is None:
        return None
    report = ParamValidator().validate(request, shape)
    if not report.has_errors():
        return None
    return str(ParamValidationError(report=report.generate_report()))


# --- plain requests ----------------------------------------------------------------------------------


def _plain(selection: Selection, location: Location) -> dict[str, Any] | None:
    """Return a fixed request with the required members and those that the location needs.

    Return ``None`` if ``_MEMBERS`` lacks one of them.
    """
    shapes = request_shapes()
    kept = shapes.required(shapes.model.shapes[request_root(selection.operation)])
    kept |= {*location.needed[:1]}
    if not kept <= _MEMBERS.keys():
        return None
    return {name: value for name, value in _MEMBERS.items() if name in kept}


def _without_endpoint(request: dict[str, Any], needed: Steps) -> dict[str, Any]:
    """Return the request. If a container is mutated, drop the endpoint, which might break too."""
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
"""Simple values for the members of requests."""


# --- invalid values of one kind ----------------------------------------------------------------------

PLACES: dict[str, str] = {}
"""Maps each function for one kind of value to an operation and the steps to that value in its
request."""


def selected(
    name: str,
    *,
    rules: Collection[str] | None = None,
    kind: str | None = None,
    as_text: bool | None = True,
) -> tuple[Selection, tuple[Location, ...]]:
    """Return the selection and the locations for a call to an ``invalid_…`` function."""
    operation, *steps = PLACES[name].split(".")
    selection = Selection(operation, tuple(steps), kind, as_text)
    chosen = tuple(
        one
        for one in locations_of(selection, rules)
        # A selected part that is left out has no value.
        if one.steps != selection.steps or one.rule is None or one.rule.kind is not Kind.REQUIRED
    )
    if not chosen:
        raise ConfigurationError("no rule is left to break")
    return selection, chosen


def _at(name: str, place: str) -> Callable[..., st.SearchStrategy[Invalid]]:
    """Return the function ``name``, which makes a strategy for one part of a request."""
    PLACES[name] = place

    def invalid(
        *, rules: Collection[str] | None = None, kind: str | None = None
    ) -> st.SearchStrategy[Invalid]:
        return invalid_at(*selected(name, rules=rules, kind=kind))

    invalid.__name__ = invalid.__qualname__ = name
    invalid.__doc__ = (
        f"Return a strategy for values that ``{name.removeprefix('invalid_')}`` never draws.\n\n"
        "Each value breaks one rule. For ``rules`` and ``kind`` see ``invalid_requests``."
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
    """Return a strategy for invalid ports, as numbers and as strings such as the keys of ``ports``.

    Args:
        rules: as for ``invalid_requests``.
        kind: as for ``invalid_requests``.
        as_text: ``True`` for strings only, such as ``"080"``, or ``False`` for numbers only, such
            as ``65536``. By default, both.
    """
    return invalid_at(*selected("invalid_ports", rules=rules, kind=kind, as_text=as_text))
