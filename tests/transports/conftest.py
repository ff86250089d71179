"""Fixtures for the tests of interception and of virtual time."""

import importlib
import os
import socket
import sys
import textwrap
import time
from types import SimpleNamespace

import botocore.loaders
import botocore.session
import pytest

from pytest_lightsail import simulate
from pytest_lightsail.c_functions import original

TIME_FUNCTIONS = (
    "sleep",
    "time",
    "time_ns",
    "monotonic",
    "monotonic_ns",
    "perf_counter",
    "perf_counter_ns",
)
REAL = SimpleNamespace(**{name: original(getattr(time, name)) for name in TIME_FUNCTIONS})


class NetworkReached(BaseException):
    """Signal a use of the network. botocore neither wraps nor retries a `BaseException`."""


@pytest.fixture(autouse=True)
def network(monkeypatch):
    """Refuse every use of the network, and return the class of the exception."""

    def refuse(*_args, **_kwargs):
        raise NetworkReached

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket.socket, "connect_ex", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    # Outside a simulation, a client without credentials would look for them in the metadata service.
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    return NetworkReached


@pytest.fixture
def real():
    """The functions of `time` as they are without a simulation."""
    return REAL


@pytest.fixture
def bare_environment(network, monkeypatch, tmp_path):
    """An environment without any configuration of AWS."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        if name != "AWS_EC2_METADATA_DISABLED":
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))


@pytest.fixture(scope="session")
def loader():
    """A loader of botocore, shared because it caches service models."""
    return botocore.loaders.create_loader()


@pytest.fixture
def new_client(loader):
    """A function that makes Lightsail clients with botocore alone, each in its own session."""

    def new_client(**arguments):
        session = botocore.session.Session()
        session.register_component("data_loader", loader)
        return session.create_client("lightsail", **{"region_name": "us-east-1", **arguments})

    return new_client


@pytest.fixture
def import_source(monkeypatch, tmp_path):
    """A function that imports a module with the given source."""
    monkeypatch.syspath_prepend(tmp_path)
    imported = []

    def import_source(source, name=None):
        name = name or f"caller_{len(imported)}"
        (tmp_path / f"{name}.py").write_text(textwrap.dedent(source))
        importlib.invalidate_caches()
        monkeypatch.delitem(sys.modules, name, raising=False)
        imported.append(name)
        return importlib.import_module(name)

    yield import_source
    for name in imported:
        sys.modules.pop(name, None)


@pytest.fixture
def simulation():
    """A simulated account whose calls take no time."""
    with simulate(latency=0) as simulation:
        yield simulation
