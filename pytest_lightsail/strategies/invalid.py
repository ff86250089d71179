"""Strategies for invalid values, each with the rule that it breaks and the expected error."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from functools import lru_cache, reduce
from operator import getitem
from typing import Any

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
from ..model.service import EACH, KEY, VALUE
from ..simulator.operations import OPERATIONS
from .mutations import LEAVE_OUT, Location, locations, mutations
from .shapes import Steps, named, request_root, request_shapes, walk
from .special import PLAIN

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


@dataclass(frozen=True)
class Expected:
    """The error that an invalid value causes.

    Attributes:
        name: the name of the error, as in ``ClientError.response["Error"]["Code"]``.
            The name is ``ParamValidationError`` if botocore rejects the value before sending a
            request.
        message: the error message.
    """

    name: str
    message: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Invalid:
    """A value that breaks one rule.

    Attributes:
        value: the invalid value. For ``invalid_requests``, this is the whole request.
        rule: the id of the broken rule, as in docs/rules.md. If an empty string breaks both a
            minimum length and a pattern, this is the rule for the length.
        path: the path to the broken part, such as ``publicEndpoint.healthCheck.timeoutSeconds``.
        error: the error that the request causes.
        kind: ``client`` if botocore rejects the value before sending a request, or ``service`` if
            the service refuses the request.
        operation: the operation of the request.
        request: the whole request, as keyword arguments of a boto3 call. Apart from the invalid
            value, the request is valid.
        way: how the rule is broken, such as ``one above the maximum``.
    """

    value: Any
    rule: str
    path: str
    error: Expected
    kind: str
    operation: str = field(repr=False)
    request: dict[str, Any] = field(repr=False)
    way: str = ""

    def __str__(self) -> str:
        what = f"{self.operation}: {self.path or 'request'} breaks {self.rule}"
        return f"{what} ({self.kind}: {self.error})"

    def _repr_pretty_(self, printer: Any, cycle: object) -> None:
        """Print the ``repr``. Otherwise, Hypothesis would print every field."""
        del cycle
        printer.text(repr(self))


@named
def invalid_requests(
    operation: str, *, rules: Collection[str] | None = None, kind: str | None = None
) -> st.SearchStrategy[Invalid]:
    """Return a strategy for requests that break one rule and are otherwise valid.

    Each rule is drawn equally often, as is each way of breaking a given rule. All other values in a
    request are simple.

    Args:
        operation: an operation that the account simulates.
        rules: the ids of the rules to break, such as ``{"scale.range"}``. By default, any
            rule may be broken.
        kind: ``client`` for requests that botocore rejects, or ``service`` for those that the
            service refuses. By default, both kinds.

    Raises:
        ConfigurationError: no rule matches these arguments, a rule or kind does not exist, or the
            operation does not exist or is not simulated.

    >>> from hypothesis import find
    >>> case = find(invalid_requests("CreateContainerService", rules={"scale.range"}), lambda case: True)
    >>> print(case)
    CreateContainerService: scale breaks scale.range (service: InvalidInputException)
    >>> case.way
    'one above the maximum'
    """
    return _drawn(chosen_cases(operation, rules=rules, kind=kind))


# --- listing and drawing -----------------------------------------------------------------------------


@lru_cache(maxsize=64)
def cases(operation: str, steps: Steps = ()) -> tuple[Invalid, ...]:
    """Return all invalid values for a part of an operation's requests.

    The values that are closest to a valid one come first.
    """
    found: list[tuple[int, Invalid]] = []
    for location in locations(operation):
        # If the part itself is left out, there is no value to return.
        left_out = location.steps == steps and location.rule.kind is Kind.REQUIRED
        if location.steps[: len(steps)] != steps or left_out:
            continue
        try:
            valid, path = _plain_request(operation, location.steps)
        except KeyError:  # ``PLAIN`` lacks a part that a newer botocore has added
            continue
        value, is_key = _look(valid, path), location.steps[-1:] == (KEY,)
        for way, values in mutations(location, path[-1] if is_key else value):
            for near, wrong in enumerate(values):
                # Keep the valid key too, because other members may refer to it.
                request = (
                    _put(valid, (*path[:-1], wrong), value) if is_key else _put(valid, path, wrong)
                )
                labelled = _labelled(operation, steps, location, request, way)
                found += [(near, case) for case in labelled]
    distinct: dict[tuple[str, str], Invalid] = {}
    for _, case in sorted(found, key=lambda one: one[0]):
        distinct.setdefault((case.rule, repr(case.value)), case)
    return tuple(distinct.values())


def chosen_cases(
    place: str, *, rules: Collection[str] | None = None, kind: str | None = None
) -> list[Invalid]:
    """Return the invalid values at a place, restricted to the given rules and kind.

    A place is an operation, or an operation and the steps to a part of its request, joined by dots.
    """
    operation, *steps = place.split(".")
    request_root(operation)  # This raises an error if there is no such operation.
    if operation not in OPERATIONS:
        raise ConfigurationError(f"{operation} is not simulated")
    if kind not in {None, "client", "service"}:
        raise ConfigurationError(f"kind must be 'client' or 'service', not {kind!r}")
    if isinstance(rules, str):
        raise ConfigurationError(f"rules must be a set of ids, such as {{{rules!r}}}")
    known = [entry.id for entry in RULES]
    for unknown in sorted(set(rules or ()) - set(known)):
        raise ConfigurationError(
            f"unknown rule {unknown}; docs/rules.md lists all rules{did_you_mean(unknown, known)}"
        )
    every = cases(operation, tuple(steps))
    chosen = [
        case
        for case in every
        if (rules is None or case.rule in rules) and kind in {None, case.kind}
    ]
    if not chosen:
        possible = ", ".join(sorted({case.rule for case in every})) or "none"
        raise ConfigurationError(f"no rule matches these arguments; possible rules: {possible}")
    return chosen


_TURNS = 2000
"""The maximum number of invalid values that a strategy draws. All rules have equal shares of these
values, and all ways to break a rule have equal shares of the rule's values."""


