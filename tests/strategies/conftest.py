"""How thoroughly the strategies are tried: quickly, or with ``HYPOTHESIS_PROFILE=thorough`` 10 000 times."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "thorough",
    max_examples=10_000,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
THOROUGH = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"


def examples(quick: int = 100) -> settings:
    """The settings for one strategy."""
    if THOROUGH:
        return settings.get_profile("thorough")
    return settings(
        max_examples=quick,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow],
    )
