"""The images that a test has described, as if in a registry: looked up by what a deployment writes."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping

from ..exceptions import ConfigurationError, UnknownResource
from .images import Image

__all__ = ["Images"]

_HEALTHY, _NOT_THERE = Image(), Image(pull="fails")


class Images(MutableMapping[str, Image]):
    """What containers do when they run, by the reference of their image, as a deployment writes it.

    ``nginx`` and ``nginx:latest`` are the same image; ``:shop.web.3`` and ``:shop.web.latest`` are not.

    >>> images = Images()
    >>> images["nginx"] = Image(responds=503)
    >>> images["nginx:latest"]
    Image(responds=503)
    >>> images.find("redis:7")
    Image()
    """

    def __init__(self) -> None:
        self._images: dict[str, Image] = {}
        self._strict = False

    @property
    def strict(self) -> bool:
        """Whether an image that is not in here cannot be pulled; otherwise it is healthy at once."""
        return self._strict

    @strict.setter
    def strict(self, strict: bool) -> None:
        if not isinstance(strict, bool):
            raise ConfigurationError(f"images.strict is True or False, not {strict!r}")
        self._strict = strict

    def find(self, reference: str) -> Image:
        """The image of that reference; where there is none, one that is healthy at once or not there."""
        unknown = _NOT_THERE if self._strict else _HEALTHY
        return self._images.get(_tagged(reference), unknown)

    def __getitem__(self, reference: str) -> Image:
        try:
            return self._images[_tagged(reference)]
        except KeyError:
            raise self._unknown(reference) from None

    def __setitem__(self, reference: str, image: Image) -> None:
        if not isinstance(reference, str) or not reference:
            raise ConfigurationError(
                f"images[{reference!r}]: an image has a reference, such as 'nginx:latest'"
            )
        if not isinstance(image, Image):
            raise ConfigurationError(f"images[{reference!r}]: {image!r} is no Image(…)")
        self._images[_tagged(reference)] = image

    def __delitem__(self, reference: str) -> None:
        if reference in self:
            del self._images[_tagged(reference)]
        else:
            raise self._unknown(reference)

    def __iter__(self) -> Iterator[str]:
        return iter(self._images)

    def __len__(self) -> int:
        return len(self._images)

    def __repr__(self) -> str:
        return f"<Images {self._images!r}{', strict' if self._strict else ''}>"

    def _unknown(self, reference: str) -> UnknownResource:
        known = ", ".join(self._images) or "none"
        return UnknownResource(f"no image {reference!r}; there are: {known}")


def _tagged(reference: object) -> str:
    """The reference with its tag; ``latest`` is the one that need not be written."""
    text = str(reference)
    name = text.rpartition("/")[2]
    return text if ":" in name or "@" in name else f"{text}:latest"
