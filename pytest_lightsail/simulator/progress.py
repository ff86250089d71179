"""Carry out service events, such as deployments, stage by stage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from ..exceptions import ConfigurationError
from ..model.catalogue import ecr_region
from ..model.lifecycle import DEPLOYMENT_EDGES, SERVICE_EDGES, moves
from .clock import Clock, to_nanoseconds
from .history import History, StateChange
from .images import Images, Line, begins, evaluate, notes
from .resources import ContainerService, Deployment, Region
from .script import Plan, Script
from .wire import Identifiers


def ending(service: ContainerService, *, fails: bool) -> str:
    """Return the trigger of the transition with which the service's current event ends."""
    has_run = service.current is not None
    if service.state == "PENDING":
        return "created" if service.next is None else "created-with-deployment"
    if service.state == "UPDATING":
        enabled = "updated-running" if has_run else "updated"
        return "updated-disabled" if service.is_disabled else enabled
    if service.state == "DEPLOYING" and fails:
        return "failed-over-running" if has_run else "failed"
    return "activated" if service.state == "DEPLOYING" else "deleted"


def _why_denied(service: ContainerService, reference: str) -> str:
    region = ecr_region(reference)
    if region is None:
        return ""
    if region != service.region:
        return f"its repository is in {region}, not in {service.region}"
    return "" if service.puller_active else "the service's ECR image puller role is not active"


