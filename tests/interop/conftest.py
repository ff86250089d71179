"""The tests in this directory must not use the network."""

import socket

import pytest


@pytest.fixture(autouse=True)
def network(monkeypatch):
    """Refuse connections, because every test double responds before one is made."""

    def refuse(*_args, **_kwargs):
        pytest.fail("something tried to use the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
