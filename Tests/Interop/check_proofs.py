#!/usr/bin/env python3
"""Checks proofs, checkpoints and tiles written by LogStore with implementations that are not ours.

    HOLDFAST_PROOF_VECTORS=DIR swift test --filter ProofVectorExport
    python3 Tests/Interop/check_proofs.py DIR

`make interop` does both. Used as found: `pymerkle` (>= 7, roots, proofs, verification), `sigstore` (the
verifier of Rekor inclusion proofs), `cryptography` (Ed25519). Exit 0: everything agrees. 1: something
does not.
2: a package or the vectors are missing, nothing was decided.
"""

import base64
import hashlib
import json
import pathlib
import re
import sys
import types

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from pymerkle import InmemoryTree, InvalidProof, verify_consistency, verify_inclusion
    from pymerkle.core import _inclusion_path_layout
    from sigstore._internal import merkle as rekor
    from sigstore._internal.rekor.checkpoint import LogCheckpoint, SignedNote
    from sigstore.errors import VerificationError
except ImportError as missing:
    print(f"nothing checked: {missing}. Needed: pip install cryptography pymerkle sigstore", file=sys.stderr)
    sys.exit(2)

# A tile path with "/" written as "_".
TILE_NAME = re.compile(r"tile_(entries|\d+)_((?:x\d{3}_)*\d{3})(?:\.p_(\d+))?")

failures = []


def expect(condition, what):
    if not condition:
        failures.append(what)


def unbase64(text):
    return base64.b64decode(text, validate=True)


class Log:
    """The published vectors, beside a tree that pymerkle built from the same entries."""

    def __init__(self, directory):
        document = json.loads((directory / "vectors.json").read_text())
        self.directory = directory
        self.origin = document["origin"]
        self.entries = [unbase64(entry) for entry in document["entries"]]
        self.roots = [unbase64(root) for root in document["roots"]]
        self.inclusion = document["inclusion"]
        self.consistency = document["consistency"]
        name, key_id, key = document["vkey"].split("+", 2)
        key = unbase64(key)
        expect(key[0] == 1 and len(key) == 33, "vkey: not Ed25519")
        expect(hashlib.sha256(name.encode() + b"\n" + key).digest()[:4].hex() == key_id, "vkey: wrong key id")
        self.key_name, self.key_id = name, bytes.fromhex(key_id)
        self.key = Ed25519PublicKey.from_public_bytes(key[1:])
        self.tree = InmemoryTree(algorithm="sha256")
        for entry in self.entries:
            self.tree.append_entry(entry)

    def leaf(self, index):
        return self.tree.get_leaf(index + 1)


def rekor_accepts(entry, index, size, root, hashes):
    """sigstore's inclusion check, handed the few attributes of a Rekor entry that it reads."""
    proof = types.SimpleNamespace(log_index=index, tree_size=size, root_hash=root, hashes=hashes)
    inner = types.SimpleNamespace(inclusion_proof=proof, canonicalized_body=entry)
    try:
        rekor.verify_merkle_inclusion(types.SimpleNamespace(_inner=inner))
        return True
    except VerificationError:
        return False


def check_roots(log):
    for size, root in enumerate(log.roots):
        expect(log.tree.get_root(size) == root, f"root of {size} leaves")


def check_inclusion(log):
    for vector in log.inclusion:
        index, size = vector["index"], vector["size"]
        hashes = [unbase64(text) for text in vector["hashes"]]
        what = f"inclusion of {index} in {size}"
        expect(rekor_accepts(log.entries[index], index, size, log.roots[size], hashes), what + " (sigstore)")
        # pymerkle's path begins with the leaf itself.
        proof = log.tree.prove_inclusion(index + 1, size)
        ours = proof.serialize()
        ours["path"] = [log.leaf(index).hex()] + [digest.hex() for digest in hashes]
        proof = type(proof).deserialize(ours)
        try:
            verify_inclusion(log.leaf(index), log.roots[size], proof, index + 1, size)
        except InvalidProof as problem:
            expect(False, f"{what} (pymerkle): {problem}")
        if hashes:
            spoiled = [bytes([hashes[0][0] ^ 1]) + hashes[0][1:]] + hashes[1:]
            accepted = rekor_accepts(log.entries[index], index, size, log.roots[size], spoiled)
            expect(not accepted, what + " spoiled")


def consistency_ranges(old, new):
    """The leaf ranges whose roots make up RFC 6962's proof, from pymerkle's layout of the way to leaf `old`.

    The subtree that ends at leaf `old` and is complete in the old tree stands for everything below it; it is
    left out where the old tree is nothing else.
    """
    if old == new:
        return []
    _, ranges = _inclusion_path_layout(old, new)
    complete = (old & -old).bit_length() - 1
    start = [] if old == 1 << complete else [(old - (1 << complete), old)]
    return start + ranges[1 + complete:]


