import Glibc
import LogStore
import Simulation
import Synchronization
import Testing

/// Faults, hooks, damage and the ends of a process's life.
@Suite struct SimulatedStorageTests {
    // MARK: Hook and trace

    @Test func `the hook sees each mutating operation before it happens`() throws {
        let seen = Mutex<[String]>([])
        let storage = SimulatedStorage { record, disk in
            seen.withLock {
                $0.append("\(record.index) \(record) | \(disk.paths.count) \(disk.hasPendingChanges)")
            }
        }
        try storage.createDirectory(StoragePath("d"))
        let file = try storage.open(StoragePath("d/a"), .create)
        try file.allocate(8192)
        try file.write([1, 2, 3], at: 4096)
        _ = try file.bytes()
        try file.sync()
        try file.truncate(to: 1)
        try storage.rename(StoragePath("d/a"), to: StoragePath("d/b"))
        try storage.syncDirectory(StoragePath("d"))
        try storage.remove(StoragePath("d/b"))
        _ = try storage.lock(StoragePath("LOCK"), note: "n")
        #expect(
            seen.withLock { $0 } == [
                "0 createDirectory d | 0 false", "1 create d/a | 0 true", "2 allocate d/a @8192 | 1 true",
                "3 write d/a @4096 +3 | 1 true", "4 sync d/a | 1 true", "5 truncate d/a @1 | 1 true",
                "6 rename d/a to d/b | 1 true", "7 syncDirectory d | 1 true", "8 remove d/b | 1 true",
                "9 lock LOCK | 0 true",
            ])
        #expect(storage.operationCount == 10)
        #expect(storage.trace.last?.description == "lock LOCK")
    }

    // MARK: Faults

    @Test func `a fault strikes the n-th match only`() throws {
        let storage = try makeStorage(sectors: 1)
        storage.inject(Fault(.write, .suffix("f"), .nth(2), .fail(EIO)))
        let file = try storage.open(path, .write)
        try file.write([1], at: 0)
        let error = #expect(throws: StorageError.self) { try file.write([2], at: 0) }
        #expect(error == StorageError(.write, path, offset: 0, code: EIO))
        try file.write([3], at: 1)
        #expect(try Array(file.bytes().prefix(2)) == [1, 3])
    }

    @Test func `a partial write leaves its first bytes`() throws {
        let storage = try makeStorage(sectors: 1)
        storage.inject(Fault(.write, .any, .nth(1), .failAfterPartial(bytes: 2, code: ENOSPC)))
        let file = try storage.open(path, .write)
        #expect(throws: StorageError.self) { try file.write([1, 2, 3], at: 0) }
        #expect(try Array(file.bytes().prefix(3)) == [1, 2, 0xA0])
    }

    @Test func `after a crash every call fails and nothing changes`() throws {
        let storage = try makeStorage(sectors: 1)
        let file = try storage.open(path, .write)
        storage.inject(Fault(.sync, .any, .nth(1), .crash))
        try file.write([1], at: 0)
        #expect(throws: StorageError(.sync, path, code: EIO)) { try file.sync() }
        #expect(storage.isDead)
        let before = storage.operationCount
        #expect(throws: StorageError.self) { try file.write([2], at: 0) }
        #expect(throws: StorageError.self) { _ = try file.bytes() }
        #expect(throws: StorageError.self) { _ = try storage.list(StoragePath("")) }
        #expect(throws: StorageError.self) { try storage.syncDirectory(StoragePath("")) }
        #expect(storage.operationCount == before)
        #expect(storage.disk.bytes(of: path)?.first == 1)
        #expect(Set(CrashImages(of: storage.disk).map { $0.image.firstBytes }) == [[0xA0], [1]])
    }

    @Test func `after a failed sync the bytes are visible, not on the device, and a retry lies`() throws {
        let storage = try makeStorage(sectors: 8)
        let file = try storage.open(path, .write)
        try file.write(sectors(1), at: 0)
        storage.inject(Fault(.sync, .any, .nth(1), .fail(EIO)))
        #expect(throws: StorageError(.sync, path, code: EIO)) { try file.sync() }
        try file.sync()
        #expect(try file.bytes().first == 1)
        var buffer = AlignedBuffer(byteCount: 4096)
        var target = buffer.mutableBytes
        #expect(try storage.open(path, .readDirect).read(into: &target, at: 0) == 4096)
        #expect(buffer.bytes.u8(0) == 0xA0)
        #expect(Set(CrashImages(of: storage.disk).map { $0.image.firstBytes[0] }) == [0xA0, 1])
        // Written again, the page is dirty again and the next sync takes it along.
        try file.write(sectors(1), at: 0)
        try file.sync()
        #expect(CrashImages(of: storage.disk).map { $0.image.firstBytes[0] } == [1])
    }

    @Test func `a region that cannot be read fails where it is touched`() throws {
        let storage = try makeStorage(sectors: 4)
        storage.inject(Fault(.read, .any, region: 512..<1024, .every, .fail(EIO)))
        let file = try storage.open(path, .read)
        for (offset, count, fails) in [(0, 512, false), (0, 513, true), (1023, 1, true), (1024, 512, false)] {
            var bytes = [UInt8](repeating: 0, count: count)
            var code: Int32?
            do throws(StorageError) {
                _ = try bytes.withMutableRawSpan { (span) throws(StorageError) in
                    try file.read(into: &span, at: UInt64(offset))
                }
            } catch { code = error.code }
            #expect(code == (fails ? EIO : nil), "\(offset) +\(count)")
        }
    }

    @Test func `a full device answers ENOSPC and takes what fits`() throws {
        let storage = SimulatedStorage(disk: SimulatedDisk(capacity: 8192))
        let file = try storage.open(path, .create)
        #expect(try storage.freeBytes() == 8192)
        #expect(throws: StorageError(.allocate, path, code: ENOSPC)) { try file.allocate(8193) }
        try file.allocate(4096)
        #expect(try storage.freeBytes() == 4096)
        let bytes = [UInt8](repeating: 1, count: 8192)
        #expect(throws: StorageError(.write, path, offset: 4096, code: ENOSPC)) {
            try file.write(bytes, at: 4096)
        }
        #expect(try file.size() == 8192)
        #expect(try storage.freeBytes() == 0)
        try storage.remove(path)
        #expect(try storage.freeBytes() == 8192)
    }

    // MARK: Lives

    @Test func `a killed process leaves what was written, open as it was, and its locks free`() throws {
        let storage = try makeStorage(sectors: 1)
        let lock = try storage.lock(StoragePath("LOCK"), note: "1")
        try storage.open(path, .write).write(sectors(5), at: 0)
        let next = SimulatedStorage(disk: storage.crash())
        _ = try next.lock(StoragePath("LOCK"), note: "2")
        #expect(try next.open(path, .read).bytes() == sectors(5))
        #expect(CrashImages(of: next.disk).count == 2)
        try next.open(path, .write).sync()
        #expect(CrashImages(of: next.disk).count == 1)
        withExtendedLifetime(lock) {}
    }

    @Test func `copies of a disk do not see each other's writes`() throws {
        let storage = try makeStorage(sectors: 4)
        let copy = storage.disk
        try storage.open(path, .write).write(sectors(1), at: 0)
        #expect(copy.firstBytes[0] == 0xA0)
        #expect(storage.disk.firstBytes[0] == 1)
        #expect(!copy.hasPendingChanges)
    }

    @Test func `the same seed gives the same random bytes, and the clock moves when told`() {
        func bytes(_ seed: UInt64) -> LogUUID { SimulatedPlatform(seed: seed).makeUUID() }
        #expect(bytes(7) == bytes(7))
        #expect(bytes(7) != bytes(8))
        let machine = SimulatedPlatform(seed: 1)
        let (wall, monotonic) = (machine.wallTime(), machine.monotonicTime())
        #expect(machine.wallTime() == wall)
        machine.clock.advance(nanoseconds: 5)
        #expect(machine.wallTime() == wall + 5)
        #expect(machine.monotonicTime() == monotonic + 5)
        machine.clock.setWall(3)
        #expect(machine.wallTime() == 3)
        #expect(machine.monotonicTime() == monotonic + 5)
        let stepping = SimulatedPlatform(clock: SimulatedClock(wall: 10, monotonic: 0, step: 2), seed: 1)
        #expect((stepping.wallTime(), stepping.wallTime()) == (12, 14))
    }

    // MARK: Damage

    @Test func `damage changes exactly what it says, durably`() throws {
        var disk = try makeStorage(sectors: 3).disk
        disk.replace(path, at: 0, sectors(1, 2, 3))
        disk.flipBit(path, at: 0, bit: 7)
        #expect(disk.firstBytes == [0x81, 2, 3])
        disk.swapSectors(path, at: 512, and: 1030)
        #expect(disk.firstBytes == [0x81, 3, 2])
        disk.zeroSector(path, at: 700)
        #expect(disk.firstBytes == [0x81, 0, 2])
        disk.copyRange(from: path, 1024..<1536, to: path, at: 0)
        #expect(disk.firstBytes == [2, 0, 2])
        disk.cut(path, at: 600)
        #expect(disk.bytes(of: path)?.count == 600)
        disk.placeFile(StoragePath("g"), [1])
        #expect(disk.paths == [path, StoragePath("g")])
        disk.removeFile(path)
        #expect(disk.paths == [StoragePath("g")])
        #expect(!disk.hasPendingChanges)
        #expect(CrashImages(of: disk).map { $0.image.paths.count } == [1])
    }
}
