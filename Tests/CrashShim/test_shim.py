#!/usr/bin/env python3
"""Tests of the crash shim: what was synced survives every seed, what was not is lost in some, kept in others.

usage: test_shim.py <library> [name of one test]

Every scenario runs in a child process under the shim; the parent crashes it and looks at what is left. A
child calls the C functions themselves, so that the names a program links against are the names tested.
"""
import ctypes
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import threading

SECTOR = 512
SEEDS = range(1, 33)

# ------------------------------------------------------------------------------------------------
# In the child

c = ctypes.CDLL(None, use_errno=True)
c.pwrite.argtypes = c.pwrite64.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_long]
c.pwrite.restype = c.pwrite64.restype = c.write.restype = ctypes.c_ssize_t
c.write.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t]
c.ftruncate.argtypes = [ctypes.c_int, ctypes.c_long]
c.fallocate.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_long, ctypes.c_long]
c.posix_fallocate.argtypes = [ctypes.c_int, ctypes.c_long, ctypes.c_long]


def call(function, *arguments):
    result = function(*arguments)
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), function.__name__)
    return result


def open_(name, flags, mode=0o644):
    return call(c.open, name.encode(), flags | os.O_CLOEXEC, mode)


def aligned(data):
    """The bytes at an address that is a multiple of 4096, as O_DIRECT wants it."""
    room = ctypes.create_string_buffer(len(data) + 4096)
    start = (ctypes.addressof(room) + 4095) // 4096 * 4096
    ctypes.memmove(start, data, len(data))
    return room, start


def write(fd, data, offset, function=None):
    room, address = aligned(data)
    assert call(function or c.pwrite, fd, address, len(data), offset) == len(data)


def sync_directory(name="."):
    fd = open_(name, os.O_RDONLY | os.O_DIRECTORY)
    call(c.fsync, fd)
    call(c.close, fd)


