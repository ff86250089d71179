"""TagResource and UntagResource, on container services and certificates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from ..certificates import Certificate
from ..errors import Refused, refuse
from ..resources import ContainerService, Region
from .shared import Answer, Handler, Parameters, operation_record, plain_tags

if TYPE_CHECKING:
    from ..account import Account

__all__ = ["HANDLERS"]

_Resource = ContainerService | Certificate


def _tag_resource(account: Account, region: Region, parameters: Parameters) -> Answer:
    resource = _resource(region, parameters)
    given = {tag["key"]: tag for tag in parameters["tags"]}
    kept = [tag for tag in resource.tags if tag["key"] not in given]
    tags = [*kept, *plain_tags(given.values())]
    # The limit holds for what the resource has afterwards, not for the request alone.
    for violation in account.validator.violations_of("TagList", tags, ("tags",)):
        raise Refused.by(violation)
    return _done(account, region, resource, parameters, tags)


def _untag_resource(account: Account, region: Region, parameters: Parameters) -> Answer:
    resource = _resource(region, parameters)
    gone = set(parameters["tagKeys"])
    tags = [tag for tag in resource.tags if tag["key"] not in gone]
    return _done(account, region, resource, parameters, tags)


def _resource(region: Region, parameters: Parameters) -> _Resource:
    """What a request names; the ARN tells resources apart that have the same name."""
    name, arn = parameters["resourceName"], parameters.get("resourceArn")
    named: list[_Resource] = [
        resource
        for resource in (region.services.get(name), region.certificates.get(name))
        if resource is not None
    ]
    for resource in named:
        if arn is None or arn == resource.arn:
            return resource
    path = "resourceArn" if named else "resourceName"
    raise refuse("resource.exists", (path,), parameters[path], region=region.name)


def _done(
    account: Account,
    region: Region,
    resource: _Resource,
    parameters: Parameters,
    tags: list[dict[str, str]],
) -> Answer:
    # A new list: the one before stands in recorded answers, or a test has made it.
    name, kind = parameters["resourceName"], "Certificate"
    if isinstance(resource, ContainerService):
        kind = "ContainerService"
        resource.tags = tags
        resource.changed()
    else:
        region.certificates[name] = replace(resource, tags=tags)
    record = operation_record(account, region.name, name, kind)
    operation = "TagResource" if "tags" in parameters else "UntagResource"
    return account.presenter.answer(operation, {"operations": [record]})


HANDLERS: Mapping[str, Handler] = {"TagResource": _tag_resource, "UntagResource": _untag_resource}
