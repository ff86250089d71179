"""The unmodified AWS CLI with the endpoint: how it shows a refusal."""

from __future__ import annotations

SERVICE_ERROR = 254, 255
"""The exit code where the service has refused, of newer and older releases."""


def test_a_refusal_is_an_error_message_and_an_exit_code(aws):
    result = aws("get-container-services", "--service-name", "none")
    assert result.returncode in SERVICE_ERROR
    assert "An error occurred (NotFoundException) when calling the GetContainerServices" in (
        result.stderr
    )
    assert result.stdout == ""
