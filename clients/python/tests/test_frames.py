"""Checksums, frames, keys and proofs."""

import unittest

import support  # noqa: F401
from holdfast_client import scram
from holdfast_client.api_key import APIKey
from holdfast_client.crc32c import crc32c
from holdfast_client.frames import Frame, FrameError, FrameReader, MessageType


class Checksums(unittest.TestCase):
    def test_vectors_of_rfc_3720(self) -> None:
        self.assertEqual(crc32c(bytes(32)), 0x8A9136AA)
        self.assertEqual(crc32c(b"\xff" * 32), 0x62A8AB43)
        self.assertEqual(crc32c(bytes(range(32))), 0x46DD794E)
        self.assertEqual(crc32c(b"123456789"), 0xE3069283)


class Frames(unittest.TestCase):
    FRAME = Frame(MessageType.PING, 77, bytes(range(40)))

    def test_a_frame_is_whole_only_with_its_last_byte(self) -> None:
        data = self.FRAME.encode()
        reader = FrameReader()
        for index in range(len(data)):
            self.assertIsNone(reader.next())
            reader.feed(data[index : index + 1])
        self.assertEqual(list(reader.frames()), [self.FRAME])

    def test_every_flipped_bit_is_found(self) -> None:
        data = self.FRAME.encode()
        for index in range(len(data)):
            for bit in range(8):
                damaged = bytearray(data)
                damaged[index] ^= 1 << bit
                reader = FrameReader()
                reader.feed(bytes(damaged))
                with self.subTest(index=index, bit=bit), self.assertRaises(FrameError):
                    reader.next()

    def test_a_length_is_checked_before_anything_waits_for_it(self) -> None:
        reader = FrameReader(body_max=39)
        reader.feed(self.FRAME.encode()[:24])
        with self.assertRaises(FrameError):
            reader.next()


class Keys(unittest.TestCase):
    KEY = APIKey(bytes(range(8, 24)), bytes(range(32)))

    def test_a_key_is_read_again_and_a_slip_of_the_hand_is_none(self) -> None:
        text = self.KEY.text
        self.assertEqual((len(text), APIKey.parse(text)), (108, self.KEY))
        for index in range(len(text)):
            changed = text[:index] + ("1" if text[index] == "0" else "0") + text[index + 1 :]
            with self.subTest(index), self.assertRaises(ValueError):
                APIKey.parse(changed)
        self.assertNotIn("000102", repr(self.KEY).replace("\\x", ""))

    def test_a_proof_is_one_of_this_key_over_this_handshake(self) -> None:
        over = scram.transcript(b"\1\2", b"\3")
        proof, stored = scram.proof(self.KEY.secret, over), scram.stored_key(self.KEY.secret)
        self.assertTrue(scram.is_proved(proof, stored, over))
        self.assertFalse(scram.is_proved(proof, stored, scram.transcript(b"\1", b"\2\3")))
        self.assertFalse(scram.is_proved(proof, stored, scram.transcript(b"\1\2", b"\3", b"\1")))
        self.assertFalse(scram.is_proved(scram.proof(bytes(32), over), stored, over))
