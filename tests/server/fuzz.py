"""Send random and mutated HTTP requests to the endpoint.

    python -m tests.server.fuzz --requests 100000 --seed 1

The requests go to the account, to the control API and its page, and to the addresses of services. Every
response must be a valid response or a well-formed refusal of the receiver. Only a service that serves
nothing may have a status of 500 or more. No request may hang, no error may be logged, and memory must not
grow. Only incomplete requests and requests to unknown addresses may get no response. Responses that a
fault has changed are not checked. ``test_fuzz.py`` sends a few hundred of these requests.
"""

from __future__ import annotations

import argparse
import logging
import random
import resource
from collections import Counter
from time import perf_counter
from typing import TYPE_CHECKING

from pytest_lightsail import (
    Certificate,
    Image,
    Lightsail,
    simulate,
    validate,
)
from pytest_lightsail.c_functions import original
from pytest_lightsail.options import is_region
from pytest_lightsail.simulator.operations import OPERATIONS
from tests.support.releases import DOMAIN

from .fuzz_requests import ACCOUNT, CONTROLLED, SERVICE, Requests, Sent
from .fuzz_responses import PAGE, Response, exchange, parse_responses

if TYPE_CHECKING:
    from pytest_lightsail.simulation.server import LightsailServer

ROUND = 1000
"""The number of requests after which the account is reset, because a growing history is not a leak."""

WARM = 4
"""The first of this many parts does not count as growth, because the process fills its caches."""

MOST_GROWTH = 8_000
"""The maximum growth after that, in kilobytes.

100 000 requests need up to 4300 without a leak. A leak of 110 bytes per request exceeds the maximum.
"""

REAL = {"clock": original(perf_counter)}


class Fuzzer:
    """Send requests to an account, and check each response."""

    def __init__(self, lightsail: Lightsail, server: LightsailServer, seed: int) -> None:
        self._lightsail = lightsail
        self._port = int(server.url.rpartition(":")[2])
        self._requests = Requests(random.Random(seed), tuple(OPERATIONS), self._hosts)
        self.outcomes: Counter[str] = Counter()
        self.slowest = 0.0
        self.begin()

    def begin(self) -> None:
        """Begin with a clean account that contains images and a certificate."""
        lightsail = self._lightsail
        lightsail.reset()
        lightsail.images["nginx"] = Image(
            responds={"/": "hello", "/health": 200, "/teapot": (418, "short and stout")},
            optional=True,
        )
        lightsail.certificates["cert"] = Certificate((DOMAIN,))

    def run(self, requests: int) -> None:
        """Send a number of requests.

        Raises:
            AssertionError: a response is wrong, or a request hangs. The message contains the request.
        """
        for _ in range(requests):
            sent = self._requests.draw()
            try:
                self._send(sent)
            except (AssertionError, ValueError, KeyError, TimeoutError) as error:
                raise AssertionError(f"{error!r} after {sent.data[:2000]!r}") from error
        self._ignore_end_of_time()

    def _hosts(self) -> list[str]:
        return [
            host for service in self._lightsail.account.services for host in sorted(service.hosts)
        ]

    def _send(self, sent: Sent) -> None:
        account = self._lightsail.account
        before = len(account.history.calls)
        began = REAL["clock"]()
        stream = exchange(self._port, sent.data)
        self.slowest = max(self.slowest, REAL["clock"]() - began)
        if self._lightsail.account is not account:
            account, before = self._lightsail.account, 0
        calls = account.history.calls[before:]
        if any(call.fault for call in calls):
            self.outcomes["a fault"] += 1
            return  # a fault can change the response in any way or drop it
        found = parse_responses(stream, head=b"HEAD" in sent.data)
        self._expect(sent, found)
        from_account = [
            response for response in found if response.by == ACCOUNT and response.body is not None
        ]
        # A request without an operation is refused and does not count as a call.
        successful = [response for response in from_account if response.status == 200]
        operations = (call.operation for call in calls if call.status == 200)
        for response, operation in zip(successful, operations, strict=False):
            validate(operation, "response", response.document)
        for response in found:
            refused = response in from_account and response.status != 200
            error = response.document["__type"].rpartition("#")[2] if refused else ""
            self.outcomes[f"{response.by} {response.status} {error}".rstrip()] += 1
        self.outcomes["no response"] += not found

    def _expect(self, sent: Sent, found: list[Response]) -> None:
        """Check that a complete request gets a response, and that its receiver sent the response."""
        if not sent.whole:
            return
        if sent.to == SERVICE and not found:
            assert self._lightsail.visits[-1].error, "no response"
            return
        assert found, "no response"
        by = {ACCOUNT: {ACCOUNT}, CONTROLLED: {CONTROLLED, PAGE}}.get(sent.to)
        assert by is None or found[0].by in by, f"the response came from {found[0].by}"

    def _ignore_end_of_time(self) -> None:
        """Ignore errors of requests that advanced the clock to the end of virtual time."""
        for failure in self._lightsail.account.swallowed:
            assert "virtual time ends" in str(failure)
        self._lightsail.account.swallowed.clear()


class Complaints(logging.Handler):
    """Collect the errors that the server logs."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.messages: list[str] = []
        logging.getLogger("pytest_lightsail.http").addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the message."""
        self.messages.append(self.format(record))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--requests", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    arguments = parser.parse_args()
    complaints = Complaints()
    began, memory = REAL["clock"](), list[int]()
    print(f"seed {arguments.seed}")
    is_region("xx-y-1")  # load botocore's list of Regions, so that it does not count as growth
    with (
        simulate(patience=float("inf"), allow_unused=True) as lightsail,
        lightsail.serve() as server,
    ):
        fuzzer = Fuzzer(lightsail, server, arguments.seed)
        for done in range(0, arguments.requests, ROUND):
            fuzzer.run(min(ROUND, arguments.requests - done))
            fuzzer.begin()
            memory.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
            if not done % (10 * ROUND):
                shown = f"{memory[-1]} kB, slowest {fuzzer.slowest:.3f} s"
                print(f"{done + ROUND:>7} requests, {shown}", flush=True)
    took = REAL["clock"]() - began
    for outcome, count in fuzzer.outcomes.most_common():
        print(f"{count:>7} {outcome}")
    growth = memory[-1] - memory[len(memory) // WARM]
    print(f"{arguments.requests} requests in {took:.0f} s, memory grew by {growth} kB")
    assert not complaints.messages, complaints.messages[:5]
    assert growth <= MOST_GROWTH, "memory grows"


if __name__ == "__main__":
    main()
