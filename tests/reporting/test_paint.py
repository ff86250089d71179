"""Colours of a timeline: each kind of thing has its own, and nothing but colours is added."""

from __future__ import annotations

import re

import pytest

from pytest_lightsail import Fault
from pytest_lightsail.reporting.digest import digest
from pytest_lightsail.reporting.paint import paint
from tests.support.timelines import Caller


def shown(text: str, **looks: bool) -> str:
    return f"<{' '.join(looks)}|{text}>"


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ("What matters:", "<bold|What matters:>"),
        ("… 3 lines; lightsail.timeline() has all of them …", "<light|… 3 lines"),
        ("0:01:00.1  GetContainerServices()", "<cyan|0:01:00.1>"),
        ("              → NotFoundException: no", "<red bold|NotFoundException>"),
        ("    → read_timeout (fault read_timeout)", "<red bold|read_timeout>"),
        ("    → ServiceException (fault server_error)", "<purple|(fault server_error)>"),
        ("    → InvalidInputException: no [rule scale.range]", "<yellow|[rule scale.range]>"),
        (
            "0:00:01.0    shop: READY  (script.create(takes=8))",
            "<yellow|  (script.create(takes=8))>",
        ),
        ("never used: script.deploy()", "<yellow|never used: script.deploy()>"),
        ("still to come: shop is gone in 9 s", "<yellow|still to come: shop is gone in 9 s>"),
        ("    → shop RUNNING, current 1 ACTIVE", "<green|RUNNING>"),
        ("0:00:01.0    shop: READY, deployment 1 FAILED", "<red|FAILED>"),
    ],
)
def test_each_kind_of_thing_has_its_look(line, part):
    assert part in paint(line, shown)


def test_a_service_with_the_name_of_an_error_is_no_error():
    line = "0:00:01.0  GetContainerServices(serviceName='NotFoundException')"
    assert "<red" not in paint(line, shown)


def test_without_its_colours_it_is_the_text():
    caller = Caller()
    caller.account.faults.add(Fault.throttling())
    caller.create()
    caller.create(scale=0)
    caller.create()
    caller.poll(20)
    text = digest(caller.account.history, 0, unmet=["script.deploy()"])
    assert re.sub(r"<[\w ]*\|([^>]*)>", r"\1", paint(text, shown)) == text
