"""Compare the cost of our validation with other validators.

    python benchmarks/validation.py

The document is a full response of CreateContainerServiceDeployment: two deployments of two containers,
tags and domains. Our validator also checks relations between members, which no keyword of JSON Schema can
express. The other validators do not check them.
"""

import timeit

import jsonschema
import jsonschema_rs
from measuring import Comparison

from pytest_lightsail.model.schema import schema
from pytest_lightsail.model.service import load
from pytest_lightsail.model.validator import accepts
from tests.support.examples import RESPONSE

OPERATION = "CreateContainerServiceDeployment"
REPEATS = 7


def microseconds(function, calls):
    """Return the shortest time of several rounds, which other load on the machine affects least."""
    return min(timeit.repeat(function, number=calls, repeat=REPEATS)) / calls * 1e6


def validators(*, strict):
    """Yield the name, the function and the number of calls of each validator, ours first."""
    contract = schema(OPERATION, "response", strict=strict)
    yield "ours", lambda: accepts(OPERATION, "response", RESPONSE, strict=strict), 5000
    compiled = jsonschema_rs.Draft202012Validator(contract)
    yield "jsonschema-rs", lambda: compiled.is_valid(RESPONSE), 5000
    interpreted = jsonschema.Draft202012Validator(contract)
    yield "jsonschema", lambda: interpreted.is_valid(RESPONSE), 30


def compare_validators(batches):
    """Compare the validation of one strict response."""
    found = Comparison("validating a response", "`jsonschema`", at_least=15)
    named = {name: (test, calls) for name, test, calls in validators(strict=True)}
    for _ in range(batches):
        ours, theirs = (
            timeit.timeit(test, number=calls) / calls * 1e6
            for test, calls in (named["ours"], named["jsonschema"])
        )
        found.add(ours, theirs)
    return [found]


def generation():
    """Return the seconds for creating all schemas of the service."""

    def every():
        for operation in load().operations:
            schema(operation, "request")
            for strict in (False, True):
                schema(operation, "response", strict=strict)

    return timeit.timeit(every, number=1)


def main():
    print(f"all documents: {generation():.3f} s")
    for strict in (False, True):
        print(f"one {'strict' if strict else 'open'} response:")
        times = {name: microseconds(test, calls) for name, test, calls in validators(strict=strict)}
        for name, time in times.items():
            ratio = times["jsonschema"] / time
            print(f"  {name:14} {time:8.1f} µs   {ratio:6.1f} times as fast as jsonschema")


if __name__ == "__main__":
    main()
