"""A response of GetContainerServices that records what tests read from it."""

from __future__ import annotations

import copy
import datetime

from pytest_lightsail.model.rule import show_path
from pytest_lightsail.model.service import load
from pytest_lightsail.recording.consumer import place_of, tracked
from pytest_lightsail.recording.contract import Contract

SERVICE = {
    "containerServiceName": "shop",
    "state": "RUNNING",
    "scale": 2,
    "createdAt": datetime.datetime(2025, 1, 1, tzinfo=datetime.timezone.utc),
    "tags": [{"key": "team", "value": "web"}],
    "publicDomainNames": {"cert": ["a.example.com", "b.example.com"]},
    "currentDeployment": {"version": 3, "containers": {"web": {"ports": {"80": "HTTP"}}}},
}
ANSWER = {
    "containerServices": [SERVICE],
    "ResponseMetadata": {"HTTPStatusCode": 200},
}


class Watched:
    """A tracked response, and the recorded uses of it."""

    def __init__(self, answer, operation="GetContainerServices"):
        self.contract = Contract("1")
        place = place_of(self.contract, load().operations[operation], "response")
        self.answer = tracked(copy.deepcopy(answer), place)

    @property
    def service(self):
        return dict.__getitem__(self.answer, "containerServices")[0]

    def read(self):
        """Return the paths that were read. Paths inside a service are relative to the service."""
        return {
            show_path(site[2:]).removeprefix("containerServices[]").lstrip(".")
            for site in self.contract.uses
        }

    def compared(self):
        """Return the values that the state was compared with, or ``None`` if it was never compared."""
        state = ("containerServices", "[]", "state")
        use = self.contract.uses[("GetContainerServices", "response", *state)]
        return use.values if use.enum else None
