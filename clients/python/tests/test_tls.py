"""TLS: the proof is given over the certificate that the client saw."""

from __future__ import annotations

import shutil
import ssl
import subprocess
import tempfile
import unittest
from hashlib import sha256
from pathlib import Path

from fake_server import KEY, FakeServer
from test_client import KEYED, answer_all

from holdfast_client import Client, RequestFailed


@unittest.skipUnless(shutil.which("openssl"), "openssl, which makes the certificate, is not installed")
class TLS(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        directory = tempfile.TemporaryDirectory()
        cls.addClassCleanup(directory.cleanup)
        cls.certificate = Path(directory.name) / "certificate.pem"
        cls.key = Path(directory.name) / "key.pem"
        command = ["openssl", "req", "-x509", "-nodes", "-newkey", "ec"]
        curve = ["-pkeyopt", "ec_paramgen_curve:P-256"]
        names = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
        files = ["-keyout", str(cls.key), "-out", str(cls.certificate)]
        subprocess.run([*command, *curve, *names, *files], check=True, capture_output=True)

    def server(self, hash_: bytes) -> FakeServer:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        return FakeServer(answer_all, context, hash_)

    @property
    def hash(self) -> bytes:
        return sha256(ssl.PEM_cert_to_DER_cert(self.certificate.read_text(encoding="ascii"))).digest()

    def connect(self, server: FakeServer) -> Client:
        trust = ssl.create_default_context(cafile=str(self.certificate))
        return Client.connect("127.0.0.1", server.port, KEY, trust, timeout=20)

    def test_commands_travel_through_tls(self) -> None:
        with self.server(self.hash) as server, self.connect(server) as client:
            self.assertTrue(client.execute(KEYED).results[0].is_done)
            self.assertEqual(client.ping(bytes(100_000)), bytes(100_000))

    def test_a_proof_over_another_certificate_is_none(self) -> None:
        with self.server(bytes(32)) as server, self.assertRaises(RequestFailed):
            self.connect(server)
