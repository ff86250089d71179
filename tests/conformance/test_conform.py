"""``pytest-lightsail conform``: assumptions, checked against servers that behave differently."""

import io
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import botocore
import pytest

from pytest_lightsail import Fault, Options
from pytest_lightsail.cli import main
from pytest_lightsail.conformance.conform import against, chosen, clean, conform
from pytest_lightsail.conformance.probes import FREE, PROBES
from pytest_lightsail.conformance.transcript import read, replay
from pytest_lightsail.model.catalogue import RULES
from pytest_lightsail.simulation.server import LightsailServer
from pytest_lightsail.simulator.account import Account
from pytest_lightsail.simulator.wire import ServiceError
from tests.support.models import ROOT

HTTP = pytest.mark.lightsail(real_calls=True)  # otherwise the guard refuses calls to a local server
OPTIONS = Options(speed=0)


@contextmanager
def served(account: Account) -> Iterator[str]:
    server = LightsailServer(lambda _: account, lambda _: None)
    try:
        yield server.url
    finally:
        server.stop()


class Deviating(Account):
    """An account that differs from the simulated one in ten places."""

    def __init__(self, options=OPTIONS, model=None):
        super().__init__(options, model)
        self.script.create(takes=3, optional=True)  # 1: a shorter duration

    def handle(self, request, turn=None):
        operation = request.headers["x-amz-target"].rpartition(".")[2]
        parameters = json.loads(request.body)
        if operation == "CreateCertificate":  # 2: accepted instead of refused
            parameters.pop("subjectAlternativeNames", None)
        if parameters.get("period") == 300:  # 3: refused instead of accepted
            error = ServiceError("InvalidInputException", "The end is before the start.")
            return self.refuse(error, request.region)
        response = super().handle(replace(request, body=json.dumps(parameters).encode()), turn)
        return self.changed(operation, response)

    def changed(self, operation, response):
        document, status = json.loads(response.body), response.status
        if document.get("message", "").startswith("scale "):
            document["message"] = "Too many nodes."  # 4: another text
        if document.get("__type") == "NotFoundException":
            document["code"], status = "NotThere", 404  # 5 and 6: another code and another status
        service = document.get("containerService", {})
        if operation == "CreateContainerService" and status == 200:
            service.pop("resourceType")  # 7: a member is missing
            service["state"] = "READY"  # 8: an earlier state
        if operation == "GetContainerServiceDeployments":
            document["deployments"].reverse()  # 9: another order
        check = service.get("nextDeployment", {}).get("publicEndpoint", {}).get("healthCheck")
        if check:
            check["unhealthyThreshold"] = 3  # 10: another default
        body = json.dumps(document).encode()
        kept = [each for each in response.headers if each[0] != "Content-Length"]
        headers = (*kept, ("Content-Length", str(len(body))))
        return replace(response, status=status, body=body, headers=headers)


@HTTP
def test_every_probe_is_confirmed_by_the_simulated_account(tmp_path, capsys):
    account = Account(OPTIONS)
    with served(account) as url:
        written = tmp_path / "run.json"
        assert main(["conform", "--against", url, "--transcript", str(written)]) == 0

    lines = capsys.readouterr().out.splitlines()
    count = sum(len(run.probes) for run in chosen())
    assert lines[-1] == f"{count} confirmed, 0 refuted, 0 unclear"
    assert read(written)["steps"]
    named_after_rules = PROBES.keys() & {rule.id for rule in RULES}
    assert named_after_rules <= {call.rule for call in account.history.calls}


@HTTP
def test_exactly_the_ten_planted_deviations_are_refuted():
    account = Deviating()
    with served(account) as url, against(url, "us-east-1") as target:
        results, left = conform(chosen(), target)

    assert {result.probe.id for result in results if result.verdict != "confirmed"} == {
        "create-time",
        "certificate.names",
        "metrics",
        "scale.range",
        "error-code",
        "error-status",
        "create",
        "create-states",
        "deployments-order",
        "health-check",
    }
    assert {result.verdict for result in results} == {"confirmed", "refuted"}
    assert not left
    assert not account.region("us-east-1").services
    assert not account.region("us-east-1").certificates


