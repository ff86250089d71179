"""Strategies for invalid values, each with the rule that it breaks and the expected error."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field, replace
from functools import lru_cache
from operator import itemgetter
from typing import Any

import botocore.session
from botocore.exceptions import ParamValidationError
from botocore.validate import ParamValidator
from hypothesis import event, note
from hypothesis import strategies as st

from ..contract.validator import request_validator
from ..exceptions import ConfigurationError, did_you_mean
from ..model.bounds import on_the_wire
from ..model.catalogue import RULES
from ..model.rule import Rule, show_path
from ..model.service import KEY, VALUE
from ..simulator.operations import OPERATIONS
from .mutations import mutations
from .parts import Part, part_at
from .shapes import named, request_root, request_shapes

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
    request are simple, and optional members are left out unless they contain the invalid value.

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


def chosen_cases(
    place: str, *, rules: Collection[str] | None = None, kind: str | None = None
) -> list[Invalid]:
    """Return the invalid values at a place in requests, restricted to the given rules and kind."""
    operation = place.partition(".")[0]
    request_root(operation)  # This raises an error if there is no such operation.
    if operation not in OPERATIONS:
        raise ConfigurationError(f"{operation} is not simulated")
    if kind not in {None, "client", "service"}:
        raise ConfigurationError(f"kind must be 'client' or 'service', not {kind!r}")
    if isinstance(rules, str):
        raise ConfigurationError(f"rules must be a set of ids, such as {{{rules!r}}}")
    known = {entry.id for entry in RULES}
    wanted = known if rules is None else set(rules)
    for unknown in sorted(wanted - known):
        raise ConfigurationError(
            f"unknown rule {unknown}; docs/rules.md lists all rules{did_you_mean(unknown, known)}"
        )
    every = cases(place)
    chosen = [case for case in every if case.rule in wanted and kind in {None, case.kind}]
    if not chosen:
        possible = ", ".join(sorted({case.rule for case in every})) or "none"
        raise ConfigurationError(f"no rule matches these arguments; possible rules: {possible}")
    return chosen


_TURNS = 2000
"""The maximum number of invalid values that a strategy draws. All rules have equal shares of these
values, and all ways to break a rule have equal shares of the rule's values."""


def _drawn(chosen: Iterable[Invalid]) -> st.SearchStrategy[Invalid]:
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


@lru_cache(maxsize=64)
def cases(place: str) -> tuple[Invalid, ...]:
    """Return all invalid values at a place in requests.

    The values that are closest to a valid one come first.
    """
    distinct: dict[tuple[str, str], Invalid] = {}
    for _, case in sorted(_all_cases(place), key=itemgetter(0)):
        distinct.setdefault((case.rule, repr(case.value)), case)
    return tuple(distinct.values())


def _all_cases(place: str) -> Iterator[tuple[int, Invalid]]:
    """Yield the invalid values for each part at a place, starting with the part closest to the root.

    Each value comes with its position in the list of values that break the rule in the same way.
    """
    whole, in_request = part_at(place)
    for part, put in sorted(whole.parts(), key=lambda pair: (len(pair[0].steps), pair[0].steps)):
        for entry, way, near, wrong in mutations(part):
            value = put(wrong)
            case = _labelled(place.partition(".")[0], in_request(value), value, entry, way)
            if case is None:
                continue
            # A port is drawn both as a number and as a string.
            if whole.target == "PortMap[key]" and re.fullmatch("0|-?[1-9][0-9]*", value, re.ASCII):
                yield near, replace(case, value=int(value))
            yield near, case


def _labelled(
    operation: str, request: dict[str, Any], value: Any, entry: Rule, way: str
) -> Invalid | None:
    """Label an invalid value. Return ``None`` unless the request breaks only the rule ``entry``."""
    validator = request_validator(request_shapes().model)
    violations = validator.violations(operation, on_the_wire(request))
    if not violations or violations[0].rule.id != entry.id:
        return None
    violation = violations[0]
    # An empty string that breaks a minimum length also breaks the pattern.
    if any((one.path, one.found) != (violation.path, "") for one in violations[1:]):
        return None
    kind, error = "service", Expected(entry.error, violation.message)
    operation_model = _botocore_model().operation_model(operation)
    report = ParamValidator().validate(request, operation_model.input_shape)
    if report.has_errors():
        text = str(ParamValidationError(report=report.generate_report()))
        kind, error = "client", Expected("ParamValidationError", text)
    return Invalid(
        value=value,
        rule=entry.id,
        path=show_path(violation.path),
        error=error,
        kind=kind,
        operation=operation,
        request=request,
        way=way,
    )


@lru_cache(maxsize=1)
def _botocore_model() -> Any:
    return botocore.session.Session().get_service_model("lightsail")


# --- invalid values of one kind ----------------------------------------------------------------------

PLACES: dict[str, str] = {}
"""Maps names of functions to places, such as ``CreateContainerService.power``."""


def part_of(name: str) -> Part:
    """Return the part of a request that the strategy ``name`` draws."""
    part, _ = part_at(PLACES[f"invalid_{name}"])
    return part


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
