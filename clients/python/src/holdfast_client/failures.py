"""Why a request was not looked at, or a connection ends."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from .wire import Reader, text, unsigned

NO_INDEX = 0xFFFF
TEXT_MAX = 512


class FailureCode(IntEnum):
    """Those below 20 end the connection."""

    MALFORMED_FRAME = 1
    FRAME_TOO_LONG = 2
    UNKNOWN_MESSAGE = 3
    UNSUPPORTED_VERSION = 4
    OUT_OF_TURN = 5
    UNAUTHORIZED = 6
    IDLE = 7
    TOO_MANY_CONNECTIONS = 8
    SLOW_READER = 9
    TOO_MANY_REQUESTS = 10
    MALFORMED_REQUEST = 20
    FORBIDDEN = 21
    BUSY = 22
    DRAINING = 23
    UNKNOWN_QUERY = 24
    TOO_MANY_SUBSCRIPTIONS = 25
    UNKNOWN_SUBSCRIPTION = 26
    UNKNOWN_POSITION = 27
    NOT_READABLE = 28


@dataclass(frozen=True)
class Failure:
    """`code` is a number, so that one newer than this package can be told; `name` has its word."""

    code: int
    text: str
    index: int | None = None
    retry_ms: int = 0

    @property
    def ends_connection(self) -> bool:
        return self.code < 20

    @property
    def name(self) -> str:
        return FailureCode(self.code).name if self.code in set(FailureCode) else str(self.code)

    def encode(self) -> bytes:
        index = NO_INDEX if self.index is None else self.index
        head = unsigned("code", self.code, 2) + unsigned("index", index, 2)
        return head + unsigned("retry", self.retry_ms, 4) + text("text", self.text, TEXT_MAX)

    @classmethod
    def decode(cls, body: bytes) -> Failure:
        reader = Reader(body)
        code, index = reader.unsigned("code", 2), reader.unsigned("index", 2)
        retry, words = reader.unsigned("retry", 4), reader.text("text", TEXT_MAX)
        reader.expect_end()
        return cls(code, words, None if index == NO_INDEX else index, retry)
