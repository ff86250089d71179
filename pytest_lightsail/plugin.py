"""The pytest plugin: its fixtures, options, marker and hooks.

pytest loads this module in every run, so it imports only pytest, the standard library and a few small
modules of this package. The plugin imports all other modules when it sets up the first account.
"""

from __future__ import annotations

import functools
import inspect
import threading
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, get_args
from weakref import WeakSet

import pytest

from .accounts import Guard, Observer, generated, observers
from .exceptions import (
    CallerNeverEnds,
    ConfigurationError,
    ExampleNeverEndsError,
    PytestLightsailError,
    check_known,
    never_ends,
)
from .machinery import exempt, machinery, test_code
from .options import OF_THE_RUN, RECORDING, OptionArguments, Options, option_fields, parse
from .report_masking import ReportMasking

if TYPE_CHECKING:
    from mypy_boto3_lightsail import LightsailClient
    from typing_extensions import Unpack

    from .simulation.handle import Lightsail
    from .simulation.server import LightsailServer
    from .simulator.scenario import Scenario

__all__ = ["lightsail", "lightsail_client", "lightsail_fixture", "lightsail_server"]

_SCENARIO, _REAL_CALLS = "scenario", "real_calls"
"""The arguments of the ``lightsail`` marker that are not account options."""

_TOO_WIDE = """\
The account of the `lightsail` fixture lasts for one test. If a longer-lived fixture needs an
account, create an account with the same scope as that fixture, in a conftest or in this module:
    lightsail = pytest_lightsail.lightsail_fixture(scope="module")
To create a client in that fixture, call lightsail.client()."""

_Scope = Literal["function", "class", "module", "package", "session"]
_SCOPES = get_args(_Scope)
"""The fixture scopes, from narrowest to widest."""


@dataclass(eq=False)
class _Account:
    """An account created by a fixture, with call and error counts from earlier tests."""

    handle: Lightsail
    scope: str
    markers: list[pytest.Mark]
    """The ``lightsail`` markers that applied when the account was created."""
    calls_before: int = 0
    swallowed_before: int = 0

    def check(self) -> None:
        """Raise the error that a caller swallowed, or ``UnusedError`` if a script is unused."""
        __tracebackhide__ = True
        self.handle.account.raise_swallowed(self.swallowed_before)
        if self.scope == "function":  # later tests may use a shared account's scripts
            self.handle.check_unused()


@dataclass(eq=False)
class _Run(Observer):
    """The state of a pytest run.

    Attributes:
        threads: the threads that were alive when the previous test ended, or ``None`` during
            collection.
        active: the accounts that are active now.
        used: the accounts that have been active at any time during the current test.
        client: the value of the ``lightsail_client`` fixture in the current test.
        failures: the number of failures in the run before the current test started.
    """

    config: pytest.Config
    options: dict[str, Any]
    guard: Guard
    undo: ExitStack = field(default_factory=ExitStack)
    threads: WeakSet[threading.Thread] | None = None
    active: list[_Account] = field(default_factory=list)
    used: list[_Account] = field(default_factory=list)
    client: Any = field(default_factory=object)
    failures: int = 0

    def exempt_new_threads(self) -> None:
        """Let threads run in real time if they were started outside tests and collection."""
        if self.threads is not None:
            exempt(*(set(threading.enumerate()) - {*self.threads, threading.current_thread()}))

    def has_examples(self, item: pytest.Item) -> bool:
        """Return whether a test uses Hypothesis and has an account to reset for each example."""
        test = getattr(getattr(item, "obj", None), "hypothesis", None)
        return bool(self.used) and getattr(test, "inner_test", None) is not None

    def progressed(self, text: str) -> None:
        """Show the progress of a long verification if the output is a terminal or ``-v`` is set."""
        reporter: Any = self.config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None and (reporter.verbosity > 0 or reporter.isatty):
            capture: Any = self.config.pluginmanager.get_plugin("capturemanager")
            with capture.global_and_fixture_disabled() if capture else nullcontext():
                reporter.ensure_newline()
                reporter.write_line(text)


_run = pytest.StashKey[_Run]()


