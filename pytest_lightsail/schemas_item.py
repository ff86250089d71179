"""The test that ``lightsail_schemas`` adds: written schemas against those of the installed botocore."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from .contract.published import differences, report
from .exceptions import UnreadableSchemasError
from .model.service import load

__all__ = ["SchemasItem"]


class _Drifted(Exception):
    """The written schemas are not those of the installed botocore."""


class SchemasItem(pytest.Item):
    """Fails with a readable difference when the schemas in a folder are out of date."""

    def __init__(self, *, folder: Path, **arguments: Any) -> None:
        super().__init__(**arguments)
        self._folder = folder

    def runtest(self) -> None:
        """Compare."""
        model = load()
        found = differences(self._folder, model)
        if found:
            raise _Drifted(report(self._folder, model, found))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The difference, or why there is none to be had, without a traceback."""
        if isinstance(excinfo.value, (_Drifted, UnreadableSchemasError)):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, None, str]:
        """Where pytest says that the test stands."""
        return self._folder, None, f"lightsail_schemas: {self._folder.name}"
