"""The errors of this library, as opposed to those of the simulated service.

Errors of the service reach the caller as ``botocore.exceptions.ClientError``. The classes here report a
mistake in a test, or a bug in the caller, to the author of the test.
"""

from __future__ import annotations

from typing import Any

__all__ = [
    "CallerFault",
    "CallerFaultError",
    "CallerNeverEnds",
    "ConfigurationError",
    "ContractViolationError",
    "ExampleNeverEndsError",
    "ImpossibleTransitionError",
    "ModelSourceError",
    "NoAccountError",
    "NotLoadedWarning",
    "OperationNotSimulatedError",
    "PytestLightsailError",
    "RealCallError",
    "UnknownOperationError",
    "UnknownResourceError",
    "UnreadableSchemasError",
    "UnusedError",
    "never_ends",
    "shown",
]

_WIDEST = 200


class _Message(BaseException):
    """What all of them have: a message that can be shown and sent anywhere."""

    def __str__(self) -> str:
        # Workers of xdist end over a report with half a surrogate pair.
        message = str(self.args[0]) if self.args else ""
        return message.encode("utf-8", "backslashreplace").decode()


class PytestLightsailError(_Message, Exception):
    """Base of the exceptions that this library raises, except for ``CallerNeverEnds``."""


class ConfigurationError(PytestLightsailError, ValueError):
    """An option, a script or a fault has an invalid value."""


class UnreadableSchemasError(ConfigurationError):
    """A folder of written schemas has no index, or contains invalid JSON."""


class UnknownOperationError(ConfigurationError, KeyError):
    """The service model has no such operation, or the operation has no such error."""


class ModelSourceError(PytestLightsailError, ValueError):
    """No botocore service model could be read from the given source."""


class ContractViolationError(PytestLightsailError, ValueError):
    """A document breaks the contract of its operation.

    Attributes:
        violations: every ``Violation`` in the order of the document, with its path, its rule, the value
            that was found (secrets masked) and what is allowed.
    """

    def __init__(self, message: str, violations: tuple[Any, ...] = ()) -> None:
        super().__init__(message, violations)
        self.violations = violations


class NoAccountError(PytestLightsailError, RuntimeError):
    """The ``lightsail`` handle was used while no simulated account was active."""


class NotLoadedWarning(UserWarning):
    """``lightsail.load`` found something in a source that the simulated account has no place for."""


class RealCallError(PytestLightsailError, RuntimeError):
    """A Lightsail call outside any simulated account was refused before it reached AWS."""


class UnknownResourceError(PytestLightsailError, KeyError):
    """The account has no service or certificate of that name."""


class ImpossibleTransitionError(PytestLightsailError, ValueError):
    """The lifecycle has no such transition."""


class OperationNotSimulatedError(PytestLightsailError, NotImplementedError):
    """The caller used a Lightsail operation that is not simulated.

    It is raised in the caller, and again when the test ends, because callers may swallow exceptions.
    """


class UnusedError(PytestLightsailError, AssertionError):
    """A script, fault, image or canned response was never used, or a check was never asserted."""


class CallerFaultError(PytestLightsailError, AssertionError):
    """``verify_caller`` found a bug in the code under test.

    Attributes:
        fault: the name of the finding, such as ``returns-too-early``.
        report: what had been tried before.
    """

    def __init__(self, message: str, *, fault: str = "", report: Any = None) -> None:
        super().__init__(message)
        self.fault = fault
        self.report = report


CallerFault = CallerFaultError
"""The former, shorter name of ``CallerFaultError``."""


class CallerNeverEnds(_Message):
    """The caller kept waiting although nothing in the account was going to change.

    It is not an ``Exception``, because callers often wait forever in a poll loop with
    ``except Exception: continue``, which must not swallow this error too.
    """


def never_ends(error: BaseException | None) -> CallerNeverEnds | None:
    """Return the ``CallerNeverEnds`` that an exception is or contains.

    A caller that waits in an ``asyncio.TaskGroup`` ends with a group of exceptions.
    """
    if isinstance(error, CallerNeverEnds):
        return error
    held = (never_ends(each) for each in getattr(error, "exceptions", ()))
    return next((each for each in held if each is not None), None)


class ExampleNeverEndsError(PytestLightsailError, AssertionError):
    """``CallerNeverEnds`` as it leaves an example of a Hypothesis test.

    Hypothesis shrinks and reports an ``Exception``; anything else ends the whole test at once.
    """


def shown(value: object) -> str:
    """Return a value for a message, shortened if it is long.

    >>> shown("60"), len(shown(10**10_000)) < 100
    ("'60'", True)
    """
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # Python writes no number of thousands of digits
        return f"such {type(value).__name__}"
    return text if len(text) <= _WIDEST else f"{text[:_WIDEST]}…"
