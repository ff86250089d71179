"""The page on quality states the bounds that the code has, and commands that there are."""

from __future__ import annotations

import re

import pytest

from pytest_lightsail.model import (
    bounds,
    effort,
    patterns,
    regex_parser,
    scenario_json,
    sources,
    unpacked,
)
from tests.support.models import ROOT

PAGE = (ROOT / "docs" / "quality.md").read_text(encoding="utf-8")
KIB, MIB, GIB = 2**10, 2**20, 2**30


def spaced(number: int) -> str:
    return f"{number:,}".replace(",", " ")


@pytest.mark.parametrize(
    "said",
    [
        f"{bounds.DEEPEST} levels, and UTF-8",
        f"a file of ours {bounds.LARGEST // MIB} MiB, a script {scenario_json._LARGEST // MIB} MiB",
        f"{sources.LARGEST_MODEL // MIB} MiB of JSON",
        f"{spaced(sources.MOST_MEMBERS)} members; a wheel of {sources.LARGEST_WHEEL // MIB} MiB",
        f"{sources.LARGEST_ARCHIVE // GIB} GiB of an unpacked sdist",
        f"{unpacked.LARGEST_HEADER // KIB} KiB of one header",
        f"{spaced(effort.MOST_STEPS)} steps along their shapes",
        f"{regex_parser._LONGEST} characters, {spaced(patterns._MOST_WORK)} partial matches",
        f"{spaced(bounds.LONGEST)} seconds",
    ],
)
def test_a_bound_is_that_of_the_code(said: str) -> None:
    assert said in " ".join(PAGE.split())


def test_the_commands_name_tests_that_there_are() -> None:
    named = re.findall(r"\btests/[a-z_/.]+", PAGE)
    assert named
    for path in named:
        assert (ROOT / path).exists()