def lightsail_fixture(
    *,
    scope: _Scope = "function",
    autouse: bool = False,
    scenario: Scenario | None = None,
    **options: Unpack[OptionArguments],
) -> Any:
    """Create a fixture with its own simulated account, for example for a module or a whole session.

    In a conftest or a test module, assign the result to a variable, whose name becomes the fixture
    name. A fixture named ``lightsail`` overrides the plugin's fixture, so ``lightsail_client`` and
    ``lightsail_server`` use it too. If the scope is wider than one test, tests share the account,
    and its state and virtual time carry over from one test or Hypothesis example to the next.

    Args:
        scope: the scope of the fixture, which determines how long the account lasts.
        autouse: whether tests get the account without requesting it. A fixture for ``setUpClass``
            or ``setup_module`` must be an autouse fixture that is defined in a ``conftest.py``.
        scenario: the scenario to play when the account starts.
        options: fields of ``Options``, such as ``pace``. Markers take precedence over these
            options.

    Raises:
        ConfigurationError: an option has an invalid value.

    >>> lightsail = lightsail_fixture(scope="module", pace="instant")
    """
    Options(**options)  # reports invalid options now, not when a test requests the fixture

    @pytest.fixture(scope=scope, autouse=autouse)
    def lightsail(request: pytest.FixtureRequest) -> Iterator[Lightsail]:
        """A simulated Amazon Lightsail account that receives every Lightsail call in the test.

        The account responds to every botocore, boto3 and aiobotocore client in this process, and
        time is virtual. Each test and each Hypothesis example starts with a clean account.
        """
        node: pytest.Item = request.node
        if _reaches_aws(node):
            raise pytest.UsageError(
                f"{node.nodeid}: real_calls=True lets calls reach AWS, but the test also requests "
                "a simulated account; remove real_calls=True or the fixture"
            )
        from .simulation.handle import Lightsail

        run, played = request.config.stash[_run], _marked(node).get(_SCENARIO) or scenario
        handle = Lightsail(_options_of(node, options), played)
        handle.start()
        account = _Account(handle, scope, [*node.iter_markers("lightsail")])
        run.active.append(account)
        run.used.append(account)
        try:
            yield handle
        finally:
            # In an interrupted run, pytest_unconfigure has already ended the account.
            if account in run.active:
                run.active.remove(account)
            handle.stop()
        if scope != "function":
            handle.check_unused()

    return lightsail


lightsail = lightsail_fixture()


@pytest.fixture
def lightsail_client(request: pytest.FixtureRequest, lightsail: Lightsail) -> LightsailClient:
    """A botocore client for the account. Each test and Hypothesis example gets a new client."""
    client = request.config.stash[_run].client = lightsail.client()
    return client


