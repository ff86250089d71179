"""``pytest-lightsail init``: write a first module of tests for a function or a script."""

from __future__ import annotations

import argparse
import ast
import importlib
import inspect
import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .exceptions import CallerFaultError, ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable

    from .verification.attempt import Outcome

__all__ = ["add_parser"]

_CLIENT = 'boto3.client("lightsail", region_name="us-east-1")'
_GUESSES: Mapping[str, str] = {
    "service": '"shop"',
    "service_name": '"shop"',
    "container_service": '"shop"',
    "name": '"shop"',
    "container": '"web"',
    "container_name": '"web"',
    "containers": '{"web": {"image": "nginx:1.27", "ports": {"80": "HTTP"}}}',
    "public_endpoint": '{"containerName": "web", "containerPort": 80}',
    "image": '"nginx:1.27"',
    "images": '{"shop": "nginx:1.27"}',
    "tag": '"1.27"',
    "port": "80",
    "power": '"nano"',
    "scale": "1",
    "nodes": "1",
    "region": '"us-east-1"',
    "environment": '{"STAGE": "test"}',
    "env": '{"STAGE": "test"}',
    "tags": "{}",
    "timeout": "1800",
    "client": _CLIENT,
    "lightsail": _CLIENT,
    "session": 'boto3.Session(region_name="us-east-1")',
}
"""What an argument may be, as Python, by its name."""

_WORLDS = {"absent": None, "ready": "READY", "running": "RUNNING"}
_EXAMPLES = 20


