"""Requests that break one rule, labelled with what comes of it: the label is read from the request."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Protocol, TypeVar

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
from .breaks import (
    ACCOUNT_BREAKS,
    CLIENT,
    DEPLOYMENT,
    LEAVE_OUT,
    SERVICE,
    Broken,
    Site,
    breaks,
    locate,
    look,
    put,
    sites,
)
from .flaws import DEPLOYMENTS, FLAWS, Flaw, flaws
from .shapes import Draw, Steps, Strategy, made_once
from .special import request_shapes
from .values import HOME
from .whole import Needs, call, needs_of, request_root

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
    """
    way = tuple(under.split(".")) if under else ()
    chosen = cases(operation, rules, kind, way)
    if not chosen:
        every = (*cases(operation, None, None, way), *cases(operation, None, DEPLOYMENT, way))
        known = ", ".join(sorted({one.id for one in every})) or "none"
        raise ConfigurationError(
            f"invalid_requests: nothing to break in {operation} as asked; its rules are {known}"
        )
    return invalid_at(operation, chosen, way, kind=kind, region=region)


@st.composite
def invalid_at(
    draw: Draw,
    operation: str,
    chosen: tuple[Site | Flaw, ...],
    way: Steps,
    *,
    kind: str | None,
    region: str = HOME,
) -> Invalid:
    """Draw a request that is broken at one of the sites, with what stands at ``way`` as its value."""
    one = draw(st.sampled_from(chosen))
    if isinstance(one, Flaw):
        case, error, found = *_failing(draw, operation, one, region), DEPLOYMENT
    else:
        case, error, found = _refused(draw, operation, one, _wanted(kind), region)
    value: Any = case.broken
    if way:
        value = case.path[-1] if way[-1] == KEY else look(value, locate(value, way))
    made = Invalid(
        value=value,
        rule=one.id,
        path=show_path(case.path),
        error=error,
        kind=found,
        operation=operation,
        request=case.broken,
        repaired=case.repaired,
        needs=case.needs,
        images=case.images,
    )
    event(f"{made.rule} at {'.'.join(one.way) or 'request'}, {made.kind}")
    note(str(made))
    return made


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
    draw: Draw, operation: str, site: Site, kinds: frozenset[str], region: str
) -> tuple[Broken, Expected, str]:
    """A request that breaks the rule of a site there, and no other rule; who refuses it, and how."""
    request = draw(_containing(operation, site))
    for option in _options(draw, operation, site, request, region):
        found = _only_violation(operation, site, option)
        if found is None:
            continue
        message, path = found
        case, text = option._replace(path=path), _client_error(operation, option.broken)
        if text is None and SERVICE in kinds:
            return case, Expected(site.rule.error, message), SERVICE
        if text is not None and CLIENT in kinds:
            return case, Expected("ParamValidationError", text), CLIENT
    raise AssertionError(f"{operation}: {site} cannot be broken by itself in {request!r}")


def _only_violation(operation: str, site: Site, case: Broken) -> tuple[str, Path] | None:
    """Message and path of the violation, if it is the only one and of the site's rule."""
    validator = request_validator(request_shapes().model)
    violations = validator.violations(operation, on_the_wire(case.broken))
    if [one.rule.id for one in violations] == [site.id]:
        return violations[0].message, violations[0].path
    if not violations and site.id in ACCOUNT_BREAKS:
        made = call(operation, case.broken, case.needs)
        if made.rule == site.id:
            return made.message, case.path
    return None


def _options(
    draw: Draw, operation: str, site: Site, request: dict[str, Any], region: str
) -> Iterator[Broken]:
    """The ways to break a rule in a valid request."""
    shapes, path = request_shapes(), locate(request, site.way)
    needs = needs_of(operation, request, region)
    if site.id in ACCOUNT_BREAKS:
        yield ACCOUNT_BREAKS[site.id](draw, request, path, needs)
        return
    found = path[-1] if site.way[-1:] == (KEY,) else look(request, path)
    # A member that no valid request has may be drawn only to be broken.
    root, first = request_root(operation), site.way[:1]
    placeholder = first if first and f"{root}.{first[0]}" in shapes.left_out else ()
    repaired = {name: value for name, value in request.items() if name not in placeholder}
    for broken in breaks(shapes, site, found, draw):
        yield Broken(repaired, _planted(request, path, site, broken), path, needs)


@lru_cache(maxsize=4096)
def _containing(operation: str, site: Site) -> Strategy:
    """Requests that contain what a site needs."""
    shapes, root = request_shapes(), request_root(operation)
    inner = _IN_RELATION.get(site.id, ())
    if site.rule.kind is Kind.COUNT:
        inner = (EACH if shapes.model.shapes[site.shape].type == "list" else VALUE,)
    way = (*site.way, *inner)
    if _of_images(site) and "deployment" in shapes.model.shapes[root].members:
        way = ("deployment", *way)
    return shapes.of(root, "", way)


def _planted(request: Any, path: Path, site: Site, broken: Any) -> Any:
    """The request with ``broken`` at ``path``."""
    if not path:
        return broken
    above, last = path[:-1], path[-1]
    holder = look(request, above)
    if site.way[-1] == KEY:
        # The entry stays, since others may name its key.
        return put(request, above, {**holder, broken: holder[last]})
    if broken is LEAVE_OUT:
        return put(request, above, {name: one for name, one in holder.items() if name != last})
    return put(request, path, broken)


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


