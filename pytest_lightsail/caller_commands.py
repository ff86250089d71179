"""The commands ``init`` (write the first tests for a function) and ``verify`` (find its bugs)."""

from __future__ import annotations

import argparse
import ast
import importlib
import inspect
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple

from botocore.exceptions import NoRegionError
from hypothesis import settings

from .accounts import Observer, observers
from .exceptions import CallerFaultError, ConfigurationError
from .simulation.handle import simulate
from .verification.attempt import attempt
from .verification.cases import matched
from .verification.outcome import Outcome
from .verification.verify import verify_caller


def _given(pairs: Sequence[str] | None) -> dict[str, Any]:
    """Return the values given with ``--set``. Values that are not Python literals are strings."""
    values: dict[str, Any] = {}
    for pair in pairs or ():
        name, equals, text = pair.partition("=")
        if not equals:
            raise ConfigurationError(f"--set expects NAME=VALUE, not {pair!r}")
        try:
            values[name] = ast.literal_eval(text)
        except (ValueError, SyntaxError):
            values[name] = text
    return values


def _function(target: str) -> Callable[..., Any]:
    """Return the function that ``MODULE:FUNCTION`` names.

    The module must be installed or located in the current directory.
    """
    module_name, _, name = target.partition(":")
    if not module_name or not name:
        raise ConfigurationError(f"expected MODULE:FUNCTION, not {target!r}")
    if str(Path.cwd()) not in sys.path:
        sys.path.insert(0, str(Path.cwd()))
    try:
        function = getattr(importlib.import_module(module_name), name, None)
    except NoRegionError:
        raise ConfigurationError(
            f"{module_name} creates a client when it is imported: set AWS_DEFAULT_REGION for this "
            "command and for pytest"
        ) from None
    except ImportError as error:
        raise ConfigurationError(
            f"{module_name} cannot be imported from {Path.cwd()}: {error}"
        ) from None
    if not callable(function) or isinstance(function, type):
        raise ConfigurationError(f"{module_name} has no function {name!r}")
    found: Callable[..., Any] = function
    return found


# --- verify ----------------------------------------------------------------------------------------


class _Progress(Observer):
    def progressed(self, text: str) -> None:
        sys.stderr.write(f"{text}\n")


def run_verify(args: argparse.Namespace) -> int:
    """Run ``verify_caller`` on a function, and return the exit code."""
    caller = _function(args.target)
    given = _given(args.set)
    # With None, verify_caller chooses each value based on the name of the parameter.
    arguments = given if given or not inspect.signature(caller).parameters else None
    lists = ("worlds", "fails_in", "without", "also", "invalid")
    progress = _Progress()
    observers.append(progress)
    try:
        report = verify_caller(
            caller,
            arguments=arguments,
            service=args.service,
            examples=args.examples,
            waits=not args.no_wait,
            all=args.all,
            **{name: value for name in lists if (value := getattr(args, name)) is not None},
        )
    except CallerFaultError as fault:
        print(fault)
        return 1
    finally:
        observers.remove(progress)
    print(f"no bug found\n{report}")
    return 0


# --- init ------------------------------------------------------------------------------------------

_WORLDS = {"absent": None, "ready": "READY", "running": "RUNNING"}
"""Maps each world to the state of the service in that world."""

_REGION = "us-east-1"
_OBJECTS = {
    "client": f'boto3.client("lightsail", region_name="{_REGION}")',
    "session": f'boto3.Session(region_name="{_REGION}")',
}
"""Maps the name of a parameter to Python code that creates an object for it."""


class _Code(NamedTuple):
    """The code under test, and Python code with a function ``run`` that calls it."""

    title: str
    file: str
    imports: set[str]
    run: str


def run_init(args: argparse.Namespace) -> None:
    """Write a first test module for a function or a script."""
    if ":" in args.target:
        code = _of_function(args.target, _given(args.set))
    else:
        code = _of_script(Path(args.target), args.arguments, args.dir)
    paths = [args.dir / "conftest.py", args.dir / f"test_{code.file}.py"]
    for path in paths:
        if path.exists():
            raise ConfigurationError(
                f"{path} exists: delete it first, or pass another folder with --dir"
            )
    for path, text in zip(paths, _files(code, args.dir, args.examples), strict=True):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        print(f"wrote {path}")


def _of_function(target: str, given: dict[str, Any]) -> _Code:
    function = _function(target)
    module, _, name = target.partition(":")
    imports = {f"from {module} import {name}"}
    call = f"{name}({_arguments(function, given, imports)})"
    if inspect.iscoroutinefunction(function):
        imports.add("import asyncio")
        call = f"asyncio.run({call})"
    run = f'def run():\n    """Call {name} in the same way in every test."""\n    return {call}'
    return _Code(f"{module}.{name}", name.strip("_").lower(), imports, run)


def _of_script(path: Path, arguments: list[str], folder: Path) -> _Code:
    if not path.is_file() or path.suffix != ".py":
        raise ConfigurationError(
            f"{path} is neither MODULE:FUNCTION nor a Python script; for scripts in other languages, use "
            "the fixture lightsail_server (docs/shell.md)"
        )
    where = Path(os.path.relpath(path, folder)).as_posix()
    run = (
        f'SCRIPT = Path(__file__).parent / "{where}"\n\n\n'
        'def run():\n    """Run the script as a program."""\n'
        f"    with patch.object(sys, 'argv', [str(SCRIPT), *{arguments!r}]):\n"
        '        runpy.run_path(str(SCRIPT), run_name="__main__")'
    )
    imports = {"import runpy", "import sys"}
    imports |= {"from pathlib import Path", "from unittest.mock import patch"}
    return _Code(str(path), path.stem if path.stem.isidentifier() else "script", imports, run)


