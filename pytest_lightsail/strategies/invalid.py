"""Requests with one rule broken, and what comes of it: the label is read from the finished request."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from functools import lru_cache
from typing import Any

from hypothesis import event, note
from hypothesis import strategies as st

from ..contract.validator import request_validator
from ..exceptions import ConfigurationError
from ..model.bounds import on_the_wire
from ..model.catalogue import RULES
from ..model.rule import Kind, Path, Violation, show_path
from ..model.schema import REQUEST, Form, root_shape
from ..wording import did_you_mean
from .account_breaks import ACCOUNT_BREAKS, Case, put
from .breaks import LEAVE_OUT, breaks
from .client_side import client_error
from .doomed import FLAWS, Flaw
from .labelled import CLIENT, DEPLOYMENT, SERVICE, Expected, Invalid, wanted_kinds
from .needs import HOME, account_violations, needs_of
from .shapes import EACH, KEY, VALUE, Draw, Shapes, Steps
from .sites import Site, locate, look, sites
from .whole import request_shapes

__all__ = ["Expected", "Invalid", "cases", "invalid_at", "invalid_requests"]

_Reading = Callable[[Path], Any] | None
_IMAGE: Steps = ("containers", "[value]", "image")
_IN_RELATION: dict[str, Steps] = {
    "endpoint.container": ("publicEndpoint",),
    "endpoint.port": ("publicEndpoint",),
    "endpoint.protocol": ("publicEndpoint",),
    "image.reference": _IMAGE,
    "image.own-service": _IMAGE,
    "domains.count": ("[value]",),
    "domains.certificates": ("[value]",),
    "tags.unique-keys": ("[]",),
}
"""What must be there, below its target, for a relation to be broken."""


def invalid_requests(
    operation: str,
    *,
    rules: Collection[str] | None = None,
    kind: str | None = None,
    under: str = "",
    region: str = HOME,
) -> st.SearchStrategy[Invalid]:
    """Whole requests of an operation with one rule broken, anywhere in them, and all else valid.

    Args:
        operation: the operation.
        rules: only these, by id, such as ``{"scale.range"}``.
        kind: only what the ``client`` (botocore) refuses, or what the ``service`` does; either if left
            out. ``deployment`` is what the service accepts, though the deployment will fail.
        under: only at or below this member, such as ``publicEndpoint.healthCheck``.
        region: the Region of the requests, which some labels name.

    Raises:
        ConfigurationError: no rule is left to break, or there is no such rule or kind.
        UnknownOperation: Lightsail has no such operation.

    >>> from hypothesis import find
    >>> case = find(invalid_requests("CreateContainerService", rules={"scale.range"}), lambda case: True)
    >>> print(case)
    CreateContainerService: scale breaks scale.range (service: InvalidInputException)
    """
    way = tuple(under.split(".")) if under else ()
    chosen = cases(operation, rules, kind, way)
    if not chosen:
        every = (*cases(operation, None, None, way), *cases(operation, None, DEPLOYMENT, way))
        known = ", ".join(sorted({_id(one) for one in every})) or "none"
        raise ConfigurationError(
            f"invalid_requests: nothing to break in {operation} as asked; its rules are {known}"
        )
    return invalid_at(operation, chosen, way, wanted_kinds(kind), region=region)


@lru_cache(maxsize=1024)
def invalid_at(
    operation: str,
    chosen: tuple[Site | Flaw, ...],
    way: Steps,
    kinds: frozenset[str],
    *,
    value: _Reading = None,
    region: str = HOME,
) -> st.SearchStrategy[Invalid]:
    """Invalid requests by these sites and flaws; ``value`` reads from a path what is handed out."""

    @st.composite
    def invalid(draw: Draw) -> Invalid:
        one = draw(st.sampled_from(chosen))
        found = (
            _failing(draw, operation, one, region)
            if isinstance(one, Flaw)
            else _refused(draw, operation, one, kinds, region)
        )
        made, path = found
        shown = made.request
        if value is not None:
            shown = value(path)
        elif way:
            shown = look(made.request, locate(made.request, way))
        case = Invalid(**{**vars(made), "value": shown})
        event(f"{case.rule} at {_shown_way(one)}, {case.kind}")
        note(str(case))
        return case

    return invalid()


def cases(
    operation: str, rules: Collection[str] | None, kind: str | None, way: Steps
) -> tuple[Site | Flaw, ...]:
    """The sites of an operation that fit, or the flaws that its deployment can have."""
    kinds = wanted_kinds(kind)
    if isinstance(rules, str):
        raise ConfigurationError(f"rules is a set of ids, such as {{{rules!r}}}")
    unknown = sorted(set(rules or ()) - {entry.id for entry in RULES} - {flaw.id for flaw in FLAWS})
    if unknown:
        known = [*(entry.id for entry in RULES), *(flaw.id for flaw in FLAWS)]
        raise ConfigurationError(
            f"no rule {', '.join(unknown)}; `pytest-lightsail rules` prints them all"
            f"{did_you_mean(unknown[0], known)}"
        )
    return _cases(operation, None if rules is None else frozenset(rules), kinds, way)


@lru_cache(maxsize=4096)
def _cases(
    operation: str, rules: frozenset[str] | None, kinds: frozenset[str], way: Steps
) -> tuple[Site | Flaw, ...]:
    shapes = request_shapes()
    root = root_shape(shapes.model, operation, Form(REQUEST))
    if root not in shapes.model.shapes:
        return ()
    if DEPLOYMENT in kinds:
        prefix = _deployment_in(operation)
        return tuple(
            flaw
            for flaw in FLAWS
            if prefix is not None
            and (rules is None or flaw.id in rules)
            and (*prefix, *flaw.where)[: len(way)] == way
        )
    return tuple(
        site
        for site in sites(shapes, root)
        if (rules is None or site.rule.id in rules)
        and (site.way[: len(way)] == way or _inside(site, way))
        and site.kinds & kinds
    )


def _deployment_in(operation: str) -> Steps | None:
    """Where the deployment is in a request of an operation."""
    return {"CreateContainerService": ("deployment",), "CreateContainerServiceDeployment": ()}.get(
        operation
    )


def _id(one: Site | Flaw) -> str:
    return one.id if isinstance(one, Flaw) else one.rule.id


def _shown_way(one: Site | Flaw) -> str:
    return ".".join(one.where if isinstance(one, Flaw) else one.way) or "request"


def _inside(site: Site, way: Steps) -> bool:
    """Whether a relation is broken below ``way``, though its target lies above."""
    if site.rule.id not in _IN_RELATION or not way:
        return False
    below = (*site.way, *_IN_RELATION[site.rule.id])
    if _of_images(site) and way[:1] == ("deployment",):
        below = ("deployment", *below)
    return below[: len(way)] == way


def _of_images(site: Site) -> bool:
    """Whether the rule of a whole request looks at the images in it."""
    return site.way == () and _IN_RELATION.get(site.rule.id) == _IMAGE


def _refused(
    draw: Draw, operation: str, site: Site, kinds: frozenset[str], region: str
) -> tuple[Invalid, Path]:
    """A request in which the rule of a site is broken there, and nothing else."""
    shapes = request_shapes()
    request = draw(_containing(shapes, root_shape(shapes.model, operation, Form(REQUEST)), site))
    for case in _options(draw, operation, site, request, region):
        violations = request_validator(shapes.model).violations(
            operation, on_the_wire(case.broken)
        ) or account_violations(operation, case.broken, case.needs)
        if [one.rule.id for one in violations] == [site.rule.id]:
            made = _labelled(operation, case, violations[0])
            if made.kind in kinds:
                return made, violations[0].path
    raise AssertionError(f"{operation}: {site} cannot be broken by itself in {request!r}")


def _options(
    draw: Draw, operation: str, site: Site, request: dict[str, Any], region: str
) -> Iterator[Case]:
    """The ways of breaking a rule in a request that is valid."""
    shapes, path = request_shapes(), locate(request, site.way)
    needs = needs_of(operation, request, region)
    if site.rule.id in ACCOUNT_BREAKS:
        yield ACCOUNT_BREAKS[site.rule.id](draw, request, path, needs)
        return
    found = path[-1] if site.way[-1:] == (KEY,) else look(request, path)
    repaired = _without_placeholder(shapes, operation, request, site)
    for broken in breaks(shapes, site, found, draw):
        yield Case(repaired, _planted(request, path, site, broken), needs)


def _without_placeholder(
    shapes: Shapes, operation: str, request: dict[str, Any], site: Site
) -> dict[str, Any]:
    """The request without the member that no valid one has, if that is where the site is."""
    root = root_shape(shapes.model, operation, Form(REQUEST))
    return {
        name: value
        for name, value in request.items()
        if site.way[:1] != (name,) or f"{root}.{name}" not in shapes.left_out
    }


@lru_cache(maxsize=4096)
def _containing(shapes: Shapes, root: str, site: Site) -> st.SearchStrategy[Any]:
    """Requests that hold what a site needs."""
    inner = _IN_RELATION.get(site.rule.id, ())
    if site.rule.kind is Kind.COUNT:
        inner = (EACH if shapes.model.shapes[site.shape].type == "list" else VALUE,)
    way = (*site.way, *inner)
    if _of_images(site) and "deployment" in shapes.model.shapes[root].members:
        way = ("deployment", *way)
    return shapes.of(root, "", way)


def _planted(request: Any, path: Path, site: Site, broken: Any) -> Any:
    """The request with ``broken`` at ``path``; what it shares with the request stays as it is."""
    if not path:
        return broken
    above, last = path[:-1], path[-1]
    holder = look(request, above)
    if site.way[-1] == KEY:
        # The entry stays: others may name its key.
        return put(request, above, {**holder, broken: holder[last]})
    if broken is LEAVE_OUT:
        return put(request, above, {name: one for name, one in holder.items() if name != last})
    return put(request, path, broken)


def _labelled(operation: str, case: Case, violation: Violation) -> Invalid:
    text = client_error(operation, case.broken)
    if text is None:
        error = Expected(violation.rule.error, violation.message)
    else:
        error = Expected("ParamValidationError", text)
    return Invalid(
        value=None,
        rule=violation.rule.id,
        path=show_path(violation.path),
        error=error,
        kind=SERVICE if text is None else CLIENT,
        operation=operation,
        request=case.broken,
        repaired=case.repaired,
        needs=case.needs,
    )


def _failing(draw: Draw, operation: str, flaw: Flaw, region: str) -> tuple[Invalid, Path]:
    """A request that is accepted, and its deployment fails."""
    shapes = request_shapes()
    root = root_shape(shapes.model, operation, Form(REQUEST))
    prefix = _deployment_in(operation) or ()
    request = draw(shapes.of(root, "", (*prefix, *flaw.way)))
    doomed = flaw.plant(draw, look(request, prefix))
    repaired = put(request, prefix, doomed.repaired)
    path = (*prefix, *doomed.path)
    made = Invalid(
        value=None,
        rule=flaw.id,
        path=show_path(path),
        error=Expected("FAILED", doomed.cause, flaw.step),
        kind=DEPLOYMENT,
        operation=operation,
        request=put(request, prefix, doomed.broken),
        repaired=repaired,
        needs=needs_of(operation, repaired, region),
        images=doomed.images,
    )
    return made, path
