import LogStore
import Simulation
import TestSupport
import Testing

/// A small log over two months with sealed segments, a closed month, a signed checkpoint and a live tail.
struct VerifiedLog {
    let disk: SimulatedDisk
    /// A checkpoint from the middle of the first month.
    let earlyCheckpoint: [UInt8]
    let key: KeyEncryptionKey?
    let size: UInt64

    static let kek = String(repeating: "0123456789abcdef", count: 4)

    /// - Parameters:
    ///   - changed: the event of the first month whose payload is another one; everything else, keys too,
    ///     is as without.
    init(isEncrypted: Bool, changed: Int? = nil, endsCleanly: Bool = true) throws {
        let storage = SimulatedStorage()
        let clock = SimulatedClock(wall: TestEvents.november, monotonic: 0, step: 10)
        let platform = SimulatedPlatform(disk: storage, clock: clock, seed: 1)
        var options = LogStoreTests.options()
        key = isEncrypted ? try KeyEncryptionKey(text: Self.kek) : nil
        options.keyEncryptionKey = key
        let log = try LogStore.open(
            platform: platform, options: options, index: TestIndex(), time: TestEvents.november)
        var made = 0
        var early: [UInt8] = []
        for start in [TestEvents.november + 1_000_000, TestEvents.november + 31 * 86_400_000_000_000] {
            var time = max(start, log.position.lastTime + 1)
            for _ in 0..<16 {
                var buffer = EventBuffer(capacity: 8 << 10)
                for _ in 0..<50 {
                    var payload = TestEvents.payload(UInt64(made), byteCount: 40)
                    if made == changed { payload[39] ^= 1 }
                    let fits = payload.withRawSpan {
                        buffer.append(type: 1, schema: 1, time: time, payload: $0)
                    }
                    #expect(fits)
                    made += 1
                    time += 1000
                }
                _ = try log.append(buffer)
                try Self.step(log)
                time = max(time, log.position.lastTime + 1)
                if made == 500 {
                    try log.signCheckpoint()
                    early = try #require(try log.signedCheckpoint())
                }
            }
        }
        try log.parts.closeMonths()
        try log.appendOwnActs(time: log.position.lastTime + 1)
        while try log.parts.commit() {}
        try log.signCheckpoint()
        if endsCleanly { try log.close(time: log.position.lastTime + 1) }
        size = log.durableEnd
        earlyCheckpoint = early
        disk = storage.crash()
    }

    private static func step(_ log: LogStore<SimulatedPlatform, TestIndex>) throws {
        _ = try log.parts.commit()
        for _ in 0..<3 { _ = try log.parts.prepare() }
        try log.parts.recordWatermark()
        while try log.parts.seal() {}
        try log.appendOwnActs(time: log.position.lastTime + 1)
        while try log.parts.commit() {}
    }

    var segments: [StoragePath] { disk.paths.filter { $0.name.hasSuffix(".seg") } }
    var walFiles: [StoragePath] { disk.paths.filter { $0.name.hasSuffix(".wal") } }

    static func verify(
        _ disk: SimulatedDisk, keys: ReadingKeys, jobs: Int = 2,
        change: (inout LogVerifier<SimulatedPlatform, TestIndex>.Options) -> Void = { _ in }
    ) throws -> VerificationReport {
        try verify(SimulatedStorage(disk: disk), keys: keys, jobs: jobs, change: change)
    }

    static func verify(
        _ storage: SimulatedStorage, keys: ReadingKeys, jobs: Int = 2,
        change: (inout LogVerifier<SimulatedPlatform, TestIndex>.Options) -> Void = { _ in }
    ) throws -> VerificationReport {
        let platform = SimulatedPlatform(disk: storage, clock: SimulatedClock(), seed: 9)
        var options = LogVerifier<SimulatedPlatform, TestIndex>.Options()
        options.keys = keys
        options.jobs = jobs
        change(&options)
        var verifier = LogVerifier(platform: platform, index: TestIndex(), options: options)
        return try verifier.run()
    }

    func verify(
        _ damage: (inout SimulatedDisk) -> Void = { _ in }, withKey: Bool = true,
        change: (inout LogVerifier<SimulatedPlatform, TestIndex>.Options) -> Void = { _ in }
    ) throws -> VerificationReport {
        var copy = disk
        damage(&copy)
        let keys =
            withKey
            ? key.map { .keyEncryptionKey($0) } ?? .none : ReadingKeys.none
        return try Self.verify(copy, keys: keys, change: change)
    }
}