def _arguments(function: Callable[..., Any], given: dict[str, Any], imports: set[str]) -> str:
    """Return the arguments of a call as Python code. Add the imports that this code needs."""
    parameters = inspect.signature(function).parameters
    for name in given.keys() - parameters.keys():
        raise ConfigurationError(f"--set {name}=…: the function has no such parameter")
    passed = []
    known = matched(function, given, optional=False)
    for name, parameter in parameters.items():
        is_rest = parameter.kind in {parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD}
        if name in given:
            value = repr(given[name])
        elif is_rest or parameter.default is not parameter.empty:
            continue
        elif name in known:
            value = repr(known[name].example)
        elif name in _OBJECTS:
            imports.add("import boto3")
            value = _OBJECTS[name]
        else:
            raise ConfigurationError(
                f"no value is known for the parameter {name!r}: pass --set {name}=VALUE"
            )
        is_positional = parameter.kind is parameter.POSITIONAL_ONLY
        passed.append(value if is_positional else f"{name}={value}")
    return ", ".join(passed)


def _attempt(
    run: Callable[[], Any], world: str, service: str, region: str, *, fails: bool = False
) -> Outcome:
    with simulate(region=region, allow_unused=True) as lightsail, redirect_stdout(StringIO()):
        if state := _WORLDS[world]:
            lightsail.add_service(service, state)
        if fails:
            lightsail.script.deploy(fails_at="EVALUATING_HEALTH_CHECK", times=None)
        return attempt(run)


def _files(code: _Code, folder: Path, examples: int) -> tuple[str, str]:
    """Return the conftest and the test module. Run the code to find out what it does."""
    # Run the same code that the test module will run.
    scope: dict[str, Any] = {"__file__": str(folder.resolve() / "test_it.py")}
    exec("\n".join([*sorted(code.imports), code.run]), scope)  # noqa: S102
    run, service, region = scope["run"], "shop", _REGION
    outcomes: dict[str, Outcome] = {}
    for each in _WORLDS:
        outcomes[each] = _attempt(run, each, service, region)
        # The calls show which service and which Region the code uses.
        named = [(call.service, call.region) for call in outcomes[each].calls if call.service]
        service, region = max(named, key=named.count, default=(service, region))
    worlds = [each for each, outcome in outcomes.items() if outcome.succeeded and outcome.calls]
    if not worlds:
        reasons = "; ".join(
            f"with the service {each}, it "
            + (f"raised {outcome.error!r}" if outcome.error else "made no call")
            for each, outcome in outcomes.items()
        )
        raise ConfigurationError(f"{code.title} cannot be tested: {reasons}")
    world, outcome = worlds[0], outcomes[worlds[0]]
    imports = {*code.imports, "import pytest", "from hypothesis import settings"}
    names, failing = "verify_caller", ""
    if any({"deployment", "containers"} & call.parameters.keys() for call in outcome.calls):
        fault = _attempt(run, world, service, region, fails=True).noticed_failure().fault
        names, failing = (
            "attempt, verify_caller",
            f"{_mark('test_it_notices_a_failed_deployment', fault)}{_NOTICES}",
        )
    try:
        few = settings(max_examples=examples, derandomize=True, database=None)
        with redirect_stdout(StringIO()):
            verify_caller(run, service=service, worlds=[world], settings=few, region=region)
        found = ""
    except CallerFaultError as error:
        found = error.fault
    imports.add(f"from pytest_lightsail import {names}")
    state = _WORLDS[world]
    conftest = _CONFTEST.format(
        root=Path(os.path.relpath(Path.cwd(), folder)).as_posix(),
        what=f"with the service {service} in state {state}" if state else "which is empty",
        adds=f'    lightsail.add_service("{service}", "{state}")\n' if state else "",
    )
    after = outcome.services.get(service)
    tests = _TESTS.format(
        title=code.title,
        imports="\n".join(sorted(imports, key=lambda line: (line.startswith("from"), line))),
        run=code.run,
        check=f'account.services["{service}"].state == "{after.state}"'
        if after
        else f'"{service}" not in account.services',
        failing=failing,
        mark=_mark("test_it_copes_with_what_lightsail_may_do", found),
        examples=examples,
        world=world,
        worlds=", ".join(worlds),
        service=service,
        region=region,
    )
    return conftest, tests


def _mark(test: str, fault: str) -> str:
    """Return the ``xfail`` mark of a test that fails today, or ``""`` if the test passes."""
    if not fault:
        return ""
    print(f"{test} is marked xfail: {fault}")
    return f"@pytest.mark.xfail(strict=True, reason={fault[:60]!r})\n"


_CONFTEST = '''"""Fixtures for the tests of code that uses Amazon Lightsail."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str((Path(__file__).parent / "{root}").resolve()))


@pytest.fixture
def account(lightsail):
    """The simulated account of each test, {what}."""
{adds}    return lightsail
'''

_TESTS = '''"""First tests of {title}, written by `pytest-lightsail init`; change them freely."""

{imports}

pytestmark = pytest.mark.lightsail(region="{region}")


{run}


def test_it_does_its_work(account):
    run()

    assert {check}


{failing}{mark}def test_it_copes_with_what_lightsail_may_do():
    # In continuous integration, use more examples, and all worlds in which the code works.
    few = settings(max_examples={examples}, derandomize=True)
    worlds = ["{world}"]  # of {worlds}
    report = verify_caller(run, service="{service}", worlds=worlds, settings=few, region="{region}")

    assert report.returned > 0
'''

_NOTICES = """def test_it_notices_a_failed_deployment(account):
    account.script.deploy(fails_at="EVALUATING_HEALTH_CHECK", times=None)

    outcome = attempt(run)

    assert outcome.noticed_failure()


"""
