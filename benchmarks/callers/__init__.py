"""Sound callers in four styles, which `mutants.py` changes."""

from dataclasses import replace

from hypothesis import strategies as st

from pytest_lightsail import strategies

from . import background, command, functions, releaser

IMAGES = strategies.image_references(kinds={"public", "docker-hub", "public-ecr", "registry"})
BUSY = {"does-not-wait-its-turn", "misled-by-lost-answers"}
LATE = {"misled-by-late-reads"}
DISABLED = {
    "worlds": ["absent", "ready", "running", "disabled"],
    "fails_in": {"disabled"},
}


def _of_check(member):
    """Return a strategy for one member of a health check that draws its invalid corner cases."""
    found = strategies.corners(strategies.invalid_health_checks()).invalid
    return st.sampled_from(
        [
            replace(case, value=case.value[member])
            for case in found
            if case.path.endswith(member) and isinstance(case.value, dict) and member in case.value
        ]
    )


def _valid(member, default):
    found = strategies.corners(strategies.health_checks()).valid
    values = dict.fromkeys(one.value.get(member, default) for one in found)
    return st.sampled_from([default, *(value for value in values if value != default)])


VERIFIED = {
    "functions": {
        "function": "release",
        "arguments": {"image": IMAGES, "scale": strategies.scales()},
        "invalid": {"scale"},
        "also": {*BUSY, *LATE, "leaves-changed", "sets-only-at-creation"},
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
        "also": {*BUSY, *LATE, "changes-again", "sets-only-at-creation"},
        "raises": releaser.DeploymentError,
        **DISABLED,
    },
    "command": {
        "function": "run",
        "also": {"sets-only-at-creation"},
        "raises": command.UsageError,
        **DISABLED,
        "arguments": {
            "image": IMAGES,
            "service": "shop",
            "scale": strategies.scales(),
            "power": strategies.powers(),
            "path": _valid("path", "/"),
            "interval": _valid("intervalSeconds", 5),
            "timeout": _valid("timeoutSeconds", 2),
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
"""The arguments with which each caller is verified."""
