"""Manual driving: a test moves a service along an edge of the lifecycle table, now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..exceptions import ImpossibleTransition
from ..model.lifecycle import moves
from .operations import OPERATIONS
from .progress import ends
from .resources import ContainerService

if TYPE_CHECKING:
    from .account import Account

__all__ = ["enter", "possible"]

_REQUESTS: dict[str, tuple[str, dict[str, Any]]] = {
    "deploy": ("CreateContainerServiceDeployment", {}),
    "update": ("UpdateContainerService", {}),
    "disable": ("UpdateContainerService", {"isDisabled": True}),
    "enable": ("UpdateContainerService", {"isDisabled": False}),
    "delete": ("DeleteContainerService", {}),
}
"""The request behind each trigger that a client can pull."""


def possible(service: ContainerService) -> dict[str, str]:
    """The moves that the service can make now: by trigger, the state each leads to.

    The tables have more: which of several endings applies depends on what the service has (a running
    deployment, one on its way, whether it is to be disabled).
    """
    can = {*ends(service), *_REQUESTS}
    return {edge.trigger: edge.target for edge in moves(service.state) if edge.trigger in can}


def enter(
    account: Account, service: ContainerService, state: str, detail: str | None, by: str | None
) -> None:
    """Move the service to ``state``, or within its state to the step with ``detail``.

    Args:
        account: whose service it is.
        service: what is moved.
        state: a state of the API; ``ABSENT`` ends a deletion.
        detail: the ``stateDetail`` code of a step of it.
        by: the trigger, where more than one leads there; the first in the table if left out.

    Raises:
        ImpossibleTransition: no move leads there from here; the message names those that are possible.
    """
    with account.lock:
        cause = f"entered by hand: {state}{f', {detail}' if detail else ''}"
        if state != service.state or by is not None:
            _move(account, service, state, by, cause)
            if detail is None:
                return
        if not account.progress.jump(service, detail, cause):
            ahead = _steps_ahead(service)
            raise ImpossibleTransition(
                f"{service.name} is {service.state} and cannot enter {detail or 'it'} from "
                f"{service.detail or 'its first step'}; steps ahead: {ahead}; {_moves(service)}"
            )


def _move(
    account: Account, service: ContainerService, state: str, by: str | None, cause: str
) -> None:
    fitting = [
        trigger
        for trigger, target in possible(service).items()
        if target == state and by in {None, trigger}
    ]
    if not fitting:
        raise ImpossibleTransition(
            f"{service.name} is {service.state} and cannot enter {state}"
            f"{f' by {by!r}' if by else ''}; {_moves(service)}"
        )
    trigger = fitting[0]
    history = account.history
    before, history.actor = history.actor, cause
    try:
        if trigger in _REQUESTS:
            _request(account, service, trigger)
        else:
            account.progress.finish(service, fails=ends(service)[trigger], cause=cause)
    finally:
        history.actor = before


def _request(account: Account, service: ContainerService, trigger: str) -> None:
    operation, parameters = _REQUESTS[trigger]
    given: dict[str, Any] = {"serviceName": service.name, **parameters}
    if trigger == "deploy":
        running = service.current
        given["containers"] = (
            {"web": {"image": "nginx:latest"}} if running is None else running.containers
        )
        if running is not None and running.public_endpoint is not None:
            given["publicEndpoint"] = running.public_endpoint
    OPERATIONS[operation](account, account.region(service.region), given)


def _moves(service: ContainerService) -> str:
    listed = [f"{target} ({trigger})" for trigger, target in possible(service).items()]
    return f"possible moves: {', '.join(listed) or 'none'}"


def _steps_ahead(service: ContainerService) -> str:
    walk = service.walk
    stages = () if walk is None else walk.plan.stages[walk.index + 1 :]
    return ", ".join(stage.detail for stage in stages if stage.detail) or "none"