# --- requests that are accepted, and the deployment fails --------------------------------------------


def _failing(draw: Draw, operation: str, flaw: Flaw, region: str) -> tuple[Broken, Expected]:
    """A request that is accepted, and its deployment fails."""
    prefix = DEPLOYMENTS[operation]
    request = draw(request_shapes().of(request_root(operation), "", flaw.contains))
    made = flaw.plant(draw, look(request, prefix))
    repaired = put(request, prefix, made.repaired)
    case = made._replace(
        repaired=repaired,
        broken=put(request, prefix, made.broken),
        path=(*prefix, *made.path),
        needs=needs_of(operation, repaired, region),
    )
    return case, Expected("FAILED", made.cause, flaw.step)


# --- invalid values: each is read from a request that breaks one rule --------------------------------

_ARGUMENTS = "``rules``, ``kind`` and ``region`` are those of ``invalid_requests``."


class _InvalidValues(Protocol):
    """``invalid_powers`` and the like."""

    def __call__(
        self,
        *,
        rules: Collection[str] | None = None,
        kind: str | None = None,
        region: str = HOME,
    ) -> st.SearchStrategy[Invalid]:
        """Values that break one rule; ``rules``, ``kind`` and ``region`` as for ``invalid_requests``."""
        raise NotImplementedError


def _at(place: str, name: str, meaning: str) -> _InvalidValues:
    """Return the strategy function for one place: an operation, and the way into its request."""
    operation, *steps = place.split(".")
    way = tuple(steps)

    def invalid(
        *, rules: Collection[str] | None = None, kind: str | None = None, region: str = HOME
    ) -> st.SearchStrategy[Invalid]:
        chosen = tuple(
            one
            for one in cases(operation, rules, kind, way)
            # A value that is left out is not a value.
            if isinstance(one, Flaw) or one.way != way or one.rule.kind is not Kind.REQUIRED
        )
        if not chosen:
            raise ConfigurationError(f"{name}: no rule is left to break")
        return invalid_at(operation, chosen, way, kind=kind, region=region)

    invalid.__name__ = invalid.__qualname__ = name
    invalid.__doc__ = f"{meaning}\n\n{_ARGUMENTS}"
    return made_once(invalid)


_CREATE, _DEPLOY = "CreateContainerService", "CreateContainerServiceDeployment"
_CONTAINER = f"{_DEPLOY}.containers.{VALUE}"
_ENDPOINT = f"{_DEPLOY}.publicEndpoint"

invalid_service_names = _at(
    f"{_CREATE}.serviceName", "invalid_service_names", "Names that no container service can have."
)
invalid_container_names = _at(
    f"{_DEPLOY}.containers.{KEY}", "invalid_container_names", "Names that no container can have."
)
invalid_container_labels = _at(
    "RegisterContainerImage.label",
    "invalid_container_labels",
    "Labels that no stored image can have.",
)
invalid_image_references = _at(
    f"{_CONTAINER}.image",
    "invalid_image_references",
    "Images that no container can run: malformed, not stored, or out of reach.",
)
invalid_health_checks = _at(
    f"{_ENDPOINT}.healthCheck", "invalid_health_checks", "Health checks with one error."
)
invalid_success_codes = _at(
    f"{_ENDPOINT}.healthCheck.successCodes",
    "invalid_success_codes",
    "What is not a list of success codes.",
)
invalid_ports = _at(
    f"{_CONTAINER}.ports.{KEY}", "invalid_ports", "Texts that are not a port, as keys of ``ports``."
)
invalid_protocols = _at(
    f"{_CONTAINER}.ports.{VALUE}", "invalid_protocols", "Values that are not a protocol."
)
invalid_environments = _at(
    f"{_CONTAINER}.environment",
    "invalid_environments",
    "Environment variables with one error; of kind ``deployment`` one is missing.",
)
invalid_commands = _at(
    f"{_CONTAINER}.command", "invalid_commands", "Values that are not a list of words."
)
invalid_tags = _at(f"{_CREATE}.tags", "invalid_tags", "Lists of tags with one error.")
invalid_public_domain_names = _at(
    f"{_CREATE}.publicDomainNames",
    "invalid_public_domain_names",
    "Public domain names by certificate, with one error.",
)
invalid_powers = _at(f"{_CREATE}.power", "invalid_powers", "Values that are not a power.")
invalid_scales = _at(f"{_CREATE}.scale", "invalid_scales", "Values that are not a number of nodes.")
invalid_private_registry_access = _at(
    f"{_CREATE}.privateRegistryAccess",
    "invalid_private_registry_access",
    "Requests for the ECR image puller role with one error.",
)
invalid_containers = _at(
    f"{_DEPLOY}.containers",
    "invalid_containers",
    "The ``containers`` of a deployment with one error.",
)
invalid_public_endpoints = _at(
    _ENDPOINT, "invalid_public_endpoints", "Endpoints that are wrong alone or for their containers."
)
invalid_deployments = _at(
    f"{_CREATE}.deployment", "invalid_deployments", "Deployments with one error."
)