@HTTP
def test_a_refuted_rule_is_printed_with_the_change_to_the_catalogue(capsys):
    with served(Deviating()) as url:
        arguments = [
            "conform",
            "--against",
            url,
            "--only",
            "scale.range",
            "certificate.names",
            "error-code",
        ]
        assert main(arguments) == 1

    out = capsys.readouterr().out
    assert "catalogue, Rule(id='scale.range', error='InvalidInputException'" in out
    assert "message='Too many nodes.', source='pytest-lightsail conform, http://" in out
    assert "catalogue, certificate.names: remove this rule because the request was accepted" in out
    assert "docs/assumptions.md" in out
    assert "'NotThere'" in out


@HTTP
def test_clean_deletes_only_services_that_an_earlier_run_created():
    account = Account(OPTIONS)
    with served(account) as url, against(url, "us-east-1") as target:
        ours = [{"key": "created-by", "value": "pytest-lightsail-conform"}]
        for name, tags in (("pytest-lightsail-1", ours), ("pytest-lightsail-2", []), ("a", ours)):
            new = {"serviceName": name, "power": "nano", "scale": 1, "tags": tags}
            target.wire.call("CreateContainerService", new)

        assert clean(target) == ["pytest-lightsail-1"]

    assert list(account.region("us-east-1").services) == ["pytest-lightsail-2", "a"]


def test_a_dry_run_shows_the_plan_and_makes_no_calls(capsys, monkeypatch):
    monkeypatch.delenv("AWS_ACCESS_KEY_ID", raising=False)
    # The guard would fail the test if a call were made.
    assert (
        main(
            [
                "conform",
                "--against",
                "aws",
                "--dry-run",
                "--region",
                "eu-west-1",
                "--only",
                "create*",
            ]
        )
        == 0
    )

    out = capsys.readouterr().out
    assert "Against aws, eu-west-1" in out
    assert "created-by=pytest-lightsail-conform" in out
    assert "A nano node costs $0.0096 an hour" in out
    assert out.endswith("Dry run: no call was made.\n")


def test_a_dry_run_of_free_probes_creates_nothing(capsys):
    assert main(["conform", "--against", "aws", "--dry-run", "--cost", "free"]) == 0

    assert "create container services" not in capsys.readouterr().out
    assert {run.needs for run in chosen(free=True)} == {FREE}


def test_a_dry_run_shows_infinite_limits(capsys):
    assert main(["conform", "--dry-run", "--minutes", "inf", "--dollars", "inf"]) == 0

    assert "After inf minutes, no more probes start." in capsys.readouterr().out


@pytest.mark.parametrize("port", [1, 99999])
def test_an_unreachable_server_is_reported_before_the_first_probe(capsys, port):
    assert main(["conform", "--against", f"http://127.0.0.1:{port}"]) == 2

    out, err = capsys.readouterr()
    assert f"http://127.0.0.1:{port} does not respond" in err
    assert not out


@pytest.mark.parametrize("url", ["http://", "http://[::1", "ftp://127.0.0.1"])
def test_an_invalid_url_is_refused(capsys, url):
    assert main(["conform", "--against", url]) == 2

    assert capsys.readouterr().err.startswith(f"pytest-lightsail: error: --against {url}: ")


def test_no_probe_starts_after_the_time_limit(capsys):
    assert main(["conform", "--minutes", "0", "--only", "powers"]) == 2

    out, err = capsys.readouterr()
    assert "nothing could be checked: the time or cost limit was reached" in err
    assert "0 confirmed, 0 refuted, 1 unclear" in out


def test_an_unknown_probe_name_is_refused(capsys):
    assert main(["conform", "--only", "powerz"]) == 2
    assert "no probe matches 'powerz'" in capsys.readouterr().err
    assert main(["conform", "--only", "create", "--cost", "free"]) == 2
    assert "no probe is left" in capsys.readouterr().err


def test_probes_are_listed_with_the_questions_that_they_settle(capsys):
    assert main(["conform", "--dry-run", "--skip", "health-check.*"]) == 0

    out = capsys.readouterr().out
    assert "what is the HTTP status of NotFoundException?" in out
    assert "health-check.timeout" not in out


def test_the_transcript_of_a_run_is_replayed_without_differences(tmp_path):
    written = tmp_path / "run.json"
    only = ["--only", "create", "deploy-time", "disable-time", "delete-time"]
    assert main(["conform", *only, "--transcript", str(written)]) == 0

    assert replay(read(written)) == []


