"""Which values are secrets, and which are ordinary words."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_lightsail.model.secrets import find_secrets, is_secret_member, looks_secret


def secrets(environment: dict[str, str], *unmasked: str) -> set[str]:
    found = find_secrets({"containers": {"web": {"environment": environment}}}, unmasked)
    return {value for value, _ in found}


@pytest.mark.parametrize(
    "value",
    [
        "hunter2-topsecret",
        "correct horse",
        "AKIAIOSFODNN7EXAMPLE",
        "qwhdkslapeiruxmz",
        "aBcDeFgH",
        "1234567890123456",
        "postgres://app:pw@db/app",
    ],
)
def test_mixed_or_long_values_look_like_secrets(value: str) -> None:
    assert looks_secret(value)


@pytest.mark.parametrize(
    "value",
    [
        "lightsail",
        "staging",
        "Production",
        "BACKUP",
        "8080",
        "0.25",
        "127.0.0.1:8080",
        "2024-01-31",
        "a1-b2",
    ],
)
def test_words_numbers_and_short_values_look_ordinary(value: str) -> None:
    assert not looks_secret(value)


@pytest.mark.parametrize(
    "name",
    [
        "PASSWORD",
        "DB_PASSWD",
        "API_TOKEN",
        "CLIENT_SECRET",
        "SSH_KEY",
        "apiKey",
        "PGPASS",
        "CREDENTIALS_FILE",
    ],
)
def test_a_variable_with_a_secret_name_is_secret_whatever_its_value(name: str) -> None:
    assert secrets({name: "staging"}) == {"staging"}


@pytest.mark.parametrize("name", ["NODE_ENV", "KEYBOARD", "PASSENGERS", "MODE"])
def test_an_ordinary_word_is_not_secret_in_other_variables(name: str) -> None:
    assert secrets({name: "staging"}) == set()


def test_variables_can_be_exempted_by_name() -> None:
    environment = {"API_TOKEN": "abc-1234", "OTHER": "def-5678"}
    assert secrets(environment, "API_TOKEN") == {"def-5678"}


@pytest.mark.parametrize(
    "document",
    [
        {"masterUserPassword": "s3cr3t-value"},
        {"privateKeyBase64": "s3cr3t-value"},
        {"userData": "s3cr3t-value"},
        {"accessKey": {"secretAccessKey": "s3cr3t-value"}},
        {"accessDetails": {"passwordData": [{"ciphertext": "s3cr3t-value"}]}},
    ],
)
def test_secret_members_are_found_at_any_depth(document: dict[str, Any]) -> None:
    assert list(find_secrets(document)) == [("s3cr3t-value", True)]


@pytest.mark.parametrize("name", ["keyPairName", "publicKeyBase64", "tagKeys", "passwordVersion"])
def test_members_with_similar_names_are_not_secret(name: str) -> None:
    assert not is_secret_member(name)


def test_a_value_that_looks_secret_is_secret_only_in_environment_variables() -> None:
    assert not list(find_secrets({"tags": {"note": "correct horse"}, "image": "acme/web:1.2"}))


def test_a_document_of_any_depth_is_searched() -> None:
    document: Any = {"password": "s3cr3t-value"}
    for _ in range(100_000):
        document = [document]
    assert list(find_secrets(document)) == [("s3cr3t-value", True)]
