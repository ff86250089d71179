"""What an account lacks for a request, by the account's own rules."""

from __future__ import annotations

import pytest

from pytest_lightsail.strategies.needs import Needs, account_violations


@pytest.mark.parametrize(("container", "broken"), [("a", True), ("web", False), ("worker", True)])
def test_only_a_container_that_ran_has_a_log(container: str, broken: bool) -> None:
    needs = Needs(services=("shop",), ran={"shop": "web"})
    request = {"serviceName": "shop", "containerName": container}
    found = account_violations("GetContainerLog", request, needs)
    assert [one.rule.id for one in found] == ["log.container"] * broken
