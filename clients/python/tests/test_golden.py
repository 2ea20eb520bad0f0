"""The bytes the ledger's own tests keep: read, and written again byte by byte."""

import unittest

from support import golden

from holdfast_client import failures, handshake, results
from holdfast_client.commands import Command, decode_request, encode_request
from holdfast_client.frames import TraceContext
from holdfast_client.wire import WireError

MESSAGES = {name: bytes.fromhex(data) for name, data in golden("ProtocolTests/Golden/messages-1.txt")}
READERS = {
    "hello": handshake.Hello, "challenge": handshake.Challenge, "session": handshake.Session,
    "failure": failures.Failure, "results": results.Results, "trace": TraceContext,
}


class GoldenMessages(unittest.TestCase):
    def test_every_message_is_written_as_it_was_read(self) -> None:
        for name, reader in READERS.items():
            with self.subTest(name):
                self.assertEqual(reader.decode(MESSAGES[name]).encode(), MESSAGES[name])

    def test_a_message_cut_anywhere_or_with_a_byte_more_is_none(self) -> None:
        for name, reader in READERS.items():
            for count in range(len(MESSAGES[name])):
                with self.subTest(name, count=count), self.assertRaises(WireError):
                    reader.decode(MESSAGES[name][:count])
            with self.assertRaises(WireError):
                reader.decode(MESSAGES[name] + b"\0")

    def test_what_the_messages_say(self) -> None:
        challenge = handshake.Challenge.decode(MESSAGES["challenge"])
        self.assertEqual(challenge.limits, handshake.Limits())
        self.assertEqual(str(challenge.ledger), "191a1b1c-1d1e-1f20-1112-131415161718")
        failure = failures.Failure.decode(MESSAGES["failure"])
        self.assertEqual((failure.name, failure.retry_ms), ("BUSY", 5))
        kinds = results.Results.decode(MESSAGES["results"]).results
        self.assertTrue(kinds[0].is_done)
        self.assertEqual([kind.known for kind in kinds[1:7]], list(results.Known))
        self.assertEqual(kinds[7].refused_for.name, "PAYMENT_UNKNOWN")

    def test_a_request_of_commands(self) -> None:
        atomic, key, commands = decode_request(MESSAGES["commands"])
        self.assertEqual((atomic, key, commands), (True, "order-1", [b"\1\2\3", b""]))
        self.assertEqual(encode_request(commands, atomic, key), MESSAGES["commands"])


class GoldenCommands(unittest.TestCase):
    def test_every_command_is_written_as_it_was_read(self) -> None:
        lines = golden("LedgerTests/Golden/commands-1.txt")
        self.assertGreater(len(lines), 60)
        for name, _, data in lines:
            with self.subTest(name):
                command = Command.decode(bytes.fromhex(data))
                self.assertEqual((command.operation, command.key), (name, "order-1"))
                self.assertEqual(command.encode().hex(), data)

    def test_a_command_cut_anywhere_is_none(self) -> None:
        for name, _, data in golden("LedgerTests/Golden/commands-1.txt"):
            whole = bytes.fromhex(data)
            for count in range(len(whole)):
                with self.subTest(name, count=count), self.assertRaises(WireError):
                    Command.decode(whole[:count])
