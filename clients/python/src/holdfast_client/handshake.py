"""The messages of the handshake, and the client's part of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntFlag
from uuid import UUID

from . import scram
from .api_key import APIKey
from .wire import Reader, WireError, text, unsigned

MAGIC = b"HFST"
VERSION = 1
NONCE_BYTES = 32
NAME_MAX = 64


class Scopes(IntFlag):
    """What a key is good for."""

    WRITE = 1
    READ = 2
    AUDIT = 4
    ADMIN = 8


@dataclass(frozen=True)
class Hello:
    key: bytes
    nonce: bytes
    client: str
    oldest: int = VERSION
    newest: int = VERSION

    def encode(self) -> bytes:
        versions = unsigned("oldest", self.oldest, 2) + unsigned("newest", self.newest, 2)
        return MAGIC + versions + self.key + self.nonce + text("client", self.client, NAME_MAX)

    @classmethod
    def decode(cls, body: bytes) -> Hello:
        reader = Reader(body)
        if reader.bytes("magic", 4) != MAGIC:
            raise WireError("magic", "is another")
        oldest, newest = reader.unsigned("oldest", 2), reader.unsigned("newest", 2)
        key, nonce = reader.bytes("key", 16), reader.bytes("nonce", NONCE_BYTES)
        client = reader.text("client", NAME_MAX)
        reader.expect_end()
        return cls(key, nonce, client, oldest, newest)


@dataclass(frozen=True)
class Limits:
    """What the server allows a connection. `idle_ms`: it closes after so long without a frame."""

    body_bytes: int = 2_097_152
    atomic_event_bytes: int = 4_000_000
    commands: int = 8_190
    requests: int = 1_024
    subscriptions: int = 16
    atomic_events: int = 2_048
    idle_ms: int = 120_000

    def encode(self) -> bytes:
        return b"".join(
            unsigned(name, getattr(self, name), size) for name, size in _LIMIT_SIZES.items()
        )

    @classmethod
    def read(cls, reader: Reader) -> Limits:
        return cls(**{name: reader.unsigned(name, size) for name, size in _LIMIT_SIZES.items()})


_LIMIT_SIZES = {
    "body_bytes": 4, "atomic_event_bytes": 4, "commands": 2, "requests": 2, "subscriptions": 2,
    "atomic_events": 2, "idle_ms": 4,
}


@dataclass(frozen=True)
class Challenge:
    version: int
    shard: int
    ledger: UUID
    nonce: bytes
    limits: Limits
    server: str

    def encode(self) -> bytes:
        head = unsigned("version", self.version, 2) + unsigned("shard", self.shard, 2)
        limits = self.limits.encode()
        return head + self.ledger.bytes[::-1] + self.nonce + limits + text("server", self.server, NAME_MAX)

    @classmethod
    def decode(cls, body: bytes) -> Challenge:
        reader = Reader(body)
        challenge = cls(
            reader.unsigned("version", 2), reader.unsigned("shard", 2),
            UUID(bytes=reader.bytes("ledger", 16)[::-1]), reader.bytes("nonce", NONCE_BYTES),
            Limits.read(reader), reader.text("server", NAME_MAX),
        )
        reader.expect_end()
        return challenge


@dataclass(frozen=True)
class Session:
    """What the key is good for. Merchant 0 is the whole ledger's; `position` is that of the next event."""

    signature: bytes
    scopes: Scopes
    merchant: int
    actor: int
    position: int

    def encode(self) -> bytes:
        numbers = (self.merchant, self.actor, self.position)
        return self.signature + bytes([self.scopes]) + b"".join(unsigned("id", n, 8) for n in numbers)

    @classmethod
    def decode(cls, body: bytes) -> Session:
        reader = Reader(body)
        session = cls(
            reader.bytes("signature", 32), Scopes(reader.unsigned("scopes", 1)),
            reader.unsigned("merchant", 8), reader.unsigned("actor", 8), reader.unsigned("position", 8),
        )
        reader.expect_end()
        return session


class HandshakeError(Exception):
    """The other side is no server that knows the key, or speaks no version that is spoken here."""


class ClientHandshake:
    """The client's part. No socket: takes bodies and gives bodies.

    `nonce` is 32 random bytes, never used again; `certificate_hash` the SHA-256 of the server's certificate
    (DER), empty without TLS.
    """

    def __init__(self, key: APIKey, client: str, nonce: bytes, certificate_hash: bytes = b"") -> None:
        self._key = key
        self._certificate_hash = certificate_hash
        self._transcript = b""
        self.hello = Hello(key.name, nonce, client).encode()

    def receive_challenge(self, body: bytes) -> tuple[Challenge, bytes]:
        """What the challenge says, and the proof to send."""
        challenge = Challenge.decode(body)
        if challenge.version != VERSION:
            raise HandshakeError(f"version {challenge.version} is not spoken here")
        self._transcript = scram.transcript(self.hello, body, self._certificate_hash)
        return challenge, scram.proof(self._key.secret, self._transcript)

    def receive_session(self, body: bytes) -> Session:
        """What the session says, once the server has shown that it knows the key."""
        session = Session.decode(body)
        if not scram.are_equal(session.signature, scram.signature(self._key.secret, self._transcript)):
            raise HandshakeError("the server does not know the key")
        return session
