"""Take the screenshots that the pages show, with a headless Chromium.

    python docs/pictures.py

They show the report of the example project's tests, and the page of an account with two services.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from pytest_lightsail import Fault, simulate

ROOT = Path(__file__).parents[1]
IMAGES = ROOT / "docs" / "images"
TOLD = "test_failed_release_gives_power_and_scale_back"
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
    """Take a picture of what a window of that size shows."""
    with tempfile.TemporaryDirectory() as profile:
        command = [shutil.which("chromium") or "chromium", *FLAGS, f"--user-data-dir={profile}"]
        size = f"--window-size={width},{height}"
        target = f"--screenshot={IMAGES / name}"
        subprocess.run([*command, size, target, url], check=True, capture_output=True)  # noqa: S603


def report(folder: Path) -> Path:
    """The report of the example project's tests."""
    arguments = ("--lightsail-cov", f"--lightsail-cov-report=html:{folder}", "--hypothesis-seed=0")
    tests = ROOT / "examples" / "release" / "tests" / "test_release.py"
    command = [sys.executable, "-m", "pytest", "-q", tests, *arguments]
    subprocess.run(command, check=True, cwd=ROOT, capture_output=True)  # noqa: S603
    return folder / "index.html"


def only(page: Path, test: str) -> Path:
    """The page with the chart of one test alone, open."""
    text = page.read_text(encoding="utf-8")
    tests = re.findall(
        r"<details data-outcome=.*?(?=<details data-outcome=|</section>)", text, re.DOTALL
    )
    one = next(part for part in tests if test in part).replace("<details", "<details open", 1)
    (marks,) = re.findall(
        r"<svg[^>]*>\s*<(?:defs|symbol)[^>]*>(?:(?!</svg>).)*?mark-ok.*?</svg>", text, re.DOTALL
    )
    head = text.partition("<body")[0]
    alone = page.with_name("alone.html")
    alone.write_text(
        f"{head}<body>{marks}<main><section>{one}</section></main></body>", encoding="utf-8"
    )
    return alone


def take_the_page() -> None:
    """The live page of an account in which something is under way."""
    web = {"web": {"image": "shop:2", "ports": {"80": "HTTP"}}}
    with simulate() as lightsail, lightsail.serve() as server:
        client = lightsail.client()
        for name in ("blog", "shop"):
            client.create_container_service(serviceName=name, power="nano", scale=1)
        lightsail.clock.advance(60)
        lightsail.faults.add(Fault.throttling(), times=1)
        client.create_container_service_deployment(serviceName="shop", containers=web)
        lightsail.clock.advance(75)
        picture(f"{server.url}/_lightsail/", "page.png", 1240, 1000)


def main() -> None:
    """Take all."""
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        page = report(Path(folder))
        picture(page.as_uri(), "report.png", 1240, 1160)
        picture(only(page, TOLD).as_uri(), "timeline.png", 1240, 820)
    take_the_page()


if __name__ == "__main__":
    main()
