"""``attempt`` records what a caller prints and logs, and the output still appears as usual."""

from __future__ import annotations

import io
import logging
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stdout, suppress
from typing import Any

import pytest

from pytest_lightsail import ConfigurationError, Lightsail, attempt
from pytest_lightsail.verification.outcome import Outcome


@pytest.fixture
def terminal() -> io.TextIOWrapper:
    """Return a text stream on top of a binary stream, like the standard output of an interpreter."""
    return io.TextIOWrapper(io.BytesIO(), encoding="latin-1", errors="replace")


def attempt_at(terminal: io.TextIOWrapper, caller: Callable[[], object]) -> Outcome:
    with redirect_stdout(terminal):
        return attempt(caller)


@pytest.fixture
def root() -> Iterator[logging.Logger]:
    """Yield the root logger, and restore its handlers and level after the test."""
    logger = logging.getLogger()
    handlers, level = logger.handlers[:], logger.level
    yield logger
    logger.handlers[:] = handlers
    logger.setLevel(level)


def test_bytes_written_to_the_buffer_reach_the_terminal(
    lightsail: Lightsail, terminal: io.TextIOWrapper
) -> None:
    assert attempt_at(terminal, lambda: sys.stdout.buffer.write(b"bytes\n")).result == 6
    assert terminal.buffer.getvalue() == b"bytes\n"  # type: ignore[attr-defined]


def test_the_stream_has_the_attributes_of_the_original(
    lightsail: Lightsail, terminal: io.TextIOWrapper
) -> None:
    def look() -> tuple[object, ...]:
        out = sys.stdout
        return out.encoding, out.errors, out.writable(), out.buffer.writable()

    assert attempt_at(terminal, look).result == ("latin-1", "replace", True, True)


def test_the_stream_can_be_reconfigured(lightsail: Lightsail, terminal: io.TextIOWrapper) -> None:
    def set_up() -> None:
        out: Any = sys.stdout
        out.reconfigure(line_buffering=True)

    assert attempt_at(terminal, set_up).succeeded
    assert terminal.line_buffering


def test_closing_the_stream_does_not_close_the_original(
    lightsail: Lightsail, terminal: io.TextIOWrapper
) -> None:
    def close() -> None:
        sys.stdout.close()

    attempt_at(terminal, close)
    assert not terminal.closed


def test_a_log_message_with_wrong_arguments_does_not_crash_the_caller(
    lightsail: Lightsail, root: logging.Logger
) -> None:
    root.handlers.clear()  # pytest's own handlers would raise the error
    outcome = attempt(logging.getLogger("release").warning, "%d images", "no")
    assert outcome.succeeded
    assert "--- Logging error ---" in outcome.output


def test_a_caller_may_reconfigure_logging(lightsail: Lightsail, root: logging.Logger) -> None:
    def set_up() -> None:
        logging.basicConfig(level=logging.INFO, force=True)
        logging.getLogger("release").info("releasing")

    before = root.level
    assert "releasing" in attempt(set_up).output
    assert root.level == before


def test_log_messages_of_botocore_are_not_recorded(
    lightsail: Lightsail, root: logging.Logger
) -> None:
    def log() -> None:
        logging.getLogger("botocore.credentials").info("Found credentials")
        logging.getLogger("release.botocore").info("releasing")

    assert attempt(log).output == "release.botocore INFO releasing\n"


def test_botocore_logs_no_more_than_its_level_allows(
    lightsail: Lightsail, root: logging.Logger, caplog: pytest.LogCaptureFixture
) -> None:
    attempt(logging.getLogger("botocore.endpoint").debug, "a request")
    assert not caplog.messages
    with caplog.at_level(logging.DEBUG, "botocore"):
        attempt(logging.getLogger("botocore.endpoint").debug, "a request")
    assert caplog.messages == ["a request"]


def test_a_cycle_of_exception_causes_is_searched_once(lightsail: Lightsail) -> None:
    def fail(environment: dict[str, str]) -> None:
        one, two = ValueError("one"), ValueError(f"two: {environment}")
        one.__cause__, two.__cause__ = two, one
        raise one

    fault = attempt(fail, environment={"TOKEN": "correct-horse"}).printed_no_secret().fault
    assert fault.endswith("is in the ValueError that the caller raised")


def test_nested_attempts_both_record_the_output(lightsail: Lightsail) -> None:
    inner = []
    outer = attempt(lambda: inner.append(attempt(print, "inner")))
    assert (inner[0].output, outer.output) == ("inner\n", "inner\n")


def test_attempt_restores_a_stream_that_the_caller_has_replaced(lightsail: Lightsail) -> None:
    def replace() -> None:
        sys.stdout = io.StringIO()

    before = sys.stdout
    attempt(replace)
    assert sys.stdout is before


def test_a_concurrent_attempt_in_another_thread_is_refused(lightsail: Lightsail) -> None:
    stream = sys.stdout

    def run_another() -> None:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(attempt, print).result()

    with pytest.raises(ConfigurationError, match="another thread is already running an attempt"):
        attempt(run_another)
    assert sys.stdout is stream
    assert attempt(lambda: attempt(print)).succeeded


def test_bytes_that_the_text_stream_refuses_are_not_recorded(lightsail):
    def careless() -> None:
        with suppress(TypeError):
            sys.stdout.write(b"bytes")  # type: ignore[arg-type]

    assert not attempt(careless).output
