"""The page at ``/_lightsail/`` over HTTP: its files with what browsers have to know about them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..simulator.control_schema import PREFIX
from ..simulator.wire import Response

__all__ = ["NOTHING_ELSE", "READING", "Page"]

READING = ("GET", "HEAD")
"""The methods by which the page is read."""

NOTHING_ELSE = (("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff"))
"""What is answered is for now, and it is no other kind of thing than it says."""

_POLICY = "; ".join(
    (
        "default-src 'none'",
        *(f"{kind}-src 'self'" for kind in ("script", "style", "img", "connect")),
        *(f"{kind} 'none'" for kind in ("base-uri", "form-action", "frame-ancestors")),
    )
)
_GUARD = (
    *NOTHING_ELSE,
    ("Content-Security-Policy", _POLICY),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Referrer-Policy", "no-referrer"),
)


class Page(Mapping[str, Response]):
    """The answers to who reads the page, by path."""

    def __init__(self) -> None:
        self._answers: dict[str, Response] | None = None

    def __getitem__(self, path: str) -> Response:
        return self._made()[path]

    def __iter__(self) -> Iterator[str]:
        return iter(self._made())

    def __len__(self) -> int:
        return len(self._made())

    def _made(self) -> dict[str, Response]:
        if self._answers is None:
            # Most tests never look at it.
            from ..reporting.live_page import live_page  # noqa: PLC0415

            self._answers = {
                PREFIX + name: _answer(200, body, ("Content-Type", kind))
                for name, (kind, body) in live_page().items()
            }
            self._answers[PREFIX.rstrip("/")] = _answer(308, b"", ("Location", PREFIX))
        return self._answers


def _answer(status: int, body: bytes, about: tuple[str, str]) -> Response:
    return Response(status, (about, ("Content-Length", str(len(body))), *_GUARD), body)
