"""Deployments that the service accepts and that fail later, because of what their images do.

Each flaw is put into a plain deployment, which would become ACTIVE with the same images in the account.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ..model.rules import rule
from ..model.service import VALUE
from .shapes import Steps
from .ways import DEPLOYMENT, Broken, locate, look, put

_PULLING, _EVALUATING = "CREATING_DEPLOYMENT", "EVALUATING_HEALTH_CHECK"
_CONTAINER: Steps = ("containers", VALUE)
_CHECK: Steps = ("publicEndpoint", "healthCheck")
_USUAL = (3000, 8000)
_LEAST, _MOST = rule("health-check.timeout").least, rule("health-check.timeout").most

_Case = tuple[Any, Any, Mapping[str, Any], str]
"""At the place of a flaw: what is right there, and what is wrong; what the image does; and why the
deployment fails."""
_Cases = Iterator[tuple[str, Sequence[_Case]]]


class Flaw(NamedTuple):
    """A way to fail.

    Attributes:
        id: its name, in place of a rule's.
        step: the code of the ``stateDetail`` during which the deployment fails.
        way: where it can be seen.
        cases: the ways in words, each with what is right and wrong there, of what is there now.
        prefix: the first part of the way, to the deployment.
    """

    id: str
    step: str
    way: Steps
    cases: Callable[[Any], _Cases]
    prefix: Steps = ()

    @property
    def kinds(self) -> frozenset[str]:
        """As of a ``Site``."""
        return frozenset({DEPLOYMENT})

    def ways(self, deployment: dict[str, Any]) -> Iterator[tuple[str, Sequence[Broken]]]:
        """Yield the ways of a deployment with an endpoint to fail."""
        # With few checks it is soon decided.
        check = {"path": "/health", "successCodes": "200-299", "timeoutSeconds": 5}
        plain, container = put(deployment, _CHECK, check), locate(deployment, _CONTAINER)
        port = deployment["publicEndpoint"]["containerPort"]
        opened = {str(one): "HTTP" for one in (port - 1, port, port + 1, *_USUAL)}
        plain, path = (
            put(plain, (*container, "ports"), opened),
            locate(plain, self.way[len(self.prefix) :]),
        )
        image = look(plain, (*container, "image"))

        def failing(case: _Case) -> Broken:
            right, wrong, does, cause = case
            repaired, broken = put(plain, path, right), put(plain, path, wrong)
            runs = wrong if path[-1] == "image" else image
            return Broken(repaired, broken, path, images={runs: does}, cause=cause)

        for words, cases in self.cases(look(plain, path)):
            yield words, [failing(case) for case in cases]


def _not_pulled(image: str) -> _Cases:
    yield "it is not there", [(image, f"{image}-x", {"pull": "fails"}, "it cannot be pulled")]


def _exits(image: str) -> _Cases:
    for words, codes in {"with an error": (1, 137, 255), "without an error": (0,)}.items():
        does = [{"exits": 0, "exit_code": code} for code in codes]
        yield words, [(image, f"{image}-x", one, "the container exits at once") for one in does]


def _without_variable(given: Mapping[str, str]) -> _Cases:
    cause = "the container exits at once without environment variable"
    variables = {"DATABASE_URL": "1", "PORT": "80", "AWS_REGION": ""}
    yield (
        "a variable is missing",
        [
            ({**given, name: value}, given, {"needs_env": (name,)}, f"{cause} {name}")
            for name, value in variables.items()
        ],
    )


def _other_path(path: str) -> _Cases:
    for words, others in {
        "a path next to it": (f"{path}z", f"{path}/", path.upper()),
        "another path": ("/", "/api/v1", "/ping"),
    }.items():
        does = {"responds": {path: 200}}
        yield words, [(path, one, does, f"GET {one} is answered 404") for one in others]


def _other_codes(_: str) -> _Cases:
    for words, cases in {
        "a code beside it": (("200", 201), ("200-299", 300)),
        "another class": (("200-299", 404), ("200,301-302", 401)),
    }.items():
        cause = "the check is answered {}; successCodes {}".format
        yield (
            words,
            [(str(got), codes, {"responds": got}, cause(got, codes)) for codes, got in cases],
        )


def _too_short(_: int) -> _Cases:
    for words, cases in {
        "one second too short": ((5, 6), (_LEAST, _LEAST + 1), (_MOST - 1, _MOST)),
        "far too short": ((5, 30), (_LEAST, _MOST)),
    }.items():
        cause = "no answer in {} s; it takes {} s".format
        yield (
            words,
            [(takes, at, {"answers_after": takes}, cause(at, takes)) for at, takes in cases],
        )


def _other_port(port: int) -> _Cases:
    for words, others in {
        "a port next to it": (port + 1, port - 1),
        "a usual port": _USUAL,
    }.items():
        cause = f"nothing listens on port {port}; the image listens on {{}}".format
        yield words, [(one, port, {"port": one}, cause(one)) for one in others]


FLAWS: tuple[Flaw, ...] = (
    Flaw("fails.pull", _PULLING, (*_CONTAINER, "image"), _not_pulled),
    Flaw("fails.exit", _EVALUATING, (*_CONTAINER, "image"), _exits),
    Flaw("fails.environment", _EVALUATING, (*_CONTAINER, "environment"), _without_variable),
    Flaw("fails.health-path", _EVALUATING, (*_CHECK, "path"), _other_path),
    Flaw("fails.success-codes", _EVALUATING, (*_CHECK, "successCodes"), _other_codes),
    Flaw("fails.timeout", _EVALUATING, (*_CHECK, "timeoutSeconds"), _too_short),
    Flaw("fails.port", _EVALUATING, ("publicEndpoint", "containerPort"), _other_port),
)
"""Ways in which a deployment fails, the plainest first, each at the top of the deployment."""

DEPLOYMENTS: Mapping[str, Steps] = {
    "CreateContainerService": ("deployment",),
    "CreateContainerServiceDeployment": (),
}
"""Where the deployment is in a request of an operation."""


def flaws(operation: str) -> list[Flaw]:
    """Return the flaws that a request of an operation can have, with their ways from the request."""
    prefix = DEPLOYMENTS.get(operation)
    if prefix is None:
        return []
    return [one._replace(way=(*prefix, *one.way), prefix=prefix) for one in FLAWS]
