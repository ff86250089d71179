"""Documents held against the service model and the rules catalogue.

A validator decides with compiled functions at the cost of microseconds, and explains only what it
has refused. Rules that need the account (does the certificate exist?) are the simulator's.
"""

from __future__ import annotations

from functools import lru_cache
from threading import RLock
from typing import TYPE_CHECKING, Any

from ..model.envelope import root_shape
from ..model.form import REQUEST, Form
from .decide import Decider
from .explain import WRONG_TYPE, Explainer
from .plan import Plan

if TYPE_CHECKING:
    from ..model.rule import Path, Violation
    from ..model.service import ServiceModel
    from .expressions import Test

__all__ = ["RequestValidator", "Validator", "request_validator", "validator"]


class Validator:
    """Decides and explains the documents of one form.

    Args:
        model: the service model.
        form: which documents.
        nulls_absent: take a member that is ``null`` for one that is not there.
    """

    def __init__(self, model: ServiceModel, form: Form, *, nulls_absent: bool = False) -> None:
        self._model = model
        self._form = form
        plan = Plan(model, form, nulls_absent=nulls_absent)
        self._decider = Decider(plan)
        self._explainer = Explainer(plan)
        # Shapes are compiled when first needed, and accounts are used from many threads.
        self._compiling = RLock()

    def test(self, operation: str) -> Test:
        """The function that says whether a document of an operation is right.

        Raises:
            UnknownOperation: the model has no such operation, or the operation no such error.
        """
        return self._test(root_shape(self._model, operation, self._form))

    def violations(self, operation: str, document: Any) -> tuple[Violation, ...]:
        """All that is wrong with a document of an operation; empty if nothing is.

        Raises:
            UnknownOperation: the model has no such operation, or the operation no such error.
        """
        return self.violations_of(root_shape(self._model, operation, self._form), document)

    def violations_of(self, shape: str, value: Any, path: Path = ()) -> tuple[Violation, ...]:
        """All that is wrong with a value of a shape, which stands at ``path``."""
        if self._test(shape)(value):
            return ()
        with self._compiling:
            check = self._explainer.check(shape)
        return tuple(check(value, path))

    def _test(self, shape: str) -> Test:
        with self._compiling:
            return self._decider.test(shape)


class RequestValidator(Validator):
    """Finds what the service finds in a request, given as parsed JSON."""

    def __init__(self, model: ServiceModel) -> None:
        super().__init__(model, Form(REQUEST), nulls_absent=True)

    def violations(self, operation: str, document: Any) -> tuple[Violation, ...]:
        """All that is wrong with a request; nothing can be, where the operation takes no input.

        Raises:
            UnknownOperation: the model has no such operation.
        """
        shape = root_shape(self._model, operation, self._form)
        return self.violations_of(shape, document) if shape in self._model.shapes else ()

    def violations_of(self, shape: str, value: Any, path: Path = ()) -> tuple[Violation, ...]:
        """All that is wrong with a value of a shape, which stands at ``path``.

        What makes the JSON unreadable hides the rest, as it does for the service.
        """
        found = super().violations_of(shape, value, path)
        return tuple(one for one in found if one.rule is WRONG_TYPE) or found


@lru_cache(maxsize=32)
def validator(model: ServiceModel, form: Form) -> Validator:
    """The validator of a form, compiled as far as it has been used; one per model and form."""
    return Validator(model, form)


@lru_cache(maxsize=8)
def request_validator(model: ServiceModel) -> RequestValidator:
    """The validator of what reaches the service; one per model."""
    return RequestValidator(model)
