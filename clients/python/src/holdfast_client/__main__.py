"""python -m holdfast_client: ping a server, or send it commands from lines of JSON."""

from __future__ import annotations

import argparse
import json
import ssl
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .client import Client
from .commands import Command
from .errors import ClientError
from .fields import Leg, Value
from .operations import OPERATIONS
from .results import Result
from .words import WORDS


def value(kind: str, given: Any) -> Value:
    """A field as JSON has it: words by name or number, hashes as hexadecimal digits, legs as objects."""
    if isinstance(given, list):
        return tuple(Leg(leg["account"], leg["layer"], leg["amount"]) for leg in given)
    if kind == "hash":
        return bytes.fromhex(given)
    if kind in WORDS and isinstance(given, str):
        return WORDS[kind][0][given.upper()]
    if not isinstance(given, (int, str)):
        raise ValueError(f"{given!r} is no {kind}")
    return given


def command(line: Mapping[str, Any]) -> Command:
    """`operation`, `fields`, and optionally `key`, `merchant`, `effective`."""
    kinds = dict(OPERATIONS[line["operation"]][1])
    fields = {name: value(kinds[name], given) for name, given in line.get("fields", {}).items()}
    return Command(line["operation"], fields, line.get("key"), line.get("merchant"), line.get("effective"))


def told(result: Result) -> dict[str, Any]:
    """A result as JSON."""
    if result.refusal:
        code = result.refused_for
        return {"status": "refused", "code": code.name.lower() if code else result.refusal}
    status = "done" if result.known is None else "exists"
    line: dict[str, Any] = {"status": status, "made": result.made, "position": result.position}
    if result.known is not None:
        line |= {"known": result.known.name.lower(), "why": result.why}
    return line


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="holdfast_client", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=7420)
    parser.add_argument("--key-file", type=Path, required=True, help="file with the API key")
    parser.add_argument("--tls-authority", help="certificates in PEM that vouch for the server")
    parser.add_argument("--timeout", type=float, default=30.0, help="seconds")
    parser.add_argument("what", choices=["ping", "commands"], help="commands: lines of JSON from stdin")
    return parser


def run(options: argparse.Namespace) -> None:
    tls = ssl.create_default_context(cafile=options.tls_authority) if options.tls_authority else None
    key = options.key_file.read_text(encoding="ascii").strip()
    with Client.connect(options.host, options.port, key, tls, options.timeout) as client:
        if options.what == "ping":
            client.ping()
            print(json.dumps({"ledger": str(client.ledger)}))
            return
        for line in sys.stdin:
            for result in client.execute([command(json.loads(line))]).results:
                print(json.dumps(told(result)), flush=True)


def main() -> int:
    """0, or 1 with the reason on stderr."""
    try:
        run(arguments().parse_args())
    except (ClientError, OSError, ValueError, KeyError) as error:
        print(f"holdfast_client: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
