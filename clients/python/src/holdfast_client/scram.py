"""The proofs of the handshake: SCRAM-SHA-256 without salt and iteration."""

from __future__ import annotations

import hmac
from hashlib import sha256

PROOF_BYTES = 32


def _hmac(key: bytes, data: bytes) -> bytes:
    return hmac.digest(key, data, "sha256")


def transcript(hello: bytes, challenge: bytes, certificate_hash: bytes = b"") -> bytes:
    """What proof and signature are given over. The hash is empty without TLS."""
    return b"".join(
        len(part).to_bytes(4, "little") + part for part in (hello, challenge, certificate_hash)
    )


def proof(secret: bytes, over: bytes) -> bytes:
    """The client's."""
    client_key = _hmac(secret, b"Client Key")
    code = _hmac(sha256(client_key).digest(), over)
    return bytes(left ^ right for left, right in zip(client_key, code))


def signature(secret: bytes, over: bytes) -> bytes:
    """The one a server with this key gives."""
    return _hmac(_hmac(secret, b"Server Key"), over)


def is_proved(candidate: bytes, stored_key: bytes, over: bytes) -> bool:
    """Whether a proof shows the secret that `stored_key` was made of; for servers in tests."""
    if len(candidate) != PROOF_BYTES:
        return False
    code = _hmac(stored_key, over)
    client_key = bytes(left ^ right for left, right in zip(candidate, code))
    return hmac.compare_digest(sha256(client_key).digest(), stored_key)


def stored_key(secret: bytes) -> bytes:
    """What the ledger keeps to check proofs with."""
    return sha256(_hmac(secret, b"Client Key")).digest()


def are_equal(left: bytes, right: bytes) -> bool:
    """In a time that does not tell where they differ."""
    return hmac.compare_digest(left, right)
