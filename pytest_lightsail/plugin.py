"""The pytest plugin: its fixtures, options and marker, and the guard.

pytest loads this module in every run, so it imports only pytest, the standard library and a few small
modules. All other modules are imported when the first account is set up.
"""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterator, Mapping
from contextlib import ExitStack, nullcontext
from dataclasses import Field
from typing import TYPE_CHECKING, Any, Literal, cast
from weakref import WeakSet

import pytest

from .accounts import Guard, Observer, observers
from .exceptions import ConfigurationError, check_known
from .machinery import exempt, machinery, test_code
from .options import OF_THE_RUN, RECORDING, OptionArguments, Options, flags, option_fields, parse
from .report_masking import ReportMasking

if TYPE_CHECKING:
    from mypy_boto3_lightsail import LightsailClient
    from typing_extensions import Unpack

    from .account_fixtures import AccountFixtures
    from .simulation.handle import Lightsail
    from .simulation.server import LightsailServer
    from .simulator.scenario import Scenario

__all__ = ["lightsail", "lightsail_client", "lightsail_fixture", "lightsail_server"]

_OTHERS = _SCENARIO, _REAL_CALLS = "scenario", "real_calls"
"""Arguments of the marker that are not options of the account."""

_TOO_WIDE = """\
The account of `lightsail` lasts for one test. For a wider fixture, create an account of the same
scope in a conftest or in this module: lightsail = pytest_lightsail.lightsail_fixture(scope="module")"""

_Scope = Literal["session", "package", "module", "class", "function"]

_base_options = pytest.StashKey[dict[str, Any]]()
_run_options = pytest.StashKey[dict[str, Any]]()
_accounts = pytest.StashKey["AccountFixtures"]()
_guard = pytest.StashKey[Guard]()
_undo = pytest.StashKey[ExitStack]()
_threads = pytest.StashKey["WeakSet[threading.Thread]"]()
"""The threads that were alive when the previous test ended."""


def lightsail_fixture(
    *,
    scope: _Scope = "function",
    autouse: bool = False,
    scenario: Scenario | None = None,
    **options: Unpack[OptionArguments],
) -> Any:
    """Create a fixture with its own simulated account, for example for a module or a whole session.

    In a conftest or a test module, assign the result to the name that the fixture should have.
    A fixture named ``lightsail`` overrides the plugin's fixture, so ``lightsail_client`` and
    ``lightsail_server`` use it too. Tests that use a fixture with a wider scope share its account.
    The state and the virtual time of this account carry over from each test or Hypothesis example
    to the next.

    Args:
        scope: how long the account is used, as in ``pytest.fixture``.
        autouse: whether tests get the account without requesting it. A fixture for ``setUpClass``
            or ``setup_module`` must be autouse, and must be defined in a conftest.
        scenario: the scenario to play on the account when it starts.
        options: the fields of ``Options``. Markers take precedence over these options.

    Raises:
        ConfigurationError: an option has an invalid value.

    >>> lightsail = lightsail_fixture(scope="module", pace="instant")
    """
    Options(**options)  # raises errors now, not when a test requests the fixture

    @pytest.fixture(scope=scope, autouse=autouse)
    def lightsail(request: pytest.FixtureRequest) -> Iterator[Lightsail]:
        """A simulated Amazon Lightsail account that receives every Lightsail call of the test.

        The account responds to every botocore, boto3 and aiobotocore client in this process, and
        time is virtual. Each test and each Hypothesis example starts with a clean account.
        """
        node: pytest.Item = request.node
        if _reaches_aws(node):
            raise pytest.UsageError(
                f"{node.nodeid}: real_calls=True lets calls reach AWS, but the test also requests "
                "a simulated account; drop one of the two"
            )
        chosen, played = _options_of(node, options), _marked(node).get(_SCENARIO) or scenario
        with _accounts_of(request.config).account(scope, chosen, played) as handle:
            yield handle

    return lightsail


lightsail = lightsail_fixture()


@pytest.fixture
def lightsail_client(request: pytest.FixtureRequest, lightsail: Lightsail) -> LightsailClient:
    """A botocore client for the account. Each test and Hypothesis example gets a new client."""
    return cast("LightsailClient", _accounts_of(request.config).client(lightsail))


