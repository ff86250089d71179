"""pytest-lightsail: a stateful test double and contract checker for Amazon Lightsail containers.

This module exports all public names. Each name is imported only when it is first used, because
pytest loads the plugin in every run, even in runs that do not use Lightsail.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .output_files import __version__ as __version__

_MODULES = {
    "model.validator": "accepts validate",
    "exceptions": (
        "CallerFaultError CallerNeverEnds ConfigurationError ContractViolationError "
        "ExampleNeverEndsError NotLoadedWarning OperationNotSimulatedError PytestLightsailError "
        "RealCallError UnknownResourceError UnusedError"
    ),
    "model.rule": "Violation",
    "model.schema": "schema",
    "options": "Options",
    "plugin": "lightsail_fixture",
    "simulation.handle": "Lightsail simulate",
    "simulation.server": "LightsailServer",
    "simulation.views": "DeploymentView RegionView Services ServiceView",
    "simulator.clock": "Clock",
    "simulator.faults": "Fault Faults",
    "simulator.history": "Call Calls StateChange Visit",
    "simulator.images": "Image Images",
    "simulator.another_client": "AnotherClient",
    "simulator.prepared": "CannedResponses",
    "simulator.resources": "Certificate Certificates Quotas",
    "simulator.scenario": "Scenario",
    "simulator.script": "EventScript Script",
    "verification.attempt": "attempt",
    "verification.oracle": "runs scaled_to",
    "verification.outcome": "Outcome Verdict",
    "verification.reports": "Finding Report",
    "verification.verify": "verify_caller",
}
"""Maps each module to its public names."""

if TYPE_CHECKING:
    from .exceptions import CallerFaultError as CallerFaultError
    from .exceptions import CallerNeverEnds as CallerNeverEnds
    from .exceptions import ConfigurationError as ConfigurationError
    from .exceptions import ContractViolationError as ContractViolationError
    from .exceptions import ExampleNeverEndsError as ExampleNeverEndsError
    from .exceptions import NotLoadedWarning as NotLoadedWarning
    from .exceptions import OperationNotSimulatedError as OperationNotSimulatedError
    from .exceptions import PytestLightsailError as PytestLightsailError
    from .exceptions import RealCallError as RealCallError
    from .exceptions import UnknownResourceError as UnknownResourceError
    from .exceptions import UnusedError as UnusedError
    from .model.rule import Violation as Violation
    from .model.schema import schema as schema
    from .model.validator import accepts as accepts
    from .model.validator import validate as validate
    from .options import Options as Options
    from .plugin import lightsail_fixture as lightsail_fixture
    from .simulation.handle import Lightsail as Lightsail
    from .simulation.handle import simulate as simulate
    from .simulation.server import LightsailServer as LightsailServer
    from .simulation.views import DeploymentView as DeploymentView
    from .simulation.views import RegionView as RegionView
    from .simulation.views import Services as Services
    from .simulation.views import ServiceView as ServiceView
    from .simulator.another_client import AnotherClient as AnotherClient
    from .simulator.clock import Clock as Clock
    from .simulator.faults import Fault as Fault
    from .simulator.faults import Faults as Faults
    from .simulator.history import Call as Call
    from .simulator.history import Calls as Calls
    from .simulator.history import StateChange as StateChange
    from .simulator.history import Visit as Visit
    from .simulator.images import Image as Image
    from .simulator.images import Images as Images
    from .simulator.prepared import CannedResponses as CannedResponses
    from .simulator.resources import Certificate as Certificate
    from .simulator.resources import Certificates as Certificates
    from .simulator.resources import Quotas as Quotas
    from .simulator.scenario import Scenario as Scenario
    from .simulator.script import EventScript as EventScript
    from .simulator.script import Script as Script
    from .verification.attempt import attempt as attempt
    from .verification.oracle import runs as runs
    from .verification.oracle import scaled_to as scaled_to
    from .verification.outcome import Outcome as Outcome
    from .verification.outcome import Verdict as Verdict
    from .verification.reports import Finding as Finding
    from .verification.reports import Report as Report
    from .verification.verify import verify_caller as verify_caller
else:  # hidden from type checkers: if they saw __getattr__, they would accept any name
    _NAMES = " ".join(_MODULES.values()).split()
    __all__ = sorted([*_NAMES, "__version__"])  # noqa: PLE0605 - sorted returns a list

    def __getattr__(name: str) -> Any:
        for module, names in _MODULES.items():
            if name in names.split():
                return getattr(import_module(f".{module}", __name__), name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    def __dir__() -> list[str]:
        return __all__
