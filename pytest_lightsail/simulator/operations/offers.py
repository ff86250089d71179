"""Operations on what Lightsail offers to every account: powers, the registry, the plugin's version."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from ..errors import refuse
from ..resources import Region
from .shared import Answer, Handler, Parameters

if TYPE_CHECKING:
    from ..account import Account

__all__ = ["HANDLERS", "POWERS", "Power"]

_LOGIN_SECONDS = 12 * 3600
"""API Reference, ContainerServiceRegistryLogin."""

_PLUGIN_VERSION = "1.0.8"
"""The release of lightsailctl that its repository shows as the latest."""


class Power(NamedTuple):
    """A power: US dollars a month and node, virtual processors, memory in GB."""

    price: float
    cpus: float
    memory: float


POWERS: Mapping[str, Power] = {
    "nano": Power(7.0, 0.25, 0.5),
    "micro": Power(10.0, 0.25, 1.0),
    "small": Power(20.0, 0.5, 2.0),
    "medium": Power(40.0, 1.0, 4.0),
    "large": Power(80.0, 2.0, 8.0),
    "xlarge": Power(160.0, 4.0, 16.0),
}
"""The powers in the order of their size (docs/assumptions.md says which figures are assumed)."""


def _get_container_service_powers(
    account: Account, region: Region, parameters: Parameters
) -> Answer:
    del region, parameters
    powers = [
        {
            "cpuCount": power.cpus,
            "isActive": True,
            "name": name,
            "powerId": f"{name}-1",
            "price": power.price,
            "ramSizeInGb": power.memory,
        }
        for name, power in POWERS.items()
    ]
    return account.presenter.answer("GetContainerServicePowers", {"powers": powers})


def _create_container_service_registry_login(
    account: Account, region: Region, parameters: Parameters
) -> Answer:
    del parameters
    if not region.services:
        raise refuse("registry.needs-service")
    number = account.identifiers.account_number("aws-internal")
    login = {
        "expiresAt": account.timestamp() + _LOGIN_SECONDS,
        "password": account.identifiers.uuid("registry-password"),
        "registry": f"{number}.dkr.ecr.{region.name}.amazonaws.com",
        "username": "AWS",
    }
    return account.presenter.answer("CreateContainerServiceRegistryLogin", {"registryLogin": login})


def _get_container_api_metadata(account: Account, region: Region, parameters: Parameters) -> Answer:
    del region, parameters
    metadata = [{"name": "lightsailctlVersion", "value": _PLUGIN_VERSION}]
    return account.presenter.answer("GetContainerAPIMetadata", {"metadata": metadata})


HANDLERS: Mapping[str, Handler] = {
    "CreateContainerServiceRegistryLogin": _create_container_service_registry_login,
    "GetContainerAPIMetadata": _get_container_api_metadata,
    "GetContainerServicePowers": _get_container_service_powers,
}
