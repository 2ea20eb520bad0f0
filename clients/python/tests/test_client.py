"""The client against a server that loses, reorders, refuses and breaks what it is told to."""

from __future__ import annotations

import unittest
from uuid import UUID

from fake_server import KEY, FakeServer, Peer

from holdfast_client import (
    APIKey, Client, ClientClosed, ClientError, Command, ConnectionLost, DeadlineExceeded, Failure,
    LedgerForked, RequestFailed, Result, Results,
)
from holdfast_client.frames import Frame, MessageType
from holdfast_client.handshake import Limits

KEYED = [Command("voidPayment", {"payment": 7}, key="order-1")]
UNKEYED = [Command("digestState")]


def answer(peer: Peer, frame: Frame, made: int = 0, refusal: int = 0) -> None:
    if frame.type == MessageType.PING:
        peer.send(Frame(MessageType.PONG, frame.request, frame.body))
    elif frame.type == MessageType.COMMANDS:
        body = Results((Result(made=made, refusal=refusal),)).encode()
        peer.send(Frame(MessageType.RESULTS, frame.request, body))


def answer_all(peer: Peer, number: int) -> None:
    while frame := peer.read():
        answer(peer, frame, made=number)


def connect(server: FakeServer, timeout: float = 20) -> Client:
    return Client.connect("127.0.0.1", server.port, KEY, timeout=timeout)


class Answers(unittest.TestCase):
    def test_a_ping_and_a_command(self) -> None:
        with FakeServer(answer_all) as server, connect(server) as client:
            self.assertEqual(client.ping(b"hello"), b"hello")
            self.assertTrue(client.execute(UNKEYED).results[0].is_done)

    def test_requests_travel_together_and_answers_come_in_any_order(self) -> None:
        def script(peer: Peer, _: int) -> None:
            frames = [frame for _ in range(50) if (frame := peer.read())]
            for frame in reversed(frames):
                answer(peer, frame, made=frame.request)
            peer.read()

        with FakeServer(script) as server, connect(server) as client:
            futures = [client.submit(UNKEYED) for _ in range(50)]
            made = [Results.decode(future.result(20)).results[0].made for future in futures]
            self.assertEqual(made, list(range(1, 51)))

    def test_no_more_requests_are_in_flight_than_the_handshake_allows(self) -> None:
        most = []

        def script(peer: Peer, _: int) -> None:
            for _ in range(10):
                frames = [frame for _ in range(3) if (frame := peer.read())]
                most.append(len(frames))
                for frame in frames:
                    answer(peer, frame)
            peer.read()

        with FakeServer(script) as server:
            server.limits = Limits(requests=3)
            with connect(server) as client:
                for future in [client.submit(UNKEYED) for _ in range(30)]:
                    future.result(20)
        self.assertEqual(most, [3] * 10)

    def test_a_failure_of_a_request_leaves_the_connection(self) -> None:
        def script(peer: Peer, _: int) -> None:
            if frame := peer.read():
                peer.fail(frame.request, Failure(21, "not with this key", index=0))
            answer_all(peer, 0)

        with FakeServer(script) as server, connect(server) as client:
            with self.assertRaises(RequestFailed) as caught:
                client.execute(UNKEYED)
            failure = caught.exception.failure
            self.assertEqual((failure.name, failure.index), ("FORBIDDEN", 0))
            client.ping()
            self.assertEqual(server.connections, 1)


class AskingAgain(unittest.TestCase):
    def test_what_has_a_key_is_sent_again_with_the_same_bytes(self) -> None:
        seen = []

        def script(peer: Peer, number: int) -> None:
            if frame := peer.read():
                seen.append(frame.body)
                if number == 2:
                    answer(peer, frame, made=9)
                    peer.read()

        with FakeServer(script) as server, connect(server) as client:
            self.assertEqual(client.execute(KEYED).results[0].made, 9)
        self.assertEqual((len(seen), len(set(seen))), (3, 1))

    def test_what_has_no_key_is_not(self) -> None:
        def script(peer: Peer, number: int) -> None:
            if number == 0:
                peer.read()
            else:
                answer_all(peer, number)

        with FakeServer(script) as server, connect(server) as client:
            with self.assertRaises(ConnectionLost):
                client.execute(UNKEYED)
            client.ping()

    def test_busy_and_draining_are_asked_again(self) -> None:
        def script(peer: Peer, number: int) -> None:
            if number == 0 and (frame := peer.read()):
                peer.fail(frame.request, Failure(22, "no room", retry_ms=1))
                if frame := peer.read():
                    answer(peer, frame, refusal=1_000)
                if frame := peer.read():
                    peer.send(Frame(MessageType.DRAINING, 0, b""))
                    peer.fail(frame.request, Failure(23, "about to stop"))
                peer.read()
            else:
                answer_all(peer, number)

        with FakeServer(script) as server, connect(server) as client:
            self.assertEqual(client.execute(UNKEYED).results[0].made, 1)

    def test_another_ledger_gets_nothing_that_was_asked_of_the_first(self) -> None:
        asked = []

        def script(peer: Peer, number: int) -> None:
            asked.append((number, peer.read()))

        with FakeServer(script) as server:
            first = server.ledgers[0]
            server.ledgers.append(UUID(int=5))
            with connect(server) as client:
                with self.assertRaises(LedgerForked) as caught:
                    client.execute(KEYED)
                self.assertEqual((caught.exception.known, caught.exception.found), (first, UUID(int=5)))
                with self.assertRaises(LedgerForked):
                    client.ping()
        frames = [frame.type for number, frame in asked if number and frame]
        self.assertNotIn(MessageType.COMMANDS, frames)

    def test_a_deadline_ends_the_waiting(self) -> None:
        with FakeServer(lambda peer, _: drain(peer)) as server, connect(server) as client:
            with self.assertRaises(DeadlineExceeded):
                client.ping(timeout=0.05)

    def test_a_client_that_is_closed_answers_nobody(self) -> None:
        with FakeServer(lambda peer, _: drain(peer)) as server:
            client = connect(server)
            future = client.submit(KEYED)
            client.close()
            self.assertIsInstance(future.exception(5), ClientClosed)
            with self.assertRaises(ClientClosed):
                client.ping()


def drain(peer: Peer) -> None:
    while peer.read():
        pass


class Distrust(unittest.TestCase):
    def test_a_frame_that_is_none_ends_the_connection_and_not_the_request(self) -> None:
        def script(peer: Peer, number: int) -> None:
            if number == 0 and (frame := peer.read()):
                broken = bytearray(Frame(MessageType.RESULTS, frame.request, b"12345678").encode())
                broken[-1] ^= 1
                peer.send_bytes(bytes(broken))
                peer.read()
            else:
                answer_all(peer, number)

        with FakeServer(script) as server, connect(server) as client:
            self.assertEqual(client.execute(KEYED).results[0].made, 1)

    def test_a_server_that_does_not_know_the_key_is_told_nothing(self) -> None:
        with FakeServer(answer_all) as server:
            server.is_impostor = True
            with self.assertRaisesRegex(ClientError, "does not know the key"):
                connect(server)

    def test_a_key_that_is_not_good_is_refused(self) -> None:
        with FakeServer(answer_all) as server, self.assertRaises(RequestFailed) as caught:
            Client.connect("127.0.0.1", server.port, APIKey(KEY.name, bytes(32)))
        self.assertEqual(caught.exception.failure.name, "UNAUTHORIZED")


if __name__ == "__main__":
    unittest.main()
