"""The table of possible findings, and the report of ``verify_caller``."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from textwrap import indent
from typing import Any

from ..exceptions import CallerFaultError, plural
from ..reporting.masking import MASK, masked_text
from ..reporting.timeline import render
from .oracle import Run

ON_REQUEST: Mapping[str, str] = {
    "leaves-changed": "if a deployment fails, the caller restores the scale, power and other settings",
    "changes-again": "a second run of the caller changes nothing and returns the same type of value",
    "sets-only-at-creation": "the caller also applies a scale or power argument to existing services",
    "misled-by-late-reads": "the caller tolerates reads that are 10 s out of date",
    "misled-by-lost-answers": "if a response is lost, the caller finds out whether the change was made",
    "does-not-wait-its-turn": "the caller waits while another deployment or update is in progress",
}
"""Findings that ``verify_caller`` looks for only if they are listed in ``also``."""

FINDINGS: Mapping[str, str] = {
    "makes-no-call": "the caller makes a call or visits a service",
    "returns-unfinished": "the caller has finished all its work when it returns",
    "never-succeeds": "the caller returns if nothing goes wrong",
    "fails-undisturbed": "the caller returns in every world if nothing goes wrong",
    "never-ends": "the caller returns or raises an exception in time",
    "crashes": "the caller fails only with errors that it raises on purpose",
    "refuses-valid-input": "the caller accepts everything that AWS accepts",
    "lets-invalid-through": "the caller itself rejects invalid input, before AWS does",
    "returns-too-early": "the caller returns only when its work is done",
    "ignores-failure": "in every world, the caller raises an exception if its deployment fails",
    "swallows-errors": "the caller raises an exception if an error prevents it from doing its work",
    "retries-in-vain": "the caller retries only calls that can succeed",
    "polls-too-fast": "the caller pauses between reads",
    "calls-too-fast": "the caller pauses between attempts to make a change",
    "prints-secrets": "the caller reveals no secrets",
    "works-elsewhere": "the caller makes its changes to the service that it was given",
    "makes-twice": "the caller makes each change only once if nothing goes wrong",
    "takes-a-detour": "the caller sets the final values directly, without intermediate values",
    "closes-endpoint": "the caller keeps an existing public endpoint reachable",
    "returns-wrong-version": "the caller returns the version that it created",
    "deaf-to-argument": "the caller sends different requests for different arguments",
    "does-not-achieve": "the caller returns only if it has achieved its goal",
    "destroys-what-ran": "if the caller raises an exception, the old version keeps running",
    "changes-too-much": "if the caller raises an exception, it has changed only what its goal requires",
    "raises-without-words": "the caller raises errors that describe the problem",
    "hides-the-cause": "if AWS denies a call, the caller shows the error in its exception or its output",
    "raises-another-error": "the caller raises only the errors that `raises` lists",
    "reports-late": "the caller finishes soon after the result is visible",
    "gives-up-too-soon": "the caller tolerates slow changes and slow responses",
    "does-not-retry": "the caller succeeds even if each call is throttled twice",
    "unsafe-to-run-again": "the caller can safely be run again",
    **ON_REQUEST,
}
"""Maps the name of each finding to the corresponding behaviour of a correct caller."""


@dataclass
class Report:
    """What one call to ``verify_caller`` covered and found.

    Attributes:
        runs: the number of runs, including runs that Hypothesis made to shrink an example. Runs
            that only test an argument, or only determine the caller's goal, are not counted.
        returned: the number of runs in which the caller returned.
        worlds: the number of runs that started in each world.
        rules: the number of times that the input broke each rule.
        survived: for each fault, the number of runs in which the caller returned even though the
            fault hit a call.
        matched: the parameters for which ``verify_caller`` chose a strategy based on their names.
        findings: the bugs found in the caller. Without ``all=True``, at most one bug is reported.
    """

    runs: int = 0
    returned: int = 0
    worlds: Counter[str] = field(default_factory=Counter)
    rules: Counter[str] = field(default_factory=Counter)
    survived: Counter[str] = field(default_factory=Counter)
    matched: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def add(self, run: Run) -> None:
        """Add a run to the counts."""
        case, outcome = run.case, run.outcome
        if case.invalid is not None:
            self.rules[case.invalid.rule] += 1
        if case.counts:
            self.runs += 1
            self.worlds[case.world] += 1
            self.returned += outcome.succeeded
        if outcome.succeeded:
            self.survived.update({call.fault for call in outcome.calls if call.fault is not None})

    def __str__(self) -> str:
        rows = {"worlds": self.worlds, "rules tried": self.rules, "faults survived": self.survived}
        lines = [f"the caller returned in {self.returned} of {plural(self.runs, 'run')}"]
        for title, counts in rows.items():
            shown = ", ".join(f"{name} ×{count}" for name, count in sorted(counts.items()))
            lines.append(f"{title:16}{shown or 'none'}")
        if self.matched:
            lines.append(f"{'matched by name':16}{'; '.join(self.matched)}")
        return "\n".join(lines)


class Finding:
    """A bug that ``verify_caller`` found in the caller. All secrets are masked.

    Attributes:
        fault: the name of the finding, such as ``ignores-failure``.
        words: a description of the bug in one sentence.
        happened: the world, input and scenario of the run that shows the bug, on one line.
        test: a ready-to-paste test that fails until the bug is fixed. ``test`` is empty if no
            single run shows the bug.
    """

    def __init__(
        self,
        caller: str,
        fault: str,
        words: str,
        run: Run | None,
        *,
        options: Mapping[str, Any],
        secrets: Collection[str],
    ) -> None:
        self.fault = fault
        self.words = masked_text(words, secrets)
        self.test, timeline, rows = "", "", dict[str, str]()
        if run is not None:
            case = run.case
            rows["the world"] = f"{run.service} {case.world}"
            rows["the call"] = f"{caller}({case.shown_arguments})"
            if case.invalid is not None or case.said:
                rows["the input"] = str(case.invalid or case.said)
            if not case.is_undisturbed:
                rows["what happened"] = str(case.scenario)
            # Replace `***` with a made-up secret: a caller that prints `***` reveals nothing.
            test = masked_text(_test(caller, fault, run, options), secrets)
            self.test = test.replace(MASK, "a-secret-value")
            timeline = render(run.outcome.history, most=40)
        shown = "; ".join(row for title, row in rows.items() if title != "the call")
        self.happened = masked_text(shown, secrets) or "in every run"
        text = f"{caller}: {fault}: {self.words}\n"
        for title, row in {**rows, "expected": FINDINGS[fault]}.items():
            text += f"  {title:14}{row}\n"
        for title, part in {"the timeline": timeline, "as a test": self.test}.items():
            text += f"  {title}\n{indent(part, '    ')}\n" if part else ""
        self._text = masked_text(text, secrets)

    def __repr__(self) -> str:
        return f"<Finding {self.fault}: {self.words}>"

    def __str__(self) -> str:
        return self._text

    def error(self, report: Report) -> CallerFaultError:
        """Return the exception for this finding, with the report and all other findings."""
        text = f"{self}  tried so far\n{indent(str(report), '    ')}"
        if len(report.findings) > 1:
            width = max(len(each.fault) for each in report.findings)
            lines = (
                f"    {each.fault:{width}}  {each.words.splitlines()[0]} [{each.happened}]"
                for each in report.findings
            )
            text = "\n".join([text, f"  all findings ({len(report.findings)})", *lines])
        return _class_of(self.fault)(text, fault=self.fault, report=report)


def _test(caller: str, fault: str, run: Run, options: Mapping[str, Any]) -> str:
    """Return a test that reproduces the bug, or an empty string if no single run shows it."""
    case = run.case
    if case.said and fault in {"deaf-to-argument", "sets-only-at-creation"}:
        return ""  # a test with one value of an argument cannot show these bugs
    world = f"[{case.world!r}]"
    given = {"arguments": f"dict({case.shown_arguments})", "worlds": world}
    repeated = dict(options)
    must_raise = case.world in repeated.pop("fails_in", ())
    if must_raise or case.invalid is not None:
        given["fails_in"] = world
    if run.service != "shop":
        given["service"] = repr(run.service)
    # In the `scenarios` that a test passes, `verify_caller` allows the caller to raise exceptions.
    # If the exception itself is the bug, the test must therefore omit `scenarios`.
    if not case.is_undisturbed and fault != case.bears:
        given["scenarios"] = f"st.just({case.scenario!r})"
    if fault in ON_REQUEST:
        given["also"] = f"[{fault!r}]"
    given |= {name: _written(value) for name, value in repeated.items()}
    body = f"        {caller.rpartition('.')[2].strip('<>')},\n"
    for name, value in given.items():
        hint = "  # copy this value from the original call" if value == "..." else ""
        body += f"        {name}={value},{hint}\n"
    return f"def test_{fault.replace('-', '_')}():\n    verify_caller(\n{body}    )"


def _written(value: Any) -> str:
    """Return a value as Python code, or ``...`` for a function without a global name."""
    if isinstance(value, tuple):
        end = ",)" if len(value) == 1 else ")"
        return f"({', '.join(map(_written, value))}{end}"
    if value == math.inf:
        return "float('inf')"  # `repr` returns `inf`, which is not a Python literal
    if callable(value):
        name = getattr(value, "__qualname__", repr(value))
        return "..." if "<" in name else str(name)
    return repr(value)


@lru_cache(maxsize=64)
def _class_of(fault: str) -> type[CallerFaultError]:
    """Return a separate exception class for each finding, so that Hypothesis tells bugs apart."""
    name = "".join(part.capitalize() for part in fault.split("-"))
    members: dict[str, Any] = {"__module__": CallerFaultError.__module__}
    return type(name, (CallerFaultError,), members)
