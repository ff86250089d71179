"""Operations on deployments: create one, list those that are kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ..resources import Region
from .shared import (
    Answer,
    Handler,
    Parameters,
    check_images,
    check_state,
    find,
    new_deployment,
    one_service,
)

if TYPE_CHECKING:
    from ..account import Account

__all__ = ["HANDLERS"]


def _create_container_service_deployment(
    account: Account, region: Region, parameters: Parameters
) -> Answer:
    service = find(region, parameters)
    check_state(service, "deploy")
    containers = parameters["containers"]
    check_images(
        region, service.name, containers, puller_active=service.puller_active, existing=service
    )
    account.progress.deploy(service, new_deployment(account, service, parameters))
    return one_service(account, service)


def _get_container_service_deployments(
    account: Account, region: Region, parameters: Parameters
) -> Answer:
    service = find(region, parameters)
    # Newest first, as every published caller takes it; the API Reference contradicts itself.
    answer = account.presenter.answer(
        "GetContainerServiceDeployments",
        {"deployments": [deployment.describe() for deployment in service.deployments]},
    )
    account.progress.read([service])
    return answer


HANDLERS: Mapping[str, Handler] = {
    "CreateContainerServiceDeployment": _create_container_service_deployment,
    "GetContainerServiceDeployments": _get_container_service_deployments,
}
