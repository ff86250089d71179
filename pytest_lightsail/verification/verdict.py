"""The answer of a check: true where all is well, and otherwise what is wrong."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Verdict"]


@dataclass(frozen=True)
class Verdict:
    """Whether a check holds, in a form that a failing ``assert`` shows whole.

    >>> bool(Verdict("finished within 5 minutes"))
    True
    >>> Verdict("finished within 5 minutes", "it took 900 s")
    <not so: finished within 5 minutes. It took 900 s>

    Attributes:
        claim: what was checked.
        fault: what is wrong; empty where nothing is.
    """

    claim: str
    fault: str = ""

    def __bool__(self) -> bool:
        return not self.fault

    def __repr__(self) -> str:
        if self:
            return f"<so it is: {self.claim}>"
        return f"<not so: {self.claim}. {self.fault[:1].upper()}{self.fault[1:]}>"
