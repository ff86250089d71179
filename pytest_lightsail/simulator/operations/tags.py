"""TagResource and UntagResource, on container services."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ..errors import Refused, refuse
from ..resources import ContainerService, Region
from .shared import Answer, Handler, Parameters, operation_record

if TYPE_CHECKING:
    from ..account import Account

__all__ = ["HANDLERS"]


def tag_resource(account: Account, region: Region, parameters: Parameters) -> Answer:
    service = _resource(region, parameters)
    given = {tag["key"]: tag for tag in parameters["tags"]}
    kept = [tag for tag in service.tags if tag["key"] not in given]
    new = [{name: text for name, text in tag.items() if text is not None} for tag in given.values()]
    # The limit holds for what the resource has afterwards, not for the request alone.
    for violation in account.validator.violations_of("TagList", [*kept, *new], ("tags",)):
        raise Refused.by(violation)
    service.tags = [*kept, *new]
    return _done(account, service, "TagResource")


def untag_resource(account: Account, region: Region, parameters: Parameters) -> Answer:
    service = _resource(region, parameters)
    gone = set(parameters["tagKeys"])
    service.tags = [tag for tag in service.tags if tag["key"] not in gone]
    return _done(account, service, "UntagResource")


def _resource(region: Region, parameters: Parameters) -> ContainerService:
    name, arn = parameters["resourceName"], parameters.get("resourceArn")
    service = region.services.get(name)
    if service is None or (arn is not None and arn != service.arn):
        path = "resourceName" if service is None else "resourceArn"
        raise refuse("resource.exists", (path,), parameters[path], region=region.name)
    return service


def _done(account: Account, service: ContainerService, operation: str) -> Answer:
    service.changed()
    record = operation_record(account, service.region, service.name, "ContainerService")
    return account.presenter.answer(operation, {"operations": [record]})


HANDLERS: Mapping[str, Handler] = {"TagResource": tag_resource, "UntagResource": untag_resource}
