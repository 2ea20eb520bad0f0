#!/usr/bin/env python3
"""Real processes on a real disk: killed, cut off from power, refused by the kernel.

usage: run_process_campaigns.py --worker <crash-worker> [--shim <library>] [options] [campaign …]

  kill      SIGKILL at random moments, also during recovery; each life goes on where the last ended
  shim      the same with a power cut: a random part of what was not synced is gone (Tests/CrashShim)
  inject    the kernel answers a write, sync, rename or allocation with EIO or ENOSPC (strace)
  mutants   the shim ignores syncs: the campaign `shim` must notice, or it proves nothing

Prints one line of JSON for each campaign and exits 1 if any failed. The seed fixes sizes, delays and what a
power cut loses, but not where in the program a signal falls.
"""
import argparse
import json
import os
import random as random_module
import re
import shutil
import subprocess
import sys
import tempfile
import time

from life import Failure, Ledger, Shim

WRITES = ("automatic", "sync-call")
FAILURES_MAX = 3
MUTANT_ROUNDS = 40
INJECTIONS = [
    ("pwrite64", "EIO"), ("pwrite64", "ENOSPC"), ("fdatasync", "EIO"), ("fsync", "EIO"), ("/^rename", "EIO"),
    ("/^rename", "ENOSPC"), ("fallocate", "ENOSPC"), ("fallocate", "EIO"), ("ftruncate", "EIO"),
    ("/^unlink", "EIO"), ("/^mkdir", "ENOSPC"), ("openat", "EMFILE"),
    # Interrupted is not failed: the call is made again, and nobody notices.
    ("pwrite64", "EINTR"), ("pread64", "EINTR"), ("fdatasync", "EINTR"),
]
# Calls that a life makes a few times only.
RARE = ("fallocate", "/^mkdir", "ftruncate")

WAL_FAILURE = re.compile(r"\b(pwrite64|pwritev2?|fdatasync|fsync)\(\d+<[^>]*\.wal>")


