import LogStore
import Simulation
import TestSupport
import Testing

/// A small log with sealed segments, two months and a tail, and what is done with its backups.
struct BackedUpLog {
    let log: TestLog
    /// Every event, by sequence, as appended.
    let events: [[UInt8]]
    /// Root over each count of events.
    let roots: [Hash256]

    static let paths = ShardPaths(shard: 0)

    /// - Parameter groups: of events a nanosecond apart, as the ledger appends them.
    init(isEncrypted: Bool = false, groups: Int = 60, of count: Int = 20, months: Int = 2) throws {
        log = try TestLog(isEncrypted: isEncrypted)
        for month in 0..<months {
            if month > 0 {
                let next = Month(containing: log.log.position.lastTime).end
                try Self.append(to: log, groups: 1, of: count, time: next)
            }
            try Self.append(to: log, groups: groups, of: count)
            try log.sealAll()
            try log.settle()
        }
        try log.log.parts.closeMonths()
        try log.log.signCheckpoint()
        try log.settle()
        try Self.append(to: log, groups: 8, of: count)
        try log.log.parts.recordWatermark()
        events = try log.readAll()
        var tree = MerkleFrontier()
        var roots = [MerkleFrontier.emptyRoot]
        for event in events {
            tree.append(leaf: event.withRawSpan { SHA256.leaf($0) })
            roots.append(tree.root)
        }
        self.roots = roots
    }

    /// Groups whose events follow each other by a nanosecond, and each other by a microsecond.
    static func append(to log: TestLog, groups: Int, of count: Int, time: UInt64? = nil) throws {
        var time = max(time ?? 0, log.log.position.lastTime + 1000)
        for _ in 0..<groups {
            var buffer = EventBuffer(capacity: 8 << 10)
            for number in 0..<count {
                let payload = TestEvents.payload(time &+ UInt64(number), byteCount: 32)
                let fits = payload.withRawSpan {
                    buffer.append(type: 1, schema: 1, time: time + UInt64(number), payload: $0)
                }
                #expect(fits)
            }
            _ = try log.log.appendWaiting(buffer)
            while try log.log.parts.commit() {}
            while try log.log.parts.prepare() != .ready {}
            time = log.log.position.lastTime + 1000
        }
    }

    var key: KeyEncryptionKey? { log.log.parts.options.keyEncryptionKey }
    var ledger: LogUUID { log.log.parts.superblocks.value.ledger }
    var checkpointSize: UInt64 {
        get throws {
            let note = try #require(try log.log.signedCheckpoint())
            return try log.log.verifier.checkpoint(note).size
        }
    }
    var signingSeed: [UInt8]? { log.storage.disk.bytes(of: ShardPaths.signingKey) }

    /// Whether a cut before `sequence` parts no group: the reference the product does not see.
    func isEdge(_ sequence: UInt64) -> Bool {
        let index = Int(sequence)
        guard index > 0, index < events.count else { return true }
        let (last, next) = (Self.header(events[index - 1]), Self.header(events[index]))
        return last.type >= EventHeader.reservedTypeMin || next.type >= EventHeader.reservedTypeMin
            || next.time > last.time + 1
    }

    static func header(_ event: [UInt8]) -> EventHeader {
        event.withRawSpan { EventHeader(reading: $0, at: 0) }
    }

    // MARK: Backup and restore

    typealias Backup = LogBackup<SimulatedPlatform, SimulatedStorage>
    typealias Restore = LogRestore<SimulatedPlatform, SimulatedStorage, TestIndex>

    @discardableResult
    func backUp(
        to target: SimulatedStorage, change: (inout Backup.Options) -> Void = { _ in }
    ) throws(LogStoreError) -> Backup.Report {
        var options = Backup.Options()
        options.keys = key.map { .keyEncryptionKey($0) } ?? .none
        change(&options)
        return try Backup(platform: log.platform, target: target, options: options).run()
    }

    func restore(
        _ backup: SimulatedDisk, to storage: SimulatedStorage,
        change: (inout Restore.Options) -> Void = { _ in }
    ) throws(LogStoreError) -> Restore.Report {
        var options = Restore.Options()
        options.key = key
        options.signingSeed = signingSeed
        options.geometry = .tiny
        change(&options)
        let platform = SimulatedPlatform(
            disk: storage, clock: SimulatedClock(wall: TestEvents.november, monotonic: 0, step: 10), seed: 77)
        return try Restore(
            platform: platform, source: SimulatedStorage(disk: backup), index: TestIndex(), options: options
        ).run()
    }

    /// What a log that was restored reads as, once verified.
    func contents(_ storage: SimulatedStorage) throws -> [[UInt8]] {
        let keys = key.map { ReadingKeys.keyEncryptionKey($0) } ?? .none
        let report = try VerifiedLog.verify(storage, keys: keys)
        #expect(report.damages.isEmpty, "\(report.damages)")
        let platform = SimulatedPlatform(disk: storage, seed: 5)
        let log = try ReadOnlyLog(platform: platform, keys: keys, geometry: .tiny)
        #expect(log.damages.isEmpty)
        var reader = log.makeReader(from: 0)
        return try TestLog.readAll(&reader)
    }

    static func contents(of disk: SimulatedDisk) -> [StoragePath: [UInt8]] {
        Dictionary(uniqueKeysWithValues: disk.paths.map { ($0, disk.bytes(of: $0) ?? []) })
    }
}
