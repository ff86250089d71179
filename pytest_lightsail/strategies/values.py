"""Strategies for valid values, and for invalid values labelled with the rules that they break.

Unknown names and impossible bounds raise ``ConfigurationError`` when the strategy is created, not
when the test runs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from copy import deepcopy
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, TypeVar

import botocore.session
from botocore.exceptions import ParamValidationError
from botocore.validate import ParamValidator
from hypothesis import event, note
from hypothesis import strategies as st

from ..exceptions import ConfigurationError, check_known
from ..model.rule import Kind, Rule, show_path
from ..model.service import KEY, VALUE, on_the_wire
from ..model.validator import request_validator
from ..simulator.operations import OPERATIONS
from .mutations import mutations, part_at
from .shapes import ECR_IMAGES, PUBLIC_IMAGES, matching, named, request_root, request_shapes

_T = TypeVar("_T")

__all__ = [
    "Invalid",
    "container_names",
    "containers",
    "deployments",
    "environments",
    "health_checks",
    "image_references",
    "invalid_container_names",
    "invalid_containers",
    "invalid_deployments",
    "invalid_environments",
    "invalid_health_checks",
    "invalid_image_references",
    "invalid_ports",
    "invalid_powers",
    "invalid_public_endpoints",
    "invalid_requests",
    "invalid_scales",
    "invalid_service_names",
    "invalid_success_codes",
    "invalid_tags",
    "ports",
    "powers",
    "public_endpoints",
    "requests",
    "scales",
    "service_names",
    "success_codes",
    "tags",
]

# --- invalid values and their labels ------------------------------------------------------------------


@dataclass(frozen=True)
class Invalid:
    """A value that breaks one rule.

    Attributes:
        value: the invalid value, or the whole request if ``invalid_requests`` drew it.
        rule: the id of the broken rule, as listed in docs/rules.md. If an empty string
            breaks both a length rule and a pattern rule, ``rule`` is the id of the length rule.
        path: the path to the invalid part, such as ``publicEndpoint.healthCheck.timeoutSeconds``.
        error: the code of the error that the request causes, or ``ParamValidationError`` if botocore
            rejects the request.
        message: the message of the error.
        kind: ``client`` if botocore rejects the value before sending a request, or ``service`` if
            the service refuses the request.
        operation: the name of the request's operation.
        request: the whole request, as keyword arguments for a boto3 call. Apart from the invalid
            value, the request is valid.
        way: how the rule is broken, such as ``one above the maximum``.
    """

    value: Any
    rule: str
    path: str
    error: str
    message: str = field(repr=False)
    kind: str
    operation: str = field(repr=False)
    request: dict[str, Any] = field(repr=False)
    way: str = ""

    def __str__(self) -> str:
        what = f"{self.operation}: {self.path or 'request'} breaks {self.rule}"
        return f"{what} ({self.kind}: {self.error})"

    def _repr_pretty_(self, printer: Any, cycle: object) -> None:
        """Print the ``repr``, because Hypothesis would print every field by default."""
        del cycle
        printer.text(repr(self))


@lru_cache(maxsize=64)
def cases(place: str) -> tuple[Invalid, ...]:
    """Return all invalid values for a place in a request.

    The values are grouped by the part of the request, by the rule that they break, and by how they
    break it. Each group starts with the value closest to a valid value.
    """
    operation = place.partition(".")[0]
    request, whole = part_at(operation), part_at(place)
    distinct: dict[tuple[str, str], Invalid] = {}
    for part in whole.parts():
        for entry, way, wrong in mutations(part):
            value = whole.put(part, wrong)
            case = _labelled(operation, request.put(whole, value), value, entry, way)
            if case is None:
                continue
            # Include an integer port in two forms: as an ``int`` and as a string.
            if whole.target == "PortMap[key]" and re.fullmatch("0|-?[1-9][0-9]*", value, re.ASCII):
                distinct.setdefault((case.rule, value), replace(case, value=int(value)))
            distinct.setdefault((case.rule, repr(value)), case)
    return tuple(distinct.values())


def _labelled(
    operation: str, request: dict[str, Any], value: Any, entry: Rule, way: str
) -> Invalid | None:
    """Return the labelled value, or ``None`` if the request breaks another rule or no rule."""
    validator = request_validator(request_shapes().model)
    violations = validator.violations(operation, on_the_wire(request))
    if not violations or violations[0].rule.id != entry.id:
        return None
    violation = violations[0]
    # Only an empty string may break two rules: a length rule and a pattern rule.
    if any((one.path, one.found) != (violation.path, "") for one in violations[1:]):
        return None
    kind, error, message = "service", entry.error, violation.message
    operation_model = _botocore_model().operation_model(operation)
    report = ParamValidator().validate(request, operation_model.input_shape)
    if report.has_errors():
        kind, error = "client", "ParamValidationError"
        message = str(ParamValidationError(report=report.generate_report()))
    path = show_path(violation.path)
    return Invalid(value, entry.id, path, error, message, kind, operation, request, way)


@lru_cache(maxsize=1)
def _botocore_model() -> Any:
    return botocore.session.Session().get_service_model("lightsail")


def chosen_cases(
    place: str, *, rules: Collection[str] | None = None, kind: str | None = None
) -> list[Invalid]:
    """Return the invalid values for a place in a request, filtered by rule and kind."""
    check_known(
        "the account does not simulate the operation", [place.partition(".")[0]], sorted(OPERATIONS)
    )
    possible = sorted({case.rule for case in cases(place)})
    wanted = possible if rules is None else rules
    check_known("no value for this place can break the rule", wanted, possible)
    check_known("unknown kind", [] if kind is None else [kind], ("client", "service"))
    chosen = [case for case in cases(place) if case.rule in wanted and kind in {None, case.kind}]
    if not chosen:
        raise ConfigurationError(f"no invalid value matches rules={sorted(wanted)} and {kind=}")
    return chosen


_TURNS = 2000
"""The maximum size of the list from which a strategy draws invalid values. The list is divided
equally among the rules, and each rule's share is divided equally among the ways to break the rule."""


