"""A client that pipelines, reconnects, and asks again where that is safe."""

from __future__ import annotations

import random
import ssl
import threading
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass, field
from uuid import UUID

from .api_key import APIKey
from .commands import Command, encode_request
from .connection import Connection
from .errors import (
    ClientClosed, ClientError, ConnectionLost, DeadlineExceeded, LedgerForked, RequestFailed,
)
from .failures import Failure, FailureCode
from .frames import Frame, FrameError, MessageType, TraceContext
from .handshake import HandshakeError
from .refusals import RefusalCode
from .results import Results
from .wire import WireError

_AGAIN = {FailureCode.BUSY, FailureCode.DRAINING}
#: Failures of a connection that another attempt may not meet.
_PASSING = {FailureCode.IDLE, FailureCode.TOO_MANY_CONNECTIONS, FailureCode.SLOW_READER}
_PAUSE_FIRST, _PAUSE_MOST = 0.02, 2.0


@dataclass(eq=False)
class _Request:
    type: MessageType
    answer: MessageType
    body: bytes
    deadline: float
    #: Whether it may be asked again if nobody knows what became of it.
    is_repeatable: bool
    trace: TraceContext | None
    future: Future[bytes] = field(default_factory=Future)
    not_before: float = 0.0
    attempts: int = 0


