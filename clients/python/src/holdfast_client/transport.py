"""Bytes to and from a server, with TLS or without."""

from __future__ import annotations

import socket
import ssl
import threading
from hashlib import sha256

_READ_BYTES = 262_144


class Transport:
    """A plain connection. One thread may receive while others send, one at a time."""

    #: SHA-256 of the server's certificate; empty without TLS.
    certificate_hash = b""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock

    def set_timeout(self, seconds: float | None) -> None:
        self._socket.settimeout(seconds)

    def send(self, data: bytes) -> None:
        self._socket.sendall(data)

    def receive(self) -> bytes:
        """What came in, at least a byte; nothing at the end."""
        return self._socket.recv(_READ_BYTES)

    def close(self) -> None:
        """Ends it, also for a thread that waits in `receive`."""
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # The other side was first.
        self._socket.close()


class TLSTransport(Transport):
    """TLS over memory buffers: an SSL object must not be used by two threads at a time, a socket may."""

    def __init__(self, sock: socket.socket, context: ssl.SSLContext, host: str) -> None:
        super().__init__(sock)
        self._lock = threading.Lock()
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=host)
        self._shake_hands()
        certificate = self._tls.getpeercert(binary_form=True)
        if certificate is None:
            raise ssl.SSLError("the server has no certificate")
        self.certificate_hash = sha256(certificate).digest()

    def _shake_hands(self) -> None:
        while True:
            try:
                self._tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                self._flush()
                self._take(super().receive())
        self._flush()

    def _flush(self) -> None:
        if data := self._outgoing.read():
            super().send(data)

    def _take(self, data: bytes) -> None:
        if data:
            self._incoming.write(data)
        else:
            self._incoming.write_eof()

    def send(self, data: bytes) -> None:
        with self._lock:
            self._tls.write(data)
            encrypted = self._outgoing.read()
        super().send(encrypted)

    def receive(self) -> bytes:
        while True:
            with self._lock:
                try:
                    return self._tls.read(_READ_BYTES)
                except ssl.SSLWantReadError:
                    pass
                except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
                    return b""
            data = super().receive()
            with self._lock:
                self._take(data)


def open_transport(host: str, port: int, tls: ssl.SSLContext | None, timeout: float) -> Transport:
    """Connects; `timeout` in seconds holds for each step until `set_timeout`."""
    sock = socket.create_connection((host, port), timeout)
    try:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return Transport(sock) if tls is None else TLSTransport(sock, tls, host)
    except BaseException:
        sock.close()
        raise
