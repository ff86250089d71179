"""Wherever the code under test holds on to a function of `time`, virtual time reaches it."""

import functools
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic, sleep
from time import sleep as pause
from time import time as now

import pytest

from pytest_lightsail import simulate
from pytest_lightsail.transports import virtual_time


def wait_by_default(seconds, sleep=time.sleep):
    sleep(seconds)


def wait_by_keyword_default(seconds, *, sleep=time.sleep):
    sleep(seconds)


def retried(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return function(*args, **kwargs)

    return wrapper


@retried
def wait_decorated(seconds, sleep=time.sleep):
    sleep(seconds)


class Poller:
    wait = time.sleep
    static = staticmethod(time.sleep)

    def by_default(self, seconds, sleep=time.sleep):
        sleep(seconds)

    @staticmethod
    def by_static_default(seconds, sleep=time.sleep):
        sleep(seconds)

    @classmethod
    def by_class_default(cls, seconds, sleep=time.sleep):
        sleep(seconds)


@dataclass
class Waiter:
    sleep: Callable[[float], None] = time.sleep


WAYS = {
    "time.sleep": lambda: time.sleep,
    "from time import sleep": lambda: sleep,
    "from time import sleep as pause": lambda: pause,
    "default": lambda: wait_by_default,
    "keyword default": lambda: wait_by_keyword_default,
    "default of a decorated function": lambda: wait_decorated,
    "attribute of a class": lambda: Poller.wait,
    "attribute of an instance's class": lambda: Poller().wait,
    "static method": lambda: Poller.static,
    "default of a method": lambda: Poller().by_default,
    "default of a static method": lambda: Poller.by_static_default,
    "default of a class method": lambda: Poller.by_class_default,
    "field of a dataclass": lambda: Waiter().sleep,
}
BEFORE = {
    "sleep": sleep,
    "pause": pause,
    "default": wait_by_default.__defaults__,
    "keyword default": dict(wait_by_keyword_default.__kwdefaults__),
    "attribute": Poller.wait,
    "instance": Poller().wait,
    "static": Poller.static,
    "method": Poller.by_default.__defaults__,
}


@pytest.mark.parametrize("way", WAYS)
def test_sleep_is_virtual_however_it_is_bound(lightsail, way):
    WAYS[way]()(0.04)

    assert lightsail.clock.elapsed == 0.04


@pytest.mark.parametrize("way", WAYS)
def test_sleep_is_virtual_in_the_second_simulation_too(way):
    with simulate():
        pass
    with simulate() as lightsail:
        WAYS[way]()(0.04)

    assert lightsail.clock.elapsed == 0.04


def test_clocks_are_virtual_however_they_are_bound(lightsail):
    start = now(), monotonic()
    lightsail.clock.advance(30)

    assert (now() - start[0], monotonic() - start[1]) == (30, 30)


def test_bindings_are_put_back(real):
    with simulate():
        assert sleep is not real.sleep

    assert sleep is pause is real.sleep
    assert (now, monotonic) == (real.time, real.monotonic)
    assert {
        "sleep": sleep,
        "pause": pause,
        "default": wait_by_default.__defaults__,
        "keyword default": wait_by_keyword_default.__kwdefaults__,
        "attribute": Poller.wait,
        "instance": Poller().wait,
        "static": Poller.static,
        "method": Poller.by_default.__defaults__,
    } == BEFORE


CALLER = """
    from time import sleep, monotonic

    def wait(seconds):
        start = monotonic()
        sleep(seconds)
        return monotonic() - start
"""


def test_module_imported_before_is_virtual(import_source):
    caller = import_source(CALLER)

    with simulate() as lightsail:
        assert caller.wait(30) == 30

    assert lightsail.clock.elapsed == 30


def test_module_imported_before_is_real_afterwards(import_source, real):
    caller = import_source(CALLER)

    with simulate():
        pass

    assert (caller.sleep, caller.monotonic) == (real.sleep, real.monotonic)


def test_module_imported_during_the_simulation_is_virtual(lightsail, import_source):
    caller = import_source(CALLER)

    assert caller.wait(30) == 30
    assert lightsail.clock.elapsed == 30


def test_module_imported_during_the_simulation_is_real_afterwards(import_source, real):
    with simulate() as lightsail:
        caller = import_source(CALLER)

    start = real.monotonic()
    took = caller.wait(0.02)

    assert lightsail.clock.elapsed == 0
    assert 0.02 <= took <= real.monotonic() - start


def test_module_imported_during_one_simulation_is_virtual_in_the_next(import_source):
    with simulate():
        caller = import_source(CALLER)

    with simulate() as lightsail:
        assert caller.wait(30) == 30

    assert lightsail.clock.elapsed == 30


def test_module_that_takes_the_place_of_another_is_virtual(import_source):
    with simulate():
        import_source("", name="replaced")
    caller = import_source(CALLER, name="replaced")

    with simulate():
        assert caller.wait(30) == 30


def test_module_that_binds_sleep_after_a_simulation_is_virtual(import_source):
    caller = import_source("def late():\n    global sleep\n    from time import sleep\n")
    with simulate():
        pass
    caller.late()

    with simulate() as lightsail:
        caller.sleep(0.04)

    assert lightsail.clock.elapsed == 0.04


def test_module_that_binds_sleep_in_place_of_something_else_is_virtual(import_source):
    caller = import_source("""
        import time

        pause = None

        def init():
            global pause
            pause = time.sleep
    """)
    with simulate():
        pass
    caller.init()

    with simulate() as lightsail:
        caller.pause(0.04)

    assert lightsail.clock.elapsed == 0.04


def test_module_named_like_one_of_the_standard_library_is_virtual(monkeypatch, import_source):
    caller = import_source(CALLER, name="code")

    with simulate() as lightsail:
        assert caller.wait(0.04) == pytest.approx(0.04)

    assert lightsail.clock.elapsed == 0.04


def test_code_without_a_module_is_virtual(lightsail):
    exec("import time; time.sleep(30)", {})  # noqa: S102 - as debuggers and templates do

    assert lightsail.clock.elapsed == 30


def test_objects_of_a_module_are_not_evaluated(import_source):
    import_source("""
        import time

        class Lazy:
            @property
            def __class__(self):
                raise RuntimeError("not configured, as Django's settings may be")

        settings = Lazy()
    """)

    with simulate() as lightsail:
        time.sleep(1)

    assert lightsail.clock.elapsed == 1


def test_lazy_module_is_not_loaded(import_source):
    import_source("""
        import sys
        import types

        class Lazy(types.ModuleType):
            def __getattribute__(self, name):
                raise ImportError("what it stands for is not installed")

        sys.modules["caller_lazy"] = Lazy("caller_lazy")
    """)
    try:
        with simulate() as lightsail:
            time.sleep(1)
    finally:
        del sys.modules["caller_lazy"]

    assert lightsail.clock.elapsed == 1


def test_simulation_that_cannot_begin_leaves_nothing_behind(monkeypatch, real):
    def fail(*_args):
        raise RuntimeError("no")

    monkeypatch.setattr(virtual_time, "find_bindings", fail)
    with pytest.raises(RuntimeError, match="no"), simulate():
        pass

    assert time.sleep is real.sleep
    start = real.monotonic()
    time.sleep(0.001)
    assert real.monotonic() > start


def test_patch_of_the_tests_own_wins(lightsail, monkeypatch):
    slept = []
    monkeypatch.setattr(time, "sleep", slept.append)

    time.sleep(30)

    assert slept == [30]
    assert lightsail.clock.elapsed == 0


def test_patch_of_the_tests_own_stays(monkeypatch, real):
    monkeypatch.setattr(time, "sleep", real.sleep)
    with simulate():
        time.sleep = theirs = lambda _seconds: None

    assert time.sleep is theirs
