"""The pytest plugin: fixtures, options, marker, and what a failing test shows.

Every user pays for loading this module in every run, so it imports pytest, the standard library and the
table of options; the rest follows when a test asks for it.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

from .exceptions import ConfigurationError
from .options import Options, option_fields, parse
from .recording_options import add_flags, is_recorded

if TYPE_CHECKING:
    from mypy_boto3_lightsail import LightsailClient

    from .fixture_state import Simulation
    from .model.scenario import Scenario
    from .simulation import Lightsail
    from .simulation.server import LightsailServer

__all__ = ["lightsail", "lightsail_client", "lightsail_server"]

_FIXTURES = {"lightsail", "lightsail_client", "lightsail_server"}
_SECTION = "Lightsail timeline"
_SCENARIO = "scenario"
_SHOW = ("failed", "all", "never")

_base_options: pytest.StashKey[dict[str, Any]] = pytest.StashKey()
_simulation = pytest.StashKey["Simulation"]()
_passed = pytest.StashKey[bool]()
_early = pytest.StashKey[ExitStack]()


@pytest.fixture(scope="session")
def lightsail(request: pytest.FixtureRequest) -> Lightsail:
    """A simulated Amazon Lightsail account, clean for every test and every Hypothesis example.

    While a test that names this fixture runs, every Lightsail call of the process, through any botocore,
    boto3 or aiobotocore client, is answered by this account, and time is virtual. (The fixture's scope is
    the session so that Hypothesis accepts it; the account is the test's own.)
    """
    return _simulation_of(request.config).handle


@pytest.fixture(scope="session")
def lightsail_client(request: pytest.FixtureRequest) -> LightsailClient:
    """A botocore client of the simulated account, fresh for every test and Hypothesis example."""
    client: LightsailClient = _simulation_of(request.config).client
    return client


@pytest.fixture(scope="session")
def lightsail_server(request: pytest.FixtureRequest) -> LightsailServer:
    """The simulated account over HTTP, for programs that are run by the test: ``.url``, ``.env``.

    It serves the account of ``lightsail`` on a free port of 127.0.0.1, from before the test to after it.
    Needs the extra ``server``.
    """
    return _simulation_of(request.config).server


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare flags and ini options, one of each for every field of ``Options``."""
    group = parser.getgroup("lightsail", "simulated Amazon Lightsail")
    for name, option in option_fields().items():
        text = option.metadata["help"]
        flag = f"--lightsail-{name.replace('_', '-')}"
        group.addoption(flag, dest=_ini(name), default=None, metavar="VALUE", help=text)
        parser.addini(
            _ini(name), f"{text} (default: {option.default})", type="string", default=None
        )
    show = (
        "show what matters of the timeline of failed tests (default: a screenful); the whole timeline "
        "of all tests, of those that pass with -rA or -rP; or never"
    )
    group.addoption("--lightsail-show-timeline", choices=_SHOW, default=None, help=show)
    parser.addini("lightsail_show_timeline", show, type="string", default="failed")
    add_flags(group, parser)
    parser.addini(
        "lightsail_schemas",
        "folder with schemas that `pytest-lightsail schemas write` has written; a test is added that "
        "fails when the installed botocore gives others",
        type="string",
        default="",
    )
    parser.addini(
        "lightsail_early_environment",
        "set a Region and dummy credentials for the whole run, where none are set, for clients that are "
        "made when a module is imported",
        type="bool",
        default=False,
    )


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Set the environment before any conftest or test module is imported, where that is asked for."""
    if early_config.getini("lightsail_early_environment"):
        from .environment import Environment

        environment = Environment(_read_options(early_config)["region"])
        environment.install()
        early_config.stash[_early] = undo = ExitStack()
        undo.callback(environment.remove)


def pytest_configure(config: pytest.Config) -> None:
    """Check every option before a test runs, and register the marker."""
    config.stash[_base_options] = _read_options(config)
    show = config.getini("lightsail_show_timeline")
    if show not in _SHOW:
        raise pytest.UsageError(
            f"lightsail_show_timeline = {show!r} is not possible: it is one of {', '.join(_SHOW)}"
        )
    if is_recorded(config):
        from .recording import register

        register(config)
    names = ", ".join(f"{name}=…" for name in (*option_fields(), _SCENARIO))
    config.addinivalue_line(
        "markers",
        f"lightsail({names}): set options of the simulated Lightsail account of a test, and what is "
        "played on it",
    )


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave nothing patched, however the run ended."""
    if _simulation in config.stash:
        config.stash[_simulation].stop()
    if _early in config.stash:
        config.stash[_early].close()


def pytest_report_header(config: pytest.Config) -> str:
    """Say in one line which account tests get."""
    options = config.stash[_base_options]
    clock = "real" if options["real_time"] else "virtual"
    return f"lightsail: simulated in {options['region']}, {clock} time, seed {options['seed']}"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(
    session: pytest.Session, config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Add the check of written schemas; check every marker before the first test runs."""
    folder = config.getini("lightsail_schemas")
    if folder:
        from .schemas_item import SchemasItem

        items.append(
            SchemasItem.from_parent(
                session,
                name="lightsail_schemas",
                nodeid=f"{folder}::lightsail_schemas",
                folder=config.rootpath / folder,
            )
        )
    for item in items:
        # A worker that stops while it collects stops the run without a word; there the test tells.
        if item.get_closest_marker("lightsail") and not hasattr(config, "workerinput"):
            _options_of(item)
            _scenario_of(item)


@pytest.hookimpl(wrapper=True, trylast=True)  # the last wrapper, still before any fixture
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, None, None]:
    """Give a test that names one of the fixtures an account, before any other fixture is set up."""
    names = getattr(item, "fixturenames", ())
    if _FIXTURES.isdisjoint(names):
        if _simulation in item.config.stash:
            item.config.stash[_simulation].forget()
    else:
        _simulation_of(item.config).start(
            item,
            _options_of(item),
            _scenario_of(item),
            with_client="lightsail_client" in names,
            with_server="lightsail_server" in names,
        )
    yield


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
) -> Generator[None, object, object]:
    """Set up fixtures that outlive the test in real time: they start servers, and wait for them."""
    simulation = request.config.stash.get(_simulation, None)
    if simulation is None or simulation.item is None:
        return (yield)
    if fixturedef.scope == "function":
        simulation.stop_with_item()
    elif fixturedef.argname not in _FIXTURES:
        if not _FIXTURES.isdisjoint(fixturedef.argnames):
            raise ConfigurationError(
                f"fixture {fixturedef.argname!r} has scope {fixturedef.scope!r}, but the account of "
                "`lightsail` is clean for every test: give the fixture the scope of a function, or let "
                "it use simulate()"
            )
        with simulation.in_real_time():
            return (yield)
    return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """Give every example of a Hypothesis test its own account."""
    simulation = item.config.stash.get(_simulation, None)
    if simulation is None or simulation.item is not item:
        yield
        return
    simulation.stop_with_item()
    with simulation.account_per_example(item):
        yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, None, None]:
    """Fail a test that used an operation which is not simulated, even if the caller swallowed that."""
    simulation = item.config.stash.get(_simulation, None)
    if simulation is None or simulation.last_item is not item:
        yield
        return
    try:
        yield
    finally:
        simulation.stop()
    if item.stash.get(_passed, False):
        simulation.check()


def pytest_assertrepr_compare(
    config: pytest.Config, op: str, left: object, right: object
) -> list[str] | None:
    """Explain a comparison of states, services or calls that fails with the end of the timeline."""
    simulation = config.stash.get(_simulation, None)
    if simulation is None or simulation.item is None:
        return None
    return simulation.explain(op, left, right)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add the timeline to the report of a test that failed, and take secrets out of it."""
    report = yield
    simulation = item.config.stash.get(_simulation, None)
    if simulation is None or simulation.last_item is not item:
        return report
    if call.when == "call":
        item.stash[_passed] = report.passed
    config = item.config
    show = config.getoption("lightsail_show_timeline") or config.getini("lightsail_show_timeline")
    if show != "never" and (report.failed or (show == "all" and call.when == "call")):
        report.sections.append((_SECTION, simulation.digest(whole=show == "all")))
    if report.longrepr is not None or report.sections:
        simulation.mask(report)
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter,
) -> Generator[None, None, None]:
    """Show timelines in colours where the terminal has them; what files are made of has none."""
    writer = terminalreporter.config.get_terminal_writer()
    reports = [
        report
        for kept in terminalreporter.stats.values()
        for report in kept
        if any(name == _SECTION for name, _ in getattr(report, "sections", ()))
    ]
    if not (writer.hasmarkup and reports):
        yield
        return
    from .reporting.paint import paint

    plain = [report.sections for report in reports]
    for report in reports:
        report.sections = [
            (name, paint(text, writer.markup) if name == _SECTION else text)
            for name, text in report.sections
        ]
    try:
        yield
    finally:
        for report, sections in zip(reports, plain, strict=True):
            report.sections = sections


def _simulation_of(config: pytest.Config) -> Simulation:
    if _simulation not in config.stash:
        from .fixture_state import Simulation

        config.stash[_simulation] = Simulation(config)
    return config.stash[_simulation]


def _ini(name: str) -> str:
    return f"lightsail_{name}"


def _read_options(config: pytest.Config) -> dict[str, Any]:
    """Every option from its flag, its ini entry, or its default."""
    values = {}
    for name, option in option_fields().items():
        given = config.known_args_namespace.__dict__.get(_ini(name))
        where = f"--lightsail-{name.replace('_', '-')} "
        if given is None:
            given, where = config.getini(_ini(name)), f"{_ini(name)} = "
        try:
            values[name] = option.default if given is None else parse(option, given, where)
        except ConfigurationError as error:
            raise pytest.UsageError(str(error)) from None
    return values


def _options_of(item: pytest.Item) -> Options:
    """The options of a test: its markers, the closest first, over those of the run."""
    base: dict[str, Any] = item.config.stash[_base_options]
    values = dict(base)
    for marker in reversed(list(item.iter_markers("lightsail"))):
        given = {name: value for name, value in marker.kwargs.items() if name != _SCENARIO}
        unknown = [name for name in given if name not in option_fields()]
        if marker.args or unknown:
            wrong = (
                f"{unknown[0]!r} is no option" if unknown else "it takes keyword arguments alone"
            )
            raise pytest.UsageError(
                f"{item.nodeid}: @pytest.mark.lightsail: {wrong}; options: "
                f"{', '.join((*option_fields(), _SCENARIO))}"
            )
        values.update(given)
    try:
        return Options(**values)
    except ConfigurationError as error:
        raise pytest.UsageError(f"{item.nodeid}: @pytest.mark.lightsail: {error}") from None


def _scenario_of(item: pytest.Item) -> Scenario | None:
    """The scenario of a test: that of the closest marker which names one."""
    given = [
        marker.kwargs for marker in item.iter_markers("lightsail") if _SCENARIO in marker.kwargs
    ]
    if not given or given[0][_SCENARIO] is None:
        return None
    from .model.scenario import Scenario

    scenario = given[0][_SCENARIO]
    if not isinstance(scenario, Scenario):
        raise pytest.UsageError(
            f"{item.nodeid}: @pytest.mark.lightsail: scenario={scenario!r} is not possible: it is a "
            "Scenario, such as Scenario().deploy(takes=600)"
        )
    return scenario
