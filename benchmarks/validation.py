"""What validation costs next to other validators, in one run on one machine.

    python benchmarks/validation.py

The document is the response of CreateContainerServiceDeployment with everything in it: two
deployments of two containers, tags, domains. Ours also decides the relations between members, which
no keyword of JSON Schema can say; the others do not.
"""

import timeit

import jsonschema
import jsonschema_rs
from measuring import Comparison

from pytest_lightsail.contract.validator import accepts
from pytest_lightsail.model.schema import Form, document, schema
from pytest_lightsail.model.service import load
from tests.support.examples import RESPONSE

OPERATION = "CreateContainerServiceDeployment"
REPEATS = 7


def microseconds(function, calls):
    """The best of several rounds: what is left when the machine is not doing something else."""
    return min(timeit.repeat(function, number=calls, repeat=REPEATS)) / calls * 1e6


def validators(*, strict):
    """Name, function and how often to call it, ours first."""
    contract = schema(OPERATION, "response", strict=strict)
    yield "ours", lambda: accepts(OPERATION, "response", RESPONSE, strict=strict), 5000
    compiled = jsonschema_rs.Draft202012Validator(contract)
    yield "jsonschema-rs", lambda: compiled.is_valid(RESPONSE), 5000
    interpreted = jsonschema.Draft202012Validator(contract)
    yield "jsonschema", lambda: interpreted.is_valid(RESPONSE), 30


def compare_validators(batches):
    """One strict response: is it right?"""
    found = Comparison("a response validated", "`jsonschema`", at_least=15)
    named = {name: (test, calls) for name, test, calls in validators(strict=True)}
    for _ in range(batches):
        ours, theirs = (
            timeit.timeit(test, number=calls) / calls * 1e6
            for test, calls in (named["ours"], named["jsonschema"])
        )
        found.add(ours, theirs)
    return [found]


def generation():
    """Seconds to make every document of the service, and to ask for each of them again."""
    model = load()
    forms = [Form("request"), Form("response"), Form("response", strict=True)]

    def every():
        for operation in model.operations:
            for form in forms:
                document(model, operation, form)

    return timeit.timeit(every, number=1), timeit.timeit(every, number=1)


def main():
    first, second = generation()
    print(f"all documents: {first:.3f} s, a second time {second:.3f} s")
    for strict in (False, True):
        print(f"one {'strict' if strict else 'open'} response:")
        times = {name: microseconds(test, calls) for name, test, calls in validators(strict=strict)}
        for name, time in times.items():
            ratio = times["jsonschema"] / time
            print(f"  {name:14} {time:8.1f} µs   {ratio:6.1f} times as fast as jsonschema")


if __name__ == "__main__":
    main()
