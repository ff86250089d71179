"""Yes or no to a document, as fast as Python goes: the hot path of validation.

Every structure, map and list of a model becomes one Python function, written out with the tests
of its members in line and compiled when first needed; it stops at the first thing that is wrong.
What is wrong, and where, is for ``explain``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..model.shape import COLLECTIONS, EACH, KEY, VALUE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ..model.shape import Shape
    from .expressions import Expression, Test
    from .plan import Plan

__all__ = ["Decider"]


class Decider:
    """Compiles the shapes of a plan into tests."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._namespace: dict[str, Any] = {}
        """The functions of the shapes and all constants, as the globals of these functions."""
        self._functions: dict[str, str] = {}
        self._waiting: list[Shape] = []

    def test(self, name: str) -> Test:
        """The test of a shape; compiled when first asked for."""
        function = self._function(self._plan.shape(name))
        while self._waiting:
            self._compile(self._waiting.pop())
        test: Test = self._namespace[function]
        return test

    def _function(self, shape: Shape) -> str:
        """The name of the function that tests a shape, which may have to be written still."""
        if shape.name not in self._functions:
            self._functions[shape.name] = f"shape_{len(self._functions)}"
            # Shapes may be nested deeper than functions can call each other to compile them.
            self._waiting.append(shape)
        return self._functions[shape.name]

    def _compile(self, shape: Shape) -> None:
        name = self._functions[shape.name]
        body = [
            *self._wrong_type(shape, "v"),
            *self._inside(shape),
            *self._broken(shape.name, shape),
        ]
        source = "\n".join([f"def {name}(v):", *_indented(body), "    return True"])
        # The source holds numbers, names made here, and member names as quoted literals.
        exec(source, self._namespace)  # noqa: S102

    def _inside(self, shape: Shape) -> Iterator[str]:
        if not shape.document:
            if shape.type == "structure":
                yield from self._structure(shape)
            elif shape.type == "map":
                yield from self._map(shape)
            elif shape.type == "list":
                yield from self._list(shape)

    def _structure(self, shape: Shape) -> Iterator[str]:
        plan = self._plan
        required = plan.required(shape)
        counted = plan.form.closed
        if counted:
            yield "known = 0"
        for name, member in shape.members.items():
            test = list(
                self._value(f"{shape.name}.{name}", plan.member(member), null=plan.null_members)
            )
            if name in required and plan.nulls_absent:
                test.insert(0, "if m is None: return False")
            yield f"if {name!r} in v:"
            yield f"    m = v[{name!r}]"
            yield from ["    known += 1"] if counted else []
            yield from _indented(test)
            yield from ["else: return False"] if name in required else []
        if counted:
            yield "if known != len(v): return False"
        if counted and shape.union:
            yield "if known != 1: return False"

    def _map(self, shape: Shape) -> Iterator[str]:
        key, value = self._plan.shape(str(shape.key)), self._plan.shape(str(shape.value))
        nullable = self._plan.form.nullable
        yield "for k, m in v.items():"
        yield from _indented(self._value(f"{shape.name}{KEY}", key, variable="k"))
        yield from _indented(self._value(f"{shape.name}{VALUE}", value, null=nullable))

    def _list(self, shape: Shape) -> Iterator[str]:
        item = self._plan.shape(str(shape.item))
        yield "for m in v:"
        yield from _indented(
            self._value(f"{shape.name}{EACH}", item, null=self._plan.form.nullable)
        )

    def _value(
        self, target: str, shape: Shape, *, variable: str = "m", null: bool = False
    ) -> Iterator[str]:
        """The lines that test a value used at ``target``."""
        lines: list[str] = []
        if shape.type in COLLECTIONS:
            lines.append(f"if not {self._function(shape)}({variable}): return False")
        else:
            lines += self._wrong_type(shape, variable)
            lines += self._broken(shape.name, shape, variable)
        lines += self._broken(target, shape, variable)
        if null and lines:
            yield f"if {variable} is not None:"
            yield from _indented(lines)
        else:
            yield from lines or ["pass"]

    def _wrong_type(self, shape: Shape, variable: str) -> Iterator[str]:
        expression = self._plan.type_expression(shape)
        if expression is not None:
            yield self._unless(expression, variable)

    def _broken(self, target: str, shape: Shape, variable: str = "v") -> Iterator[str]:
        for _, expression in self._plan.rule_expressions(target, shape):
            yield self._unless(expression, variable)

    def _unless(self, expression: Expression, variable: str) -> str:
        names = {}
        for name, constant in expression.constants.items():
            names[name] = f"{name}_{len(self._namespace)}"
            self._namespace[names[name]] = constant
        return f"if not ({expression.text.format(v=variable, **names)}): return False"


def _indented(lines: Iterable[str]) -> Iterator[str]:
    return (f"    {line}" for line in lines)
