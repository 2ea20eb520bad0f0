"""One connection, from its handshake to its end; it does not come back."""

from __future__ import annotations

import secrets
import ssl
import threading
from collections.abc import Callable

from .api_key import APIKey
from .errors import ClientError, ConnectionLost, RequestFailed
from .failures import Failure
from .frames import FLAG_TRACED, Frame, FrameError, FrameReader, MessageType, TraceContext
from .handshake import NONCE_BYTES, Challenge, ClientHandshake, HandshakeError, Session
from .transport import Transport, open_transport
from .wire import WireError

#: Gets the answer, or why there is none; called by the thread that reads.
Answered = Callable[[Frame | ClientError], None]


class Connection:
    """Sends requests and gives answers to whom they belong, in whatever order they come."""

    challenge: Challenge
    session: Session

    def __init__(self, transport: Transport, key: APIKey, client: str) -> None:
        """Shakes hands; RequestFailed, HandshakeError, FrameError, WireError or OSError if that fails."""
        self._transport = transport
        self._frames = FrameReader()
        self._lock = threading.Lock()
        self._send_lock = threading.Lock()
        self._waiting: dict[int, Answered] = {}
        self._next_request = 1
        self._lost: ClientError | None = None
        self._is_draining = False
        self._shake_hands(key, client)

    @classmethod
    def open(
        cls, host: str, port: int, key: APIKey, tls: ssl.SSLContext | None, client: str, timeout: float
    ) -> Connection:
        """Connects and shakes hands; each step within `timeout` seconds."""
        transport = open_transport(host, port, tls, timeout)
        try:
            return cls(transport, key, client)
        except BaseException:
            transport.close()
            raise

    def _shake_hands(self, key: APIKey, client: str) -> None:
        nonce = secrets.token_bytes(NONCE_BYTES)
        handshake = ClientHandshake(key, client, nonce, self._transport.certificate_hash)
        self._transport.send(Frame(MessageType.HELLO, 0, handshake.hello).encode())
        body = self._expect(MessageType.CHALLENGE)
        self.challenge, proof = handshake.receive_challenge(body)
        self._transport.send(Frame(MessageType.PROOF, 0, proof).encode())
        self.session = handshake.receive_session(self._expect(MessageType.SESSION))
        self._frames.body_max = self.challenge.limits.body_bytes

    def _expect(self, type_: MessageType) -> bytes:
        while (frame := self._frames.next()) is None:
            if not (data := self._transport.receive()):
                raise ConnectionLost("the server closed during the handshake")
            self._frames.feed(data)
        if frame.type == MessageType.FAILURE:
            raise RequestFailed(Failure.decode(frame.body))
        if frame.type != type_ or frame.request:
            raise HandshakeError(f"{frame.type.name} came instead of {type_.name}")
        return frame.body

    def start(self, changed: Callable[[], None]) -> None:
        """Begins to read. `changed` is called when an answer, the end, or a wish to end has come."""
        self._transport.set_timeout(None)
        args = (changed,)
        threading.Thread(target=self._read, args=args, name="holdfast-reader", daemon=True).start()

    @property
    def is_usable(self) -> bool:
        """Whether it may be asked anything more."""
        return self._lost is None and not self._is_draining

    @property
    def has_room(self) -> bool:
        """Whether the server allows one more request in flight."""
        return len(self._waiting) < self.challenge.limits.requests

    def send(
        self, type_: MessageType, body: bytes, answered: Answered, trace: TraceContext | None = None
    ) -> None:
        """Sends a request. `answered` is called exactly once; if the connection is lost already, now."""
        with self._lock:
            lost = self._lost
            request = self._next_request
            if lost is None:
                self._next_request += 1
                self._waiting[request] = answered
        if lost is not None:
            answered(lost)
            return
        flags = FLAG_TRACED if trace else 0
        whole = trace.encode() + body if trace else body
        self._write(Frame(type_, request, whole, flags))

    def _write(self, frame: Frame) -> None:
        data = frame.encode()
        try:
            with self._send_lock:
                self._transport.send(data)
        except OSError:
            self._transport.close()  # The reader notices, and tells everybody who waits.

    def leave(self) -> None:
        """Says goodbye: the server answers what is in flight and closes."""
        self._write(Frame(MessageType.GOODBYE, 0, b""))

    def close(self) -> None:
        """Ends it; what is in flight is lost. The thread that reads tells."""
        self.leave()
        self._transport.close()

    def _read(self, changed: Callable[[], None]) -> None:
        lost: ClientError = ConnectionLost("the server closed the connection")
        try:
            while data := self._transport.receive():
                self._frames.feed(data)
                for frame in self._frames.frames():
                    self._take(frame)
                changed()
        except RequestFailed as error:
            lost = error
        except (OSError, FrameError, WireError) as error:
            lost = ConnectionLost(f"{error}")
        self._end(lost)
        changed()

    def _take(self, frame: Frame) -> None:
        if frame.type == MessageType.DRAINING:
            self._is_draining = True
            return
        if frame.type == MessageType.FAILURE:
            failure = Failure.decode(frame.body)
            if failure.ends_connection or frame.request == 0:
                raise RequestFailed(failure)
        with self._lock:
            answered = self._waiting.pop(frame.request, None)
        if answered is None:
            raise FrameError(f"{frame.type.name} answers request {frame.request}, which was not asked")
        answered(frame)

    def _end(self, lost: ClientError) -> None:
        self._transport.close()
        with self._lock:
            self._lost = lost
            waiting, self._waiting = self._waiting, {}
        for answered in waiting.values():
            answered(lost)
