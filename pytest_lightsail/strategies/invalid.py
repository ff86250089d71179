"""Invalid values, each with the rule that it breaks and the expected error."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from copy import deepcopy
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

import botocore.session
from botocore.exceptions import ParamValidationError
from botocore.validate import ParamValidator
from hypothesis import event, note
from hypothesis import strategies as st

from ..exceptions import ConfigurationError, check_known
from ..model.rule import Rule, show_path
from ..model.service import on_the_wire
from ..model.validator import request_validator
from ..simulator.operations import OPERATIONS
from .mutations import mutations, part_at
from .shapes import request_shapes


@dataclass(frozen=True)
class Invalid:
    """A value that breaks one rule.

    Attributes:
        value: the invalid value. For ``invalid_requests``, this is the whole request.
        rule: the id of the broken rule, as in docs/rules.md. If an empty string breaks both a
            minimum length and a pattern, this is the rule for the length.
        path: the path to the broken part, such as ``publicEndpoint.healthCheck.timeoutSeconds``.
        error: the code of the error that the request causes, or ``ParamValidationError`` if botocore
            rejects the request.
        message: the message of this error.
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
        """Print the ``repr``. Otherwise, Hypothesis would print every field."""
        del cycle
        printer.text(repr(self))


@lru_cache(maxsize=64)
def cases(place: str) -> tuple[Invalid, ...]:
    """Return all invalid values at a place in requests.

    The values that break a rule in the same way are in a row, the closest to a valid value first.
    """
    operation = place.partition(".")[0]
    whole, in_request = part_at(place)
    distinct: dict[tuple[str, str], Invalid] = {}
    for part, put in whole.parts():
        for entry, way, wrong in mutations(part):
            value = put(wrong)
            case = _labelled(operation, in_request(value), value, entry, way)
            if case is None:
                continue
            # A port is drawn both as a number and as a string.
            if whole.target == "PortMap[key]" and re.fullmatch("0|-?[1-9][0-9]*", value, re.ASCII):
                distinct[case.rule, value] = replace(case, value=int(value))
            distinct.setdefault((case.rule, repr(value)), case)
    return tuple(distinct.values())


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
    """Return the invalid values at a place in requests, restricted to the given rules and kind."""
    check_known("unknown operation", [place.partition(".")[0]], sorted(OPERATIONS))
    possible = sorted({case.rule for case in cases(place)})
    wanted = possible if rules is None else rules
    check_known("unknown rule", sorted(wanted), possible)
    chosen = [case for case in cases(place) if case.rule in wanted and kind in {None, case.kind}]
    if not chosen:
        raise ConfigurationError(f"no value of the kind {kind!r} breaks these rules")
    return chosen


_TURNS = 2000
"""The maximum number of invalid values that a strategy draws. All rules have equal shares of these
values, and all ways to break a rule have equal shares of the rule's values."""


def drawn(chosen: Iterable[Invalid]) -> st.SearchStrategy[Invalid]:
    """Draw all rules equally often, and all ways of breaking a given rule equally often."""
    by_rule: dict[str, dict[str, list[Invalid]]] = {}
    for case in chosen:
        by_rule.setdefault(case.rule, {}).setdefault(case.way, []).append(case)

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
