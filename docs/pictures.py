"""Take the screenshot that the documentation shows, with a headless Chromium.

    python docs/pictures.py

It shows the live page of an account with two services.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from pytest_lightsail import Fault, simulate

ROOT = Path(__file__).parents[1]
IMAGES = ROOT / "docs" / "images"
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--hide-scrollbars",
    "--virtual-time-budget=4000",
)


def picture(url: str, name: str, width: int, height: int) -> None:
    """Take a screenshot of a window of this size."""
    with tempfile.TemporaryDirectory() as profile:
        command = [shutil.which("chromium") or "chromium", *FLAGS, f"--user-data-dir={profile}"]
        size = f"--window-size={width},{height}"
        target = f"--screenshot={IMAGES / name}"
        subprocess.run([*command, size, target, url], check=True, capture_output=True)  # noqa: S603


def take_the_page() -> None:
    """Take a screenshot of the live page during a deployment."""
    web = {"web": {"image": "shop:2", "ports": {"80": "HTTP"}}}
    with simulate(speed=1) as lightsail, lightsail.serve() as server:
        client = lightsail.client()
        for name in ("blog", "shop"):
            client.create_container_service(serviceName=name, power="nano", scale=1)
        lightsail.clock.advance(60)
        lightsail.faults.add(Fault.throttling(), times=1)
        client.create_container_service_deployment(serviceName="shop", containers=web)
        lightsail.clock.advance(75)
        picture(f"{server.url}/_lightsail/", "page.png", 1240, 1000)


if __name__ == "__main__":
    IMAGES.mkdir(exist_ok=True)
    take_the_page()
