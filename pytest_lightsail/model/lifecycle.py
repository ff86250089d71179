"""The lifecycles of container services, deployments and certificates, as tables.

Every change of state follows an edge. If the current state has no edge for an API call, the call is
refused. ``TIMELINES`` defines how long each stage lasts, unless a script sets another duration.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

from ..exceptions import ConfigurationError
from ..options import FAST, INSTANT, REALISTIC

# These types repeat the values in the tables below so that code editors can suggest them.
State = Literal[
    "PENDING", "READY", "DEPLOYING", "RUNNING", "UPDATING", "DISABLED", "DELETING", "ABSENT"
]
Detail = Literal[
    "CREATING_SYSTEM_RESOURCES",
    "CREATING_NETWORK_INFRASTRUCTURE",
    "PROVISIONING_CERTIFICATE",
    "PROVISIONING_SERVICE",
    "CREATING_DEPLOYMENT",
    "EVALUATING_HEALTH_CHECK",
    "ACTIVATING_DEPLOYMENT",
    "CERTIFICATE_LIMIT_EXCEEDED",
    "UNKNOWN_ERROR",
]
StuckDetail = Literal["CERTIFICATE_LIMIT_EXCEEDED", "UNKNOWN_ERROR"]
PaceName = Literal["realistic", "fast", "instant"]

ABSENT = "ABSENT"
"""The state of a resource before it is created and after it is deleted. The API responds with
``NotFoundException`` instead of reporting this state."""

_TF = "the waiters and acceptance tests of the Terraform AWS provider"
_PULL = "comments by the AWS employee who wrote pull request 20625 for the Terraform AWS provider"
_API = "the sample response in the API Reference for"
_CLI = "observed in AWS CLI output from 2022 to 2026"
_GUIDE = (
    "assumed; the Lightsail developer guide (Creating Amazon Lightsail container services) says only "
    "that the service ends up RUNNING"
)


class Edge(NamedTuple):
    """An allowed change from ``state`` to ``target``.

    ``trigger`` names the cause of the change, such as ``deploy`` or ``failed``. ``source`` is the
    evidence for the edge.
    """

    state: str
    trigger: str
    target: str
    source: str

    def __str__(self) -> str:
        return f"{self.state} {self.trigger} {self.target}"


BEGUN_BY: Mapping[str, str] = {
    "create": "CreateContainerService",
    "deploy": "CreateContainerServiceDeployment",
    **dict.fromkeys(("update", "disable", "enable"), "UpdateContainerService"),
    "delete": "DeleteContainerService",
}
"""Maps triggers to the API operations that cause them. Other triggers occur without an API call."""

SERVICE_EDGES: tuple[Edge, ...] = (
    Edge(ABSENT, "create", "PENDING", f"{_API} CreateContainerService"),
    Edge("PENDING", "created", "READY", _TF),
    Edge("PENDING", "created-with-deployment", "DEPLOYING", _GUIDE),
    Edge("READY", "deploy", "DEPLOYING", _CLI),
    Edge("RUNNING", "deploy", "DEPLOYING", _CLI),
    Edge("DEPLOYING", "activated", "RUNNING", _CLI),
    Edge("DEPLOYING", "failed", "READY", _PULL),
    Edge("DEPLOYING", "failed-over-running", "RUNNING", _PULL),
    Edge("READY", "update", "UPDATING", _TF),
    Edge("RUNNING", "update", "UPDATING", f"{_API} UpdateContainerService"),
    Edge("DISABLED", "update", "UPDATING", f"{_PULL}; the intermediate state is assumed"),
    Edge("READY", "disable", "UPDATING", _TF),
    Edge("RUNNING", "disable", "UPDATING", _TF),
    Edge("DISABLED", "enable", "UPDATING", _TF),
    Edge("UPDATING", "updated", "READY", _TF),
    Edge("UPDATING", "updated-running", "RUNNING", _TF),
    Edge("UPDATING", "updated-disabled", "DISABLED", _TF),
    Edge("READY", "delete", "DELETING", _TF),
    Edge("RUNNING", "delete", "DELETING", _TF),
    Edge("DISABLED", "delete", "DELETING", _TF),
    Edge("DELETING", "deleted", ABSENT, _TF),
)

DEPLOYMENT_EDGES: tuple[Edge, ...] = (
    Edge(ABSENT, "deploy", "ACTIVATING", _CLI),
    Edge("ACTIVATING", "activated", "ACTIVE", _CLI),
    Edge("ACTIVATING", "failed", "FAILED", _CLI),
    Edge("ACTIVE", "replaced", "INACTIVE", _CLI),
)

SERVICE_STATES = tuple(
    dict.fromkeys(edge.target for edge in SERVICE_EDGES if edge.target != ABSENT)
)
"""All states of a service, ordered by their first use as a target in ``SERVICE_EDGES``."""

_ACM = (
    "CertificateStatus in the service model; the statuses in the AWS Certificate Manager user guide"
)
_ERROR_TEXT = "an error message in the acceptance tests of a public Terraform provider"
CERTIFICATE_EDGES: tuple[Edge, ...] = (
    Edge(ABSENT, "create", "PENDING_VALIDATION", _ERROR_TEXT),
    Edge("PENDING_VALIDATION", "issue", "ISSUED", _ACM),
)

CERTIFICATE_STATUSES = (
    *(edge.target for edge in CERTIFICATE_EDGES),
    *("FAILED", "VALIDATION_TIMED_OUT", "EXPIRED", "REVOKED", "INACTIVE"),
)
"""The values of CertificateStatus in the API. Only a test can give a certificate one of the last
five statuses."""

REFUSALS: Mapping[tuple[str, str], str] = {
    ("DEPLOYING", "deploy"): "state.deployment-in-progress",
    ("DEPLOYING", "delete"): "state.deployment-in-progress",
    ("DISABLED", "deploy"): "state.disabled",
}
"""Maps (service state, trigger) pairs to the ids of the rules that the triggers break in these
states. All other calls for which no edge exists break the ``state.busy`` rule."""

STATE_DETAILS: Mapping[str, str] = {
    "CREATING_SYSTEM_RESOURCES": "Creating system resources.",
    "CREATING_NETWORK_INFRASTRUCTURE": "Creating network infrastructure.",
    "PROVISIONING_CERTIFICATE": "Provisioning the certificate.",
    "PROVISIONING_SERVICE": "Provisioning the container service.",
    "CREATING_DEPLOYMENT": "Creating the deployment.",
    "EVALUATING_HEALTH_CHECK": "Evaluating the health of the deployment.",
    "ACTIVATING_DEPLOYMENT": "Activating the deployment.",
    "CERTIFICATE_LIMIT_EXCEEDED": "The certificate limit is exceeded.",
    "UNKNOWN_ERROR": "Something went wrong.",
}
"""Maps ``stateDetail`` codes, in the order in which AWS lists them, to assumed messages."""


class Stage(NamedTuple):
    """One part of an event: the service's state, its ``stateDetail`` code, and the duration."""

    state: str
    detail: str | None
    seconds: float


