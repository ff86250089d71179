"""The unmodified AWS CLI reports a refusal by the endpoint."""

from __future__ import annotations

SERVICE_ERROR = 254, 255
"""The exit codes of newer and older releases if the service refuses the request."""


def test_the_cli_reports_a_refusal_with_an_error_message_and_an_exit_code(aws):
    result = aws("get-container-services", "--service-name", "none")
    assert result.returncode in SERVICE_ERROR
    assert "An error occurred (NotFoundException) when calling the GetContainerServices" in (
        result.stderr
    )
    assert result.stdout == ""
