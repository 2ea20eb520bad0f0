#!/usr/bin/env python3
"""A server killed under load, and clients in another process that never give up.

usage: server_campaign.py --holdfast <binary> [--shim <library>] [--rounds N] [--seed S]

Clients authorize, capture, and ask again for what they asked long ago, each command under a key of its own.
The server is killed at random moments: with SIGKILL and, with --shim, as by a power cut, so that a random
part of what it had not synced is gone. After each life the next begins on what is left. Checked are:

  - every answer of one key names the same thing, and only one of them says that it was done now;
  - what is refused is what the story of its client expects;
  - at the end the audit holds, a replay beside the server gives the digest of another, and the ledger's sums
    are those of what was acknowledged: nothing is missing, nothing there twice.

Prints one line of JSON for each campaign and exits 1 if any failed.
"""
import argparse
import json
import os
import random as random_module
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "clients", "python", "src"))
from holdfast_client import Client, Command  # noqa: E402

CLIENTS = 6
START_SECONDS = 60


class Failure(Exception):
    """The server is not what it promised to be."""


class Server:
    """A directory, and the lives of servers on it, all on one port."""

    def __init__(self, holdfast, shim, parent):
        self.base = tempfile.mkdtemp(prefix="server-", dir=parent)
        self.root = os.path.join(self.base, "ledger")
        os.mkdir(self.root)
        self.holdfast, self.shim = holdfast, shim
        self.control, self.side = os.path.join(self.base, "control"), os.path.join(self.base, "side")
        os.mkfifo(self.control)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.process = None
        self.errors = open(os.path.join(self.base, "errors"), "wb")
        self.start_seconds = []

    def start(self):
        """Returns when clients may connect."""
        environment = dict(os.environ)
        if self.shim:
            shutil.rmtree(self.side, ignore_errors=True)
            os.mkdir(self.side)
            environment.update({
                "LD_PRELOAD": self.shim, "HOLDFAST_SHIM_ROOT": self.root, "HOLDFAST_SHIM_SIDE": self.side,
                "HOLDFAST_SHIM_CONTROL": self.control,
                "HOLDFAST_SHIM_SUMMARY": os.path.join(self.base, "summary")})
        began = time.monotonic()
        self.process = subprocess.Popen(
            [self.holdfast, "serve", self.root, "--port", str(self.port), "--wal-mib", "16", "--json"],
            stdout=subprocess.PIPE, stderr=self.errors, env=environment)
        said = b""
        while not said.endswith(b"}\n"):
            line = self.process.stdout.readline()
            if not line:
                status = self.process.wait()
                raise Failure(f"the server ended with {status} before it listened: {self.words()}")
            said += line
        self.start_seconds.append(time.monotonic() - began)

    def words(self):
        with open(os.path.join(self.base, "errors"), "rb") as file:
            return file.read()[-400:].decode(errors="replace")

    def kill(self, random):
        """Ends the life at once; with the shim a part of what was not synced is lost."""
        if self.shim:
            control = os.open(self.control, os.O_RDWR | os.O_NONBLOCK)
            os.write(control, b"K" + struct.pack("<Q", random.getrandbits(64)))
            try:
                self.process.wait(timeout=START_SECONDS)
            finally:
                os.close(control)
        else:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
        self.process.stdout.close()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(timeout=START_SECONDS)
        self.process.stdout.close()
        if status != 0:
            raise Failure(f"the server stopped with {status}: {self.words()}")

    def end(self):
        """Leaves nothing running, whatever went wrong."""
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.errors.close()
        shutil.rmtree(self.base)

    def key(self):
        with open(os.path.join(self.root, "api-key"), encoding="ascii") as file:
            return file.read().strip()

    def report(self, command):
        """What a command that reads the ledger prints as JSON."""
        done = subprocess.run([self.holdfast, command, self.root, "--json"], capture_output=True, check=False)
        if done.returncode != 0:
            raise Failure(f"{command} ended with {done.returncode}: {done.stderr[-400:].decode()}")
        return json.loads(done.stdout)


