"""Release container images to Amazon Lightsail container services."""

from .config import HealthCheck, ReleaseConfig
from .errors import ConfigError, ReleaseError, ReleaseFailed, ReleaseRefused, ReleaseTimeout
from .release import Released, disable, enable, release, resize

__all__ = [
    "ConfigError",
    "HealthCheck",
    "ReleaseConfig",
    "ReleaseError",
    "ReleaseFailed",
    "ReleaseRefused",
    "ReleaseTimeout",
    "Released",
    "disable",
    "enable",
    "release",
    "resize",
]
