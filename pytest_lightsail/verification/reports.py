"""What ``verify_caller`` reports: the table of its faults, the text of a finding, and what was tried."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

from ..exceptions import CallerFaultError, plural
from ..reporting.masking import masked_text
from .attempt import Outcome
from .cases import Case, build_lines

__all__ = ["FAULTS", "Finding", "Report"]


class Fault(NamedTuple):
    """A kind of finding: a bug that ``verify_caller`` can report.

    Attributes:
        expected: what a correct caller does.
        check: an expression that is true for the outcome of a correct caller; empty if none is short.
        on_request: whether it is checked only if ``also`` names it.
    """

    expected: str
    check: str = ""
    on_request: bool = False


_RETURNS = "outcome.error is None"
FAULTS: Mapping[str, Fault] = {
    "makes-no-call": Fault("it makes a call, or visits a service"),
    "returns-unfinished": Fault("it has finished all its work when it returns"),
    "never-succeeds": Fault("it returns if nothing happens", _RETURNS),
    "fails-undisturbed": Fault("it returns if nothing happens, in every world", _RETURNS),
    "never-ends": Fault("it ends, either way, in time", "outcome.finished_within(minutes=60)"),
    "crashes": Fault("it raises errors of its own", "outcome.raised_no_mistake()"),
    "refuses-valid-input": Fault("it accepts what AWS accepts", _RETURNS),
    "lets-invalid-through": Fault(
        "it refuses invalid input itself, before AWS does",
        "outcome.error is not None and outcome.keeps_the_contract()",
    ),
    "returns-too-early": Fault("it returns when its work is done", "outcome.is_settled()"),
    "ignores-failure": Fault(
        "it raises if the deployment fails", "outcome.noticed_failure(running=False)"
    ),
    "misses-old-version": Fault(
        "it raises if the deployment fails and an old version goes on running",
        "outcome.noticed_failure(running=True)",
    ),
    "swallows-errors": Fault(
        "it raises if an error prevents its work", "outcome.reported_errors()"
    ),
    "retries-in-vain": Fault(
        "it repeats only what can succeed", "outcome.retried_only_what_can_succeed()"
    ),
    "polls-too-fast": Fault("it pauses between two reads", "outcome.polled_at_most(30)"),
    "calls-too-fast": Fault("it pauses between two tries"),
    "prints-secrets": Fault("it shows no secret", "outcome.printed_no_secret()"),
    "works-elsewhere": Fault("it works on the service that it was given"),
    "makes-twice": Fault("it makes each change only once if nothing happens"),
    "takes-a-detour": Fault(
        "it sets the values that it wants at once, without other values in between"
    ),
    "closes-endpoint": Fault("it keeps a public endpoint that was reachable before"),
    "returns-wrong-version": Fault("it returns the version that it created"),
    "deaf-to-argument": Fault("it sends different requests for different arguments"),
    "does-not-achieve": Fault("it returns only if it achieved its goal"),
    "destroys-what-ran": Fault("if it raises, it keeps the old version running"),
    "changes-too-much": Fault("if it raises, it has changed nothing outside its goal"),
    "raises-without-words": Fault(
        "it raises errors that describe the problem", "str(outcome.error)"
    ),
    "hides-the-cause": Fault("what it raises, prints or logs shows the error that AWS gave"),
    "raises-another-error": Fault("it raises the errors of `raises`"),
    "reports-late": Fault("it ends soon after the result is visible"),
    "gives-up-too-soon": Fault("it tolerates slow deployments that succeed", _RETURNS),
    "does-not-retry": Fault("it survives two throttled attempts of each call", _RETURNS),
    "unsafe-to-run-again": Fault("it can be run again", "outcome.is_safe_to_run_again()"),
    "leaves-half-made": Fault(
        "if it raises, it leaves no service without a deployment",
        "outcome.left_nothing_half_made()",
        on_request=True,
    ),
    "leaves-changed": Fault(
        "if a deployment fails, it restores scale, power and the like", on_request=True
    ),
    "changes-again": Fault(
        "run again, it changes nothing, and returns the same kind of value", on_request=True
    ),
    "sets-only-at-creation": Fault(
        "what an argument sets of a service that it creates, it also sets of one that exists",
        on_request=True,
    ),
    "misled-by-late-reads": Fault(
        "it tolerates reads that show the account as it was 10 s ago", _RETURNS, on_request=True
    ),
    "misled-by-lost-answers": Fault(
        "it finds out whether a change whose response was lost took effect",
        _RETURNS,
        on_request=True,
    ),
    "does-not-wait-its-turn": Fault(
        "it waits while another deployment or update is in progress", _RETURNS, on_request=True
    ),
}
"""Every fault by name."""


@dataclass
class Report:
    """What the examples of one ``verify_caller`` have been.

    Attributes:
        runs: how many runs there were, including those that only shrank a failure; not those that only
            tried an input or looked at what the caller does if nothing happens.
        returned: how many of them returned.
        worlds: how many runs began in each world.
        rules: how often each rule was broken by the input.
        valid: how many classes of valid values of each argument were tried.
        states: how often a service was seen in each state, ``stateDetail`` behind a slash.
        survived: the faults that hit a call of a run which returned all the same, and how often.
        met: the faults that hit a call of any run.
        matched: the arguments whose strategies were found by name.
        not_borne: what the caller raises an error at, although another one could wait.
        findings: what is wrong with the caller; more than one only with ``all=True``.
    """

    runs: int = 0
    returned: int = 0
    worlds: Counter[str] = field(default_factory=Counter)
    rules: Counter[str] = field(default_factory=Counter)
    valid: Counter[str] = field(default_factory=Counter)
    states: Counter[str] = field(default_factory=Counter)
    survived: Counter[str] = field(default_factory=Counter)
    met: Counter[str] = field(default_factory=Counter)
    matched: list[str] = field(default_factory=list)
    not_borne: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def add(self, case: Case, outcome: Outcome) -> None:
        """Count a run."""
        if case.invalid is not None:
            self.rules[case.invalid.rule] += 1
        if case.counts:
            self.runs += 1
            self.worlds[case.world] += 1
            self.returned += outcome.succeeded
        self.states.update(
            f"{change.state}/{change.detail}" if change.detail else change.state
            for change in outcome.changes
        )
        hit = {call.fault for call in outcome.calls if call.fault is not None}
        self.met.update(hit)
        if outcome.succeeded:
            self.survived.update(hit)

    def __str__(self) -> str:
        rows = {
            "worlds": self.worlds,
            "rules tried": self.rules,
            "valid classes": self.valid,
            "states seen": self.states,
            "faults hit": self.met,
            "faults survived": self.survived,
        }
        lines = [f"{plural(self.runs, 'run')}, {self.returned} of them returned"]
        for title, counts in rows.items():
            shown = ", ".join(f"{name} ×{count}" for name, count in sorted(counts.items()))
            lines.append(f"{title:16}{shown or 'none'}")
        if self.matched:
            lines.append(f"{'by their names':16}{'; '.join(self.matched)}")
        if self.not_borne:
            lines.append(f"{'not borne':16}{'; '.join(self.not_borne)}")
        return "\n".join(lines)


@dataclass(frozen=True)
class Finding:
    """A fault of the caller, as it was found.

    Attributes:
        caller: the name of the caller.
        fault: the name of the fault, such as ``ignores-failure``.
        words: what was wrong, in a sentence.
        case: the case in which it was; ``None`` if it was in all of them.
        service: the container service of the case.
        timeline: what happened in it.
        secrets: values that no text shows.
    """

    caller: str
    fault: str
    words: str
    case: Case | None = None
    service: str = "shop"
    timeline: str = ""
    secrets: Collection[str] = field(default=(), repr=False)

    @property
    def happened(self) -> str:
        """Where it was, in a line."""
        rows = self._rows()
        shown = [
            rows[title] for title in ("the world", "the input", "what happened") if title in rows
        ]
        return masked_text("; ".join(shown), self.secrets) or "in every run"

    def _rows(self) -> dict[str, str]:
        """The parts of the case as text, by title."""
        case = self.case
        if case is None:
            return {}
        rows = {
            "the world": f"{self.service} {case.world}",
            "the call": f"{self.caller}({case.shown_arguments})",
        }
        if case.invalid is not None or case.said:
            rows["the input"] = str(case.invalid or case.said)
        if not case.is_undisturbed:
            rows |= {"what happened": str(case.scenario), "as Python": repr(case.scenario)}
        return rows

    def __str__(self) -> str:
        head = f"{self.caller}: {self.fault}: {self.words}\n"
        rows = {**self._rows(), "expected": FAULTS[self.fault].expected}
        text = head + "".join(f"  {title:14}{row}\n" for title, row in rows.items())
        if self.case is not None:
            story = {"the timeline": self.timeline, "as a test": self.test}
            text += "".join(f"  {title}\n{_indented(part)}\n" for title, part in story.items())
        return masked_text(text, self.secrets)

    @property
    def test(self) -> str:
        """A test that fails until the fault is fixed, to paste next to the caller."""
        if self.case is None:
            return ""
        name = self.caller.rpartition(".")[2].strip("<>")
        called = f"{name}, {self.case.shown_arguments}".removesuffix(", ")
        check = FAULTS[self.fault].check
        if not check:
            given = [
                name,
                f"arguments=dict({self.case.shown_arguments})",
                f"worlds={[self.case.world]!r}",
            ]
            if not self.case.is_undisturbed:
                given.append(f"scenarios=st.just({self.case.scenario!r})")
            if FAULTS[self.fault].on_request:
                given.append(f"also={{{self.fault!r}}}")
            return f"def test_{_word(self.fault)}():\n    verify_caller({', '.join(given)})"
        lines = [f"def test_{_word(self.fault)}(lightsail):", *build_lines(self.case, self.service)]
        if not self.case.is_undisturbed:
            lines.append(f"lightsail.play({self.case.scenario!r})")
        lines += [f"outcome = attempt({called})", f"assert {check}"]
        return "\n    ".join(lines)

    def error(self, report: Report) -> CallerFaultError:
        """Return the exception for this finding, with a summary of the run and all other findings."""
        text = f"{self}  tried so far\n{_indented(str(report))}"
        if len(report.findings) > 1:
            text = f"{text}\n{table(report.findings)}"
        return _class_of(self.fault)(text, fault=self.fault, report=report)


def table(findings: Collection[Finding]) -> str:
    """Return a line for each finding: its name, what was wrong, and where."""
    width = max(len(each.fault) for each in findings)
    lines = [
        f"{each.fault:{width}}  {masked_text(each.words, each.secrets).splitlines()[0]} "
        f"[{each.happened}]"
        for each in findings
    ]
    return "\n".join([f"  all findings ({len(findings)})", *(f"    {line}" for line in lines)])


def _word(fault: str) -> str:
    return fault.replace("-", "_")


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())


@lru_cache(maxsize=64)
def _class_of(fault: str) -> type[CallerFaultError]:
    """Return a class for each finding, since Hypothesis shrinks to the same exception class."""
    name = "".join(part.capitalize() for part in fault.split("-"))
    members: dict[str, Any] = {"__module__": CallerFaultError.__module__}
    return type(name, (CallerFaultError,), members)
