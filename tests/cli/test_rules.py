"""``pytest-lightsail rules`` prints the reference of the catalogue."""

from pytest_lightsail.cli import main
from tests.support.models import ROOT

MODEL = str(ROOT / "tests" / "data" / "botocore-1.44.5" / "service-2.json.gz")


def test_it_prints_the_page_that_is_committed(capsys):
    assert main(["rules", "--from", MODEL]) == 0

    assert capsys.readouterr().out == (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")


def test_it_takes_the_installed_botocore_if_not_told_otherwise(capsys):
    assert main(["rules"]) == 0

    assert capsys.readouterr().out.startswith("# What Amazon Lightsail accepts\n")


def test_it_refuses_what_is_no_model(tmp_path, capsys):
    assert main(["rules", "--from", str(tmp_path / "none.json")]) == 2

    assert "none.json" in capsys.readouterr().err
