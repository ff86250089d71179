"""Environment variables that AWS clients need before they make their first call."""

from __future__ import annotations

import os
from collections.abc import Mapping

__all__ = ["AWS_VARIABLES", "DUMMY_KEY", "Environment"]

DUMMY_KEY = "testing"
"""The access key id, and the secret, of who calls the simulated account."""

AWS_VARIABLES: Mapping[str, str] = {
    "AWS_ACCESS_KEY_ID": DUMMY_KEY,
    "AWS_SECRET_ACCESS_KEY": DUMMY_KEY,
    # Without it a client made without credentials asks the network for some.
    "AWS_EC2_METADATA_DISABLED": "true",
}
"""What every AWS client needs beside a Region."""


class Environment:
    """Sets what is missing, never what is there, and takes back exactly what it has set."""

    def __init__(self, region: str) -> None:
        self._wanted: Mapping[str, str] = {"AWS_DEFAULT_REGION": region, **AWS_VARIABLES}
        self._set: dict[str, str] = {}

    def install(self) -> None:
        """Set the variables that are missing."""
        for name, value in self._wanted.items():
            if name == "AWS_DEFAULT_REGION" and "AWS_REGION" in os.environ:
                continue
            if name == "AWS_SECRET_ACCESS_KEY" and "AWS_ACCESS_KEY_ID" not in self._set:
                continue
            if name not in os.environ:
                os.environ[name] = self._set[name] = value

    def remove(self) -> None:
        """Take back what was set, unless somebody has changed it since."""
        for name, value in self._set.items():
            if os.environ.get(name) == value:
                del os.environ[name]
        self._set.clear()
