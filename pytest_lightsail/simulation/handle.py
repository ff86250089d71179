"""The objects through which tests use a simulated account: ``Lightsail`` and ``simulate()``."""

from __future__ import annotations

import functools
import inspect
import time
import unittest
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, TypeVar

from ..accounts import ENDPOINT, NOWHERE, answering, observers, set_variable
from ..clock import virtual as virtual_time
from ..clock.waiting import current
from ..exceptions import Assignable, ConfigurationError, UnusedError, plural
from ..options import OptionArguments, Options
from ..reporting.timeline import render
from ..simulator.account import Account
from ..simulator.another_client import AnotherClient
from ..simulator.clock import Clock
from ..simulator.faults import Faults
from ..simulator.history import Calls, Visit
from ..simulator.images import Images
from ..simulator.prepared import CannedResponses
from ..simulator.resources import Certificates, Hosts, Quotas
from ..simulator.scenario import Scenario, play
from ..simulator.script import Script
from ..transports import interception
from . import existing
from .control import RealTime
from .server import LightsailServer
from .views import RegionView, Services, ServiceView

if TYPE_CHECKING:
    from mypy_boto3_lightsail import LightsailClient
    from typing_extensions import Unpack

_Decorated = TypeVar("_Decorated", bound=Callable[..., Any])


