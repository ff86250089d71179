"""The exceptions that this package raises, as opposed to errors from the simulated service.

Errors from the service reach the caller as ``botocore.exceptions.ClientError``. The exceptions
in this module report mistakes in a test, or bugs in the code under test.
"""

from __future__ import annotations

from collections import UserDict
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Any

_WIDEST = 200


class _Message(BaseException):
    """An exception whose message can always be encoded as UTF-8."""

    def __str__(self) -> str:
        # A lone surrogate in a report crashes pytest-xdist workers.
        message = str(self.args[0]) if self.args else ""
        return message.encode("utf-8", "backslashreplace").decode()


class PytestLightsailError(_Message, Exception):
    """Base class for all exceptions in this package except ``CallerNeverEnds``."""


class ConfigurationError(PytestLightsailError, ValueError):
    """An argument, an option or a file is invalid, or the state of the account forbids the action."""


class ContractViolationError(PytestLightsailError, ValueError):
    """A document breaks the contract of its operation.

    Attributes:
        violations: all violations, in document order. Each ``Violation`` contains its path, its
            rule, the value found (with secrets masked) and the allowed values.
    """

    def __init__(self, message: str, violations: tuple[Any, ...] = ()) -> None:
        super().__init__(message, violations)
        self.violations = violations


class NotLoadedWarning(UserWarning):
    """The source for ``lightsail.load`` contains something that is not simulated."""


class RealCallError(PytestLightsailError, RuntimeError):
    """A Lightsail call was stopped because it would have reached AWS."""


class UnknownResourceError(PytestLightsailError, KeyError):
    """The account has no service, certificate, container or image with the given name."""


class OperationNotSimulatedError(PytestLightsailError, NotImplementedError):
    """The caller used a Lightsail operation that is not simulated.

    The exception is raised inside the caller, and again at the end of the test if the caller
    swallows it.
    """


class UnusedError(PytestLightsailError, AssertionError):
    """A script, fault, image or canned response was never used, or a check was never asserted."""


class CallerFaultError(PytestLightsailError, AssertionError):
    """``verify_caller`` found a bug in the code under test.

    Attributes:
        fault: the name of the finding, such as ``returns-too-early``.
        report: a ``Report`` on everything that was tried before the bug was found.
    """

    def __init__(self, message: str, *, fault: str = "", report: Any = None) -> None:
        super().__init__(message)
        self.fault = fault
        self.report = report


class CallerNeverEnds(_Message):
    """The caller kept waiting, but nothing in the account was going to change.

    This class derives from ``BaseException``, so that a poll loop with ``except Exception:
    continue`` does not swallow the exception. Such loops are a common reason why callers wait forever.
    """


def never_ends(error: BaseException | None) -> CallerNeverEnds | None:
    """Return the ``CallerNeverEnds`` in an exception or exception group, or ``None``.

    An ``asyncio.TaskGroup`` wraps the exceptions from its tasks in an exception group.
    """
    if isinstance(error, CallerNeverEnds):
        return error
    return next(filter(None, map(never_ends, getattr(error, "exceptions", ()))), None)


class ExampleNeverEndsError(PytestLightsailError, AssertionError):
    """Replaces ``CallerNeverEnds`` in tests that Hypothesis runs.

    Hypothesis shrinks a failing example only if the example raises an ``Exception``. A
    ``BaseException`` that is not an ``Exception`` aborts the test.
    """


def printable(text: str) -> str:
    """Escape newlines, control characters and lone surrogates."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)


def shown(value: object) -> str:
    """Return the ``repr`` of a value for a message, shortened if it is long."""
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # repr() fails for huge integers and deeply nested values
        return f"this {type(value).__name__}"
    return text if len(text) <= _WIDEST else f"{text[:_WIDEST]}…"


def plural(number: int, noun: str) -> str:
    """Return a number and a noun, such as ``1 call`` or ``2 calls``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def did_you_mean(name: object, known: Iterable[str]) -> str:
    """Return a hint for a message about an unknown name, or ``""`` if no known name is similar.

    Ignore case and underscores. Prefer a known name that starts with ``name``.
    """
    from difflib import get_close_matches  # noqa: PLC0415 - only error messages need it

    plain = str(name).replace("_", "").lower()
    by_plain = {each.replace("_", "").lower(): each for each in known}
    near = [each for each in sorted(by_plain, key=len) if plain and each.startswith(plain)]
    near = near or get_close_matches(plain, by_plain, n=1)
    return f"; did you mean {by_plain[near[0]]!r}?" if near else ""


def unknown_resource(what: str, name: object, known: Collection[str]) -> UnknownResourceError:
    """Return the exception for an unknown resource name. ``what`` is the type of the resource."""
    listed = ", ".join(known) or "none"
    return UnknownResourceError(f"no {what} {name!r}; known: {listed}{did_you_mean(name, known)}")


def check_known(what: str, given: Iterable[object], known: Collection[str]) -> None:
    """Raise ``ConfigurationError`` if any of the given names is unknown."""
    if isinstance(given, str):
        raise ConfigurationError(f"expected a set, such as {{{given!r}}}, not the string {given!r}")
    for name in sorted(given, key=str):
        if name not in known:
            raise ConfigurationError(
                f"{what} {name!r}; expected one of {', '.join(known)}{did_you_mean(name, known)}"
            )


class Suggesting:
    """Adds a suggestion, the closest attribute, to the message of an ``AttributeError``.

    Python adds such suggestions only to tracebacks that it prints itself, so pytest shows none.
    """

    __slots__ = ()

    if not TYPE_CHECKING:  # with ``__getattr__``, type checkers accept any attribute

        def __getattr__(self, name):
            if hasattr(type(self), name):  # a property raised AttributeError: raise it again
                return object.__getattribute__(self, name)
            public = [each for each in dir(self) if not each.startswith("_")]
            hint = "" if name.startswith("_") else did_you_mean(name, public)
            owner = f"{type(self).__name__!r} object"
            if isinstance(self, type):
                owner = f"class {self.__name__!r}"
            raise AttributeError(f"{owner} has no attribute {name!r}{hint}")


class SuggestingType(Suggesting, type):
    """A metaclass that suggests class attributes, such as ``Fault.throttling``, for wrong names."""


class Assignable(Suggesting):
    """A ``Suggesting`` class that also rejects assignments to unknown public attributes."""

    __slots__ = ()

    if not TYPE_CHECKING:

        def __setattr__(self, name, value):
            is_own = name == "data" and isinstance(self, UserDict)  # ``UserDict`` sets ``data``
            if not (is_own or name.startswith("_") or hasattr(type(self), name)):
                self.__getattr__(name)
            super().__setattr__(name, value)
