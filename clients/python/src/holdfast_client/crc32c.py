"""CRC-32C (Castagnoli; RFC 3720, appendix B.4), eight bytes a step."""

from __future__ import annotations

from struct import iter_unpack

_POLYNOMIAL = 0x82F63B78


def _first_table() -> list[int]:
    table = []
    for byte in range(256):
        crc = byte
        for _ in range(8):
            crc = crc >> 1 ^ (_POLYNOMIAL if crc & 1 else 0)
        table.append(crc)
    return table


def _tables() -> list[list[int]]:
    """Table n is for a byte with n bytes after it."""
    first = _first_table()
    tables = [first]
    for _ in range(7):
        tables.append([first[crc & 0xFF] ^ crc >> 8 for crc in tables[-1]])
    return tables


_T0, _T1, _T2, _T3, _T4, _T5, _T6, _T7 = _tables()


def crc32c(data: bytes | bytearray | memoryview) -> int:
    """The checksum of `data`, as an unsigned number of 32 bits."""
    view = memoryview(data)
    whole = len(view) & ~7
    crc = 0xFFFFFFFF
    for low, high in iter_unpack("<II", view[:whole]):
        low ^= crc
        crc = (
            _T7[low & 0xFF] ^ _T6[low >> 8 & 0xFF] ^ _T5[low >> 16 & 0xFF] ^ _T4[low >> 24]
            ^ _T3[high & 0xFF] ^ _T2[high >> 8 & 0xFF] ^ _T1[high >> 16 & 0xFF] ^ _T0[high >> 24]
        )
    for byte in view[whole:]:
        crc = _T0[(crc ^ byte) & 0xFF] ^ crc >> 8
    return crc ^ 0xFFFFFFFF
