"""The rules whose exact messages the real service has been observed to send.

``docs/tables.py`` generates this module from the transcripts in ``tests/evidence``: do not edit it.
"""

OBSERVED = {
    "certificate.issued",
    "container-name.pattern",
    "domain.region",
    "endpoint.port",
    "image.reference",
    "quota.services",
    "registry.needs-service",
    "state.deployment-in-progress",
}
