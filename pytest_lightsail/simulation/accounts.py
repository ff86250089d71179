"""Makes accounts as the options say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..simulator.account import Account
from ..simulator.play import play

if TYPE_CHECKING:
    from ..model.scenario import Scenario
    from ..options import Options

__all__ = ["new_account"]


def new_account(options: Options, scenario: Scenario | None = None) -> Account:
    """A clean account, on which a scenario is played.

    Raises:
        ConfigurationError: the scenario asks for what the account cannot do.
    """
    account = Account(options)
    if scenario is not None:
        play(account, scenario)
    return account
