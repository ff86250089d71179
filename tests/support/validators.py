"""Faulty validators that look correct, grouped by the argument that they validate.

A validator takes a value and returns whether it is valid. Each one is wrong in one way, or crashes.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

Validator = Callable[[Any], bool]


def matches(pattern: str, flags: int = 0) -> Validator:
    """Return a validator that accepts strings that match as a whole."""
    return lambda value: isinstance(value, str) and re.fullmatch(pattern, value, flags) is not None


def number(accepts: Callable[[int], bool]) -> Validator:
    return lambda value: type(value) is int and accepts(value)


def member(name: str, accepts: Callable[[int], bool]) -> Validator:
    """Return a validator of health checks that uses ``accepts`` for one member and is otherwise right."""

    def valid(check: Any) -> bool:
        if not isinstance(check, dict):
            return False
        return all(
            type(one) is int and (accepts(one) if key == name else right(one))
            for key, right in _RIGHT.items()
            if (one := check.get(key)) is not None
        )

    return valid


_RIGHT: dict[str, Callable[[int], bool]] = {
    "timeoutSeconds": lambda seconds: 2 <= seconds <= 60,
    "intervalSeconds": lambda seconds: 5 <= seconds <= 300,
    "healthyThreshold": lambda times: times >= 1,
    "unhealthyThreshold": lambda times: times >= 1,
}


def codes(accepts: Callable[[list[tuple[int, int]]], bool], part: str = r"[0-9]{3}(?:-[0-9]{3})?"):
    """Return a validator of success codes that checks their ranges with ``accepts``."""

    def valid(text: Any) -> bool:
        if not isinstance(text, str) or not re.fullmatch(rf"{part}(?:,{part})*", text):
            return False
        ranges = [one.partition("-")[::2] for one in text.split(",")]
        return accepts([(int(low), int(high or low)) for low, high in ranges])

    return valid


def within(low: int, high: int) -> Callable[[list[tuple[int, int]]], bool]:
    return lambda ranges: all(low <= start <= end <= high for start, end in ranges)


_NAME = "[a-z0-9]|[a-z0-9][a-z0-9-]{0,61}[a-z0-9]"
NAMES: dict[str, Validator] = {
    "upper case": matches(_NAME, re.IGNORECASE),
    "an underscore": matches("[a-z0-9]|[a-z0-9][a-z0-9_-]{0,61}[a-z0-9]"),
    "a dot": matches("[a-z0-9]|[a-z0-9][a-z0-9.-]{0,61}[a-z0-9]"),
    "a space": matches("[a-z0-9]|[a-z0-9][a-z0-9 -]{0,61}[a-z0-9]"),
    "a slash": matches("[a-z0-9]|[a-z0-9][a-z0-9/-]{0,61}[a-z0-9]"),
    "a plus": matches("[a-z0-9]|[a-z0-9][a-z0-9+-]{0,61}[a-z0-9]"),
    "a hyphen first": matches("[a-z0-9-]{0,62}[a-z0-9]"),
    "a hyphen last": matches("[a-z0-9][a-z0-9-]{0,62}"),
    "hyphens anywhere": matches("[a-z0-9-]{1,63}"),
    "a newline at the end": lambda name: (
        isinstance(name, str) and bool(re.match(f"^(?:{_NAME})$", name))
    ),
    "the start alone": lambda name: isinstance(name, str) and bool(re.match(f"{_NAME}", name)),
    "anywhere": lambda name: isinstance(name, str) and bool(re.search(_NAME, name)),
    "letters of any script": lambda name: (
        isinstance(name, str)
        and 0 < len(name) < 64
        and name == name.lower()
        and name.replace("-", "").isalnum()
        and name.strip("-") == name
    ),
    "word characters": matches(r"\w|\w[\w-]{0,61}\w"),
    "one too long": matches("[a-z0-9]|[a-z0-9][a-z0-9-]{0,62}[a-z0-9]"),
    "one too short": matches("[a-z0-9]|[a-z0-9][a-z0-9-]{0,60}[a-z0-9]"),
    "two characters at least": matches("[a-z0-9][a-z0-9-]{0,61}[a-z0-9]"),
    "three characters at least": matches("[a-z0-9][a-z0-9-]{1,61}[a-z0-9]"),
    "no length": matches("[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"),
    "empty": matches(f"|{_NAME}"),
    "a letter first": matches("[a-z]|[a-z][a-z0-9-]{0,61}[a-z0-9]"),
    "no digits": matches("[a-z]|[a-z][a-z-]{0,61}[a-z]"),
    "no two hyphens": matches("[a-z0-9]+(?:-[a-z0-9]+)*"),
    "not digits alone": lambda name: bool(re.fullmatch(_NAME, str(name))) and not name.isdigit(),
    "after strip": lambda name: bool(re.fullmatch(_NAME, str(name).strip())),
    "any type": lambda name: bool(re.fullmatch(_NAME, str(name))),
}
PORTS: dict[str, Validator] = {
    "zero": number(lambda port: 0 <= port <= 65535),
    "one above": number(lambda port: 1 <= port <= 65536),
    "one below the greatest": number(lambda port: 1 <= port < 65535),
    "no upper bound": number(lambda port: port >= 1),
    "signed 16 bits": number(lambda port: 1 <= port <= 32767),
    "no privileged ones": number(lambda port: 1024 <= port <= 65535),
    "not the first": number(lambda port: 1 < port <= 65535),
    "negative": number(lambda port: abs(port) <= 65535 and port != 0),
    "any number": number(lambda _: True),
}
PORT_TEXTS: dict[str, Validator] = {
    "int()": lambda port: 1 <= int(port) <= 65535,
    "digits of any script": lambda port: port.isdigit() and 1 <= int(port) <= 65535,
    "five digits": matches("[0-9]{1,5}"),
    "up to 99999": matches("[1-9][0-9]{0,4}"),
    "a leading zero": lambda port: bool(re.fullmatch("[0-9]+", port)) and 1 <= int(port) <= 65535,
    "a protocol at the end": matches("[1-9][0-9]{0,3}(?:/tcp)?"),
    "zero": lambda port: bool(re.fullmatch("0|[1-9][0-9]*", port)) and int(port) <= 65535,
    "a newline": lambda port: bool(re.match("^[1-9][0-9]*$", port)) and int(port) <= 65535,
    "after strip": lambda port: (
        bool(re.fullmatch("[1-9][0-9]*", port.strip())) and int(port) <= 65535
    ),
}
SCALES: dict[str, Validator] = {
    "zero": number(lambda scale: 0 <= scale <= 20),
    "one above": number(lambda scale: 1 <= scale <= 21),
    "one too few": number(lambda scale: 1 <= scale < 20),
    "not one": number(lambda scale: 1 < scale <= 20),
    "half": number(lambda scale: 1 <= scale <= 10),
    "no upper bound": number(lambda scale: scale >= 1),
    "no lower bound": number(lambda scale: scale <= 20),
    "booleans": lambda scale: isinstance(scale, int) and 1 <= scale <= 20,
    "text": lambda scale: 1 <= int(scale) <= 20,
    "fractions": lambda scale: isinstance(scale, (int, float)) and 1 <= scale <= 20,
}
CODES: dict[str, Validator] = {
    "500": codes(within(200, 500)),
    "599": codes(within(200, 599)),
    "199": codes(within(199, 499)),
    "from 100": codes(within(100, 499)),
    "not 499": codes(within(200, 498)),
    "not 200": codes(within(201, 499)),
    "only 2xx and 3xx": codes(within(200, 399)),
    "reversed": codes(lambda ranges: all(min(one) >= 200 and max(one) <= 499 for one in ranges)),
    "a later one reversed": codes(
        lambda ranges: ranges[0][0] <= ranges[0][1]
        and all(min(one) >= 200 and max(one) <= 499 for one in ranges)
    ),
    "only the first in range": codes(lambda ranges: within(200, 499)(ranges[:1])),
    "only starts in range": codes(lambda ranges: all(200 <= start <= 499 for start, _ in ranges)),
    "no range of one code": codes(lambda ranges: all(200 <= a < b <= 499 for a, b in ranges if a != b)
        and within(200, 499)(ranges) and all(a != b for a, b in ranges if b != 200)),
    "a class": matches(r"[2-4](?:xx|[0-9]{2}(?:-[2-4][0-9]{2})?)(?:,[2-4][0-9]{2}(?:-[2-4][0-9]{2})?)*"),
    "an open range": matches(r"[2-4][0-9]{2}-?(?:[2-4][0-9]{2})?(?:,[2-4][0-9]{2}-?(?:[2-4][0-9]{2})?)*"),
    "an empty part": matches(r"(?:[2-4][0-9]{2}(?:-[2-4][0-9]{2})?,?)+"),
    "a comma first": matches(r"(?:,?[2-4][0-9]{2}(?:-[2-4][0-9]{2})?)+"),
    "a blank": lambda text: isinstance(text, str)
    and all(200 <= int(one) <= 499 for part in text.split(",") for one in part.split("-")),
    "a zero before": codes(within(200, 499), "0?[0-9]{3}(?:-[0-9]{3})?"),
    "one range alone": matches("[2-4][0-9]{2}(?:-[2-4][0-9]{2})?"),
    "no ranges": matches("[2-4][0-9]{2}(?:,[2-4][0-9]{2})*"),
}  # fmt: skip
CHECKS: dict[str, Validator] = {
    "timeout of one": member("timeoutSeconds", lambda one: 1 <= one <= 60),
    "timeout of 61": member("timeoutSeconds", lambda one: 2 <= one <= 61),
    "timeout below 60": member("timeoutSeconds", lambda one: 2 <= one < 60),
    "timeout above 2": member("timeoutSeconds", lambda one: 2 < one <= 60),
    "interval of 4": member("intervalSeconds", lambda one: 4 <= one <= 300),
    "interval of 301": member("intervalSeconds", lambda one: 5 <= one <= 301),
    "interval below 300": member("intervalSeconds", lambda one: 5 <= one < 300),
    "interval above 5": member("intervalSeconds", lambda one: 5 < one <= 300),
    "threshold of zero": member("healthyThreshold", lambda one: one >= 0),
    "threshold of two at least": member("healthyThreshold", lambda one: one >= 2),
    "unhealthy threshold of zero": member("unhealthyThreshold", lambda one: one >= 0),
    "timeout below the interval": lambda check: (
        member("timeoutSeconds", _RIGHT["timeoutSeconds"])(check)
        and check.get("timeoutSeconds", 2) < check.get("intervalSeconds", 5)
    ),
    "any path": lambda check: (
        isinstance(check, dict)
        and isinstance(check.get("path", "/"), str)
        and member("", bool)(check)
    ),
    "any member": lambda check: member("", bool)(check) and check.get("path", "/")[:1] == "/",
}


def tags(
    key: Callable[[str], bool] = lambda key: 0 < len(key) <= 128,
    value: Callable[[str], bool] = lambda value: len(value) <= 256,
    most: int = 50,
    *,
    unique: bool = True,
    reserved: Callable[[str], bool] = lambda key: key.lower().startswith("aws:"),
    alphabet: str = r"[\w +=.:/@-]*",
) -> Validator:
    def valid(given: Any) -> bool:
        if not isinstance(given, list) or len(given) > most:
            return False
        if not all(isinstance(tag, dict) and isinstance(tag.get("key"), str) for tag in given):
            return False
        keys = [tag["key"] for tag in given]
        values = [tag.get("value", "") for tag in given]
        return (
            (not unique or len(set(keys)) == len(keys))
            and all(
                isinstance(one, str) and re.fullmatch(alphabet, one) for one in (*keys, *values)
            )
            and all(key(one) and not reserved(one) for one in keys)
            and all(value(one) for one in values)
        )

    return valid


TAGS: dict[str, Validator] = {
    "51 tags": tags(most=51),
    "49 tags": tags(most=49),
    "the same key twice": tags(unique=False),
    "a reserved key": tags(reserved=lambda _: False),
    "a reserved key in upper case": tags(reserved=lambda key: key.startswith("aws:")),
    "reserved anywhere": tags(reserved=lambda key: "aws:" in key.lower()),
    "an empty key": tags(key=lambda key: len(key) <= 128),
    "a key of 129": tags(key=lambda key: 0 < len(key) <= 129),
    "a key below 128": tags(key=lambda key: 0 < len(key) < 128),
    "a value of 257": tags(value=lambda value: len(value) <= 257),
    "no empty value": tags(value=lambda value: 0 < len(value) <= 256),
    "any sign": tags(alphabet=r"[^\x00-\x1f]*"),
    "ASCII alone": tags(alphabet=r"[A-Za-z0-9 _+=.:/@-]*"),
    "no blanks": tags(alphabet=r"[\w+=.:/@-]*"),
}
_COMPONENT = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_HOST = r"(?:[a-zA-Z0-9.-]+(?::[0-9]+)?|\[[0-9a-fA-F:]+\](?::[0-9]+)?)"
_IMAGE_TAG = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}"
_DIGEST = "sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128}"


_PATH = f"{_COMPONENT}(?:/{_COMPONENT})*"
_STORED = r":[a-z0-9-]+\.[a-z0-9-]+\.(?:[1-9][0-9]*|latest)"


def images(
    *,
    host: str = f"{_HOST}/",
    path: str = _PATH,
    tag: str = _IMAGE_TAG,
    digest: str = _DIGEST,
    stored: str = _STORED,
    flags: int = 0,
) -> Validator:
    reference = rf"(?:{host})?{path}(?::{tag})?(?:@(?:{digest}))?"
    return matches(rf"{stored}|{reference}", flags)


IMAGES: dict[str, Validator] = {
    "anything": lambda image: isinstance(image, str) and bool(image),
    "no blanks": matches(r"\S+"),
    "printable ASCII": matches(r"[!-~]+"),
    "upper case": images(flags=re.IGNORECASE),
    "upper case in the path": images(path=r"[a-zA-Z0-9._-]+(?:/[a-zA-Z0-9._-]+)*"),
    "slashes anywhere": images(path=r"[a-z0-9/]*[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*/*"),
    "a double slash": images(path=f"{_COMPONENT}(?://?{_COMPONENT})*"),
    "a slash at the end": images(path=f"(?:{_COMPONENT}/?)+"),
    "a slash at the start": images(path=f"/?{_COMPONENT}(?:/{_COMPONENT})*"),
    "a scheme": images(host=f"(?:https?://)?(?:{_HOST}/)?"),
    "an empty tag": images(tag=f"(?:{_IMAGE_TAG})?"),
    "a tag with a sign first": images(tag=r"[A-Za-z0-9_.-]{1,128}"),
    "any tag": images(tag=r"[^\s@/]{1,128}"),
    "a plus in a tag": images(tag=r"[A-Za-z0-9_][A-Za-z0-9_.+-]{0,127}"),
    "a tag of 129": images(tag=r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,128}"),
    "a tag of any length": images(tag=r"[A-Za-z0-9_][A-Za-z0-9_.-]*"),
    "a tag of word characters": images(tag=r"\w[\w.-]{0,127}"),
    "a tag in lower case": images(tag=r"[a-z0-9_][a-z0-9_.-]{0,127}"),
    "a tag of letters and digits": images(tag=r"[A-Za-z0-9.-]{1,128}"),
    "a short digest": images(digest="sha256:[0-9a-f]{32,64}"),
    "a digest of any length": images(digest="sha256:[0-9a-f]+"),
    "a digest in upper case": images(digest=f"{_DIGEST}|sha256:[0-9A-F]{{64}}"),
    "any algorithm": images(digest=f"{_DIGEST}|[A-Za-z0-9]+:[0-9a-f]{{32,}}"),
    "sha512 cut": images(digest=f"{_DIGEST}|sha512:[0-9a-f]{{64}}"),
    "sha256 alone": images(digest="sha256:[0-9a-f]{64}"),
    "no digest": images(digest="(?!)"),
    "a digest without a tag": matches(
        rf"(?:{_HOST}/)?{_PATH}(?::{_IMAGE_TAG}|@(?:{_DIGEST}))?|:.*"
    ),
    "separators in a row": images(path="(?:[a-z0-9]+(?:[._-]+[a-z0-9]+)*/?)+"),
    "a separator at the start": images(path=r"[a-z0-9._-]*[a-z0-9](?:/[a-z0-9._-]*[a-z0-9])*"),
    "a separator at the end": images(path=r"[a-z0-9][a-z0-9._-]*(?:/[a-z0-9][a-z0-9._-]*)*"),
    "one underscore at most": images(path=r"(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/?)+"),
    "no registry": images(host="(?!)"),
    "no port": images(host=r"[a-zA-Z0-9.-]+/"),
    "any port": images(host=r"[a-zA-Z0-9.-]+(?::\w*)?/"),
    "a dot in a registry": images(host=r"[a-z0-9-]+(?:\.[a-z0-9-]+)+(?::[0-9]+)?/"),
    "an underscore in a registry": images(host=r"[a-zA-Z0-9_.-]+(?::[0-9]+)?/"),
    "two components at most": images(path=f"{_COMPONENT}(?:/{_COMPONENT})?"),
    "Docker Hub alone": images(host=r"docker\.io/", path=f"{_COMPONENT}(?:/{_COMPONENT})?"),
    "a name of any length": images(),
    "a stored image in upper case": images(stored=r":[a-z0-9-]+\.[a-zA-Z0-9-]+\.(?:[1-9][0-9]*|latest)"),
    "version zero": images(stored=r":[a-z0-9-]+\.[a-z0-9-]+\.(?:[0-9]+|latest)"),
    "no version": images(stored=r":[a-z0-9-]+\.[a-z0-9-]+(?:\.(?:[1-9][0-9]*|latest))?"),
    "any stored image": images(stored=":.+"),
    "no stored image": images(stored="(?!)"),
    "a newline at the end": lambda image: bool(re.match(r"^[a-z0-9._:/@A-Z-]+$", image)),
}  # fmt: skip

BY_STRATEGY: dict[str, dict[str, Validator]] = {
    "service_names": NAMES,
    "ports": PORTS,
    "port texts": PORT_TEXTS,
    "scales": SCALES,
    "success_codes": CODES,
    "health_checks": CHECKS,
    "tags": TAGS,
    "image_references": IMAGES,
}


def accepts(validator: Validator, value: Any) -> bool:
    """Return whether a validator accepts a value. A validator that crashes does not accept it."""
    try:
        return bool(validator(value))
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        return False


def is_noticed(validator: Validator, valid: list[Any], invalid: list[Any]) -> bool:
    """Return whether a validator accepts an invalid value or refuses a valid one."""
    return any(accepts(validator, value) for value in invalid) or not all(
        accepts(validator, value) for value in valid
    )