class Campaign:
    """Counts rounds, keeps the directory of a failed one, and ends with a line of JSON."""

    def __init__(self, name, arguments, rounds):
        self.name = name
        self.arguments = arguments
        self.rounds = rounds
        self.random = random_module.Random(f"{arguments.seed} {name}")
        self.result = {"campaign": f"process-{name}", "cases": 0, "failures": 0, "seed": arguments.seed,
                       "rounds": rounds, "commit": arguments.commit, "acknowledged_events": 0}
        self.started = time.monotonic()

    def count(self, key, by=1):
        self.result[key] = self.result.get(key, 0) + by

    def ledger(self, encrypted, step_seconds=60):
        seed = self.random.getrandbits(63)
        return Ledger(self.arguments.directory, self.arguments.worker, seed, encrypted, step_seconds)

    def over_ledgers(self, play, step_seconds=60):
        """Half of the rounds on a plain log, half on an encrypted one; `play(ledger, round)` plays one."""
        for encrypted in (False, True):
            played = 0
            while played < self.rounds // 2 and self.result["failures"] < FAILURES_MAX:
                ledger = self.ledger(encrypted, step_seconds)
                played += self.on_one_ledger(ledger, play, self.rounds // 2 - played)

    def on_one_ledger(self, ledger, play, rounds):
        played = 0
        try:
            for played in range(1, rounds + 1):
                play(ledger, played)
                self.count("cases")
                if played % 20 == 0 or played == rounds:
                    ledger.verify(self.random)
                    self.say(f"{self.result['cases']} rounds, {ledger.acknowledged[0]} events in this log")
        except Failure as failure:
            self.count("failures")
            self.say(f"FAILED in round {played}: {failure}\n  kept: {ledger.base}")
        else:
            ledger.remove()
        self.count("acknowledged_events", ledger.acknowledged[1])
        for verdict, number in ledger.verdicts.items():
            self.count(verdict, number)
        return played

    def say(self, text):
        print(f"{self.name}: {text}", flush=True)

    def finish(self):
        self.result["seconds"] = round(time.monotonic() - self.started, 1)
        line = json.dumps(self.result)
        print(line, flush=True)
        if self.arguments.results:
            with open(results_path(self.arguments), "a") as file:
                file.write(line + "\n")
        return self.result["failures"] == 0


def random_end(campaign, ledger):
    """When a life ends: mostly within some tenths of a second of work, else while it recovers."""
    random = campaign.random
    if random.random() < 0.25:
        delay = random.uniform(0, 1.1 * ledger.open_seconds)
        return lambda life: time.sleep(delay)
    delay = random.choice([0, 0.005, 0.05, 0.3]) * random.random()

    def after_opening(life):
        life.is_open.wait(60)
        time.sleep(delay)
    return after_opening


def note_end(campaign, life, *statuses):
    life.expect(*statuses)
    if not life.was_opened:
        campaign.count("ended_in_recovery")


def kill(campaign):
    def play(ledger, number):
        if campaign.random.random() < 0.1:
            ledger.live(campaign.random, writes=WRITES[number % 2], groups=300).expect(0)
            return
        wait = random_end(campaign, ledger)

        def end(life):
            wait(life)
            life.kill()
        life = ledger.live(campaign.random, writes=WRITES[number % 2], end=end)
        note_end(campaign, life, -9)
    campaign.over_ledgers(play)


def shim(campaign):
    shims = {}

    def play(ledger, number):
        cutter = shims.setdefault(ledger.base, None) or Shim(ledger, campaign.arguments.shim)
        shims[ledger.base] = cutter
        life = cutter.live(campaign.random, WRITES[number % 2], random_end(campaign, ledger))
        note_end(campaign, life, -9)
    campaign.over_ledgers(play, step_seconds=300)


def injected(path):
    """The calls that strace made fail, as it wrote them down."""
    with open(path, errors="replace") as file:
        return [line.strip() for line in file if "(INJECTED)" in line]


def is_final(line):
    """A write or sync of a write-ahead file in use; spare files have another name until then."""
    return WAL_FAILURE.search(line) is not None


def inject(campaign):
    def play(ledger, number):
        call, error = INJECTIONS[number % len(INJECTIONS)]
        nth = campaign.random.randint
        when = campaign.random.choice([1, 2, 3] if call in RARE else [1, 2, 3, nth(1, 40), nth(1, 400)])
        # From then on for ever, or once. strace counts for each thread.
        when = f"{when}+" if error != "EINTR" and campaign.random.random() < 0.3 else str(when)
        trace = os.path.join(ledger.base, "strace")
        prefix = ["strace", "-f", "-y", "-qq", "--seccomp-bpf", "-o", trace, "-e", f"trace={call}",
                  "-e", f"inject={call}:error={error}:when={when}"]
        writes = WRITES[number // len(INJECTIONS) % 2]
        try:
            life = ledger.live(campaign.random, writes=writes, groups=600, prefix=prefix)
            # 0: the failure hit nothing, or work that is done again; 74: it ended the process; 75: no room.
            # 127: the failure hit the loader of shared libraries.
            failing = [] if error == "EINTR" else [74, 75]
            life.expect(0, *failing, *([127] if call in ("openat", "pread64") else []))
            campaign.count(f"ended_{life.status}")
            fired = injected(trace)
            if fired:
                campaign.count("fired")
                campaign.count(f"fired_{call.strip('/^')}_{error}")
            # What a file in use lacks is never made up for: the process must not outlive it.
            final = [line for line in fired if is_final(line) and error != "EINTR"]
            if final:
                campaign.count("fired_on_wal")
                if life.status != 74:
                    raise Failure(f"ended with {life.status}, not 74, after {final[0]}")
            ledger.live(campaign.random, mode="verify").expect(0)
        except Failure as failure:
            raise Failure(f"{call} {error} when={when} {writes}: {failure}") from None
    campaign.over_ledgers(play, step_seconds=300)
    # A campaign that injects nothing shows nothing.
    if campaign.result.get("fired", 0) < campaign.rounds // 4:
        campaign.count("failures")
        campaign.say(f"only {campaign.result.get('fired', 0)} of {campaign.rounds} rounds met a failure")


def mutants(campaign):
    """Each mutant must be caught within a bounded number of rounds; a case is a mutant."""
    for ignore in ("sync", "dirsync"):
        ledger = campaign.ledger(False, 300)
        cutter = Shim(ledger, campaign.arguments.shim, ignore)
        # Made soundly, so that what is noticed is a lost event and not a directory that never was a log.
        ledger.live(campaign.random, groups=300).expect(0)
        caught = None
        for number in range(1, MUTANT_ROUNDS + 1):
            try:
                cutter.live(campaign.random, WRITES[number % 2], random_end(campaign, ledger)).expect(-9)
                ledger.live(campaign.random, mode="verify").expect(0)
            except Failure as failure:
                caught = f"in round {number}: {failure}"
                break
        campaign.count("cases")
        campaign.count("failures", 0 if caught else 1)
        campaign.result[ignore] = "caught" if caught else "not caught"
        campaign.say(f"without {ignore}: " + (f"caught {caught[:300]}" if caught else "NOT CAUGHT"))
        ledger.remove()


CAMPAIGNS = {"kill": kill, "shim": shim, "inject": inject, "mutants": mutants}


def missing(name, arguments):
    """Why a campaign cannot run here, if so."""
    if name in ("shim", "mutants") and not (arguments.shim and os.path.exists(arguments.shim)):
        return "no crash shim was built"
    if name == "inject" and not shutil.which("strace"):
        return "strace is not installed"
    return None


def results_path(arguments):
    return os.path.join(arguments.results, "results.jsonl")


def is_finished(name, arguments):
    """Whether an earlier run has passed it: of this very commit, and at least as long."""
    if not arguments.results or not arguments.commit or not os.path.exists(results_path(arguments)):
        return False
    with open(results_path(arguments)) as file:
        lines = [json.loads(line) for line in file if line.strip()]
    return any(line.get("campaign") == f"process-{name}" and line.get("failures") == 0
               and line.get("seed") == arguments.seed and line.get("commit") == arguments.commit
               and line.get("rounds", 0) >= arguments.rounds for line in lines)


def clean_commit():
    """The commit checked out; None, and nothing is skipped, if files differ from it or there is none."""
    command = ["git", "-C", os.path.dirname(os.path.abspath(__file__)), "describe", "--always", "--dirty",
               "--abbrev=40", "--exclude=*"]
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    except OSError:
        return None
    text = done.stdout.strip()
    return text if done.returncode == 0 and len(text) == 40 else None


def parse_arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--worker", required=True)
    parser.add_argument("--shim")
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--directory", help="where the logs lie; a disk that knows O_DIRECT")
    parser.add_argument("--results", help="append to results.jsonl there, skip what it lists as finished")
    parser.add_argument("--all", action="store_true", help="a campaign that cannot run here is a failure")
    parser.add_argument("campaigns", nargs="*", metavar="campaign", help=", ".join(CAMPAIGNS))
    arguments = parser.parse_args()
    for name in arguments.campaigns:
        if name not in CAMPAIGNS:
            parser.error(f"no campaign {name}")
    arguments.worker = os.path.abspath(arguments.worker)
    arguments.shim = os.path.abspath(arguments.shim) if arguments.shim else None
    arguments.commit = clean_commit()
    return arguments


def main():
    arguments = parse_arguments()
    if arguments.results:
        os.makedirs(arguments.results, exist_ok=True)
    parent = arguments.directory
    arguments.directory = tempfile.mkdtemp(prefix="holdfast-process-", dir=parent)
    fine = True
    for name in arguments.campaigns or CAMPAIGNS:
        reason = missing(name, arguments)
        if is_finished(name, arguments):
            print(f"{name}: finished before", flush=True)
        elif reason:
            print(json.dumps({"campaign": f"process-{name}", "skipped": reason}), flush=True)
            fine = fine and not arguments.all
        else:
            campaign = Campaign(name, arguments, arguments.rounds)
            CAMPAIGNS[name](campaign)
            fine = campaign.finish() and fine
    if fine:
        shutil.rmtree(arguments.directory)
    sys.exit(0 if fine else 1)


if __name__ == "__main__":
    main()
