"""Requests with one rule broken, and what comes of it: the label is read from the finished request."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from hypothesis import event, note
from hypothesis import strategies as st

from ..contract.validator import request_validator
from ..contract.wire_values import on_the_wire
from ..exceptions import ConfigurationError
from ..model.envelope import root_shape
from ..model.form import REQUEST, Form
from ..model.rule import Path, Violation, show_path
from ..model.rules import RULES
from .breaks import LEAVE_OUT, breaks
from .client_side import client_error
from .shapes import KEY, Shapes, Steps
from .sites import Site, locate, look, sites
from .values import request_shapes

__all__ = ["Expected", "Invalid", "cases", "invalid_requests"]

CLIENT, SERVICE = "client", "service"
_IN_RELATION: dict[str, Steps] = {
    "endpoint.container": ("publicEndpoint",),
    "endpoint.port": ("publicEndpoint",),
    "endpoint.protocol": ("publicEndpoint",),
    "image.reference": ("containers", "[value]", "image"),
    "image.own-service": ("containers", "[value]", "image"),
    "domains.count": ("[value]",),
    "tags.unique-keys": ("[]",),
}
"""What must be there, below its target, for a relation to be broken."""


@dataclass(frozen=True)
class Expected:
    """The error that is to come: its name, as in ``ClientError.response["Error"]["Code"]``, and its text.

    ``ParamValidationError`` is botocore's own, raised before anything is sent.
    """

    name: str
    message: str


@dataclass(frozen=True)
class Invalid:
    """A value that breaks one rule.

    Attributes:
        value: the value; for ``invalid_requests`` the whole request.
        rule: the id of the rule that is broken, as in docs/rules.md.
        path: where, in the request, such as ``publicEndpoint.healthCheck.timeoutSeconds``.
        error: what comes of it.
        refused_by: ``client`` if botocore refuses it before any request, ``service`` otherwise.
        operation: the operation that the request is for.
        request: the whole request, valid but for this; keyword arguments of a boto3 call.
    """

    value: Any
    rule: str
    path: str
    error: Expected
    refused_by: str
    operation: str
    request: dict[str, Any] = field(repr=False)

    def __str__(self) -> str:
        return f"{self.operation}: {self.path or 'request'} breaks {self.rule}"


def invalid_requests(
    operation: str,
    *,
    rules: Collection[str] | None = None,
    refused_by: str | None = None,
    under: str = "",
) -> st.SearchStrategy[Invalid]:
    """Whole requests of an operation with one rule broken, anywhere in them, and all else valid.

    Args:
        operation: the operation.
        rules: only these, by id, such as ``{"scale.range"}``.
        refused_by: only what the ``client`` (botocore) refuses, or what the ``service`` does.
        under: only at or below this member, such as ``publicEndpoint.healthCheck``.

    Raises:
        ConfigurationError: no rule is left to break.
        UnknownOperation: Lightsail has no such operation.
    """
    way = tuple(under.split(".")) if under else ()
    chosen = cases(operation, rules, refused_by, way)
    if not chosen:
        known = sorted({site.rule.id for site in cases(operation, None, None, way)})
        raise ConfigurationError(
            f"invalid_requests: nothing to break in {operation}; its rules are {', '.join(known)}"
        )
    return invalid_at(operation, chosen, way)


def invalid_at(
    operation: str, chosen: tuple[Site, ...], way: Steps, value: Callable[[Any], Any] | None = None
) -> st.SearchStrategy[Invalid]:
    """Invalid requests by these sites; ``value`` reads from the request what is handed out."""

    @st.composite
    def invalid(draw: Callable[[st.SearchStrategy[Any]], Any]) -> Invalid:
        site = draw(st.sampled_from(chosen))
        request, violation = _broken(draw, operation, site)
        made = _labelled(operation, request, violation, way, value)
        event(f"{made.rule} at {'.'.join(site.way)}")
        note(str(made))
        return made

    return invalid()


def cases(
    operation: str, rules: Collection[str] | None, refused_by: str | None, way: Steps
) -> tuple[Site, ...]:
    """The sites of an operation that fit."""
    unknown = sorted(set(rules or ()) - {entry.id for entry in RULES})
    if unknown:
        raise ConfigurationError(f"no rule {', '.join(unknown)}; docs/rules.md has them all")
    if refused_by not in {None, CLIENT, SERVICE}:
        raise ConfigurationError(f"refused_by is {CLIENT!r} or {SERVICE!r}, not {refused_by!r}")
    shapes = request_shapes()
    root = root_shape(shapes.model, operation, Form(REQUEST))
    if root not in shapes.model.shapes:
        return ()
    return tuple(
        site
        for site in sites(shapes, root)
        if (rules is None or site.rule.id in rules)
        and (site.way[: len(way)] == way or _inside(site, way))
        and (refused_by is None or (refused_by == CLIENT) == (site.rule.id in _BY_BOTOCORE))
        and not (site.way == () and site.rule.id == "json.type")
    )


_BY_BOTOCORE = frozenset({"json.type", "json.unknown-member", "json.required"})
"""What botocore always refuses. Of the bounds it knows the lower ones that the model states; such cases
say so themselves in ``refused_by``."""


def _inside(site: Site, way: Steps) -> bool:
    """Whether a relation is broken below ``way``, though its target lies above."""
    below = (*site.way, *_IN_RELATION.get(site.rule.id, ()))
    if site.way == () and "image" in site.rule.id and way[:1] == ("deployment",):
        below = ("deployment", *below)
    return site.rule.id in _IN_RELATION and bool(way) and below[: len(way)] == way


def _broken(
    draw: Callable[[st.SearchStrategy[Any]], Any],
    operation: str,
    site: Site,
) -> tuple[dict[str, Any], Violation]:
    """A request in which the rule of a site is broken there, and nothing else."""
    shapes = request_shapes()
    request = draw(_containing(shapes, root_shape(shapes.model, operation, Form(REQUEST)), site))
    path = locate(request, site.way)
    found = path[-1] if site.way[-1:] == (KEY,) else look(request, path)
    for broken in breaks(shapes, site, found, draw):
        changed = _planted(request, path, site, broken)
        violations = request_validator(shapes.model).violations(operation, on_the_wire(changed))
        if [one.rule.id for one in violations] == [site.rule.id]:
            return changed, violations[0]
    raise AssertionError(f"{operation}: {site} cannot be broken by itself in {request!r}")


@lru_cache(maxsize=2048)
def _containing(shapes: Shapes, root: str, site: Site) -> st.SearchStrategy[Any]:
    """Requests that hold what a site needs."""
    way = (*site.way, *_IN_RELATION.get(site.rule.id, ()))
    if site.way == () and "deployment" in shapes.model.shapes[root].members:
        way = ("deployment", *way) if "image" in site.rule.id else way
    return shapes.of(root, "", way)


def _planted(request: Any, path: Path, site: Site, broken: Any) -> Any:
    """The request with ``broken`` at ``path``; what it shares with the request stays as it is."""
    if not path:
        return broken
    first, rest = path[0], path[1:]
    if rest:
        inner = _planted(request[first], rest, site, broken)
    elif site.way[-1] == KEY:
        # The entry stays: others may name its key.
        return {**request, broken: request[first]}
    elif broken is LEAVE_OUT:
        return {name: value for name, value in request.items() if name != first}
    else:
        inner = broken
    if isinstance(request, list):
        return [inner if index == first else value for index, value in enumerate(request)]
    return {name: inner if name == first else value for name, value in request.items()}


def _labelled(
    operation: str,
    request: dict[str, Any],
    violation: Violation,
    way: Steps,
    value: Callable[[Any], Any] | None,
) -> Invalid:
    text = client_error(operation, request)
    if text is None:
        error = Expected(violation.rule.error, violation.message)
    else:
        error = Expected("ParamValidationError", text)
    shown = look(request, locate(request, way)) if value is None else value(violation)
    return Invalid(
        value=shown if way or value is not None else request,
        rule=violation.rule.id,
        path=show_path(violation.path),
        error=error,
        refused_by=SERVICE if text is None else CLIENT,
        operation=operation,
        request=request,
    )
