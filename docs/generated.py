"""Generate parts of the pages from the code when the documentation is built.

In a page, the Markdown that the function ``options`` returns replaces ```` ```{generated} options ````.
"""

from __future__ import annotations

import argparse
import inspect
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import Directive
from docutils.statemachine import StringList
from state_diagram import svg

from pytest_lightsail import Fault, exceptions, plugin
from pytest_lightsail.cli import command_line
from pytest_lightsail.model.catalogue import RULES
from pytest_lightsail.model.service import load
from pytest_lightsail.options import option_fields
from pytest_lightsail.simulation.control import PREFIX, ROUTES
from pytest_lightsail.simulator.faults import PLAIN_FAULTS
from pytest_lightsail.simulator.wire import STATUS, ServiceError
from pytest_lightsail.verification.reports import FINDINGS, ON_REQUEST

_MOST = 5
"""The maximum number of rules that are listed by name. Further rules are only counted."""


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    cells = ([str(cell).replace("|", "\\|") for cell in line] for line in lines)
    return "\n".join(f"| {' | '.join(line)} |" for line in cells) + "\n"


class _Declared:
    """Record the options that the plugin declares. This class replaces pytest's parser."""

    def __init__(self) -> None:
        self.flags: dict[str, dict[str, Any]] = {}
        self.entries: dict[str, dict[str, Any]] = {}

    def getgroup(self, *_: str) -> _Declared:
        return self

    def addoption(self, flag: str, **declared: Any) -> None:
        self.flags[flag] = declared

    def addini(self, name: str, help: str, **declared: Any) -> None:  # noqa: A002 - pytest's name
        self.entries[name] = {"help": help, **declared}


def declared() -> _Declared:
    """Return the ini entries and the flags of the plugin."""
    found: Any = _Declared()
    plugin.pytest_addoption(found)
    return found  # type: ignore[no-any-return]


def options() -> str:
    """Return the options of the account, which the marker and ``simulate()`` also accept."""
    return table(
        ("Option", "Default", "Meaning"),
        [
            (
                f"`{name}`",
                option.metadata["unset"] or _default(option.default),
                option.metadata["help"],
            )
            for name, option in option_fields().items()
        ],
    )


def waits() -> str:
    """Return the waits in virtual time, from the table of the tests."""
    sys.path.insert(0, str(Path(__file__).parents[1]))
    from tests.clock.waits import CLOCKS, LIMITS, WAITS  # noqa: PLC0415

    names = {"waits": WAITS, "limits on other work": LIMITS, "clocks": CLOCKS}
    return table(
        ("Kind", "Tested functions and classes"),
        [(kind, ", ".join(f"`{name}`" for name in each)) for kind, each in names.items()],
    )


def settings() -> str:
    """Return the ini entries and flags of a whole run."""
    found = declared()
    of_the_account = {f"lightsail_{name}" for name in option_fields()}
    rows = []
    for name, entry in found.entries.items():
        if name not in of_the_account:
            flag = f"--{name.replace('_', '-')}"
            shown = f"`{flag}`" if found.flags.pop(flag, None) else ""
            rows.append((f"`{name}`", shown, _default(entry.get("default")), entry["help"]))
    for flag, entry in found.flags.items():
        if flag.removeprefix("--").replace("-", "_") not in of_the_account:
            rows.append(("", f"`{flag}`", _default(entry.get("default")), entry["help"]))
    return table(("Ini entry", "Flag", "Default", "Meaning"), rows)


def _default(value: object) -> str:
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, float):
        return f"`{value:g}`"
    if isinstance(value, (list, tuple)):
        return ", ".join(map(_default, value)) or "none"
    return "none" if value is None or value == "" else f"`{value}`"


def fixtures() -> str:
    """Return the fixtures with their docstrings."""
    parts = []
    for name in plugin.__all__:
        text = inspect.getdoc(getattr(plugin, name)) or ""
        parts.append(f"`{name}`\n\n{_markdown(text)}\n")
    return "\n".join(parts)


def _markdown(text: str) -> str:
    return text.replace("``", "`")


