import Glibc
import LogStore
import Simulation
import Testing

@Suite struct StorageTwinTests {
    @Test(arguments: StorageBehaviour.allCases)
    func `the simulated disk behaves`(_ behaviour: StorageBehaviour) throws {
        try behaviour.check(SimulatedStorage())
    }

    @Test(arguments: StorageBehaviour.allCases, [LinuxStorage.DurableWrites.automatic, .syncCall])
    func `Linux behaves`(_ behaviour: StorageBehaviour, _ writes: LinuxStorage.DurableWrites) throws {
        try withTemporaryDirectory { try behaviour.check(LinuxStorage(root: $0, durableWrites: writes)) }
    }

    /// A memory file system, where direct access may be missing and the fallbacks work.
    @Test(arguments: StorageBehaviour.allCases)
    func `Linux behaves in memory`(_ behaviour: StorageBehaviour) throws {
        try withTemporaryDirectory(in: "/dev/shm") { try behaviour.check(LinuxStorage(root: $0)) }
    }
}

@Suite struct LinuxStorageTests {
    @Test func `files are 0600, directories 0700 and descriptors close on exec`() throws {
        try withTemporaryDirectory { root in
            let disk = try LinuxStorage(root: root)
            try disk.createDirectory(StoragePath("d"))
            let file = try disk.open(StoragePath("d/f"), .create)
            _ = try disk.lock(StoragePath("LOCK"), note: "x")
            #expect(Self.mode(root + "/d") == 0o700)
            #expect(Self.mode(root + "/d/f") == 0o600)
            #expect(Self.mode(root + "/LOCK") == 0o600)
            #expect(try file.size() == 0)
        }
    }

    @Test func `a missing root is an error that names it`() throws {
        let error = #expect(throws: StorageError.self) { _ = try LinuxStorage(root: "/no/such/root") }
        #expect(error == StorageError(.open, StoragePath("/no/such/root"), code: ENOENT))
    }

    @Test func `two storages of one directory exclude each other by the lock`() throws {
        try withTemporaryDirectory { root in
            let lock = try LinuxStorage(root: root).lock(StoragePath("LOCK"), note: "1")
            let error = #expect(throws: StorageError.self) {
                _ = try LinuxStorage(root: root).lock(StoragePath("LOCK"), note: "2")
            }
            #expect(error?.code == EWOULDBLOCK)
            withExtendedLifetime(lock) {}
        }
    }

    @Test func `a closed file gives its descriptor back`() throws {
        try withTemporaryDirectory { root in
            let disk = try LinuxStorage(root: root)
            _ = try disk.open(StoragePath("f"), .create)
            for _ in 0..<5000 { _ = try disk.open(StoragePath("f"), .read).size() }
            for _ in 0..<5000 { _ = try disk.list(StoragePath("")) }
        }
    }

    @Test func `the device has free bytes`() throws {
        try withTemporaryDirectory { root in
            let free = try LinuxStorage(root: root).freeBytes()
            #expect(free > 0)
        }
    }

    @Test func `the real clocks advance and the random bytes differ`() throws {
        try withTemporaryDirectory { root in
            let machine = LinuxPlatform(disk: try LinuxStorage(root: root))
            let first = machine.monotonicTime()
            #expect(machine.monotonicTime() >= first)
            #expect(machine.wallTime() > 1_700_000_000_000_000_000)
            #expect(machine.makeUUID() != machine.makeUUID())
        }
    }

    private static func mode(_ path: String) -> UInt32 {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return 0 }
        return status.st_mode & 0o777
    }
}

/// Runs `body` with a fresh directory that is removed afterwards.
func withTemporaryDirectory(in parent: String = "/tmp", _ body: (String) throws -> Void) throws {
    var template = Array((parent + "/holdfast-test-XXXXXX").utf8CString)
    let isMade = unsafe template.withUnsafeMutableBufferPointer { buffer in
        guard let path = buffer.baseAddress else { return false }
        return unsafe mkdtemp(path) != nil
    }
    #expect(isMade)
    let root = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    defer {
        do {
            try removeTree(LinuxStorage(root: root), StoragePath(""))
        } catch {
            Issue.record(error)
        }
        _ = unsafe rmdir(root)
    }
    try body(root)
}

private func removeTree(_ disk: LinuxStorage, _ directory: StoragePath) throws {
    for name in try disk.list(directory) {
        do throws(StorageError) {
            try disk.remove(directory / name)
        } catch {
            guard error.code == ENOTEMPTY else { throw error }
            try removeTree(disk, directory / name)
            try disk.remove(directory / name)
        }
    }
}

/// What the real twin alone decides: which way a file becomes durable.
@Suite struct LinuxDurabilityTests {
    @Test func `direct writes are refused or really direct, and syncing after them is still legal`() throws {
        try withTemporaryDirectory { root in
            try LinuxStorage(root: root).open(StoragePath("f"), .create).allocate(8192)
            let buffer = AlignedBuffer(byteCount: 4096)
            do throws(StorageError) {
                let disk = try LinuxStorage(root: root, durableWrites: .direct)
                let file = try disk.open(StoragePath("f"), .commit)
                for _ in 0..<3 {
                    try file.write(buffer.bytes, at: 4096)
                    try file.sync()
                }
            } catch {
                #expect(error == StorageError(.open, StoragePath("f"), code: EINVAL))
            }
        }
    }
}
