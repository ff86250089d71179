"""The configuration of a release, including its time limit."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .errors import ConfigError

_PATH = re.compile(r"/[!-~]*")
_CODES = re.compile(r"([2-4][0-9][0-9])(?:-([2-4][0-9][0-9]))?")


@dataclass(frozen=True, kw_only=True)
class HealthCheck:
    """The health check of a container. boto3 does not validate it, so this class does."""

    path: str = "/"
    success_codes: str = "200-299"
    timeout: int = 2
    interval: int = 5

    def __post_init__(self) -> None:
        codes = [_CODES.fullmatch(part) for part in self.success_codes.split(",")]
        _check(
            {
                f"path {self.path!r} must start with a slash and contain no spaces": bool(
                    _PATH.fullmatch(self.path)
                ),
                f"success codes {self.success_codes!r} must look like 200, 200,202 or 200-499": all(
                    code and code[1] <= (code[2] or code[1]) for code in codes
                ),
                f"timeout {self.timeout} must be 2 to 60 seconds": 2 <= self.timeout <= 60,
                f"interval {self.interval} must be 5 to 300 seconds": 5 <= self.interval <= 300,
            }
        )


@dataclass(frozen=True, kw_only=True)
class ReleaseConfig:
    """The parameters of a release. Lightsail itself checks names, images and powers."""

    service: str
    image: str
    port: int
    power: str = "nano"
    scale: int = 1
    health_check: HealthCheck = field(default_factory=HealthCheck)
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)  # may contain secrets
    timeout: float = 900
    poll_interval: float = 5

    def __post_init__(self) -> None:
        _check(
            {
                "service is empty": self.service != "",
                "image is empty": self.image != "",
                f"port {self.port} must be 1 to 65535": 1 <= self.port <= 65535,
                f"scale {self.scale} must be 1 to 20": 1 <= self.scale <= 20,
                f"timeout {self.timeout} must be above 0 seconds": self.timeout > 0,
                f"poll interval {self.poll_interval} must be above 0 seconds": self.poll_interval
                > 0,
            }
        )

    def deployment(self) -> dict[str, Any]:
        """Return the parameters of CreateContainerServiceDeployment."""
        return {
            "serviceName": self.service,
            "containers": {
                "app": {
                    "image": self.image,
                    "environment": dict(self.environment),
                    "ports": {str(self.port): "HTTP"},
                }
            },
            "publicEndpoint": {
                "containerName": "app",
                "containerPort": self.port,
                "healthCheck": {
                    "path": self.health_check.path,
                    "successCodes": self.health_check.success_codes,
                    "timeoutSeconds": self.health_check.timeout,
                    "intervalSeconds": self.health_check.interval,
                },
            },
        }


def _check(checks: Mapping[str, bool]) -> None:
    problems = [problem for problem, fine in checks.items() if not fine]
    if problems:
        raise ConfigError("; ".join(problems))
