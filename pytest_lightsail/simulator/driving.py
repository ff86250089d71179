"""Manual driving: a test moves a service along an edge of the lifecycle table, now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..exceptions import ImpossibleTransitionError
from ..model.lifecycle import Stage, moves
from .operations import OPERATIONS
from .progress import ends
from .resources import ContainerService, Deployment
from .wire import Refused

if TYPE_CHECKING:
    from .account import Account


_REQUESTS: dict[str, tuple[str, dict[str, Any]]] = {
    "deploy": ("CreateContainerServiceDeployment", {}),
    "update": ("UpdateContainerService", {}),
    "disable": ("UpdateContainerService", {"isDisabled": True}),
    "enable": ("UpdateContainerService", {"isDisabled": False}),
    "delete": ("DeleteContainerService", {}),
}
"""The request behind each trigger that a client can pull."""


def possible(service: ContainerService) -> dict[str, str]:
    """Return the moves that the service can make now: by trigger, the state each leads to."""
    # The tables have more: which ending applies depends on what the service has, such as a deployment.
    can = {*ends(service), *_REQUESTS}
    return {edge.trigger: edge.target for edge in moves(service.state) if edge.trigger in can}


def enter(
    account: Account, service: ContainerService, state: str, detail: str | None, by: str | None
) -> None:
    """Move the service to ``state``, or within its state to the step with ``detail``.

    ``ABSENT`` ends a deletion; ``by`` is the trigger, where more than one leads there.
    """
    with account.lock:
        cause = f"entered by hand: {state}{f', {detail}' if detail else ''}"
        if state != service.state or by is not None:
            trigger = _trigger(service, state, by)
            if detail is not None:
                _check_step(account, service, trigger, state, detail)
            _move(account, service, trigger, cause)
            if detail in {None, service.detail}:
                return
        if not account.progress.jump(service, detail, cause):
            walk = service.walk
            stages = () if walk is None else walk.plan.stages[walk.index + 1 :]
            ahead = ", ".join(stage.detail for stage in stages if stage.detail) or "none"
            raise ImpossibleTransitionError(
                f"{service.name} is {service.state} and cannot enter {detail or 'it'} from "
                f"{service.detail or 'its first step'}; steps ahead: {ahead}; {_moves(service)}"
            )


def _trigger(service: ContainerService, state: str, by: str | None) -> str:
    fitting = [
        trigger
        for trigger, target in possible(service).items()
        if target == state and by in {None, trigger}
    ]
    if not fitting:
        raise ImpossibleTransitionError(
            f"{service.name} is {service.state} and cannot enter {state}"
            f"{f' by {by!r}' if by else ''}; {_moves(service)}"
        )
    return fitting[0]


def _check_step(
    account: Account, service: ContainerService, trigger: str, state: str, detail: str
) -> None:
    """Refuse a step that the service would not come to in that state."""
    stages: tuple[Stage, ...] = ()
    if trigger == "deploy":
        deployment = Deployment.requested(0, _request(service, trigger), 0)
        stages = account.progress.ahead(service, trigger, deployment)
    elif trigger == "created-with-deployment":
        stages = account.progress.ahead(service, "deploy", service.next)
    elif trigger in _REQUESTS:
        stages = account.progress.ahead(service, trigger, None)
    details = [stage.detail for stage in stages]
    if detail not in details:
        known = ", ".join(filter(None, details)) or "none"
        raise ImpossibleTransitionError(
            f"{service.name} is {service.state} and cannot enter {state}, {detail}; "
            f"steps of it: {known}; {_moves(service)}"
        )


def _move(account: Account, service: ContainerService, trigger: str, cause: str) -> None:
    try:
        with account.history.acting(cause):
            if trigger in _REQUESTS:
                operation, given = _REQUESTS[trigger][0], _request(service, trigger)
                OPERATIONS[operation](account, account.region(service.region), given)
            else:
                account.progress.finish(service, fails=ends(service)[trigger], cause=cause)
    except Refused as refused:
        raise ImpossibleTransitionError(f"{cause}: {refused.error.message}") from None


def _request(service: ContainerService, trigger: str) -> dict[str, Any]:
    """The parameters of the request behind a trigger."""
    given: dict[str, Any] = {"serviceName": service.name, **_REQUESTS[trigger][1]}
    if trigger == "deploy":
        running = service.current
        given["containers"] = (
            {"web": {"image": "nginx:latest"}} if running is None else running.containers
        )
        if running is not None and running.public_endpoint is not None:
            given["publicEndpoint"] = running.public_endpoint
    return given


def _moves(service: ContainerService) -> str:
    listed = [f"{target} ({trigger})" for trigger, target in possible(service).items()]
    return f"possible moves: {', '.join(listed) or 'none'}"
