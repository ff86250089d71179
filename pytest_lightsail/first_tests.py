"""``pytest-lightsail init``: write a first module of tests for a function or a script."""

from __future__ import annotations

import argparse
import ast
import inspect
import os
import sys
from collections.abc import Iterable, Mapping
from contextlib import redirect_stdout
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .exceptions import CallerFaultError, ConfigurationError
from .simulator.history import is_read
from .verification.command import imported

if TYPE_CHECKING:
    from collections.abc import Callable

    from .verification.attempt import Outcome

__all__ = ["add_parser"]

_WEB = '{"web": {"image": "nginx:1.27", "ports": {"80": "HTTP"}}}'
_VALUES: Mapping[str, str] = {
    '"shop"': "service service_name container_service name",
    '"web"': "container container_name",
    _WEB: "containers",
    '{"containerName": "web", "containerPort": 80}': "public_endpoint",
    '"nginx:1.27"': "image",
    '{"shop": "nginx:1.27"}': "images",
    '"1.27"': "tag",
    "80": "port",
    '"nano"': "power",
    "1": "scale nodes",
    '"us-east-1"': "region",
    '{"STAGE": "test"}': "environment env",
    "{}": "tags",
    "1800": "timeout",
    'boto3.client("lightsail", region_name="us-east-1")': "client lightsail",
    'boto3.Session(region_name="us-east-1")': "session",
}
_GUESSES = {name: value for value, names in _VALUES.items() for name in names.split()}
"""What an argument may be, as Python, by its name."""

_WORLDS = {"absent": None, "ready": "READY", "running": "RUNNING"}
_EXAMPLES = 20


def add_parser(add: Callable[[str, str], argparse.ArgumentParser]) -> None:
    """Add the command, by a function of its name and what it does."""
    text = "write a first module of tests for a function or a Python script that uses Lightsail"
    parser = add("init", text)
    parser.add_argument(
        "target", metavar="MODULE:FUNCTION|SCRIPT", help="what to test; also MODULE:CLASS.METHOD"
    )
    parser.add_argument("arguments", metavar="ARGUMENT", nargs="*", help="arguments of the script")
    text = "the value of a parameter, a Python literal; may be given several times"
    parser.add_argument(
        "--with", dest="given", action="append", default=[], metavar="NAME=VALUE", help=text
    )
    text = f"how many examples verify_caller takes, besides the usual faults (default: {_EXAMPLES})"
    parser.add_argument("--examples", type=int, default=_EXAMPLES, help=text)
    parser.add_argument("--dir", type=Path, default=Path("tests"), help="default: tests")
    parser.set_defaults(run=_init)


def _init(args: argparse.Namespace) -> None:
    caller = _caller(args.target, args.arguments, _literals(args.given), args.dir)
    paths = [args.dir / "conftest.py", args.dir / f"test_{caller.file}.py"]
    for path in paths:
        if path.exists():
            raise ConfigurationError(
                f"{path} exists: delete it first, or pass another folder with --dir"
            )
    findings = _look(caller, args.dir, args.examples)
    texts = [_conftest(caller, findings, args.dir), _tests(caller, findings)]
    for path, text in zip(paths, texts, strict=True):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        sys.stdout.write(f"wrote {path}\n")
    for name, fault in findings.faults.items():
        sys.stdout.write(f"{name} is marked xfail: {fault}\n")


def _literals(given: Iterable[str]) -> dict[str, str]:
    values = {}
    for each in given:
        name, _, value = each.partition("=")
        try:
            ast.literal_eval(value)
        except (ValueError, SyntaxError):
            value = repr(value)  # a word from the shell is a text
        values[name] = value
    return values


# --- the code under test -------------------------------------------------------------------------


@dataclass
class _Caller:
    """How the code under test is called.

    Attributes:
        title: what it is, in words.
        file: the middle of the name of the test file.
        imports: lines of code that it needs.
        run: the function ``run`` of the tests, as Python.
        is_async: whether ``run`` is a coroutine function.
        is_here: whether it is imported from the current folder.
    """

    title: str
    file: str
    imports: list[str]
    run: str
    is_async: bool = False
    is_here: bool = False


def _caller(target: str, arguments: list[str], given: dict[str, str], folder: Path) -> _Caller:
    if ":" not in target:
        return _script(Path(target), arguments, folder)
    module_name, _, name = target.partition(":")
    module = imported(module_name)
    owner, _, method = name.rpartition(".")
    imports = {f"from {module_name} import {owner or method}"}
    called: list[str] = []
    unused, function = dict(given), None
    for part in filter(None, (owner, method)):  # a method needs an object first
        function = getattr(function or module, part, None)
        if not callable(function):
            raise ConfigurationError(f"{module_name} has no function {name!r}")
        passed = _arguments(function, unused, imports, module, is_method=bool(called))
        called.append(f"{part}({', '.join(passed)})")
    if isinstance(function, type):
        raise ConfigurationError(f"{name} is a class: name one of its methods, as in {name}.run")
    if unused:
        raise ConfigurationError(f"--with {next(iter(unused))}=…: there is no such parameter")
    is_async = inspect.iscoroutinefunction(function)
    prefix, wait = ("async ", "await ") if is_async else ("", "")
    run = (
        f'{prefix}def run():\n    """Call {name} as all these tests do."""\n'
        f"    return {wait}{'.'.join(called)}\n"
    )
    is_here = Path(module.__file__ or "").resolve().is_relative_to(Path.cwd())
    file = name.replace(".", "_").strip("_").lower()
    title = f"{module_name}.{name}"
    return _Caller(title, file, sorted(imports), run, is_async, is_here)


