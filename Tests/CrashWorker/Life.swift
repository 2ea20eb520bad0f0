import Glibc
import LogStore
import TestSupport

/// Opens, checks, appends.
struct Life {
    private typealias Log = LogStore<LinuxPlatform, TestIndex>
    private let arguments: Arguments
    private let events: NumberedEvents

    /// Two keys that take turns: a rotation can be cut short at any point, so either may be the one in force.
    private static let keyTexts = ["0123456789abcdef", "fedcba9876543210"]

    init(_ arguments: Arguments) {
        self.arguments = arguments
        events = NumberedEvents(seed: arguments.seed)
    }

    /// Small, so that a second of work fills, rolls, seals and recycles many files.
    private static var geometry: LogGeometry {
        var geometry = LogGeometry.production
        geometry.walBytes = 1 << 20
        geometry.frameBytesMax = 64 << 10
        geometry.zeroStepBytes = 64 << 10
        geometry.segmentEventsMax = 4096
        geometry.sealBacklogBytesMax = 8 << 20
        geometry.reserveBytes = 1 << 20
        return geometry
    }

    /// The exit status.
    func run() throws -> Int32 {
        let disk = try LinuxStorage(root: arguments.directory, durableWrites: arguments.writes)
        let (log, key) = try open(LinuxPlatform(disk: disk))
        var check = EventCheck(
            events: events, from: arguments.fromSequence, count: arguments.fromCount)
        try check.read(Self.source(of: log))
        if let fault = check.fault {
            CrashWorker.say("wrong \(fault)")
            return 1
        }
        let report = log.report
        CrashWorker.say(
            "opened \(check.sequence) \(check.count) \(report.verdict.rawValue) \(report.cuts.count) "
                + "\(report.repaired.count)")
        if arguments.isVerifying {
            try log.close()
            CrashWorker.say("closed \(log.durableEnd) \(check.count)")
            return 0
        }
        var workload = Workload(log: log, arguments: arguments, nextNumber: check.count)
        return try workload.run(otherKey: try key.map { try Self.key(1 - $0) })
    }

    /// Tries both keys; a wrong one changes nothing on disk.
    private func open(_ platform: LinuxPlatform) throws -> (log: Log, key: Int?) {
        var options = LogOptions()
        options.geometry = Self.geometry
        let index = TestIndex()
        guard arguments.isEncrypted else {
            return (try Log.open(platform: platform, options: options, index: index), nil)
        }
        options.keyEncryptionKey = try Self.key(0)
        do {
            return (try Log.open(platform: platform, options: options, index: index), 0)
        } catch LogStoreError.wrongKey {
            options.keyEncryptionKey = try Self.key(1)
            return (try Log.open(platform: platform, options: options, index: index), 1)
        }
    }

    private static func key(_ index: Int) throws -> KeyEncryptionKey {
        try KeyEncryptionKey(text: String(repeating: keyTexts[index], count: 4))
    }

    private static func source(of log: Log) -> LogSource<LinuxStorage> {
        let parts = log.parts
        let segments = SegmentCache(
            disk: parts.platform.disk, paths: parts.paths, ledger: parts.superblocks.value.ledger,
            verifyingKey: parts.keys.signingKey.verifyingKey, encryption: parts.keys.encryption)
        return LogSource(
            disk: parts.platform.disk, catalog: parts.catalog, segments: segments, progress: parts.progress)
    }
}
