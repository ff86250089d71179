"""Image references are checked against a handwritten parser that uses no regular expressions.

The grammar of names is that of the Go module github.com/distribution/reference. The grammar of digests
is that of github.com/opencontainers/go-digest. In Lightsail, a reference that begins with a colon is an
image that is stored with a container service. The parser does not know such references.
"""

from __future__ import annotations

import random
from string import ascii_letters, ascii_lowercase, digits, hexdigits

from pytest_lightsail import accepts, strategies

LOWER, WORD = set(ascii_lowercase + digits), set(ascii_letters + digits)
LENGTHS = {"sha256": 64, "sha384": 96, "sha512": 128}


def is_reference(text: str) -> bool:
    """Return whether a string is a name, optionally with a tag and with a digest."""
    name, at, digest = text.partition("@")
    if at and not is_digest(digest):
        return False
    return is_name(name) or (
        ":" in name and is_name(name.rpartition(":")[0]) and is_tag(name.rpartition(":")[2])
    )


def is_digest(text: str) -> bool:
    algorithm, _, encoded = text.partition(":")
    return len(encoded) == LENGTHS.get(algorithm) and set(encoded) <= set("0123456789abcdef")


def is_tag(text: str) -> bool:
    return 1 <= len(text) <= 128 and text[0] in WORD | {"_"} and set(text) <= WORD | set("_.-")


def is_name(text: str) -> bool:
    """Return whether a string is a path of limited length, optionally after a host."""
    host, slash, path = text.partition("/")
    if slash and is_host(host) and is_path(path):
        return len(path) <= 255
    return is_path(text) and len(text) <= 255


def is_path(text: str) -> bool:
    return all(is_component(part) for part in text.split("/"))


def is_component(text: str) -> bool:
    """Return whether a string consists of lower-case letters and digits, with separators between them.

    A separator is a dot, one or two underscores, or any number of hyphens.
    """
    separators, current = [], ""
    for character in text:
        if character in LOWER:
            separators.append(current)
            current = ""
        elif character in "._-":
            current += character
        else:
            return False
    inside = [one for one in separators[1:] if one]
    return (
        bool(separators)
        and not separators[0]
        and not current
        and all(one in {".", "_", "__"} or set(one) == {"-"} for one in inside)
    )


def is_host(text: str) -> bool:
    if text.startswith("["):
        address, closed, rest = text[1:].partition("]")
        valid = bool(closed) and bool(address) and set(address) <= set(hexdigits + ":")
        return valid and (not rest or (rest[0] == ":" and is_number(rest[1:])))
    name, colon, port = text.partition(":")
    return (not colon or is_number(port)) and all(is_label(label) for label in name.split("."))


def is_number(text: str) -> bool:
    return bool(text) and set(text) <= set(digits)


def is_label(text: str) -> bool:
    return bool(text) and set(text) <= WORD | {"-"} and text[0] != "-" and text[-1] != "-"


def is_accepted(image: str) -> bool:
    request = {"serviceName": "shop", "containers": {"web": {"image": image}}}
    return accepts("CreateContainerServiceDeployment", "request", request)


def texts(count: int) -> list[str]:
    """Return corners, and strings that differ from corners by up to two changes."""
    choose = random.Random(0)
    found = strategies.corners(strategies.image_references())
    valid = [corner.value for corner in found.valid if corner.value[0] != ":"]
    seeds = [*valid, *(case.value for case in found.invalid if isinstance(case.value, str))]
    every = list(seeds)
    while len(every) < count:
        text = choose.choice(seeds if len(every) % 2 else valid)
        for _ in range(choose.randint(0, 2)):
            at = choose.randrange(len(text) + 1)
            piece = choose.choice(["", *"aZ9._-:/@[] \u00e9", "__", "//", "a/", ":1", text[:at]])
            text = text[:at] + piece + text[at + choose.randint(0, 1) :]
        every.append(text)
    return [one for one in every if not one.startswith(":")]


def test_an_image_is_accepted_exactly_if_it_follows_the_grammar() -> None:
    both = [(text, is_accepted(text), is_reference(text)) for text in texts(5000)]
    assert [one for one in both if one[1] is not one[2]] == []
    assert 500 < sum(accepted for _, accepted, _ in both) < 4500