@pytest.fixture
def lightsail_server(lightsail: Lightsail) -> Iterator[LightsailServer]:
    """An HTTP server through which programs started by the test can call the account.

    Pass the server's ``.url`` or ``.env`` to the program. The server listens on a free port of
    127.0.0.1 until the test ends.
    """
    with lightsail.serve() as server:
        yield server


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the flags and ini options that configure accounts, the run and recordings."""
    group = parser.getgroup("lightsail", "simulated Amazon Lightsail")
    for name, option in (option_fields() | OF_THE_RUN).items():
        flag, text = f"--lightsail-{name.replace('_', '-')}", option.metadata["help"]
        how = {"metavar": "VALUE"}
        if isinstance(option.default, bool):
            how = {"action": "store_const", "const": "true"}
        group.addoption(flag, dest=f"lightsail_{name}", help=text, **how)
        default = option.metadata["unset"] or option.default
        if default not in {None, ()}:
            text += f" (default: {default})"
        parser.addini(f"lightsail_{name}", text, type="string", default=option.default)
    for flag, declared in RECORDING.items():
        group.addoption(flag, **declared)


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Check all options, and arm the guard before any conftest or test module is imported."""
    options = _read_options(early_config)
    run = _Run(early_config, options, Guard(allows=options[_REAL_CALLS] == "allow"))
    early_config.stash[_run] = run
    run.guard.arm()
    run.undo.callback(run.guard.disarm)
    # pytest runs this cleanup even if the run ends before pytest_configure is called.
    early_config.add_cleanup(run.undo.close)


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker, the report masking, and the recordings that the flags turn on."""
    run = config.stash[_run]
    # If observers are already registered, a test in an outer pytest run has started this run.
    # Keep treating the outer test's threads as code under test.
    run.threads = WeakSet(threading.enumerate() if observers else ())
    run.undo.enter_context(machinery())
    observers.append(run)
    run.undo.callback(observers.remove, run)
    config.pluginmanager.register(ReportMasking(config), "lightsail_masking")
    flags_given = [flag for flag in RECORDING if config.getoption(flag) not in (None, [])]
    for flag in flags_given:
        switch = "-".join(flag.split("-")[:4])  # --lightsail-cov-fail-under needs --lightsail-cov
        if switch not in flags_given:
            raise pytest.UsageError(f"{flag} has no effect without {switch}: pass both, or neither")
    # Import only the modules that the flags require. The order matters: each recording registers
    # itself as a plugin, and pytest calls the hooks of the most recently registered plugin first.
    if "--lightsail-record" in flags_given:
        from .recording.recorder import TranscriptPart

        TranscriptPart(config)
    if "--lightsail-contract" in flags_given:
        from .recording.consumer import ContractPart

        ContractPart(config)
    if "--lightsail-cov" in flags_given:
        from .recording.recorder import CoveragePart

        CoveragePart(config)
    names = ", ".join(f"{name}=…" for name in (*option_fields(), _SCENARIO))
    config.addinivalue_line(
        "markers",
        f"lightsail({names}): give the test a simulated Lightsail account with these options and play "
        "the scenario on it; lightsail(real_calls=True): let the test's Lightsail calls reach AWS",
    )


def pytest_report_header(config: pytest.Config) -> str:
    """Return the header line that describes the simulated accounts."""
    options = config.stash[_run].options
    clock = "real" if options["real_time"] else "virtual"
    return f"lightsail: simulated in {options['region']}, {clock} time, seed {options['seed']}"


@pytest.hookimpl(tryfirst=True)
def pytest_collection(session: pytest.Session) -> None:
    """Treat threads that start during collection as code under test."""
    run = session.config.stash[_run]
    run.exempt_new_threads()
    run.threads = None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Check all markers before the first test runs, and request an account for each marked test."""
    for item in items:
        if item.get_closest_marker("lightsail"):
            # If a pytest-xdist worker fails during collection, the run ends without a message.
            # Workers therefore check markers only in pytest_runtest_setup.
            if not hasattr(config, "workerinput"):
                _options_of(item, {})
            if hasattr(item, "_fixtureinfo") and not _reaches_aws(item):
                _request_account(item)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Set whether calls may reach AWS, and forget the accounts and errors of earlier tests."""
    run = item.config.stash[_run]
    run.used, run.failures = [*run.active], item.session.testsfailed
    for one in run.active:
        one.calls_before = len(one.handle.account.history.calls)
        one.swallowed_before = len(one.handle.account.swallowed)
    run.guard.allows = run.options[_REAL_CALLS] == "allow" or _reaches_aws(item)
    run.guard.refused.clear()
    run.exempt_new_threads()  # threads started since the previous test belong to plugins
    if item.get_closest_marker("lightsail"):
        _options_of(item, {})


@pytest.hookimpl(trylast=True, specname="pytest_runtest_setup")
def pytest_lightsail_fixtures_ready(item: pytest.Item) -> None:
    """After fixture setup, let Hypothesis accept this package's function-scoped fixtures."""
    if item.config.stash[_run].has_examples(item):
        _accept_scope(item)


