"""Programs that tests run.

If a program is missing, the test is skipped, or fails if LIGHTSAIL_TEST_TOOLS is "required".
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
JAVASCRIPT = ROOT / "tests" / "javascript"


def find_tool(name: str, remedy: str) -> str:
    """Return the path of a program. If it is missing, skip the test or let it fail."""
    found = shutil.which(name)
    if found is None:
        missing(f"{name} is not on the PATH: {remedy}")
    return str(found)


def find_package(name: str) -> None:
    """If an npm package is missing, skip the test or let it fail."""
    if not (JAVASCRIPT / "node_modules" / name).is_dir():
        missing(f"{name} is not installed: run npm ci --prefix tests/javascript")


def missing(reason: str) -> None:
    if os.environ.get("LIGHTSAIL_TEST_TOOLS") == "required":
        pytest.fail(reason)
    pytest.skip(reason)


_MIRRORS = (
    "~/.terraform.d/plugins",
    "/usr/local/share/terraform/plugins",
    "/usr/share/terraform/plugins",
)
_AWS_PROVIDER = "registry.terraform.io/hashicorp/aws"


def aws_provider() -> Path:
    """Return the path of a local copy of the AWS provider. Without it or Terraform, skip the test."""
    if not os.environ.get("LIGHTSAIL_TEST_TERRAFORM"):
        pytest.skip("takes more than a minute: set LIGHTSAIL_TEST_TERRAFORM=1")
    mirrors = [*(Path(each).expanduser() for each in _MIRRORS), *Path("/opt").glob("*")]
    found = [
        path
        for each in mirrors
        for path in each.glob(f"{_AWS_PROVIDER}/*/*/terraform-provider-aws*")
    ]
    if shutil.which("terraform") is None or not found:
        pytest.skip("needs terraform and a local copy of the AWS provider")
    return found[0]


def configure_terraform(home: Path, environment: pytest.MonkeyPatch) -> None:
    """Configure Terraform to use the local copy of its AWS provider."""
    mirror = aws_provider().parents[5]
    config = home / "terraform.rc"
    config.write_text(
        "disable_checkpoint = true\n"
        f'provider_installation {{\n  filesystem_mirror {{\n    path = "{mirror}"\n  }}\n}}\n'
    )
    environment.setenv("TF_CLI_CONFIG_FILE", str(config))
    # Otherwise, the provider would spend a third of its CPU time on garbage collection while it starts.
    environment.setenv("GOGC", "400")
