"""The images that a test has described, as if in a registry: looked up by what a deployment writes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, MutableMapping
from dataclasses import dataclass

from ..exceptions import ConfigurationError, UnknownResource
from ..wording import Suggesting, did_you_mean
from .expectation import Expectation, unused
from .images import Image

__all__ = ["Images"]

_HEALTHY, _NOT_THERE = Image(), Image(pull="fails")


@dataclass(eq=False)
class _Described(Expectation):
    reference: str
    image: Image

    def __str__(self) -> str:
        return f"images[{self.reference!r}] = {self.image!r}"


class Images(Suggesting, MutableMapping[str, Image]):
    """What containers do when they run, by the reference of their image, as a deployment writes it.

    ``nginx`` and ``nginx:latest`` are the same image; ``:shop.web.3`` and ``:shop.web.latest`` are not.
    An image that no deployment has run fails the test, unless it is ``optional`` or ``strict`` is set:
    then a misspelt reference fails the deployment already.

    >>> images = Images()
    >>> images["nginx"] = Image(responds=503)
    >>> images["nginx:latest"]
    Image(responds=503)
    >>> images.find("redis:7")
    Image()
    """

    def __init__(self) -> None:
        self._images: dict[str, _Described] = {}
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
        described = self._images.get(_tagged(reference))
        if described is not None:
            return described.image
        return _NOT_THERE if self._strict else _HEALTHY

    def run(self, references: Iterable[str]) -> None:
        """A deployment runs these images, so those that are described have been used."""
        for reference in references:
            described = self._images.get(_tagged(reference))
            if described is not None:
                described.used += 1

    def unused(self) -> list[str]:
        """The images that no deployment has run, but for optional ones; none if it is ``strict``."""
        return [] if self._strict else unused(self._images.values())

    def __getitem__(self, reference: str) -> Image:
        try:
            return self._images[_tagged(reference)].image
        except KeyError:
            raise self._unknown(reference) from None

    def __setitem__(self, reference: str, image: Image) -> None:
        if not isinstance(reference, str) or not reference:
            raise ConfigurationError(
                f"images[{reference!r}]: an image has a reference, such as 'nginx:latest'"
            )
        if not isinstance(image, Image):
            raise ConfigurationError(f"images[{reference!r}]: {image!r} is no Image(…)")
        described = _Described(reference, image, times=None, optional=image.optional)
        self._images[_tagged(reference)] = described

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
        return f"<Images {dict(self)!r}{', strict' if self._strict else ''}>"

    def _unknown(self, reference: str) -> UnknownResource:
        known = ", ".join(self._images) or "none"
        near = did_you_mean(reference, self._images)
        return UnknownResource(f"no image {reference!r}; there are: {known}{near}")


def _tagged(reference: object) -> str:
    """The reference with its tag; ``latest`` is the one that need not be written."""
    text = str(reference)
    name = text.rpartition("/")[2]
    return text if ":" in name or "@" in name else f"{text}:latest"