TIMELINES: Mapping[str, tuple[Stage, ...]] = {
    "create": (Stage("PENDING", None, 40),),
    "deploy": (
        Stage("DEPLOYING", None, 2),
        Stage("DEPLOYING", "CREATING_SYSTEM_RESOURCES", 28),
        Stage("DEPLOYING", "CREATING_NETWORK_INFRASTRUCTURE", 30),
        Stage("DEPLOYING", "PROVISIONING_CERTIFICATE", 30),
        Stage("DEPLOYING", "PROVISIONING_SERVICE", 60),
        Stage("DEPLOYING", "CREATING_DEPLOYMENT", 60),
        Stage("DEPLOYING", "EVALUATING_HEALTH_CHECK", 30),
        Stage("DEPLOYING", "ACTIVATING_DEPLOYMENT", 60),
    ),
    "update": (
        Stage("UPDATING", None, 2),
        Stage("UPDATING", "CREATING_SYSTEM_RESOURCES", 28),
        Stage("UPDATING", "PROVISIONING_SERVICE", 120),
    ),
    "disable": (Stage("UPDATING", None, 30),),
    "enable": (Stage("UPDATING", None, 30),),
    "delete": (Stage("DELETING", None, 5),),
}
"""Maps each event, such as ``deploy``, to the stages that the service goes through.
``SERVICE_EDGES`` defines the state that follows the last stage.

In 2026, three users reported how long a deployment to a service with a public endpoint took: 2 to 5
minutes, at least 5 minutes, and 5 to 15 minutes. One user also reported that updating a running
service takes 2 to 3 minutes. The durations of the individual stages are assumed.
"""

FAILING_SECONDS = 300.0
"""How many seconds a failing deployment stays in its last step. The number is assumed."""

STUCK: tuple[str, ...] = ("CERTIFICATE_LIMIT_EXCEEDED", "UNKNOWN_ERROR")
"""The ``stateDetail`` codes that explain why a service stays PENDING. The API Reference lists these
codes under ContainerServiceStateDetail."""


class Pace(NamedTuple):
    """How long events take, unless a script sets their duration."""

    timelines: Mapping[str, tuple[Stage, ...]]
    failing_seconds: float
    logs_lag: float  # the delay in seconds before GetContainerLog returns a new log line
    assumed: str = ""  # the id of the assumption about these durations


def _paced(seconds: float) -> Pace:
    timelines = {
        event: tuple(stage._replace(seconds=seconds) for stage in stages)
        for event, stages in TIMELINES.items()
    }
    return Pace(timelines, seconds, seconds)


PACES: Mapping[str, Pace] = {
    # In 2026, a user saw the first log lines a few minutes after a deployment.
    REALISTIC: Pace(TIMELINES, FAILING_SECONDS, logs_lag=120.0, assumed="A36"),
    FAST: _paced(1.0),
    INSTANT: _paced(0.0),
}
"""Maps names to paces. Even at the ``instant`` pace, the response to a call that starts an event
shows the first state of the event, such as PENDING."""


def take(edges: tuple[Edge, ...], state: str, trigger: str) -> Edge:
    """Return the edge for a state and a trigger. Raise ``ConfigurationError`` if no such edge exists."""
    for edge in edges:
        if edge.state == state and edge.trigger == trigger:
            return edge
    possible = ", ".join(edge.trigger for edge in edges if edge.state == state) or "none"
    raise ConfigurationError(f"{trigger!r} is not possible in state {state} (possible: {possible})")


def moves(state: str) -> Mapping[str, str]:
    """Return the triggers that are possible in ``state``, each mapped to the next state."""
    return {edge.trigger: edge.target for edge in SERVICE_EDGES if edge.state == state}
