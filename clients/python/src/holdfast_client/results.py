"""What became of commands."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TypeVar

from .refusals import RefusalCode
from .wire import Reader, WireError, unsigned
from .words import DeclineCode

NO_INDEX = 0xFFFF
_DONE, _EXISTS = 0, 1
Code = TypeVar("Code", bound=IntEnum)


class Known(IntEnum):
    """What became of something that exists."""

    PENDING = 0
    DONE = 1
    DECLINED = 2
    BLOCKED = 3
    REFUSED = 4
    FAILED = 5


@dataclass(frozen=True)
class Result:
    """What became of one command.

    `refusal` is why it was refused now, a number newer than this package as it is. `known` is None unless it
    exists already; `why` then has the number of the decline or refusal of then. `made` is the id of what was
    made, 0 if nothing was.
    """

    refusal: int = 0
    known: Known | None = None
    why: int = 0
    events: int = 0
    position: int = 0
    made: int = 0

    @property
    def is_done(self) -> bool:
        return self.refusal == 0 and self.known is None

    @property
    def refused_for(self) -> RefusalCode | None:
        """The refusal by name; None if it was not refused, or for a number newer than this package."""
        return _named(RefusalCode, self.refusal)

    @property
    def declined_for(self) -> DeclineCode | None:
        """Why what exists was declined or blocked."""
        if self.known not in (Known.DECLINED, Known.BLOCKED):
            return None
        return _named(DeclineCode, self.why)

    def encode(self) -> bytes:
        status = self.refusal or (_DONE if self.known is None else _EXISTS)
        parts = ((status, 2), (self.known or 0, 1), (0, 1), (self.why, 2), (self.events, 2),
                 (self.position, 8), (self.made, 8))
        return b"".join(unsigned("result", value, size) for value, size in parts)

    @classmethod
    def read(cls, reader: Reader) -> Result:
        status, known, zero, why, events = (
            reader.unsigned(name, size)
            for name, size in (("status", 2), ("known", 1), ("zero", 1), ("why", 2), ("events", 2))
        )
        position, made = reader.unsigned("position", 8), reader.unsigned("made", 8)
        if zero or 1 < status < 100 or known > Known.FAILED or (known and status != _EXISTS):
            raise WireError("result", f"has status {status}, outcome {known} and {zero} for zero")
        return cls(status if status >= 100 else 0, Known(known) if status == _EXISTS else None, why,
                   events, position, made)


def _named(words: type[Code], number: int) -> Code | None:
    try:
        return words(number)
    except ValueError:
        return None


@dataclass(frozen=True)
class Results:
    """Of a request: in the order of its commands, or one for all of an all-or-nothing request that was
    refused (`reason`: index of the command that is why) or exists."""

    results: tuple[Result, ...]
    reason: int | None = None

    def encode(self) -> bytes:
        reason = NO_INDEX if self.reason is None else self.reason
        head = unsigned("count", len(self.results), 2) + unsigned("reason", reason, 2) + bytes(4)
        return head + b"".join(result.encode() for result in self.results)

    @classmethod
    def decode(cls, body: bytes) -> Results:
        reader = Reader(body)
        count, reason = reader.unsigned("count", 2), reader.unsigned("reason", 2)
        if reader.unsigned("zero", 4):
            raise WireError("zero", "is not")
        results = tuple(Result.read(reader) for _ in range(count))
        reader.expect_end()
        return cls(results, None if reason == NO_INDEX else reason)
