"""What both validators are compiled from: the shapes of a model in one form, with their tests.

``decide`` and ``explain`` walk the same shapes with different ends. Whatever they must agree on
is here.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ..model.envelope import enveloped
from ..model.form import Form, binding_rules
from ..model.rule import Kind, Rule
from ..model.rules import rule
from .expressions import Expression, rule_expression, type_expression

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..model.service import ServiceModel
    from ..model.shape import Member, Shape

__all__ = ["Plan"]


class Plan:
    """The shapes of a model in one form.

    Args:
        model: the service model.
        form: which documents.
        nulls_absent: take a member that is ``null`` for one that is not there, as the service does.
    """

    def __init__(self, model: ServiceModel, form: Form, *, nulls_absent: bool = False) -> None:
        self.form = form
        self.nulls_absent = nulls_absent
        self._model = enveloped(model, form)
        self._rules = binding_rules(self._model, form)

    @property
    def null_members(self) -> bool:
        """Whether a member of a structure may be ``null``."""
        return self.nulls_absent or self.form.nullable

    def shape(self, name: str) -> Shape:
        """The shape of that name."""
        return self._model.shapes[name]

    def member(self, member: Member) -> Shape:
        """The shape of a member, as the member has it: it can ask for a format of timestamps."""
        shape = self.shape(member.shape)
        if member.timestamp_format is None:
            return shape
        return replace(shape, timestamp_format=member.timestamp_format)

    def type_expression(self, shape: Shape) -> Expression | None:
        """Whether a value can be read as that shape; ``None`` if every one can."""
        return type_expression(shape, self.form)

    def rule_expressions(self, target: str, shape: Shape) -> Iterator[tuple[Rule, Expression]]:
        """The rules at a target whose values are of that shape, each as an expression."""
        for entry in self._rules.get(target, ()):
            expression = rule_expression(entry, shape, self.form)
            if expression is not None:
                yield entry, expression

    def required(self, shape: Shape) -> dict[str, Rule]:
        """The members that a structure must have, each with the rule that says so."""
        required = dict.fromkeys(shape.required, rule("json.required"))
        for name in shape.members:
            for entry in self._rules.get(f"{shape.name}.{name}", ()):
                if entry.kind is Kind.REQUIRED:
                    required[name] = entry
        return required
