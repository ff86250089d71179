"""The flags that ask for something that a run leaves behind; read in every run, so it imports nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

__all__ = ["CONTRACT", "CONTRACT_APPEND", "COVERAGE", "add_flags", "is_recorded"]

COVERAGE, CONTRACT = "lightsail_cov", "lightsail_contract"
CONTRACT_APPEND = "lightsail_contract_append"


def add_flags(group: pytest.OptionGroup) -> None:
    """Declare the flags."""
    group.addoption(
        "--lightsail-cov",
        dest=COVERAGE,
        action="store_true",
        default=False,
        help="tell which operations, errors, states and rules of Lightsail the tests have met",
    )
    group.addoption(
        "--lightsail-contract",
        dest=CONTRACT,
        default=None,
        metavar="FILE",
        help="write what the code under test uses of the API into this file",
    )
    group.addoption(
        "--lightsail-contract-append",
        dest=CONTRACT_APPEND,
        action="store_true",
        default=False,
        help="keep what the file of --lightsail-contract says already",
    )


def is_recorded(config: pytest.Config) -> bool:
    """Whether anything is asked for."""
    return bool(config.getoption(COVERAGE) or config.getoption(CONTRACT))
