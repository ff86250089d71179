"""Hypothesis strategies for what callers send: valid values, and invalid ones that say what is wrong.

>>> from hypothesis import given
>>> from pytest_lightsail import strategies
>>> @given(strategies.service_names(max_size=20))
... def test_any_name_will_do(name):
...     assert len(name) <= 20
"""

from .future import Future, future_responses
from .invalid import Expected, Invalid, invalid_requests
from .invalid_values import (
    invalid_commands,
    invalid_container_labels,
    invalid_container_names,
    invalid_containers,
    invalid_deployments,
    invalid_environments,
    invalid_health_checks,
    invalid_image_references,
    invalid_ports,
    invalid_powers,
    invalid_private_registry_access,
    invalid_protocols,
    invalid_public_domain_names,
    invalid_public_endpoints,
    invalid_scales,
    invalid_service_names,
    invalid_success_codes,
    invalid_tags,
)
from .scenarios import scenarios
from .values import (
    commands,
    container_labels,
    container_names,
    containers,
    deployments,
    environments,
    health_checks,
    image_references,
    ports,
    powers,
    private_registry_access,
    protocols,
    public_domain_names,
    public_endpoints,
    scales,
    service_names,
    success_codes,
    tags,
)
from .whole import Needs, needs_of, requests, responses

__all__ = [
    "Expected",
    "Future",
    "Invalid",
    "Needs",
    "commands",
    "container_labels",
    "container_names",
    "containers",
    "deployments",
    "environments",
    "future_responses",
    "health_checks",
    "image_references",
    "invalid_commands",
    "invalid_container_labels",
    "invalid_container_names",
    "invalid_containers",
    "invalid_deployments",
    "invalid_environments",
    "invalid_health_checks",
    "invalid_image_references",
    "invalid_ports",
    "invalid_powers",
    "invalid_private_registry_access",
    "invalid_protocols",
    "invalid_public_domain_names",
    "invalid_public_endpoints",
    "invalid_requests",
    "invalid_scales",
    "invalid_service_names",
    "invalid_success_codes",
    "invalid_tags",
    "needs_of",
    "ports",
    "powers",
    "private_registry_access",
    "protocols",
    "public_domain_names",
    "public_endpoints",
    "requests",
    "responses",
    "scales",
    "scenarios",
    "service_names",
    "success_codes",
    "tags",
]
