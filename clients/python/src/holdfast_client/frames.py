"""Frames: the header with its two checksums, and the trace context before a body."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from struct import Struct

from .crc32c import crc32c
from .wire import Reader, WireError, unsigned

HEADER_BYTES = 24
HANDSHAKE_BODY_MAX = 4_096
TRACE_BYTES = 26
FLAG_TRACED = 1

_HEADER = Struct("<IHHQI")


class MessageType(IntEnum):
    """What a frame's body is."""

    HELLO = 0x01
    PROOF = 0x02
    PING = 0x03
    GOODBYE = 0x04
    COMMANDS = 0x10
    QUERY = 0x11
    SUBSCRIBE = 0x20
    CREDIT = 0x21
    UNSUBSCRIBE = 0x22
    CHALLENGE = 0x81
    SESSION = 0x82
    PONG = 0x83
    DRAINING = 0x84
    RESULTS = 0x90
    ANSWER = 0x91
    EVENTS = 0xA0
    PROGRESS = 0xA1
    SUBSCRIPTION_ENDED = 0xA2
    FAILURE = 0xFF


class FrameError(Exception):
    """Bytes that are no frame. Nothing after them on the connection can be trusted."""


@dataclass(frozen=True)
class Frame:
    """One message, checked. `flags` without a meaning here are refused before."""

    type: MessageType
    request: int
    body: bytes
    flags: int = 0

    def encode(self) -> bytes:
        head = _HEADER.pack(len(self.body), self.type, self.flags, self.request, crc32c(self.body))
        return head + crc32c(head).to_bytes(4, "little") + self.body


class FrameReader:
    """Cuts incoming bytes into frames."""

    def __init__(self, body_max: int = HANDSHAKE_BODY_MAX) -> None:
        #: Longest body believed; the handshake tells another.
        self.body_max = body_max
        self._bytes = bytearray()

    def feed(self, data: bytes) -> None:
        self._bytes += data

    def frames(self) -> Iterator[Frame]:
        """Every frame that is whole by now."""
        while (frame := self.next()) is not None:
            yield frame

    def next(self) -> Frame | None:
        """The next frame, if it is whole."""
        if len(self._bytes) < HEADER_BYTES:
            return None
        length, type_, flags, request, body_crc = self._header()
        end = HEADER_BYTES + length
        if len(self._bytes) < end:
            return None
        body = bytes(self._bytes[HEADER_BYTES:end])
        if crc32c(body) != body_crc:
            raise FrameError(f"the checksum of the body of request {request} is wrong")
        del self._bytes[:end]
        return Frame(type_, request, body, flags)

    def _header(self) -> tuple[int, MessageType, int, int, int]:
        head = bytes(self._bytes[:HEADER_BYTES])
        if crc32c(head[:20]) != int.from_bytes(head[20:], "little"):
            raise FrameError("the checksum of a frame's header is wrong")
        length, number, flags, request, body_crc = _HEADER.unpack(head[:20])
        try:
            type_ = MessageType(number)
        except ValueError as error:
            raise FrameError(f"messages of type {number:#x} are not known") from error
        if flags & ~FLAG_TRACED:
            raise FrameError(f"the flags {flags} are not known")
        if length > self.body_max:
            raise FrameError(f"a body of {length} bytes, at most {self.body_max} are allowed")
        return length, type_, flags, request, body_crc


@dataclass(frozen=True)
class TraceContext:
    """A W3C trace context: the trace id becomes the correlation id of every event the request writes."""

    trace: bytes
    span: int
    is_sampled: bool = False

    def encode(self) -> bytes:
        if len(self.trace) != 16 or not any(self.trace):
            raise WireError("trace id", "must be 16 bytes, not all zero")
        return self.trace + unsigned("span", self.span, 8) + bytes([int(self.is_sampled), 0])

    @classmethod
    def decode(cls, data: bytes) -> TraceContext:
        reader = Reader(data)
        trace, span = reader.bytes("trace id", 16), reader.unsigned("span", 8)
        sampled, zero = reader.unsigned("sampled", 1), reader.unsigned("zero", 1)
        reader.expect_end()
        if not any(trace) or sampled > 1 or zero:
            raise WireError("trace context", "is none")
        return cls(trace, span, sampled == 1)
