"""Strategies for any shape in the service model.

All drawn values satisfy the model and the rules in the catalogue.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import datetime, timezone
from functools import lru_cache, partial, wraps
from inspect import signature
from itertools import chain
from typing import Any, NamedTuple, ParamSpec, TypeVar
from weakref import WeakKeyDictionary

from hypothesis import strategies as st

from ..model.catalogue import rule
from ..model.rule import Kind, Rule, compiled
from ..model.schema import REQUEST, Form, required_members, resolve, root_shape
from ..model.service import INTEGERS, ServiceModel, Shape, load

_P = ParamSpec("_P")
_T = TypeVar("_T")

Strategy = st.SearchStrategy[Any]
Draw = Callable[[Strategy], Any]
"""The type of the ``draw`` argument of functions decorated with ``st.composite``."""

LEAST, GREATEST = INTEGERS["integer"]
"""The smallest and largest 32-bit integers. All clients can send integers in this range."""
_SEVERAL = 3
"""Drawn lists and maps exceed their minimum size by at most this many elements."""

ORIGINS: WeakKeyDictionary[Strategy, tuple[str, dict[str, Any]]] = WeakKeyDictionary()
"""Maps each strategy to the name and arguments of the ``@named`` function that created it."""


def named(make: Callable[_P, _T]) -> Callable[_P, _T]:
    """Cache the strategies that ``make`` returns, and record in ``ORIGINS`` how each was created.

    Reusing a strategy saves time, because its first use is slow.
    """
    takes = signature(make)

    @lru_cache(maxsize=1024, typed=True)
    def made(*args: Any, **kwargs: Any) -> Strategy:
        strategy: Any = make(*args, **kwargs)
        # Hypothesis may return a cached strategy, so use a new object as the key in ``ORIGINS``.
        own: Strategy = st.deferred(lambda: strategy)
        given = takes.bind(*args, **kwargs)
        given.apply_defaults()
        ORIGINS[own] = make.__name__, given.arguments
        return own

    def hashable(value: Any) -> Any:
        is_collection = isinstance(value, Collection) and not isinstance(value, str)
        return frozenset(value) if is_collection else value

    @wraps(make)
    def once(*args: _P.args, **kwargs: _P.kwargs) -> Any:
        return made(*map(hashable, args), **{name: hashable(kwargs[name]) for name in kwargs})

    return once


class Limits(NamedTuple):
    """The combined limits of all rules for a value."""

    rules: tuple[Rule, ...]

    def bounds(self, kind: Kind) -> tuple[int, int | None]:
        """Return the highest minimum (or 0) and lowest maximum (or ``None``) of ``kind`` rules."""
        entries = [entry for entry in self.rules if entry.kind is kind]
        low = max((entry.minimum for entry in entries if entry.minimum is not None), default=0)
        highs = [entry.maximum for entry in entries if entry.maximum is not None]
        return low, min(highs, default=None)

    @property
    def patterns(self) -> tuple[str, ...]:
        """All patterns that a string must match."""
        return tuple(entry.pattern for entry in self.rules if entry.pattern and not entry.values)

    @property
    def values(self) -> tuple[str, ...]:
        """The allowed values, or an empty tuple if no rule lists them."""
        return next((entry.values for entry in self.rules if entry.kind is Kind.ENUM), ())


# --- strings -----------------------------------------------------------------------------------------

_SHORT = 12
"""Half of the strings exceed their minimum length by at most this many characters."""
_LONG = 60
"""Strings without a maximum length exceed their minimum length by at most this many characters."""


@lru_cache(maxsize=512)
def matching(
    patterns: tuple[str, ...], minimum: int = 0, maximum: int | None = None
) -> st.SearchStrategy[str]:
    """Return a strategy for strings that match all patterns and whose length is within the bounds.

    ``st.from_regex`` takes no length bounds and rarely draws long strings, so draw the length
    separately. Then shorten the string, or repeat one of its characters, to reach this length.
    """
    tests = [test for each in patterns if (test := compiled("^" + each.removeprefix("^")))]
    if not tests:
        return st.text(st.characters(exclude_categories=["Cs"]), min_size=minimum, max_size=maximum)

    def fits(text: str) -> bool:
        short = maximum is None or len(text) <= maximum
        return short and minimum <= len(text) and all(test.search(text) for test in tests)

    longest = minimum + _LONG if maximum is None else maximum

    def resized(size: int, text: str) -> str:
        shortened = _resized(text, minimum, min(len(text), longest))
        return next(filter(fits, chain(_resized(text, minimum, size), shortened)), text)

    sizes = st.integers(minimum, min(minimum + _SHORT, longest)) | st.integers(minimum, longest)
    # ``st.from_regex`` ignores negative lookaheads, so pass the pattern with the fewest of them.
    pattern = min((test.pattern for test in tests), key=lambda pattern: pattern.count("(?!"))
    body = pattern.removeprefix("^").removesuffix(r"(?![\s\S])")
    if minimum and re.fullmatch(body, ""):
        # Never draw an empty string, because ``_resized`` cannot lengthen an empty string.
        body = re.sub(r"\*\)$", "+)", body)
    return st.builds(resized, sizes, st.from_regex(body, fullmatch=True)).filter(fits)


def _resized(text: str, least: int, size: int) -> Iterator[str]:
    """Yield all ways to lengthen a string to ``size``, or to shorten it to at most ``size``."""
    more, middle = size - len(text), len(text) // 2
    if more > 0:
        for at in sorted(range(len(text)), key=lambda at: abs(at - middle)):
            yield text[:at] + text[at] * more + text[at:]
        return
    for shorter in range(size, least - 1, -1):
        half = (shorter + 1) // 2
        yield text[:half] + text[len(text) - (shorter - half) :]


# --- images ------------------------------------------------------------------------------------------

_FAMILIAR = ("nginx", "nginx:latest", "httpd:2.4")
_NAME = r"[a-z0-9]+(?:-api|\.io|_1|__x|--y)?"
_TAG = "[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}"
_DIGEST = "@(?:sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128})"
_HOSTS = (
    r"(?:ghcr\.io|quay\.io|docker\.io|registry\.example\.com:5000|gcr\.io|localhost(?::5000)?|192\.0\.2\.1"
    r"|\[2001:db8::1\]:5000|My-Host:80)/"
)


def _repositories(least: int, most: int, host: str = "") -> st.SearchStrategy[str]:
    """Return a strategy for image references with ``least`` to ``most`` names after the host."""
    names = f"{host}{_NAME}(?:/{_NAME}){{{least - 1},{most - 1}}}"
    return st.from_regex(f"{names}(?::latest|:{_TAG})?(?:{_DIGEST})?", fullmatch=True)


PUBLIC_IMAGES: Mapping[str, st.SearchStrategy[str]] = {
    "public": st.one_of(st.sampled_from(_FAMILIAR), _repositories(1, 1)),
    # The namespace contains no dot, because ``my.io/web`` would refer to a registry at ``my.io``.
    "docker-hub": st.one_of(
        _repositories(1, 1, "[a-z0-9]+(?:-api)?/"), st.just("amazon/amazon-lightsail:hello-world")
    ),
    "public-ecr": _repositories(2, 2, r"public\.ecr\.aws/"),
    "registry": _repositories(1, 4, _HOSTS),
}
"""References to images that anyone can pull, keyed by kind: official images on Docker Hub, images in
a Docker Hub namespace, images in Amazon ECR Public, and images in other registries."""
ECR_IMAGES = _repositories(1, 3, r"[0-9]{12}\.dkr\.ecr\.us-east-1\.amazonaws\.com/")
"""References to images in private Amazon ECR repositories."""


# --- strategies that rules alone cannot describe ----------------------------------------------------

certificate_names = matching((rule("certificate.name").pattern or "",), maximum=40)
"""Certificate names. The limit of 40 is arbitrary, because AWS documents no maximum length."""

_LEFT_OUT = frozenset({"pageToken", "resourceArn"})
"""Optional members that are never drawn, because their values must come from a response."""


def _success_codes(_: Shapes) -> Strategy:
    limits = rule("health-check.success-codes")
    codes = st.integers(limits.minimum, limits.maximum)
    ranges = st.builds(lambda one, other: f"{min(one, other)}-{max(one, other)}", codes, codes)
    several = st.lists(st.one_of(codes.map(str), ranges), min_size=1, max_size=4)
    usual = ("200-499", "200", "200-299", "200,202", str(limits.maximum))
    return st.one_of(st.sampled_from(usual), several.map(",".join))


SPECIAL: Mapping[str, Callable[[Shapes], Strategy]] = {
    "Container.image": lambda _: st.one_of(*PUBLIC_IMAGES.values()),
    "ContainerServiceHealthCheckConfig.successCodes": _success_codes,
    "ContainerServicePublicDomains": lambda shapes: st.dictionaries(
        certificate_names,
        # A service may have up to 4 domain names, so draw at most 2 certificates with 2 names each.
        st.lists(
            shapes.of("string", "ContainerServicePublicDomainsList[]"), max_size=2, unique=True
        ),
        max_size=2,
    ),
    # Most requests with a certificate name refer to an existing certificate, so the name must
    # satisfy the rules for CreateCertificate.
    "CertificateName": lambda _: certificate_names,
    # ``_of_service`` inserts the service name between the colon and the dot.
    "DeleteContainerImageRequest.image": lambda shapes: shapes.of("ContainerLabel").map(
        ":.{}.1".format
    ),
}
"""Functions that return strategies, keyed by member (such as ``Container.image``) or shape."""

_NAMES = {
    "EndpointRequest.containerName": "ContainerName",
    "GetContainerLogRequest.containerName": "ContainerName",
    "TagResourceRequest.resourceName": "ContainerServiceName",
    "UntagResourceRequest.resourceName": "ContainerServiceName",
}
"""Maps a member to a second shape, whose rules the member must also satisfy."""


# --- members that fit together -----------------------------------------------------------------------


def _with_open_port(deployment: dict[str, Any]) -> dict[str, Any]:
    """Point the public endpoint at a container, and open the endpoint's port on this container."""
    endpoint, containers = deployment.get("publicEndpoint"), deployment["containers"]
    if endpoint is None or not containers:
        return deployment
    name, port = endpoint.get("containerName"), endpoint.get("containerPort", 80)
    name = name if name in containers else min(containers)
    ports, allowed = containers[name].get("ports", {}), rule("endpoint.protocol").values
    if ports.get(str(port)) not in allowed:
        ports = {**ports, str(port): allowed[(port - 1) % len(allowed)]}
    return {
        **deployment,
        "containers": {**containers, name: {**containers[name], "ports": ports}},
        "publicEndpoint": {**endpoint, "containerName": name, "containerPort": port},
    }