class Scenarios:
    """Each runs in root, where `old` holds 16 sectors of 'o'. `direct` is O_DIRECT or 0."""

    def unsynced_write(direct):
        write(open_("old", os.O_RDWR | direct), b"n" * 8192, 0)

    def unsynced_write_64(direct):
        fd = call(c.open64, b"old", os.O_RDWR | direct, 0)
        write(fd, b"n" * 8192, 0, c.pwrite64)
        call(c.close, fd)

    def synced_write(direct):
        fd = open_("old", os.O_RDWR | direct)
        write(fd, b"n" * 8192, 0)
        call(c.fdatasync, fd)

    def synced_by_another_descriptor(direct):
        fd = open_("old", os.O_RDWR | direct)
        write(fd, b"n" * 8192, 0)
        call(c.close, fd)
        call(c.fsync, open_("old", os.O_RDONLY))

    def synced_by_a_copied_descriptor(direct):
        fd = open_("old", os.O_RDWR | direct)
        write(fd, b"n" * 8192, 0)
        call(c.fdatasync, call(c.dup2, fd, 100))

    def twice(direct):
        fd = open_("old", os.O_RDWR | direct)
        write(fd, b"x" * 8192, 0)
        write(fd, b"n" * 8192, 0)

    def write_after_sync(direct):
        fd = open_("old", os.O_RDWR | direct)
        write(fd, b"n" * 4096, 0)
        call(c.fdatasync, fd)
        write(fd, b"m" * 4096, 0)

    def dsync_write(direct):
        write(open_("old", os.O_RDWR | os.O_DSYNC | direct), b"n" * 8192, 0)

    def dsync_half(direct):
        write(open_("old", os.O_RDWR | direct), b"n" * 8192, 0)
        write(open_("old", os.O_RDWR | os.O_DSYNC | direct), b"n" * 4096, 4096)

    def unsynced_append(direct):
        fd = open_("old", os.O_WRONLY | os.O_APPEND | direct)
        room, address = aligned(b"n" * 8192)
        call(c.write, fd, address, 8192)

    def shrink(direct):
        call(c.ftruncate, open_("old", os.O_RDWR | direct), 4096)

    def shrink_synced(direct):
        fd = open_("old", os.O_RDWR | direct)
        call(c.ftruncate, fd, 4096)
        call(c.fsync, fd)

    def open_truncating(direct):
        open_("old", os.O_RDWR | os.O_TRUNC | direct)

    def reserve(direct):
        call(c.fallocate, open_("old", os.O_RDWR | direct), 0, 0, 65536)

    def reserve_posix_synced(direct):
        fd = open_("old", os.O_RDWR | direct)
        assert c.posix_fallocate(fd, 0, 65536) == 0
        call(c.fsync, fd)

    def create(direct):
        fd = open_("new", os.O_RDWR | os.O_CREAT | os.O_EXCL | direct)
        write(fd, b"n" * 4096, 0)
        call(c.fsync, fd)

    def create_name_synced(direct):
        write(open_("new", os.O_RDWR | os.O_CREAT | direct), b"n" * 4096, 0)
        sync_directory()

    def create_all_synced(direct):
        Scenarios.create(direct)
        sync_directory()

    def rename(direct):
        call(c.rename, b"old", b"renamed")

    def rename_synced(direct):
        call(c.rename, b"old", b"renamed")
        sync_directory()

    def rename_over(direct):
        call(c.renameat, -100, b"other", -100, b"old")

    def rename_twice(direct):
        call(c.rename, b"old", b"a")
        call(c.rename, b"a", b"b")

    def unlink(direct):
        call(c.unlink, b"old")

    def unlink_and_create(direct):
        call(c.unlink, b"old")
        fd = open_("old", os.O_RDWR | os.O_CREAT | direct)
        write(fd, b"n" * 4096, 0)
        call(c.fsync, fd)

    def unlink_synced(direct):
        call(c.remove, b"old")
        sync_directory()

    def make_directory(direct):
        call(c.mkdir, b"d", 0o755)
        fd = open_("d/f", os.O_RDWR | os.O_CREAT | direct)
        write(fd, b"n" * 4096, 0)
        call(c.fsync, fd)
        sync_directory("d")

    def make_directory_synced(direct):
        Scenarios.make_directory(direct)
        sync_directory()

    def remove_directory(direct):
        call(c.rmdir, b"empty")

    def outside(direct):
        write(open_("../outside", os.O_RDWR | os.O_CREAT | direct), b"n" * 4096, 0)

    def replace_file(direct):
        """The careful way: old or new, never neither."""
        fd = open_("old.tmp", os.O_RDWR | os.O_CREAT | direct)
        write(fd, b"n" * 8192, 0)
        call(c.fsync, fd)
        call(c.rename, b"old.tmp", b"old")
        sync_directory()
        print("replaced", flush=True)

    def replace_file_without_sync(direct):
        write(open_("old.tmp", os.O_RDWR | os.O_CREAT | direct), b"n" * 8192, 0)
        call(c.rename, b"old.tmp", b"old")
        sync_directory()
        print("replaced", flush=True)

    def two_writers(direct, synchronous=False):
        """Two threads append 4 KiB pages of a letter to a file each and say when a page became durable."""

        def run(letter):
            flags = os.O_RDWR | os.O_CREAT | direct | (os.O_DSYNC if synchronous else 0)
            fd = open_(letter, flags)
            for page in range(100000):
                write(fd, letter.encode() * 4096, page * 4096)
                if not synchronous:
                    call(c.fdatasync, fd)
                os.write(1, f"{letter}{page}\n".encode())

        for letter in "ab":
            open_(letter, os.O_RDWR | os.O_CREAT)
        sync_directory()
        for letter in "ab":
            threading.Thread(target=run, args=(letter,), daemon=True).start()

    def two_synchronous_writers(direct):
        Scenarios.two_writers(direct, synchronous=True)


def child(name, direct):
    getattr(Scenarios, name)(os.O_DIRECT if direct == "direct" else 0)
    os.write(1, b"ready\n")  # one call, so that threads cannot speak in between
    if "WAIT" in os.environ:
        while True:
            threading.Event().wait()


# ------------------------------------------------------------------------------------------------
# In the parent


class World:
    """A root with known content, and one crash in it."""

    def __init__(self, scenario, direct=False, ignore=None):
        self.scenario, self.direct, self.ignore = scenario, "direct" if direct else "buffered", ignore

    def __enter__(self):
        self.base = tempfile.mkdtemp(prefix="crash-shim-", dir=os.path.dirname(os.path.abspath(LIBRARY)))
        self.root = os.path.join(self.base, "root")
        for name in ("root", "side", "root/empty"):
            os.mkdir(os.path.join(self.base, name))
        for name, letter in (("old", b"o"), ("other", b"p")):
            with open(os.path.join(self.root, name), "wb") as file:
                file.write(letter * 16 * SECTOR)
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.base)

    def start(self, **more):
        environment = dict(os.environ, LD_PRELOAD=LIBRARY, HOLDFAST_SHIM_ROOT=self.root,
                           HOLDFAST_SHIM_SIDE=os.path.join(self.base, "side"),
                           HOLDFAST_SHIM_SUMMARY=os.path.join(self.base, "summary"), **more)
        if self.ignore:
            environment["HOLDFAST_SHIM_IGNORE"] = self.ignore
        return subprocess.Popen(
            [sys.executable, "-S", os.path.abspath(__file__), "--child", self.scenario, self.direct],
            cwd=self.root, env=environment, stdout=subprocess.PIPE, text=True)

    def crash(self, seed, after_lines=None):
        """Lets the scenario finish (or speak so many lines), then cuts the power. Returns what it said."""
        control = os.path.join(self.base, "control")
        os.mkfifo(control)
        process = self.start(HOLDFAST_SHIM_CONTROL=control, WAIT="1")
        said = []
        for line in process.stdout:
            said.append(line.strip())
            if (line == "ready\n" and after_lines is None) or len(said) == after_lines:
                with open(control, "wb", buffering=0) as fifo:
                    fifo.write(b"K" + struct.pack("<Q", seed))
        assert process.wait() == -9, f"ended with {process.returncode}"
        process.stdout.close()
        return said

    def crash_at(self, operation, seed):
        """Cuts the power inside one operation. Returns what was said, and False if it ended before."""
        process = self.start(HOLDFAST_SHIM_CRASH_AT=str(operation), HOLDFAST_SHIM_SEED=str(seed))
        said = process.communicate()[0].split()
        assert process.returncode in (0, -9), f"ended with {process.returncode}"
        return said, process.returncode == -9

    def summary(self):
        with open(os.path.join(self.base, "summary")) as file:
            return json.loads(file.readlines()[-1])

    def bytes(self, name):
        try:
            with open(os.path.join(self.root, name), "rb") as file:
                return file.read()
        except FileNotFoundError:
            return None


