"""``ContractPart``: writes what the code under test uses of the API into a file."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import pytest

from ..consumer.contract import (
    Contract,
    from_document,
    merged,
    read_contract,
    to_document,
    write_contract,
)
from ..consumer.recording import ConsumerCalls, contract_of
from ..exceptions import ConfigurationError
from ..model.service import load, release
from ..recording_options import CONTRACT, CONTRACT_APPEND
from .part import Part

__all__ = ["ContractPart"]

_TITLE = "lightsail contract"
_CONFTEST = "conftest.py"
_NOTHING = (
    "no use of Lightsail was recorded. A call through lightsail_client counts where it is not made by a "
    "test or conftest file, one of any other client wherever it is made, and none in an example of "
    "Hypothesis"
)
_LEFT_OUT = (
    "tests were deselected, so what they alone use is missing "
    "(--lightsail-contract-append keeps what was there)"
)

_T = TypeVar("_T")


class ContractPart(Part):
    """Watches the code under test, and writes the file when the run has passed.

    It is a plugin as well, because it has to know which files are tests, and how the run has ended.
    """

    name = "contract"

    def __init__(self, config: pytest.Config) -> None:
        self._shown = str(config.getoption(CONTRACT))
        self._path = config.invocation_params.dir / self._shown
        self._appends = config.getoption(CONTRACT_APPEND)
        self._before = self._read() if self._appends else None
        self._tests: set[str] = set()
        self._left_out = 0
        self._exit_code: int = pytest.ExitCode.OK
        self._use = Contract(botocore=release(load()))
        self._result, self._written = "", False
        self._watch = ConsumerCalls(self._is_test)
        self._watch.start()

    def _read(self) -> Contract | None:
        try:
            return read_contract(self._path) if self._path.exists() else None
        except ConfigurationError as error:
            raise pytest.UsageError(f"--lightsail-contract-append: {error}") from None

    def _is_test(self, file: str) -> bool:
        return file in self._tests or Path(file).name == _CONFTEST

    def pytest_itemcollected(self, item: pytest.Item) -> None:
        """Remember which files hold tests."""
        self._tests.add(str(item.path))

    def pytest_deselected(self, items: Sequence[pytest.Item]) -> None:
        """Remember that the run is not the whole one."""
        self._left_out += len(items)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, exitstatus: int) -> None:
        """Remember how the run has ended, before it is decided what to write."""
        self._exit_code = exitstatus

    def pytest_unconfigure(self) -> None:
        """Stop watching."""
        self._watch.stop()

    def take(self, nodeid: str, outcome: str) -> Any:
        """Return what is new since the last call."""
        del nodeid, outcome
        watch = self._watch
        calls = list(_drained(watch.calls))
        notes = list(_drained(watch.notes))
        exceptions = list(_drained(watch.exceptions))
        if not calls and not notes and not exceptions:
            return None
        use = contract_of(load(), calls, notes, exceptions)
        return {"use": to_document(use), "left_out": self._left_out}

    def add(self, nodeid: str, gathered: Any) -> None:
        """Add what a test has used."""
        del nodeid
        self._use = merged(self._use, from_document(gathered["use"]))
        self._left_out = max(self._left_out, gathered["left_out"])

    def finish(self) -> bool:
        """Write the file, if the run has passed and anything was recorded."""
        if self._exit_code != pytest.ExitCode.OK:
            self._result = f"{self._shown} is not written, since the run has not passed"
        elif not self._use.operations:
            self._result = f"{self._shown} is not written: {_NOTHING}"
        else:
            contract = self._use if self._before is None else merged(self._use, self._before)
            try:
                write_contract(self._path, contract)
            except (OSError, ConfigurationError) as error:
                reason = error.strerror if isinstance(error, OSError) else error
                self._result = f"{self._shown} cannot be written: {reason}"
                return False
            self._written = True
            self._result = f"{self._shown} has {_tally(contract)}"
            if self._left_out and not self._appends:
                self._result += f"; {self._left_out} {_LEFT_OUT}"
        return True

    def summarize(self, terminal: pytest.TerminalReporter) -> None:
        """Print whether the file was written."""
        terminal.write_line(f"{_TITLE}: {self._result}", yellow=not self._written)


def _drained(source: deque[_T]) -> Iterator[_T]:
    # Other threads may append meanwhile.
    with suppress(IndexError):
        while True:
            yield source.popleft()


def _tally(contract: Contract) -> str:
    uses = contract.operations.values()
    counts = {
        "operations": len(uses),
        "places sent": sum(len(use.sends) for use in uses),
        "places read": sum(len(use.reads) for use in uses),
        "errors": len({code for use in uses for code in use.errors}),
    }
    return ", ".join(f"{count} {what}" for what, count in counts.items())