def _drawn(chosen: Iterable[Invalid]) -> st.SearchStrategy[Invalid]:
    """Return a strategy in which all rules, and all ways to break a rule, are equally likely."""
    by_rule: dict[str, dict[str, list[Invalid]]] = {}
    for case in chosen:
        by_rule.setdefault(case.rule, {}).setdefault(case.way, []).append(case)

    turns = _TURNS // len(by_rule)
    of_rules = []
    for ways in by_rule.values():
        # Alternate between the ways to break the rule, and take evenly spaced values from each.
        rounds = max(1, turns // len(ways))
        of_rules.append(
            [way[turn * len(way) // rounds] for turn in range(rounds) for way in ways.values()]
        )

    def labelled(case: Invalid) -> Invalid:
        event(f"{case.rule}, {case.kind}")
        note(str(case))
        return deepcopy(case)  # the code under test may modify the value

    # Repeat the values of a rule that has few, so that every rule fills an equal share of the list.
    in_turn = [of_rule[turn % len(of_rule)] for turn in range(turns) for of_rule in of_rules]
    return st.sampled_from(in_turn).map(labelled)


# --- strategies with limits ---------------------------------------------------------------------------

PLACES: dict[str, str] = {}
"""Maps the name of each strategy to a place in a request, such as ``CreateContainerService.power``."""


def _between(
    name: str, kind: Kind, minimum: int | None, maximum: int | None
) -> st.SearchStrategy[Any]:
    """Return a strategy for valid values within the given bounds."""
    part = part_at(PLACES[name])
    limits = request_shapes().limits(part.target, part.shape.name)
    least, most = limits.bounds(kind)
    low = max(least, minimum or 0)
    high = min(each for each in (most, maximum) if each is not None)
    if low > high:
        raise ConfigurationError(
            f"no value is between {minimum} and {maximum}; the service accepts {least} to {most}"
        )
    return st.integers(low, high) if kind is Kind.RANGE else matching(limits.patterns, low, high)


@named
def service_names(
    *, min_size: int | None = None, max_size: int | None = None
) -> st.SearchStrategy[str]:
    """Return a strategy for container service names of ``min_size`` to ``max_size`` characters.

    Raises:
        ConfigurationError: no valid name has a length in this range.

    >>> from hypothesis import find
    >>> find(service_names(min_size=3), lambda name: True)
    '000'
    """
    return _between("service_names", Kind.LENGTH, min_size, max_size)


@named
def container_names(
    *, min_size: int | None = None, max_size: int | None = None
) -> st.SearchStrategy[str]:
    """Return a strategy for container names. See ``service_names`` for the arguments."""
    return _between("container_names", Kind.LENGTH, min_size, max_size)


@named
def ports(*, min_value: int | None = None, max_value: int | None = None) -> st.SearchStrategy[int]:
    """Return a strategy for port numbers from ``min_value`` to ``max_value``.

    The keys of a container's ``ports`` mapping are strings, so use ``str(port)``.

    Raises:
        ConfigurationError: no valid port is in this range.
    """
    return _between("ports", Kind.RANGE, min_value, max_value)


@named
def scales(*, min_value: int | None = None, max_value: int | None = None) -> st.SearchStrategy[int]:
    """Return a strategy for node counts (``scale``). See ``ports`` for the arguments."""
    return _between("scales", Kind.RANGE, min_value, max_value)


@named
def image_references(
    kinds: Collection[str] = (*PUBLIC_IMAGES, "ecr", "stored"), *, service: str | None = None
) -> st.SearchStrategy[str]:
    """Return a strategy for image references.

    The service can pull stored images only if the test has registered them, and private images only
    if the test has given the service access to them.

    Args:
        kinds: the kinds to draw: ``public`` (official images on Docker Hub), ``docker-hub`` (images
            in a Docker Hub namespace), ``public-ecr``, ``registry`` (other registries), ``ecr``
            (private repositories in us-east-1), and ``stored``.
        service: the name of the service in references to stored images. By default, any name.

    Raises:
        ConfigurationError: ``kinds`` is empty or contains an unknown kind.
    """
    services = service_names() if service is None else st.just(service)
    labels = request_shapes().of("ContainerLabel")
    versions = st.one_of(st.sampled_from(("1", "latest")), st.integers(1, 10**6).map(str))
    stored = st.builds(":{}.{}.{}".format, services, labels, versions)
    of_kind = {**PUBLIC_IMAGES, "ecr": ECR_IMAGES, "stored": stored}
    check_known("unknown kind", kinds or ["none"], of_kind)
    return st.one_of(*(images for kind, images in of_kind.items() if kind in kinds))


# --- strategies without arguments ---------------------------------------------------------------------


def _valid(name: str, words: str) -> Callable[[], st.SearchStrategy[Any]]:
    """Create a function called ``name`` that returns a strategy for one part of a request."""

    def valid() -> st.SearchStrategy[Any]:
        part = part_at(PLACES[name])
        return request_shapes().of(part.shape.name, part.target)

    valid.__name__ = valid.__qualname__ = name
    valid.__doc__ = f"Return a strategy for {words}."
    return named(valid)


_Of = Callable[[], st.SearchStrategy[_T]]
_Document = dict[str, Any]

powers: _Of[str] = _valid("powers", "names of powers, such as ``nano``")
success_codes: _Of[str] = _valid(
    "success_codes", "success codes for a health check, such as ``200,301-302``"
)
tags: _Of[list[dict[str, str]]] = _valid("tags", "lists of tags with unique keys")
environments: _Of[dict[str, str]] = _valid("environments", "a container's environment variables")
health_checks: _Of[_Document] = _valid(
    "health_checks", "health checks for public endpoints. All members are optional"
)
containers: _Of[_Document] = _valid(
    "containers", "mappings from container names to containers with public images"
)
public_endpoints: _Of[_Document] = _valid(
    "public_endpoints", "public endpoints. ``deployments()`` adds matching containers"
)
deployments: _Of[_Document] = _valid(
    "deployments", "deployments that CreateContainerService accepts, some with a ``publicEndpoint``"
)


# --- strategies for invalid values --------------------------------------------------------------------


def _invalid(name: str, place: str) -> Callable[..., st.SearchStrategy[Invalid]]:
    """Create a function called ``invalid_{name}`` that returns a strategy for invalid values."""
    PLACES[name] = place

    def invalid(
        *, rules: Collection[str] | None = None, kind: str | None = None
    ) -> st.SearchStrategy[Invalid]:
        return _drawn(chosen_cases(place, rules=rules, kind=kind))

    invalid.__name__ = invalid.__qualname__ = f"invalid_{name}"
    invalid.__doc__ = (
        f"Return a strategy for values that ``{name}`` never draws.\n\n"
        "Each value breaks one rule. ``rules`` and ``kind`` work as in ``invalid_requests``."
    )
    return named(invalid)


_CREATE, _DEPLOY = "CreateContainerService", "CreateContainerServiceDeployment"
_CONTAINER = f"{_DEPLOY}.containers.{VALUE}"
_ENDPOINT = f"{_DEPLOY}.publicEndpoint"

invalid_service_names = _invalid("service_names", f"{_CREATE}.serviceName")
invalid_powers = _invalid("powers", f"{_CREATE}.power")
invalid_scales = _invalid("scales", f"{_CREATE}.scale")
invalid_tags = _invalid("tags", f"{_CREATE}.tags")
invalid_deployments = _invalid("deployments", f"{_CREATE}.deployment")
invalid_containers = _invalid("containers", f"{_DEPLOY}.containers")
invalid_container_names = _invalid("container_names", f"{_DEPLOY}.containers.{KEY}")
invalid_image_references = _invalid("image_references", f"{_CONTAINER}.image")
invalid_environments = _invalid("environments", f"{_CONTAINER}.environment")
invalid_ports = _invalid("ports", f"{_CONTAINER}.ports.{KEY}")
invalid_public_endpoints = _invalid("public_endpoints", _ENDPOINT)
invalid_health_checks = _invalid("health_checks", f"{_ENDPOINT}.healthCheck")
invalid_success_codes = _invalid("success_codes", f"{_ENDPOINT}.healthCheck.successCodes")


# --- whole requests ----------------------------------------------------------------------------------


def requests(
    operation: str, **members: st.SearchStrategy[Any]
) -> st.SearchStrategy[dict[str, Any]]:
    """Return a strategy for an operation's requests, as keyword arguments for a boto3 call.

    All images are public. Before you send a request, create everything that the request refers to,
    such as the service. Requests contain no page tokens and no resource ARNs, because only the
    service's responses contain valid ones.

    Args:
        operation: the name of any Lightsail operation, such as ``DeleteContainerService``.
        members: strategies for members that every drawn request must contain. A public endpoint is
            changed to match the containers. References such as ``:.web.1`` get the service's name.

    Raises:
        ConfigurationError: Lightsail has no such operation, or the request has no such member.

    >>> from hypothesis import find, strategies as st
    >>> find(requests("DeleteContainerService", serviceName=st.just("shop")), lambda request: True)
    {'serviceName': 'shop'}
    """
    shapes, name = request_shapes(), request_root(operation)
    shape = shapes.model.shapes[name]
    check_known("unknown member", members, shape.members)
    return shapes.structure(shape, members) if members else shapes.of(name)


@named
def invalid_requests(
    operation: str, *, rules: Collection[str] | None = None, kind: str | None = None
) -> st.SearchStrategy[Invalid]:
    """Return a strategy for requests that break one rule and are otherwise valid.

    All rules, and all ways to break the same rule, are drawn with equal probability. Other values in a
    request are simple, and optional members are omitted unless they contain the invalid value.

    Args:
        operation: an operation that the account simulates.
        rules: the ids of the rules to break, such as ``{"scale.range"}``. By default, any
            rule may be broken.
        kind: ``client`` for requests that botocore rejects, or ``service`` for requests that
            the service refuses. By default, both kinds.

    Raises:
        ConfigurationError: no rule matches these arguments, or the account does not simulate the
            operation.

    >>> from hypothesis import find
    >>> case = find(invalid_requests("CreateContainerService", rules={"scale.range"}), lambda case: True)
    >>> print(case)
    CreateContainerService: scale breaks scale.range (service: InvalidInputException)
    >>> case.way
    'one above the maximum'
    """
    return _drawn(chosen_cases(operation, rules=rules, kind=kind))
