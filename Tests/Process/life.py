"""Lives of `crash-worker` on one directory, and what must hold from one to the next."""
import os
import shutil
import signal
import struct
import subprocess
import tempfile
import threading
import time


class Failure(Exception):
    """The log is not what it promised to be."""


class Ledger:
    """A directory with a log that many lives share, and all that is known about it from outside."""

    def __init__(self, parent, worker, seed, encrypted=False, step_seconds=60):
        self.base = tempfile.mkdtemp(prefix="ledger-", dir=parent)
        self.root = os.path.join(self.base, "data")
        os.mkdir(self.root)
        self.worker = worker
        self.options = ["--seed", str(seed), "--encrypted", "1" if encrypted else "0",
                        "--step-seconds", str(step_seconds)]
        self.acknowledged = (0, 0)  # sequence and count of the last acknowledgement of all lives
        self.checked = (0, 0)       # read and found right so far, when the log was last opened
        self.open_seconds = 0.1     # how long opening took last
        self.verdicts = {}
        self.lives = 0

    def command(self, mode, life_seed, writes, groups, whole):
        start = (0, 0) if whole else self.checked
        return [self.worker, mode, self.root, *self.options, "--life-seed", str(life_seed),
                "--writes", writes, "--groups", str(groups),
                "--from-sequence", str(start[0]), "--from-count", str(start[1])]

    def live(self, random, mode="run", writes="automatic", groups=0, whole=False, prefix=(), environment=None,
             end=None):
        """One life. `end(life)` runs beside it and is to kill it; without it the life ends by itself."""
        command = list(prefix) + self.command(mode, random.getrandbits(63), writes, groups, whole)
        life = Life(self, command, environment)
        if end:
            end(life)
        life.finish()
        self.lives += 1
        return life

    def verify(self, random):
        """Opens undisturbed, reads everything from the first event on, and closes in order."""
        life = self.live(random, mode="verify", whole=True)
        if life.status != 0:
            raise Failure(f"verifying ended with {life.status}: {life.last_words()}")

    def remove(self):
        shutil.rmtree(self.base)


class Life:
    """One process. A thread of ours reads what it says while it lives."""

    def __init__(self, ledger, command, environment):
        self.ledger = ledger
        self.is_open = threading.Event()
        self.words = []
        self.faults = []
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env=dict(os.environ, **(environment or {})))
        self.reader = threading.Thread(target=self.listen)
        self.reader.start()

    def listen(self):
        for line in self.process.stdout:
            verb, *words = line.split()
            if verb == "ack":
                self.acknowledge((int(words[0]), int(words[1])))
                continue
            self.words.append(line.strip())
            if verb == "opened":
                self.opened((int(words[0]), int(words[1])), words[2])
            elif verb == "closed":
                self.acknowledge((int(words[0]), int(words[1])))
            elif verb == "wrong":
                self.faults.append(line.strip())
        self.is_open.set()

    def acknowledge(self, end):
        if end[0] < self.ledger.acknowledged[0] or end[1] < self.ledger.acknowledged[1]:
            self.faults.append(f"acknowledged {end} after {self.ledger.acknowledged}")
        self.ledger.acknowledged = end

    def opened(self, end, verdict):
        ledger = self.ledger
        for name, least in (("acknowledged", ledger.acknowledged), ("seen before", ledger.checked)):
            if end[0] < least[0] or end[1] < least[1]:
                self.faults.append(f"{verdict}: (sequence, count) is {end}, but {least} was {name}")
        if verdict not in ("CLEAN_END", "TORN_TAIL"):
            self.faults.append(f"opened with verdict {verdict}")
        ledger.checked = end
        ledger.open_seconds = time.monotonic() - self.started
        ledger.verdicts[verdict] = ledger.verdicts.get(verdict, 0) + 1
        self.is_open.set()

    @property
    def was_opened(self):
        return any(line.startswith("opened") for line in self.words)

    def kill(self):
        self.process.send_signal(signal.SIGKILL)

    def finish(self):
        try:
            self.status = self.process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            self.faults.append(f"still alive after 60 seconds, having said {self.words[-2:]}")
            self.kill()
            self.status = self.process.wait()
        self.reader.join()
        self.errors = self.process.stderr.read()
        self.process.stdout.close()
        self.process.stderr.close()
        if self.faults:
            raise Failure("; ".join(self.faults))

    def expect(self, *statuses):
        if self.status not in statuses:
            raise Failure(f"ended with {self.status}, expected {statuses}: {self.last_words()}")

    def last_words(self):
        return " | ".join(self.words[-2:] + self.errors.strip().splitlines()[-4:])


class Shim:
    """Starts lives under the crash shim and cuts their power."""

    def __init__(self, ledger, library, ignore=None):
        self.ledger = ledger
        self.library = library
        self.ignore = ignore
        self.side = os.path.join(ledger.base, "side")
        self.control = os.path.join(ledger.base, "control")
        os.mkfifo(self.control)

    def live(self, random, writes, end_after):
        shutil.rmtree(self.side, ignore_errors=True)
        os.mkdir(self.side)
        environment = {
            "LD_PRELOAD": self.library, "HOLDFAST_SHIM_ROOT": self.ledger.root,
            "HOLDFAST_SHIM_SIDE": self.side,
            "HOLDFAST_SHIM_CONTROL": self.control,
            "HOLDFAST_SHIM_SUMMARY": os.path.join(self.ledger.base, "summary")}
        if self.ignore:
            environment["HOLDFAST_SHIM_IGNORE"] = self.ignore
        seed = random.getrandbits(64)

        def cut_power(life):
            end_after(life)
            # Opened for reading too, so that a life that is already over does not leave us waiting.
            fd = os.open(self.control, os.O_RDWR | os.O_NONBLOCK)
            os.write(fd, b"K" + struct.pack("<Q", seed))
            try:
                life.process.wait(timeout=60)
            except subprocess.TimeoutExpired:
                life.faults.append("the shim did not end the process")
                life.kill()
            os.close(fd)

        return self.ledger.live(random, writes=writes, environment=environment, end=cut_power)
