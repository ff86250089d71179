"""Implement the ``init`` command (write the first tests) and the ``verify`` command (find bugs)."""

from __future__ import annotations

import argparse
import importlib
import inspect
import os
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple

from botocore.exceptions import NoRegionError
from hypothesis import settings

from .accounts import Observer, observers
from .exceptions import CallerFaultError, ConfigurationError
from .output_files import write_output
from .simulation.handle import simulate
from .simulator.scenario import Scenario
from .verification.attempt import attempt, check_arguments
from .verification.cases import USUAL_WORLDS, matched
from .verification.outcome import Outcome
from .verification.verify import verify_caller


def _function(target: str) -> Any:
    """Import ``MODULE:FUNCTION``. The module may be in the current directory."""
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
    return function


# --- verify ----------------------------------------------------------------------------------------


class _Progress(Observer):
    def progressed(self, text: str) -> None:
        sys.stderr.write(f"{text}\n")


def run_verify(args: argparse.Namespace) -> int:
    """Run ``verify_caller`` on a function, and return the exit code."""
    caller = _function(args.target)
    progress = _Progress()
    observers.append(progress)
    try:
        report = verify_caller(
            caller,
            arguments=dict(args.set or ()) or None,
            service=args.service,
            worlds=args.worlds or USUAL_WORLDS,
            examples=args.examples,
            waits=not args.no_wait,
            all=args.all,
        )
    except CallerFaultError as fault:
        print(fault)
        return 1
    finally:
        observers.remove(progress)
    print(f"no bug found\n{report}")
    return 0


# --- init ------------------------------------------------------------------------------------------

_REGION = "us-east-1"
_OBJECTS = {
    "client": f'boto3.client("lightsail", region_name="{_REGION}")',
    "session": f'boto3.Session(region_name="{_REGION}")',
}
"""Maps parameter names to Python code that creates suitable arguments."""


class _Code(NamedTuple):
    """The code under test, and the source of the ``run_code`` function that runs this code."""

    title: str
    file: str
    imports: set[str]
    run: str


def run_init(args: argparse.Namespace) -> None:
    """Write a ``conftest.py`` and a first test module for a function or a script."""
    if ":" in args.target:
        code = _of_function(args.target, dict(args.set or ()))
    else:
        code = _of_script(Path(args.target), args.arguments, args.dir)
    paths = args.dir / "conftest.py", args.dir / f"test_{code.file}.py"
    for path in paths:
        if path.exists():
            raise ConfigurationError(
                f"{path} already exists: delete it first, or pass another directory with --dir"
            )
    found = _observed(code, args.dir)
    texts = _conftest(found, args.dir), _module(code, found, args.examples)
    for path, text in zip(paths, texts, strict=True):
        write_output(path, text)
        print(f"wrote {path}")


def _of_function(target: str, given: dict[str, Any]) -> _Code:
    function = _function(target)
    module, _, name = target.partition(":")
    imports = {f"from {module} import {name}"}
    call = f"{name}({_arguments(function, given)})"
    if "boto3." in call:
        imports.add("import boto3")
    if inspect.iscoroutinefunction(function):
        imports.add("import asyncio")
        call = f"asyncio.run({call})"
    run = (
        f'def run_code():\n    """Call {name} in the same way in every test."""\n    return {call}'
    )
    return _Code(f"{module}.{name}", name.strip("_").lower(), imports, run)


def _arguments(function: Callable[..., Any], given: dict[str, Any]) -> str:
    """Return the function's arguments as Python code, such as ``image='nginx'``."""
    parameters = inspect.signature(function).parameters.values()
    required = {each.name for each in parameters if each.default is each.empty}
    code = {name: text for name, text in _OBJECTS.items() if name in required}
    known = matched(function, given, optional=False)
    code |= {name: repr(each.example) for name, each in known.items()}
    code |= {name: repr(value) for name, value in given.items()}
    check_arguments("--set", function, (), code)
    return ", ".join(f"{name}={value}" for name, value in code.items())


def _of_script(path: Path, arguments: list[str], folder: Path) -> _Code:
    if not path.is_file() or path.suffix != ".py":
        raise ConfigurationError(
            f"{path} is neither MODULE:FUNCTION nor a Python script; for scripts in other languages, use "
            "the lightsail_server fixture (docs/shell.md)"
        )
    run = f'''\
SCRIPT = Path(__file__).parent / {os.path.relpath(path, folder)!r}


def run_code():
    """Run the script as a program."""
    with patch.object(sys, "argv", [str(SCRIPT), *{arguments!r}]):
        runpy.run_path(str(SCRIPT), run_name="__main__")'''
    imports = {"import runpy", "import sys"}
    imports |= {"from pathlib import Path", "from unittest.mock import patch"}
    return _Code(str(path), path.stem if path.stem.isidentifier() else "script", imports, run)


