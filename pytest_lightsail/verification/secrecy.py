"""Secrets of a caller: whether it shows them."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from ..reporting.masking import masked_text

__all__ = ["told_secret"]


def told_secret(secrets: Collection[str], output: str, error: BaseException | None) -> str:
    """Return where a secret stands, without the secret; empty if it is nowhere.

    Args:
        secrets: the secrets.
        output: what the caller has printed and logged.
        error: what it has raised.
    """
    where = {"what it printed or logged": output}
    for each in _chain(error):
        words = (str(each), repr(each.args), *map(str, getattr(each, "__notes__", ())))
        where.setdefault(f"the {type(each).__name__} that it raised", "\n".join(words))
    for place, text in where.items():
        if masked_text(text, secrets) != masked_text(text, ()):
            return f"the value of an environment variable is in {place}"
    return ""


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """An exception, and those that its traceback shows with it."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        hidden = error.__suppress_context__
        error = error.__cause__ or (None if hidden else error.__context__)
