"""The rules whose messages the real service was seen to give, word for word.

Written by ``docs/tables.py`` from the transcripts in ``tests/evidence``; do not edit.
"""

OBSERVED = frozenset(
    (
        "certificate.issued",
        "container-name.pattern",
        "domain.region",
        "endpoint.port",
        "image.reference",
        "quota.services",
        "registry.needs-service",
        "state.deployment-in-progress",
    )
)