def _drawn(chosen: Sequence[Invalid]) -> st.SearchStrategy[Invalid]:
    """Draw all rules equally often, and all ways of breaking a given rule equally often."""
    by_rule: dict[str, dict[str, list[Invalid]]] = defaultdict(lambda: defaultdict(list))
    for case in chosen:
        by_rule[case.rule][case.way].append(case)
    turns = _TURNS // len(by_rule)
    of_rules = []
    for ways in by_rule.values():
        # Take evenly spaced values from each way in turn. The first is the closest to a valid value.
        rounds = max(1, turns // len(ways))
        of_rules.append(
            [way[turn * len(way) // rounds] for turn in range(rounds) for way in ways.values()]
        )

    def labelled(case: Invalid) -> Invalid:
        event(f"{case.rule}, {case.kind}")
        note(str(case))
        return deepcopy(case)  # a caller may modify its arguments

    # Hypothesis draws no element twice, so repeat the values of a rule that has only a few.
    in_turn = [of_rule[turn % len(of_rule)] for turn in range(turns) for of_rule in of_rules]
    return st.sampled_from(in_turn).map(labelled)


# --- requests and their mutations --------------------------------------------------------------------


def _plain_request(operation: str, steps: Steps) -> tuple[dict[str, Any], Path]:
    """Return a simple request that contains the part at ``steps``, and the path to that part.

    Raises:
        KeyError: ``PLAIN`` lacks the part or a required member.
    """
    shapes = request_shapes()
    shape = shapes.model.shapes[request_root(operation)]
    kept = shapes.required(shape) | set(steps[:1])
    request = {name: PLAIN[name] for name in shape.members if name in kept}
    if steps[:2] == ("deployment", "containers"):
        # Without an endpoint, a change to a container cannot break a rule about the endpoint.
        request["deployment"] = {"containers": request["deployment"]["containers"]}
    return request, _locate(request, steps)


def _locate(document: Any, steps: Steps) -> Path:
    """Return the path that ``steps`` take through the first element of each list and map."""
    path: list[str | int] = []
    for step in steps:
        part: str | int = step
        if step in {EACH, KEY, VALUE}:
            part = 0 if step == EACH else next(iter(document))
        path.append(part)
        document = document[part]
    return tuple(path)


def _look(document: Any, path: Path) -> Any:
    """Return the value at ``path``."""
    return reduce(getitem, path, document)


def _put(document: Any, path: Path, value: Any) -> Any:
    """Return a copy of the document with ``value`` at ``path``, or without the path's last part."""
    if not path:
        return value
    copy, (first, *rest) = document.copy(), path
    if rest:
        copy[first] = _put(copy[first], tuple(rest), value)
    elif value is LEAVE_OUT:
        del copy[first]
    else:
        copy[first] = value
    return copy


def _labelled(
    operation: str, steps: Steps, location: Location, request: dict[str, Any], way: str
) -> list[Invalid]:
    """Return the invalid values in a request that breaks only the location's rule.

    The list is empty if the request breaks no rule, or also breaks another rule.
    """
    validator = request_validator(request_shapes().model)
    violations = validator.violations(operation, on_the_wire(request))
    if not violations or violations[0].rule.id != location.rule.id:
        return []
    violation = violations[0]
    # An empty string that breaks a minimum length also breaks the pattern.
    if any((one.path, one.found) != (violation.path, "") for one in violations[1:]):
        return []
    kind, error = "service", Expected(location.rule.error, violation.message)
    if (text := _client_error(operation, request)) is not None:
        kind, error = "client", Expected("ParamValidationError", text)
    if steps[-1:] == (KEY,):
        found: list[Any] = [str(violation.path[-1])]
        # A port is drawn both as a number and as a string.
        if steps[-2] == "ports" and re.fullmatch("0|-?[1-9][0-9]*", found[0], re.ASCII):
            found.insert(0, int(found[0]))
    else:
        found = [_look(request, _locate(request, steps))]
    return [
        Invalid(
            value=value,
            rule=location.rule.id,
            path=show_path(violation.path),
            error=error,
            kind=kind,
            operation=operation,
            request=request,
            way=way,
        )
        for value in found
    ]


@lru_cache(maxsize=1)
def _botocore_model() -> ServiceModel:
    loader = botocore.loaders.Loader()
    return ServiceModel(loader.load_service_model("lightsail", "service-2"), "lightsail")


def _client_error(operation: str, request: Mapping[str, Any]) -> str | None:
    """Return botocore's ParamValidationError message for a request, or ``None`` if it is valid."""
    shape = _botocore_model().operation_model(operation).input_shape
    if shape is None:
        return None
    report = ParamValidator().validate(request, shape)
    if not report.has_errors():
        return None
    return str(ParamValidationError(report=report.generate_report()))


# --- invalid values of one kind ----------------------------------------------------------------------

PLACES: dict[str, str] = {}
"""Maps the name of each function for one kind of value to the place of the value."""


@lru_cache(maxsize=64)
def shape_of(name: str) -> tuple[str, str]:
    """Return the shape and the target of the values that the strategy ``name`` draws."""
    operation, *steps = PLACES[f"invalid_{name}"].split(".")
    parts = walk(request_shapes().model, request_root(operation))
    return next((shape.name, target) for at, target, shape in parts if at == tuple(steps))


def _at(name: str, place: str) -> Callable[..., st.SearchStrategy[Invalid]]:
    """Create the function ``name``, which returns a strategy for one part of a request."""
    PLACES[name] = place

    def invalid(
        *, rules: Collection[str] | None = None, kind: str | None = None
    ) -> st.SearchStrategy[Invalid]:
        return _drawn(chosen_cases(place, rules=rules, kind=kind))

    invalid.__name__ = invalid.__qualname__ = name
    invalid.__doc__ = (
        f"Return a strategy for values that ``{name.removeprefix('invalid_')}`` never draws.\n\n"
        "Each value breaks one rule. For ``rules`` and ``kind``, see ``invalid_requests``."
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
invalid_ports = _at("invalid_ports", f"{_CONTAINER}.ports.{KEY}")
invalid_protocols = _at("invalid_protocols", f"{_CONTAINER}.ports.{VALUE}")
invalid_public_endpoints = _at("invalid_public_endpoints", _ENDPOINT)
invalid_health_checks = _at("invalid_health_checks", f"{_ENDPOINT}.healthCheck")
invalid_success_codes = _at("invalid_success_codes", f"{_ENDPOINT}.healthCheck.successCodes")
invalid_container_labels = _at("invalid_container_labels", "RegisterContainerImage.label")
