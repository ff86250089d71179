"""The accounts behind the fixtures, and the hooks of the tests that use them.

Loaded, and registered as a plugin, when the first fixture is set up: runs that never use Lightsail have
none of these hooks.
"""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest

from .accounts import generated, observers
from .exceptions import CallerNeverEnds, ExampleNeverEndsError, PytestLightsailError, never_ends
from .machinery import test_code
from .options import SECTION, Options
from .reporting.timeline import SCREEN, digest, next_changes
from .simulation.handle import Lightsail
from .simulator.scenario import Scenario
from .transports.interception import warm_up

__all__ = ["AccountFixtures"]

_SCOPES = ("function", "class", "module", "package", "session")
"""From the narrowest to the widest."""


class _FixtureAccount:
    """The account of one fixture, from its set-up to its teardown."""

    def __init__(self, handle: Lightsail, scope: str, options: Options) -> None:
        self.handle = handle
        self.scope = scope
        self.options = options
        self.calls_before = self.known = 0
        """How many calls, and mistakes in them, it had when the test began that runs now."""

    @property
    def calls(self) -> int:
        return len(self.handle.account.history.calls)

    def begin_test(self) -> None:
        self.calls_before, self.known = self.calls, len(self.handle.account.swallowed)

    def check(self) -> None:
        """Raise what the test's caller may have swallowed, and what was prepared and never used."""
        __tracebackhide__ = True
        self.handle.check_calls(self.known)
        if self.scope == "function":  # a wider one may be used by a later test
            self.handle.check_unused()

    def digest(self, *, whole: bool) -> str:
        account = self.handle.account
        return digest(
            account.history,
            account.clock.elapsed_ns,
            unmet=account.unused(),
            to_come=next_changes(account),
            most=None if whole else SCREEN,
        )


