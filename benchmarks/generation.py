"""Compare our request strategy with `hypothesis_jsonschema.from_schema` for the same schema.

    python benchmarks/generation.py

`from_schema` crashes with Hypothesis 6.170.10 and later, so both are measured in an environment with an
older release:

    python3 -m venv /tmp/generation && /tmp/generation/bin/python -m pip install --quiet --editable .
    /tmp/generation/bin/python -m pip install --quiet hypothesis==6.170.9 hypothesis-jsonschema==0.23.1

Both draw whole CreateContainerService requests. Batches of both kinds alternate, so that other load on
the machine affects both. The output shows the medians, and how many of the requests are valid, because a
request that the service refuses is useless.
"""

import argparse
import json
import os
import platform
import statistics
import time
import warnings
from collections.abc import Callable
from typing import Any

import hypothesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.strategies import SearchStrategy

from pytest_lightsail import schema, strategies
from pytest_lightsail.model.service import load
from pytest_lightsail.model.validator import request_validator

OPERATION = "CreateContainerService"
TARGET_RATIO = 5.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--repeats", type=int, default=9, help="batches of each kind")
    parser.add_argument("--examples", type=int, default=100, help="requests in a batch")
    parser.add_argument(
        "--json", action="store_true", help="print only the times of requests, in ms"
    )
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")

    from hypothesis_jsonschema import from_schema  # noqa: PLC0415 - the help does not need it

    if not arguments.json:
        print(
            f"{os.cpu_count()} cores, Python {platform.python_version()}, Hypothesis "
            f"{hypothesis.__version__}, {platform.system()} {platform.machine()}"
        )
        batches = f"{arguments.repeats} batches of {arguments.examples} requests"
        print(f"{batches}; medians (and extremes)\n")
    rivals = {
        "from_schema": from_schema(inlined(schema(OPERATION, "request"))),
        "requests": strategies.requests(OPERATION),
        "invalid_requests": strategies.invalid_requests(OPERATION),
    }
    times: dict[str, list[float]] = {name: [] for name in rivals}
    valid: dict[str, list[bool]] = {name: [] for name in rivals}
    for batch in range(arguments.repeats + 1):
        for name, strategy in rivals.items():
            took, found = milliseconds(strategy, arguments.examples, batch)
            if batch:  # The first draw creates the strategies.
                times[name].append(took)
                valid[name] += found
    if arguments.json:
        print(json.dumps(list(zip(times["requests"], times["from_schema"], strict=True))))
        return
    for name in rivals:
        row(name, times[name], [] if name == "invalid_requests" else valid[name])
    for name in ("requests", "invalid_requests"):
        pairs = zip(times["from_schema"], times[name], strict=True)
        ratio = statistics.median(theirs / ours for theirs, ours in pairs)
        met = "met" if ratio >= TARGET_RATIO else "MISSED"
        print(f"{name}: {ratio:.1f} times as fast as from_schema, goal {TARGET_RATIO:g}: {met}")


def inlined(document: dict[str, Any]) -> dict[str, Any]:
    """Return the schema without references, which `from_schema` rejects, and without unknown keywords."""
    definitions = document["$defs"]

    def resolved(node: Any) -> Any:
        if isinstance(node, list):
            return [resolved(one) for one in node]
        if not isinstance(node, dict):
            return node
        rest = {
            key: resolved(value)
            for key, value in node.items()
            if not key.startswith(("$", "x-")) or key == "properties"
        }
        if "$ref" not in node:
            return rest
        target = resolved(definitions[node["$ref"].rpartition("/")[2]])
        return {"allOf": [target, rest]} if rest else target

    return resolved(document)


def milliseconds(
    strategy: SearchStrategy[Any], examples: int, seed: int
) -> tuple[float, list[bool]]:
    """Return how long drawing a request takes, and which requests of a batch are valid."""
    drawn: list[Any] = []

    @hypothesis.seed(seed)
    @settings(
        max_examples=examples,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def draw(value: Any) -> None:
        drawn.append(value)

    took = seconds(draw) / examples * 1e3
    requests = [getattr(value, "request", value) for value in drawn]
    validator = request_validator(load())
    return took, [not validator.violations(OPERATION, request) for request in requests]


def seconds(function: Callable[[], object]) -> float:
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def row(name: str, values: list[float], valid: list[bool]) -> None:
    share = f", {100 * sum(valid) / len(valid):.0f} % valid" if valid else ""
    print(
        f"{name:18} {statistics.median(values):8.2f} ms ({min(values):.2f} … {max(values):.2f}){share}"
    )


if __name__ == "__main__":
    main()
