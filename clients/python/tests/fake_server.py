"""A server on loopback that shakes hands as the page says, and answers as a test tells it."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable
from uuid import UUID

import support  # noqa: F401
from holdfast_client import scram
from holdfast_client.api_key import APIKey
from holdfast_client.failures import Failure
from holdfast_client.frames import Frame, FrameReader, MessageType
from holdfast_client.handshake import Challenge, Hello, Limits, Scopes, Session

KEY = APIKey(bytes(range(1, 17)), bytes(range(32)))
LEDGER = UUID("b2d8495f-3530-44e7-96e3-e87591cdd858")


class Peer:
    """A connection as the server has it."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._frames = FrameReader(1 << 21)

    def read(self) -> Frame | None:
        """The next frame; None at the end."""
        while (frame := self._frames.next()) is None:
            try:
                data = self._socket.recv(65_536)
            except OSError:
                return None
            if not data:
                return None
            self._frames.feed(data)
        return frame

    def send(self, frame: Frame) -> None:
        self.send_bytes(frame.encode())

    def send_bytes(self, data: bytes) -> None:
        self._socket.sendall(data)

    def fail(self, request: int, failure: Failure) -> None:
        self.send(Frame(MessageType.FAILURE, request, failure.encode()))


#: Plays the connection with this number, from 0, after its handshake; the connection ends when it returns.
Script = Callable[[Peer, int], None]


class FakeServer:
    """Takes connections one after the other."""

    def __init__(self, script: Script, tls: ssl.SSLContext | None = None, certificate: bytes = b"") -> None:
        self._script, self._tls, self._certificate = script, tls, certificate
        self.ledgers = [LEDGER]
        self.limits = Limits()
        #: Server knows another secret than the client.
        self.is_impostor = False
        self.connections = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> FakeServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)

    def _serve(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            number, self.connections = self.connections, self.connections + 1
            try:
                if self._tls:
                    sock = self._tls.wrap_socket(sock, server_side=True)
                peer = Peer(sock)
                if self._shake_hands(peer, number):
                    self._script(peer, number)
            except OSError:
                pass  # The client left.
            finally:
                sock.close()

    def _shake_hands(self, peer: Peer, number: int) -> bool:
        hello = peer.read()
        if hello is None:
            return False
        Hello.decode(hello.body)
        ledger = self.ledgers[min(number, len(self.ledgers) - 1)]
        challenge = Challenge(1, 0, ledger, bytes(32), self.limits, "fake").encode()
        peer.send(Frame(MessageType.CHALLENGE, 0, challenge))
        over = scram.transcript(hello.body, challenge, self._certificate)
        proof = peer.read()
        if proof is None:
            return False
        if not scram.is_proved(proof.body, scram.stored_key(KEY.secret), over):
            peer.fail(0, Failure(6, "no such key, or not proved"))
            return False
        signature = scram.signature(bytes(32) if self.is_impostor else KEY.secret, over)
        session = Session(signature, Scopes.WRITE, 0, 1, 5)
        peer.send(Frame(MessageType.SESSION, 0, session.encode()))
        return True
