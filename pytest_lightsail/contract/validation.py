"""``validate`` and ``accepts``: one document of one operation against its contract."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from ..exceptions import ContractViolation
from ..model.form import Form
from ..model.service import ServiceModel, load
from .validator import Validator, validator

__all__ = ["accepts", "validate"]


def validate(
    operation: str,
    direction: str,
    document: Any,
    *,
    model: ServiceModel | None = None,
    flavour: str = "wire",
    strict: bool = False,
    documented: bool = True,
) -> None:
    """Hold a document against the contract of its operation, relations between members included.

    Args:
        operation: the operation's name, such as ``"CreateContainerService"``.
        direction: ``"request"``, ``"response"`` or ``"error:<name>"``.
        document: what was or would be sent, as parsed JSON or as boto3 takes and gives it.
        model: the service model; that of the installed botocore unless given.
        flavour: ``"wire"`` for the JSON on the wire, ``"python"`` for what boto3 takes and gives.
        strict: close a response: neither unknown members nor unknown enumeration values, and bound
            by the catalogue as a request is.
        documented: also what AWS says only in prose; without it the service model alone.

    Raises:
        ContractViolation: it breaks rules; all of them are listed.
        UnknownOperation: the model has no such operation, or the operation no such error.
        ConfigurationError: there is no such direction or flavour.

    Example:
        >>> validate("UpdateContainerService", "request", {"serviceName": "shop", "scale": 21})
        Traceback (most recent call last):
        ...
        pytest_lightsail.exceptions.ContractViolation: UpdateContainerService request breaks 1 rule
          scale: scale.range: found 21, allowed: 1 to 20
    """
    one = _validator(model or load(), direction, flavour, strict, documented)
    found = one.violations(operation, document)
    if found:
        rules = "1 rule" if len(found) == 1 else f"{len(found)} rules"
        lines = [f"{operation} {direction} breaks {rules}", *map(str, found)]
        raise ContractViolation("\n  ".join(lines), found)


def accepts(
    operation: str,
    direction: str,
    document: Any,
    *,
    model: ServiceModel | None = None,
    flavour: str = "wire",
    strict: bool = False,
    documented: bool = True,
) -> bool:
    """Return whether ``validate`` would accept the document; it stops at the first broken rule."""
    one = _validator(model or load(), direction, flavour, strict, documented)
    return one.accepts(operation, document)


@lru_cache(maxsize=64)
def _validator(
    model: ServiceModel,
    direction: str,
    flavour: str,
    strict: bool,  # noqa: FBT001
    documented: bool,  # noqa: FBT001
) -> Validator:
    return validator(model, Form(direction, flavour, strict=strict, documented=documented))
