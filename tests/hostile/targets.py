"""What ``guided`` tries: each reader of the package that is given something from outside."""

from __future__ import annotations

import atexit
import contextlib
import gzip
import io
import itertools
import json
import random
import re
import tempfile
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_lightsail import simulate, validate
from pytest_lightsail.exceptions import ConfigurationError, ModelSourceError
from pytest_lightsail.model import changes
from pytest_lightsail.model.rule import UntranslatablePattern, compiled, portable
from pytest_lightsail.model.service import load, read_model
from pytest_lightsail.simulator.scenario import read_scenario
from tests.hostile.command import run
from tests.hostile.endpoint import SHOP, Endpoint, exact
from tests.hostile.originals import (
    CONTRACT,
    MEMBER,
    MODEL,
    NEWEST,
    OPERATIONS,
    SCENARIO,
    SMALLEST,
    WHEEL,
    wheel,
)
from tests.hostile.target import Target, either
from tests.server.fuzz_requests import BODIES
from tests.support.mutations import damaged

FEWER_STEPS = 20_000
"""Where a comparison of models gives up here: sooner, so that many can be tried."""

_ends = contextlib.ExitStack()
atexit.register(_ends.close)
_numbers = itertools.count()


def drawn(
    strategy: st.SearchStrategy[Any], check: Callable[[Any], object], most: int = 1500
) -> Target:
    """What Hypothesis draws when bytes choose for it."""

    @settings(database=None, deadline=None)
    @given(strategy)
    def each(value: Any) -> None:
        check(value)

    source = random.Random(0)
    seeds = tuple(source.randbytes(most // 2**number) for number in range(4))
    return Target(each.hypothesis.fuzz_one_input, seeds)


def document(whole: Any, check: Callable[[bytes], object]) -> Target:
    """JSON, as bytes with errors in them, and as a document with errors in it."""
    text = json.dumps(whole).encode()
    return either(
        Target(check, (text,)),
        drawn(damaged(whole), lambda broken: check(json.dumps(broken).encode())),
    )


def quietly(*arguments: object) -> int:
    """The exit code of a command."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        return run(*arguments)


@cache
def scratch() -> Path:
    return Path(_ends.enter_context(tempfile.TemporaryDirectory(prefix="targets-")))


@contextlib.contextmanager
def file(name: str, content: bytes):
    """A file of a name that no file has had, for what is read is remembered."""
    path = scratch() / f"{next(_numbers)}-{name}"
    path.write_bytes(content)
    try:
        yield path
    finally:
        path.unlink()


# --- the account ---------------------------------------------------------------------------------


@cache
def account() -> Account:
    return Account()


class Account:
    """An endpoint that begins anew with each input."""

    def __init__(self) -> None:
        self.lightsail = _ends.enter_context(
            simulate(patience=float("inf"), unsimulated="minimal", allow_unused=True)
        )
        self.endpoint = Endpoint(self.lightsail)

    def wire(self, data: bytes) -> None:
        """The name of an operation on the first line, and what is sent to it."""
        name, _, body = data.partition(b"\n")
        operation = name.decode("latin-1")
        answer = self.endpoint.answer(
            "/",
            body,
            CONTENT_TYPE="application/x-amz-json-1.1",
            HTTP_X_AMZ_TARGET=f"Lightsail_20161128.{operation}",
        )
        if answer is None:
            return
        status, _, told = answer
        shown = exact(told)
        assert status in ({200, 400} if operation in load().operations else {404}), shown
        if status == 200:
            validate(operation, "response", shown)
        else:
            assert isinstance(shown["__type"], str)
            assert isinstance(shown["message"], str)

    def one_call(self, data: bytes) -> None:
        self.lightsail.reset()
        if not data.startswith(b"CreateContainerService\n"):
            self.endpoint.call("CreateContainerService", json.dumps(SHOP).encode())
        self.wire(data)
        self.endpoint.read_all()

    def calls(self, steps: list[tuple[str, Any, float]]) -> None:
        self.lightsail.reset()
        for operation, body, seconds in steps:
            self.wire(operation.encode() + b"\n" + json.dumps(body).encode())
            self.lightsail.clock.advance(seconds)
        self.endpoint.read_all()

    def control(self, data: bytes) -> None:
        """Method, name and query on the first line, and what is sent there; then somebody calls."""
        self.lightsail.reset()
        line, _, body = data.partition(b"\n")
        method, _, target = line.decode("latin-1").partition(" ")
        name, _, query = target.partition("?")
        answer = self.endpoint.answer(
            f"/_lightsail/{name}", body, method, query, CONTENT_TYPE="application/json"
        )
        assert answer is not None
        status, kind, told = answer
        assert status in {200, 400, 404, 405}, told
        if kind == "application/json" and method != "HEAD":
            assert ("error" in exact(told)) == (status != 200)
        if status == 200 and method == "POST":
            self.endpoint.live()

    def play(self, data: bytes) -> None:
        """A file with a scenario."""
        with file("scenario.json", data) as path:
            try:
                scenario = read_scenario(path)
                self.lightsail.reset()
                self.lightsail.play(scenario)
            except ConfigurationError:
                return
        assert repr(scenario)
        self.endpoint.live()


def wire() -> Target:
    bodies = [(name, body) for name, several in BODIES.items() for body in several]
    one = st.sampled_from(bodies).flatmap(
        lambda chosen: st.tuples(
            st.just(chosen[0]),
            st.just(chosen[1]) | damaged(chosen[1]),
            st.sampled_from([0, 1, 30, 300, 10_000]),
        )
    )
    seeds = tuple(name.encode() + b"\n" + json.dumps(body).encode() for name, body in bodies)
    return either(
        Target(account().one_call, seeds),
        drawn(st.lists(one, min_size=1, max_size=6), account().calls),
    )


def control() -> Target:
    gets = (b"GET state", b"GET calls?after=1", b"GET timeline", b"GET ", b"HEAD clock")
    bodies = {"play": SCENARIO, "faults": [{"name": "throttling"}], "clock": {"advance": 90}}
    bodies |= {"reset": {}, "calm": {}}
    posts = ((f"POST {name}\n".encode(), body) for name, body in bodies.items())
    return either(
        Target(account().control, gets),
        *(
            document(body, lambda data, line=line: account().control(line + data))
            for line, body in posts
        ),
    )


# --- models --------------------------------------------------------------------------------------


def archive(name: str) -> Callable[[bytes], None]:
    def check(data: bytes) -> None:
        with file(name, data) as path, contextlib.suppress(ModelSourceError):
            read_model(str(path))

    return check


def archives() -> Target:
    """As they are, and as one who can write a checksum makes them."""
    members = (("setup.py", b"#"), (MEMBER, SMALLEST))
    as_wheel = archive(WHEEL)
    return either(
        Target(as_wheel, (wheel(*members), wheel((f"{MEMBER}.gz", gzip.compress(SMALLEST))))),
        Target(lambda data: as_wheel(wheel((f"{MEMBER}.gz", data))), (gzip.compress(SMALLEST),)),
        Target(lambda data: as_wheel(wheel((MEMBER, data))), (SMALLEST,)),
        Target(archive("service-2.json.gz"), (gzip.compress(SMALLEST),)),
    )


def models() -> Target:
    give_up_sooner()
    whole = scratch() / "whole.json"
    whole.write_text(json.dumps(MODEL))

    def check(data: bytes) -> None:
        with file("broken.json", data) as path:
            assert quietly("diff", whole, path, "--format", "json") in {0, 2}
            assert quietly("diff", path, whole, "--fail-on", "any") in {0, 1, 2}

    return document(MODEL, check)


def give_up_sooner() -> None:
    changes._MOST_STEPS = FEWER_STEPS


# --- files of ours -------------------------------------------------------------------------------


def schemas() -> Target:
    folder = scratch() / "schemas"
    assert quietly("schemas", "write", folder, "--from", NEWEST, "--operation", *OPERATIONS) == 0

    def check(path: Path, data: bytes) -> None:
        whole = path.read_bytes()
        path.write_bytes(data)
        try:
            assert quietly("schemas", "check", folder, "--from", NEWEST) in {0, 1, 2}
        finally:
            path.write_bytes(whole)

    return either(
        *(
            document(json.loads(path.read_bytes()), lambda data, path=path: check(path, data))
            for path in sorted(folder.iterdir())
        )
    )


def contract(data: bytes) -> None:
    with file("contract.json", data) as path:
        for words in (
            ("check", path, "--against", NEWEST, "--fail-on", "any"),
            ("check", path, "--against", NEWEST, "--format", "json"),
            ("show", path),
        ):
            assert quietly("contract", *words) in {0, 1, 2}


# --- patterns ------------------------------------------------------------------------------------


def one_pattern(data: bytes) -> None:
    pattern = data.decode("utf-8", "ignore")
    try:
        written = portable(pattern)
    except UntranslatablePattern:
        return
    re.compile(written)
    assert compiled(pattern) is not None


def patterns() -> Target:
    known = {shape.pattern for shape in load(NEWEST).shapes.values() if shape.pattern}
    return Target(one_pattern, tuple(sorted(pattern.encode() for pattern in known)))


TARGETS: Mapping[str, Callable[[], Target]] = {
    "wire": wire,
    "control": control,
    "archive": archives,
    "model": models,
    "schemas": schemas,
    "contract": lambda: document(CONTRACT, contract),
    "script": lambda: document(SCENARIO, account().play),
    "patterns": patterns,
}
"""How each is made; the process that makes one is there for nothing else."""
