"""No byte leaves the process: an audit hook refuses and records every use of the network."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.support.models import ROOT

WATCH = """
import os
import sys

FORBIDDEN = ("socket.connect", "socket.sendto", "socket.sendmsg",
             "socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr")

def watch(event, arguments):
    if event in FORBIDDEN:
        with open(os.environ["TOUCHED"], "a") as file:
            file.write(f"{event} {arguments!r}\\n")
        raise RuntimeError(f"{event}: there is no network here")

sys.addaudithook(watch)
"""
TESTS = """
import asyncio
import socket

import boto3
import botocore.session
import pytest
import requests
from pytest_lightsail import Fault, simulate

SHOP = {"serviceName": "shop", "power": "nano", "scale": 1}
WEB = {"web": {"image": "nginx", "ports": {"80": "HTTP"}}}


def test_boto3(lightsail):
    client = boto3.client("lightsail", region_name="us-east-1")
    client.create_container_service(**SHOP)
    lightsail.clock.advance(60)
    client.create_container_service_deployment(
        serviceName="shop", containers=WEB,
        publicEndpoint={"containerName": "web", "containerPort": 80},
    )
    lightsail.clock.advance(600)
    url = client.get_container_services()["containerServices"][0]["url"]
    assert requests.get(url).status_code == 200


def test_no_credentials(lightsail, monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    botocore.session.Session().create_client("lightsail", "eu-west-1").get_container_services()


def test_an_endpoint_url(lightsail):
    boto3.client(
        "lightsail", region_name="us-east-1", endpoint_url="https://203.0.113.1:9/"
    ).get_container_services()


def test_faults(lightsail, lightsail_client):
    for fault in (Fault.dns_failure(), Fault.connection_refused(), Fault.read_timeout()):
        lightsail.faults.add(fault)
        lightsail_client.get_container_services()


def test_aiobotocore(lightsail):
    session = pytest.importorskip("aiobotocore.session").get_session()

    async def ask():
        async with session.create_client("lightsail", region_name="us-east-1") as client:
            return await client.get_container_services()

    assert asyncio.run(ask())["containerServices"] == []


def test_a_canned_response(lightsail, lightsail_client):
    lightsail.respond("GetInstances", {"instances": []})
    lightsail_client.get_instances()


def test_the_watch_detects_a_connection():
    with pytest.raises(RuntimeError, match="no network here"):
        socket.create_connection(("127.0.0.1", 9), timeout=1)
"""


@pytest.fixture
def run(tmp_path, monkeypatch):
    """A function that runs tests in a watched process, and returns their uses of the network."""
    touched = tmp_path / "touched"
    (tmp_path / "watch_the_network.py").write_text(WATCH)
    monkeypatch.setenv("TOUCHED", str(touched))
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:{ROOT}")
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)

    def run(folder) -> list[str]:
        command = [sys.executable, "-m", "pytest", "-q", "-p", "watch_the_network"]
        command += ["-p", "no:cacheprovider", str(folder)]
        done = subprocess.run(  # noqa: S603 - our own tests
            command, cwd=folder, capture_output=True, text=True, timeout=300, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return touched.read_text().splitlines() if touched.exists() else []

    return run


def test_an_account_does_not_use_the_network(run, tmp_path):
    folder = tmp_path / "suite"
    folder.mkdir()
    (folder / "test_all.py").write_text(TESTS)
    touched = run(folder)
    # Only test_the_watch_detects_a_connection uses the network.
    assert [line.split()[0] for line in touched] in (["socket.getaddrinfo"], ["socket.connect"])
