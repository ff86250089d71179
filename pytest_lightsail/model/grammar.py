"""Small grammars that rules are made of: ranges of decimal numbers, image references, success codes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = [
    "PUBLIC_IMAGE_PATTERN",
    "STORED_IMAGE_PATTERN",
    "EcrImage",
    "StoredImage",
    "codes_pattern",
    "decimal_range_pattern",
    "parse_ecr_image",
    "parse_stored_image",
    "success_code_ranges",
]


def decimal_range_pattern(minimum: int, maximum: int) -> str:
    """A regular expression for the decimal numbers from ``minimum`` to ``maximum``, no leading zeros.

    >>> decimal_range_pattern(200, 499)
    '(?:[2-4][0-9]{2})'
    """
    parts: list[str] = []
    low = minimum
    while low <= maximum:
        # The widest block of numbers that starts here and differs only in its last digits.
        width = 1
        while low % (width * 10) == 0 and low + width * 10 - 1 <= maximum and low >= width * 10:
            width *= 10
        stem, digits = low // width, len(str(width)) - 1
        last = stem
        while last % 10 < 9 and (last + 2) * width - 1 <= maximum:  # noqa: PLR2004 - the last decimal digit
            last += 1
        head, first = str(stem)[:-1], str(stem)[-1]
        unit = first if last == stem else f"[{first}-{str(last)[-1]}]"
        parts.append(head + unit + {0: "", 1: "[0-9]"}.get(digits, f"[0-9]{{{digits}}}"))
        low = (last + 1) * width
    return f"(?:{'|'.join(parts)})"


def codes_pattern(minimum: int, maximum: int) -> str:
    """A regular expression for success codes: values and ranges of values, separated by commas."""
    one = decimal_range_pattern(minimum, maximum)
    some = f"{one}(?:-{one})?"
    return f"{some}(?:,{some})*"


def success_code_ranges(codes: str) -> Iterator[tuple[int, int]]:
    """The ranges that a well-formed ``successCodes`` names, each with both its ends.

    >>> list(success_code_ranges("200,301-302"))
    [(200, 200), (301, 302)]
    """
    for part in codes.split(","):
        low, _, high = part.partition("-")
        yield int(low), int(high or low)


@dataclass(frozen=True)
class StoredImage:
    """An image stored with a container service: ``:service.label.version``."""

    service: str
    label: str
    version: str


@dataclass(frozen=True)
class EcrImage:
    """An image in a private repository of Amazon ECR."""

    account: str
    region: str
    repository: str


_ECR = re.compile(
    r"(?P<account>[0-9]{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com/(?P<repository>[^:@]+)",
    re.ASCII,
)

_COMPONENT = r"[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
PUBLIC_IMAGE_PATTERN = (
    rf"(?:{_LABEL}(?:\.{_LABEL})*(?::[0-9]+)?/)?"
    rf"{_COMPONENT}(?:/{_COMPONENT})*"
    r"(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?"
    r"(?:@[A-Za-z][A-Za-z0-9]*(?:[+._-][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,})?"
)
"""A reference to an image in a registry, as container engines write it: host, path, tag, digest."""

_NAME = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
STORED_IMAGE_PATTERN = rf":{_NAME}\.{_NAME}\.(?:[1-9][0-9]*|latest)"
"""``:service.label.version``. How long names are is not its business: an image exists, or does not."""


def parse_stored_image(image: str) -> StoredImage | None:
    """The parts of a ``:service.label.version``, ``None`` where it does not have three of them.

    >>> parse_stored_image(":shop.web.3")
    StoredImage(service='shop', label='web', version='3')
    """
    parts = image[1:].split(".")
    return StoredImage(*parts) if image.startswith(":") and len(parts) == 3 else None  # noqa: PLR2004


def parse_ecr_image(image: str) -> EcrImage | None:
    """Account, Region and repository of a private ECR image; ``None`` for any other image."""
    match = _ECR.match(image)
    return EcrImage(**match.groupdict()) if match else None