def check_consistency(log):
    for vector in log.consistency:
        old, new = vector["old"], vector["new"]
        what = f"consistency of {old} and {new}"
        try:
            reference = log.tree.prove_consistency(old, new)
            verify_consistency(log.roots[old], log.roots[new], reference, old, new)
        except InvalidProof as problem:
            expect(False, f"{what}, the roots: {problem}")
        expected = [log.tree._get_root(*leaves) for leaves in consistency_ranges(old, new)]
        expect([unbase64(text) for text in vector["hashes"]] == expected, f"{what}, the hashes")


def open_checkpoint(log, text, what):
    """Parses with sigstore, verifies with cryptography; the tree size, or None."""
    note = SignedNote.from_text(text)
    checkpoint = LogCheckpoint.from_text(note.note)
    ours = [signature for signature in note.signatures if signature.name == log.key_name]
    expect(len(ours) == 1 and ours[0].sig_hash == log.key_id, f"{what}: signature line")
    try:
        log.key.verify(unbase64(ours[0].signature), note.note.encode())
    except InvalidSignature:
        expect(False, f"{what}: signature")
        return None
    expect(checkpoint.origin == log.origin, f"{what}: origin")
    expect(bytes.fromhex(checkpoint.log_hash) == log.roots[checkpoint.log_size], f"{what}: root")
    return checkpoint.log_size


def check_checkpoints(log):
    for path in sorted(log.directory.glob("checkpoint-*")):
        size = open_checkpoint(log, path.read_text(), path.name)
        expect(size == int(path.name.split("-")[1]), f"{path.name}: size")
        yield path


def check_proof_texts(log):
    for path in sorted(log.directory.glob("proof-*.tlog-proof")):
        head, checkpoint = path.read_text().split("\n\n", 1)
        lines = head.split("\n")
        expect(lines.pop(0) == "c2sp.org/tlog-proof@v1", f"{path.name}: header")
        if lines[0].startswith("extra "):
            expect(unbase64(lines.pop(0)[6:]) == b"\x01\x02\x03", f"{path.name}: extra")
        index = int(lines.pop(0).removeprefix("index "))
        size = open_checkpoint(log, checkpoint, path.name)
        expect([index, size] == [int(n) for n in path.stem.split("-")[1:]], f"{path.name}: index or size")
        hashes = [unbase64(line) for line in lines]
        expect(rekor_accepts(log.entries[index], index, size, log.roots[size], hashes), f"{path.name}: proof")
        yield path


def check_growth_texts(log):
    for path in sorted(log.directory.glob("growth-*.txt")):
        old, new = (int(number) for number in path.stem.split("-")[1:])
        head, checkpoint = path.read_text().split("\n\n", 1)
        lines = head.split("\n")
        expect(lines.pop(0) == f"old {old}", f"{path.name}: old size")
        expect(open_checkpoint(log, checkpoint, path.name) == new, f"{path.name}: new size")
        expected = [log.tree._get_root(*leaves) for leaves in consistency_ranges(old, new)]
        expect([unbase64(line) for line in lines] == expected, f"{path.name}: hashes")
        yield path


def check_tiles(log):
    size = len(log.entries)
    for path in sorted(log.directory.glob("tile_*")):
        kind, index, width = TILE_NAME.fullmatch(path.name).groups()
        width = int(width or 256)
        number = int(index.replace("x", "").replace("_", ""))
        data = path.read_bytes()
        if kind == "entries":
            expected = b"".join(
                len(entry).to_bytes(2, "big") + entry for entry in log.entries[number * 256:][:width])
        else:
            span = 256 ** int(kind)
            nodes = range(number * 256, min(number * 256 + 256, size // span))
            expect(len(nodes) == width, f"{path.name}: width")
            expected = b"".join(log.tree._get_root(node * span, (node + 1) * span) for node in nodes)
        expect(data == expected, f"{path.name}: bytes")
        yield path


def main():
    if len(sys.argv) != 2 or not (pathlib.Path(sys.argv[1]) / "vectors.json").is_file():
        print(__doc__, file=sys.stderr)
        sys.exit(2)
    log = Log(pathlib.Path(sys.argv[1]))
    check_roots(log)
    check_inclusion(log)
    check_consistency(log)
    counts = {
        "roots": len(log.roots),
        "inclusion proofs": len(log.inclusion),
        "consistency proofs": len(log.consistency),
        "checkpoints": len(list(check_checkpoints(log))),
        "proof texts": len(list(check_proof_texts(log))),
        "growth texts": len(list(check_growth_texts(log))),
        "tiles": len(list(check_tiles(log))),
    }
    for what, count in counts.items():
        expect(count > 0, f"no {what} were written")
    print("checked " + ", ".join(f"{count} {what}" for what, count in counts.items()))
    for failure in failures[:20]:
        print(f"FAILED: {failure}")
    if failures:
        print(f"{len(failures)} checks failed")
    sys.exit(1 if failures else 0)


main()
