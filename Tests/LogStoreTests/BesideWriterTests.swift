import LogStore
import Simulation
import Synchronization
import TestSupport
import Testing

/// A disk that lets the writer in another process work before the reader's `n`th call.
private final class InterleavedStorage: Storage {
    typealias File = SimulatedFile
    typealias Lock = SimulatedStorage.Lock

    private let base: SimulatedStorage
    private let plan = Mutex<(countdown: Int, work: @Sendable () -> Void)>((-1, {}))

    init(_ base: SimulatedStorage) { self.base = base }

    func before(call: Int, _ work: @escaping @Sendable () -> Void) { plan.withLock { $0 = (call, work) } }
    var hasRun: Bool { plan.withLock { $0.countdown < 0 } }

    private func tick() {
        let work = plan.withLock { plan in
            plan.countdown -= 1
            return plan.countdown == -1 ? plan.work : nil
        }
        work?()
    }

    func open(_ path: StoragePath, _ mode: OpenMode) throws(StorageError) -> SimulatedFile {
        tick()
        return try base.open(path, mode)
    }
    func list(_ path: StoragePath) throws(StorageError) -> [String] {
        tick()
        return try base.list(path)
    }
    func exists(_ path: StoragePath) throws(StorageError) -> Bool {
        tick()
        return try base.exists(path)
    }
    func createDirectory(_ path: StoragePath) throws(StorageError) { try base.createDirectory(path) }
    func rename(_ from: StoragePath, to: StoragePath) throws(StorageError) { try base.rename(from, to: to) }
    func remove(_ path: StoragePath) throws(StorageError) { try base.remove(path) }
    func syncDirectory(_ path: StoragePath) throws(StorageError) { try base.syncDirectory(path) }
    func freeBytes() throws(StorageError) -> UInt64 { try base.freeBytes() }
    func lock(_ path: StoragePath, note: String) throws(StorageError) -> Lock {
        try base.lock(path, note: note)
    }
}

private struct InterleavedPlatform: Platform {
    var process: ProcessIdentity { ProcessIdentity(number: 1, bootID: "test") }
    let disk: InterleavedStorage
    func wallTime() -> UInt64 { 0 }
    func monotonicTime() -> UInt64 { 0 }
    func fillRandom(_ bytes: inout MutableRawSpan) {}
}

@Suite struct BesideWriterTests {
    private typealias Reading = ReadOnlyLog<InterleavedPlatform>

    private func open(_ test: TestLog) throws -> (Reading, InterleavedStorage) {
        let disk = InterleavedStorage(test.storage)
        let key = try KeyEncryptionKey(text: TestLog.keyText)
        return (
            try Reading(
                platform: InterleavedPlatform(disk: disk), keys: .keyEncryptionKey(key), geometry: .tiny),
            disk
        )
    }

    @Test func `wherever in a look the writer seals and recycles, nothing is called damaged or missing`()
        throws
    {
        var call = 0
        var hasRun = true
        while hasRun {
            let test = try TestLog(isEncrypted: true)
            try test.append(groups: 20, of: 40)
            try test.log.parts.recordWatermark()
            let (reading, disk) = try open(test)
            let before = reading.readableEnd
            disk.before(call: call) {
                do {
                    try test.sealAll()
                    try test.append(groups: 20, of: 40)
                    try test.sealAll()
                    try test.log.parts.recordWatermark()
                } catch { Issue.record("\(error)") }
            }
            try reading.refresh()
            hasRun = disk.hasRun
            #expect(reading.damages.isEmpty, "sealed before call \(call)")
            #expect(reading.readableEnd >= before)
            var reader = reading.makeReader(from: 0)
            let seen = try TestLog.readAll(&reader)
            #expect(seen == Array(try test.readAll()[..<seen.count]))
            #expect(seen.count >= Int(before))
            call += 1
        }
        #expect(call > 8)
    }