def _of_service(request: dict[str, Any]) -> dict[str, Any]:
    """Insert the service name into an image reference that lacks it, such as ``:.web.1``."""
    service, image = request["serviceName"], request["image"]
    return {**request, "image": image.replace(":.", f":{service}.", 1)}


FITS: Mapping[str, Callable[[Any], Any]] = {
    "ContainerServiceDeploymentRequest": _with_open_port,
    "CreateContainerServiceDeploymentRequest": _with_open_port,
    "DeleteContainerImageRequest": _of_service,
}
"""Functions that make the members of a drawn structure consistent, keyed by shape."""


# --- strategies for shapes ---------------------------------------------------------------------------


class Shapes:
    """Creates and caches strategies for the shapes in a model.

    The strategies never draw a value that breaks a relation.
    """

    def __init__(self, model: ServiceModel) -> None:
        self.model = model
        self._targets = resolve(model)
        self._made: dict[tuple[str, str], Strategy] = {}

    def limits(self, *targets: str) -> Limits:
        """Return the combined limits for several targets."""
        return Limits(tuple(entry for target in targets for entry in self._targets.get(target, ())))

    def of(self, shape: str, target: str = "") -> Strategy:
        """Return a strategy for values that satisfy the rules for a shape and for ``target``."""
        key = (shape, target)
        if key not in self._made:
            # Defer the call to ``_make``, because a shape may contain itself.
            self._made[key] = st.deferred(lambda: self._make(self.model.shapes[shape], target))
        return self._made[key]

    def _make(self, shape: Shape, target: str) -> Strategy:
        if shape.type == "structure":
            return self.structure(shape, {})
        limits = self.limits(target, shape.name, _NAMES.get(target, ""))
        if special := SPECIAL.get(target) or SPECIAL.get(shape.name):
            made = special(self)
        elif shape.type in {"list", "map"}:
            parts = [self.of(name, f"{shape.name}{part}") for part, name in shape.parts.items()]
            low, high = limits.bounds(Kind.COUNT)
            few = low + _SEVERAL if high is None else min(high, low + _SEVERAL)
            make: Callable[..., Strategy] = st.lists if shape.type == "list" else st.dictionaries
            made = make(*parts, min_size=low, max_size=few)
        else:
            made = _scalar(shape, limits)
        return _keeping_relations(made, limits)

    def structure(self, shape: Shape, given: Mapping[str, Strategy]) -> Strategy:
        """Return a strategy for structures that always contain the members in ``given``."""
        required = self.required(shape).keys() | given.keys()
        members = {
            name: self.of(shape.members[name], f"{shape.name}.{name}")
            for name in sorted(shape.members)
            if name in required or name not in _LEFT_OUT
        }
        members |= given
        made = st.fixed_dictionaries(
            {name: members[name] for name in members if name in required},
            optional={name: members[name] for name in members if name not in required},
        )
        made = made.map(FITS.get(shape.name, lambda value: value))
        # The strategies in ``given`` may draw values that break a relation.
        return _keeping_relations(made, self.limits(shape.name))

    def required(self, shape: Shape) -> dict[str, Rule]:
        """Return the required members of a structure, each with the rule that requires it."""
        return required_members(shape, self._targets)