class Lightsail(Assignable):
    """A simulated account with Amazon Lightsail container services.

    The ``lightsail`` fixture and ``simulate()`` return an active account, which receives every
    Lightsail call in this process.

    >>> from pytest_lightsail import simulate
    >>> with simulate() as lightsail:
    ...     client = lightsail.client()
    ...     _ = client.create_container_service(serviceName="shop", power="nano", scale=1)
    ...     lightsail.clock.advance(60)
    ...     lightsail.services["shop"].state
    'READY'
    """

    def __init__(self, options: Options | None = None, scenario: Scenario | None = None) -> None:
        self._options, self._scenario = options or Options(), scenario
        self._account = new_account(self._options, scenario)
        self._running = ExitStack()
        self._real_time: RealTime | None = None

    def __repr__(self) -> str:
        services = plural(len(self._account.services), "container service")
        return f"<Lightsail: {services}, {self._account.clock!r}>"

    @property
    def account(self) -> Account:
        """The simulated account itself."""
        if self._real_time is not None:
            self._real_time.catch_up(self._account.clock, self._account.clock.advance)
        elif (virtual := current()) is not None:
            virtual.charge()  # advance the clock by the time for which this thread was blocked
        return self._account

    @property
    def services(self) -> Services:
        """The container services in all Regions, keyed by name."""
        return Services(self.account)

    @property
    def certificates(self) -> Certificates:
        """The certificates in the default Region, keyed by name."""
        return self.region().certificates

    @property
    def images(self) -> Images:
        """Descriptions of images, set with ``images["shop:2"] = Image(starts_after=40)``."""
        return self.account.images

    @property
    def clock(self) -> Clock:
        """The account's virtual clock."""
        return self.account.clock

    @property
    def script(self) -> Script:
        """The scripts for future events, added with ``script.deploy(never_ends=True)``."""
        return self.account.script

    @property
    def another_client(self) -> AnotherClient:
        """Changes by another client, prepared with ``another_client.deletes("shop", after=30)``."""
        return self.account.another_client

    @property
    def hosts(self) -> Hosts:
        """The hosts in service URLs, set with ``hosts["shop"] = "shop.example"``."""
        return self.account.hosts

    @property
    def quotas(self) -> Quotas:
        """The account's quotas, changed with ``quotas["services"] = 0``."""
        return self.account.quotas

    @property
    def faults(self) -> Faults:
        """The faults that will affect future calls. Add one with ``faults.add(…)``."""
        return self.account.faults

    @property
    def respond(self) -> CannedResponses:
        """The responses to operations that are not simulated. ``respond(…)`` adds a response."""
        return self.account.canned

    def add_service(
        self,
        name: str,
        state: str = "RUNNING",
        *,
        image: str | None = None,
        deployments: Sequence[Mapping[str, Any]] = (),
        power: str = "nano",
        scale: int = 1,
        tags: Mapping[str, str] | None = None,
        region: str | None = None,
    ) -> ServiceView:
        """Add a service to the account, as if it had been created at least an hour ago.

        The service has deployments and logs, but the history has no calls that created them. If the
        state is PENDING, DEPLOYING, UPDATING or DELETING, the corresponding event starts now.
        ``lightsail.images`` does not affect deployments that have already finished.

        Args:
            name: the name of the service.
            state: PENDING, READY, RUNNING, DEPLOYING, UPDATING, DISABLED or DELETING.
            image: the image of the ``web`` container, whose port 80 is the public endpoint. If
                neither ``image`` nor ``deployments`` is given, a PENDING or READY service has no
                deployment. In any other state, the default image is ``nginx:latest``.
            deployments: the deployments, oldest first, as an alternative to ``image``. A deployment
                has ``containers`` and ``publicEndpoint`` as in a request, and ``state="FAILED"`` if
                it failed. If the service is PENDING or DEPLOYING, the last deployment is in
                progress.
            power: the name of the power, such as ``nano``.
            scale: the number of nodes.
            tags: the tags, as a mapping from keys to values.
            region: the Region, or ``None`` for the default Region.

        Raises:
            ConfigurationError: AWS would not allow such a service, the state is inconsistent with
                the deployments, or the name is already in use.

        >>> from pytest_lightsail import simulate
        >>> with simulate() as lightsail:
        ...     lightsail.add_service("shop", image="nginx:1.27")
        <container service shop RUNNING, current <deployment 1 ACTIVE>, next None>
        """
        if image is not None and deployments:
            raise ConfigurationError("add_service: pass `image` or `deployments`, not both")
        if image is None and not deployments and state not in {"PENDING", "READY"}:
            image = "nginx:latest"
        if image is not None:
            web = {"web": {"image": image, "ports": {"80": "HTTP"}}}
            endpoint = {"containerName": "web", "containerPort": 80}
            deployments = [{"containers": web, "publicEndpoint": endpoint}]
        listed = [{"key": key, "value": value} for key, value in (tags or {}).items()]
        members = {"power": power, "scale": scale, "tags": listed}
        described = existing.described(self.account, name, state, deployments, members)
        where = self.region(region).name
        added = existing.add(self.account, where, described, "lightsail.add_service")
        return ServiceView(self.account, added)

    def load(
        self, *given: existing.Source, service: str | None = None, region: str | None = None
    ) -> tuple[str, ...]:
        """Add services to the account from files written by other tools.

        Args:
            given: paths or documents. A document can be a Compose file, ``containers.json``,
                ``public-endpoint.json``, the result of ``dump``, the output of
                ``terraform show -json``, or a GetContainerServices, GetContainerServiceDeployments
                or GetContainerImages response from boto3 or the AWS CLI.
            service: the service name for sources that do not contain a name.
            region: the Region for sources that do not contain a Region. ``None`` means the
                default Region.

        Returns:
            Members of the sources that are not stored in the account, or stored with other values.
            A ``NotLoadedWarning`` also lists these members.

        Raises:
            ConfigurationError: a source cannot be read, has an unknown format, does not name its
                service, or contains a service that already exists in the account.

        >>> from pytest_lightsail import simulate
        >>> with simulate() as lightsail:
        ...     lightsail.load({"web": {"image": "nginx:1.27"}}, service="shop")
        ...     lightsail.services["shop"].state
        ()
        'RUNNING'
        """
        return existing.load(self.account, self.region(region).name, given, service)

    def dump(self, region: str | None = None) -> dict[str, Any]:
        """Return a Region's services, deployments and images as JSON that ``load`` accepts.

        The dump contains the values of environment variables.

        Args:
            region: the Region, or ``None`` for the default Region.

        >>> from pytest_lightsail import simulate
        >>> with simulate() as lightsail:
        ...     _ = lightsail.add_service("shop")
        ...     list(lightsail.dump()["deployments"])
        ['shop']
        """
        return existing.dump(self.account, self.region(region).name)

    def play(self, scenario: Scenario) -> None:
        """Prepare all steps of a scenario on the account. Steps may go unused.

        Raises:
            ConfigurationError: a step is impossible on this account.
        """
        play(self.account, scenario)

    @property
    def calls(self) -> Calls:
        """All calls so far, in order."""
        return Calls(self.account.history.calls, self.account.model.parameters)

    @property
    def visits(self) -> Sequence[Visit]:
        """All requests made to service addresses so far, in order."""
        return tuple(self.account.history.visits)

    def check_unused(self) -> None:
        """Raise an error if anything prepared was never used, or if a check was never asserted.

        With the ``allow_unused`` option, raise an error only if a check was never asserted.
        """
        __tracebackhide__ = True
        unused = [] if self._options.allow_unused else self.account.unused()
        unread = [repr(each) for each in self.account.verdicts if not each.is_used]
        if unused:
            raise UnusedError(
                f"never used: {'; '.join(unused)}. Is it a typo? If a script or fault may go "
                "unused, pass `optional=True` or set lightsail_allow_unused."
            )
        if unread:
            raise UnusedError(
                f"never looked at: {'; '.join(unread)}. Write `assert` before the check."
            )

    def region(self, name: str | None = None) -> RegionView:
        """Return one Region's services and certificates. Without ``name``, use the default Region.

        Raises:
            ConfigurationError: ``name`` is not the name of a Region.
        """
        return RegionView(self.account, name)

    def client(self, region: str | None = None, **arguments: Any) -> LightsailClient:
        """Return a new botocore client.

        Creating a client takes only a few milliseconds, because all clients share one
        service model.

        Args:
            region: the Region, or ``None`` for the default Region.
            arguments: arguments for botocore's ``Session.create_client``, such as ``config``.
        """
        return interception.create_client(region or self._options.region, **arguments)

    @contextmanager
    def serve(
        self, *, host: str = "127.0.0.1", port: int = 0
    ) -> Generator[LightsailServer, None, None]:
        """Serve this account over HTTP inside a ``with`` block, for callers in other processes.

        The ``speed`` option sets how many virtual seconds pass per real second.

        Args:
            host: the address to listen on.
            port: the port to listen on, or 0 for any free port.

        Raises:
            ConfigurationError: the address is not available.
        """
        server = LightsailServer(
            lambda _: self.account, lambda _: self.reset(), host=host, port=port
        )
        try:
            with set_variable(ENDPOINT, server.url):
                yield server
        finally:
            server.stop()

    def timeline(self) -> str:
        """Return a string that lists all calls and changes so far, with their virtual times."""
        return render(self.account.history)

    def start(self) -> None:
        """Start responding to calls."""
        for observer in observers:
            observer.account_began(self._account)
        self._activate()

    def stop(self) -> None:
        """Stop responding to calls. The history remains readable."""
        self._real_time = None
        was_active = self in answering
        self._running.close()
        if was_active:
            for observer in observers:
                observer.account_ended(self.account)

    @contextmanager
    def paused(self) -> Generator[None, None, None]:
        """Stop responding to calls for the duration of the block, but keep the account."""
        self._running.close()
        try:
            yield
        finally:
            self._activate()

    def _activate(self) -> None:
        account, options = self.account, self._options
        with ExitStack() as undo:
            undo.enter_context(set_variable(ENDPOINT, NOWHERE))
            # Without this line, a user's setting could make child processes ignore the endpoint.
            undo.enter_context(set_variable("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "false"))
            undo.enter_context(interception.default_session_kept())
            if options.real_time:
                self._real_time = RealTime(1.0 if options.speed is None else options.speed)
            interception.add(self)
            undo.callback(interception.remove, self)
            if not options.real_time:
                virtual_time.activate(account)
                undo.callback(lambda: virtual_time.deactivate(self.account))
            self._running = undo.pop_all()

    def calm(self) -> None:
        """Remove all remaining scripts and faults, and all pending changes by another client.

        Events in progress continue as scripted. Images and canned responses are kept.
        """
        self.account.calm()

    def reset(self) -> None:
        """Start over with a clean account, a new clock, and no scripts or faults.

        If the account began with a scenario, the scenario is played again.
        """
        old, new = self.account, new_account(self._options, self._scenario)
        for observer in observers:
            observer.account_began(new)
        self._account = new
        virtual_time.replace(old, new)
        for observer in observers:
            observer.account_ended(old)


class simulate:  # noqa: N801 - it is called like a function, as unittest.mock.patch is
    """Simulates an account in a block, function or class, or between ``start()`` and ``stop()``.

    The same object can be used any number of times. Each use starts with a clean account. As a
    decorator, the object accepts functions, ``async`` functions, generators (such as fixtures) and
    test classes. In a class, each test gets its own account, which is also active in the ``setUp``
    and ``tearDown`` methods of a ``unittest.TestCase``.

    Args:
        scenario: the scenario to play on the account at the start.
        options: fields of ``Options``, such as ``region`` and ``pace``.

    Raises:
        ConfigurationError: an option has an invalid value, or the scenario is invalid.
        OperationNotSimulatedError: at the end, if code in the block caught this error.
        UnusedError: at the end, if a script, fault, image or canned response was never used, or a
            check was never asserted.

    >>> with simulate(region="eu-west-1") as lightsail:
    ...     lightsail.client().get_container_services()["containerServices"]
    []
    """

    def __init__(
        self, scenario: Scenario | None = None, **options: Unpack[OptionArguments]
    ) -> None:
        Options(**options)  # validate the options before the simulation starts
        self._scenario, self._options = scenario, options
        self._running: list[Lightsail] = []

    def start(self) -> Lightsail:
        """Begin a simulation with a clean account. ``stop()`` ends the simulation."""
        lightsail = Lightsail(Options(**self._options), self._scenario)
        lightsail.start()
        self._running.append(lightsail)
        return lightsail

    def stop(self) -> None:
        """End the latest simulation and run the same checks as at the end of a ``with`` block.

        Raises:
            ConfigurationError: no simulation is running.
        """
        __tracebackhide__ = True
        self.__exit__(None)

    __enter__ = start

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        __tracebackhide__ = True
        if not self._running:
            raise ConfigurationError(
                "simulate().stop(): this simulation is not running; call start() first"
            )
        lightsail = self._running.pop()
        lightsail.stop()
        if kind is None:
            lightsail.account.raise_swallowed()
            lightsail.check_unused()

    def __call__(self, decorated: _Decorated) -> _Decorated:
        """Decorate a function or class. Each call or test gets a clean account."""
        decorate = self._class if isinstance(decorated, type) else self._function
        return decorate(decorated)  # type: ignore[no-any-return]

    def _another(self) -> simulate:
        """Return a new ``simulate`` object for one call, because a function's calls may overlap."""
        return simulate(self._scenario, **self._options)

    def _class(self, decorated: Any) -> Any:
        if issubclass(decorated, unittest.TestCase):
            run: Any = decorated.run

            @functools.wraps(run)
            def running(case: unittest.TestCase, result: Any = None) -> Any:
                own = self._another()
                own.start()
                # An error in a cleanup makes the test fail. This cleanup is the last to run.
                case.addCleanup(own.stop)
                try:
                    return run(case, result)
                finally:
                    if own._running:  # a skipped test does not run its cleanups
                        own._running.pop().stop()

            wrapped: Any = running
            decorated.run = wrapped
            return decorated
        for name in dir(decorated):
            # getattr() would evaluate properties and unwrap static and class methods.
            method = inspect.getattr_static(decorated, name)
            if name.startswith("test") and inspect.isfunction(method):
                setattr(decorated, name, self._function(method))
        return decorated

    def _function(self, function: Any) -> Any:
        if inspect.isasyncgenfunction(function):
            raise TypeError(
                "simulate() cannot decorate an async generator: use `with simulate():` in its body"
            )

        def call(*args: Any, **kwargs: Any) -> Any:
            __tracebackhide__ = True
            with self._another():
                return function(*args, **kwargs)

        async def coroutine(*args: Any, **kwargs: Any) -> Any:
            __tracebackhide__ = True
            with self._another():
                return await function(*args, **kwargs)

        def generator(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
            __tracebackhide__ = True
            with self._another():
                return (yield from function(*args, **kwargs))

        wrapper: Any = coroutine if inspect.iscoroutinefunction(function) else call
        wrapper = generator if inspect.isgeneratorfunction(function) else wrapper
        return functools.wraps(function)(wrapper)


def active() -> Lightsail:
    """Return the handle of the account that currently responds to calls."""
    if not answering:
        raise ConfigurationError(
            "no simulated account is active here: use the lightsail fixture or simulate()"
        )
    lightsail: Lightsail = answering[-1]
    return lightsail


def new_account(options: Options, scenario: Scenario | None = None) -> Account:
    """Return a new account on which ``scenario`` has been played."""
    if options.start is None:
        # If another account is active, time.time() returns that account's virtual time.
        now = datetime.fromtimestamp(int(time.time()), timezone.utc)
        options = replace(options, start=now)
    account = Account(options)
    if scenario is not None:
        play(account, scenario)
    return account
