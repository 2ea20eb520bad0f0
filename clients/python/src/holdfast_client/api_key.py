"""An API key, as whoever has it keeps it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from .crc32c import crc32c

_TEXT = re.compile(r"hfk_([0-9a-f]{104})")


@dataclass(frozen=True)
class APIKey:
    """16 bytes that name it, and 32 bytes of secret, which no printout shows."""

    name: bytes
    secret: bytes = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> APIKey:
        """Reads `hfk_` and 104 digits; a slip of the hand is a ValueError."""
        match = _TEXT.fullmatch(text)
        if not match:
            raise ValueError("an API key is hfk_ and 104 lower-case hexadecimal digits")
        data = bytes.fromhex(match[1])
        if crc32c(data[:48]) != int.from_bytes(data[48:], "little"):
            raise ValueError("the checksum of the API key is wrong")
        return cls(data[:16], data[16:48])

    @property
    def text(self) -> str:
        """The text; whoever has it has the key."""
        data = self.name + self.secret
        return "hfk_" + (data + crc32c(data).to_bytes(4, "little")).hex()