class AccountFixtures:
    """Starts and ends the accounts of fixtures, and reports on them in the tests that use them.

    Args:
        show: which timelines are shown: ``failed``, ``all`` or ``never``.
    """

    def __init__(self, show: str) -> None:
        self._show = show
        self._active: list[_FixtureAccount] = []
        self._used: list[_FixtureAccount] = []
        """Those that have been active at any time of the test that runs now."""
        self._clients: list[Any] = []
        self._failed: set[str] = set()

    @contextmanager
    def account(
        self, scope: str, options: Options, scenario: Scenario | None
    ) -> Generator[Lightsail, None, None]:
        """Have an account inside the block, as a fixture does between its set-up and its teardown."""
        handle = Lightsail()
        handle.start(options, scenario)
        account = _FixtureAccount(handle, scope, options)
        self._active.append(account)
        self._used.append(account)
        try:
            yield handle
        finally:
            # A run that was interrupted has ended it already.
            if account in self._active:
                self._active.remove(account)
            handle.stop()
        if scope != "function":
            handle.check_unused()

    def client(self, lightsail: Lightsail) -> Any:
        """Return a client that is made afresh for every Hypothesis example."""
        client = lightsail.client()
        self._clients.append(client)
        return client

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self) -> None:
        """Begin with only the accounts of wider fixtures."""
        self._used = list(self._active)
        for account in self._active:
            account.begin_test()
        self._clients.clear()
        self._failed.clear()

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(
        self, fixturedef: pytest.FixtureDef[Any]
    ) -> Generator[None, object, object]:
        """Pause the accounts that a fixture outlives while it is set up.

        Otherwise the fixture would save our patches, and restore them after these accounts have ended.
        """
        __tracebackhide__ = True
        width = _SCOPES.index(fixturedef.scope)
        outlived = [one for one in self._active if _SCOPES.index(one.scope) < width]
        with ExitStack() as paused:
            for account in reversed(outlived):
                paused.enter_context(account.handle.paused())
            return (yield)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, None, None]:
        """Give every example of a Hypothesis test its own account."""
        __tracebackhide__ = True
        with self._account_per_example(item):
            yield

    @pytest.hookimpl(wrapper=True, trylast=True)  # every other plugin shall see the verdict
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Fail a test with a mistake that its caller did not notice; add the timeline."""
        report = yield
        concerned = [one for one in self._used if one.scope == "function" or self._uses(item, one)]
        if self._show != "never" and (
            report.failed or (self._show == "all" and call.when == "call")
        ):
            for account in concerned:
                report.sections.append((SECTION, account.digest(whole=self._show == "all")))
        return report

    def mistake(self, item: pytest.Item) -> BaseException | None:
        """Return what is wrong with a test that passed, and that its caller did not notice."""
        if item.nodeid in self._failed:
            return None
        try:
            for account in self._used:
                account.check()
        except (PytestLightsailError, CallerNeverEnds) as error:
            return error
        return None

    def _uses(self, item: pytest.Item, account: _FixtureAccount) -> bool:
        return "lightsail" in getattr(item, "fixturenames", ()) or (
            account.calls > account.calls_before
        )

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note tests that have failed by a subtest: they get no second failure."""
        if report.failed:
            self._failed.add(report.nodeid)

    def pytest_unconfigure(self) -> None:
        """Leave nothing patched, however the run ended."""
        while self._active:
            self._active.pop().handle.stop()

    def runs_examples(self, item: pytest.Item) -> bool:
        """Return whether the account is reset for each Hypothesis example of a test."""
        return bool(self._used) and _inner_test(item) is not None

    @contextmanager
    def _account_per_example(self, item: pytest.Item) -> Generator[None, None, None]:
        """Reset the test's own account before each example of a Hypothesis test.

        The body of a ``@given`` test is replaced, in the way that Hypothesis documents for plugins. The
        reset comes before the body, so the world of a failing example can still be looked at. What is
        loaded once is loaded before the first example, whose time is measured as that of the others.
        """
        __tracebackhide__ = True
        inner = _inner_test(item)
        if not self.runs_examples(item):
            yield
            return
        warm_up(self._used[-1].options.region)
        hypothesis: Any = item.obj.hypothesis  # type: ignore[attr-defined]
        hypothesis.inner_test = self._resetting(inner)
        try:
            with generated(), _scope_accepted(item):
                yield
        finally:
            hypothesis.inner_test = inner

    def _resetting(self, inner: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(inner)
        def example(*args: Any, **kwargs: Any) -> Any:
            __tracebackhide__ = True
            with self._example(args, kwargs) as fresh:
                return inner(*args, **fresh)

        @functools.wraps(inner)
        async def async_example(*args: Any, **kwargs: Any) -> Any:
            __tracebackhide__ = True
            with self._example(args, kwargs) as fresh:
                return await inner(*args, **fresh)

        return async_example if inspect.iscoroutinefunction(inner) else example

    @contextmanager
    def _example(
        self, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Generator[dict[str, Any], None, None]:
        """Run one example with the given arguments, by name."""
        __tracebackhide__ = True
        if observers:
            _tell_inputs((*args, *kwargs.values()))
        for account in self._active:
            if account.scope == "function":  # a wider one keeps its state
                account.handle.reset()
        # Nothing that was done to a client (handlers, retry quota) reaches the next example.
        fresh = {name: self._fresh(value) for name, value in kwargs.items()}
        with _shrinkable(), test_code():
            yield fresh
            for account in self._active:
                account.check()

    def _fresh(self, value: Any) -> Any:
        return (
            self._active[-1].handle.client(value.meta.region_name)
            if any(value is client for client in self._clients)
            else value
        )


def _inner_test(item: Any) -> Any:
    """Return the body of a ``@given`` test; ``None`` for other tests."""
    return getattr(getattr(getattr(item, "obj", None), "hypothesis", None), "inner_test", None)


def _tell_inputs(given: Iterable[Any]) -> None:
    # A test that has not loaded it has no such value, and its first example shall not wait for it.
    module: Any = sys.modules.get(f"{__package__}.strategies.invalid")
    if module is None:
        return
    for value in given:
        if isinstance(value, module.Invalid) and not value.is_flaw:
            for observer in observers:
                observer.input_broke(value.rule)


@contextmanager
def _scope_accepted(item: Any) -> Iterator[None]:
    """Suppress Hypothesis' health check for ``lightsail``: each example has a clean one.

    Where the test has other function-scoped fixtures, which are not set up anew for each example, the
    health check goes on as it would.
    """
    from hypothesis import HealthCheck, settings  # noqa: PLC0415 - the test has loaded it

    info = item.session._fixturemanager.getfixtureinfo(node=item, func=item.function, cls=None)
    own = f"{__package__}.plugin"
    scoped = [
        definitions[-1]
        for name, definitions in info.name2fixturedefs.items()
        if name in inspect.signature(item.function).parameters
        and definitions[-1].scope == "function"
    ]
    if any(one.func.__module__ != own for one in scoped):
        yield
        return
    # Hypothesis' own plugin changes the settings of an item in the same way.
    function, name = getattr(item.obj, "__func__", item.obj), "_hypothesis_internal_use_settings"
    before = getattr(function, name)
    accepted = {*before.suppress_health_check, HealthCheck.function_scoped_fixture}
    setattr(function, name, settings(before, suppress_health_check=tuple(accepted)))
    try:
        yield
    finally:
        setattr(function, name, before)


@contextmanager
def _shrinkable() -> Generator[None, None, None]:
    """Make a caller that never ends a failure for Hypothesis, not the end of the run."""
    __tracebackhide__ = True
    try:
        yield
    except BaseException as error:
        never = never_ends(error)
        if never is None:
            raise
        raise ExampleNeverEndsError(str(never)) from error