def service_errors() -> str:
    """Return the errors of the service, and the rules and faults that lead to them."""
    modelled = {error for each in load().operations.values() for error in each.errors}
    rows = []
    for name, status in sorted(STATUS.items()):
        origin = "the service" if name in modelled else "the front end of the service"
        rules = [
            f"[`{rule.id}`](rules.md)" for rule in RULES if rule.error == name and rule.message
        ]
        faults = [f"`Fault.{fault}()`" for fault, made in _faults() if made == name]
        causes = rules if len(rules) <= _MOST else [f"{len(rules)} [rules](rules.md)"]
        rows.append((f"`{name}`", str(status), origin, ", ".join((*causes, *faults))))
    return table(("Error", "Status", "Returned by", "Rules and faults that cause the error"), rows)


def _faults() -> Iterator[tuple[str, str]]:
    for name in PLAIN_FAULTS:
        outcome = getattr(Fault, name)().outcome
        if isinstance(outcome, ServiceError):
            yield name, outcome.name


def findings() -> str:
    """Return the findings of ``verify_caller`` and what is expected of a correct caller."""
    rows = [
        (f"`{name}`" + (", on request" if name in ON_REQUEST else ""), expected)
        for name, expected in FINDINGS.items()
    ]
    return table(("Finding", "What is expected"), rows)


def own_errors() -> str:
    """Return the errors of this library."""
    rows = []
    for name, error in inspect.getmembers(exceptions, inspect.isclass):
        if error.__module__ != exceptions.__name__ or not issubclass(error, BaseException):
            continue
        bases = [base.__name__ for base in error.__mro__[1:] if base.__module__ == "builtins"]
        text = (inspect.getdoc(error) or "").partition("\n\n")[0].replace("\n", " ")
        rows.append((f"`{name}`", f"`{bases[0]}`", _markdown(text)))
    return table(("Error", "Built-in base class", "Meaning"), rows)


def commands() -> str:
    """Return the help of every command."""
    return "\n".join(
        f"## `{parser.prog}`\n\n```text\n{parser.format_help().rstrip()}\n```\n"
        for parser in _parsers(command_line())
    )


def _parsers(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    inner = [
        action.choices
        for action in parser._actions
        if isinstance(action, argparse._SubParsersAction)
    ]
    yield parser
    for choices in inner:
        for each in choices.values():
            yield from _parsers(each)


def control() -> str:
    """Return every path of the control API, with the schema of its request."""
    parts = []
    for name, (respond, schema) in ROUTES.items():
        method, _, path = name.partition(" ")
        parts.append(f"## `{method} {PREFIX}{path}`\n\n{inspect.getdoc(respond)}\n")
        if method == "POST":
            parts.append(f"The request:\n\n{_json(schema)}")
    return "\n".join(parts)


def _json(value: object) -> str:
    return f"```json\n{json.dumps(value, indent=2)}\n```\n"


FUNCTIONS: Mapping[str, Callable[[], str]] = {
    each.__name__: each
    for each in (
        options,
        settings,
        waits,
        fixtures,
        service_errors,
        findings,
        own_errors,
        commands,
        control,
    )
}


class Generated(Directive):
    """Replace the directive with the Markdown that a function returns."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Called by docutils."""
        text = FUNCTIONS[self.arguments[0]]()
        section = nodes.Element()
        lines = StringList(text.splitlines(), source=f"generated {self.arguments[0]}")
        self.state.nested_parse(lines, self.content_offset, section, match_titles=True)
        return section.children


class Mermaid(Directive):
    """Draw a state diagram when the page is built, without scripts or other hosts."""

    has_content = True
    option_spec: ClassVar[dict[str, Any]] = {}

    def run(self) -> list[nodes.Node]:
        """Called by docutils."""
        text = "\n".join(self.content)
        return [nodes.raw("", svg(text), format="html")]


def _keep_colons(
    _app: Any, what: str, _name: str, _obj: Any, _options: Any, lines: list[str]
) -> None:
    """Keep Napoleon from reading the text before a colon in a property's first line as a type."""
    if what in {"property", "attribute"}:
        # In reStructuredText, this line shows nothing. It only makes the first line end without a colon.
        lines.insert(0, "\\")


def setup(app: Any) -> dict[str, bool]:
    """Called by Sphinx."""
    app.add_directive("generated", Generated)
    app.add_directive("mermaid", Mermaid)
    app.connect("autodoc-process-docstring", _keep_colons, priority=400)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
