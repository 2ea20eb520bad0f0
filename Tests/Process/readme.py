#!/usr/bin/env python3
"""Runs the README's five minutes, line by line as they stand there.

usage: readme.py --holdfast <binary>

Only the port is another one (HOLDFAST_PORT), so that nothing that listens already is in the way. Every line
must succeed; what they print must be what the README promises. Exits 1 if not.
"""
import argparse
import os
import re
import socket
import subprocess
import sys
import tempfile

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
SECONDS = 120


def commands():
    """The block under the heading."""
    with open(os.path.join(ROOT, "README.md"), encoding="utf-8") as file:
        section = file.read().split("\n## Five minutes\n")[1].split("\n## ")[0]
    return re.search(r"^```sh\n(.*?)^```$", section, re.DOTALL | re.MULTILINE).group(1)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def problems(status, output):
    """What is not as promised."""
    found = [] if status == 0 else [f"ended with {status}"]
    shown = re.findall(r"^pay_[0-9a-f]{16}  .*$", output, re.MULTILINE)
    if len(shown) != 2 or shown[0] != shown[1] or "captured 12.34" not in shown[0]:
        found.append(f"the payment before and after the restart: {shown}")
    for words in ("already authorized 12.34 EUR", "equal to the server's", "authorizationRecorded"):
        if words not in output:
            found.append(f"nothing says: {words}")
    if not re.search(r"\bOK\b", output):
        found.append("the audit does not say OK")
    if len(re.findall("^listening on", output, re.MULTILINE)) != 2:
        found.append("the server did not start twice")
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--holdfast", required=True)
    holdfast = os.path.abspath(parser.parse_args().holdfast)
    environment = dict(os.environ, HOLDFAST_PORT=str(free_port()))
    environment["PATH"] = os.path.dirname(holdfast) + os.pathsep + environment["PATH"]
    with tempfile.TemporaryDirectory(prefix="holdfast-readme-") as directory:
        # Whatever goes wrong, no server stays behind.
        script = "trap 'kill $(jobs -p) 2>/dev/null || true; wait' EXIT\nset -euo pipefail\n" + commands()
        done = subprocess.run(
            ["bash", "-c", script], cwd=directory, env=environment, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, timeout=SECONDS, check=False)
    output = done.stdout.decode(errors="replace")
    found = problems(done.returncode, output)
    if found:
        print(output)
        sys.exit("the README's five minutes: " + "; ".join(found))
    print("the README's five minutes work")


if __name__ == "__main__":
    main()