@pytest.fixture
def lightsail_server(lightsail: Lightsail) -> Iterator[LightsailServer]:
    """An HTTP server for the account of ``lightsail``, for programs that the test runs.

    Pass its ``.url`` or ``.env`` to the program. The server listens on a free port of 127.0.0.1
    until the test ends.
    """
    with lightsail.serve() as server:
        yield server


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the flags and ini options for accounts, for the run and for its recordings."""
    group = parser.getgroup("lightsail", "simulated Amazon Lightsail")
    for name, option in (option_fields() | OF_THE_RUN).items():
        for flag, declared in flags(name, option).items():
            group.addoption(flag, dest=f"lightsail_{name}", default=None, **declared)
        text = option.metadata["help"]
        if option.default not in {None, ()}:
            text += f" (default: {option.default})"
        parser.addini(f"lightsail_{name}", text, type="string", default=option.default)
    for flag, declared in RECORDING.items():
        group.addoption(flag, **declared)


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Arm the guard before any conftest or test module is imported."""
    early_config.stash[_run_options] = _read_options(early_config, OF_THE_RUN)
    undo = early_config.stash[_undo] = ExitStack()
    guard = early_config.stash[_guard] = Guard(allows=_allows(early_config))
    guard.arm()
    undo.callback(guard.disarm)
    # pytest calls this even if the run ends before pytest_configure.
    early_config.add_cleanup(undo.close)


def pytest_configure(config: pytest.Config) -> None:
    """Check all options, register the marker, and start everything that observes the run."""
    config.stash[_base_options] = _read_options(config, option_fields())
    # If there are observers, a test of an outer pytest run has started this run. The threads of
    # the outer test remain test code.
    config.stash[_threads] = WeakSet(threading.enumerate() if observers else ())
    config.stash[_undo].enter_context(machinery())
    progress = _Progress(config)
    observers.append(progress)
    config.stash[_undo].callback(observers.remove, progress)
    config.pluginmanager.register(ReportMasking(config), "lightsail_masking")
    flags_given = [flag for flag in RECORDING if config.getoption(flag) not in (None, [])]
    for flag in flags_given:
        switch = "-".join(flag.split("-")[:4])  # --lightsail-cov-fail-under needs --lightsail-cov
        if switch not in flags_given:
            raise pytest.UsageError(f"{flag} has no effect without {switch}: pass both, or neither")
    # Import each part only if it is needed. pytest calls the hooks of the last registered part
    # first.
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
        f"lightsail({names}): give the test a simulated Lightsail account with these options, and play "
        "the scenario on it; lightsail(real_calls=True): let its Lightsail calls reach AWS",
    )


class _Progress(Observer):
    """Shows the progress of a long verification on a terminal, or with ``-v``."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config

    def progressed(self, text: str) -> None:
        plugins = self._config.pluginmanager
        reporter, capture = (
            plugins.get_plugin(name) for name in ("terminalreporter", "capturemanager")
        )
        if reporter is None or not (reporter.verbosity > 0 or reporter.isatty):
            return
        with capture.global_and_fixture_disabled() if capture is not None else nullcontext():
            reporter.ensure_newline()
            reporter.write_line(text)


def pytest_report_header(config: pytest.Config) -> str:
    """Return the header line that describes the accounts of the tests."""
    options = config.stash[_base_options]
    clock = "real" if options["real_time"] else "virtual"
    return f"lightsail: simulated in {options['region']}, {clock} time, seed {options['seed']}"


@pytest.hookimpl(tryfirst=True)
def pytest_collection(session: pytest.Session) -> None:
    """Let threads that plugins have started run in real time."""
    _exempt_new(session.config)
    del session.config.stash[_threads]  # threads that start during collection run test code


def _exempt_new(config: pytest.Config) -> None:
    known = config.stash.get(_threads, None)
    if known is not None:
        exempt(*(set(threading.enumerate()) - {*known, threading.current_thread()}))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Check all markers before the first test runs."""
    for item in items:
        if item.get_closest_marker("lightsail"):
            # If a pytest-xdist worker fails during collection, the run ends without a message.
            # Workers therefore check markers in pytest_runtest_setup.
            if not hasattr(config, "workerinput"):
                _check_markers(item)
            if not _reaches_aws(item):
                _request_account(item)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Set whether the Lightsail calls of this test may reach AWS."""
    guard = item.config.stash[_guard]
    guard.allows = _allows(item.config) or _reaches_aws(item)
    guard.refused.clear()
    if hasattr(item.config, "workerinput"):
        _check_markers(item)
    _exempt_new(item.config)  # threads started since the previous test belong to plugins


@pytest.hookimpl(wrapper=True, trylast=True)  # trylast makes this the innermost wrapper
def pytest_make_collect_report() -> Generator[None, object, object]:
    """Collect in virtual time: the imported modules and their threads are test code."""
    __tracebackhide__ = True
    with test_code():
        return (yield)


pytest_fixture_setup = pytest_make_collect_report
"""Set up fixtures in virtual time, too."""


@pytest.hookimpl(wrapper=True, trylast=True, specname="pytest_runtest_call")
def pytest_lightsail_call(item: pytest.Item) -> Generator[None, object, object]:
    """Run a test in virtual time. In a Hypothesis test, only the examples run in virtual time."""
    __tracebackhide__ = True
    accounts = item.config.stash.get(_accounts, None)
    if accounts is not None and accounts.runs_examples(item):
        return (yield)
    with test_code():
        return (yield)


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, object, object]:
    """Tear down fixtures in virtual time, and reset the guard to the option ``real_calls``."""
    __tracebackhide__ = True
    with test_code():
        result = yield
    item.config.stash[_guard].allows = _allows(item.config)
    item.config.stash[_threads] = WeakSet(threading.enumerate())
    return result


@pytest.hookimpl(wrapper=True, trylast=True)  # lets every other plugin see the final outcome
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fail a test whose caller swallowed an error. Explain a ``ScopeMismatch``."""
    report = yield
    # Unlike `str`, `exconly` accepts an exception whose `__str__` fails.
    error = call.excinfo.exconly() if call.excinfo is not None and call.when == "setup" else ""
    if "ScopeMismatch: " in error and " fixture lightsail " in error:
        report.sections.append(("Lightsail", _TOO_WIDE))
    if call.when == "call" and report.passed:
        accounts = item.config.stash.get(_accounts, None)
        mistakes = [
            *item.config.stash[_guard].refused,
            *(accounts.mistakes(item) if accounts else ()),
        ]
        if mistakes:
            call.excinfo = pytest.ExceptionInfo.from_exception(mistakes[0])
            report = pytest.TestReport.from_item_and_call(item, call)
            # A traceback would show only code of this plugin.
            report.longrepr = f"E   {call.excinfo.exconly()}"
    return report


