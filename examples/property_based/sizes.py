"""Keep the power and scale of container services in line with a configuration file."""

import re
import time
from dataclasses import dataclass

import boto3

POWERS = ("nano", "micro", "small", "medium", "large", "xlarge")
NAME = re.compile(r"[a-z0-9]{1,2}|[a-z0-9][a-z0-9-]{0,61}[a-z0-9]")
SETTLED = {"READY", "RUNNING", "DISABLED"}


class ConfigError(ValueError):
    """The table is invalid. No call was made."""


class ApplyTimeout(Exception):
    """A service did not reach its size in time."""


@dataclass(frozen=True)
class Size:
    power: str
    scale: int = 1

    def __post_init__(self):
        if self.power not in POWERS:
            raise ConfigError(f"power must be one of {', '.join(POWERS)}, not {self.power!r}")
        if type(self.scale) is not int or not 1 <= self.scale <= 20:
            raise ConfigError(f"scale must be 1 to 20, not {self.scale!r}")


def read(table):
    """Return the size of each service, keyed by name.

    Raises:
        ConfigError: the table is invalid. The message names the service and the problem.
    """
    sizes = {}
    for name, entry in table.items():
        if not isinstance(name, str) or not NAME.fullmatch(name):
            raise ConfigError(f"{name!r} is not a valid container service name")
        try:
            sizes[name] = Size(**entry)
        except TypeError as error:
            raise ConfigError(f"{name}: {error}") from None
        except ConfigError as error:
            raise ConfigError(f"{name}: {error}") from None
    return sizes


def apply(table, *, timeout=900, pause=5):
    """Create and change services until all of them match the table and have settled."""
    sizes = read(table)
    client = boto3.client("lightsail")
    deadline = time.monotonic() + timeout
    for name, size in sizes.items():
        _apply(client, name, size, deadline, pause)


def _apply(client, name, size, deadline, pause):
    while time.monotonic() < deadline:
        found = _find(client, name)
        if found is None:
            client.create_container_service(serviceName=name, power=size.power, scale=size.scale)
        elif found["state"] in SETTLED:
            if (found["power"], found["scale"]) == (size.power, size.scale):
                return
            client.update_container_service(serviceName=name, power=size.power, scale=size.scale)
        time.sleep(pause)
    raise ApplyTimeout(f"{name} is not {size.power} x {size.scale} yet")


def _find(client, name):
    try:
        answer = client.get_container_services(serviceName=name)
    except client.exceptions.NotFoundException:
        return None
    return answer["containerServices"][0]
