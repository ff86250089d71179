"""Makes accounts as the options say."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from ..simulator.account import Account
from ..simulator.scenario import play

if TYPE_CHECKING:
    from ..options import Options
    from ..simulator.scenario import Scenario

__all__ = ["new_account"]


def new_account(options: Options, scenario: Scenario | None = None) -> Account:
    """A clean account, on which a scenario is played.

    Raises:
        ConfigurationError: the scenario asks for what the account cannot do.
    """
    if options.start is None:
        # In a test that has an account already it is that one's time.
        now = datetime.fromtimestamp(int(time.time()), timezone.utc)
        options = replace(options, start=now)
    account = Account(options)
    if scenario is not None:
        play(account, scenario)
    return account
