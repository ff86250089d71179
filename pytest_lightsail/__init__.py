"""pytest-lightsail: a stateful test double and contract checker for Amazon Lightsail containers.

Everything public is here, imported when first used: the plugin is loaded in every test run, also in those
that never ask for Lightsail.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ._version import __version__

if TYPE_CHECKING:
    from .contract.validator import accepts, validate
    from .exceptions import (
        CallerFault,
        CallerNeverEnds,
        ConfigurationError,
        ContractViolation,
        ExampleNeverEnds,
        ImpossibleTransition,
        ModelSourceError,
        NoAccount,
        OperationNotSimulated,
        PytestLightsailError,
        RealCallError,
        SchemasUnreadable,
        UnknownOperation,
        UnknownResource,
        Unused,
    )
    from .model.lifecycle import Stage
    from .model.schema import schema
    from .plugin import lightsail_fixture
    from .simulation import Lightsail, Options, simulate
    from .simulation.server import LightsailServer
    from .simulator.faults import Fault
    from .simulator.images import Image
    from .simulator.resources import Certificate
    from .simulator.scenario import Scenario
    from .verification.attempt import Outcome, attempt
    from .verification.state_machine import LightsailStateMachine
    from .verification.verify import verify_caller

__all__ = [
    "CallerFault",
    "CallerNeverEnds",
    "Certificate",
    "ConfigurationError",
    "ContractViolation",
    "ExampleNeverEnds",
    "Fault",
    "Image",
    "ImpossibleTransition",
    "Lightsail",
    "LightsailServer",
    "LightsailStateMachine",
    "ModelSourceError",
    "NoAccount",
    "OperationNotSimulated",
    "Options",
    "Outcome",
    "PytestLightsailError",
    "RealCallError",
    "Scenario",
    "SchemasUnreadable",
    "Stage",
    "UnknownOperation",
    "UnknownResource",
    "Unused",
    "__version__",
    "accepts",
    "attempt",
    "lightsail_fixture",
    "schema",
    "simulate",
    "validate",
    "verify_caller",
]

_HOMES = {
    "Certificate": "simulator.resources",
    "Fault": "simulator.faults",
    "Image": "simulator.images",
    "Lightsail": "simulation",
    "LightsailServer": "simulation.server",
    "LightsailStateMachine": "verification.state_machine",
    "Options": "simulation",
    "Outcome": "verification.attempt",
    "Scenario": "simulator.scenario",
    "Stage": "model.lifecycle",
    "accepts": "contract.validator",
    "attempt": "verification.attempt",
    "lightsail_fixture": "plugin",
    "schema": "model.schema",
    "simulate": "simulation",
    "validate": "contract.validator",
    "verify_caller": "verification.verify",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOMES.get(name, 'exceptions')}", __name__), name)


def __dir__() -> list[str]:
    return __all__
