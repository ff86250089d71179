"""What pytest-lightsail itself raises, as opposed to what the simulated service answers.

Errors of the service reach the caller as genuine ``botocore.exceptions.ClientError``s; the classes
here tell the author of a *test* that something is wrong with the test, or with the caller under it.
"""

from __future__ import annotations

from typing import Any

__all__ = [
    "CallerFault",
    "CallerNeverEnds",
    "ConfigurationError",
    "ContractViolation",
    "ExampleNeverEnds",
    "ImpossibleTransition",
    "ModelSourceError",
    "NoAccount",
    "OperationNotSimulated",
    "PytestLightsailError",
    "RealCallError",
    "SchemasUnreadable",
    "UnknownOperation",
    "UnknownResource",
    "UnsoundAccount",
    "Unused",
    "never_ends",
    "shown",
]

_WIDEST = 200


class PytestLightsailError(BaseException):
    """Base of everything this library raises on its own account.

    It derives from ``BaseException`` so that one of its children, ``CallerNeverEnds``, can pass a
    caller's ``except Exception``; every other child is an ordinary ``Exception`` as well.
    """

    def __str__(self) -> str:
        """The message, its first argument.

        Half a surrogate pair in it is spelled out: workers of xdist end over a report that has one.
        """
        message = str(self.args[0]) if self.args else ""
        return message.encode("utf-8", "backslashreplace").decode()


class ConfigurationError(PytestLightsailError, ValueError):
    """An option, a script or a fault was given a value that it cannot have."""


class SchemasUnreadable(ConfigurationError):
    """A directory of written schemas has no index, or holds what is not JSON."""


class UnknownOperation(ConfigurationError, KeyError):
    """The service model has no such operation, or the operation no such error."""


class ModelSourceError(PytestLightsailError, ValueError):
    """No botocore service model could be read from the given source."""


class ContractViolation(PytestLightsailError, ValueError):
    """A document breaks the contract of its operation.

    Attributes:
        violations: every ``Violation``, in the order of the document: its path, its rule, what was
            found there (secrets masked) and what is allowed.
    """

    def __init__(self, message: str, violations: tuple[Any, ...] = ()) -> None:
        super().__init__(message, violations)
        self.violations = violations


class NoAccount(PytestLightsailError, RuntimeError):
    """The ``lightsail`` handle was used while no simulated account was active."""


class RealCallError(PytestLightsailError, RuntimeError):
    """A Lightsail call was refused: no simulated account could answer it, and AWS was not to."""


class UnknownResource(PytestLightsailError, KeyError):
    """A test asked the account for a service or certificate that it does not hold."""


class ImpossibleTransition(PytestLightsailError, ValueError):
    """A move that the lifecycle tables do not allow."""


class OperationNotSimulated(PytestLightsailError, NotImplementedError):
    """The caller used a Lightsail operation that the simulated account does not answer.

    It is raised in the caller and, since callers swallow exceptions, again when the test ends.
    """


class Unused(PytestLightsailError, AssertionError):
    """The test has prepared something that was never used, or never looked at a verdict."""


class CallerFault(PytestLightsailError, AssertionError):
    """``verify_caller`` has found a fault in the code under test.

    Attributes:
        fault: the name of the fault, such as ``returns-too-early``.
        report: what had been tried until then.
    """

    def __init__(self, message: str, *, fault: str = "", report: Any = None) -> None:
        super().__init__(message)
        self.fault = fault
        self.report = report


class CallerNeverEnds(PytestLightsailError):
    """The caller went on waiting although nothing in the account was going to change.

    Deliberately not an ``Exception``: a poll loop with ``except Exception: continue`` is the usual
    reason for waiting for ever, and must not swallow this one too.
    """


def never_ends(error: BaseException | None) -> CallerNeverEnds | None:
    """The ``CallerNeverEnds`` that an exception is, or that a group of exceptions holds.

    A caller that waits in an ``asyncio.TaskGroup`` ends with such a group.
    """
    if isinstance(error, CallerNeverEnds):
        return error
    held = (never_ends(each) for each in getattr(error, "exceptions", ()))
    return next((each for each in held if each is not None), None)


class ExampleNeverEnds(PytestLightsailError, AssertionError):
    """``CallerNeverEnds`` as it leaves an example of a Hypothesis test.

    Hypothesis shrinks and reports an ``Exception``; anything else ends the whole test at once.
    """


class UnsoundAccount(PytestLightsailError, AssertionError):
    """The simulated account has broken one of its own promises: an error of this library."""


def shown(value: object) -> str:
    """A value for a message; not all of it where it is long.

    >>> shown("60"), len(shown(10**10_000)) < 100
    ("'60'", True)
    """
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # Python writes no number of thousands of digits
        return f"such {type(value).__name__}"
    return text if len(text) <= _WIDEST else f"{text[:_WIDEST]}…"
