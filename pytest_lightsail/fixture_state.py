"""The account behind the fixtures: one handle for the whole run, a fresh account for every test.

Loaded when the first test asks for one of the fixtures.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Generator, Iterable
from contextlib import AbstractContextManager, ExitStack, contextmanager
from types import ModuleType
from typing import Any

import pytest

from .exceptions import ExampleNeverEnds, never_ends
from .model.lifecycle import DEPLOYMENT_EDGES, SERVICE_EDGES, STATE_DETAILS
from .model.scenario import Scenario
from .options import Options
from .reporting.digest import SCREEN, digest, what_matters
from .reporting.next_changes import next_changes
from .simulation import Lightsail
from .simulation.observers import observers, tell_input
from .simulation.server import LightsailServer
from .simulation.views import DeploymentView, ServiceView
from .simulation.warm_up import warm_up
from .simulator.history import Calls
from .transports import virtual_time
from .transports.callers import leave_alone
from .transports.not_recorded import generated

__all__ = ["Simulation"]

_MOST_EXPLAINED = 20
"""Lines of a timeline that explain an assertion."""

_STATES = {edge.target for edge in (*SERVICE_EDGES, *DEPLOYMENT_EDGES)} | set(STATE_DETAILS)


class Simulation:
    """Starts, resets and stops the account of the test that is running.

    Attributes:
        handle: what the fixture ``lightsail`` gives.
        server: what the fixture ``lightsail_server`` gives.
        item: the test whose account is active; ``None`` between tests.
        last_item: the test whose account can still be read.
    """

    def __init__(self, config: pytest.Config) -> None:
        leave_alone(_modules_of_plugins(config))
        self.handle = Lightsail()
        self.item: pytest.Item | None = None
        self.last_item: pytest.Item | None = None
        self._ends_with_item = False
        self._with_client = False
        self._client: Any = None
        self.server = LightsailServer(lambda: self.handle.account, self.handle.reset)
        self._region = ""
        self._secrets: frozenset[str] = frozenset()
        """Those of examples that have failed, whose accounts are gone."""

    @property
    def client(self) -> Any:
        """The client of the fixture ``lightsail_client``: one object, made anew inside for each test."""
        if self._client is None:
            self._client = self.handle.client()
        return self._client

    def start(
        self,
        item: pytest.Item,
        options: Options,
        scenario: Scenario | None,
        *,
        with_client: bool,
        with_server: bool,
    ) -> None:
        """Give a test its account, on which its scenario is played, and serve it if that is asked for."""
        self.stop()
        with ExitStack() as undo:
            undo.callback(self.handle.stop)
            self.handle.start(options, scenario)
            if with_server:
                self.server.start(options)
            undo.pop_all()
        self.item = self.last_item = item
        self._ends_with_item = False
        self._with_client = with_client
        self._region = options.region
        self._secrets = frozenset()
        self._refresh_client()

    def stop_with_item(self) -> None:
        """Stop once the test's own fixtures are gone, and before wider ones go.

        Finalizers run last in, first out: the first to be added to the test is the last to run.
        """
        if self.item is not None and not self._ends_with_item:
            self.item.addfinalizer(self.stop)
            self._ends_with_item = True

    def stop(self) -> None:
        """Stop; without effect if nothing is active."""
        if self.item is not None:
            self.item = None
            try:
                self.server.stop()
            finally:
                self.handle.stop()

    def forget(self) -> None:
        """Between tests: nobody is to find the account of the test before."""
        if self.item is None:
            self.last_item = None
            self.handle.forget()

    def check(self) -> None:
        """Say again, without the depths of botocore, what the caller may have swallowed."""
        __tracebackhide__ = True
        self.handle.account.raise_swallowed()
        self.server.check()
        self.handle.check_unused()

    def digest(self, *, whole: bool) -> str:
        """What a failing test shows: what matters first, then the timeline, a screenful or the whole."""
        account = self.handle.account
        return digest(
            account.history,
            account.clock.elapsed_ns,
            unmet=account.unused(),
            to_come=next_changes(account),
            most=None if whole else SCREEN,
        )

    def mask(self, report: pytest.TestReport) -> None:
        """Let a report of the test not tell the secrets that its account has seen."""
        from .verification.masked_report import mask_report  # noqa: PLC0415 - for failures alone

        mask_report(report, self._secrets | self._seen_secrets())

    def _seen_secrets(self) -> frozenset[str]:
        from .verification.masked_report import secrets_to_mask  # noqa: PLC0415 - for failures alone

        return secrets_to_mask(self.handle.account.history.calls)

    @contextmanager
    def _noting_secrets(self) -> Generator[None, None, None]:
        """Keep the secrets of an example that fails: pytest may tell of several."""
        __tracebackhide__ = True
        try:
            yield
        except BaseException:
            self._secrets |= self._seen_secrets()
            raise

    def explain(self, op: str, left: object, right: object) -> list[str] | None:
        """Why a comparison that is about this account fails; ``None`` where it is about other things."""
        if not any(_is_of_the_account(side) for side in (left, right)):
            return None
        account = self.handle.account
        head = what_matters(account.history, account.clock.elapsed_ns)
        end = self.handle.timeline().splitlines()[-_MOST_EXPLAINED:]
        # pytest shows the first lines of this alone, unless it is asked for more.
        hints = next_changes(account)
        return [f"{left!r} {op} {right!r}", *hints, "", *head, "The timeline, its end:", *end]

    def in_real_time(self) -> AbstractContextManager[None]:
        """Real time for the block."""
        return virtual_time.suspended()

    @contextmanager
    def account_per_example(self, item: pytest.Item) -> Generator[None, None, None]:
        """Reset the account before each example of a Hypothesis test; nothing for other tests.

        The body of a ``@given`` test is replaced, in the way that Hypothesis documents for plugins. The
        reset comes before the body, so the world of a failing example can still be looked at. What is
        loaded once is loaded before the first example, whose time is measured as that of the others.
        """
        hypothesis = getattr(getattr(item, "obj", None), "hypothesis", None)
        inner = getattr(hypothesis, "inner_test", None)
        if hypothesis is None or inner is None:
            yield
            return
        warm_up(self._region)
        hypothesis.inner_test = self._resetting(inner)
        try:
            with generated():
                yield
        finally:
            hypothesis.inner_test = inner

    def _resetting(self, inner: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(inner)
        def example(*args: Any, **kwargs: Any) -> Any:
            self._begin_example(args, kwargs)
            with _shrinkable(), self._noting_secrets():
                result = inner(*args, **kwargs)
                self.check()
            return result

        @functools.wraps(inner)
        async def async_example(*args: Any, **kwargs: Any) -> Any:
            self._begin_example(args, kwargs)
            with _shrinkable(), self._noting_secrets():
                result = await inner(*args, **kwargs)
                self.check()
            return result

        return async_example if inspect.iscoroutinefunction(inner) else example

    def _begin_example(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        if observers:
            _tell_inputs((*args, *kwargs.values()))
        self.handle.reset()
        self.server.forget()
        self._refresh_client()

    def _refresh_client(self) -> None:
        """Let nothing that was done to the client (handlers, retry quota) reach the next test."""
        if self._with_client and self._client is not None:
            fresh = self.handle.client()
            self._client.__class__ = fresh.__class__
            self._client.__dict__ = fresh.__dict__


def _tell_inputs(given: Iterable[object]) -> None:
    from .strategies import Invalid  # noqa: PLC0415 - whoever runs examples has loaded Hypothesis

    for value in given:
        if isinstance(value, Invalid) and not value.is_flaw:
            tell_input(value.rule)


@contextmanager
def _shrinkable() -> Generator[None, None, None]:
    """Let Hypothesis take a caller that never ends for a failure, not for the end of the run."""
    __tracebackhide__ = True
    try:
        yield
    except BaseException as error:
        never = never_ends(error)
        if never is None:
            raise
        raise ExampleNeverEnds(str(never)) from error


def _is_of_the_account(value: object) -> bool:
    if isinstance(value, str):
        return value in _STATES
    return isinstance(value, (Calls, ServiceView, DeploymentView))


def _modules_of_plugins(config: pytest.Config) -> set[str]:
    """The modules of installed pytest plugins, whose time is not the test's; not conftest files."""
    plugins = (plugin for plugin, _ in config.pluginmanager.list_plugin_distinfo())
    return {plugin.__name__ for plugin in plugins if isinstance(plugin, ModuleType)}
