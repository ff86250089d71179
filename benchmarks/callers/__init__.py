"""Sound callers in four styles, which `mutants.py` changes."""

from dataclasses import replace

from pytest_lightsail import strategies

from . import background, command, functions, releaser

IMAGES = strategies.image_references(kinds={"public", "docker-hub", "public-ecr", "registry"})
BUSY = {"does-not-wait-its-turn", "misled-by-lost-answers"}
LATE = {"misled-by-late-reads"}
DISABLED = {
    "worlds": ["absent", "ready", "running", "disabled"],
    "fails_in": {"disabled"},
}
_CHECK = "CreateContainerServiceDeployment.publicEndpoint.healthCheck"


def _of_check(member):
    """A strategy for one member of an invalid health check."""

    def only(case):
        return member in case.value if isinstance(case.value, dict) else False

    return (
        strategies.invalid_health_checks()
        .filter(only)
        .filter(lambda case: case.path.endswith(member))
        .map(lambda case: replace(case, value=case.value[member]))
    )


VERIFIED = {
    "functions": {
        "function": "release",
        "arguments": {"image": IMAGES, "scale": strategies.scales()},
        "invalid": {"scale"},
        "also": {*BUSY, *LATE, "leaves-changed"},
        "raises": functions.ReleaseError,
        **DISABLED,
    },
    "background": {
        "function": "release",
        "arguments": {"image": IMAGES, "port": strategies.ports()},
        "invalid": {"port"},
        "also": BUSY,
        "raises": background.NotReleased,
        **DISABLED,
    },
    "releaser": {
        "function": "release",
        "also": {*BUSY, *LATE},
        "raises": releaser.DeploymentError,
        **DISABLED,
    },
    "command": {
        "function": "run",
        "raises": command.UsageError,
        **DISABLED,
        "arguments": {
            "image": IMAGES,
            "service": "shop",
            "scale": strategies.scales(),
            "power": strategies.powers(),
            "path": strategies.health_checks().map(lambda check: check.get("path", "/")),
            "interval": strategies.health_checks().map(
                lambda check: check.get("intervalSeconds", 5)
            ),
            "timeout": strategies.health_checks().map(lambda check: check.get("timeoutSeconds", 2)),
        },
        "invalid": {
            "service": strategies.invalid_service_names(),
            "scale": strategies.invalid_scales(),
            "power": strategies.invalid_powers(),
            "path": _of_check("path"),
            "interval": _of_check("intervalSeconds"),
            "timeout": _of_check("timeoutSeconds"),
        },
    },
}
"""How each is verified."""
