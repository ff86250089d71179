"""Run the code blocks on the documentation pages."""

from __future__ import annotations

import importlib
import io
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterable
from contextlib import redirect_stderr, redirect_stdout, suppress
from pathlib import Path

import pytest

import pytest_lightsail.conformance.conform  # see import_all
import pytest_lightsail.verification.verify  # noqa: F401 - see import_all
from pytest_lightsail import simulate
from pytest_lightsail.cli import main
from pytest_lightsail.simulator.scenario import scenario_from_json
from tests.support.pages import PAGES, ROOT, Block, Section, sections
from tests.support.tools import configure_terraform, find_tool
from tests.support.wheels import botocore_wheel

TESTS = re.compile(r"^ *(?:async )?def test_|^Test\w+ = ", re.MULTILINE)
CONFTEST = """\
from hypothesis import Phase, settings

settings.register_profile(
    "page",
    max_examples=20,
    deadline=None,
    database=None,
    derandomize=True,  # every run must find what a page shows
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
)
settings.load_profile("page")
"""
PROGRAMS = {
    "aws": (r"\baws lightsail\b", "pip install awscli, in an environment of its own"),
    "node": (r"\bprocess\.env\b|\bnode \w", "install Node.js 20 or newer"),
}
IMPORTS = re.compile(r"^(?:import|from) (\w+)", re.MULTILINE)
WHEEL = re.compile(r"\bbotocore-([\d.]+)-py3-none-any\.whl")


