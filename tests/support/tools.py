"""Programs that tests run; without them they are skipped, or fail where all are to be there."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
JAVASCRIPT = ROOT / "tests" / "javascript"


def find_tool(name: str, remedy: str) -> str:
    """The path of a program; without it the test is skipped, or fails where all are to be there."""
    found = shutil.which(name)
    if found is None:
        missing(f"there is no {name} on the PATH: {remedy}")
    return str(found)


def find_package(name: str) -> None:
    """Skip, or fail, without a package of npm."""
    if not (JAVASCRIPT / "node_modules" / name).is_dir():
        missing(f"there is no {name}: npm ci --prefix tests/javascript")


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
    """The AWS provider in a folder of this machine; skip the test without it, or without Terraform."""
    if not os.environ.get("LIGHTSAIL_TEST_TERRAFORM"):
        pytest.skip("takes more than a minute: set LIGHTSAIL_TEST_TERRAFORM=1")
    mirrors = [*(Path(each).expanduser() for each in _MIRRORS), *Path("/opt").glob("*")]
    found = [
        path
        for each in mirrors
        for path in each.glob(f"{_AWS_PROVIDER}/*/*/terraform-provider-aws*")
    ]
    if shutil.which("terraform") is None or not found:
        pytest.skip("needs terraform, and the AWS provider in a folder of this machine")
    return found[0]


def configure_terraform(home: Path, environment: pytest.MonkeyPatch) -> None:
    """Let Terraform find its AWS provider in a folder."""
    mirror = aws_provider().parents[5]
    config = home / "terraform.rc"
    config.write_text(
        "disable_checkpoint = true\n"
        f'provider_installation {{\n  filesystem_mirror {{\n    path = "{mirror}"\n  }}\n}}\n'
    )
    environment.setenv("TF_CLI_CONFIG_FILE", str(config))
    # The provider spends a third of its CPU time on collecting garbage while it starts.
    environment.setenv("GOGC", "400")