def _script(path: Path, arguments: list[str], folder: Path) -> _Caller:
    if not path.is_file() or path.suffix != ".py":
        raise ConfigurationError(
            f"{path} is neither MODULE:FUNCTION nor a Python script; for scripts in other languages use "
            "the fixture lightsail_server (docs/shell.md)"
        )
    where = os.path.relpath(path, folder).replace(os.sep, "/")
    run = (
        f'SCRIPT = Path(__file__).parent / "{where}"\n\n\n'
        'def run():\n    """Run the script as from the command line."""\n'
        f"    with patch.object(sys, 'argv', [str(SCRIPT), *{arguments!r}]):\n"
        '        runpy.run_path(str(SCRIPT), run_name="__main__")\n'
    )
    imports = [
        "import runpy",
        "import sys",
        "from pathlib import Path",
        "from unittest.mock import patch",
    ]
    name = path.stem if path.stem.isidentifier() else "script"
    return _Caller(str(path), name, imports, run)


def _arguments(
    function: Callable[..., Any],
    given: dict[str, str],
    imports: set[str],
    module: Any,
    *,
    is_method: bool,
) -> list[str]:
    """The arguments of a call, as Python; their imports are added, and used values taken away."""
    passed = []
    parameters = list(inspect.signature(function).parameters.values())
    for parameter in parameters[is_method:]:
        name = parameter.name
        has_value = name in given or parameter.default is parameter.empty
        if not has_value or parameter.kind in {parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD}:
            continue
        value = given.pop(name, "") or _guess(name, parameter.annotation, imports, module)
        is_positional = parameter.kind is parameter.POSITIONAL_ONLY
        passed.append(value if is_positional else f"{name}={value}")
    return passed


def _guess(name: str, annotation: Any, imports: set[str], module: Any) -> str:
    kind = annotation
    if isinstance(annotation, str):
        plain = annotation.strip("\"'")
        package = sys.modules.get(module.__name__.partition(".")[0])
        kind = getattr(module, plain, getattr(package, plain, annotation))
    if isinstance(kind, type) and is_dataclass(kind):
        imports.add(f"from {kind.__module__} import {kind.__name__}")
        home = sys.modules[kind.__module__]
        values = [
            f"{one.name}={_guess(one.name, one.type, imports, home)}"
            for one in fields(kind)
            if one.default is MISSING and one.default_factory is MISSING
        ]
        return f"{kind.__name__}({', '.join(values)})"
    if name not in _GUESSES:
        raise ConfigurationError(
            f"what to pass as {name!r}? Its name is not one that is known: pass --with {name}=VALUE"
        )
    if "boto3" in _GUESSES[name]:
        imports.add("import boto3")
    return _GUESSES[name]


# --- what it does ----------------------------------------------------------------------------------


@dataclass
class _Findings:
    """What came out: of an undisturbed run, of one whose deployment fails, and of many."""

    worlds: list[str]
    service: str
    region: str
    state: str
    counts: dict[str, int]
    deploys: bool
    examples: int
    faults: dict[str, str] = field(default_factory=dict)


_REGION = "us-east-1"
_FAILING = "test_it_notices_a_failed_deployment"
_VERIFIED = "test_it_copes_with_what_lightsail_may_do"


def _look(caller: _Caller, folder: Path, examples: int) -> _Findings:
    from hypothesis import settings  # noqa: PLC0415 - the other commands need none

    from .simulation.simulate import simulate  # noqa: PLC0415
    from .verification.attempt import attempt  # noqa: PLC0415
    from .verification.verify import verify_caller  # noqa: PLC0415

    # What is tried is what is written.
    scope: dict[str, Any] = {"__file__": str(folder.resolve() / "test_it.py")}
    exec("\n".join([*caller.imports, caller.run]), scope)  # noqa: S102
    run, service, region = scope["run"], "shop", _REGION

    def once(world: str, *, fails: bool = False) -> tuple[Outcome, str]:
        with simulate(region=region, allow_unused=True) as lightsail, redirect_stdout(StringIO()):
            if _WORLDS[world]:
                lightsail.add_service(service, _WORLDS[world] or "")
            if fails:
                lightsail.script.deploy(fails_at="EVALUATING_HEALTH_CHECK", times=None)
            outcome = attempt(run)
            return outcome, outcome.noticed_failure().fault

    outcomes = {}
    for world in _WORLDS:  # what it calls without a service says which one it wants, and where
        outcome = outcomes[world] = once(world)[0]
        named = [(call.service, call.region) for call in outcome.calls if call.service]
        service, region = max(named, key=named.count, default=(service, region))
    worlds = [world for world, each in outcomes.items() if each.succeeded and each.calls]
    if not worlds:
        raise ConfigurationError(f"{caller.title} never returned: {_why(outcomes)}")
    outcome = outcomes[worlds[0]]
    operations = dict.fromkeys(call.operation for call in outcome.calls)
    counts = {name: outcome.calls.count(name) for name in operations if not is_read(name)}
    deployed = any({"deployment", "containers"} & call.parameters.keys() for call in outcome.calls)
    state = outcome.services[service].state if service in outcome.services else "ABSENT"
    found = _Findings(worlds, service, region, state, counts, deployed, examples)
    if deployed and (fault := once(worlds[0], fails=True)[1]):
        found.faults[_FAILING] = fault
    try:
        few = settings(max_examples=examples, derandomize=True, database=None)
        with redirect_stdout(StringIO()):
            verify_caller(run, service=service, worlds=worlds[:1], settings=few, region=region)
    except CallerFaultError as error:
        found.faults[_VERIFIED] = error.fault
    return found


