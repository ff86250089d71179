"""Image references against a reader of their grammar, which is written by hand and knows no patterns.

The grammar is that of the Go module github.com/distribution/reference, and digests are those of
github.com/opencontainers/go-digest. AWS differs where a reference begins with a colon: those are images
stored with a container service, which this grammar does not have.
"""

from __future__ import annotations

import random
from string import ascii_letters, ascii_lowercase, digits, hexdigits

from pytest_lightsail import accepts, strategies

LOWER, WORD = set(ascii_lowercase + digits), set(ascii_letters + digits)
LENGTHS = {"sha256": 64, "sha384": 96, "sha512": 128}


def is_reference(text: str) -> bool:
    """Whether a text is a name, perhaps with a tag, perhaps with a digest."""
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
    """Whether it is a path, perhaps behind a host: the length of the path is limited."""
    host, slash, path = text.partition("/")
    if slash and is_host(host) and is_path(path):
        return len(path) <= 255
    return is_path(text) and len(text) <= 255


def is_path(text: str) -> bool:
    return all(is_component(part) for part in text.split("/"))


def is_component(text: str) -> bool:
    """Lower-case letters and digits, with a dot, one or two underscores, or hyphens between them."""
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
        address, closed, behind = text[1:].partition("]")
        right = bool(closed) and bool(address) and set(address) <= set(hexdigits + ":")
        return right and (not behind or (behind[0] == ":" and is_number(behind[1:])))
    name, colon, port = text.partition(":")
    return (not colon or is_number(port)) and all(is_label(label) for label in name.split("."))


def is_number(text: str) -> bool:
    return bool(text) and set(text) <= set(digits)


def is_label(text: str) -> bool:
    return bool(text) and set(text) <= WORD | {"-"} and text[0] != "-" and text[-1] != "-"


def is_taken(image: str) -> bool:
    request = {"serviceName": "shop", "containers": {"web": {"image": image}}}
    return accepts("CreateContainerServiceDeployment", "request", request)


def texts(count: int) -> list[str]:
    """Corners and what is one or two changes from them."""
    choose = random.Random(0)
    found = strategies.corners(strategies.image_references())
    right = [corner.value for corner in found.valid if corner.value[0] != ":"]
    seeds = [*right, *(case.value for case in found.invalid if isinstance(case.value, str))]
    every = list(seeds)
    while len(every) < count:
        text = choose.choice(seeds if len(every) % 2 else right)
        for _ in range(choose.randint(0, 2)):
            at = choose.randrange(len(text) + 1)
            piece = choose.choice(["", *"aZ9._-:/@[] \u00e9", "__", "//", "a/", ":1", text[:at]])
            text = text[:at] + piece + text[at + choose.randint(0, 1) :]
        every.append(text)
    return [one for one in every if not one.startswith(":")]


def test_what_is_taken_is_a_reference_and_the_other_way_round() -> None:
    both = [(text, is_taken(text), is_reference(text)) for text in texts(5000)]
    assert [one for one in both if one[1] is not one[2]] == []
    assert 500 < sum(taken for _, taken, _ in both) < 4500
