"""pytest-lightsail: a stateful test double and contract checker for Amazon Lightsail containers.

Everything public is here, imported when first used: the plugin is loaded in every test run, also in those
that never ask for Lightsail.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .output_files import __version__

if TYPE_CHECKING:
    from .contract.validator import accepts, validate
    from .exceptions import (
        CallerFault,
        CallerFaultError,
        CallerNeverEnds,
        ConfigurationError,
        ContractViolationError,
        ExampleNeverEndsError,
        ImpossibleTransitionError,
        ModelSourceError,
        NoAccountError,
        NotLoadedWarning,
        OperationNotSimulatedError,
        PytestLightsailError,
        RealCallError,
        UnknownOperationError,
        UnknownResourceError,
        UnreadableSchemasError,
        UnusedError,
    )
    from .model.lifecycle import Stage
    from .model.rule import Violation
    from .model.schema import schema
    from .options import Options
    from .plugin import lightsail_fixture
    from .simulation.handle import Lightsail
    from .simulation.server import LightsailServer
    from .simulation.simulate import simulate
    from .simulation.views import DeploymentView, RegionView, Services, ServiceView
    from .simulator.clock import Clock
    from .simulator.faults import Fault, Faults
    from .simulator.history import Call, Calls, StateChange, Visit
    from .simulator.images import Image, Images, Reply
    from .simulator.interventions import AnotherClient
    from .simulator.prepared_responses import CannedResponses, FutureResponses
    from .simulator.resources import Certificate, Certificates, Quotas
    from .simulator.scenario import Scenario
    from .simulator.script import EventScript, Script
    from .verification.attempt import Outcome, Verdict, attempt
    from .verification.oracle import runs, scaled_to
    from .verification.reports import Finding, Report
    from .verification.state_machine import LightsailStateMachine
    from .verification.verify import verify_caller

__all__ = [
    "AnotherClient",
    "Call",
    "CallerFault",
    "CallerFaultError",
    "CallerNeverEnds",
    "Calls",
    "CannedResponses",
    "Certificate",
    "Certificates",
    "Clock",
    "ConfigurationError",
    "ContractViolationError",
    "DeploymentView",
    "EventScript",
    "ExampleNeverEndsError",
    "Fault",
    "Faults",
    "Finding",
    "FutureResponses",
    "Image",
    "Images",
    "ImpossibleTransitionError",
    "Lightsail",
    "LightsailServer",
    "LightsailStateMachine",
    "ModelSourceError",
    "NoAccountError",
    "NotLoadedWarning",
    "OperationNotSimulatedError",
    "Options",
    "Outcome",
    "PytestLightsailError",
    "Quotas",
    "RealCallError",
    "RegionView",
    "Reply",
    "Report",
    "Scenario",
    "Script",
    "ServiceView",
    "Services",
    "Stage",
    "StateChange",
    "UnknownOperationError",
    "UnknownResourceError",
    "UnreadableSchemasError",
    "UnusedError",
    "Verdict",
    "Violation",
    "Visit",
    "__version__",
    "accepts",
    "attempt",
    "lightsail_fixture",
    "runs",
    "scaled_to",
    "schema",
    "simulate",
    "validate",
    "verify_caller",
]

_MODULES = {
    "contract.validator": "accepts validate",
    "model.lifecycle": "Stage",
    "model.rule": "Violation",
    "model.schema": "schema",
    "options": "Options",
    "plugin": "lightsail_fixture",
    "simulation.handle": "Lightsail",
    "simulation.server": "LightsailServer",
    "simulation.simulate": "simulate",
    "simulation.views": "DeploymentView RegionView ServiceView Services",
    "simulator.interventions": "AnotherClient",
    "simulator.prepared_responses": "CannedResponses FutureResponses",
    "simulator.clock": "Clock",
    "simulator.faults": "Fault Faults",
    "simulator.history": "Call Calls StateChange Visit",
    "simulator.images": "Image Images Reply",
    "simulator.resources": "Certificate Certificates Quotas",
    "simulator.scenario": "Scenario",
    "simulator.script": "EventScript Script",
    "verification.attempt": "Outcome Verdict attempt",
    "verification.oracle": "runs scaled_to",
    "verification.reports": "Finding Report",
    "verification.state_machine": "LightsailStateMachine",
    "verification.verify": "verify_caller",
}
"""Where the names are that are not in ``exceptions``."""

if not TYPE_CHECKING:  # type checkers would take any name for one that there is

    def __getattr__(name: str) -> Any:
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        module = next((m for m, names in _MODULES.items() if name in names.split()), "exceptions")
        return getattr(import_module(f".{module}", __name__), name)


def __dir__() -> list[str]:
    return __all__
