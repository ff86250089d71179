"""``validate`` and ``accepts``: one document of one operation against its contract."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ..exceptions import ContractViolation
from ..model.form import Form
from ..model.service import ServiceModel, load
from .validator import validator

if TYPE_CHECKING:
    from .expressions import Test

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
    if not _test(model or load(), operation, direction, flavour, strict, documented)(document):
        form = Form(direction, flavour, strict=strict, documented=documented)
        found = validator(model or load(), form).violations(operation, document)
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
    """Whether ``validate`` would let the document pass; this is the fast half of it."""
    test = _test(model or load(), operation, direction, flavour, strict, documented)
    return bool(test(document))


@lru_cache(maxsize=4096)
def _test(  # noqa: PLR0917 - positional, so that the cache has one key for one meaning
    model: ServiceModel,
    operation: str,
    direction: str,
    flavour: str,
    strict: bool,  # noqa: FBT001
    documented: bool,  # noqa: FBT001
) -> Test:
    form = Form(direction, flavour, strict=strict, documented=documented)
    return validator(model, form).test(operation)