class Runner:
    """Run the blocks of one section in an empty directory, as a reader of the page would."""

    def __init__(self, pytester: pytest.Pytester) -> None:
        self._pytester = pytester
        self._home = pytester.path
        self._output = ""
        self._by: dict[str, Callable[[Block], None]] = {
            "python": self._file,
            "console": self._session,
            "sh": self._script,
            "javascript": self._javascript,
            "text": self._shown,
            "json": self._scenario,
            **dict.fromkeys(("ini", "toml", "yaml", "hcl"), self._file),
        }

    def run(self, section: Section) -> None:
        """Run every block. The files from earlier sections of the page already exist."""
        with pytest.MonkeyPatch.context() as environment:
            self._prepare(section, environment)
            self._run(section)

    def _run(self, section: Section) -> None:
        module: list[Block] = []
        for block in section.blocks:
            if block.directive:
                continue
            assert block.language in self._by, f"{block.where}: cannot run {block.language!r}"
            # Consecutive Python blocks without a file name form one module.
            if block.language == "python" and block.name is None:
                module.append(block)
            else:
                module = self._run_module(module)
                self._by[block.language](block)
        self._run_module(module)

    def _prepare(self, section: Section, environment: pytest.MonkeyPatch) -> None:
        text = "".join(block.text for block in section.blocks)
        if any(block.language == "hcl" for block in section.blocks):
            configure_terraform(self._home, environment)
        for program, (sign, remedy) in PROGRAMS.items():
            if re.search(sign, text):
                find_tool(program, remedy)
        for module in imported_by(section.page, text):
            pytest.importorskip(module)
        for version in sorted(set(WHEEL.findall(text))):
            botocore_wheel(version, self._home)
        (self._home / "conftest.py").write_text(CONFTEST, encoding="utf-8")
        for earlier in sections(section.page):
            if earlier.title == section.title:
                return
            for block in earlier.blocks:
                if block.name is not None:
                    self._file(block)

    def _file(self, block: Block) -> None:
        """Write the block to a file. A file of this repository must be shown unchanged."""
        assert block.name is not None, f"{block.where}: name the file on the first line"
        ours = ROOT / block.name
        if "/" in block.name and ours.exists():
            assert block.text == ours.read_text(encoding="utf-8"), (
                f"{block.where} differs from the file"
            )
        path = self._home / block.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.text, encoding="utf-8")
        path.chmod(0o755 if block.text.startswith("#!") else 0o644)

    def _run_module(self, blocks: list[Block]) -> list[Block]:
        if not blocks:
            return []
        text = "\n".join(block.text for block in blocks)
        if not TESTS.search(text):
            self._output = self._execute(text, blocks[0])
            return []
        (self._home / "test_page.py").write_text(text, encoding="utf-8")
        result = self._pytest(["test_page.py"])
        outcomes = result.parseoutcomes()
        assert set(outcomes) == {"passed"}, f"{blocks[0].where}: {outcomes}"
        assert outcomes["passed"] >= len(TESTS.findall(text)), blocks[0].where
        return []

    def _execute(self, text: str, block: Block) -> str:
        """Run a script in this process, against a simulated account."""
        folder = str((ROOT / block.page).parent)
        with redirect_stdout(io.StringIO()) as output, simulate():
            sys.path.insert(0, folder)
            try:
                exec(compile(text, block.where, "exec"), {"__name__": "__main__"})  # noqa: S102
            finally:
                sys.path.remove(folder)
        return output.getvalue()

    def _pytest(self, arguments: Iterable[str]) -> pytest.RunResult:
        result = self._pytester.runpytest_inprocess(*arguments)
        self._output = result.stdout.str() + "\n"
        return result

    def _session(self, block: Block) -> None:
        """Run the commands after ``$``, and compare their output with the output below them, if any."""
        for part in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
            command, _, expected = part.partition("\n")
            while command.endswith("\\"):
                more, _, expected = expected.partition("\n")
                command = command[:-1] + more.removeprefix("> ")
            status = self._command(command, block)
            if expected.strip():
                assert_shown(expected, self._output, block.where)
            else:
                assert status == 0, f"{block.where}: {command}\n{self._output}"

    def _command(self, command: str, block: Block) -> int:
        words = shlex.split(command)
        if words[:2] == ["pip", "install"]:
            return check_requirements([word for word in words[2:] if not word.startswith("-")])
        if words[:3] == ["python", "-m", "pytest"] and words[3].startswith("examples/"):
            return int(not (ROOT / words[3]).is_dir())  # the suite runs all examples anyway
        if words[0] == "pytest" and not set("|;&><$") & set(command):
            return int(self._pytest(words[1:]).ret)
        if words[0] == "pytest-lightsail" and not set("|;&><$") & set(command):
            with redirect_stdout(io.StringIO()) as output, redirect_stderr(output):
                try:
                    status = main([in_repository(word) for word in words[1:]])
                except SystemExit as ended:  # --help, or a usage error
                    status = int(ended.code or 0)
            self._output = output.getvalue()
            return status
        return self._shell(command, ROOT if block.page.startswith("examples") else self._home)

    def _script(self, block: Block) -> None:
        if block.name is not None:
            self._file(block)
        else:
            assert self._shell(block.text, self._home) == 0, f"{block.where}\n{self._output}"

    def _shell(self, text: str, cwd: Path) -> int:
        tools = self._home / ".tools"
        tools.mkdir(exist_ok=True)
        for name, module in (("pytest-lightsail", "pytest_lightsail"), ("pytest", "pytest")):
            program = tools / name
            program.write_text(f'#!/bin/sh\nexec {sys.executable} -m {module} "$@"\n')
            program.chmod(0o755)
        python = tools / "python"
        if not python.exists():
            python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
            python.chmod(0o755)
        done = subprocess.run(  # noqa: S603 - our own pages
            ["bash", "-euc", text],  # noqa: S607
            cwd=cwd,
            env={
                **os.environ,
                "PATH": os.pathsep.join((str(tools), os.environ["PATH"])),
                "PYTHONPATH": str(ROOT),
            },
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        self._output = done.stdout + done.stderr
        return done.returncode

    def _javascript(self, block: Block) -> None:
        (self._home / "page.mjs").write_text(block.text, encoding="utf-8")
        with simulate() as lightsail, lightsail.serve() as server:
            done = subprocess.run(
                ["node", "page.mjs"],  # noqa: S607
                cwd=self._home,
                env=server.env,
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
        assert done.returncode == 0, f"{block.where}\n{done.stderr}"
        self._output = done.stdout

    def _shown(self, block: Block) -> None:
        """Check that the block shows the output of the previous block, or a part of it."""
        assert self._output, f"{block.where}: the previous block has no output"
        assert_shown(f"…{block.text.strip()}…", self._output, block.where)

    def _scenario(self, block: Block) -> None:
        assert scenario_from_json(json.loads(block.text)).steps


def in_repository(word: str) -> str:
    """Return an absolute path if an argument is the path of an example, or else the argument."""
    return str(ROOT / word) if word.startswith("examples/") else word


def imported_by(page: str, text: str) -> Iterable[str]:
    """Yield the modules that a page imports, except those on the page or in its directory."""
    own = {block.name for each in sections(page) for block in each.blocks}
    own |= {path.name for path in (ROOT / page).parent.iterdir()}
    for module in dict.fromkeys(IMPORTS.findall(text)):
        if own.isdisjoint((module, f"{module}.py")):
            yield module
    if "ThreadedMotoServer" in text:
        yield "flask_cors"


def import_all() -> None:
    """Import every installed module that a page imports.

    pytester removes modules that were first imported during a run in this process. Some packages, such as
    Hypothesis and requests, cannot be imported a second time.
    """
    for page in PAGES:
        for module in imported_by(page, (ROOT / page).read_text(encoding="utf-8")):
            with suppress(ModuleNotFoundError):
                importlib.import_module(module)


import_all()


def check_requirements(requirements: Iterable[str]) -> int:
    """Check that each requirement is this project, with existing extras, or that CI installs it."""
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    extras = project.partition("[project.optional-dependencies]")[2].partition("\n[")[0]
    ci = (path.read_text(encoding="utf-8") for path in (ROOT / ".ci").iterdir())
    others = "\n".join((extras, *ci))
    for requirement in requirements:
        found = re.fullmatch(r"(?P<name>[\w.-]+)(?:\[(?P<extras>[\w,]+)\])?", requirement)
        assert found, requirement
        if found["name"] != "pytest-lightsail":
            name = re.escape(found["name"])
            assert re.search(rf"(?<![\w-]){name}(?![\w-])", others), requirement
        for extra in filter(None, (found["extras"] or "").split(",")):
            assert re.search(rf"^{extra} = \[", extras, re.MULTILINE), requirement
    return 0


def assert_shown(expected: str, output: str, where: str) -> None:
    """Compare output with what a page shows. ``…`` matches anything, and durations are ignored."""
    wanted, found = (_plain(text) for text in (expected, output))
    pattern = re.escape(wanted).replace("…", ".*?")
    assert re.fullmatch(pattern, found, re.DOTALL), (
        f"{where} shows\n{wanted}\n\nbut the output is\n{found}"
    )


def _plain(text: str) -> str:
    lines = "\n".join(line.rstrip() for line in text.strip().splitlines())
    return re.sub(r"\bin \d+\.\d+s", "in 0.00s", lines)