    @Test func `a reader whose files were recycled since the last look finds the segments by itself`() throws
    {
        let test = try TestLog(isEncrypted: true)
        try test.append(groups: 20, of: 40)
        try test.log.parts.recordWatermark()
        let (reading, _) = try open(test)
        var reader = reading.makeReader(from: 0, windowBytes: 4096)
        #expect(try reader.next())
        try test.append(groups: 60, of: 40)
        try test.sealAll()
        try test.append(groups: 20, of: 40)
        reader.seek(to: 0)
        let seen = try TestLog.readAll(&reader)
        #expect(seen == Array(try test.readAll()[..<seen.count]))
        #expect(seen.count > 700)
    }

    @Test func `keys of a month that began after opening are had at the next look`() throws {
        let test = try TestLog(isEncrypted: true)
        try test.append(groups: 3, of: 40)
        let (reading, _) = try open(test)
        for month in [202_611, 202_612, 202_701] {
            try test.append(groups: 3, of: 40, time: Month(number: UInt32(month))!.end)
        }
        try test.log.parts.recordWatermark()
        try reading.refresh()
        #expect(reading.lockedFiles.isEmpty)
        var reader = reading.makeReader(from: 0)
        #expect(try TestLog.readAll(&reader) == test.readAll())
    }

    @Test func `looks at once by many threads add no frame twice`() async throws {
        let test = try TestLog(isEncrypted: true)
        let (reading, _) = try open(test)
        try test.append(groups: 20, of: 40)
        try test.log.parts.recordWatermark()
        try await withThrowingTaskGroup { group in
            for _ in 0..<8 {
                group.addTask { try reading.refresh() }
            }
            try await group.waitForAll()
        }
        var reader = reading.makeReader(from: 0)
        #expect(try TestLog.readAll(&reader) == test.readAll())
    }

    @Test func `a manifest of another month is no manifest`() throws {
        let test = try TestLog()
        try test.append(groups: 60, of: 40)
        try test.sealAll()
        let paths = ShardPaths(shard: 0)
        let manifest = try #require(test.log.parts.catalog.manifests.first)
        let other = Month(containing: manifest.month.end)
        try test.storage.createDirectory(paths.month(other))
        try AtomicFile.write(manifest.encoded, to: paths.manifest(other), on: test.storage)
        let reading = try ReadOnlyLog(platform: test.platform, keys: .none, geometry: .tiny)
        #expect(reading.damages.map(\.file) == [paths.manifest(other)])
    }

    @Test func `waiting on a read-only log looks for what the writer has added`() throws {
        let test = try TestLog(isEncrypted: true)
        let (reading, _) = try open(test)
        var reader = reading.makeReader(from: 0)
        _ = try TestLog.readAll(&reader)
        let hasMoreAtOnce = reader.waitForMore(timeoutNanoseconds: 0)
        #expect(!hasMoreAtOnce)
        #expect(try !reading.waitForMore(beyond: reading.readableEnd, timeoutNanoseconds: 5_000_000))
        try test.append(groups: 2, of: 40)
        let hasMore = reader.waitForMore()
        #expect(hasMore)
        #expect(try reader.next())
    }

    @Test func `a reader that met a stub reads the month once it is restored`() throws {
        let test = try TestLog(isEncrypted: true)
        let november = Month(number: 202_611)!
        try test.append(groups: 40, of: 40)
        for month in [202_611, 202_612] {
            try test.append(groups: 40, of: 40, time: Month(number: UInt32(month))!.end)
        }
        try test.sealAll()
        try test.log.parts.closeMonths()
        let archive = DirectoryArchive(disk: SimulatedStorage())
        try test.log.archive(november, to: archive)
        try test.log.evict(november, from: archive)
        var reader = test.log.makeReader(from: 0)
        #expect(throws: LogStoreError.self) { try reader.next() }
        try test.log.restore(november, from: archive)
        #expect(try reader.next())
    }

    @Test func `a bounded wait outlasts advances that are not the awaited one`() throws {
        let point = DurableProgress.Point(
            sequence: 0, fileUUID: .zero, endOffset: 0, root: MerkleFrontier.emptyRoot, epoch: 1)
        let progress = DurableProgress(point)
        let thread = DedicatedThread(name: "advancing") {
            for end in UInt64(1)...200 { progress.advance(to: end) }
        }
        #expect(progress.wait(until: 200, timeoutNanoseconds: 60_000_000_000))
        thread.join()
        #expect(!progress.wait(until: 201, timeoutNanoseconds: 1_000_000))
    }
}
