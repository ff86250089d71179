"""Time passing for services: each event walks a service along its stages, then along an edge."""

from __future__ import annotations

from collections.abc import Callable

from .clock import Clock
from .history import History, StateChange
from .identifiers import Identifiers
from .lifecycle import ABSENT, next_state
from .resources import ContainerService, Deployment, Region
from .script import Plan, Script

__all__ = ["Progress"]


class Progress:
    """Moves the services of an account through their lives."""

    def __init__(
        self, clock: Clock, script: Script, history: History, identifiers: Identifiers
    ) -> None:
        self._clock = clock
        self._script = script
        self._history = history
        self._identifiers = identifiers

    def create(self, region: Region, service: ContainerService) -> None:
        """Begin the life of a service; a deployment given with it follows by itself."""
        if service.next is not None:
            service.next.state = next_state(ABSENT, "deploy", deployment=True)

        def created() -> None:
            role = f"role/amazon/lightsail/{service.region}/containers/{service.name}"
            service.principal_arn = self._role_arn(role, service)
            self._settle_puller(service)
            if service.next is None:
                self._enter(service, "created")
            else:
                self._start(service, "deploy", "created-with-deployment", self._deployed(service))

        region.services[service.name] = service
        self._start(service, "create", "create", lambda _plan: created())

    def deploy(self, service: ContainerService, deployment: Deployment) -> None:
        """Begin a deployment of an existing service."""
        deployment.state = next_state(ABSENT, "deploy", deployment=True)
        service.next = deployment
        self._start(service, "deploy", "deploy", self._deployed(service))

    def update(self, service: ContainerService, event: str) -> None:
        """Begin an ``update``, ``disable`` or ``enable``; the members have been set already."""

        def updated(_plan: Plan) -> None:
            self._settle_puller(service)
            if service.is_disabled:
                self._enter(service, "updated-disabled")
            else:
                self._enter(service, "updated" if service.current is None else "updated-running")

        self._start(service, event, event, updated)

    def delete(self, region: Region, service: ContainerService) -> None:
        """Begin the end of a service."""

        def deleted(_plan: Plan) -> None:
            self._enter(service, "deleted")
            del region.services[service.name]

        self._start(service, "delete", "delete", deleted)

    def _deployed(self, service: ContainerService) -> Callable[[Plan], None]:
        def deployed(plan: Plan) -> None:
            deployment, service.next = service.next, None
            if deployment is None:
                return
            before = service.current
            trigger = "failed" if plan.fails else "activated"
            deployment.state = next_state(deployment.state, trigger, deployment=True)
            if plan.fails and before is not None:
                trigger = "failed-over-running"
            elif not plan.fails:
                service.current = deployment
                if before is not None:
                    before.state = next_state(before.state, "replaced", deployment=True)
            told = f"deployment {deployment.version} {deployment.state}"
            self._enter(service, trigger, told, plan.cause)

        return deployed

    def _start(
        self, service: ContainerService, event: str, trigger: str, end: Callable[[Plan], None]
    ) -> None:
        plan = self._script.plan(event, service.name)
        service.state = next_state(service.state, trigger)
        told = ""
        if service.next is not None:
            told = f"deployment {service.next.version} {service.next.state}"
        self._stage(service, plan, 0, end, told)

    def _stage(
        self,
        service: ContainerService,
        plan: Plan,
        index: int,
        end: Callable[[Plan], None],
        told: str = "",
    ) -> None:
        stage = plan.stages[index]

        def leave() -> None:
            if index + 1 < len(plan.stages):
                self._stage(service, plan, index + 1, end)
            else:
                end(plan)

        service.detail = stage.detail
        service.changed()
        service.appointment = self._clock.call_later(stage.seconds, leave)
        self._tell(service, told, plan.cause if index == 0 else "")

    def _enter(
        self, service: ContainerService, trigger: str, told: str = "", cause: str = ""
    ) -> None:
        service.state = next_state(service.state, trigger)
        service.detail = None
        service.appointment = None
        service.changed()
        self._tell(service, told, cause)

    def _tell(self, service: ContainerService, told: str, cause: str) -> None:
        self._history.add(
            StateChange(
                at_ns=self._clock.elapsed_ns,
                region=service.region,
                service=service.name,
                state=service.state,
                detail=service.detail,
                deployment=told,
                cause=cause,
                by_call=self._history.answering,
            )
        )

    def _settle_puller(self, service: ContainerService) -> None:
        """Give the ECR image puller role its principal, or take it away, once a change has settled."""
        if service.puller_active and not service.puller_arn:
            role = (
                f"role/amazon/lightsail/{service.region}/containers/{service.name}"
                "/private-repo-access"
            )
            service.puller_arn = self._role_arn(role, service)
        elif not service.puller_active:
            service.puller_arn = ""

    def _role_arn(self, role: str, service: ContainerService) -> str:
        # The roles live in an account of AWS's own, not in the caller's.
        account = self._identifiers.account_number("aws-internal")
        return f"arn:aws:iam::{account}:{role}/{self._identifiers.role(role + service.arn)}"