class _Observed(NamedTuple):
    """The first successful run of the code, and the world in which it took place."""

    run: Callable[[], Any]
    service: str
    region: str
    world: str
    outcome: Outcome


def _observed(code: _Code, folder: Path) -> _Observed:
    """Run the code in one world after another until a run succeeds. Return that run."""
    # Define ``run_code`` exactly as the test module will define it.
    scope: dict[str, Any] = {"__file__": str(folder.resolve() / "test_it.py")}
    exec("\n".join([*code.imports, code.run]), scope)  # noqa: S102
    service, region, reasons = "shop", _REGION, []
    for world in USUAL_WORLDS:
        outcome = _attempt(scope["run_code"], world, service, region)
        # In the next attempt, use the service and Region that this attempt used most often.
        named = [(call.service, call.region) for call in outcome.calls if call.service]
        service, region = max(named, key=named.count, default=(service, region))
        if outcome.succeeded and outcome.calls:
            return _Observed(scope["run_code"], service, region, world, outcome)
        did = f"raised {outcome.error!r}" if outcome.error else "made no call"
        reasons.append(f"when the service was {world}, the code {did}")
    raise ConfigurationError(f"{code.title} cannot be tested: {'; '.join(reasons)}")


def _attempt(
    run: Callable[[], Any], world: str, service: str, region: str, scenario: Scenario | None = None
) -> Outcome:
    with simulate(scenario, region=region, allow_unused=True) as lightsail:
        if world != "absent":
            lightsail.add_service(service, world.upper())
        with redirect_stdout(StringIO()):
            return attempt(run)


def _conftest(found: _Observed, folder: Path) -> str:
    adds = ""
    if found.world != "absent":
        adds = f'    lightsail.add_service("{found.service}", "{found.world.upper()}")\n'
    return f'''\
"""Fixtures for tests of code that uses Amazon Lightsail."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str((Path(__file__).parent / {os.path.relpath(".", folder)!r}).resolve()))


@pytest.fixture
def account(lightsail):
    """The simulated account of each test."""
{adds}    return lightsail
'''


def _module(code: _Code, found: _Observed, examples: int) -> str:
    run, service, region, world, outcome = found
    lines = {"import pytest", "from hypothesis import settings", "import pytest_lightsail"}
    lines |= code.imports
    imports = "\n".join(sorted(lines, key=lambda line: (line.startswith("from"), line)))
    after = outcome.states.get((region, service))
    check = f'"{service}" not in account.services'
    if after:
        check = f'account.services["{service}"].state == "{after.state}"'
    failing = fault = ""
    if any({"deployment", "containers"} & call.parameters.keys() for call in outcome.calls):
        fails = Scenario().deploy(fails_at="EVALUATING_HEALTH_CHECK", times=None)
        verdict = _attempt(run, world, service, region, fails).noticed_failure()
        failing = _mark("test_it_notices_a_failed_deployment", verdict.fault) + _FAILING
    try:
        few = settings(max_examples=examples, derandomize=True, database=None)
        with redirect_stdout(StringIO()):
            verify_caller(run, service=service, worlds=[world], settings=few, region=region)
    except CallerFaultError as error:
        fault = error.fault
    mark = _mark("test_it_copes_with_what_lightsail_may_do", fault)
    return f'''\
"""First tests of {code.title}, written by `pytest-lightsail init`; change them freely."""

{imports}

pytestmark = pytest.mark.lightsail(region="{region}")


{code.run}


def test_it_does_its_work(account):
    run_code()

    assert {check}


{failing}{mark}def test_it_copes_with_what_lightsail_may_do():
    # In continuous integration, use more examples, and all worlds in which the code works.
    few = settings(max_examples={examples}, derandomize=True)
    report = pytest_lightsail.verify_caller(
        run_code, service="{service}", worlds=["{world}"], settings=few, region="{region}"
    )

    assert report.returned > 0
'''


_FAILING = """def test_it_notices_a_failed_deployment(account):
    account.script.deploy(fails_at="EVALUATING_HEALTH_CHECK", times=None)

    outcome = pytest_lightsail.attempt(run_code)

    assert outcome.noticed_failure()


"""


def _mark(test: str, fault: str) -> str:
    """Return an ``xfail`` mark for a test that currently fails, or ``""`` if the test passes."""
    if not fault:
        return ""
    print(f"{test} is marked xfail: {fault}")
    return f"@pytest.mark.xfail(strict=True, reason={fault[:60]!r})\n"