def runs(content):
    """b"nnno" by sectors as text; a sector of mixed bytes is '!', of zeros '0'."""
    if content is None:
        return None
    sectors = [content[i:i + SECTOR] for i in range(0, len(content), SECTOR)]
    return "".join("!" if len(set(s)) != 1 else "0" if s[0] == 0 else chr(s[0]) for s in sectors)


def outcomes(scenario, names, ignore=None):
    """What the named files looked like after each seed, buffered and direct."""
    for direct in (False, True):
        seen = []
        for seed in SEEDS:
            with World(scenario, direct, ignore) as world:
                world.crash(seed)
                summary = world.summary()
                assert summary["errors"] == 0, summary
                seen.append(tuple(runs(world.bytes(name)) for name in names))
        yield seen


def always(scenario, expected, ignore=None):
    for seen in outcomes(scenario, expected.keys(), ignore):
        assert set(seen) == {tuple(expected.values())}, set(seen)


def exactly(scenario, names, expected, ignore=None):
    """Over all seeds, each of these was seen and nothing else."""
    for seen in outcomes(scenario, names, ignore):
        assert set(seen) == set(expected), f"saw {set(seen)}"


def mixes(scenario, old, new, allowed, ignore=None):
    """All old, all new and something between were seen; each sector is one of `allowed`."""
    for seen in outcomes(scenario, ["old"], ignore):
        texts = {text for (text,) in seen}
        assert old in texts and new in texts and len(texts) > 4, texts
        assert all(set(text) <= set(allowed) for text in texts), texts


O16, N16 = "o" * 16, "n" * 16


