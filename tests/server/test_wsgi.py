"""The application keeps to WSGI, so that any server can run it."""

from __future__ import annotations

import io
import json
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

import pytest

from pytest_lightsail.simulator.account import Account
from pytest_lightsail.simulator.faults import Fault
from pytest_lightsail.transports.wsgi import Application

HEADERS = {
    "CONTENT_TYPE": "application/x-amz-json-1.1",
    "HTTP_X_AMZ_TARGET": "Lightsail_20161128.GetContainerServices",
}


@pytest.fixture
def account():
    return Account()


@pytest.fixture
def ask(account):
    """Calls the application as a WSGI server does."""

    def ask(method="POST", body=b"{}", **environ):
        given = {
            "REQUEST_METHOD": method,
            "CONTENT_LENGTH": str(len(body)),
            "QUERY_STRING": "",
            "SCRIPT_NAME": "",
            "PATH_INFO": "/",
            "wsgi.input": io.BytesIO(body),
            **HEADERS,
            **environ,
        }
        setup_testing_defaults(given)
        started = []
        application = validator(Application(lambda _: account, region="us-east-1"))
        answer = application(
            given, lambda status, headers, _=None: started.append((status, headers))
        )
        try:
            body = b"".join(answer)
        finally:
            answer.close()
        return started[0][0], body

    return ask


@pytest.mark.filterwarnings("ignore:Unknown REQUEST_METHOD")
@pytest.mark.parametrize(
    ("method", "status"),
    [
        ("POST", "200 OK"),
        ("GET", "404 Not Found"),
        ("HEAD", "404 Not Found"),
        ("X", "404 Not Found"),
    ],
)
def test_it_keeps_to_wsgi(ask, method, status):
    answered, body = ask(method)
    assert answered == status
    assert (body == b"") == (method == "HEAD")


def test_without_a_control_its_paths_are_no_operation(ask):
    assert ask("GET", PATH_INFO="/_lightsail/state")[0] == "404 Not Found"


def test_without_a_body_there_is_an_error_of_the_service(ask):
    status, body = ask(body=b"", CONTENT_LENGTH="")
    assert status == "400 Bad Request"
    assert json.loads(body)["__type"].endswith("#SerializationException")


def test_a_lost_connection_is_an_error_of_the_connection(ask, account):
    account.faults.add(Fault.connection_reset())
    with pytest.raises(ConnectionResetError, match="simulated connection_reset"):
        ask()
