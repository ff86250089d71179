"""An answer of GetContainerServices that is watched while tests read it."""

from __future__ import annotations

import copy
import datetime
from collections import deque

from pytest_lightsail.consumer.tracked import COMPARED, READ, output_place, tracked
from pytest_lightsail.model.service import show_path
from tests.support.botocore_models import SERVICE_MODEL

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
OPERATION = SERVICE_MODEL.operation_model("GetContainerServices")


class Watched:
    """A tracked answer, and what has been noted of it."""

    def __init__(self, answer, operation=OPERATION):
        self.notes = deque()
        self.answer = tracked(copy.deepcopy(answer), output_place(self.notes, operation))

    @property
    def service(self):
        return list.__getitem__(dict.__getitem__(self.answer, "containerServices"), 0)

    def noted(self, *without):
        """By path, what was done there; paths below that of the service, if one is taken from there."""
        done = {}
        for note in self.notes:
            path = show_path(note.path).removeprefix("containerServices[]").lstrip(".")
            what = note.value if note.what == COMPARED else note.what
            done.setdefault(path, set()).add(what)
        return {path: what.difference(without) for path, what in done.items()}

    def read(self):
        return {path for path, what in self.noted().items() if READ in what}
