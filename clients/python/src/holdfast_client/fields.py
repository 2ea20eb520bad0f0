"""The types of fields: how a value becomes bytes and is read again."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .wire import HASH_BYTES, Reader, WireError, printable, printable_bytes, signed, unsigned
from .words import WORDS

_SIZES = {
    "u8": 1, "u16": 2, "u32": 4, "u64": 8, "time": 8, "span": 8, "day": 4, "rate": 4, "id": 8,
    "position": 8,
}
_TEXT = re.compile(r"text\((\d+)\)")


@dataclass(frozen=True)
class Leg:
    """One line of a correction: an account's number, 0 posted or 1 pending, minor units (debits positive)."""

    account: int
    layer: int
    amount: int


#: What a field may be: a number or word, a bool, a text, a hash of 16 bytes, or the legs of a correction.
Value = int | str | bytes | tuple[Leg, ...]


def empty(name: str, kind: str) -> Value:
    """What a field is that nobody gave."""
    if name == "legs":
        return ()
    if kind == "hash":
        return bytes(HASH_BYTES)
    return "" if kind.startswith("text(") else 0


def encode(name: str, kind: str, value: Value) -> bytes:
    """The bytes of a field."""
    if name == "legs" and isinstance(value, tuple):
        return _encode_legs(value)
    if match := _TEXT.fullmatch(kind):
        if not isinstance(value, str):
            raise WireError(name, "must be a text")
        data = printable_bytes(name, value, int(match[1]))
        return bytes([len(data)]) + data
    if kind == "hash":
        if not isinstance(value, bytes) or len(value) != HASH_BYTES:
            raise WireError(name, f"must be {HASH_BYTES} bytes")
        return value
    if not isinstance(value, int):
        raise WireError(name, "must be a number")
    return _encode_number(name, kind, value)


def _encode_number(name: str, kind: str, value: int) -> bytes:
    if kind == "amount":
        return signed(name, value, 8)
    if kind == "bool":
        if value not in (0, 1):
            raise WireError(name, "must be true or false")
        return bytes([value])
    if kind in WORDS:
        return unsigned(name, value, WORDS[kind][1])
    return unsigned(name, value, _SIZES[kind])


def _encode_legs(legs: tuple[Leg, ...]) -> bytes:
    parts = [unsigned("legs", len(legs), 1)]
    for leg in legs:
        parts.append(unsigned("account", leg.account, 8) + unsigned("layer", leg.layer, 1))
        parts.append(signed("amount", leg.amount, 8))
    return b"".join(parts)


def decode(name: str, kind: str, reader: Reader) -> Value:
    """Reads a field; what cannot be one is a WireError."""
    if name == "legs":
        return _decode_legs(reader)
    if match := _TEXT.fullmatch(kind):
        count = reader.unsigned(name, 1)
        if count > int(match[1]):
            raise WireError(name, f"has {count} bytes of at most {match[1]}")
        return printable(name, reader.bytes(name, count))
    if kind == "hash":
        return reader.bytes(name, HASH_BYTES)
    if kind == "amount":
        return reader.signed(name, 8)
    if kind == "bool":
        number = reader.unsigned(name, 1)
        if number > 1:
            raise WireError(name, f"is {number}")
        return bool(number)
    return _decode_number(name, kind, reader)


def _decode_number(name: str, kind: str, reader: Reader) -> int:
    if kind not in WORDS:
        return reader.unsigned(name, _SIZES[kind])
    words, size = WORDS[kind]
    number = reader.unsigned(name, size)
    try:
        return words(number)
    except ValueError as error:
        raise WireError(name, f"is {number}, no {kind}") from error


def _decode_legs(reader: Reader) -> tuple[Leg, ...]:
    return tuple(
        Leg(reader.unsigned("account", 8), reader.unsigned("layer", 1), reader.signed("amount", 8))
        for _ in range(reader.unsigned("legs", 1))
    )
