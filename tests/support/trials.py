"""The outcomes of deployments with described images, and their health checks."""

from __future__ import annotations

from pytest_lightsail import Image
from pytest_lightsail.model.lifecycle import TIMELINES, Stage
from pytest_lightsail.simulator.images import Images, Line, evaluate
from pytest_lightsail.simulator.resources import HEALTH_CHECK_DEFAULTS
from pytest_lightsail.simulator.script import Plan
from tests.support.profiles import examples

DEPLOY = TIMELINES["deploy"]
SECRET = "hunter2-secret"

quick = examples(37, among=50)


def container(reference: str, **environment: str) -> dict:
    return {"image": reference, "environment": environment, "ports": {"80": "HTTP"}, "command": []}


def endpoint(**check: object) -> dict:
    health_check = {**HEALTH_CHECK_DEFAULTS, **check}
    return {"containerName": "web", "containerPort": 80, "healthCheck": health_check}


def registry(**images: Image) -> Images:
    made = Images()
    made.update({f"{name}:1": image for name, image in images.items()})
    return made


def outcome(web: Image, **more) -> Plan:
    """Return the plan of a deployment of ``web``, optionally with a second container, ``side``."""
    return outcome_and_lines(web, **more)[0]


def outcome_and_lines(
    web: Image, *, stages=DEPLOY, side: Image | None = None, public=True, **check
) -> tuple[Plan, list[Line]]:
    images, containers = registry(web=web), {"web": container("web:1")}
    if side is not None:
        images["side:1"], containers["side"] = side, container("side:1")
    running = images.run(containers)
    return evaluate(Plan("deploy", stages), running, endpoint(**check) if public else None)


def evaluation_seconds(result: Plan) -> float:
    """Return how many seconds the evaluation of the health check lasts."""
    (stage,) = (one for one in result.stages if one.detail == "EVALUATING_HEALTH_CHECK")
    return stage.seconds


def healthy_after(web: Image, **check: object) -> float | None:
    """Return after how many seconds ``web`` is healthy, or ``None`` if it never is."""
    result = outcome(web, stages=(Stage("DEPLOYING", "EVALUATING_HEALTH_CHECK", 0),), **check)
    return None if result.fails else evaluation_seconds(result)