@pytest.hookimpl(wrapper=True, trylast=True)  # trylast makes this the innermost wrapper
def pytest_make_collect_report() -> Generator[None, object, object]:
    """Treat collection as code under test, because test modules may start threads when imported."""
    __tracebackhide__ = True
    with test_code():
        return (yield)


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
) -> Generator[None, object, object]:
    """Set up a fixture in virtual time, while all accounts with a narrower scope are paused.

    Without the pause, a session-scoped fixture might save a function that a test's account has
    patched, and restore the patched function after the account has ended.
    """
    __tracebackhide__ = True
    width = _SCOPES.index(fixturedef.scope)
    with ExitStack() as paused:
        for account in reversed(request.config.stash[_run].active):
            if _SCOPES.index(account.scope) < width:
                paused.enter_context(account.handle.paused())
        with test_code():
            return (yield)


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Run a test in virtual time. In a Hypothesis test, only the examples run in virtual time.

    As Hypothesis's documentation recommends, replace the body of the ``@given`` test with a
    function that resets the test's own account before each example. The account is not reset after
    an example, so the timeline of a failing example can still be shown.
    """
    __tracebackhide__ = True
    run = item.config.stash[_run]
    if run.active:
        _check_markers(item, run.active[-1])
    if not run.has_examples(item):
        with test_code():
            return (yield)
    from .transports.interception import warm_up

    warm_up()  # otherwise, the warm-up would count towards the first example's deadline
    hypothesis: Any = item.obj.hypothesis  # type: ignore[attr-defined]
    inner = hypothesis.inner_test
    hypothesis.inner_test = _resetting(run, inner)
    try:
        with generated():
            return (yield)
    finally:
        hypothesis.inner_test = inner


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, object, object]:
    """Tear down fixtures in virtual time. Then reset the guard to the ``real_calls`` option."""
    __tracebackhide__ = True
    with test_code():
        result = yield
    run = item.config.stash[_run]
    run.guard.allows = run.options[_REAL_CALLS] == "allow"
    run.threads = WeakSet(threading.enumerate())
    return result


@pytest.hookimpl(wrapper=True, trylast=True)  # lets every other plugin see the final report
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fail a test whose caller swallowed an error, and add timelines and hints to the report."""
    report, run = (yield), item.config.stash[_run]
    error = report.longreprtext if report.failed and call.when == "setup" else ""
    if "ScopeMismatch: " in error and " scoped fixture lightsail" in error:
        report.sections.append(("Lightsail", _TOO_WIDE))
    if call.when == "call" and report.passed:
        mistake = _mistake(item, run)
        if mistake is not None:
            call.excinfo = pytest.ExceptionInfo.from_exception(mistake)
            report = pytest.TestReport.from_item_and_call(item, call)
            # A traceback would show only this plugin's code.
            report.longrepr = f"E   {call.excinfo.exconly()}"
    show = run.options["show_timeline"]
    if show != "never" and (report.failed or (show == "all" and call.when == "call")):
        report.sections += _timelines(item, run)
    return report


def _mistake(item: pytest.Item, run: _Run) -> BaseException | None:
    if run.guard.refused:
        return run.guard.refused[0]
    try:
        # A test that has failed because of a subtest must not fail a second time.
        for account in run.used if item.session.testsfailed == run.failures else ():
            account.check()
    except (PytestLightsailError, CallerNeverEnds) as error:
        return error
    return None


def _timelines(item: pytest.Item, run: _Run) -> Iterator[tuple[str, str]]:
    """Yield the timelines of a test's accounts, as sections for the test report."""
    requests_it = "lightsail" in getattr(item, "fixturenames", ())
    for one in run.used:
        from .reporting.timeline import SCREEN, digest, next_changes

        account = one.handle.account
        has_new_calls = len(account.history.calls) > one.calls_before
        if one.scope == "function" or requests_it or has_new_calls:
            unused, to_come = account.unused(), next_changes(account)
            most = None if run.options["show_timeline"] == "all" else SCREEN
            text = digest(account.history, unmet=unused, to_come=to_come, most=most)
            yield "Lightsail timeline", text


def pytest_unconfigure(config: pytest.Config) -> None:
    """End all accounts, so that nothing stays patched after an interrupted run."""
    active = config.stash[_run].active
    while active:
        active.pop().handle.stop()


# --- Hypothesis examples -------------------------------------------------------------------------


