"""``simulate()``: a simulated account for a block, a function or a test class."""

from __future__ import annotations

import functools
import inspect
import unittest
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any, TypeVar

from ..exceptions import ConfigurationError, did_you_mean
from ..options import OptionArguments, Options
from .handle import Lightsail

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ..simulator.scenario import Scenario


_Decorated = TypeVar("_Decorated", bound=Callable[..., Any])


class simulate:  # noqa: N801 - it is called like a function, as unittest.mock.patch is
    """Simulates an account in a ``with`` block, as a decorator, or from ``start()`` to ``stop()``.

    The same object can be used any number of times. Each use starts with a clean account. As a
    decorator, it accepts functions, ``async`` functions, generators (such as fixtures) and test
    classes. In a class, each test gets its own account, which is also active in ``setUp`` and
    ``tearDown`` of a ``unittest.TestCase``.

    Args:
        scenario: the scenario to play on the account at the start.
        options: fields of ``Options``, such as ``region`` and ``pace``.

    Raises:
        ConfigurationError: an option has an invalid value, or the scenario is invalid.
        OperationNotSimulatedError: at the end, if the block swallowed this error.
        ContractViolationError: at the end, if a function passed to ``respond`` returned an impossible
            response.
        UnusedError: at the end, if something that the test prepared was not used, or a verdict was
            not read.

    >>> with simulate(region="eu-west-1") as lightsail:
    ...     lightsail.client().get_container_services()["containerServices"]
    []
    """

    def __init__(
        self, scenario: Scenario | None = None, **options: Unpack[OptionArguments]
    ) -> None:
        self._scenario = scenario
        for name in options.keys() - Options.__dataclass_fields__.keys():
            raise TypeError(
                f"simulate() has no option {name!r}{did_you_mean(name, Options.__dataclass_fields__)}"
            )
        self._options = Options(**options)
        self._running: list[Lightsail] = []

    def start(self) -> Lightsail:
        """Begin a simulation with a clean account. ``stop()`` ends the simulation."""
        lightsail = Lightsail(self._options)
        lightsail.start(self._scenario)
        self._running.append(lightsail)
        return lightsail

    def stop(self) -> None:
        """End the latest simulation, and check the test for mistakes.

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
            lightsail.check_calls()
            lightsail.check_unused()

    def __call__(self, decorated: _Decorated) -> _Decorated:
        """Decorate a function or a class. Each call, or each test of the class, gets a clean account."""
        wrapped: Any = (
            self._class(decorated) if isinstance(decorated, type) else self._function(decorated)
        )
        return wrapped  # type: ignore[no-any-return]

    def _another(self) -> simulate:
        """Return a copy, because calls may overlap in threads or generators."""
        another = simulate(self._scenario)
        another._options = self._options
        return another

    def _class(self, decorated: Any) -> Any:
        if issubclass(decorated, unittest.TestCase):
            decorated.run = self._run(decorated.run)
            return decorated
        for name in dir(decorated):
            # getattr() would evaluate properties, and unwrap static and class methods.
            method = inspect.getattr_static(decorated, name)
            if name.startswith("test") and inspect.isfunction(method):
                setattr(decorated, name, self._function(method))
        return decorated

    def _run(self, run: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(run)
        def running(case: unittest.TestCase, result: Any = None) -> Any:
            own = self._another()
            own.start()
            # The cleanup that is added first runs last. If it raises an exception, the test fails.
            case.addCleanup(own.stop)
            try:
                return run(case, result)
            finally:
                if own._running:  # a skipped test does not run its cleanups
                    own._running.pop().stop()

        return running

    def _function(self, function: Any) -> Any:
        if inspect.isasyncgenfunction(function):
            raise TypeError(
                "simulate() cannot decorate an async generator: use `with simulate():` in its body"
            )
        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def coroutine(*args: Any, **kwargs: Any) -> Any:
                __tracebackhide__ = True
                with self._another():
                    return await function(*args, **kwargs)

            return coroutine
        if inspect.isgeneratorfunction(function):

            @functools.wraps(function)
            def generator(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
                __tracebackhide__ = True
                with self._another():
                    return (yield from function(*args, **kwargs))

            return generator

        @functools.wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            __tracebackhide__ = True
            with self._another():
                return function(*args, **kwargs)

        return call
