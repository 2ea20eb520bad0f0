"""Bytes of messages: a reader that never reads past the end, and what it throws."""

from __future__ import annotations

HASH_BYTES = 16


class WireError(ValueError):
    """Bytes that are not what they should be, or values that cannot be bytes: names the field."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field} {problem}")
        self.field = field


class Reader:
    """Reads little-endian values from bytes, one after the other."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._offset = 0

    @property
    def remaining(self) -> int:
        """Bytes that have not been read."""
        return len(self._data) - self._offset

    def bytes(self, field: str, count: int) -> bytes:
        if count > self.remaining:
            raise WireError(field, f"needs {count} bytes at {self._offset} of {len(self._data)}")
        start = self._offset
        self._offset += count
        return self._data[start : self._offset]

    def unsigned(self, field: str, size: int) -> int:
        return int.from_bytes(self.bytes(field, size), "little")

    def signed(self, field: str, size: int) -> int:
        return int.from_bytes(self.bytes(field, size), "little", signed=True)

    def text(self, field: str, most: int) -> str:
        """A length in two bytes, then UTF-8."""
        count = self.unsigned(field, 2)
        if count > most:
            raise WireError(field, f"has {count} bytes of at most {most}")
        try:
            return self.bytes(field, count).decode("utf-8")
        except UnicodeDecodeError as error:
            raise WireError(field, "is not UTF-8") from error

    def rest(self) -> bytes:
        return self.bytes("rest", self.remaining)

    def expect_end(self) -> None:
        if self.remaining:
            raise WireError("end", f"comes {self.remaining} bytes late")


def unsigned(field: str, value: int, size: int) -> bytes:
    """`value` in `size` bytes."""
    if not 0 <= value < 1 << 8 * size:
        raise WireError(field, f"is {value}, not a number of {size} bytes without sign")
    return value.to_bytes(size, "little")


def signed(field: str, value: int, size: int) -> bytes:
    """`value` in `size` bytes, two's complement."""
    if not -(1 << 8 * size - 1) <= value < 1 << 8 * size - 1:
        raise WireError(field, f"is {value}, not a number of {size} bytes with sign")
    return value.to_bytes(size, "little", signed=True)


def text(field: str, value: str, most: int) -> bytes:
    """A length in two bytes, then UTF-8."""
    data = value.encode("utf-8")
    if len(data) > most:
        raise WireError(field, f"has {len(data)} bytes of at most {most}")
    return unsigned(field, len(data), 2) + data


def printable(field: str, data: bytes) -> str:
    """Bytes as text, if they are printable ASCII (0x20 … 0x7E)."""
    for byte in data:
        if not 0x20 <= byte <= 0x7E:
            raise WireError(field, f"has the byte {byte}")
    return data.decode("ascii")


def printable_bytes(field: str, value: str, most: int) -> bytes:
    """Text as bytes, if it is printable ASCII of at most `most` bytes."""
    try:
        data = value.encode("ascii")
    except UnicodeEncodeError as error:
        raise WireError(field, "is not ASCII") from error
    printable(field, data)
    if len(data) > most:
        raise WireError(field, f"has {len(data)} bytes of at most {most}")
    return data