def add_parser(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add the command to those of the parser."""
    text = "write a first module of tests for a function or a Python script that uses Lightsail"
    parser = subparsers.add_parser("init", help=text, description=f"{text[0].upper()}{text[1:]}.")
    parser.add_argument("target", metavar="MODULE:FUNCTION|SCRIPT", help="what to test")
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
    texts = {args.dir / "conftest.py": "", args.dir / f"test_{caller.file}.py": ""}
    for path in texts:
        if path.exists():
            raise ConfigurationError(
                f"{path} exists: delete it first, or pass another folder with --dir"
            )
    findings = _look(caller, args.dir, args.examples)
    for path, text in zip(
        texts, (_conftest(caller, findings), _tests(caller, findings)), strict=True
    ):
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
        root: the folder to import from, as seen from the tests, if it has to be added.
        needs_region: whether its module makes a client without a Region when it is imported.
    """

    title: str
    file: str
    imports: list[str]
    run: str
    is_async: bool = False
    root: str = ""
    needs_region: bool = False

    @property
    def head(self) -> str:
        """The imports and ``run``."""
        return "\n".join([*self.imports, "", "", self.run])


def _caller(target: str, arguments: list[str], given: dict[str, str], folder: Path) -> _Caller:
    root = os.path.relpath(Path.cwd(), folder)
    if ":" not in target:
        return _script(Path(target), arguments, folder)
    module_name, _, name = target.partition(":")
    module, needs_region = _imported(module_name)
    function = getattr(module, name, None)
    if not callable(function):
        raise ConfigurationError(f"{module_name} has no function {name!r}")
    imports = {f"from {module_name} import {name}"}
    passed = _arguments(function, given, imports, module)
    is_async = inspect.iscoroutinefunction(function)
    prefix, wait = ("async ", "await ") if is_async else ("", "")
    run = (
        f'{prefix}def run():\n    """Call {name} as all these tests do."""\n'
        f"    return {wait}{name}({', '.join(passed)})\n"
    )
    is_here = Path(module.__file__ or "").resolve().is_relative_to(Path.cwd())
    return _Caller(
        f"{module_name}.{name}",
        name.strip("_"),
        sorted(imports),
        run,
        is_async,
        root if is_here else "",
        needs_region,
    )


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


def _imported(name: str) -> tuple[Any, bool]:
    from botocore.exceptions import NoRegionError  # noqa: PLC0415 - the other commands need none

    if str(Path.cwd()) not in sys.path:
        sys.path.insert(0, str(Path.cwd()))
    try:
        return importlib.import_module(name), False
    except NoRegionError:
        os.environ["AWS_DEFAULT_REGION"] = "us-east-1"
        return importlib.import_module(name), True
    except ImportError as error:
        raise ConfigurationError(f"{name} cannot be imported from {Path.cwd()}: {error}") from None


def _arguments(
    function: Callable[..., Any], given: dict[str, str], imports: set[str], module: Any
) -> list[str]:
    """The arguments of a call, as Python; what they need is added to the imports."""
    passed = []
    parameters = inspect.signature(function).parameters
    for name in given:
        if name not in parameters:
            raise ConfigurationError(f"--with {name}=…: there is no parameter {name!r}")
    for name, parameter in parameters.items():
        if parameter.kind in {parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD}:
            continue
        if name not in given and parameter.default is not parameter.empty:
            continue
        value = given.get(name) or _guess(name, parameter.annotation, imports, module)
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
        needed = [
            one.name
            for one in fields(kind)
            if one.default is MISSING and one.default_factory is MISSING
        ]
        types = {one.name: one.type for one in fields(kind)}
        home = sys.modules[kind.__module__]
        values = [f"{one}={_guess(one, types[one], imports, home)}" for one in needed]
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
    state: str
    counts: dict[str, int]
    deploys: bool
    examples: int
    faults: dict[str, str] = field(default_factory=dict)


_FAILING = "test_it_notices_a_failed_deployment"
_VERIFIED = "test_it_copes_with_what_lightsail_may_do"


def _look(caller: _Caller, folder: Path, examples: int) -> _Findings:
    from hypothesis import settings  # noqa: PLC0415 - the other commands need none

    from .simulation.simulate import simulate  # noqa: PLC0415
    from .verification.attempt import attempt  # noqa: PLC0415
    from .verification.verify import verify_caller  # noqa: PLC0415

    # What is tried is what is written.
    scope: dict[str, Any] = {"__file__": str(folder.resolve() / "test_it.py")}
    exec(caller.head, scope)  # noqa: S102
    run = scope["run"]

    def once(world: str, service: str, *, fails: bool = False) -> tuple[Outcome, str]:
        with simulate(allow_unused=True) as lightsail:
            if _WORLDS[world]:
                lightsail.add_service(service, _WORLDS[world] or "")
            if fails:
                lightsail.script.deploy(fails_at="EVALUATING_HEALTH_CHECK", times=None)
            outcome = attempt(run)
            fault = outcome.noticed_failure().fault
            return outcome, fault

    service, outcomes = "shop", {}
    for world in _WORLDS:  # what it calls without a service says which one it wants
        outcome = outcomes[world] = once(world, service)[0]
        named = [call.service for call in outcome.calls if call.service]
        service = max(named, key=named.count, default=service)
    worlds = [world for world, each in outcomes.items() if each.succeeded and each.calls]
    if not worlds:
        raise ConfigurationError(f"{caller.title} never returned: {_why(outcomes)}")
    outcome = outcomes[worlds[0]]
    operations = dict.fromkeys(call.operation for call in outcome.calls)
    counts = {name: outcome.calls.count(name) for name in operations if not name.startswith("Get")}
    deployed = any(
        "deployment" in call.parameters or "containers" in call.parameters for call in outcome.calls
    )
    state = outcome.services[service].state if service in outcome.services else "ABSENT"
    found = _Findings(worlds, service, state, counts, deployed, examples)
    if deployed and (fault := once(worlds[0], service, fails=True)[1]):
        found.faults[_FAILING] = fault
    try:
        chosen = settings(max_examples=examples, derandomize=True, database=None)
        verify_caller(run, service=service, worlds=worlds[:1], settings=chosen)
    except CallerFaultError as error:
        found.faults[_VERIFIED] = error.fault
    return found


def _why(outcomes: Mapping[str, Outcome]) -> str:
    return "; ".join(
        f"with the service {world} it "
        + (f"raised {type(each.error).__name__}: {each.error}" if each.error else "made no call")
        for world, each in outcomes.items()
    )


# --- the files -----------------------------------------------------------------------------------


def _conftest(caller: _Caller, found: _Findings) -> str:
    lines = ['"""What the tests of code that uses Amazon Lightsail have in common."""', ""]
    if caller.root or caller.needs_region:
        lines += [*(["import os"] if caller.needs_region else [])]
        lines += [*(["import sys", "from pathlib import Path"] if caller.root else []), ""]
    lines += ["import pytest", ""]
    if caller.root:
        lines += [f'sys.path.insert(0, str((Path(__file__).parent / "{caller.root}").resolve()))']
    if caller.needs_region:
        lines += [
            'os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")  # for clients made at import'
        ]
    state = _WORLDS[found.worlds[0]]
    what = f"with the service {found.service}, {state}" if state else "with nothing in it"
    lines += ["", "", "@pytest.fixture", "def account(lightsail):"]
    lines += [f'    """The simulated account of each test, {what}."""']
    if state:
        lines += [f'    lightsail.add_service("{found.service}", "{state}")']
    lines += ["    return lightsail", ""]
    return "\n".join(lines)


def _tests(caller: _Caller, found: _Findings) -> str:
    service = f'account.services["{found.service}"]'
    call = "asyncio.run(run())" if caller.is_async else "run()"
    first = ["def test_it_does_its_work(account):", f"    {call}", ""]
    if found.state == "ABSENT":
        first += [f'    assert "{found.service}" not in account.services']
    else:
        first += [f'    assert {service}.state == "{found.state}"']
    first += [
        f'    assert account.calls.count("{name}") == {count}'
        for name, count in found.counts.items()
    ]
    tests = [first]
    if found.deploys:
        tests.append([
            *_xfail(found, _FAILING),
            f"def {_FAILING}(account):",
            '    account.script.deploy(fails_at="EVALUATING_HEALTH_CHECK", times=None)',
            "",
            "    outcome = attempt(run)",
            "",
            "    assert outcome.noticed_failure()",
        ])  # fmt: skip
    tests.append([
        *_xfail(found, _VERIFIED),
        f"def {_VERIFIED}():",
        "    # Take more examples in continuous integration, and the other worlds where it works.",
        f"    few = settings(max_examples={found.examples}, derandomize=True)",
        f'    worlds = ["{found.worlds[0]}"]  # of {", ".join(found.worlds)}',
        f'    report = verify_caller(run, service="{found.service}", worlds=worlds, settings=few)',
        "",
        "    assert report.returned > 0",
    ])  # fmt: skip
    names = ["attempt", "verify_caller"] if found.deploys else ["verify_caller"]
    imports = [*caller.imports, *(["import asyncio"] if caller.is_async else [])]
    imports += ["import pytest"] if found.faults else []
    imports += [
        "from hypothesis import settings",
        f"from pytest_lightsail import {', '.join(names)}",
    ]
    imports.sort(key=lambda line: (not line.startswith("import"), line))
    doc = f'"""First tests of {caller.title}, written by `pytest-lightsail init`; change them freely."""'
    bodies = ["\n".join(lines) for lines in tests]
    return "\n\n\n".join([f"{doc}\n\n" + "\n".join(imports), caller.run.rstrip(), *bodies]) + "\n"


def _xfail(found: _Findings, test: str) -> list[str]:
    if test not in found.faults:
        return []
    reason = found.faults[test].splitlines()[0].replace('"', "'")[:60]
    return [f'@pytest.mark.xfail(strict=True, reason="{reason}")']
