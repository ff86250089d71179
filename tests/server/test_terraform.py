"""Terraform's real AWS provider performs the steps of its own acceptance tests.

The test runs only if LIGHTSAIL_TEST_TERRAFORM is set. It takes more than a minute, because the
provider sleeps five real seconds before it checks a change.
"""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pytest_lightsail import Lightsail
from pytest_lightsail.simulation.server import LightsailServer
from tests.support.tools import aws_provider

Terraform = Callable[..., "subprocess.CompletedProcess[str]"]

MAIN = """
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

provider "aws" {
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true
  skip_region_validation      = true
}

variable "power" { default = "nano" }
variable "scale" { default = 1 }
variable "image" { default = "nginx:1.27" }
variable "disabled" { default = false }
variable "tags" { default = { team = "a", alone = "" } }
variable "domains" { default = [] }

resource "aws_lightsail_certificate" "shop" {
  name                      = "shop.cert"
  domain_name               = "shop.example.com"
  subject_alternative_names = ["www.shop.example.com"]
  tags                      = var.tags
}

resource "aws_lightsail_container_service" "shop" {
  name        = "shop"
  power       = var.power
  scale       = var.scale
  is_disabled = var.disabled
  tags        = var.tags

  private_registry_access {
    ecr_image_puller_role {
      is_active = true
    }
  }

  dynamic "public_domain_names" {
    for_each = length(var.domains) > 0 ? [1] : []
    content {
      certificate {
        certificate_name = aws_lightsail_certificate.shop.name
        domain_names     = var.domains
      }
    }
  }
}

resource "aws_lightsail_container_service_deployment_version" "shop" {
  service_name = aws_lightsail_container_service.shop.name

  container {
    container_name = "web"
    image          = var.image
    command        = ["serve"]
    environment    = { MODE = "test" }
    ports          = { 80 = "HTTP" }
  }
  container {
    container_name = "redis"
    image          = "redis:latest"
  }
  public_endpoint {
    container_name = "web"
    container_port = 80
    health_check {
      path = "/health"
    }
  }
}

output "records" {
  value = aws_lightsail_certificate.shop.domain_validation_options
}
"""

IMPORTS = """
import {
  to = aws_lightsail_certificate.shop
  id = "shop.cert"
}
import {
  to = aws_lightsail_container_service.shop
  id = "shop"
}
import {
  to = aws_lightsail_container_service_deployment_version.shop
  id = "shop/2"
}
"""


@pytest.fixture
def terraform(lightsail_server: LightsailServer, tmp_path: Path) -> Iterator[Terraform]:
    """Yield a function that runs Terraform. All runs share a provider, which takes seconds to start."""
    provider = aws_provider()
    (tmp_path / "main.tf").write_text(MAIN)
    environment = {"CHECKPOINT_DISABLE": "1", "TF_CLI_CONFIG_FILE": ""}
    output = tmp_path / "provider.out"
    with output.open("w") as file:
        process = subprocess.Popen(  # noqa: S603
            [provider, "-debug"],
            stdout=file,
            stderr=subprocess.DEVNULL,
            env={**lightsail_server.env, **environment},
        )
    try:
        while not (found := re.search(r"TF_REATTACH_PROVIDERS='(.*)'", output.read_text())):
            assert process.poll() is None, output.read_text()
            time.sleep(0.1)
        environment["TF_REATTACH_PROVIDERS"] = found[1]

        def run(command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
            words = ["terraform", command, *arguments, "-no-color", "-input=false"]
            return lightsail_server.run(words, env=environment, cwd=tmp_path, timeout=120)

        yield run
    finally:
        process.terminate()
        process.wait()


def test_terraform_can_create_update_disable_import_and_destroy_resources(
    terraform: Terraform, lightsail: Lightsail, tmp_path: Path
) -> None:
    def apply(**variables: object) -> str:
        (tmp_path / "terraform.tfvars.json").write_text(json.dumps(variables))
        done = terraform("apply", "-auto-approve")
        assert done.returncode == 0, done.stdout + done.stderr
        plan = terraform("plan", "-detailed-exitcode")
        assert plan.returncode == 0, plan.stdout
        return done.stdout

    # Create a service, a deployment and a certificate with all members.
    assert "3 added" in apply()
    shop = lightsail.services["shop"]
    assert shop.state == "RUNNING"
    state = json.loads((tmp_path / "terraform.tfstate").read_text())
    records = state["outputs"]["records"]["value"]
    assert {each["domain_name"] for each in records} == {
        "shop.example.com",
        "www.shop.example.com",
    }

    # Update the service in place, and deploy another version.
    lightsail.certificates.issue("shop.cert")
    changed = {
        "power": "micro",
        "scale": 2,
        "tags": {"team": "b"},
        "domains": ["shop.example.com"],
        "image": "nginx:1.28",
    }
    assert "1 added, 2 changed, 1 destroyed" in apply(**changed)
    assert (shop.power, shop.scale, shop.current_deployment.version) == ("micro", 2, 2)
    assert shop.describe()["publicDomainNames"] == {"shop.cert": ["shop.example.com"]}

    # Disable the service, which then accepts no deployment.
    assert "0 added, 1 changed, 0 destroyed" in apply(**changed, disabled=True)
    assert shop.state == "DISABLED"
    refused = terraform("apply", "-auto-approve", "-var", "image=nginx:1.29", "-refresh=false")
    assert "disabled and cannot be deployed to" in refused.stderr

    # Import and enable the service.
    (tmp_path / "terraform.tfstate").unlink()
    (tmp_path / "import.tf").write_text(IMPORTS)
    assert "3 imported, 0 added, 1 changed, 0 destroyed" in apply(**changed)
    assert shop.state == "RUNNING"

    # Destroy the service. Another client deploys first, so the provider must try again.
    (tmp_path / "import.tf").unlink()
    lightsail.another_client.deploys("shop", image="nginx", before="DeleteContainerService")
    done = terraform("destroy", "-auto-approve", "-refresh=false")
    assert done.returncode == 0, done.stderr
    assert len(lightsail.calls("DeleteContainerService")) > 1
    assert not lightsail.services
    assert not lightsail.certificates
