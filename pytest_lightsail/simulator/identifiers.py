"""Identifiers as AWS forms them, derived from a seed: the same seed and order, the same identifiers."""

from __future__ import annotations

from collections import Counter
from hashlib import blake2b

__all__ = ["Identifiers"]

_BASE32HEX = "0123456789abcdefghijklmnopqrstuv"
_BASE36 = "0123456789abcdefghijklmnopqrstuvwxyz"


class Identifiers:
    """A source of identifiers; each purpose has its own sequence, so they do not disturb each other."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._drawn: Counter[str] = Counter()

    def uuid(self, purpose: str) -> str:
        """The next UUID (version 4 in form) of a purpose."""
        self._drawn[purpose] += 1
        digits = self._digest(f"{purpose}/{self._drawn[purpose]}").hex()
        variant = "89ab"[int(digits[16], 16) % 4]
        return (
            f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:32]}"
        )

    def account_number(self, purpose: str) -> str:
        """The twelve digits of an account; always the same for a purpose."""
        return f"{int.from_bytes(self._digest(purpose), 'big') % 10**12:012d}"

    def host(self, region: str) -> str:
        """The 13 characters that an account's URLs have in a Region."""
        return self._letters(f"host/{region}", _BASE36, 13)

    def role(self, role: str, service: str) -> str:
        """The ARN of a role by which AWS acts for a service, in an account of AWS's own.

        Args:
            role: its path, such as ``role/amazon/lightsail/us-east-1/containers/shop``.
            service: the ARN of the service.
        """
        letters = self._letters(f"role/{role}{service}", _BASE32HEX, 52)
        return f"arn:aws:iam::{self.account_number('aws-internal')}:{role}/{letters}"

    def _letters(self, text: str, alphabet: str, length: int) -> str:
        number = int.from_bytes(self._digest(text, size=64), "big")
        letters = []
        for _ in range(length):
            number, index = divmod(number, len(alphabet))
            letters.append(alphabet[index])
        return "".join(letters)

    def _digest(self, text: str, size: int = 16) -> bytes:
        return blake2b(f"{self._seed}/{text}".encode(), digest_size=size).digest()
