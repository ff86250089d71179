"""Deployments that the service accepts and that fail later, because of what their images do.

Each flaw is put into a deployment that would become ACTIVE with the same images in the account.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from hypothesis import strategies as st

from ..model.catalogue import success_code_ranges
from ..model.rules import rule
from ..model.service import VALUE
from .shapes import Draw, Steps
from .special import request_shapes
from .values import ports, success_codes
from .ways import DEPLOYMENT, Broken, put

_Deployment = dict[str, Any]
_PULLING, _EVALUATING = "CREATING_DEPLOYMENT", "EVALUATING_HEALTH_CHECK"
_CHECK = ("publicEndpoint", "healthCheck")
_OK, _NOT_FOUND, _UNAVAILABLE = 200, 404, 503


class Flaw(NamedTuple):
    """A way to fail.

    Attributes:
        id: its name, in place of a rule's.
        step: the code of the ``stateDetail`` during which the deployment fails.
        contains: what a deployment must have for it.
        way: where it can be seen.
        plant: puts it into a deployment.
    """

    id: str
    step: str
    contains: Steps
    way: Steps
    plant: Callable[[Draw, _Deployment], Broken]

    @property
    def kinds(self) -> frozenset[str]:
        """As of a ``Site``."""
        return frozenset({DEPLOYMENT})


# --- what the deployment runs ------------------------------------------------------------------------


def _unused(image: str, used: set[str]) -> str:
    """A reference to a repository next to the one of this image."""
    head, slash, last = image.partition("@")[0].rpartition("/")
    reference = f"{head}{slash}{last.partition(':')[0]}-x"
    while {reference, f"{reference}:latest"} & used:
        reference += "x"
    return reference


def _own_image(deployment: _Deployment, name: str) -> tuple[_Deployment, str]:
    """The deployment with an image in a container that no other container runs, and the image."""
    containers = deployment["containers"]
    image = containers[name]["image"]
    others = {container["image"] for key, container in containers.items() if key != name}
    if {image, f"{image}:latest", image.removesuffix(":latest")} & others:
        image = _unused(image, others)
    return put(deployment, ("containers", name, "image"), image), image


def _soon_decided(deployment: _Deployment) -> _Deployment:
    """The deployment without thresholds, which may ask for more checks than there is time for."""
    endpoint = deployment.get("publicEndpoint") or {}
    thresholds = {"healthyThreshold", "unhealthyThreshold"}
    check = endpoint.get("healthCheck") or {}
    fewer = {member: value for member, value in check.items() if member not in thresholds}
    changed: _Deployment = put(deployment, _CHECK, fewer) if check else deployment
    return changed


def _checked(deployment: _Deployment) -> tuple[_Deployment, str, dict[str, Any]]:
    """The deployment with a health check that is soon decided, the image that is checked, the check."""
    deployment = _soon_decided(deployment)
    deployment, image = _own_image(deployment, deployment["publicEndpoint"]["containerName"])
    return deployment, image, deployment["publicEndpoint"]["healthCheck"]


def _passes(deployment: _Deployment, name: str) -> dict[str, Any]:
    """What the image of a container must do to pass the health check, if the default is not enough."""
    endpoint = deployment.get("publicEndpoint") or {}
    codes = (endpoint.get("healthCheck") or {}).get("successCodes")
    if endpoint.get("containerName") != name or codes is None or _covers(codes, _OK):
        return {}
    return {"responds": _first_of(codes)}


def _covers(codes: str, status: int) -> bool:
    return any(low <= status <= high for low, high in success_code_ranges(codes))


def _first_of(codes: str) -> int:
    return next(success_code_ranges(codes))[0]


# --- flaws -------------------------------------------------------------------------------------------


def _another_image(
    does: Callable[[Draw], Mapping[str, Any]], why: str
) -> Callable[[Draw, _Deployment], Broken]:
    """Run another image, which does not work."""

    def plant(draw: Draw, deployment: _Deployment) -> Broken:
        containers = deployment["containers"]
        name = next(iter(containers))
        path = ("containers", name, "image")
        used = {container["image"] for container in containers.values()}
        image = _unused(containers[name]["image"], used)
        cause = f'image "{image}" of container "{name}" {why}'
        broken = put(deployment, path, image)
        return Broken(deployment, broken, path, images={image: does(draw)}, cause=cause)

    return plant


def _without_variable(draw: Draw, deployment: _Deployment) -> Broken:
    variable = draw(st.sampled_from(("DATABASE_URL", "PORT", "AWS_REGION")))
    name = next(iter(deployment["containers"]))
    deployment, image = _own_image(_soon_decided(deployment), name)
    given = deployment["containers"][name].get("environment", {})
    path = ("containers", name, "environment")
    without = {key: value for key, value in given.items() if key != variable}
    return Broken(
        repaired=put(deployment, path, {**without, variable: draw(st.sampled_from(("", "1")))}),
        broken=put(deployment, path, without),
        path=path,
        images={image: {"needs_env": (variable,), **_passes(deployment, name)}},
        cause=f'container "{name}" exits at once without environment variable {variable}',
    )


def _unreachable_path(draw: Draw, deployment: _Deployment) -> Broken:
    deployment, image, check = _checked(deployment)
    paths = request_shapes().of("string", "ContainerServiceHealthCheckConfig.path")
    codes = check.get("successCodes") or draw(success_codes())
    path, other = check.get("path", "/"), draw(paths)
    bare = path.partition("?")[0]
    if other.partition("?")[0] == bare:
        other = f"{bare}x"
    responds = {path: _first_of(codes)}
    if _covers(codes, _NOT_FOUND):
        responds[other] = _UNAVAILABLE
    repaired = put(deployment, _CHECK, {**check, "path": path, "successCodes": codes})
    status = responds.get(other, _NOT_FOUND)
    return Broken(
        repaired=repaired,
        broken=put(repaired, (*_CHECK, "path"), other),
        path=(*_CHECK, "path"),
        images={image: {"responds": responds}},
        cause=f"GET {other} is answered {status}; successCodes {codes}",
    )


def _wrong_codes(draw: Draw, deployment: _Deployment) -> Broken:
    deployment, image, check = _checked(deployment)
    limits = rule("health-check.success-codes")
    statuses = range(limits.least, limits.most + 1)
    codes = draw(success_codes())
    uncovered = [status for status in statuses if not _covers(codes, status)]
    if not uncovered:
        codes, uncovered = str(statuses[0]), list(statuses[1:])
    status = draw(st.sampled_from(uncovered))
    path = (*_CHECK, "successCodes")
    repaired = put(deployment, _CHECK, {**check, "successCodes": str(status)})
    return Broken(
        repaired=repaired,
        broken=put(repaired, path, codes),
        path=path,
        images={image: {"responds": status}},
        cause=f"GET {check.get('path', '/')} is answered {status}; successCodes {codes}",
    )


def _impatient(draw: Draw, deployment: _Deployment) -> Broken:
    deployment, image, check = _checked(deployment)
    limits = rule("health-check.timeout")
    timeout = draw(st.integers(limits.least, limits.most - 1))
    takes = draw(st.integers(timeout + 1, limits.most))
    path, name = (*_CHECK, "timeoutSeconds"), deployment["publicEndpoint"]["containerName"]
    repaired = put(deployment, _CHECK, {**check, "timeoutSeconds": takes})
    return Broken(
        repaired=repaired,
        broken=put(repaired, path, timeout),
        path=path,
        images={image: {"answers_after": takes, **_passes(deployment, name)}},
        cause=f"no answer in {timeout} s; it takes {takes} s",
    )


def _wrong_port(draw: Draw, deployment: _Deployment) -> Broken:
    deployment, image, _ = _checked(deployment)
    endpoint, most = deployment["publicEndpoint"], rule("port.range").most
    port, listens = endpoint["containerPort"], draw(ports())
    if listens == port:
        listens = port % most + 1
    name = endpoint["containerName"]
    opened = deployment["containers"][name]["ports"]
    both = {**opened, str(listens): opened[str(port)]}
    broken = put(deployment, ("containers", name, "ports"), both)
    path = ("publicEndpoint", "containerPort")
    return Broken(
        repaired=put(broken, path, listens),
        broken=broken,
        path=path,
        images={image: {"port": listens, **_passes(deployment, name)}},
        cause=f"nothing listens on port {port}; the image listens on {listens}",
    )


_CONTAINER: Steps = ("containers", VALUE, "image")
_ENVIRONMENT: Steps = ("containers", VALUE, "environment")
_UNPULLED = _another_image(lambda _: {"pull": "fails"}, "cannot be pulled")
_CRASHING = _another_image(
    lambda draw: {"exits": 0, "exit_code": draw(st.integers(0, 255))}, "exits at once"
)

FLAWS: tuple[Flaw, ...] = (
    Flaw("fails.pull", _PULLING, (), _CONTAINER, _UNPULLED),
    Flaw("fails.exit", _EVALUATING, (), _CONTAINER, _CRASHING),
    Flaw("fails.environment", _EVALUATING, (), _ENVIRONMENT, _without_variable),
    Flaw("fails.health-path", _EVALUATING, _CHECK, (*_CHECK, "path"), _unreachable_path),
    Flaw("fails.success-codes", _EVALUATING, _CHECK, (*_CHECK, "successCodes"), _wrong_codes),
    Flaw("fails.timeout", _EVALUATING, _CHECK, (*_CHECK, "timeoutSeconds"), _impatient),
    Flaw("fails.port", _EVALUATING, _CHECK, ("publicEndpoint", "containerPort"), _wrong_port),
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
    return [
        one._replace(contains=(*prefix, *one.contains), way=(*prefix, *one.way)) for one in FLAWS
    ]