def _accounts_of(config: pytest.Config) -> AccountFixtures:
    if _accounts not in config.stash:
        from .account_fixtures import AccountFixtures

        accounts = AccountFixtures(config.stash[_run_options]["show_timeline"])
        config.stash[_accounts] = accounts
        config.pluginmanager.register(accounts, "lightsail_accounts")
    return config.stash[_accounts]


def _request_account(item: pytest.Item) -> None:
    """Request ``lightsail`` for a test, after fixtures with a wider scope but before all others."""
    names: list[str] | None = getattr(item, "fixturenames", None)
    if names is None or "lightsail" in names:
        return
    definitions = item._fixtureinfo.name2fixturedefs  # type: ignore[attr-defined]
    own = (name in definitions and definitions[name][-1].scope == "function" for name in names)
    names.insert(next((at for at, is_own in enumerate(own) if is_own), len(names)), "lightsail")


def _allows(config: pytest.Config) -> bool:
    return bool(config.stash[_run_options][_REAL_CALLS] == "allow")


def _reaches_aws(item: pytest.Item) -> bool:
    return bool(_marked(item).get(_REAL_CALLS))


def _read_options(config: pytest.Config, options: Mapping[str, Field[Any]]) -> dict[str, Any]:
    """Return each option's value, from its flag, its ini entry or its default, in that order."""
    values = {}
    for name, option in options.items():
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
    known = (*option_fields(), *_OTHERS)
    marked = {name: value for name, value in _marked(item).items() if name not in _OTHERS}
    try:
        for marker in item.iter_markers("lightsail"):
            check_known("unknown option", (*marker.args, *marker.kwargs), known)
        return Options(**(item.config.stash[_base_options] | dict(given) | marked))
    except ConfigurationError as error:
        raise _marker_error(item, f": {error}") from None


def _check_markers(item: pytest.Item) -> None:
    """Reject a marker that is invalid, or that cannot affect an account with a wider scope."""
    _options_of(item, {})
    info = getattr(item, "_fixtureinfo", None)
    definitions = info.name2fixturedefs.get("lightsail") if info is not None else None
    scope = "function"
    if definitions and definitions[-1].func.__module__ == __name__:
        scope = definitions[-1].scope
    for node, marker in item.iter_markers_with_node("lightsail"):
        narrow = isinstance(node, pytest.Item) or (
            isinstance(node, pytest.Class) and scope != "class"
        )
        if scope != "function" and narrow and set(marker.kwargs) - {_REAL_CALLS}:
            raise _marker_error(
                item,
                f"({', '.join(marker.kwargs)}) has no effect: the account is created for the {scope}. "
                f"Pass the options to lightsail_fixture(scope={scope!r})",
            )


def _marker_error(item: pytest.Item, text: str) -> pytest.UsageError:
    return pytest.UsageError(f"{item.nodeid}: @pytest.mark.lightsail{text}")
