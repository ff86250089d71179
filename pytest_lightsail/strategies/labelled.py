"""What an invalid value is: the value, the rule that it breaks, and what comes of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from ..exceptions import ConfigurationError
from .needs import Needs
from .sites import CLIENT, SERVICE

__all__ = ["CLIENT", "DEPLOYMENT", "KINDS", "SERVICE", "Expected", "Invalid", "wanted_kinds"]

DEPLOYMENT = "deployment"
KINDS = (CLIENT, SERVICE, DEPLOYMENT)
_Image = TypeVar("_Image")


@dataclass(frozen=True)
class Expected:
    """What is to come of an invalid value.

    Attributes:
        name: the name of the error, as in ``ClientError.response["Error"]["Code"]``;
            ``ParamValidationError`` is botocore's own, raised before anything is sent; ``FAILED`` is no
            error but the state in which the deployment ends.
        message: the text of the error; why the deployment fails.
        step: the code of the ``stateDetail`` during which the deployment fails.
    """

    name: str
    message: str
    step: str | None = None

    def __str__(self) -> str:
        return self.name if self.step is None else f"{self.name} at {self.step}"


@dataclass(frozen=True)
class Invalid:
    """A value that breaks one rule.

    Attributes:
        value: the value; for ``invalid_requests`` the whole request.
        rule: the id of the rule that is broken, as in docs/rules.md; of kind ``deployment`` the id of a
            flaw, which begins with ``fails.``.
        path: where, in the request, such as ``publicEndpoint.healthCheck.timeoutSeconds``.
        error: what comes of it.
        kind: ``client`` if botocore refuses it before any request, ``service`` if the service does,
            ``deployment`` if the service accepts it and the deployment fails later.
        operation: the operation that the request is for.
        request: the whole request, valid but for this; keyword arguments of a boto3 call.
        repaired: the same request, valid: what the broken value was planted in.
        needs: what the account must hold for ``repaired`` to be accepted.
        images: of kind ``deployment``: the arguments of ``Image`` by the reference of an image, for
            ``lightsail.images``.
    """

    value: Any
    rule: str
    path: str
    error: Expected
    kind: str
    operation: str = field(repr=False)
    request: dict[str, Any] = field(repr=False)
    repaired: dict[str, Any] = field(repr=False)
    needs: Needs = field(default_factory=Needs, repr=False)
    images: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, repr=False)

    def __str__(self) -> str:
        what = f"{self.operation}: {self.path or 'request'} breaks {self.rule}"
        return f"{what} ({self.kind}: {self.error})"

    def _repr_pretty_(self, printer: Any, cycle: object) -> None:
        """As Hypothesis shows it in a failing example: without what a test does not look at."""
        del cycle
        printer.text(repr(self))

    @property
    def is_flaw(self) -> bool:
        """Whether it breaks no rule: the service accepts it, and the deployment fails."""
        return self.kind == DEPLOYMENT

    def images_as(self, image: Callable[..., _Image]) -> dict[str, _Image]:
        """What a test puts into the account for the deployment to fail.

        >>> from pytest_lightsail import Image
        >>> error = Expected("FAILED", "it cannot be pulled", "CREATING_DEPLOYMENT")
        >>> images = {"nginx:9": {"pull": "fails"}}
        >>> case = Invalid("nginx:9", "fails.pull", "", error, "deployment", "", {}, {}, images=images)
        >>> case.images_as(Image)
        {'nginx:9': Image(pull='fails', optional=True)}

        In a test: ``lightsail.images.update(case.images_as(Image))``. They are optional, for a caller may
        refuse the input by itself.
        """
        return {reference: image(**does, optional=True) for reference, does in self.images.items()}


def wanted_kinds(kind: str | None) -> frozenset[str]:
    """The kinds that are asked for: what is refused, if nothing is said.

    Raises:
        ConfigurationError: there is no such kind.
    """
    if kind is None:
        return frozenset({CLIENT, SERVICE})
    if kind not in KINDS:
        known = ", ".join(map(repr, KINDS))
        raise ConfigurationError(f"kind is one of {known}, not {kind!r}")
    return frozenset({kind})
