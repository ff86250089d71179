"""The page at ``/_lightsail/``: its files, what it offers filled in from the tables of the simulator."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from string import Template

from ..model.lifecycle import STATE_DETAILS, STUCK, TIMELINES
from ..simulator.faults import FAULTS
from ..simulator.operations import OPERATIONS
from ..simulator.scenario import VERBS
from ..simulator.wire import STATUS
from .pages import asset, state_diagram

__all__ = ["live_page"]

_TYPES: Mapping[str, str] = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}
_INDEX = "index.html"
_STYLES = ("theme.css", "page.css", "state_diagram.css")
_FILES = (*_STYLES, "page.js", "server.js", "view.js", "icon.svg")
_ACRONYMS = {"dns", "json"}
_SLOW = 90
"""Seconds, longer than most clients wait."""


def live_page() -> dict[str, tuple[str, bytes]]:
    """Return the files of the page by name: their types and bytes. The page itself has no name."""
    page = Template(asset(_INDEX)).substitute(
        diagram=state_diagram("service"),
        faults=_buttons(
            (_words(name), f'type="button" data-step="{verb}" data-fault="{name}"')
            for verb, name in _plain_faults()
        ),
        faults_with_arguments="".join(
            _fault_with_arguments(name) for name, arguments in FAULTS.items() if arguments
        ),
        failing_steps=_options((code, code) for code in _details("deploy")),
        operations=_options((name, name) for name in sorted(OPERATIONS)),
        steps="".join(_steps(state, codes) for state, codes in _details_by_state().items()),
    )
    documents = {"": page, **{name: asset(name) for name in _FILES}}
    return {
        name: (_TYPES[(name or _INDEX).rpartition(".")[2]], text.encode())
        for name, text in documents.items()
    }


def _plain_faults() -> Iterable[tuple[str, str]]:
    """Yield verb and name of the faults that need nothing else."""
    yield from (("fault", name) for name, arguments in FAULTS.items() if not arguments)
    yield "answer_lost", "answer_lost"


def _details(event: str) -> list[str]:
    return [stage.detail for stage in TIMELINES[event] if stage.detail is not None]


def _details_by_state() -> dict[str, list[str]]:
    """Return the codes of ``stateDetail`` that each state goes through, or stays with."""
    found: dict[str, list[str]] = {TIMELINES["create"][0].state: list(STUCK)}
    for event, stages in TIMELINES.items():
        found.setdefault(stages[0].state, []).extend(_details(event))
    return {state: list(dict.fromkeys(codes)) for state, codes in found.items() if codes}


def _steps(state: str, codes: Iterable[str]) -> str:
    items = "".join(
        f'<li data-detail="{code}" title="{escape(STATE_DETAILS[code])}">{code}</li>'
        for code in codes
    )
    return f'<ol class="steps" data-steps-of="{state}" hidden>{items}</ol>'


def _fault_with_arguments(name: str) -> str:
    inputs = "".join(_input(name, argument) for argument in FAULTS[name])
    return (
        f'<form class="with-arguments" data-step="fault" data-fault="{name}">'
        f"{inputs}<button>{_words(name)}</button></form>"
    )


def _input(fault: str, argument: str) -> str:
    about = f'id="{fault}-{argument}" data-argument="{argument}"'
    label = f'<label for="{fault}-{argument}">{_words(f"{fault}_{argument}")}</label>'
    if argument == "seconds":
        field = f'<input {about} type="number" min="0" step="any" value="{_SLOW}" required>'
    elif argument == "code":
        field = f"<select {about}>{_options((code, code) for code in sorted(STATUS))}</select>"
    else:
        default = VERBS["fault"].arguments[argument].default or ""
        field = f'<input {about} type="text" value="{escape(default)}" autocomplete="off">'
    return f"<div>{label}{field}</div>"


def _buttons(described: Iterable[tuple[str, str]]) -> str:
    return "".join(f"<button {about}>{escape(text)}</button>" for text, about in described)


def _options(pairs: Iterable[tuple[str, str]]) -> str:
    return "".join(f'<option value="{value}">{escape(text)}</option>' for value, text in pairs)


def _words(name: str) -> str:
    """Return a name as people write it.

    >>> _words("dns_failure"), _words("slow_answer")
    ('DNS failure', 'Slow answer')
    """
    words = [word.upper() if word in _ACRONYMS else word for word in name.split("_")]
    return " ".join([words[0][:1].upper() + words[0][1:], *words[1:]])
