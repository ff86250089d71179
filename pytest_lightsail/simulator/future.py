"""The next releases of the service: the account's own answers, changed on their way out.

The change comes after all of the account's own checks, and before faults that spoil answers: botocore's
parser gets what a newer service would send.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..model.edits import Edit, edited
from ..model.service import EACH, ServiceModel
from ..wording import Suggesting
from .expectation import Expectation, check_nth, check_times, to_come, unused
from .history import check_operation, masked

__all__ = ["Futures"]


@dataclass(eq=False)
class _Change(Expectation):
    operation: str
    edit: Edit
    service: str | None

    def fits(self, operation: str, parameters: Mapping[str, Any]) -> bool:
        return (
            not self.is_over
            and operation == self.operation
            and self.service in {None, parameters.get("serviceName")}
        )

    def __str__(self) -> str:
        of = f" of {self.service}" if self.service else ""
        return f"future({self.operation!r}{of}: {self.words})"

    @property
    def words(self) -> str:
        """The change; a value that may be a secret reads ``***``."""
        inside = dict.fromkeys(self.edit.at.replace(EACH, "").split("."), "")
        secret = self.edit.becomes is not None and masked(inside) != inside
        return str(replace(self.edit, becomes="***") if secret else self.edit)


class Futures(Suggesting):
    """What later releases of the service do to answers; call it to add a change: ``lightsail.future``.

    >>> from pytest_lightsail import simulate
    >>> with simulate() as lightsail:
    ...     client = lightsail.client()
    ...     created = client.create_container_service(serviceName="shop", power="nano", scale=1)
    ...     state = "containerServices[].state"
    ...     lightsail.future("GetContainerServices", at=state, becomes="HIBERNATING")
    ...     client.get_container_services()["containerServices"][0]["state"]
    'HIBERNATING'
    """

    def __init__(self, model: ServiceModel) -> None:
        self._model = model
        self._changes: list[_Change] = []

    def __call__(
        self,
        operation: str,
        *,
        at: str = "",
        becomes: Any = None,
        gains: Mapping[str, Any] | None = None,
        lacks: str | None = None,
        service: str | None = None,
        times: int | None = None,
        nth: int = 1,
        optional: bool = False,
    ) -> None:
        """Change the successful answers of an operation that have the place; several changes add up.

        Args:
            operation: its name, such as ``GetContainerServices``.
            at: the place, such as ``containerServices[].state``, where ``[]`` is every element of a list
                or every value of a map; the whole answer if left out.
            becomes: a value that stands there instead, such as a state that nobody knows yet.
            gains: members that the structure there has more; botocore's parser drops them.
            lacks: an optional member that the structure there does not have.
            service: only answers to calls that name this container service; any if left out.
            times: how many answers, each of which must be given; every one, at least one, if left out.
            nth: the first of these answers that is changed.
            optional: the test is not to fail if no such answer is given.

        Raises:
            ConfigurationError: no such operation or place, not one change, or one that would change the
                type of a value or leave out what the service always gives.
        """
        check_operation(operation, self._model.operations)
        check_times("future", times)
        check_nth("future", nth)
        edit = Edit(at, becomes, gains, lacks)
        edit.check(self._model, operation)
        self._changes.append(
            _Change(operation, edit, service, times=times, nth=nth, optional=optional)
        )

    def change(
        self, operation: str, parameters: Mapping[str, Any], document: dict[str, Any]
    ) -> tuple[dict[str, Any], str]:
        """The answer as it goes out, and in words what has been changed; empty where nothing has."""
        words = []
        for change in self._changes:
            if not change.fits(operation, parameters):
                continue
            after = edited(document, change.edit)
            if after is None or not change.takes_turn():
                continue
            document = after
            words.append(change.words)
        return document, ", ".join(words)

    def clear(self) -> None:
        """Answer as the service does today."""
        self._changes.clear()

    def to_come(self) -> list[str]:
        """The changes that answers to come will have, each with how often, if that is not once."""
        return to_come(self._changes)

    def unused(self) -> list[str]:
        """The changes that answers have not had as often as they are for, but for optional ones."""
        return unused(self._changes)