class Tests:
    def unsynced_writes_are_lost_by_sectors():
        mixes("unsynced_write", O16, N16, "on")
        mixes("unsynced_write_64", O16, N16, "on")

    def a_sector_written_twice_goes_back_to_the_last_sync():
        mixes("twice", O16, N16, "on")

    def synced_writes_survive():
        always("synced_write", {"old": N16})
        always("synced_by_another_descriptor", {"old": N16})
        always("synced_by_a_copied_descriptor", {"old": N16})

    def a_write_after_the_sync_can_be_lost_but_only_back_to_the_sync():
        mixes("write_after_sync", "n" * 8 + "o" * 8, "m" * 8 + "o" * 8, "nmo")

    def synchronous_writes_survive():
        always("dsync_write", {"old": N16})

    def a_synchronous_write_saves_only_its_own_sectors():
        for seen in outcomes("dsync_half", ["old"]):
            assert all(text[8:] == "n" * 8 for (text,) in seen) and len(set(seen)) > 4, set(seen)

    def an_append_keeps_old_bytes_and_gets_any_length():
        for seen in outcomes("unsynced_append", ["old"]):
            assert all(text[:16] == O16 and set(text[16:]) <= set("n0") for (text,) in seen), set(seen)
            assert {16, 32} <= {len(text) for (text,) in seen}, set(seen)

    def truncation_is_undone():
        exactly("shrink", ["old"], [(O16,), ("o" * 8,)])
        always("shrink_synced", {"old": "o" * 8})
        for seen in outcomes("open_truncating", ["old"]):
            assert set(seen) == {("",), (O16,)}, set(seen)

    def reserved_space_is_undone():
        for seen in outcomes("reserve", ["old"]):
            assert all(text == O16 + "0" * (len(text) - 16) for (text,) in seen), set(seen)
            assert {16, 128} <= {len(text) for (text,) in seen}, set(seen)
        always("reserve_posix_synced", {"old": O16 + "0" * 112})

    def a_new_name_needs_the_directory():
        exactly("create", ["new"], [(None,), ("n" * 8,)])
        always("create_all_synced", {"new": "n" * 8})
        for seen in outcomes("create_name_synced", ["new"]):
            assert (None,) not in seen and ("",) in seen and ("n" * 8,) in seen, set(seen)

    def a_rename_needs_the_directory():
        exactly("rename", ["old", "renamed"], [(O16, None), (None, O16)])
        always("rename_synced", {"old": None, "renamed": O16})
        exactly("rename_over", ["old", "other"], [(O16, "p" * 16), ("p" * 16, None)])

    def names_are_kept_as_a_prefix():
        exactly("rename_twice", ["old", "a", "b"], [(O16, None, None), (None, O16, None), (None, None, O16)])

    def a_removal_needs_the_directory():
        exactly("unlink", ["old"], [(O16,), (None,)])
        exactly("unlink_and_create", ["old"], [(O16,), (None,), ("n" * 8,)])
        always("unlink_synced", {"old": None})

    def a_directory_needs_its_parent():
        exactly("make_directory", ["d/f"], [(None,), ("n" * 8,)])
        always("make_directory_synced", {"d/f": "n" * 8})
        there = set()
        for seed in SEEDS:
            with World("remove_directory") as world:
                world.crash(seed)
                there.add(os.path.isdir(os.path.join(world.root, "empty")))
        assert there == {True, False}

    def outside_root_nothing_is_lost():
        always("outside", {"../outside": "n" * 8})

    def ignoring_syncs_loses_synced_bytes():
        mixes("synced_write", O16, N16, "on", ignore="sync")
        mixes("dsync_write", O16, N16, "on", ignore="sync")
        always("rename_synced", {"old": None, "renamed": O16}, ignore="sync")

    def ignoring_directory_syncs_loses_synced_names():
        exactly("rename_synced", ["old", "renamed"], [(O16, None), (None, O16)], ignore="dirsync")
        exactly("create_all_synced", ["new"], [(None,), ("n" * 8,)], ignore="dirsync")
        always("synced_write", {"old": N16}, ignore="dirsync")

    def the_same_seed_makes_the_same_crash():
        seen = set()
        for _ in range(8):
            with World("unsynced_write") as world:
                world.crash(3)
                seen.add(runs(world.bytes("old")))
        assert len(seen) == 1, seen

    def every_operation_of_a_careful_replacement_leaves_old_or_new():
        assert Tests.replacements("replace_file") == {"old", "new"}

    def a_careless_replacement_is_caught():
        assert "neither" in Tests.replacements("replace_file_without_sync")

    def replacements(scenario):
        verdicts = set()
        for direct in (False, True):
            for operation in range(1, 10):
                for seed in range(1, 17):
                    with World(scenario, direct) as world:
                        said, crashed = world.crash_at(operation, seed)
                        text = runs(world.bytes("old"))
                        verdict = {O16: "old", N16: "new"}.get(text, "neither")
                        assert verdict != "old" or "replaced" not in said
                        verdicts.add(verdict)
                    if not crashed:
                        break
        return verdicts

    def threads_keep_what_they_were_told():
        for scenario in ("two_writers", "two_synchronous_writers"):
            for direct in (False, True):
                for seed in SEEDS:
                    assert Tests.acknowledged_but_lost(scenario, direct, seed) == []

    def threads_lose_what_they_were_told_when_syncs_are_ignored():
        for scenario in ("two_writers", "two_synchronous_writers"):
            assert any(Tests.acknowledged_but_lost(scenario, True, seed, "sync") for seed in SEEDS)

    def acknowledged_but_lost(scenario, direct, seed, ignore=None):
        with World(scenario, direct, ignore) as world:
            said = world.crash(seed, after_lines=seed * 3)
            lost = []
            for line in said:
                if line == "ready":
                    continue
                letter, page = line[0], int(line[1:])
                content = world.bytes(letter) or b""
                if content[page * 4096:page * 4096 + 4096] != letter.encode() * 4096:
                    lost.append(line)
            return lost


def main():
    names = [name for name, value in vars(Tests).items()
             if callable(value) and name not in ("replacements", "acknowledged_but_lost")
             and (len(sys.argv) < 3 or name == sys.argv[2])]
    failed = 0
    for name in names:
        try:
            getattr(Tests, name)()
            print("ok  ", name.replace("_", " "), flush=True)
        except AssertionError as error:
            failed += 1
            print("FAIL", name.replace("_", " "), "-", str(error)[:600], flush=True)
    sys.exit(f"{failed} of {len(names)} failed" if failed else 0)


if __name__ == "__main__":
    if sys.argv[1] == "--child":
        child(*sys.argv[2:])
    else:
        LIBRARY = os.path.abspath(sys.argv[1])
        main()