def _keeping_relations(made: Strategy, limits: Limits) -> Strategy:
    """Discard the drawn values that break a relation."""
    checks = [(entry.check, entry) for entry in limits.rules if entry.check]
    if not checks:
        return made
    return made.filter(lambda value: not any(any(check(value, one)) for check, one in checks))


def _scalar(shape: Shape, limits: Limits) -> Strategy:
    if shape.type in _PLAIN_TYPES:
        return _PLAIN_TYPES[shape.type]
    if limits.values:
        return st.sampled_from(limits.values)
    if any(entry.kind is Kind.RANGE for entry in limits.rules):
        low, high = limits.bounds(Kind.RANGE)
        numbers = st.integers(low, GREATEST if high is None else high)
        return numbers.map(str) if shape.type == "string" else numbers
    if shape.type in INTEGERS:
        return st.integers(*INTEGERS[shape.type])
    return matching(limits.patterns, *limits.bounds(Kind.LENGTH))


_PLAIN_TYPES: Mapping[str, Strategy] = {
    "boolean": st.booleans(),
    "blob": st.binary(max_size=64),
    **dict.fromkeys(
        ("double", "float"), st.floats(allow_nan=False, allow_infinity=False, width=32)
    ),
    # Whole seconds from the launch of Lightsail in November 2016 to the end of 2035.
    "timestamp": st.integers(1_480_291_200, 2_082_672_000).map(
        partial(datetime.fromtimestamp, tz=timezone.utc)
    ),
}


@lru_cache(maxsize=8)
def request_shapes(model: ServiceModel | None = None) -> Shapes:
    """Return strategies for the requests that a model defines. The default is botocore's model."""
    return Shapes(model or load())


def request_root(operation: str) -> str:
    """Return the name of an operation's request shape."""
    return root_shape(request_shapes().model, operation, Form(REQUEST))
