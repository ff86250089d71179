"""A Hypothesis state machine whose every run lives in a simulated account of its own."""

from __future__ import annotations

import sys
import weakref
from collections.abc import Generator
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError
from hypothesis import currently_in_test_context, event, note
from hypothesis.stateful import RuleBasedStateMachine, invariant

from ..exceptions import ExampleNeverEnds, never_ends
from ..options import Options, option_fields
from ..simulation import Lightsail
from ..simulator.history import Call
from .soundness import Soundness

if TYPE_CHECKING:
    from mypy_boto3_lightsail import LightsailClient

__all__ = ["AccountMachine"]


class AccountMachine(RuleBasedStateMachine):
    """The account of a run, without rules.

    The account is active from ``__init__`` to ``teardown``; who overrides one of them calls it too.

    Attributes:
        lightsail: the account, as the fixture gives it.
        refusals: the errors that ``may_be_refused`` has let pass, in order.
    """

    def __init__(self) -> None:
        super().__init__()
        given = {name: getattr(self, name) for name in option_fields() if hasattr(self, name)}
        self.lightsail = Lightsail(Options(**given))
        self.refusals: list[Exception] = []
        self._soundness = Soundness(self.lightsail)
        self.lightsail.start()
        # Hypothesis tears nothing down where the __init__ of a subclass fails.
        weakref.finalize(self, self.lightsail.stop)

    @cached_property
    def client(self) -> LightsailClient:
        """A botocore client of the account, which the rules of this library use."""
        return self.lightsail.client()

    @contextmanager
    def may_be_refused(self) -> Generator[None, None, None]:
        """Let a refusal by the service end the block.

        It is a refusal if the last call of the block was answered with an error that the service model
        documents for its operation, or was hit by a fault, and botocore's exception comes out of the
        block. All else is raised as ever.
        """
        calls_before = len(self.lightsail.calls)
        try:
            yield
        except (BotoCoreError, ClientError) as error:
            calls = self.lightsail.calls[calls_before:]
            if not calls or not self._is_refusal(error, calls[-1]):
                raise
            self.refusals.append(error)
            if currently_in_test_context():
                event(f"{calls[-1].operation}: {calls[-1].rule or calls[-1].error}")

    def _is_refusal(self, error: Exception, call: Call) -> bool:
        if call.fault is not None:
            return True
        operation = self.lightsail.account.model.operations.get(call.operation)
        return (
            isinstance(error, ClientError)
            and operation is not None
            and call.error in operation.errors
        )

    @invariant()
    def the_account_is_sound(self) -> None:
        """No operation was used that is not simulated, and the account has kept its promises."""
        self._soundness.check()

    def teardown(self) -> None:
        """End the account; in a run that fails, show its timeline.

        Raises:
            ExampleNeverEnds: ``CallerNeverEnds`` ends this run.
            UnsoundAccount: a deletion does not come to its end.
        """
        # Hypothesis calls this while it lets out what has ended the run.
        ending = sys.exc_info()[1]
        try:
            if ending is None:
                self._soundness.check_deletions()
        finally:
            if currently_in_test_context():
                note(_Timeline(self.lightsail))
            self.lightsail.stop()
        never = never_ends(ending)
        if never is not None:
            raise ExampleNeverEnds(str(never)) from ending


class _Timeline:
    """Rendered only where Hypothesis shows notes, which is in the run that it reports."""

    def __init__(self, lightsail: Lightsail) -> None:
        self._lightsail = lightsail

    def __repr__(self) -> str:
        return f"\nLightsail timeline:\n{self._lightsail.timeline()}"
