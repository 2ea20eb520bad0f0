"""Commands and requests of them, as bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from . import fields
from .fields import Value
from .operations import OPERATIONS
from .wire import Reader, WireError, printable, printable_bytes, unsigned

KEY_MAX = 255
COMMAND_BYTES_MAX = 1_024
_NAMES = {number: name for name, (number, _) in OPERATIONS.items()}


@dataclass(frozen=True)
class Command:
    """One command: an operation's name as the page has it, and its fields in snake_case.

    Fields not given are empty. `merchant` None is that of the API key. `effective` is business time in
    nanoseconds since the Unix epoch. `key` makes it safe to ask again.
    """

    operation: str
    fields: Mapping[str, Value] = field(default_factory=dict)
    key: str | None = None
    merchant: int | None = None
    effective: int | None = None

    def encode(self) -> bytes:
        if self.operation not in OPERATIONS:
            raise WireError("operation", f"{self.operation} is not known")
        number, layout = OPERATIONS[self.operation]
        if strays := set(self.fields) - {name for name, _ in layout}:
            raise WireError(self.operation, f"has no field {sorted(strays)[0]}")
        values = [
            fields.encode(name, kind, self.fields.get(name, fields.empty(name, kind)))
            for name, kind in layout
        ]
        return b"".join([unsigned("operation", number, 2), self._parts(), *values])

    def _parts(self) -> bytes:
        bits, parts = 0, b""
        if self.merchant is not None:
            bits, parts = bits | 1, parts + unsigned("merchant", self.merchant, 8)
        if self.effective is not None:
            bits, parts = bits | 2, parts + unsigned("effective", self.effective, 8)
        if self.key is not None:
            data = _key_bytes(self.key)
            bits, parts = bits | 4, parts + bytes([len(data)]) + data
        return bytes([bits]) + parts

    @classmethod
    def decode(cls, data: bytes) -> Command:
        """Reads a command; every field of it is in `fields`."""
        reader = Reader(data)
        number, bits = reader.unsigned("operation", 2), reader.unsigned("parts", 1)
        if number not in _NAMES:
            raise WireError("operation", f"is {number}")
        if bits & ~7:
            raise WireError("parts", f"are {bits}")
        merchant = reader.unsigned("merchant", 8) if bits & 1 else None
        effective = reader.unsigned("effective", 8) if bits & 2 else None
        key = _read_key(reader) if bits & 4 else None
        operation = _NAMES[number]
        values = {name: fields.decode(name, kind, reader) for name, kind in OPERATIONS[operation][1]}
        reader.expect_end()
        return cls(operation, values, key, merchant, effective)


def _key_bytes(key: str) -> bytes:
    if not key:
        raise WireError("key", "is empty")
    return printable_bytes("key", key, KEY_MAX)


def _read_key(reader: Reader) -> str:
    count = reader.unsigned("key", 1)
    if count == 0:
        raise WireError("key", "is empty")
    return printable("key", reader.bytes("key", count))


def encode_request(commands: Sequence[bytes], atomic: bool = False, key: str | None = None) -> bytes:
    """The body of a request of encoded commands; only one that is all or nothing has a key."""
    if key is not None and not atomic:
        raise WireError("key", "is of a request that is not all or nothing")
    if not commands:
        raise WireError("count", "is 0")
    name = b"" if key is None else _key_bytes(key)
    parts = [bytes([int(atomic), len(name)]), unsigned("count", len(commands), 2), name]
    for command in commands:
        parts += (unsigned("length", len(command), 2), command)
    return b"".join(parts)


def decode_request(body: bytes) -> tuple[bool, str | None, list[bytes]]:
    """Whether it is all or nothing, its key, and its commands as bytes."""
    reader = Reader(body)
    atomic, length = reader.unsigned("flags", 1), reader.unsigned("key", 1)
    count = reader.unsigned("count", 2)
    if atomic > 1 or not count or (length and not atomic):
        raise WireError("head", f"has flags {atomic}, a key of {length} bytes and {count} commands")
    key = printable("key", reader.bytes("key", length)) if length else None
    commands = [reader.bytes("command", reader.unsigned("length", 2)) for _ in range(count)]
    reader.expect_end()
    return atomic == 1, key, commands