def _resetting(run: _Run, inner: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(inner)
    def example(*args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        with _example(run, kwargs) as fresh:
            return inner(*args, **fresh)

    @functools.wraps(inner)
    async def async_example(*args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        with _example(run, kwargs) as fresh:
            return await inner(*args, **fresh)

    return async_example if inspect.iscoroutinefunction(inner) else example


@contextmanager
def _example(run: _Run, kwargs: dict[str, Any]) -> Generator[dict[str, Any], None, None]:
    """Reset the test's own account, and yield the keyword arguments for one example."""
    __tracebackhide__ = True
    for account in run.active:
        if account.scope == "function":  # accounts with a wider scope keep their state
            account.handle.reset()
    # Create a new client, because the old client keeps its event handlers and retry quota.
    kwargs = {
        name: run.active[-1].handle.client() if value is run.client else value
        for name, value in kwargs.items()
    }
    try:
        with test_code():
            yield kwargs
            for account in run.active:
                account.check()
    except BaseException as error:
        never = never_ends(error)
        if never is None:
            raise
        # Hypothesis shrinks an example only if the example raises an ``Exception``.
        raise ExampleNeverEndsError(str(never)) from error


def _accept_scope(item: Any) -> None:
    """Suppress Hypothesis's health check for function-scoped fixtures until the test ends.

    Suppressing the check is safe, because the account is reset for each example. The check stays
    active if a test requests other function-scoped fixtures, which are set up only once per test.
    """
    from hypothesis import HealthCheck, settings

    info = item.session._fixturemanager.getfixtureinfo(node=item, func=item.function, cls=None)
    requested = info.name2fixturedefs.keys() & info.argnames
    for fixture in (info.name2fixturedefs[name][-1] for name in requested):
        if fixture.scope == "function" and fixture.func.__module__ != __name__:
            return
    # Hypothesis's own plugin changes a test's settings in the same way.
    function, name = getattr(item.obj, "__func__", item.obj), "_hypothesis_internal_use_settings"
    before = getattr(function, name)
    accepted = {*before.suppress_health_check, HealthCheck.function_scoped_fixture}
    setattr(function, name, settings(before, suppress_health_check=tuple(accepted)))
    item.addfinalizer(functools.partial(setattr, function, name, before))


# --- options and markers -------------------------------------------------------------------------


def _request_account(item: Any) -> None:
    """Add the ``lightsail`` fixture to a test, after all fixtures with a wider scope."""
    names, definitions = item.fixturenames, item._fixtureinfo.name2fixturedefs
    if "lightsail" not in names:
        found = [definitions[name][-1] for name in names if name in definitions]
        at = sum(fixture.scope != "function" for fixture in found)  # pytest sorts fixtures by scope
        # Copy the list, because all tests of a parametrized function share it.
        item.fixturenames = [*names[:at], "lightsail", *names[at:]]


def _reaches_aws(item: pytest.Item) -> bool:
    return bool(_marked(item).get(_REAL_CALLS))


def _read_options(config: pytest.Config) -> dict[str, Any]:
    """Return the value of each option, taken from its flag, its ini entry or its default."""
    values = {}
    for name, option in (option_fields() | OF_THE_RUN).items():
        given = vars(config.known_args_namespace).get(f"lightsail_{name}")
        where = f"--lightsail-{name.replace('_', '-')} "
        if given is None:
            given, where = config.getini(f"lightsail_{name}"), f"lightsail_{name} = "
        try:
            values[name] = parse(option, given, where)
        except ConfigurationError as error:
            raise pytest.UsageError(str(error)) from None
    return values


def _marked(item: pytest.Item) -> dict[str, Any]:
    """Return the arguments of a test's markers. The closest marker takes precedence."""
    markers = reversed(list(item.iter_markers("lightsail")))
    return {name: value for marker in markers for name, value in marker.kwargs.items()}


def _options_of(item: pytest.Item, given: Mapping[str, Any]) -> Options:
    """Return a test's options. Markers override ``given``, which overrides the run's options."""
    of_the_run, marked = item.config.stash[_run].options, _marked(item)
    known = (*option_fields(), _SCENARIO, _REAL_CALLS)
    try:
        for marker in item.iter_markers("lightsail"):
            check_known("unknown option", (*marker.args, *marker.kwargs), known)
        values = of_the_run | dict(given) | marked
        return Options(**{name: values[name] for name in option_fields()})
    except ConfigurationError as error:
        text = f"{item.nodeid}: @pytest.mark.lightsail: {error}"
        raise pytest.UsageError(text) from None


def _check_markers(item: pytest.Item, account: _Account) -> None:
    """Fail a test if one of its markers has no effect because the account already exists."""
    if _reaches_aws(item):
        pytest.fail(
            f"real_calls=True has no effect: the account that was created for the {account.scope} would "
            f"receive the calls. Move the test to another {account.scope}",
            pytrace=False,
        )
    for marker in item.iter_markers("lightsail"):
        if marker not in account.markers and set(marker.kwargs) - {_REAL_CALLS}:
            pytest.fail(
                f"@pytest.mark.lightsail({', '.join(marker.kwargs)}) has no effect: the account "
                f"already exists for the whole {account.scope}. Pass the options to "
                f"lightsail_fixture(scope={account.scope!r}) instead",
                pytrace=False,
            )
