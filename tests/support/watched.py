"""An answer of GetContainerServices that is watched while tests read it."""

from __future__ import annotations

import copy
import datetime

from pytest_lightsail.recording.consumer import Place, tracked
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
    """A tracked answer, and what has been reported of it: each use of a place, in order."""

    def __init__(self, answer, operation=OPERATION):
        self.reads = []
        place = Place(lambda *use: self.reads.append(use), operation.output_shape)
        self.answer = tracked(copy.deepcopy(answer), place)

    @property
    def service(self):
        return list.__getitem__(dict.__getitem__(self.answer, "containerServices"), 0)

    def read(self):
        """The paths that were read; those below that of the service, if one is taken from there."""
        return {
            path.removeprefix("containerServices[]").lstrip(".")
            for path, read in self.reads
            if read.compares is None
        }

    def compared(self):
        """The values that the state is compared with; ``None`` if it decides nothing."""
        compares = [read.compares for path, read in self.reads if read.compares is not None]
        return set().union(*compares) if compares else None
