import Foundation
import Ledger
import LogStore
import Projections
import Replay

/// How long does a ledger of ten million live payments take to be there again?
///
/// `rebuild`: from its log alone, sealed or not as the options say; decoding and applying are measured apart
/// as well. `snapshot`: from a snapshot, with every row digested and every index made anew. The life of
/// `LedgerDay`: payments, and captures, batches, settlements, refunds and voids of them, with keys; a
/// merchant of ten thousand at random.
struct SnapshotBenchmark {
    private typealias Log = LogStore<LinuxPlatform, PaymentIndex>

    private let setting: Setting
    private let payments: Int
    private let isEncrypted: Bool
    private static let merchantCount: UInt32 = 10_000
    /// Commands whose events are one group.
    private static let perCommit = 200
    private static let name = "log-replay"

    init(_ setting: Setting, payments: Int, isEncrypted: Bool) {
        self.setting = setting
        self.payments = payments
        self.isEncrypted = isEncrypted
    }

    // MARK: Rows

    func runRebuild() throws {
        let log = try write()
        var line = Line(isEncrypted ? "rebuild-encrypted" : "rebuild", [], ceilings: [])
        let both = try measure { try rebuild(log) }
        let decoded = try measure { try decode(log) }
        line.add("events_per_second", both.perSecond)
        line.add("decode_only_per_second", decoded.perSecond)
        line.add("apply_only_per_second", try applyOnly(log).perSecond)
        line.add("events", both.count)
        line.add("bytes_per_event", both.bytes / both.count)
        line.print()
        setting.place.remove(Self.name)
    }

    func runSnapshot() throws {
        let log = try write()
        var state = LedgerState(shard: log.shard, seed: 1)
        try Rebuild.replay(log, into: &state)
        let store = SnapshotStore(log)
        var start = Clock.now
        let (_, byteCount) = try store.write(&state)
        let writing = Double(Clock.now - start) / 1e9
        let (sequence, keys, due) = (state.next.raw, state.keyCount, state.due.count)
        let count = state.payments.count
        drop(state)
        var seconds: [Double] = []
        for number in 0..<setting.runs {
            start = Clock.now
            let loaded = try store.load(sequence, seed: UInt64(number))
            seconds.append(Double(Clock.now - start) / 1e9)
            guard loaded.payments.count == count else { throw LogStoreError.stopped("other payments") }
        }
        var line = Line(isEncrypted ? "snapshot-encrypted" : "snapshot", [], ceilings: [])
        line.add("load_s", seconds.median)
        line.add("load_least_s", seconds.min() ?? 0)
        line.add("load_most_s", seconds.max() ?? 0)
        line.add("write_s", writing)
        line.add("megabytes", Double(byteCount) / 1e6)
        line.add("payments", Double(count))
        line.add("keys", Double(keys))
        line.add("due", Double(due))
        line.print()
        setting.place.remove(Self.name)
    }

    private func drop(_ state: consuming LedgerState) {}

    // MARK: Measuring

    private struct Pass {
        var count: Double
        var bytes: Double
        var perSecond: Double
    }

    private func measure(_ pass: () throws -> (count: UInt64, bytes: UInt64)) throws -> Pass {
        var rates: [Double] = []
        var last: (count: UInt64, bytes: UInt64) = (0, 0)
        for _ in 0..<setting.runs {
            let start = Clock.now
            last = try pass()
            rates.append(Double(last.count) * 1e9 / Double(Clock.now - start))
        }
        return Pass(count: Double(last.count), bytes: Double(last.bytes), perSecond: rates.median)
    }

    private func rebuild(_ log: ReplayLog<LinuxPlatform>) throws -> (count: UInt64, bytes: UInt64) {
        var state = LedgerState(shard: log.shard, seed: 1)
        let done = try Rebuild.replay(log, into: &state)
        return (done.eventCount, done.byteCount)
    }

    private func decode(_ log: ReplayLog<LinuxPlatform>) throws -> (count: UInt64, bytes: UInt64) {
        let done = try Rebuild.decode(log)
        return (done.eventCount, done.byteCount)
    }

    /// A million events at a time are decoded first, and then applied.
    private func applyOnly(_ log: ReplayLog<LinuxPlatform>) throws -> Pass {
        var state = LedgerState(shard: log.shard, seed: 1)
        var events: [Event] = []
        events.reserveCapacity(1_000_000)
        var (spent, count): (UInt64, UInt64) = (0, 0)
        func apply() {
            let start = Clock.now
            for event in events { state.apply(event) }
            spent += Clock.now - start
            count += UInt64(events.count)
            events.removeAll(keepingCapacity: true)
        }
        try Rebuild.decode(log) { event in
            events.append(event)
            if events.count == 1_000_000 { apply() }
        }
        apply()
        return Pass(count: Double(count), bytes: 0, perSecond: Double(count) * 1e9 / Double(spent))
    }

    // MARK: The log

    /// Writes a log of a ledger that makes payments, and opens it for reading.
    private func write() throws -> ReplayLog<LinuxPlatform> {
        let root = try setting.place.fresh(Self.name)
        let platform = LinuxPlatform(disk: try LinuxStorage(root: root))
        var options = try setting.options(isEncrypted: isEncrypted)
        options.geometry.sealBacklogBytesMax = LogGeometry.production.sealBacklogBytesMax
        options.sealsInBackground = true
        let start = Clock.now
        let log = try LogStore.open(
            platform: platform, options: options, index: PaymentIndex(), time: LedgerDay.start)
        var group = EventBuffer(capacity: 192 << 10)
        let place = (log.position.nextSequence, log.position.lastTime)
        var life = try LedgerDay(merchants: Self.merchantCount, payments: nil, from: place) { events in
            group.take(events)
            _ = try log.appendWaiting(group)
        }
        while life.made < payments {
            life.gather(Self.perCommit) { $0.made < 10_000 ? $0.authorize() : $0.mixed() }
            life.commit()
            life.remember()
            life.copy(to: &group)
            _ = try log.appendWaiting(group)
        }
        note(life.takeTally())
        try life.checkDone()
        log.waitUntilDurable(log.position.nextSequence)
        log.abandon()
        note("\(payments) payments written in \((Clock.now - start) / 1_000_000) ms")
        let keys = options.keyEncryptionKey.map { ReadingKeys.keyEncryptionKey($0) } ?? .none
        return ReplayLog(try ReadOnlyLog(platform: platform, keys: keys))
    }
}