@dataclass(eq=False)
class Progress:
    """Moves the services of an account through their lifecycles."""

    clock: Clock
    script: Script
    history: History
    identifiers: Identifiers
    images: Images
    regions: Mapping[str, Region]

    def create(self, service: ContainerService) -> None:
        """Begin creating a service. Its first deployment, if any, begins when the service exists."""
        if service.next is not None:
            self._follow(service.next, "deploy")
        self.regions[service.region].services[service.name] = service
        self.begin(service, "create")

    def deploy(self, service: ContainerService, deployment: Deployment) -> None:
        before = service.describe()
        self._follow(deployment, "deploy")
        service.next = deployment
        plan = self.begin(service, "deploy")
        if plan.lag:
            service.stale = (self.clock.elapsed_ns + to_nanoseconds(plan.lag), before)

    def finish(self, service: ContainerService, cause: str, *, fails: bool | None = None) -> None:
        """End the current event now. ``fails`` overrides the planned outcome."""
        if (plan := service.plan) is not None:
            fails = plan.fails if fails is None else fails
            self.clock.cancel(service.appointment)
            with self.history.acting(cause):
                self._end(service, plan._replace(fails=fails, assumed=""))

    def enter(self, service: ContainerService, state: str) -> None:
        """End the current event now, so that the service enters ``state``.

        Raises:
            ConfigurationError: the event cannot end in that state.
        """
        possible: dict[str, bool] = {}
        if service.plan is not None:
            # If success and failure lead to the same state, the event succeeds.
            for fails in (True, False):
                possible[moves(service.state)[ending(service, fails=fails)]] = fails
        if state not in possible:
            raise ConfigurationError(
                f"{service.name} is {service.state} and cannot enter {state}; "
                f"possible: {', '.join(possible) or 'none'}"
            )
        self.finish(service, f"entered by hand: {state}", fails=possible[state])

    def begin(self, service: ContainerService, event: str, trigger: str = "") -> Plan:
        """Begin an event, such as ``deploy``, after the service's settings have changed.

        ``trigger`` is the name of the lifecycle edge to follow (default: ``event``).
        """
        plan, note = self.script.plan(event, service.name), ""
        if service.next is not None:
            note = f"deployment {service.next.version} {service.next.state}"
            if event == "deploy":
                plan = self._evaluated(service, service.next, plan)
        service.state = self.history.follow(SERVICE_EDGES, service.state, trigger or event)
        self._stage(service, plan, note, plan.cause)
        return plan

    def _stage(self, service: ContainerService, plan: Plan, *change: str) -> None:
        """Begin the first stage of a plan. ``change`` contains arguments for ``record``."""

        def leave() -> None:
            if later := plan.stages[1:]:
                self._stage(service, plan._replace(stages=later))
            else:
                self._end(service, plan)

        service.plan, stage = plan, plan.stages[0]
        service.detail = stage.detail
        service.appointment = self.clock.call_later(stage.seconds, leave)
        self.record(service, *change)

    def _end(self, service: ContainerService, plan: Plan) -> None:
        event, current, note = plan.event, service.current, ""
        trigger = ending(service, fails=plan.fails)
        if event == "delete":
            del self.regions[service.region].services[service.name]
        else:
            self._settle_roles(service)
        if event == "create" and service.next is not None:
            self.begin(service, "deploy", trigger)
            return
        if event == "deploy" and service.next is not None:
            note = self._decide(service, service.next, plan)
        elif event == "disable" and current is not None:
            current.started = None
        elif event == "enable" and current is not None:
            self._activate(service, current)
        service.state = self.history.follow(SERVICE_EDGES, service.state, trigger)
        service.detail = service.plan = None
        self.record(service, note, plan.cause, plan.assumed)

    def _evaluated(self, service: ContainerService, deployment: Deployment, plan: Plan) -> Plan:
        """Return a deployment's plan, which depends on the images unless a script determines it."""
        deployment.running = self.images.run(deployment.containers, partial(_why_denied, service))
        starts = self.clock.epoch_ns + begins(plan.stages)[0]
        lines: list[Line] = []
        if not plan.scripted:
            plan, lines = evaluate(plan, deployment.running, deployment.public_endpoint)
            deployment.started = starts
        self._write(service, deployment, "Creating your deployment")
        for after, text in notes(plan, service.scale):
            self._write(service, deployment, text, after)
        for after, container, line in lines:
            service.write(container, starts + after, line)
        return plan

    def _write(
        self, service: ContainerService, deployment: Deployment, text: str, after: int = 0
    ) -> None:
        """Write one of Lightsail's own lines to the log of each container in a deployment."""
        for container in deployment.containers:
            line = f"[deployment:{deployment.version}] {text}"
            service.write(container, self.clock.epoch_ns + after, line)

    def _decide(self, service: ContainerService, deployment: Deployment, plan: Plan) -> str:
        """Make a deployment ACTIVE or FAILED, and return a description for the history."""
        service.next = None
        service.log = [each for each in service.log if each[0] <= self.clock.epoch_ns]
        if plan.fails:
            self._follow(deployment, "failed")
            why = "Canceled" if plan.canceled else "Took too long"
            self._write(service, deployment, why)
        else:
            self._follow(deployment, "activated")
            self._write(service, deployment, "Finalizing your deployment")
            if service.current is not None:
                self._follow(service.current, "replaced")
            self._activate(service, deployment)
        return f"deployment {deployment.version} {deployment.state}"

    def _activate(self, service: ContainerService, deployment: Deployment) -> None:
        """Make a deployment current, and start its containers unless they are already running."""
        now = self.clock.epoch_ns
        service.current = deployment
        deployment.activated_at = self.clock.timestamp
        if deployment.started is None or deployment.started > now:
            deployment.started = now
            for container in deployment.running:
                for line in container.log:
                    service.write(container.name, now, line)

    def _settle_roles(self, service: ContainerService) -> None:
        """Give a service the roles that it needs, and remove an inactive puller role."""
        role = f"role/amazon/lightsail/{service.region}/containers/{service.name}"
        if not service.principal_arn:
            service.principal_arn = self.identifiers.role(role, service.arn)
        if not service.puller_active:
            service.puller_arn = ""
        elif not service.puller_arn:
            access = f"{role}/private-repo-access"
            service.puller_arn = self.identifiers.role(access, service.arn)

    def _follow(self, deployment: Deployment, trigger: str) -> None:
        deployment.state = self.history.follow(DEPLOYMENT_EDGES, deployment.state, trigger)

    def record(
        self, service: ContainerService, note: str = "", cause: str = "", assumed: str = ""
    ) -> None:
        """Add a state change to the history. ``note`` describes the changed deployment, if any."""
        service.changed()
        self.history.add(
            StateChange(
                at_ns=self.clock.elapsed_ns,
                region=service.region,
                service=service.name,
                state=service.state,
                detail=service.detail,
                deployment=note,
                cause=self.history.actor or cause,
                by_call=self.history.answering,
                assumed=assumed,
            )
        )
