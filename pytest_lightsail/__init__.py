"""pytest-lightsail: a stateful test double and contract checker for Amazon Lightsail containers.

Everything public is here, imported when first used: the plugin is loaded in every test run, also in those
that never ask for Lightsail.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ._version import __version__

if TYPE_CHECKING:
    from .contract.validation import accepts, validate
    from .exceptions import (
        CallerNeverEnds,
        ConfigurationError,
        ContractViolation,
        ExampleNeverEnds,
        ImpossibleTransition,
        ModelSourceError,
        NoAccount,
        OperationNotSimulated,
        PytestLightsailError,
        UnknownResource,
        UnsoundAccount,
        Unused,
    )
    from .model.lifecycle import Stage
    from .model.schema import schema
    from .simulation import Lightsail, Options, simulate
    from .simulator.certificates import Certificate
    from .simulator.faults import Fault
    from .simulator.images import Image
    from .verification.state_machine import LightsailStateMachine

__all__ = [
    "CallerNeverEnds",
    "Certificate",
    "ConfigurationError",
    "ContractViolation",
    "ExampleNeverEnds",
    "Fault",
    "Image",
    "ImpossibleTransition",
    "Lightsail",
    "LightsailStateMachine",
    "ModelSourceError",
    "NoAccount",
    "OperationNotSimulated",
    "Options",
    "PytestLightsailError",
    "Stage",
    "UnknownResource",
    "UnsoundAccount",
    "Unused",
    "__version__",
    "accepts",
    "schema",
    "simulate",
    "validate",
]

_HOMES = {
    "Certificate": "simulator.certificates",
    "Fault": "simulator.faults",
    "Image": "simulator.images",
    "Lightsail": "simulation",
    "LightsailStateMachine": "verification.state_machine",
    "Options": "simulation",
    "Stage": "model.lifecycle",
    "accepts": "contract.validation",
    "schema": "model.schema",
    "simulate": "simulation",
    "validate": "contract.validation",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOMES.get(name, 'exceptions')}", __name__), name)


def __dir__() -> list[str]:
    return __all__
