"""Accounts that fixtures create, and the pytest hooks for tests that use these accounts.

This module is loaded, and its hooks are registered, only when the first fixture with an account is
set up. In a run that never uses Lightsail, pytest calls none of these hooks.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from .accounts import generated
from .exceptions import CallerNeverEnds, ExampleNeverEndsError, PytestLightsailError, never_ends
from .machinery import test_code
from .options import SECTION, Options
from .reporting.timeline import SCREEN, digest, next_changes
from .simulation.handle import Lightsail
from .simulator.scenario import Scenario
from .transports.interception import warm_up

_SCOPES = ("function", "class", "module", "package", "session")
"""The fixture scopes, from narrowest to widest."""


@dataclass(eq=False)
class _FixtureAccount:
    """The account of one fixture, and what had happened in it before the current test."""

    handle: Lightsail
    scope: str
    calls_before: int = 0
    swallowed_before: int = 0

    def check(self) -> None:
        """Raise the error that a caller swallowed, or ``UnusedError`` if a script went unused."""
        __tracebackhide__ = True
        self.handle.check_calls(self.swallowed_before)
        if self.scope == "function":  # otherwise, later tests may still use the scripts
            self.handle.check_unused()


class AccountFixtures:
    """Starts and ends fixture accounts, and adds their timelines to test reports.

    ``show`` is the value of the option ``show_timeline``.
    """

    def __init__(self, show: str) -> None:
        self._show = show
        self._active: list[_FixtureAccount] = []
        self._used: list[_FixtureAccount] = []
        """The accounts that have been active at any time during the current test."""
        self._client: Any = object()
        self._failed: set[str] = set()

    @contextmanager
    def account(
        self, scope: str, options: Options, scenario: Scenario | None
    ) -> Generator[Lightsail, None, None]:
        """Start an account, and stop it when the block ends."""
        handle = Lightsail(options)
        handle.start(scenario)
        account = _FixtureAccount(handle, scope)
        self._active.append(account)
        self._used.append(account)
        try:
            yield handle
        finally:
            # In an interrupted run, pytest_unconfigure has already ended the account.
            if account in self._active:
                self._active.remove(account)
            handle.stop()
        if scope != "function":
            handle.check_unused()

    def client(self, lightsail: Lightsail) -> Any:
        """Return a client for a test. In each Hypothesis example, a new client replaces it."""
        self._client = lightsail.client()
        return self._client

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self) -> None:
        """Forget the accounts of earlier tests, except those with a wider scope."""
        self._used = list(self._active)
        for one in self._active:
            account = one.handle.account
            one.calls_before = len(account.history.calls)
            one.swallowed_before = len(account.swallowed)
        self._failed.clear()

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(
        self, fixturedef: pytest.FixtureDef[Any]
    ) -> Generator[None, object, object]:
        """While a fixture is being set up, pause all accounts with a narrower scope.

        Otherwise, a session-scoped fixture might save a function that the account of a test has
        patched, and restore the patched function after that account has ended.
        """
        __tracebackhide__ = True
        width = _SCOPES.index(fixturedef.scope)
        outlived = [one for one in self._active if _SCOPES.index(one.scope) < width]
        with ExitStack() as paused:
            for account in reversed(outlived):
                paused.enter_context(account.handle.paused())
            return (yield)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, object, object]:
        """Reset the test's own account before each example of a Hypothesis test.

        To do so, replace the body of the ``@given`` test, as Hypothesis's documentation tells
        plugins to do. An account is not reset after an example, so the timeline of a failing
        example can still be shown.
        """
        __tracebackhide__ = True
        if not self.runs_examples(item):
            return (yield)
        warm_up()  # does not count towards the deadline of the first example
        hypothesis: Any = item.obj.hypothesis  # type: ignore[attr-defined]
        inner = hypothesis.inner_test
        hypothesis.inner_test = self._resetting(inner)
        try:
            with generated(), _scope_accepted(item):
                return (yield)
        finally:
            hypothesis.inner_test = inner

    @pytest.hookimpl(wrapper=True, trylast=True)  # lets every other plugin see the timelines
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Add the timelines of the test's accounts to its report."""
        report = yield
        shows_all = self._show == "all"
        if self._show == "never" or not (report.failed or (shows_all and call.when == "call")):
            return report
        requests_it = "lightsail" in getattr(item, "fixturenames", ())
        for one in self._used:
            account = one.handle.account
            has_new_calls = len(account.history.calls) > one.calls_before
            if one.scope == "function" or requests_it or has_new_calls:
                unused, to_come = account.unused(), next_changes(account)
                most = None if shows_all else SCREEN
                text = digest(account.history, unmet=unused, to_come=to_come, most=most)
                report.sections.append((SECTION, text))
        return report

    def mistakes(self, item: pytest.Item) -> list[BaseException]:
        """Return the error that must fail a passed test, or an empty list."""
        try:
            for account in () if item.nodeid in self._failed else self._used:
                account.check()
        except (PytestLightsailError, CallerNeverEnds) as error:
            return [error]
        return []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Remember a failed subtest, so that its test does not fail a second time."""
        if report.failed:
            self._failed.add(report.nodeid)

    def pytest_unconfigure(self) -> None:
        """End all accounts, so that nothing stays patched after an interrupted run."""
        while self._active:
            self._active.pop().handle.stop()

    def runs_examples(self, item: pytest.Item) -> bool:
        """Return whether the account is reset for each Hypothesis example of a test."""
        test = getattr(getattr(item, "obj", None), "hypothesis", None)
        return bool(self._used) and getattr(test, "inner_test", None) is not None

    def _resetting(self, inner: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(inner)
        def example(*args: Any, **kwargs: Any) -> Any:
            __tracebackhide__ = True
            with self._example(kwargs) as fresh:
                return inner(*args, **fresh)

        @functools.wraps(inner)
        async def async_example(*args: Any, **kwargs: Any) -> Any:
            __tracebackhide__ = True
            with self._example(kwargs) as fresh:
                return await inner(*args, **fresh)

        return async_example if inspect.iscoroutinefunction(inner) else example

    @contextmanager
    def _example(self, kwargs: dict[str, Any]) -> Generator[dict[str, Any], None, None]:
        """Reset the account, and yield the keyword arguments for one example."""
        __tracebackhide__ = True
        for account in self._active:
            if account.scope == "function":  # accounts with a wider scope keep their state
                account.handle.reset()
        # Create a new client, because the old one would keep its event handlers and retry quota.
        kwargs = {
            name: self._active[-1].handle.client() if value is self._client else value
            for name, value in kwargs.items()
        }
        try:
            with test_code():
                yield kwargs
                for account in self._active:
                    account.check()
        except BaseException as error:
            never = never_ends(error)
            if never is None:
                raise
            # Hypothesis shrinks an example only if it raises an ``Exception``.
            raise ExampleNeverEndsError(str(never)) from error


@contextmanager
def _scope_accepted(item: Any) -> Iterator[None]:
    """Suppress Hypothesis's health check for function-scoped fixtures.

    The account is reset for each example. The health check stays active if the test requests any
    other function-scoped fixture, because that fixture is not set up again for each example.
    """
    from hypothesis import HealthCheck, settings  # noqa: PLC0415 - the test has imported it

    info = item.session._fixturemanager.getfixtureinfo(node=item, func=item.function, cls=None)
    parameters, own = inspect.signature(item.function).parameters, f"{__package__}.plugin"
    if any(
        name in parameters and found[-1].scope == "function" and found[-1].func.__module__ != own
        for name, found in info.name2fixturedefs.items()
    ):
        yield
        return
    # Hypothesis's own plugin changes the settings of a test in the same way.
    function, name = getattr(item.obj, "__func__", item.obj), "_hypothesis_internal_use_settings"
    before = getattr(function, name)
    accepted = {*before.suppress_health_check, HealthCheck.function_scoped_fixture}
    setattr(function, name, settings(before, suppress_health_check=tuple(accepted)))
    try:
        yield
    finally:
        setattr(function, name, before)
