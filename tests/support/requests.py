"""Requests in which tests break rules."""

from __future__ import annotations

from typing import Any

CREATE, DEPLOY, UPDATE = (
    "CreateContainerService",
    "CreateContainerServiceDeployment",
    "UpdateContainerService",
)
NEW = {"serviceName": "shop", "power": "nano", "scale": 1}


def deployed(endpoint: dict[str, Any] | None = None, **container: Any) -> dict[str, Any]:
    web = {"image": "nginx", "ports": {"80": "HTTP"}, **container}
    request = {"serviceName": "shop", "containers": {"web": web}}
    if endpoint is not None:
        request["publicEndpoint"] = {"containerName": "web", "containerPort": 80, **endpoint}
    return request


def checked(**health: Any) -> dict[str, Any]:
    return deployed({"healthCheck": health})


def domains(names: dict[str, list[str]]) -> dict[str, Any]:
    return {"serviceName": "shop", "publicDomainNames": names}


def tags(*given: dict[str, str]) -> dict[str, Any]:
    return {**NEW, "tags": list(given)}