class Story(threading.Thread):
    """One client: order after order, each step asked until it is answered."""

    def __init__(self, number, port, key, seed, end):
        super().__init__(name=f"client-{number}")
        self.number, self.end = number, end
        self.random = random_module.Random(seed)
        self.client = Client.connect("127.0.0.1", port, key, timeout=START_SECONDS)
        self.told = {}
        self.past = []
        self.authorized = self.captured = self.orders = self.answers = 0
        self.problem = None

    def run(self):
        try:
            order = 0
            while not self.end.is_set():
                order += 1
                self.pay(order)
            self.client.close()
        except Exception as error:  # a thread's own end is looked at by whoever joins it
            self.problem = self.problem or f"{self.name}: {type(error).__name__}: {error}"

    def pay(self, order):
        merchant = 1 + self.random.randrange(3)
        amount = 1 + self.random.randrange(10_000)
        authorize = Command(
            "recordAuthorization", {"amount": amount, "currency": 978, "acquirer": 1},
            key=f"{self.number}/{order}", merchant=merchant)
        payment = self.done(authorize).made
        self.authorized += amount
        self.orders += 1
        if self.random.random() < 0.6:
            capture = Command(
                "capturePayment", {"payment": payment}, key=f"{self.number}/{order}/capture",
                merchant=merchant)
            self.done(capture)
            self.captured += amount
            if self.random.random() < 0.3:
                again = Command(
                    "capturePayment", {"payment": payment}, key=f"{self.number}/{order}/twice",
                    merchant=merchant)
                self.refused(again, "ALREADY_CAPTURED")
        if self.random.random() < 0.5:
            self.done(self.random.choice(self.past))

    def ask(self, command):
        result = self.client.execute([command]).results[0]
        self.answers += 1
        return result

    def done(self, command):
        """Asks for what must be done, now or before."""
        result = self.ask(command)
        if result.refusal != 0:
            self.fail(f"{command.key}: refused, {result.refusal}")
        before = self.told.get(command.key)
        if before is None:
            self.told[command.key] = result
            self.past.append(command)
        elif before.made != result.made or result.is_done:
            self.fail(f"{command.key}: {result} now, {before} before")
        return result

    def refused(self, command, name):
        result = self.ask(command)
        if result.refused_for is None or result.refused_for.name != name:
            self.fail(f"{command.key}: {result}, not refused as {name}")

    def fail(self, problem):
        self.problem = problem
        raise Failure(problem)


def setup(server):
    with Client.connect("127.0.0.1", server.port, server.key()) as client:
        commands = [Command("setAcquirer", {"name": "Acquirer"}, key="acquirer")]
        shop = {"name": "Shop", "cutoff_minute": 1_439, "payment_max": 1_000_000}
        commands += [Command("openMerchant", shop, key=f"merchant {number}") for number in range(3)]
        for command in commands:
            if not client.execute([command]).results[0].is_done:
                raise Failure(f"{command.key} was not done")


def campaign(arguments, shim, parent):
    server = Server(arguments.holdfast, shim, parent)
    try:
        return run(arguments, server)
    finally:
        server.end()


def run(arguments, server):
    random = random_module.Random(arguments.seed)
    server.start()
    setup(server)
    end = threading.Event()
    stories = [Story(n, server.port, server.key(), random.getrandbits(64), end) for n in range(CLIENTS)]
    for story in stories:
        story.start()
    for _ in range(arguments.rounds):
        time.sleep(random.random() * 0.4)
        server.kill(random)
        server.start()
        if any(story.problem for story in stories):
            break
    end.set()
    for story in stories:
        story.join(timeout=2 * START_SECONDS)
        if story.is_alive():
            story.problem = f"{story.name} waits for ever"
    problem = next((story.problem for story in stories if story.problem), None)
    if problem:
        raise Failure(problem)
    beside = server.report("replay")
    server.stop()
    check_sums(server.report("audit"), stories)
    after = server.report("replay")
    if beside["ledger"] != after["ledger"] or after["events"] < beside["events"]:
        raise Failure("the ledger is another after the stop")
    starts = sorted(server.start_seconds)
    return {
        "answers": sum(story.answers for story in stories), "keys": sum(len(story.told) for story in stories),
        "events": after["next"], "median_start_seconds": round(starts[len(starts) // 2], 3)}


def check_sums(audit, stories):
    """What the ledger moved against what clients were told."""
    for name in ("authorized", "captured"):
        expected = sum(getattr(story, name) for story in stories)
        found = sum(
            int(totals["totals"][name]["amount"])
            for month in audit["months"] for totals in month["currencies"] if name in totals["totals"])
        if found != expected:
            raise Failure(f"{found} {name} in the ledger, {expected} were acknowledged")
    payments, told = audit["state"]["payments"], sum(story.orders for story in stories)
    if payments != told:
        raise Failure(f"{payments} payments in the ledger, {told} were acknowledged")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--holdfast", required=True)
    parser.add_argument("--shim")
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    arguments.holdfast = os.path.abspath(arguments.holdfast)
    shims = {"server-kill": None}
    if arguments.shim and os.path.exists(arguments.shim):
        shims["server-power-cut"] = os.path.abspath(arguments.shim)
    elif arguments.shim:
        print("server-power-cut skipped: no crash shim was built", file=sys.stderr)
    fine = True
    with tempfile.TemporaryDirectory(prefix="holdfast-server-", dir=os.getcwd()) as parent:
        for name, shim in shims.items():
            line = {"campaign": name, "seed": arguments.seed, "rounds": arguments.rounds}
            try:
                line.update(campaign(arguments, shim, parent))
            except Failure as failure:
                fine = False
                line["failure"] = str(failure)
            print(json.dumps(line), flush=True)
    sys.exit(0 if fine else 1)


if __name__ == "__main__":
    main()
