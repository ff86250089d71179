"""How much of two models a comparison looks at, before it says that they are not models of AWS.

Shapes that hold each other in many ways have more paths than anybody can list: with thirty shapes, each
of which holds the next one twice, there are a thousand million.
"""

from __future__ import annotations

from ..exceptions import ConfigurationError
from .bounds import DEEPEST

__all__ = ["MOST_STEPS", "Effort"]

MOST_STEPS = 200_000
"""Steps along members and pairs of shapes; four years of Lightsail differ in some two thousand."""


class Effort:
    """The steps of one comparison."""

    def __init__(self) -> None:
        self._left = MOST_STEPS

    def step(self, depth: int = 0) -> None:
        """Take one more step.

        Args:
            depth: how many levels below a request or response it leads.

        Raises:
            ConfigurationError: it is one too many, or leads too deep.
        """
        self._left -= 1
        if self._left < 0:
            raise ConfigurationError(
                f"the models differ in too many places to list them: more than {MOST_STEPS} steps "
                "along their shapes; choose some operations"
            )
        if depth > DEEPEST:
            raise ConfigurationError(
                f"the models differ more than {DEEPEST} levels deep, where no request has anything"
            )
