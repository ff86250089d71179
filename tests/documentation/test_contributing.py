"""The diffs in CONTRIBUTING.md apply to the current code and have the described effects."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.support.pages import ROOT

SCRIPT = """
import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, Phase, find, given, settings
from pytest_lightsail import Fault, Scenario, accepts, simulate, strategies

def refused(call, **parameters):
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    return caught.value.response["Error"]

with simulate(Scenario().fault("opt_in_required").quota("services", 1)) as lightsail:
    client = lightsail.client()
    assert refused(client.get_container_services)["Code"] == "OptInRequired"
    assert lightsail.quotas["services"] == 1
    nano = {"serviceName": "shop", "power": "nano", "scale": 11}
    assert "not valid for power nano" in refused(client.create_container_service, **nano)["Message"]
    client.create_domain(domainName="example.com")
    entry = {"name": "www.example.com", "type": "A", "target": "192.0.2.1"}
    client.create_domain_entry(domainName="example.com", domainEntry=entry)
    error = refused(client.delete_domain, domainName="example.com")
    assert "still has records" in error["Message"]

quick = settings(
    database=None,
    derandomize=True,
    deadline=None,
    max_examples=20,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)

@quick
@given(strategies.requests("CreateContainerService"))
def valid_requests_keep_the_relation(request):
    assert request["power"] != "nano" or request["scale"] <= 10
    assert accepts("CreateContainerService", "request", request)

valid_requests_keep_the_relation()
strategy = strategies.invalid_scales(kind="service", rules={"scale.range"})
case = find(strategy, lambda case: True, settings=quick)
assert case.request["power"] != "nano"
print("all four")
"""


def test_the_diffs_apply_to_the_code_and_have_the_described_effects(tmp_path: Path) -> None:
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "pytest_lightsail", tmp_path / "pytest_lightsail", ignore=ignored)
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    diffs = re.findall(r"^```diff\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert len(diffs) == 4
    for diff in diffs:
        apply(diff, tmp_path)
    done = subprocess.run(  # noqa: S603 - our own page
        [sys.executable, "-c", SCRIPT],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout == "all four\n", done.stderr


def apply(diff: str, directory: Path) -> None:
    """Apply a diff without line numbers; the old lines of each hunk must occur exactly once."""
    for name, hunks in re.findall(r"^\+\+\+ b/(.*)\n((?:(?!--- a/).*\n)*)", diff, re.MULTILINE):
        text = (directory / name).read_text(encoding="utf-8")
        for hunk in hunks.split("@@\n")[1:]:
            lines = hunk.splitlines(keepends=True)
            before, after = (
                "".join(line[1:] or "\n" for line in lines if not line.startswith(sign))
                for sign in "+-"
            )
            assert text.count(before) == 1, f"{name} has changed: CONTRIBUTING shows\n{before}"
            text = text.replace(before, after)
        (directory / name).write_text(text, encoding="utf-8")
