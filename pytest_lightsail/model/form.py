"""The forms in which a document of an operation can be meant, and what binds each of them.

A request is bound by everything known, and closed: no unknown members, no unknown enumeration
values. A response comes in two forms. The open one is for reading: AWS adds members and values
without notice and may give ``null`` for what is absent, so only what the model promises is
asserted. The strict one is for writing, which is what this library's own responses are held to:
closed, and bound by the catalogue too.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from ..exceptions import ConfigurationError
from .rules import resolve

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .rule import Rule
    from .service import ServiceModel

__all__ = ["ERROR", "REQUEST", "RESPONSE", "Form", "binding_rules"]

REQUEST = "request"
RESPONSE = "response"
ERROR = "error:"
"""Stands before the name of a modelled error, as in ``error:NotFoundException``."""
_FLAVOURS = ("wire", "python")


@dataclass(frozen=True)
class Form:
    """Which document of an operation is meant.

    Attributes:
        direction: ``"request"``, ``"response"``, or ``"error:<name of a modelled error>"``.
        flavour: ``"wire"`` for the JSON, ``"python"`` for what boto3 takes and gives.
        strict: close a response; a request is closed anyway.
        documented: also what only AWS's prose says; without it the service model alone.

    Raises:
        ConfigurationError: there is no such direction or flavour.
    """

    direction: str
    flavour: str = "wire"
    strict: bool = False
    documented: bool = True

    def __post_init__(self) -> None:
        if self.direction not in {REQUEST, RESPONSE} and self.error is None:
            known = f"{REQUEST!r}, {RESPONSE!r}, '{ERROR}<name>'"
            raise ConfigurationError(f"direction {self.direction!r} is none of {known}")
        if self.flavour not in _FLAVOURS:
            raise ConfigurationError(f"flavour {self.flavour!r} is none of {', '.join(_FLAVOURS)}")

    @property
    def error(self) -> str | None:
        """The name of the modelled error, if it is one."""
        name = self.direction.removeprefix(ERROR)
        return name if name and name != self.direction else None

    @property
    def closed(self) -> bool:
        """Whether unknown members and unknown enumeration values are refused."""
        return self.direction == REQUEST or self.strict

    @property
    def nullable(self) -> bool:
        """Whether ``null`` may stand for what is absent; botocore drops it from what it returns."""
        return not self.closed and self.flavour == "wire"

    @property
    def label(self) -> str:
        """The last parts of the document's ``$id``."""
        parts = [self.direction, self.flavour]
        if self.direction != REQUEST and self.strict:
            parts.append("strict")
        if not self.documented:
            parts.append("model")
        return ":".join(parts)


@lru_cache(maxsize=32)
def binding_rules(model: ServiceModel, form: Form) -> Mapping[str, tuple[Rule, ...]]:
    """The rules that bind a document of that form, by target."""
    if form.direction == REQUEST:
        return resolve(model, documented=form.documented)
    rules = resolve(model, documented=form.documented and form.strict)
    kept = {
        target: tuple(entry for entry in entries if not entry.requests_only)
        for target, entries in rules.items()
    }
    return {target: entries for target, entries in kept.items() if entries}
