"""The answer of a check: true where all is well, and otherwise what is wrong."""

from __future__ import annotations

from ..wording import Suggesting

__all__ = ["Verdict"]


class Verdict(Suggesting):
    """Whether a check holds, in a form that a failing ``assert`` shows whole.

    A verdict that no one looks at, be it at its truth, its text or its ``fault``, fails the test.

    >>> bool(Verdict("finished within 5 minutes"))
    True
    >>> Verdict("finished within 5 minutes", "it took 900 s")
    <not so: finished within 5 minutes. It took 900 s>

    Args:
        claim: what was checked.
        fault: what is wrong; empty where nothing is.
    """

    def __init__(self, claim: str, fault: str = "") -> None:
        self.claim = claim
        self._fault = fault
        self._looked_at = False

    @property
    def fault(self) -> str:
        """What is wrong; empty where nothing is."""
        self._looked_at = True
        return self._fault

    @property
    def unread(self) -> str:
        """The verdict as text if no one has looked at it; empty otherwise."""
        return "" if self._looked_at else self._text

    @property
    def _text(self) -> str:
        if not self._fault:
            return f"<so it is: {self.claim}>"
        return f"<not so: {self.claim}. {self._fault[:1].upper()}{self._fault[1:]}>"

    def __bool__(self) -> bool:
        return not self.fault

    def __repr__(self) -> str:
        self._looked_at = True
        return self._text
