"""Measure how many small changes to correct callers ``verify_caller`` notices.

    python benchmarks/mutants.py --sample 60 --write docs/quality.md

Each caller in `benchmarks/callers` is changed in one place at a time. A separate process verifies each
mutant with `examples=25` and, if that finds nothing, with the default number of examples. Hand-written
tests and a Hypothesis state machine test the same mutants. `EQUIVALENT` lists changes that do not matter,
each with a reason.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import copy
import io
import itertools
import json
import logging
import multiprocessing
import random
import re
import resource
import sys
import time
import types
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parent
sys.path.insert(0, str(ROOT.parent))

from benchmarks.callers import VERIFIED  # noqa: E402
from benchmarks.callers.by_hand import run_by_hand, run_stateful  # noqa: E402
from pytest_lightsail import CallerFaultError, verify_caller  # noqa: E402

SECONDS = 120
"""The CPU time in seconds after which a change counts as noticed, because the caller does not end."""

COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
WORDS = {
    "READY": "DEPLOYING",
    "RUNNING": "READY",
    "ACTIVE": "ACTIVATING",
    "ACTIVATING": "ACTIVE",
    "FAILED": "INACTIVE",
    "DISABLED": "READY",
    "NotFoundException": "InvalidInputException",
    "ThrottlingException": "AccessDeniedException",
    "currentDeployment": "nextDeployment",
    "nextDeployment": "currentDeployment",
    "HTTP": "TCP",
    "nano": "small",
}
PATTERNS = (
    ("{1,2}", "{1,3}"),
    ("[!-~]", "."),
    ("[a-z0-9]", "[a-zA-Z0-9]"),
    ("[a-z0-9-]+", ".+"),
    ("+", "*"),
    ("/", "/?"),
    ("*", "+"),
)
QUIET = re.compile(r"print|log\w*\.\w+")


class Mutant(NamedTuple):
    caller: str
    operator: str
    line: int
    what: str
    source: str

    @property
    def key(self) -> str:
        return f"{self.caller}:{self.line} {self.operator} {self.what}"


def mutants(caller: str) -> list[Mutant]:
    """Return all mutants of a caller, without duplicates."""
    tree = ast.parse((ROOT / "callers" / f"{caller}.py").read_text())
    nodes = list(ast.walk(tree))
    parents = {child: node for node in nodes for child in ast.iter_child_nodes(node)}
    seen, found = {ast.unparse(tree)}, []
    for index, node in enumerate(nodes):
        if _quiet(node, parents):
            continue
        for operator, what, change in _changes(node, parents):
            changed = copy.deepcopy(tree)
            every = list(ast.walk(changed))
            above = {child: one for one in every for child in ast.iter_child_nodes(one)}
            change(every[index], above)
            source = ast.unparse(ast.fix_missing_locations(changed))
            with contextlib.suppress(SyntaxError):
                compile(source, caller, "exec")
                if source not in seen:
                    seen.add(source)
                    found.append(Mutant(caller, operator, getattr(node, "lineno", 0), what, source))
    return found


def _quiet(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> bool:
    """Return whether a node is only text for readers: a docstring, message, output or annotation."""
    above: ast.AST | None = node
    while above is not None:
        holder = parents.get(above)
        if isinstance(above, (ast.JoinedStr, ast.ImportFrom, ast.Import)):
            return True
        if isinstance(above, ast.Call) and QUIET.fullmatch(ast.unparse(above.func)):
            return True
        if isinstance(holder, ast.Call) and above is not holder.func:
            if isinstance(parents.get(holder), ast.Raise) or _ends(holder):
                return True
        if isinstance(above, ast.Expr) and isinstance(above.value, ast.Constant):
            return True
        above = holder
    return False


def _ends(call: ast.Call) -> bool:
    """Return whether a node ends the program with a message."""
    return ast.unparse(call.func) == "sys.exit" and not isinstance(call.args[0], ast.Constant)


def _put(node: ast.AST, above: dict[ast.AST, ast.AST], new: ast.AST) -> None:
    for name, value in ast.iter_fields(above[node]):
        if value is node:
            setattr(above[node], name, new)
        elif isinstance(value, list) and node in value:
            value[value.index(node)] = new


def _setter(name: str, value: Any) -> Any:
    return lambda node, _: setattr(node, name, value)


def _dropper(name: str, place: int) -> Any:
    return lambda node, _: getattr(node, name).pop(place)


def _changes(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> Iterator[tuple[str, str, Any]]:
    """Yield the changes of one node: the operator, a description, and the function that changes it."""
    text = ast.unparse(node)[:60] if isinstance(node, (ast.expr, ast.stmt)) else ""
    text = text.splitlines()[0] if text else ""
    if isinstance(node, ast.Compare):
        for place, operator in enumerate(node.ops):
            for new in COMPARISONS[type(operator)]:
                change = lambda one, _, place=place, new=new: one.ops.__setitem__(place, new())  # noqa: E731
                yield "comparison", f"{text}: {new.__name__}", change
    if isinstance(node, ast.Constant):
        yield from _constants(node, ast.unparse(parents[node])[:50].splitlines()[0])
    if isinstance(node, ast.BoolOp):
        for place in range(len(node.values)):
            drop = lambda one, above, place=place: _without(one, above, place)  # noqa: E731
            yield "condition", f"{text}: without clause {place + 1}", drop
        new_op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        yield "condition", f"{text}: and/or", _setter("op", new_op)
    if isinstance(node, (ast.If, ast.While, ast.IfExp)) and not isinstance(node.test, ast.Constant):
        for constant in (True, False):
            if constant and isinstance(node, ast.While):
                continue
            yield "condition", f"{text}: {constant}", _setter("test", ast.Constant(constant))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield "condition", f"{text}: not not", lambda one, above: _put(one, above, one.operand)
    if isinstance(node, ast.Call):
        for place, keyword in enumerate(node.keywords):
            if keyword.arg:
                yield "keyword", f"{text}: without {keyword.arg}", _dropper("keywords", place)
        if text.startswith("any("):
            yield "condition", f"{text}: all", _setter("func", ast.Name("all", ast.Load()))
        if ".fullmatch(" in text:
            yield "pattern", f"{text}: match", lambda one, _: setattr(one.func, "attr", "match")
    if isinstance(node, ast.Dict) and len(node.keys) > 1:
        for place in range(len(node.keys)):
            drop = lambda one, _, place=place: (one.keys.pop(place), one.values.pop(place))  # noqa: E731
            yield "keyword", f"{text}: without entry {place + 1}", drop
    if isinstance(node, (ast.Set, ast.Tuple)) and len(node.elts) > 1:
        if isinstance(getattr(node, "ctx", ast.Load()), ast.Load):
            if all(isinstance(one, ast.Constant) for one in node.elts):
                for place in range(len(node.elts)):
                    yield "element", f"{text}: without {place + 1}", _dropper("elts", place)
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub)):
        new_op = ast.Sub() if isinstance(node.op, ast.Add) else ast.Add()
        yield "arithmetic", f"{text}: + and -", _setter("op", new_op)
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
        constant_for = {"image": "nginx", "version": 1, "port": 80, "scale": 1, "power": "nano"}
        if node.id in constant_for and isinstance(
            parents[node], (ast.Dict, ast.keyword, ast.Tuple)
        ):
            new = ast.Constant(constant_for[node.id])
            yield "value", f"{text} → {new.value!r}", lambda one, above: _put(one, above, new)
    yield from _statements(node, parents, text)


def _without(node: Any, above: dict[ast.AST, ast.AST], place: int) -> None:
    node.values.pop(place)
    if len(node.values) == 1:
        _put(node, above, node.values[0])


def _constants(node: ast.Constant, where: str) -> Iterator[tuple[str, str, Any]]:
    value = node.value
    if isinstance(value, bool) or value is None:
        return
    if isinstance(value, int):
        for new in (value + 1, value - 1, *((value * 100,) if value >= 60 else ())):
            yield "bound", f"{value} → {new} in {where}", _setter("value", new)
    if isinstance(value, float):
        for other in (0.05, value * 100):
            yield "bound", f"{value} → {other} in {where}", _setter("value", other)
    if isinstance(value, str):
        if value in WORDS:
            yield "word", f"{value} → {WORDS[value]} in {where}", _setter("value", WORDS[value])
        if where.startswith("re.compile"):
            for old, pattern in PATTERNS:
                if old in value:
                    new_value = value.replace(old, pattern, 1)
                    with contextlib.suppress(re.error):
                        re.compile(new_value)
                        yield (
                            "pattern",
                            f"{old} → {pattern} in {where}",
                            _setter("value", new_value),
                        )


def _statements(
    node: ast.AST, parents: dict[ast.AST, ast.AST], text: str
) -> Iterator[tuple[str, str, Any]]:
    def to_pass(one: ast.AST, above: dict[ast.AST, ast.AST]) -> None:
        _put(one, above, ast.Pass())

    if isinstance(node, (ast.Raise, ast.Break, ast.Continue, ast.AugAssign)) or (
        isinstance(node, ast.Expr) and isinstance(node.value, (ast.Call, ast.Await))
    ):
        operator = "raise" if isinstance(node, ast.Raise) else "statement"
        yield operator, f"{text}: removed", to_pass
    if isinstance(node, ast.Return):
        if node.value is not None and not isinstance(node.value, ast.Constant):
            yield "return", f"{text}: None", _setter("value", ast.Constant(None))
        if isinstance(parents[node], (ast.If, ast.While, ast.For)):
            yield "return", f"{text}: removed", to_pass
    if isinstance(node, ast.ExceptHandler) and node.type is not None:
        names = ast.unparse(node.type)
        yield (
            "exception",
            f"except {names}: never",
            _setter("type", ast.Name("ZeroDivisionError", ast.Load())),
        )
        if names != "Exception":
            yield (
                "exception",
                f"except {names}: any",
                _setter("type", ast.Name("Exception", ast.Load())),
            )


EQUIVALENT = {
    r"bound (\d{2,}) → .* in .*(sleep|monotonic|range|pause|attempts|wait_for|min)": (
        "it waits for a slightly different time, or makes one attempt more or fewer"
    ),
    r"bound 8 → [79] in asyncio.sleep|bound (10|30|120) →": "it waits for a slightly different time",
    r"comparison time.monotonic\(\).*: (LtE|GtE)": "no run hits this exact instant",
    r"bound 1 → [02] in .*scale=1": "this is a default, but the verification passes a scale",
    r"bound \d+ → -?\d+ in image, (service|scale|port)": "the verification passes a value",
    r"command.*pattern \+ → \* in": "two letters match the other alternative anyway",
    r"releaser.*(30\.0 →|\(\) \+ LAG|trusted: (without clause 2|Lt))": (
        "a deployment is listed as soon as it is accepted, so the caller never waits for this"
    ),
    r"command.*\{1,2\} → \{1,3\}": "three letters match the other alternative anyway",
    r"command.*version is not None and failed.*without clause 1": "it only reads once more",
    r"(functions:46|background:87) condition .*True": (
        "if the service exists, its creation is refused, and the existing service is used"
    ),
    r"(functions:61|background:98) condition .*True": (
        "the deployment is repeated until the service takes it"
    ),
    r"functions:48 value scale → 1": "it scales the service afterwards",
    r"functions:103 raise": "AWS refuses to delete a service while it deploys",
    r"releaser.*0 → -1 in answer\['containerServices'\]": "the list has one element",
    r"background.*bound 0 → -?1 in tried": "it makes one attempt more or fewer",
    r"background.*tried == attempts or .*without clause 1": "it gives up after half an hour anyway",
    r"background.*'lightsail'.*: without config": "botocore's default retries work as well",
    r"background:9.*except ClientError: any": "an error of any other class is raised again",
    r"element .*'FAILED', 'INACTIVE'.*without 2": "a version is ACTIVE for minutes before it is INACTIVE",
    r"releaser.*is not listed.*removed": "a version that was created is always listed",
    r"background.*total_max_attempts.*without (retries|entry 2)": "botocore's default works as well",
}
"""Changes that no user of the caller could notice. Maps patterns of their keys to reasons."""


def is_equivalent(mutant: Mutant) -> bool:
    return any(re.search(pattern, mutant.key) for pattern in EQUIVALENT)


def judge(mutant: Mutant, how: str, answer: Any) -> None:
    """Test a mutant in one way. Return the fault that was found, or ``""``."""
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    logging.disable(logging.CRITICAL)
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            WAYS[how](mutant)
    except CallerFaultError as found:
        answer.send(found.fault)
    except BaseException as error:  # noqa: BLE001 - a mutant may raise anything
        answer.send(f"raises {type(error).__name__}")
    else:
        answer.send("")


def _load(mutant: Mutant) -> tuple[Any, type[BaseException], dict[str, Any]]:
    """Return the function of a mutant, the error of its module, and the arguments for verifying it."""
    how = dict(VERIFIED[mutant.caller])
    module = types.ModuleType(f"mutant_{mutant.caller}")
    sys.modules[module.__name__] = module
    exec(compile(mutant.source, mutant.caller, "exec"), vars(module))  # noqa: S102
    how["raises"] = getattr(module, how["raises"].__name__)
    return getattr(module, how.pop("function")), how["raises"], how


def _verify(mutant: Mutant, examples: int) -> None:
    function, _, how = _load(mutant)
    verify_caller(function, examples=examples, **how)


def _test_by_hand(mutant: Mutant) -> None:
    function, error, _ = _load(mutant)
    run_by_hand(mutant.caller, function, error)


def _test_stateful(mutant: Mutant) -> None:
    function, error, _ = _load(mutant)
    run_stateful(function, error)


QUICK, DEFAULT = "`examples=25`", "default (200)"
WAYS: dict[str, Callable[[Mutant], None]] = {
    QUICK: lambda mutant: _verify(mutant, 25),
    DEFAULT: lambda mutant: _verify(mutant, 200),
    "hand-written tests": _test_by_hand,
    "state machine": _test_stateful,
}
"""The ways to test a mutant that are compared."""


def verdict(mutant: Mutant, how: str) -> str:
    receiver, sender = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("fork").Process(target=judge, args=(mutant, how, sender))
    process.start()
    sender.close()
    try:
        return str(receiver.recv())
    except EOFError:
        return "does not end"
    finally:
        process.join()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("callers", nargs="*", help="the callers to change (default: all)")
    parser.add_argument(
        "--sample", type=int, metavar="N", help="test at most N changes of each caller"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=1e6, help="stop after this many minutes")
    parser.add_argument(
        "--only", default="", metavar="PATTERN", help="test only changes whose keys match"
    )
    parser.add_argument(
        "--quick",
        action="store_true",
        help="verify with 25 examples only, and skip the other tests",
    )
    parser.add_argument(
        "--log",
        type=Path,
        metavar="FILE",
        help="keep the results in this file, and add new results to it",
    )
    parser.add_argument("--write", type=Path, metavar="FILE", help="replace the table in this file")
    arguments = parser.parse_args()
    ways = [QUICK] if arguments.quick else list(WAYS)
    results: dict[Mutant, dict[str, str]] = {}
    known, warm_callers = _logged(arguments.log, ways), set[str]()
    samples = []
    for caller in arguments.callers or list(VERIFIED):
        every = [one for one in mutants(caller) if not is_equivalent(one)]
        random.Random(arguments.seed).shuffle(every)
        every.sort(key=lambda mutant: mutant.key not in known)
        samples.append(every[: arguments.sample])
    end = time.monotonic() + 60 * arguments.minutes
    for mutant in itertools.chain(
        *itertools.zip_longest(*samples)
    ):  # Take one mutant of each caller in turn.
        if mutant is None or not re.search(arguments.only, mutant.key):
            continue
        if mutant.key not in known and time.monotonic() > end:
            continue
        found = results[mutant] = known.get(mutant.key, {})
        if not found and mutant.caller not in warm_callers:
            warm(mutant.caller, ways)
            warm_callers.add(mutant.caller)
        for how in ways if not found else ():
            # More examples find everything that 25 examples find.
            found[how] = (found[QUICK] if how == DEFAULT else "") or verdict(mutant, how)
        line = json.dumps({"change": mutant.key, **found})
        print(line, flush=True)
        if arguments.log and mutant.key not in known:
            with arguments.log.open("a") as log:
                log.write(f"{line}\n")
    text = table(results, ways)
    print(text)
    if arguments.write:
        page = arguments.write.read_text()
        begin, end = "<!-- mutants -->\n", "<!-- /mutants -->"
        before, _, rest = page.partition(begin)
        arguments.write.write_text(f"{before}{begin}{text}\n{end}{rest.partition(end)[2]}")


def _logged(log: Path | None, ways: Sequence[str]) -> dict[str, dict[str, str]]:
    """Return the results of an earlier run, by the keys of the changes."""
    lines = log.read_text().splitlines() if log and log.exists() else []
    found = {line.pop("change"): line for line in map(json.loads, lines)}
    return {key: each for key, each in found.items() if each.keys() >= set(ways)}


def warm(caller: str, ways: Iterable[str]) -> None:
    """Test the original caller. The values that are drawn are cached for its mutants."""
    original = Mutant(caller, "", 0, "", (ROOT / "callers" / f"{caller}.py").read_text())
    logging.disable(logging.CRITICAL)
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        for how in ways:
            if how != DEFAULT:
                WAYS[how](original)


def table(results: Mapping[Mutant, Mapping[str, str]], ways: Sequence[str]) -> str:
    """Return the results as Markdown, by caller, by operator and by fault."""
    groups: dict[str, list[Mapping[str, str]]] = defaultdict(list)
    for mutant, found in results.items():
        for name in (f"caller `{mutant.caller}`", mutant.operator, "**all**"):
            groups[name].append(found)
    lines = [f"| changes | number | {' | '.join(ways)} |", "|---" * (2 + len(ways)) + "|"]
    for name, rows in sorted(groups.items(), key=lambda item: (item[0][:6] != "caller", item[0])):
        shares = [f"{sum(bool(row[how]) for row in rows) / len(rows):.0%}" for how in ways]
        lines.append(f"| {name} | {len(rows)} | {' | '.join(shares)} |")
    last = DEFAULT if DEFAULT in ways else QUICK
    faults = Counter(found[last] for found in results.values() if found[last])
    named = ", ".join(f"`{fault}` {count}" for fault, count in faults.most_common())
    survived = "\n".join(
        f"- `{mutant.key}`" for mutant, found in results.items() if not found[last]
    )
    return "\n".join(
        [
            *lines,
            "",
            f"The number of changes that led to each finding: {named}.",
            "",
            "Changes that were not noticed:",
            "",
            survived,
        ]
    )


if __name__ == "__main__":
    main()