def test_deployments_fail_in_a_replay_if_the_scenario_of_the_transcript_says_so(tmp_path):
    written = tmp_path / "run.json"
    assert main(["conform", "--only", "failing", "--transcript", str(written)]) == 0

    transcript = read(written)
    assert replay(transcript)
    fails = {"fails_at": "CREATING_DEPLOYMENT", "takes": 600}
    transcript["scenario"] = [{"deploy": {}}, {"deploy": fails}]
    assert replay(transcript) == []


NOT_ASKED = {
    "the probe `domains` shows it in other Regions than us-east-1": "domain.region",
    "the probe would create a domain": "domain-entry.known domain.name-free A57",
    "the probe would need a Region without container services": "registry.needs-service A54",
    "the probe would send requests to the address of a service": "A81 A82 A83 A84 A85 A86",
    "the probe would need an issued certificate, and thus a domain of yours": (
        "certificate.covers-domain certificate.unused domain.one-service A62 A91"
    ),
    "the probe would need images that Docker has pushed": "image.unused quota.images A41",
    "the probe would need an image of its own, which exits, hangs or fails later": (
        "A50 A66 A68 A69 A79 A87 A88 A89"
    ),
    "the probe would use up a quota of the account": "quota.certificates quota.services",
    "the probe would take fifty deployments": "quota.deployments-kept A51",
    "the probe would need several services at a time, or a hundred resources": "A38 A40 A47",
    "no simulated operation has such a member": "model.count model.length",
    "these errors occur only if the service itself has trouble": "A18",
    "botocore handles this part of HTTP": "A20 A21 A90",
    "it is a choice of the simulated account, made for tests": "A63 A64 A65 A78 A92 A93 A94",
}
"""Maps each reason for not having a probe to the rules and assumptions that it applies to."""


def test_every_rule_and_assumption_has_a_probe_or_a_reason_for_having_none():
    page = (ROOT / "docs" / "assumptions.md").read_text(encoding="utf-8")
    assumptions = re.findall(r"^\| (A\d+) \|", page, re.MULTILINE)

    asked = {rule.id for rule in RULES} & PROBES.keys()
    asked |= {probe.settles for probe in PROBES.values() if probe.settles}
    not_asked = [each for ids in NOT_ASKED.values() for each in ids.split()]
    assert sorted([*asked, *not_asked]) == sorted([*assumptions, *(rule.id for rule in RULES)])


REDIRECTED = pytest.mark.skipif(
    tuple(map(int, botocore.__version__.split(".")[:2])) < (1, 31),
    reason="older releases cannot be sent to another endpoint by a variable",
)


@pytest.fixture
def stand_in(monkeypatch) -> Iterator[Account]:
    """Return an account that responds in place of AWS."""
    account = Account(OPTIONS)
    with served(account) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL_LIGHTSAIL", url)
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.setenv(name, "none")
        yield account


@HTTP
@REDIRECTED
def test_conform_asks_before_it_creates_anything_on_aws(stand_in, monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))

    assert main(["conform", "--against", "aws", "--only", "create"]) == 2

    out, err = capsys.readouterr()
    assert "so the total is at most about $0.03" in out
    assert "stopped: nothing was created" in err
    assert [call.operation for call in stand_in.history.calls] == ["GetContainerServicePowers"]


@HTTP
@REDIRECTED
def test_conform_deletes_what_a_probe_created_on_aws(stand_in, capsys):
    arguments = ["--against", "aws", "--only", "certificate-name", "scale.range", "--yes"]
    assert main(["conform", *arguments]) == 0

    assert "2 confirmed" in capsys.readouterr().out
    operations = [call.operation for call in stand_in.history.calls]
    assert operations[-2:] == ["CreateCertificate", "DeleteCertificate"]
    assert not stand_in.region("us-east-1").certificates


@REDIRECTED
@HTTP
def test_a_refused_clean_is_reported(stand_in, capsys):
    stand_in.faults.add(Fault.access_denied(), times=None)

    assert main(["conform", "--against", "aws", "--clean"]) == 2

    assert "GetContainerServices was refused: AccessDenied" in capsys.readouterr().err


@HTTP
def test_resources_that_cannot_be_deleted_in_time_are_reported(capsys):
    account = Account(OPTIONS)
    account.script.delete(never_ends=True, optional=True)
    with served(account) as url:
        assert main(["conform", "--against", url, "--only", "create-states", "--minutes", "1"]) == 2

    out, err = capsys.readouterr()
    assert "1 confirmed" in out
    assert "To delete them, run `pytest-lightsail conform --clean` later" in err
