"""The ids of the rules whose exact messages occur in transcripts of the real service.

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
