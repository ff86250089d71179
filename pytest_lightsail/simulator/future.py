"""The next releases of the service: the account's own answers, changed on their way out.

The change comes after all of the account's own checks, and before faults that spoil answers: botocore's
parser gets what a newer service would send.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..model.edits import Edit, edited
from ..model.service import EACH, ServiceModel
from .expectation import Expectation, Prepared, service_of
from .history import check_operation, masked

__all__ = ["Futures"]


class Futures(Prepared[Edit]):
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
        super().__init__()
        self._model = model

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
            becomes: a value that stands there instead, such as an unknown state.
            gains: members that the structure there has more; botocore's parser drops them.
            lacks: an optional member that the structure there does not have.
            service: only answers to calls that name this container service; any if left out.
            times: how many answers, each of which must be given; every one, at least one, if left out.
            nth: the first of these answers that is changed.
            optional: the test does not fail if no such answer is given.

        Raises:
            ConfigurationError: no such operation or place, not one change, or one that would change the
                type of a value or leave out what the service always gives.
        """
        check_operation(operation, self._model.operations)
        edit = Edit(at, becomes, gains, lacks)
        edit.check(self._model, operation)
        of = f" of {service}" if service else ""
        self.expectations.append(
            Expectation(
                f"future({operation!r}{of}: {_words(edit)})",
                edit,
                operation=operation,
                service=service,
                times=times,
                nth=nth,
                optional=optional,
            )
        )

    def change(
        self, operation: str, parameters: Mapping[str, Any], document: dict[str, Any]
    ) -> tuple[dict[str, Any], str]:
        """Return the answer as it goes out, and in words what was changed; empty where nothing was."""
        words, service = [], service_of(parameters)
        for each in self.expectations:
            after = edited(document, each.what) if each.fits(operation, service) else None
            if after is not None and each.takes_turn():
                document = after
                words.append(_words(each.what))
        return document, ", ".join(words)


def _words(edit: Edit) -> str:
    """Describe a change; a value that may be a secret reads ``***``."""
    inside = dict.fromkeys(edit.at.replace(EACH, "").split("."), "")
    is_secret = edit.becomes is not None and masked(inside) != inside
    return str(replace(edit, becomes="***") if is_secret else edit)
