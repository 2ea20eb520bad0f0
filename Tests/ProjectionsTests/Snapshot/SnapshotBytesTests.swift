import Ledger
import Projections
import Testing

/// A state as bytes, without any file.
@Suite struct SnapshotBytesTests {
    @Test func `a state comes back from its bytes, whatever size the pieces have`() throws {
        var ledger = busyLedger()
        let bytes = Bytes()
        try ledger.state.writeSnapshot(to: bytes)
        var again = try LedgerState.read(
            snapshot: Pieces(bytes.bytes), shard: ledger.state.shard, seed: 0xD1FF)
        #expect(again.digest == ledger.state.digest && again.next == ledger.state.next)
        #expect(again.snapshotCounts() == ledger.state.snapshotCounts())
        #expect(again.keyCount == ledger.state.keyCount && again.due.count == ledger.state.due.count)
    }

    @Test func `what left the memory is asked for by the state that is read, too`() throws {
        var machine = EvictedLedger()
        let payment = machine.settled()
        machine.ledger.now = machine.ledger.now.adding(.hours(2))
        let other = machine.ledger.authorize(77)
        let evicted = machine.evict()
        var aged: [AgedKey] = []
        _ = machine.ledger.state.spillKeys(atMost: 3, into: &aged)
        #expect(evicted == 1 && aged.count == 3)
        let bytes = Bytes()
        try machine.ledger.state.writeSnapshot(to: bytes)
        var again = try LedgerState.read(
            snapshot: Pieces(bytes.bytes), shard: machine.ledger.state.shard, seed: 5)
        #expect(again.digest == machine.ledger.state.digest && !again.isWhole)
        #expect(again.absentRowCounts == machine.ledger.state.absentRowCounts)
        #expect(again.absentPayment(payment) == payment && again.absentPayment(other) == nil)
        #expect(again.firstLiveKeyHour == machine.ledger.state.firstLiveKeyHour)
        for key in aged where again.isLive(key) != machine.ledger.state.isLive(key) {
            Issue.record("a key of hour \(key.hour)")
        }
        let key = Hash128(low: 0xF00D, high: 1)
        #expect(again.mayBeAged(key) && machine.ledger.state.mayBeAged(key))
        // All of them, whole hours too; and it comes back from there.
        _ = again.spillKeys(atMost: 1_000, into: &aged)
        #expect(again.snapshotCounts() != machine.ledger.state.snapshotCounts())
        let emptier = Bytes()
        try again.writeSnapshot(to: emptier)
        var third = try LedgerState.read(
            snapshot: Pieces(emptier.bytes), shard: again.shard, seed: 6)
        #expect(third.digest == again.digest && third.keyCount == 0)
        let packed = machine.packed(payment)
        // SAFETY: `packed` is unsafe only for element types with padding; UInt8 has none.
        try unsafe third.restore(packed.span.bytes, of: payment)
        #expect(third.digest == again.digest && third.absentRowCounts.allSatisfy { $0 == 0 })
    }

    @Test func `equal states give equal bytes, wherever they were in memory`() throws {
        var all: [[UInt8]] = []
        for round in 0..<3 {
            // What the memory held before differs.
            var garbage = [UInt64](repeating: UInt64.max / UInt64(round + 1), count: 400_000)
            garbage[round] = 1
            let sum = garbage.reduce(0, &+)
            garbage = []
            var ledger = busyLedger()
            let bytes = Bytes()
            try ledger.state.writeSnapshot(to: bytes)
            #expect(sum != 0)
            all.append(bytes.bytes)
        }
        #expect(all[0] == all[1] && all[1] == all[2])
    }

    @Test func `bytes that end too early give no state`() throws {
        var ledger = busyLedger()
        let bytes = Bytes()
        try ledger.state.writeSnapshot(to: bytes)
        for length in stride(from: 0, to: bytes.bytes.count, by: 997) {
            #expect(throws: SnapshotFailure.self) {
                _ = try LedgerState.read(
                    snapshot: Pieces(Array(bytes.bytes[..<length])), shard: Shard(number: 0), seed: 1
                ).digest
            }
        }
    }

    @Test func `the stamp is the same for every state of this software`() {
        #expect(LedgerState.snapshotStamp == LedgerState.snapshotStamp)
        #expect(LedgerState.snapshotStamp != Hash128.none)
    }

    /// Captures, voids, batches, keys, holds; places that were freed.
    private func busyLedger() -> TestLedger {
        var ledger = TestLedger()
        var payments: [PaymentID] = []
        for round in 0..<300 {
            payments.append(ledger.authorize(Int64(100 + round)))
            if round % 3 == 0 { ledger.capture(payments[round / 2], 50) }
            if round % 7 == 0 { ledger.void(payments[round / 3]) }
            if round % 50 == 0 {
                ledger.now = ledger.now.adding(.hours(13))
                _ = ledger.tick()
            }
        }
        return ledger
    }
}

private final class Bytes: SnapshotSink {
    private(set) var bytes: [UInt8] = []

    func write(_ bytes: RawSpan) throws(SnapshotFailure) {
        for offset in 0..<bytes.byteCount {
            // SAFETY: any byte is an integer.
            self.bytes.append(unsafe bytes.unsafeLoad(fromByteOffset: offset, as: UInt8.self))
        }
    }
}

private final class Pieces: SnapshotSource {
    private let bytes: [UInt8]
    private var offset = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    func read(into target: inout MutableRawSpan) throws(SnapshotFailure) {
        guard target.byteCount <= bytes.count - offset else { throw SnapshotFailure("the end") }
        for index in 0..<target.byteCount {
            target.storeBytes(of: bytes[offset + index], toByteOffset: index, as: UInt8.self)
        }
        offset += target.byteCount
    }
}