def _why(outcomes: Mapping[str, Outcome]) -> str:
    worlds: dict[str, list[str]] = {}
    for world, each in outcomes.items():
        raised = f"raised {type(each.error).__name__}: {each.error}" if each.error else ""
        worlds.setdefault(raised or "made no call", []).append(world)
    return "; ".join(
        f"with the service {' or '.join(each)} it {what}" for what, each in worlds.items()
    )


# --- the files -----------------------------------------------------------------------------------


def _conftest(caller: _Caller, found: _Findings, folder: Path) -> str:
    imports, path = ["import pytest"], ""
    if caller.is_here:
        imports += ["import sys", "from pathlib import Path"]
        root = os.path.relpath(Path.cwd(), folder).replace(os.sep, "/")
        path = f'\nsys.path.insert(0, str((Path(__file__).parent / "{root}").resolve()))\n'
    state = _WORLDS[found.worlds[0]]
    what = f"with the service {found.service}, {state}" if state else "with nothing in it"
    adds = f'    lightsail.add_service("{found.service}", "{state}")\n' if state else ""
    return _CONFTEST.format(imports=_sorted(imports), path=path, what=what, adds=adds)


def _tests(caller: _Caller, found: _Findings) -> str:
    service, names = f'account.services["{found.service}"]', ["verify_caller"]
    checks = [f'assert {service}.state == "{found.state}"']
    if found.state == "ABSENT":
        checks = [f'assert "{found.service}" not in account.services']
    for name, count in found.counts.items():
        checks.append(f'assert account.calls.count("{name}") == {count}')
    imports = [*caller.imports, "from hypothesis import settings"]
    imports += ["import asyncio"] if caller.is_async else []
    where, mark = "", ""
    if found.region != _REGION:
        where = f', region="{found.region}"'
        mark = f'\n\npytestmark = pytest.mark.lightsail(region="{found.region}")'
    if found.faults or mark:
        imports += ["import pytest"]
    failing = ""
    if found.deploys:
        names.insert(0, "attempt")
        failing = f"{_xfail(found, _FAILING)}{_FAILS}\n\n"
    return _TESTS.format(
        title=caller.title,
        imports=_sorted([*imports, f"from pytest_lightsail import {', '.join(names)}"]) + mark,
        run=caller.run.rstrip(),
        call="asyncio.run(run())" if caller.is_async else "run()",
        checks="\n    ".join(checks),
        failing=failing,
        mark=_xfail(found, _VERIFIED),
        examples=found.examples,
        world=found.worlds[0],
        worlds=", ".join(found.worlds),
        service=found.service,
        where=where,
    )


def _sorted(imports: Iterable[str]) -> str:
    return "\n".join(sorted(imports, key=lambda line: (line.startswith("from"), line)))


def _xfail(found: _Findings, test: str) -> str:
    if test not in found.faults:
        return ""
    reason = found.faults[test].splitlines()[0].replace('"', "'")[:60]
    return f'@pytest.mark.xfail(strict=True, reason="{reason}")\n'


_CONFTEST = '''"""What the tests of code that uses Amazon Lightsail have in common."""

{imports}
{path}

@pytest.fixture
def account(lightsail):
    """The simulated account of each test, {what}."""
{adds}    return lightsail
'''

_TESTS = '''"""First tests of {title}, written by `pytest-lightsail init`; change them freely."""

{imports}


{run}


def test_it_does_its_work(account):
    {call}

    {checks}


{failing}{mark}def test_it_copes_with_what_lightsail_may_do():
    # Take more examples in continuous integration, and the other worlds where it works.
    few = settings(max_examples={examples}, derandomize=True)
    worlds = ["{world}"]  # of {worlds}
    report = verify_caller(run, service="{service}", worlds=worlds, settings=few{where})

    assert report.returned > 0
'''

_FAILS = """def test_it_notices_a_failed_deployment(account):
    account.script.deploy(fails_at="EVALUATING_HEALTH_CHECK", times=None)

    outcome = attempt(run)

    assert outcome.noticed_failure()
"""
