"""Public domain names, by certificate."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.profiles import examples

quick = examples(25, among=50)

takes_domains = pytest.mark.parametrize(
    "operation", ["CreateContainerService", "UpdateContainerService"]
)

GOOD = [
    "example.com",
    "www.example.com",
    "a.b",
    "WWW.Example.com",
    "xn--bcher-kva.example",
    "1.2.3.4",
]
GOOD += ["a-b.example.com", "x" * 63 + ".com", ".".join(["x" * 49] * 5) + ".io"]
BAD = [
    "example",
    "*.example.com",
    "example.com.",
    ".example.com",
    "a..b",
    "-a.com",
    "a-.com",
    "a_b.com",
]
BAD += [
    "bücher.example",
    "https://example.com",
    "example.com/x",
    "exa mple.com",
    "example.com\n",
    "a.b:80",
]
BAD += ["x" * 64 + ".com", "a."]


@takes_domains
@pytest.mark.parametrize("domain", GOOD)
def test_a_valid_domain_name_is_accepted(broken, operation, domain):
    assert broken(operation, publicDomainNames={"cert": [domain]}) == []


@takes_domains
@pytest.mark.parametrize("domain", BAD)
def test_an_invalid_domain_name_is_refused(broken, operation, domain):
    found = broken(operation, publicDomainNames={"cert": ["good.example.com", domain]})
    assert found == [("domain.pattern", "publicDomainNames.cert[1]")]


def of_length(length: int) -> str:
    return ".".join(["x" * 49] * 5) + "." + "y" * (length - 250)


@takes_domains
def test_a_domain_name_may_have_253_characters(broken, operation):
    assert broken(operation, publicDomainNames={"cert": [of_length(253)]}) == []


@takes_domains
def test_a_domain_name_of_254_characters_is_refused(broken, operation):
    found = broken(operation, publicDomainNames={"cert": [of_length(254)]})
    assert found == [("domain.length", "publicDomainNames.cert[0]")]


@takes_domains
def test_an_empty_domain_name_is_refused(broken, operation):
    found = broken(operation, publicDomainNames={"cert": [""]})
    assert found[0] == ("domain.length", "publicDomainNames.cert[0]")


def spread(counts: list[int]) -> dict[str, list[str]]:
    return {
        f"cert-{number}": [f"d{number}-{index}.example.com" for index in range(count)]
        for number, count in enumerate(counts)
    }


@takes_domains
@pytest.mark.parametrize("counts", [[4], [2, 2], [1, 1, 1, 1], [3, 1]])
def test_4_domain_names_across_all_certificates_are_accepted(broken, operation, counts):
    assert broken(operation, publicDomainNames=spread(counts)) == []


@takes_domains
@pytest.mark.parametrize("counts", [[5], [3, 2], [2, 1, 1, 1], [1, 1, 1, 1, 1], [0, 5], [9]])
def test_more_than_4_domain_names_across_all_certificates_are_refused(broken, operation, counts):
    found = broken(operation, publicDomainNames=spread(counts))
    assert found == [("domains.count", "publicDomainNames")]


@quick
@given(st.lists(st.integers(0, 5), max_size=6))
def test_the_limit_of_4_domain_names_applies_across_all_certificates(broken, counts):
    found = broken("UpdateContainerService", publicDomainNames=spread(counts))
    assert (found == []) is (sum(counts) <= 4)


@takes_domains
def test_a_certificate_without_domain_names_is_accepted(broken, operation):
    assert broken(operation, publicDomainNames={"cert": []}) == []


def test_certificates_to_detach_do_not_count_towards_the_limit(broken):
    # A request that replaces four certificates with four others names all eight.
    names = {**spread([1, 1, 1, 1]), **{f"old-{number}": [] for number in range(4)}}
    assert broken("UpdateContainerService", publicDomainNames=names) == []


@takes_domains
def test_an_empty_map_of_certificates_is_accepted(broken, operation):
    assert broken(operation, publicDomainNames={}) == []