class Client:
    """Threads may share one. Every waiting has a deadline; times are in seconds.

    After a lost connection a request is sent again, the same bytes, if each of its commands has a key, or the
    request has one; others fail with ConnectionLost, as nobody knows whether they were done.
    """

    def __init__(
        self, host: str, port: int, key: APIKey, tls: ssl.SSLContext | None, timeout: float, name: str
    ) -> None:
        self._address = (host, port)
        self._key, self._tls, self._name = key, tls, name
        self._timeout = timeout
        self._changed = threading.Condition()
        self._queue: deque[_Request] = deque()
        self._open: set[_Request] = set()
        self._ended: ClientError | None = None
        self._connection = self._connect(timeout)
        self._ledger = self._connection.challenge.ledger
        self._connection.start(self._notify)
        self._worker = threading.Thread(target=self._work, name="holdfast-client", daemon=True)
        self._worker.start()

    @classmethod
    def connect(
        cls, host: str, port: int, key: str | APIKey, tls: ssl.SSLContext | bool | None = None,
        timeout: float = 30.0, name: str = "holdfast-python",
    ) -> Client:
        """Connects; `tls` True trusts the system's authorities. `timeout` is that of calls without one."""
        parsed = APIKey.parse(key) if isinstance(key, str) else key
        context = ssl.create_default_context() if tls is True else tls or None
        return cls(host, port, parsed, context, timeout, name)

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def ledger(self) -> UUID:
        """The ledger that answers."""
        return self._ledger

    def execute(
        self, commands: Sequence[Command], atomic: bool = False, key: str | None = None,
        timeout: float | None = None, trace: TraceContext | None = None,
    ) -> Results:
        """What became of the commands. `key` is of a request that is all or nothing.

        A request whose one result is the refusal `busy` is asked again until the deadline.
        """
        end = time.monotonic() + (self._timeout if timeout is None else timeout)
        pause = _PAUSE_FIRST
        while True:
            left = end - time.monotonic()
            results = Results.decode(self._wait(self.submit(commands, atomic, key, left, trace), left))
            only = results.results[0] if len(results.results) == 1 else None
            if only is None or only.refusal != RefusalCode.BUSY or time.monotonic() + pause >= end:
                return results
            time.sleep(pause)
            pause = min(2 * pause, _PAUSE_MOST)

    def submit(
        self, commands: Sequence[Command], atomic: bool = False, key: str | None = None,
        timeout: float | None = None, trace: TraceContext | None = None,
    ) -> Future[bytes]:
        """The same without waiting: `Results.decode` reads what the future gives."""
        body = encode_request([command.encode() for command in commands], atomic, key)
        is_repeatable = key is not None if atomic else all(command.key for command in commands)
        return self._submit(MessageType.COMMANDS, MessageType.RESULTS, body, is_repeatable, timeout, trace)

    def query(self, body: bytes, timeout: float | None = None) -> bytes:
        """The body of the answer to the body of a query."""
        return self._wait(self._submit(MessageType.QUERY, MessageType.ANSWER, body, True, timeout), timeout)

    def ping(self, data: bytes = b"", timeout: float | None = None) -> bytes:
        """The same bytes, from the server."""
        return self._wait(self._submit(MessageType.PING, MessageType.PONG, data, True, timeout), timeout)

    def close(self) -> None:
        """Ends the client; what has no answer fails with ClientClosed."""
        self._end(ClientClosed("the client was closed"))
        self._connection.close()
        self._worker.join()

    # What callers wait for.

    def _wait(self, future: Future[bytes], timeout: float | None) -> bytes:
        # The worker tells the deadline; the second more is for a machine that is late.
        try:
            return future.result((self._timeout if timeout is None else timeout) + 1)
        except FutureTimeout as error:
            raise DeadlineExceeded("no answer in time") from error

    def _submit(
        self, type_: MessageType, answer: MessageType, body: bytes, is_repeatable: bool,
        timeout: float | None, trace: TraceContext | None = None,
    ) -> Future[bytes]:
        most = self._connection.challenge.limits.body_bytes
        if len(body) > most:
            raise WireError("body", f"has {len(body)} bytes of at most {most}")
        deadline = time.monotonic() + (self._timeout if timeout is None else timeout)
        request = _Request(type_, answer, body, deadline, is_repeatable, trace)
        request.future.set_running_or_notify_cancel()
        with self._changed:
            if self._ended is not None:
                raise self._ended
            self._open.add(request)
            self._queue.append(request)
            self._changed.notify_all()
        return request.future

    def _finish(self, request: _Request, outcome: bytes | ClientError) -> None:
        with self._changed:
            if request not in self._open:
                return
            self._open.discard(request)
        if isinstance(outcome, bytes):
            request.future.set_result(outcome)
        else:
            request.future.set_exception(outcome)

    def _end(self, error: ClientError) -> None:
        with self._changed:
            self._ended = self._ended or error
            requests = list(self._open)
            self._changed.notify_all()
        for request in requests:
            self._finish(request, error)

    def _notify(self) -> None:
        with self._changed:
            self._changed.notify_all()

    # The worker: sends what is due, connects again, and watches deadlines.

    def _work(self) -> None:
        last_sent = time.monotonic()
        while self._ended is None:
            self._expire()
            if not self._connection.is_usable:
                self._reconnect()
                last_sent = time.monotonic()
                continue
            quiet = self._connection.challenge.limits.idle_ms / 3_000
            request = self._next_request(last_sent + quiet)
            if request is not None:
                self._send(request)
                last_sent = time.monotonic()
            elif time.monotonic() >= last_sent + quiet:
                self._connection.send(MessageType.PING, b"", lambda _: None)
                last_sent = time.monotonic()

    def _next_request(self, until: float) -> _Request | None:
        """The first request that is due; None once anything else is."""
        with self._changed:
            if self._ended is not None or not self._connection.is_usable:
                return None
            now = time.monotonic()
            due = (request for request in self._queue if request.not_before <= now)
            request = next(due, None) if self._connection.has_room else None
            if request is not None:
                self._queue.remove(request)
                return request
            moments = [until, *(request.deadline for request in self._open)]
            moments += [request.not_before for request in self._queue if request.not_before > now]
            self._changed.wait(max(0.0, min(moments) - now))
            return None

    def _expire(self) -> None:
        now = time.monotonic()
        with self._changed:
            late = [request for request in self._open if request.deadline <= now]
            if late:
                self._queue = deque(request for request in self._queue if request.deadline > now)
        for request in late:
            self._finish(request, DeadlineExceeded("no answer in time"))

    def _send(self, request: _Request) -> None:
        request.attempts += 1
        self._connection.send(
            request.type, request.body, lambda outcome: self._answered(request, outcome), request.trace)

    def _answered(self, request: _Request, outcome: Frame | ClientError) -> None:
        if isinstance(outcome, ClientError):
            if request.is_repeatable:
                self._again(request, 0.0)
            else:
                self._finish(request, outcome)
        elif outcome.type == request.answer:
            self._finish(request, outcome.body)
        elif outcome.type == MessageType.FAILURE:
            self._failed(request, Failure.decode(outcome.body))
        else:
            self._finish(request, ConnectionLost(f"{outcome.type.name} is no answer to this"))

    def _failed(self, request: _Request, failure: Failure) -> None:
        if failure.code in _AGAIN:
            pause = max(failure.retry_ms / 1_000, _pause(request.attempts))
            self._again(request, pause)
        else:
            self._finish(request, RequestFailed(failure))

    def _again(self, request: _Request, pause: float) -> None:
        request.not_before = time.monotonic() + pause
        with self._changed:
            if request in self._open:
                self._queue.append(request)
                self._changed.notify_all()

    # Connections.

    def _connect(self, timeout: float) -> Connection:
        """A connection; ClientError if there is none, and none is to be expected if it is RequestFailed."""
        try:
            return Connection.open(*self._address, self._key, self._tls, self._name, timeout)
        except (HandshakeError, FrameError, WireError, ssl.SSLCertVerificationError) as error:
            raise ClientError(f"no handshake: {error}") from error
        except OSError as error:
            raise ConnectionLost(f"no connection: {error}") from error

    def _reconnect(self) -> None:
        attempts = 0
        self._connection.leave()
        while self._ended is None and not self._connection.is_usable:
            self._expire()
            try:
                self._replace(self._connect(self._timeout))
            except ClientError as error:
                if not _is_passing(error):
                    self._end(error)
                    return
            attempts += 1
            if not self._connection.is_usable:
                with self._changed:
                    self._changed.wait(_pause(attempts))

    def _replace(self, connection: Connection) -> None:
        found = connection.challenge.ledger
        if found != self._ledger:
            connection.close()
            raise LedgerForked(self._ledger, found)
        with self._changed:
            self._connection = connection
        connection.start(self._notify)
        if self._ended is not None:
            connection.close()


def _is_passing(error: ClientError) -> bool:
    if isinstance(error, RequestFailed):
        return error.failure.code in _PASSING | _AGAIN
    return isinstance(error, ConnectionLost)


def _pause(attempts: int) -> float:
    """Twice as long each time, and not the same for everybody."""
    return min(_PAUSE_FIRST * 2 ** min(attempts - 1, 10), _PAUSE_MOST) * random.uniform(0.5, 1.0)
